/* A story as one JSON object: every event, none folded. */
#include <assert.h>

#include "sim/report/json_value.h"
#include "sim/report/report.h"
#include "sim/report/story.h"
#include "sim/report/words.h"

static json_t *story_json_op(const struct story *story, const struct story_event *event)
{
	const struct inject_op *op = &event->op;
	uint32_t offset;
	const char *region = words_region(story->scene->scenario, op, &offset);
	json_t *root = json_pack("{s:s, s:I, s:s, s:s, s:I, s:I, s:b}", "event", "op", "op",
				 (json_int_t)op->number, "kind", words_kind(op->kind), "region",
				 region, "offset", (json_int_t)offset, "bytes",
				 (json_int_t)op->size_bytes, "carried_out", (int)op->carried_out);
	char cut[WORDS_TEXT_BYTES];

	words_cut(op->kind, &event->cut, cut);
	json_object_set_new(root, "cut", event->is_cut ? json_string(cut) : json_null());
	return root;
}

static json_t *story_json_fault(const struct story *story, const struct story_event *event)
{
	struct plan one = {.count = 1, .faults = {story->plan.faults[event->fault]}};
	char text[PLAN_TEXT_BYTES];

	plan_print(&one, text);
	return json_pack("{s:s, s:s}", "event", "fault", "fault", text);
}

static json_t *story_json_report(const struct hal_report *report)
{
	char version[32];

	snprintf(version, sizeof(version), "%u.%u.%u", report->version.major, report->version.minor,
		 report->version.revision);
	return json_pack(
		"{s:s, s:I, s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:I}", "event", "report", "slot",
		(json_int_t)report->slot, "version", version, "confirmed", (int)report->confirmed,
		"security_counter", (json_int_t)report->security_counter, "revoked",
		(json_int_t)report->revoked, "sequence_confirmed",
		(json_int_t)report->sequence_confirmed, "sequence_given_up",
		(json_int_t)report->sequence_given_up, "sequence_refused",
		(json_int_t)report->sequence_refused, "refused", (json_int_t)report->refused);
}

static json_t *story_json_event(const struct story *story, const struct story_event *event)
{
	json_t *root = NULL;

	switch (event->kind) {
	case STORY_LOG:
		root = json_pack("{s:s, s:o}", "event", "log", "text",
				 json_value_text(event->text));
		break;
	case STORY_OP:
		root = story_json_op(story, event);
		break;
	case STORY_FAULT:
		root = story_json_fault(story, event);
		break;
	case STORY_BREAK:
		root = json_pack("{s:s, s:s, s:s}", "event", "break", "rule",
				 rule_name(event->rule), "why", event->why);
		break;
	case STORY_REPORT:
		root = story_json_report(&event->report);
		break;
	}
	assert(root);
	if (event->site)
		json_object_set_new(root, "site", json_string(event->site));
	return root;
}

static json_t *story_json_life(const struct story *story, uint32_t index)
{
	const struct story_life *life = &story->lives[index];
	const struct scenario *scenario = story->scene->scenario;
	json_t *events = json_array();

	for (size_t i = life->first; i < life->first + life->count; i++)
		json_array_append_new(events, story_json_event(story, &story->events[i]));
	return json_pack("{s:I, s:s, s:s, s:o, s:I, s:o}", "life", (json_int_t)index + 1, "cause",
			 words_reset(life->cause), "end", device_end_name(life->end), "running",
			 life->running < 0 ? json_null()
					   : json_string(scenario->releases[life->running].name),
			 "weak_reads", (json_int_t)life->weak_reads, "events", events);
}

static json_t *story_json_rules(const struct story *story)
{
	const struct verdict *verdict = &story->verdict;
	json_t *rules = json_object();

	for (int i = 0; i < RULES; i++) {
		const struct history_break *at = &verdict->breaks[i];
		bool at_end = at->life == REPORT_AT_END;
		json_t *rule = json_pack("{s:s}", "verdict", verdict_word(verdict->rule[i]));

		if (verdict->rule[i] == BROKEN)
			json_object_update_new(
				rule,
				json_pack("{s:s, s:o, s:o, s:b}", "why", at->why, "life",
					  at_end ? json_null() : json_integer(at->life), "op",
					  at_end || !at->op ? json_null() : json_integer(at->op),
					  "may_break",
					  story->scene->scenario->may_break[i] != NULL));
		json_object_set_new(rules, rule_name((enum rule)i), rule);
	}
	return rules;
}

/* Which op had to wait for which, or null. */
static json_t *story_json_order(const struct story *story)
{
	const struct window *window = &story->window;

	if (!story->has_window)
		return json_null();
	return json_pack("{s:{s:i, s:s}, s:{s:i, s:s}}", "needed", "op", (int)window->closes.number,
			 "site", window->closes.site, "before", "op", (int)window->opens.number,
			 "site", window->opens.site);
}

int story_json(const struct story *story, FILE *to)
{
	const struct verdict *verdict = &story->verdict;
	json_t *root = json_object(), *lives = json_array();
	char id[CASE_ID_TEXT_BYTES];
	int rc;

	sweep_case_id(story->scene, &story->plan, id);
	json_object_set_new(root, "case", json_string(id));
	json_object_set_new(root, "path", json_value_text(story->scene->scenario->path));
	json_object_set_new(root, "ops", json_integer(story->ops));
	json_object_set_new(root, "good",
			    json_boolean(verdict_good(verdict, story->scene->scenario)));
	json_object_set_new(root, "rules", story_json_rules(story));
	json_object_set_new(root, "expectation",
			    verdict->expectation_failed ? json_value_text(verdict->expectation)
							: json_null());
	json_object_set_new(root, "order", story_json_order(story));
	for (uint32_t i = 0; i < story->life_count; i++)
		json_array_append_new(lives, story_json_life(story, i));
	json_object_set_new(root, "lives", lives);
	rc = json_dumpf(root, to, JSON_INDENT(1));
	json_decref(root);
	return rc != 0 || putc('\n', to) == EOF ? -1 : 0;
}
