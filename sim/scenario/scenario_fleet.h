/* The fleet of a scenario, held against the releases that it speaks of. */
#ifndef SIM_SCENARIO_FLEET_H
#define SIM_SCENARIO_FLEET_H

#include "sim/scenario.h"
#include "sim/scenario/scenario_yaml.h"

/* Fills scenario->fleet, once releases and trial are filled. 0, or -1 after a message. */
FW_CHECKED int scenario_fleet_fill(struct scenario *scenario,
				   const struct scenario_yaml_file *file);

#endif
