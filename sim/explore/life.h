/*
 * The lives of a search: from a state each way in which weak cells can read is lived, every op is
 * cut in every way, and what comes of it waits for its own lives.
 */
#ifndef EXPLORE_LIFE_H
#define EXPLORE_LIFE_H

#include "sim/cut_ways.h"
#include "sim/explore/expanded.h"
#include "sim/explore/explore.h"
#include "sim/explore/moment.h"

/* States that wait for their lives, in the order in which they were found. */
struct life_queue {
	uint32_t *state;
	uint32_t count, capacity, at;
};

/* A life that is being lived, and what hangs on it. */
struct life {
	struct explore *explore;
	struct expanded *expanded;
	struct states_cursor cursor;
	struct life_queue here, cuts; /* states that take no further cut; one more */
	struct moments *moments;
	struct run run;
	uint32_t state, choice;
	const struct expanded_life *twin; /* goes on as this one would, and has been lived */
	bool astray; /* it has looked at something unknown: what it does now means nothing */
	struct flash mirror; /* holds what the run's does, so that an op costs one sector */
	struct care_context *context; /* of the state */
	bool *live, *erased; /* of each sector: lives from this state looked at it; it was erased */
	uint32_t *last_read; /* of each sector, the unit that was read last in this life */
	struct cut_ways ways;
};

void life_open(struct life *life, struct explore *explore);
void life_close(struct life *life);
/* Lives all lives that begin in this state. */
void life_expand(struct life *life, uint32_t state);
void life_queue_put(struct life_queue *queue, uint32_t state);
/* All memory that the search has in use. */
uint64_t life_bytes(const struct life *life);
struct explore_node *explore_node_new(struct explore *explore, uint32_t state);

#endif
