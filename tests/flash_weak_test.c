/* Weak cells of the modelled flash: what they read, who is asked, what heals them, what is shared.
 */
#include "tests/flash_fixture.h"

/* A program of 0x33 over erased cells, of which the word after the first is weak. */
static void weaken(struct bench *bench, uint32_t offset)
{
	program_cut(bench, offset, 0x33, (struct flash_cut){.bytes = FLASH_WORD, .weak = true});
}

static void weak_word_reads_before_after_or_mixed(void **state)
{
	struct bench *bench = *state;

	weaken(bench, UNIT);
	bench_always(bench, FLASH_AFTER);
	reads(&bench->flash, UNIT, 0x33, UNIT);
	bench_always(bench, FLASH_BEFORE);
	reads(&bench->flash, UNIT, 0x33, FLASH_WORD);
	reads(&bench->flash, UNIT + FLASH_WORD, 0xff, FLASH_WORD);
	bench_always(bench, FLASH_MIX);
	reads(&bench->flash, UNIT + FLASH_WORD, 0x77, FLASH_WORD);
	bench->flash.choose = NULL;
	reads(&bench->flash, UNIT, 0x33, UNIT);
	/* At the end of a program no whole word is left. */
	program_cut(bench, 2 * UNIT, 0x33, (struct flash_cut){.bytes = UNIT - 1, .weak = true});
	bench->flash.choose = bench_choose;
	bench_always(bench, FLASH_BEFORE);
	reads(&bench->flash, 2 * UNIT, 0x33, UNIT - 1);
	reads(&bench->flash, 3 * UNIT - 1, 0xff, 2);
}

static void each_weak_place_of_a_read_is_asked_for_once(void **state)
{
	struct bench *bench = *state;
	uint8_t bytes[SECTOR];

	weaken(bench, 0);
	weaken(bench, 2 * UNIT);
	weaken(bench, SECTOR);
	bench_always(bench, FLASH_AFTER);
	bench->choices[0] = FLASH_BEFORE;
	bench->choices[2] = FLASH_BEFORE;
	reads(&bench->flash, UNIT, 0xff, UNIT);
	reads(&bench->flash, 0, 0x33, FLASH_WORD);
	assert_int_equal(bench->chosen, 0);
	assert_int_equal(flash_read(&bench->flash, 0, bytes, SECTOR), FW_OK);
	assert_int_equal(bench->chosen, 2);
	assert_int_equal(bytes[FLASH_WORD], 0xff);
	assert_int_equal(bytes[2 * UNIT + FLASH_WORD], 0x33);
	/* One byte of a weak word is a read of it; a read over a border asks on both sides. */
	reads(&bench->flash, UNIT - 1, 0xff, 1);
	assert_int_equal(bench->chosen, 3);
	assert_int_equal(flash_read(&bench->flash, 2 * UNIT, bytes, SECTOR), FW_OK);
	assert_int_equal(bench->chosen, 5);
}

static void weak_erase_reads_erased_or_as_before(void **state)
{
	struct bench *bench = *state;

	fill(&bench->flash, 0, 0x18, UNIT);
	fill(&bench->flash, SECTOR - UNIT, 0x81, UNIT);
	erase_cut(bench, 0, (struct flash_cut){.all = true, .weak = true});
	bench_always(bench, FLASH_AFTER);
	reads(&bench->flash, 0, 0xff, SECTOR);
	assert_int_equal(bench->chosen, 1);
	bench_always(bench, FLASH_BEFORE);
	reads(&bench->flash, 0, 0x18, UNIT);
	reads(&bench->flash, UNIT, 0xff, SECTOR - 2 * UNIT);
	reads(&bench->flash, SECTOR - UNIT, 0x81, UNIT);
	bench_always(bench, FLASH_MIX);
	reads(&bench->flash, 0, 0x18 | 0xaa, UNIT);
}

static void part_of_an_erase_leaves_the_next_word_weak(void **state)
{
	struct bench *bench = *state;

	fill(&bench->flash, 0, 0x18, SECTOR);
	erase_cut(bench, 0, (struct flash_cut){.bytes = 6, .weak = true});
	bench_always(bench, FLASH_BEFORE);
	reads(&bench->flash, 0, 0xff, 6);
	reads(&bench->flash, 6, 0x18, SECTOR - 6);
	assert_int_equal(bench->chosen, 1);
	bench_always(bench, FLASH_AFTER);
	reads(&bench->flash, 6, 0xff, FLASH_WORD);
	reads(&bench->flash, 6 + FLASH_WORD, 0x18, SECTOR - 6 - FLASH_WORD);
}

static void weak_erase_remembers_what_was_programmed_since_the_last_weak_word(void **state)
{
	struct bench *bench = *state;

	weaken(bench, 0);
	fill(&bench->flash, UNIT, 0x18, UNIT);
	erase_cut(bench, 0, (struct flash_cut){.all = true, .weak = true});
	bench_always(bench, FLASH_BEFORE);
	reads(&bench->flash, 0, 0x33, FLASH_WORD);
	reads(&bench->flash, UNIT, 0x18, UNIT);
}

static void erased_part_of_a_cut_erase_is_no_longer_weak(void **state)
{
	static const struct flash_cut cuts[] = {
		{.bytes = UNIT}, {.bytes = UNIT, .weak = true}, {.bytes = SECTOR, .back = true}};
	struct bench *bench = *state;

	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		fill(&bench->flash, 0, 0x18, SECTOR);
		erase_cut(bench, 0, (struct flash_cut){.bytes = 2, .weak = true});
		bench_always(bench, FLASH_BEFORE);
		reads(&bench->flash, 2, 0x18, FLASH_WORD);
		erase_cut(bench, 0, cuts[i]);
		reads(&bench->flash, 0, 0xff, UNIT);
		assert_int_equal(flash_erase(&bench->flash, 0), FW_OK);
	}
}

static void whole_erase_heals_everything(void **state)
{
	static const struct flash_cut cuts[] = {{.bytes = 6, .weak = true},
						{.all = true, .weak = true}};
	struct bench *bench = *state;

	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		weaken(bench, UNIT);
		erase_cut(bench, 0, cuts[i]);
		assert_false(flash_firm(&bench->flash, 0, SECTOR));
		assert_int_equal(flash_erase(&bench->flash, 0), FW_OK);
		assert_true(flash_firm(&bench->flash, 0, SECTOR));
		bench_always(bench, FLASH_BEFORE);
		reads(&bench->flash, 0, 0xff, SECTOR);
		assert_int_equal(bench->chosen, 0);
		fill(&bench->flash, 0, 0x18, SECTOR);
		reads(&bench->flash, 0, 0x18, SECTOR);
		assert_int_equal(flash_erase(&bench->flash, 0), FW_OK);
	}
	/* Other hands heal as well. */
	weaken(bench, 0);
	flash_set(&bench->flash, 0, "x", 1);
	assert_true(flash_firm(&bench->flash, 0, SECTOR));
	assert_int_equal(bench->flash.weak_sectors, 0);
}

static void flip_changes_a_weak_cell_however_it_reads(void **state)
{
	struct bench *bench = *state;

	weaken(bench, 0);
	flash_flip(&bench->flash, FLASH_WORD, 7);
	bench_always(bench, FLASH_BEFORE);
	reads(&bench->flash, FLASH_WORD, 0x7f, 1);
	bench_always(bench, FLASH_AFTER);
	reads(&bench->flash, FLASH_WORD, 0xb3, 1);
}

/* Cells that can read one way only are not weak, and one place inside another is the same place. */
static void weak_places_are_tidied(void **state)
{
	struct bench *bench = *state;
	uint8_t bytes[SECTOR];

	program_cut(bench, 0, 0xff, (struct flash_cut){.weak = true});
	assert_true(flash_firm(&bench->flash, 0, SECTOR));
	assert_int_equal(bench->flash.weak_sectors, 0);
	assert_int_equal(flash_program_cut(&bench->flash, UNIT, "\xff\x33\xff\xff\0\0\0\0", UNIT,
					   &(struct flash_cut){.weak = true}),
			 FW_OK);
	assert_true(flash_firm(&bench->flash, UNIT, 1));
	assert_false(flash_firm(&bench->flash, UNIT + 1, 1));
	assert_true(flash_firm(&bench->flash, UNIT + 2, UNIT - 2));
	/* A weak erase of it all is one place, asked for once. */
	fill(&bench->flash, 2 * UNIT, 0x18, UNIT);
	erase_cut(bench, 0, (struct flash_cut){.all = true, .weak = true});
	assert_int_equal(flash_read(&bench->flash, 0, bytes, SECTOR), FW_OK);
	assert_int_equal(bench->chosen, 1);
	assert_true(flash_firm(&bench->flash, 3 * UNIT, SECTOR - 3 * UNIT));
}

static void more_weak_places_than_are_kept_apart_all_stay_weak(void **state)
{
	struct bench bench, *own = *state;
	struct hal_board board = own->board;
	struct flash flash;

	/* One unit more than fits: words of a large sector. */
	board.sector_bytes = (FLASH_WEAK_MAX + 3) * UNIT;
	board.flash_bytes = board.sector_bytes;
	flash_open(&flash, &board, 0);
	memset(&bench, 0, sizeof(bench));
	flash.choose = bench_choose;
	flash.choose_context = &bench;
	for (uint32_t at = 0; at < board.sector_bytes; at += UNIT)
		assert_int_equal(flash_program_cut(&flash, at, "\0\0\0\0\0\0\0", UNIT,
						   &(struct flash_cut){.weak = true}),
				 FW_OK);
	bench_always(&bench, FLASH_BEFORE);
	for (uint32_t at = 0; at < board.sector_bytes; at += UNIT) {
		reads(&flash, at, 0xff, UNIT);
		assert_false(flash_firm(&flash, at, FLASH_WORD));
	}
	bench_always(&bench, FLASH_AFTER);
	for (uint32_t at = 0; at < board.sector_bytes; at += UNIT)
		reads(&flash, at, 0x00, FLASH_WORD);
	flash_close(&flash);
}

static void copies_share_weak_cells_until_one_is_written(void **state)
{
	struct bench *bench = *state;
	struct flash copy;

	weaken(bench, 0);
	flash_copy(&copy, &bench->flash);
	assert_true(flash_equal(&copy, &bench->flash));
	/* More weakness here is none there. */
	weaken(bench, UNIT);
	bench_always(bench, FLASH_BEFORE);
	reads(&copy, UNIT, 0xff, UNIT);
	reads(&copy, FLASH_WORD, 0xff, FLASH_WORD);
	assert_true(flash_firm(&copy, UNIT, UNIT));
	/* Healed there, it is still weak here; then the other way round. */
	assert_int_equal(flash_erase(&copy, 0), FW_OK);
	assert_true(flash_firm(&copy, 0, SECTOR));
	assert_false(flash_firm(&bench->flash, 0, SECTOR));
	reads(&bench->flash, UNIT + FLASH_WORD, 0xff, FLASH_WORD);
	flash_close(&copy);
	flash_copy(&copy, &bench->flash);
	assert_int_equal(flash_erase(&bench->flash, 0), FW_OK);
	assert_true(flash_firm(&bench->flash, 0, SECTOR));
	assert_false(flash_firm(&copy, 0, SECTOR));
	reads(&copy, UNIT, 0x33, FLASH_WORD);
	flash_flip(&copy, UNIT, 0);
	reads(&bench->flash, UNIT, 0xff, 1);
	flash_close(&copy);
}

static void equality_sees_weak_cells_and_what_they_were(void **state)
{
	struct bench *bench = *state;
	struct flash copy;

	/* The same bytes and touched units, firm here and weak there. */
	flash_copy(&copy, &bench->flash);
	weaken(bench, 0);
	assert_int_equal(flash_program(&copy, 0, "\x33\x33\x33\x33\x33\x33\x33\x33", UNIT), FW_OK);
	assert_false(flash_equal(&copy, &bench->flash));
	flash_close(&copy);
	/* The same in all but what was there before. */
	flash_copy(&copy, &bench->flash);
	assert_int_equal(flash_erase(&bench->flash, 0), FW_OK);
	fill(&bench->flash, UNIT, 0x18, UNIT);
	erase_cut(bench, 0, (struct flash_cut){.all = true, .weak = true});
	assert_int_equal(flash_erase(&copy, 0), FW_OK);
	assert_int_equal(flash_erase_cut(&copy, 0, &(struct flash_cut){.all = true, .weak = true}),
			 FW_OK);
	assert_false(flash_equal(&copy, &bench->flash));
	flash_close(&copy);
	/* Two that went the same way apart are equal, stale memory of firm cells or not. */
	flash_copy(&copy, &bench->flash);
	assert_int_equal(flash_erase(&bench->flash, 0), FW_OK);
	assert_int_equal(flash_erase(&copy, 0), FW_OK);
	fill(&bench->flash, UNIT, 0x18, UNIT);
	weaken(bench, 0);
	assert_int_equal(flash_program_cut(&copy, 0, "\x33\x33\x33\x33\x33\x33\x33\x33", UNIT,
					   &(struct flash_cut){.bytes = FLASH_WORD, .weak = true}),
			 FW_OK);
	assert_int_equal(flash_program(&copy, UNIT, "\x18\x18\x18\x18\x18\x18\x18\x18", UNIT),
			 FW_OK);
	assert_true(flash_equal(&copy, &bench->flash));
	flash_close(&copy);
}

static void firmness_ends_exactly_at_the_weak_word(void **state)
{
	struct bench *bench = *state;
	uint32_t end = 2 * SECTOR;

	/* The last word of sector 1, and the first of sector 3. */
	weaken(bench, end - UNIT);
	program_cut(bench, 3 * SECTOR, 0x33, (struct flash_cut){.weak = true});
	assert_true(flash_firm(&bench->flash, 0, end - FLASH_WORD));
	assert_false(flash_firm(&bench->flash, 0, end - FLASH_WORD + 1));
	assert_false(flash_firm(&bench->flash, end - 1, 1));
	assert_true(flash_firm(&bench->flash, end, SECTOR));
	assert_false(flash_firm(&bench->flash, end - 1, SECTOR));
	assert_false(flash_firm(&bench->flash, end, SECTOR + 1));
	assert_true(flash_firm(&bench->flash, 3 * SECTOR + FLASH_WORD, SECTOR - FLASH_WORD));
}

static void oracle_takes_weak_cells_as_after(void **state)
{
	struct bench *bench = *state;
	uint8_t bytes[UNIT];

	weaken(bench, 0);
	bench_always(bench, FLASH_BEFORE);
	memset(bytes, 0x33, sizeof(bytes));
	assert_true(flash_holds(&bench->flash, 0, bytes, sizeof(bytes)));
	assert_int_equal(bench->chosen, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(weak_word_reads_before_after_or_mixed, bench_open,
						bench_close),
		cmocka_unit_test_setup_teardown(each_weak_place_of_a_read_is_asked_for_once,
						bench_open, bench_close),
		cmocka_unit_test_setup_teardown(weak_erase_reads_erased_or_as_before, bench_open,
						bench_close),
		cmocka_unit_test_setup_teardown(part_of_an_erase_leaves_the_next_word_weak,
						bench_open, bench_close),
		cmocka_unit_test_setup_teardown(
			weak_erase_remembers_what_was_programmed_since_the_last_weak_word,
			bench_open, bench_close),
		cmocka_unit_test_setup_teardown(erased_part_of_a_cut_erase_is_no_longer_weak,
						bench_open, bench_close),
		cmocka_unit_test_setup_teardown(whole_erase_heals_everything, bench_open,
						bench_close),
		cmocka_unit_test_setup_teardown(flip_changes_a_weak_cell_however_it_reads,
						bench_open, bench_close),
		cmocka_unit_test_setup_teardown(weak_places_are_tidied, bench_open, bench_close),
		cmocka_unit_test_setup_teardown(more_weak_places_than_are_kept_apart_all_stay_weak,
						bench_open, bench_close),
		cmocka_unit_test_setup_teardown(copies_share_weak_cells_until_one_is_written,
						bench_open, bench_close),
		cmocka_unit_test_setup_teardown(equality_sees_weak_cells_and_what_they_were,
						bench_open, bench_close),
		cmocka_unit_test_setup_teardown(firmness_ends_exactly_at_the_weak_word, bench_open,
						bench_close),
		cmocka_unit_test_setup_teardown(oracle_takes_weak_cells_as_after, bench_open,
						bench_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
