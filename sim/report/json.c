/* What came of a run, as one JSON object. */

#include "sim/report/json_value.h"
#include "sim/report/report.h"

static json_t *json_covers(const struct scenario *scenario)
{
	json_t *covers = json_array();

	for (uint32_t i = 0; i < scenario->covers_count; i++)
		json_array_append_new(covers, json_value_text(scenario->covers[i]));
	return covers;
}

static json_t *json_ways(const struct sweep_result *result)
{
	json_t *ways = json_object();

	for (int i = 0; i < SWEEP_WAYS; i++)
		json_object_set_new(ways, sweep_way_name((enum sweep_way)i),
				    json_value_number(result->ways[i]));
	return ways;
}

static json_t *json_rules(const struct report_scenario *entry)
{
	json_t *rules = json_object();

	for (int i = 0; i < RULES; i++) {
		const char *may_break = entry->scenario->may_break[i];

		json_object_set_new(
			rules, rule_name((enum rule)i),
			json_pack("{s:o, s:o}", "cases_broken",
				  json_value_number(entry->result.broken[i]), "may_break",
				  may_break ? json_value_text(may_break) : json_null()));
	}
	return rules;
}

static json_t *json_finding(const struct report_scenario *entry,
			    const struct sweep_finding *finding)
{
	const struct scenario *scenario = entry->scenario;
	int rule = report_first_rule(scenario, &finding->verdict);
	const struct history_break *at = rule < 0 ? NULL : &finding->verdict.breaks[rule];
	bool at_end = !at || at->life == REPORT_AT_END;
	char id[CASE_ID_TEXT_BYTES];

	sweep_case_id(entry->scene, &finding->plan, id);
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o}", "case", id, "order",
			 json_value_number(finding->order), "rule",
			 rule < 0 ? json_null() : json_string(rule_name((enum rule)rule)), "life",
			 at_end ? json_null() : json_value_number(at->life), "op",
			 at_end || !at->op ? json_null() : json_value_number(at->op), "why",
			 json_value_text(report_why(scenario, &finding->verdict)));
}

static json_t *json_findings(const struct report_scenario *entry)
{
	json_t *findings = json_array();

	for (uint32_t i = 0; i < entry->result.finding_count; i++)
		json_array_append_new(findings, json_finding(entry, &entry->result.findings[i]));
	return findings;
}

static const char *json_outcome(enum report_outcome outcome)
{
	switch (outcome) {
	case REPORT_HELD:
		return "held";
	case REPORT_RULE:
	case REPORT_EXPECTATION:
	case REPORT_EXCUSE:
		return "broken";
	case REPORT_ERROR:
		return "error";
	case REPORT_LEFT_OUT:
		return "left out";
	}
	return "?";
}

static json_t *json_scenario(const struct report_scenario *entry)
{
	const struct scenario *scenario = entry->scenario;
	const struct sweep_result *result = &entry->result;
	char digest[CASE_ID_DIGEST_BYTES], verdict[REPORT_VERDICT_BYTES];
	json_t *root = json_object();
	int excuse = entry->left_out ? -1 : result->unbroken_excuse;

	sweep_digest(entry->scene, digest);
	report_verdict(entry, verdict);
	json_object_set_new(root, "name", json_value_text(scenario->name));
	json_object_set_new(root, "path", json_value_text(scenario->path));
	json_object_set_new(root, "family", json_value_text(entry->family));
	json_object_set_new(root, "summary", json_value_text(scenario->summary));
	json_object_set_new(root, "covers", json_covers(scenario));
	json_object_set_new(root, "digest", json_string(digest));
	json_object_set_new(root, "outcome", json_string(json_outcome(report_outcome(entry))));
	json_object_set_new(root, "verdict", json_string(verdict));
	if (entry->left_out) {
		json_object_set_new(root, "left_out", json_value_text(entry->left_out));
		return root;
	}
	json_object_set_new(root, "cases", json_value_number(result->cases));
	json_object_set_new(root, "cases_bad", json_value_number(result->bad));
	json_object_set_new(root, "cases_unfired", json_value_number(result->unfired));
	json_object_set_new(root, "ways", json_ways(result));
	json_object_set_new(root, "ops", json_value_number(result->ops));
	json_object_set_new(root, "lives", json_value_number(result->lives));
	json_object_set_new(root, "lives_most", json_value_number(result->lives_most));
	json_object_set_new(root, "wear", json_value_number(result->wear));
	json_object_set_new(root, "rules", json_rules(entry));
	json_object_set_new(root, "excuse_unbroken",
			    excuse < 0 ? json_null() : json_string(rule_name((enum rule)excuse)));
	json_object_set_new(root, "findings", json_findings(entry));
	return root;
}

int json_report(const struct report *report, FILE *to)
{
	json_t *root = json_object(), *scenarios = json_array();
	int rc;

	json_object_set_new(root, "flash", json_string(report->flash));
	json_object_set_new(root, "device",
			    report->device[0] ? json_value_text(report->device) : json_null());
	json_object_set_new(root, "shard", json_value_number(report->shard + 1));
	json_object_set_new(root, "shards", json_value_number(report->shards));
	json_object_set_new(root, "cases", json_value_number(report_cases(report)));
	for (uint32_t i = 0; i < report->count; i++)
		json_array_append_new(scenarios, json_scenario(&report->scenarios[i]));
	json_object_set_new(root, "scenarios", scenarios);
	rc = json_dumpf(root, to, JSON_INDENT(1));
	json_decref(root);
	return rc != 0 || putc('\n', to) == EOF ? -1 : 0;
}
