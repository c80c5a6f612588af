/* One process' share of the farm: a store of states, and lives that begin in them. */
#ifndef SIM_FLEET_FARMER_H
#define SIM_FLEET_FARMER_H

#include "sim/cut_ways.h"
#include "sim/fleet/farm.h"

struct farmer {
	const struct run_scene *scenes; /* one a variant */
	struct care *care;
	struct blobs *blobs;
	struct states *states;
	struct states_cursor cursor;
	struct cut_ways ways;
	/* Of the life under way. */
	const struct farm_key *key;
	struct farm_life *life;
	struct run run;
};

void farmer_open(struct farmer *farmer, const struct run_scene *scenes);
void farmer_close(struct farmer *farmer);
void farmer_live(struct farmer *farmer, const struct farm_key *key, struct farm_life *life);

#endif
