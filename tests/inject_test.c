/*
 * The fault injector's ops and cuts, with power that goes without ending the program: what is
 * numbered, what is cut, and that nothing happens afterwards.
 */
#include "tests/inject_fixture.h"

/* ---- ops and their numbers ---- */

static void ops_are_numbered_from_one_through_all_lives(void **state)
{
	struct bench *bench = *state;

	inject_life(&bench->inject);
	assert_int_equal(bench->inject.op, 0);
	assert_int_equal(program(bench, 0), FW_OK);
	assert_int_equal(bench->before.number, 1);
	assert_int_equal(bench->before.life, 1);
	assert_int_equal(bench->before.kind, INJECT_PROGRAM);
	assert_int_equal(bench->before.size_bytes, UNIT);
	assert_string_equal(bench->before.site, "here");
	assert_true(bench->after.carried_out);
	assert_null(bench->after.cut);
	assert_int_equal(erase(bench, SECTOR), FW_OK);
	assert_int_equal(bench->after.number, 2);
	assert_int_equal(bench->after.kind, INJECT_ERASE);
	assert_int_equal(bench->after.size_bytes, SECTOR);
	inject_life(&bench->inject);
	assert_int_equal(bench->hal->efuse_burn(bench->hal, 5), FW_OK);
	assert_int_equal(bench->after.number, 3);
	assert_int_equal(bench->after.life, 2);
	assert_int_equal(bench->after.kind, INJECT_BURN);
	assert_int_equal(bench->after.offset, 5);
	assert_int_equal(bench->after.size_bytes, 0);
}

static void reads_and_flushes_are_no_ops(void **state)
{
	struct bench *bench = *state;
	uint8_t byte;
	bool burnt;

	inject_life(&bench->inject);
	assert_int_equal(bench->hal->flash_read(bench->hal, 0, &byte, 1), FW_OK);
	assert_int_equal(bench->hal->efuse_read(bench->hal, 0, &burnt), FW_OK);
	assert_int_equal(bench->hal->flash_flush(bench->hal), FW_OK);
	assert_int_equal(bench->hal->clock_ms(bench->hal), 0);
	assert_int_equal(bench->hal->clock_ms(bench->hal), 1);
	assert_int_equal(bench->inject.op, 0);
	inject_life(&bench->inject);
	assert_int_equal(bench->hal->clock_ms(bench->hal), 0);
}

static void refused_op_has_its_number_and_fails(void **state)
{
	struct bench *bench = *state;

	inject_life(&bench->inject);
	assert_int_equal(program(bench, 3), FW_ERR_IO);
	assert_int_equal(bench->after.number, 1);
	assert_false(bench->after.carried_out);
	assert_int_equal(bench->violations, 1);
	assert_int_equal(erase(bench, 8 * SECTOR), FW_ERR_IO);
	assert_int_equal(bench->after.number, 2);
	assert_false(bench->after.carried_out);
	assert_int_equal(bench->hal->efuse_burn(bench->hal, 999), FW_ERR_IO);
	assert_int_equal(bench->after.number, 3);
	assert_int_equal(bench->offs, 0);
}

static void log_names_its_line(void **state)
{
	struct bench *bench = *state;

	inject_life(&bench->inject);
	HAL_LOG(bench->hal, "%s %d", "seven", 7);
	assert_string_equal(bench->text, "seven 7");
	assert_memory_equal(bench->site, "inject_test.c:", 14);
}

/* ---- cuts ---- */

static void cut_op_keeps_its_number_and_the_next_life_goes_on(void **state)
{
	struct bench *bench = *state;

	bench_plan(bench, "cut=2+3");
	inject_life(&bench->inject);
	assert_int_equal(program(bench, 0), FW_OK);
	assert_int_equal(bench->offs, 0);
	assert_int_equal(program(bench, UNIT), FW_ERR_IO);
	assert_int_equal(bench->offs, 1);
	assert_int_equal(bench->after.number, 2);
	assert_int_equal(bench->after.cut->bytes, 3);
	assert_int_equal(byte_at(bench, UNIT + 2), 0);
	assert_int_equal(byte_at(bench, UNIT + 3), 0xff);
	assert_true(inject_fired(&bench->inject));
	assert_int_equal(bench->inject.fault_life, 1);
	inject_life(&bench->inject);
	assert_int_equal(program(bench, 2 * UNIT), FW_OK);
	assert_int_equal(bench->after.number, 3);
	assert_int_equal(bench->after.life, 2);
	assert_int_equal(bench->inject.fault_life, 1);
}

static void nothing_happens_after_the_power_is_gone(void **state)
{
	struct bench *bench = *state;
	uint8_t byte = 0x77;
	bool burnt = true;
	struct chip kept;

	bench_plan(bench, "cut=1+0");
	inject_life(&bench->inject);
	assert_int_equal(program(bench, 0), FW_ERR_IO);
	chip_copy(&kept, &bench->chip);
	bench->logs = 0;
	assert_int_equal(program(bench, 0), FW_ERR_IO);
	assert_int_equal(erase(bench, 0), FW_ERR_IO);
	assert_int_equal(bench->hal->efuse_burn(bench->hal, 0), FW_ERR_IO);
	assert_int_equal(bench->hal->flash_read(bench->hal, 0, &byte, 1), FW_ERR_IO);
	assert_int_equal(bench->hal->efuse_read(bench->hal, 0, &burnt), FW_ERR_IO);
	assert_int_equal(bench->hal->flash_flush(bench->hal), FW_ERR_IO);
	assert_int_equal(bench->hal->fetch(bench->hal, "u", 1, 0, &byte, 1), FW_ERR_IO);
	assert_int_equal(bench->hal->report(bench->hal, &(struct hal_report){0}), FW_ERR_IO);
	assert_int_equal(bench->hal->clock_ms(bench->hal), 0);
	assert_int_equal(bench->hal->clock_ms(bench->hal), 0);
	bench->hal->log(bench->hal, "x");
	assert_int_equal(byte, 0x77);
	assert_true(burnt);
	assert_int_equal(bench->inject.op, 1);
	assert_int_equal(bench->offs, 1);
	assert_int_equal(bench->reports + bench->logs + bench->hangs, 0);
	assert_true(flash_equal(&kept.flash, &bench->chip.flash));
	assert_memory_equal(kept.efuse.cell, bench->chip.efuse.cell, kept.efuse.cells);
	inject_life(&bench->inject);
	assert_int_equal(bench->hal->report(bench->hal, &(struct hal_report){0}), FW_OK);
	chip_close(&kept);
}

static void burns_are_cut_too(void **state)
{
	struct bench *bench = *state;

	bench_plan(bench, "cut=1+0,cut=2+0~,cut=3+all");
	for (uint32_t cell = 0; cell < 3; cell++) {
		inject_life(&bench->inject);
		assert_int_equal(bench->hal->efuse_burn(bench->hal, cell), FW_ERR_IO);
	}
	assert_int_equal(bench->offs, 3);
	assert_int_equal(bench->chip.efuse.cell[0], EFUSE_INTACT);
	assert_int_equal(bench->chip.efuse.cell[1], EFUSE_WEAK);
	assert_int_equal(bench->chip.efuse.cell[2], EFUSE_BURNT);
	assert_true(inject_fired(&bench->inject));
}

static void erases_are_cut_from_both_ends(void **state)
{
	struct bench *bench = *state;

	bench_plan(bench, "cut=3+5,cut=4-6,cut=5+all~");
	inject_life(&bench->inject);
	assert_int_equal(program(bench, 0), FW_OK);
	assert_int_equal(program(bench, SECTOR - UNIT), FW_OK);
	assert_int_equal(erase(bench, 0), FW_ERR_IO);
	assert_int_equal(byte_at(bench, 4), 0xff);
	assert_int_equal(byte_at(bench, 5), 0);
	inject_life(&bench->inject);
	assert_int_equal(erase(bench, 0), FW_ERR_IO);
	assert_int_equal(byte_at(bench, 5), 0);
	assert_int_equal(byte_at(bench, SECTOR - 7), 0);
	assert_int_equal(byte_at(bench, SECTOR - 6), 0xff);
	inject_life(&bench->inject);
	assert_int_equal(erase(bench, 0), FW_ERR_IO);
	assert_int_equal(byte_at(bench, 5), 0xff);
	assert_false(flash_firm(&bench->chip.flash, 0, SECTOR));
	assert_true(inject_fired(&bench->inject));
}

static void extent_that_does_not_fit_its_op_does_not_fire(void **state)
{
	static const struct {
		const char *plan;
		enum inject_kind kind;
	} cases[] = {
		{"cut=1+9", INJECT_PROGRAM},	{"cut=1+8~", INJECT_PROGRAM},
		{"cut=1+8.1", INJECT_PROGRAM},	{"cut=1-1", INJECT_PROGRAM},
		{"cut=1+all~", INJECT_PROGRAM}, {"cut=1+65", INJECT_ERASE},
		{"cut=1+64~", INJECT_ERASE},	{"cut=1+1.1", INJECT_ERASE},
		{"cut=1-65", INJECT_ERASE},	{"cut=1+1", INJECT_BURN},
		{"cut=1+all~", INJECT_BURN},	{"cut=1+0.1", INJECT_BURN},
		{"cut=1-1", INJECT_BURN},
	};
	struct bench *bench = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		int err = FW_ERR_RANGE;

		bench_plan(bench, cases[i].plan);
		inject_life(&bench->inject);
		if (cases[i].kind == INJECT_PROGRAM)
			err = program(bench, (uint32_t)i * UNIT);
		if (cases[i].kind == INJECT_ERASE)
			err = erase(bench, SECTOR);
		if (cases[i].kind == INJECT_BURN)
			err = bench->hal->efuse_burn(bench->hal, 0);
		if (err || bench->offs || inject_fired(&bench->inject))
			fail_msg("%s was carried out", cases[i].plan);
	}
}

static void cut_of_a_refused_op_still_takes_the_power(void **state)
{
	struct bench *bench = *state;

	bench_plan(bench, "cut=1+1");
	inject_life(&bench->inject);
	assert_int_equal(program(bench, 1), FW_ERR_IO);
	assert_int_equal(bench->offs, 1);
	assert_false(bench->after.carried_out);
	assert_int_equal(byte_at(bench, 1), 0xff);
}

static void branch_cuts_like_a_plan(void **state)
{
	struct plan_extent extent = {.bytes = 3, .weak = true};
	struct bench *bench = *state;
	struct inject branch;
	struct inject_op op;
	struct plan plan;
	struct chip chip;

	bench_plan(bench, "none");
	inject_life(&bench->inject);
	assert_int_equal(program(bench, 0), FW_OK);
	chip_copy(&chip, &bench->chip);
	branch = bench->inject;
	plan = bench->plan;
	inject_move(&branch, &chip, &plan);
	op = bench->after;
	op.number = ++branch.op;
	op.offset = UNIT;
	op.cut = &extent;
	assert_int_equal(plan_add(&plan, &(struct plan_fault){.op = 2, .extent = extent}), 0);
	inject_cut_now(&branch, &op, 0);
	assert_true(inject_fired(&branch));
	assert_true(branch.dead);
	assert_false(bench->inject.dead);
	assert_int_equal(byte_at(bench, UNIT), 0xff);
	/* The same, by a plan, in the chip that was branched from. */
	bench->plan = plan;
	assert_int_equal(program(bench, UNIT), FW_ERR_IO);
	assert_true(flash_equal(&chip.flash, &bench->chip.flash));
	assert_int_equal(branch.op, bench->inject.op);
	assert_int_equal(branch.fault_life, bench->inject.fault_life);
	chip_close(&chip);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(ops_are_numbered_from_one_through_all_lives,
						bench_open, bench_close),
		cmocka_unit_test_setup_teardown(reads_and_flushes_are_no_ops, bench_open,
						bench_close),
		cmocka_unit_test_setup_teardown(refused_op_has_its_number_and_fails, bench_open,
						bench_close),
		cmocka_unit_test_setup_teardown(log_names_its_line, bench_open, bench_close),
		cmocka_unit_test_setup_teardown(cut_op_keeps_its_number_and_the_next_life_goes_on,
						bench_open, bench_close),
		cmocka_unit_test_setup_teardown(nothing_happens_after_the_power_is_gone, bench_open,
						bench_close),
		cmocka_unit_test_setup_teardown(burns_are_cut_too, bench_open, bench_close),
		cmocka_unit_test_setup_teardown(erases_are_cut_from_both_ends, bench_open,
						bench_close),
		cmocka_unit_test_setup_teardown(extent_that_does_not_fit_its_op_does_not_fire,
						bench_open, bench_close),
		cmocka_unit_test_setup_teardown(cut_of_a_refused_op_still_takes_the_power,
						bench_open, bench_close),
		cmocka_unit_test_setup_teardown(branch_cuts_like_a_plan, bench_open, bench_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
