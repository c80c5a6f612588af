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

#include "sim/run.h"

#define STATES_NONE UINT32_MAX

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

/*
 * What becomes of a sector's content when the power is cut, by region, for the search to try from
 * the boldest on. A sector of unknown content stands for every content; if anything looks into one,
 * the guess was wrong for that region, and the search begins again one step more careful.
 */
enum states_care {
	STATES_EXACT,  /* kept as it is */
	STATES_TORN,   /* unknown if the op that is cut is in this sector */
	STATES_FORGET, /* unknown after any cut */
};

enum states_region {
	STATES_BOOTCTL,
	STATES_PROGRESS,
	STATES_SLOT_A,
	STATES_SLOT_B,
	STATES_SPARE,
	STATES_REGIONS
};

/* Where a run stands, kept in step with its ops, so that a state costs what changed. */
struct states_cursor {
	uint32_t *part;	    /* of each sector, then of the memory */
	uint32_t *cut_part; /* the same as a cut would leave it */
	struct flash_sector **sector;
	uint64_t hash, cut_hash;
};

struct states *states_open(const struct run_scene *scene,
			   const enum states_care care[STATES_REGIONS]);
void states_close(struct states *states);

void states_cursor_open(const struct states *states, struct states_cursor *cursor);
void states_cursor_close(struct states_cursor *cursor);

/* The run's flash as it stands is the cursor's; its sectors become the shared ones. */
void states_follow(struct states *states, struct states_cursor *cursor, struct run *run);
/* One sector of the run has changed. */
void states_step(struct states *states, struct states_cursor *cursor, struct run *run,
		 uint32_t sector);

/* A state to be found: after a cut or after a life of its own, one sector of it changed or none. */
struct states_query {
	const struct run *run;
	uint32_t changed; /* the sector in which run differs from the cursor, or STATES_NONE */
	bool cut;
};

/* The state in which run begins its next life. fresh: it was not known before. */
uint32_t states_find(struct states *states, struct states_cursor *cursor,
		     const struct states_query *query, bool *fresh);
/* Puts a run, opened and not begun, into a state. */
void states_restore(const struct states *states, uint32_t state, struct run *run,
		    struct states_cursor *cursor);

uint32_t states_count(const struct states *states);
uint64_t states_bytes(const struct states *states);
/* Over all states' contents, in no order: two searches that reach the same states agree. */
void states_digest(const struct states *states, uint8_t digest[16]);
enum states_region states_region_of(const struct hal_board *board, uint32_t sector);

#endif
