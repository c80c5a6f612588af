/* brownout coverage: every id of the catalogue, and what covers it. */
#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/cast.h"
#include "sim/cli/cli.h"
#include "sim/report/coverage.h"
#include "sim/report/output.h"
#include "sim/report/progress.h"

#define COVERAGE_CATALOGUE "scenarios/catalogue.yaml"
#define COVERAGE_SCENARIOS "scenarios"

enum {
	COVERAGE_OPTION_HTML = 0x100, /* above all characters: options without a short form */
	COVERAGE_OPTION_RESULTS,
	COVERAGE_OPTION_CATALOGUE,
	COVERAGE_OPTION_QUIET,
};

struct coverage_request {
	struct cast_request cast;
	bool quiet, all;
	const char *html_path, *results_path; /* or NULL */
	const char *catalogue_path;
};

static const struct argp_option coverage_options[] = {
	{"results", COVERAGE_OPTION_RESULTS, "FILE", 0,
	 "Take the verdicts from what `brownout run --json=FILE` wrote, and run nothing", 0},
	{"catalogue", COVERAGE_OPTION_CATALOGUE, "FILE", 0,
	 "The list of ids (" COVERAGE_CATALOGUE " if left out)", 0},
	{"html", COVERAGE_OPTION_HTML, "FILE", 0, "The table as a page of HTML to FILE", 0},
	{"quiet", COVERAGE_OPTION_QUIET, NULL, 0, "No progress", 0},
	CLI_HELP_OPTIONS,
};

static void coverage_options_check(struct coverage_request *request, struct argp_state *state)
{
	cli_two_files(state, "--json", request->cast.json_path, "--html", request->html_path);
	request->all = request->cast.paths.count == 0;
	if (request->all && paths_add(&request->cast.paths, COVERAGE_SCENARIOS) != 0)
		exit(CLI_UNUSABLE);
}

static error_t coverage_option(int option, char *text, struct argp_state *state)
{
	struct coverage_request *request = state->input;

	switch (option) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &request->cast;
		return 0;
	case COVERAGE_OPTION_RESULTS:
		request->results_path = text;
		return 0;
	case COVERAGE_OPTION_CATALOGUE:
		request->catalogue_path = text;
		return 0;
	case COVERAGE_OPTION_HTML:
		request->html_path = text;
		return 0;
	case COVERAGE_OPTION_QUIET:
		request->quiet = true;
		return 0;
	case ARGP_KEY_END:
		coverage_options_check(request, state);
		return 0;
	default:
		return cli_option(option, state);
	}
}

/* Every case of every scenario. 0, or -1 after a message. */
static int coverage_run(const struct coverage_request *request, struct cast *cast)
{
	struct progress progress;
	struct sweep_options options = {.jobs = request->cast.jobs, .shards = 1};

	progress_open(&progress, request->quiet, cast->report.count);
	for (uint32_t i = 0; i < cast->report.count; i++)
		if (cast_sweep(&cast->report.scenarios[i], &options, &progress) != 0)
			return -1;
	progress_close(&progress, report_cases(&cast->report));
	return 0;
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

static int coverage_print(const struct coverage_request *request, const struct coverage *coverage)
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
	struct catalogue catalogue;
	struct coverage coverage = {.catalogue = &catalogue, .all = request->all};
	struct cast cast = {0};
	int status = CLI_UNUSABLE;

	if (catalogue_open(&catalogue, request->catalogue_path) != 0 ||
	    cast_open(&cast, &request->cast.paths, NULL, false) != 0 ||
	    catalogue_check(&catalogue, cast.scenarios, cast.report.count, request->all) != 0 ||
	    (request->cast.json_path && output_check(request->cast.json_path) != 0) ||
	    (request->html_path && output_check(request->html_path) != 0))
		goto out;
	coverage.count = cast.report.count;
	coverage.scenarios = cast.scenarios;
	coverage.scenes = cast.scenes;
	coverage.results = calloc(coverage.count, sizeof(*coverage.results));
	assert(coverage.results);
	if (request->results_path) {
		if (coverage_read(&coverage, request->results_path) != 0)
			goto out;
	} else {
		if (coverage_run(request, &cast) != 0)
			goto out;
		coverage_take(&coverage, &cast.report);
	}
	status = coverage_print(request, &coverage);
out:
	free(coverage.results);
	cast_close(&cast);
	catalogue_close(&catalogue);
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
		.children = cast_options,
	};
	struct coverage_request request = {.catalogue_path = COVERAGE_CATALOGUE};
	int status;

	cli_parse(&verb, argc, argv, &request);
	paths_sort(&request.cast.paths);
	status = coverage_perform(&request);
	paths_close(&request.cast.paths);
	return status;
}
