/* The update agent on a chip some of whose eFuse cells take no burn: tried again, at no other cost.
 */
#include "tests/case_fixture.h"

static const char rotation[] =
	CASE_YAML "  keys: [vendor, vendor-2]\n" CASE_FACTORY
		  "update: {version: 1.1.0, security: 3, size: 1100, header: 32, key: vendor-2,\n"
		  "         revokes: [vendor]}\n"
		  "may_break: {settles: it tries again in each life}\n";

static uint32_t ops_of(const struct trial *trial, uint32_t life, bool burns)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < trial->count; i++)
		count += trial->events[i].life == life && trial->events[i].kind == EVENT_OP &&
			 (trial->events[i].op.kind == INJECT_BURN) == burns;
	return count;
}

static const struct hal_report *last_report(const struct trial *trial)
{
	for (uint32_t i = trial->count; i > 0; i--)
		if (trial->events[i - 1].kind == EVENT_REPORT)
			return &trial->events[i - 1].report;
	fail_msg("no report");
	return NULL;
}

/* Lives after the one in which the image was confirmed burn these many cells and write nothing. */
static void burns_and_writes_nothing(struct trial *trial, const char *plan, uint32_t cells)
{
	uint32_t life;

	trial_run(trial, plan);
	trial_good(trial);
	life = trial->events[trial_says(trial, 0, "is confirmed")].life;
	assert_true(trial->lives > life + 3);
	for (life++; life <= trial->lives; life++) {
		assert_int_equal(ops_of(trial, life, true), cells);
		assert_int_equal(ops_of(trial, life, false), 0);
	}
}

static void counter_that_does_not_rise_wears_nothing_out(void **state)
{
	struct trial *trial = trial_open(*state, rotation);

	/* Two cells of bit 2: the counter stays at 2, and its bits 0 to 2 are burnt again. */
	burns_and_writes_nothing(trial, "stuck=0:efuse:0x6.0:0,stuck=0:efuse:0x7.0:0",
				 3 * HAL_EFUSE_CELLS);
	assert_int_equal(last_report(trial)->security_counter, 2);
	assert_int_equal(last_report(trial)->revoked, 1);
	trial_close(trial);
}

static void key_that_is_not_revoked_wears_nothing_out(void **state)
{
	struct trial *trial = trial_open(*state, rotation);

	/* Behind the counter's four bits. */
	burns_and_writes_nothing(trial, "stuck=0:efuse:0xc.0:0,stuck=0:efuse:0xe.0:0",
				 HAL_EFUSE_CELLS);
	assert_int_equal(last_report(trial)->security_counter, 3);
	assert_int_equal(last_report(trial)->revoked, 0);
	trial_close(trial);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(counter_that_does_not_rise_wears_nothing_out),
		cmocka_unit_test(key_that_is_not_revoked_wears_nothing_out),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
