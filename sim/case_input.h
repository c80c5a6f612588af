/*
 * A case as a fuzzer's bytes: any bytes are a case, and every case near one is near in bytes. The
 * first byte chooses a scenario, each CASE_INPUT_FAULT_BYTES after it are a fault that comes on top
 * of the scenario's own plan. Ops count from the cut before, so that cuts always rise.
 */
#ifndef SIM_CASE_INPUT_H
#define SIM_CASE_INPUT_H

#include "sim/scenario.h"

#define CASE_INPUT_FAULT_BYTES 6u
#define CASE_INPUT_BYTES_MAX   (1u + PLAN_FAULTS_MAX * CASE_INPUT_FAULT_BYTES)

/* Scenarios that bytes can choose, by name, from 0 on; NULL: no more. Never reordered. */
const char *case_input_scenario(uint32_t index);
/* The one that these bytes choose. */
uint32_t case_input_choice(const uint8_t *data, size_t size_bytes);
/* The plan that these bytes are in that scenario, its own faults first. */
void case_input_plan(const struct scenario *scenario, const uint8_t *data, size_t size_bytes,
		     struct plan *plan);

/* Leaves in the plan only the faults that happened, bit i: fault i. The others were no part of it.
 */
void case_input_prune(struct plan *plan, uint32_t fired);

/*
 * Which rules must hold in a case of that plan, all of whose faults happened; bit i: rule i. All
 * that the scenario does not excuse under cuts; whoever changes a device at rest may cost
 * availability, but never trust.
 */
uint32_t case_input_rules(const struct scenario *scenario, const struct plan *plan);
/* Whether what the scenario expects must come true as well. */
bool case_input_expects(const struct scenario *scenario, const struct plan *plan);

#endif
