/* What happened to the devices, held against what was promised, told and expected. */
#include "sim/fleet/fleet_verdict.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const char *fleet_rule_name(enum fleet_rule rule)
{
	static const char *const names[FLEET_RULES_COUNT] = {
		[FLEET_ALIVE] = "alive",   [FLEET_RULES] = "rules",   [FLEET_WITHIN] = "within",
		[FLEET_COUNTS] = "counts", [FLEET_CAUGHT] = "caught", [FLEET_EXPECTED] = "expected",
	};

	assert(rule < FLEET_RULES_COUNT);
	return names[rule];
}

bool fleet_held(const struct fleet_result *result)
{
	for (int i = 0; i < FLEET_RULES_COUNT; i++)
		if (result->verdict[i].broken)
			return false;
	return true;
}

/* The first reason is the one that is told. */
__attribute__((format(printf, 3, 4))) static void fleet_broke(struct fleet_result *result,
							      enum fleet_rule rule, const char *why,
							      ...)
{
	struct fleet_verdict *verdict = &result->verdict[rule];
	va_list list;

	if (verdict->broken)
		return;
	verdict->broken = true;
	va_start(list, why);
	(void)vsnprintf(verdict->why, sizeof(verdict->why), why, list);
	va_end(list);
}

/* ---- as it happens ---- */

static bool fleet_takes_part(const struct rollout_group *group, const struct crowd_device *device)
{
	const uint32_t bits[][2] = {{group->types, device->type},
				    {group->customers, device->customer},
				    {group->regions, device->region}};

	for (size_t i = 0; i < sizeof(bits) / sizeof(bits[0]); i++)
		if (bits[i][0] && !(bits[i][0] & 1u << bits[i][1]))
			return false;
	return true;
}

/* Neither the release nor any stage up to this one leaves the device out. */
static bool fleet_has_part(const struct rollout *rollout, const struct crowd_device *device)
{
	for (uint32_t i = 0; i <= rollout->stage; i++)
		if (fleet_takes_part(&rollout->policy.stages[i].group, device))
			return fleet_takes_part(&rollout->policy.group, device);
	return false;
}

/* A release ran on this device for the first time: it is in its stage, which holds so many. */
static void fleet_ran(const struct scenario *scenario, struct control *control, uint32_t release,
		      uint32_t index)
{
	const struct crowd_device *device = &control->crowd->device[index];
	uint32_t ran = ++control->result->tally[release].ran, hour = device->at_s / 3600;
	uint64_t sequence = scenario->releases[release].sequence;
	const char *name = scenario->releases[release].name;
	const struct rollout *rollout =
		control->down || !sequence ? NULL : rollout_find(&control->book, sequence);
	double share, mean, above;

	if (!rollout)
		return;
	if (!fleet_has_part(rollout, device))
		fleet_broke(control->result, FLEET_WITHIN,
			    "%s ran on device-%" PRIu32 " at hour %" PRIu32
			    ", which has no part in its stage",
			    name, index, hour);
	/* Chance puts devices into a stage: five standard deviations are no chance. */
	share = (double)rollout->policy.stages[rollout->stage].share / ROLLOUT_SHARE;
	mean = share * control->crowd->count;
	above = ran - mean - 5;
	if (above > 0 && above * above > 25 * mean * (1 - share))
		fleet_broke(control->result, FLEET_WITHIN,
			    "%s ran on %" PRIu32 " devices at hour %" PRIu32
			    ", in a stage of %g %%",
			    name, ran, hour, share * 100);
}

/* It came up: it is at rest, or well enough to ask for the next one. */
static void fleet_comes_up(struct control *control, struct crowd_device *device, int8_t release)
{
	uint32_t bit = 1u << release;

	if (device->came_up & bit)
		return;
	device->came_up |= (uint16_t)bit;
	control->result->tally[release].came_up++;
}

static void fleet_rests(struct control *control, struct crowd_device *device, int8_t release)
{
	control->running.of[device->running]--;
	control->running.of[release]++;
	device->running = release;
}

static void fleet_dies(struct control *control, struct crowd_device *device, uint32_t index,
		       const char *how)
{
	control->running.of[device->running]--;
	control->running.bricked++;
	control->result->bricked++;
	fleet_broke(control->result, FLEET_ALIVE, "device-%" PRIu32 " %s from hour %" PRIu32 " on",
		    index, how, device->at_s / 3600);
}

void fleet_witness(const struct scenario *scenario, struct control *control, uint32_t index,
		   const struct farm_key *key, const struct farm_life *life)
{
	struct crowd_device *device = &control->crowd->device[index];
	struct fleet_result *result = control->result;
	int8_t running = life->running;

	result->lives++;
	result->bytes += life->bytes;
	result->cuts += life->end == DEVICE_CUT;
	if (life->broken) {
		int rule = 0;

		while (!(life->broken >> rule & 1))
			rule++;
		fleet_broke(result, FLEET_RULES, "device-%" PRIu32 " at hour %" PRIu32 ": %s: %s",
			    index, device->at_s / 3600, rule_name((enum rule)rule), life->why);
	}
	if (running >= 0 && !(device->ran & 1u << running)) {
		device->ran |= (uint16_t)(1u << running);
		fleet_ran(scenario, control, (uint32_t)running, index);
	}
	/* A download that is done ends in a restart as well: that is no failed boot. */
	if (running >= 0 && life->end == DEVICE_RESET && key->offered == FARM_NOTHING &&
	    !life->reports && !(device->failed & 1u << running)) {
		device->failed |= (uint16_t)(1u << running);
		result->tally[running].failed_boots++;
	}
	if (running >= 0 && (life->end == DEVICE_IDLE || life->asked))
		fleet_comes_up(control, device, running);
	if (life->end == DEVICE_IDLE && running >= 0)
		fleet_rests(control, device, running);
	device->dead = life->end == DEVICE_DEAD ? device->dead + 1 : 0;
	if (life->end == DEVICE_HANG || life->end == DEVICE_TRAP)
		fleet_dies(control, device, index, "hangs or traps");
	else if (device->dead == CROWD_DEAD)
		fleet_dies(control, device, index, "finds nothing to boot");
}

/* ---- at the end ---- */

static void fleet_tally_devices(struct control *control)
{
	const struct crowd *crowd = control->crowd;
	struct fleet_tally *tally = control->result->tally;

	for (uint32_t i = 0; i < crowd->count; i++) {
		const struct crowd_device *device = &crowd->device[i];

		for (uint32_t release = 0; release < SCENARIO_RELEASES_MAX; release++) {
			tally[release].offered += device->offered >> release & 1;
			tally[release].reverted +=
				(device->ran >> release & 1) && !(device->came_up >> release & 1);
		}
	}
}

static void fleet_judge_count(struct fleet_result *result, const char *release, const char *what,
			      uint32_t told, uint32_t is)
{
	if (told != is)
		fleet_broke(result, FLEET_COUNTS,
			    "%s: %" PRIu32 " devices %s by their reports, %" PRIu32
			    " by what they did",
			    release, told, what, is);
}

static void fleet_judge_counts(const struct scenario *scenario, struct control *control)
{
	struct fleet_result *result = control->result;

	for (uint32_t i = 0; i < scenario->fleet->rollout_count; i++) {
		uint32_t release = scenario->fleet->rollouts[i].release;
		const struct fleet_tally *tally = &result->tally[release];
		const char *name = scenario->releases[release].name;
		const struct rollout *rollout =
			rollout_find(&control->book, scenario->releases[release].sequence);
		const struct rollout_counts *counts;
		uint32_t sum = 0;

		if (!rollout) {
			fleet_broke(result, FLEET_EXPECTED, "%s was never rolled out", name);
			continue;
		}
		counts = &rollout->counts[ROLLOUT_NAMES_MAX];
		for (int standing = 0; standing < ROLLOUT_STANDINGS; standing++)
			sum += counts->standing[standing];
		fleet_judge_count(result, name, "were offered it", counts->offered, tally->offered);
		fleet_judge_count(result, name, "stand somewhere", sum, counts->offered);
		fleet_judge_count(result, name, "confirmed it", counts->confirmed, tally->came_up);
		fleet_judge_count(result, name, "gave it up", counts->standing[ROLLOUT_REVERTED],
				  tally->reverted);
		fleet_judge_count(result, name, "failed to boot it", counts->failed_boots,
				  tally->failed_boots);
	}
}

/* Who was heard of late must run the newest release, or one above it that is for some alone. */
static void fleet_judge_caught(const struct scenario *scenario, struct control *control)
{
	const struct fleet_plan *plan = scenario->fleet;
	struct fleet_result *result = control->result;
	uint32_t late_s = 2 * plan->habits.asks_every_s, first = UINT32_MAX;
	uint64_t sequence = scenario->releases[plan->newest].sequence;

	for (uint32_t i = 0; i < control->crowd->count; i++) {
		const struct crowd_device *device = &control->crowd->device[i];

		if (device->heard_s + late_s < plan->lasts_s || device->dead >= CROWD_DEAD)
			continue;
		result->awake++;
		if (scenario->releases[device->running].sequence >= sequence)
			continue;
		result->stragglers++;
		first = first == UINT32_MAX ? i : first;
	}
	if (!result->awake)
		fleet_broke(result, FLEET_CAUGHT, "no device is awake at the end");
	if ((uint64_t)result->stragglers * ROLLOUT_SHARE >
	    (uint64_t)plan->stragglers * result->awake)
		fleet_broke(result, FLEET_CAUGHT,
			    "%" PRIu32 " of %" PRIu32
			    " awake devices do not run %s; device-%" PRIu32 " runs %s",
			    result->stragglers, result->awake,
			    scenario->releases[plan->newest].name, first,
			    scenario->releases[control->crowd->device[first].running].name);
}

static void fleet_judge_expected(const struct scenario *scenario, struct control *control,
				 const struct fleet_expected *expected)
{
	struct fleet_result *result = control->result;
	const char *name = scenario->releases[expected->release].name;
	uint32_t ran = result->tally[expected->release].ran;
	const struct fleet_mark *paused = NULL;
	const struct rollout *rollout =
		rollout_find(&control->book, scenario->releases[expected->release].sequence);

	if (expected->has_most &&
	    (uint64_t)ran * ROLLOUT_SHARE > (uint64_t)expected->ran_at_most * result->devices)
		fleet_broke(result, FLEET_EXPECTED,
			    "%s ran on %" PRIu32 " of %" PRIu32 " devices, expected at most %g %%",
			    name, ran, result->devices,
			    expected->ran_at_most * 100.0 / ROLLOUT_SHARE);
	if (expected->has_state && (!rollout || rollout->state != expected->state))
		fleet_broke(result, FLEET_EXPECTED, "the rollout of %s is %s, expected %s", name,
			    rollout ? rollout_state_name(rollout->state) : "not there",
			    rollout_state_name(expected->state));
	/* Why it stopped first; somebody may have resumed it. */
	for (uint32_t i = 0; i < result->mark_count && !paused; i++)
		if (result->marks[i].event == FLEET_PAUSED &&
		    scenario->fleet->rollouts[result->marks[i].rollout].release ==
			    expected->release)
			paused = &result->marks[i];
	if (expected->has_why && expected->why != (paused ? paused->why : ROLLOUT_WHY_NONE))
		fleet_broke(result, FLEET_EXPECTED,
			    "the rollout of %s was stopped by %s, expected %s", name,
			    paused ? rollout_why_name(paused->why) : "nothing",
			    expected->why ? rollout_why_name(expected->why) : "nothing");
	if (expected->has_type && (!paused || paused->why_type != expected->type))
		fleet_broke(result, FLEET_EXPECTED,
			    "%s did not stop the rollout of %s, as was expected of it",
			    scenario->fleet->types.kind[expected->type].name, name);
}

void fleet_judge(const struct scenario *scenario, struct control *control)
{
	fleet_tally_devices(control);
	fleet_judge_counts(scenario, control);
	fleet_judge_caught(scenario, control);
	for (uint32_t i = 0; i < scenario->fleet->expected_count; i++)
		fleet_judge_expected(scenario, control, &scenario->fleet->expected[i]);
}
