/*
 * Releases that the maker's own tools made: `made: FOLDER` in a scenario puts their very bytes on
 * trial. What the oracle knows of them is still what the scenario says.
 */
#ifndef SIM_SCENARIO_MADE_H
#define SIM_SCENARIO_MADE_H

#include "sim/scenario/scenario_release.h"

/* Reads the image of release i and holds it against the scenario. 0, or -1 after a message. */
FW_CHECKED int scenario_made_image(struct scenario_workshop *shop, uint32_t i);

/* The same for its manifest, and takes over where the image is fetched. */
FW_CHECKED int scenario_made_manifest(struct scenario_workshop *shop, uint32_t i);

#endif
