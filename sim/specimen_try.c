/* Whether a scenario catches a specimen, and in which case first. */
#include <stdio.h>
#include <string.h>

#include "sim/case_input.h"
#include "sim/specimen.h"
#include "sim/sweep.h"

/* One specimen in one scenario. */
struct trial {
	const struct specimen *specimen;
	const struct run_scene *reference, *scene; /* without and with the bug */
	struct specimen_catch *result;
};

/*
 * The same case on the firmware without the bug, in which every fault of it must happen as well.
 * Where that firmware reads nothing weak, there is no choice of what it reads.
 */
static bool trial_reference_good(const struct trial *trial, const struct plan *plan)
{
	struct plan same = *plan;
	struct verdict verdict;
	struct run run;

	run_open(&run, trial->reference, plan);
	run_finish(&run, &verdict);
	if (sweep_moot(&run)) {
		case_input_prune(&same, run.faults.fired);
		run_case(trial->reference, &same, NULL, &verdict);
	}
	run_close(&run);
	return verdict_good(&verdict, trial->reference->scenario);
}

static bool trial_judge(void *context, const struct run *run, const struct verdict *verdict)
{
	struct trial *trial = context;
	int rule = trial->specimen->rule;

	trial->result->cases++;
	if (verdict->first != rule || trial->reference->scenario->may_break[rule] ||
	    !trial_reference_good(trial, &run->plan))
		return false;
	trial->result->caught = true;
	sweep_case_id(trial->scene, &run->plan, trial->result->id);
	snprintf(trial->result->why, sizeof(trial->result->why), "%s", verdict->breaks[rule].why);
	return true;
}

/* The one case that the header names. */
static void trial_plan(struct trial *trial, const struct plan *plan)
{
	struct verdict verdict;
	struct run run;

	run_open(&run, trial->scene, plan);
	run_finish(&run, &verdict);
	(void)trial_judge(trial, &run, &verdict);
	run_close(&run);
}

static int trial_run(struct trial *trial, bool planned, char *why, size_t why_bytes)
{
	struct sweep_options options = {
		.jobs = 1, .shards = 1, .context = trial, .case_done = trial_judge};
	static struct sweep_result result; /* large, and of no use here */
	struct plan plan;

	if (!planned || !trial->specimen->plan)
		return sweep_scenario(trial->scene, &options, &result);
	if (plan_parse(trial->specimen->plan, &plan, why, why_bytes) != 0)
		return -1;
	trial_plan(trial, &plan);
	return 0;
}

int specimen_try(const struct specimen *specimen, const struct run_scene *reference, bool planned,
		 struct specimen_catch *result, char *why, size_t why_bytes)
{
	struct device_firmware firmware;
	struct run_scene scene;
	struct trial trial = {specimen, reference, &scene, result};
	int rc;

	memset(result, 0, sizeof(*result));
	if (device_load(specimen->name, &firmware, why, why_bytes) != 0)
		return -1;
	/* A bug may keep the maker's jig from making the device: then there is nothing to run. */
	rc = run_scene_open(&scene, reference->scenario, &firmware, result->why,
			    sizeof(result->why));
	result->tried = true;
	if (rc == 0) {
		rc = trial_run(&trial, planned, why, why_bytes);
		run_scene_close(&scene);
	} else {
		rc = 0;
	}
	device_unload(&firmware);
	return rc;
}
