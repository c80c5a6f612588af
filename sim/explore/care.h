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

/*
 * In a slot, whole sectors are dead as long as a download goes on before them, and live after it:
 * what the journal says decides. So for each content of the progress sectors, which names a
 * context, it is learned from the first life that begins in it which sectors of the slots are
 * looked at before they are erased; after that round the others are taken for dead there, and a
 * look at one of them is told on like any other.
 */
struct care_context;

/* The context of this key; one that was not known is not learned yet. */
struct care_context *care_context(struct care *care, const uint64_t key[4]);
bool care_context_learned(const struct care_context *context);
/* live: of each sector, whether lives from this context looked at it. */
void care_context_learn(struct care *care, struct care_context *context, const bool *live);
/* A round is over: what was learned in it is believed from now on. */
void care_contexts_draw(struct care *care);
/* Sectors that are dead in it; NULL: none is. */
const uint32_t *care_context_dead(const struct care_context *context, uint32_t *count);
/* False: it was not taken for dead; else it is known from the next pass on that it is not. */
bool care_context_look(struct care_context *context, uint32_t sector);

enum care_level care_level(const struct care *care, enum care_region region, uint32_t what);

#endif
