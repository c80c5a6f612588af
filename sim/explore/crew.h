/*
 * Who lives the lives of states that wait: this process, or several. They share what the search
 * knows when a round begins, and what each of them finds is put into the search in the order in
 * which the states wait: the result is the same for any number of them.
 */
#ifndef EXPLORE_CREW_H
#define EXPLORE_CREW_H

#include "sim/explore/life.h"

#define CREW_JOBS_MAX 256u

/* Lives these states' lives. 0, or -1 and why: a process died. */
int crew_round(struct explore *explore, struct life *life, const uint32_t *states, uint32_t count,
	       char *why, size_t why_bytes);

#endif
