/* The search: states, lives from them, cuts in those, until no state is new. */
#include "sim/explore/explore.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/explore/life.h"

/* Too many states. */
static bool explore_stops(const struct life *life)
{
	uint64_t bound = life->explore->options->memory_bytes;

	return bound && life_bytes(life) > bound;
}

/* The states that wait, each with what follows from it without a further cut. */
static void explore_level(struct life *life, uint32_t depth)
{
	struct explore *explore = life->explore;
	const struct explore_options *options = explore->options;
	struct life_queue *here = &life->here;

	for (here->at = 0; here->at < here->count && !explore_stops(life); here->at++) {
		if (options->progress)
			options->progress(options->context, states_count(explore->states),
					  here->count - here->at + life->cuts.count, depth);
		/* One that turned out to take fewer cuts has been lived already. */
		if (explore->nodes[here->state[here->at]].depth == depth)
			life_expand(life, here->state[here->at]);
	}
}

/* All states that need no further cut, then those one cut away, and so on. */
static void explore_pass(struct explore *explore)
{
	const struct explore_options *options = explore->options;
	struct explore_result *result = explore->result;
	struct life life;
	uint32_t depth = 0;

	life_open(&life, explore);
	life_queue_put(&life.here, 0);
	/* What goes astray is told level by level, so that a pass finds more than one thing. */
	while (life.here.count && !explore->too_bold &&
	       !(options->unlived && depth == options->depth)) {
		struct life_queue swap;

		explore_level(&life, depth);
		if (life.here.at < life.here.count)
			break;
		life.here.count = 0;
		swap = life.here;
		life.here = life.cuts;
		life.cuts = swap;
		depth += life.here.count > 0;
	}
	result->closed = life.here.count == 0 && depth < options->depth;
	result->bound = result->closed ? NULL : life.here.count ? "--memory" : "--depth";
	result->states = states_count(explore->states);
	result->bytes = life_bytes(&life);
	result->depth = depth;
	life_close(&life);
}

/* Where every search begins: the device as it left the maker and other hands changed it. */
static void explore_begin(struct explore *explore)
{
	struct explore_result *result = explore->result;
	uint32_t passes = result->passes;
	struct states_cursor cursor;
	struct run run;
	bool fresh;

	memset(result, 0, sizeof(*result));
	result->passes = passes + 1;
	explore->too_bold = false;
	explore->states = states_open(explore->scene, explore->care);
	states_cursor_open(explore->states, &cursor);
	run_open(&run, explore->scene, &explore->scene->scenario->faults.plan);
	/* Faults at rest after op 0 are no ops that a cursor could follow: they come before it. */
	inject_life(&run.faults);
	states_follow(explore->states, &cursor, &run);
	states_find(explore->states, &cursor, &run, STATES_NONE, &fresh);
	explore_node_new(explore, 0)->parent = STATES_NONE;
	run_close(&run);
	states_cursor_close(&cursor);
}

/* Passes, each more careful, until one in which nothing unknown was looked at. */
void explore_search(struct explore *explore)
{
	explore->care = care_open(&explore->scene->scenario->board,
				  &explore->scene->born.chip.flash, explore->options->exact);
	explore_begin(explore);
	explore_pass(explore);
	while (explore->too_bold) {
		care_step(explore->care);
		states_close(explore->states);
		explore_begin(explore);
		explore_pass(explore);
	}
	states_digest(explore->states, explore->result->digest);
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
	states_close(explore->states);
	care_close(explore->care);
	free(explore->nodes);
}

bool explore_good(const struct explore_result *result, const struct scenario *scenario)
{
	for (int i = 0; i < RULES; i++)
		if (result->violations[i].found && !scenario->may_break[i])
			return false;
	return !result->expectation.found;
}
