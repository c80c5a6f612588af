/*
 * The faults besides cuts and weak cells: what other hands change at rest, and parts that fail, lie
 * or stick. For inject.c, and for nobody else.
 */
#ifndef FAULTS_INJECT_REST_H
#define FAULTS_INJECT_REST_H

#include "faults/inject.h"

/* What becomes of an op that is not cut. */
enum inject_bad {
	INJECT_FINE,
	INJECT_FAILS, /* nothing happens, and it says so */
	INJECT_LIES,  /* nothing happens, and it says that all has */
	INJECT_HALF,  /* half of it happens, and it says that all has */
	INJECT_LAST,  /* half of it happens, and the power fails */
};

/* The fault happened, in this life. */
void inject_mark(struct inject *inject, uint32_t fault);
/* What the plan has for this op, marked as happened. */
enum inject_bad inject_bad_op(struct inject *inject, const struct inject_op *op);
/* Bits that are stuck are put back to where they stick. */
void inject_stick(struct inject *inject);
/* The region that is read reports failure. */
/* Counts a read of flash or eFuse; true: this one fails. */
bool inject_missed(struct inject *inject);
bool inject_muted(struct inject *inject, uint32_t offset, uint32_t size_bytes);
bool inject_muted_efuse(struct inject *inject);
/* What the clock reads after so many milliseconds of this life. */
uint32_t inject_clock_reads(const struct inject *inject, uint32_t ms);
/* Faults at rest whose time has come: before this life, after an op, after a read. */
void inject_before_life(struct inject *inject);
void inject_after(struct inject *inject, uint32_t op);
void inject_after_read(struct inject *inject, bool efuse, uint32_t offset, uint32_t size_bytes);

#endif
