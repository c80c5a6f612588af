/* The search: states, lives from them, cuts in those, until no state is new. */
#include "sim/explore/explore.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cut_ways.h"
#include "sim/explore/expanded.h"
#include "sim/explore/moment.h"

/*
 * Lives that stand alike are told by their RAM. A sanitizer's own marks on the stack are no part of
 * it and differ from life to life: there every life is lived to its end, with the same states.
 */
#ifdef __SANITIZE_ADDRESS__
#define EXPLORE_MEETS false
#else
#define EXPLORE_MEETS true
#endif

/* States that wait for their lives, in the order in which they were found. */
struct explore_queue {
	uint32_t *state;
	uint32_t count, capacity, at;
};

/* A life that is being lived, and what hangs on it. */
struct explore_life {
	struct explore *explore;
	struct expanded *expanded;
	struct states_cursor *cursor;
	struct explore_queue *cuts; /* where the states after its cuts wait */
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

static void queue_put(struct explore_queue *queue, uint32_t state)
{
	if (queue->count == queue->capacity) {
		queue->capacity = queue->capacity ? queue->capacity * 2 : 256;
		queue->state = realloc(queue->state, queue->capacity * sizeof(uint32_t));
		assert(queue->state);
	}
	queue->state[queue->count++] = state;
}

static struct explore_node *explore_node_new(struct explore *explore, uint32_t state)
{
	if (state >= explore->node_capacity) {
		explore->node_capacity = explore->node_capacity ? explore->node_capacity * 2 : 1024;
		explore->nodes =
			realloc(explore->nodes, explore->node_capacity * sizeof(*explore->nodes));
		assert(explore->nodes);
	}
	memset(&explore->nodes[state], 0, sizeof(*explore->nodes));
	for (uint32_t i = 0; i < EXPLORE_CHOICES; i++)
		explore->nodes[state].next[i] = STATES_NONE;
	return &explore->nodes[state];
}

static bool explore_broken(const struct history *history)
{
	for (int i = 0; i < RULES; i++)
		if (history->breaks[i].broken)
			return true;
	return false;
}

/* The first break of each rule by the fewest cuts. */
static void explore_note(struct explore_life *life, const struct history *history,
			 const struct inject_op *op, const struct plan_extent *extent)
{
	const struct explore_node *node = &life->explore->nodes[life->state];
	uint32_t depth = node->depth + (op ? 1 : 0);

	for (int i = 0; i < RULES; i++) {
		struct explore_violation *violation = &life->explore->result->violations[i];

		/* A life's cuts come before its end, which takes one cut less. */
		if (!history->breaks[i].broken || (violation->found && violation->depth <= depth))
			continue;
		violation->found = true;
		violation->depth = depth;
		snprintf(violation->why, sizeof(violation->why), "%s", history->breaks[i].why);
		if (explore_plan(life->explore, life->state, &violation->plan) ||
		    explore_plan_life(node, &violation->plan, life->choice, op, extent))
			violation->plan.count = 0;
	}
}

/* A cut has led to a state: a new one waits for its own lives. */
static void explore_reach(struct explore_life *life, const struct run *run, uint32_t state,
			  bool fresh, const struct inject_op *op, const struct plan_extent *extent)
{
	struct explore_result *result = life->explore->result;
	struct explore_node *node, *parent;

	result->cuts++;
	result->ways[sweep_way_of(op, extent)]++;
	result->known += !fresh;
	if (!fresh)
		return;
	node = explore_node_new(life->explore, state);
	parent = &life->explore->nodes[life->state];
	node->parent = life->state;
	node->extent = *extent;
	node->op = op->number;
	node->life = run->history.lives;
	node->depth = parent->depth + 1;
	node->choice = (uint8_t)life->choice;
	node->by_cut = true;
	queue_put(life->cuts, state);
}

/* Every way of cutting a flash op: one sector differs, everything else is as after any cut here. */
static void explore_cut_flash(struct explore_life *life, const struct run *run, struct run *branch,
			      const struct inject_op *op)
{
	struct flash *flash = &branch->device.chip.flash;
	uint32_t sector = op->offset / flash->sector_bytes;

	for (uint32_t i = 1; i < life->ways.count; i++) {
		const struct plan_extent *extent = &life->ways.extents[i];
		bool fresh;
		uint32_t state;

		flash_sector_put(flash, sector, life->cursor->sector[sector]);
		if (!inject_cut_cells(&branch->device.chip, op, extent))
			continue;
		state = states_find(life->explore->states, life->cursor, branch, sector, &fresh);
		explore_reach(life, run, state, fresh, op, extent);
	}
}

/* A burn changes what rules stand on: each way is judged by itself. */
static void explore_cut_burn(struct explore_life *life, const struct run *run,
			     const struct inject_op *op)
{
	for (uint32_t i = 1; i < life->ways.count; i++) {
		const struct plan_extent *extent = &life->ways.extents[i];
		struct run branch;
		bool fresh;

		run_branch(&branch, run);
		run_cut(&branch, op, extent);
		if (explore_broken(&branch.history)) {
			explore_note(life, &branch.history, op, extent);
		} else {
			uint32_t state = states_find(life->explore->states, life->cursor, &branch,
						     STATES_NONE, &fresh);

			explore_reach(life, run, state, fresh, op, extent);
		}
		run_close(&branch);
	}
}

/* The sector that the cut before a program finds half written; an erase finds it as it was. */
static uint32_t explore_torn(const struct inject_op *op, const struct run *run)
{
	return op->kind == INJECT_PROGRAM ? op->offset / run->device.board.sector_bytes
					  : STATES_NONE;
}

/* Whoever comes by where another life stood, with the same things in mind, goes on as it did. */
static void explore_meet(struct explore_life *life, const struct run *run, uint32_t before)
{
	struct expanded_life here = {.state = life->state, .choice = life->choice};
	const struct expanded_life *first;

	if (!run->faults.ram_high)
		return;
	here.moment = moments_add(life->moments, run, life->cursor, life->choice);
	first = expanded_pass(life->expanded, before, &here);
	/* Of a life from which something is to be learned the whole is lived. */
	if (first && (first->state != here.state || first->choice != here.choice) &&
	    care_context_learned(life->context))
		life->twin = first;
}

/* A flash that shares the mirror's sectors holds again what the cursor says. */
static void explore_mirror(const struct explore_life *life, struct flash *flash, uint32_t sector)
{
	flash_sector_put(flash, sector, life->cursor->sector[sector]);
}

/* Every way of cutting the op, unless an equal one was cut from an equal state. */
static void explore_cut_op(struct explore_life *life, const struct run *run,
			   const struct inject_op *op)
{
	struct explore *explore = life->explore;
	bool last = explore->nodes[life->state].depth >= explore->options->depth, fresh;
	struct run branch;
	uint32_t before;

	run_branch_on(&branch, run, &life->mirror);
	run_cut(&branch, op, &life->ways.extents[0]); /* nothing of the op happened */
	before = states_find(explore->states, life->cursor, &branch, explore_torn(op, run),
			     last ? NULL : &fresh);
	if (before != STATES_NONE)
		explore_meet(life, run, before);
	if (!last) {
		explore_reach(life, run, before, fresh, op, &life->ways.extents[0]);
		if (!expanded_add(life->expanded, before, op, moments_data(life->moments, op)))
			explore->result->skipped += life->ways.count - 1; /* led somewhere known */
		else if (op->kind == INJECT_BURN)
			explore_cut_burn(life, run, op);
		else
			explore_cut_flash(life, run, &branch, op);
	}
	if (op->kind != INJECT_BURN)
		explore_mirror(life, &branch.device.chip.flash,
			       op->offset / run->device.chip.flash.sector_bytes);
}

static void explore_op_before(void *context, const struct run *run, const struct inject_op *op)
{
	struct explore_life *life = context;
	struct explore *explore = life->explore;

	explore->result->ops++;
	if (life->astray || explore_broken(&run->history))
		return;
	life->ways.count = 0;
	cut_ways_list(&life->ways, run->device.chip.hal.board, op, explore->options->tears);
	explore_cut_op(life, run, op);
	if (life->twin)
		life->run.faults.watch.power_off(life->run.faults.watch.context);
}

static void explore_op_after(void *context, const struct run *run, const struct inject_op *op)
{
	struct explore_life *life = context;

	uint32_t sector = op->offset / run->device.chip.flash.sector_bytes;

	if (op->kind == INJECT_BURN)
		return;
	life->erased[sector] = life->erased[sector] || op->kind == INJECT_ERASE;
	states_step(life->explore->states, life->cursor, &life->run, sector);
	explore_mirror(life, &life->mirror, sector);
}

/* The contexts of this state, and of those it came from, in which the sector was taken for dead. */
static bool explore_blame(struct explore *explore, uint32_t state, uint32_t sector)
{
	bool blamed = false;

	while (state != STATES_NONE && states_is_nothing(explore->states, state, sector)) {
		if (care_context_look(states_context(explore->states, state), sector))
			blamed = true;
		state = explore->nodes[state].parent;
	}
	return blamed;
}

/* The firmware or the oracle looks into a sector of which something is unknown. */
static void explore_looked(void *context, uint32_t sector, uint32_t what, bool unknown)
{
	struct explore_life *life = context;
	struct explore *explore = life->explore;
	const struct flash *start;

	life->live[sector] = life->live[sector] || !life->erased[sector];
	if (!unknown) {
		life->last_read[sector] = what;
		return;
	}
	explore->too_bold = life->astray = true;
	if (explore_blame(explore, life->state, sector))
		return;
	start = states_show(explore->states, life->state, sector);
	care_look(explore->care, start, sector, care_region_of(explore->care, sector), what,
		  life->last_read[sector]);
}

/* A run that stands where the state does, with weak cells reading by choice in its next life. */
static void explore_stand(struct explore_life *life)
{
	struct explore *explore = life->explore;
	const struct explore_node *node = &explore->nodes[life->state];
	struct run *run = &life->run;
	struct plan plan = explore->scene->scenario->faults.plan;

	run_open(run, explore->scene, &plan);
	run->faults.op = node->op;
	run->faults.life = node->life;
	run->history.lives = node->life;
	states_restore(explore->states, life->state, run, life->cursor);
	for (uint32_t i = 0; i < life->mirror.sectors; i++)
		explore_mirror(life, &life->mirror, i);
	run->device.chip.flash.looked = explore_looked;
	run->device.chip.flash.looked_context = life;
	/* The choices are the search's own; explore_plan puts them into a case's plan. */
	if (explore_plan_life(node, &run->plan, life->choice, NULL, NULL))
		abort();
}

/* The life ends as its twin's did. Returns whether either read weak cells. */
static bool explore_follow(struct explore_life *life, bool weak)
{
	struct explore_node *node = &life->explore->nodes[life->state];
	const struct explore_node *twin = &life->explore->nodes[life->twin->state];
	uint32_t choice = life->twin->choice;

	node->next[life->choice] = twin->next[choice];
	node->end[life->choice] = twin->end[choice];
	node->running[life->choice] = twin->running[choice];
	node->busy[life->choice] = true;
	node->weak = weak || twin->weak;
	life->explore->result->alike++;
	run_close(&life->run);
	return node->weak;
}

/* Lives one life from a state, branching its cuts off. Returns whether it read weak cells. */
static bool explore_live(struct explore_life *life, struct explore_queue *here)
{
	struct explore *explore = life->explore;
	struct explore_node *node;
	struct run *run = &life->run;
	uint32_t next;
	bool fresh, weak;

	explore_stand(life);
	run->watch = (struct run_watch){.context = life,
					.op_before = explore_op_before,
					.op_after = explore_op_after,
					.ram = EXPLORE_MEETS};
	life->twin = NULL;
	life->astray = false;
	memset(life->last_read, 0xff, run->device.chip.flash.sectors * sizeof(uint32_t));
	memset(life->erased, 0, run->device.chip.flash.sectors * sizeof(bool));
	run->device.chip.flash.look_all = !care_context_learned(life->context);
	explore->result->lives++;
	run_life(run);
	weak = run->faults.weak_reads > 0;
	if (life->astray) {
		run_close(run);
		return false;
	}
	if (explore_broken(&run->history)) {
		explore_note(life, &run->history, NULL, NULL);
		run_close(run);
		return weak;
	}
	if (life->twin)
		return explore_follow(life, weak);
	next = states_find(explore->states, life->cursor, run, STATES_NONE, &fresh);
	/* A cut of its last op may have led there first, and takes one cut more than none. */
	if (fresh || explore->nodes[next].depth > explore->nodes[life->state].depth) {
		node = explore_node_new(explore, next);
		node->parent = life->state;
		node->op = run->faults.op;
		node->life = run->history.lives;
		node->depth = explore->nodes[life->state].depth;
		node->choice = (uint8_t)life->choice;
		queue_put(here, next);
	}
	node = &explore->nodes[life->state];
	node->next[life->choice] = next;
	node->end[life->choice] = (uint8_t)run->history.end;
	node->running[life->choice] = (int8_t)run->history.running;
	node->busy[life->choice] = run->history.life_ops > 0;
	node->weak = weak;
	run_close(run);
	return weak;
}

/* The other choices of a life that reads no weak cells end as the first does. */
static void explore_copy_choice(struct explore_node *node)
{
	for (uint32_t i = 1; i < EXPLORE_CHOICES; i++) {
		node->next[i] = node->next[0];
		node->end[i] = node->end[0];
		node->running[i] = node->running[0];
		node->busy[i] = node->busy[0];
	}
}

static void explore_expand(struct explore_life *life, struct explore_queue *here, uint32_t state)
{
	struct explore *explore = life->explore;
	bool weak = true;

	life->state = state;
	life->context = states_context(explore->states, state);
	memset(life->live, 0, explore->scene->born.chip.flash.sectors * sizeof(bool));
	for (life->choice = 0; weak && life->choice < EXPLORE_CHOICES; life->choice++)
		weak = explore_live(life, here);
	if (!weak)
		explore_copy_choice(&explore->nodes[state]);
	if (!explore->too_bold)
		care_context_learn(explore->care, life->context, life->live);
}

/* Too many states. */
static bool explore_stops(const struct explore *explore)
{
	const struct explore_options *options = explore->options;

	return options->memory_bytes && states_bytes(explore->states) > options->memory_bytes;
}

/* All states that need no further cut, then those one cut away, and so on. */
static void explore_pass(struct explore *explore)
{
	struct explore_queue here = {0}, cuts = {0};
	struct explore_result *result = explore->result;
	struct states_cursor cursor;
	struct explore_life life = {.explore = explore, .cursor = &cursor, .cuts = &cuts};
	uint32_t depth = 0;

	states_cursor_open(explore->states, &cursor);
	life.expanded = expanded_open();
	life.moments = moments_open(explore->scene);
	flash_copy(&life.mirror, &explore->scene->born.chip.flash);
	life.mirror.endurance = 0;
	life.last_read = calloc(explore->scene->born.chip.flash.sectors, sizeof(uint32_t));
	life.live = calloc(explore->scene->born.chip.flash.sectors, sizeof(bool));
	life.erased = calloc(explore->scene->born.chip.flash.sectors, sizeof(bool));
	assert(life.last_read && life.live && life.erased);
	queue_put(&here, 0);
	/* What goes astray is told level by level, so that a pass finds more than one thing. */
	while (here.count && !explore->too_bold && !explore_stops(explore) &&
	       !(explore->options->unlived && depth == explore->options->depth)) {
		for (here.at = 0; here.at < here.count && !explore_stops(explore); here.at++) {
			if (explore->options->progress)
				explore->options->progress(
					explore->options->context, states_count(explore->states),
					here.count - here.at + cuts.count, depth);
			/* One that turned out to take fewer cuts has been lived already. */
			if (explore->nodes[here.state[here.at]].depth == depth)
				explore_expand(&life, &here, here.state[here.at]);
		}
		if (here.at < here.count)
			break;
		here.count = 0;
		struct explore_queue swap = here;

		here = cuts;
		cuts = swap;
		depth += here.count > 0;
	}
	result->closed = here.count == 0 && depth < explore->options->depth;
	result->bound = result->closed ? NULL : here.count ? "--memory" : "--depth";
	result->states = states_count(explore->states);
	result->bytes = states_bytes(explore->states);
	result->depth = depth;
	result->bytes += expanded_bytes(life.expanded) + moments_bytes(life.moments);
	expanded_close(life.expanded);
	moments_close(life.moments);
	flash_close(&life.mirror);
	free(life.last_read);
	free(life.live);
	free(life.erased);
	cut_ways_free(&life.ways);
	states_cursor_close(&cursor);
	free(here.state);
	free(cuts.state);
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

	if (scenario->wire_count)
		what = "attack.wire changes what comes, expected an attack that is the same in "
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
	explore->care = care_open(&scene->scenario->board, &scene->born.chip.flash, options->exact);
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
