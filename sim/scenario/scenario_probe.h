/* Probes: what a scenario's YAML changes in a manifest before it is signed, or after. */
#ifndef SIM_SCENARIO_PROBE_H
#define SIM_SCENARIO_PROBE_H

#include "sim/scenario/scenario_yaml.h"
#include "sim/vendor/edit.h"

struct scenario_probe_edits {
	struct edits manifest, image;
};

/*
 * Adds the edits of a text, which may be NULL. An edit is AT-DROP+HEX: at byte AT so many bytes are
 * taken out and these put in; several are joined by commas and done one after the other. 0, or -1.
 */
FW_CHECKED int scenario_edits_read(const char *text, bool after, struct edits *edits);

/* Probe i of attack.probes. 0, or -1 after a message. */
FW_CHECKED int scenario_probe_read(const struct scenario_yaml_file *file, uint32_t i,
				   struct scenario_probe_edits *edits, int *refused);

#endif
