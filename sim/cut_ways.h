/* The ways of cutting one op: which extents are tried. */
#ifndef SIM_CUT_WAYS_H
#define SIM_CUT_WAYS_H

#include "faults/inject.h"

#define CUT_WAYS_EVERY UINT32_MAX

struct cut_ways {
	uint32_t count, capacity;
	struct plan_extent *extents;
};

/*
 * Nothing; every fifth of an erase from the front and from the back; tears prefixes of a program
 * (or every one, in bootctl to the bit), one that ends inside a byte, one with the word after it
 * weak; an erase that looks done and does not hold; a weak burn; everything but the return. In a
 * fixed order, without two that leave the same cells behind. Grows ways, which starts zeroed and is
 * freed by cut_ways_free.
 */
void cut_ways_list(struct cut_ways *ways, const struct hal_board *board, const struct inject_op *op,
		   uint32_t tears);
/*
 * The same for a device with a volatile cache, which has no weak cells: what the cache holds has
 * come to the cells, or none of it, all but one, only one, only the erases, only the programs, or
 * every other one; in a flush one of them torn as well.
 */
void cut_ways_list_cached(struct cut_ways *ways, const struct flash *flash,
			  const struct inject_op *op, uint32_t tears);
void cut_ways_free(struct cut_ways *ways);

#endif
