/*
 * What becomes of the content of a program unit when a life ends, by region and place in the
 * sector, for a search to try from the boldest on. A unit of unknown content stands for every
 * content; if anything looks at one, the guess was wrong, and the search begins again one step more
 * careful about that unit.
 *
 * So what is dead is found out, and not believed: in a search that ends, nothing has looked at
 * anything that was taken for dead, in no life from any state.
 */
#ifndef EXPLORE_CARE_H
#define EXPLORE_CARE_H

#include "device-model/hardware/flash.h"

enum care_level {
	CARE_FORGET, /* unknown when a life ends */
	CARE_TORN,   /* unknown if the op that was cut is in this sector */
	CARE_GUARD,  /* unknown unless another unit, which is read before it, holds a known content
		      */
	CARE_EXACT,  /* kept as it is */
	CARE_LEVELS
};

enum care_region {
	CARE_BOOTCTL,
	CARE_PROGRESS,
	CARE_SLOT_A,
	CARE_SLOT_B,
	CARE_SPARE,
	CARE_REGIONS
};

#define CARE_NONE UINT32_MAX /* no unit */

struct care;

/* exact: nothing is ever taken for dead. */
struct care *care_open(const struct hal_board *board, const struct flash *flash, bool exact);
void care_close(struct care *care);
enum care_region care_region_of(const struct care *care, uint32_t sector);

/* Makes dead units of this sector of the flash unknown. torn: the op that was cut is in there. */
void care_forget(const struct care *care, struct flash *flash, uint32_t index,
		 enum care_region region, bool torn);
/*
 * Something unknown was looked at: what, as flash_forget counts. Before that, in this life, the
 * unit guard of the same sector was read (CARE_NONE: none), which has this content in flash.
 */
void care_look(struct care *care, const struct flash *flash, uint32_t index,
	       enum care_region region, uint32_t what, uint32_t guard);
/* One step more careful about all that was looked at. */
void care_step(struct care *care);

enum care_level care_level(const struct care *care, enum care_region region, uint32_t what);

#endif
