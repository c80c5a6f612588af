/* What came of a fleet, as a table over virtual time. */
#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "sim/report/fleet_report.h"

#define DAY_S 86400.0

static const char *fleet_version(const struct fleet_report *report, uint32_t release)
{
	return report->scenario->releases[release].version_text;
}

static double fleet_percent(uint32_t share)
{
	return share * 100.0 / ROLLOUT_SHARE;
}

static bool fleet_grouped(const struct rollout_policy *policy, uint32_t stage)
{
	const struct rollout_group *groups[] = {&policy->group, &policy->stages[stage].group};

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		if (groups[i]->types || groups[i]->customers || groups[i]->regions ||
		    groups[i]->sequence_min || groups[i]->sequence_max)
			return true;
	return false;
}

void fleet_mark_text(const struct fleet_report *report, const struct fleet_mark *mark, char *text,
		     size_t text_bytes)
{
	const struct fleet_plan *plan = report->scenario->fleet;
	const struct fleet_rollout *rollout =
		mark->rollout < plan->rollout_count ? &plan->rollouts[mark->rollout] : NULL;
	const char *version = rollout ? fleet_version(report, rollout->release) : "";

	switch (mark->event) {
	case FLEET_OPENED:
	case FLEET_STAGE:
		(void)snprintf(text, text_bytes, "%s: stage %u of %u, %g %%%s", version,
			       mark->stage + 1, rollout->policy.stage_count,
			       fleet_percent(rollout->policy.stages[mark->stage].share),
			       fleet_grouped(&rollout->policy, mark->stage) ? " of its group" : "");
		return;
	case FLEET_PAUSED:
		(void)snprintf(text, text_bytes, "%s: paused, %s%s%s", version,
			       rollout_why_name(mark->why),
			       mark->why_type < plan->types.count ? " of " : "",
			       mark->why_type < plan->types.count
				       ? plan->types.kind[mark->why_type].name
				       : "");
		return;
	case FLEET_RESUMED:
		(void)snprintf(text, text_bytes, "%s: resumed", version);
		return;
	case FLEET_ABORTED:
		(void)snprintf(text, text_bytes, "%s: aborted", version);
		return;
	case FLEET_SERVER_DIES:
		(void)snprintf(text, text_bytes, "the server dies");
		return;
	case FLEET_SERVER_BACK:
		(void)snprintf(text, text_bytes, "the server is back");
		return;
	case FLEET_ROGUE_BEGINS:
		(void)snprintf(text, text_bytes, "a rogue mirror serves %s",
			       fleet_version(report, plan->rogue.release));
		return;
	case FLEET_ROGUE_ENDS:
		(void)snprintf(text, text_bytes, "the rogue mirror is gone");
		return;
	case FLEET_ENDS:
		(void)snprintf(text, text_bytes, "the end");
		return;
	}
}

static void fleet_text_head(const struct fleet_report *report, FILE *to)
{
	const struct fleet_plan *plan = report->scenario->fleet;
	time_t begins = (time_t)plan->begins_s;
	struct tm day;
	char date[16];

	(void)strftime(date, sizeof(date), "%Y-%m-%d", gmtime_r(&begins, &day));
	fprintf(to, "scenario  %s, %s\n", report->scenario->name, report->scenario->path);
	fprintf(to, "device    %s\n",
		report->device[0] ? report->device : "the reference firmware");
	fprintf(to,
		"fleet     %" PRIu32 " devices for %" PRIu32 " days from %s, seed %" PRIu64 "\n",
		report->result->devices, plan->lasts_s / 86400, date, report->result->seed);
}

static void fleet_text_marks(const struct fleet_report *report, FILE *to)
{
	const struct fleet_result *result = report->result;
	uint32_t releases = report->scenario->release_count;

	fprintf(to, "\n%6s  %-36s", "day", "devices at rest in");
	for (uint32_t i = 0; i < releases; i++)
		fprintf(to, "  %8s", fleet_version(report, i));
	fprintf(to, "  bricked\n");
	for (uint32_t i = 0; i < result->mark_count; i++) {
		const struct fleet_mark *mark = &result->marks[i];
		char text[96];

		fleet_mark_text(report, mark, text, sizeof(text));
		fprintf(to, "%6.2f  %-36s", mark->at_s / DAY_S, text);
		for (uint32_t j = 0; j < releases; j++)
			fprintf(to, "  %8" PRIu32, mark->running.of[j]);
		fprintf(to, "  %7" PRIu32 "\n", mark->running.bricked);
	}
	if (result->marks_left_out)
		fprintf(to, "        and %" PRIu32 " more\n", result->marks_left_out);
}

static void fleet_text_counts(const struct fleet_report *report, FILE *to)
{
	const struct fleet_plan *plan = report->scenario->fleet;

	fprintf(to, "\n%-9s %-9s %8s %8s %9s %9s %8s %7s %8s\n", "release", "by", "offered", "ran",
		"confirmed", "gave-up", "refused", "silent", "failed");
	for (uint32_t i = 0; i < plan->rollout_count; i++) {
		const struct fleet_rollout *rollout = &plan->rollouts[i];
		const struct fleet_tally *tally = &report->result->tally[rollout->release];
		const struct rollout_counts *counts = NULL;

		for (uint32_t j = 0; j < report->result->book.count; j++)
			if (report->result->book.rollouts[j].policy.sequence ==
			    rollout->policy.sequence)
				counts =
					&report->result->book.rollouts[j].counts[ROLLOUT_NAMES_MAX];
		fprintf(to,
			"%-9s %-9s %8" PRIu32 " %8" PRIu32 " %9" PRIu32 " %9" PRIu32
			" %8s %7s %8" PRIu32 "\n",
			fleet_version(report, rollout->release), "deeds", tally->offered,
			tally->ran, tally->came_up, tally->reverted, "-", "-", tally->failed_boots);
		if (counts)
			fprintf(to,
				"%-9s %-9s %8" PRIu32 " %8s %9" PRIu32 " %9" PRIu32 " %8" PRIu32
				" %7" PRIu32 " %8" PRIu32 "\n",
				"", "reports", counts->offered, "-", counts->confirmed,
				counts->standing[ROLLOUT_REVERTED],
				counts->standing[ROLLOUT_REFUSED], counts->standing[ROLLOUT_SILENT],
				counts->failed_boots);
	}
}

static void fleet_text_verdicts(const struct fleet_report *report, FILE *to)
{
	const struct fleet_result *result = report->result;
	const struct fleet_plan *plan = report->scenario->fleet;

	fprintf(to,
		"\nlives     %" PRIu64 ", %" PRIu64 " cut, %" PRIu64 " offline, %" PRIu64
		" downloads dropped\n",
		result->lives, result->cuts, result->offline, result->dropped);
	fprintf(to, "server    %" PRIu64 " asked, %" PRIu64 " reports, %.1f MB sent\n",
		result->asks, result->reports, (double)result->bytes / 1e6);
	for (int i = ROLLOUT_WAIT_STAGE; i < ROLLOUT_WAITS; i++)
		if (result->waits[i])
			fprintf(to, "waited    %" PRIu64 " times: %s\n", result->waits[i],
				rollout_wait_name((enum rollout_wait)i));
	if (plan->rogue.there)
		fprintf(to, "rogue     %" PRIu32 " devices ran %s\n",
			result->tally[plan->rogue.release].ran,
			fleet_version(report, plan->rogue.release));
	fprintf(to, "awake     %" PRIu32 " at the end, %" PRIu32 " of them run less than %s\n\n",
		result->awake, result->stragglers, fleet_version(report, plan->newest));
	for (int i = 0; i < FLEET_RULES_COUNT; i++) {
		const struct fleet_verdict *verdict = &result->verdict[i];

		fprintf(to, "%-9s %s%s\n", fleet_rule_name((enum fleet_rule)i),
			verdict->broken ? "BROKEN: " : "held", verdict->why);
	}
}

int fleet_text(const struct fleet_report *report, FILE *to)
{
	fleet_text_head(report, to);
	fleet_text_marks(report, to);
	fleet_text_counts(report, to);
	fleet_text_verdicts(report, to);
	return ferror(to) ? -1 : 0;
}
