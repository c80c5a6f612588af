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

/* Prefixes of the first reach bytes; of all of them those that change one byte more. */
static void cut_ways_tears(struct cut_ways *ways, const struct inject_op *op, uint32_t reach,
			   uint32_t tears)
{
	const uint8_t *data = op->data;

	for (uint32_t i = 1; tears < reach && i < tears; i++)
		cut_ways_add(ways, (struct plan_extent){
					   .bytes = (uint32_t)((uint64_t)reach * i / tears)});
	for (uint32_t i = 1; tears >= reach && i < reach; i++)
		if (data[i - 1] != 0xff)
			cut_ways_add(ways, (struct plan_extent){.bytes = i});
}

static bool cut_ways_in_bootctl(const struct hal_board *board, uint32_t offset)
{
	for (uint32_t copy = 0; copy < HAL_COPIES; copy++) {
		const struct hal_region *region = &board->bootctl[copy];

		if (offset >= region->offset && offset - region->offset < region->size_bytes)
			return true;
	}
	return false;
}

/* Each bit that a byte clears, but the last one: with that the byte is there. */
static void cut_ways_bits(struct cut_ways *ways, const struct inject_op *op, uint32_t reach)
{
	const uint8_t *data = op->data;

	for (uint32_t at = 0; at < reach; at++) {
		for (uint8_t bits = 1; bits < 8; bits++) {
			uint8_t cleared = (uint8_t)~data[at];

			if ((cleared >> (bits - 1) & 1) && cleared >> bits)
				cut_ways_add(ways, (struct plan_extent){.bytes = at, .bits = bits});
		}
	}
}

static void cut_ways_program(struct cut_ways *ways, const struct hal_board *board,
			     const struct inject_op *op, uint32_t tears)
{
	uint32_t reach = cut_ways_reach(op);

	cut_ways_tears(ways, op, reach, tears);
	if (reach == 0)
		return;
	if (tears == CUT_WAYS_EVERY && cut_ways_in_bootctl(board, op->offset))
		cut_ways_bits(ways, op, reach);
	else
		cut_ways_add(ways, (struct plan_extent){.bytes = reach - 1, .bits = 4});
	/* The first word weak, one in the middle, the last one; or every word. */
	for (uint32_t word = 0; word * FLASH_WORD < reach; word++) {
		uint32_t words = (reach + FLASH_WORD - 1) / FLASH_WORD;

		if (tears == CUT_WAYS_EVERY || word == 0 || word == words / 2 || word == words - 1)
			cut_ways_add(ways, (struct plan_extent){.bytes = word * FLASH_WORD,
								.weak = true});
	}
}

static void cut_ways_erase_parts(struct cut_ways *ways, uint32_t sector_bytes)
{
	for (uint32_t i = 1; i < CUT_WAYS_ERASE_PARTS; i++)
		cut_ways_add(ways, (struct plan_extent){.bytes = sector_bytes * i /
								 CUT_WAYS_ERASE_PARTS});
	for (uint32_t i = 1; i < CUT_WAYS_ERASE_PARTS; i++)
		cut_ways_add(ways,
			     (struct plan_extent){.bytes = sector_bytes * i / CUT_WAYS_ERASE_PARTS,
						  .back = true});
}

static void cut_ways_erase(struct cut_ways *ways, const struct hal_board *board)
{
	cut_ways_erase_parts(ways, board->sector_bytes);
	cut_ways_add(ways, (struct plan_extent){.all = true, .weak = true});
}

void cut_ways_list(struct cut_ways *ways, const struct hal_board *board, const struct inject_op *op,
		   uint32_t tears)
{
	cut_ways_add(ways, (struct plan_extent){0});
	switch (op->kind) {
	case INJECT_PROGRAM:
		cut_ways_program(ways, board, op, tears);
		break;
	case INJECT_ERASE:
		cut_ways_erase(ways, board);
		break;
	case INJECT_BURN:
		cut_ways_add(ways, (struct plan_extent){.weak = true});
		break;
	case INJECT_FLUSH: /* of a NOR flash, which numbers none */
		break;
	}
	cut_ways_add(ways, (struct plan_extent){.all = true});
}

/* ---- a volatile cache ---- */

/* What the cache holds when the op is cut, as bits of an extent. */
struct cut_ways_cache {
	uint32_t count;
	uint64_t all, erases, bit[FLASH_CACHE_MAX];
	uint32_t size_bytes[FLASH_CACHE_MAX];
};

static void cut_ways_cache_read(struct cut_ways_cache *cache, const struct flash *flash,
				uint32_t number)
{
	struct flash_unflushed writes[FLASH_CACHE_MAX];
	uint32_t count = flash_unflushed(flash, writes);

	*cache = (struct cut_ways_cache){0};
	for (uint32_t i = 0; i < count; i++) {
		uint32_t back = number - writes[i].stamp;

		if (back > PLAN_LOST_MAX)
			continue; /* burns lie between: too long ago for a plan to name */
		cache->bit[cache->count] = (uint64_t)1 << (back - 1);
		cache->all |= cache->bit[cache->count];
		cache->erases |= writes[i].erase ? cache->bit[cache->count] : 0;
		cache->size_bytes[cache->count++] = writes[i].size_bytes;
	}
}

static void cut_ways_lost(struct cut_ways *ways, struct plan_extent extent, uint64_t lost)
{
	extent.lost = lost;
	cut_ways_add(ways, extent);
}

/* An extent with every way of losing some of what the cache holds. */
static void cut_ways_losses(struct cut_ways *ways, const struct cut_ways_cache *cache,
			    struct plan_extent extent)
{
	uint64_t other[4] = {cache->erases, cache->all & ~cache->erases};

	if (cache->count > 0)
		cut_ways_lost(ways, extent, cache->all);
	for (uint32_t i = 0; cache->count > 1 && i < cache->count; i++)
		cut_ways_lost(ways, extent, cache->bit[i]);
	for (uint32_t i = 0; cache->count > 2 && i < cache->count; i++)
		cut_ways_lost(ways, extent, cache->all & ~cache->bit[i]);
	for (uint32_t i = 0; i < cache->count; i++)
		other[2 + i % 2] |= cache->bit[i];
	for (uint32_t i = 0; cache->count > 3 && i < 4; i++)
		if (other[i] && other[i] != cache->all)
			cut_ways_lost(ways, extent, other[i]);
}

/* Each write torn in the middle; those after it landed, or none of them. */
static void cut_ways_torn(struct cut_ways *ways, const struct cut_ways_cache *cache)
{
	for (uint32_t i = 0; i < cache->count; i++) {
		struct plan_extent torn = {.bytes = cache->size_bytes[i] / 2};

		if (torn.bytes == 0)
			continue;
		cut_ways_lost(ways, torn, cache->bit[i]);
		if (i + 1 < cache->count)
			cut_ways_lost(ways, torn, cache->all & (2 * cache->bit[i] - 1));
	}
}

void cut_ways_list_cached(struct cut_ways *ways, const struct flash *flash,
			  const struct inject_op *op, uint32_t tears)
{
	struct cut_ways_cache cache;

	cut_ways_cache_read(&cache, flash, op->number);
	if (op->kind != INJECT_FLUSH)
		cut_ways_add(ways, (struct plan_extent){0});
	cut_ways_losses(ways, &cache, (struct plan_extent){0});
	switch (op->kind) {
	case INJECT_PROGRAM:
		cut_ways_tears(ways, op, cut_ways_reach(op), tears);
		break;
	case INJECT_ERASE:
		cut_ways_erase_parts(ways, flash->sector_bytes);
		break;
	case INJECT_BURN:
		cut_ways_add(ways, (struct plan_extent){.weak = true});
		cut_ways_losses(ways, &cache, (struct plan_extent){.weak = true});
		break;
	case INJECT_FLUSH:
		cut_ways_torn(ways, &cache);
		break;
	}
	cut_ways_add(ways, (struct plan_extent){.all = true});
	if (op->kind != INJECT_FLUSH || flash->flush_ignored)
		cut_ways_losses(ways, &cache, (struct plan_extent){.all = true});
}

void cut_ways_free(struct cut_ways *ways)
{
	free(ways->extents);
	*ways = (struct cut_ways){0};
}
