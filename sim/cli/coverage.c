/* brownout coverage: every id of the catalogue, and what covers it. */
#include <stdio.h>
#include <stdlib.h>

#include "sim/cli/cli.h"
#include "sim/cli/covered.h"
#include "sim/report/output.h"

struct coverage_request {
	struct covered_request covered;
	bool all;
};

static const struct argp_option coverage_options[] = {CLI_HELP_OPTIONS};

static error_t coverage_option(int option, char *text, struct argp_state *state)
{
	struct coverage_request *request = state->input;
	struct paths *paths = &request->covered.cast.paths;

	(void)text;
	switch (option) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &request->covered;
		return 0;
	case ARGP_KEY_END:
		request->all = paths->count == 0;
		if (request->all && paths_add(paths, COVERED_SCENARIOS) != 0)
			exit(CLI_UNUSABLE);
		return 0;
	default:
		return cli_option(option, state);
	}
}

static int coverage_write_file(const struct coverage *coverage, const char *path,
			       int (*write)(const struct coverage *coverage, FILE *to))
{
	struct output output;

	if (!path)
		return 0;
	if (output_open(&output, path) != 0)
		return -1;
	/* What could not be written shows when the file is closed. */
	(void)write(coverage, output.file);
	return output_close(&output);
}

static int coverage_print(const struct covered_request *request, const struct coverage *coverage)
{
	if (request->cast.json && !request->cast.json_path)
		(void)coverage_json(coverage, stdout);
	else
		coverage_text(coverage, stdout);
	if (coverage_write_file(coverage, request->cast.json_path, coverage_json) != 0 ||
	    coverage_write_file(coverage, request->html_path, coverage_html) != 0)
		return CLI_UNUSABLE;
	return coverage_count(coverage, COVERAGE_ID_BROKEN) ||
			       coverage_count(coverage, COVERAGE_ID_NOT_RUN)
		       ? CLI_BROKEN
		       : CLI_GOOD;
}

static int coverage_perform(const struct coverage_request *request)
{
	struct covered covered;
	int status = CLI_UNUSABLE;

	if (covered_open(&covered, &request->covered, request->all) == 0)
		status = coverage_print(&request->covered, &covered.coverage);
	covered_close(&covered);
	return status;
}

int cli_coverage(int argc, char **argv)
{
	static char name[] = "brownout coverage";
	static const struct cli_verb verb = {
		.name = name,
		.example = "build/brownout coverage --html build/coverage.html",
		.arguments = "[PATH...]",
		.doc = "For every id of the catalogue of threats, prints the scenarios that cover "
		       "it and their verdict, or the word that it has instead: documentation only, "
		       "no such feature (a scenario shows the request refused by name) or not "
		       "defended (a scenario shows the attack succeed). Runs every case of the "
		       "scenarios, or takes the verdicts from a run's JSON (--results). With "
		       "PATHs, "
		       "files or directories, only what those scenarios cover. Exits 0 if all is "
		       "as "
		       "the catalogue says, 1 if a scenario did not hold or was not run, 2 if "
		       "catalogue and scenarios do not agree or the input is wrong.",
		.options = coverage_options,
		.option = coverage_option,
		.children = covered_options,
	};
	struct coverage_request request = {.all = false};
	int status;

	cli_parse(&verb, argc, argv, &request);
	paths_sort(&request.covered.cast.paths);
	status = coverage_perform(&request);
	paths_close(&request.covered.cast.paths);
	return status;
}
