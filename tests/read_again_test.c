/* Reads that fail: how often an image is checked before that is held against it, by whom. */
#include "tests/case_fixture.h"

#define READS_MAX 400u

static const char yaml[] =
	CASE_YAML "  attempts: 1\n" CASE_FACTORY
		  "update: {version: 1.1.0, security: 2, size: 1100, header: 32}\n"
		  "expect: {version: 1.1.0, counter: 2}\n";

/* Runs the case with so many reads that fail in a row. Each check ends at the first of them. */
static void run_without(struct trial *trial, uint32_t read, uint32_t count)
{
	char plan[128];
	int bytes = 0;

	for (uint32_t i = 0; i < count; i++)
		bytes += snprintf(plan + bytes, sizeof(plan) - (size_t)bytes, "%smiss=%u",
				  i ? "," : "", read + i);
	trial_run(trial, plan);
}

/* Three checks that fail bring these words, wherever they end; two of them never do. */
static void third_failure_counts(void **state, uint32_t from, const char *words)
{
	struct trial *trial = trial_open(*state, yaml);
	uint32_t said = 0;

	for (uint32_t read = from; read < READS_MAX && said < 3; read++) {
		run_without(trial, read, 3);
		if (trial_said(trial, 0, words) == CASE_NONE)
			continue;
		said++;
		run_without(trial, read, 2);
		assert_int_equal(trial_said(trial, 0, words), CASE_NONE);
	}
	assert_int_equal(said, 3);
	trial_close(trial);
}

static void confirmed_slot_is_passed_over_for_the_third_failure(void **state)
{
	third_failure_counts(state, 1, "slot A is passed over: the part reports failure");
}

static void download_is_refused_for_the_third_failure(void **state)
{
	third_failure_counts(state, 1, "no update: the part reports failure");
}

/* A slot that nobody can read any more is checked so often, and no more. */
static void slot_that_is_never_read_is_no_loop(void **state)
{
	struct trial *trial = trial_open(*state, yaml);

	trial_run(trial, "mute=2:slot_b");
	assert_int_not_equal(trial_said(trial, 0, "no update: the part reports failure"),
			     CASE_NONE);
	assert_int_not_equal(trial->verdict.first, RULE_CONTAINED);
	trial_close(trial);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(confirmed_slot_is_passed_over_for_the_third_failure),
		cmocka_unit_test(download_is_refused_for_the_third_failure),
		cmocka_unit_test(slot_that_is_never_read_is_no_loop),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
