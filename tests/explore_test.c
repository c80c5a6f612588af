/*
 * A search that merges states finds what a sweep without merging finds: the same rules, broken by
 * as few cuts, for the firmware and for every specimen. And what it finds can be replayed.
 */
#include "sim/specimen.h"
#include "tests/explore_fixture.h"

#define SPECIMENS_MAX 128
#define EVERY	      "EXPLORE_SPECIMENS" /* set: all of them, not only those of a few scenarios */
#define NEVER	      UINT32_MAX
#define RESTLESS      "mirror-always"
/* Reads weak cells in life after life: a search lets each choose, a sweep has one choice for all.
 */
#define WAVERING "resume-readback"

#define DEVICE                                                           \
	"name: t\nsummary: S.\ndevice:\n"                                \
	"  flash: {kind: nor, sector: 512, sectors: 10, program: 128}\n" \
	"  efuse: {counter: 2}\n"
#define FACTORY "factory: {version: 1.0.0, security: 1, size: 500, header: 32}\n"
#define UPDATE	"update: {version: 1.1.0, security: 2, size: 600, header: 32}\n"

/* Small devices, so that every pair of cuts can be run without merging. */
static const char one_copy_lost[] =
	DEVICE FACTORY "faults: {plan: 'erase=0:bootctl_0', cut: every, tears: 2}\n";
static const char image_on_trial[] = DEVICE FACTORY
	"releases: [{name: next, version: 1.1.0, security: 1, size: 600, header: 32, sequence: "
	"2}]\n"
	"faults: {plan: 'write=0:slot_b:next,erase=0:bootctl_0,erase=0:bootctl_1,"
	"erase=0:bootctl_2', cut: every, tears: 2}\n";
static const char whole_update[] =
	DEVICE FACTORY UPDATE "faults: {cut: every, tears: 2}\nexpect: {version: 1.1.0}\n";

/* Without burns, so that pairs of cuts are few enough. */
static const char update_without_burns[] =
	DEVICE FACTORY "update: {version: 1.1.0, security: 1, size: 600, header: 32}\n"
		       "faults: {cut: every, tears: 1}\nexpect: {version: 1.1.0}\n";

/* The fewest cuts that break a rule, and that break it before any other. */
struct fewest {
	uint32_t any[THINGS], first[THINGS];
};

/* ---- the same without merging ---- */

static void keep_fewest(uint32_t *fewest, uint32_t cuts)
{
	if (cuts < *fewest)
		*fewest = cuts;
}

static bool note_case(void *context, const struct run *run, const struct verdict *verdict)
{
	struct fewest *fewest = context;
	uint32_t cuts = cuts_of(&run->plan);

	for (int i = 0; i < THINGS; i++)
		if (thing_broken(verdict, i))
			keep_fewest(&fewest->any[i], cuts);
	if (verdict->first >= 0)
		keep_fewest(&fewest->first[verdict->first], cuts);
	else if (verdict->expectation_failed)
		keep_fewest(&fewest->first[RULES], cuts);
	return false;
}

static uint64_t sweep_all(const struct search *search, struct fewest *fewest)
{
	struct sweep_options options = {
		.jobs = 1, .shards = 1, .context = fewest, .case_done = note_case};
	struct sweep_result *result = calloc(1, sizeof(*result));
	uint64_t cases;

	assert_non_null(result);
	memset(fewest, 0xff, sizeof(*fewest));
	assert_int_equal(sweep_scenario(&search->scene, &options, result), 0);
	assert_int_equal(result->unfired, 0);
	cases = result->cases;
	free(result);
	return cases;
}

/*
 * What breaks first in some case, the search must find, by as few cuts; what it finds must break in
 * some case. Between the two lies only what breaks after something else did: a search ends there.
 */
static void compare(const struct search *search, const struct fewest *fewest)
{
	for (int i = 0; i < THINGS; i++) {
		const struct explore_violation *violation = search_violation(search, i);
		uint32_t found = violation->found ? violation->depth : NEVER;

		if (found > fewest->first[i] || found < fewest->any[i])
			fail_msg("%s~%s %s: %s breaks by %d cuts, unmerged by %d (first by %d)",
				 search->scenario->name, search->scene.firmware->name,
				 search->options.exact ? "exact" : "merged", thing_name(i),
				 (int)found, (int)fewest->any[i], (int)fewest->first[i]);
	}
}

/* ---- every firmware ---- */

struct firmwares {
	uint32_t count;
	char name[SPECIMENS_MAX][DEVICE_NAME_BYTES];
};

/* Those that cuts of a small update show are a part of `make check`, all of `make check-long`. */
static bool firmware_listed(const struct specimen *specimen)
{
	if (strcmp(specimen->name, WAVERING) == 0)
		return false;
	return getenv(EVERY) || strstr(specimen->scenario, "/104-counter-burn") ||
	       strstr(specimen->scenario, "/110-smallest-update");
}

static void firmwares_list(struct firmwares *firmwares)
{
	struct specimens specimens;

	assert_int_equal(specimens_open(&specimens, "device-model/specimens", "scenarios"), 0);
	firmwares->count = 0;
	for (uint32_t i = 0; i < specimens.count; i++) {
		if (!firmware_listed(&specimens.list[i]))
			continue;
		assert_in_range(firmwares->count, 0, SPECIMENS_MAX - 1);
		(void)snprintf(firmwares->name[firmwares->count++], DEVICE_NAME_BYTES, "%s",
			       specimens.list[i].name);
	}
	specimens_close(&specimens);
	assert_in_range(firmwares->count, 12, SPECIMENS_MAX);
}

/* Pairs of cuts are too many where lives go on and make ops without end. */
static bool firmware_rests(const struct search *search)
{
	struct verdict verdict;

	run_case(&search->scene, &search->scenario->faults.plan, NULL, &verdict);
	return verdict.rule[RULE_SETTLES] != BROKEN;
}

/* So many cuts, but one where nothing rests. Returns how many things broke. */
static uint32_t compare_firmware(struct fixture *fixture, const char *yaml, const char *specimen,
				 uint32_t cuts)
{
	struct search *search = search_text(fixture, yaml, specimen);
	struct fewest fewest;
	uint32_t broken = 0;

	if (!firmware_rests(search))
		cuts = 1;
	search->scenario->faults.cuts = cuts;
	assert_true(sweep_all(search, &fewest) > 0);
	for (int exact = 0; exact <= 1; exact++) {
		search_run(search, cuts, exact);
		compare(search, &fewest);
		replay_all(search);
		explore_close(&search->explore);
	}
	for (int i = 0; i < THINGS; i++)
		broken += search_violation(search, i)->found;
	search_close(search);
	return broken;
}

/* Returns how many of them broke. */
static uint32_t compare_all(struct fixture *fixture, const char *yaml, uint32_t cuts)
{
	struct firmwares firmwares;
	uint32_t broken = 0;

	assert_int_equal(compare_firmware(fixture, yaml, NULL, cuts), 0);
	firmwares_list(&firmwares);
	for (uint32_t i = 0; i < firmwares.count; i++)
		broken += compare_firmware(fixture, yaml, firmwares.name[i], cuts) > 0;
	return broken;
}

static void two_cuts_merged_and_not_break_the_same_where_bootctl_is_mended(void **state)
{
	(void)compare_all(*state, one_copy_lost, 2);
}

static void two_cuts_merged_and_not_break_the_same_where_an_image_is_on_trial(void **state)
{
	(void)compare_all(*state, image_on_trial, 2);
}

static void one_cut_merged_and_not_breaks_the_same_in_an_update(void **state)
{
	assert_true(compare_all(*state, whole_update, 1) > 4);
}

static void two_cuts_merged_and_not_break_the_same_where_one_breaks_nothing(void **state)
{
	assert_int_equal(compare_firmware(*state, update_without_burns, "journal-left", 1), 0);
	assert_true(compare_firmware(*state, update_without_burns, "journal-left", 2) > 0);
}

/* The end of a life and a cut of its last op, all but the return, lead to one state. */
static void state_at_the_end_of_a_life_takes_no_cut_of_its_last_op(void **state)
{
	struct search *search = search_text(*state, whole_update, RESTLESS);

	search_run(search, 2, false);
	explore_close(&search->explore);
	assert_true(search->result.violations[RULE_SETTLES].found);
	assert_int_equal(search->result.violations[RULE_SETTLES].depth, 0);
	search_close(search);
}

/* ---- one result ---- */

/* What a person reads and what a certificate says: equal to the byte, so are these. */
static void same_result(const struct search *one, const struct search *two)
{
	assert_memory_equal(&one->result, &two->result, sizeof(one->result));
	for (uint32_t i = 0; i < one->result.states; i++) {
		assert_int_equal(one->explore.nodes[i].parent, two->explore.nodes[i].parent);
		assert_int_equal(one->explore.nodes[i].op, two->explore.nodes[i].op);
		assert_int_equal(one->explore.nodes[i].edges, two->explore.nodes[i].edges);
	}
	for (uint32_t i = 0; i < one->explore.edge_count; i++)
		assert_int_equal(one->explore.edges[i].next, two->explore.edges[i].next);
}

static void two_searches_are_the_same(void **state)
{
	struct search *one = search_text(*state, one_copy_lost, NULL);
	struct search *two = search_text(*state, one_copy_lost, NULL);

	search_run(one, UINT32_MAX, false);
	search_run(two, UINT32_MAX, false);
	assert_true(one->result.closed);
	same_result(one, two);
	explore_close(&one->explore);
	explore_close(&two->explore);
	search_close(one);
	search_close(two);
}

/* Also where passes go astray, rules break, and a depth or the memory ends the search. */
static void search_is_the_same_on_any_number_of_processes(void **state)
{
	static const struct {
		const char *yaml, *specimen;
		uint32_t depth;
		uint64_t memory_bytes;
	} cases[] = {
		{whole_update, NULL, UINT32_MAX, 0},
		{whole_update, NULL, 3, 0},
		{whole_update, NULL, UINT32_MAX, 500 * 1024},
		{update_without_burns, "journal-left", 3, 0},
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct search *alone = search_text(*state, cases[i].yaml, cases[i].specimen);

		alone->options.memory_bytes = cases[i].memory_bytes;
		search_run(alone, cases[i].depth, false);
		assert_true(alone->result.states > 100);
		for (uint32_t jobs = 2; jobs <= 3; jobs++) {
			struct search *search =
				search_text(*state, cases[i].yaml, cases[i].specimen);

			search->options.jobs = jobs;
			search->options.memory_bytes = cases[i].memory_bytes;
			search_run(search, cases[i].depth, false);
			same_result(alone, search);
			explore_close(&search->explore);
			search_close(search);
		}
		explore_close(&alone->explore);
		search_close(alone);
	}
}

/* Neither an op that is not cut again nor a life that is left where another passed hides a state.
 */
static void short_ways_lead_where_the_long_ones_do(void **state)
{
	struct search *quick = search_text(*state, whole_update, NULL);
	struct search *thorough = search_text(*state, whole_update, NULL);

	thorough->options.thorough = true;
	search_run(quick, UINT32_MAX, false);
	search_run(thorough, UINT32_MAX, false);
	assert_true(quick->result.closed && thorough->result.closed);
	assert_true(quick->result.ops < thorough->result.ops / 10);
	assert_int_equal(quick->result.states, thorough->result.states);
	assert_int_equal(quick->result.lives, thorough->result.lives);
	assert_int_equal(quick->result.settle_lives, thorough->result.settle_lives);
	assert_memory_equal(quick->result.digest, thorough->result.digest, 16);
	explore_close(&quick->explore);
	explore_close(&thorough->explore);
	search_close(quick);
	search_close(thorough);
}

static void closed_search_is_not_moved_by_a_depth_that_it_does_not_reach(void **state)
{
	struct search *search = search_text(*state, one_copy_lost, NULL);
	struct explore_result closed;

	search_run(search, UINT32_MAX, false);
	explore_close(&search->explore);
	closed = search->result;
	assert_true(closed.closed && closed.depth > 1);
	search_run(search, closed.depth + 1, false);
	explore_close(&search->explore);
	assert_memory_equal(&closed, &search->result, sizeof(closed));
	/* At this depth nothing is known of what a further cut would do. */
	search_run(search, closed.depth, false);
	explore_close(&search->explore);
	assert_false(search->result.closed);
	assert_string_equal(search->result.bound, "--depth");
	search_close(search);
}

static void search_stops_at_its_memory_and_says_so(void **state)
{
	struct search *search = search_text(*state, image_on_trial, NULL);

	search->options.memory_bytes = 64 * 1024;
	search_run(search, UINT32_MAX, false);
	assert_false(search->result.closed);
	assert_string_equal(search->result.bound, "--memory");
	assert_true(search->result.bytes > search->options.memory_bytes);
	explore_close(&search->explore);
	search_close(search);
}

static void search_of_depth_0_makes_no_cut(void **state)
{
	struct search *search = search_text(*state, whole_update, NULL);

	search_run(search, 0, false);
	assert_int_equal(search->result.cuts, 0);
	assert_int_equal(search->result.depth, 0);
	assert_true(search->result.lives > 0);
	assert_false(search->result.closed);
	explore_close(&search->explore);
	search_close(search);
}

/*
 * An agent that starts its download again from nothing after each cut, and writes a log that no
 * code reads back: states that differ in that log alone are one, and the space closes.
 */
static void search_closes_over_a_log_that_nobody_reads(void **state)
{
	struct search *search = search_text(*state, whole_update, "log-unread");
	struct search *kept = search_text(*state, whole_update, "log-unread");

	search_run(search, UINT32_MAX, false);
	assert_true(search->result.closed && explore_good(&search->result, search->scenario));
	search_run(kept, 2, true);
	explore_close(&search->explore);
	search_run(search, 2, false);
	assert_true(search->result.states < kept->result.states / 3);
	explore_close(&search->explore);
	explore_close(&kept->explore);
	search_close(search);
	search_close(kept);
}

/* ---- controls ---- */

static void control_fails_if_a_forged_image_runs(void **state)
{
	struct search *good = search_text(*state, whole_update, NULL);
	struct search *bad = search_text(*state, whole_update, "hash-unchecked");
	char why[2048] = "";
	struct plan forged;

	assert_int_equal(controls_run(&good->scene, &forged, why, sizeof(why)), 0);
	assert_int_equal(forged.count, 1);
	assert_int_equal(forged.faults[0].kind, PLAN_FLIP);
	assert_int_equal(controls_run(&bad->scene, &forged, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "control failed: with a bit of the factory image flipped"));
	search_close(good);
	search_close(bad);
}

static void control_fails_if_the_good_image_is_not_good(void **state)
{
	struct search *search = search_text(*state, whole_update, "mirror-always");
	char why[2048] = "";
	struct plan forged;

	assert_int_equal(controls_run(&search->scene, &forged, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "control failed: without a cut, settles: "));
	search_close(search);
}

static void control_forges_an_image_that_is_provisioned_first(void **state)
{
	struct search *search = search_file("scenarios/6xx-lifecycle/609-provisioning.yaml", NULL);
	char why[2048] = "";
	struct plan forged;

	(void)state;
	if (controls_run(&search->scene, &forged, why, sizeof(why)))
		fail_msg("%s", why);
	assert_true(forged.faults[0].op > 0);
	search_close(search);
}

static void violation_that_does_not_replay_is_an_error(void **state)
{
	struct search *search = search_text(*state, whole_update, NULL);
	char why[2048] = "";

	search->result.violations[RULE_BOOTS].found = true;
	assert_int_equal(controls_replay(&search->scene, &search->result, why, sizeof(why)), -1);
	assert_non_null(strstr(why, "internal error: "));
	search_close(search);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(two_cuts_merged_and_not_break_the_same_where_bootctl_is_mended),
		cmocka_unit_test(two_cuts_merged_and_not_break_the_same_where_an_image_is_on_trial),
		cmocka_unit_test(one_cut_merged_and_not_breaks_the_same_in_an_update),
		cmocka_unit_test(two_cuts_merged_and_not_break_the_same_where_one_breaks_nothing),
		cmocka_unit_test(state_at_the_end_of_a_life_takes_no_cut_of_its_last_op),
		cmocka_unit_test(two_searches_are_the_same),
		cmocka_unit_test(search_is_the_same_on_any_number_of_processes),
		cmocka_unit_test(short_ways_lead_where_the_long_ones_do),
		cmocka_unit_test(closed_search_is_not_moved_by_a_depth_that_it_does_not_reach),
		cmocka_unit_test(search_stops_at_its_memory_and_says_so),
		cmocka_unit_test(search_of_depth_0_makes_no_cut),
		cmocka_unit_test(search_closes_over_a_log_that_nobody_reads),
		cmocka_unit_test(control_fails_if_a_forged_image_runs),
		cmocka_unit_test(control_fails_if_the_good_image_is_not_good),
		cmocka_unit_test(control_forges_an_image_that_is_provisioned_first),
		cmocka_unit_test(violation_that_does_not_replay_is_an_error),
	};

	if (!getenv(EVERY))
		puts("left to make check-long: every specimen merged and not; those of "
		     "104-counter-burn and 110-smallest-update ran");
	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
