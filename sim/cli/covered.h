/* Catalogue, scenarios and what came of them: what `coverage` and `evidence` begin with. */
#ifndef CLI_COVERED_H
#define CLI_COVERED_H

#include "sim/cli/cast.h"
#include "sim/report/coverage.h"

#define COVERED_CATALOGUE "scenarios/catalogue.yaml"
#define COVERED_SCENARIOS "scenarios"

struct covered_request {
	struct cast_request cast;
	bool quiet;
	const char *html_path, *results_path; /* or NULL */
	const char *catalogue_path;
};

/* --results, --catalogue, --html, --quiet and those of cast.h. Input is a struct covered_request.
 */
extern const struct argp_child covered_options[];

struct covered {
	struct catalogue catalogue;
	struct cast cast;
	struct coverage coverage;
};

/*
 * Reads catalogue and scenarios, holds them against each other and gets the verdicts: from the
 * results of an earlier run, or by running every case. all: these are all the scenarios that there
 * are. 0, or -1 after a message. Close it either way.
 */
FW_CHECKED int covered_open(struct covered *covered, const struct covered_request *request,
			    bool all);
void covered_close(struct covered *covered);

#endif
