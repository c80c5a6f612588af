/* brownout shrink: the smallest plan that still breaks the same rule. */
#include "sim/shrink.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/cli/cli.h"
#include "sim/cli/stage.h"
#include "sim/report/report.h"
#include "sim/report/unfired.h"

enum {
	SHRINK_OPTION_SCENARIOS = 0x100, /* above all characters: options without a short form */
	SHRINK_OPTION_FUZZ_INPUT,
};

struct shrink_request {
	const char *text; /* the case id, as typed; with an input, that file's name */
	bool is_input;
	const char *scenarios;
};

static const struct argp_option shrink_options[] = {
	{"scenarios", SHRINK_OPTION_SCENARIOS, "DIR", 0,
	 "Where the case's scenario lies (scenarios if left out)", 0},
	{"fuzz-input", SHRINK_OPTION_FUZZ_INPUT, "FILE", 0,
	 "Take the case from an input of the fuzz target case, instead of CASE", 0},
	CLI_HELP_OPTIONS,
};

static error_t shrink_option(int option, char *text, struct argp_state *state)
{
	struct shrink_request *request = state->input;

	switch (option) {
	case SHRINK_OPTION_SCENARIOS:
		request->scenarios = text;
		return 0;
	case SHRINK_OPTION_FUZZ_INPUT:
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

static void shrink_tell(const struct run_scene *scene, const struct plan *given,
			const struct shrink_result *result)
{
	bool is_rule = result->rule >= 0;
	char id[CASE_ID_TEXT_BYTES], *replay;

	sweep_case_id(scene, given, id);
	printf("case     %s\n", id);
	printf("tried    %u case%s\n", result->tried, result->tried == 1 ? "" : "s");
	if (result->rule == SHRINK_NOTHING) {
		puts("verdict  all rules: held; there is nothing to shrink");
		return;
	}
	replay = report_replay(program_invocation_name, scene, &result->plan);
	printf("faults   %u of %u\n", result->plan.count, given->count);
	if (is_rule)
		printf("verdict  %s: BROKEN\n", rule_name((enum rule)result->rule));
	else
		puts("verdict  expectation: FAILED");
	printf("why      %s\n",
	       is_rule ? result->verdict.breaks[result->rule].why : result->verdict.expectation);
	printf("replay   %s\n", replay);
	free(replay);
}

static int shrink_stage(const struct shrink_request *request, const struct stage *stage)
{
	struct shrink_result result;

	if (shrink_plan(&stage->scene, &stage->id.plan, &result) != 0) {
		char *why = unfired_why(&stage->scene, &stage->id.plan);

		fprintf(stderr, "%s: %s, expected every fault of a case to happen\n", request->text,
			why ? why : "a fault did not happen");
		free(why);
		return CLI_UNUSABLE;
	}
	shrink_tell(&stage->scene, &stage->id.plan, &result);
	return result.rule == SHRINK_NOTHING ? CLI_GOOD : CLI_BROKEN;
}

int cli_shrink(int argc, char **argv)
{
	static char name[] = "brownout shrink";
	static const struct cli_verb verb = {
		.name = name,
		.example = "build/brownout shrink "
			   "'counter-burn~early-pending@cut=3+12,cut=25+7,cut=31-204'",
		.arguments = "CASE",
		.doc = "Reduces the plan of a case to a smallest one that breaks the same rule "
		       "first: faults are dropped, and what stays is made plainer. CASE is "
		       "SCENARIO[~DEVICE]@PLAN[#DIGEST], as run and explore print it. Exits 1 as "
		       "the case breaks a rule, 0 if it breaks none, 2 if it is not a case.",
		.options = shrink_options,
		.option = shrink_option,
	};
	struct shrink_request request = {.scenarios = "scenarios"};
	struct stage stage;
	int status;

	cli_parse(&verb, argc, argv, &request);
	status = request.is_input ? stage_open_input(&stage, request.text, request.scenarios)
				  : stage_open(&stage, request.text, request.scenarios);
	if (status != 0)
		return CLI_UNUSABLE;
	status = shrink_stage(&request, &stage);
	stage_close(&stage);
	return status;
}
