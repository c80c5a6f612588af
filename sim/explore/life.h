/*
 * The lives of a search: from a state each way in which weak cells can read is lived, every op is
 * cut in every way, and the search is told what comes of it.
 */
#ifndef EXPLORE_LIFE_H
#define EXPLORE_LIFE_H

#include "sim/cut_ways.h"
#include "sim/explore/found.h"

/* A life that is being lived, and what hangs on it. */
struct life {
	struct explore *explore;
	struct states_cursor cursor;
	struct run run;
	struct choices choices;
	bool begun;			  /* a life has been lived from this state */
	const struct expanded_life *twin; /* goes on as this one would, and has been lived */
	bool astray; /* it has looked at something unknown: what it does now means nothing */
	struct flash mirror; /* holds what the run's does, so that an op costs one sector */
	struct care_context *context; /* of the state */
	bool *live, *erased; /* of each sector: lives from this state looked at it; it was erased */
	uint32_t *last_read; /* of each sector, the unit that was read last in this life */
	uint32_t *finds;     /* of an op: see life_finds */
	uint8_t *ram;	     /* of each run in turn */
	struct cut_ways ways;
};

void life_open(struct life *life, struct explore *explore);
void life_close(struct life *life);
/* Lives all lives that begin in this state. */
void life_expand(struct life *life, uint32_t state);

#endif
