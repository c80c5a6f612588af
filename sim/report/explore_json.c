/* What came of a search, as JSON: all of it, or the certificate of one that closed and held. */
#include <assert.h>
#include <stdlib.h>

#include "sim/explore/controls.h"
#include "sim/report/explore_report.h"
#include "sim/report/json_value.h"
#include "sim/report/report.h"

static json_t *explore_json_hex(const uint8_t *bytes, size_t count)
{
	char text[2 * 32 + 1] = "";

	assert(count <= 32);
	for (size_t i = 0; i < count; i++)
		snprintf(text + 2 * i, 3, "%02x", bytes[i]);
	return json_string(text);
}

static json_t *explore_json_lines(const struct explore_report_lines *lines)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < lines->count; i++)
		json_array_append_new(array, json_string(lines->line[i]));
	return array;
}

static json_t *explore_json_ways(const struct explore_report *report)
{
	struct explore_report_lines lines;

	explore_report_ways(report, &lines);
	return explore_json_lines(&lines);
}

static json_t *explore_json_limits(const struct explore_report *report)
{
	struct explore_report_lines lines;

	explore_report_limits(report, &lines);
	return explore_json_lines(&lines);
}

/* How many parts a program is cut into; null: every byte. */
static json_t *explore_json_tears(const struct explore_report *report)
{
	uint32_t tears = report->explore->options->tears;

	return tears == UINT32_MAX ? json_null() : json_value_number(tears);
}

static json_t *explore_json_case(const struct explore_report *report, const struct plan *plan,
				 uint32_t depth)
{
	char id[CASE_ID_TEXT_BYTES];

	if (!controls_has_case(plan, depth))
		return json_null();
	sweep_case_id(report->explore->scene, plan, id);
	return json_string(id);
}

static json_t *explore_json_cuts(const struct explore_report *report)
{
	const struct explore_result *result = report->explore->result;
	json_t *ways = json_object();

	for (int i = 0; i < SWEEP_WAYS; i++)
		if (result->ways[i])
			json_object_set_new(ways, sweep_way_name((enum sweep_way)i),
					    json_value_number(result->ways[i]));
	return ways;
}

static json_t *explore_json_care(const struct explore_report *report)
{
	json_t *care = json_object();
	char text[512];

	for (int i = 0; i < CARE_REGIONS; i++) {
		explore_report_dead(report, (enum care_region)i, text, sizeof(text));
		json_object_set_new(care, explore_report_region((enum care_region)i),
				    json_string(text));
	}
	return care;
}

static json_t *explore_json_violation(const struct explore_report *report, int rule)
{
	const struct explore *explore = report->explore;
	const struct explore_violation *violation =
		rule < RULES ? &explore->result->violations[rule] : &explore->result->expectation;
	const char *may_break = rule < RULES ? explore->scene->scenario->may_break[rule] : NULL;

	return json_pack("{s:o, s:o, s:o, s:o, s:o}", "rule",
			 rule < RULES ? json_string(rule_name((enum rule)rule)) : json_null(),
			 "cuts", json_value_number(violation->depth), "why",
			 json_value_text(violation->why), "case",
			 explore_json_case(report, &violation->plan, violation->depth), "may_break",
			 may_break ? json_value_text(may_break) : json_null());
}

static json_t *explore_json_scars(const struct explore_report *report)
{
	const struct explore_result *result = report->explore->result;
	char id[CASE_ID_TEXT_BYTES];

	if (!result->scars)
		return json_pack("{s:i, s:n}", "count", 0, "case");
	sweep_case_id(report->explore->scene, &result->scar_plan, id);
	return json_pack("{s:o, s:s, s:s}", "count", json_value_number(result->scars), "first",
			 result->scar, "case", id);
}

/* What flips cost, where they do not break trust. */
static json_t *explore_json_damage(const struct explore_report *report)
{
	const struct explore_result *result = report->explore->result;
	const struct explore_violation *damage = &result->damage;

	if (!damage->found)
		return json_null();
	return json_pack("{s:o, s:o, s:o, s:o}", "lives", json_value_number(result->damages),
			 "cuts", json_value_number(damage->depth), "why",
			 json_value_text(damage->why), "case",
			 explore_json_case(report, &damage->plan, damage->depth));
}

static json_t *explore_json_violations(const struct explore_report *report)
{
	const struct explore_result *result = report->explore->result;
	json_t *violations = json_array();

	for (int i = 0; i < RULES; i++)
		if (result->violations[i].found)
			json_array_append_new(violations, explore_json_violation(report, i));
	if (result->expectation.found)
		json_array_append_new(violations, explore_json_violation(report, RULES));
	return violations;
}

/* What was searched: the same in a report and in a certificate. */
static json_t *explore_json_subject(const struct explore_report *report)
{
	const struct run_scene *scene = report->explore->scene;
	const struct scenario *scenario = scene->scenario;
	char digest[CASE_ID_DIGEST_BYTES];
	json_t *root = json_object();

	sweep_digest(scene, digest);
	json_object_set_new(root, "scenario", json_value_text(scenario->name));
	json_object_set_new(root, "device",
			    scene->firmware->name[0] ? json_value_text(scene->firmware->name)
						     : json_null());
	json_object_set_new(root, "digest", json_string(digest));
	json_object_set_new(root, "firmware_digest", explore_json_hex(scene->firmware->digest, 32));
	json_object_set_new(root, "scenario_digest", explore_json_hex(scenario->digest, 32));
	json_object_set_new(root, "ways_of_cutting", explore_json_ways(report));
	json_object_set_new(root, "tears", explore_json_tears(report));
	json_object_set_new(root, "exact", json_boolean(report->explore->options->exact));
	json_object_set_new(root, "limits", explore_json_limits(report));
	return root;
}

static void explore_json_counts(const struct explore_report *report, json_t *root)
{
	const struct explore_result *result = report->explore->result;

	json_object_set_new(root, "states", json_value_number(result->states));
	json_object_set_new(root, "states_digest",
			    explore_json_hex(result->digest, sizeof(result->digest)));
	json_object_set_new(root, "lives", json_value_number(result->lives));
	json_object_set_new(root, "ops", json_value_number(result->ops));
	json_object_set_new(root, "cuts", json_value_number(result->cuts));
}

static int explore_json_write(json_t *root, FILE *to)
{
	int rc = json_dumpf(root, to, JSON_INDENT(1));

	json_decref(root);
	return rc != 0 || putc('\n', to) == EOF ? -1 : 0;
}

int explore_json(const struct explore_report *report, FILE *to)
{
	const struct explore *explore = report->explore;
	const struct explore_result *result = explore->result;
	char forged[PLAN_TEXT_BYTES], end[EXPLORE_REPORT_LINE_BYTES], id[CASE_ID_TEXT_BYTES];
	json_t *root = explore_json_subject(report);

	plan_print(&report->forged, forged);
	explore_report_end(report, end);
	sweep_case_id(explore->scene, &result->settle_plan, id);
	json_object_set_new(root, "path", json_value_text(explore->scene->scenario->path));
	json_object_set_new(root, "control_forged", json_string(forged));
	json_object_set_new(root, "closed", json_boolean(result->closed));
	json_object_set_new(root, "held", json_boolean(explore_report_held(report)));
	json_object_set_new(root, "end", json_string(end));
	json_object_set_new(root, "bound",
			    result->closed ? json_null() : json_string(result->bound));
	explore_json_counts(report, root);
	json_object_set_new(root, "cuts_by_way", explore_json_cuts(report));
	json_object_set_new(root, "cuts_to_known_states", json_value_number(result->known));
	json_object_set_new(root, "passes", json_value_number(result->passes));
	json_object_set_new(root, "dead_bytes", explore_json_care(report));
	json_object_set_new(root, "states_at_rest", json_value_number(result->resting));
	json_object_set_new(root, "cuts_in_a_row", json_value_number(result->depth));
	json_object_set_new(root, "cuts_in_a_row_case",
			    explore_json_case(report, &result->depth_plan, result->depth));
	json_object_set_new(root, "lives_to_rest", json_value_number(result->settle_lives));
	json_object_set_new(root, "lives_to_rest_case", json_string(id));
	json_object_set_new(root, "bytes", json_value_number(result->bytes));
	json_object_set_new(root, "scars", explore_json_scars(report));
	json_object_set_new(root, "flips", json_value_number(result->flips));
	json_object_set_new(root, "damage", explore_json_damage(report));
	json_object_set_new(root, "violations", explore_json_violations(report));
	return explore_json_write(root, to);
}

int explore_json_certificate(const struct explore_report *report, FILE *to)
{
	const struct explore_result *result = report->explore->result;
	json_t *root = explore_json_subject(report), *rules = json_array();

	assert(result->closed && explore_report_held(report));
	for (int i = 0; i < RULES; i++)
		if (!result->violations[i].found)
			json_array_append_new(rules, json_string(rule_name((enum rule)i)));
	json_object_set_new(root, "rules", rules);
	explore_json_counts(report, root);
	return explore_json_write(root, to);
}
