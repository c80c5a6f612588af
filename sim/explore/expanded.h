/* Which ops have been cut from which states: an op from an equal state is not cut again. */
#ifndef EXPLORE_EXPANDED_H
#define EXPLORE_EXPANDED_H

#include "faults/inject.h"

struct expanded;

struct expanded *expanded_open(void);
void expanded_close(struct expanded *expanded);
/* True if this op, of this kind, at this place, with this data, was not there for this state. */
bool expanded_add(struct expanded *expanded, uint32_t state, const struct inject_op *op);

#endif
