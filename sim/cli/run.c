/* brownout run: every case of the scenarios that are named, and a verdict for each. */
#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/cli/cast.h"
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
	RUN_OPTION_JUNIT,
	RUN_OPTION_QUIET,
};

struct run_request {
	struct cast_request cast;
	const char *device; /* or NULL: the reference firmware */
	bool fuse, quiet;
	const char *junit_path; /* or NULL */
	uint32_t shard, shards;
};

static const struct argp_option run_options[] = {
	{"flash", RUN_OPTION_FLASH, "ram|fuse", 0,
	 "Where the flash is: in this process, or files that firmware in processes of its own "
	 "works on (ram if left out)",
	 0},
	{"device", RUN_OPTION_DEVICE, "NAME", 0,
	 "A specimen to run in place of the reference firmware", 0},
	{"shard", RUN_OPTION_SHARD, "K/N", 0,
	 "Run part K of N parts of the cases; excuses are judged only where all are run", 0},
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
	if (!request->cast.paths.count)
		argp_error(state, "no PATH, expected scenarios or directories of them");
	if (request->fuse && request->device)
		argp_error(state, "--device with --flash fuse, expected one of them: a specimen "
				  "runs in process only");
	cli_two_files(state, "--json", request->cast.json_path, "--junit", request->junit_path);
}

static error_t run_option(int option, char *text, struct argp_state *state)
{
	struct run_request *request = state->input;

	switch (option) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &request->cast;
		return 0;
	case RUN_OPTION_FLASH:
		if (strcmp(text, "ram") != 0 && strcmp(text, "fuse") != 0)
			argp_error(state, "--flash: '%s', expected ram or fuse", text);
		request->fuse = text[0] == 'f';
		return 0;
	case RUN_OPTION_DEVICE:
		request->device = text;
		return 0;
	case RUN_OPTION_SHARD:
		run_option_shard(request, text, state);
		return 0;
	case RUN_OPTION_JUNIT:
		request->junit_path = text;
		return 0;
	case RUN_OPTION_QUIET:
		request->quiet = true;
		return 0;
	case ARGP_KEY_END:
		run_options_check(request, state);
		return 0;
	default:
		return cli_option(option, state);
	}
}

static int run_scenarios(const struct run_request *request, struct report *report,
			 struct progress *progress)
{
	bool rows = !request->quiet && (!request->cast.json || request->cast.json_path);
	uint32_t left_out = report_count(report, REPORT_LEFT_OUT);
	struct sweep_options options = {
		.jobs = request->cast.jobs, .shard = request->shard, .shards = request->shards};

	if (request->fuse) {
		options.door_open = mount_open;
		options.door_close = mount_close;
	}
	progress_open(progress, request->quiet, report->count - left_out);
	if (rows)
		table_head(report, stdout);
	for (uint32_t i = 0; i < report->count; i++) {
		struct report_scenario *entry = &report->scenarios[i];

		/* Workers are forked, and what is in a buffer then would come out of each. */
		fflush(stdout);
		if (!entry->left_out && cast_sweep(entry, &options, progress) != 0)
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
	struct cast cast;

	if ((request->cast.json_path && output_check(request->cast.json_path) != 0) ||
	    (request->junit_path && output_check(request->junit_path) != 0))
		return CLI_UNUSABLE;
	if (cast_open(&cast, &request->cast.paths, request->device, request->fuse) != 0)
		goto out;
	cast.report.shard = request->shard;
	cast.report.shards = request->shards;
	if (request->fuse && report_count(&cast.report, REPORT_LEFT_OUT) < cast.report.count &&
	    run_door_check() != 0)
		goto out;
	if (run_scenarios(request, &cast.report, &progress) != 0)
		goto out;
	if (request->cast.json && !request->cast.json_path)
		(void)json_report(&cast.report, stdout);
	else
		table_tail(&cast.report, stdout);
	fflush(stdout);
	progress_close(&progress, report_cases(&cast.report));
	if (run_write_file(&cast.report, request->cast.json_path, json_report) != 0 ||
	    run_write_file(&cast.report, request->junit_path, junit_report) != 0)
		goto out;
	status = run_status(&cast.report);
out:
	cast_close(&cast);
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
		.children = cast_options,
	};
	struct run_request request = {.shards = 1};
	int status;

	cli_parse(&verb, argc, argv, &request);
	paths_sort(&request.cast.paths);
	status = run_perform(&request);
	paths_close(&request.cast.paths);
	return status;
}
