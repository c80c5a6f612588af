/*
 * The smallest plan that still breaks the same rule first: faults are dropped while that goes, and
 * those that stay are made plainer. Each candidate is run from its start and judged like any case.
 */
#ifndef SIM_SHRINK_H
#define SIM_SHRINK_H

#include "sim/run.h"

#define SHRINK_NOTHING	   (-1) /* nothing broke that must not */
#define SHRINK_EXPECTATION (-2) /* the rules held, what the scenario expects did not come true */

struct shrink_result {
	int rule; /* that broke first, or one of the above */
	struct plan plan;
	struct verdict verdict; /* of that plan */
	uint32_t tried;		/* cases run, the given one included */
};

/* 0, or -1: a fault of the given plan did not happen, so that it is no case of this scene. */
int shrink_plan(const struct run_scene *scene, const struct plan *plan,
		struct shrink_result *result);

#endif
