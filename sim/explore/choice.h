/*
 * How weak cells read in one life: all alike, but for one place or for the first few reads. A
 * search lives a life for each choice that can matter.
 */
#ifndef EXPLORE_CHOICE_H
#define EXPLORE_CHOICE_H

#include "faults/plan.h"

/* Canonical: two that are equal are equal bytes. */
struct choice {
	uint8_t all; /* an enum plan_choice: what all read */
	uint8_t pad[3];
};

/* The choice after this one in a life that has read weak cells; false: there is none. */
bool choice_next(struct choice *choice);
/* Whether it is one that a search makes. */
bool choice_good(const struct choice *choice);
/* Adds what makes weak cells read so in that life. 0, or -1: the plan is full. */
int choice_plan(const struct choice *choice, uint32_t life, struct plan *plan);

#endif
