/*
 * A scenario's releases, made: payloads, images and manifests, signed reproducibly and forged
 * where the YAML says so.
 */
#ifndef SIM_SCENARIO_BUILD_H
#define SIM_SCENARIO_BUILD_H

#include "sim/scenario.h"
#include "sim/scenario/scenario_device.h"
#include "sim/scenario/scenario_yaml.h"

/* Fills releases and offers, once name and board are filled. 0, or -1 after a message. */
FW_CHECKED int scenario_build(struct scenario *scenario, const struct scenario_yaml_file *file,
			      struct scenario_keyring *ring);

#endif
