/* One life of one device, from a state to a state. */
#include "sim/fleet/farmer.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define FARMER_TEARS 8u

void farmer_open(struct farmer *farmer, const struct run_scene *scenes)
{
	const struct run_scene *scene = &scenes[0];
	static const struct plan none;
	uint32_t born;

	memset(farmer, 0, sizeof(*farmer));
	farmer->scenes = scenes;
	/* Exact: a state is what it is, and nothing has to be guessed again. */
	farmer->care = care_open(&scene->scenario->board, &scene->born.chip.flash, true);
	farmer->blobs = blobs_open();
	farmer->states = states_open(scene, farmer->care, farmer->blobs);
	states_cursor_open(farmer->states, &farmer->cursor);
	run_open(&farmer->run, scene, &none);
	states_follow(farmer->states, &farmer->cursor, &farmer->run);
	born = states_find(farmer->states, &farmer->cursor, &farmer->run, STATES_NONE, true);
	assert(born == 0);
	run_close(&farmer->run);
}

void farmer_close(struct farmer *farmer)
{
	states_cursor_close(&farmer->cursor);
	cut_ways_free(&farmer->ways);
	states_close(farmer->states);
	blobs_close(farmer->blobs);
	care_close(farmer->care);
}

static void farmer_reported(void *context, const struct hal_report *report)
{
	struct farmer *farmer = context;
	struct farm_life *life = farmer->life;

	if (life->reports == 2)
		return; /* an agent says no more than this; what it would, is said again */
	life->report[life->reports++] =
		(struct farm_report){.confirmed = report->sequence_confirmed,
				     .given_up = report->sequence_given_up,
				     .refused = report->sequence_refused,
				     .why = report->refused};
	if (!life->asked)
		life->before = life->reports;
}

/* The way is chosen where the op is known: how many there are depends on it. */
static void farmer_op_before(void *context, const struct run *run, const struct inject_op *op)
{
	struct farmer *farmer = context;
	struct plan_fault cut = {.kind = PLAN_CUT, .op = op->number};
	int full;

	if (op->number != farmer->key->cut)
		return;
	farmer->ways.count = 0;
	cut_ways_list(&farmer->ways, run->device.chip.hal.board, op, FARMER_TEARS);
	cut.extent = farmer->ways.extents[farmer->key->way % farmer->ways.count];
	full = plan_add(&farmer->run.plan, &cut);
	assert(!full);
}

/* The maker's server as this device finds it, with what the network does to it. */
static void farmer_server(const struct farmer *farmer, struct attacker_store *store,
			  struct attacker_wire *wire, uint32_t *offer)
{
	const struct farm_key *key = farmer->key;

	store->wire = wire;
	store->wire_count = 0;
	store->offers = offer;
	store->offer_count = 0;
	if (key->offered == FARM_OFFLINE) {
		*wire = (struct attacker_wire){
			.manifest = true, .does = ATTACKER_STALL, .bytes = UINT32_MAX};
		store->wire_count = 1;
	} else if (key->offered) {
		*offer = key->offered - 1u;
		store->offer_count = 1;
	}
	if (key->offered != FARM_OFFLINE && key->offered && key->dropped) {
		uint32_t bytes = store->releases[*offer].image_bytes;

		*wire = (struct attacker_wire){.does = ATTACKER_STALL,
					       .from = bytes / (FARM_DROPS + 1) * key->dropped,
					       .bytes = UINT32_MAX};
		store->wire_count = 1;
	}
}

static void farmer_fetched(void *context, int got)
{
	struct farmer *farmer = context;

	farmer->life->asked = true;
	if (got > 0)
		farmer->life->bytes += (uint32_t)got;
}

static void farmer_stand(struct farmer *farmer)
{
	struct run *run = &farmer->run;
	const struct farm_key *key = farmer->key;
	struct plan plan = {0};

	if (key->weak != PLAN_AFTER) {
		struct plan_fault weak = {
			.kind = PLAN_WEAK, .life = 2, .choice = (enum plan_choice)key->weak};
		int full = plan_add(&plan, &weak);

		assert(!full);
	}
	run_open(run, &farmer->scenes[key->variant], &plan);
	/* Any life but the first: this device has been provisioned and delivered. */
	run->faults.life = run->history.lives = 1;
	states_restore(farmer->states, key->state, run, &farmer->cursor);
	run->watch = (struct run_watch){.context = farmer,
					.op_before = farmer_op_before,
					.reported = farmer_reported,
					.fetched = farmer_fetched};
}

/* Rules that an event breaks are broken in the life in which it happens. */
static void farmer_judge(struct farm_life *life, const struct history *history)
{
	for (int i = 0; i < RULES; i++) {
		if (!history->breaks[i].broken)
			continue;
		if (!life->broken)
			(void)snprintf(life->why, sizeof(life->why), "%.79s",
				       history->breaks[i].why);
		life->broken |= (uint16_t)(1u << i);
	}
}

void farmer_live(struct farmer *farmer, const struct farm_key *key, struct farm_life *life)
{
	struct attacker_store store = farmer->scenes[0].store;
	struct run *run = &farmer->run;
	struct attacker_wire wire;
	uint32_t offer = 0;
	enum hal_reset cause;

	farmer->key = key;
	farmer->life = life;
	memset(life, 0, sizeof(*life));
	farmer_stand(farmer);
	cause = run->device.chip.cause;
	farmer_server(farmer, &store, &wire, &offer);
	run->network.store = &store;
	run_life(run);
	life->failed_boot = cause == HAL_RESET_WATCHDOG || cause == HAL_RESET_FAULT ||
			    cause == HAL_RESET_SELF_TEST;
	life->ops = run->faults.op;
	life->running = (int8_t)run->history.running;
	life->end = (uint8_t)run->history.end;
	life->weak = run->faults.weak_reads > 0;
	farmer_judge(life, &run->history);
	for (uint32_t i = 0; i < run->device.chip.flash.sectors; i++)
		states_step(farmer->states, &farmer->cursor, run, i);
	life->next = states_find(farmer->states, &farmer->cursor, run, STATES_NONE, true);
	run_close(run);
}
