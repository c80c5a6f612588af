/* Parts that fail, lie or stick, and other hands that come at rest, at a read and at a jump. */
#include "tests/inject_fixture.h"

static uint8_t read_at(struct bench *bench, uint32_t offset)
{
	uint8_t byte = 0x55;

	assert_int_equal(bench->hal->flash_read(bench->hal, offset, &byte, 1), FW_OK);
	return byte;
}

/* The plan's first life. */
static struct bench *begin(void **state, const char *plan)
{
	struct bench *bench = *state;

	bench_plan(bench, plan);
	inject_life(&bench->inject);
	return bench;
}

static void op_that_fails_does_nothing_and_says_so_once(void **state)
{
	struct bench *bench = begin(state, "fail=1");

	assert_int_equal(program(bench, 0), FW_ERR_IO);
	assert_int_equal(byte_at(bench, 0), 0xff);
	assert_true(inject_fired(&bench->inject));
	assert_int_equal(program(bench, 0), FW_OK);
	assert_int_equal(byte_at(bench, 0), 0);
	assert_int_equal(bench->after.number, 2);
}

static void region_that_fails_fails_after_its_op_and_nowhere_else(void **state)
{
	struct bench *bench = begin(state, "fail=1:slot_b");

	assert_int_equal(program(bench, SLOT_B), FW_OK);
	assert_false(inject_fired(&bench->inject));
	assert_int_equal(program(bench, SLOT_B + UNIT), FW_ERR_IO);
	assert_int_equal(erase(bench, SLOT_B), FW_ERR_IO);
	assert_int_equal(byte_at(bench, SLOT_B), 0);
	assert_int_equal(program(bench, 0), FW_OK);
	assert_true(inject_fired(&bench->inject));
	inject_life(&bench->inject);
	assert_int_equal(program(bench, SLOT_B + UNIT), FW_ERR_IO);
	/* It counts as a fault where it begins, or the device could never come to rest. */
	assert_int_equal(bench->inject.fault_life, 1);
}

static void op_that_lies_does_nothing_and_reports_success(void **state)
{
	struct bench *bench = begin(state, "lie=1");

	assert_int_equal(program(bench, 0), FW_OK);
	assert_int_equal(byte_at(bench, 0), 0xff);
	assert_true(inject_fired(&bench->inject));
}

static void erase_that_lies_is_programmed_over(void **state)
{
	struct bench *bench = begin(state, "patch=0:bootctl_0:0x0:f0,lie=1");

	assert_int_equal(erase(bench, 0), FW_OK);
	assert_int_equal(byte_at(bench, 0), 0xf0);
	assert_int_equal(program(bench, 0), FW_OK);
	assert_int_equal(byte_at(bench, 0), 0);
	assert_int_equal(bench->violations, 0);
}

static void efuse_fails_by_its_own_region_alone(void **state)
{
	struct bench *bench = begin(state, "fail=0:efuse");

	assert_int_equal(program(bench, 0), FW_OK);
	assert_false(inject_fired(&bench->inject));
	assert_int_equal(bench->hal->efuse_burn(bench->hal, 1), FW_ERR_IO);
	assert_int_equal(bench->chip.efuse.cell[1], EFUSE_INTACT);
	assert_true(inject_fired(&bench->inject));
}

static void region_that_is_mute_cannot_be_read(void **state)
{
	struct bench *bench = begin(state, "mute=0:slot_b");
	uint8_t byte = 0x55;

	assert_int_equal(read_at(bench, 0), 0xff);
	assert_false(inject_fired(&bench->inject));
	assert_int_equal(bench->hal->flash_read(bench->hal, SLOT_B - 1, &byte, 1), FW_OK);
	assert_int_equal(bench->hal->flash_read(bench->hal, SLOT_B, &byte, 1), FW_ERR_IO);
	assert_true(inject_fired(&bench->inject));
}

static void mute_efuse_cannot_be_read(void **state)
{
	struct bench *bench = begin(state, "mute=0:efuse");
	bool burnt;

	assert_int_equal(bench->hal->efuse_read(bench->hal, 0, &burnt), FW_ERR_IO);
	assert_true(inject_fired(&bench->inject));
}

static void one_read_fails_and_no_other(void **state)
{
	struct bench *bench = begin(state, "miss=3");
	uint8_t byte;
	bool burnt;

	assert_int_equal(bench->hal->flash_read(bench->hal, 0, &byte, 1), FW_OK);
	assert_int_equal(bench->hal->efuse_read(bench->hal, 0, &burnt), FW_OK);
	assert_false(inject_fired(&bench->inject));
	assert_int_equal(bench->hal->flash_read(bench->hal, 0, &byte, 1), FW_ERR_IO);
	assert_true(inject_fired(&bench->inject));
	assert_int_equal(bench->hal->flash_read(bench->hal, 0, &byte, 1), FW_OK);
}

static void bit_stuck_low_survives_an_erase(void **state)
{
	struct bench *bench = begin(state, "stuck=0:bootctl_0:0x1.3:0");

	assert_int_equal(byte_at(bench, 1), 0xf7);
	assert_int_equal(erase(bench, 0), FW_OK);
	assert_int_equal(byte_at(bench, 1), 0xf7);
	/* The firmware was told that the sector is erased, and may program it. */
	assert_int_equal(program(bench, 0), FW_OK);
	assert_int_equal(bench->violations, 0);
	assert_true(inject_fired(&bench->inject));
}

static void bit_stuck_high_survives_a_program(void **state)
{
	struct bench *bench = begin(state, "stuck=0:bootctl_0:0x1.3:1");

	assert_false(inject_fired(&bench->inject));
	assert_int_equal(program(bench, 0), FW_OK);
	assert_int_equal(byte_at(bench, 1), 8);
	assert_true(inject_fired(&bench->inject));
}

static void cell_stuck_intact_does_not_burn(void **state)
{
	struct bench *bench = begin(state, "stuck=0:efuse:0x2.0:0");

	assert_int_equal(bench->hal->efuse_burn(bench->hal, 2), FW_OK);
	assert_int_equal(bench->chip.efuse.cell[2], EFUSE_INTACT);
	assert_true(inject_fired(&bench->inject));
}

static void sag_halves_ops_until_the_power_fails(void **state)
{
	struct bench *bench = begin(state, "sag=1.2");

	assert_int_equal(program(bench, 0), FW_OK);
	assert_int_equal(byte_at(bench, UNIT / 2 - 1), 0);
	assert_int_equal(byte_at(bench, UNIT / 2), 0xff);
	assert_int_equal(bench->offs, 0);
	assert_false(inject_fired(&bench->inject));
	assert_int_equal(program(bench, UNIT), FW_ERR_IO);
	assert_int_equal(byte_at(bench, UNIT + UNIT / 2 - 1), 0);
	assert_int_equal(byte_at(bench, UNIT + UNIT / 2), 0xff);
	assert_int_equal(bench->offs, 1);
	assert_true(inject_fired(&bench->inject));
}

static void hands_at_rest_come_when_they_are_called(void **state)
{
	struct bench *bench = begin(state, "flip=rest:bootctl_0:0x0.0");

	assert_int_equal(program(bench, UNIT), FW_OK);
	assert_int_equal(byte_at(bench, 0), 0xff);
	assert_true(inject_rest(&bench->inject));
	assert_int_equal(byte_at(bench, 0), 0xfe);
	assert_true(inject_fired(&bench->inject));
	/* Once. */
	assert_false(inject_rest(&bench->inject));
	assert_int_equal(byte_at(bench, 0), 0xfe);
}

static void hands_at_a_read_come_after_the_first_of_that_place(void **state)
{
	struct bench *bench = begin(state, "flip=read:bootctl_0:0x4.0");

	assert_int_equal(read_at(bench, 3), 0xff);
	assert_false(inject_fired(&bench->inject));
	assert_int_equal(read_at(bench, 4), 0xff);
	assert_true(inject_fired(&bench->inject));
	assert_int_equal(read_at(bench, 4), 0xfe);
	assert_int_equal(read_at(bench, 4), 0xfe);
}

static void swap_exchanges_what_lies_there(void **state)
{
	struct bench *bench = begin(state, "swap=1:bootctl_0:slot_a");

	assert_int_equal(program(bench, 0), FW_OK);
	assert_int_equal(byte_at(bench, 0), 0xff);
	assert_int_equal(byte_at(bench, 4 * SECTOR), 0);
	assert_true(inject_fired(&bench->inject));
	/* The blank sector that came can be programmed. */
	assert_int_equal(program(bench, 0), FW_OK);
	assert_int_equal(bench->violations, 0);
}

static void swap_of_other_sizes_or_of_equals_does_not_fire(void **state)
{
	struct bench *bench = begin(state, "swap=1:slot_a:slot_b");

	assert_int_equal(program(bench, 0), FW_OK);
	assert_false(inject_fired(&bench->inject));
	bench = begin(state, "swap=1:bootctl_0:slot_a");
	assert_int_equal(erase(bench, 0), FW_OK);
	assert_false(inject_fired(&bench->inject));
}

static void back_puts_back_what_was_there_at_the_start(void **state)
{
	struct bench *bench = begin(state, "back=2:flash");

	assert_int_equal(program(bench, 0), FW_OK);
	assert_int_equal(program(bench, SLOT_B), FW_OK);
	assert_int_equal(byte_at(bench, 0), 0xff);
	assert_int_equal(byte_at(bench, SLOT_B), 0xff);
	assert_true(inject_fired(&bench->inject));
	assert_int_equal(program(bench, 0), FW_OK);
	assert_int_equal(bench->violations, 0);
}

static void patch_writes_its_bytes_and_touches_no_others(void **state)
{
	struct bench *bench = begin(state, "patch=0:bootctl_0:0x7:00ff0f");

	assert_int_equal(byte_at(bench, 6), 0xff);
	assert_int_equal(byte_at(bench, 7), 0);
	assert_int_equal(byte_at(bench, 8), 0xff);
	assert_int_equal(byte_at(bench, 9), 0x0f);
	assert_true(inject_fired(&bench->inject));
	assert_int_equal(program(bench, 2 * UNIT), FW_OK);
	assert_int_equal(bench->violations, 0);
}

static void patch_that_changes_nothing_or_does_not_fit_does_not_fire(void **state)
{
	struct bench *bench = begin(state, "patch=0:bootctl_0:0x7:ffff");

	assert_false(inject_fired(&bench->inject));
	bench = begin(state, "patch=0:bootctl_0:0x3f:0000");
	assert_false(inject_fired(&bench->inject));
	assert_int_equal(byte_at(bench, 0x3f), 0xff);
}

#define TEST(test) cmocka_unit_test_setup_teardown(test, bench_open, bench_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(op_that_fails_does_nothing_and_says_so_once),
		TEST(region_that_fails_fails_after_its_op_and_nowhere_else),
		TEST(op_that_lies_does_nothing_and_reports_success),
		TEST(erase_that_lies_is_programmed_over),
		TEST(efuse_fails_by_its_own_region_alone),
		TEST(region_that_is_mute_cannot_be_read),
		TEST(mute_efuse_cannot_be_read),
		TEST(one_read_fails_and_no_other),
		TEST(bit_stuck_low_survives_an_erase),
		TEST(bit_stuck_high_survives_a_program),
		TEST(cell_stuck_intact_does_not_burn),
		TEST(sag_halves_ops_until_the_power_fails),
		TEST(hands_at_rest_come_when_they_are_called),
		TEST(hands_at_a_read_come_after_the_first_of_that_place),
		TEST(swap_exchanges_what_lies_there),
		TEST(swap_of_other_sizes_or_of_equals_does_not_fire),
		TEST(back_puts_back_what_was_there_at_the_start),
		TEST(patch_writes_its_bytes_and_touches_no_others),
		TEST(patch_that_changes_nothing_or_does_not_fit_does_not_fire),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
