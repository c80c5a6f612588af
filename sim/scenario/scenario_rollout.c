/* What is rolled out to a fleet: stages, groups, limits, windows. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "sim/scenario/scenario_fleet_read.h"
#include "sim/vendor/notation.h"

static int group_read(struct fleet_reading *reading, const struct scenario_yaml_group *yaml,
		      struct rollout_group *group)
{
	const struct fleet_plan *plan = reading->plan;
	uint32_t release;

	if (!yaml)
		return 0;
	if (fleet_read_names(reading, "group.types", &plan->types, yaml->types, yaml->types_count,
			     &group->types) != 0 ||
	    fleet_read_names(reading, "group.customers", &plan->customers, yaml->customers,
			     yaml->customers_count, &group->customers) != 0 ||
	    fleet_read_names(reading, "group.regions", &plan->regions, yaml->regions,
			     yaml->regions_count, &group->regions) != 0)
		return -1;
	if (yaml->running_least) {
		if (fleet_read_release(reading, "group.running_least", yaml->running_least, false,
				       &release) != 0)
			return -1;
		group->sequence_min = reading->scenario->releases[release].sequence;
	}
	if (yaml->running_most) {
		if (fleet_read_release(reading, "group.running_most", yaml->running_most, false,
				       &release) != 0)
			return -1;
		group->sequence_max = reading->scenario->releases[release].sequence;
	}
	return 0;
}

static int limits_read(struct fleet_reading *reading, const struct scenario_yaml_limits *yaml,
		       struct rollout_limits *limits)
{
	const struct {
		const char *key;
		const double *percent;
		uint32_t *share;
	} shares[] = {{"pause.failed_boots", yaml->failed_boots, &limits->failed_boots},
		      {"pause.reverts", yaml->reverts, &limits->reverts},
		      {"pause.refusals", yaml->refusals, &limits->refusals},
		      {"pause.silence", yaml->silence, &limits->silence}};

	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++)
		if (shares[i].percent &&
		    fleet_read_percent(reading, shares[i].key, *shares[i].percent,
				       shares[i].share) != 0)
			return -1;
	if (yaml->silence_hours)
		limits->silence_hours = *yaml->silence_hours;
	if (yaml->devices)
		limits->devices_min = *yaml->devices;
	return 0;
}

static int minute_read(struct fleet_reading *reading, const char *key, const char *text,
		       uint32_t *minute)
{
	if (notation_clock_parse(text, minute) == 0)
		return 0;
	return fleet_read_fail(reading, key,
			       "'%s' is no time of day, expected one such as \"22:30\"", text);
}

static int window_read(struct fleet_reading *reading, const struct scenario_yaml_window *yaml,
		       struct rollout_window *window)
{
	static const char *const days[] = {"mon", "tue", "wed", "thu", "fri", "sat", "sun"};

	if (minute_read(reading, "window.from", yaml->from, &window->from_minute) != 0 ||
	    minute_read(reading, "window.to", yaml->to, &window->to_minute) != 0)
		return -1;
	for (uint32_t i = 0; i < yaml->days_count; i++) {
		uint32_t day = 0;

		while (day < 7 && strcmp(days[day], yaml->days[i]) != 0)
			day++;
		if (day == 7)
			return fleet_read_fail(reading, "window.days",
					       "'%s' is no day, expected mon, tue ... sun",
					       yaml->days[i]);
		window->days |= 1u << day;
	}
	return 0;
}

static int stages_read(struct fleet_reading *reading, const struct scenario_yaml_rollout *yaml,
		       struct rollout_policy *policy)
{
	char where[FLEET_PLACE_BYTES];

	if (!yaml->stages_count)
		return 0;
	memset(policy->stages, 0, sizeof(policy->stages));
	policy->stage_count = yaml->stages_count;
	memcpy(where, reading->where, sizeof(where));
	for (uint32_t i = 0; i < yaml->stages_count; i++) {
		struct rollout_stage *stage = &policy->stages[i];

		(void)snprintf(reading->where, sizeof(reading->where), "%.60s.stages[%" PRIu32 "]",
			       where, i);
		stage->hours = yaml->stages[i].hours;
		if (fleet_read_percent(reading, "percent", yaml->stages[i].percent,
				       &stage->share) != 0 ||
		    group_read(reading, yaml->stages[i].group, &stage->group) != 0)
			return -1;
	}
	memcpy(reading->where, where, sizeof(where));
	return 0;
}

static int rollout_read(struct fleet_reading *reading, uint32_t i)
{
	const struct scenario_yaml_rollout *yaml = &reading->yaml->rollouts[i];
	struct fleet_rollout *rollout = &reading->plan->rollouts[i];
	const struct scenario_release *releases = reading->scenario->releases;
	struct rollout_policy *policy = &rollout->policy;
	const char *wrong;

	(void)snprintf(reading->where, sizeof(reading->where), "rollouts[%" PRIu32 "]", i);
	if (fleet_read_release(reading, "release", yaml->release, false, &rollout->release) != 0 ||
	    fleet_read_hours(reading, "hour", yaml->hour, &rollout->at_s) != 0)
		return -1;
	if (i && (rollout->at_s < rollout[-1].at_s ||
		  releases[rollout->release].sequence <= releases[rollout[-1].release].sequence))
		return fleet_read_fail(reading, "release",
				       "older than the rollout above it, expected a later hour and "
				       "a higher sequence number");
	rollout_policy_default(policy, releases[rollout->release].sequence);
	policy->image_bytes = releases[rollout->release].image_bytes;
	policy->bytes_per_second = yaml->bytes_per_second;
	policy->any_time = yaml->any_time;
	if (yaml->retry_minutes) {
		if (*yaml->retry_minutes > 30 * 24 * 60)
			return fleet_read_fail(reading, "retry_minutes",
					       "over 30 days, expected at most 43200");
		policy->retry_s = *yaml->retry_minutes * 60;
	}
	if (stages_read(reading, yaml, policy) != 0 ||
	    group_read(reading, yaml->group, &policy->group) != 0 ||
	    (yaml->pause && limits_read(reading, yaml->pause, &policy->limits) != 0) ||
	    (yaml->window && window_read(reading, yaml->window, &policy->window) != 0))
		return -1;
	wrong = rollout_policy_wrong(policy);
	if (wrong)
		return fleet_read_fail(reading, "", "%s", wrong);
	reading->plan->rollout_count++;
	return 0;
}

int fleet_read_rollouts(struct fleet_reading *reading)
{
	for (uint32_t i = 0; i < reading->yaml->rollouts_count; i++)
		if (rollout_read(reading, i) != 0)
			return -1;
	return 0;
}
