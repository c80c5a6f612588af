/* A fleet's devices, their habits, their server, and what must come of it. */
#include "sim/scenario/scenario_fleet.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/scenario/scenario_fleet_read.h"

#define HOUR_S	 3600u
#define DAY_S	 86400u
#define DAYS_MAX 3660u

int fleet_read_fail(struct fleet_reading *reading, const char *key, const char *format, ...)
{
	char place[FLEET_PLACE_BYTES + 32], text[256];
	va_list list;

	(void)snprintf(place, sizeof(place), "fleet%s%s%s%s", reading->where[0] ? "." : "",
		       reading->where, key[0] ? "." : "", key);
	va_start(list, format);
	(void)vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	return scenario_yaml_fail(reading->file, place, "%s", text);
}

int fleet_read_percent(struct fleet_reading *reading, const char *key, double percent,
		       uint32_t *share)
{
	bool good = percent >= 0 && percent <= 100;
	double parts = good ? percent * (ROLLOUT_SHARE / 100.0) : 0, off;

	*share = (uint32_t)(parts + 0.5);
	off = parts - *share;
	if (!good || off > 1e-6 || off < -1e-6)
		return fleet_read_fail(reading, key,
				       "%g is no percent, expected 0 to 100 in steps of 0.01",
				       percent);
	return 0;
}

int fleet_read_hours(struct fleet_reading *reading, const char *key, uint32_t hours,
		     uint32_t *seconds)
{
	if (hours > reading->plan->lasts_s / HOUR_S)
		return fleet_read_fail(reading, key,
				       "hour %" PRIu32 " is after the fleet's %" PRIu32
				       " hours, expected one of them",
				       hours, reading->plan->lasts_s / HOUR_S);
	*seconds = hours * HOUR_S;
	return 0;
}

int fleet_read_release(struct fleet_reading *reading, const char *key, const char *name,
		       bool factory, uint32_t *release)
{
	int found = scenario_release_named(reading->scenario, name);

	if (found < 0)
		return fleet_read_fail(reading, key,
				       "there is no release '%s', expected one of this scenario",
				       name);
	if (!factory && !reading->scenario->releases[found].manifest)
		return fleet_read_fail(reading, key,
				       "'%s' has no manifest, expected a release with a sequence",
				       name);
	*release = (uint32_t)found;
	return 0;
}

int fleet_read_names(struct fleet_reading *reading, const char *key,
		     const struct fleet_kinds *kinds, char *const *names, uint32_t count,
		     uint32_t *bits)
{
	for (uint32_t i = 0; i < count; i++) {
		uint32_t k = 0;

		while (k < kinds->count && strcmp(kinds->kind[k].name, names[i]) != 0)
			k++;
		if (k == kinds->count)
			return fleet_read_fail(reading, key,
					       "no device is '%s', expected a name that the fleet "
					       "gives its devices",
					       names[i]);
		*bits |= 1u << k;
	}
	return 0;
}

/* Devices of one kind where the scenario names none. */
static int kinds_read(struct fleet_reading *reading, const char *key,
		      const struct scenario_yaml_kind *yaml, uint32_t count,
		      struct fleet_kinds *kinds)
{
	uint32_t sum = 0;

	kinds->count = count ? count : 1;
	kinds->kind[0] = (struct fleet_kind){.name = "all", .share = ROLLOUT_SHARE};
	for (uint32_t i = 0; i < count; i++) {
		struct fleet_kind *kind = &kinds->kind[i];

		(void)snprintf(reading->where, sizeof(reading->where), "%s[%" PRIu32 "]", key, i);
		(void)snprintf(kind->name, sizeof(kind->name), "%s", yaml[i].name);
		if (plan_name_bytes(kind->name) != strlen(kind->name))
			return fleet_read_fail(reading, "name",
					       "'%s' is no name, expected a-z, 0-9 and inner '-'",
					       kind->name);
		for (uint32_t k = 0; k < i; k++)
			if (strcmp(kinds->kind[k].name, kind->name) == 0)
				return fleet_read_fail(reading, "name",
						       "a second '%s', expected another name",
						       kind->name);
		if (fleet_read_percent(reading, "percent", yaml[i].percent, &kind->share) != 0)
			return -1;
		if (abs(yaml[i].utc_minutes) > 24 * 60)
			return fleet_read_fail(reading, "utc_minutes",
					       "%" PRId32
					       " is no time zone, expected -1440 to 1440",
					       yaml[i].utc_minutes);
		kind->utc_offset_minutes = yaml[i].utc_minutes;
		sum += kind->share;
	}
	reading->where[0] = '\0';
	if (count && sum != ROLLOUT_SHARE)
		return fleet_read_fail(reading, key, "%g percent in all, expected 100",
				       sum * 100.0 / ROLLOUT_SHARE);
	return 0;
}

static int begin_read(struct fleet_reading *reading)
{
	const char *text = reading->yaml->begins;
	struct tm day = {0};
	const char *end = strptime(text, "%Y-%m-%d", &day);

	if (!end || *end || day.tm_year < 70 || day.tm_year > 1000)
		return fleet_read_fail(reading, "begins",
				       "'%s' is no day, expected one such as 2026-01-05", text);
	reading->plan->begins_s = timegm(&day);
	if (!reading->yaml->days || reading->yaml->days > DAYS_MAX)
		return fleet_read_fail(reading, "days", "%" PRIu32 " days, expected 1 to %u",
				       reading->yaml->days, DAYS_MAX);
	reading->plan->lasts_s = reading->yaml->days * DAY_S;
	return 0;
}

static int habits_read(struct fleet_reading *reading)
{
	const struct scenario_yaml_habits *yaml = &reading->yaml->habits;
	struct fleet_habits *habits = &reading->plan->habits;
	uint32_t asks = yaml->asks_every_hours ? *yaml->asks_every_hours : 24;
	uint32_t off = yaml->off_hours ? *yaml->off_hours : 4;

	(void)snprintf(reading->where, sizeof(reading->where), "habits");
	if (asks < 1 || asks > 24 * 31)
		return fleet_read_fail(reading, "asks_every_hours",
				       "%" PRIu32 " hours, expected 1 to 744", asks);
	if (off < 1 || off > 24 * 31)
		return fleet_read_fail(reading, "off_hours", "%" PRIu32 " hours, expected 1 to 744",
				       off);
	habits->asks_every_s = asks * HOUR_S;
	habits->off_s = off * HOUR_S;
	if (fleet_read_percent(reading, "cuts", yaml->cuts, &habits->cuts) != 0 ||
	    fleet_read_percent(reading, "offline", yaml->offline, &habits->offline) != 0 ||
	    fleet_read_percent(reading, "dropped", yaml->dropped, &habits->dropped) != 0 ||
	    fleet_read_percent(reading, "asleep", yaml->asleep, &habits->asleep) != 0 ||
	    fleet_read_hours(reading, "asleep_from", yaml->asleep_from, &habits->asleep_from_s) !=
		    0 ||
	    fleet_read_hours(reading, "asleep_hours", yaml->asleep_hours, &habits->asleep_s) != 0)
		return -1;
	if (!habits->asleep != !habits->asleep_s)
		return fleet_read_fail(reading, "asleep",
				       "asleep and asleep_hours belong together, expected both");
	return 0;
}

static int differs_read(struct fleet_reading *reading)
{
	for (uint32_t i = 0; i < reading->yaml->differs_count; i++) {
		const struct scenario_yaml_differs *yaml = &reading->yaml->differs[i];
		struct fleet_differs *differs = &reading->plan->differs[i];

		(void)snprintf(reading->where, sizeof(reading->where), "differs[%" PRIu32 "]", i);
		differs->behaviour = (enum behaviour)yaml->behaviour;
		if (fleet_read_release(reading, "release", yaml->release, false,
				       &differs->release) != 0 ||
		    fleet_read_names(reading, "types", &reading->plan->types, yaml->types,
				     yaml->types_count, &differs->types) != 0)
			return -1;
		reading->plan->differs_count++;
	}
	return 0;
}

static int orders_read(struct fleet_reading *reading)
{
	for (uint32_t i = 0; i < reading->yaml->orders_count; i++) {
		const struct scenario_yaml_order *yaml = &reading->yaml->orders[i];
		struct fleet_order *order = &reading->plan->orders[i];

		(void)snprintf(reading->where, sizeof(reading->where), "orders[%" PRIu32 "]", i);
		order->does = (enum fleet_does)yaml->does;
		if (fleet_read_release(reading, "release", yaml->release, false, &order->release) !=
			    0 ||
		    fleet_read_hours(reading, "hour", yaml->hour, &order->at_s) != 0)
			return -1;
		if (i && order->at_s < order[-1].at_s)
			return fleet_read_fail(reading, "hour",
					       "before the order above it, expected orders in the "
					       "order of their hours");
		reading->plan->order_count++;
	}
	return 0;
}

static int others_read(struct fleet_reading *reading)
{
	const struct scenario_yaml_server *server = reading->yaml->server;
	const struct scenario_yaml_rogue *rogue = reading->yaml->rogue;
	struct fleet_plan *plan = reading->plan;

	(void)snprintf(reading->where, sizeof(reading->where), "server");
	if (server) {
		plan->server.dies = true;
		if (fleet_read_hours(reading, "dies", server->dies, &plan->server.dies_s) != 0 ||
		    fleet_read_hours(reading, "back", server->back, &plan->server.back_s) != 0)
			return -1;
		if (server->back <= server->dies)
			return fleet_read_fail(reading, "back",
					       "back before it died, expected a later hour");
		if (server->forgets > server->dies)
			return fleet_read_fail(reading, "forgets",
					       "more than there was, expected at most %" PRIu32
					       " hours",
					       server->dies);
		plan->server.forgets_s = server->forgets * HOUR_S;
	}
	(void)snprintf(reading->where, sizeof(reading->where), "rogue");
	if (!rogue)
		return 0;
	plan->rogue.there = true;
	return fleet_read_release(reading, "release", rogue->release, false,
				  &plan->rogue.release) != 0 ||
			       fleet_read_hours(reading, "from", rogue->from,
						&plan->rogue.from_s) != 0 ||
			       fleet_read_hours(reading, "until", rogue->until,
						&plan->rogue.until_s) != 0
		       ? -1
		       : fleet_read_percent(reading, "percent", rogue->percent, &plan->rogue.share);
}

static int expected_read(struct fleet_reading *reading, uint32_t i)
{
	const struct scenario_yaml_fleet_rollout *yaml = &reading->yaml->expect.rollouts[i];
	struct fleet_expected *expected = &reading->plan->expected[i];
	uint32_t bits = 0;

	(void)snprintf(reading->where, sizeof(reading->where), "expect.rollouts[%" PRIu32 "]", i);
	*expected = (struct fleet_expected){.has_state = yaml->state != NULL,
					    .has_why = yaml->why != NULL,
					    .has_type = yaml->type != NULL,
					    .has_most = yaml->ran_at_most != NULL};
	if (fleet_read_release(reading, "release", yaml->release, false, &expected->release) != 0)
		return -1;
	expected->state = yaml->state ? (enum rollout_state) * yaml->state : ROLLOUT_RUNNING;
	expected->why = yaml->why ? (enum rollout_why) * yaml->why : ROLLOUT_WHY_NONE;
	if (yaml->type) {
		char *names[1] = {yaml->type};

		if (fleet_read_names(reading, "type", &reading->plan->types, names, 1, &bits) != 0)
			return -1;
		while (!(bits >> expected->type & 1))
			expected->type++;
	}
	if (yaml->ran_at_most && fleet_read_percent(reading, "ran_at_most", *yaml->ran_at_most,
						    &expected->ran_at_most) != 0)
		return -1;
	reading->plan->expected_count++;
	return 0;
}

static int expect_read(struct fleet_reading *reading)
{
	const struct scenario_yaml_fleet_expect *yaml = &reading->yaml->expect;

	(void)snprintf(reading->where, sizeof(reading->where), "expect");
	if (fleet_read_release(reading, "newest", yaml->newest, true, &reading->plan->newest) !=
		    0 ||
	    fleet_read_percent(reading, "stragglers", yaml->stragglers,
			       &reading->plan->stragglers) != 0)
		return -1;
	for (uint32_t i = 0; i < yaml->rollouts_count; i++)
		if (expected_read(reading, i) != 0)
			return -1;
	return 0;
}

/* What a case has and a fleet has not. */
static int alone_check(struct fleet_reading *reading)
{
	static const char *const keys[] = {"attack",	"faults", "expect",
					   "may_break", "start",  "covers"};

	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
		if (scenario_yaml_has(reading->file, keys[i]))
			return scenario_yaml_fail(reading->file, keys[i],
						  "'%s' is of one device and not of a fleet, "
						  "expected it in 'fleet' or not at all",
						  keys[i]);
	if (reading->scenario->cache_writes)
		return scenario_yaml_fail(reading->file, "device.flash.kind",
					  "kind is 'block', whose volatile cache is no part of a "
					  "state yet, expected nor");
	return 0;
}

int scenario_fleet_fill(struct scenario *scenario, const struct scenario_yaml_file *file)
{
	const struct scenario_yaml_fleet *yaml = file->root->fleet;
	struct fleet_reading reading = {.scenario = scenario, .file = file, .yaml = yaml};
	struct fleet_plan *plan;

	if (!yaml)
		return 0;
	plan = calloc(1, sizeof(*plan));
	assert(plan);
	scenario->fleet = reading.plan = plan;
	return alone_check(&reading) != 0 || begin_read(&reading) != 0 ||
			       kinds_read(&reading, "types", yaml->types, yaml->types_count,
					  &plan->types) != 0 ||
			       kinds_read(&reading, "customers", yaml->customers,
					  yaml->customers_count, &plan->customers) != 0 ||
			       kinds_read(&reading, "regions", yaml->regions, yaml->regions_count,
					  &plan->regions) != 0 ||
			       habits_read(&reading) != 0 || differs_read(&reading) != 0 ||
			       fleet_read_rollouts(&reading) != 0 || orders_read(&reading) != 0 ||
			       others_read(&reading) != 0 || expect_read(&reading) != 0
		       ? -1
		       : 0;
}
