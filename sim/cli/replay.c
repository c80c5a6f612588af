/* brownout replay: one case, told step by step. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/cli.h"
#include "sim/report/report.h"
#include "sim/report/story.h"
#include "sim/report/unfired.h"

enum {
	REPLAY_OPTION_SCENARIOS = 0x100, /* above all characters: options without a short form */
	REPLAY_OPTION_JSON,
};

struct replay_request {
	const char *text; /* the case id, as typed */
	const char *scenarios;
	bool json;
};

static const struct argp_option replay_options[] = {
	{"scenarios", REPLAY_OPTION_SCENARIOS, "DIR", 0,
	 "Where the case's scenario lies (scenarios if left out)", 0},
	{"json", REPLAY_OPTION_JSON, NULL, 0, "Print one JSON object", 0},
	CLI_HELP_OPTIONS,
};

static error_t replay_option(int option, char *text, struct argp_state *state)
{
	struct replay_request *request = state->input;

	switch (option) {
	case REPLAY_OPTION_SCENARIOS:
		request->scenarios = text;
		return 0;
	case REPLAY_OPTION_JSON:
		request->json = true;
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
		return cli_option(option, state);
	}
}

/* What an id names must be what lies here, or the case is another one. */
static int replay_digest_check(const struct case_id *id, const struct run_scene *scene)
{
	char digest[CASE_ID_DIGEST_BYTES];

	sweep_digest(scene, digest);
	if (strncmp(id->digest, digest, strlen(id->digest)) == 0)
		return 0;
	fprintf(stderr,
		"%s: digest #%s, expected #%s: scenario, images or firmware differ from those of "
		"the case. Which of them, a digest cannot tell; without one the case is run as it "
		"is here.\n",
		scene->scenario->path, id->digest, digest);
	return -1;
}

/* The story is told only of a case that happened. */
static int replay_tell(const struct replay_request *request, const struct run_scene *scene,
		       const struct case_id *id)
{
	char *unfired;
	struct story story;
	int status;

	story_open(&story, scene, &id->plan);
	unfired = unfired_text(&story);
	if (unfired) {
		fprintf(stderr, "%s: %s, expected every fault of a case to happen\n", request->text,
			unfired);
		free(unfired);
		story_close(&story);
		return CLI_UNUSABLE;
	}
	if (request->json) {
		(void)story_json(&story, stdout);
	} else {
		char *replay = report_replay(program_invocation_name, scene, &id->plan);

		story_print(&story, replay, stdout);
		free(replay);
	}
	status = verdict_good(&story.verdict, scene->scenario) ? CLI_GOOD : CLI_BROKEN;
	story_close(&story);
	return status;
}

static int replay_scene(const struct replay_request *request, const struct case_id *id,
			const struct scenario *scenario, const struct device_firmware *firmware)
{
	int status = CLI_UNUSABLE;
	struct run_scene scene;
	char why[512];

	if (run_scene_open(&scene, scenario, firmware, why, sizeof(why)) != 0) {
		fprintf(stderr, "%s\n", why);
		return CLI_UNUSABLE;
	}
	if (replay_digest_check(id, &scene) == 0)
		status = replay_tell(request, &scene, id);
	run_scene_close(&scene);
	return status;
}

static int replay_scenario(const struct replay_request *request, const struct case_id *id)
{
	const struct device_firmware *firmware = device_reference();
	char *path = scenario_find(request->scenarios, id->scenario), why[8192];
	struct device_firmware specimen = {0};
	struct scenario *scenario = NULL;
	int status = CLI_UNUSABLE;

	if (!path) {
		fprintf(stderr,
			"%s: no scenario %s below %s, expected a file NUMBER-%s.yaml "
			"(--scenarios)\n",
			request->text, id->scenario, request->scenarios, id->scenario);
		return CLI_UNUSABLE;
	}
	if (id->device[0]) {
		if (device_load(id->device, &specimen, why, sizeof(why)) != 0) {
			fprintf(stderr, "%s: %s\n", request->text, why);
			goto out;
		}
		firmware = &specimen;
	}
	scenario = scenario_open(path);
	if (scenario)
		status = replay_scene(request, id, scenario, firmware);
out:
	scenario_close(scenario);
	device_unload(&specimen);
	free(path);
	return status;
}

int cli_replay(int argc, char **argv)
{
	static char name[] = "brownout replay";
	static const struct cli_verb verb = {
		.name = name,
		.example = "build/brownout replay 'ab-update@cut=137+12'",
		.arguments = "CASE",
		.doc = "Runs one case and tells step by step what the device did, up to the "
		       "verdict. CASE is SCENARIO[~DEVICE]@PLAN[#DIGEST], as run prints it. Exits "
		       "0 if every rule held, 1 if one broke or an expectation failed, 2 if the "
		       "case is not one: a fault of the plan did not happen, or the digest "
		       "differs.",
		.options = replay_options,
		.option = replay_option,
	};
	struct replay_request request = {.scenarios = "scenarios"};
	struct case_id id;
	char why[512];

	cli_parse(&verb, argc, argv, &request);
	if (case_id_parse(request.text, &id, why, sizeof(why)) != 0) {
		fprintf(stderr, "%s: %s\n", request.text, why);
		return CLI_UNUSABLE;
	}
	return replay_scenario(&request, &id);
}
