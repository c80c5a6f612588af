/*
 * The faults of one case, as data and as text. Grammar, faults joined by commas, "none" for none:
 *
 *   cut=OP+EXTENT      power fails in op OP; EXTENT says how much of it had happened:
 *                        N      the first N bytes           (+0: nothing)
 *                        N.B    N bytes and the B lowest bits of the next one, B from 1 to 7
 *                        N~     N bytes, and the word after them is weak
 *                        all    everything, but the call never returned
 *                        all~   an erase that reads as done and does not hold
 *   cut=OP-N           an erase of which the last N bytes happened
 *   cut=OP+EXTENT/LOST, cut=OP-N/LOST  on a device with a volatile cache: the ops LOST, which were
 *                      not flushed, have not come to the cells; all others have. LOST is ops and
 *                      runs of ops that rise, joined by dots: 130-134.136. If OP is a flush, the
 *                      first N bytes of the first one that is lost have landed
 *   weak=LIFE.READ:CHOICE   what read number READ of weak cells in that life gives
 *   weak=LIFE:CHOICE        every such read in that life
 *   weak=LIFE+:CHOICE       every such read in that life and all later ones
 *   weak=LIFE:REGION:OFFSET.BIT:CHOICE  that one bit in that life, whatever the others read
 *   weak=LIFE+.READ:CHOICE, weak=LIFE+:REGION:OFFSET.BIT:CHOICE  the same in all later lives, too
 *                        CHOICE is before, after (what no plan decides) or mix, which a single
 *                        bit has not
 *   fail=OP            op OP reports failure, and nothing of it has happened
 *   fail=OP:REGION     ... every op in that region after op OP; 0 is the start
 *   lie=OP             op OP reports success, and nothing of it has happened
 *   lie=OP:REGION      ... every op in that region after op OP
 *   mute=OP:REGION     every read of that region after op OP reports failure
 *   miss=READ          read number READ of flash or eFuse reports failure, once; reads are numbered
 *                      from 1 through a whole case
 *   stuck=OP:REGION:OFFSET.BIT:LEVEL  from op OP on the bit is LEVEL, 0 or 1, whatever is done
 *   sag=OP.N           N ops from op OP on happen by half and report success; then the power fails
 *   clock=OP+MS        after op OP the clock jumps ahead by so many milliseconds, in that life
 *   clock=OP-MS        ... or back; it is 32 bits wide and wraps
 *   clock=OP:stops     ... or stands still for ever
 *   flip=WHEN:REGION:OFFSET.BIT  a bit changes at rest
 *   rot=WHEN:REGION:BITS.SEED    so many bits change at rest, which SEED chooses
 *   erase=WHEN:REGION            somebody with a programmer erases a region
 *   write=WHEN:REGION:RELEASE    ... or writes the image of a release into it; a slot
 *   swap=WHEN:REGION:REGION      ... or exchanges two regions of one size
 *   back=WHEN:REGION             ... or puts back what it held at the start
 *   patch=WHEN:REGION:OFFSET:HEX ... or writes bytes, two digits each
 *                        WHEN is an op, after which it happens (0 is the start), or
 *                        lifeN  before life N begins
 *                        rest   once the device has come to rest
 *                        read   right after the firmware first read the place
 *                        jump   at the first jump, after the image was verified
 *                        rest.N, read.N, jump.N  the same at the N-th time, N from 2
 *
 * REGION is slot_a, slot_b, bootctl_0 to bootctl_2, progress_0, progress_1, efuse (OFFSET is then
 * a cell, BIT 0), flash, which is all of it, or bootctl and progress, which are all copies. OFFSET
 * is 0x and hex digits, everything else decimal without leading zeros, so that a plan has one text.
 */
#ifndef FAULTS_PLAN_H
#define FAULTS_PLAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PLAN_FAULTS_MAX 32
#define PLAN_NAME_BYTES 32
#define PLAN_PATCH_MAX	16    /* bytes of one patch */
#define PLAN_SAG_MAX	16    /* ops of one sag */
#define PLAN_ROT_MAX	1024  /* bits of one rot */
#define PLAN_LOST_MAX	64    /* how far before a cut an op can lie that it loses */
#define PLAN_TEXT_BYTES 16384 /* holds the text of any plan */

/* From PLAN_FLIP on: other hands than the firmware's, at rest. */
enum plan_kind {
	PLAN_CUT,
	PLAN_WEAK,
	PLAN_FAIL,
	PLAN_LIE,
	PLAN_MUTE,
	PLAN_MISS,
	PLAN_STUCK,
	PLAN_SAG,
	PLAN_CLOCK,
	PLAN_FLIP,
	PLAN_ROT,
	PLAN_ERASE,
	PLAN_WRITE,
	PLAN_SWAP,
	PLAN_BACK,
	PLAN_PATCH,
	PLAN_KINDS
};

enum plan_region {
	PLAN_SLOT_A,
	PLAN_SLOT_B,
	PLAN_BOOTCTL_0,
	PLAN_BOOTCTL_1,
	PLAN_BOOTCTL_2,
	PLAN_PROGRESS_0,
	PLAN_PROGRESS_1,
	PLAN_EFUSE,
	PLAN_FLASH,
	PLAN_BOOTCTL, /* every copy */
	PLAN_PROGRESS,
	PLAN_REGIONS
};

enum plan_when { PLAN_AT_OP, PLAN_AT_LIFE, PLAN_AT_REST, PLAN_AT_READ, PLAN_AT_JUMP };

enum plan_choice { PLAN_AFTER, PLAN_BEFORE, PLAN_MIX };

/* How much of an op had happened when the power failed. */
struct plan_extent {
	bool all;     /* everything; bytes and bits are then 0 */
	bool back;    /* bytes count from the back; erases only */
	bool weak;    /* the word after the bytes is weak; with all, the whole sector is */
	uint8_t bits; /* of the byte after the bytes */
	uint32_t bytes;
	uint64_t lost; /* bit i: op i + 1 before this one, which was not flushed, has not landed */
};

struct plan_fault {
	enum plan_kind kind;
	uint32_t op; /* cut, sag, and fail and lie of one op: the op; miss: the read; else: after it
		      */
	struct plan_extent extent;     /* cut */
	uint32_t life, read;	       /* weak, and when AT_LIFE; read 0: every */
	bool single;		       /* weak: one bit, at region, offset and bit */
	bool onward;		       /* weak: and in later lives */
	enum plan_choice choice;       /* weak */
	enum plan_when when;	       /* flip and what comes after it; op is 0 but for AT_OP */
	uint32_t nth;		       /* time of rest, read or jump, from 1; otherwise 0 */
	enum plan_region region;       /* fail, lie, miss: PLAN_REGIONS is the one op */
	enum plan_region other;	       /* swap */
	uint32_t offset;	       /* flip, stuck, patch */
	uint8_t bit;		       /* flip, stuck */
	uint8_t level;		       /* stuck */
	uint32_t ops;		       /* sag */
	uint32_t ms;		       /* clock; 0: it stops */
	bool backward;		       /* clock */
	uint32_t bits, seed;	       /* rot */
	uint8_t bytes[PLAN_PATCH_MAX]; /* patch */
	uint32_t bytes_count;
	char release[PLAN_NAME_BYTES]; /* write */
};

struct plan {
	uint32_t count;
	struct plan_fault faults[PLAN_FAULTS_MAX];
};

/*
 * 0, or -1 and in why what is wrong at which character and what was expected. Refused as well:
 * cuts whose ops do not rise, a .B or ~ that no op can have.
 */
int plan_parse(const char *text, struct plan *plan, char *why, size_t why_bytes);
/* The one text of a plan; parses back to an equal plan. */
void plan_print(const struct plan *plan, char text[PLAN_TEXT_BYTES]);
bool plan_equal(const struct plan *a, const struct plan *b);
/* Adds a fault; -1 if the plan is full. */
int plan_add(struct plan *plan, const struct plan_fault *fault);

/*
 * How many bytes at the start of text can be a name (of a release, scenario, specimen or key):
 * a-z, 0-9 and '-', which is not the first. 0: none.
 */
size_t plan_name_bytes(const char *text);

/* "cut=" and so on, "rest" and so on; of AT_LIFE, what stands before the number. */
const char *plan_kind_name(enum plan_kind kind);
const char *plan_when_name(enum plan_when when);
const char *plan_region_name(enum plan_region region);
const char *plan_choice_name(enum plan_choice choice);

#endif
