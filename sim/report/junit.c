/*
 * What came of a run, as the XML that CI systems call JUnit's: a suite for each family, a test for
 * each scenario, and in each failure the line that replays it.
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "sim/report/markup.h"
#include "sim/report/report.h"
#include "sim/report/unfired.h"

/* Counts that a suite's head must say before its tests. */
struct junit_counts {
	uint32_t tests, failures, errors, skipped;
};

static void junit_attribute(const char *name, const char *value, FILE *to)
{
	fprintf(to, " %s=\"", name);
	markup_text(value, to);
	putc('"', to);
}

__attribute__((format(printf, 3, 4))) static void junit_property(FILE *to, const char *name,
								 const char *format, ...)
{
	char value[CASE_ID_TEXT_BYTES];
	va_list list;

	va_start(list, format);
	vsnprintf(value, sizeof(value), format, list);
	va_end(list);
	fputs("    <property", to);
	junit_attribute("name", name, to);
	junit_attribute("value", value, to);
	fputs("/>\n", to);
}

/* Of one family, or of all for NULL. */
static struct junit_counts junit_count(const struct report *report, const char *family)
{
	struct junit_counts counts = {0};

	for (uint32_t i = 0; i < report->count; i++) {
		const struct report_scenario *entry = &report->scenarios[i];
		enum report_outcome outcome = report_outcome(entry);

		if (family && strcmp(family, entry->family) != 0)
			continue;
		counts.tests++;
		counts.skipped += outcome == REPORT_LEFT_OUT;
		counts.errors += outcome == REPORT_ERROR;
		counts.failures += outcome != REPORT_LEFT_OUT && outcome != REPORT_ERROR &&
				   outcome != REPORT_HELD;
	}
	return counts;
}

static void junit_counts_print(const struct junit_counts *counts, FILE *to)
{
	fprintf(to, " tests=\"%u\" failures=\"%u\" errors=\"%u\" skipped=\"%u\">\n", counts->tests,
		counts->failures, counts->errors, counts->skipped);
}

/* What went wrong first, in three lines: where, why, and how to see it again. */
static void junit_story(const struct report *report, const struct report_scenario *entry,
			const struct sweep_finding *finding, FILE *to)
{
	bool error = finding->verdict.rule[RULE_FIRED] == BROKEN;
	char *replay = report_replay(report->program, entry->scene, &finding->plan);
	char *why = error ? unfired_why(entry->scene, &finding->plan) : NULL;
	char where[48], head[96];

	report_where(entry->scenario, &finding->verdict, where);
	snprintf(head, sizeof(head), "%llu of %llu cases. The first:",
		 (unsigned long long)(error ? entry->result.unfired : entry->result.bad),
		 (unsigned long long)entry->result.cases);
	markup_text(head, to);
	putc('\n', to);
	markup_text(where, to);
	fputs(": ", to);
	markup_text(why ? why : report_why(entry->scenario, &finding->verdict), to);
	fputs("\nreplay  ", to);
	markup_text(replay, to);
	putc('\n', to);
	free(why);
	free(replay);
}

static const struct sweep_finding *junit_finding(const struct report_scenario *entry)
{
	return report_finding(entry, sweep_error(&entry->result));
}

static void junit_failure(const struct report *report, const struct report_scenario *entry,
			  FILE *to)
{
	const struct sweep_finding *finding = junit_finding(entry);
	const char *tag = sweep_error(&entry->result) ? "error" : "failure";
	char verdict[REPORT_VERDICT_BYTES], type[REPORT_VERDICT_BYTES];

	report_verdict(entry, verdict);
	snprintf(type, sizeof(type), "%.*s", (int)strcspn(verdict, ":"), verdict);
	fprintf(to, "   <%s", tag);
	junit_attribute("message", verdict, to);
	junit_attribute("type", type, to);
	putc('>', to);
	if (finding)
		junit_story(report, entry, finding, to);
	else if (sweep_error(&entry->result))
		fprintf(to, "a fault did not happen in %llu cases, none of the first %u findings",
			(unsigned long long)entry->result.unfired, entry->result.finding_count);
	else
		fputs("may_break names a rule that no case breaks", to);
	fprintf(to, "</%s>\n", tag);
}

static void junit_scenario(const struct report *report, const struct report_scenario *entry,
			   FILE *to)
{
	const struct sweep_finding *finding = junit_finding(entry);
	const struct plan *plan = finding ? &finding->plan : &entry->scenario->faults.plan;
	enum report_outcome outcome = report_outcome(entry);
	char digest[CASE_ID_DIGEST_BYTES], id[CASE_ID_TEXT_BYTES];

	fputs("  <testcase", to);
	junit_attribute("classname", entry->family, to);
	junit_attribute("name", entry->scenario->name, to);
	junit_attribute("file", entry->scenario->path, to);
	fputs(">\n   <properties>\n", to);
	sweep_digest(entry->scene, digest);
	sweep_case_id(entry->scene, plan, id);
	junit_property(to, "cases", "%llu", (unsigned long long)entry->result.cases);
	junit_property(to, "digest", "%s", digest);
	junit_property(to, "replay", "%s", id);
	fputs("   </properties>\n", to);
	if (outcome == REPORT_LEFT_OUT) {
		fputs("   <skipped", to);
		junit_attribute("message", entry->left_out, to);
		fputs("/>\n", to);
	} else if (outcome != REPORT_HELD) {
		junit_failure(report, entry, to);
	}
	fputs("  </testcase>\n", to);
}

/* Families in the order of their first scenario, each once even if its files come apart. */
static bool junit_family_new(const struct report *report, uint32_t index)
{
	for (uint32_t i = 0; i < index; i++)
		if (strcmp(report->scenarios[i].family, report->scenarios[index].family) == 0)
			return false;
	return true;
}

static void junit_suite(const struct report *report, const char *family, FILE *to)
{
	struct junit_counts counts = junit_count(report, family);

	fputs(" <testsuite", to);
	junit_attribute("name", family, to);
	junit_counts_print(&counts, to);
	for (uint32_t i = 0; i < report->count; i++)
		if (strcmp(report->scenarios[i].family, family) == 0)
			junit_scenario(report, &report->scenarios[i], to);
	fputs(" </testsuite>\n", to);
}

int junit_report(const struct report *report, FILE *to)
{
	struct junit_counts counts = junit_count(report, NULL);

	fputs("<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites", to);
	junit_attribute("name", "brownout", to);
	junit_counts_print(&counts, to);
	for (uint32_t i = 0; i < report->count; i++)
		if (junit_family_new(report, i))
			junit_suite(report, report->scenarios[i].family, to);
	fputs("</testsuites>\n", to);
	return ferror(to) ? -1 : 0;
}
