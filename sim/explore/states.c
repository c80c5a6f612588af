/* States as tuples of interned parts. */
#include "sim/explore/states.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "sim/explore/blobs.h"

/* An open-addressed index into a growing array: which entry may have this hash. */
struct states_index {
	uint32_t *slot; /* entry + 1, 0: free */
	uint32_t capacity, count;
};

struct states_sector {
	struct flash_sector *sector;
	uint64_t hash[2];
	uint32_t left[CARE_REGIONS]; /* 1 + the part that it is after a life; 0: not asked yet */
};

/* Two parts of progress sectors, and the context that they are. */
struct states_pair {
	uint32_t part[HAL_LOGS];
	struct care_context *context; /* NULL: free */
};

struct states {
	struct flash shape; /* geometry, for the functions that ask for it */
	uint32_t sectors, parts;
	struct care *care;
	enum care_region *region;    /* of each sector */
	uint32_t progress[HAL_LOGS]; /* sectors whose content names the context */
	uint32_t *saved;	     /* parts that are put back */
	uint32_t nothing;	     /* the part of which nothing is known */
	struct states_pair *pair;    /* contexts by the parts of these sectors */
	uint32_t pairs, pairs_capacity;
	struct states_index sector_index, state_index;
	struct states_sector *sector;
	struct blobs *memories;
	uint32_t *part; /* parts of each state */
	uint64_t *hash; /* of each state */
	uint64_t bytes;
};

static void *states_grow(struct states *states, void *array, uint32_t count, size_t size)
{
	/* Arrays double when they are full: at a power of two. */
	if (count & (count - 1) || (count && count < 64))
		return array;
	array = realloc(array, size * (count ? 2 * (size_t)count : 64));
	assert(array);
	states->bytes += size * (count ? count : 64);
	return array;
}

static void states_index_put(struct states_index *index, uint64_t hash, uint32_t entry)
{
	uint32_t at = (uint32_t)hash & (index->capacity - 1);

	while (index->slot[at])
		at = (at + 1) & (index->capacity - 1);
	index->slot[at] = entry + 1;
}

/* Twice as many slots; hash gives an entry's hash again. */
static void states_index_grow(struct states *states, struct states_index *index,
			      uint64_t (*hash)(const struct states *states, uint32_t entry))
{
	if (index->count * 2 < index->capacity)
		return;
	free(index->slot);
	states->bytes += (index->capacity ? index->capacity : 1024) * sizeof(uint32_t);
	index->capacity = index->capacity ? index->capacity * 2 : 1024;
	index->slot = calloc(index->capacity, sizeof(uint32_t));
	assert(index->slot);
	for (uint32_t i = 0; i < index->count; i++)
		states_index_put(index, hash(states, i), i);
}

static uint64_t states_sector_hash(const struct states *states, uint32_t entry)
{
	return states->sector[entry].hash[0];
}

static uint64_t states_state_hash(const struct states *states, uint32_t entry)
{
	return states->hash[entry];
}

/* What one part adds to a state's hash, so that a change costs a subtraction and an addition. */
static uint64_t states_mix(uint32_t position, uint32_t part)
{
	uint64_t x = ((uint64_t)position << 32 | part) + 0x9e3779b97f4a7c15u;

	x = (x ^ x >> 30) * 0xbf58476d1ce4e5b9u;
	x = (x ^ x >> 27) * 0x94d049bb133111ebu;
	return x ^ x >> 31;
}

void states_close(struct states *states)
{
	for (uint32_t i = 0; i < states->sector_index.count; i++)
		flash_sector_release(states->sector[i].sector);
	flash_close(&states->shape);
	free(states->region);
	free(states->pair);
	free(states->saved);
	free(states->sector_index.slot);
	free(states->state_index.slot);
	free(states->sector);
	blobs_close(states->memories);
	free(states->part);
	free(states->hash);
	free(states);
}

void states_cursor_open(const struct states *states, struct states_cursor *cursor)
{
	cursor->part = calloc(states->parts, sizeof(*cursor->part));
	cursor->words = states->sectors / 64 + 1;
	cursor->apart = calloc(cursor->words, sizeof(*cursor->apart));
	cursor->loose = calloc(cursor->words, sizeof(*cursor->loose));
	cursor->held = calloc(states->sectors, sizeof(*cursor->held));
	cursor->sector = calloc(states->sectors, sizeof(struct flash_sector *));
	assert(cursor->part && cursor->apart && cursor->loose && cursor->held && cursor->sector);
}

void states_cursor_close(struct states_cursor *cursor)
{
	free(cursor->part);
	free(cursor->apart);
	free(cursor->loose);
	free(cursor->held);
	free(cursor->sector);
}

/* The number of what this sector of a flash holds. */
static uint32_t states_sector(struct states *states, const struct flash *flash, uint32_t sector)
{
	struct states_index *index = &states->sector_index;
	uint64_t hash[2];
	uint32_t at, entry;

	states_index_grow(states, index, states_sector_hash);
	flash_sector_hash(flash, flash->sector[sector], hash);
	at = (uint32_t)hash[0] & (index->capacity - 1);
	while (index->slot[at]) {
		entry = index->slot[at] - 1;
		if (states->sector[entry].hash[0] == hash[0] &&
		    states->sector[entry].hash[1] == hash[1] &&
		    flash_sector_same(flash, states->sector[entry].sector, flash->sector[sector]))
			return entry;
		at = (at + 1) & (index->capacity - 1);
	}
	entry = index->count++;
	states->sector = states_grow(states, states->sector, entry, sizeof(*states->sector));
	states->sector[entry].sector = flash_sector_share(flash, sector);
	states->sector[entry].hash[0] = hash[0];
	states->sector[entry].hash[1] = hash[1];
	memset(states->sector[entry].left, 0, sizeof(states->sector[entry].left));
	states->bytes += flash->sector_bytes + 256;
	index->slot[at] = entry + 1;
	return entry;
}

/* The part that stands for any content. */
static uint32_t states_nothing(struct states *states)
{
	uint32_t bytes = flash_forget_bits(&states->shape) / 8;
	uint8_t *all = malloc(bytes);
	uint32_t part;

	assert(all);
	memset(all, 0xff, bytes);
	flash_forget(&states->shape, 0, all);
	free(all);
	part = states_sector(states, &states->shape, 0);
	return part;
}

struct states *states_open(const struct run_scene *scene, struct care *care)
{
	struct states *states = calloc(1, sizeof(*states));

	assert(states);
	flash_copy(&states->shape, &scene->born.chip.flash);
	states->memories = blobs_open();
	states->care = care;
	states->sectors = states->shape.sectors;
	states->parts = states->sectors + 1;
	states->region = calloc(states->sectors, sizeof(*states->region));
	assert(states->region);
	for (uint32_t i = 0; i < states->sectors; i++)
		states->region[i] = care_region_of(care, i);
	for (uint32_t i = 0; i < HAL_LOGS; i++)
		states->progress[i] = scene->scenario->board.progress[i].offset /
				      scene->scenario->board.sector_bytes;
	states->saved = calloc(states->sectors, sizeof(*states->saved));
	assert(states->saved);
	states->nothing = states_nothing(states);
	return states;
}

/* The part that this one is in this region when a life is over: nothing is known of dead units. */
static uint32_t states_left(struct states *states, uint32_t part, enum care_region region)
{
	if (!states->sector[part].left[region]) {
		uint32_t left; /* asked for first: that may move the sectors */

		flash_sector_put(&states->shape, 0, states->sector[part].sector);
		care_forget(states->care, &states->shape, 0, region, false);
		left = states_sector(states, &states->shape, 0) + 1;
		states->sector[part].left[region] = left;
	}
	return states->sector[part].left[region] - 1;
}

void states_remember(const struct run *run, struct states_memory *memory)
{
	const struct history *history = &run->history;

	memset(memory, 0, sizeof(*memory));
	memcpy(memory->efuse, run->device.chip.efuse.cell, sizeof(memory->efuse));
	memory->cause = (uint8_t)run->device.chip.cause;
	memory->provisioned = run->device.provisioned;
	memory->manifest_forged = run->network.manifest_forged;
	memory->image_forged = run->network.image_forged;
	memory->offer = run->network.offer;
	memory->refused_seen = history->refused_seen;
	memory->given_up_seen = history->given_up_seen;
	memory->tampered = history->tampered;
	memory->counter = history->counter;
	memory->revoked = history->revoked;
	memory->stale = history->stale;
	memory->failed = history->failed;
	memory->confirmed = history->confirmed;
	memory->fired = run->faults.fired & ((1u << run->scene->scenario->faults.plan.count) - 1u);
	for (uint32_t i = 0; i < SCENARIO_RELEASES_MAX; i++)
		memory->starts[i] = (uint8_t)history->starts[i];
}

static void states_recall(const struct states_memory *memory, struct run *run)
{
	struct history *history = &run->history;

	memcpy(run->device.chip.efuse.cell, memory->efuse, sizeof(memory->efuse));
	run->device.chip.cause = (enum hal_reset)memory->cause;
	run->device.provisioned = memory->provisioned;
	run->network.manifest_forged = memory->manifest_forged;
	run->network.image_forged = memory->image_forged;
	run->network.offer = memory->offer;
	history->refused_seen = memory->refused_seen;
	history->given_up_seen = memory->given_up_seen;
	history->tampered = memory->tampered;
	history->counter = memory->counter;
	history->revoked = memory->revoked;
	history->stale = memory->stale;
	history->failed = memory->failed;
	history->confirmed = memory->confirmed;
	run->faults.fired = memory->fired;
	for (uint32_t i = 0; i < SCENARIO_RELEASES_MAX; i++)
		history->starts[i] = memory->starts[i];
}

static void states_bit(uint64_t *bits, uint32_t bit, bool set)
{
	uint64_t mask = (uint64_t)1 << bit % 64;

	bits[bit / 64] = set ? bits[bit / 64] | mask : bits[bit / 64] & ~mask;
}

/* The cursor's sector holds this part now; a life that ends here leaves its dead units behind. */
static void states_set(struct states *states, struct states_cursor *cursor, uint32_t sector,
		       uint32_t part)
{
	uint32_t left = states_left(states, part, states->region[sector]);

	cursor->hash += states_mix(sector, left) - states_mix(sector, cursor->part[sector]);
	cursor->part[sector] = left;
	cursor->held[sector] = part;
	states_bit(cursor->apart, sector, left != part);
	cursor->sector[sector] = states->sector[part].sector;
}

static void states_clear(const struct states *states, struct states_cursor *cursor)
{
	cursor->hash = 0;
	for (uint32_t i = 0; i < states->sectors; i++) {
		cursor->sector[i] = NULL;
		cursor->part[i] = 0;
		cursor->hash += states_mix(i, 0);
	}
}

void states_step(struct states *states, struct states_cursor *cursor, struct run *run,
		 uint32_t sector)
{
	struct flash *flash = &run->device.chip.flash;
	uint32_t part;

	if (flash->sector[sector] == cursor->sector[sector])
		return;
	part = states_sector(states, flash, sector);
	flash_sector_put(flash, sector, states->sector[part].sector);
	states_set(states, cursor, sector, part);
}

void states_follow(struct states *states, struct states_cursor *cursor, struct run *run)
{
	states_clear(states, cursor);
	for (uint32_t i = 0; i < states->sectors; i++)
		states_step(states, cursor, run, i);
}

static uint32_t states_look_up(struct states *states, const uint32_t *part, uint64_t hash,
			       bool *fresh)
{
	struct states_index *index = &states->state_index;
	size_t bytes = states->parts * sizeof(uint32_t);
	uint32_t at, entry;

	states_index_grow(states, index, states_state_hash);
	if (fresh)
		*fresh = false;
	at = (uint32_t)hash & (index->capacity - 1);
	while (index->slot[at]) {
		entry = index->slot[at] - 1;
		if (states->hash[entry] == hash &&
		    !memcmp(&states->part[(size_t)entry * states->parts], part, bytes))
			return entry;
		at = (at + 1) & (index->capacity - 1);
	}
	if (!fresh)
		return STATES_NONE;
	entry = index->count++;
	states->part = states_grow(states, states->part, entry, bytes);
	states->hash = states_grow(states, states->hash, entry, sizeof(uint64_t));
	memcpy(&states->part[(size_t)entry * states->parts], part, bytes);
	states->hash[entry] = hash;
	index->slot[at] = entry + 1;
	*fresh = true;
	return entry;
}

static uint32_t states_pair_at(const struct states *states, const uint32_t part[HAL_LOGS])
{
	uint32_t at = (uint32_t)states_mix(part[0], part[1]) & (states->pairs_capacity - 1);

	while (states->pair[at].context &&
	       memcmp(states->pair[at].part, part, sizeof(states->pair[at].part)))
		at = (at + 1) & (states->pairs_capacity - 1);
	return at;
}

static void states_pairs_grow(struct states *states)
{
	struct states_pair *old = states->pair;
	uint32_t capacity = states->pairs_capacity;

	if (states->pairs * 2 < capacity)
		return;
	states->pairs_capacity = capacity ? 2 * capacity : 1024;
	states->pair = calloc(states->pairs_capacity, sizeof(*states->pair));
	assert(states->pair);
	for (uint32_t i = 0; i < capacity; i++)
		if (old[i].context)
			states->pair[states_pair_at(states, old[i].part)] = old[i];
	free(old);
}

/* The context that the progress sectors of these parts name. */
static struct care_context *states_context_of(struct states *states, const uint32_t *part)
{
	uint32_t logs[HAL_LOGS] = {part[states->progress[0]], part[states->progress[1]]}, at;
	const uint64_t *a = states->sector[logs[0]].hash, *b = states->sector[logs[1]].hash;

	states_pairs_grow(states);
	at = states_pair_at(states, logs);
	if (!states->pair[at].context) {
		memcpy(states->pair[at].part, logs, sizeof(logs));
		states->pair[at].context =
			care_context(states->care, (uint64_t[4]){a[0], a[1], b[0], b[1]});
		states->pairs++;
	}
	return states->pair[at].context;
}

bool states_is_nothing(const struct states *states, uint32_t state, uint32_t sector)
{
	return states->part[(size_t)state * states->parts + sector] == states->nothing;
}

struct care_context *states_context(struct states *states, uint32_t state)
{
	return states_context_of(states, &states->part[(size_t)state * states->parts]);
}

/* The state of these parts, of which those that are dead in their context are unknown. */
static uint32_t states_find_left(struct states *states, struct states_cursor *cursor, uint64_t hash,
				 bool *fresh)
{
	uint32_t count, found, *part = cursor->part;
	const uint32_t *dead = care_context_dead(states_context_of(states, part), &count);

	for (uint32_t i = 0; i < count; i++) {
		states->saved[i] = part[dead[i]];
		hash += states_mix(dead[i], states->nothing) - states_mix(dead[i], part[dead[i]]);
		part[dead[i]] = states->nothing;
		states_bit(cursor->loose, dead[i], true);
	}
	found = states_look_up(states, part, hash, fresh);
	for (uint32_t i = 0; i < count; i++)
		part[dead[i]] = states->saved[i];
	return found;
}

uint32_t states_find(struct states *states, struct states_cursor *cursor, struct run *run,
		     uint32_t torn, bool *fresh)
{
	struct flash *flash = &run->device.chip.flash;
	uint64_t hash = cursor->hash;
	uint32_t *part = cursor->part, old = 0, found;
	struct states_memory memory;

	memcpy(cursor->loose, cursor->apart, cursor->words * sizeof(*cursor->loose));
	states_remember(run, &memory);
	part[states->sectors] = blobs_add(states->memories, &memory, sizeof(memory));
	hash += states_mix(states->sectors, part[states->sectors]);
	if (torn != STATES_NONE) {
		old = part[torn];
		care_forget(states->care, flash, torn, states->region[torn], true);
		part[torn] = states_sector(states, flash, torn);
		hash += states_mix(torn, part[torn]) - states_mix(torn, old);
		states_bit(cursor->loose, torn, true);
	}
	found = states_find_left(states, cursor, hash, fresh);
	if (torn != STATES_NONE)
		part[torn] = old;
	return found;
}

void states_restore(struct states *states, uint32_t state, struct run *run,
		    struct states_cursor *cursor)
{
	const uint32_t *part = &states->part[(size_t)state * states->parts];

	states_clear(states, cursor);
	for (uint32_t i = 0; i < states->sectors; i++) {
		states_set(states, cursor, i, part[i]);
		flash_sector_put(&run->device.chip.flash, i, cursor->sector[i]);
	}
	states_recall(blobs_data(states->memories, part[states->sectors]), run);
}

const struct flash *states_show(struct states *states, uint32_t state, uint32_t sector)
{
	uint32_t part = states->part[(size_t)state * states->parts + sector];

	flash_sector_put(&states->shape, sector, states->sector[part].sector);
	return &states->shape;
}

uint32_t states_count(const struct states *states)
{
	return states->state_index.count;
}

uint64_t states_bytes(const struct states *states)
{
	return states->bytes + blobs_bytes(states->memories);
}

void states_digest(const struct states *states, uint8_t digest[16])
{
	uint64_t sum[2] = {0, 0};

	for (uint32_t i = 0; i < states->state_index.count; i++) {
		const uint32_t *part = &states->part[(size_t)i * states->parts];
		XXH3_state_t state;
		XXH128_hash_t value;

		XXH3_128bits_reset(&state);
		for (uint32_t j = 0; j < states->sectors; j++)
			XXH3_128bits_update(&state, states->sector[part[j]].hash,
					    sizeof(states->sector[0].hash));
		XXH3_128bits_update(&state, blobs_data(states->memories, part[states->sectors]),
				    sizeof(struct states_memory));
		value = XXH3_128bits_digest(&state);
		sum[0] += value.low64;
		sum[1] += value.high64;
	}
	memcpy(digest, sum, sizeof(sum));
}
