/* The search: states, lives from them, cuts in those, until no state is new. */
#include "sim/explore/explore.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/explore/crew.h"
#include "sim/explore/keep.h"

/* States whose lives are lived at a time: so many, or a part of those that are known. */
#define EXPLORE_ROUND	   1024u
#define EXPLORE_ROUND_PART 4u

uint64_t explore_bytes(const struct explore *explore)
{
	return states_bytes(explore->states) + expanded_op_bytes(&explore->expanded) +
	       blobs_bytes(explore->blobs) + blobs_bytes(explore->finds) +
	       table_room_bytes(explore->node_count, sizeof(*explore->nodes)) +
	       table_room_bytes(explore->edge_count, sizeof(*explore->edges));
}

/* Too many states. */
static bool explore_stops(const struct explore *explore)
{
	uint64_t bound = explore->options->memory_bytes;

	return bound && explore_bytes(explore) > bound;
}

void explore_show(const struct explore *explore, uint32_t waiting)
{
	const struct explore_options *options = explore->options;
	const struct explore_queue *here = &explore->here;

	if (options->progress)
		options->progress(options->context, states_count(explore->states),
				  waiting + here->count - here->at + explore->cuts.count,
				  explore->depth);
}

/* The next states that wait; one that turned out to take fewer cuts has been lived already. */
static uint32_t explore_take(struct explore *explore, uint32_t **states)
{
	struct explore_queue *here = &explore->here;
	uint32_t most = explore->node_count / EXPLORE_ROUND_PART, count = 0;

	for (; here->at < here->count && count < (most > EXPLORE_ROUND ? most : EXPLORE_ROUND);
	     here->at++) {
		if (explore->nodes[here->state[here->at]].depth != explore->depth)
			continue;
		*states = table_room(*states, count, sizeof(**states));
		(*states)[count++] = here->state[here->at];
	}
	return count;
}

/* The lives of these states: they are lived, or have been, by a search that was killed. */
static int explore_round(struct explore *explore, struct life *life, const uint32_t *states,
			 uint32_t count, char *why, size_t why_bytes)
{
	int rc = 0;

	if (explore->keep)
		rc = keep_begin(explore->keep, explore, why, why_bytes);
	if (rc == 0) {
		rc = crew_round(explore, life, states, count, why, why_bytes);
		if (rc == 0 && explore->keep)
			rc = keep_end(explore->keep, explore, why, why_bytes);
	}
	care_contexts_draw(explore->care);
	return rc < 0 ? -1 : 0;
}

/* What the search could do without goes first. */
static void explore_spare(struct explore *explore)
{
	uint64_t bound = explore->options->memory_bytes;

	if (!bound || explore_bytes(explore) + moments_bytes(explore->moments) +
				      expanded_life_bytes(&explore->expanded) <=
			      bound)
		return;
	moments_forget(explore->moments);
	expanded_forget_lives(&explore->expanded);
}

/* All states that wait, and what follows from them without a further cut. */
static int explore_level(struct explore *explore, struct life *life, char *why, size_t why_bytes)
{
	struct explore_queue *here = &explore->here;
	int rc = 0;

	for (here->at = 0; here->at < here->count && rc == 0 && !explore_stops(explore);) {
		uint32_t *states = NULL, count = explore_take(explore, &states);

		rc = explore_round(explore, life, states, count, why, why_bytes);
		explore_spare(explore);
		free(states);
	}
	return rc;
}

/* What needs no further cut is done: now what is one cut away. */
static void explore_swap(struct explore *explore)
{
	struct explore_queue done = explore->here;

	done.count = done.at = 0;
	explore->here = explore->cuts;
	explore->cuts = done;
}

static void explore_deeper(struct explore *explore)
{
	explore_swap(explore);
	explore->depth += explore->here.count > 0;
}

/*
 * All states that need no further cut, then those one cut away, and so on. 0, also where the memory
 * ends it: then states still wait.
 */
static int explore_levels(struct explore *explore, struct life *life, char *why, size_t why_bytes)
{
	const struct explore_options *options = explore->options;
	struct explore_queue *here = &explore->here;
	int rc = 0;

	/* What goes astray is told level by level, so that a pass finds more than one thing. */
	while (here->count && !explore->too_bold && rc == 0 &&
	       !(options->unlived && explore->depth == options->depth)) {
		rc = explore_level(explore, life, why, why_bytes);
		if (here->at < here->count)
			break;
		explore_deeper(explore);
	}
	return rc;
}

/*
 * The same once more, for what follows from a flip: the states that a flip makes of those without
 * one, by how many cuts these need, join the states that those made from others lead to.
 */
static int explore_flips(struct explore *explore, struct life *life, char *why, size_t why_bytes)
{
	uint32_t count = explore->node_count, deepest = explore->depth;
	struct flips *flips = flips_open(explore);
	int rc = 0;

	for (explore->depth = 0; !explore->too_bold; explore->depth++) {
		for (uint32_t i = 0; i < count && explore->depth <= deepest; i++)
			if (explore->nodes[i].depth == explore->depth)
				flips_state(flips, explore, i);
		rc = explore_level(explore, life, why, why_bytes);
		if (rc != 0 || explore->here.at < explore->here.count)
			break;
		explore_swap(explore);
		if (!explore->here.count && explore->depth >= deepest)
			break;
	}
	flips_close(flips);
	return rc;
}

/* All that there is, in this pass. */
static int explore_pass(struct explore *explore, char *why, size_t why_bytes)
{
	const struct explore_options *options = explore->options;
	struct explore_result *result = explore->result;
	struct explore_queue *here = &explore->here;
	struct life life;
	int rc = 0;

	life_open(&life, explore);
	rc = explore_levels(explore, &life, why, why_bytes);
	if (rc == 0 && options->flips && !explore->too_bold &&
	    explore->here.at == explore->here.count)
		rc = explore_flips(explore, &life, why, why_bytes);
	result->closed = here->count == 0 && explore->depth < options->depth;
	result->bound = result->closed ? NULL : here->count ? "--memory" : "--depth";
	result->states = states_count(explore->states);
	result->bytes = explore_bytes(explore);
	result->depth = explore->depth;
	life_close(&life);
	return rc;
}

/* Where every pass begins: the device as it left the maker and other hands changed it. */
static void explore_begin(struct explore *explore)
{
	struct explore_result *result = explore->result;
	uint32_t passes = result->passes;
	struct states_cursor cursor;
	struct run run;

	memset(result, 0, sizeof(*result));
	result->passes = passes + 1;
	explore->too_bold = false;
	explore->depth = 0;
	explore->blobs = blobs_open();
	explore->finds = blobs_open();
	explore->moments = moments_open(explore->scene);
	explore->states = states_open(explore->scene, explore->care, explore->blobs);
	states_cursor_open(explore->states, &cursor);
	run_open(&run, explore->scene, &explore->scene->scenario->faults.plan);
	/* Faults at rest after op 0 are no ops that a cursor could follow: they come before it. */
	inject_life(&run.faults);
	states_follow(explore->states, &cursor, &run);
	found_first(explore, states_find(explore->states, &cursor, &run, STATES_NONE, true));
	run_close(&run);
	states_cursor_close(&cursor);
}

/* What a pass knows. */
static void explore_end(struct explore *explore)
{
	if (!explore->states)
		return;
	states_close(explore->states);
	moments_close(explore->moments);
	blobs_close(explore->blobs);
	blobs_close(explore->finds);
	expanded_close(&explore->expanded);
	free(explore->nodes);
	free(explore->edges);
	free(explore->here.state);
	free(explore->cuts.state);
	explore->states = NULL;
	explore->nodes = NULL;
	explore->edges = NULL;
	explore->node_count = explore->edge_count = 0;
	explore->here = explore->cuts = (struct explore_queue){0};
}

/* Passes, each more careful, until one in which nothing unknown was looked at. */
int explore_search(struct explore *explore, char *why, size_t why_bytes)
{
	int rc;

	if (explore->options->resume) {
		explore->keep = keep_open(explore->options->resume, explore, why, why_bytes);
		if (!explore->keep)
			return -1;
	}
	explore->care = care_open(&explore->scene->scenario->board,
				  &explore->scene->born.chip.flash, explore->options->exact);
	explore_begin(explore);
	rc = explore_pass(explore, why, why_bytes);
	while (rc == 0 && explore->too_bold) {
		care_step(explore->care);
		explore_end(explore);
		explore_begin(explore);
		rc = explore_pass(explore, why, why_bytes);
	}
	states_digest(explore->states, explore->result->digest);
	return rc;
}

/* What a state does not hold: how far the wire or a plan is with what comes later. */
static bool explore_refuses(const struct scenario *scenario, char *why, size_t why_bytes)
{
	const struct plan *plan = &scenario->faults.plan;
	const char *what = NULL;

	if (scenario->expect.erases)
		what = "expect.erases counts wear, which a search leaves out, expected none";
	if (scenario->wire_count || scenario->probe_count)
		what = "attack.wire or attack.probes changes what comes, expected an attack that "
		       "is the same in "
		       "every life";
	else if (plan->count > PLAN_FAULTS_MAX - CHOICE_FAULTS_MAX - 1)
		what = "faults.plan leaves no room for cuts, expected at most 25 faults";
	for (uint32_t i = 0; i < plan->count && !what; i++) {
		const struct plan_fault *fault = &plan->faults[i];

		if (fault->when != PLAN_AT_OP)
			what = "faults.plan has a fault at rest, read or jump, expected faults at "
			       "the start only";
		else if (fault->kind < PLAN_FLIP || fault->op > 0)
			what = "faults.plan has a fault after op 0, expected faults at the start "
			       "only: a search numbers no ops";
	}
	if (what)
		snprintf(why, why_bytes, "%s: %s", scenario->path, what);
	return what != NULL;
}

int explore_open(struct explore *explore, const struct run_scene *scene,
		 const struct explore_options *options, struct explore_result *result, char *why,
		 size_t why_bytes)
{
	memset(explore, 0, sizeof(*explore));
	memset(result, 0, sizeof(*result));
	if (explore_refuses(scene->scenario, why, why_bytes))
		return -1;
	explore->scene = scene;
	explore->options = options;
	explore->result = result;
	return 0;
}

void explore_close(struct explore *explore)
{
	explore_end(explore);
	keep_close(explore->keep);
	if (explore->care)
		care_close(explore->care);
}

bool explore_good(const struct explore_result *result, const struct scenario *scenario)
{
	for (int i = 0; i < RULES; i++)
		if (result->violations[i].found && !scenario->may_break[i])
			return false;
	return !result->expectation.found;
}
