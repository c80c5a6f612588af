/*
 * A case has one outcome, however it is come by: branched off in the middle of a life, replayed
 * from the start by its plan's text, on one process or several, whole or in shards.
 */
#include <sys/wait.h>
#include <unistd.h>

#include "tests/scenario_fixture.h"

#include "sim/sweep.h"

#define SHARDS 3u

/* Every case is bad, so that there are findings to compare. */
static const char all_bad[] = "name: t\nsummary: S.\n"
			      "device:\n"
			      "  flash: {kind: nor, sector: 4096, sectors: 10, program: 1024}\n"
			      "  efuse: {counter: 2}\n"
			      "factory: {version: 1.0.0, security: 1, size: 500, header: 32}\n"
			      "update: {version: 1.1.0, security: 2, size: 600, header: 32}\n"
			      "faults: {cut: every, tears: 1, cuts: 1, flips: [{region: bootctl_0, "
			      "part: record, step: 99}]}\n"
			      "expect: {version: 1.1.0, counter: 1}\n";

struct stage {
	struct scenario *scenario;
	struct run_scene scene;
	struct sweep_result result;
	uint64_t cases, weak;
};

static struct stage *stage_open(struct fixture *fixture, const char *yaml)
{
	struct stage *stage = calloc(1, sizeof(*stage));
	char why[256];

	assert_non_null(stage);
	stage->scenario = yaml ? fixture_good(fixture, "1-t.yaml", yaml)
			       : scenario_open("scenarios/1xx-power/102-ab-update-small.yaml");
	assert_non_null(stage->scenario);
	if (run_scene_open(&stage->scene, stage->scenario, device_reference(), why, sizeof(why)))
		fail_msg("%s", why);
	return stage;
}

static void stage_close(struct stage *stage)
{
	run_scene_close(&stage->scene);
	scenario_close(stage->scenario);
	free(stage);
}

/* ---- branching is replaying ---- */

static void compare(const struct stage *stage, const struct run *run, const struct run *again)
{
	char id[CASE_ID_TEXT_BYTES];

	sweep_case_id(&stage->scene, &run->plan, id);
	if (!flash_equal(&run->device.chip.flash, &again->device.chip.flash))
		fail_msg("%s: flash differs", id);
	if (memcmp(run->device.chip.efuse.cell, again->device.chip.efuse.cell,
		   run->device.chip.efuse.cells))
		fail_msg("%s: eFuse differs", id);
	if (run->faults.op != again->faults.op || run->faults.life != again->faults.life ||
	    run->faults.fired != again->faults.fired ||
	    run->faults.weak_reads != again->faults.weak_reads ||
	    run->faults.fault_life != again->faults.fault_life)
		fail_msg("%s: op %u life %u, replayed: op %u life %u", id, run->faults.op,
			 run->faults.life, again->faults.op, again->faults.life);
	if (run->history.lives != again->history.lives ||
	    run->history.cuts != again->history.cuts ||
	    run->history.settled != again->history.settled ||
	    memcmp(run->history.starts, again->history.starts, sizeof(again->history.starts)) ||
	    memcmp(&run->history.report, &again->history.report, sizeof(again->history.report)))
		fail_msg("%s: histories differ", id);
	if (memcmp(run->device.chip.flash.erases, again->device.chip.flash.erases,
		   run->device.chip.flash.sectors * sizeof(uint32_t)))
		fail_msg("%s: wear differs", id);
}

static bool replay(void *context, const struct run *run, const struct verdict *verdict)
{
	struct stage *stage = context;
	char text[PLAN_TEXT_BYTES], why[128];
	struct verdict judged;
	struct run again;
	struct plan plan;

	plan_print(&run->plan, text);
	assert_int_equal(plan_parse(text, &plan, why, sizeof(why)), 0);
	run_open(&again, &stage->scene, &plan);
	run_finish(&again, &judged);
	compare(stage, run, &again);
	assert_memory_equal(verdict, &judged, sizeof(judged));
	run_close(&again);
	/* The control, with no fault but the scenario's own, is the first. */
	assert_int_equal(plan_equal(&plan, &stage->scenario->faults.plan), stage->cases == 0);
	stage->cases++;
	stage->weak += strstr(text, "weak=") != NULL;
	return false;
}

static void replay_all(struct stage *stage)
{
	struct sweep_options options = {
		.jobs = 1, .shards = 1, .context = stage, .case_done = replay};

	assert_int_equal(sweep_scenario(&stage->scene, &options, &stage->result), 0);
	assert_int_equal(stage->cases, stage->result.cases);
	assert_true(stage->weak > 0);
}

static void every_branch_of_the_small_update_replays_to_the_same(void **state)
{
	struct stage *stage = stage_open(*state, NULL);

	replay_all(stage);
	assert_true(sweep_good(&stage->result));
	assert_false(sweep_error(&stage->result));
	assert_int_equal(stage->result.bad, 0);
	/* Every op was cut, and more often than once. */
	assert_true(stage->result.cases > 4ull * stage->result.ops);
	stage_close(stage);
}

/* A device without bootctl writes one and confirms; cut in that, and cut again in what follows. */
static void branch_of_a_branch_replays_to_the_same(void **state)
{
	static const char yaml[] =
		"name: t\nsummary: S.\n"
		"device:\n"
		"  flash: {kind: nor, sector: 1024, sectors: 10, program: 256}\n"
		"  efuse: {counter: 2}\n"
		"factory: {version: 1.0.0, security: 1, size: 500, header: 32}\n"
		"faults: {plan: 'erase=0:bootctl_0,erase=0:bootctl_1,erase=0:bootctl_2', cut: "
		"every, tears: 2, cuts: 2}\n";
	struct stage *stage = stage_open(*state, yaml);

	replay_all(stage);
	assert_int_equal(stage->result.bad, 0);
	assert_true(stage->result.cases > 100ull * stage->result.ops);
	stage_close(stage);
}

/* What is lost of a cache is what the plan says, and the plan can be written down. */
static void every_branch_on_a_block_device_replays_to_the_same(void **state)
{
	static const char yaml[] =
		"name: t\nsummary: S.\n"
		"device:\n"
		"  flash: {kind: block, sector: 1024, sectors: 10, program: 256, cache: 6%s}\n"
		"  efuse: {counter: 2}\n"
		"factory: {version: 1.0.0, security: 1, size: 500, header: 32}\n"
		"update: {version: 1.1.0, security: 2, size: 600, header: 32}\n"
		"faults: {cut: every, tears: 2, cuts: 1}\n";
	static const char *const flushes[] = {"", ", flush: ignored"};

	for (size_t i = 0; i < 2; i++) {
		char text[1024];
		struct stage *stage;

		(void)snprintf(text, sizeof(text), yaml, flushes[i]);
		stage = stage_open(*state, text);
		replay_all(stage);
		assert_false(sweep_error(&stage->result));
		assert_true(stage->result.ways[SWEEP_LOST] > stage->result.ops);
		stage_close(stage);
	}
}

/* ---- one result ---- */

static void sweep_in(struct stage *stage, uint32_t jobs, uint32_t shard, uint32_t shards,
		     struct sweep_result *result)
{
	struct sweep_options options = {.jobs = jobs, .shard = shard, .shards = shards};

	memset(result, 0, sizeof(*result));
	assert_int_equal(sweep_scenario(&stage->scene, &options, result), 0);
}

/* How long a device waited is the world's hour, whatever its own clock makes of it. */
static void clock_that_stops_hides_no_wait(void **state)
{
	static const char yaml[] = "name: t\nsummary: S.\n"
				   "device:\n"
				   "  flash: {kind: nor, sector: 1024, sectors: 10, program: 256}\n"
				   "  efuse: {counter: 2}\n"
				   "factory: {version: 1.0.0, security: 1, size: 500, header: 32}\n"
				   "update: {version: 1.1.0, security: 2, size: 600, header: 32}\n"
				   "attack: {wire: [{of: image, does: slow, ms: 60000}]}\n"
				   "faults: {plan: '%s', cut: none}\n"
				   "expect: {minutes: 60}\n";
	static const char *const plans[] = {"clock=0:stops", "clock=3-3600000", "none"};

	for (size_t i = 0; i < 3; i++) {
		struct stage *stage;
		char text[1024];

		(void)snprintf(text, sizeof(text), yaml, plans[i]);
		stage = stage_open(*state, text);
		sweep_in(stage, 1, 0, 1, &stage->result);
		assert_int_equal(stage->result.cases, 1);
		assert_int_equal(stage->result.plain.rule[RULE_SETTLES], BROKEN);
		assert_int_equal(stage->result.plain.rule[RULE_FIRED], HOLDS);
		stage_close(stage);
	}
}

static void result_equal(const struct sweep_result *a, const struct sweep_result *b)
{
	assert_int_equal(a->cases, b->cases);
	assert_memory_equal(a->ways, b->ways, sizeof(a->ways));
	assert_memory_equal(a->broken, b->broken, sizeof(a->broken));
	assert_int_equal(a->bad, b->bad);
	assert_int_equal(a->unfired, b->unfired);
	assert_int_equal(a->ops, b->ops);
	assert_int_equal(a->lives, b->lives);
	assert_int_equal(a->lives_most, b->lives_most);
	assert_int_equal(a->wear, b->wear);
	assert_memory_equal(&a->plain, &b->plain, sizeof(a->plain));
	assert_int_equal(a->finding_count, b->finding_count);
	for (uint32_t i = 0; i < a->finding_count; i++) {
		assert_int_equal(a->findings[i].order, b->findings[i].order);
		assert_true(plan_equal(&a->findings[i].plan, &b->findings[i].plan));
		assert_memory_equal(&a->findings[i].verdict, &b->findings[i].verdict,
				    sizeof(a->findings[i].verdict));
	}
}

static void result_of_a_sweep_does_not_depend_on_its_jobs(void **state)
{
	struct stage *stage = stage_open(*state, all_bad);
	struct sweep_result *one = calloc(2, sizeof(*one)), *more = one + 1;

	assert_non_null(one);
	sweep_in(stage, 1, 0, 1, one);
	assert_int_equal(one->finding_count, SWEEP_FINDINGS_MAX - 1);
	for (uint32_t jobs = 2; jobs <= 3; jobs++) {
		sweep_in(stage, jobs, 0, 1, more);
		result_equal(one, more);
	}
	free(one);
	stage_close(stage);
}

static int by_order(const void *a, const void *b)
{
	uint64_t left = ((const struct sweep_finding *)a)->order;
	uint64_t right = ((const struct sweep_finding *)b)->order;

	return left < right ? -1 : left > right;
}

/* As a person would who has the results of three machines. */
static void merge(struct sweep_result *all, const struct sweep_result part[SHARDS])
{
	struct sweep_finding *findings = calloc(SHARDS, sizeof(part->findings));
	uint32_t count = 0;

	assert_non_null(findings);
	*all = part[0];
	for (uint32_t i = 0; i < SHARDS; i++) {
		memcpy(findings + count, part[i].findings,
		       part[i].finding_count * sizeof(*findings));
		count += part[i].finding_count;
		if (i == 0)
			continue;
		all->cases += part[i].cases;
		all->bad += part[i].bad;
		all->unfired += part[i].unfired;
		for (int way = 0; way < SWEEP_WAYS; way++)
			all->ways[way] += part[i].ways[way];
		for (int rule = 0; rule < RULES; rule++)
			all->broken[rule] += part[i].broken[rule];
		if (part[i].lives_most > all->lives_most)
			all->lives_most = part[i].lives_most;
		if (part[i].wear > all->wear)
			all->wear = part[i].wear;
	}
	qsort(findings, count, sizeof(*findings), by_order);
	all->finding_count = count < SWEEP_FINDINGS_MAX ? count : SWEEP_FINDINGS_MAX - 1;
	memcpy(all->findings, findings, all->finding_count * sizeof(*findings));
	free(findings);
}

static void shards_make_up_the_whole(void **state)
{
	struct stage *stage = stage_open(*state, all_bad);
	struct sweep_result *whole = calloc(SHARDS + 2, sizeof(*whole));
	struct sweep_result *all = whole + 1, *part = whole + 2;

	assert_non_null(whole);
	sweep_in(stage, 1, 0, 1, whole);
	for (uint32_t shard = 0; shard < SHARDS; shard++) {
		/* A shard's own number of jobs is no matter either. */
		sweep_in(stage, 1 + shard % 2, shard, SHARDS, &part[shard]);
		assert_in_range(part[shard].cases, 1, whole->cases - 2);
		assert_int_equal(part[shard].ways[SWEEP_PLAIN], shard == 0);
	}
	merge(all, part);
	result_equal(whole, all);
	free(whole);
	stage_close(stage);
}

static void control_that_fails_stops_the_sweep(void **state)
{
	static const char yaml[] =
		"name: t\nsummary: S.\n"
		"device:\n"
		"  flash: {kind: nor, sector: 4096, sectors: 10, program: 1024}\n"
		"  efuse: {counter: 2}\n"
		"factory: {version: 1.0.0, security: 1, size: 500, header: 32}\n"
		"faults: {plan: 'flip=999:slot_b:0x0.0', cut: every}\n";
	struct stage *stage = stage_open(*state, yaml);

	sweep_in(stage, 1, 0, 1, &stage->result);
	assert_int_equal(stage->result.plain.rule[RULE_FIRED], BROKEN);
	assert_int_equal(stage->result.cases, 1);
	assert_int_equal(stage->result.unfired, 1);
	assert_true(sweep_error(&stage->result));
	stage_close(stage);
}

static void excuse_that_no_case_needs_is_a_failure(void **state)
{
	static const char text[] =
		"name: t\nsummary: S.\n"
		"device:\n"
		"  flash: {kind: nor, sector: 4096, sectors: 10, program: 1024}\n"
		"  efuse: {counter: 2}\n"
		"factory: {version: 1.0.0, security: 1, size: 500, header: 32}\n"
		"%smay_break: {boots: because}\n";
	static const char *const plans[] = {"", "faults: {plan: 'flip=0:slot_a:0x0.0'}\n"};
	struct fixture *fixture = *state;

	for (uint32_t i = 0; i < 2; i++) {
		struct stage *stage;

		(void)snprintf(fixture->text, sizeof(fixture->text), text, plans[i]);
		stage = stage_open(fixture, fixture->text);
		sweep_in(stage, 1, 0, 1, &stage->result);
		assert_int_equal(stage->result.bad, 0);
		assert_int_equal(stage->result.unbroken_excuse, i ? -1 : RULE_BOOTS);
		assert_int_equal(sweep_good(&stage->result), i);
		stage_close(stage);
	}
}

static void branch_leaves_its_trunk_alone(void **state)
{
	static const struct plan none;
	struct stage *stage = stage_open(*state, all_bad);
	struct verdict verdict, plain;
	struct run run, branch, again;

	run_open(&again, &stage->scene, &none);
	run_finish(&again, &plain);
	run_open(&run, &stage->scene, &none);
	run_branch(&branch, &run);
	run_finish(&branch, &verdict);
	assert_int_equal(run.faults.op, 0);
	assert_int_equal(run.history.lives, 0);
	assert_true(flash_equal(&run.device.chip.flash, &stage->scene.born.chip.flash));
	assert_memory_equal(&verdict, &plain, sizeof(plain));
	run_finish(&run, &verdict);
	compare(stage, &run, &again);
	compare(stage, &branch, &again);
	run_close(&branch);
	run_close(&again);
	run_close(&run);
	stage_close(stage);
}

/* ---- a loop without end ---- */

__attribute__((noreturn)) static int spin(struct hal *hal)
{
	(void)hal;
	for (;;)
		__asm__ volatile("");
}

/* Workers are forks of a process in which lives were lived before. */
static void firmware_that_loops_is_caught_in_a_fork_too(void **state)
{
	struct stage *stage = stage_open(*state, NULL);
	struct device_firmware spinning = *device_reference();
	struct verdict verdict;
	int status;
	pid_t pid;

	spinning.bootloader_run = spin;
	stage->scene.born.firmware = &spinning;
	pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		alarm(120);
		run_case(&stage->scene, &stage->scenario->faults.plan, NULL, &verdict);
		_exit(verdict.rule[RULE_CONTAINED] == BROKEN ? 0 : 1);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
	stage_close(stage);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_branch_of_the_small_update_replays_to_the_same),
		cmocka_unit_test(branch_of_a_branch_replays_to_the_same),
		cmocka_unit_test(every_branch_on_a_block_device_replays_to_the_same),
		cmocka_unit_test(firmware_that_loops_is_caught_in_a_fork_too),
		cmocka_unit_test(clock_that_stops_hides_no_wait),
		cmocka_unit_test(result_of_a_sweep_does_not_depend_on_its_jobs),
		cmocka_unit_test(shards_make_up_the_whole),
		cmocka_unit_test(control_that_fails_stops_the_sweep),
		cmocka_unit_test(excuse_that_no_case_needs_is_a_failure),
		cmocka_unit_test(branch_leaves_its_trunk_alone),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
