/* Scenarios and their scenes, opened together. */
#include "sim/cli/cast.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/cli/cli.h"
#include "sim/mount/mount.h"

/* Processes that share the cases, where nobody says how many. */
static uint32_t cast_processors(void)
{
	long count = sysconf(_SC_NPROCESSORS_ONLN);

	return count < 1 ? 1 : count > SWEEP_JOBS_MAX ? SWEEP_JOBS_MAX : (uint32_t)count;
}

#define CAST_OPTION_JSON 0x100 /* above all characters: an option without a short form */

static const struct argp_option cast_option_list[] = {
	{NULL, 'j', "N", 0, "Processes that share the cases (one a processor if left out)", 0},
	{"json", CAST_OPTION_JSON, "FILE", OPTION_ARG_OPTIONAL,
	 "JSON to FILE, or to stdout in place of the table", 0},
	{0},
};

static error_t cast_option(int option, char *text, struct argp_state *state)
{
	struct cast_request *request = state->input;

	switch (option) {
	case ARGP_KEY_INIT:
		request->jobs = cast_processors();
		return 0;
	case 'j':
		request->jobs = cli_number(state, "-j", text, 1, SWEEP_JOBS_MAX);
		return 0;
	case CAST_OPTION_JSON:
		request->json = true;
		request->json_path = text;
		return 0;
	case ARGP_KEY_ARG:
		if (paths_add(&request->paths, text) != 0)
			exit(CLI_UNUSABLE);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp cast_argp = {.options = cast_option_list, .parser = cast_option};
const struct argp_child cast_options[] = {{.argp = &cast_argp}, {0}};

/* A case id names a scenario by its name alone. */
static int cast_name(const struct cast *cast, const struct scenario *scenario)
{
	for (uint32_t i = 0; i < cast->report.count; i++) {
		const struct scenario *other = cast->scenarios[i];

		if (strcmp(other->name, scenario->name) != 0)
			continue;
		fprintf(stderr, "%s: named %s like %s, expected a name of its own\n",
			scenario->path, scenario->name, other->path);
		return -1;
	}
	return 0;
}

static int cast_add(struct cast *cast, bool fuse, const char *path)
{
	struct scenario *scenario = scenario_open(path);
	struct report_scenario *entry = &cast->report.scenarios[cast->report.count];
	struct run_scene *scene = &cast->scenes[cast->report.count];
	char why[512];

	if (!scenario)
		return -1;
	if (cast_name(cast, scenario) != 0) {
		scenario_close(scenario);
		return -1;
	}
	if (run_scene_open(scene, scenario, cast->firmware, why, sizeof(why)) != 0) {
		fprintf(stderr, "%s\n", why);
		scenario_close(scenario);
		return -1;
	}
	cast->scenarios[cast->report.count] = scenario;
	entry->scenario = scenario;
	entry->scene = scene;
	if (fuse)
		entry->left_out = scenario->fuse_not;
	else if (cast->firmware->name[0] && scenario->over_https)
		entry->left_out = "over HTTPS the device is processes, and a specimen is none";
	report_family(scenario, entry->family);
	cast->report.count++;
	return 0;
}

/* Every scenario is looked at even if one is wrong, so that all that is wrong is said at once. */
int cast_open(struct cast *cast, const struct paths *paths, const char *device, bool fuse)
{
	struct report *report = &cast->report;
	int rc = 0;

	memset(cast, 0, sizeof(*cast));
	cast->firmware = device_reference();
	if (device) {
		char why[8192];

		if (device_load(device, &cast->specimen, why, sizeof(why)) != 0) {
			fprintf(stderr, "--device: %s\n", why);
			return -1;
		}
		cast->firmware = &cast->specimen;
	}
	report->program = program_invocation_name;
	report->device = cast->firmware->name;
	report->flash = fuse ? "fuse" : "ram";
	report->shards = 1;
	report->scenarios = calloc(paths->count, sizeof(*report->scenarios));
	cast->scenarios = calloc(paths->count, sizeof(*cast->scenarios));
	cast->scenes = calloc(paths->count, sizeof(*cast->scenes));
	assert(report->scenarios && cast->scenarios && cast->scenes);
	for (size_t i = 0; i < paths->count; i++)
		if (cast_add(cast, fuse, paths->path[i]) != 0)
			rc = -1;
	return rc;
}

int cast_sweep(struct report_scenario *entry, const struct sweep_options *options,
	       struct progress *progress)
{
	struct sweep_options shown = *options;
	int rc;

	shown.progress = progress_show;
	shown.context = progress;
	if (entry->scenario->over_https) {
		/* Its network is one between processes. */
		shown.door_open = mount_open;
		shown.door_close = mount_close;
	}
	progress_begin(progress, entry->scenario->name);
	rc = sweep_scenario(entry->scene, &shown, &entry->result);
	progress_end(progress, entry->result.cases);
	if (rc != 0)
		fprintf(stderr, "%s: a process of the run failed, expected every case to be run\n",
			entry->scenario->path);
	return rc;
}

void cast_close(struct cast *cast)
{
	for (uint32_t i = 0; i < cast->report.count; i++) {
		run_scene_close(&cast->scenes[i]);
		scenario_close(cast->scenarios[i]);
	}
	free(cast->report.scenarios);
	free(cast->scenarios);
	free(cast->scenes);
	device_unload(&cast->specimen);
}
