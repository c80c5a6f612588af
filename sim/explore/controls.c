/* The controls of a search, each a case that is run from its start. */
#include "sim/explore/controls.h"

#include <stdio.h>

#define CONTROLS_FACTORY 0 /* index of the factory image among the releases */

/* What a control looks at while its case runs. */
struct controls_seen {
	uint32_t provisioned; /* last op of the jig's program, if it is part of the case */
	bool factory_ran, flipped;
};

static void controls_life_ends(void *context, const struct run *run)
{
	struct controls_seen *seen = context;

	if (run->history.end == DEVICE_DONE && !seen->provisioned)
		seen->provisioned = run->faults.op;
	if (run->history.running == CONTROLS_FACTORY)
		seen->factory_ran = true;
	/* Not by the verdict's word: an attack on the network that a dead device never meets is a
	 * fault that did not happen as well. */
	seen->flipped = run->faults.fired != 0;
}

static struct controls_seen controls_case(const struct run_scene *scene, const struct plan *plan,
					  struct verdict *verdict)
{
	struct controls_seen seen = {0};
	struct run_watch watch = {.context = &seen, .life_ends = controls_life_ends};

	run_case(scene, plan, &watch, verdict);
	return seen;
}

static int controls_good(const struct run_scene *scene, char *why, size_t why_bytes)
{
	const struct scenario *scenario = scene->scenario;
	const char *what = "expectation";
	struct verdict verdict;
	char id[CASE_ID_TEXT_BYTES];

	run_case(scene, &scenario->faults.plan, NULL, &verdict);
	if (verdict_good(&verdict, scenario))
		return 0;
	if (verdict.first >= 0)
		what = rule_name((enum rule)verdict.first);
	sweep_case_id(scene, &scenario->faults.plan, id);
	snprintf(why, why_bytes,
		 "%s: control failed: without a cut, %s: %s, expected a case that is good (%s)",
		 scenario->path, what,
		 verdict.first >= 0 ? verdict.breaks[verdict.first].why : verdict.expectation, id);
	return -1;
}

/* One bit in the middle of the factory image's payload, once the image is where it belongs. */
static void controls_forge(const struct run_scene *scene, struct plan *forged)
{
	static const struct plan none;
	const struct scenario *scenario = scene->scenario;
	const struct scenario_release *factory = &scenario->releases[CONTROLS_FACTORY];
	struct plan_fault flip = {.kind = PLAN_FLIP,
				  .region = PLAN_SLOT_A,
				  .offset = factory->header_bytes + factory->payload_bytes / 2};
	struct verdict verdict;

	if (scenario->starts_blank)
		flip.op = controls_case(scene, &none, &verdict).provisioned;
	*forged = none;
	/* A plan without faults has room for one. */
	(void)plan_add(forged, &flip);
}

static int controls_forged(const struct run_scene *scene, const struct plan *forged, char *why,
			   size_t why_bytes)
{
	static const enum rule rules[] = {RULE_TRUSTED, RULE_WHOLE, RULE_FORWARD};
	struct verdict verdict;
	struct controls_seen seen = controls_case(scene, forged, &verdict);
	const char *broken = seen.factory_ran ? "the image runs"
			     : !seen.flipped  ? "no bit was flipped"
					      : NULL;
	char id[CASE_ID_TEXT_BYTES];

	for (size_t i = 0; i < sizeof(rules) / sizeof(rules[0]); i++)
		if (!broken && verdict.rule[rules[i]] == BROKEN)
			broken = verdict.breaks[rules[i]].why;
	if (!broken)
		return 0;
	sweep_case_id(scene, forged, id);
	snprintf(why, why_bytes,
		 "%s: control failed: with a bit of the factory image flipped, %s, expected a "
		 "forged "
		 "image to be passed over (%s)",
		 scene->scenario->path, broken, id);
	return -1;
}

int controls_run(const struct run_scene *scene, struct plan *forged, char *why, size_t why_bytes)
{
	if (controls_good(scene, why, why_bytes) != 0)
		return -1;
	controls_forge(scene, forged);
	return controls_forged(scene, forged, why, why_bytes);
}

bool controls_has_case(const struct plan *plan, uint32_t depth)
{
	uint32_t cuts = 0;

	for (uint32_t i = 0; i < plan->count; i++)
		cuts += plan->faults[i].kind == PLAN_CUT;
	return cuts == depth;
}

int controls_replay(const struct run_scene *scene, const struct explore_result *result, char *why,
		    size_t why_bytes)
{
	for (int i = 0; i <= RULES; i++) {
		const struct explore_violation *violation =
			i < RULES ? &result->violations[i] : &result->expectation;
		char id[CASE_ID_TEXT_BYTES];
		struct verdict verdict;
		bool broken;

		if (!violation->found || !controls_has_case(&violation->plan, violation->depth))
			continue;
		run_case(scene, &violation->plan, NULL, &verdict);
		broken = i < RULES ? verdict.rule[i] == BROKEN : verdict.expectation_failed;
		if (broken && (i == RULE_FIRED || verdict.rule[RULE_FIRED] == HOLDS))
			continue;
		sweep_case_id(scene, &violation->plan, id);
		snprintf(why, why_bytes,
			 "internal error: the search says that %s breaks %s (%s), and it does not "
			 "when it is run; please report this",
			 id, i < RULES ? rule_name((enum rule)i) : "the expectation",
			 violation->why);
		return -1;
	}
	return 0;
}
