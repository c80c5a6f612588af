/* What happened, in the words of a report: ops, places, extents, faults, resets. */
#ifndef REPORT_WORDS_H
#define REPORT_WORDS_H

#include "sim/run.h"

#define WORDS_PLACE_BYTES 96
#define WORDS_TEXT_BYTES  256

const char *words_kind(enum inject_kind kind);	   /* "program" */
const char *words_kind_one(enum inject_kind kind); /* "a program" */
const char *words_reset(enum hal_reset cause);
/* Region and offset of where an op begins: "slot_b+0x8800", "efuse cell 7 (counter bit 2)". */
void words_place(const struct scenario *scenario, const struct inject_op *op,
		 char text[WORDS_PLACE_BYTES]);
/* The region that an op is in: "slot_b". */
const char *words_region(const struct scenario *scenario, const struct inject_op *op,
			 uint32_t *offset);
/* What had happened of an op when the power failed: "12 bytes landed". */
void words_cut(const struct inject_op *op, const struct plan_extent *extent,
	       char text[WORDS_TEXT_BYTES]);
/* A fault other than a cut, as it takes effect. */
void words_fault(const struct plan_fault *fault, char text[WORDS_TEXT_BYTES]);
/* What a device told its maker. */
void words_report(const struct hal_report *report, char text[WORDS_TEXT_BYTES]);

#endif
