/*
 * Which ops have been cut from which states: an op from an equal state is not cut again. And who
 * came by first: a life that comes by with equal RAM has the same things before it.
 */
#ifndef EXPLORE_EXPANDED_H
#define EXPLORE_EXPANDED_H

#include "sim/explore/table.h"

/* An op that meets a state. */
struct expanded_op {
	uint32_t state, kind, offset;
	uint32_t data;	/* what a program writes, a blob */
	uint32_t finds; /* what its cuts depend on and the state does not say, a blob */
};

/* A life in the middle of an op. */
struct expanded_life {
	uint32_t before;     /* the state that it would leave */
	uint32_t moment;     /* what it depends on from here on, besides what the op finds */
	uint32_t edge;	     /* what this life comes to */
	uint32_t weak_reads; /* that it has made so far */
};

struct expanded {
	struct table op_table, life_table;
	struct expanded_op *op;
	struct expanded_life *life;
};

void expanded_close(struct expanded *expanded);
/* Whether this op is new to this state. */
bool expanded_add(struct expanded *expanded, const struct expanded_op *op);
/* The life that came by first where this one stands; NULL if it is this one. */
const struct expanded_life *expanded_pass(struct expanded *expanded,
					  const struct expanded_life *life);
void expanded_forget_lives(struct expanded *expanded);
size_t expanded_op_bytes(const struct expanded *expanded); /* that they take */
size_t expanded_life_bytes(const struct expanded *expanded);

#endif
