/* Guesses at what is dead, and what has proved them wrong. */
#include "sim/explore/care.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/explore/table.h"

#define CARE_UNKNOWN FLASH_UNIT_UNKNOWN /* the key of a guard that is unknown itself */

/* One bit of what flash_forget takes, in all sectors of a region. */
struct care_bit {
	enum care_level level;
	uint32_t guard;
	uint64_t *keys;	       /* contents of the guard with which this is read */
	uint32_t count, known; /* known: before this pass */
	/* What this pass has seen. */
	bool looked, unguarded;
	uint32_t seen_guard;
};

struct care_context {
	uint64_t key[4];
	bool learned, drawn; /* what is dead has been made of what is live */
	bool *live;	     /* of each sector; NULL until learned */
	uint32_t *dead;	     /* in this pass */
	uint32_t dead_count;
};

struct care {
	const struct hal_board *board;
	struct table table;
	struct care_context **context;
	uint32_t sectors;
	bool exact;
	uint32_t bits;
	struct care_bit *bit[CARE_REGIONS];
	uint8_t *dead[CARE_REGIONS], *torn[CARE_REGIONS]; /* without those that have a guard */
	uint32_t *guarded[CARE_REGIONS], guarded_count[CARE_REGIONS];
	uint8_t *scratch;
	bool some[CARE_REGIONS]; /* anything may be dead */
};

/* Bitmaps of what needs no look at the content. */
static void care_draw(struct care *care)
{
	for (int region = 0; region < CARE_REGIONS; region++) {
		memset(care->dead[region], 0, care->bits / 8);
		memset(care->torn[region], 0, care->bits / 8);
		care->some[region] = false;
		care->guarded_count[region] = 0;
		for (uint32_t i = 0; i < care->bits; i++) {
			enum care_level level = care->bit[region][i].level;
			uint8_t mask = (uint8_t)(1u << i % 8);

			if (level == CARE_FORGET)
				care->dead[region][i / 8] |= mask;
			if (level <= CARE_TORN)
				care->torn[region][i / 8] |= mask;
			if (level == CARE_GUARD)
				care->guarded[region][care->guarded_count[region]++] = i;
			care->some[region] = care->some[region] || level != CARE_EXACT;
		}
	}
}

struct care *care_open(const struct hal_board *board, const struct flash *flash, bool exact)
{
	struct care *care = calloc(1, sizeof(*care));

	assert(care);
	care->board = board;
	care->bits = flash_forget_bits(flash);
	care->sectors = flash->sectors;
	care->exact = exact;
	care->scratch = malloc(care->bits / 8);
	assert(care->scratch);
	for (int region = 0; region < CARE_REGIONS; region++) {
		care->bit[region] = calloc(care->bits, sizeof(struct care_bit));
		care->dead[region] = malloc(care->bits / 8);
		care->torn[region] = malloc(care->bits / 8);
		care->guarded[region] = calloc(care->bits, sizeof(uint32_t));
		assert(care->bit[region] && care->dead[region] && care->torn[region] &&
		       care->guarded[region]);
		for (uint32_t i = 0; i < care->bits; i++) {
			care->bit[region][i].level = exact ? CARE_EXACT : CARE_FORGET;
			care->bit[region][i].guard = CARE_NONE;
		}
	}
	care_draw(care);
	return care;
}

void care_close(struct care *care)
{
	for (int region = 0; region < CARE_REGIONS; region++) {
		for (uint32_t i = 0; i < care->bits; i++)
			free(care->bit[region][i].keys);
		free(care->bit[region]);
		free(care->dead[region]);
		free(care->torn[region]);
		free(care->guarded[region]);
	}
	for (uint32_t i = 0; i < care->table.count; i++) {
		free(care->context[i]->live);
		free(care->context[i]->dead);
		free(care->context[i]);
	}
	table_close(&care->table);
	free(care->context);
	free(care->scratch);
	free(care);
}

enum care_region care_region_of(const struct care *care, uint32_t sector)
{
	const struct hal_board *board = care->board;
	uint32_t offset = sector * board->sector_bytes;

	for (uint32_t i = 0; i < HAL_COPIES; i++)
		if (offset == board->bootctl[i].offset)
			return CARE_BOOTCTL;
	for (uint32_t i = 0; i < HAL_LOGS; i++)
		if (offset == board->progress[i].offset)
			return CARE_PROGRESS;
	for (uint32_t i = 0; i < 2; i++) {
		const struct hal_region *slot = &board->slot[i];

		if (offset >= slot->offset && offset - slot->offset < slot->size_bytes)
			return i ? CARE_SLOT_B : CARE_SLOT_A;
	}
	return CARE_SPARE;
}

/* What this pass has seen counts from the next one on: a pass treats all its states alike. */
static bool care_has_key(const struct care_bit *bit, uint64_t key)
{
	for (uint32_t i = 0; i < bit->known; i++)
		if (bit->keys[i] == key)
			return true;
	return false;
}

/* The guard's content, as it is or as it will be. */
static uint64_t care_key(const struct care *care, const struct flash *flash, uint32_t index,
			 uint32_t guard)
{
	if (care->scratch[guard / 8] >> guard % 8 & 1)
		return CARE_UNKNOWN;
	return flash_unit_hash(flash, index, guard);
}

void care_forget(const struct care *care, struct flash *flash, uint32_t index,
		 enum care_region region, bool torn)
{
	if (!care->some[region])
		return;
	memcpy(care->scratch, torn ? care->torn[region] : care->dead[region], care->bits / 8);
	for (uint32_t i = 0; i < care->guarded_count[region]; i++) {
		uint32_t what = care->guarded[region][i];
		const struct care_bit *bit = &care->bit[region][what];

		if (!care_has_key(bit, care_key(care, flash, index, bit->guard)))
			care->scratch[what / 8] |= (uint8_t)(1u << what % 8);
	}
	flash_forget(flash, index, care->scratch);
}

/* False: the key was there before, and the guard does not help. */
static bool care_add_key(struct care_bit *bit, uint64_t key)
{
	for (uint32_t i = 0; i < bit->count; i++)
		if (bit->keys[i] == key)
			return i >= bit->known;
	if ((bit->count & (bit->count - 1)) == 0) {
		bit->keys =
			realloc(bit->keys, (bit->count ? 2 * bit->count : 1) * sizeof(*bit->keys));
		assert(bit->keys);
	}
	bit->keys[bit->count++] = key;
	return true;
}

void care_look(struct care *care, const struct flash *flash, uint32_t index,
	       enum care_region region, uint32_t what, uint32_t guard)
{
	struct care_bit *bit = &care->bit[region][what];

	assert(bit->level != CARE_EXACT);
	if (bit->level == CARE_FORGET) {
		bit->looked = true;
		return;
	}
	if (guard == CARE_NONE || (bit->looked && bit->seen_guard != guard) ||
	    (bit->level == CARE_GUARD && bit->guard != guard)) {
		bit->unguarded = true;
	} else {
		bit->seen_guard = guard;
		bit->unguarded = !care_add_key(bit, flash_unit_hash(flash, index, guard));
	}
	bit->looked = true;
}

struct care_wanted {
	const struct care *care;
	const uint64_t *key;
};

static bool care_same(const void *context, uint32_t entry)
{
	const struct care_wanted *wanted = context;
	const struct care_context *known = wanted->care->context[entry];

	return !memcmp(known->key, wanted->key, sizeof(known->key));
}

struct care_context *care_context(struct care *care, const uint64_t key[4])
{
	struct care_wanted wanted = {care, key};
	uint64_t hash = table_mix(key[0], key[2]);
	uint32_t entry = table_find(&care->table, hash, care_same, &wanted);
	struct care_context *context;

	if (entry != TABLE_NONE)
		return care->context[entry];
	context = calloc(1, sizeof(*context));
	assert(context);
	memcpy(context->key, key, sizeof(context->key));
	entry = table_add(&care->table, hash);
	care->context = table_room(care->context, entry, sizeof(struct care_context *));
	care->context[entry] = context;
	return context;
}

bool care_context_learned(const struct care_context *context)
{
	return context->learned;
}

static void care_context_draw(const struct care *care, struct care_context *context)
{
	context->drawn = true;
	context->dead_count = 0;
	for (uint32_t i = 0; i < care->sectors; i++) {
		enum care_region region = care_region_of(care, i);

		if (!context->live[i] && (region == CARE_SLOT_A || region == CARE_SLOT_B))
			context->dead[context->dead_count++] = i;
	}
}

void care_context_learn(struct care *care, struct care_context *context, const bool *live)
{
	if (context->learned || care->exact)
		return;
	context->learned = true;
	context->live = malloc(care->sectors * sizeof(bool));
	context->dead = malloc(care->sectors * sizeof(uint32_t));
	assert(context->live && context->dead);
	memcpy(context->live, live, care->sectors * sizeof(bool));
}

void care_contexts_draw(struct care *care)
{
	for (uint32_t i = 0; i < care->table.count; i++)
		if (care->context[i]->learned && !care->context[i]->drawn)
			care_context_draw(care, care->context[i]);
}

const uint32_t *care_context_dead(const struct care_context *context, uint32_t *count)
{
	*count = context->dead_count;
	return context->dead;
}

bool care_context_look(struct care_context *context, uint32_t sector)
{
	for (uint32_t i = 0; i < context->dead_count; i++) {
		if (context->dead[i] == sector) {
			context->live[sector] = true;
			return true;
		}
	}
	return false;
}

void care_step(struct care *care)
{
	for (uint32_t i = 0; i < care->table.count; i++)
		if (care->context[i]->learned)
			care_context_draw(care, care->context[i]);
	for (int region = 0; region < CARE_REGIONS; region++) {
		for (uint32_t i = 0; i < care->bits; i++) {
			struct care_bit *bit = &care->bit[region][i];

			if (!bit->looked)
				continue;
			if (bit->level == CARE_FORGET) {
				bit->level = CARE_TORN;
			} else if (bit->unguarded) {
				bit->level = CARE_EXACT;
			} else {
				bit->level = CARE_GUARD;
				bit->guard = bit->seen_guard;
			}
			bit->looked = false;
			bit->known = bit->count;
		}
	}
	care_draw(care);
}

enum care_level care_level(const struct care *care, enum care_region region, uint32_t what)
{
	return care->bit[region][what].level;
}
