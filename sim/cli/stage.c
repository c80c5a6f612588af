/* From a case id to a scene in which it can be run. */
#include "sim/cli/stage.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/case_input.h"
#include "sim/mount/mount.h"
#include "sim/sweep.h"

enum {
	STAGE_OPTION_SCENARIOS = 0x100, /* above all characters: options without a short form */
	STAGE_OPTION_FUZZ_INPUT,
};

static const struct argp_option stage_option_list[] = {
	{"scenarios", STAGE_OPTION_SCENARIOS, "DIR", 0,
	 "Where the case's scenario lies (scenarios if left out)", 0},
	{"fuzz-input", STAGE_OPTION_FUZZ_INPUT, "FILE", 0,
	 "Take the case from an input of the fuzz target case, instead of CASE", 0},
	{0},
};

static error_t stage_option(int option, char *text, struct argp_state *state)
{
	struct stage_request *request = state->input;

	switch (option) {
	case ARGP_KEY_INIT:
		request->scenarios = "scenarios";
		return 0;
	case STAGE_OPTION_SCENARIOS:
		request->scenarios = text;
		return 0;
	case STAGE_OPTION_FUZZ_INPUT:
		request->is_input = true;
		if (request->text)
			argp_error(state, "a CASE and an input, expected one of them");
		request->text = text;
		return 0;
	case ARGP_KEY_ARG:
		if (request->text)
			argp_error(state, "more than one CASE, expected one");
		request->text = text;
		return 0;
	case ARGP_KEY_END:
		if (!request->text)
			argp_error(state, "no CASE, expected one such as ab-update@cut=137+12");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static const struct argp stage_argp = {.options = stage_option_list, .parser = stage_option};
const struct argp_child stage_options[] = {{.argp = &stage_argp}, {0}};

/* What an id names must be what lies here, or the case is another one. */
static int stage_digest_check(const struct stage *stage)
{
	char digest[CASE_ID_DIGEST_BYTES];

	sweep_digest(&stage->scene, digest);
	if (strncmp(stage->id.digest, digest, strlen(stage->id.digest)) == 0)
		return 0;
	fprintf(stderr,
		"%s: digest #%s, expected #%s: scenario, images or firmware differ from those of "
		"the case. Which of them, a digest cannot tell; without one the case is run as it "
		"is here.\n",
		stage->scenario->path, stage->id.digest, digest);
	return -1;
}

/* A device with a network of its own is processes, and no specimen is. */
static int stage_door_open(struct stage *stage)
{
	if (!stage->scenario->over_https)
		return 0;
	if (stage->id.device[0]) {
		fprintf(stderr,
			"%s: 'over: https' with a specimen, expected the reference: a "
			"specimen runs in process only\n",
			stage->scenario->path);
		return -1;
	}
	return mount_open(&stage->scene.door);
}

static int stage_scene_open(struct stage *stage, const char *text)
{
	const struct device_firmware *firmware = device_reference();
	char why[8192];

	if (stage->id.device[0]) {
		if (device_load(stage->id.device, &stage->specimen, why, sizeof(why)) != 0) {
			fprintf(stderr, "%s: %s\n", text, why);
			return -1;
		}
		firmware = &stage->specimen;
	}
	if (run_scene_open(&stage->scene, stage->scenario, firmware, why, sizeof(why)) != 0) {
		fprintf(stderr, "%s\n", why);
		device_unload(&stage->specimen);
		return -1;
	}
	if (stage_digest_check(stage) == 0 && stage_door_open(stage) == 0)
		return 0;
	run_scene_close(&stage->scene);
	device_unload(&stage->specimen);
	return -1;
}

static int stage_open_id(struct stage *stage, const char *text, const char *scenarios)
{
	char why[512], *path;

	memset(stage, 0, sizeof(*stage));
	if (case_id_parse(text, &stage->id, why, sizeof(why)) != 0) {
		fprintf(stderr, "%s: %s\n", text, why);
		return -1;
	}
	path = scenario_find(scenarios, stage->id.scenario);
	if (!path) {
		fprintf(stderr,
			"%s: no scenario %s below %s, expected a file NUMBER-%s.yaml "
			"(--scenarios)\n",
			text, stage->id.scenario, scenarios, stage->id.scenario);
		return -1;
	}
	stage->scenario = scenario_open(path);
	free(path);
	if (!stage->scenario)
		return -1;
	if (stage_scene_open(stage, text) == 0)
		return 0;
	scenario_close(stage->scenario);
	return -1;
}

/* Bytes name faults that never happen; they are no part of the case. */
static void stage_prune(struct stage *stage)
{
	struct verdict verdict;
	struct run run;

	run_open(&run, &stage->scene, &stage->id.plan);
	run_finish(&run, &verdict);
	case_input_prune(&stage->id.plan, run.faults.fired);
	run_close(&run);
}

static int stage_open_input(struct stage *stage, const char *file, const char *scenarios)
{
	uint8_t data[CASE_INPUT_BYTES_MAX];
	char text[CASE_ID_TEXT_BYTES];
	FILE *input = fopen(file, "rb");
	size_t bytes;

	if (!input) {
		fprintf(stderr, "%s: %s, expected a file\n", file, strerror(errno));
		return -1;
	}
	/* What is longer holds more faults than a plan: the target passes over them as well. */
	bytes = fread(data, 1, sizeof(data), input);
	if (ferror(input) || fclose(input) != 0) {
		fprintf(stderr, "%s: %s, expected to read it\n", file, strerror(errno));
		return -1;
	}
	snprintf(text, sizeof(text), "%s@none",
		 case_input_scenario(case_input_choice(data, bytes)));
	if (stage_open_id(stage, text, scenarios) != 0)
		return -1;
	case_input_plan(stage->scenario, data, bytes, &stage->id.plan);
	stage_prune(stage);
	return 0;
}

int stage_open(struct stage *stage, const struct stage_request *request)
{
	return request->is_input ? stage_open_input(stage, request->text, request->scenarios)
				 : stage_open_id(stage, request->text, request->scenarios);
}

void stage_close(struct stage *stage)
{
	if (stage->scenario->over_https)
		mount_close(&stage->scene.door);
	run_scene_close(&stage->scene);
	scenario_close(stage->scenario);
	device_unload(&stage->specimen);
}
