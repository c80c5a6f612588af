/*
 * What the rest of a life depends on, in the middle of an op, besides the state that a cut there
 * would leave: the firmware's RAM, what the oracle and the network remember within a life, how weak
 * cells read, and the bytes that nobody reads again once this life is over. Two lives that are
 * alike in all of it go on alike.
 */
#ifndef EXPLORE_MOMENT_H
#define EXPLORE_MOMENT_H

#include "sim/explore/blobs.h"
#include "sim/explore/states.h"

struct moments;

struct moments *moments_open(const struct run_scene *scene);
void moments_close(struct moments *moments);
/* The moment of this run, whose flash is the cursor's, as a blob. */
uint32_t moments_add(struct moments *moments, const struct run *run,
		     const struct states_cursor *cursor, uint32_t choice);
/* Bytes of an op, as a blob. */
uint32_t moments_data(struct moments *moments, const struct inject_op *op);
size_t moments_bytes(const struct moments *moments); /* that they take */

#endif
