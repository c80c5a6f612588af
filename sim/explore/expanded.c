/* Pairs of state and op, pairs of state and moment. */
#include "sim/explore/expanded.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

struct expanded_op {
	uint32_t state, offset, data;
	enum inject_kind kind;
};

struct expanded_passed {
	uint32_t state;
	struct expanded_life life;
};

/* Entries of one size, found by the hash that entry_hash gives of each. */
struct expanded_table {
	void *entries;
	uint32_t *slot; /* entry + 1, 0: free */
	uint32_t count, capacity, entry_bytes;
	uint32_t (*hash)(const void *entry);
	bool (*same)(const void *a, const void *b);
};

struct expanded {
	struct expanded_table ops, passed;
};

static uint32_t expanded_mix(uint64_t a, uint64_t b)
{
	uint64_t x = a * 0x9e3779b97f4a7c15u;

	x = (x ^ x >> 29 ^ b) * 0xbf58476d1ce4e5b9u;
	return (uint32_t)(x >> 32);
}

static uint32_t expanded_op_hash(const void *entry)
{
	const struct expanded_op *op = entry;

	return expanded_mix((uint64_t)op->state << 32 | op->offset,
			    op->data ^ (uint64_t)op->kind << 40);
}

static bool expanded_op_same(const void *a, const void *b)
{
	const struct expanded_op *left = a, *right = b;

	return left->state == right->state && left->offset == right->offset &&
	       left->data == right->data && left->kind == right->kind;
}

static uint32_t expanded_passed_hash(const void *entry)
{
	const struct expanded_passed *passed = entry;

	return expanded_mix((uint64_t)passed->state << 32 | passed->life.moment, 0);
}

static bool expanded_passed_same(const void *a, const void *b)
{
	const struct expanded_passed *left = a, *right = b;

	return left->state == right->state && left->life.moment == right->life.moment;
}

struct expanded *expanded_open(void)
{
	struct expanded *expanded = calloc(1, sizeof(*expanded));

	assert(expanded);
	expanded->ops = (struct expanded_table){.entry_bytes = sizeof(struct expanded_op),
						.hash = expanded_op_hash,
						.same = expanded_op_same};
	expanded->passed = (struct expanded_table){.entry_bytes = sizeof(struct expanded_passed),
						   .hash = expanded_passed_hash,
						   .same = expanded_passed_same};
	return expanded;
}

void expanded_close(struct expanded *expanded)
{
	free(expanded->ops.entries);
	free(expanded->ops.slot);
	free(expanded->passed.entries);
	free(expanded->passed.slot);
	free(expanded);
}

static void *expanded_entry(const struct expanded_table *table, uint32_t entry)
{
	return (uint8_t *)table->entries + (size_t)entry * table->entry_bytes;
}

static void expanded_grow(struct expanded_table *table)
{
	if (table->count * 2 < table->capacity)
		return;
	table->capacity = table->capacity ? table->capacity * 2 : 1024;
	free(table->slot);
	table->slot = calloc(table->capacity, sizeof(uint32_t));
	table->entries = realloc(table->entries, (size_t)table->capacity / 2 * table->entry_bytes);
	assert(table->slot && table->entries);
	for (uint32_t i = 0; i < table->count; i++) {
		uint32_t at = table->hash(expanded_entry(table, i)) & (table->capacity - 1);

		while (table->slot[at])
			at = (at + 1) & (table->capacity - 1);
		table->slot[at] = i + 1;
	}
}

/* The entry that is the same, or NULL: this one has been added. */
static const void *expanded_find(struct expanded_table *table, const void *entry)
{
	uint32_t at;

	expanded_grow(table);
	at = table->hash(entry) & (table->capacity - 1);
	while (table->slot[at]) {
		const void *old = expanded_entry(table, table->slot[at] - 1);

		if (table->same(old, entry))
			return old;
		at = (at + 1) & (table->capacity - 1);
	}
	memcpy(expanded_entry(table, table->count), entry, table->entry_bytes);
	table->slot[at] = ++table->count;
	return NULL;
}

bool expanded_add(struct expanded *expanded, uint32_t state, const struct inject_op *op,
		  uint32_t data)
{
	struct expanded_op entry = {state, op->offset, data, op->kind};

	return !expanded_find(&expanded->ops, &entry);
}

const struct expanded_life *expanded_pass(struct expanded *expanded, uint32_t state,
					  const struct expanded_life *life)
{
	struct expanded_passed entry = {state, *life};
	const struct expanded_passed *old = expanded_find(&expanded->passed, &entry);

	return old ? &old->life : NULL;
}

static size_t expanded_table_bytes(const struct expanded_table *table)
{
	return table->capacity * (sizeof(uint32_t) + table->entry_bytes / 2);
}

size_t expanded_bytes(const struct expanded *expanded)
{
	return expanded_table_bytes(&expanded->ops) + expanded_table_bytes(&expanded->passed);
}
