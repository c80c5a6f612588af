/* The catalogue of threats, read and held against the scenarios. */
#include "sim/catalogue.h"

#include <cyaml/cyaml.h>
#include <stdio.h>
#include <string.h>

#define ID_BYTES_MAX	    63
#define TEXT_BYTES_MAX	    1023
#define CATALOGUE_IDS_MAX   1000
#define CATALOGUE_PLACE	    64
#define CATALOGUE_OTHERWISE "Undefended: "

/* What a catalogue's YAML says. */
struct catalogue_yaml {
	struct catalogue_source *sources;
	uint32_t sources_count;
};

/* clang-format off: a table, a line a key. */
static const cyaml_strval_t word_names[] = {
	{"covered", CATALOGUE_COVERED},
	{"documentation only", CATALOGUE_DOCUMENTATION},
	{"no such feature", CATALOGUE_NO_FEATURE},
	{"not defended", CATALOGUE_NOT_DEFENDED},
};

static const cyaml_strval_t field_names[] = {
	{"manufacturer", EVIDENCE_MANUFACTURER},
	{"purpose", EVIDENCE_PURPOSE},
	{"declaration", EVIDENCE_DECLARATION},
	{"support.from", EVIDENCE_SUPPORT_FROM},
	{"support.until", EVIDENCE_SUPPORT_UNTIL},
	{"support.terms", EVIDENCE_SUPPORT_TERMS},
	{"vulnerabilities.contact", EVIDENCE_CONTACT},
	{"vulnerabilities.policy", EVIDENCE_POLICY},
	{"vulnerabilities.advisories", EVIDENCE_ADVISORIES},
	{"product", EVIDENCE_PRODUCT},
	{"sbom", EVIDENCE_SBOM},
	{"tests", EVIDENCE_TESTS},
};

static const cyaml_strval_t kind_names[] = {{"threats", 0}, {"requirements", 1}};

static const cyaml_schema_value_t field_value = {
	CYAML_VALUE_ENUM(CYAML_FLAG_STRICT, int, field_names, CYAML_ARRAY_LEN(field_names)),
};

static const cyaml_schema_field_t entry_fields[] = {
	CYAML_FIELD_STRING_PTR("id", CYAML_FLAG_POINTER, struct catalogue_entry, id, 1,
			       ID_BYTES_MAX),
	CYAML_FIELD_STRING_PTR("title", CYAML_FLAG_POINTER, struct catalogue_entry, title, 1,
			       TEXT_BYTES_MAX),
	CYAML_FIELD_ENUM("word", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, struct catalogue_entry,
			 word, word_names, CYAML_ARRAY_LEN(word_names)),
	CYAML_FIELD_STRING_PTR("reason", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
			       struct catalogue_entry, reason, 1, TEXT_BYTES_MAX),
	CYAML_FIELD_SEQUENCE("fields", CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL,
			     struct catalogue_entry, fields, &field_value, 1, EVIDENCE_FIELDS),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t entry_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct catalogue_entry, entry_fields),
};

static const cyaml_schema_field_t source_fields[] = {
	CYAML_FIELD_STRING_PTR("source", CYAML_FLAG_POINTER, struct catalogue_source, source, 1,
			       TEXT_BYTES_MAX),
	CYAML_FIELD_ENUM("kind", CYAML_FLAG_OPTIONAL | CYAML_FLAG_STRICT, struct catalogue_source,
			 asked, kind_names, CYAML_ARRAY_LEN(kind_names)),
	CYAML_FIELD_SEQUENCE("ids", CYAML_FLAG_POINTER, struct catalogue_source, ids, &entry_value,
			     1, CATALOGUE_IDS_MAX),
	CYAML_FIELD_END,
};

static const cyaml_schema_value_t source_value = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_DEFAULT, struct catalogue_source, source_fields),
};

static const cyaml_schema_field_t catalogue_fields[] = {
	CYAML_FIELD_SEQUENCE("sources", CYAML_FLAG_POINTER, struct catalogue_yaml, sources,
			     &source_value, 1, CATALOGUE_IDS_MAX),
	CYAML_FIELD_END,
};
/* clang-format on */

static const cyaml_schema_value_t catalogue_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct catalogue_yaml, catalogue_fields),
};

const char *catalogue_word_name(enum catalogue_word word)
{
	return word_names[word].str;
}

const char *evidence_field_name(enum evidence_field field)
{
	return field_names[field].str;
}

const struct catalogue_entry *catalogue_find(const struct catalogue *catalogue, const char *id)
{
	for (uint32_t s = 0; s < catalogue->sources_count; s++)
		for (uint32_t i = 0; i < catalogue->sources[s].ids_count; i++)
			if (strcmp(catalogue->sources[s].ids[i].id, id) == 0)
				return &catalogue->sources[s].ids[i];
	return NULL;
}

bool catalogue_covers(const struct scenario *scenario, const char *id)
{
	for (uint32_t i = 0; i < scenario->covers_count; i++)
		if (strcmp(scenario->covers[i], id) == 0)
			return true;
	return false;
}

const char *catalogue_undefended(const struct scenario *scenario)
{
	const char *at = scenario->why ? strstr(scenario->why, CATALOGUE_OTHERWISE) : NULL;

	return at ? at + strlen(CATALOGUE_OTHERWISE) : NULL;
}

static const char *place_of(char place[CATALOGUE_PLACE], uint32_t source, uint32_t id)
{
	snprintf(place, CATALOGUE_PLACE, "sources[%u].ids[%u]", source, id);
	return place;
}

static int entry_check(const struct catalogue *catalogue, uint32_t source, uint32_t i)
{
	const struct catalogue_entry *entry = &catalogue->sources[source].ids[i];
	char place[CATALOGUE_PLACE];

	place_of(place, source, i);
	if (catalogue_find(catalogue, entry->id) != entry)
		return scenario_yaml_fail(&catalogue->file, place,
					  "%s is there twice, expected it once", entry->id);
	if (entry->word != CATALOGUE_COVERED && !entry->reason)
		return scenario_yaml_fail(&catalogue->file, place,
					  "%s is '%s' without a reason, expected one", entry->id,
					  catalogue_word_name((enum catalogue_word)entry->word));
	if (entry->word == CATALOGUE_COVERED && entry->reason)
		return scenario_yaml_fail(&catalogue->file, place,
					  "%s has a reason and no word, expected documentation "
					  "only, no such feature or not defended",
					  entry->id);
	return 0;
}

int catalogue_open(struct catalogue *catalogue, const char *path)
{
	const struct catalogue_yaml *yaml;
	int rc = 0;

	memset(catalogue, 0, sizeof(*catalogue));
	if (scenario_yaml_open_as(&catalogue->file, path, &catalogue_schema, "catalogue") != 0)
		return -1;
	yaml = catalogue->file.tree;
	catalogue->sources = yaml->sources;
	catalogue->sources_count = yaml->sources_count;
	for (uint32_t s = 0; s < catalogue->sources_count; s++)
		for (uint32_t i = 0; i < catalogue->sources[s].ids_count; i++)
			if (entry_check(catalogue, s, i) != 0)
				rc = -1;
	return rc;
}

void catalogue_close(struct catalogue *catalogue)
{
	scenario_yaml_close(&catalogue->file);
}

/* What stands at a place of a scenario is wrong; its file is read again to find the line. */
static int scenario_fail(const struct scenario *scenario, const char *place, const char *what,
			 const char *expected)
{
	struct scenario_yaml_file file;

	if (scenario_yaml_open(&file, scenario->path) == 0)
		(void)scenario_yaml_fail(&file, place, "%s, expected %s", what, expected);
	scenario_yaml_close(&file);
	return -1;
}

static int scenario_check(const struct catalogue *catalogue, const struct scenario *scenario)
{
	char place[CATALOGUE_PLACE], what[TEXT_BYTES_MAX + 64];
	int rc = 0;

	for (uint32_t i = 0; i < scenario->covers_count; i++) {
		if (catalogue_find(catalogue, scenario->covers[i]))
			continue;
		snprintf(place, sizeof(place), "covers[%u]", i);
		snprintf(what, sizeof(what), "covers '%s'", scenario->covers[i]);
		rc = scenario_fail(scenario, place, what, "an id of the catalogue");
	}
	if (scenario->covers_count && !catalogue_undefended(scenario))
		rc = scenario_fail(scenario, "covers", "covers ids without a line that shows why",
				   "'" CATALOGUE_OTHERWISE
				   "...' in its why: what a device does that does not defend");
	return rc;
}

static bool scenario_excuses(const struct scenario *scenario)
{
	for (int i = 0; i < RULES; i++)
		if (scenario->may_break[i])
			return true;
	return false;
}

/* What an id's word asks of the scenarios that cover it. NULL: nothing that they lack. */
static const char *entry_lack(const struct catalogue_entry *entry,
			      struct scenario *const *scenarios, uint32_t count)
{
	uint32_t covering = 0, refusing = 0, excusing = 0;

	for (uint32_t i = 0; i < count; i++) {
		if (!catalogue_covers(scenarios[i], entry->id))
			continue;
		covering++;
		refusing += scenarios[i]->expect.has_refused;
		excusing += scenario_excuses(scenarios[i]);
	}
	switch ((enum catalogue_word)entry->word) {
	case CATALOGUE_COVERED:
		return covering ? NULL
				: "no scenario covers it, expected one, or a word and a "
				  "reason";
	case CATALOGUE_DOCUMENTATION:
		return covering ? "it is documentation only, and a scenario covers it, expected "
				  "one of the two"
				: NULL;
	case CATALOGUE_NO_FEATURE:
		return refusing ? NULL
				: "no scenario shows it refused, expected one that covers "
				  "it, with expect: {refused: ...}";
	case CATALOGUE_NOT_DEFENDED:
		return excusing ? NULL
				: "no scenario shows the attack succeed, expected one that "
				  "covers it, with may_break";
	case CATALOGUE_WORDS:
		break;
	}
	return NULL;
}

int catalogue_check(const struct catalogue *catalogue, struct scenario *const *scenarios,
		    uint32_t count, bool all)
{
	char place[CATALOGUE_PLACE];
	int rc = 0;

	for (uint32_t i = 0; i < count; i++)
		if (scenario_check(catalogue, scenarios[i]) != 0)
			rc = -1;
	for (uint32_t s = 0; all && s < catalogue->sources_count; s++) {
		for (uint32_t i = 0; i < catalogue->sources[s].ids_count; i++) {
			const struct catalogue_entry *entry = &catalogue->sources[s].ids[i];
			const char *lack = entry_lack(entry, scenarios, count);

			if (lack)
				rc = scenario_yaml_fail(&catalogue->file, place_of(place, s, i),
							"%s: %s", entry->id, lack);
		}
	}
	return rc;
}
