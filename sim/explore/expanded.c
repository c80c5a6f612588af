/* Pairs of state and op, pairs of state and moment. */
#include "sim/explore/expanded.h"

#include <stdlib.h>
#include <string.h>

struct expanded_wanted {
	const struct expanded *expanded;
	const void *entry;
};

void expanded_close(struct expanded *expanded)
{
	table_close(&expanded->op_table);
	free(expanded->op);
	expanded->op = NULL;
	expanded_forget_lives(expanded);
}

void expanded_forget_lives(struct expanded *expanded)
{
	table_close(&expanded->life_table);
	free(expanded->life);
	expanded->life = NULL;
}

static bool expanded_op_same(const void *context, uint32_t entry)
{
	const struct expanded_wanted *wanted = context;

	return !memcmp(&wanted->expanded->op[entry], wanted->entry, sizeof(struct expanded_op));
}

bool expanded_add(struct expanded *expanded, const struct expanded_op *op)
{
	struct expanded_wanted wanted = {expanded, op};
	uint64_t hash = table_mix((uint64_t)op->state << 32 | op->offset,
				  op->data | (uint64_t)op->finds << 30 | (uint64_t)op->kind << 62);
	uint32_t entry = table_find(&expanded->op_table, hash, expanded_op_same, &wanted);

	if (entry != TABLE_NONE)
		return false;
	entry = table_add(&expanded->op_table, hash);
	expanded->op = table_room(expanded->op, entry, sizeof(*op));
	expanded->op[entry] = *op;
	return true;
}

static bool expanded_life_same(const void *context, uint32_t entry)
{
	const struct expanded_wanted *wanted = context;
	const struct expanded_life *known = &wanted->expanded->life[entry], *life = wanted->entry;

	return known->before == life->before && known->moment == life->moment;
}

const struct expanded_life *expanded_pass(struct expanded *expanded,
					  const struct expanded_life *life)
{
	struct expanded_wanted wanted = {expanded, life};
	uint64_t hash = table_mix((uint64_t)life->before << 32 | life->moment, 0);
	uint32_t entry = table_find(&expanded->life_table, hash, expanded_life_same, &wanted);

	if (entry != TABLE_NONE)
		return &expanded->life[entry];
	entry = table_add(&expanded->life_table, hash);
	expanded->life = table_room(expanded->life, entry, sizeof(*life));
	expanded->life[entry] = *life;
	return NULL;
}

size_t expanded_op_bytes(const struct expanded *expanded)
{
	return table_bytes(&expanded->op_table) +
	       table_room_bytes(expanded->op_table.count, sizeof(struct expanded_op));
}

size_t expanded_life_bytes(const struct expanded *expanded)
{
	return table_bytes(&expanded->life_table) +
	       table_room_bytes(expanded->life_table.count, sizeof(struct expanded_life));
}
