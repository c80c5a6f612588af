/*
 * How far a download is: a log in one of two sectors. Its head names the release, by the digest of
 * its manifest, and the slot; each mark after the head says that one more part of the image is in
 * the slot, and the last one, in a place of its own, that the whole of it was verified. A mark is
 * begun after what it says has come true, so one that reads as there is true, weak or not, until
 * the slot is touched.
 *
 * A unit whose program may have been cut is not programmed again, and nothing tells it from a blank
 * one. So a download that goes on first moves its log to the other sector and erases the old one,
 * however blank it reads; only then is the slot touched.
 *
 * So of a slot that a download touched and has not finished the head in one of the logs is firm,
 * and the bootloader, too, can tell it from one that is whole.
 */
#ifndef FIRMWARE_JOURNAL_H
#define FIRMWARE_JOURNAL_H

#include "device-model/hal.h"

#define JOURNAL_PARTS 8u /* at most: a cut costs an eighth of a download */

struct journal {
	const uint8_t *digest; /* the release's */
	uint32_t slot;	       /* where it goes */
	uint32_t parts;	       /* that it comes in: 1 to journal_parts */
	uint32_t log;	       /* the sector in which it is written on */
	uint32_t done;	       /* parts; all: it was verified, too */
};

/*
 * Parts that a log of this board can tell apart: 2 to JOURNAL_PARTS, as a sector that a copy of a
 * record fits in, body and two seals, has room for a head and two marks.
 */
uint32_t journal_parts(const struct hal_board *board);
/*
 * Where the download of journal's digest, slot and parts goes on. Another one's log is dropped, and
 * so is one that cannot be read. Power fails inside: the same parts are done, or none.
 */
FW_CHECKED int journal_open(struct hal *hal, struct journal *journal);
/* One more part is done, or, if it is the last one, verified. Power fails inside: it is, or not. */
FW_CHECKED int journal_mark(struct hal *hal, struct journal *journal);
/*
 * An opened log, from the start: what the slot holds is not what was promised, and so many parts
 * that are done are none. Power fails inside: as many are done as before, or none.
 */
FW_CHECKED int journal_restart(struct hal *hal, struct journal *journal);
/* No download is under way. Power fails inside: call it again. */
FW_CHECKED int journal_drop(struct hal *hal);
/* A download to this slot has not come to its end, or there is no telling. */
bool journal_unfinished(struct hal *hal, uint32_t slot);

#endif
