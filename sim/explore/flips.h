/*
 * Bits that flip at rest, between two lives: in image headers and TLVs, bootctl and eFuse. Where
 * nobody knows the content nobody reads it, and a flip changes nothing.
 */
#ifndef EXPLORE_FLIPS_H
#define EXPLORE_FLIPS_H

#include <stdint.h>

enum flips_which {
	FLIPS_NONE,
	FLIPS_BYTES, /* one bit of each byte, another one from byte to byte; every eFuse cell */
	FLIPS_BITS   /* every bit */
};

struct flips_bit {
	uint32_t offset; /* in the region; of eFuse, the cell */
	uint8_t region;	 /* an enum plan_region */
	uint8_t bit;
};

struct explore;
struct flips;

struct flips *flips_open(const struct explore *explore);
void flips_close(struct flips *flips);
/* Flips each of the bits in this state, and tells the search. */
void flips_state(struct flips *flips, struct explore *explore, uint32_t state);

#endif
