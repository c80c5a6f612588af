/* A case as a fuzzer's bytes: any bytes are one, and what must hold in it is told from its plan. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/case_input.h"

#define ALWAYS (1u << RULE_CONTAINED | 1u << RULE_TRUSTED | 1u << RULE_WHOLE | 1u << RULE_FORWARD)
#define ALL    (((1u << RULES) - 1) & ~(1u << RULE_FIRED))

static struct scenario *input_scenario(const char *name)
{
	char *path = scenario_find("scenarios", name);
	struct scenario *scenario;

	if (path == NULL)
		fail_msg("%s: no such scenario", name);
	scenario = scenario_open(path);
	free(path);
	assert_non_null(scenario);
	return scenario;
}

static uint32_t input_rules(const struct scenario *scenario, const char *text)
{
	struct plan plan;
	char why[128];

	if (plan_parse(text, &plan, why, sizeof(why)) != 0)
		fail_msg("%s: %s", text, why);
	return case_input_rules(scenario, &plan);
}

static void case_input_any_bytes_are_a_plan_with_a_text(void **state)
{
	uint8_t data[CASE_INPUT_BYTES_MAX + 8];
	uint32_t chance = 1, kinds = 0;
	const char *name;

	(void)state;
	for (uint32_t i = 0; (name = case_input_scenario(i)) != NULL; i++) {
		struct scenario *scenario = input_scenario(name);

		for (uint32_t round = 0; round < 300; round++) {
			char text[PLAN_TEXT_BYTES], why[128];
			struct plan plan, again;

			for (size_t at = 0; at < sizeof(data); at++)
				data[at] =
					(uint8_t)((chance = chance * 1664525u + 1013904223u) >> 24);
			case_input_plan(scenario, data, round % sizeof(data), &plan);
			plan_print(&plan, text);
			if (plan_parse(text, &again, why, sizeof(why)) != 0)
				fail_msg("%s: %s", text, why);
			assert_true(plan_equal(&plan, &again));
			for (uint32_t fault = scenario->faults.plan.count; fault < plan.count;
			     fault++)
				kinds |= 1u << plan.faults[fault].kind;
		}
		scenario_close(scenario);
	}
	assert_int_equal(kinds, 1u << PLAN_CUT | 1u << PLAN_WEAK | 1u << PLAN_FAIL |
					1u << PLAN_MISS | 1u << PLAN_FLIP | 1u << PLAN_ERASE |
					1u << PLAN_WRITE);
}

static void case_input_first_byte_chooses_every_scenario(void **state)
{
	uint32_t seen = 0, count = 0;

	(void)state;
	while (case_input_scenario(count) != NULL)
		count++;
	for (uint32_t i = 0; i < 256; i++) {
		uint8_t byte = (uint8_t)i;

		seen |= 1u << case_input_choice(&byte, 1);
	}
	assert_int_equal(seen, (1u << count) - 1);
	assert_int_equal(case_input_choice(NULL, 0), 0);
}

static void case_input_begins_with_the_scenarios_own_plan(void **state)
{
	static const uint8_t cut[] = {0, 0x08, 4, 0, 0, 0, 0};
	struct scenario *scenario = input_scenario("flip-and-cut");
	struct plan plan;

	(void)state;
	case_input_plan(scenario, cut, sizeof(cut), &plan);
	assert_int_equal(plan.count, scenario->faults.plan.count + 1);
	assert_int_equal(plan.faults[0].kind, PLAN_ERASE);
	assert_int_equal(plan.faults[plan.count - 1].kind, PLAN_CUT);
	assert_int_equal(plan.faults[plan.count - 1].op, 5);
	assert_true(plan.faults[plan.count - 1].extent.all);
	/* With these faults in mind the scenario was written: nothing is excused for them. */
	assert_int_equal(case_input_rules(scenario, &plan), ALL);
	assert_true(case_input_expects(scenario, &plan));
	scenario_close(scenario);
}

static void case_input_prune_leaves_what_happened(void **state)
{
	struct plan plan, left;
	char why[128];

	(void)state;
	assert_int_equal(plan_parse("cut=1+0,cut=2+all,cut=3+4", &plan, why, sizeof(why)), 0);
	assert_int_equal(plan_parse("cut=1+0,cut=3+4", &left, why, sizeof(why)), 0);
	case_input_prune(&plan, 5);
	assert_true(plan_equal(&plan, &left));
}

static void case_input_cuts_excuse_nothing(void **state)
{
	struct scenario *scenario = input_scenario("counter-burn");
	struct plan plan;
	char why[128];

	(void)state;
	assert_int_equal(input_rules(scenario, "none"), ALL);
	assert_int_equal(input_rules(scenario, "cut=3+12,cut=9+all,weak=2+:mix"), ALL);
	assert_int_equal(plan_parse("cut=3+12", &plan, why, sizeof(why)), 0);
	assert_true(case_input_expects(scenario, &plan));
	scenario_close(scenario);
}

static void case_input_other_hands_cost_availability_alone(void **state)
{
	struct scenario *scenario = input_scenario("counter-burn");
	struct plan plan;
	char why[128];

	(void)state;
	assert_int_equal(input_rules(scenario, "erase=0:slot_a"), ALWAYS);
	assert_int_equal(input_rules(scenario, "cut=9+all,flip=9:bootctl_1:0x3.1"), ALWAYS);
	assert_int_equal(plan_parse("erase=0:slot_a", &plan, why, sizeof(why)), 0);
	assert_false(case_input_expects(scenario, &plan));
	/* In place, a weak word may change between verification and run. */
	assert_int_equal(input_rules(scenario, "cut=9+4~,erase=9:slot_a"),
			 ALWAYS & ~(1u << RULE_WHOLE));
	scenario_close(scenario);
}

static void case_input_hands_in_a_running_device(void **state)
{
	struct scenario *in_place = input_scenario("counter-burn");
	struct scenario *in_ram = input_scenario("ab-update-ram");

	(void)state;
	assert_int_equal(input_rules(in_place, "cut=9+all,erase=8:slot_a"), 0);
	assert_int_equal(input_rules(in_ram, "cut=9+all,erase=8:slot_a"),
			 ALWAYS & ~(1u << RULE_CONTAINED));
	scenario_close(in_place);
	scenario_close(in_ram);
}

static void case_input_one_cell_of_three_may_be_wrong(void **state)
{
	struct scenario *scenario = input_scenario("counter-burn");
	uint32_t without = ALWAYS & ~(1u << RULE_FORWARD | 1u << RULE_TRUSTED);

	(void)state;
	assert_int_equal(input_rules(scenario, "flip=0:efuse:0x1.0"), ALWAYS);
	assert_int_equal(input_rules(scenario, "flip=0:efuse:0x1.0,flip=0:efuse:0x2.0"), without);
	assert_int_equal(input_rules(scenario, "flip=0:efuse:0x1.0,cut=30+0"), without);
	scenario_close(scenario);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(case_input_any_bytes_are_a_plan_with_a_text),
		cmocka_unit_test(case_input_first_byte_chooses_every_scenario),
		cmocka_unit_test(case_input_begins_with_the_scenarios_own_plan),
		cmocka_unit_test(case_input_prune_leaves_what_happened),
		cmocka_unit_test(case_input_cuts_excuse_nothing),
		cmocka_unit_test(case_input_other_hands_cost_availability_alone),
		cmocka_unit_test(case_input_hands_in_a_running_device),
		cmocka_unit_test(case_input_one_cell_of_three_may_be_wrong),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
