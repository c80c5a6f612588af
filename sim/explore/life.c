/* Lives, their cuts, and where these lead. */
#include "sim/explore/life.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/*
 * Lives that stand alike are told by their RAM. A sanitizer's own marks on the stack are no part of
 * it and differ from life to life: there every life is lived to its end, with the same states.
 */
#ifdef __SANITIZE_ADDRESS__
#define LIFE_MEETS false
#else
#define LIFE_MEETS true
#endif

void life_queue_put(struct life_queue *queue, uint32_t state)
{
	if (queue->count == queue->capacity) {
		queue->capacity = queue->capacity ? queue->capacity * 2 : 256;
		queue->state = realloc(queue->state, queue->capacity * sizeof(uint32_t));
		assert(queue->state);
	}
	queue->state[queue->count++] = state;
}

struct explore_node *explore_node_new(struct explore *explore, uint32_t state)
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

static bool life_broken(const struct history *history)
{
	for (int i = 0; i < RULES; i++)
		if (history->breaks[i].broken)
			return true;
	return false;
}

/* The first break of each rule by the fewest cuts. */
static void life_note(struct life *life, const struct history *history, const struct inject_op *op,
		      const struct plan_extent *extent)
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
static void life_reach(struct life *life, const struct run *run, uint32_t state, bool fresh,
		       const struct inject_op *op, const struct plan_extent *extent)
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
	life_queue_put(&life->cuts, state);
}

/* Every way of cutting a flash op: one sector differs, everything else is as after any cut here. */
static void life_cut_flash(struct life *life, const struct run *run, struct run *branch,
			   const struct inject_op *op)
{
	struct flash *flash = &branch->device.chip.flash;
	uint32_t sector = op->offset / flash->sector_bytes;

	for (uint32_t i = 1; i < life->ways.count; i++) {
		const struct plan_extent *extent = &life->ways.extents[i];
		bool fresh;
		uint32_t state;

		flash_sector_put(flash, sector, life->cursor.sector[sector]);
		if (!inject_cut_cells(&branch->device.chip, op, extent))
			continue;
		state = states_find(life->explore->states, &life->cursor, branch, sector, &fresh);
		life_reach(life, run, state, fresh, op, extent);
	}
}

/* A burn changes what rules stand on: each way is judged by itself. */
static void life_cut_burn(struct life *life, const struct run *run, const struct inject_op *op)
{
	for (uint32_t i = 1; i < life->ways.count; i++) {
		const struct plan_extent *extent = &life->ways.extents[i];
		struct run branch;
		bool fresh;

		run_branch(&branch, run);
		run_cut(&branch, op, extent);
		if (life_broken(&branch.history)) {
			life_note(life, &branch.history, op, extent);
		} else {
			uint32_t state = states_find(life->explore->states, &life->cursor, &branch,
						     STATES_NONE, &fresh);

			life_reach(life, run, state, fresh, op, extent);
		}
		run_close(&branch);
	}
}

/* The sector that the cut before a program finds half written; an erase finds it as it was. */
static uint32_t life_torn(const struct inject_op *op, const struct run *run)
{
	return op->kind == INJECT_PROGRAM ? op->offset / run->device.board.sector_bytes
					  : STATES_NONE;
}

/* Whoever comes by where another life stood, with the same things in mind, goes on as it did. */
static void life_meet(struct life *life, const struct run *run, uint32_t before)
{
	struct expanded_life here = {.state = life->state, .choice = life->choice};
	const struct expanded_life *first;

	if (!run->faults.ram_high)
		return;
	here.moment = moments_add(life->moments, run, &life->cursor, life->choice);
	first = expanded_pass(life->expanded, before, &here);
	/* Of a life from which something is to be learned the whole is lived. */
	if (first && (first->state != here.state || first->choice != here.choice) &&
	    care_context_learned(life->context))
		life->twin = first;
}

/* A flash that shares the mirror's sectors holds again what the cursor says. */
static void life_mirror(const struct life *life, struct flash *flash, uint32_t sector)
{
	flash_sector_put(flash, sector, life->cursor.sector[sector]);
}

/* Every way of cutting the op, unless an equal one was cut from an equal state. */
static void life_cut_op(struct life *life, const struct run *run, const struct inject_op *op)
{
	struct explore *explore = life->explore;
	bool last = explore->nodes[life->state].depth >= explore->options->depth, fresh;
	struct run branch;
	uint32_t before;

	run_branch_on(&branch, run, &life->mirror);
	run_cut(&branch, op, &life->ways.extents[0]); /* nothing of the op happened */
	before = states_find(explore->states, &life->cursor, &branch, life_torn(op, run),
			     last ? NULL : &fresh);
	if (before != STATES_NONE)
		life_meet(life, run, before);
	if (!last) {
		life_reach(life, run, before, fresh, op, &life->ways.extents[0]);
		if (!expanded_add(life->expanded, before, op, moments_data(life->moments, op)))
			explore->result->skipped += life->ways.count - 1; /* led somewhere known */
		else if (op->kind == INJECT_BURN)
			life_cut_burn(life, run, op);
		else
			life_cut_flash(life, run, &branch, op);
	}
	if (op->kind != INJECT_BURN)
		life_mirror(life, &branch.device.chip.flash,
			    op->offset / run->device.chip.flash.sector_bytes);
}

static void life_op_before(void *context, const struct run *run, const struct inject_op *op)
{
	struct life *life = context;
	struct explore *explore = life->explore;

	explore->result->ops++;
	if (life->astray || life_broken(&run->history))
		return;
	life->ways.count = 0;
	cut_ways_list(&life->ways, run->device.chip.hal.board, op, explore->options->tears);
	life_cut_op(life, run, op);
	if (life->twin)
		life->run.faults.watch.power_off(life->run.faults.watch.context);
}

static void life_op_after(void *context, const struct run *run, const struct inject_op *op)
{
	struct life *life = context;

	uint32_t sector = op->offset / run->device.chip.flash.sector_bytes;

	if (op->kind == INJECT_BURN)
		return;
	life->erased[sector] = life->erased[sector] || op->kind == INJECT_ERASE;
	states_step(life->explore->states, &life->cursor, &life->run, sector);
	life_mirror(life, &life->mirror, sector);
}

/* The contexts of this state, and of those it came from, in which the sector was taken for dead. */
static bool life_blame(struct explore *explore, uint32_t state, uint32_t sector)
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
static void life_looked(void *context, uint32_t sector, uint32_t what, bool unknown)
{
	struct life *life = context;
	struct explore *explore = life->explore;
	const struct flash *start;

	life->live[sector] = life->live[sector] || !life->erased[sector];
	if (!unknown) {
		life->last_read[sector] = what;
		return;
	}
	explore->too_bold = life->astray = true;
	if (life_blame(explore, life->state, sector))
		return;
	start = states_show(explore->states, life->state, sector);
	care_look(explore->care, start, sector, care_region_of(explore->care, sector), what,
		  life->last_read[sector]);
}

/* A run that stands where the state does, with weak cells reading by choice in its next life. */
static void life_stand(struct life *life)
{
	struct explore *explore = life->explore;
	const struct explore_node *node = &explore->nodes[life->state];
	struct run *run = &life->run;
	struct plan plan = explore->scene->scenario->faults.plan;

	run_open(run, explore->scene, &plan);
	run->faults.op = node->op;
	run->faults.life = node->life;
	run->history.lives = node->life;
	states_restore(explore->states, life->state, run, &life->cursor);
	for (uint32_t i = 0; i < life->mirror.sectors; i++)
		life_mirror(life, &life->mirror, i);
	run->device.chip.flash.looked = life_looked;
	run->device.chip.flash.looked_context = life;
	/* The choices are the search's own; explore_plan puts them into a case's plan. */
	if (explore_plan_life(node, &run->plan, life->choice, NULL, NULL))
		abort();
}

/* The life ends as its twin's did. Returns whether either read weak cells. */
static bool life_follow(struct life *life, bool weak)
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
static bool life_live(struct life *life)
{
	struct explore *explore = life->explore;
	struct explore_node *node;
	struct run *run = &life->run;
	uint32_t next;
	bool fresh, weak;

	life_stand(life);
	run->watch = (struct run_watch){.context = life,
					.op_before = life_op_before,
					.op_after = life_op_after,
					.ram = LIFE_MEETS};
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
	if (life_broken(&run->history)) {
		life_note(life, &run->history, NULL, NULL);
		run_close(run);
		return weak;
	}
	if (life->twin)
		return life_follow(life, weak);
	next = states_find(explore->states, &life->cursor, run, STATES_NONE, &fresh);
	/* A cut of its last op may have led there first, and takes one cut more than none. */
	if (fresh || explore->nodes[next].depth > explore->nodes[life->state].depth) {
		node = explore_node_new(explore, next);
		node->parent = life->state;
		node->op = run->faults.op;
		node->life = run->history.lives;
		node->depth = explore->nodes[life->state].depth;
		node->choice = (uint8_t)life->choice;
		life_queue_put(&life->here, next);
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
static void life_copy_choice(struct explore_node *node)
{
	for (uint32_t i = 1; i < EXPLORE_CHOICES; i++) {
		node->next[i] = node->next[0];
		node->end[i] = node->end[0];
		node->running[i] = node->running[0];
		node->busy[i] = node->busy[0];
	}
}

void life_expand(struct life *life, uint32_t state)
{
	struct explore *explore = life->explore;
	bool weak = true;

	life->state = state;
	life->context = states_context(explore->states, state);
	memset(life->live, 0, explore->scene->born.chip.flash.sectors * sizeof(bool));
	for (life->choice = 0; weak && life->choice < EXPLORE_CHOICES; life->choice++)
		weak = life_live(life);
	if (!weak)
		life_copy_choice(&explore->nodes[state]);
	if (!explore->too_bold)
		care_context_learn(explore->care, life->context, life->live);
}

void life_open(struct life *life, struct explore *explore)
{
	uint32_t sectors = explore->scene->born.chip.flash.sectors;

	memset(life, 0, sizeof(*life));
	life->explore = explore;
	states_cursor_open(explore->states, &life->cursor);
	life->expanded = expanded_open();
	life->moments = moments_open(explore->scene);
	flash_copy(&life->mirror, &explore->scene->born.chip.flash);
	life->mirror.endurance = 0;
	life->last_read = calloc(sectors, sizeof(uint32_t));
	life->live = calloc(sectors, sizeof(bool));
	life->erased = calloc(sectors, sizeof(bool));
	assert(life->last_read && life->live && life->erased);
}

void life_close(struct life *life)
{
	expanded_close(life->expanded);
	moments_close(life->moments);
	flash_close(&life->mirror);
	free(life->last_read);
	free(life->live);
	free(life->erased);
	free(life->here.state);
	free(life->cuts.state);
	cut_ways_free(&life->ways);
	states_cursor_close(&life->cursor);
}

uint64_t life_bytes(const struct life *life)
{
	return states_bytes(life->explore->states) + expanded_bytes(life->expanded) +
	       moments_bytes(life->moments);
}
