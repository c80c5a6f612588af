/* The ways of cutting one op. */
#include "sim/cut_ways.h"

#include <assert.h>
#include <stdlib.h>

#define CUT_WAYS_ERASE_PARTS 5u

static void cut_ways_add(struct cut_ways *ways, struct plan_extent extent)
{
	if (ways->count == ways->capacity) {
		ways->capacity = ways->capacity ? ways->capacity * 2 : 64;
		ways->extents = realloc(ways->extents, ways->capacity * sizeof(struct plan_extent));
		assert(ways->extents);
	}
	ways->extents[ways->count++] = extent;
}

/* Bytes up to the last that a program changes: what lies behind reads 0xff either way. */
static uint32_t cut_ways_reach(const struct inject_op *op)
{
	const uint8_t *bytes = op->data;
	uint32_t reach = op->size_bytes;

	while (reach > 0 && bytes[reach - 1] == 0xff)
		reach--;
	return reach;
}

static void cut_ways_program(struct cut_ways *ways, const struct inject_op *op, uint32_t tears)
{
	uint32_t reach = cut_ways_reach(op);
	bool every = tears >= reach;

	for (uint32_t i = 1; i < (every ? reach : tears); i++)
		cut_ways_add(ways,
			     (struct plan_extent){
				     .bytes = every ? i : (uint32_t)((uint64_t)reach * i / tears)});
	if (reach == 0)
		return;
	cut_ways_add(ways, (struct plan_extent){.bytes = reach - 1, .bits = 4});
	/* The first word weak, one in the middle, the last one; or every word. */
	for (uint32_t word = 0; word * FLASH_WORD < reach; word++) {
		uint32_t words = (reach + FLASH_WORD - 1) / FLASH_WORD;

		if (tears == CUT_WAYS_EVERY || word == 0 || word == words / 2 || word == words - 1)
			cut_ways_add(ways, (struct plan_extent){.bytes = word * FLASH_WORD,
								.weak = true});
	}
}

static void cut_ways_erase(struct cut_ways *ways, const struct hal_board *board)
{
	for (uint32_t i = 1; i < CUT_WAYS_ERASE_PARTS; i++)
		cut_ways_add(ways, (struct plan_extent){.bytes = board->sector_bytes * i /
								 CUT_WAYS_ERASE_PARTS});
	for (uint32_t i = 1; i < CUT_WAYS_ERASE_PARTS; i++)
		cut_ways_add(ways, (struct plan_extent){.bytes = board->sector_bytes * i /
								 CUT_WAYS_ERASE_PARTS,
							.back = true});
	cut_ways_add(ways, (struct plan_extent){.all = true, .weak = true});
}

void cut_ways_list(struct cut_ways *ways, const struct hal_board *board, const struct inject_op *op,
		   uint32_t tears)
{
	cut_ways_add(ways, (struct plan_extent){0});
	switch (op->kind) {
	case INJECT_PROGRAM:
		cut_ways_program(ways, op, tears);
		break;
	case INJECT_ERASE:
		cut_ways_erase(ways, board);
		break;
	case INJECT_BURN:
		cut_ways_add(ways, (struct plan_extent){.weak = true});
		break;
	}
	cut_ways_add(ways, (struct plan_extent){.all = true});
}

void cut_ways_free(struct cut_ways *ways)
{
	free(ways->extents);
	*ways = (struct cut_ways){0};
}
