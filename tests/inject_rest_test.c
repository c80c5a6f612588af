/* The fault injector's other faults: at rest, weak cells, hangs; and what it says never happened.
 */
#include "tests/inject_fixture.h"

/* Programs a unit in each life of a plan's, and looks whether all of it happened. */
static bool fires(struct bench *bench, const char *plan)
{
	bench_plan(bench, plan);
	inject_life(&bench->inject);
	assert_int_equal(erase(bench, 0), FW_OK);
	assert_int_equal(program(bench, 0), FW_OK);
	return inject_fired(&bench->inject);
}

static uint8_t read_at(struct bench *bench, uint32_t offset)
{
	uint8_t byte = 0x55;

	assert_int_equal(bench->hal->flash_read(bench->hal, offset, &byte, 1), FW_OK);
	return byte;
}

/* A weak word of zeros at 0, cut in life 1; then a life begins. */
static void bench_weak(struct bench *bench, const char *plan)
{
	assert_int_equal(flash_erase(&bench->chip.flash, 0), FW_OK);
	bench_plan(bench, plan);
	inject_life(&bench->inject);
	assert_int_equal(program(bench, 0), FW_ERR_IO);
	inject_life(&bench->inject);
}

static void plan_of_nothing_has_fired(void **state)
{
	struct bench *bench = *state;

	assert_true(inject_fired(&bench->inject));
	assert_int_equal(bench->inject.fault_life, 0);
}

static void faults_at_rest_after_op_0_come_with_the_first_life(void **state)
{
	struct bench *bench = *state;

	bench_plan(bench, "flip=0:slot_b:0x9.3");
	assert_int_equal(byte_at(bench, SLOT_B + 9), 0xff);
	inject_life(&bench->inject);
	assert_int_equal(byte_at(bench, SLOT_B + 9), 0xf7);
	assert_true(inject_fired(&bench->inject));
	assert_int_equal(bench->inject.fault_life, 1);
	/* Once. */
	inject_life(&bench->inject);
	assert_int_equal(byte_at(bench, SLOT_B + 9), 0xf7);
	assert_int_equal(bench->inject.fault_life, 1);
}

static void faults_at_rest_come_exactly_after_their_op(void **state)
{
	struct bench *bench = *state;

	bench_plan(bench, "flip=2:bootctl_1:0x0.7,flip=3:bootctl_1:0x0.0");
	inject_life(&bench->inject);
	assert_int_equal(program(bench, 0), FW_OK);
	assert_int_equal(byte_at(bench, SECTOR), 0xff);
	assert_int_equal(program(bench, UNIT), FW_OK);
	assert_int_equal(byte_at(bench, SECTOR), 0x7f);
	assert_false(inject_fired(&bench->inject));
	inject_life(&bench->inject);
	assert_int_equal(byte_at(bench, SECTOR), 0x7f);
	assert_int_equal(erase(bench, 0), FW_OK);
	assert_int_equal(byte_at(bench, SECTOR), 0x7e);
	assert_true(inject_fired(&bench->inject));
	assert_int_equal(bench->inject.fault_life, 2);
}

static void fault_at_rest_comes_after_a_cut_op_too(void **state)
{
	struct bench *bench = *state;

	bench_plan(bench, "cut=1+4,flip=1:bootctl_0:0x0.0");
	inject_life(&bench->inject);
	assert_int_equal(program(bench, 0), FW_ERR_IO);
	assert_int_equal(byte_at(bench, 0), 0x01);
	assert_true(inject_fired(&bench->inject));
}

static void cut_is_shown_before_what_changes_at_rest_after_it(void **state)
{
	struct bench *bench = *state;

	bench_plan(bench, "cut=1+4,flip=1:bootctl_0:0x6.0,flip=1:bootctl_0:0x0.0");
	inject_life(&bench->inject);
	assert_int_equal(program(bench, 0), FW_ERR_IO);
	assert_int_equal(bench->shown[0], 0);
	assert_int_equal(bench->shown[6], 0xff);
	assert_int_equal(byte_at(bench, 6), 0xfe);
}

static void flip_of_the_efuse_flips_a_cell(void **state)
{
	struct bench *bench = *state;

	assert_true(fires(bench, "flip=1:efuse:0x4.0"));
	assert_int_equal(bench->chip.efuse.cell[4], EFUSE_BURNT);
	assert_false(fires(bench, "flip=1:efuse:0x12.0"));
}

static void flip_outside_its_region_does_not_fire(void **state)
{
	struct bench *bench = *state;

	assert_true(fires(bench, "flip=1:slot_a:0x3f.0"));
	assert_false(fires(bench, "flip=1:slot_a:0x40.0"));
	assert_int_equal(byte_at(bench, SLOT_B), 0xff);
}

static void erase_at_rest_blanks_its_whole_region(void **state)
{
	struct bench *bench = *state;

	flash_set(&bench->chip.flash, SLOT_B, zeros, 2 * SECTOR);
	flash_set(&bench->chip.flash, SLOT_B + 2 * SECTOR, zeros, SECTOR);
	assert_true(fires(bench, "erase=2:slot_b"));
	for (uint32_t i = 0; i < 2 * SECTOR; i++)
		assert_int_equal(byte_at(bench, SLOT_B + i), 0xff);
	assert_int_equal(byte_at(bench, SLOT_B + 2 * SECTOR), 0);
	assert_int_equal(bench->inject.op, 2);
	/* There is nothing left to erase: that is no fault. */
	assert_false(fires(bench, "erase=2:slot_b"));
	/* One bit in its last sector is enough. */
	flash_flip(&bench->chip.flash, SLOT_B + 2 * SECTOR - 1, 0);
	assert_true(fires(bench, "erase=0:slot_b"));
}

static void write_at_rest_puts_a_release_into_a_slot(void **state)
{
	struct bench *bench = *state;

	assert_true(fires(bench, "write=1:slot_b:small"));
	assert_true(flash_holds(&bench->chip.flash, SLOT_B, zeros, SECTOR + 1));
	assert_int_equal(byte_at(bench, SLOT_B + SECTOR + 1), 0xff);
	assert_false(fires(bench, "write=1:slot_b:small"));
	assert_false(fires(bench, "write=1:slot_b:nobody"));
	assert_int_equal(erase(bench, SLOT_B), FW_OK);
	assert_int_equal(erase(bench, SLOT_B + SECTOR), FW_OK);
	assert_false(fires(bench, "write=1:slot_b:large"));
	assert_int_equal(byte_at(bench, SLOT_B), 0xff);
}

static void fault_after_an_op_that_never_comes_has_not_fired(void **state)
{
	struct bench *bench = *state;

	assert_true(fires(bench, "flip=2:slot_a:0x0.0"));
	assert_false(fires(bench, "flip=3:slot_a:0x0.0"));
	assert_false(fires(bench, "cut=3+0"));
	assert_false(fires(bench, "flip=0:slot_a:0x0.0,cut=3+0"));
	assert_false(fires(bench, "weak=1:before"));
}

static void fault_before_a_life_happens_there(void **state)
{
	struct bench *bench = *state;

	bench_plan(bench, "flip=life2:flash:0x0.0,erase=life3:slot_b");
	inject_life(&bench->inject);
	assert_int_equal(read_at(bench, 0), 0xff);
	assert_int_equal(bench->inject.fired, 0);
	inject_life(&bench->inject);
	assert_int_equal(read_at(bench, 0), 0xfe);
	assert_int_equal(bench->inject.fired, 1);
	assert_int_equal(bench->inject.fault_life, 2);
	inject_life(&bench->inject);
	assert_int_equal(read_at(bench, 0), 0xfe);
}

static void weak_cells_read_as_after_unless_a_plan_says_otherwise(void **state)
{
	struct bench *bench = *state;

	bench_weak(bench, "cut=1+0~");
	assert_int_equal(read_at(bench, 0), 0);
	assert_int_equal(bench->inject.weak_reads, 1);
	assert_true(inject_fired(&bench->inject));
}

static void weak_choice_of_a_life_holds_in_that_life(void **state)
{
	struct bench *bench = *state;

	bench_weak(bench, "cut=1+0~,weak=2:before");
	assert_false(inject_fired(&bench->inject));
	assert_int_equal(read_at(bench, 0), 0xff);
	assert_int_equal(read_at(bench, 3), 0xff);
	assert_true(inject_fired(&bench->inject));
	assert_int_equal(bench->inject.fault_life, 2);
	inject_life(&bench->inject);
	assert_int_equal(bench->inject.weak_reads, 0);
	assert_int_equal(read_at(bench, 0), 0);
	assert_int_equal(bench->inject.fault_life, 2);
	bench_weak(bench, "cut=1+0~,weak=2:mix");
	assert_int_equal(read_at(bench, 0), 0x55);
}

static void weak_choice_onward_holds_in_all_lives_after_it(void **state)
{
	struct bench *bench = *state;

	bench_weak(bench, "cut=1+0~,weak=3+:before");
	assert_int_equal(read_at(bench, 0), 0);
	assert_false(inject_fired(&bench->inject));
	inject_life(&bench->inject);
	for (uint32_t life = 4; life < 6; life++) {
		inject_life(&bench->inject);
		assert_int_equal(read_at(bench, 0), 0xff);
	}
	assert_true(inject_fired(&bench->inject));
	/* It counts where it begins, or lives would never be quiet. */
	assert_int_equal(bench->inject.fault_life, 3);
}

static void weak_choice_of_a_read_holds_for_that_read(void **state)
{
	struct bench *bench = *state;

	bench_weak(bench, "cut=1+0~,weak=2.2:before");
	/* Reads of firm cells are not numbered. */
	assert_int_equal(read_at(bench, UNIT), 0xff);
	assert_int_equal(read_at(bench, 0), 0);
	assert_int_equal(read_at(bench, 1), 0xff);
	assert_int_equal(read_at(bench, 2), 0);
	assert_int_equal(bench->inject.weak_reads, 3);
	inject_life(&bench->inject);
	assert_int_equal(read_at(bench, 0), 0);
	assert_int_equal(read_at(bench, 0), 0);
	assert_true(inject_fired(&bench->inject));
}

static void weak_bit_reads_by_itself(void **state)
{
	struct bench *bench = *state;

	bench_weak(bench, "cut=1+0~,weak=2:flash:0x1.3:before");
	assert_int_equal(read_at(bench, 0), 0);
	assert_false(inject_fired(&bench->inject));
	assert_int_equal(read_at(bench, 1), 8);
	assert_true(inject_fired(&bench->inject));
	inject_life(&bench->inject);
	assert_int_equal(read_at(bench, 1), 0);
	bench_weak(bench, "cut=1+0~,weak=2:before,weak=2:flash:0x1.3:after");
	assert_int_equal(read_at(bench, 0), 0xff);
	assert_int_equal(read_at(bench, 1), 0xf7);
	assert_true(inject_fired(&bench->inject));
	/* A bit that is not weak has nothing to choose from. */
	bench_weak(bench, "cut=1+0~,weak=2:flash:0x4.0:before");
	assert_int_equal(read_at(bench, 4), 0xff);
	assert_false(inject_fired(&bench->inject));
}

static void weak_efuse_cell_reads_by_itself(void **state)
{
	struct bench *bench = *state;
	bool burnt[2];

	bench_plan(bench, "cut=1+0~,cut=2+0~,weak=3:efuse:0x1.0:before");
	for (uint32_t i = 0; i < 2; i++) {
		inject_life(&bench->inject);
		assert_int_equal(bench->hal->efuse_burn(bench->hal, i), FW_ERR_IO);
	}
	inject_life(&bench->inject);
	for (uint32_t i = 0; i < 2; i++)
		assert_int_equal(bench->hal->efuse_read(bench->hal, i, &burnt[i]), FW_OK);
	assert_true(burnt[0]);
	assert_false(burnt[1]);
	assert_true(inject_fired(&bench->inject));
}

static void weak_efuse_cell_has_no_mixture(void **state)
{
	static const char *const plans[] = {"cut=1+0~", "cut=1+0~,weak=2:before",
					    "cut=1+0~,weak=2:mix"};
	struct bench *bench = *state;

	for (uint32_t i = 0; i < 3; i++) {
		bool burnt;

		bench_plan(bench, plans[i]);
		inject_life(&bench->inject);
		assert_int_equal(bench->hal->efuse_burn(bench->hal, i), FW_ERR_IO);
		inject_life(&bench->inject);
		assert_int_equal(bench->hal->efuse_read(bench->hal, i, &burnt), FW_OK);
		assert_int_equal(burnt, i == 0);
		assert_true(inject_fired(&bench->inject));
	}
}

static void life_with_more_calls_than_any_honest_one_hangs(void **state)
{
	struct bench *bench = *state;
	uint32_t most = 100000 + bench->board.flash_bytes;

	/* Each life has the whole of it. */
	for (uint32_t life = 1; life <= 2; life++) {
		inject_life(&bench->inject);
		for (uint32_t i = 0; i < most; i++)
			(void)bench->hal->clock_ms(bench->hal);
		assert_int_equal(bench->hangs, 0);
	}
	bench->hal->watchdog_feed(bench->hal);
	assert_int_equal(bench->hangs, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(plan_of_nothing_has_fired, bench_open, bench_close),
		cmocka_unit_test_setup_teardown(faults_at_rest_after_op_0_come_with_the_first_life,
						bench_open, bench_close),
		cmocka_unit_test_setup_teardown(faults_at_rest_come_exactly_after_their_op,
						bench_open, bench_close),
		cmocka_unit_test_setup_teardown(fault_at_rest_comes_after_a_cut_op_too, bench_open,
						bench_close),
		cmocka_unit_test_setup_teardown(cut_is_shown_before_what_changes_at_rest_after_it,
						bench_open, bench_close),
		cmocka_unit_test_setup_teardown(flip_of_the_efuse_flips_a_cell, bench_open,
						bench_close),
		cmocka_unit_test_setup_teardown(flip_outside_its_region_does_not_fire, bench_open,
						bench_close),
		cmocka_unit_test_setup_teardown(erase_at_rest_blanks_its_whole_region, bench_open,
						bench_close),
		cmocka_unit_test_setup_teardown(write_at_rest_puts_a_release_into_a_slot,
						bench_open, bench_close),
		cmocka_unit_test_setup_teardown(fault_after_an_op_that_never_comes_has_not_fired,
						bench_open, bench_close),
		cmocka_unit_test_setup_teardown(
			weak_cells_read_as_after_unless_a_plan_says_otherwise, bench_open,
			bench_close),
		cmocka_unit_test_setup_teardown(weak_choice_of_a_life_holds_in_that_life,
						bench_open, bench_close),
		cmocka_unit_test_setup_teardown(weak_choice_onward_holds_in_all_lives_after_it,
						bench_open, bench_close),
		cmocka_unit_test_setup_teardown(weak_choice_of_a_read_holds_for_that_read,
						bench_open, bench_close),
		cmocka_unit_test_setup_teardown(fault_before_a_life_happens_there, bench_open,
						bench_close),
		cmocka_unit_test_setup_teardown(weak_bit_reads_by_itself, bench_open, bench_close),
		cmocka_unit_test_setup_teardown(weak_efuse_cell_reads_by_itself, bench_open,
						bench_close),
		cmocka_unit_test_setup_teardown(weak_efuse_cell_has_no_mixture, bench_open,
						bench_close),
		cmocka_unit_test_setup_teardown(life_with_more_calls_than_any_honest_one_hangs,
						bench_open, bench_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
