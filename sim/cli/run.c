/* brownout run: every case of the scenarios that are named, and a verdict for each. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/cli/cli.h"
#include "sim/cli/paths.h"
#include "sim/mount/mount.h"
#include "sim/report/output.h"
#include "sim/report/progress.h"
#include "sim/report/report.h"

enum {
	RUN_OPTION_FLASH = 0x100, /* above all characters: options without a short form */
	RUN_OPTION_DEVICE,
	RUN_OPTION_SHARD,
	RUN_OPTION_JSON,
	RUN_OPTION_JUNIT,
	RUN_OPTION_QUIET,
};

struct run_request {
	struct paths paths;
	const char *device; /* or NULL: the reference firmware */
	bool fuse, json, quiet;
	const char *json_path, *junit_path; /* or NULL */
	uint32_t jobs, shard, shards;
};

/* Scenarios and their scenes, all of them good, before the first is run. */
struct run_stage {
	struct device_firmware specimen;
	const struct device_firmware *firmware;
	struct report report;
	struct scenario **scenarios;
	struct run_scene *scenes;
};

static const struct argp_option run_options[] = {
	{"flash", RUN_OPTION_FLASH, "ram|fuse", 0,
	 "Where the flash is: in this process, or files that firmware in processes of its own "
	 "works on (ram if left out)",
	 0},
	{"device", RUN_OPTION_DEVICE, "NAME", 0,
	 "A specimen to run in place of the reference firmware", 0},
	{NULL, 'j', "N", 0, "Processes that share the cases (one a processor if left out)", 0},
	{"shard", RUN_OPTION_SHARD, "K/N", 0,
	 "Run part K of N parts of the cases; excuses are judged only where all are run", 0},
	{"json", RUN_OPTION_JSON, "FILE", OPTION_ARG_OPTIONAL,
	 "JSON to FILE, or to stdout in place of the table", 0},
	{"junit", RUN_OPTION_JUNIT, "FILE", 0, "JUnit's XML to FILE", 0},
	{"quiet", RUN_OPTION_QUIET, NULL, 0,
	 "No progress, and no table: only what is red, and the total", 0},
	CLI_HELP_OPTIONS,
};

static void run_option_shard(struct run_request *request, char *text, struct argp_state *state)
{
	char *slash = strchr(text, '/');

	if (!slash)
		argp_error(state, "--shard: '%s', expected K/N, such as 1/4", text);
	*slash = '\0';
	request->shards = cli_number(state, "--shard K/N, N", slash + 1, 1, 65536);
	request->shard = cli_number(state, "--shard K/N, K", text, 1, request->shards) - 1;
}

static void run_options_check(struct run_request *request, struct argp_state *state)
{
	if (!request->paths.count)
		argp_error(state, "no PATH, expected scenarios or directories of them");
	if (request->fuse && request->device)
		argp_error(state, "--device with --flash fuse, expected one of them: a specimen "
				  "runs in process only");
	if (request->json_path && request->junit_path &&
	    strcmp(request->json_path, request->junit_path) == 0)
		argp_error(state, "--json and --junit both go to %s, expected two files",
			   request->junit_path);
}

static error_t run_option(int option, char *text, struct argp_state *state)
{
	struct run_request *request = state->input;

	switch (option) {
	case RUN_OPTION_FLASH:
		if (strcmp(text, "ram") != 0 && strcmp(text, "fuse") != 0)
			argp_error(state, "--flash: '%s', expected ram or fuse", text);
		request->fuse = text[0] == 'f';
		return 0;
	case RUN_OPTION_DEVICE:
		request->device = text;
		return 0;
	case 'j':
		request->jobs = cli_number(state, "-j", text, 1, SWEEP_JOBS_MAX);
		return 0;
	case RUN_OPTION_SHARD:
		run_option_shard(request, text, state);
		return 0;
	case RUN_OPTION_JSON:
		request->json = true;
		request->json_path = text;
		return 0;
	case RUN_OPTION_JUNIT:
		request->junit_path = text;
		return 0;
	case RUN_OPTION_QUIET:
		request->quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		if (paths_add(&request->paths, text) != 0)
			exit(CLI_UNUSABLE);
		return 0;
	case ARGP_KEY_END:
		run_options_check(request, state);
		return 0;
	default:
		return cli_option(option, state);
	}
}

static uint32_t run_processors(void)
{
	long count = sysconf(_SC_NPROCESSORS_ONLN);

	return count < 1 ? 1 : count > SWEEP_JOBS_MAX ? SWEEP_JOBS_MAX : (uint32_t)count;
}

/* A case id names a scenario by its name alone. */
static int run_stage_name(const struct run_stage *stage, const struct scenario *scenario)
{
	for (uint32_t i = 0; i < stage->report.count; i++) {
		const struct scenario *other = stage->report.scenarios[i].scenario;

		if (strcmp(other->name, scenario->name) != 0)
			continue;
		fprintf(stderr, "%s: named %s like %s, expected a name of its own\n",
			scenario->path, scenario->name, other->path);
		return -1;
	}
	return 0;
}

static int run_stage_add(struct run_stage *stage, const struct run_request *request,
			 const char *path)
{
	struct scenario *scenario = scenario_open(path);
	struct report_scenario *entry = &stage->report.scenarios[stage->report.count];
	struct run_scene *scene = &stage->scenes[stage->report.count];
	char why[512];

	if (!scenario)
		return -1;
	if (run_stage_name(stage, scenario) != 0) {
		scenario_close(scenario);
		return -1;
	}
	if (run_scene_open(scene, scenario, stage->firmware, why, sizeof(why)) != 0) {
		fprintf(stderr, "%s\n", why);
		scenario_close(scenario);
		return -1;
	}
	stage->scenarios[stage->report.count] = scenario;
	entry->scenario = scenario;
	entry->scene = scene;
	entry->left_out = request->fuse && scenario->fuse_not;
	report_family(scenario, entry->family);
	stage->report.count++;
	return 0;
}

/* Every scenario is looked at even if one is wrong, so that all that is wrong is said at once. */
static int run_stage_open(struct run_stage *stage, const struct run_request *request)
{
	struct report *report = &stage->report;
	int rc = 0;

	memset(stage, 0, sizeof(*stage));
	stage->firmware = device_reference();
	if (request->device) {
		char why[8192];

		if (device_load(request->device, &stage->specimen, why, sizeof(why)) != 0) {
			fprintf(stderr, "--device: %s\n", why);
			return -1;
		}
		stage->firmware = &stage->specimen;
	}
	report->program = program_invocation_name;
	report->device = stage->firmware->name;
	report->flash = request->fuse ? "fuse" : "ram";
	report->shard = request->shard;
	report->shards = request->shards;
	report->scenarios = calloc(request->paths.count, sizeof(*report->scenarios));
	stage->scenarios = calloc(request->paths.count, sizeof(*stage->scenarios));
	stage->scenes = calloc(request->paths.count, sizeof(*stage->scenes));
	assert(report->scenarios && stage->scenarios && stage->scenes);
	for (size_t i = 0; i < request->paths.count; i++)
		if (run_stage_add(stage, request, request->paths.path[i]) != 0)
			rc = -1;
	return rc;
}

static void run_stage_close(struct run_stage *stage)
{
	for (uint32_t i = 0; i < stage->report.count; i++) {
		run_scene_close(&stage->scenes[i]);
		scenario_close(stage->scenarios[i]);
	}
	free(stage->report.scenarios);
	free(stage->scenarios);
	free(stage->scenes);
	device_unload(&stage->specimen);
}

static int run_scenario(const struct run_request *request, struct report_scenario *entry,
			struct progress *progress)
{
	struct sweep_options options = {.jobs = request->jobs,
					.shard = request->shard,
					.shards = request->shards,
					.progress = progress_show,
					.context = progress};

	if (request->fuse) {
		options.door_open = mount_open;
		options.door_close = mount_close;
	}
	progress_begin(progress, entry->scenario->name);
	if (sweep_scenario(entry->scene, &options, &entry->result) != 0) {
		progress_end(progress, entry->result.cases);
		fprintf(stderr, "%s: a process of the run failed, expected every case to be run\n",
			entry->scenario->path);
		return -1;
	}
	progress_end(progress, entry->result.cases);
	return 0;
}

static int run_scenarios(const struct run_request *request, struct report *report,
			 struct progress *progress)
{
	bool rows = !request->quiet && (!request->json || request->json_path);
	uint32_t left_out = report_count(report, REPORT_LEFT_OUT);

	progress_open(progress, request->quiet, report->count - left_out);
	if (rows)
		table_head(report, stdout);
	for (uint32_t i = 0; i < report->count; i++) {
		struct report_scenario *entry = &report->scenarios[i];

		/* Workers are forked, and what is in a buffer then would come out of each. */
		fflush(stdout);
		if (!entry->left_out && run_scenario(request, entry, progress) != 0)
			return -1;
		if (rows)
			table_row(report, entry, stdout);
	}
	return 0;
}

static int run_write_file(const struct report *report, const char *path,
			  int (*write)(const struct report *report, FILE *to))
{
	struct output output;

	if (!path)
		return 0;
	if (output_open(&output, path) != 0)
		return -1;
	/* What could not be written shows when the file is closed. */
	(void)write(report, output.file);
	return output_close(&output);
}

static int run_status(const struct report *report)
{
	if (report_count(report, REPORT_ERROR))
		return CLI_UNUSABLE;
	return report_count(report, REPORT_HELD) + report_count(report, REPORT_LEFT_OUT) ==
			       report->count
		       ? CLI_GOOD
		       : CLI_BROKEN;
}

/*
 * Whether a door through FUSE opens at all, tried before anything is run and in a process of its
 * own, as an open door changes the process. What is missing is said by mount_open.
 */
static int run_door_check(void)
{
	struct run_door door;
	pid_t pid;
	int status;

	fflush(NULL);
	pid = fork();
	assert(pid >= 0);
	if (pid == 0) {
		if (mount_open(&door) != 0)
			_exit(1);
		mount_close(&door);
		_exit(0);
	}
	if (waitpid(pid, &status, 0) != pid)
		return -1;
	return WIFEXITED(status) && WEXITSTATUS(status) == 0 ? 0 : -1;
}

static int run_perform(const struct run_request *request)
{
	int status = CLI_UNUSABLE;
	struct progress progress;
	struct run_stage stage;

	if ((request->json_path && output_check(request->json_path) != 0) ||
	    (request->junit_path && output_check(request->junit_path) != 0))
		return CLI_UNUSABLE;
	if (run_stage_open(&stage, request) != 0)
		goto out;
	if (request->fuse && report_count(&stage.report, REPORT_LEFT_OUT) < stage.report.count &&
	    run_door_check() != 0)
		goto out;
	if (run_scenarios(request, &stage.report, &progress) != 0)
		goto out;
	if (request->json && !request->json_path)
		(void)json_report(&stage.report, stdout);
	else
		table_tail(&stage.report, stdout);
	fflush(stdout);
	progress_close(&progress, report_cases(&stage.report));
	if (run_write_file(&stage.report, request->json_path, json_report) != 0 ||
	    run_write_file(&stage.report, request->junit_path, junit_report) != 0)
		goto out;
	status = run_status(&stage.report);
out:
	run_stage_close(&stage);
	return status;
}

int cli_run(int argc, char **argv)
{
	static char name[] = "brownout run";
	static const struct cli_verb verb = {
		.name = name,
		.example = "build/brownout run scenarios/ --junit build/brownout.xml",
		.arguments = "PATH...",
		.doc = "Runs the scenarios in each PATH, a file or a directory, and prints a "
		       "verdict for each: the power is cut in every op, in every way that the "
		       "scenario asks for. Exits 0 if all is as expected, 1 if a rule broke, an "
		       "expectation failed or an excuse has outlived its reason, 2 if the input "
		       "is wrong or a fault did not happen.",
		.options = run_options,
		.option = run_option,
	};
	struct run_request request = {.shards = 1};
	int status;

	request.jobs = run_processors();
	cli_parse(&verb, argc, argv, &request);
	paths_sort(&request.paths);
	status = run_perform(&request);
	paths_close(&request.paths);
	return status;
}
