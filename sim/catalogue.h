/*
 * The catalogue of threats: every id that somebody outside listed, its title and its source, and
 * for those that no scenario can cover by holding, one of three words and its reason.
 */
#ifndef SIM_CATALOGUE_H
#define SIM_CATALOGUE_H

#include "sim/evidence.h"
#include "sim/scenario.h"
#include "sim/scenario/scenario_yaml.h"

enum catalogue_word {
	CATALOGUE_COVERED,	 /* scenarios cover it, and hold */
	CATALOGUE_DOCUMENTATION, /* no device can show it: a duty of papers and people */
	CATALOGUE_NO_FEATURE,	 /* a scenario shows that the request is refused by name */
	CATALOGUE_NOT_DEFENDED,	 /* a scenario shows the attack succeed, by may_break */
	CATALOGUE_WORDS
};

struct catalogue_entry {
	char *id, *title;
	int word;     /* an enum catalogue_word */
	char *reason; /* NULL: covered */
	int *fields;  /* each an enum evidence_field: what evidence of a release says to it */
	uint32_t fields_count;
};

struct catalogue_source {
	char *source;
	int asked; /* a law or a standard asks for it, else it is a threat that somebody listed */
	struct catalogue_entry *ids;
	uint32_t ids_count;
};

struct catalogue {
	struct scenario_yaml_file file;
	struct catalogue_source *sources;
	uint32_t sources_count;
};

/* Reads and checks it. 0, or -1 after a message. Close it either way. */
FW_CHECKED int catalogue_open(struct catalogue *catalogue, const char *path);
void catalogue_close(struct catalogue *catalogue);
const struct catalogue_entry *catalogue_find(const struct catalogue *catalogue, const char *id);
/* "documentation only", "no such feature", "not defended". */
const char *catalogue_word_name(enum catalogue_word word);
/* The scenario covers that id. */
bool catalogue_covers(const struct scenario *scenario, const char *id);
/*
 * Catalogue and scenarios agree: nothing is covered that is not listed, no id stands without a
 * scenario or a word, and each scenario bears its ids' words out. 0, or -1 after a message for each
 * that is wrong. all: these are all the scenarios that there are; else only the first is checked.
 */
FW_CHECKED int catalogue_check(const struct catalogue *catalogue, struct scenario *const *scenarios,
			       uint32_t count, bool all);
/* What would happen on a device that does not defend, out of the scenario's why; NULL: not said. */
const char *catalogue_undefended(const struct scenario *scenario);

#endif
