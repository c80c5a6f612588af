/* The table of verdicts that a person reads, and below it whatever is not as it should be. */
#include <stdlib.h>
#include <string.h>

#include "sim/report/report.h"
#include "sim/report/unfired.h"

static int table_width(const struct report *report, bool family)
{
	size_t widest = strlen(family ? "family" : "scenario");

	for (uint32_t i = 0; i < report->count; i++) {
		const struct report_scenario *entry = &report->scenarios[i];
		size_t width = strlen(family ? entry->family : entry->scenario->name);

		if (width > widest)
			widest = width;
	}
	return (int)widest;
}

void table_head(const struct report *report, FILE *to)
{
	fprintf(to, "%-*s  %-*s  %9s  %6s  %5s  %s\n", table_width(report, false), "scenario",
		table_width(report, true), "family", "cases", "ops", "lives", "verdict");
}

void table_row(const struct report *report, const struct report_scenario *entry, FILE *to)
{
	const struct sweep_result *result = &entry->result;
	char verdict[REPORT_VERDICT_BYTES];

	report_verdict(entry, verdict);
	fprintf(to, "%-*s  %-*s  ", table_width(report, false), entry->scenario->name,
		table_width(report, true), entry->family);
	if (entry->left_out)
		fprintf(to, "%9s  %6s  %5s  %s\n", "-", "-", "-", verdict);
	else
		fprintf(to, "%9llu  %6u  %5u  %s\n", (unsigned long long)result->cases, result->ops,
			result->lives_most, verdict);
}

/* Where, why, and the line that shows it again. */
static void table_finding(const struct report *report, const struct report_scenario *entry,
			  const struct sweep_finding *finding, FILE *to)
{
	bool unfired = finding->verdict.rule[RULE_FIRED] == BROKEN;
	char *replay = report_replay(report->program, entry->scene, &finding->plan);
	char *why = unfired ? unfired_why(entry->scene, &finding->plan) : NULL;
	char where[48];

	report_where(entry->scenario, &finding->verdict, where);
	if (!unfired)
		fprintf(to, "  where   %s\n", where);
	fprintf(to, "  why     %s\n", why ? why : report_why(entry->scenario, &finding->verdict));
	fprintf(to, "  replay  %s\n", replay);
	free(why);
	free(replay);
}

static void table_error(const struct report *report, const struct report_scenario *entry, FILE *to)
{
	const struct sweep_finding *finding = report_finding(entry, true);

	fprintf(to, "\n%s  %s: ERROR in %llu of %llu cases", entry->scenario->name,
		rule_name(RULE_FIRED), (unsigned long long)entry->result.unfired,
		(unsigned long long)entry->result.cases);
	if (finding) {
		fputs(": a fault did not happen. The first:\n", to);
		table_finding(report, entry, finding, to);
	} else {
		fprintf(to, ": a fault did not happen, in none of the first %u findings\n",
			entry->result.finding_count);
	}
}

/* Rules other than the one that a red scenario is headed by. */
static void table_also(const struct report_scenario *entry, int headed, FILE *to)
{
	const char *before = "  also    ";

	for (int i = 0; i < RULES; i++) {
		if (i == headed || i == RULE_FIRED || entry->scenario->may_break[i] ||
		    !entry->result.broken[i])
			continue;
		fprintf(to, "%s%s in %llu", before, rule_name((enum rule)i),
			(unsigned long long)entry->result.broken[i]);
		before = ", ";
	}
	if (before[0] == ',')
		putc('\n', to);
}

static void table_red(const struct report *report, const struct report_scenario *entry, FILE *to)
{
	const struct sweep_finding *finding = report_finding(entry, false);
	const struct sweep_result *result = &entry->result;
	unsigned long long cases = result->cases;
	int rule;

	if (!finding)
		return;
	rule = report_first_rule(entry->scenario, &finding->verdict);
	fprintf(to, "\n%s  ", entry->scenario->name);
	if (rule >= 0)
		fprintf(to, "%s: BROKEN in %llu of %llu cases. The first:\n",
			rule_name((enum rule)rule), (unsigned long long)result->broken[rule],
			cases);
	else
		fprintf(to, "expectation: FAILED; %llu of %llu cases are not good. The first:\n",
			(unsigned long long)result->bad, cases);
	table_finding(report, entry, finding, to);
	table_also(entry, rule, to);
}

static void table_excuse(const struct report_scenario *entry, FILE *to)
{
	const char *rule = rule_name((enum rule)entry->result.unbroken_excuse);

	fprintf(to,
		"\n%s  %s: EXCUSED, NEVER BREAKS\n"
		"  why     none of %llu cases breaks it, expected %s out of may_break in %s\n",
		entry->scenario->name, rule, (unsigned long long)entry->result.cases, rule,
		entry->scenario->path);
}

static void table_left_out(const struct report *report, FILE *to)
{
	bool any = false;

	for (uint32_t i = 0; i < report->count; i++) {
		const struct report_scenario *entry = &report->scenarios[i];

		if (!entry->left_out)
			continue;
		if (!any)
			fprintf(to, "\nLeft out, as these cannot run %s:\n",
				report->device[0] ? "in process" : "through FUSE");
		any = true;
		fprintf(to, "  %s: %s\n", entry->scenario->name, entry->left_out);
	}
}

static void table_any_cuts(const struct report *report, FILE *to)
{
	for (uint32_t i = 0; i < report->count; i++) {
		if (report->scenarios[i].left_out ||
		    report->scenarios[i].scenario->faults.cuts != UINT32_MAX)
			continue;
		fputs("\nScenarios that say cuts: any are run with one cut a case.\n", to);
		return;
	}
}

static void table_total(const struct report *report, FILE *to)
{
	uint32_t left_out = report_count(report, REPORT_LEFT_OUT);
	uint32_t run = report->count - left_out;
	uint32_t errors = report_count(report, REPORT_ERROR);
	uint32_t red = run - errors - report_count(report, REPORT_HELD);
	unsigned long long cases = report_cases(report);

	fprintf(to, "\n%u scenario%s, %llu case%s", run, run == 1 ? "" : "s", cases,
		cases == 1 ? "" : "s");
	if (report->shards > 1)
		fprintf(to, " (shard %u of %u)", report->shard + 1, report->shards);
	fputs(": ", to);
	if (!red && !errors)
		fputs(run == 0 ? "none run" : run == 1 ? "held" : "all held", to);
	if (red)
		fprintf(to, "%u RED", red);
	if (errors)
		fprintf(to, "%s%u in ERROR", red ? ", " : "", errors);
	if (left_out)
		fprintf(to, ", %u left out", left_out);
	putc('\n', to);
}

void table_tail(const struct report *report, FILE *to)
{
	for (uint32_t i = 0; i < report->count; i++) {
		const struct report_scenario *entry = &report->scenarios[i];

		if (entry->left_out)
			continue;
		if (sweep_error(&entry->result))
			table_error(report, entry, to);
		table_red(report, entry, to);
		if (entry->result.unbroken_excuse >= 0)
			table_excuse(entry, to);
	}
	table_left_out(report, to);
	table_any_cuts(report, to);
	table_total(report, to);
}
