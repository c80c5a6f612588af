/* The catalogue held against scenarios, and the verdicts of these. */
#include "sim/cli/covered.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/cli.h"
#include "sim/report/output.h"
#include "sim/report/progress.h"

enum {
	COVERED_OPTION_HTML = 0x180, /* beside a verb's own and the cast's */
	COVERED_OPTION_RESULTS,
	COVERED_OPTION_CATALOGUE,
	COVERED_OPTION_QUIET,
};

static const struct argp_option covered_option_list[] = {
	{"results", COVERED_OPTION_RESULTS, "FILE", 0,
	 "Take the verdicts from what `brownout run --json=FILE` wrote, and run nothing", 0},
	{"catalogue", COVERED_OPTION_CATALOGUE, "FILE", 0,
	 "The list of ids (" COVERED_CATALOGUE " if left out)", 0},
	{"html", COVERED_OPTION_HTML, "FILE", 0, "The same as a page of HTML to FILE", 0},
	{"quiet", COVERED_OPTION_QUIET, NULL, 0, "No progress", 0},
	{0},
};

static error_t covered_option(int option, char *text, struct argp_state *state)
{
	struct covered_request *request = state->input;

	switch (option) {
	case ARGP_KEY_INIT:
		request->catalogue_path = COVERED_CATALOGUE;
		state->child_inputs[0] = &request->cast;
		return 0;
	case COVERED_OPTION_RESULTS:
		request->results_path = text;
		return 0;
	case COVERED_OPTION_CATALOGUE:
		request->catalogue_path = text;
		return 0;
	case COVERED_OPTION_HTML:
		request->html_path = text;
		return 0;
	case COVERED_OPTION_QUIET:
		request->quiet = true;
		return 0;
	case ARGP_KEY_END:
		cli_two_files(state, "--json", request->cast.json_path, "--html",
			      request->html_path);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp covered_argp = {
	.options = covered_option_list,
	.parser = covered_option,
	.children = cast_options,
};
const struct argp_child covered_options[] = {{.argp = &covered_argp}, {0}};

/* Every case of every scenario. 0, or -1 after a message. */
static int covered_run(const struct covered_request *request, struct cast *cast)
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

int covered_open(struct covered *covered, const struct covered_request *request, bool all)
{
	struct coverage *coverage = &covered->coverage;
	struct cast *cast = &covered->cast;

	memset(covered, 0, sizeof(*covered));
	if (catalogue_open(&covered->catalogue, request->catalogue_path) != 0 ||
	    cast_open(cast, &request->cast.paths, NULL, false, false) != 0 ||
	    catalogue_check(&covered->catalogue, cast->scenarios, cast->report.count, all) != 0 ||
	    (request->cast.json_path && output_check(request->cast.json_path) != 0) ||
	    (request->html_path && output_check(request->html_path) != 0))
		return -1;
	*coverage = (struct coverage){
		.catalogue = &covered->catalogue,
		.count = cast->report.count,
		.scenarios = cast->scenarios,
		.scenes = cast->scenes,
		.results = calloc(cast->report.count, sizeof(*coverage->results)),
		.all = all,
	};
	assert(coverage->results || coverage->count == 0);
	if (request->results_path)
		return coverage_read(coverage, request->results_path);
	if (covered_run(request, cast) != 0)
		return -1;
	coverage_take(coverage, &cast->report);
	return 0;
}

void covered_close(struct covered *covered)
{
	free(covered->coverage.results);
	cast_close(&covered->cast);
	catalogue_close(&covered->catalogue);
}
