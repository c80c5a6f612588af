/* What came of a fleet, as one JSON object. */
#include "sim/report/fleet_report.h"
#include "sim/report/json_value.h"

static const char *fleet_json_event(enum fleet_event event)
{
	static const char *const names[] = {
		[FLEET_OPENED] = "opened",	     [FLEET_STAGE] = "stage",
		[FLEET_PAUSED] = "paused",	     [FLEET_RESUMED] = "resumed",
		[FLEET_ABORTED] = "aborted",	     [FLEET_SERVER_DIES] = "server-dies",
		[FLEET_SERVER_BACK] = "server-back", [FLEET_ROGUE_BEGINS] = "rogue-begins",
		[FLEET_ROGUE_ENDS] = "rogue-ends",   [FLEET_ENDS] = "end",
	};

	return names[event];
}

static json_t *fleet_json_running(const struct fleet_report *report,
				  const struct fleet_running *running)
{
	json_t *object = json_object();

	for (uint32_t i = 0; i < report->scenario->release_count; i++)
		json_object_set_new(object, report->scenario->releases[i].name,
				    json_value_number(running->of[i]));
	json_object_set_new(object, "bricked", json_value_number(running->bricked));
	return object;
}

static json_t *fleet_json_counts(const struct rollout_counts *counts)
{
	json_t *object = json_object();

	json_object_set_new(object, "offered", json_value_number(counts->offered));
	for (int i = 0; i < ROLLOUT_STANDINGS; i++)
		json_object_set_new(object, rollout_standing_name((enum rollout_standing)i),
				    json_value_number(counts->standing[i]));
	json_object_set_new(object, "confirmed", json_value_number(counts->confirmed));
	json_object_set_new(object, "failed-boots", json_value_number(counts->failed_boots));
	return object;
}

static json_t *fleet_json_marks(const struct fleet_report *report)
{
	const struct fleet_plan *plan = report->scenario->fleet;
	json_t *array = json_array();

	for (uint32_t i = 0; i < report->result->mark_count; i++) {
		const struct fleet_mark *mark = &report->result->marks[i];
		json_t *object = json_object();

		json_object_set_new(object, "seconds", json_value_number(mark->at_s));
		json_object_set_new(object, "event", json_string(fleet_json_event(mark->event)));
		if (mark->rollout < plan->rollout_count) {
			uint32_t release = plan->rollouts[mark->rollout].release;

			json_object_set_new(
				object, "release",
				json_value_text(report->scenario->releases[release].name));
			json_object_set_new(object, "stage", json_value_number(mark->stage + 1));
			json_object_set_new(object, "counts", fleet_json_counts(&mark->counts));
		}
		if (mark->why)
			json_object_set_new(object, "why",
					    json_string(rollout_why_name(mark->why)));
		if (mark->why && mark->why_type < plan->types.count)
			json_object_set_new(object, "type",
					    json_value_text(plan->types.kind[mark->why_type].name));
		json_object_set_new(object, "running", fleet_json_running(report, &mark->running));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *fleet_json_samples(const struct fleet_report *report)
{
	json_t *array = json_array();

	for (uint32_t i = 0; i < report->result->sample_count; i++) {
		const struct fleet_sample *sample = &report->result->samples[i];
		json_t *object = fleet_json_running(report, &sample->running);

		json_object_set_new(object, "seconds", json_value_number(sample->at_s));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *fleet_json_releases(const struct fleet_report *report)
{
	const struct fleet_result *result = report->result;
	json_t *array = json_array();

	for (uint32_t i = 0; i < report->scenario->release_count; i++) {
		const struct scenario_release *release = &report->scenario->releases[i];
		const struct fleet_tally *tally = &result->tally[i];
		json_t *object = json_object();

		json_object_set_new(object, "name", json_value_text(release->name));
		json_object_set_new(object, "version", json_value_text(release->version_text));
		json_object_set_new(object, "sequence", json_value_number(release->sequence));
		json_object_set_new(object, "offered", json_value_number(tally->offered));
		json_object_set_new(object, "ran", json_value_number(tally->ran));
		json_object_set_new(object, "came-up", json_value_number(tally->came_up));
		json_object_set_new(object, "reverted", json_value_number(tally->reverted));
		json_object_set_new(object, "failed-boots", json_value_number(tally->failed_boots));
		for (uint32_t j = 0; j < result->book.count; j++)
			if (release->sequence &&
			    result->book.rollouts[j].policy.sequence == release->sequence)
				json_object_set_new(
					object, "reported",
					fleet_json_counts(&result->book.rollouts[j]
								   .counts[ROLLOUT_NAMES_MAX]));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *fleet_json_verdicts(const struct fleet_result *result)
{
	json_t *object = json_object();

	for (int i = 0; i < FLEET_RULES_COUNT; i++)
		json_object_set_new(object, fleet_rule_name((enum fleet_rule)i),
				    result->verdict[i].broken
					    ? json_value_text(result->verdict[i].why)
					    : json_string("held"));
	return object;
}

static json_t *fleet_json_waits(const struct fleet_result *result)
{
	json_t *object = json_object();

	for (int i = ROLLOUT_WAIT_STAGE; i < ROLLOUT_WAITS; i++)
		json_object_set_new(object, rollout_wait_name((enum rollout_wait)i),
				    json_value_number(result->waits[i]));
	return object;
}

int fleet_json(const struct fleet_report *report, FILE *to)
{
	const struct fleet_result *result = report->result;
	json_t *root = json_object();
	int failed;

	json_object_set_new(root, "scenario", json_value_text(report->scenario->name));
	json_object_set_new(root, "device", json_value_text(report->device));
	json_object_set_new(root, "devices", json_value_number(result->devices));
	json_object_set_new(root, "seed", json_value_number(result->seed));
	json_object_set_new(root, "verdict", fleet_json_verdicts(result));
	json_object_set_new(root, "lives", json_value_number(result->lives));
	json_object_set_new(root, "cuts", json_value_number(result->cuts));
	json_object_set_new(root, "offline", json_value_number(result->offline));
	json_object_set_new(root, "dropped", json_value_number(result->dropped));
	json_object_set_new(root, "asked", json_value_number(result->asks));
	json_object_set_new(root, "waits", fleet_json_waits(result));
	json_object_set_new(root, "reports", json_value_number(result->reports));
	json_object_set_new(root, "bytes", json_value_number(result->bytes));
	json_object_set_new(root, "bricked", json_value_number(result->bricked));
	json_object_set_new(root, "awake", json_value_number(result->awake));
	json_object_set_new(root, "stragglers", json_value_number(result->stragglers));
	json_object_set_new(root, "releases", fleet_json_releases(report));
	json_object_set_new(root, "marks", fleet_json_marks(report));
	json_object_set_new(root, "samples", fleet_json_samples(report));
	failed = json_dumpf(root, to, JSON_INDENT(2));
	json_decref(root);
	return failed || fputc('\n', to) == EOF ? -1 : 0;
}
