/* States as tuples of interned parts. */
#include "sim/explore/states.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

/* 1 + the part that a part is after a life, by region; 0: not asked yet. */
struct states_left {
	uint32_t part[CARE_REGIONS];
};

/* Two parts of progress sectors, and the context that they are. */
struct states_logs {
	uint32_t part[HAL_LOGS];
	struct care_context *context;
};

struct states {
	uint32_t sectors, width; /* numbers in a state: of each sector, then of the memory */
	struct parts parts;
	struct blobs *blobs;
	struct care *care;
	enum care_region *region;    /* of each sector */
	uint32_t progress[HAL_LOGS]; /* sectors whose content names the context */
	uint32_t *saved;	     /* parts that are put back */
	uint32_t nothing;	     /* the part of which nothing is known */
	struct states_left *left;    /* of each part */
	uint32_t left_count;
	struct table logs_table, table;
	struct states_logs *logs;
	uint32_t *part; /* parts of each state */
};

/* What is looked for in a table. */
struct states_wanted {
	const struct states *states;
	const uint32_t *part;
};

/*
 * What one part adds to a state's hash, so that a change costs a subtraction and an addition. By
 * content: two searches that reach the same state give it the same hash.
 */
static uint64_t states_mix(const struct states *states, uint32_t position, uint32_t part)
{
	uint64_t content = position < states->sectors ? states->parts.part[part].hash[0]
						      : blobs_hash(states->blobs, part);

	return table_mix(content, position);
}

void states_close(struct states *states)
{
	parts_close(&states->parts);
	free(states->region);
	free(states->saved);
	free(states->left);
	table_close(&states->logs_table);
	free(states->logs);
	table_close(&states->table);
	free(states->part);
	free(states);
}

void states_cursor_open(const struct states *states, struct states_cursor *cursor)
{
	cursor->part = calloc(states->width, sizeof(*cursor->part));
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

/* The part that stands for any content. */
static uint32_t states_nothing(struct states *states)
{
	struct flash *shape = &states->parts.shape;
	uint32_t bytes = flash_forget_bits(shape) / 8;
	uint8_t *all = malloc(bytes);

	assert(all);
	memset(all, 0xff, bytes);
	flash_forget(shape, 0, all);
	free(all);
	return parts_add(&states->parts, shape, 0);
}

struct states *states_open(const struct run_scene *scene, struct care *care, struct blobs *blobs)
{
	struct states *states = calloc(1, sizeof(*states));

	assert(states);
	parts_open(&states->parts, &scene->born.chip.flash);
	states->blobs = blobs;
	states->care = care;
	states->sectors = scene->born.chip.flash.sectors;
	states->width = states->sectors + 1;
	states->region = calloc(states->sectors, sizeof(*states->region));
	states->saved = calloc(states->sectors, sizeof(*states->saved));
	assert(states->region && states->saved);
	for (uint32_t i = 0; i < states->sectors; i++)
		states->region[i] = care_region_of(care, i);
	for (uint32_t i = 0; i < HAL_LOGS; i++)
		states->progress[i] = scene->scenario->board.progress[i].offset /
				      scene->scenario->board.sector_bytes;
	states->nothing = states_nothing(states);
	return states;
}

/* The part that this one is in this region when a life is over: nothing is known of dead units. */
static uint32_t states_left(struct states *states, uint32_t part, enum care_region region)
{
	while (states->left_count < parts_count(&states->parts)) {
		states->left = table_room(states->left, states->left_count, sizeof(*states->left));
		states->left[states->left_count++] = (struct states_left){0};
	}
	if (!states->left[part].part[region]) {
		struct flash *flash = parts_show(&states->parts, part, 0);

		care_forget(states->care, flash, 0, region, false);
		states->left[part].part[region] = parts_add(&states->parts, flash, 0) + 1;
	}
	return states->left[part].part[region] - 1;
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

	cursor->hash +=
		states_mix(states, sector, left) - states_mix(states, sector, cursor->part[sector]);
	cursor->part[sector] = left;
	cursor->held[sector] = part;
	states_bit(cursor->apart, sector, left != part);
	cursor->sector[sector] = states->parts.part[part].sector;
}

static void states_clear(const struct states *states, struct states_cursor *cursor)
{
	cursor->hash = 0;
	for (uint32_t i = 0; i < states->sectors; i++) {
		cursor->sector[i] = NULL;
		cursor->part[i] = 0;
		cursor->hash += states_mix(states, i, 0);
	}
}

void states_step(struct states *states, struct states_cursor *cursor, struct run *run,
		 uint32_t sector)
{
	struct flash *flash = &run->device.chip.flash;
	uint32_t part;

	if (flash->sector[sector] == cursor->sector[sector])
		return;
	part = parts_add(&states->parts, flash, sector);
	flash_sector_put(flash, sector, states->parts.part[part].sector);
	states_set(states, cursor, sector, part);
}

void states_follow(struct states *states, struct states_cursor *cursor, struct run *run)
{
	struct flash *flash = &run->device.chip.flash;
	bool same = false;

	states_clear(states, cursor);
	for (uint32_t i = 0; i < states->sectors; i++) {
		/* Flash that nobody uses is one sector, shared: it is read once. */
		bool next = i + 1 < states->sectors && flash->sector[i + 1] == flash->sector[i];

		if (same) {
			flash_sector_put(flash, i, cursor->sector[i - 1]);
			states_set(states, cursor, i, cursor->held[i - 1]);
		} else {
			states_step(states, cursor, run, i);
		}
		same = next;
	}
}

static const uint32_t *states_at(const struct states *states, uint32_t state)
{
	return &states->part[(size_t)state * states->width];
}

static bool states_same(const void *context, uint32_t entry)
{
	const struct states_wanted *wanted = context;

	return !memcmp(states_at(wanted->states, entry), wanted->part,
		       wanted->states->width * sizeof(uint32_t));
}

static uint32_t states_look_up(struct states *states, const uint32_t *part, uint64_t hash, bool add)
{
	struct states_wanted wanted = {states, part};
	uint32_t entry = table_find(&states->table, hash, states_same, &wanted);
	size_t bytes = states->width * sizeof(uint32_t);

	if (entry != TABLE_NONE || !add)
		return entry;
	entry = table_add(&states->table, hash);
	states->part = table_room(states->part, entry, bytes);
	memcpy(&states->part[(size_t)entry * states->width], part, bytes);
	return entry;
}

static bool states_logs_same(const void *context, uint32_t entry)
{
	const struct states_wanted *wanted = context;

	return !memcmp(wanted->states->logs[entry].part, wanted->part, sizeof(uint32_t[HAL_LOGS]));
}

/* The context that the progress sectors of these parts name. */
static struct care_context *states_context_of(struct states *states, const uint32_t *part)
{
	struct states_logs logs = {.part = {part[states->progress[0]], part[states->progress[1]]}};
	struct states_wanted wanted = {states, logs.part};
	uint64_t hash = table_mix(logs.part[0], logs.part[1]);
	uint32_t entry = table_find(&states->logs_table, hash, states_logs_same, &wanted);

	if (entry == TABLE_NONE) {
		const uint64_t *a = states->parts.part[logs.part[0]].hash;
		const uint64_t *b = states->parts.part[logs.part[1]].hash;

		logs.context = care_context(states->care, (uint64_t[4]){a[0], a[1], b[0], b[1]});
		entry = table_add(&states->logs_table, hash);
		states->logs = table_room(states->logs, entry, sizeof(logs));
		states->logs[entry] = logs;
	}
	return states->logs[entry].context;
}

bool states_is_nothing(const struct states *states, uint32_t state, uint32_t sector)
{
	return states_at(states, state)[sector] == states->nothing;
}

struct care_context *states_context(struct states *states, uint32_t state)
{
	return states_context_of(states, states_at(states, state));
}

/* The state of these parts, of which those that are dead in their context are unknown. */
static uint32_t states_find_left(struct states *states, struct states_cursor *cursor, uint64_t hash,
				 bool add)
{
	uint32_t count, found, *part = cursor->part;
	const uint32_t *dead = care_context_dead(states_context_of(states, part), &count);

	for (uint32_t i = 0; i < count; i++) {
		states->saved[i] = part[dead[i]];
		hash += states_mix(states, dead[i], states->nothing) -
			states_mix(states, dead[i], part[dead[i]]);
		part[dead[i]] = states->nothing;
		states_bit(cursor->loose, dead[i], true);
	}
	found = states_look_up(states, part, hash, add);
	for (uint32_t i = 0; i < count; i++)
		part[dead[i]] = states->saved[i];
	return found;
}

uint32_t states_find(struct states *states, struct states_cursor *cursor, struct run *run,
		     uint32_t torn, bool add)
{
	struct flash *flash = &run->device.chip.flash;
	uint64_t hash = cursor->hash;
	uint32_t *part = cursor->part, old = 0, found;
	struct states_memory memory;

	memcpy(cursor->loose, cursor->apart, cursor->words * sizeof(*cursor->loose));
	states_remember(run, &memory);
	part[states->sectors] = blobs_add(states->blobs, &memory, sizeof(memory));
	hash += states_mix(states, states->sectors, part[states->sectors]);
	if (torn != STATES_NONE) {
		old = part[torn];
		care_forget(states->care, flash, torn, states->region[torn], true);
		part[torn] = parts_add(&states->parts, flash, torn);
		hash += states_mix(states, torn, part[torn]) - states_mix(states, torn, old);
		states_bit(cursor->loose, torn, true);
	}
	found = states_find_left(states, cursor, hash, add);
	if (torn != STATES_NONE)
		part[torn] = old;
	return found;
}

uint32_t states_loose(const struct states_cursor *cursor, uint32_t *pairs)
{
	uint32_t count = 0;

	for (uint32_t word = 0; word < cursor->words; word++) {
		for (uint64_t bits = cursor->loose[word]; bits; bits &= bits - 1) {
			uint32_t sector = word * 64 + (uint32_t)__builtin_ctzll(bits);

			pairs[count++] = sector;
			pairs[count++] = cursor->held[sector];
		}
	}
	return count;
}

void states_restore(struct states *states, uint32_t state, struct run *run,
		    struct states_cursor *cursor)
{
	const uint32_t *part = states_at(states, state);

	states_clear(states, cursor);
	for (uint32_t i = 0; i < states->sectors; i++) {
		states_set(states, cursor, i, part[i]);
		flash_sector_put(&run->device.chip.flash, i, cursor->sector[i]);
	}
	states_recall(blobs_data(states->blobs, part[states->sectors]), run);
}

const struct flash *states_show(struct states *states, uint32_t state, uint32_t sector)
{
	return parts_show(&states->parts, states_at(states, state)[sector], sector);
}

struct parts *states_parts(struct states *states)
{
	return &states->parts;
}

const uint32_t *states_numbers(const struct states *states, uint32_t state, uint32_t *count)
{
	*count = states->width;
	return states_at(states, state);
}

uint32_t states_put(struct states *states, const uint32_t *numbers)
{
	uint64_t hash = 0;

	for (uint32_t i = 0; i < states->width; i++)
		hash += states_mix(states, i, numbers[i]);
	return states_look_up(states, numbers, hash, true);
}

uint32_t states_count(const struct states *states)
{
	return states->table.count;
}

uint64_t states_bytes(const struct states *states)
{
	return parts_bytes(&states->parts) + table_bytes(&states->table) +
	       table_room_bytes(states->table.count, states->width * sizeof(uint32_t));
}

void states_digest(const struct states *states, uint8_t digest[16])
{
	uint64_t sum[2] = {0, 0};

	for (uint32_t i = 0; i < states->table.count; i++) {
		XXH128_hash_t value = XXH3_128bits(&states->table.hash[i], sizeof(uint64_t));

		sum[0] += value.low64;
		sum[1] += value.high64;
	}
	memcpy(digest, sum, sizeof(sum));
}
