/* What a scenario tries and expects: attack, faults, expectation, excuses. */
#ifndef SIM_SCENARIO_TRIAL_H
#define SIM_SCENARIO_TRIAL_H

#include "sim/scenario.h"
#include "sim/scenario/scenario_yaml.h"

/* The enum fw_err of that name, or FW_OK: there is none. */
int scenario_trial_reason(const char *name);

/* Fills these parts, once board and releases are filled. 0, or -1 after a message. */
FW_CHECKED int scenario_trial_fill(struct scenario *scenario,
				   const struct scenario_yaml_file *file);

#endif
