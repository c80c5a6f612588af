/* Cells that a cut left half-way: where they are, and what they read. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "device-model/hardware/flash.h"
#include "device-model/hardware/flash_cells.h"

/* Puts what the choice says over those of the read bytes that are weak. from is in the sector. */
void flash_weak_read(const struct flash *flash, const struct flash_sector *sector, uint32_t base,
		     uint32_t from, uint8_t *data, uint32_t size_bytes)
{
	for (uint32_t i = 0; i < sector->weak_count; i++) {
		const struct flash_weak *weak = &sector->weak[i];
		uint32_t start = weak->offset > from ? weak->offset : from;
		uint32_t end = weak->offset + weak->size_bytes;
		enum flash_choice choice;

		if (end > from + size_bytes)
			end = from + size_bytes;
		if (start >= end)
			continue;
		choice = flash->choose ? flash->choose(flash->choose_context) : FLASH_AFTER;
		for (uint32_t at = start; at < end; at++) {
			uint8_t was = sector->was[at], is = sector->bytes[at];

			if (choice == FLASH_BEFORE)
				data[at - from] = was;
			else if (choice == FLASH_MIX)
				data[at - from] = (uint8_t)((was & 0x55) | (is & 0xaa));
		}
		if (flash->choose_bits)
			flash->choose_bits(flash->choose_context, base + start, end - start,
					   sector->was + start, sector->bytes + start,
					   data + (start - from));
	}
}

uint32_t flash_weak_bits(const struct flash *flash, uint32_t offset, uint32_t size_bytes,
			 uint64_t *bits, uint32_t most)
{
	const struct flash_sector *sector = flash->sector[offset / flash->sector_bytes];
	uint32_t from = offset % flash->sector_bytes, count = 0;

	for (uint32_t i = 0; i < sector->weak_count; i++) {
		const struct flash_weak *weak = &sector->weak[i];

		for (uint32_t at = weak->offset; at < weak->offset + weak->size_bytes; at++) {
			uint8_t differs = sector->was[at] ^ sector->bytes[at];

			if (weak->size_bytes > FLASH_WORD || at < from || at >= from + size_bytes)
				continue;
			for (uint32_t bit = 0; bit < 8 && count < most; bit++)
				if (differs >> bit & 1)
					bits[count++] = 8 * (uint64_t)(offset - from + at) + bit;
		}
	}
	return count;
}

/* The sector as it reads when every weak place reads as before; was holds that nowhere else. */
void flash_weak_before(const struct flash *flash, const struct flash_sector *sector,
		       uint8_t *before)
{
	memcpy(before, sector->bytes, flash->sector_bytes);
	for (uint32_t i = 0; i < sector->weak_count; i++)
		memcpy(before + sector->weak[i].offset, sector->was + sector->weak[i].offset,
		       sector->weak[i].size_bytes);
}

/* Puts a place where it belongs, unless another one covers it; drops those that it covers. */
static void weak_insert(struct flash_sector *sector, struct flash_weak place)
{
	uint32_t end = place.offset + place.size_bytes, kept = 0, at = 0;

	for (uint32_t i = 0; i < sector->weak_count; i++) {
		struct flash_weak weak = sector->weak[i];

		if (weak.offset <= place.offset && weak.offset + weak.size_bytes >= end)
			return; /* nothing was dropped, as none lies inside another */
		if (weak.offset < place.offset || weak.offset + weak.size_bytes > end)
			sector->weak[kept++] = weak;
	}
	while (at < kept && sector->weak[at].offset < place.offset)
		at++;
	sector->weak_count = kept;
	if (kept == FLASH_WEAK_MAX) {
		/* Weak together with the neighbour before it, or behind it, which is no milder. */
		struct flash_weak *with = &sector->weak[at ? at - 1 : 0];
		uint32_t start = with->offset < place.offset ? with->offset : place.offset;

		end = with->offset + with->size_bytes > end ? with->offset + with->size_bytes : end;
		*with = (struct flash_weak){start, end - start};
		return;
	}
	memmove(&sector->weak[at + 1], &sector->weak[at], (kept - at) * sizeof(place));
	sector->weak[at] = place;
	sector->weak_count = kept + 1;
}

/* Puts the part of a place that counts, between two units of unknown content. */
static void weak_insert_trimmed(struct flash_sector *sector, uint32_t start, uint32_t end)
{
	while (start < end && sector->was[start] == sector->bytes[start])
		start++;
	while (start < end && sector->was[end - 1] == sector->bytes[end - 1])
		end--;
	if (start < end)
		weak_insert(sector, (struct flash_weak){start, end - start});
}

static bool weak_unknown(const struct flash *flash, const struct flash_sector *sector, uint32_t at)
{
	return flash_unit_bit(sector->unknown, at / flash->program_bytes);
}

void flash_weak_tidy(struct flash *flash, struct flash_sector *sector)
{
	struct flash_weak old[FLASH_WEAK_MAX];
	uint32_t count = sector->weak_count;

	if (!count)
		return;
	memcpy(old, sector->weak, sizeof(old));
	sector->weak_count = 0;
	for (uint32_t i = 0; i < count; i++) {
		uint32_t end = old[i].offset + old[i].size_bytes;

		for (uint32_t at = old[i].offset, to; at < end; at = to) {
			bool unknown = weak_unknown(flash, sector, at);

			for (to = at + 1; to < end && weak_unknown(flash, sector, to) == unknown;)
				to++;
			if (!unknown)
				weak_insert_trimmed(sector, at, to);
		}
	}
	flash->weak_sectors -= sector->weak_count == 0;
}

void flash_weaken(struct flash *flash, struct flash_sector *sector, uint32_t offset,
		  uint32_t size_bytes, const uint8_t *was)
{
	if (!sector->was) {
		sector->was = malloc(flash->sector_bytes);
		assert(sector->was);
		memcpy(sector->was, sector->bytes, flash->sector_bytes);
	}
	memcpy(sector->was + offset, was, size_bytes);
	if (!sector->weak_count)
		flash->weak_sectors++;
	weak_insert(sector, (struct flash_weak){offset, size_bytes});
	flash_weak_tidy(flash, sector);
}
