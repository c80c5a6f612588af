/*
 * Things found by hash: an index over entries that their owner keeps, numbered from 0 on in the
 * order in which they were added. The owner says whether an entry is the one that is looked for, so
 * a hash never decides alone.
 */
#ifndef EXPLORE_TABLE_H
#define EXPLORE_TABLE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define TABLE_NONE UINT32_MAX

struct table {
	uint32_t *slot; /* entry + 1, 0: free */
	uint64_t *hash; /* of each entry */
	uint32_t count, capacity;
};

/* The entry of this hash that is the same, or TABLE_NONE. */
uint32_t table_find(const struct table *table, uint64_t hash,
		    bool (*same)(const void *context, uint32_t entry), const void *context);
/* Counts one more, which nothing in the table is the same as, and gives its number. */
uint32_t table_add(struct table *table, uint64_t hash);
void table_close(struct table *table);
size_t table_bytes(const struct table *table); /* that it takes */

/* The owner's array with room for one more than count; it doubles when it is full. */
void *table_room(void *array, uint32_t count, size_t entry_bytes);
/* That such an array of count entries takes. */
size_t table_room_bytes(uint32_t count, size_t entry_bytes);
/* One number for two. */
uint64_t table_mix(uint64_t a, uint64_t b);

#endif
