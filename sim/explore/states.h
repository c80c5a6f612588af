/*
 * The states that a device can be in when it loses its power. A state is a tuple of small numbers:
 * one for what each sector holds, one for everything else. Each is interned by content (found by a
 * 128-bit hash, then compared), so equality is exact and a hash never decides alone.
 *
 * In a state is all that a later step or rule can read: cells with their weak and half-erased
 * marks, eFuse, reset cause, the jig, server and attacker, and each rule's finite memory. Not in
 * it: wear, and the numbers of lives and ops, which name things but change nothing.
 */
#ifndef EXPLORE_STATES_H
#define EXPLORE_STATES_H

#include "sim/explore/blobs.h"
#include "sim/explore/care.h"
#include "sim/explore/parts.h"
#include "sim/run.h"

#define STATES_NONE TABLE_NONE

/* Everything but the flash, canonical: unused bytes are zero. */
struct states_memory {
	uint8_t efuse[EFUSE_CELLS_MAX];
	uint8_t cause, provisioned, manifest_forged, image_forged;
	uint8_t refused_seen, given_up_seen, tampered, pad;
	uint32_t offer, counter, revoked, stale, failed;
	uint32_t fired; /* of the scenario's own plan */
	uint64_t confirmed;
	uint8_t starts[SCENARIO_RELEASES_MAX];
};

struct states;

/* Where a run stands, kept in step with its ops, so that a state costs what changed. */
struct states_cursor {
	uint32_t *part;	 /* of each sector when its life ends here, then of the memory */
	uint32_t *held;	 /* of each sector as it is */
	uint64_t *apart; /* a bit for each sector of which part is not what is held */
	uint64_t *loose; /* the same for the state that was found last: it does not say what is held
			  */
	uint32_t words;	 /* of these bits */
	struct flash_sector **sector;
	uint64_t hash;
};

/* Everything but the flash is kept in blobs. */
struct states *states_open(const struct run_scene *scene, struct care *care, struct blobs *blobs);
void states_close(struct states *states);

void states_cursor_open(const struct states *states, struct states_cursor *cursor);
void states_cursor_close(struct states_cursor *cursor);

/* The run's flash as it stands is the cursor's; its sectors become the shared ones. */
void states_follow(struct states *states, struct states_cursor *cursor, struct run *run);
/* One sector of the run has changed. */
void states_step(struct states *states, struct states_cursor *cursor, struct run *run,
		 uint32_t sector);

/*
 * The state in which run begins its next life. torn: the sector in which a cut was made and run
 * differs from the cursor; STATES_NONE: there is none. A state that was not known gets the next
 * number; if it is not to be added, STATES_NONE comes back.
 */
uint32_t states_find(struct states *states, struct states_cursor *cursor, struct run *run,
		     uint32_t torn, bool add);
/* Pairs: each sector of which the state found last does not say what is held, and what that is. */
uint32_t states_loose(const struct states_cursor *cursor, uint32_t *pairs);
/* Puts a run, opened and not begun, into a state. */
void states_restore(struct states *states, uint32_t state, struct run *run,
		    struct states_cursor *cursor);

/* Everything but the flash, as the run stands. */
void states_remember(const struct run *run, struct states_memory *memory);

/* Nothing is known of this sector in this state. */
bool states_is_nothing(const struct states *states, uint32_t state, uint32_t sector);
/* What the search has learned of states whose progress sectors hold what this one's do. */
struct care_context *states_context(struct states *states, uint32_t state);

uint32_t states_count(const struct states *states);
uint64_t states_bytes(const struct states *states);
/* Over all states' contents, in no order: two searches that reach the same states agree. */
void states_digest(const struct states *states, uint8_t digest[16]);
/* A flash whose sector at this index is the state's. */
const struct flash *states_show(struct states *states, uint32_t state, uint32_t sector);

/* A state as numbers: of the part of each sector, then of a blob. */
struct parts *states_parts(struct states *states);
const uint32_t *states_numbers(const struct states *states, uint32_t state, uint32_t *count);
/* The state of these numbers, added if it was not known. */
uint32_t states_put(struct states *states, const uint32_t *numbers);

#endif
