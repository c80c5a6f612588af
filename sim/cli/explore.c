/* brownout explore: every cut, from every state that cuts can reach, until no state is new. */
#include "sim/explore/explore.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sim/cli/cli.h"
#include "sim/explore/controls.h"
#include "sim/explore/crew.h"
#include "sim/explore/keep.h"
#include "sim/report/explore_report.h"
#include "sim/report/output.h"

#define EXPLORE_TEARS	  8u	 /* where neither the command line nor the scenario says */
#define EXPLORE_DEPTH_MAX 65534u /* a state's depth is 16 bits wide */
#define EXPLORE_PAUSE	  0.1	 /* seconds between two pictures of the progress */
#define EXPLORE_PAUSE_LOG 10.0	 /* ... where stderr is no terminal */

enum {
	EXPLORE_OPTION_DEVICE = 0x100, /* above all characters: options without a short form */
	EXPLORE_OPTION_DEPTH,
	EXPLORE_OPTION_TEARS,
	EXPLORE_OPTION_MEMORY,
	EXPLORE_OPTION_EXACT,
	EXPLORE_OPTION_RESUME,
	EXPLORE_OPTION_WEAK,
	EXPLORE_OPTION_FLIPS,
	EXPLORE_OPTION_WITHOUT,
	EXPLORE_OPTION_JSON,
	EXPLORE_OPTION_GRAPH,
	EXPLORE_OPTION_CERTIFICATE,
};

struct explore_request {
	const char *path;
	const char *device;				       /* or NULL: the reference firmware */
	const char *json_path, *graph_path, *certificate_path; /* or NULL */
	bool json, tears_said;
	struct explore_options options;
};

/* How far the search is, on stderr. */
struct explore_watch {
	bool bar;
	double pause;
	struct timespec begun, shown;
};

static const struct argp_option explore_options[] = {
	{"device", EXPLORE_OPTION_DEVICE, "NAME", 0,
	 "A specimen to search in place of the reference firmware", 0},
	{"depth", EXPLORE_OPTION_DEPTH, "N", 0,
	 "At most N cuts in a row (until no state is new if left out)", 0},
	{"jobs", 'j', "N", 0, "Search on N processes, with the same result (1 if left out)", 0},
	{"tears", EXPLORE_OPTION_TEARS, "N|all", 0,
	 "Parts that a program is cut into, or all: every byte (as the scenario says if left out)",
	 0},
	{"memory", EXPLORE_OPTION_MEMORY, "MIB", 0,
	 "Stop when the states take more than MIB mebibytes", 0},
	{"resume", EXPLORE_OPTION_RESUME, "FILE", 0,
	 "Keep the search in FILE, and go on from there if it was begun: with the same result", 0},
	{"without", EXPLORE_OPTION_WITHOUT, "WAY", 0,
	 "Leave out a way of cutting: inside (a program), bits (of a byte), word (weak), front (of "
	 "an "
	 "erase), back, hollow (an erase that does not hold), cell (a weak eFuse cell) or return "
	 "(all but that); as often as you like",
	 0},
	{"flips", EXPLORE_OPTION_FLIPS, "all", OPTION_ARG_OPTIONAL,
	 "In each state, too, flip a bit at rest in a header, TLV, bootctl or eFuse byte: one in "
	 "each "
	 "byte, or all of them; one in a case",
	 0},
	{"weak", EXPLORE_OPTION_WEAK, "life|bit|read", 0,
	 "How it is chosen what weak cells read: for each life, alike for all but eFuse cells (as "
	 "if "
	 "left out); also for single bits of bootctl; also for each read",
	 0},
	{"exact", EXPLORE_OPTION_EXACT, NULL, 0,
	 "Keep states apart that differ only in bytes that nothing reads", 0},
	{"json", EXPLORE_OPTION_JSON, "FILE", OPTION_ARG_OPTIONAL,
	 "JSON to FILE, or to stdout in place of the text", 0},
	{"graph", EXPLORE_OPTION_GRAPH, "FILE", 0,
	 "The graph of states to FILE.dot, for Graphviz, or FILE.graphml", 0},
	{"certificate", EXPLORE_OPTION_CERTIFICATE, "FILE", 0,
	 "What was proved, to FILE, if the search closed and the rules held; if not, that is an "
	 "expectation that failed",
	 0},
	CLI_HELP_OPTIONS,
};

static bool explore_ends(const char *path, const char *suffix)
{
	size_t bytes = strlen(path), suffix_bytes = strlen(suffix);

	return bytes > suffix_bytes && strcmp(path + bytes - suffix_bytes, suffix) == 0;
}

static void explore_options_check(const struct explore_request *request, struct argp_state *state)
{
	const char *paths[] = {request->json_path, request->graph_path, request->certificate_path};

	if (!request->path)
		argp_error(state, "no SCENARIO, expected one");
	for (size_t i = 0; i < 3; i++)
		for (size_t j = i + 1; j < 3; j++)
			if (paths[i] && paths[j] && strcmp(paths[i], paths[j]) == 0)
				argp_error(state, "two outputs go to %s, expected a file for each",
					   paths[i]);
}

static error_t explore_option_output(int option, char *text, struct argp_state *state)
{
	struct explore_request *request = state->input;

	switch (option) {
	case EXPLORE_OPTION_JSON:
		request->json = true;
		request->json_path = text;
		return 0;
	case EXPLORE_OPTION_GRAPH:
		if (!explore_ends(text, ".dot") && !explore_ends(text, ".graphml"))
			argp_error(state,
				   "--graph: '%s', expected a name that ends in .dot or "
				   ".graphml",
				   text);
		request->graph_path = text;
		return 0;
	case EXPLORE_OPTION_CERTIFICATE:
		request->certificate_path = text;
		return 0;
	default:
		return cli_option(option, state);
	}
}

/* Without the cut before an op there is no search. */
static uint32_t explore_without(const char *text, struct argp_state *state)
{
	for (int i = SWEEP_INSIDE; i <= SWEEP_AFTER; i++)
		if (strcmp(text, sweep_way_word((enum sweep_way)i)) == 0)
			return 1u << i;
	argp_error(state,
		   "--without: '%s', expected inside, bits, word, front, back, hollow, cell "
		   "or return",
		   text);
	return 0;
}

static enum choice_kind explore_weak(const char *text, struct argp_state *state)
{
	static const char *const names[] = {
		[CHOICE_LIFE] = "life", [CHOICE_BIT] = "bit", [CHOICE_READ] = "read"};

	for (int i = CHOICE_LIFE; i <= CHOICE_READ; i++)
		if (strcmp(text, names[i]) == 0)
			return (enum choice_kind)i;
	argp_error(state, "--weak: '%s', expected life, bit or read", text);
	return CHOICE_LIFE;
}

static error_t explore_option(int option, char *text, struct argp_state *state)
{
	struct explore_request *request = state->input;

	switch (option) {
	case EXPLORE_OPTION_DEVICE:
		request->device = text;
		return 0;
	case 'j':
		request->options.jobs = cli_number(state, "-j", text, 1, CREW_JOBS_MAX);
		return 0;
	case EXPLORE_OPTION_DEPTH:
		request->options.depth = cli_number(state, "--depth", text, 1, EXPLORE_DEPTH_MAX);
		return 0;
	case EXPLORE_OPTION_TEARS:
		request->tears_said = true;
		request->options.tears = strcmp(text, "all") == 0
						 ? UINT32_MAX
						 : cli_number(state, "--tears", text, 0, 65536);
		return 0;
	case EXPLORE_OPTION_MEMORY:
		request->options.memory_bytes =
			(uint64_t)cli_number(state, "--memory", text, 1, 1u << 24) << 20;
		return 0;
	case EXPLORE_OPTION_RESUME:
		request->options.resume = text;
		return 0;
	case EXPLORE_OPTION_WITHOUT:
		request->options.without |= explore_without(text, state);
		return 0;
	case EXPLORE_OPTION_FLIPS:
		if (text && strcmp(text, "all") != 0)
			argp_error(state, "--flips: '%s', expected nothing, or all", text);
		request->options.flips = text ? FLIPS_BITS : FLIPS_BYTES;
		return 0;
	case EXPLORE_OPTION_WEAK:
		request->options.weak = explore_weak(text, state);
		return 0;
	case EXPLORE_OPTION_EXACT:
		request->options.exact = true;
		return 0;
	case ARGP_KEY_ARG:
		if (request->path)
			argp_error(state, "more than one SCENARIO, expected one");
		request->path = text;
		return 0;
	case ARGP_KEY_END:
		explore_options_check(request, state);
		return 0;
	default:
		return explore_option_output(option, text, state);
	}
}

/* ---- progress ---- */

static double explore_since(const struct timespec *then)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - then->tv_sec) + (double)(now.tv_nsec - then->tv_nsec) / 1e9;
}

static void explore_watch_open(struct explore_watch *watch)
{
	watch->bar = isatty(STDERR_FILENO);
	watch->pause = watch->bar ? EXPLORE_PAUSE : EXPLORE_PAUSE_LOG;
	clock_gettime(CLOCK_MONOTONIC, &watch->begun);
	watch->shown = watch->begun;
}

static void explore_watch_show(void *context, uint64_t states, uint64_t waiting, uint32_t depth)
{
	struct explore_watch *watch = context;

	if (explore_since(&watch->shown) < watch->pause)
		return;
	clock_gettime(CLOCK_MONOTONIC, &watch->shown);
	fprintf(stderr, "%s%llu states, %llu waiting, %u cuts deep%s", watch->bar ? "\r" : "",
		(unsigned long long)states, (unsigned long long)waiting, depth,
		watch->bar ? "\033[K" : "\n");
	fflush(stderr);
}

static void explore_watch_close(const struct explore_watch *watch, const struct explore *explore)
{
	const struct explore_result *result = explore->result;
	double seconds = explore_since(&watch->begun);

	if (explore->keep)
		fprintf(stderr, "%s%s: %u rounds of the search were on file\n",
			watch->bar ? "\r\033[K" : "", explore->options->resume,
			keep_rounds(explore->keep));
	fprintf(stderr, "%s%llu states in %.1f s, %.0f cuts a second, %.1f MiB\n",
		watch->bar ? "\r\033[K" : "", (unsigned long long)result->states, seconds,
		seconds > 0 ? (double)explore->made / seconds : 0,
		(double)result->bytes / 1048576.0);
}

/* ---- the search ---- */

static int explore_write(const struct explore_report *report, const char *path,
			 int (*write)(const struct explore_report *report, FILE *to))
{
	struct output output;

	if (output_open(&output, path) != 0)
		return -1;
	/* What could not be written shows when the file is closed. */
	(void)write(report, output.file);
	return output_close(&output);
}

/* A search that was asked for a proof and has none has not come to what was expected. */
static int explore_certify(const struct explore_report *report, const char *path)
{
	bool held = explore_report_held(report);

	if (report->explore->result->closed && held)
		return explore_write(report, path, explore_json_certificate) == 0 ? CLI_GOOD
										  : CLI_UNUSABLE;
	fprintf(stderr, "%s: not written, as %s\n", path,
		held ? "the search is not closed" : "the rules did not hold");
	return CLI_BROKEN;
}

static int explore_tell(const struct explore_request *request, const struct explore_report *report)
{
	int status = explore_report_held(report) ? CLI_GOOD : CLI_BROKEN;

	if (request->json && !request->json_path)
		(void)explore_json(report, stdout);
	else
		explore_text(report, stdout);
	if (request->json_path && explore_write(report, request->json_path, explore_json) != 0)
		return CLI_UNUSABLE;
	if (request->graph_path &&
	    explore_write(report, request->graph_path,
			  explore_ends(request->graph_path, ".dot") ? explore_graph_dot
								    : explore_graph_graphml) != 0)
		return CLI_UNUSABLE;
	if (request->certificate_path) {
		int certified = explore_certify(report, request->certificate_path);

		if (certified > status)
			status = certified;
	}
	return status;
}

static int explore_search_scene(struct explore_request *request, const struct run_scene *scene)
{
	struct explore_watch watch;
	struct explore_result result;
	struct explore explore;
	struct explore_report report = {.program = program_invocation_name, .explore = &explore};
	int status = CLI_UNUSABLE;
	char why[2048] = "";

	request->options.progress = explore_watch_show;
	request->options.context = &watch;
	if (!request->tears_said)
		request->options.tears = scene->scenario->faults.cut_every
						 ? scene->scenario->faults.tears
						 : EXPLORE_TEARS;
	if (explore_open(&explore, scene, &request->options, &result, why, sizeof(why)) != 0 ||
	    controls_run(scene, &report.forged, why, sizeof(why)) != 0) {
		fprintf(stderr, "%s\n", why);
		return CLI_UNUSABLE;
	}
	explore_watch_open(&watch);
	if (explore_search(&explore, why, sizeof(why)) != 0) {
		fprintf(stderr, "%s: %s\n", scene->scenario->path, why);
		explore_close(&explore);
		return CLI_UNUSABLE;
	}
	explore_settle(&explore);
	explore_scars(&explore);
	explore_watch_close(&watch, &explore);
	if (!result.cuts)
		fprintf(stderr, "%s: no op was cut, expected a device that changes its memory\n",
			scene->scenario->path);
	else if (controls_replay(scene, &result, why, sizeof(why)) != 0)
		fprintf(stderr, "%s\n", why);
	else
		status = explore_tell(request, &report);
	explore_close(&explore);
	return status;
}

static int explore_scenario(struct explore_request *request)
{
	const struct device_firmware *firmware = device_reference();
	struct device_firmware specimen = {0};
	struct scenario *scenario = NULL;
	int status = CLI_UNUSABLE;
	struct run_scene scene;
	char why[8192];

	if (request->device) {
		if (device_load(request->device, &specimen, why, sizeof(why)) != 0) {
			fprintf(stderr, "--device: %s\n", why);
			return CLI_UNUSABLE;
		}
		firmware = &specimen;
	}
	scenario = scenario_open(request->path);
	if (!scenario)
		goto out;
	if (scenario->cache_writes) {
		fprintf(stderr,
			"%s: kind is 'block', whose volatile cache is no part of a state yet, "
			"expected nor\n",
			scenario->path);
		goto out;
	}
	if (scenario->over_https) {
		fprintf(stderr,
			"%s: 'over: https', whose network is no part of a state, expected a "
			"device whose network is the mount\n",
			scenario->path);
		goto out;
	}
	if (run_scene_open(&scene, scenario, firmware, why, sizeof(why)) != 0) {
		fprintf(stderr, "%s\n", why);
		goto out;
	}
	status = explore_search_scene(request, &scene);
	run_scene_close(&scene);
out:
	scenario_close(scenario);
	device_unload(&specimen);
	return status;
}

int cli_explore(int argc, char **argv)
{
	static char name[] = "brownout explore";
	static const struct cli_verb verb = {
		.name = name,
		.example = "build/brownout explore scenarios/1xx-power/104-counter-burn.yaml "
			   "--depth 2",
		.arguments = "SCENARIO",
		.doc = "Cuts the power in every op, from every state that cuts can reach, and goes "
		       "on until no state is new: then the rules hold for any number of cuts, and "
		       "the report says closed. First it runs its controls: without a cut all is "
		       "good, and a forged image does not run. Exits 0 if the rules held in all "
		       "that was searched, closed or not, 1 if a rule broke or an expectation "
		       "failed, 2 if the input is wrong, a control failed or nothing was cut.",
		.options = explore_options,
		.option = explore_option,
	};
	struct explore_request request = {.options.depth = UINT32_MAX};

	cli_parse(&verb, argc, argv, &request);
	if ((request.json_path && output_check(request.json_path) != 0) ||
	    (request.graph_path && output_check(request.graph_path) != 0) ||
	    (request.certificate_path && output_check(request.certificate_path) != 0))
		return CLI_UNUSABLE;
	return explore_scenario(&request);
}
