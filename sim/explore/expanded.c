/* Pairs of state and op, compared to the byte. */
#include "sim/explore/expanded.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

struct expanded_op {
	uint32_t state, offset, size_bytes;
	enum inject_kind kind;
	uint64_t hash;
	uint8_t *data;
};

struct expanded {
	struct expanded_op *ops;
	uint32_t *slot; /* op + 1, 0: free */
	uint32_t count, capacity;
};

struct expanded *expanded_open(void)
{
	struct expanded *expanded = calloc(1, sizeof(*expanded));

	assert(expanded);
	return expanded;
}

void expanded_close(struct expanded *expanded)
{
	for (uint32_t i = 0; i < expanded->count; i++)
		free(expanded->ops[i].data);
	free(expanded->ops);
	free(expanded->slot);
	free(expanded);
}

static void expanded_put(struct expanded *expanded, uint32_t entry)
{
	uint32_t at = (uint32_t)expanded->ops[entry].hash & (expanded->capacity - 1);

	while (expanded->slot[at])
		at = (at + 1) & (expanded->capacity - 1);
	expanded->slot[at] = entry + 1;
}

static void expanded_grow(struct expanded *expanded)
{
	if (expanded->count * 2 < expanded->capacity)
		return;
	expanded->capacity = expanded->capacity ? expanded->capacity * 2 : 1024;
	free(expanded->slot);
	expanded->slot = calloc(expanded->capacity, sizeof(uint32_t));
	expanded->ops = realloc(expanded->ops, expanded->capacity / 2 * sizeof(struct expanded_op));
	assert(expanded->slot && expanded->ops);
	for (uint32_t i = 0; i < expanded->count; i++)
		expanded_put(expanded, i);
}

static bool expanded_same(const struct expanded_op *entry, const struct expanded_op *op)
{
	return entry->hash == op->hash && entry->state == op->state && entry->kind == op->kind &&
	       entry->offset == op->offset && entry->size_bytes == op->size_bytes &&
	       (!op->data || !memcmp(entry->data, op->data, op->size_bytes));
}

bool expanded_add(struct expanded *expanded, uint32_t state, const struct inject_op *op)
{
	struct expanded_op new = {.state = state,
				  .offset = op->offset,
				  .size_bytes = op->size_bytes,
				  .kind = op->kind};
	uint64_t seed = ((uint64_t)state << 32 | op->offset) ^ (uint64_t)op->kind << 62;
	uint32_t at;

	expanded_grow(expanded);
	new.hash = op->data ? XXH3_64bits_withSeed(op->data, op->size_bytes, seed)
			    : XXH3_64bits_withSeed(&seed, sizeof(seed), seed);
	if (op->data) {
		new.data = malloc(op->size_bytes);
		assert(new.data);
		memcpy(new.data, op->data, op->size_bytes);
	}
	at = (uint32_t) new.hash &(expanded->capacity - 1);
	while (expanded->slot[at]) {
		if (expanded_same(&expanded->ops[expanded->slot[at] - 1], &new)) {
			free(new.data);
			return false;
		}
		at = (at + 1) & (expanded->capacity - 1);
	}
	expanded->ops[expanded->count] = new;
	expanded->slot[at] = ++expanded->count;
	return true;
}
