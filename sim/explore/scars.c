/*
 * Scars: what a cut left in a sector and no later life heals. Of the states of rest in which fuses,
 * server and rules agree, the one that takes the fewest cuts shows how it ought to look; where
 * another one differs from it, in bytes that somebody reads, it has a scar. A weak cell that reads
 * as it ought to is none: nobody can tell it from a whole one; nor is a log in the other one of two
 * sectors that take turns. Scars do no harm, but each of them
 * doubles the states that there are.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/explore/explore.h"

/* Which state of rest has this memory, and the fewest cuts. */
struct scars {
	struct explore *explore;
	uint32_t *first; /* by blob; STATES_NONE: none yet */
};

static bool scars_rests(const struct explore *explore, uint32_t state)
{
	const struct explore_node *node = &explore->nodes[state];
	const struct explore_edge *edge = &explore->edges[node->edge];

	return node->edges && !node->flipped && edge->next == state && !edge->busy &&
	       edge->end == DEVICE_IDLE;
}

static void scars_note(struct explore *explore, uint32_t state, uint32_t sector)
{
	static const char *const names[CARE_REGIONS] = {
		[CARE_BOOTCTL] = "bootctl", [CARE_PROGRESS] = "progress", [CARE_SLOT_A] = "slot A",
		[CARE_SLOT_B] = "slot B",   [CARE_SPARE] = "spare flash",
	};
	struct explore_result *result = explore->result;

	if (result->scars++)
		return;
	snprintf(result->scar, sizeof(result->scar), "the first one is in sector %u, %s", sector,
		 names[care_region_of(explore->care, sector)]);
	if (explore_plan(explore, state, &result->scar_plan) != 0)
		result->scar_plan.count = 0;
}

/* What a sector holds is held, by this one or another of its region, in the state that is so. */
static bool scars_holds(struct explore *explore, const uint32_t *state, uint32_t sectors,
			uint32_t sector, uint32_t part)
{
	const struct parts *parts = states_parts(explore->states);
	enum care_region region = care_region_of(explore->care, sector);

	for (uint32_t i = 0; i < sectors; i++)
		if (care_region_of(explore->care, i) == region &&
		    flash_sector_alike(&parts->shape, parts->part[part].sector,
				       parts->part[state[i]].sector))
			return true;
	return false;
}

static void scars_compare(struct scars *scars, uint32_t state)
{
	struct explore *explore = scars->explore;
	uint32_t count, first;
	const uint32_t *here = states_numbers(explore->states, state, &count), *there;

	first = scars->first[here[count - 1]];
	if (first == STATES_NONE) {
		scars->first[here[count - 1]] = state;
		return;
	}
	there = states_numbers(explore->states, first, &count);
	for (uint32_t i = 0; i + 1 < count; i++)
		if (here[i] != there[i] && !states_is_nothing(explore->states, state, i) &&
		    !states_is_nothing(explore->states, first, i) &&
		    !scars_holds(explore, there, count - 1, i, here[i]))
			scars_note(explore, state, i);
}

void explore_scars(struct explore *explore)
{
	uint32_t blobs = blobs_count(explore->blobs);
	struct scars scars = {explore, malloc(blobs * sizeof(uint32_t))};

	assert(scars.first);
	memset(scars.first, 0xff, blobs * sizeof(uint32_t));
	/* Fewest cuts first: that is the order in which states are found. */
	for (uint32_t i = 0; i < explore->node_count; i++)
		if (scars_rests(explore, i))
			scars_compare(&scars, i);
	free(scars.first);
}
