/*
 * A download's journal under power cuts. Every op of a life is cut in every way, in the life after
 * it again, and weak cells read whatever they can: what the journal says is done was begun to be
 * marked since the slot was touched last, and what was marked stays. A failure prints the plan of
 * each life that led to it.
 */
#include "tests/lives_fixture.h"

#include "device-model/firmware/journal.h"

#define SECTOR 64u
#define UNIT   8u
#define PARTS  3u
#define SLOT   1u
#define READS  3u /* weak reads of a life that are chosen one by one */

/* Parts that the journal may name: those marked for sure, and those whose mark was begun. */
struct truth {
	uint32_t sure, begun;
	bool touched; /* the slot, by a download of which the last mark was not begun */
};

struct journal_life {
	struct life life;
	uint32_t parts; /* to be marked */
	struct truth truth;
};

struct bench {
	struct lives lives;
	struct journal journal;
	const uint8_t *digest; /* of the release that it downloads */
	uint32_t slot;	       /* to which */
};

static const uint8_t one[HAL_DIGEST_BYTES] = {1, 2, 3, 4}, two[HAL_DIGEST_BYTES] = {1, 2, 3, 5};
/* A head that would read as blank, were it the digest's first bytes alone. */
static const uint8_t blank[HAL_DIGEST_BYTES] = {0xff, 0xff, 0xff, 0xff};

static void bench_blank(struct bench *bench, struct chip *chip)
{
	lives_blank(&bench->lives, chip, HAL_LOGS + 1, SECTOR, UNIT);
	bench->digest = one;
	bench->slot = SLOT;
	for (uint32_t i = 0; i < HAL_LOGS; i++)
		bench->lives.board.progress[i] =
			(struct hal_region){.offset = i * SECTOR, .size_bytes = SECTOR};
}

/* Opens the journal and marks the life's parts. */
static void bench_download(struct lives *lives)
{
	struct journal_life *life = (struct journal_life *)lives->life;
	struct bench *bench = (struct bench *)lives;
	struct journal *journal = &bench->journal;
	struct hal *hal = &lives->inject.hal;

	if (life->truth.touched && !journal_unfinished(hal, bench->slot))
		lives_fail(lives, "a slot that was touched reads as finished");
	*journal = (struct journal){.digest = bench->digest, .slot = bench->slot, .parts = PARTS};
	assert_int_equal(journal_open(hal, journal), FW_OK);
	if (journal->done < life->truth.sure)
		lives_fail(lives, "what was marked is lost");
	if (journal->done > life->truth.begun)
		lives_fail(lives, "done is what nobody marked since the slot was touched");
	/* From here on the slot is touched behind these parts. */
	life->truth = (struct truth){journal->done, journal->done, journal->done < PARTS};
	while (journal->done < life->parts) {
		/* Stands for the part in the slot: between two marks power can fail, too. */
		assert_int_equal(hal->flash_erase(hal, HAL_LOGS * SECTOR), FW_OK);
		life->truth.begun++;
		life->truth.touched = life->truth.begun < PARTS;
		assert_int_equal(journal_mark(hal, journal), FW_OK);
		life->truth.sure++;
	}
}

static void bench_live(struct bench *bench, struct chip *chip, struct journal_life *life,
		       struct truth truth, uint32_t parts)
{
	life->truth = truth;
	life->parts = parts;
	lives_live(&bench->lives, chip, &life->life, bench_download);
}

/* Lives on from here, whatever weak cells read, and while depth lasts cuts every op in every way.
 */
static void look(struct bench *bench, const struct chip *chip, struct truth truth, uint32_t depth)
{
	struct journal_life *clean = calloc(1, sizeof(*clean)), *life = calloc(1, sizeof(*life));
	uint32_t patterns = chip->flash.weak_sectors ? LIVES_PATTERNS(READS) : 1;
	uint32_t at = bench->lives.count++;

	assert_true(clean && life && at < LIVES_MOST);
	for (uint32_t pattern = 0; pattern < patterns; pattern++) {
		struct plan weak = lives_pattern(pattern, READS);
		struct chip copy;

		clean->life.plan = bench->lives.plans[at] = weak;
		chip_copy(&copy, chip);
		bench_live(bench, &copy, clean, truth, PARTS);
		chip_close(&copy);
		for (uint32_t op = 1; depth && op <= clean->life.ops; op++) {
			struct cut_ways ways = {0};

			cut_ways_list(&ways, &bench->lives.board, &clean->life.op[op], 2);
			for (uint32_t i = 0; i < ways.count; i++) {
				lives_cut(&bench->lives, at, &life->life, &weak, op,
					  ways.extents[i]);
				chip_copy(&copy, chip);
				bench_live(bench, &copy, life, truth, PARTS);
				assert_true(life->life.cut);
				look(bench, &copy, life->truth, depth - 1);
				chip_close(&copy);
			}
			cut_ways_free(&ways);
		}
	}
	bench->lives.count = at;
	free(clean);
	free(life);
}

static void journal_cut_twice_anywhere_tells_the_truth(void **state)
{
	struct bench bench;
	struct chip chip;

	(void)state;
	bench_blank(&bench, &chip);
	look(&bench, &chip, (struct truth){0, 0, false}, 2);
	chip_close(&chip);
}

/* ---- whole lives ---- */

/* A life without a cut: so many parts were done before it, and it marks up to so many. */
static uint32_t bench_whole(struct bench *bench, struct chip *chip, const uint8_t *digest,
			    uint32_t before, uint32_t parts)
{
	struct journal_life *life = calloc(1, sizeof(*life));
	uint32_t ops;

	assert_non_null(life);
	bench->digest = digest;
	bench_live(bench, chip, life, (struct truth){before, before, false}, parts);
	assert_false(life->life.cut);
	ops = life->life.ops;
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

/* The cut may have been in its last mark, which no later life may come to read otherwise. */
static void full_log_moves_and_stays_full(void **state)
{
	struct bench bench;
	struct chip chip;
	uint8_t full[SECTOR];
	uint32_t log;

	(void)state;
	bench_blank(&bench, &chip);
	bench_whole(&bench, &chip, one, 0, PARTS);
	log = bench.journal.log;
	assert_int_equal(flash_read(&chip.flash, log * SECTOR, full, SECTOR), 0);
	/* Whatever the other sector holds. */
	flash_set(&chip.flash, (1 - log) * SECTOR, one, UNIT);
	bench_whole(&bench, &chip, one, PARTS, PARTS);
	assert_true(log_blank(&chip, log));
	assert_true(flash_holds(&chip.flash, (1 - log) * SECTOR, full, SECTOR));
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

static void log_names_its_slot_until_it_is_finished(void **state)
{
	struct bench bench;
	struct chip chip;

	(void)state;
	bench_blank(&bench, &chip);
	assert_false(journal_unfinished(&chip.hal, 0) || journal_unfinished(&chip.hal, 1));
	bench_whole(&bench, &chip, blank, 0, PARTS - 1);
	assert_true(journal_unfinished(&chip.hal, SLOT));
	assert_false(journal_unfinished(&chip.hal, 1 - SLOT));
	bench.slot = 1 - SLOT;
	bench_whole(&bench, &chip, blank, 0, PARTS - 1);
	assert_true(journal_unfinished(&chip.hal, 1 - SLOT));
	assert_false(journal_unfinished(&chip.hal, SLOT));
	bench_whole(&bench, &chip, blank, PARTS - 1, PARTS);
	assert_false(journal_unfinished(&chip.hal, 0) || journal_unfinished(&chip.hal, 1));
	chip_close(&chip);
}

static void log_that_cannot_be_read_is_none(void **state)
{
	struct bench bench;
	struct chip chip;

	(void)state;
	for (uint32_t mute = 0; mute < HAL_LOGS; mute++) {
		struct journal_life life = {.life.plan = {.count = 1}};

		bench_blank(&bench, &chip);
		bench_whole(&bench, &chip, one, 0, 2);
		life.life.plan.faults[0] =
			(struct plan_fault){.kind = PLAN_MUTE, .region = PLAN_PROGRESS_0 + mute};
		bench_live(&bench, &chip, &life, (struct truth){0, 2, false}, PARTS);
		assert_false(life.life.cut);
		assert_int_equal(bench.journal.done, PARTS);
		/* What cannot be read does not say that the slot is finished. */
		assert_true(journal_unfinished(&bench.lives.inject.hal, SLOT));
		assert_true(journal_unfinished(&bench.lives.inject.hal, 1 - SLOT));
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
	assert_int_equal(journal_drop(&chip.hal), FW_OK);
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
		cmocka_unit_test(full_log_moves_and_stays_full),
		cmocka_unit_test(log_of_another_release_is_dropped),
		cmocka_unit_test(log_names_its_slot_until_it_is_finished),
		cmocka_unit_test(log_that_cannot_be_read_is_none),
		cmocka_unit_test(dropped_journal_is_blank),
		cmocka_unit_test(parts_are_as_many_as_a_sector_has_room_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
