/*
 * Between which ops a cut breaks a rule: the op that was carried out too early opens the window,
 * the one that came too late closes it. So a case says which line had to wait for which.
 */
#ifndef SIM_WINDOW_H
#define SIM_WINDOW_H

#include "sim/run.h"

#define WINDOW_SITE_BYTES 48u

struct window_op {
	uint32_t number; /* 0: there is none */
	char site[WINDOW_SITE_BYTES];
};

struct window {
	struct window_op opens, closes;
};

/*
 * Around the last fault of a plan that breaks the rule, which has to be a cut. False: it is not,
 * or a clean cut there breaks nothing, so that it is no matter of order.
 */
bool window_find(const struct run_scene *scene, const struct plan *plan, enum rule rule,
		 struct window *window);

#endif
