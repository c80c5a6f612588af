/* brownout replay: one case, told step by step. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/cli/cli.h"
#include "sim/cli/stage.h"
#include "sim/report/report.h"
#include "sim/report/story.h"
#include "sim/report/unfired.h"

#define REPLAY_OPTION_JSON 0x100 /* above all characters: an option without a short form */

struct replay_request {
	struct stage_request stage;
	bool json;
};

static const struct argp_option replay_options[] = {
	{"json", REPLAY_OPTION_JSON, NULL, 0, "Print one JSON object", 0},
	CLI_HELP_OPTIONS,
};

static error_t replay_option(int option, char *text, struct argp_state *state)
{
	struct replay_request *request = state->input;

	(void)text;
	switch (option) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &request->stage;
		return 0;
	case REPLAY_OPTION_JSON:
		request->json = true;
		return 0;
	default:
		return cli_option(option, state);
	}
}

/* The story is told only of a case that happened. */
static int replay_tell(const struct replay_request *request, const struct stage *stage)
{
	const struct run_scene *scene = &stage->scene;
	char *unfired;
	struct story story;
	int status;

	story_open(&story, scene, &stage->id.plan);
	unfired = unfired_text(&story);
	if (unfired) {
		fprintf(stderr, "%s: %s, expected every fault of a case to happen\n",
			request->stage.text, unfired);
		free(unfired);
		story_close(&story);
		return CLI_UNUSABLE;
	}
	if (request->json) {
		(void)story_json(&story, stdout);
	} else {
		char *replay = report_replay(program_invocation_name, scene, &stage->id.plan);

		story_print(&story, replay, stdout);
		free(replay);
	}
	status = verdict_good(&story.verdict, scene->scenario) ? CLI_GOOD : CLI_BROKEN;
	story_close(&story);
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
		.children = stage_options,
	};
	struct replay_request request = {0};
	struct stage stage;
	int status;

	cli_parse(&verb, argc, argv, &request);
	if (stage_open(&stage, &request.stage) != 0)
		return CLI_UNUSABLE;
	status = replay_tell(&request, &stage);
	stage_close(&stage);
	return status;
}
