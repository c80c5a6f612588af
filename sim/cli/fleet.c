/* brownout fleet: a staged rollout over many devices. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/cli.h"
#include "sim/report/fleet_report.h"
#include "sim/report/output.h"
#include "sim/report/progress.h"

#define FLEET_DEVICES 1000u

enum {
	FLEET_OPTION_DEVICE = 0x100, /* above all characters: options without a short form */
	FLEET_OPTION_DEVICES,
	FLEET_OPTION_SEED,
	FLEET_OPTION_ANEW,
	FLEET_OPTION_JSON,
	FLEET_OPTION_PLOT,
	FLEET_OPTION_QUIET,
};

struct fleet_request {
	const char *path, *device, *json_path, *plot_path; /* or NULL */
	bool json, quiet;
	struct fleet_options options;
};

static const struct argp_option fleet_options[] = {
	{"devices", FLEET_OPTION_DEVICES, "N", 0, "How many devices there are (1000 if left out)",
	 0},
	{"seed", FLEET_OPTION_SEED, "N", 0, "What all chance comes from (1 if left out)", 0},
	{"jobs", 'j', "N", 0, "Live lives on N processes, with the same result (1 if left out)", 0},
	{"device", FLEET_OPTION_DEVICE, "NAME", 0,
	 "A specimen that all devices are, in place of the reference firmware", 0},
	{"anew", FLEET_OPTION_ANEW, NULL, 0,
	 "Live every life, even where another device has lived one like it: slow, with the same "
	 "result",
	 0},
	{"json", FLEET_OPTION_JSON, "FILE", OPTION_ARG_OPTIONAL,
	 "JSON to FILE, or to stdout in place of the text", 0},
	{"plot", FLEET_OPTION_PLOT, "FILE", 0, "The rollout over time to FILE, an SVG", 0},
	{"quiet", FLEET_OPTION_QUIET, NULL, 0, "No progress on stderr", 0},
	CLI_HELP_OPTIONS,
};

static void fleet_options_check(struct fleet_request *request, struct argp_state *state)
{
	if (!request->path)
		argp_error(state, "no SCENARIO, expected one");
	cli_two_files(state, "--json", request->json_path, "--plot", request->plot_path);
}

static error_t fleet_option(int option, char *text, struct argp_state *state)
{
	struct fleet_request *request = state->input;

	switch (option) {
	case FLEET_OPTION_DEVICES:
		request->options.devices = cli_number(state, "--devices", text, 1, 10000000);
		return 0;
	case FLEET_OPTION_SEED:
		request->options.seed = cli_number(state, "--seed", text, 0, UINT32_MAX);
		return 0;
	case 'j':
		request->options.jobs = cli_number(state, "-j", text, 1, FARM_JOBS_MAX);
		return 0;
	case FLEET_OPTION_DEVICE:
		request->device = text;
		return 0;
	case FLEET_OPTION_ANEW:
		request->options.anew = true;
		return 0;
	case FLEET_OPTION_JSON:
		request->json = true;
		request->json_path = text;
		return 0;
	case FLEET_OPTION_PLOT:
		request->plot_path = text;
		return 0;
	case FLEET_OPTION_QUIET:
		request->quiet = true;
		return 0;
	case ARGP_KEY_ARG:
		if (request->path)
			argp_error(state, "more than one SCENARIO, expected one");
		request->path = text;
		return 0;
	case ARGP_KEY_END:
		fleet_options_check(request, state);
		return 0;
	default:
		return cli_option(option, state);
	}
}

static int fleet_write(const struct fleet_report *report, const char *path,
		       int (*write)(const struct fleet_report *report, FILE *to))
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

static int fleet_tell(const struct fleet_request *request, const struct fleet_report *report)
{
	if (request->json && !request->json_path)
		(void)fleet_json(report, stdout);
	else
		(void)fleet_text(report, stdout);
	if (fleet_write(report, request->json_path, fleet_json) != 0 ||
	    fleet_write(report, request->plot_path, fleet_plot) != 0)
		return CLI_UNUSABLE;
	return fleet_held(report->result) ? CLI_GOOD : CLI_BROKEN;
}

static int fleet_perform(struct fleet_request *request, const struct scenario *scenario,
			 const struct device_firmware *firmware)
{
	struct fleet_result *result = calloc(1, sizeof(*result));
	struct fleet_report report = {scenario, result, firmware->name};
	struct progress progress;
	int status = CLI_UNUSABLE;
	uint64_t lived = 0;
	char why[2048] = "";

	if (!result) {
		fprintf(stderr, "brownout fleet: memory is full, expected room for a result\n");
		return CLI_UNUSABLE;
	}
	progress_open(&progress, request->quiet, 1);
	progress_begin(&progress, scenario->name);
	request->options.progress = progress_show;
	request->options.context = &progress;
	if (fleet_run(scenario, firmware, &request->options, result, &lived, why, sizeof(why)) !=
	    0) {
		fprintf(stderr, "%s\n", why);
		goto out;
	}
	fprintf(stderr, "%s%" PRIu64 " lives, of which the firmware lived %" PRIu64 "\n",
		progress.bar ? "\r\033[K" : "", result->lives, lived);
	status = fleet_tell(request, &report);
out:
	free(result);
	return status;
}

static int fleet_scenario(struct fleet_request *request)
{
	const struct device_firmware *firmware = device_reference();
	struct device_firmware specimen = {0};
	struct scenario *scenario = NULL;
	int status = CLI_UNUSABLE;

	if (request->device) {
		char why[8192];

		if (device_load(request->device, &specimen, why, sizeof(why)) != 0) {
			fprintf(stderr, "--device: %s\n", why);
			return CLI_UNUSABLE;
		}
		firmware = &specimen;
	}
	scenario = scenario_open(request->path);
	if (scenario && !scenario->fleet)
		fprintf(stderr,
			"%s: a scenario of one device, expected one with a 'fleet:' part; "
			"'brownout run' runs this one\n",
			request->path);
	else if (scenario)
		status = fleet_perform(request, scenario, firmware);
	scenario_close(scenario);
	device_unload(&specimen);
	return status;
}

int cli_fleet(int argc, char **argv)
{
	static char name[] = "brownout fleet";
	static const struct cli_verb verb = {
		.name = name,
		.example =
			"build/brownout fleet scenarios/7xx-fleet/702-crash-on-one-revision.yaml "
			"--devices 10000",
		.arguments = "SCENARIO",
		.doc = "Rolls releases out to many devices in virtual time, as the scenario says: "
		       "each device is the real firmware on flash and eFuse of its own, with its "
		       "own power cuts, network and habits, all from one seed. Prints what "
		       "happened "
		       "when, what devices did beside what they reported, and a verdict. Exits 0 "
		       "if "
		       "all is as expected, 1 if a rule broke or an expectation failed, 2 if the "
		       "input is wrong.",
		.options = fleet_options,
		.option = fleet_option,
	};
	struct fleet_request request = {
		.options = {.devices = FLEET_DEVICES, .jobs = 1, .seed = 1}};

	cli_parse(&verb, argc, argv, &request);
	if ((request.json_path && output_check(request.json_path) != 0) ||
	    (request.plot_path && output_check(request.plot_path) != 0))
		return CLI_UNUSABLE;
	return fleet_scenario(&request);
}
