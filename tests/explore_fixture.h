/* A search over a scenario, and what it found held against replays. */
#ifndef TESTS_EXPLORE_FIXTURE_H
#define TESTS_EXPLORE_FIXTURE_H

#include "tests/scenario_fixture.h"

#include "sim/explore/controls.h"
#include "sim/sweep.h"

#define THINGS (RULES + 1) /* rules, and the expectation */

struct search {
	struct scenario *scenario;
	struct device_firmware specimen;
	struct run_scene scene;
	struct explore_options options;
	struct explore_result result;
	struct explore explore;
};

static inline void search_scene(struct search *search, const char *specimen)
{
	const struct device_firmware *firmware = device_reference();
	char why[8192];

	assert_non_null(search->scenario);
	if (specimen) {
		if (device_load(specimen, &search->specimen, why, sizeof(why)))
			fail_msg("%s", why);
		firmware = &search->specimen;
	}
	if (run_scene_open(&search->scene, search->scenario, firmware, why, sizeof(why)))
		fail_msg("%s", why);
	search->options.tears = search->scenario->faults.tears;
}

static inline struct search *search_new(void)
{
	struct search *search = calloc(1, sizeof(*search));

	assert_non_null(search);
	return search;
}

static inline struct search *search_text(struct fixture *fixture, const char *yaml,
					 const char *specimen)
{
	struct search *search = search_new();

	search->scenario = fixture_good(fixture, "1-t.yaml", yaml);
	search_scene(search, specimen);
	return search;
}

static inline struct search *search_file(const char *path, const char *specimen)
{
	struct search *search = search_new();

	search->scenario = scenario_open(path);
	search_scene(search, specimen);
	return search;
}

static inline void search_run(struct search *search, uint32_t depth, bool exact)
{
	char why[512];

	search->options.depth = depth;
	search->options.exact = exact;
	if (explore_open(&search->explore, &search->scene, &search->options, &search->result, why,
			 sizeof(why)))
		fail_msg("%s", why);
	if (explore_search(&search->explore, why, sizeof(why)))
		fail_msg("%s", why);
	explore_settle(&search->explore);
}

static inline void search_close(struct search *search)
{
	run_scene_close(&search->scene);
	scenario_close(search->scenario);
	device_unload(&search->specimen);
	free(search);
}

static inline const struct explore_violation *search_violation(const struct search *search,
							       int thing)
{
	return thing < RULES ? &search->result.violations[thing] : &search->result.expectation;
}

static inline const char *thing_name(int thing)
{
	return thing < RULES ? rule_name((enum rule)thing) : "expectation";
}

static inline bool thing_broken(const struct verdict *verdict, int thing)
{
	return thing < RULES ? verdict->rule[thing] == BROKEN : verdict->expectation_failed;
}

static inline uint32_t cuts_of(const struct plan *plan)
{
	uint32_t cuts = 0;

	for (uint32_t i = 0; i < plan->count; i++)
		cuts += plan->faults[i].kind == PLAN_CUT;
	return cuts;
}

static inline void replay_all(const struct search *search)
{
	char why[2048] = "";

	for (int i = 0; i < THINGS; i++) {
		const struct explore_violation *violation = search_violation(search, i);
		char id[CASE_ID_TEXT_BYTES];
		struct verdict verdict;

		if (!violation->found)
			continue;
		sweep_case_id(&search->scene, &violation->plan, id);
		assert_int_equal(cuts_of(&violation->plan), violation->depth);
		run_case(&search->scene, &violation->plan, NULL, &verdict);
		if (verdict.rule[RULE_FIRED] != HOLDS || !thing_broken(&verdict, i))
			fail_msg("%s: does not break %s", id, thing_name(i));
	}
	if (controls_replay(&search->scene, &search->result, why, sizeof(why)))
		fail_msg("%s", why);
}

#endif
