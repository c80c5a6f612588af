/* What came of a search, for a person. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "sim/explore/controls.h"
#include "sim/report/explore_report.h"
#include "sim/report/report.h"

static void explore_text_head(const struct explore_report *report, FILE *to)
{
	const struct run_scene *scene = report->explore->scene;
	char forged[PLAN_TEXT_BYTES];

	plan_print(&report->forged, forged);
	fprintf(to, "scenario  %s, %s\n", scene->scenario->name, scene->scenario->path);
	fprintf(to, "device    %s\n",
		scene->firmware->name[0] ? scene->firmware->name : "the reference firmware");
	fprintf(to, "controls  without a cut all is good; the image forged by %s does not run\n",
		forged);
}

static void explore_text_counts(const struct explore_report *report, FILE *to)
{
	const struct explore_result *result = report->explore->result;

	fprintf(to, "states    %" PRIu64 ", of which %u at rest\n", result->states,
		result->resting);
	fprintf(to, "lives     %" PRIu64 "\n", result->lives);
	fprintf(to, "ops       %" PRIu64 "\n", result->ops);
	fprintf(to, "cuts      %" PRIu64 "\n", result->cuts);
	for (int i = 0; i < SWEEP_WAYS; i++)
		if (result->ways[i])
			fprintf(to, "          %12" PRIu64 "  %s\n", result->ways[i],
				sweep_way_name((enum sweep_way)i));
	if (report->explore->options->flips)
		fprintf(to,
			"flips     %" PRIu64 ", each of %s in a header, TLV, bootctl or eFuse\n",
			result->flips,
			report->explore->options->flips == FLIPS_BITS ? "any bit"
								      : "one bit of a byte");
	fprintf(to, "known     %" PRIu64 " cuts led to a state that was known\n", result->known);
}

#define TEXT_COLUMNS 100
#define TEXT_INDENT  10

/* A list after its name, folded where a line would become too long. */
static void explore_text_list(FILE *to, const char *name, char *list)
{
	int column = fprintf(to, "%*s%s:", TEXT_INDENT, "", name);

	for (char *item = list, *next; item; item = next) {
		next = strstr(item, ", ");
		if (next) {
			*next = '\0';
			next += 2;
		}
		if (column + 2 + (int)strlen(item) > TEXT_COLUMNS)
			column = fprintf(to, "\n%*s", TEXT_INDENT + 1, "") - 1;
		column += fprintf(to, " %s%s", item, next ? "," : "\n");
	}
}

/* Which bytes were taken for dead in the end, and how many passes it took to find out. */
static void explore_text_passes(const struct explore_report *report, FILE *to)
{
	const struct explore *explore = report->explore;

	fprintf(to, "passes    %u", explore->result->passes);
	if (explore->options->exact) {
		fputs("; dead bytes are kept (--exact)\n", to);
		return;
	}
	if (explore->result->passes > 1)
		fprintf(to, ", as %u looked at bytes that were taken for dead",
			explore->result->passes - 1);
	putc('\n', to);
	for (int i = 0; i < CARE_REGIONS; i++) {
		char text[512];

		explore_report_dead(report, (enum care_region)i, text, sizeof(text));
		explore_text_list(to, explore_report_region((enum care_region)i), text);
	}
}

static void explore_text_worst(const struct explore_report *report, FILE *to)
{
	const struct explore_result *result = report->explore->result;
	char id[CASE_ID_TEXT_BYTES];

	explore_report_case(report, &result->depth_plan, result->depth, id);
	fprintf(to, "chain     %u cut%s in a row at most, to reach a new state\n          %s\n",
		result->depth, result->depth == 1 ? "" : "s", id);
	sweep_case_id(report->explore->scene, &result->settle_plan, id);
	fprintf(to, "rest      after %u undisturbed li%s at most\n          %s\n",
		result->settle_lives, result->settle_lives == 1 ? "fe" : "ves", id);
	if (result->scars) {
		sweep_case_id(report->explore->scene, &result->scar_plan, id);
		fprintf(to, "scars     %u: %s\n          %s\n", result->scars, result->scar, id);
	} else {
		fputs("scars     none: what cuts leave behind is healed, or nobody reads it\n", to);
	}
}

static void explore_text_lines(const char *head, const struct explore_report_lines *lines, FILE *to)
{
	for (uint32_t i = 0; i < lines->count; i++)
		fprintf(to, "%-8s  %s\n", i ? "" : head, lines->line[i]);
}

static void explore_text_violation(const struct explore_report *report, int rule, FILE *to)
{
	const struct explore *explore = report->explore;
	const struct explore_violation *violation =
		rule < RULES ? &explore->result->violations[rule] : &explore->result->expectation;
	const char *may_break = rule < RULES ? explore->scene->scenario->may_break[rule] : NULL;

	if (!violation->found)
		return;
	if (rule == RULES)
		fputs("\nexpectation: FAILED\n", to);
	else if (may_break)
		fprintf(to, "\n%s: broke as it may: %s\n", rule_name((enum rule)rule), may_break);
	else
		fprintf(to, "\n%s: BROKEN\n", rule_name((enum rule)rule));
	fprintf(to, "  cuts    %u, the fewest that do it\n", violation->depth);
	fprintf(to, "  why     %s\n", violation->why);
	if (controls_has_case(&violation->plan, violation->depth)) {
		char *replay = report_replay(report->program, explore->scene, &violation->plan);

		fprintf(to, "  replay  %s\n", replay);
		free(replay);
	} else {
		char id[CASE_ID_TEXT_BYTES];

		explore_report_case(report, &violation->plan, violation->depth, id);
		fprintf(to, "  replay  %s\n", id);
	}
}

/* What flips cost, where they do not break trust. */
static void explore_text_damage(const struct explore_report *report, FILE *to)
{
	const struct explore_result *result = report->explore->result;
	char id[CASE_ID_TEXT_BYTES];

	if (!report->explore->options->flips)
		return;
	if (!result->damage.found) {
		fputs("\ndamage: no flip costs availability\n", to);
		return;
	}
	explore_report_case(report, &result->damage.plan, result->damage.depth, id);
	fprintf(to,
		"\ndamage: flips that cost availability, and no trust\n"
		"  lives   %" PRIu64
		"\n  cuts    %u, the fewest that do it\n  why     %s\n  case    "
		"%s\n",
		result->damages, result->damage.depth, result->damage.why, id);
}

void explore_text(const struct explore_report *report, FILE *to)
{
	struct explore_report_lines lines;
	char text[EXPLORE_REPORT_LINE_BYTES];

	explore_text_head(report, to);
	explore_text_counts(report, to);
	explore_text_passes(report, to);
	explore_text_worst(report, to);
	explore_report_ways(report, &lines);
	explore_text_lines("ways", &lines, to);
	explore_report_limits(report, &lines);
	explore_text_lines("limits", &lines, to);
	for (int i = 0; i <= RULES; i++)
		explore_text_violation(report, i, to);
	explore_text_damage(report, to);
	explore_report_end(report, text);
	fprintf(to, "\n%s\n", text);
	explore_report_onward(report, text);
	if (text[0])
		fprintf(to, "  %s\n", text);
}
