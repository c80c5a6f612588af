/* The modelled eFuse: cells that rise and never fall, weak ones, and bits by majority of three. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "device-model/hardware/efuse.h"

#define COUNTER_BITS 5u
#define KEYS	     2u

struct bench {
	struct hal_board board;
	struct efuse efuse;
	bool weak_reads; /* what a weak cell reads */
	uint32_t chosen; /* how often that was asked */
};

static bool bench_choose(void *context, uint32_t cell)
{
	struct bench *bench = context;

	(void)cell;
	bench->chosen++;
	return bench->weak_reads;
}

static int bench_open(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	assert_non_null(bench);
	bench->board.counter_bits = COUNTER_BITS;
	bench->board.key_count = KEYS;
	memset(&bench->efuse, 0xa5, sizeof(bench->efuse));
	efuse_open(&bench->efuse, &bench->board);
	bench->efuse.choose = bench_choose;
	bench->efuse.choose_context = bench;
	*state = bench;
	return 0;
}

static int bench_close(void **state)
{
	free(*state);
	return 0;
}

static bool reads(struct bench *bench, uint32_t cell)
{
	bool burnt;

	assert_int_equal(efuse_read(&bench->efuse, cell, &burnt), FW_OK);
	return burnt;
}

static void weaken(struct bench *bench, uint32_t cell)
{
	assert_int_equal(efuse_burn_cut(&bench->efuse, cell, false, true), FW_OK);
}

static void burn_bit(struct bench *bench, uint32_t bit, uint32_t cells)
{
	for (uint32_t i = 0; i < cells; i++)
		assert_int_equal(efuse_burn(&bench->efuse, bit * HAL_EFUSE_CELLS + i), FW_OK);
}

static void blank_bank_has_three_cells_a_bit(void **state)
{
	struct bench *bench = *state;
	uint32_t cells = (COUNTER_BITS + KEYS + 1) * HAL_EFUSE_CELLS;
	bool burnt = true;

	assert_int_equal(bench->efuse.cells, cells);
	for (uint32_t i = 0; i < cells; i++)
		assert_false(reads(bench, i));
	assert_int_equal(efuse_read(&bench->efuse, cells, &burnt), FW_ERR_RANGE);
	assert_true(burnt);
	assert_int_equal(efuse_burn(&bench->efuse, cells), FW_ERR_RANGE);
	assert_int_equal(efuse_burn_cut(&bench->efuse, UINT32_MAX, true, false), FW_ERR_RANGE);
	assert_int_equal(bench->chosen, 0);
}

static void cells_only_rise(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(efuse_burn(&bench->efuse, 4), FW_OK);
	for (uint32_t i = 0; i < bench->efuse.cells; i++)
		assert_int_equal(reads(bench, i), i == 4);
	/* Neither a second burn nor any cut of one takes it back or makes it weak. */
	assert_int_equal(efuse_burn(&bench->efuse, 4), FW_OK);
	weaken(bench, 4);
	assert_int_equal(efuse_burn_cut(&bench->efuse, 4, false, false), FW_OK);
	assert_int_equal(bench->efuse.cell[4], EFUSE_BURNT);
	assert_true(reads(bench, 4));
	assert_int_equal(bench->chosen, 0);
}

static void cut_burn_leaves_nothing_or_a_weak_or_a_whole_cell(void **state)
{
	struct bench *bench = *state;

	assert_int_equal(efuse_burn_cut(&bench->efuse, 0, false, false), FW_OK);
	assert_int_equal(bench->efuse.cell[0], EFUSE_INTACT);
	assert_int_equal(efuse_burn_cut(&bench->efuse, 1, true, false), FW_OK);
	assert_int_equal(bench->efuse.cell[1], EFUSE_BURNT);
	weaken(bench, 2);
	assert_int_equal(bench->efuse.cell[2], EFUSE_WEAK);
}

static void weak_cell_reads_either_way(void **state)
{
	struct bench *bench = *state;

	weaken(bench, 7);
	bench->weak_reads = true;
	assert_true(reads(bench, 7));
	bench->weak_reads = false;
	assert_false(reads(bench, 7));
	assert_int_equal(bench->chosen, 2);
	bench->efuse.choose = NULL;
	assert_true(reads(bench, 7));
	/* A cut that did nothing leaves it weak. */
	assert_int_equal(efuse_burn_cut(&bench->efuse, 7, false, false), FW_OK);
	assert_int_equal(bench->efuse.cell[7], EFUSE_WEAK);
}

static void burn_of_a_weak_cell_makes_it_whole(void **state)
{
	struct bench *bench = *state;

	weaken(bench, 3);
	assert_int_equal(efuse_burn(&bench->efuse, 3), FW_OK);
	bench->weak_reads = false;
	assert_true(reads(bench, 3));
	assert_int_equal(bench->chosen, 0);
}

static void bit_is_the_majority_of_its_three_cells(void **state)
{
	struct bench *bench = *state;

	for (uint32_t pattern = 0; pattern < 8; pattern++) {
		uint32_t votes = 0;

		efuse_open(&bench->efuse, &bench->board);
		for (uint32_t i = 0; i < HAL_EFUSE_CELLS; i++) {
			if (!(pattern & 1u << i))
				continue;
			assert_int_equal(efuse_burn(&bench->efuse, 2 * HAL_EFUSE_CELLS + i), FW_OK);
			votes++;
		}
		assert_int_equal(efuse_bit(&bench->efuse, 2, false), votes >= 2);
		assert_int_equal(efuse_bit(&bench->efuse, 2, true), votes >= 2);
		assert_false(efuse_bit(&bench->efuse, 1, true));
		assert_false(efuse_bit(&bench->efuse, 3, true));
	}
}

static void weak_cells_bound_a_bit_from_both_sides(void **state)
{
	struct bench *bench = *state;

	weaken(bench, 0);
	assert_false(efuse_bit(&bench->efuse, 0, true));
	assert_int_equal(efuse_burn(&bench->efuse, 1), FW_OK);
	assert_true(efuse_bit(&bench->efuse, 0, true));
	assert_false(efuse_bit(&bench->efuse, 0, false));
	assert_int_equal(efuse_burn(&bench->efuse, 2), FW_OK);
	assert_true(efuse_bit(&bench->efuse, 0, false));
	/* An oracle's question is no read. */
	assert_int_equal(bench->chosen, 0);
}

static void counter_is_one_more_than_its_highest_bit(void **state)
{
	struct bench *bench = *state;
	const struct efuse *efuse = &bench->efuse;

	assert_int_equal(efuse_value(efuse, 0, COUNTER_BITS, true), 0);
	for (uint32_t bit = 0; bit < COUNTER_BITS; bit++) {
		burn_bit(bench, bit, 1);
		assert_int_equal(efuse_value(efuse, 0, COUNTER_BITS, true), bit);
		burn_bit(bench, bit, 2);
		assert_int_equal(efuse_value(efuse, 0, COUNTER_BITS, false), bit + 1);
	}
	/* The bits behind are another's. */
	burn_bit(bench, COUNTER_BITS, 3);
	assert_int_equal(efuse_value(efuse, 0, COUNTER_BITS, true), COUNTER_BITS);
	assert_int_equal(efuse_value(efuse, COUNTER_BITS, KEYS, true), 1);
	assert_int_equal(efuse_value(efuse, 0, 2, true), 2);
}

static void counter_with_a_gap_is_its_highest_bit(void **state)
{
	struct bench *bench = *state;

	burn_bit(bench, 3, 2);
	assert_int_equal(efuse_value(&bench->efuse, 0, COUNTER_BITS, false), 4);
}

static void counter_of_weak_cells_lies_between_its_bounds(void **state)
{
	struct bench *bench = *state;

	burn_bit(bench, 0, 3);
	burn_bit(bench, 1, 1);
	weaken(bench, 1 * HAL_EFUSE_CELLS + 1);
	weaken(bench, 3 * HAL_EFUSE_CELLS + 1);
	weaken(bench, 3 * HAL_EFUSE_CELLS + 2);
	assert_int_equal(efuse_value(&bench->efuse, 0, COUNTER_BITS, false), 1);
	assert_int_equal(efuse_value(&bench->efuse, 0, COUNTER_BITS, true), 4);
}

static void flip_is_the_only_way_down(void **state)
{
	struct bench *bench = *state;

	efuse_flip(&bench->efuse, 5);
	assert_true(reads(bench, 5));
	efuse_flip(&bench->efuse, 5);
	assert_false(reads(bench, 5));
	weaken(bench, 5);
	efuse_flip(&bench->efuse, 5);
	assert_int_equal(bench->efuse.cell[5], EFUSE_INTACT);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(blank_bank_has_three_cells_a_bit, bench_open,
						bench_close),
		cmocka_unit_test_setup_teardown(cells_only_rise, bench_open, bench_close),
		cmocka_unit_test_setup_teardown(cut_burn_leaves_nothing_or_a_weak_or_a_whole_cell,
						bench_open, bench_close),
		cmocka_unit_test_setup_teardown(weak_cell_reads_either_way, bench_open,
						bench_close),
		cmocka_unit_test_setup_teardown(burn_of_a_weak_cell_makes_it_whole, bench_open,
						bench_close),
		cmocka_unit_test_setup_teardown(bit_is_the_majority_of_its_three_cells, bench_open,
						bench_close),
		cmocka_unit_test_setup_teardown(weak_cells_bound_a_bit_from_both_sides, bench_open,
						bench_close),
		cmocka_unit_test_setup_teardown(counter_is_one_more_than_its_highest_bit,
						bench_open, bench_close),
		cmocka_unit_test_setup_teardown(counter_with_a_gap_is_its_highest_bit, bench_open,
						bench_close),
		cmocka_unit_test_setup_teardown(counter_of_weak_cells_lies_between_its_bounds,
						bench_open, bench_close),
		cmocka_unit_test_setup_teardown(flip_is_the_only_way_down, bench_open, bench_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
