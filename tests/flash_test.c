/* The modelled NOR flash: what program and erase do, what a cut in each leaves, what copies share.
 */
#include "tests/flash_fixture.h"

/* ---- whole ops ---- */

static void blank_flash_reads_erased(void **state)
{
	struct bench *bench = *state;

	reads(&bench->flash, 0, 0xff, SECTOR * SECTORS);
	assert_int_equal(flash_wear(&bench->flash), 0);
	assert_true(flash_firm(&bench->flash, 0, SECTOR * SECTORS));
}

static void program_clears_bits_only(void **state)
{
	struct bench *bench = *state;

	flash_flip(&bench->flash, UNIT + 3, 0); /* a bit that is 0 though nobody programmed it */
	fill(&bench->flash, 0, 0xa5, UNIT);
	reads(&bench->flash, 0, 0xa5, UNIT);
	reads(&bench->flash, UNIT + 3, 0xfe, 1);
	reads(&bench->flash, UNIT + 4, 0xff, SECTOR - UNIT - 4);
	/* A cut and a weak program clear bits as well, and set none. */
	program_cut(bench, SECTOR, 0x0f, (struct flash_cut){.bytes = UNIT});
	reads(&bench->flash, SECTOR, 0x0f, UNIT);
}

static void erase_sets_its_sector_alone(void **state)
{
	struct bench *bench = *state;

	for (uint32_t i = 0; i < SECTORS; i++)
		fill(&bench->flash, i * SECTOR, 0x11, SECTOR);
	assert_int_equal(flash_erase(&bench->flash, SECTOR), FW_OK);
	reads(&bench->flash, 0, 0x11, SECTOR);
	reads(&bench->flash, SECTOR, 0xff, SECTOR);
	reads(&bench->flash, 2 * SECTOR, 0x11, 2 * SECTOR);
	fill(&bench->flash, SECTOR, 0x22, SECTOR);
	reads(&bench->flash, SECTOR, 0x22, SECTOR);
}

static void program_off_its_unit_or_range_is_refused(void **state)
{
	struct bench *bench = *state;
	uint32_t end = SECTOR * SECTORS;

	refuses(bench, 1, UNIT, FLASH_MISALIGNED, FW_ERR_ALIGN);
	refuses(bench, 0, UNIT - 1, FLASH_MISALIGNED, FW_ERR_ALIGN);
	refuses(bench, 0, SECTOR + UNIT, FLASH_MISALIGNED, FW_ERR_ALIGN);
	refuses(bench, SECTOR - UNIT, 2 * UNIT, FLASH_MISALIGNED, FW_ERR_ALIGN);
	refuses(bench, 0, 0, FLASH_RANGE, FW_ERR_RANGE);
	refuses(bench, end, UNIT, FLASH_RANGE, FW_ERR_RANGE);
	refuses(bench, end - UNIT, 2 * UNIT, FLASH_RANGE, FW_ERR_RANGE);
	refuses(bench, UINT32_MAX - UNIT + 1, 2 * UNIT, FLASH_RANGE, FW_ERR_RANGE);
	fill(&bench->flash, end - UNIT, 0, UNIT);
}

static void read_and_erase_off_the_flash_are_refused(void **state)
{
	struct bench *bench = *state;
	uint32_t end = SECTOR * SECTORS;
	uint8_t bytes[UNIT] = {7};

	assert_int_equal(flash_read(&bench->flash, end - 1, bytes, 2), FW_ERR_RANGE);
	assert_int_equal(flash_read(&bench->flash, UINT32_MAX, bytes, 2), FW_ERR_RANGE);
	assert_int_equal(bytes[0], 7);
	assert_int_equal(bench->violations, 2);
	assert_int_equal(bench->violation, FLASH_RANGE);
	assert_int_equal(flash_erase(&bench->flash, end), FW_ERR_RANGE);
	assert_int_equal(flash_erase(&bench->flash, UINT32_MAX - SECTOR + 1), FW_ERR_RANGE);
	assert_int_equal(bench->violations, 4);
	assert_int_equal(flash_erase(&bench->flash, UNIT), FW_ERR_ALIGN);
	assert_int_equal(bench->violation, FLASH_MISALIGNED);
	assert_int_equal(flash_wear(&bench->flash), 0);
	assert_int_equal(flash_read(&bench->flash, end, bytes, 0), FW_OK);
}

/* ---- programming what is not erased ---- */

static void touched_unit_is_refused_though_it_reads_erased(void **state)
{
	struct bench *bench = *state;

	fill(&bench->flash, 0, 0xff, UNIT);
	refuses(bench, 0, UNIT, FLASH_NOT_ERASED, FW_ERR_RANGE);
	/* Cut after one byte, which is 0xff. */
	program_cut(bench, UNIT, 0xff, (struct flash_cut){.bytes = 1});
	refuses(bench, UNIT, UNIT, FLASH_NOT_ERASED, FW_ERR_RANGE);
	/* A single bit, which is 1. */
	program_cut(bench, 2 * UNIT, 0xff, (struct flash_cut){.bits = 1});
	refuses(bench, 2 * UNIT, UNIT, FLASH_NOT_ERASED, FW_ERR_RANGE);
	program_cut(bench, 3 * UNIT, 0xff, (struct flash_cut){.weak = true});
	refuses(bench, 3 * UNIT, UNIT, FLASH_NOT_ERASED, FW_ERR_RANGE);
	/* A flip there and back. */
	flash_flip(&bench->flash, 4 * UNIT, 0);
	flash_flip(&bench->flash, 4 * UNIT, 0);
	refuses(bench, 4 * UNIT, UNIT, FLASH_NOT_ERASED, FW_ERR_RANGE);
	reads(&bench->flash, 0, 0xff, SECTOR);
	/* One touched unit is enough to refuse several; its neighbour is free. */
	refuses(bench, 4 * UNIT, 2 * UNIT, FLASH_NOT_ERASED, FW_ERR_RANGE);
	fill(&bench->flash, 5 * UNIT, 0, UNIT);
	/* Nothing of a program happened: nothing was touched. */
	program_cut(bench, 6 * UNIT, 0, (struct flash_cut){0});
	fill(&bench->flash, 6 * UNIT, 0, UNIT);
}

static void sector_of_a_cut_erase_is_refused_though_it_reads_erased(void **state)
{
	static const struct flash_cut cuts[] = {{.bytes = 1},
						{.bytes = SECTOR},
						{.bytes = 1, .back = true},
						{.bytes = 4, .weak = true},
						{.all = true, .weak = true}};
	struct bench *bench = *state;

	for (size_t i = 0; i < sizeof(cuts) / sizeof(cuts[0]); i++) {
		erase_cut(bench, 0, cuts[i]);
		reads(&bench->flash, 0, 0xff, SECTOR);
		for (uint32_t unit = 0; unit < SECTOR; unit += UNIT)
			refuses(bench, unit, UNIT, FLASH_NOT_ERASED, FW_ERR_RANGE);
		assert_int_equal(flash_erase(&bench->flash, 0), FW_OK);
		fill(&bench->flash, 0, 0xff, SECTOR);
		assert_int_equal(flash_erase(&bench->flash, 0), FW_OK);
	}
	/* Of this one nothing happened. */
	erase_cut(bench, 0, (struct flash_cut){0});
	fill(&bench->flash, 0, 0, UNIT);
}

static void what_other_hands_wrote_is_touched_as_far_as_it_reaches(void **state)
{
	struct bench *bench = *state;
	uint8_t bytes[SECTOR + UNIT + 1];

	memset(bytes, 0x42, sizeof(bytes));
	fill(&bench->flash, 0, 0, SECTOR);
	flash_set(&bench->flash, 0, bytes, sizeof(bytes));
	assert_true(flash_holds(&bench->flash, 0, bytes, sizeof(bytes)));
	reads(&bench->flash, sizeof(bytes), 0xff, SECTOR - UNIT - 1);
	refuses(bench, SECTOR + UNIT, UNIT, FLASH_NOT_ERASED, FW_ERR_RANGE);
	fill(&bench->flash, SECTOR + 2 * UNIT, 0, UNIT);
	assert_int_equal(flash_wear(&bench->flash), 0);
}

/* ---- cuts ---- */

static void cut_program_leaves_a_prefix(void **state)
{
	struct bench *bench = *state;

	for (uint32_t landed = 0; landed <= UNIT; landed++) {
		assert_int_equal(flash_erase(&bench->flash, 0), FW_OK);
		program_cut(bench, UNIT, 0x3c, (struct flash_cut){.bytes = landed});
		reads(&bench->flash, 0, 0xff, UNIT);
		reads(&bench->flash, UNIT, 0x3c, landed);
		reads(&bench->flash, UNIT + landed, 0xff, SECTOR - UNIT - landed);
	}
	assert_int_equal(flash_erase(&bench->flash, 0), FW_OK);
	program_cut(bench, UNIT, 0x3c, (struct flash_cut){.all = true});
	reads(&bench->flash, UNIT, 0x3c, UNIT);
	assert_true(flash_firm(&bench->flash, 0, SECTOR));
}

static void cut_program_leaves_the_lowest_bits_of_a_byte(void **state)
{
	struct bench *bench = *state;

	program_cut(bench, 0, 0x00, (struct flash_cut){.bytes = 2, .bits = 3});
	reads(&bench->flash, 0, 0x00, 2);
	reads(&bench->flash, 2, 0xf8, 1);
	reads(&bench->flash, 3, 0xff, UNIT - 3);
	program_cut(bench, UNIT, 0xaa, (struct flash_cut){.bits = 4});
	reads(&bench->flash, UNIT, 0xfa, 1);
	reads(&bench->flash, UNIT + 1, 0xff, UNIT - 1);
}

static void cut_erase_goes_from_the_front_or_from_the_back(void **state)
{
	struct bench *bench = *state;

	fill(&bench->flash, 0, 0x18, SECTOR);
	erase_cut(bench, 0, (struct flash_cut){.bytes = 5});
	reads(&bench->flash, 0, 0xff, 5);
	reads(&bench->flash, 5, 0x18, SECTOR - 5);
	erase_cut(bench, 0, (struct flash_cut){.bytes = 7, .back = true});
	reads(&bench->flash, 5, 0x18, SECTOR - 12);
	reads(&bench->flash, SECTOR - 7, 0xff, 7);
	erase_cut(bench, 0, (struct flash_cut){0});
	erase_cut(bench, 0, (struct flash_cut){.back = true});
	reads(&bench->flash, 5, 0x18, SECTOR - 12);
	assert_int_equal(flash_wear(&bench->flash), 2);
	/* All but the return is an erase like any other. */
	erase_cut(bench, 0, (struct flash_cut){.all = true});
	reads(&bench->flash, 0, 0xff, SECTOR);
	fill(&bench->flash, 0, 0, UNIT);
}

static void cut_op_is_checked_like_a_whole_one(void **state)
{
	static const uint8_t zeros[UNIT];
	struct bench *bench = *state;
	struct flash_cut cut = {.bytes = 1};

	assert_int_equal(flash_program_cut(&bench->flash, 1, zeros, UNIT, &cut), FW_ERR_ALIGN);
	assert_int_equal(flash_program_cut(&bench->flash, SECTOR * SECTORS, zeros, UNIT, &cut),
			 FW_ERR_RANGE);
	fill(&bench->flash, 0, 0xff, UNIT);
	assert_int_equal(flash_program_cut(&bench->flash, 0, zeros, UNIT, &cut), FW_ERR_RANGE);
	assert_int_equal(flash_erase_cut(&bench->flash, UNIT, &cut), FW_ERR_ALIGN);
	assert_int_equal(flash_erase_cut(&bench->flash, SECTOR * SECTORS, &cut), FW_ERR_RANGE);
	assert_int_equal(bench->violations, 5);
	reads(&bench->flash, 0, 0xff, SECTOR * SECTORS);
}

/* ---- at rest, in copies, to an oracle ---- */

static void flip_changes_one_bit_either_way(void **state)
{
	struct bench *bench = *state;

	flash_flip(&bench->flash, SECTOR + 9, 6);
	reads(&bench->flash, SECTOR + 9, 0xbf, 1);
	flash_flip(&bench->flash, SECTOR + 9, 6);
	reads(&bench->flash, 0, 0xff, SECTOR * SECTORS);
}

static void copies_do_not_see_each_other(void **state)
{
	struct bench *bench = *state;
	struct flash copy, third;

	fill(&bench->flash, 0, 0x11, UNIT);
	flash_copy(&copy, &bench->flash);
	flash_copy(&third, &copy);
	assert_ptr_equal(copy.sector[0], bench->flash.sector[0]);
	assert_true(flash_equal(&copy, &bench->flash));
	fill(&copy, UNIT, 0x22, UNIT);
	assert_int_equal(flash_erase(&bench->flash, 0), FW_OK);
	reads(&third, 0, 0x11, UNIT);
	reads(&third, UNIT, 0xff, UNIT);
	reads(&copy, UNIT, 0x22, UNIT);
	reads(&bench->flash, 0, 0xff, 2 * UNIT);
	flash_flip(&third, 3 * SECTOR, 0);
	flash_set(&copy, SECTOR, "x", 1);
	assert_int_equal(flash_erase_cut(&third, 0, &(struct flash_cut){.bytes = 1}), FW_OK);
	reads(&copy, 0, 0x11, UNIT);
	reads(&bench->flash, SECTOR, 0xff, 3 * SECTOR);
	assert_false(flash_equal(&copy, &third));
	assert_int_equal(flash_wear(&third), 1);
	assert_int_equal(flash_wear(&copy), 0);
	flash_close(&copy);
	reads(&third, 1, 0x11, UNIT - 1);
	flash_close(&third);
}

static void equality_sees_bytes_and_touched_units(void **state)
{
	struct bench *bench = *state;
	struct flash copy;

	flash_copy(&copy, &bench->flash);
	flash_flip(&copy, SECTOR * SECTORS - 1, 7);
	assert_false(flash_equal(&copy, &bench->flash));
	flash_flip(&bench->flash, SECTOR * SECTORS - 1, 7);
	assert_true(flash_equal(&copy, &bench->flash));
	/* Reads the same, but can no longer be programmed. */
	fill(&copy, 0, 0xff, UNIT);
	assert_false(flash_equal(&copy, &bench->flash));
	/* Wear is no part of a state. */
	assert_int_equal(flash_erase(&copy, 0), FW_OK);
	assert_true(flash_equal(&copy, &bench->flash));
	copy.program_bytes = UNIT * 2;
	assert_false(flash_equal(&copy, &bench->flash));
	copy.program_bytes = UNIT;
	flash_close(&copy);
}

static void oracle_sees_across_sector_borders(void **state)
{
	struct bench *bench = *state;
	uint8_t bytes[3 * SECTOR];

	memset(bytes, 0xff, sizeof(bytes));
	bytes[SECTOR / 2] = 0x7f;
	bytes[sizeof(bytes) - 1] = 0xfe;
	flash_flip(&bench->flash, SECTOR, 7);
	flash_flip(&bench->flash, SECTOR / 2 + sizeof(bytes) - 1, 0);
	assert_true(flash_holds(&bench->flash, SECTOR / 2, bytes, sizeof(bytes)));
	bytes[sizeof(bytes) - 1] = 0xff;
	assert_false(flash_holds(&bench->flash, SECTOR / 2, bytes, sizeof(bytes)));
	assert_true(flash_holds(&bench->flash, SECTOR / 2, bytes, sizeof(bytes) - 1));
	assert_false(flash_holds(&bench->flash, SECTOR, bytes, 1));
	assert_false(flash_holds(&bench->flash, SECTOR * SECTORS - 1, bytes, 2));
	assert_int_equal(bench->violations, 0);
}

/* ---- wear ---- */

static void worn_sector_fails_to_erase(void **state)
{
	struct bench bench;

	(void)state;
	bench_open_worn(&bench, 3);
	assert_int_equal(flash_erase(&bench.flash, SECTOR), FW_OK);
	fill(&bench.flash, SECTOR, 0x33, UNIT);
	/* Half an erase wears like a whole one; one of which nothing happened does not. */
	erase_cut(&bench, SECTOR, (struct flash_cut){.bytes = 1, .back = true});
	erase_cut(&bench, SECTOR, (struct flash_cut){0});
	assert_int_equal(flash_wear(&bench.flash), 2);
	assert_int_equal(flash_erase(&bench.flash, 2 * SECTOR), FW_OK);
	erase_cut(&bench, SECTOR, (struct flash_cut){.all = true, .weak = true});
	assert_int_equal(flash_wear(&bench.flash), 3);
	assert_int_equal(flash_erase(&bench.flash, SECTOR), FW_ERR_IO);
	assert_int_equal(flash_erase_cut(&bench.flash, SECTOR, &(struct flash_cut){.bytes = 9}),
			 FW_ERR_IO);
	assert_int_equal(flash_wear(&bench.flash), 3);
	assert_int_equal(flash_erase(&bench.flash, 2 * SECTOR), FW_OK);
	assert_int_equal(bench.violations, 0);
	bench_always(&bench, FLASH_BEFORE);
	reads(&bench.flash, SECTOR, 0x33, UNIT);
	flash_close(&bench.flash);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(blank_flash_reads_erased, bench_open, bench_close),
		cmocka_unit_test_setup_teardown(program_clears_bits_only, bench_open, bench_close),
		cmocka_unit_test_setup_teardown(erase_sets_its_sector_alone, bench_open,
						bench_close),
		cmocka_unit_test_setup_teardown(program_off_its_unit_or_range_is_refused,
						bench_open, bench_close),
		cmocka_unit_test_setup_teardown(read_and_erase_off_the_flash_are_refused,
						bench_open, bench_close),
		cmocka_unit_test_setup_teardown(touched_unit_is_refused_though_it_reads_erased,
						bench_open, bench_close),
		cmocka_unit_test_setup_teardown(
			sector_of_a_cut_erase_is_refused_though_it_reads_erased, bench_open,
			bench_close),
		cmocka_unit_test_setup_teardown(
			what_other_hands_wrote_is_touched_as_far_as_it_reaches, bench_open,
			bench_close),
		cmocka_unit_test_setup_teardown(cut_program_leaves_a_prefix, bench_open,
						bench_close),
		cmocka_unit_test_setup_teardown(cut_program_leaves_the_lowest_bits_of_a_byte,
						bench_open, bench_close),
		cmocka_unit_test_setup_teardown(cut_erase_goes_from_the_front_or_from_the_back,
						bench_open, bench_close),
		cmocka_unit_test_setup_teardown(cut_op_is_checked_like_a_whole_one, bench_open,
						bench_close),
		cmocka_unit_test_setup_teardown(flip_changes_one_bit_either_way, bench_open,
						bench_close),
		cmocka_unit_test_setup_teardown(copies_do_not_see_each_other, bench_open,
						bench_close),
		cmocka_unit_test_setup_teardown(equality_sees_bytes_and_touched_units, bench_open,
						bench_close),
		cmocka_unit_test_setup_teardown(oracle_sees_across_sector_borders, bench_open,
						bench_close),
		cmocka_unit_test_setup_teardown(worn_sector_fails_to_erase, bench_open,
						bench_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
