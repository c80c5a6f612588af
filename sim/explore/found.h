/*
 * What lives find, put into the search. A search takes one finding after the other, in the order of
 * the states that wait; who lived the lives, and where, makes no difference to it.
 */
#ifndef EXPLORE_FOUND_H
#define EXPLORE_FOUND_H

#include "sim/explore/explore.h"

/* An op that is about to begin. */
struct found_op {
	uint32_t number, life;
	uint32_t kind, offset, size_bytes;
	uint32_t data;	 /* that it programs, a blob */
	uint32_t finds;	 /* what it finds in flash that the state before it does not say, a blob */
	uint32_t before; /* the state if the power fails before it; STATES_NONE: no known one */
	uint32_t moment; /* at which it begins; MOMENT_NONE: nobody asked */
	uint32_t weak_reads; /* of this life, so far */
	bool cut;	     /* it is to be cut */
	uint8_t pad[3];
};

/* The lives of this state begin. */
void found_state(struct explore *explore, uint32_t state);
/*
 * True: it is to be cut in every other way, too. twin: the life that goes on as this one would from
 * this op on; NULL: it is the first, or nobody asked.
 */
bool found_op(struct explore *explore, const struct found_op *op,
	      const struct expanded_life **twin);
/* A cut of that op led to this state. */
void found_cut(struct explore *explore, const struct found_op *op, const struct plan_extent *extent,
	       uint32_t state);
/* A rule broke: by a cut of this op, or, if that is NULL, in the life itself. */
void found_break(struct explore *explore, const struct choice *choice, enum rule rule,
		 const char *why, const struct found_op *op, const struct plan_extent *extent);
/*
 * Where a break of this rule (RULES: the expectation) on the way through this state is noted: what
 * costs no more than availability after a flip is damage.
 */
struct explore_violation *found_violation(struct explore *explore, uint32_t state, int rule);
/* Something unknown was looked at: what of this sector, after guard, as care_look says. */
void found_look(struct explore *explore, uint32_t sector, uint32_t what, uint32_t guard);
/* A life is over, after this op, and was the device's life number life. */
void found_end(struct explore *explore, const struct explore_edge *edge, uint32_t op,
	       uint32_t life);
/* All lives of the state are over. live: sectors that they looked at; NULL: nothing to learn. */
void found_lived(struct explore *explore, const bool *live);

/* A bit of this state flipped, and that is another one. */
void found_flip(struct explore *explore, uint32_t state, const struct flips_bit *bit,
		uint32_t flipped);
/* The first state of all. */
void found_first(struct explore *explore, uint32_t state);

#endif
