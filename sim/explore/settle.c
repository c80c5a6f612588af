/*
 * What undisturbed lives come to, over all states at once. Once faults stop, each state leads to
 * one state for each way in which weak cells read. Where that can go round for ever, every life of
 * the round must be a good one: an image that deserves it runs, healthy, the same in all of them,
 * and the device leaves its memory alone.
 */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/explore/found.h"

/* Tarjan's strongly connected components, without recursion. */
struct settle {
	struct explore *explore;
	uint32_t count;
	uint32_t *order, *low, *component; /* by state */
	uint32_t *stack, *path, *branch;
	uint32_t stack_count, path_count, time, components;
	uint32_t *lives; /* undisturbed lives until rest, at worst */
};

static uint32_t *settle_array(uint32_t count)
{
	uint32_t *array = calloc(count + 1, sizeof(uint32_t));

	assert(array);
	return array;
}

static void settle_enter(struct settle *settle, uint32_t state)
{
	settle->order[state] = settle->low[state] = ++settle->time;
	settle->stack[settle->stack_count++] = state;
	settle->path[settle->path_count] = state;
	settle->branch[settle->path_count++] = 0;
}

static bool settle_in_round(const struct settle *settle, uint32_t from, uint32_t to)
{
	return to != STATES_NONE && settle->component[from] == settle->component[to];
}

/*
 * A component is complete: its states come off the stack. Components are completed after all that
 * they lead to, so the lives until rest of those are known.
 */
static void settle_leave(struct settle *settle, uint32_t root)
{
	const struct explore_node *nodes = settle->explore->nodes;
	uint32_t first = settle->stack_count, most = 0;
	bool round = false;

	do {
		settle->component[settle->stack[--first]] = settle->components;
	} while (settle->stack[first] != root);
	for (uint32_t i = first; i < settle->stack_count; i++) {
		const struct explore_node *node = &nodes[settle->stack[i]];

		for (uint32_t c = 0; c < node->edges; c++) {
			uint32_t next = settle->explore->edges[node->edge + c].next;

			if (next == STATES_NONE)
				continue;
			if (settle_in_round(settle, root, next))
				round = true;
			else if (settle->lives[next] + 1 > most)
				most = settle->lives[next] + 1;
		}
	}
	for (uint32_t i = first; i < settle->stack_count; i++)
		settle->lives[settle->stack[i]] = round && most == 0 ? 0 : most;
	settle->stack_count = first;
	settle->components++;
}

/* One step of the depth-first walk: down one edge, or back up. */
static void settle_step(struct settle *settle)
{
	uint32_t top = settle->path_count - 1, state = settle->path[top];
	const struct explore_node *node = &settle->explore->nodes[state];

	if (settle->branch[top] < node->edges) {
		uint32_t next = settle->explore->edges[node->edge + settle->branch[top]++].next;

		if (next == STATES_NONE)
			return;
		if (!settle->order[next])
			settle_enter(settle, next);
		else if (settle->component[next] == STATES_NONE &&
			 settle->order[next] < settle->low[state])
			settle->low[state] = settle->order[next];
		return;
	}
	if (settle->low[state] == settle->order[state])
		settle_leave(settle, state);
	settle->path_count--;
	if (settle->path_count) {
		uint32_t up = settle->path[settle->path_count - 1];

		if (settle->low[state] < settle->low[up])
			settle->low[up] = settle->low[state];
	}
}

static void settle_components(struct settle *settle)
{
	for (uint32_t i = 0; i < settle->count; i++)
		settle->component[i] = STATES_NONE;
	for (uint32_t i = 0; i < settle->count; i++) {
		if (settle->order[i])
			continue;
		settle_enter(settle, i);
		while (settle->path_count)
			settle_step(settle);
	}
}

/* The oracle judges the state of rest as it judges the end of a case. */
static void settle_judge(struct settle *settle, uint32_t state, const struct explore_edge *edge,
			 bool quiet)
{
	struct explore *explore = settle->explore;
	const struct explore_node *node = &explore->nodes[state];
	struct states_cursor cursor;
	struct verdict verdict;
	struct run run;
	static const struct plan none;

	states_cursor_open(explore->states, &cursor);
	run_open(&run, explore->scene, &none);
	states_restore(explore->states, state, &run, &cursor);
	run.history.settled = edge->running;
	run.history.reported = edge->unconfirmed; /* the report at hand, of zeroes, says that */
	verdict_judge(&verdict, &run.history, &run.device, true, quiet);
	for (int i = 0; i <= RULES; i++) {
		bool broken = i < RULES ? verdict.rule[i] == BROKEN : verdict.expectation_failed;
		struct explore_violation *violation =
			broken ? found_violation(explore, state, i) : NULL;

		if (!broken || (violation->found && violation->depth <= node->depth))
			continue;
		violation->found = true;
		violation->depth = node->depth;
		snprintf(violation->why, sizeof(violation->why), "%s",
			 i < RULES ? verdict.breaks[i].why : verdict.expectation);
		if (explore_plan(explore, state, &violation->plan) ||
		    explore_plan_round(node, &violation->plan, &edge->choice))
			violation->plan.count = 0;
	}
	run_close(&run);
	states_cursor_close(&cursor);
}

/* Every life that can be lived again and again must be a life at rest, and all of one image. */
static void settle_rounds(struct settle *settle)
{
	const struct explore_node *nodes = settle->explore->nodes;
	int *running = calloc(settle->components + 1, sizeof(*running));

	assert(running);
	for (uint32_t i = 0; i < settle->components; i++)
		running[i] = INT32_MIN;
	for (uint32_t i = 0; i < settle->count; i++) {
		int *image = &running[settle->component[i]];

		for (uint32_t c = 0; c < nodes[i].edges; c++) {
			const struct explore_edge *edge =
				&settle->explore->edges[nodes[i].edge + c];
			bool rests = edge->end == DEVICE_IDLE && !edge->busy;

			if (!settle_in_round(settle, i, edge->next))
				continue;
			if (*image == INT32_MIN)
				*image = edge->running;
			settle->explore->result->resting += c == 0 && rests && edge->next == i;
			settle_judge(settle, i, edge, rests && *image == edge->running);
		}
	}
	free(running);
}

static void settle_worst(struct settle *settle)
{
	struct explore_result *result = settle->explore->result;
	uint32_t worst = 0, deepest = 0;

	for (uint32_t i = 0; i < settle->count; i++) {
		if (settle->lives[i] > settle->lives[worst])
			worst = i;
		if (settle->explore->nodes[i].depth > settle->explore->nodes[deepest].depth)
			deepest = i;
	}
	result->depth = settle->explore->nodes[deepest].depth;
	result->settle_lives = settle->lives[worst];
	if (explore_plan(settle->explore, worst, &result->settle_plan))
		result->settle_plan.count = 0;
	if (explore_plan(settle->explore, deepest, &result->depth_plan))
		result->depth_plan.count = 0;
}

void explore_settle(struct explore *explore)
{
	uint32_t count = states_count(explore->states);
	struct settle settle = {.explore = explore,
				.count = count,
				.order = settle_array(count),
				.low = settle_array(count),
				.component = settle_array(count),
				.stack = settle_array(count),
				.path = settle_array(count),
				.branch = settle_array(count),
				.lives = settle_array(count)};

	settle_components(&settle);
	settle_rounds(&settle);
	settle_worst(&settle);
	free(settle.order);
	free(settle.low);
	free(settle.component);
	free(settle.stack);
	free(settle.path);
	free(settle.branch);
	free(settle.lives);
}
