/* Contents of sectors, each kept once. */
#include "sim/explore/parts.h"

#include <stdlib.h>

#define PARTS_HEAD_BYTES 256u /* of a sector besides its bytes, about */

struct parts_wanted {
	const struct parts *parts;
	const struct flash *flash;
	const struct flash_sector *sector;
	uint64_t high;
};

void parts_open(struct parts *parts, const struct flash *shape)
{
	*parts = (struct parts){0};
	flash_copy(&parts->shape, shape);
	parts->shape.endurance = 0;
}

void parts_close(struct parts *parts)
{
	for (uint32_t i = 0; i < parts->table.count; i++)
		flash_sector_release(parts->part[i].sector);
	free(parts->part);
	table_close(&parts->table);
	flash_close(&parts->shape);
}

static bool parts_same(const void *context, uint32_t entry)
{
	const struct parts_wanted *wanted = context;
	const struct part *part = &wanted->parts->part[entry];

	return part->hash[1] == wanted->high &&
	       flash_sector_same(wanted->flash, part->sector, wanted->sector);
}

uint32_t parts_add(struct parts *parts, const struct flash *flash, uint32_t sector)
{
	struct parts_wanted wanted = {parts, flash, flash->sector[sector], 0};
	uint64_t hash[2];
	uint32_t entry;

	flash_sector_hash(flash, flash->sector[sector], hash);
	wanted.high = hash[1];
	entry = table_find(&parts->table, hash[0], parts_same, &wanted);
	if (entry != TABLE_NONE)
		return entry;
	entry = table_add(&parts->table, hash[0]);
	parts->part = table_room(parts->part, entry, sizeof(*parts->part));
	parts->part[entry] = (struct part){flash_sector_share(flash, sector), {hash[0], hash[1]}};
	return entry;
}

uint32_t parts_count(const struct parts *parts)
{
	return parts->table.count;
}

struct flash *parts_show(struct parts *parts, uint32_t part, uint32_t index)
{
	flash_sector_put(&parts->shape, index, parts->part[part].sector);
	return &parts->shape;
}

size_t parts_bytes(const struct parts *parts)
{
	return table_bytes(&parts->table) +
	       table_room_bytes(parts->table.count, sizeof(struct part)) +
	       parts->table.count * (size_t)(parts->shape.sector_bytes + PARTS_HEAD_BYTES);
}
