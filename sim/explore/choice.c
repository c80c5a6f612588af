/* The choices of a life, one after the other. */
#include "sim/explore/choice.h"

#include <stdlib.h>
#include <string.h>

#include "sim/explore/table.h"

#define CHOICE_BITS 256u /* of one copy of bootctl, at most */

/* A single bit reads otherwise than all others: as before where they read as after, and so on. */
static void choices_single(struct choices *choices, enum plan_region region, uint32_t offset,
			   uint32_t bit)
{
	for (int all = PLAN_AFTER; all <= PLAN_BEFORE; all++) {
		choices->single =
			table_room(choices->single, choices->count, sizeof(*choices->single));
		choices->single[choices->count++] =
			(struct choice){.all = (uint8_t)all,
					.single = (uint8_t)(1 + region),
					.other = all == PLAN_AFTER ? PLAN_BEFORE : PLAN_AFTER,
					.bit = (uint8_t)bit,
					.offset = offset};
	}
}

void choices_open(struct choices *choices, const struct run *run, enum choice_kind kind)
{
	const struct flash *flash = &run->device.chip.flash;
	const struct efuse *efuse = &run->device.chip.efuse;
	uint64_t bits[CHOICE_BITS];

	choices->now = (struct choice){0};
	choices->kind = kind;
	choices->count = choices->at = 0;
	for (uint32_t i = 0; kind != CHOICE_LIFE && flash->weak_sectors && i < HAL_COPIES; i++) {
		const struct hal_region *copy = &run->device.board.bootctl[i];
		uint32_t count =
			flash_weak_bits(flash, copy->offset, copy->size_bytes, bits, CHOICE_BITS);

		for (uint32_t j = 0; j < count; j++)
			choices_single(choices, (enum plan_region)(PLAN_BOOTCTL_0 + i),
				       (uint32_t)(bits[j] / 8) - copy->offset, bits[j] % 8);
	}
	for (uint32_t cell = 0; cell < efuse->cells; cell++)
		if (efuse->cell[cell] == EFUSE_WEAK)
			choices_single(choices, PLAN_EFUSE, cell, 0);
}

void choices_close(struct choices *choices)
{
	free(choices->single);
}

/* The reads of the last life as a number whose last figure goes up, and carries. */
static bool choices_next_read(struct choice *choice, uint32_t weak_reads)
{
	uint32_t reads = weak_reads < CHOICE_READS ? weak_reads : CHOICE_READS;

	while (reads > 0 && choice->read[reads - 1] == PLAN_MIX)
		choice->read[--reads] = 0;
	if (reads == 0)
		return false;
	choice->read[reads - 1]++;
	choice->reads = (uint8_t)reads;
	return true;
}

bool choices_next(struct choices *choices, uint32_t weak_reads)
{
	struct choice *now = &choices->now;

	if (!now->single && now->all == PLAN_AFTER && choices->kind == CHOICE_READ &&
	    choices_next_read(now, weak_reads))
		return true;
	if (!now->single && now->all < PLAN_MIX) {
		*now = (struct choice){.all = (uint8_t)(now->all + 1)};
		return true;
	}
	if (choices->at == choices->count)
		return false;
	*now = choices->single[choices->at++];
	return true;
}

bool choice_good(const struct choice *choice)
{
	bool good = choice->all <= PLAN_MIX && choice->single <= PLAN_REGIONS &&
		    choice->other <= PLAN_BEFORE && choice->bit < 8 &&
		    choice->reads <= CHOICE_READS;

	for (uint32_t i = 0; i < CHOICE_READS; i++)
		good = good && choice->read[i] <= PLAN_MIX;
	return good;
}

int choice_plan(const struct choice *choice, uint32_t life, bool onward, struct plan *plan)
{
	struct plan_fault weak = {.kind = PLAN_WEAK,
				  .life = life,
				  .onward = onward,
				  .choice = (enum plan_choice)choice->all};

	if (choice->all != PLAN_AFTER && plan_add(plan, &weak) != 0)
		return -1;
	for (uint32_t i = 0; i < choice->reads; i++) {
		weak.read = i + 1;
		weak.choice = (enum plan_choice)choice->read[i];
		if (weak.choice != PLAN_AFTER && plan_add(plan, &weak) != 0)
			return -1;
	}
	if (!choice->single)
		return 0;
	weak = (struct plan_fault){.kind = PLAN_WEAK,
				   .life = life,
				   .onward = onward,
				   .single = true,
				   .region = (enum plan_region)(choice->single - 1),
				   .offset = choice->offset,
				   .bit = choice->bit,
				   .choice = (enum plan_choice)choice->other};
	return plan_add(plan, &weak);
}
