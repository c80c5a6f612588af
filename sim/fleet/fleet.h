/*
 * A rollout over many devices in virtual time. Every device is the real firmware (farm); everything
 * that is decided about it is what the server decides (rollout); what the devices themselves do is
 * counted beside it, and held against what they reported.
 */
#ifndef SIM_FLEET_FLEET_H
#define SIM_FLEET_FLEET_H

#include "sim/fleet/farm.h"

#define FLEET_SAMPLES	240u
#define FLEET_MARKS_MAX 256u
#define FLEET_WHY	160

enum fleet_rule {
	FLEET_ALIVE,	/* no device is bricked */
	FLEET_RULES,	/* no device's firmware broke one of the rules of a case */
	FLEET_WITHIN,	/* a release ran on no more devices than its stage holds */
	FLEET_COUNTS,	/* what was reported is what happened, to the device */
	FLEET_CAUGHT,	/* at the end all that are awake run the newest release */
	FLEET_EXPECTED, /* what else the scenario expects */
	FLEET_RULES_COUNT,
};

struct fleet_verdict {
	bool broken;
	char why[FLEET_WHY];
};

enum fleet_event {
	FLEET_OPENED,
	FLEET_STAGE,
	FLEET_PAUSED,
	FLEET_RESUMED,
	FLEET_ABORTED,
	FLEET_SERVER_DIES,
	FLEET_SERVER_BACK,
	FLEET_ROGUE_BEGINS,
	FLEET_ROGUE_ENDS,
	FLEET_ENDS,
};

/* How many devices came to rest in which release last, by the oracle. */
struct fleet_running {
	uint32_t of[SCENARIO_RELEASES_MAX];
	uint32_t bricked;
};

/* Something happened to a rollout. */
struct fleet_mark {
	uint32_t at_s;
	enum fleet_event event;
	uint32_t rollout, stage; /* index into the plan's */
	enum rollout_why why;
	uint32_t why_type;
	struct rollout_counts counts;
	struct fleet_running running;
};

struct fleet_sample {
	uint32_t at_s;
	struct fleet_running running;
};

/* What happened to devices, as the oracle saw it; and what was told. */
struct fleet_tally {
	uint32_t offered, ran, came_up, reverted, failed_boots;
};

struct fleet_result {
	uint32_t devices;
	uint64_t seed;
	uint32_t sample_count, mark_count, marks_left_out;
	struct fleet_sample samples[FLEET_SAMPLES + 2];
	struct fleet_mark marks[FLEET_MARKS_MAX];
	struct rollout_book book; /* at the end */
	struct fleet_tally tally[SCENARIO_RELEASES_MAX];
	uint32_t bricked, awake, stragglers;
	uint64_t lives, cuts, offline, dropped, asks, reports, bytes;
	uint64_t waits[ROLLOUT_WAITS]; /* asked, and had to wait: why */
	struct fleet_verdict verdict[FLEET_RULES_COUNT];
};

struct fleet_options {
	uint32_t devices, jobs;
	uint64_t seed;
	bool anew; /* every life is lived, however alike; the result is the same */
	void *context;
	void (*progress)(void *context, uint64_t done, uint64_t all); /* or NULL */
};

/* 0, or -1 and why: it could not be run to its end. result is large: not for the stack. */
int fleet_run(const struct scenario *scenario, const struct device_firmware *firmware,
	      const struct fleet_options *options, struct fleet_result *result, uint64_t *lived,
	      char *why, size_t why_bytes);

bool fleet_held(const struct fleet_result *result);
const char *fleet_rule_name(enum fleet_rule rule);

#endif
