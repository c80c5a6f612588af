/* Shrinking: a plan with more faults than it needs comes down to one of which nothing can go. */
#include "tests/scenario_fixture.h"

#include "sim/shrink.h"

#define SMALLEST  "scenarios/1xx-power/110-smallest-update.yaml"
#define POWER_104 "scenarios/1xx-power/104-counter-burn.yaml"

struct stand {
	struct scenario *scenario;
	struct device_firmware specimen;
	struct run_scene scene;
	struct shrink_result result;
};

static struct stand *stand_open(const char *path, const char *specimen)
{
	struct stand *stand = calloc(1, sizeof(*stand));
	char why[8192];

	assert_non_null(stand);
	stand->scenario = scenario_open(path);
	assert_non_null(stand->scenario);
	if (specimen && device_load(specimen, &stand->specimen, why, sizeof(why)))
		fail_msg("%s", why);
	if (run_scene_open(&stand->scene, stand->scenario,
			   specimen ? &stand->specimen : device_reference(), why, sizeof(why)))
		fail_msg("%s", why);
	return stand;
}

static void stand_close(struct stand *stand)
{
	run_scene_close(&stand->scene);
	scenario_close(stand->scenario);
	device_unload(&stand->specimen);
	free(stand);
}

static struct plan plan_of(const char *text)
{
	struct plan plan;
	char why[128];

	if (plan_parse(text, &plan, why, sizeof(why)))
		fail_msg("%s: %s", text, why);
	return plan;
}

/* Shrinks, and holds what every result must hold: it is a case, and breaks the same rule first. */
static const char *shrunk(struct stand *stand, const char *text)
{
	static char minimal[PLAN_TEXT_BYTES];
	struct plan plan = plan_of(text);
	struct verdict given, verdict;

	run_case(&stand->scene, &plan, NULL, &given);
	if (given.rule[RULE_FIRED] != HOLDS)
		fail_msg("%s: no case of this scenario", text);
	assert_int_equal(shrink_plan(&stand->scene, &plan, &stand->result), 0);
	run_case(&stand->scene, &stand->result.plan, NULL, &verdict);
	assert_int_equal(verdict.first, given.first);
	assert_int_equal(verdict.first, stand->result.rule);
	assert_int_equal(verdict.rule[RULE_FIRED], HOLDS);
	plan_print(&stand->result.plan, minimal);
	return minimal;
}

/* Two cuts leave a copy erased each, and the third one makes the last copy weak. */
#define UNHEALED_PLAN "cut=39+all,cut=44+all,cut=50+0~,weak=6:before"

static void bloated_plan_comes_down_to_the_known_one(void **state)
{
	static const char *const bloated[] = {
		UNHEALED_PLAN,
		UNHEALED_PLAN ",cut=80+0",
		"cut=39+all,cut=44+all,cut=50+0~,weak=6+:before",
		/* A cut before the others moves their ops and lives. */
		"cut=1+0,cut=40+51,cut=45+51,cut=51+0~,weak=7:before",
		"cut=1+0,cut=40+51,cut=45+51,cut=51+0~,weak=7:before,cut=90+0",
	};
	struct stand *stand = stand_open(SMALLEST, "record-unhealed");

	(void)state;
	for (size_t i = 0; i < sizeof(bloated) / sizeof(bloated[0]); i++) {
		const char *minimal = shrunk(stand, bloated[i]);

		if (strcmp(minimal, UNHEALED_PLAN) != 0)
			fail_msg("%s: %s, expected %s", bloated[i], minimal, UNHEALED_PLAN);
		assert_int_equal(stand->result.rule, RULE_HONEST);
	}
	stand_close(stand);
}

static void minimal_plan_can_spare_no_fault(void **state)
{
	struct stand *stand = stand_open(SMALLEST, "record-unhealed");
	struct plan minimal = plan_of(UNHEALED_PLAN);

	(void)state;
	for (uint32_t i = 0; i < minimal.count; i++) {
		struct plan fewer = minimal;
		struct verdict verdict;

		memmove(&fewer.faults[i], &fewer.faults[i + 1],
			(--fewer.count - i) * sizeof(fewer.faults[0]));
		run_case(&stand->scene, &fewer, NULL, &verdict);
		assert_true(verdict.rule[RULE_FIRED] == BROKEN || verdict.first < 0);
	}
	stand_close(stand);
}

static void extents_and_choices_become_plainer(void **state)
{
	static const struct {
		const char *specimen, *given, *minimal;
	} cases[] = {
		{"early-pending", "cut=9+all", "cut=9+0"},
		{"early-pending", "cut=11+55.3", "cut=11+0"},
		{"early-pending", "cut=11+52~", "cut=11+0"},
		{"early-pending", "cut=11+100", "cut=11+0"},
		{"early-pending", "flip=0:slot_b:0x90.3,cut=11+100", "cut=11+0"},
		{"resume-blank", "cut=4+0~,weak=2+:before", "cut=4+0~,weak=2:before"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct stand *stand = stand_open(POWER_104, cases[i].specimen);

		assert_string_equal(shrunk(stand, cases[i].given), cases[i].minimal);
		stand_close(stand);
	}
}

static void shrinking_is_the_same_each_time(void **state)
{
	static const char plan[] = "cut=1+0,cut=40+51,cut=45+51,cut=51+0~,weak=7:before,cut=90+0";
	struct stand *stand = stand_open(SMALLEST, "record-unhealed");
	struct shrink_result first;

	(void)state;
	(void)shrunk(stand, plan);
	first = stand->result;
	(void)shrunk(stand, plan);
	assert_true(plan_equal(&first.plan, &stand->result.plan));
	assert_int_equal(first.tried, stand->result.tried);
	stand_close(stand);
}

static void case_that_breaks_nothing_is_left_as_it_is(void **state)
{
	struct stand *stand = stand_open(POWER_104, NULL);
	struct plan plan = plan_of("cut=3+12");

	(void)state;
	assert_int_equal(shrink_plan(&stand->scene, &plan, &stand->result), 0);
	assert_int_equal(stand->result.rule, SHRINK_NOTHING);
	assert_int_equal(stand->result.tried, 1);
	assert_true(plan_equal(&stand->result.plan, &plan));
	stand_close(stand);
}

static void plan_that_does_not_happen_is_no_case(void **state)
{
	struct stand *stand = stand_open(POWER_104, NULL);
	struct plan plan = plan_of("cut=9999+12");

	(void)state;
	assert_int_equal(shrink_plan(&stand->scene, &plan, &stand->result), -1);
	stand_close(stand);
}

static void failed_expectation_shrinks_too(void **state)
{
	static const char yaml[] = "name: t\nsummary: S.\n"
				   "device:\n"
				   "  flash: {kind: nor, sector: 512, sectors: 10, program: 128}\n"
				   "  efuse: {counter: 4}\n"
				   "factory: {version: 1.0.0, security: 1, size: 500, header: 32}\n"
				   "expect: {counter: 3}\n";
	struct stand *stand = calloc(1, sizeof(*stand));
	struct plan plan = plan_of("flip=0:bootctl_0:0x0.0");
	char why[256];

	assert_non_null(stand);
	stand->scenario = fixture_good(*state, "1-t.yaml", yaml);
	if (run_scene_open(&stand->scene, stand->scenario, device_reference(), why, sizeof(why)))
		fail_msg("%s", why);
	assert_int_equal(shrink_plan(&stand->scene, &plan, &stand->result), 0);
	assert_int_equal(stand->result.rule, SHRINK_EXPECTATION);
	assert_int_equal(stand->result.plan.count, 0);
	stand_close(stand);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bloated_plan_comes_down_to_the_known_one),
		cmocka_unit_test(minimal_plan_can_spare_no_fault),
		cmocka_unit_test(extents_and_choices_become_plainer),
		cmocka_unit_test(shrinking_is_the_same_each_time),
		cmocka_unit_test(case_that_breaks_nothing_is_left_as_it_is),
		cmocka_unit_test(plan_that_does_not_happen_is_no_case),
		cmocka_unit_test(failed_expectation_shrinks_too),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
