/* The words that all forms of a search's report share. */
#include "sim/report/explore_report.h"

#include <assert.h>
#include <stdarg.h>
#include <string.h>

#include "sim/explore/controls.h"

__attribute__((format(printf, 2, 3))) static void explore_report_line(
	struct explore_report_lines *lines, const char *format, ...)
{
	va_list arguments;

	assert(lines->count < EXPLORE_REPORT_LINES);
	va_start(arguments, format);
	vsnprintf(lines->line[lines->count++], EXPLORE_REPORT_LINE_BYTES, format, arguments);
	va_end(arguments);
}

bool explore_report_held(const struct explore_report *report)
{
	return explore_good(report->explore->result, report->explore->scene->scenario);
}

static void explore_report_way(enum sweep_way way, uint32_t tears, char *text, size_t bytes)
{
	bool every = tears == UINT32_MAX;

	switch (way) {
	case SWEEP_INSIDE:
		if (every)
			snprintf(text, bytes, "every byte of a program");
		else
			snprintf(text, bytes, "%u parts of a program", tears);
		return;
	case SWEEP_BITS:
		snprintf(text, bytes, "%sa half-done last byte of a program",
			 every ? "every bit of a program in bootctl, " : "");
		return;
	case SWEEP_WORD:
		snprintf(text, bytes, "%s of a program weak",
			 every ? "every word" : "first, middle or last word");
		return;
	case SWEEP_FRONT:
		snprintf(text, bytes, "every fifth of an erase, from the front");
		return;
	case SWEEP_BACK:
		snprintf(text, bytes, "every fifth of an erase, from the back");
		return;
	case SWEEP_HOLLOW:
		snprintf(text, bytes, "an erase that reads as done and does not hold");
		return;
	case SWEEP_CELL:
		snprintf(text, bytes, "a weak eFuse cell");
		return;
	case SWEEP_AFTER:
		snprintf(text, bytes, "all of the op happened but its return");
		return;
	default:
		snprintf(text, bytes, "nothing of the op happened");
		return;
	}
}

void explore_report_ways(const struct explore_report *report, struct explore_report_lines *lines)
{
	const struct explore_options *options = report->explore->options;
	char text[EXPLORE_REPORT_LINE_BYTES];

	lines->count = 0;
	for (int i = SWEEP_BEFORE; i <= SWEEP_AFTER; i++) {
		if ((i == SWEEP_INSIDE && options->tears < 2) || options->without >> i & 1)
			continue;
		explore_report_way((enum sweep_way)i, options->tears, text, sizeof(text));
		explore_report_line(lines, "%s", text);
	}
}

void explore_report_limits(const struct explore_report *report, struct explore_report_lines *lines)
{
	const struct scenario *scenario = report->explore->scene->scenario;
	char text[EXPLORE_REPORT_LINE_BYTES];

	lines->count = 0;
	for (int i = SWEEP_BEFORE; i <= SWEEP_AFTER; i++) {
		if (!(report->explore->options->without >> i & 1))
			continue;
		explore_report_way((enum sweep_way)i, report->explore->options->tears, text,
				   sizeof(text));
		explore_report_line(lines, "left out: %s", text);
	}
	if (report->explore->options->weak == CHOICE_READ)
		explore_report_line(lines,
				    "weak cells: a choice at each of the first %u reads of a life, "
				    "as after the op, as before it or a mixture",
				    CHOICE_READS);
	explore_report_line(lines,
			    "weak cells: a choice a life for all of them, as after the op, as "
			    "before it or a mixture");
	explore_report_line(lines, "%s: one in a life, against all others",
			    report->explore->options->weak == CHOICE_LIFE
				    ? "weak eFuse cells"
				    : "weak eFuse cells, and bits of weak words of bootctl");
	explore_report_line(lines, "wear is left out");
	if (report->explore->options->flips)
		explore_report_line(lines, "one flip in a case, between two lives; none that takes "
					   "back a burn that has not returned");
	for (int i = 0; i < RULES; i++) {
		if (!scenario->may_break[i])
			continue;
		explore_report_line(lines,
				    "%s may break, and a life that breaks it is the last one",
				    rule_name((enum rule)i));
		break;
	}
}

static bool explore_report_full(const struct explore_result *result)
{
	return strcmp(result->bound, "--memory") == 0;
}

void explore_report_end(const struct explore_report *report, char text[EXPLORE_REPORT_LINE_BYTES])
{
	const struct explore_result *result = report->explore->result;
	const struct explore_options *options = report->explore->options;

	if (result->closed)
		snprintf(text, EXPLORE_REPORT_LINE_BYTES,
			 explore_report_held(report)
				 ? "closed: the rules hold for any number of cuts, anywhere"
				 : "closed: no state is left, but for those behind a rule that "
				   "broke");
	else if (explore_report_full(result))
		snprintf(text, EXPLORE_REPORT_LINE_BYTES, "not closed: stopped by --memory %llu",
			 (unsigned long long)(options->memory_bytes >> 20));
	else
		snprintf(text, EXPLORE_REPORT_LINE_BYTES, "not closed: stopped by --depth %u",
			 options->depth);
}

void explore_report_onward(const struct explore_report *report,
			   char text[EXPLORE_REPORT_LINE_BYTES])
{
	const struct explore_result *result = report->explore->result;
	const struct explore_options *options = report->explore->options;

	text[0] = '\0';
	if (result->closed)
		return;
	if (explore_report_full(result))
		snprintf(text, EXPLORE_REPORT_LINE_BYTES,
			 "--memory %llu or more goes on; fewer --tears take less",
			 (unsigned long long)(options->memory_bytes >> 20) * 2);
	else
		snprintf(text, EXPLORE_REPORT_LINE_BYTES,
			 "--depth %u goes one cut further; without --depth the search ends when no "
			 "state is new",
			 options->depth + 1);
}

void explore_report_case(const struct explore_report *report, const struct plan *plan,
			 uint32_t depth, char text[CASE_ID_TEXT_BYTES])
{
	if (controls_has_case(plan, depth))
		sweep_case_id(report->explore->scene, plan, text);
	else
		snprintf(text, CASE_ID_TEXT_BYTES,
			 "no case id, as it takes more faults than the %d that a plan holds",
			 PLAN_FAULTS_MAX);
}

const char *explore_report_region(enum care_region region)
{
	static const char *const names[CARE_REGIONS] = {
		[CARE_BOOTCTL] = "bootctl", [CARE_PROGRESS] = "progress", [CARE_SLOT_A] = "slot_a",
		[CARE_SLOT_B] = "slot_b",   [CARE_SPARE] = "spare",
	};

	return names[region];
}

static const char *explore_report_care(enum care_level level)
{
	static const char *const names[CARE_LEVELS] = {
		[CARE_FORGET] = "dead",
		[CARE_TORN] = "dead where a cut fell",
		[CARE_GUARD] = "dead unless what is read before is whole",
		[CARE_EXACT] = "kept",
	};

	return names[level];
}

void explore_report_dead(const struct explore_report *report, enum care_region region, char *text,
			 size_t text_bytes)
{
	const struct hal_board *board = &report->explore->scene->scenario->board;
	const struct care *care = report->explore->care;
	uint32_t units = board->sector_bytes / board->program_bytes;
	size_t at = 0;

	text[0] = '\0';
	for (uint32_t from = 0, to; from < units && at < text_bytes; from = to) {
		enum care_level level = care_level(care, region, from);

		for (to = from + 1; to < units && care_level(care, region, to) == level;)
			to++;
		if (from > 0)
			at += (size_t)snprintf(text + at, text_bytes - at, ", ");
		if (at < text_bytes && to - from < units)
			at += (size_t)snprintf(text + at, text_bytes - at,
					       to - from > 1 ? "units %u to %u " : "unit %u ", from,
					       to - 1);
		if (at < text_bytes)
			at += (size_t)snprintf(text + at, text_bytes - at, "%s",
					       explore_report_care(level));
	}
}
