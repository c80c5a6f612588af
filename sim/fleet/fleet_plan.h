/* What a fleet scenario says: who the devices are, how they live, what is rolled out to them. */
#ifndef SIM_FLEET_FLEET_PLAN_H
#define SIM_FLEET_FLEET_PLAN_H

#include "sim/rollout/rollout.h"
#include "sim/scenario.h"

#define FLEET_ORDERS_MAX   16u
#define FLEET_DIFFERS_MAX  8u
#define FLEET_ROLLOUTS_MAX ROLLOUT_MAX

/* Types, customers or regions: each device is one of them, by chance. Shares add up. */
struct fleet_kind {
	char name[PLAN_NAME_BYTES];
	uint32_t share;
	int32_t utc_offset_minutes; /* of a region */
};

struct fleet_kinds {
	uint32_t count; /* at least 1 */
	struct fleet_kind kind[ROLLOUT_NAMES_MAX];
};

/* Shares are of 10000 and stand for chances; times are seconds since the fleet's begin. */
struct fleet_habits {
	uint32_t asks_every_s;
	uint32_t cuts;	  /* of lives that write flash: the power fails inside an op */
	uint32_t off_s;	  /* ... and stays away for so long, at most */
	uint32_t offline; /* of lives: the network is away */
	uint32_t dropped; /* of downloads: the network goes away in the middle */
	uint32_t asleep;  /* of devices: live no life in the time below */
	uint32_t asleep_from_s, asleep_s;
};

/* On some types of hardware a release behaves otherwise. */
struct fleet_differs {
	uint32_t release, types; /* bit i: type i */
	enum behaviour behaviour;
};

struct fleet_rollout {
	uint32_t release, at_s;
	struct rollout_policy policy;
};

enum fleet_does { FLEET_PAUSE, FLEET_RESUME, FLEET_ABORT };

/* What a person does. */
struct fleet_order {
	enum fleet_does does;
	uint32_t release, at_s;
};

/* The server dies, and comes back from what its database held. */
struct fleet_server {
	bool dies;
	uint32_t dies_s, back_s;
	uint32_t forgets_s; /* so much before its death was not written down */
};

/* A mirror in other hands, that some of the asking devices come to. */
struct fleet_rogue {
	bool there;
	uint32_t release, from_s, until_s, share;
};

struct fleet_expected {
	uint32_t release;
	bool has_state, has_why, has_type, has_most;
	enum rollout_state state;
	enum rollout_why why;
	uint32_t type;
	uint32_t ran_at_most; /* of all devices */
};

struct fleet_plan {
	int64_t begins_s; /* since 1970, UTC */
	uint32_t lasts_s;
	struct fleet_kinds types, customers, regions;
	struct fleet_habits habits;
	uint32_t differs_count;
	struct fleet_differs differs[FLEET_DIFFERS_MAX];
	uint32_t rollout_count;
	struct fleet_rollout rollouts[FLEET_ROLLOUTS_MAX];
	uint32_t order_count;
	struct fleet_order orders[FLEET_ORDERS_MAX];
	struct fleet_server server;
	struct fleet_rogue rogue;
	uint32_t newest;     /* awake devices run this release at the end, or one above it */
	uint32_t stragglers; /* share of them that may not */
	uint32_t expected_count;
	struct fleet_expected expected[FLEET_ROLLOUTS_MAX];
};

#endif
