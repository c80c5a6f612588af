/*
 * Downloads of every length that matters, on a bare chip: which sectors are erased, what the slot
 * holds, how much of it is done again after the network failed, and how the log counts it. And what
 * else lies beneath: whole units, the record of the boot control, the eFuse's bits.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "device-model/firmware/bootctl.h"
#include "device-model/firmware/download.h"
#include "device-model/firmware/fuse.h"
#include "device-model/firmware/journal.h"
#include "device-model/firmware/record.h"
#include "device-model/firmware/units.h"
#include "device-model/hardware/chip.h"

#define SECTOR	64u
#define UNIT	8u
#define SECTORS 20u			/* of slot B, so that a mark stands for up to three */
#define BEFORE	(HAL_COPIES + HAL_LOGS) /* sectors before slot B */
#define BEHIND	1u			/* and behind it, which nobody may touch */
#define PIECE	5u			/* that the network delivers at most */

struct bench {
	struct hal_board board;
	struct chip chip;
	uint32_t fails_at; /* from this offset on the network fails */
	uint32_t size_bytes;
	struct manifest_update update;
	struct download download;
	uint8_t digest[HAL_DIGEST_BYTES];
};

static uint8_t image_byte(uint32_t offset)
{
	return (uint8_t)(offset * 7 + offset / 256);
}

static int bench_fetch(void *context, const char *uri, uint32_t uri_bytes, uint32_t offset,
		       void *data, uint32_t size_bytes)
{
	const struct bench *bench = context;
	uint8_t *bytes = data;
	uint32_t part = size_bytes < PIECE ? size_bytes : PIECE;

	assert_int_equal(uri_bytes, 1);
	assert_int_equal(uri[0], 'u');
	assert_in_range(size_bytes, 1, bench->size_bytes - offset);
	if (offset >= bench->fails_at)
		return FW_ERR_IO;
	for (uint32_t at = offset; at < offset + part; at++)
		bytes[at - offset] = image_byte(at);
	return (int)part;
}

static void bench_violation(void *context, enum flash_violation what, uint32_t offset,
			    uint32_t size_bytes)
{
	(void)context;
	fail_msg("violation %d at 0x%x, %u bytes", (int)what, offset, size_bytes);
}

static void bench_open(struct bench *bench, uint32_t size_bytes)
{
	uint8_t zero[UNIT] = {0};

	memset(bench, 0, sizeof(*bench));
	bench->size_bytes = size_bytes;
	bench->fails_at = UINT32_MAX;
	bench->board = (struct hal_board){
		.flash_bytes = (BEFORE + SECTORS + BEHIND) * SECTOR,
		.sector_bytes = SECTOR,
		.program_bytes = UNIT,
		.slot[1] = {BEFORE * SECTOR, SECTORS * SECTOR},
	};
	for (uint32_t i = 0; i < HAL_LOGS; i++)
		bench->board.progress[i] = (struct hal_region){(HAL_COPIES + i) * SECTOR, SECTOR};
	chip_open(&bench->chip, &bench->board, 0);
	bench->chip.flash.violation = bench_violation;
	bench->chip.outside = (struct chip_outside){.fetch = bench_fetch, .context = bench};
	/* Something is there already, which is not to be taken for what comes. */
	for (uint32_t at = BEFORE * SECTOR; at < bench->board.flash_bytes; at += UNIT)
		assert_int_equal(flash_program(&bench->chip.flash, at, zero, UNIT), FW_OK);
	bench->update =
		(struct manifest_update){.size_bytes = size_bytes, .uri = "u", .uri_bytes = 1};
	bench->digest[0] = 1;
	bench->download = (struct download){
		.update = &bench->update, .manifest_digest = bench->digest, .slot = 1};
}

static uint32_t bench_erases(const struct bench *bench)
{
	uint32_t erases = 0;

	for (uint32_t i = 0; i < SECTORS; i++)
		erases += bench->chip.flash.erases[BEFORE + i];
	assert_int_equal(bench->chip.flash.erases[BEFORE + SECTORS], 0);
	return erases;
}

static uint32_t log_erases(const struct bench *bench)
{
	return bench->chip.flash.erases[HAL_COPIES] + bench->chip.flash.erases[HAL_COPIES + 1];
}

static uint32_t up(uint32_t a, uint32_t b)
{
	return (a + b - 1) / b;
}

/* The image, blank up to the end of its last sector, and behind that what was there. */
static void bench_holds(struct bench *bench)
{
	uint32_t end = up(bench->size_bytes, SECTOR) * SECTOR;

	for (uint32_t at = 0; at < (SECTORS + BEHIND) * SECTOR; at++) {
		uint8_t byte, wanted = at < bench->size_bytes ? image_byte(at)
				       : at < end	      ? 0xff
							      : 0;

		assert_int_equal(flash_read(&bench->chip.flash, BEFORE * SECTOR + at, &byte, 1),
				 FW_OK);
		assert_int_equal(byte, wanted);
	}
}

/* Sectors that a mark stands for: a log of seven marks, since its head takes one of eight units. */
static uint32_t part_of(uint32_t sectors)
{
	return up(sectors, 7);
}

/* ---- downloads ---- */

static void every_length_is_fetched_whole_and_no_more_than_its_sectors_are_touched(void **state)
{
	(void)state;
	for (uint32_t size = 1; size <= SECTORS * SECTOR; size++) {
		uint32_t sectors = up(size, SECTOR), erases;
		struct bench bench;
		struct journal *journal = &bench.download.journal;

		bench_open(&bench, size);
		assert_int_equal(download_fetch(&bench.chip.hal, &bench.download), FW_OK);
		assert_int_equal(bench_erases(&bench), sectors);
		bench_holds(&bench);
		/* The last part is done once all of it was verified. */
		assert_int_equal(journal->parts, up(sectors, part_of(sectors)));
		assert_int_equal(journal->done, journal->parts - 1);
		assert_true(journal_unfinished(&bench.chip.hal, 1));
		assert_int_equal(journal_mark(&bench.chip.hal, journal), FW_OK);
		assert_false(journal_unfinished(&bench.chip.hal, 1));
		/* Asked again, all is done, and only the log is written, in its other sector. */
		erases = log_erases(&bench);
		assert_int_equal(download_fetch(&bench.chip.hal, &bench.download), FW_OK);
		assert_int_equal(bench_erases(&bench), sectors);
		assert_int_equal(log_erases(&bench), erases + 2);
		assert_int_equal(journal->done, journal->parts);
		chip_close(&bench.chip);
	}
}

static void network_that_fails_costs_the_parts_that_have_no_mark(void **state)
{
	(void)state;
	for (uint32_t sectors = 1; sectors <= SECTORS; sectors++)
		for (uint32_t at = 0; at < sectors * SECTOR; at += SECTOR / 2) {
			uint32_t part = part_of(sectors), done = at / SECTOR / part * part;
			struct bench bench;

			bench_open(&bench, sectors * SECTOR);
			bench.fails_at = at;
			assert_int_equal(download_fetch(&bench.chip.hal, &bench.download),
					 FW_ERR_IO);
			assert_int_equal(bench_erases(&bench), at / SECTOR + 1);
			bench.fails_at = UINT32_MAX;
			assert_int_equal(download_fetch(&bench.chip.hal, &bench.download), FW_OK);
			assert_int_equal(bench_erases(&bench), at / SECTOR + 1 + sectors - done);
			bench_holds(&bench);
			chip_close(&bench.chip);
		}
}

/* ---- its log ---- */

static void log_counts_what_a_sector_has_room_for(void **state)
{
	(void)state;
	for (uint32_t unit = 1; unit <= 64; unit *= 2)
		for (uint32_t sector = 4 * unit; sector <= 32 * unit; sector += unit) {
			struct hal_board board = {.sector_bytes = sector, .program_bytes = unit};
			uint32_t room = sector / unit - up(4, unit);

			assert_int_equal(journal_parts(&board),
					 room < JOURNAL_PARTS ? room : JOURNAL_PARTS);
		}
}

/* Marks so many parts, opens the log anew, so often, and in between drops it or not. */
static void log_moves_to_the_other_sector_and_back(void **state)
{
	struct bench bench;
	struct journal journal = {.digest = bench.digest, .slot = 1, .parts = 7};
	const uint8_t other[HAL_DIGEST_BYTES] = {2};

	(void)state;
	bench_open(&bench, 1);
	for (uint32_t done = 0; done < 7; done++) {
		assert_int_equal(journal_open(&bench.chip.hal, &journal), FW_OK);
		assert_int_equal(journal.done, done);
		assert_int_equal(journal.log, done % 2);
		/* One log is all that there is. */
		for (uint32_t i = 0; i < SECTOR; i++) {
			uint8_t byte;

			assert_int_equal(
				flash_read(&bench.chip.flash,
					   bench.board.progress[1 - journal.log].offset + i, &byte,
					   1),
				FW_OK);
			assert_int_equal(byte, 0xff);
		}
		assert_int_equal(journal_mark(&bench.chip.hal, &journal), FW_OK);
	}
	assert_int_equal(journal_open(&bench.chip.hal, &journal), FW_OK);
	assert_int_equal(journal.done, 7);
	journal.digest = other;
	assert_int_equal(journal_open(&bench.chip.hal, &journal), FW_OK);
	assert_int_equal(journal.done, 0);
	assert_int_equal(journal_mark(&bench.chip.hal, &journal), FW_OK);
	assert_int_equal(journal_drop(&bench.chip.hal), FW_OK);
	assert_int_equal(journal_open(&bench.chip.hal, &journal), FW_OK);
	assert_int_equal(journal.done, 0);
	chip_close(&bench.chip);
}

static void bytes_are_programmed_in_whole_units_and_none_behind_them(void **state)
{
	(void)state;
	for (uint32_t size = 1; size <= 4 * UNIT; size++) {
		uint8_t *bytes = malloc(size), held[6 * UNIT];
		struct bench bench;

		assert_non_null(bytes);
		memset(bytes, 0, size);
		bench_open(&bench, 1);
		assert_int_equal(UNITS_PROGRAM(&bench.chip.hal, 0, bytes, size), FW_OK);
		assert_int_equal(flash_read(&bench.chip.flash, 0, held, sizeof(held)), FW_OK);
		for (uint32_t i = 0; i < sizeof(held); i++)
			assert_int_equal(held[i], i < size ? 0 : 0xff);
		/* What is behind the last unit can still be programmed. */
		assert_int_equal(
			flash_program(&bench.chip.flash, up(size, UNIT) * UNIT, held, UNIT), FW_OK);
		chip_close(&bench.chip);
		free(bytes);
	}
}

/* ---- bootctl ---- */

/* A record as bootctl.c lays it out: active, pending, attempts, trying, numbers. */
static int ctl_err(uint8_t active, uint8_t pending, uint8_t attempts, uint8_t trying)
{
	uint8_t payload[48] = {active, pending, attempts, trying};
	struct record_store store = {.magic = 0x6c746362u, .payload_bytes = sizeof(payload)};
	struct bootctl *ctl = malloc(sizeof(*ctl));
	struct bench bench;
	int err;

	assert_non_null(ctl);
	bench_open(&bench, 1);
	bench.board.attempts = 3;
	bench.board.sector_bytes = 2 * SECTOR; /* room for body and seals */
	chip_close(&bench.chip);
	for (uint32_t i = 0; i < HAL_COPIES; i++)
		bench.board.bootctl[i] = (struct hal_region){i * 2 * SECTOR, 2 * SECTOR};
	chip_open(&bench.chip, &bench.board, 0);
	store.copy = bench.board.bootctl;
	assert_int_equal(record_save(&bench.chip.hal, &store, payload), FW_OK);
	err = bootctl_load(&bench.chip.hal, ctl);
	if (!err) {
		assert_int_equal(ctl->active, active);
		assert_int_equal(ctl->pending, pending);
		assert_int_equal(ctl->attempts, attempts);
		assert_int_equal(ctl->trying, trying);
	}
	chip_close(&bench.chip);
	free(ctl);
	return err;
}

static void bootctl_that_makes_no_sense_is_none(void **state)
{
	(void)state;
	for (uint32_t active = 0; active <= BOOTCTL_NONE; active++)
		for (uint32_t pending = 0; pending <= BOOTCTL_NONE; pending++) {
			bool slots = (active < 2 || active == BOOTCTL_NONE) &&
				     (pending < 2 || pending == BOOTCTL_NONE);
			bool sense = slots && (pending == BOOTCTL_NONE || pending != active);

			if (active % 8 > 3 || pending % 8 > 3)
				if (active != BOOTCTL_NONE && pending != BOOTCTL_NONE)
					continue; /* as those beside them */
			assert_int_equal(ctl_err((uint8_t)active, (uint8_t)pending, 3, 1),
					 sense ? FW_OK : FW_ERR_RECORD);
		}
	for (uint32_t trying = 0; trying <= 255; trying++)
		assert_int_equal(ctl_err(0, 1, 0, (uint8_t)trying),
				 trying <= 1 ? FW_OK : FW_ERR_RECORD);
	for (uint32_t attempts = 0; attempts <= 255; attempts++)
		assert_int_equal(ctl_err(0, 1, (uint8_t)attempts, 0),
				 attempts <= 3 ? FW_OK : FW_ERR_RECORD);
}

/* The stack is not the record's: what is not there must not be taken from it. */
static void record_that_is_not_there_is_said_to_be_none(void **state)
{
	uint8_t payload[8] = {1, 2, 3};
	struct record_store store = {.magic = 1, .payload_bytes = sizeof(payload)};
	struct bench bench;

	(void)state;
	bench_open(&bench, 1);
	for (uint32_t i = 0; i < HAL_COPIES; i++)
		bench.board.bootctl[i] = (struct hal_region){i * SECTOR, SECTOR};
	store.copy = bench.board.bootctl;
	assert_int_equal(record_load(&bench.chip.hal, &store, payload), FW_ERR_RECORD);
	assert_int_equal(payload[0], 1);
	/* One of another magic or another length is none, and neither is written over. */
	store.payload_bytes = 4;
	assert_int_equal(record_save(&bench.chip.hal, &store, payload), FW_OK);
	store.magic = 2;
	assert_int_equal(record_load(&bench.chip.hal, &store, payload), FW_ERR_RECORD);
	store.magic = 1;
	store.payload_bytes = 3;
	assert_int_equal(record_load(&bench.chip.hal, &store, payload), FW_ERR_RECORD);
	assert_int_equal(bench.chip.flash.erases[0], 1);
	/* A whole record costs no erase. */
	store.payload_bytes = 4;
	assert_int_equal(record_load(&bench.chip.hal, &store, payload), FW_OK);
	for (uint32_t i = 0; i < HAL_COPIES; i++)
		assert_int_equal(bench.chip.flash.erases[i], 1);
	/* One that lost a copy costs that copy's. */
	for (uint32_t i = 0; i < HAL_COPIES; i++) {
		uint32_t erases[HAL_COPIES];

		assert_int_equal(flash_erase(&bench.chip.flash, i * SECTOR), FW_OK);
		memcpy(erases, bench.chip.flash.erases, sizeof(erases));
		assert_int_equal(record_load(&bench.chip.hal, &store, payload), FW_OK);
		for (uint32_t k = 0; k < HAL_COPIES; k++)
			assert_int_equal(bench.chip.flash.erases[k], erases[k] + (k == i));
	}
	chip_close(&bench.chip);
}

/* Three cells a bit, by majority, and none of its neighbours'. */
static void bit_of_the_efuse_is_what_most_of_its_cells_are(void **state)
{
	struct bench bench;

	(void)state;
	for (uint32_t cells = 0; cells < 1u << 12; cells++) {
		uint32_t counter, revoked, bits = 0;

		bench_open(&bench, 1);
		bench.board.counter_bits = 2;
		bench.board.key_count = 2;
		chip_close(&bench.chip);
		chip_open(&bench.chip, &bench.board, 0);
		for (uint32_t cell = 0; cell < 12; cell++)
			if (cells >> cell & 1)
				assert_int_equal(efuse_burn(&bench.chip.efuse, cell), FW_OK);
		for (uint32_t bit = 0; bit < 4; bit++) {
			uint32_t three = cells >> 3 * bit & 7;

			bits |= (uint32_t)((three & (three - 1)) != 0) << bit;
		}
		assert_int_equal(fuse_counter(&bench.chip.hal, &counter), FW_OK);
		assert_int_equal(fuse_revoked(&bench.chip.hal, &revoked), FW_OK);
		assert_int_equal(counter, bits & 2 ? 2 : bits & 1);
		assert_int_equal(revoked, bits >> 2);
		chip_close(&bench.chip);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			every_length_is_fetched_whole_and_no_more_than_its_sectors_are_touched),
		cmocka_unit_test(network_that_fails_costs_the_parts_that_have_no_mark),
		cmocka_unit_test(log_counts_what_a_sector_has_room_for),
		cmocka_unit_test(log_moves_to_the_other_sector_and_back),
		cmocka_unit_test(bytes_are_programmed_in_whole_units_and_none_behind_them),
		cmocka_unit_test(bootctl_that_makes_no_sense_is_none),
		cmocka_unit_test(bit_of_the_efuse_is_what_most_of_its_cells_are),
		cmocka_unit_test(record_that_is_not_there_is_said_to_be_none),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
