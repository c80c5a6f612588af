/* brownout specimens: the known bugs, and whether the scenarios notice. */
#include <assert.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/cast.h"
#include "sim/cli/cli.h"
#include "sim/report/output.h"
#include "sim/report/progress.h"
#include "sim/report/specimens.h"

#define SPECIMENS_PATCHES   "device-model/specimens"
#define SPECIMENS_SCENARIOS "scenarios"

enum {
	SPECIMENS_OPTION_LIST = 0x100, /* above all characters: options without a short form */
	SPECIMENS_OPTION_ALL,
	SPECIMENS_OPTION_PATCHES,
	SPECIMENS_OPTION_SCENARIOS,
	SPECIMENS_OPTION_QUIET,
};

struct specimens_request {
	struct cast_request cast; /* its paths are those that the specimens need */
	bool list, all, quiet;
	const char *patches, *scenarios;
	char **names; /* of those that are asked for; none: all */
	uint32_t names_count;
};

static const struct argp_option specimens_options[] = {
	{"list", SPECIMENS_OPTION_LIST, NULL, 0, "Say what each is, and run none", 0},
	{"all", SPECIMENS_OPTION_ALL, NULL, 0,
	 "Run each in every scenario, not only in the one that its header names, and say which "
	 "scenarios catch what nothing else catches",
	 0},
	{"patches", SPECIMENS_OPTION_PATCHES, "DIR", 0,
	 "Where their patches lie (" SPECIMENS_PATCHES " if left out)", 0},
	{"scenarios", SPECIMENS_OPTION_SCENARIOS, "DIR", 0,
	 "Where the scenarios lie (" SPECIMENS_SCENARIOS " if left out)", 0},
	{"quiet", SPECIMENS_OPTION_QUIET, NULL, 0, "No progress", 0},
	CLI_HELP_OPTIONS,
};

static error_t specimens_option(int option, char *text, struct argp_state *state)
{
	struct specimens_request *request = state->input;

	switch (option) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &request->cast;
		return 0;
	case SPECIMENS_OPTION_LIST:
		request->list = true;
		return 0;
	case SPECIMENS_OPTION_ALL:
		request->all = true;
		return 0;
	case SPECIMENS_OPTION_PATCHES:
		request->patches = text;
		return 0;
	case SPECIMENS_OPTION_SCENARIOS:
		request->scenarios = text;
		return 0;
	case SPECIMENS_OPTION_QUIET:
		request->quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		/* They come one after the other, and stand so in argv. */
		if (!request->names)
			request->names = state->argv + state->next - 1;
		request->names_count++;
		return 0;
	case ARGP_KEY_END:
		if (request->list && request->all)
			argp_error(state, "--list with --all, expected one of them: a list runs "
					  "nothing");
		return 0;
	default:
		return cli_option(option, state);
	}
}

/* The scenarios that are wanted: those that headers name, or all that there are. */
static int specimens_paths(struct specimens_request *request, const struct specimens *specimens)
{
	struct paths *paths = &request->cast.paths;

	if (request->all)
		return paths_add(paths, request->scenarios);
	for (uint32_t i = 0; i < specimens->count; i++)
		if (paths_add(paths, specimens->list[i].scenario) != 0)
			return -1;
	return 0;
}

/* What the processes have in common: a row a specimen, a column a scenario. */
struct specimens_board {
	_Atomic uint64_t done; /* cells of it */
	struct specimen_catch catches[];
};

struct specimens_run {
	const struct cast *cast;
	struct specimens_board *board;
	struct score score;
	struct progress progress;
	uint64_t cells;
};

/* One specimen, wherever it is to be run. */
static int specimens_work(void *context, uint32_t task)
{
	struct specimens_run *run = context;
	const struct score *score = &run->score;
	const struct specimen *specimen = &score->specimens->list[task];
	uint32_t home = score_home(score, task);
	char why[8192];

	for (uint32_t i = 0; i < score->report->count; i++) {
		struct specimen_catch *result =
			&run->board->catches[(size_t)task * score->report->count + i];

		if (!score->all && i != home)
			continue;
		/* Over HTTPS the device is processes, and a specimen is none. */
		if (score->report->scenarios[i].scenario->over_https)
			continue;
		if (specimen_try(specimen, &run->cast->scenes[i], i == home, result, why,
				 sizeof(why)) != 0) {
			fprintf(stderr, "%s: %s\n", specimen->name, why);
			return -1;
		}
		atomic_fetch_add(&run->board->done, 1);
	}
	return 0;
}

static void specimens_show(void *context)
{
	struct specimens_run *run = context;

	progress_show(&run->progress, atomic_load(&run->board->done), run->cells);
}

static int specimens_write(const struct specimens_request *request, const struct score *score)
{
	struct output output;

	if (request->cast.json && !request->cast.json_path)
		(void)score_json(score, stdout);
	else if (score->report)
		score_text(score, stdout);
	else
		specimens_list_text(score->specimens, stdout);
	if (!request->cast.json_path)
		return 0;
	if (output_open(&output, request->cast.json_path) != 0)
		return -1;
	/* What could not be written shows when the file is closed. */
	(void)score_json(score, output.file);
	return output_close(&output);
}

static uint64_t specimens_cases(const struct specimens_run *run)
{
	uint64_t cases = 0;

	for (size_t i = 0; i < (size_t)run->score.specimens->count * run->cast->report.count; i++)
		cases += run->board->catches[i].cases;
	return cases;
}

static int specimens_score(const struct specimens_request *request,
			   const struct specimens *specimens, const struct cast *cast)
{
	size_t columns = cast->report.count, cells = specimens->count * columns;
	size_t bytes = sizeof(struct specimens_board) + cells * sizeof(struct specimen_catch);
	struct specimens_run run = {
		.cast = cast,
		.board = jobs_share(bytes),
		.score = {.specimens = specimens, .report = &cast->report, .all = request->all},
		.cells = request->all ? cells : specimens->count,
	};
	struct jobs jobs = {.tasks = specimens->count,
			    .at_once = request->cast.jobs,
			    .work = specimens_work,
			    .show = specimens_show,
			    .context = &run};
	int status = CLI_UNUSABLE;

	run.score.catches = run.board->catches;
	progress_open(&run.progress, request->quiet, 1);
	progress_begin(&run.progress, "specimens");
	fflush(stdout);
	if (jobs_run(&jobs) != 0) {
		fprintf(stderr, "specimens: a process of the run failed, expected every specimen "
				"to be run\n");
		goto out;
	}
	progress_end(&run.progress, specimens_cases(&run));
	if (specimens_write(request, &run.score) != 0)
		goto out;
	status = score_caught(&run.score) == specimens->count ? CLI_GOOD : CLI_BROKEN;
out:
	jobs_unshare(run.board, bytes);
	return status;
}

static int specimens_perform(struct specimens_request *request)
{
	struct specimens specimens;
	struct cast cast = {0};
	int status = CLI_UNUSABLE;

	if (specimens_open(&specimens, request->patches, request->scenarios) != 0 ||
	    specimens_keep(&specimens, request->names, request->names_count) != 0 ||
	    (request->cast.json_path && output_check(request->cast.json_path) != 0))
		goto out;
	if (request->list) {
		struct score score = {.specimens = &specimens};

		status = specimens_write(request, &score) == 0 ? CLI_GOOD : CLI_UNUSABLE;
		goto out;
	}
	if (specimens_paths(request, &specimens) != 0)
		goto out;
	paths_sort(&request->cast.paths);
	if (cast_open(&cast, &request->cast.paths, NULL, false) == 0)
		status = specimens_score(request, &specimens, &cast);
out:
	cast_close(&cast);
	paths_close(&request->cast.paths);
	specimens_close(&specimens);
	return status;
}

int cli_specimens(int argc, char **argv)
{
	static char name[] = "brownout specimens";
	static const struct cli_verb verb = {
		.name = name,
		.example = "build/brownout specimens --json=build/specimens.json",
		.arguments = "[NAME...]",
		.doc = "Runs the reference firmware with each of the known bugs, as `make "
		       "specimens` builds them, in the scenario that the patch names, and prints "
		       "the score and the first case that catches each. A specimen is caught by a "
		       "case in which the rule that its patch names broke first, and in which the "
		       "reference firmware is good, fault for fault. Exits 0 if all are caught, 1 "
		       "if one is not, 2 if the input is wrong or a specimen is not built.",
		.options = specimens_options,
		.option = specimens_option,
		.children = cast_options,
	};
	struct specimens_request request = {.patches = SPECIMENS_PATCHES,
					    .scenarios = SPECIMENS_SCENARIOS};

	cli_parse(&verb, argc, argv, &request);
	return specimens_perform(&request);
}
