/* The log of a download: a head, then marks. */
#include "device-model/firmware/journal.h"

#include "device-model/firmware/bytes.h"
#include "device-model/firmware/units.h"

#define JOURNAL_NONE	   UINT32_MAX /* no log of this release */
#define JOURNAL_HEAD_BYTES 4u
#define JOURNAL_SLOT_SHIFT 6u /* in the head's last byte */
#define JOURNAL_SLOT_MASK  0xc0u
#define JOURNAL_MARK	   0x5au /* one byte: what is short has few ways to be half done */

static uint32_t journal_mark_offset(const struct hal_board *board, uint32_t part)
{
	return (units_of(board, JOURNAL_HEAD_BYTES) + part) * board->program_bytes;
}

uint32_t journal_parts(const struct hal_board *board)
{
	uint32_t parts = 0;

	while (parts < JOURNAL_PARTS &&
	       journal_mark_offset(board, parts + 1u) <= board->sector_bytes)
		parts++;
	return parts;
}

static uint8_t journal_slot_bits(uint32_t slot)
{
	return (uint8_t)(slot << JOURNAL_SLOT_SHIFT);
}

/*
 * The first bytes of the digest and the slot, which differ from blank ones. Should two releases
 * have the same, what comes of it does not verify, and the next download starts from nothing.
 */
static void journal_head_make(const struct journal *journal, uint8_t bytes[JOURNAL_HEAD_BYTES])
{
	bytes_copy(bytes, journal->digest, JOURNAL_HEAD_BYTES);
	bytes[JOURNAL_HEAD_BYTES - 1u] &= (uint8_t)~JOURNAL_SLOT_MASK;
	bytes[JOURNAL_HEAD_BYTES - 1u] |= journal_slot_bits(journal->slot);
}

static bool journal_mark_there(struct hal *hal, uint32_t log, uint32_t place)
{
	uint32_t offset = hal->board->progress[log].offset;
	uint8_t mark;

	return hal->flash_read(hal, offset + journal_mark_offset(hal->board, place), &mark, 1) ==
		       FW_OK &&
	       mark == JOURNAL_MARK;
}

static bool journal_end_there(struct hal *hal, uint32_t log)
{
	return journal_mark_there(hal, log, journal_parts(hal->board) - 1u);
}

/* Parts that the log in this sector says are done. A log that cannot be read is none. */
static uint32_t journal_read(struct hal *hal, const struct journal *journal, uint32_t log)
{
	uint8_t head[JOURNAL_HEAD_BYTES], expected[JOURNAL_HEAD_BYTES];
	uint32_t offset = hal->board->progress[log].offset, done = 0;

	journal_head_make(journal, expected);
	if (hal->flash_read(hal, offset, head, sizeof(head)) != FW_OK ||
	    !bytes_equal(head, expected, sizeof(head)))
		return JOURNAL_NONE;
	if (journal_end_there(hal, log))
		return journal->parts;
	while (done + 1u < journal->parts && journal_mark_there(hal, log, done))
		done++;
	return done;
}

int journal_mark(struct hal *hal, struct journal *journal)
{
	uint32_t offset = hal->board->progress[journal->log].offset;
	const uint8_t mark = JOURNAL_MARK;
	uint32_t place = journal->done;

	journal->done++;
	if (journal->done == journal->parts)
		place = journal_parts(hal->board) - 1u;
	return UNITS_PROGRAM(hal, offset + journal_mark_offset(hal->board, place), &mark, 1);
}

/* A log of this release, with so many parts done, in a sector that becomes blank first. */
static int journal_write(struct hal *hal, struct journal *journal, uint32_t done)
{
	uint32_t offset = hal->board->progress[journal->log].offset;
	uint8_t head[JOURNAL_HEAD_BYTES];
	int err = HAL_CHANGE(hal, flash_erase, offset);

	/* A head that came to the cells before its erase would stand in front of old marks. */
	if (!err)
		err = HAL_FLUSH(hal);
	journal_head_make(journal, head);
	if (!err)
		err = UNITS_PROGRAM(hal, offset, head, sizeof(head));
	journal->done = 0;
	while (!err && journal->done < done)
		err = journal_mark(hal, journal);
	return err;
}

/* The log goes to the other sector, with so many parts done, and then from where it was. */
static int journal_move(struct hal *hal, struct journal *journal, uint32_t from, uint32_t done)
{
	int err;

	journal->log = 1u - from;
	err = journal_write(hal, journal, done);
	if (!err)
		err = HAL_CHANGE(hal, flash_erase, hal->board->progress[from].offset);
	return err ? err : HAL_FLUSH(hal);
}

int journal_open(struct hal *hal, struct journal *journal)
{
	uint32_t done[HAL_LOGS], from;

	for (uint32_t log = 0; log < HAL_LOGS; log++)
		done[log] = journal_read(hal, journal, log);
	/* JOURNAL_NONE plus one is less than any number of parts. */
	from = done[1] + 1u >= done[0] + 1u ? 1 : 0;
	/* One that is complete, too: its last mark may be weak, and what it says is to be firm. */
	return journal_move(hal, journal, from, done[from] == JOURNAL_NONE ? 0 : done[from]);
}

int journal_restart(struct hal *hal, struct journal *journal)
{
	return journal_move(hal, journal, journal->log, 0);
}

int journal_drop(struct hal *hal)
{
	int err = HAL_CHANGE(hal, flash_erase, hal->board->progress[0].offset);

	if (!err)
		err = HAL_CHANGE(hal, flash_erase, hal->board->progress[1].offset);
	return err ? err : HAL_FLUSH(hal);
}

bool journal_unfinished(struct hal *hal, uint32_t slot)
{
	for (uint32_t log = 0; log < HAL_LOGS; log++) {
		uint32_t offset = hal->board->progress[log].offset + JOURNAL_HEAD_BYTES - 1u;
		uint8_t last;

		if (hal->flash_read(hal, offset, &last, 1) != FW_OK)
			return true;
		if ((last & JOURNAL_SLOT_MASK) == journal_slot_bits(slot) &&
		    !journal_end_there(hal, log))
			return true;
	}
	return false;
}
