/*
 * A download's journal under power cuts. Every op of a life is cut in every way, in the life after
 * it again, and weak cells read whatever they can: what the journal says is done was begun to be
 * marked since the slot was touched last, and what was marked stays. A failure prints the plan of
 * each life that led to it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "device-model/firmware/journal.h"
#include "faults/inject.h"
#include "sim/cut_ways.h"

#define SECTOR	 64u
#define UNIT	 8u
#define PARTS	 3u
#define LIVES	 4u
#define OPS	 32u
#define READS	 3u /* weak reads of a life that are chosen one by one */
#define PATTERNS ((1u << READS) + 1u)

/* Parts that the journal may name: those marked for sure, and those whose mark was begun. */
struct truth {
	uint32_t sure, begun;
};

struct life {
	struct plan plan;
	bool cut;
	struct truth truth;
	uint32_t ops;
	struct inject_op op[OPS];
	uint8_t data[OPS][UNIT];
};

struct bench {
	struct hal_board board;
	struct inject inject;
	struct journal journal;
	jmp_buf off;
	struct life *life;     /* that is lived now */
	const uint8_t *digest; /* of the release that it downloads */
	struct plan plans[LIVES];
	uint32_t lives;
};

static const uint8_t one[HAL_DIGEST_BYTES] = {1, 2, 3, 4}, two[HAL_DIGEST_BYTES] = {1, 2, 3, 5};
/* A head that would read as blank, were it the digest's first bytes alone. */
static const uint8_t blank[HAL_DIGEST_BYTES] = {0xff, 0xff, 0xff, 0xff};

static void bench_fail(const struct bench *bench, const char *what)
{
	char text[PLAN_TEXT_BYTES];

	for (uint32_t i = 0; i < bench->lives; i++) {
		plan_print(&bench->plans[i], text);
		print_error("life %u: %s\n", i + 1, text);
	}
	fail_msg("%s", what);
}

static void bench_op_before(void *context, const struct inject_op *op)
{
	struct bench *bench = context;
	struct life *life = bench->life;

	assert_in_range(op->number, 1, OPS - 1);
	life->ops = op->number;
	life->op[op->number] = *op;
	if (op->data) {
		memcpy(life->data[op->number], op->data, op->size_bytes);
		life->op[op->number].data = life->data[op->number];
	}
}

static void bench_power_off(void *context)
{
	longjmp(((struct bench *)context)->off, 1);
}

static void bench_violation(void *context, enum flash_violation what, uint32_t offset,
			    uint32_t size_bytes)
{
	(void)what;
	(void)offset;
	(void)size_bytes;
	bench_fail(context, "a log is programmed over");
}

static struct hal_region bench_region(const void *context, enum plan_region region)
{
	const struct hal_board *board = context;

	return board->progress[region - PLAN_PROGRESS_0];
}

static void bench_blank(struct bench *bench, struct chip *chip)
{
	memset(bench, 0, sizeof(*bench));
	bench->digest = one;
	bench->board.sector_bytes = SECTOR;
	bench->board.flash_bytes = (HAL_LOGS + 1) * SECTOR;
	bench->board.program_bytes = UNIT;
	for (uint32_t i = 0; i < HAL_LOGS; i++)
		bench->board.progress[i] =
			(struct hal_region){.offset = i * SECTOR, .size_bytes = SECTOR};
	chip_open(chip, &bench->board, 0);
}

/* Opens the journal and marks parts up to so many. Ends early where the plan cuts. */
static void bench_live(struct bench *bench, struct chip *chip, struct life *life, uint32_t parts)
{
	struct inject_places places = {.context = &bench->board, .region = bench_region};

	bench->life = life;
	life->cut = true;
	life->ops = 0;
	inject_open(&bench->inject, chip, &life->plan, &places);
	bench->inject.watch = (struct inject_watch){.context = bench,
						    .op_before = bench_op_before,
						    .power_off = bench_power_off,
						    .violation = bench_violation};
	inject_life(&bench->inject);
	if (setjmp(bench->off))
		return;
	assert_int_equal(journal_open(&bench->inject.hal, bench->digest, PARTS, &bench->journal),
			 FW_OK);
	if (bench->journal.done < life->truth.sure)
		bench_fail(bench, "what was marked is lost");
	if (bench->journal.done > life->truth.begun)
		bench_fail(bench, "done is what nobody marked since the slot was touched");
	/* From here on the slot is touched behind these parts. */
	life->truth = (struct truth){bench->journal.done, bench->journal.done};
	while (bench->journal.done < parts) {
		/* Stands for the part in the slot: between two marks power can fail, too. */
		assert_int_equal(
			bench->inject.hal.flash_erase(&bench->inject.hal, HAL_LOGS * SECTOR),
			FW_OK);
		life->truth.begun++;
		assert_int_equal(journal_mark(&bench->inject.hal, &bench->journal), FW_OK);
		life->truth.sure++;
	}
	life->cut = false;
}

/* Pattern bit i: weak read i of the life reads as before; the last pattern: all read mixed. */
static struct plan pattern_plan(uint32_t pattern)
{
	struct plan plan = {0};
	struct plan_fault weak = {.kind = PLAN_WEAK, .life = 1, .choice = PLAN_BEFORE};

	for (uint32_t i = 0; i < READS && pattern < PATTERNS - 1; i++) {
		weak.read = i + 1;
		if (pattern & 1u << i)
			assert_int_equal(plan_add(&plan, &weak), 0);
	}
	weak.read = 0;
	weak.choice = PLAN_MIX;
	if (pattern == PATTERNS - 1)
		assert_int_equal(plan_add(&plan, &weak), 0);
	return plan;
}

/* Lives on from here, whatever weak cells read, and while depth lasts cuts every op in every way.
 */
static void look(struct bench *bench, const struct chip *chip, struct truth truth, uint32_t depth)
{
	struct life *clean = calloc(1, sizeof(*clean)), *life = calloc(1, sizeof(*life));
	uint32_t at = bench->lives++, patterns = chip->flash.weak_sectors ? PATTERNS : 1;

	assert_true(clean && life && at < LIVES);
	for (uint32_t pattern = 0; pattern < patterns; pattern++) {
		struct chip copy;

		clean->plan = bench->plans[at] = pattern_plan(pattern);
		clean->truth = truth;
		chip_copy(&copy, chip);
		bench_live(bench, &copy, clean, PARTS);
		chip_close(&copy);
		for (uint32_t op = 1; depth && op <= clean->ops; op++) {
			struct cut_ways ways = {0};

			cut_ways_list(&ways, &bench->board, &clean->op[op], 2);
			for (uint32_t i = 0; i < ways.count; i++) {
				struct plan_fault cut = {
					.kind = PLAN_CUT, .op = op, .extent = ways.extents[i]};

				life->plan = clean->plan;
				assert_int_equal(plan_add(&life->plan, &cut), 0);
				bench->plans[at] = life->plan;
				life->truth = truth;
				chip_copy(&copy, chip);
				bench_live(bench, &copy, life, PARTS);
				assert_true(life->cut);
				look(bench, &copy, life->truth, depth - 1);
				chip_close(&copy);
			}
			cut_ways_free(&ways);
		}
	}
	bench->lives = at;
	free(clean);
	free(life);
}

static void journal_cut_twice_anywhere_tells_the_truth(void **state)
{
	struct bench bench;
	struct chip chip;

	(void)state;
	bench_blank(&bench, &chip);
	look(&bench, &chip, (struct truth){0, 0}, 2);
	chip_close(&chip);
}

/* ---- whole lives ---- */

/* A life without a cut: so many parts were done before it, and it marks up to so many. */
static uint32_t bench_whole(struct bench *bench, struct chip *chip, const uint8_t *digest,
			    uint32_t before, uint32_t parts)
{
	struct life *life = calloc(1, sizeof(*life));
	uint32_t ops;

	assert_non_null(life);
	life->truth = (struct truth){before, before};
	bench->digest = digest;
	bench_live(bench, chip, life, parts);
	assert_false(life->cut);
	ops = life->ops;
	free(life);
	return ops;
}

static bool log_blank(const struct chip *chip, uint32_t log)
{
	uint8_t bytes[SECTOR];

	memset(bytes, 0xff, sizeof(bytes));
	return flash_holds(&chip->flash, log * SECTOR, bytes, SECTOR);
}

static void download_that_goes_on_moves_its_log_and_erases_the_old_one(void **state)
{
	struct bench bench;
	struct chip chip;

	(void)state;
	bench_blank(&bench, &chip);
	bench_whole(&bench, &chip, one, 0, 1);
	for (uint32_t i = 0; i < 4; i++) {
		uint32_t log = bench.journal.log;

		bench_whole(&bench, &chip, one, 1, 1);
		assert_int_equal(bench.journal.log, 1 - log);
		assert_true(log_blank(&chip, log));
		assert_false(log_blank(&chip, 1 - log));
	}
	chip_close(&chip);
}

static void full_log_stays_and_alone(void **state)
{
	struct bench bench;
	struct chip chip, copy;
	uint32_t log;

	(void)state;
	bench_blank(&bench, &chip);
	bench_whole(&bench, &chip, one, 0, PARTS);
	log = bench.journal.log;
	chip_copy(&copy, &chip);
	/* Whatever the other sector holds. */
	flash_set(&chip.flash, (1 - log) * SECTOR, one, UNIT);
	assert_int_equal(bench_whole(&bench, &chip, one, PARTS, PARTS), 1);
	assert_true(log_blank(&chip, 1 - log));
	assert_true(flash_equal(&chip.flash, &copy.flash));
	chip_close(&copy);
	chip_close(&chip);
}

static void log_of_another_release_is_dropped(void **state)
{
	static const uint8_t *const others[] = {two, blank};
	struct bench bench;
	struct chip chip;

	(void)state;
	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		for (uint32_t parts = 0; parts <= PARTS; parts++) {
			bench_blank(&bench, &chip);
			bench_whole(&bench, &chip, one, 0, parts);
			bench_whole(&bench, &chip, others[i], 0, 2);
			bench_whole(&bench, &chip, others[i], 2, 2);
			bench_whole(&bench, &chip, one, 0, 1);
			chip_close(&chip);
		}
	}
}

static void log_that_cannot_be_read_is_none(void **state)
{
	struct bench bench;
	struct chip chip;

	(void)state;
	for (uint32_t mute = 0; mute < HAL_LOGS; mute++) {
		struct life life = {.plan = {.count = 1}};

		bench_blank(&bench, &chip);
		bench_whole(&bench, &chip, one, 0, 2);
		life.plan.faults[0] = (struct plan_fault){
			.kind = PLAN_MUTE, .region = PLAN_PROGRESS_0 + mute};
		life.truth.begun = 2;
		bench_live(&bench, &chip, &life, PARTS);
		assert_false(life.cut);
		assert_int_equal(bench.journal.done, PARTS);
		chip_close(&chip);
	}
}

static void dropped_journal_is_blank(void **state)
{
	struct bench bench;
	struct chip chip;

	(void)state;
	bench_blank(&bench, &chip);
	bench_whole(&bench, &chip, one, 0, 2);
	flash_set(&chip.flash, (1 - bench.journal.log) * SECTOR, one, UNIT);
	inject_open(&bench.inject, &chip, &(struct plan){0},
		    &(struct inject_places){.context = &bench.board, .region = bench_region});
	inject_life(&bench.inject);
	assert_int_equal(journal_drop(&bench.inject.hal), FW_OK);
	assert_true(log_blank(&chip, 0) && log_blank(&chip, 1));
	chip_close(&chip);
}

static void parts_are_as_many_as_a_sector_has_room_for(void **state)
{
	static const struct {
		uint32_t sector_bytes, program_bytes, parts;
	} cases[] = {{192, 64, 2}, {512, 128, 3}, {68, 2, 8}, {96, 12, 7}, {4096, 1, 8}};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct hal_board board = {.sector_bytes = cases[i].sector_bytes,
					  .program_bytes = cases[i].program_bytes};

		assert_int_equal(journal_parts(&board), cases[i].parts);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(journal_cut_twice_anywhere_tells_the_truth),
		cmocka_unit_test(download_that_goes_on_moves_its_log_and_erases_the_old_one),
		cmocka_unit_test(full_log_stays_and_alone),
		cmocka_unit_test(log_of_another_release_is_dropped),
		cmocka_unit_test(log_that_cannot_be_read_is_none),
		cmocka_unit_test(dropped_journal_is_blank),
		cmocka_unit_test(parts_are_as_many_as_a_sector_has_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
