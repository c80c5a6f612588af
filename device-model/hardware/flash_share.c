/* Sectors as values that many flashes share: found by hash, compared cell by cell. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL /* no library to link for who needs no more than the chip */
#include <xxhash.h>

#include "device-model/hardware/flash.h"
#include "device-model/hardware/flash_cells.h"

bool flash_sector_same(const struct flash *flash, const struct flash_sector *a,
		       const struct flash_sector *b)
{
	if (a == b)
		return true;
	if (a->unknown || b->unknown)
		return a->unknown && b->unknown;
	if (a->weak_count != b->weak_count ||
	    memcmp(a->bytes, b->bytes, flash->sector_bytes + flash_touched_bytes(flash)) ||
	    memcmp(a->weak, b->weak, a->weak_count * sizeof(a->weak[0])))
		return false;
	for (uint32_t i = 0; i < a->weak_count; i++)
		if (memcmp(a->was + a->weak[i].offset, b->was + a->weak[i].offset,
			   a->weak[i].size_bytes))
			return false;
	return true;
}

void flash_sector_hash(const struct flash *flash, const struct flash_sector *sector,
		       uint64_t hash[2])
{
	XXH128_hash_t value = {0, 0};

	if (!sector->unknown)
		value = XXH3_128bits(sector->bytes,
				     flash->sector_bytes + flash_touched_bytes(flash));
	for (uint32_t i = 0; i < sector->weak_count; i++) {
		const struct flash_weak *weak = &sector->weak[i];
		XXH128_hash_t was = XXH3_128bits_withSeed(sector->was + weak->offset,
							  weak->size_bytes, weak->offset);

		value.low64 = (value.low64 ^ was.low64) * 0x9e3779b97f4a7c15u;
		value.high64 = (value.high64 ^ was.high64) * 0xc2b2ae3d27d4eb4fu;
	}
	hash[0] = value.low64;
	hash[1] = value.high64;
}

struct flash_sector *flash_sector_share(const struct flash *flash, uint32_t index)
{
	flash->sector[index]->references++;
	return flash->sector[index];
}

void flash_sector_put(struct flash *flash, uint32_t index, struct flash_sector *sector)
{
	struct flash_sector *old = flash->sector[index];

	if (old == sector)
		return;
	flash->weak_sectors += (sector->weak_count > 0) - (uint32_t)(old->weak_count > 0);
	sector->references++;
	flash->sector[index] = sector;
	flash_sector_release(old);
}

struct flash_sector *flash_sector_unknown(const struct flash *flash)
{
	struct flash_sector *sector =
		calloc(1, sizeof(*sector) + flash->sector_bytes + flash_touched_bytes(flash));

	assert(sector);
	sector->references = 1;
	sector->unknown = true;
	sector->touched = sector->bytes + flash->sector_bytes;
	return sector;
}
