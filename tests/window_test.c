/* The window in which cuts break a rule: its two edges are what the order of ops is about. */
#include "tests/explore_fixture.h"

#include "sim/window.h"

#define SMALL "scenarios/1xx-power/102-ab-update-small.yaml"

static struct plan plan_of(const char *text)
{
	char why[256] = "";
	struct plan plan;

	if (plan_parse(text, &plan, why, sizeof(why)))
		fail_msg("%s", why);
	return plan;
}

static bool settles(const struct search *search, uint32_t op)
{
	char text[32];
	struct verdict verdict;
	struct plan plan;

	(void)snprintf(text, sizeof(text), "cut=%u+0", op);
	plan = plan_of(text);
	run_case(&search->scene, &plan, NULL, &verdict);
	assert_int_equal(verdict.rule[RULE_FIRED], HOLDS);
	return verdict.rule[RULE_SETTLES] == HOLDS;
}

static void window_ends_where_cuts_break_nothing(void **state)
{
	struct search *search = search_file(SMALL, "early-pending");
	struct plan plan = plan_of("cut=54+0");
	struct window window;

	(void)state;
	assert_true(window_find(&search->scene, &plan, RULE_SETTLES, &window));
	assert_true(window.opens.number < 54 && window.closes.number >= 54);
	assert_true(settles(search, window.opens.number));
	assert_false(settles(search, window.opens.number + 1));
	assert_false(settles(search, window.closes.number));
	assert_true(settles(search, window.closes.number + 1));
	assert_ptr_equal(strstr(window.opens.site, "record.c:"), window.opens.site);
	assert_ptr_equal(strstr(window.closes.site, "download.c:"), window.closes.site);
	search_close(search);
}

static void no_window_where_order_is_no_matter(void **state)
{
	static const char *const plans[] = {"none", "flip=0:slot_a:0x100.3", "cut=54+0"};
	struct search *search = search_file(SMALL, NULL);
	struct window window;

	(void)state;
	for (size_t i = 0; i < sizeof(plans) / sizeof(plans[0]); i++) {
		struct plan plan = plan_of(plans[i]);

		assert_false(window_find(&search->scene, &plan, RULE_SETTLES, &window));
	}
	search_close(search);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(window_ends_where_cuts_break_nothing),
		cmocka_unit_test(no_window_where_order_is_no_matter),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
