/* A story as a person reads it: a line for each thing that happened, what is alike folded. */
#include <assert.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "sim/report/report.h"
#include "sim/report/story_ops.h"
#include "sim/report/words.h"

#define STORY_LABEL 9
#define STORY_WIDTH 100

struct story_lines {
	FILE *to;
	const struct story *story;
};

/* How many bytes of text go on a line of so many, broken at a space where there is one. */
static size_t story_line_break(const char *text, size_t room)
{
	size_t at = room;

	if (strlen(text) <= room)
		return strlen(text);
	while (at > 0 && text[at] != ' ')
		at--;
	return at > 0 ? at : strcspn(text, " ");
}

/* Label, text, and at the first line's end the firmware's source line. */
__attribute__((format(printf, 4, 5))) static void story_line(FILE *to, const char *label,
							     const char *site, const char *format,
							     ...)
{
	size_t room = STORY_WIDTH - STORY_LABEL - (site ? strlen(site) + 2 : 0), used;
	char text[1024], *at = text;
	va_list list;

	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	used = story_line_break(at, room);
	fprintf(to, "%-*s%.*s", STORY_LABEL, label, (int)used, at);
	if (site)
		fprintf(to, "%*s%s", (int)(used < room ? room - used : 0) + 2, "", site);
	putc('\n', to);
	for (at += used; *at; at += used) {
		at += strspn(at, " ");
		used = story_line_break(at, STORY_WIDTH - STORY_LABEL - 2);
		fprintf(to, "%*s%.*s\n", STORY_LABEL + 2, "", (int)used, at);
	}
}

static void story_print_cut(const struct story_lines *lines, const struct story_event *event)
{
	const struct inject_op *op = &event->op;
	char place[WORDS_PLACE_BYTES], what[WORDS_TEXT_BYTES], size[32] = "";

	words_place(lines->story->scene->scenario, op, place);
	words_cut(op->kind, &event->cut, what);
	if (op->kind == INJECT_PROGRAM)
		snprintf(size, sizeof(size), " of %u bytes", op->size_bytes);
	story_line(lines->to, "  cut", event->site, "op %u, %s%s %s %s: %s, power gone", op->number,
		   words_kind(op->kind), size, op->kind == INJECT_PROGRAM ? "at" : "of", place,
		   what);
}

static void story_print_break(const struct story_lines *lines, const struct story_event *event)
{
	const char *excuse = lines->story->scene->scenario->may_break[event->rule];

	story_line(lines->to, "  rule", NULL, "%s: %s, %s", rule_name(event->rule),
		   excuse ? "broken, as it may be" : "BROKEN", event->why);
}

/* Ops in a row, up to the next thing that is none or a cut. Returns how many events it took. */
static size_t story_print_ops(const struct story_lines *lines, size_t first, size_t end)
{
	size_t count = 0;

	while (first + count < end && lines->story->events[first + count].kind == STORY_OP &&
	       !lines->story->events[first + count].is_cut)
		count++;
	struct story_fold *folds;
	size_t fold_count =
		story_ops_fold(lines->story, &lines->story->events[first], count, &folds);

	for (size_t i = 0; i < fold_count; i++)
		story_line(lines->to, "", folds[i].site, "%s", folds[i].text);
	story_ops_free(folds, fold_count);
	return count;
}

/* One event, or several ops. Returns how many events it took. */
static size_t story_print_event(const struct story_lines *lines, size_t at, size_t end)
{
	const struct story_event *event = &lines->story->events[at];
	char text[WORDS_TEXT_BYTES];

	switch (event->kind) {
	case STORY_OP:
		if (!event->is_cut)
			return story_print_ops(lines, at, end);
		story_print_cut(lines, event);
		return 1;
	case STORY_LOG:
		story_line(lines->to, "", event->site, "%s", event->text);
		return 1;
	case STORY_FAULT:
		words_fault(&lines->story->plan.faults[event->fault], text);
		story_line(lines->to, "  fault", NULL, "%s", text);
		return 1;
	case STORY_BREAK:
		story_print_break(lines, event);
		return 1;
	case STORY_REPORT:
		words_report(&event->report, text);
		story_line(lines->to, "  report", NULL, "%s", text);
		return 1;
	}
	return 1;
}

static void story_print_end(const struct story_lines *lines, const struct story_life *life)
{
	const struct scenario *scenario = lines->story->scene->scenario;

	if (life->weak_reads)
		story_line(lines->to, "", NULL, "weak cells were read %u time%s", life->weak_reads,
			   life->weak_reads == 1 ? "" : "s");
	switch (life->end) {
	case DEVICE_CUT:
	case DEVICE_RESET:
		return; /* the cut, or the next life's cause, says it */
	case DEVICE_IDLE:
		if (life->running >= 0)
			story_line(lines->to, "", NULL, "rests: %s, %s, runs from slot %c",
				   scenario->releases[life->running].name,
				   scenario->releases[life->running].version_text,
				   'A' + (char)life->slot);
		else
			story_line(lines->to, "", NULL,
				   "bytes run from slot %c that are no release",
				   'A' + (char)life->slot);
		return;
	case DEVICE_DEAD:
		story_line(lines->to, "", NULL, "stops: nothing to run");
		return;
	case DEVICE_DONE:
		story_line(lines->to, "", NULL, "provisioned: the jig lets go of it");
		return;
	case DEVICE_HANG:
		story_line(lines->to, "", NULL, "the firmware hangs");
		return;
	case DEVICE_TRAP:
		story_line(lines->to, "", NULL, "the firmware traps");
		return;
	}
}

/* The lines of one life, without its number. malloc'd. */
static char *story_life_text(const struct story *story, size_t index)
{
	const struct story_life *life = &story->lives[index];
	size_t text_bytes, end = life->first + life->count;
	struct story_lines lines = {.story = story};
	char *text = NULL;

	lines.to = open_memstream(&text, &text_bytes);
	assert(lines.to);
	if (index > 0 && life->cause == HAL_RESET_POWER)
		fputs("power comes back\n", lines.to);
	else
		fprintf(lines.to, "%s\n", words_reset(life->cause));
	for (size_t at = life->first; at < end;)
		at += story_print_event(&lines, at, end);
	story_print_end(&lines, life);
	fclose(lines.to);
	assert(text);
	return text;
}

static void story_print_same(uint32_t from, uint32_t to_life, FILE *to)
{
	if (to_life == from)
		story_line(to, "", NULL, "... the same in life %u", from);
	else if (to_life > from)
		story_line(to, "", NULL, "... the same in lives %u to %u", from, to_life);
}

static void story_print_lives(const struct story *story, FILE *to)
{
	char *before = NULL;
	uint32_t same_from = 1;

	for (uint32_t i = 0; i < story->life_count; i++) {
		char *text = story_life_text(story, i);

		if (before && strcmp(before, text) == 0) {
			free(text);
			continue;
		}
		story_print_same(same_from, i, to);
		fprintf(to, "life %-4u%s", i + 1, text);
		same_from = i + 2;
		free(before);
		before = text;
	}
	story_print_same(same_from, (uint32_t)story->life_count, to);
	free(before);
}

/* "boots, trusted, ...: held", on as many lines as it takes. */
static void story_print_rules(const struct story *story, enum holds holds, FILE *to)
{
	const char *word = verdict_word(holds);
	bool any = false;
	size_t width = 0;

	for (int i = 0; i < RULES; i++) {
		const char *name = rule_name((enum rule)i);

		if (story->verdict.rule[i] != holds)
			continue;
		if (any)
			width += (size_t)fprintf(to, ",");
		if (any && width + strlen(name) + strlen(word) + 3 > STORY_WIDTH)
			width = (size_t)fprintf(to, "\n%*s", STORY_LABEL, "") - 1;
		else if (any)
			width += (size_t)fprintf(to, " ");
		else
			width = (size_t)fprintf(to, "%*s", STORY_LABEL, "");
		width += (size_t)fprintf(to, "%s", name);
		any = true;
	}
	if (any)
		fprintf(to, ": %s\n", word);
}

static void story_print_verdict(const struct story *story, FILE *to)
{
	const struct scenario *scenario = story->scene->scenario;
	const struct verdict *verdict = &story->verdict;
	const char *label = "verdict";

	for (int i = 0; i < RULES; i++) {
		if (verdict->rule[i] != BROKEN)
			continue;
		if (scenario->may_break[i])
			story_line(to, label, NULL, "%s: broken, as it may be: %s",
				   rule_name((enum rule)i), scenario->may_break[i]);
		else
			story_line(to, label, NULL, "%s: BROKEN", rule_name((enum rule)i));
		label = "";
	}
	if (verdict->expectation_failed) {
		story_line(to, label, NULL, "expectation: FAILED");
		label = "";
	}
	if (label[0]) {
		story_line(to, label, NULL, "all rules: held");
		return;
	}
	story_print_rules(story, HOLDS, to);
	story_print_rules(story, NOT_JUDGED, to);
}

/* Which line of the firmware had to wait for which, where that is what went wrong. */
static void story_print_order(const struct story *story, FILE *to)
{
	const struct window *window = &story->window;

	if (!story->has_window)
		return;
	story_line(to, "order", NULL,
		   "%s (op %u) needed to reach the flash before %s (op %u):", window->closes.site,
		   window->closes.number, window->opens.site, window->opens.number);
	story_line(to, "", NULL, "a cut anywhere between them breaks %s",
		   rule_name((enum rule)story->verdict.first));
}

void story_print(const struct story *story, const char *replay, FILE *to)
{
	const struct scenario *scenario = story->scene->scenario;

	story_print_lives(story, to);
	story_print_verdict(story, to);
	if (!verdict_good(&story->verdict, scenario)) {
		char where[48];

		report_where(scenario, &story->verdict, where);
		story_line(to, "why", NULL, "%s: %s", where, report_why(scenario, &story->verdict));
		story_print_order(story, to);
	}
	/* To be pasted, so in one piece. */
	fprintf(to, "%-*s%s\n", STORY_LABEL, "replay", replay);
}
