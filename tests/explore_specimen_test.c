/* Specimens that only several cuts in a row break, or only one kind of cut. */
#include "tests/explore_fixture.h"

#define SMALLEST "scenarios/1xx-power/110-smallest-update.yaml"

/* So many cuts break this rule and no fewer break anything. */
static void search_needs(const char *specimen, enum rule rule, uint32_t cuts)
{
	struct search *search = search_file(SMALLEST, specimen);

	search_run(search, cuts - 1, false);
	explore_close(&search->explore);
	assert_true(search->result.cuts > 0);
	for (int i = 0; i < THINGS; i++)
		assert_false(search_violation(search, i)->found);
	search_run(search, cuts, false);
	explore_close(&search->explore);
	assert_true(search->result.violations[rule].found);
	assert_int_equal(search->result.violations[rule].depth, cuts);
	assert_false(explore_good(&search->result, search->scenario));
	replay_all(search);
	search_close(search);
}

static void journal_left_needs_two_cuts(void **state)
{
	(void)state;
	search_needs("journal-left", RULE_WHOLE, 2);
}

static void record_unhealed_needs_three_cuts(void **state)
{
	(void)state;
	search_needs("record-unhealed", RULE_HONEST, 3);
}

static void seal_single_needs_three_cuts(void **state)
{
	(void)state;
	search_needs("seal-single", RULE_HONEST, 3);
}

/* A torn byte that is healed by no later life is named, with a case that leaves it. */
static void scars_are_a_finding_and_the_reference_has_none(void **state)
{
	static const char *const firmwares[] = {NULL, "record-unhealed"};

	(void)state;
	for (size_t i = 0; i < 2; i++) {
		struct search *search = search_file(SMALLEST, firmwares[i]);

		search_run(search, 1, false);
		explore_scars(&search->explore);
		assert_int_equal(search->result.scars > 0, i);
		if (i) {
			assert_non_null(strstr(search->result.scar, "bootctl"));
			assert_int_equal(cuts_of(&search->result.scar_plan), 1);
		}
		explore_close(&search->explore);
		search_close(search);
	}
}

static bool note_direction(void *context, const struct run *run, const struct verdict *verdict)
{
	uint32_t *broken = context;
	bool back = run->plan.count == 1 && run->plan.faults[0].kind == PLAN_CUT &&
		    run->plan.faults[0].extent.back;

	if (verdict->first >= 0 || verdict->expectation_failed)
		broken[back]++;
	return false;
}

static void seal_in_front_breaks_by_an_erase_from_the_back_alone(void **state)
{
	struct search *search = search_file(SMALLEST, "seal-in-front");
	uint32_t broken[2] = {0};
	struct sweep_options options = {
		.jobs = 1, .shards = 1, .context = broken, .case_done = note_direction};
	struct sweep_result *result = calloc(1, sizeof(*result));

	(void)state;
	assert_non_null(result);
	assert_int_equal(sweep_scenario(&search->scene, &options, result), 0);
	assert_int_equal(result->unfired, 0);
	assert_int_equal(broken[false], 0);
	assert_true(broken[true] > 0);
	free(result);
	search_close(search);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(journal_left_needs_two_cuts),
		cmocka_unit_test(record_unhealed_needs_three_cuts),
		cmocka_unit_test(seal_single_needs_three_cuts),
		cmocka_unit_test(scars_are_a_finding_and_the_reference_has_none),
		cmocka_unit_test(seal_in_front_breaks_by_an_erase_from_the_back_alone),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
