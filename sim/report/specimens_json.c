/* The specimens, and their score where they were run, as one JSON object. */
#include <jansson.h>

#include "sim/report/specimens.h"

static json_t *text_or_null(const char *text)
{
	return text ? json_string(text) : json_null();
}

static void json_add_score(const struct score *score, uint32_t i, json_t *root)
{
	json_t *names = json_array();
	int column = score_column(score, i);
	const struct specimen_catch *catch =
		column < 0 ? NULL : score_catch(score, i, (uint32_t)column);

	for (uint32_t s = 0; s < score->report->count; s++)
		if (score_catch(score, i, s)->caught)
			json_array_append_new(
				names, json_string(score->report->scenarios[s].scenario->name));
	json_object_set_new(root, "caught", json_boolean(catch != NULL));
	json_object_set_new(root, "case", text_or_null(catch ? catch->id : NULL));
	json_object_set_new(root, "why", text_or_null(catch ? catch->why : NULL));
	json_object_set_new(root, "cases", json_integer(catch ? (json_int_t) catch->cases : 0));
	json_object_set_new(root, "by", names);
}

int score_json(const struct score *score, FILE *to)
{
	const struct specimens *specimens = score->specimens;
	json_t *root = json_object(), *list = json_array();
	int rc;

	json_object_set_new(root, "specimens", list);
	for (uint32_t i = 0; i < specimens->count; i++) {
		const struct specimen *specimen = &specimens->list[i];
		json_t *entry = json_object();

		json_object_set_new(entry, "name", json_string(specimen->name));
		json_object_set_new(entry, "origin", json_string(specimen->origin));
		json_object_set_new(entry, "cause", json_string(specimen->cause));
		json_object_set_new(entry, "rule",
				    json_string(rule_name((enum rule)specimen->rule)));
		json_object_set_new(entry, "scenario", json_string(specimen->scenario));
		json_object_set_new(entry, "plan", text_or_null(specimen->plan));
		if (score->report)
			json_add_score(score, i, entry);
		json_array_append_new(list, entry);
	}
	if (score->report) {
		json_object_set_new(root, "scenarios", json_integer(score->report->count));
		json_object_set_new(root, "matrix", json_boolean(score->all));
		json_object_set_new(root, "caught", json_integer(score_caught(score)));
	}
	rc = json_dumpf(root, to, JSON_INDENT(1));
	json_decref(root);
	return rc != 0 || putc('\n', to) == EOF ? -1 : 0;
}
