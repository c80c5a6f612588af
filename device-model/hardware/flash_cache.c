/*
 * The volatile cache of a block device. What was written lies in the cache, where it is read back,
 * until a flush, or a write for which there is no more room, brings it to the cells. When the power
 * fails, any of what lies in the cache may have come there already, in any order, and one write by
 * half.
 */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "device-model/hardware/flash.h"
#include "device-model/hardware/flash_cells.h"

/* A program or an erase that has not come to the cells. */
struct flash_write {
	uint32_t stamp, offset, size_bytes;
	bool erase;
	size_t at; /* of a program's bytes, in data */
};

/* The cells of a sector that writes in the cache are for. */
struct flash_beneath {
	uint32_t index;
	struct flash_sector *sector;
};

struct flash_cache {
	uint32_t count, beneath_count;
	struct flash_write write[FLASH_CACHE_MAX];
	struct flash_beneath beneath[FLASH_CACHE_MAX];
	size_t used, room;
	uint8_t *data;
};

static void cache_free(struct flash *flash)
{
	struct flash_cache *cache = flash->cache;

	if (!cache)
		return;
	for (uint32_t i = 0; i < cache->beneath_count; i++)
		flash_sector_release(cache->beneath[i].sector);
	free(cache->data);
	free(cache);
	flash->cache = NULL;
}

void flash_cache_close(struct flash *flash)
{
	cache_free(flash);
}

void flash_cache_copy(struct flash *copy)
{
	const struct flash_cache *cache = copy->cache;

	if (!cache)
		return;
	copy->cache = malloc(sizeof(*cache));
	assert(copy->cache);
	*copy->cache = *cache;
	for (uint32_t i = 0; i < cache->beneath_count; i++)
		flash_sector_refer(cache->beneath[i].sector);
	copy->cache->data = malloc(cache->room);
	assert(copy->cache->data);
	memcpy(copy->cache->data, cache->data, cache->used);
}

/* The first so many bytes of a write, in a sector that nobody else has. */
static void cache_apply(const struct flash *flash, struct flash_sector *sector,
			const struct flash_write *write, const uint8_t *data, uint32_t size_bytes)
{
	uint32_t from = write->offset % flash->sector_bytes;

	if (write->erase) {
		memset(sector->bytes + from, 0xff, size_bytes);
		if (size_bytes == flash->sector_bytes)
			memset(sector->touched, 0, flash_units_bytes(flash));
		return;
	}
	memcpy(sector->bytes + from, data, size_bytes);
	for (uint32_t at = from; at < from + size_bytes; at += flash->program_bytes)
		sector->touched[at / flash->program_bytes / 8] |=
			(uint8_t)(1u << at / flash->program_bytes % 8);
}

static struct flash_beneath *cache_beneath(const struct flash *flash, uint32_t index)
{
	struct flash_cache *cache = flash->cache;

	for (uint32_t i = 0; i < cache->beneath_count; i++)
		if (cache->beneath[i].index == index)
			return &cache->beneath[i];
	return NULL;
}

/* The oldest write comes to the cells. */
static void cache_write_back(struct flash *flash)
{
	struct flash_cache *cache = flash->cache;
	struct flash_write oldest = cache->write[0];
	uint32_t index = oldest.offset / flash->sector_bytes;
	struct flash_beneath *beneath = cache_beneath(flash, index);
	uint32_t bytes = oldest.erase ? 0 : oldest.size_bytes;
	bool more = false;

	beneath->sector = flash_sector_private(flash, beneath->sector);
	cache_apply(flash, beneath->sector, &oldest, cache->data, oldest.size_bytes);
	cache->count--;
	memmove(cache->write, cache->write + 1, cache->count * sizeof(cache->write[0]));
	cache->used -= bytes;
	memmove(cache->data, cache->data + bytes, cache->used);
	for (uint32_t i = 0; i < cache->count; i++) {
		cache->write[i].at -= bytes;
		more = more || cache->write[i].offset / flash->sector_bytes == index;
	}
	if (more)
		return;
	flash_sector_release(beneath->sector);
	*beneath = cache->beneath[--cache->beneath_count];
}

static void cache_keep_bytes(struct flash_cache *cache, struct flash_write *write, const void *data)
{
	write->at = cache->used;
	if (!data)
		return;
	if (cache->used + write->size_bytes > cache->room) {
		cache->room = 2 * (cache->used + write->size_bytes);
		cache->data = realloc(cache->data, cache->room);
		assert(cache->data);
	}
	memcpy(cache->data + cache->used, data, write->size_bytes);
	cache->used += write->size_bytes;
}

void flash_cache_write(struct flash *flash, uint32_t offset, const void *data, uint32_t size_bytes)
{
	uint32_t index = offset / flash->sector_bytes;
	struct flash_write write = {
		.stamp = flash->stamp, .offset = offset, .size_bytes = size_bytes, .erase = !data};
	struct flash_cache *cache = flash->cache;

	if (!cache) {
		cache = flash->cache = calloc(1, sizeof(*cache));
		assert(cache);
		cache->room = flash->program_bytes;
		cache->data = malloc(cache->room);
		assert(cache->data);
	}
	if (cache->count == flash->cache_writes)
		cache_write_back(flash);
	if (!cache_beneath(flash, index))
		cache->beneath[cache->beneath_count++] =
			(struct flash_beneath){index, flash_sector_share(flash, index)};
	cache_keep_bytes(cache, &write, data);
	cache->write[cache->count++] = write;
	cache_apply(flash, flash_sector_own(flash, index), &write, data, size_bytes);
}

void flash_settle(struct flash *flash)
{
	cache_free(flash);
}

int flash_flush(struct flash *flash)
{
	if (!flash->flush_ignored)
		flash_settle(flash);
	return FW_OK;
}

uint32_t flash_unflushed(const struct flash *flash, struct flash_unflushed *writes)
{
	const struct flash_cache *cache = flash->cache;

	for (uint32_t i = 0; cache && i < cache->count; i++)
		writes[i] = (struct flash_unflushed){.stamp = cache->write[i].stamp,
						     .size_bytes = cache->write[i].size_bytes,
						     .erase = cache->write[i].erase};
	return cache ? cache->count : 0;
}

static bool cache_lost(const struct flash_write *write, uint32_t stamp, uint64_t lost)
{
	uint32_t back = stamp - 1 - write->stamp;

	return back < 64 && lost >> back & 1;
}

void flash_power_off(struct flash *flash, uint32_t stamp, uint64_t lost, uint32_t torn_bytes)
{
	struct flash_cache *cache = flash->cache;

	for (uint32_t i = 0; cache && i < cache->count; i++) {
		const struct flash_write *write = &cache->write[i];
		struct flash_beneath *beneath =
			cache_beneath(flash, write->offset / flash->sector_bytes);
		uint32_t landed = write->size_bytes;

		if (cache_lost(write, stamp, lost)) {
			landed = torn_bytes;
			torn_bytes = 0; /* the first one that is lost was on its way */
		}
		assert(landed <= write->size_bytes);
		if (landed == 0)
			continue;
		beneath->sector = flash_sector_private(flash, beneath->sector);
		cache_apply(flash, beneath->sector, write, cache->data + write->at, landed);
	}
	for (uint32_t i = 0; cache && i < cache->beneath_count; i++)
		flash_sector_put(flash, cache->beneath[i].index, cache->beneath[i].sector);
	cache_free(flash);
}

bool flash_flushed(const struct flash *flash, uint32_t offset, uint32_t size_bytes)
{
	const struct flash_cache *cache = flash->cache;

	for (uint32_t i = 0; cache && i < cache->count; i++)
		if (cache->write[i].offset < (uint64_t)offset + size_bytes &&
		    offset < (uint64_t)cache->write[i].offset + cache->write[i].size_bytes)
			return false;
	return true;
}
