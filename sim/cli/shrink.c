/* brownout shrink: the smallest plan that still breaks the same rule. */
#include "sim/shrink.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include "sim/cli/cli.h"
#include "sim/cli/stage.h"
#include "sim/report/report.h"
#include "sim/report/unfired.h"

static const struct argp_option shrink_options[] = {CLI_HELP_OPTIONS};

static error_t shrink_option(int option, char *text, struct argp_state *state)
{
	(void)text;
	if (option != ARGP_KEY_INIT)
		return cli_option(option, state);
	state->child_inputs[0] = state->input;
	return 0;
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

static int shrink_stage(const struct stage_request *request, const struct stage *stage)
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
		.children = stage_options,
	};
	struct stage_request request = {0};
	struct stage stage;
	int status;

	cli_parse(&verb, argc, argv, &request);
	if (stage_open(&stage, &request) != 0)
		return CLI_UNUSABLE;
	status = shrink_stage(&request, &stage);
	stage_close(&stage);
	return status;
}
