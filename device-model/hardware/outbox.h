/*
 * Reports that no server has taken yet, in the network module's own storage: what a modem keeps
 * beside the chip. Each stays until it was answered for, so that a report may arrive twice and is
 * lost never; its number tells the server.
 */
#ifndef HARDWARE_OUTBOX_H
#define HARDWARE_OUTBOX_H

#include "device-model/hal.h"

#define OUTBOX_REPORTS	 8u
#define OUTBOX_SAW_BYTES 96u

struct outbox_report {
	struct hal_report report;
	uint32_t reset; /* an enum hal_reset */
	char saw[OUTBOX_SAW_BYTES];
};

/* All zero: no report was ever made. Written as a whole, or not at all. */
struct outbox {
	uint64_t made;		    /* reports so far; the last one has this number */
	uint32_t queued;	    /* of them not answered for yet: the first of reports */
	char saw[OUTBOX_SAW_BYTES]; /* what was not as it should be, last; the next report says it
				     */
	struct outbox_report reports[OUTBOX_REPORTS];
};

/* The next report. FW_ERR_IO: there is no room, and nothing has changed. */
FW_CHECKED int outbox_add(struct outbox *outbox, const struct hal_report *report,
			  enum hal_reset reset);
/* The number of the first one that is queued. */
uint64_t outbox_number(const struct outbox *outbox);
/* The first one that is queued was answered for. */
void outbox_drop(struct outbox *outbox);

#endif
