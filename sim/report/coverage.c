/* What each id of the catalogue comes to, and the table as text. */
#include "sim/report/coverage.h"

#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#define COVERAGE_COLUMNS 100
#define COVERAGE_INDENT	 4

const char *coverage_state_name(enum coverage_state state)
{
	static const char *const names[COVERAGE_ID_STATES] = {
		[COVERAGE_ID_HELD] = "held",
		[COVERAGE_ID_NO_FEATURE] = "no such feature",
		[COVERAGE_ID_NOT_DEFENDED] = "not defended",
		[COVERAGE_ID_DOCUMENTATION] = "documentation only",
		[COVERAGE_ID_BROKEN] = "BROKEN",
		[COVERAGE_ID_NOT_RUN] = "NOT RUN",
	};

	return names[state];
}

enum coverage_state coverage_state(const struct coverage *coverage,
				   const struct catalogue_entry *entry)
{
	uint32_t red = 0, idle = 0;

	for (uint32_t i = 0; i < coverage->count; i++) {
		if (!catalogue_covers(coverage->scenarios[i], entry->id))
			continue;
		red += coverage->results[i].outcome == COVERAGE_RED;
		idle += coverage->results[i].outcome == COVERAGE_NOT_RUN;
	}
	if (red)
		return COVERAGE_ID_BROKEN;
	if (idle)
		return COVERAGE_ID_NOT_RUN;
	switch ((enum catalogue_word)entry->word) {
	case CATALOGUE_DOCUMENTATION:
		return COVERAGE_ID_DOCUMENTATION;
	case CATALOGUE_NO_FEATURE:
		return COVERAGE_ID_NO_FEATURE;
	case CATALOGUE_NOT_DEFENDED:
		return COVERAGE_ID_NOT_DEFENDED;
	case CATALOGUE_COVERED:
	case CATALOGUE_WORDS:
		break;
	}
	return COVERAGE_ID_HELD;
}

bool coverage_listed(const struct coverage *coverage, const struct catalogue_entry *entry)
{
	for (uint32_t i = 0; i < coverage->count; i++)
		if (catalogue_covers(coverage->scenarios[i], entry->id))
			return true;
	return coverage->all;
}

uint32_t coverage_count(const struct coverage *coverage, enum coverage_state state)
{
	const struct catalogue *catalogue = coverage->catalogue;
	uint32_t count = 0;

	for (uint32_t s = 0; s < catalogue->sources_count; s++)
		for (uint32_t i = 0; i < catalogue->sources[s].ids_count; i++) {
			const struct catalogue_entry *entry = &catalogue->sources[s].ids[i];

			count += coverage_listed(coverage, entry) &&
				 coverage_state(coverage, entry) == state;
		}
	return count;
}

void coverage_take(struct coverage *coverage, const struct report *report)
{
	for (uint32_t i = 0; i < coverage->count; i++) {
		struct coverage_result *result = &coverage->results[i];
		const struct report_scenario *entry = &report->scenarios[i];

		result->outcome =
			report_outcome(entry) == REPORT_HELD ? COVERAGE_HELD : COVERAGE_RED;
		result->cases = entry->result.cases;
		report_verdict(entry, result->verdict);
	}
}

/* ---- from a file ---- */

static const json_t *read_named(const json_t *scenarios, const char *name)
{
	const json_t *entry;
	size_t i;

	json_array_foreach(scenarios, i, entry)
	{
		const char *other = json_string_value(json_object_get(entry, "name"));

		if (other && strcmp(other, name) == 0)
			return entry;
	}
	return NULL;
}

static void read_result(struct coverage *coverage, uint32_t i, const json_t *scenarios)
{
	struct coverage_result *result = &coverage->results[i];
	const json_t *entry = read_named(scenarios, coverage->scenarios[i]->name);
	const char *digest = json_string_value(json_object_get(entry, "digest"));
	const char *outcome = json_string_value(json_object_get(entry, "outcome"));
	const char *verdict = json_string_value(json_object_get(entry, "verdict"));
	char own[CASE_ID_DIGEST_BYTES];

	sweep_digest(&coverage->scenes[i], own);
	result->outcome = COVERAGE_NOT_RUN;
	snprintf(result->verdict, sizeof(result->verdict), "not in that run");
	if (!digest || !outcome || !verdict)
		return;
	snprintf(result->verdict, sizeof(result->verdict), "changed since that run");
	if (strcmp(own, digest) != 0)
		return;
	snprintf(result->verdict, sizeof(result->verdict), "%s", verdict);
	result->cases = (uint64_t)json_integer_value(json_object_get(entry, "cases"));
	if (strcmp(outcome, "held") == 0)
		result->outcome = COVERAGE_HELD;
	else if (strcmp(outcome, "left out") != 0)
		result->outcome = COVERAGE_RED;
}

int coverage_read(struct coverage *coverage, const char *path)
{
	json_error_t error;
	json_t *root = json_load_file(path, 0, &error);
	const json_t *scenarios = json_object_get(root, "scenarios");
	int rc = -1;

	if (!root)
		fprintf(stderr, "%s:%d: %s, expected what 'brownout run --json=FILE' wrote\n", path,
			error.line < 0 ? 1 : error.line, error.text);
	else if (!json_is_array(scenarios))
		fprintf(stderr,
			"%s:1: no scenarios, expected what 'brownout run --json=FILE' "
			"wrote\n",
			path);
	else if (json_integer_value(json_object_get(root, "shards")) != 1)
		fprintf(stderr, "%s:1: a part of the cases, expected a run without --shard\n",
			path);
	else if (!json_is_null(json_object_get(root, "device")))
		fprintf(stderr, "%s:1: a specimen's run, expected the reference firmware's\n",
			path);
	else
		rc = 0;
	for (uint32_t i = 0; rc == 0 && i < coverage->count; i++)
		read_result(coverage, i, scenarios);
	json_decref(root);
	return rc;
}

/* ---- as text ---- */

/* Words, wrapped below one another. column: where the first one stands. */
static void text_wrap(const char *text, uint32_t *column, FILE *to)
{
	while (*text) {
		size_t bytes = strcspn(text, " \n");

		if (*column + bytes + 1 > COVERAGE_COLUMNS) {
			fprintf(to, "\n%*s", COVERAGE_INDENT, "");
			*column = COVERAGE_INDENT;
		}
		fprintf(to, "%s%.*s", *column > COVERAGE_INDENT ? " " : "", (int)bytes, text);
		*column += (uint32_t)bytes + (*column > COVERAGE_INDENT);
		text += bytes;
		text += strspn(text, " \n");
	}
}

/* "by" and the names, with their verdicts where "held" is not all that there is to say. */
static void text_scenarios(const struct coverage *coverage, const struct catalogue_entry *entry,
			   uint32_t *column, FILE *to)
{
	char text[SCENARIO_NAME_BYTES + REPORT_VERDICT_BYTES + 8];
	uint32_t left = 0;

	for (uint32_t i = 0; i < coverage->count; i++)
		left += catalogue_covers(coverage->scenarios[i], entry->id);
	text_wrap("by", column, to);
	for (uint32_t i = 0; i < coverage->count; i++) {
		const char *verdict = coverage->results[i].verdict;
		bool plain = strcmp(verdict, "held") == 0;

		if (!catalogue_covers(coverage->scenarios[i], entry->id))
			continue;
		left--;
		snprintf(text, sizeof(text), "%s%s%s%s%s", coverage->scenarios[i]->name,
			 plain ? "" : " (", plain ? "" : verdict, plain ? "" : ")",
			 left ? "," : "");
		text_wrap(text, column, to);
	}
}

static void text_entry(const struct coverage *coverage, const struct catalogue_entry *entry,
		       FILE *to)
{
	enum coverage_state state = coverage_state(coverage, entry);
	uint32_t column = COVERAGE_INDENT;

	fprintf(to, "  %-27s %-18s  %s\n", entry->id, coverage_state_name(state), entry->title);
	if (entry->reason) {
		fprintf(to, "%*s", COVERAGE_INDENT, "");
		text_wrap(entry->reason, &column, to);
		fputc('\n', to);
	}
	if (entry->word == CATALOGUE_DOCUMENTATION)
		return;
	column = COVERAGE_INDENT;
	fprintf(to, "%*s", COVERAGE_INDENT, "");
	text_scenarios(coverage, entry, &column, to);
	fputc('\n', to);
}

static void text_total(const struct coverage *coverage, FILE *to)
{
	uint32_t counts[COVERAGE_ID_STATES], ids = 0;

	for (int i = 0; i < COVERAGE_ID_STATES; i++)
		ids += counts[i] = coverage_count(coverage, (enum coverage_state)i);
	fprintf(to, "%u ids, %u scenarios: ", ids, coverage->count);
	for (int i = 0; i < COVERAGE_ID_STATES; i++)
		if (counts[i] || i <= COVERAGE_ID_DOCUMENTATION)
			fprintf(to, "%s%u %s", i ? ", " : "", counts[i],
				coverage_state_name((enum coverage_state)i));
	fputc('\n', to);
}

void coverage_text(const struct coverage *coverage, FILE *to)
{
	const struct catalogue *catalogue = coverage->catalogue;

	for (uint32_t s = 0; s < catalogue->sources_count; s++) {
		bool head = false;

		for (uint32_t i = 0; i < catalogue->sources[s].ids_count; i++) {
			const struct catalogue_entry *entry = &catalogue->sources[s].ids[i];

			if (!coverage_listed(coverage, entry))
				continue;
			if (!head)
				fprintf(to, "%s\n", catalogue->sources[s].source);
			head = true;
			text_entry(coverage, entry, to);
		}
		if (head)
			fputc('\n', to);
	}
	text_total(coverage, to);
}
