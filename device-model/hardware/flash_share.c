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
	if (a->weak_count != b->weak_count ||
	    memcmp(a->bytes, b->bytes, flash_cells_bytes(flash)) ||
	    memcmp(a->weak, b->weak, a->weak_count * sizeof(a->weak[0])))
		return false;
	for (uint32_t i = 0; i < a->weak_count; i++)
		if (memcmp(a->was + a->weak[i].offset, b->was + a->weak[i].offset,
			   a->weak[i].size_bytes))
			return false;
	return true;
}

bool flash_sector_alike(const struct flash *flash, const struct flash_sector *a,
			const struct flash_sector *b)
{
	return !memcmp(a->bytes, b->bytes, flash_cells_bytes(flash));
}

void flash_sector_hash(const struct flash *flash, const struct flash_sector *sector,
		       uint64_t hash[2])
{
	XXH128_hash_t value = XXH3_128bits(sector->bytes, flash_cells_bytes(flash));

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

void flash_sector_forget(struct flash *flash, struct flash_sector *sector)
{
	uint32_t unit_bytes = flash->program_bytes, bytes = flash_units_bytes(flash);

	for (uint32_t unit = 0; sector->forgotten && unit < flash->sector_bytes / unit_bytes;
	     unit++)
		if (flash_unit_bit(sector->unknown, unit))
			memset(sector->bytes + (size_t)unit * unit_bytes, 0, unit_bytes);
	for (uint32_t i = 0; sector->forgotten && i < bytes; i++)
		sector->touched[i] &= (uint8_t)~sector->unknown[bytes + i];
	flash_weak_tidy(flash, sector);
}

bool flash_known(const struct flash *flash, uint32_t offset)
{
	const struct flash_sector *sector = flash->sector[offset / flash->sector_bytes];

	return !flash_unit_bit(sector->unknown,
			       offset % flash->sector_bytes / flash->program_bytes);
}

uint64_t flash_unit_hash(const struct flash *flash, uint32_t index, uint32_t unit)
{
	const struct flash_sector *sector = flash->sector[index];
	uint32_t size = flash->program_bytes, from = unit * size;
	uint64_t hash;

	if (flash_unit_bit(sector->unknown, unit))
		return FLASH_UNIT_UNKNOWN;
	hash = XXH3_64bits(sector->bytes + from, size);
	for (uint32_t i = 0; i < sector->weak_count; i++) {
		const struct flash_weak *weak = &sector->weak[i];
		uint32_t end = weak->offset + weak->size_bytes;

		/* Byte by byte: where a place begins and ends depends on what lies beside it. */
		for (uint32_t at = weak->offset > from ? weak->offset : from;
		     at < end && at < from + size; at++)
			if (sector->was[at] != sector->bytes[at])
				hash = (hash ^ (at << 8 | sector->was[at])) * 0x9e3779b97f4a7c15u;
	}
	return hash;
}

uint32_t flash_forget_bits(const struct flash *flash)
{
	return 2 * 8 * flash_units_bytes(flash);
}

void flash_forget(struct flash *flash, uint32_t index, const uint8_t *what)
{
	struct flash_sector *sector = flash_sector_own(flash, index);

	for (uint32_t i = 0; i < flash_forget_bits(flash) / 8; i++) {
		sector->unknown[i] |= what[i];
		sector->forgotten = sector->forgotten || what[i];
	}
	flash_sector_forget(flash, sector);
}

/* ---- as bytes: the number of weak places, these, the cells, and what was in weak places ---- */

size_t flash_pack_bytes(const struct flash *flash)
{
	return sizeof(uint32_t) + FLASH_WEAK_MAX * sizeof(struct flash_weak) +
	       flash_cells_bytes(flash) + flash->sector_bytes;
}

size_t flash_sector_pack(const struct flash *flash, uint32_t index, uint8_t *to)
{
	const struct flash_sector *sector = flash->sector[index];
	uint32_t places = sector->weak_count * (uint32_t)sizeof(struct flash_weak);
	size_t at = sizeof(uint32_t);

	memcpy(to, &sector->weak_count, at);
	memcpy(to + at, sector->weak, places);
	at += places;
	memcpy(to + at, sector->bytes, flash_cells_bytes(flash));
	at += flash_cells_bytes(flash);
	for (uint32_t i = 0; i < sector->weak_count; i++) {
		memcpy(to + at, sector->was + sector->weak[i].offset, sector->weak[i].size_bytes);
		at += sector->weak[i].size_bytes;
	}
	return at;
}

/* The bytes that the weak places at the head say, if these lie in order and inside a sector. */
static bool flash_pack_fits(const struct flash *flash, const uint8_t *from, size_t bytes)
{
	size_t whole = sizeof(uint32_t) + flash_cells_bytes(flash);
	uint32_t count, end = 0;

	if (bytes < whole)
		return false;
	memcpy(&count, from, sizeof(count));
	if (count > FLASH_WEAK_MAX)
		return false;
	whole += count * sizeof(struct flash_weak);
	for (uint32_t i = 0; i < count && bytes >= whole; i++) {
		struct flash_weak weak;

		memcpy(&weak, from + sizeof(uint32_t) + i * sizeof(weak), sizeof(weak));
		if (weak.offset < end || weak.offset > flash->sector_bytes || !weak.size_bytes ||
		    weak.size_bytes > flash->sector_bytes - weak.offset)
			return false;
		end = weak.offset + 1; /* places may overlap; none begins where another does */
		whole += weak.size_bytes;
	}
	return bytes == whole;
}

int flash_sector_unpack(struct flash *flash, uint32_t index, const uint8_t *from, size_t bytes)
{
	struct flash_sector *sector;
	size_t at = sizeof(uint32_t);

	if (!flash_pack_fits(flash, from, bytes))
		return -1;
	sector = flash_sector_own(flash, index);
	flash->weak_sectors -= sector->weak_count > 0;
	memcpy(&sector->weak_count, from, at);
	flash->weak_sectors += sector->weak_count > 0;
	memcpy(sector->weak, from + at, sector->weak_count * sizeof(struct flash_weak));
	at += sector->weak_count * sizeof(struct flash_weak);
	memcpy(sector->bytes, from + at, flash_cells_bytes(flash));
	at += flash_cells_bytes(flash);
	if (sector->weak_count && !sector->was) {
		sector->was = malloc(flash->sector_bytes);
		assert(sector->was);
		memset(sector->was, 0, flash->sector_bytes);
	}
	for (uint32_t i = 0; i < sector->weak_count; i++) {
		memcpy(sector->was + sector->weak[i].offset, from + at, sector->weak[i].size_bytes);
		at += sector->weak[i].size_bytes;
	}
	sector->forgotten = false;
	for (uint32_t i = 0; i < flash_forget_bits(flash) / 8; i++)
		sector->forgotten = sector->forgotten || sector->unknown[i];
	return 0;
}
