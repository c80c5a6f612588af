/* The coverage table as one JSON object. */
#include "sim/report/coverage_parts.h"
#include "sim/report/json_value.h"

json_t *coverage_json_scenario(const struct coverage *coverage, uint32_t i)
{
	const struct scenario *scenario = coverage->scenarios[i];
	const struct coverage_result *result = &coverage->results[i];
	const char *undefended = catalogue_undefended(scenario);
	json_t *root = json_object();
	char digest[CASE_ID_DIGEST_BYTES];

	sweep_digest(&coverage->scenes[i], digest);
	json_object_set_new(root, "name", json_value_text(scenario->name));
	json_object_set_new(root, "path", json_value_text(scenario->path));
	json_object_set_new(root, "digest", json_string(digest));
	json_object_set_new(root, "summary", json_value_text(scenario->summary));
	json_object_set_new(root, "undefended",
			    undefended ? json_value_text(undefended) : json_null());
	json_object_set_new(root, "verdict", json_value_text(result->verdict));
	json_object_set_new(root, "held", json_boolean(result->outcome == COVERAGE_HELD));
	json_object_set_new(root, "cases", json_value_number(result->cases));
	return root;
}

json_t *coverage_json_entry(const struct coverage *coverage, const char *source,
			    const struct catalogue_entry *entry)
{
	json_t *root = json_object(), *names = json_array();
	enum coverage_state state = coverage_state(coverage, entry);

	for (uint32_t i = 0; i < coverage->count; i++)
		if (catalogue_covers(coverage->scenarios[i], entry->id))
			json_array_append_new(names, json_value_text(coverage->scenarios[i]->name));
	json_object_set_new(root, "id", json_value_text(entry->id));
	json_object_set_new(root, "title", json_value_text(entry->title));
	json_object_set_new(root, "source", json_value_text(source));
	json_object_set_new(root, "state", json_value_text(coverage_state_name(state)));
	json_object_set_new(root, "reason",
			    entry->reason ? json_value_text(entry->reason) : json_null());
	json_object_set_new(root, "scenarios", names);
	return root;
}

json_t *coverage_json_counts(const struct coverage *coverage)
{
	json_t *counts = json_object();

	for (int i = 0; i < COVERAGE_ID_STATES; i++)
		json_object_set_new(
			counts, coverage_state_name((enum coverage_state)i),
			json_value_number(coverage_count(coverage, (enum coverage_state)i)));
	return counts;
}

int coverage_json(const struct coverage *coverage, FILE *to)
{
	const struct catalogue *catalogue = coverage->catalogue;
	json_t *root = json_object(), *ids = json_array(), *scenarios = json_array();
	int rc;

	for (uint32_t s = 0; s < catalogue->sources_count; s++)
		for (uint32_t i = 0; i < catalogue->sources[s].ids_count; i++) {
			const struct catalogue_entry *entry = &catalogue->sources[s].ids[i];

			if (coverage_listed(coverage, entry))
				json_array_append_new(
					ids,
					coverage_json_entry(coverage, catalogue->sources[s].source,
							    entry));
		}
	for (uint32_t i = 0; i < coverage->count; i++)
		json_array_append_new(scenarios, coverage_json_scenario(coverage, i));
	json_object_set_new(root, "counts", coverage_json_counts(coverage));
	json_object_set_new(root, "ids", ids);
	json_object_set_new(root, "scenarios", scenarios);
	rc = json_dumpf(root, to, JSON_INDENT(1));
	json_decref(root);
	return rc != 0 || putc('\n', to) == EOF ? -1 : 0;
}
