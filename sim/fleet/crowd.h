/* The devices of a fleet: who each is, when it wakes, what befalls it. All of it from one seed. */
#ifndef SIM_FLEET_CROWD_H
#define SIM_FLEET_CROWD_H

#include <assert.h>

#include "sim/fleet/fleet.h"

#define CROWD_SLICE_S 60u /* no device does two things within one */
#define CROWD_NONE    UINT32_MAX
#define CROWD_DEAD    8u /* lives in a row with nothing to boot: it is bricked */

struct crowd_device {
	struct rollout_seat seat; /* the server's; it lies here so that it is found at once */
	uint64_t id;
	uint32_t at_s, next; /* its next event, and the next device with one in that slice */
	uint32_t state, wakes, life; /* life: of which reports are under way, or FARM_NO_LIFE */
	uint32_t heard_s;	     /* by the server, last */
	uint16_t offered, ran, came_up, failed; /* releases: bit i */
	int8_t running;				/* release that it came to rest in last */
	uint8_t type, customer, region, weak, dead;
	bool sleeper;
};

static_assert(SCENARIO_RELEASES_MAX <= 16, "a bit for each release");

/* What is drawn for one life. */
enum crowd_draw {
	CROWD_CUT,
	CROWD_CUT_OP,
	CROWD_CUT_WAY,
	CROWD_WEAK,
	CROWD_OFF,
	CROWD_OFFLINE,
	CROWD_DROPPED,
	CROWD_DROPPED_AT,
	CROWD_ROGUE,
	CROWD_NEXT,
	CROWD_WHO, /* of the device, and not of a life */
};

struct crowd {
	const struct fleet_plan *plan;
	uint64_t seed;
	uint32_t count;
	struct crowd_device *device;
	uint32_t slices;
	uint32_t *slice; /* first device with an event in it, or CROWD_NONE */
	uint32_t calm_s; /* from here on nothing befalls anybody */
};

void crowd_open(struct crowd *crowd, const struct fleet_plan *plan, uint32_t count, uint64_t seed);
void crowd_close(struct crowd *crowd);
uint64_t crowd_draw(const struct crowd *crowd, uint32_t device, enum crowd_draw draw);
/* Whether a chance of that share comes true for this device in this life. */
bool crowd_chance(const struct crowd *crowd, uint32_t device, enum crowd_draw draw, uint32_t share);
/* The device's next event. habit: one that nothing waits for, which is left out after the end. */
void crowd_schedule(struct crowd *crowd, uint32_t device, uint64_t at_s, bool habit);
/* When it asks again by its own habit. */
uint64_t crowd_habit(const struct crowd *crowd, uint32_t device, uint32_t now_s);
/* Devices with an event in this slice, by time and number; returns how many. order is malloc'd. */
uint32_t crowd_slice(struct crowd *crowd, uint32_t slice, uint32_t **order, uint32_t *room);
struct rollout_device crowd_register(const struct crowd *crowd, uint32_t device);

#endif
