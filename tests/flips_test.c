/*
 * Bits that flip at rest, with cuts before and after: nothing that a device of this design does
 * then breaks trust, and a device that checks less is found out.
 */
#include "tests/explore_fixture.h"

#define SCENARIO(EXECUTE)                                                 \
	"name: t\nsummary: S.\ndevice:\n"                                 \
	"  flash: {kind: nor, sector: 512, sectors: 10, program: 128}\n"  \
	"  efuse: {counter: 2}\n  execute: " EXECUTE "\n"                 \
	"factory: {version: 1.0.0, security: 1, size: 400, header: 32}\n" \
	"update: {version: 1.1.0, security: 2, size: 400, header: 32}\n"  \
	"faults: {cut: every, tears: 1}\nexpect: {version: 1.1.0}\n"

/* Of the cuts, those that leave a weak word alone: they are enough, and soon done. */
static struct search *flips_run(void **state, const char *yaml, const char *specimen,
				uint32_t depth)
{
	struct search *search = search_text(*state, yaml, specimen);

	search->options.flips = FLIPS_BYTES;
	for (int i = SWEEP_INSIDE; i <= SWEEP_AFTER; i++)
		if (i != SWEEP_WORD)
			search->options.without |= 1u << i;
	search_run(search, depth, false);
	assert_true(search->result.flips > 1000);
	return search;
}

static void flips_close_search(struct search *search)
{
	explore_close(&search->explore);
	search_close(search);
}

static bool breaks(const struct search *search, enum rule rule)
{
	return search->result.violations[rule].found;
}

static void no_flip_breaks_trust_where_images_run_in_ram(void **state)
{
	struct search *search = flips_run(state, SCENARIO("ram"), NULL, 0);
	struct verdict verdict;

	for (int i = 0; i < RULES; i++)
		if (breaks(search, (enum rule)i))
			fail_msg("%s: %s", rule_name((enum rule)i),
				 search->result.violations[i].why);
	/* A byte of the only image there is, before the update comes, leaves nothing to boot. */
	assert_true(search->result.damage.found && search->result.damages > 1);
	run_case(&search->scene, &search->result.damage.plan, NULL, &verdict);
	assert_int_equal(verdict.rule[RULE_FIRED], HOLDS);
	assert_false(verdict_good(&verdict, search->scenario));
	flips_close_search(search);
}

static void no_flip_breaks_trust_in_place(void **state)
{
	struct search *search = flips_run(state, SCENARIO("in-place"), NULL, 0);

	for (int i = 0; i < RULES; i++)
		if (breaks(search, (enum rule)i))
			fail_msg("%s: %s", rule_name((enum rule)i),
				 search->result.violations[i].why);
	assert_true(search->result.damage.found);
	flips_close_search(search);
}

static void flip_finds_a_device_that_checks_no_hash(void **state)
{
	struct search *search = flips_run(state, SCENARIO("ram"), "hash-unchecked", 0);

	assert_true(breaks(search, RULE_WHOLE) || breaks(search, RULE_TRUSTED));
	replay_all(search);
	flips_close_search(search);
}

static void flips_are_the_same_on_two_processes(void **state)
{
	struct search *one = flips_run(state, SCENARIO("ram"), NULL, 0), *two;

	two = search_text(*state, SCENARIO("ram"), NULL);
	two->options = one->options;
	two->options.jobs = 2;
	search_run(two, 0, false);
	assert_memory_equal(&one->result, &two->result, sizeof(one->result));
	flips_close_search(one);
	flips_close_search(two);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(no_flip_breaks_trust_where_images_run_in_ram),
		cmocka_unit_test(no_flip_breaks_trust_in_place),
		cmocka_unit_test(flip_finds_a_device_that_checks_no_hash),
		cmocka_unit_test(flips_are_the_same_on_two_processes),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
