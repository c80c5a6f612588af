/* What weak cells read, as the plan says. */
#include "faults/inject_weak.h"

/* The plan says something of weak cells in this life. */
static bool inject_weak_now(const struct inject *inject, const struct plan_fault *fault)
{
	return fault->kind == PLAN_WEAK &&
	       (fault->onward ? inject->life >= fault->life : inject->life == fault->life);
}

static void inject_weak_fired(struct inject *inject, uint32_t fault)
{
	/* One that goes on for ever counts as a fault where it begins. */
	inject->fired |= 1u << fault;
	if (inject->fault_life < inject->plan->faults[fault].life)
		inject->fault_life = inject->plan->faults[fault].life;
}

/* What the plan says that this read of a weak place gives. */
static enum plan_choice inject_choose(struct inject *inject)
{
	enum plan_choice choice = PLAN_AFTER;

	inject->weak_reads++;
	for (uint32_t i = 0; i < inject->plan->count; i++) {
		const struct plan_fault *fault = &inject->plan->faults[i];

		if (!inject_weak_now(inject, fault) || fault->single ||
		    (fault->read && fault->read != inject->weak_reads))
			continue;
		choice = fault->choice;
		inject_weak_fired(inject, i);
	}
	return choice;
}

static enum flash_choice inject_choose_flash(void *context)
{
	switch (inject_choose(context)) {
	case PLAN_BEFORE:
		return FLASH_BEFORE;
	case PLAN_MIX:
		return FLASH_MIX;
	case PLAN_AFTER:
		break;
	}
	return FLASH_AFTER;
}

/* The plan's choices for single bits, in this life; NULL: no more. */
static const struct plan_fault *inject_single(const struct inject *inject, uint32_t *fault)
{
	for (; *fault < inject->plan->count; ++*fault) {
		const struct plan_fault *single = &inject->plan->faults[*fault];

		if (single->single && inject_weak_now(inject, single))
			return single;
	}
	return NULL;
}

static void inject_choose_bits(void *context, uint32_t offset, uint32_t size_bytes,
			       const uint8_t *was, const uint8_t *is, uint8_t *data)
{
	struct inject *inject = context;
	const struct plan_fault *fault;

	for (uint32_t i = 0; (fault = inject_single(inject, &i)) != NULL; i++) {
		uint32_t start =
			inject->places.region(inject->places.context, fault->region).offset;
		uint32_t at = start + fault->offset - offset;
		uint8_t mask = (uint8_t)(1u << fault->bit);

		if (fault->region == PLAN_EFUSE || at >= size_bytes || !((was[at] ^ is[at]) & mask))
			continue;
		data[at] = (uint8_t)((data[at] & ~mask) |
				     ((fault->choice == PLAN_BEFORE ? was[at] : is[at]) & mask));
		inject_weak_fired(inject, i);
	}
}

/* A single cell has no mixture: it then reads as before. */
static bool inject_choose_efuse(void *context, uint32_t cell)
{
	struct inject *inject = context;
	bool burnt = inject_choose(inject) == PLAN_AFTER;
	const struct plan_fault *fault;

	for (uint32_t i = 0; (fault = inject_single(inject, &i)) != NULL; i++) {
		if (fault->region != PLAN_EFUSE || fault->offset != cell)
			continue;
		burnt = fault->choice == PLAN_AFTER;
		inject_weak_fired(inject, i);
	}
	return burnt;
}

void inject_weak_wire(struct inject *inject)
{
	struct chip *chip = inject->chip;

	chip->flash.choose = inject_choose_flash;
	chip->flash.choose_bits = inject_choose_bits;
	chip->flash.choose_context = inject;
	chip->efuse.choose = inject_choose_efuse;
	chip->efuse.choose_context = inject;
}
