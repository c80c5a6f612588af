/*
 * What shows that a search can be believed. Before it: the good image runs, and one with a single
 * bit flipped does not. After it: each case that is said to break a rule breaks it when it is run
 * from the start.
 */
#ifndef EXPLORE_CONTROLS_H
#define EXPLORE_CONTROLS_H

#include "sim/explore/explore.h"

/*
 * 0 and the plan of the forged image, or -1 and why: a control failed, so that nothing that the
 * search finds, or does not find, would prove anything.
 */
int controls_run(const struct run_scene *scene, struct plan *forged, char *why, size_t why_bytes);

/*
 * 0, or -1 and why: a violation does not break its rule when its case is run. That is an error of
 * the search itself. Violations that have no case are passed over.
 */
int controls_replay(const struct run_scene *scene, const struct explore_result *result, char *why,
		    size_t why_bytes);

/* A plan holds few faults: a chain of more cuts than that is told without its case. */
bool controls_has_case(const struct plan *plan, uint32_t depth);

#endif
