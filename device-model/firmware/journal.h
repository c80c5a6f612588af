/*
 * How far a download is: a log in one of two sectors. Its head names the release, by the digest of
 * its manifest; each mark after the head says that one more part of the image is in the slot. A
 * mark is begun after the part's last program returned, so one that reads as there is true, weak or
 * not, until the slot is touched.
 *
 * A unit whose program may have been cut is not programmed again, and nothing tells it from a blank
 * one. So a download that goes on first moves its log to the other sector and erases the old one,
 * however blank it reads; only then is the slot touched.
 */
#ifndef FIRMWARE_JOURNAL_H
#define FIRMWARE_JOURNAL_H

#include "device-model/hal.h"

#define JOURNAL_PARTS 8u /* at most: a cut costs an eighth of a download */

struct journal {
	const uint8_t *digest; /* the release's */
	uint32_t log;	       /* the sector in which it is written on */
	uint32_t done;	       /* parts */
};

/*
 * Parts that a log of this board can tell apart: 2 to JOURNAL_PARTS, as a sector that a copy of a
 * record fits in, body and two seals, has room for a head and two marks.
 */
uint32_t journal_parts(const struct hal_board *board);
/*
 * Where the download of the release with this digest, in so many parts, goes on. Another release's
 * log is dropped, and so is one that cannot be read. Power fails inside: the same parts are done,
 * or none.
 */
FW_CHECKED int journal_open(struct hal *hal, const uint8_t *digest, uint32_t parts,
			    struct journal *journal);
/* One more part is done. Power fails inside: it is, or not. */
FW_CHECKED int journal_mark(struct hal *hal, struct journal *journal);
/* No download is under way. Power fails inside: call it again. */
FW_CHECKED int journal_drop(struct hal *hal);

#endif
