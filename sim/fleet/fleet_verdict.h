/*
 * What the fleet's oracle sees and says. It counts what ran on each device, as the oracle of a case
 * compares the bytes, and never takes a report for it.
 */
#ifndef SIM_FLEET_FLEET_VERDICT_H
#define SIM_FLEET_FLEET_VERDICT_H

#include "sim/fleet/control.h"

/* A life as it was lived. */
void fleet_witness(const struct scenario *scenario, struct control *control, uint32_t device,
		   const struct farm_key *key, const struct farm_life *life);
/* At the end: tallies and verdicts into the result. */
void fleet_judge(const struct scenario *scenario, struct control *control);

#endif
