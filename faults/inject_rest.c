/* What other hands change at rest, and parts that fail, lie or stick. */
#include "faults/inject_rest.h"

#include <stdlib.h>
#include <string.h>

void inject_mark(struct inject *inject, uint32_t fault)
{
	/* What lasts counts as a fault where it begins. */
	if (!(inject->fired & 1u << fault))
		inject->fault_life = inject->life;
	inject->fired |= 1u << fault;
}

static struct hal_region inject_region(const struct inject *inject, enum plan_region region)
{
	return inject->places.region(inject->places.context, region);
}

/* ---- at rest ---- */

static bool inject_write(struct inject *inject, struct hal_region region,
			 const struct plan_fault *fault)
{
	struct flash *flash = &inject->chip->flash;
	uint32_t size_bytes;
	const uint8_t *bytes =
		inject->places.release(inject->places.context, fault->release, &size_bytes);
	bool changes;

	if (!bytes || size_bytes > region.size_bytes)
		return false;
	changes = !flash_holds(flash, region.offset, bytes, size_bytes);
	flash_set(flash, region.offset, bytes, size_bytes);
	return changes;
}

static bool inject_erase(struct inject *inject, struct hal_region region)
{
	struct flash *flash = &inject->chip->flash;
	uint8_t *blank = malloc(region.size_bytes);
	bool changes;

	if (!blank)
		abort();
	memset(blank, 0xff, region.size_bytes);
	changes = !flash_holds(flash, region.offset, blank, region.size_bytes);
	free(blank);
	for (uint32_t at = 0; at < region.size_bytes; at += flash->sector_bytes)
		changes = flash_erase(flash, region.offset + at) == FW_OK && changes;
	return changes;
}

static bool inject_flip(struct inject *inject, struct hal_region region,
			const struct plan_fault *fault)
{
	if (fault->offset >= region.size_bytes)
		return false;
	if (fault->region == PLAN_EFUSE)
		efuse_flip(&inject->chip->efuse, fault->offset);
	else
		flash_flip(&inject->chip->flash, region.offset + fault->offset, fault->bit);
	return true;
}

/* Marsaglia's xorshift64: the same bits on every machine. */
static uint64_t inject_chance(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* Flips bits that differ from each other. False if the region has fewer. */
static bool inject_rot(struct inject *inject, struct hal_region region,
		       const struct plan_fault *fault)
{
	bool efuse = fault->region == PLAN_EFUSE;
	uint64_t places = (uint64_t)region.size_bytes * (efuse ? 1 : 8);
	uint64_t state = ((uint64_t)fault->seed << 32 | 0x726f7400) * 0x9e3779b97f4a7c15u;
	uint64_t taken[PLAN_ROT_MAX];
	uint32_t count = 0;

	if (fault->bits > places)
		return false;
	while (count < fault->bits) {
		uint64_t place = inject_chance(&state) % places;
		uint32_t at = 0;

		while (at < count && taken[at] != place)
			at++;
		if (at < count)
			continue;
		taken[count++] = place;
		if (efuse)
			efuse_flip(&inject->chip->efuse, (uint32_t)place);
		else
			flash_flip(&inject->chip->flash, region.offset + (uint32_t)(place / 8),
				   (uint32_t)(place % 8));
	}
	return true;
}

static bool inject_swap(struct inject *inject, struct hal_region region, struct hal_region other)
{
	struct flash *flash = &inject->chip->flash;
	bool changes = false;

	if (region.size_bytes != other.size_bytes)
		return false;
	for (uint32_t at = 0; at < region.size_bytes; at += flash->sector_bytes) {
		uint32_t here = (region.offset + at) / flash->sector_bytes;
		uint32_t there = (other.offset + at) / flash->sector_bytes;
		struct flash_sector *kept = flash_sector_share(flash, here);

		changes |= !flash_sector_same(flash, kept, flash->sector[there]);
		flash_sector_put(flash, here, flash->sector[there]);
		flash_sector_put(flash, there, kept);
		flash_sector_release(kept);
	}
	return changes;
}

static bool inject_back(struct inject *inject, struct hal_region region)
{
	struct flash *flash = &inject->chip->flash;
	const struct flash *born = inject->places.born;
	bool changes = false;

	if (!born)
		return false;
	for (uint32_t at = 0; at < region.size_bytes; at += flash->sector_bytes) {
		uint32_t index = (region.offset + at) / flash->sector_bytes;

		changes |= !flash_sector_same(flash, flash->sector[index], born->sector[index]);
		flash_sector_put(flash, index, born->sector[index]);
	}
	return changes;
}

/* What the place reads to an onlooker, whom no weak cell notices. */
static uint8_t inject_look(const struct inject *inject, uint32_t offset)
{
	struct flash view = inject->chip->flash;
	uint8_t byte = 0;

	view.choose = NULL;
	view.choose_bits = NULL;
	return flash_read(&view, offset, &byte, 1) == FW_OK ? byte : 0;
}

static bool inject_patch(struct inject *inject, struct hal_region region,
			 const struct plan_fault *fault)
{
	bool changes = false;

	if (fault->offset >= region.size_bytes ||
	    fault->bytes_count > region.size_bytes - fault->offset)
		return false;
	for (uint32_t i = 0; i < fault->bytes_count; i++) {
		uint32_t at = region.offset + fault->offset + i;
		uint8_t differs = inject_look(inject, at) ^ fault->bytes[i];

		for (uint32_t bit = 0; bit < 8; bit++)
			if (differs & 1u << bit)
				flash_flip(&inject->chip->flash, at, bit);
		changes |= differs != 0;
	}
	return changes;
}

/* One fault at rest. False if it changed nothing, and so did not happen. */
static bool inject_change(struct inject *inject, const struct plan_fault *fault)
{
	struct hal_region region = inject_region(inject, fault->region);

	switch (fault->kind) {
	case PLAN_FLIP:
		return inject_flip(inject, region, fault);
	case PLAN_ROT:
		return inject_rot(inject, region, fault);
	case PLAN_ERASE:
		return inject_erase(inject, region);
	case PLAN_WRITE:
		return inject_write(inject, region, fault);
	case PLAN_SWAP:
		return inject_swap(inject, region, inject_region(inject, fault->other));
	case PLAN_BACK:
		return inject_back(inject, region);
	case PLAN_PATCH:
		return inject_patch(inject, region, fault);
	default:
		return false;
	}
}

/* Other hands find, and leave, a device whose cache is empty. */
static bool inject_at_rest(struct inject *inject, const struct plan_fault *fault)
{
	bool changes;

	flash_settle(&inject->chip->flash);
	changes = inject_change(inject, fault);
	flash_settle(&inject->chip->flash);
	return changes;
}

static bool inject_now(struct inject *inject, uint32_t i)
{
	bool happens =
		!(inject->fired & 1u << i) && inject_at_rest(inject, &inject->plan->faults[i]);

	if (happens)
		inject_mark(inject, i);
	return happens;
}

void inject_before_life(struct inject *inject)
{
	for (uint32_t i = 0; i < inject->plan->count; i++) {
		const struct plan_fault *fault = &inject->plan->faults[i];

		if (fault->kind >= PLAN_FLIP && fault->when == PLAN_AT_LIFE &&
		    fault->life == inject->life)
			(void)inject_now(inject, i);
	}
}

static void inject_clock(struct inject *inject, uint32_t i)
{
	const struct plan_fault *fault = &inject->plan->faults[i];

	if (fault->ms == 0) {
		inject->clock_at = inject_clock_reads(inject, inject->chip->clock_ms);
		inject->clock_stopped = true;
	}
	inject->clock_skew += fault->backward ? 0u - fault->ms : fault->ms;
	inject_mark(inject, i);
}

uint32_t inject_clock_reads(const struct inject *inject, uint32_t ms)
{
	return inject->clock_stopped ? inject->clock_at : ms + inject->clock_skew;
}

void inject_after(struct inject *inject, uint32_t op)
{
	for (uint32_t i = 0; i < inject->plan->count; i++) {
		const struct plan_fault *fault = &inject->plan->faults[i];

		if (fault->op != op || fault->when != PLAN_AT_OP)
			continue;
		if (fault->kind == PLAN_CLOCK)
			inject_clock(inject, i);
		else if (fault->kind >= PLAN_FLIP)
			(void)inject_now(inject, i);
	}
}

/* What fault i waits for has come once more. */
static bool inject_once_more(struct inject *inject, uint32_t i)
{
	return ++inject->seen[i] == inject->plan->faults[i].nth && inject_now(inject, i);
}

bool inject_rest(struct inject *inject)
{
	bool more = false;

	for (uint32_t i = 0; i < inject->plan->count; i++) {
		const struct plan_fault *fault = &inject->plan->faults[i];

		if (fault->when == PLAN_AT_REST)
			more = inject_once_more(inject, i) || inject->seen[i] < fault->nth || more;
	}
	return more;
}

void inject_at_jump(struct inject *inject)
{
	for (uint32_t i = 0; i < inject->plan->count; i++)
		if (inject->plan->faults[i].when == PLAN_AT_JUMP)
			(void)inject_once_more(inject, i);
}

void inject_after_read(struct inject *inject, bool efuse, uint32_t offset, uint32_t size_bytes)
{
	for (uint32_t i = 0; i < inject->plan->count; i++) {
		const struct plan_fault *fault = &inject->plan->faults[i];
		struct hal_region place;

		if (fault->when != PLAN_AT_READ || efuse != (fault->region == PLAN_EFUSE))
			continue;
		place = inject_region(inject, fault->region);
		if (fault->kind == PLAN_FLIP || fault->kind == PLAN_PATCH) {
			place.offset += fault->offset;
			place.size_bytes = 1;
		}
		if (offset < place.offset + place.size_bytes && place.offset < offset + size_bytes)
			(void)inject_once_more(inject, i);
	}
}

/* ---- parts that fail, lie or stick ---- */

static bool inject_in_region(const struct inject *inject, enum plan_region region, bool efuse,
			     uint32_t offset, uint32_t size_bytes)
{
	struct hal_region place;

	if (efuse || region == PLAN_EFUSE)
		return efuse && region == PLAN_EFUSE;
	place = inject_region(inject, region);
	return offset < place.offset + place.size_bytes && place.offset < offset + size_bytes;
}

/* A flush is of the whole flash. */
static bool inject_meets(const struct inject *inject, enum plan_region region,
			 const struct inject_op *op)
{
	if (op->kind == INJECT_FLUSH)
		return region == PLAN_FLASH;
	return inject_in_region(inject, region, op->kind == INJECT_BURN, op->offset,
				op->size_bytes);
}

enum inject_bad inject_bad_op(struct inject *inject, const struct inject_op *op)
{
	for (uint32_t i = 0; i < inject->plan->count; i++) {
		const struct plan_fault *fault = &inject->plan->faults[i];
		bool lasts = fault->region != PLAN_REGIONS;

		if (fault->kind == PLAN_SAG && op->number >= fault->op &&
		    op->number - fault->op < fault->ops) {
			if (op->number - fault->op + 1 < fault->ops)
				return INJECT_HALF;
			inject_mark(inject, i);
			return INJECT_LAST;
		}
		if ((fault->kind != PLAN_FAIL && fault->kind != PLAN_LIE) ||
		    (lasts ? op->number <= fault->op : op->number != fault->op) ||
		    (lasts && !inject_meets(inject, fault->region, op)))
			continue;
		inject_mark(inject, i);
		return fault->kind == PLAN_FAIL ? INJECT_FAILS : INJECT_LIES;
	}
	return INJECT_FINE;
}

static bool inject_stick_one(struct inject *inject, const struct plan_fault *fault)
{
	struct hal_region region = inject_region(inject, fault->region);
	struct efuse *efuse = &inject->chip->efuse;
	uint8_t level = fault->level ? EFUSE_BURNT : EFUSE_INTACT;
	uint32_t at = region.offset + fault->offset;

	if (fault->offset >= region.size_bytes)
		return false;
	if (fault->region == PLAN_EFUSE) {
		bool changes = efuse->cell[fault->offset] != level;

		efuse->cell[fault->offset] = level;
		return changes;
	}
	if ((inject_look(inject, at) >> fault->bit & 1u) == fault->level)
		return false;
	flash_stick(&inject->chip->flash, at, fault->bit);
	return true;
}

void inject_stick(struct inject *inject)
{
	for (uint32_t i = 0; i < inject->plan->count; i++) {
		const struct plan_fault *fault = &inject->plan->faults[i];

		if (fault->kind == PLAN_STUCK && inject->op >= fault->op &&
		    inject_stick_one(inject, fault))
			inject_mark(inject, i);
	}
}

static bool inject_mute(struct inject *inject, bool efuse, uint32_t offset, uint32_t size_bytes)
{
	for (uint32_t i = 0; i < inject->plan->count; i++) {
		const struct plan_fault *fault = &inject->plan->faults[i];

		if (fault->kind != PLAN_MUTE || inject->op < fault->op ||
		    !inject_in_region(inject, fault->region, efuse, offset, size_bytes))
			continue;
		inject_mark(inject, i);
		return true;
	}
	return false;
}

bool inject_missed(struct inject *inject)
{
	inject->reads++;
	for (uint32_t i = 0; i < inject->plan->count; i++) {
		const struct plan_fault *fault = &inject->plan->faults[i];

		if (fault->kind != PLAN_MISS || fault->op != inject->reads)
			continue;
		inject_mark(inject, i);
		return true;
	}
	return false;
}

bool inject_muted(struct inject *inject, uint32_t offset, uint32_t size_bytes)
{
	return inject_mute(inject, false, offset, size_bytes);
}

bool inject_muted_efuse(struct inject *inject)
{
	return inject_mute(inject, true, 0, 1);
}
