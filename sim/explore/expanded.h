/*
 * Which ops have been cut from which states: an op from an equal state is not cut again. And who
 * came by first: a life that comes by with equal RAM has the same things before it.
 */
#ifndef EXPLORE_EXPANDED_H
#define EXPLORE_EXPANDED_H

#include "faults/inject.h"
#include "sim/explore/blobs.h"

struct expanded;

/* A life in the middle of an op: where it began, and how it stands. */
struct expanded_life {
	uint32_t state;	 /* from which it began */
	uint32_t choice; /* of how its weak cells read */
	uint32_t moment; /* what it depends on from here on, besides what the op finds: a blob */
};

struct expanded *expanded_open(void);
void expanded_close(struct expanded *expanded);
/* Whether this op, of this kind, at this place, with this data (a blob), is new to this state. */
bool expanded_add(struct expanded *expanded, uint32_t state, const struct inject_op *op,
		  uint32_t data);
/*
 * The life that came by first where a cut would leave this state, at the same moment; NULL if it is
 * this one.
 */
const struct expanded_life *expanded_pass(struct expanded *expanded, uint32_t state,
					  const struct expanded_life *life);
size_t expanded_bytes(const struct expanded *expanded); /* that they take */

#endif
