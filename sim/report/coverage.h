/*
 * The coverage table: for every id of the catalogue the scenarios that cover it and what came of
 * them in the last run, or the word that it has instead, as text, JSON and HTML.
 */
#ifndef REPORT_COVERAGE_H
#define REPORT_COVERAGE_H

#include <stdio.h>

#include "sim/catalogue.h"
#include "sim/report/report.h"

/* What came of a scenario; the table's own copy, as it may have been read from a file. */
enum coverage_outcome { COVERAGE_NOT_RUN, COVERAGE_HELD, COVERAGE_RED };

struct coverage_result {
	enum coverage_outcome outcome;
	uint64_t cases;
	char verdict[REPORT_VERDICT_BYTES]; /* of one not run: why */
};

struct coverage {
	const struct catalogue *catalogue;
	uint32_t count;
	struct scenario *const *scenarios;
	const struct run_scene *scenes;
	struct coverage_result *results; /* one each */
	bool all; /* of the scenarios that the catalogue speaks of; else only what they cover */
};

enum coverage_state {
	COVERAGE_ID_HELD,
	COVERAGE_ID_NO_FEATURE,
	COVERAGE_ID_NOT_DEFENDED,
	COVERAGE_ID_DOCUMENTATION,
	COVERAGE_ID_BROKEN, /* a scenario that covers it is red */
	COVERAGE_ID_NOT_RUN,
	COVERAGE_ID_STATES
};

/* What the id comes to. A red scenario outweighs every word. */
enum coverage_state coverage_state(const struct coverage *coverage,
				   const struct catalogue_entry *entry);
const char *coverage_state_name(enum coverage_state state);
uint32_t coverage_count(const struct coverage *coverage, enum coverage_state state);
/* The entry has its line: always, if these are all the scenarios. */
bool coverage_listed(const struct coverage *coverage, const struct catalogue_entry *entry);

/* Takes over what a run came to. */
void coverage_take(struct coverage *coverage, const struct report *report);
/*
 * The same from a file that `brownout run --json=FILE` wrote. 0, or -1 after a message: it is no
 * such file, or of a part of the cases, or of a specimen. A scenario that has changed since counts
 * as not run.
 */
FW_CHECKED int coverage_read(struct coverage *coverage, const char *path);

void coverage_text(const struct coverage *coverage, FILE *to);
/* 0, or -1 if it could not be written. */
int coverage_json(const struct coverage *coverage, FILE *to);
int coverage_html(const struct coverage *coverage, FILE *to);

#endif
