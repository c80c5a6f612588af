/* NOR flash: cells, sectors shared between copies, and what a cut leaves behind. */
#include "device-model/hardware/flash.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "device-model/hardware/flash_cells.h"

static struct flash_sector *sector_new(const struct flash *flash)
{
	struct flash_sector *sector = malloc(sizeof(*sector) + flash_cells_bytes(flash));

	assert(sector);
	memset(sector, 0, sizeof(*sector));
	sector->references = 1;
	sector->touched = sector->bytes + flash->sector_bytes;
	sector->unknown = sector->touched + flash_units_bytes(flash);
	return sector;
}

void flash_sector_release(struct flash_sector *sector)
{
	if (--sector->references)
		return;
	free(sector->was);
	free(sector);
}

static uint8_t *sector_was_copy(const struct flash *flash, const struct flash_sector *sector)
{
	uint8_t *was;

	if (!sector->was)
		return NULL;
	was = malloc(flash->sector_bytes);
	assert(was);
	memcpy(was, sector->was, flash->sector_bytes);
	return was;
}

struct flash_sector *flash_sector_own(struct flash *flash, uint32_t index)
{
	struct flash_sector *shared = flash->sector[index], *own;

	if (shared->references == 1)
		return shared;
	own = sector_new(flash);
	memcpy(own->bytes, shared->bytes, flash_cells_bytes(flash));
	own->forgotten = shared->forgotten;
	own->weak_count = shared->weak_count;
	memcpy(own->weak, shared->weak, sizeof(own->weak));
	own->was = sector_was_copy(flash, shared);
	flash_sector_release(shared);
	flash->sector[index] = own;
	return own;
}

/* An erased sector that is this flash's own, whatever was there before. */
static struct flash_sector *sector_blank(struct flash *flash, uint32_t index)
{
	struct flash_sector *sector = flash->sector[index];

	if (sector && sector->references == 1) {
		free(sector->was);
		sector->was = NULL;
		if (sector->weak_count)
			flash->weak_sectors--;
		sector->weak_count = 0;
		sector->forgotten = false;
	} else {
		if (sector && sector->weak_count)
			flash->weak_sectors--;
		if (sector)
			flash_sector_release(sector);
		sector = flash->sector[index] = sector_new(flash);
	}
	memset(sector->bytes, 0xff, flash->sector_bytes);
	memset(sector->touched, 0, 3 * (size_t)flash_units_bytes(flash));
	return sector;
}

void flash_open(struct flash *flash, const struct hal_board *board, uint32_t endurance)
{
	memset(flash, 0, sizeof(*flash));
	flash->sector_bytes = board->sector_bytes;
	flash->sectors = board->flash_bytes / board->sector_bytes;
	flash->program_bytes = board->program_bytes;
	flash->endurance = endurance;
	flash->sector = calloc(flash->sectors, sizeof(struct flash_sector *));
	flash->erases = calloc(flash->sectors, sizeof(*flash->erases));
	assert(flash->sector && flash->erases);
	/* All sectors start as one shared blank one. */
	for (uint32_t i = 0; i < flash->sectors; i++) {
		if (i == 0)
			sector_blank(flash, 0);
		else
			flash->sector[i] = flash->sector[0];
	}
	flash->sector[0]->references = flash->sectors;
}

void flash_close(struct flash *flash)
{
	for (uint32_t i = 0; i < flash->sectors; i++)
		flash_sector_release(flash->sector[i]);
	free(flash->sector);
	free(flash->erases);
	memset(flash, 0, sizeof(*flash));
}

void flash_copy(struct flash *copy, const struct flash *flash)
{
	size_t count = flash->sectors;

	*copy = *flash;
	copy->sector = malloc(count * sizeof(struct flash_sector *));
	copy->erases = malloc(count * sizeof(*copy->erases));
	assert(copy->sector && copy->erases);
	memcpy(copy->sector, flash->sector, count * sizeof(struct flash_sector *));
	memcpy(copy->erases, flash->erases, count * sizeof(*copy->erases));
	for (size_t i = 0; i < count; i++)
		copy->sector[i]->references++;
}

static int flash_refuse(const struct flash *flash, enum flash_violation what, uint32_t offset,
			uint32_t size_bytes)
{
	if (flash->violation)
		flash->violation(flash->violation_context, what, offset, size_bytes);
	return what == FLASH_MISALIGNED ? FW_ERR_ALIGN : FW_ERR_RANGE;
}

/* Part of a sector is looked into. */
static void flash_look(const struct flash *flash, uint32_t index, uint32_t from,
		       uint32_t size_bytes)
{
	const struct flash_sector *sector = flash->sector[index];
	uint32_t unit = from / flash->program_bytes;

	if (!flash->looked || !size_bytes || !(sector->forgotten || flash->look_all))
		return;
	for (; unit * flash->program_bytes < from + size_bytes; unit++)
		flash->looked(flash->looked_context, index, unit,
			      flash_unit_bit(sector->unknown, unit));
}

static void flash_look_touched(const struct flash *flash, uint32_t index, uint32_t unit)
{
	uint32_t what = flash_units_bytes(flash) * 8 + unit;

	if (flash->looked && flash_unit_bit(flash->sector[index]->unknown, what))
		flash->looked(flash->looked_context, index, what, true);
}

static bool flash_inside(const struct flash *flash, uint32_t offset, uint32_t size_bytes)
{
	return (uint64_t)offset + size_bytes <= (uint64_t)flash->sectors * flash->sector_bytes;
}

int flash_read(struct flash *flash, uint32_t offset, void *data, uint32_t size_bytes)
{
	uint8_t *to = data;

	if (!flash_inside(flash, offset, size_bytes))
		return flash_refuse(flash, FLASH_RANGE, offset, size_bytes);
	while (size_bytes) {
		const struct flash_sector *sector = flash->sector[offset / flash->sector_bytes];
		uint32_t from = offset % flash->sector_bytes;
		uint32_t part = flash->sector_bytes - from;

		if (part > size_bytes)
			part = size_bytes;
		flash_look(flash, offset / flash->sector_bytes, from, part);
		memcpy(to, sector->bytes + from, part);
		if (sector->weak_count)
			flash_weak_read(flash, sector, offset - from, from, to, part);
		to += part;
		offset += part;
		size_bytes -= part;
	}
	return FW_OK;
}

static int flash_program_allowed(const struct flash *flash, uint32_t offset, uint32_t size_bytes)
{
	if (!flash_inside(flash, offset, size_bytes) || size_bytes == 0)
		return flash_refuse(flash, FLASH_RANGE, offset, size_bytes);
	if (offset % flash->program_bytes || size_bytes % flash->program_bytes ||
	    offset / flash->sector_bytes != (offset + size_bytes - 1) / flash->sector_bytes)
		return flash_refuse(flash, FLASH_MISALIGNED, offset, size_bytes);
	for (uint32_t at = offset; at < offset + size_bytes; at += flash->program_bytes) {
		const struct flash_sector *sector = flash->sector[at / flash->sector_bytes];
		uint32_t from = at % flash->sector_bytes;

		flash_look(flash, at / flash->sector_bytes, from, flash->program_bytes);
		flash_look_touched(flash, at / flash->sector_bytes, from / flash->program_bytes);
		if (flash_unit_bit(sector->touched, from / flash->program_bytes))
			return flash_refuse(flash, FLASH_NOT_ERASED, offset, size_bytes);
	}
	return FW_OK;
}

int flash_program_cut(struct flash *flash, uint32_t offset, const void *data, uint32_t size_bytes,
		      const struct flash_cut *cut)
{
	int err = flash_program_allowed(flash, offset, size_bytes);
	uint32_t from = offset % flash->sector_bytes;
	uint32_t landed = cut->all ? size_bytes : cut->bytes;
	uint32_t reached = landed + (cut->bits ? 1 : 0);
	const uint8_t *bytes = data;
	struct flash_sector *sector;

	if (err)
		return err;
	assert(reached <= size_bytes);
	if (reached == 0 && !cut->weak)
		return FW_OK;
	sector = flash_sector_own(flash, offset / flash->sector_bytes);
	for (uint32_t i = 0; i < landed; i++)
		sector->bytes[from + i] &= bytes[i];
	if (cut->bits)
		sector->bytes[from + landed] &= bytes[landed] | (uint8_t)(0xffu << cut->bits);
	if (cut->weak && landed < size_bytes) {
		uint8_t was[FLASH_WORD];

		/* A program unit is whole words, so one begins at most three bytes before its end.
		 */
		reached = landed + FLASH_WORD < size_bytes ? landed + FLASH_WORD : size_bytes;
		memcpy(was, sector->bytes + from + landed, reached - landed);
		for (uint32_t i = landed; i < reached; i++)
			sector->bytes[from + i] &= bytes[i];
		flash_weaken(flash, sector, from + landed, reached - landed, was);
	}
	for (uint32_t at = from; at < from + reached; at += flash->program_bytes)
		sector->touched[at / flash->program_bytes / 8] |=
			(uint8_t)(1u << at / flash->program_bytes % 8);
	return FW_OK;
}

int flash_program(struct flash *flash, uint32_t offset, const void *data, uint32_t size_bytes)
{
	return flash_program_cut(flash, offset, data, size_bytes, &(struct flash_cut){.all = true});
}

static int flash_erase_allowed(const struct flash *flash, uint32_t offset)
{
	if (!flash_inside(flash, offset, flash->sector_bytes))
		return flash_refuse(flash, FLASH_RANGE, offset, flash->sector_bytes);
	if (offset % flash->sector_bytes)
		return flash_refuse(flash, FLASH_MISALIGNED, offset, flash->sector_bytes);
	if (flash->endurance && flash->erases[offset / flash->sector_bytes] >= flash->endurance)
		return FW_ERR_IO;
	return FW_OK;
}

int flash_erase(struct flash *flash, uint32_t offset)
{
	int err = flash_erase_allowed(flash, offset);

	if (err)
		return err;
	flash->erases[offset / flash->sector_bytes]++;
	sector_blank(flash, offset / flash->sector_bytes);
	return FW_OK;
}

int flash_erase_cut(struct flash *flash, uint32_t offset, const struct flash_cut *cut)
{
	int err = flash_erase_allowed(flash, offset);
	uint32_t size = flash->sector_bytes, from = cut->back ? size - cut->bytes : 0;
	struct flash_sector *sector;

	if (err)
		return err;
	assert(cut->bytes <= size);
	if (cut->all && !cut->weak)
		return flash_erase(flash, offset);
	if (!cut->all && cut->bytes == 0 && !cut->weak)
		return FW_OK;
	flash->erases[offset / size]++;
	sector = flash_sector_own(flash, offset / size);
	if (cut->weak) {
		uint32_t firm = cut->all || cut->back ? 0 : cut->bytes;
		uint32_t weak = cut->all		   ? size
				: size - firm < FLASH_WORD ? size - firm
							   : FLASH_WORD;
		uint8_t *was = malloc(size);

		assert(was);
		flash_weak_before(flash, sector, was);
		memset(sector->bytes, 0xff, firm + weak);
		if (sector->was)
			memset(sector->was, 0xff, firm);
		if (weak)
			flash_weaken(flash, sector, firm, weak, was + firm);
		free(was);
	} else {
		memset(sector->bytes + from, 0xff, cut->bytes);
		if (sector->was)
			memset(sector->was + from, 0xff, cut->bytes);
	}
	/* Not erased until an erase completes: every unit counts as touched. */
	memset(sector->touched, 0xff, flash_units_bytes(flash));
	flash_sector_forget(flash, sector);
	return FW_OK;
}

void flash_pretend(struct flash *flash, uint32_t offset)
{
	struct flash_sector *sector = flash_sector_own(flash, offset / flash->sector_bytes);
	uint32_t bytes = flash_units_bytes(flash);

	memset(sector->touched, 0, bytes);
	memset(sector->unknown + bytes, 0, bytes); /* that it is untouched is known */
}

void flash_stick(struct flash *flash, uint32_t offset, uint32_t bit)
{
	struct flash_sector *sector = flash_sector_own(flash, offset / flash->sector_bytes);
	uint32_t at = offset % flash->sector_bytes;

	assert(flash_inside(flash, offset, 1) && bit < 8);
	sector->bytes[at] ^= (uint8_t)(1u << bit);
	if (sector->was)
		sector->was[at] ^= (uint8_t)(1u << bit);
}

void flash_flip(struct flash *flash, uint32_t offset, uint32_t bit)
{
	struct flash_sector *sector;
	uint32_t at = offset % flash->sector_bytes;

	flash_stick(flash, offset, bit);
	sector = flash->sector[offset / flash->sector_bytes];
	sector->touched[at / flash->program_bytes / 8] |=
		(uint8_t)(1u << at / flash->program_bytes % 8);
	flash_weak_tidy(flash, sector);
}

/* Erases what the bytes reach into and programs them: a programmer's way of writing. */
void flash_set(struct flash *flash, uint32_t offset, const void *data, uint32_t size_bytes)
{
	const uint8_t *bytes = data;

	assert(flash_inside(flash, offset, size_bytes) && offset % flash->sector_bytes == 0);
	while (size_bytes) {
		struct flash_sector *sector = sector_blank(flash, offset / flash->sector_bytes);
		uint32_t part = size_bytes < flash->sector_bytes ? size_bytes : flash->sector_bytes;
		uint32_t units = (part + flash->program_bytes - 1) / flash->program_bytes;

		memcpy(sector->bytes, bytes, part);
		for (uint32_t i = 0; i < units; i++)
			sector->touched[i / 8] |= (uint8_t)(1u << i % 8);
		bytes += part;
		offset += part;
		size_bytes -= part;
	}
}

bool flash_holds(const struct flash *flash, uint32_t offset, const void *data, uint32_t size_bytes)
{
	const uint8_t *bytes = data;

	if (!flash_inside(flash, offset, size_bytes))
		return false;
	while (size_bytes) {
		const struct flash_sector *sector = flash->sector[offset / flash->sector_bytes];
		uint32_t from = offset % flash->sector_bytes;
		uint32_t part = flash->sector_bytes - from;

		if (part > size_bytes)
			part = size_bytes;
		flash_look(flash, offset / flash->sector_bytes, from, part);
		if (memcmp(sector->bytes + from, bytes, part))
			return false;
		bytes += part;
		offset += part;
		size_bytes -= part;
	}
	return true;
}

bool flash_firm(const struct flash *flash, uint32_t offset, uint32_t size_bytes)
{
	uint64_t end = (uint64_t)offset + size_bytes;

	for (uint32_t at = offset / flash->sector_bytes; at < flash->sectors; at++) {
		const struct flash_sector *sector = flash->sector[at];
		uint64_t base = (uint64_t)at * flash->sector_bytes;
		uint32_t from = offset > base ? (uint32_t)(offset - base) : 0;

		if (base >= end)
			break;
		flash_look(flash, at, from,
			   (uint32_t)(end - base < flash->sector_bytes ? end - base
								       : flash->sector_bytes) -
				   from);
		for (uint32_t i = 0; i < sector->weak_count; i++) {
			uint64_t weak = base + sector->weak[i].offset;

			if (weak < end && weak + sector->weak[i].size_bytes > offset)
				return false;
		}
	}
	return true;
}

bool flash_equal(const struct flash *a, const struct flash *b)
{
	if (a->sectors != b->sectors || a->sector_bytes != b->sector_bytes ||
	    a->program_bytes != b->program_bytes)
		return false;
	for (uint32_t i = 0; i < a->sectors; i++)
		if (!flash_sector_same(a, a->sector[i], b->sector[i]))
			return false;
	return true;
}

uint32_t flash_wear(const struct flash *flash)
{
	uint32_t most = 0;

	for (uint32_t i = 0; i < flash->sectors; i++)
		if (flash->erases[i] > most)
			most = flash->erases[i];
	return most;
}
