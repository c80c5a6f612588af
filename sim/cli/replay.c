/* brownout replay: one case, told step by step. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/cli/cli.h"
#include "sim/cli/stage.h"
#include "sim/report/report.h"
#include "sim/report/story.h"
#include "sim/report/unfired.h"

enum {
	REPLAY_OPTION_SCENARIOS = 0x100, /* above all characters: options without a short form */
	REPLAY_OPTION_JSON,
	REPLAY_OPTION_FUZZ_INPUT,
};

struct replay_request {
	const char *text; /* the case id, as typed; with an input, that file's name */
	bool is_input;
	const char *scenarios;
	bool json;
};

static const struct argp_option replay_options[] = {
	{"scenarios", REPLAY_OPTION_SCENARIOS, "DIR", 0,
	 "Where the case's scenario lies (scenarios if left out)", 0},
	{"json", REPLAY_OPTION_JSON, NULL, 0, "Print one JSON object", 0},
	{"fuzz-input", REPLAY_OPTION_FUZZ_INPUT, "FILE", 0,
	 "Take the case from an input of the fuzz target case, instead of CASE", 0},
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
	case REPLAY_OPTION_FUZZ_INPUT:
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
		fprintf(stderr, "%s: %s, expected every fault of a case to happen\n", request->text,
			unfired);
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
	};
	struct replay_request request = {.scenarios = "scenarios"};
	struct stage stage;
	int status;

	cli_parse(&verb, argc, argv, &request);
	status = request.is_input ? stage_open_input(&stage, request.text, request.scenarios)
				  : stage_open(&stage, request.text, request.scenarios);
	if (status != 0)
		return CLI_UNUSABLE;
	status = replay_tell(&request, &stage);
	stage_close(&stage);
	return status;
}
