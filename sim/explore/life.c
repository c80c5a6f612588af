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

static bool life_broken(const struct history *history)
{
	for (int i = 0; i < RULES; i++)
		if (history->breaks[i].broken)
			return true;
	return false;
}

static void life_tell_breaks(const struct life *life, const struct history *history,
			     const struct found_op *op, const struct plan_extent *extent)
{
	for (int i = 0; i < RULES; i++)
		if (history->breaks[i].broken)
			found_break(life->explore, &life->choices.now, (enum rule)i,
				    history->breaks[i].why, op, extent);
}

static bool life_leaves_out(const struct life *life, const struct inject_op *op,
			    const struct plan_extent *extent)
{
	return life->explore->options->without >> sweep_way_of(op, extent) & 1;
}

/* Every way of cutting a flash op: one sector differs, everything else is as after any cut here. */
static void life_cut_flash(struct life *life, struct run *branch, const struct inject_op *op,
			   const struct found_op *found)
{
	struct flash *flash = &branch->device.chip.flash;
	uint32_t sector = op->offset / flash->sector_bytes;

	for (uint32_t i = 1; i < life->ways.count; i++) {
		const struct plan_extent *extent = &life->ways.extents[i];

		flash_sector_put(flash, sector, life->cursor.sector[sector]);
		if (life_leaves_out(life, op, extent))
			continue;
		if (inject_cut_cells(&branch->device.chip, op, extent))
			found_cut(life->explore, found, extent,
				  states_find(life->explore->states, &life->cursor, branch, sector,
					      true));
	}
}

/* A burn changes what rules stand on: each way is judged by itself. */
static void life_cut_burn(struct life *life, const struct run *run, const struct inject_op *op,
			  const struct found_op *found)
{
	for (uint32_t i = 1; i < life->ways.count; i++) {
		const struct plan_extent *extent = &life->ways.extents[i];
		struct run branch;

		if (life_leaves_out(life, op, extent))
			continue;
		run_branch(&branch, run);
		run_cut(&branch, op, extent);
		if (life_broken(&branch.history))
			life_tell_breaks(life, &branch.history, found, extent);
		else
			found_cut(life->explore, found, extent,
				  states_find(life->explore->states, &life->cursor, &branch,
					      STATES_NONE, true));
		run_close(&branch);
	}
}

/* The sector that the cut before a program finds half written; an erase finds it as it was. */
static uint32_t life_torn(const struct inject_op *op, const struct run *run)
{
	return op->kind == INJECT_PROGRAM ? op->offset / run->device.board.sector_bytes
					  : STATES_NONE;
}

/* A flash that shares the mirror's sectors holds again what the cursor says. */
static void life_mirror(const struct life *life, struct flash *flash, uint32_t sector)
{
	flash_sector_put(flash, sector, life->cursor.sector[sector]);
}

/*
 * What cuts of an op depend on, besides the state before it. A state does not say what is dead in
 * it: but what a cut leaves in a sector can bring back to life what lies beside it, and what it
 * leaves in a journal, what lies anywhere.
 */
static uint32_t life_finds(const struct life *life, const struct inject_op *op)
{
	const struct states_cursor *cursor = &life->cursor;
	const struct explore *explore = life->explore;
	uint32_t sector = op->offset / life->mirror.sector_bytes, count = 0;
	uint32_t *finds = life->finds;

	if (op->kind == INJECT_BURN)
		return blobs_add(explore->finds, finds, 0);
	finds[count++] = sector;
	finds[count++] = cursor->held[sector];
	if (care_region_of(explore->care, sector) == CARE_PROGRESS)
		count += states_loose(cursor, finds + count);
	return blobs_add(explore->finds, finds, count * sizeof(*finds));
}

/* What the search is told of an op; branch is a run that a cut before it has ended. */
static struct found_op life_op(struct life *life, const struct run *run, struct run *branch,
			       const struct inject_op *op)
{
	struct explore *explore = life->explore;
	struct found_op found = {.number = op->number,
				 .life = run->history.lives,
				 .kind = op->kind,
				 .offset = op->offset,
				 .size_bytes = op->size_bytes,
				 .moment = MOMENT_NONE,
				 .weak_reads = run->faults.weak_reads};

	found.cut = explore->nodes[explore->at].depth < explore->options->depth;
	found.data =
		blobs_add(explore->blobs, op->data ? op->data : "", op->data ? op->size_bytes : 0);
	found.before =
		states_find(explore->states, &life->cursor, branch, life_torn(op, run), found.cut);
	found.finds = life_finds(life, op);
	if (run->faults.ram_high && found.before != STATES_NONE)
		found.moment =
			moments_add(explore->moments, run, &life->cursor, &life->choices.now);
	return found;
}

/*
 * Whoever comes by where another life stood, with the same things in mind, goes on as it did. Of a
 * life from which something is to be learned the whole is lived, and of one that goes astray.
 */
static void life_meet(struct life *life, const struct expanded_life *twin)
{
	const struct explore *explore = life->explore;

	if (twin && twin->edge != explore->edge_count && !explore->edges[twin->edge].astray &&
	    care_context_learned(life->context))
		life->twin = twin;
}

static void life_op_before(void *context, const struct run *run, const struct inject_op *op)
{
	struct life *life = context;
	const struct expanded_life *twin;
	struct found_op found;
	struct run branch;

	if (life->astray || life_broken(&run->history))
		return;
	run_branch_on(&branch, run, &life->mirror);
	run_cut(&branch, op, &(struct plan_extent){0}); /* nothing of the op happened */
	found = life_op(life, run, &branch, op);
	if (found_op(life->explore, &found, &twin)) {
		life->ways.count = 0;
		cut_ways_list(&life->ways, run->device.chip.hal.board, op,
			      life->explore->options->tears);
		if (op->kind == INJECT_BURN)
			life_cut_burn(life, run, op, &found);
		else
			life_cut_flash(life, &branch, op, &found);
	}
	if (op->kind != INJECT_BURN)
		life_mirror(life, &branch.device.chip.flash,
			    op->offset / run->device.chip.flash.sector_bytes);
	life_meet(life, twin);
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

/* The firmware or the oracle looks into a sector of which something is unknown. */
static void life_looked(void *context, uint32_t sector, uint32_t what, bool unknown)
{
	struct life *life = context;

	life->live[sector] = life->live[sector] || !life->erased[sector];
	if (!unknown) {
		life->last_read[sector] = what;
		return;
	}
	life->astray = true;
	if (life->run.device.chip.flash.look_all)
		found_look(life->explore, sector, what, life->last_read[sector]);
}

/*
 * The firmware's stack says where its RAM is: lives can be alike only if that is the same for all.
 */
static void life_ram(struct life *life)
{
	uint8_t **ram = &life->run.device.board.ram;

	if (!*ram)
		return;
	if (!life->ram) {
		life->ram = *ram;
	} else {
		free(*ram);
		*ram = life->ram;
	}
}

static void life_leave(struct life *life)
{
	life->run.device.board.ram = NULL;
	run_close(&life->run);
}

/* A run that stands where the state does, with weak cells reading by choice in its next life. */
static void life_stand(struct life *life, bool look_all)
{
	struct explore *explore = life->explore;
	const struct explore_node *node = &explore->nodes[explore->at];
	struct run *run = &life->run;
	struct plan plan = explore->scene->scenario->faults.plan;
	uint32_t sectors = life->mirror.sectors;

	run_open(run, explore->scene, &plan);
	life_ram(life);
	run->faults.op = node->op;
	run->faults.life = node->life;
	run->history.lives = node->life;
	states_restore(explore->states, explore->at, run, &life->cursor);
	if (!life->begun)
		choices_open(&life->choices, run, explore->options->weak);
	life->begun = true;
	for (uint32_t i = 0; i < sectors; i++)
		life_mirror(life, &life->mirror, i);
	run->device.chip.flash.looked = life_looked;
	run->device.chip.flash.looked_context = life;
	run->device.chip.flash.look_all = look_all;
	/* The choices are the search's own; explore_plan puts them into a case's plan. */
	if (explore_plan_life(node, &run->plan, &life->choices.now))
		abort();
	run->watch = (struct run_watch){.context = life,
					.op_before = life_op_before,
					.op_after = life_op_after,
					.ram = LIFE_MEETS && !explore->options->thorough};
	life->twin = NULL;
	life->astray = false;
	memset(life->last_read, 0xff, sectors * sizeof(uint32_t));
	memset(life->erased, 0, sectors * sizeof(bool));
}

/* Lives one life from a state, branching its cuts off. */
static void life_run(struct life *life, bool look_all)
{
	life_stand(life, look_all);
	run_life(&life->run);
	if (!life->astray || look_all)
		return;
	/* What was read before the look at the unknown has to be known, too: once more. */
	life_leave(life);
	life_run(life, true);
}

/* What comes of the life that was lived, or of its twin, which it met. */
static struct explore_edge life_edge(struct life *life)
{
	struct explore *explore = life->explore;
	struct run *run = &life->run;
	struct explore_edge edge = {.next = STATES_NONE,
				    .weak_reads = run->faults.weak_reads,
				    .choice = life->choices.now,
				    .astray = life->astray};

	if (life->astray)
		return edge;
	if (life->twin) {
		edge = explore->edges[life->twin->edge];
		edge.weak_reads += run->faults.weak_reads - life->twin->weak_reads;
		edge.choice = life->choices.now;
		edge.busy = true;
	} else if (life_broken(&run->history)) {
		life_tell_breaks(life, &run->history, NULL, NULL);
	} else {
		edge.next = states_find(explore->states, &life->cursor, run, STATES_NONE, true);
		edge.end = (uint8_t)run->history.end;
		edge.running = (int8_t)run->history.running;
		edge.unconfirmed = run->history.reported && !run->history.report.confirmed;
		edge.busy = run->history.life_ops > 0;
	}
	return edge;
}

void life_expand(struct life *life, uint32_t state)
{
	struct explore *explore = life->explore;
	uint32_t weak_reads;
	bool astray = false;

	found_state(explore, state);
	life->context = states_context(explore->states, state);
	life->begun = false;
	memset(life->live, 0, life->mirror.sectors * sizeof(bool));
	do {
		struct explore_edge edge;

		life_run(life, !care_context_learned(life->context));
		edge = life_edge(life);
		found_end(explore, &edge, life->run.faults.op, life->run.history.lives);
		life_leave(life);
		weak_reads = edge.weak_reads;
		astray = astray || edge.astray;
	} while (weak_reads && choices_next(&life->choices, weak_reads));
	found_lived(explore, astray || care_context_learned(life->context) ? NULL : life->live);
}

void life_open(struct life *life, struct explore *explore)
{
	uint32_t sectors = explore->scene->born.chip.flash.sectors;

	memset(life, 0, sizeof(*life));
	life->explore = explore;
	states_cursor_open(explore->states, &life->cursor);
	flash_copy(&life->mirror, &explore->scene->born.chip.flash);
	life->mirror.endurance = 0;
	life->last_read = calloc(sectors, sizeof(uint32_t));
	life->live = calloc(sectors, sizeof(bool));
	life->erased = calloc(sectors, sizeof(bool));
	life->finds = calloc(2 * ((size_t)sectors + 1), sizeof(uint32_t));
	assert(life->last_read && life->live && life->erased && life->finds);
}

void life_close(struct life *life)
{
	flash_close(&life->mirror);
	free(life->last_read);
	free(life->live);
	free(life->erased);
	free(life->finds);
	free(life->ram);
	choices_close(&life->choices);
	cut_ways_free(&life->ways);
	states_cursor_close(&life->cursor);
}
