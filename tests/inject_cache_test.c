/* A block device behind the injector: flushes are ops, and a cut loses what the plan names. */
#include "tests/inject_fixture.h"

static int cache_open(void **state)
{
	struct bench *bench;

	assert_int_equal(bench_open(state), 0);
	bench = *state;
	bench->chip.flash.cache_writes = 4;
	return 0;
}

static int flush(struct bench *bench)
{
	return bench->hal->flash_flush(bench->hal);
}

static void flush_is_an_op(void **state)
{
	struct bench *bench = *state;

	inject_life(&bench->inject);
	assert_int_equal(program(bench, 0), FW_OK);
	assert_int_equal(flush(bench), FW_OK);
	assert_int_equal(bench->before.kind, INJECT_FLUSH);
	assert_int_equal(bench->after.number, 2);
	assert_true(bench->after.carried_out);
	assert_int_equal(program(bench, UNIT), FW_OK);
	assert_int_equal(bench->inject.op, 3);
}

static void cut_flush_loses_what_the_plan_names(void **state)
{
	struct bench *bench = *state;

	bench_plan(bench, "cut=4+0/1.3,cut=8+3/5-6,cut=9+all");
	inject_life(&bench->inject);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(program(bench, i * UNIT), FW_OK);
	assert_int_equal(byte_at(bench, 0), 0);
	assert_int_equal(flush(bench), FW_ERR_IO);
	assert_int_equal(byte_at(bench, 0), 0xff);
	assert_int_equal(byte_at(bench, UNIT), 0);
	assert_int_equal(byte_at(bench, 2 * UNIT), 0xff);
	inject_life(&bench->inject);
	for (uint32_t i = 3; i < 6; i++)
		assert_int_equal(program(bench, i * UNIT), FW_OK);
	assert_int_equal(flush(bench), FW_ERR_IO);
	assert_int_equal(byte_at(bench, 3 * UNIT + 2), 0);
	assert_int_equal(byte_at(bench, 3 * UNIT + 3), 0xff);
	assert_int_equal(byte_at(bench, 4 * UNIT), 0xff);
	assert_int_equal(byte_at(bench, 5 * UNIT), 0);
	inject_life(&bench->inject);
	assert_int_equal(flush(bench), FW_ERR_IO);
	assert_int_equal(bench->offs, 3);
	assert_true(inject_fired(&bench->inject));
}

static void cut_program_lands_while_those_before_it_are_lost(void **state)
{
	struct bench *bench = *state;

	bench_plan(bench, "cut=2+all/1");
	inject_life(&bench->inject);
	assert_int_equal(program(bench, 0), FW_OK);
	assert_int_equal(program(bench, UNIT), FW_ERR_IO);
	assert_int_equal(byte_at(bench, 0), 0xff);
	assert_int_equal(byte_at(bench, UNIT), 0);
	assert_true(inject_fired(&bench->inject));
}

/* What was flushed, or was no write, cannot be lost; nothing is weak, and no byte half done. */
static void extent_that_cannot_be_does_not_fire(void **state)
{
	static const char *const plans[] = {
		"cut=4+0/1", "cut=4+0/2", "cut=4+8/3", "cut=4-1/3",  "cut=4+1",
		"cut=4+0~",  "cut=3+1.1", "cut=3+0~",  "cut=4+all~",
	};
	struct bench *bench = *state;

	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++) {
		bench_plan(bench, plans[i]);
		inject_life(&bench->inject);
		assert_int_equal(program(bench, 0), FW_OK);
		assert_int_equal(flush(bench), FW_OK);
		assert_int_equal(program(bench, UNIT), FW_OK);
		assert_int_equal(flush(bench), FW_OK);
		assert_false(inject_fired(&bench->inject));
	}
}

static void nor_flash_loses_nothing_and_flushes_no_op(void **state)
{
	struct bench *bench = *state;

	bench->chip.flash.cache_writes = 0;
	bench_plan(bench, "cut=2+0/1");
	inject_life(&bench->inject);
	assert_int_equal(program(bench, 0), FW_OK);
	assert_int_equal(flush(bench), FW_OK);
	assert_int_equal(bench->inject.op, 1);
	assert_int_equal(program(bench, UNIT), FW_OK);
	assert_false(inject_fired(&bench->inject));
}

static void flush_can_fail_and_lie(void **state)
{
	struct bench *bench = *state;

	bench_plan(bench, "fail=2,lie=3,cut=4+0/1");
	inject_life(&bench->inject);
	assert_int_equal(program(bench, 0), FW_OK);
	assert_int_equal(flush(bench), FW_ERR_IO);
	assert_int_equal(flush(bench), FW_OK);
	assert_int_equal(flush(bench), FW_ERR_IO);
	assert_int_equal(byte_at(bench, 0), 0xff);
	assert_true(inject_fired(&bench->inject));
}

static void cache_outlasts_a_reset_and_settles_at_rest(void **state)
{
	struct bench *bench = *state;

	bench_plan(bench, "cut=2+0/1,cut=4+0/3");
	inject_life(&bench->inject);
	assert_int_equal(program(bench, 0), FW_OK);
	bench->chip.cause = HAL_RESET_WATCHDOG; /* the power stayed */
	inject_life(&bench->inject);
	assert_int_equal(program(bench, UNIT), FW_ERR_IO);
	assert_int_equal(byte_at(bench, 0), 0xff);
	bench->chip.cause = HAL_RESET_POWER;
	inject_life(&bench->inject);
	assert_int_equal(program(bench, 0), FW_OK);
	inject_life(&bench->inject);
	assert_int_equal(program(bench, UNIT), FW_OK); /* there is nothing to lose any more */
	assert_int_equal(byte_at(bench, 0), 0);
	assert_int_equal(bench->inject.fired, 1);
}

static void other_hands_find_the_cache_empty(void **state)
{
	struct bench *bench = *state;

	bench_plan(bench, "flip=1:flash:0x1.0,cut=2+0");
	inject_life(&bench->inject);
	assert_int_equal(program(bench, 0), FW_OK);
	assert_int_equal(flush(bench), FW_ERR_IO);
	assert_int_equal(byte_at(bench, 0), 0);
	assert_int_equal(byte_at(bench, 1), 1);
	assert_true(inject_fired(&bench->inject));
}

#define CACHED(test) cmocka_unit_test_setup_teardown(test, cache_open, bench_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CACHED(flush_is_an_op),
		CACHED(cut_flush_loses_what_the_plan_names),
		CACHED(cut_program_lands_while_those_before_it_are_lost),
		CACHED(extent_that_cannot_be_does_not_fire),
		CACHED(nor_flash_loses_nothing_and_flushes_no_op),
		CACHED(flush_can_fail_and_lie),
		CACHED(cache_outlasts_a_reset_and_settles_at_rest),
		CACHED(other_hands_find_the_cache_empty),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
