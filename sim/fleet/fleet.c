/*
 * The fleet's time, in slices: what devices do within one does not depend on each other but through
 * the server, which sees them in the order of their time. So the lives of a slice are lived side by
 * side, in any order, and what comes of them is the same.
 */
#include "sim/fleet/fleet.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/fleet/control.h"
#include "sim/fleet/fleet_verdict.h"

#define FLEET_LIFE_S 120u /* from power on to the last report; at least a slice */
#define FLEET_BOOT_S 60u  /* until a device that restarts is back; at least a slice */

static_assert(FLEET_LIFE_S >= CROWD_SLICE_S && FLEET_BOOT_S >= CROWD_SLICE_S,
	      "a device's next event lies in a later slice");

/* One device's event in the slice that is under way. */
struct fleet_wake {
	uint32_t device;
	struct farm_key key;
	uint32_t life;
	uint32_t retry_s;
	bool ends; /* what it does is to finish a life that began before */
	bool offline;
	bool again; /* it is to be lived again, with what it was offered or with its cut */
};

struct fleet {
	const struct scenario *scenario;
	const struct fleet_options *options;
	struct fleet_result *result;
	struct farm *farm;
	struct crowd crowd;
	struct control control;
	struct fleet_wake *wakes;
	uint32_t *order, order_room, room, count;
	uint32_t at_s, once;
	bool failed;
};

static const struct farm_life *fleet_life(const struct fleet *fleet, const struct fleet_wake *wake)
{
	return farm_life(fleet->farm, farm_job(fleet->farm, wake->device), wake->life);
}

/* All lives that were not known are lived. */
static void fleet_live(struct fleet *fleet)
{
	if (!fleet->failed && farm_live(fleet->farm) != 0)
		fleet->failed = true;
	for (uint32_t i = 0; i < fleet->count && !fleet->failed; i++) {
		struct fleet_wake *wake = &fleet->wakes[i];

		if (!wake->again)
			continue;
		wake->life =
			farm_want(fleet->farm, farm_job(fleet->farm, wake->device), &wake->key);
		assert(wake->life != FARM_NO_LIFE);
		wake->again = false;
	}
}

static void fleet_want(struct fleet *fleet, struct fleet_wake *wake)
{
	if (fleet->options->anew)
		wake->key.once = ++fleet->once;
	(void)farm_want(fleet->farm, farm_job(fleet->farm, wake->device), &wake->key);
	wake->again = true;
}

static bool fleet_befalls(const struct fleet *fleet, const struct fleet_wake *wake,
			  enum crowd_draw draw, uint32_t share)
{
	return fleet->at_s < fleet->crowd.calm_s &&
	       crowd_chance(&fleet->crowd, wake->device, draw, share);
}

/* ---- the steps of a slice ---- */

/* Who wakes, as it would live if it were offered nothing. */
static void fleet_begin(struct fleet *fleet, uint32_t index, struct fleet_wake *wake)
{
	const struct fleet_habits *habits = &fleet->scenario->fleet->habits;
	struct crowd_device *device = &fleet->crowd.device[index];

	memset(wake, 0, sizeof(*wake));
	wake->device = index;
	if (device->life != FARM_NO_LIFE) {
		wake->ends = true;
		wake->life = device->life;
		return;
	}
	device->wakes++;
	wake->offline = fleet_befalls(fleet, wake, CROWD_OFFLINE, habits->offline);
	fleet->result->offline += wake->offline;
	wake->key.state = device->state;
	wake->key.weak = device->weak;
	wake->key.variant = farm_variant(fleet->farm, device->type);
	wake->key.offered = wake->offline ? FARM_OFFLINE : FARM_NOTHING;
	fleet_want(fleet, wake);
}

/* A life that changes flash may lose its power in one of its ops; one that already has, not. */
static void fleet_cut(struct fleet *fleet, struct fleet_wake *wake)
{
	const struct farm_life *life = fleet_life(fleet, wake);
	const struct fleet_habits *habits = &fleet->scenario->fleet->habits;

	if (wake->ends || wake->key.cut || !life->ops ||
	    !fleet_befalls(fleet, wake, CROWD_CUT, habits->cuts))
		return;
	wake->key.cut =
		1 + (uint32_t)(crowd_draw(&fleet->crowd, wake->device, CROWD_CUT_OP) % life->ops);
	wake->key.way = (uint8_t)(crowd_draw(&fleet->crowd, wake->device, CROWD_CUT_WAY) % 64);
	fleet_want(fleet, wake);
}

/* What the device finds where it asks. */
static void fleet_ask(struct fleet *fleet, struct fleet_wake *wake)
{
	const struct fleet_plan *plan = fleet->scenario->fleet;
	uint32_t at_s = fleet->crowd.device[wake->device].at_s;

	if (fleet->control.rogue && fleet_befalls(fleet, wake, CROWD_ROGUE, plan->rogue.share)) {
		wake->key.offered = (uint8_t)(plan->rogue.release + 1);
	} else if (fleet->control.down) {
		wake->key.offered = FARM_OFFLINE;
	} else {
		wake->key.offered =
			control_ask(&fleet->control, wake->device, at_s, &wake->retry_s);
		if (wake->key.offered == FARM_NOTHING)
			return;
	}
	if (wake->key.offered != FARM_OFFLINE &&
	    fleet_befalls(fleet, wake, CROWD_DROPPED, plan->habits.dropped)) {
		wake->key.dropped =
			(uint8_t)(1 + crowd_draw(&fleet->crowd, wake->device, CROWD_DROPPED_AT) %
					      FARM_DROPS);
		fleet->result->dropped++;
	}
	fleet_want(fleet, wake);
}

/* In the order of their time: reports, then what is asked for. */
static void fleet_serve(struct fleet *fleet, struct fleet_wake *wake)
{
	const struct farm_life *life = fleet_life(fleet, wake);
	uint32_t at_s = fleet->crowd.device[wake->device].at_s;

	if (wake->ends) {
		control_heard(&fleet->control, wake->device, life, life->before, life->reports,
			      at_s);
		return;
	}
	if (wake->offline)
		return;
	control_heard(&fleet->control, wake->device, life, 0, life->before, at_s);
	if (life->asked && life->end != DEVICE_CUT)
		fleet_ask(fleet, wake);
}

/* What a life leaves behind, and when the device wakes again. */
static void fleet_end(struct fleet *fleet, const struct fleet_wake *wake)
{
	struct crowd *crowd = &fleet->crowd;
	struct crowd_device *device = &crowd->device[wake->device];
	const struct farm_life *life = fleet_life(fleet, wake);
	uint32_t end_s = device->at_s + (wake->ends ? 0 : FLEET_LIFE_S);

	if (!wake->ends) {
		fleet_witness(fleet->scenario, &fleet->control, wake->device, &wake->key, life);
		device->state = life->next;
		if (life->reports > life->before && !wake->offline && !fleet->control.down &&
		    wake->key.offered != FARM_OFFLINE) {
			device->life = wake->life;
			crowd_schedule(crowd, wake->device, end_s, false);
			return;
		}
	}
	device->life = FARM_NO_LIFE;
	switch ((enum device_end)life->end) {
	case DEVICE_CUT:
		device->weak = (uint8_t)(crowd_draw(crowd, wake->device, CROWD_WEAK) % 3);
		end_s += (uint32_t)(crowd_draw(crowd, wake->device, CROWD_OFF) %
				    fleet->scenario->fleet->habits.off_s);
		crowd_schedule(crowd, wake->device, end_s, false);
		return;
	case DEVICE_RESET:
		crowd_schedule(crowd, wake->device, end_s + FLEET_BOOT_S, false);
		return;
	case DEVICE_DEAD:
		if (device->dead < CROWD_DEAD)
			crowd_schedule(crowd, wake->device, end_s + FLEET_BOOT_S, false);
		return;
	case DEVICE_HANG:
	case DEVICE_TRAP:
		return;
	case DEVICE_IDLE:
	case DEVICE_DONE:
		break;
	}
	if (!life->weak)
		device->weak = PLAN_AFTER;
	crowd_schedule(crowd, wake->device,
		       wake->retry_s ? end_s + wake->retry_s
				     : crowd_habit(crowd, wake->device, end_s),
		       true);
}

static void fleet_slice(struct fleet *fleet, uint32_t slice)
{
	fleet->at_s = slice * CROWD_SLICE_S;
	control_step(&fleet->control, fleet->at_s);
	fleet->count = crowd_slice(&fleet->crowd, slice, &fleet->order, &fleet->order_room);
	if (!fleet->count)
		return;
	if (fleet->count > fleet->room) {
		fleet->room = fleet->count * 2;
		fleet->wakes = realloc(fleet->wakes, fleet->room * sizeof(*fleet->wakes));
		assert(fleet->wakes);
	}
	for (uint32_t i = 0; i < fleet->count; i++)
		fleet_begin(fleet, fleet->order[i], &fleet->wakes[i]);
	fleet_live(fleet);
	for (uint32_t i = 0; i < fleet->count && !fleet->failed; i++)
		fleet_cut(fleet, &fleet->wakes[i]);
	fleet_live(fleet);
	for (uint32_t i = 0; i < fleet->count && !fleet->failed; i++)
		fleet_serve(fleet, &fleet->wakes[i]);
	fleet_live(fleet);
	for (uint32_t i = 0; i < fleet->count && !fleet->failed; i++)
		fleet_cut(fleet, &fleet->wakes[i]);
	fleet_live(fleet);
	for (uint32_t i = 0; i < fleet->count && !fleet->failed; i++)
		fleet_end(fleet, &fleet->wakes[i]);
}

/* ---- the whole ---- */

static void fleet_sample(struct fleet *fleet, uint32_t every_s)
{
	struct fleet_result *result = fleet->result;

	if (fleet->at_s / every_s < result->sample_count ||
	    fleet->at_s > fleet->scenario->fleet->lasts_s)
		return;
	result->samples[result->sample_count++] =
		(struct fleet_sample){.at_s = fleet->at_s, .running = fleet->control.running};
	if (fleet->options->progress)
		fleet->options->progress(fleet->options->context, fleet->at_s,
					 fleet->scenario->fleet->lasts_s);
}

static void fleet_pass(struct fleet *fleet)
{
	uint32_t every_s = fleet->scenario->fleet->lasts_s / FLEET_SAMPLES;

	for (uint32_t slice = 0; slice < fleet->crowd.slices && !fleet->failed; slice++) {
		fleet->at_s = slice * CROWD_SLICE_S;
		fleet_sample(fleet, every_s);
		fleet_slice(fleet, slice);
	}
	control_mark(&fleet->control, fleet->scenario->fleet->lasts_s, FLEET_ENDS,
		     FLEET_ROLLOUTS_MAX);
	fleet->result->book = fleet->control.book;
}

int fleet_run(const struct scenario *scenario, const struct device_firmware *firmware,
	      const struct fleet_options *options, struct fleet_result *result, uint64_t *lived,
	      char *why, size_t why_bytes)
{
	struct fleet fleet = {.scenario = scenario, .options = options, .result = result};

	memset(result, 0, sizeof(*result));
	result->devices = options->devices;
	result->seed = options->seed;
	fleet.farm = farm_open(scenario, firmware, options->jobs, why, why_bytes);
	if (!fleet.farm)
		return -1;
	crowd_open(&fleet.crowd, scenario->fleet, options->devices, options->seed);
	control_open(&fleet.control, scenario, &fleet.crowd, result);
	fleet_pass(&fleet);
	if (fleet.failed)
		(void)snprintf(why, why_bytes,
			       "a process that lives lives has ended, expected it "
			       "to go on");
	else
		fleet_judge(scenario, &fleet.control);
	*lived = farm_lives(fleet.farm);
	control_close(&fleet.control);
	crowd_close(&fleet.crowd);
	farm_close(fleet.farm);
	free(fleet.wakes);
	free(fleet.order);
	return fleet.failed ? -1 : 0;
}
