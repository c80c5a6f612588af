/* What a scenario's result says, in the words that all reports share. */
#include "sim/report/report.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define REPORT_SCENARIOS "scenarios" /* where replay looks if it is not told */

enum report_outcome report_outcome(const struct report_scenario *entry)
{
	const struct sweep_finding *finding;

	if (entry->left_out)
		return REPORT_LEFT_OUT;
	if (sweep_error(&entry->result))
		return REPORT_ERROR;
	if (sweep_good(&entry->result))
		return REPORT_HELD;
	finding = report_finding(entry, false);
	if (!finding)
		return REPORT_EXCUSE;
	return report_first_rule(entry->scenario, &finding->verdict) < 0 ? REPORT_EXPECTATION
									 : REPORT_RULE;
}

/* What broke although it may, behind the verdict of a scenario that holds. */
static void report_verdict_held(const struct report_scenario *entry,
				char text[REPORT_VERDICT_BYTES])
{
	int used = snprintf(text, REPORT_VERDICT_BYTES, "held");
	const char *between = ", but ";

	for (int i = 0; i < RULES; i++) {
		if (!entry->result.broken[i])
			continue;
		assert(used > 0 && used < REPORT_VERDICT_BYTES);
		used += snprintf(text + used, (size_t)(REPORT_VERDICT_BYTES - used), "%s%s",
				 between, rule_name((enum rule)i));
		between = ", ";
		if (used >= REPORT_VERDICT_BYTES)
			return;
	}
	if (between[2] == '\0')
		snprintf(text + used, (size_t)(REPORT_VERDICT_BYTES - used), " broke as it may");
}

void report_verdict(const struct report_scenario *entry, char text[REPORT_VERDICT_BYTES])
{
	const struct sweep_finding *finding;

	switch (report_outcome(entry)) {
	case REPORT_HELD:
		report_verdict_held(entry, text);
		return;
	case REPORT_RULE:
		finding = report_finding(entry, false);
		snprintf(text, REPORT_VERDICT_BYTES, "%s: BROKEN",
			 rule_name(
				 (enum rule)report_first_rule(entry->scenario, &finding->verdict)));
		return;
	case REPORT_EXPECTATION:
		snprintf(text, REPORT_VERDICT_BYTES, "expectation: FAILED");
		return;
	case REPORT_EXCUSE:
		snprintf(text, REPORT_VERDICT_BYTES, "%s: EXCUSED, NEVER BREAKS",
			 rule_name((enum rule)entry->result.unbroken_excuse));
		return;
	case REPORT_ERROR:
		snprintf(text, REPORT_VERDICT_BYTES, "%s: ERROR", rule_name(RULE_FIRED));
		return;
	case REPORT_LEFT_OUT:
		snprintf(text, REPORT_VERDICT_BYTES, "left out");
		return;
	}
}

int report_first_rule(const struct scenario *scenario, const struct verdict *verdict)
{
	int first = -1;

	for (int i = 0; i < RULES; i++) {
		const struct history_break *at = &verdict->breaks[i], *best;

		if (verdict->rule[i] != BROKEN || scenario->may_break[i])
			continue;
		best = first < 0 ? NULL : &verdict->breaks[first];
		if (!best || at->life < best->life || (at->life == best->life && at->op < best->op))
			first = i;
	}
	return first;
}

const struct sweep_finding *report_finding(const struct report_scenario *entry, bool unfired)
{
	const struct sweep_result *result = &entry->result;

	for (uint32_t i = 0; i < result->finding_count; i++) {
		const struct sweep_finding *finding = &result->findings[i];

		if ((finding->verdict.rule[RULE_FIRED] == BROKEN) == unfired)
			return finding;
	}
	return NULL;
}

const char *report_why(const struct scenario *scenario, const struct verdict *verdict)
{
	int rule = report_first_rule(scenario, verdict);

	return rule < 0 ? verdict->expectation : verdict->breaks[rule].why;
}

void report_where(const struct scenario *scenario, const struct verdict *verdict, char text[48])
{
	int rule = report_first_rule(scenario, verdict);
	const struct history_break *at = rule < 0 ? NULL : &verdict->breaks[rule];

	if (!at || at->life == REPORT_AT_END)
		snprintf(text, 48, "at the end");
	else if (at->op)
		snprintf(text, 48, "life %u, op %u", at->life, at->op);
	else
		snprintf(text, 48, "life %u", at->life);
}

/* Whether replay finds this very file by its name alone. */
static bool report_is_found(const struct scenario *scenario)
{
	char *found = scenario_find(REPORT_SCENARIOS, scenario->name);
	char *there = found ? realpath(found, NULL) : NULL;
	char *here = realpath(scenario->path, NULL);
	bool same = there && here && strcmp(there, here) == 0;

	free(found);
	free(there);
	free(here);
	return same;
}

/* As a shell takes it for one word. */
static void report_quote(const char *text, FILE *to)
{
	if (text[0] &&
	    text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
			      "_./+-")] == '\0') {
		fputs(text, to);
		return;
	}
	putc('\'', to);
	for (; *text; text++) {
		if (*text == '\'')
			fputs("'\\''", to);
		else
			putc(*text, to);
	}
	putc('\'', to);
}

char *report_replay(const char *program, const struct run_scene *scene, const struct plan *plan)
{
	const char *path = scene->scenario->path, *slash = strrchr(path, '/');
	char id[CASE_ID_TEXT_BYTES], *text = NULL;
	size_t text_bytes;
	FILE *to = open_memstream(&text, &text_bytes);

	assert(to);
	sweep_case_id(scene, plan, id);
	report_quote(program, to);
	fprintf(to, " replay '%s'", id);
	if (!report_is_found(scene->scenario)) {
		char *dir = slash ? strndup(path, (size_t)(slash - path) + (slash == path))
				  : strdup(".");

		assert(dir);
		fputs(" --scenarios ", to);
		report_quote(dir, to);
		free(dir);
	}
	fclose(to);
	assert(text);
	return text;
}

uint64_t report_cases(const struct report *report)
{
	uint64_t cases = 0;

	for (uint32_t i = 0; i < report->count; i++)
		cases += report->scenarios[i].result.cases;
	return cases;
}

uint32_t report_count(const struct report *report, enum report_outcome outcome)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < report->count; i++)
		count += report_outcome(&report->scenarios[i]) == outcome;
	return count;
}

void report_family(const struct scenario *scenario, char family[REPORT_FAMILY_BYTES])
{
	char *path = realpath(scenario->path, NULL);
	char *slash = path ? strrchr(path, '/') : NULL;

	snprintf(family, REPORT_FAMILY_BYTES, "-");
	if (slash) {
		char *before;

		*slash = '\0';
		before = strrchr(path, '/');
		if (before && before[1])
			snprintf(family, REPORT_FAMILY_BYTES, "%s", before + 1);
	}
	free(path);
}

/* Bytes of the UTF-8 character that text begins with, 0 if there is none that may stand. */
static size_t report_character(const unsigned char *text)
{
	static const struct {
		unsigned char mask, lead;
		uint32_t least;
	} shapes[] = {
		{0x80, 0x00, 0x20}, {0xe0, 0xc0, 0x80}, {0xf0, 0xe0, 0x800}, {0xf8, 0xf0, 0x10000}};

	for (size_t more = 0; more < sizeof(shapes) / sizeof(shapes[0]); more++) {
		uint32_t value = text[0] & (unsigned char)~shapes[more].mask;

		if ((text[0] & shapes[more].mask) != shapes[more].lead)
			continue;
		for (size_t i = 1; i <= more; i++) {
			if ((text[i] & 0xc0) != 0x80)
				return 0;
			value = value << 6 | (text[i] & 0x3f);
		}
		if (value == '\n' || value == '\t')
			return 1;
		/* Too long a form, a control character, a surrogate, or beyond Unicode. */
		if (value < shapes[more].least || (value >= 0x7f && value < 0xa0) ||
		    (value >= 0xd800 && value < 0xe000) || (value | 1) == 0xffff ||
		    value > 0x10ffff)
			return 0;
		return more + 1;
	}
	return 0;
}

char *report_clean(const char *text)
{
	char *clean = strdup(text);

	assert(clean);
	for (char *at = clean; *at;) {
		size_t bytes = report_character((const unsigned char *)at);

		if (!bytes)
			*at = '?';
		at += bytes ? bytes : 1;
	}
	return clean;
}
