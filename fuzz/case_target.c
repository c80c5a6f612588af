/*
 * A case: bytes are a scenario and a plan, applied to a real update, judged by all rules. A broken
 * rule is a crash; its case id is on stderr, and `brownout replay --fuzz-input FILE` tells it.
 */

#include "faults/case_id.h"
#include "fuzz/feedback.h"
#include "fuzz/fuzz.h"
#include "fuzz/mutate_plan.h"
#include "fuzz/scene.h"
#include "sim/case_input.h"
#include "sim/sweep.h"

#define CASE_SCENES_MAX 32

static struct fuzz_scene scenes[CASE_SCENES_MAX];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	const char *name;

	(void)argc, (void)argv;
	for (uint32_t i = 0; (name = case_input_scenario(i)) != NULL; i++) {
		FUZZ_HOLDS(i < CASE_SCENES_MAX);
		scene_open(&scenes[i], name);
	}
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size_bytes, size_t max_bytes,
			       unsigned int seed)
{
	return mutate_plan_case(data, size_bytes, max_bytes, seed);
}

/* What a state of the device is made of, so that an engine keeps inputs that reach new ones. */
static void case_op(void *context, const struct run *run, const struct inject_op *op)
{
	const struct hal_board *board = run->device.chip.hal.board;
	uint32_t place = op->kind == INJECT_BURN ? op->offset : op->offset / board->sector_bytes;
	uint32_t what = (uint32_t)op->kind << 1 | (op->cut != NULL);

	(void)context;
	feedback_see(what, place, (uint32_t)run->history.running + 2);
	if (op->cut != NULL)
		feedback_see(place, op->cut->bytes / FLASH_WORD, run->history.lives);
}

static void case_life(void *context, const struct run *run)
{
	const struct history *history = &run->history;

	(void)context;
	feedback_see(history->lives, (uint32_t)history->running + 2, history->slot + 64);
	feedback_see((uint32_t)history->end, history->life_ops, run->device.chip.cause + 128);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
	const struct fuzz_scene *scene = &scenes[case_input_choice(data, size_bytes)];
	struct verdict verdict;
	char id[CASE_ID_TEXT_BYTES];
	struct plan plan;
	struct run run;

	case_input_plan(scene->scenario, data, size_bytes, &plan);
	run_open(&run, &scene->scene, &plan);
	run.watch.op_after = case_op;
	run.watch.life_ends = case_life;
	run_finish(&run, &verdict);
	case_input_prune(&plan, run.faults.fired);
	run_close(&run);
	if (verdict_good(&verdict, scene->scenario))
		return 0;
	sweep_case_id(&scene->scene, &plan, id);
	scene_judge(&verdict, case_input_rules(scene->scenario, &plan), id);
	if (verdict.expectation_failed && case_input_expects(scene->scenario, &plan))
		fuzz_fail("expectation", "%s: %s", id, verdict.expectation);
	return 0;
}
