/* An open-addressed index, at most half full. */
#include "sim/explore/table.h"

#include <assert.h>
#include <stdlib.h>

#define TABLE_FIRST 64u /* entries that a new array has room for */

uint64_t table_mix(uint64_t a, uint64_t b)
{
	uint64_t x = a + b * 0xd6e8feb86659fd93u + 0x9e3779b97f4a7c15u;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

void *table_room(void *array, uint32_t count, size_t entry_bytes)
{
	if (count & (count - 1) || (count && count < TABLE_FIRST))
		return array;
	array = realloc(array, entry_bytes * (count ? 2 * (size_t)count : TABLE_FIRST));
	assert(array);
	return array;
}

size_t table_room_bytes(uint32_t count, size_t entry_bytes)
{
	size_t room = TABLE_FIRST;

	while (room < count)
		room *= 2;
	return room * entry_bytes;
}

uint32_t table_find(const struct table *table, uint64_t hash,
		    bool (*same)(const void *context, uint32_t entry), const void *context)
{
	if (!table->capacity)
		return TABLE_NONE;
	for (uint32_t at = (uint32_t)hash & (table->capacity - 1); table->slot[at];
	     at = (at + 1) & (table->capacity - 1)) {
		uint32_t entry = table->slot[at] - 1;

		if (table->hash[entry] == hash && same(context, entry))
			return entry;
	}
	return TABLE_NONE;
}

static void table_put(struct table *table, uint32_t entry)
{
	uint32_t at = (uint32_t)table->hash[entry] & (table->capacity - 1);

	while (table->slot[at])
		at = (at + 1) & (table->capacity - 1);
	table->slot[at] = entry + 1;
}

static void table_grow(struct table *table)
{
	table->capacity = table->capacity ? 2 * table->capacity : 2 * TABLE_FIRST;
	free(table->slot);
	table->slot = calloc(table->capacity, sizeof(*table->slot));
	assert(table->slot);
	for (uint32_t i = 0; i < table->count; i++)
		table_put(table, i);
}

uint32_t table_add(struct table *table, uint64_t hash)
{
	uint32_t entry = table->count;

	if (2 * entry >= table->capacity)
		table_grow(table);
	table->hash = table_room(table->hash, entry, sizeof(*table->hash));
	table->hash[entry] = hash;
	table->count++;
	table_put(table, entry);
	return entry;
}

void table_close(struct table *table)
{
	free(table->slot);
	free(table->hash);
	*table = (struct table){0};
}

size_t table_bytes(const struct table *table)
{
	return table->capacity * sizeof(*table->slot) +
	       table_room_bytes(table->count, sizeof(*table->hash));
}
