/*
 * The two doors: the same scenario and plan, in process and as programs on the mount, must give the
 * same ops, lives, verdict and final cells. The scenarios are those numbered up to 39 in each
 * family, and the block devices; the plans are a sample that every kind of op and cut is in. All
 * cases of all scenarios are for `make check-long`.
 */
#include "tests/mount_fixture.h"

#define OPS_MAX	  8192
#define LIVES_MAX 256
#define KINDS	  4

/* What a case did, as far as the two doors must agree. */
struct story {
	uint32_t ops, lives;
	struct {
		uint32_t number, life, offset, size_bytes;
		enum inject_kind kind;
		struct plan_extent cut;
		bool is_cut, carried_out;
	} op[OPS_MAX];
	struct {
		enum device_end end;
		enum hal_reset cause;
		uint32_t weak_reads;
	} life[LIVES_MAX];
	struct hal_report report;
	struct verdict verdict;
	struct flash flash;
	struct efuse efuse;
};

static struct run_door door;

static void story_op(void *context, const struct run *run, const struct inject_op *op)
{
	struct story *story = context;

	(void)run;
	assert_true(story->ops < OPS_MAX);
	story->op[story->ops].number = op->number;
	story->op[story->ops].life = op->life;
	story->op[story->ops].offset = op->offset;
	story->op[story->ops].size_bytes = op->size_bytes;
	story->op[story->ops].kind = op->kind;
	story->op[story->ops].is_cut = op->cut != NULL;
	if (op->cut)
		story->op[story->ops].cut = *op->cut;
	story->op[story->ops].carried_out = op->carried_out;
	story->ops++;
}

static void story_life(void *context, const struct run *run)
{
	struct story *story = context;

	assert_true(story->lives < LIVES_MAX);
	story->life[story->lives].end = run->history.end;
	story->life[story->lives].cause = run->device.chip.cause;
	story->life[story->lives].weak_reads = run->faults.weak_reads;
	story->lives++;
}

static void story_report(void *context, const struct hal_report *report)
{
	((struct story *)context)->report = *report;
}

/* calls_max: of a life, 0: as it is. Free with story_free. */
static struct story *story_new(const struct run_scene *scene, const struct plan *plan,
			       uint32_t calls_max)
{
	struct story *story = calloc(1, sizeof(*story));
	struct run run;

	assert_non_null(story);
	run_open(&run, scene, plan);
	run.watch = (struct run_watch){.context = story,
				       .op_after = story_op,
				       .life_ends = story_life,
				       .reported = story_report};
	if (calls_max)
		run.faults.calls_max = calls_max;
	run_finish(&run, &story->verdict);
	flash_copy(&story->flash, &run.device.chip.flash);
	story->efuse = run.device.chip.efuse;
	run_close(&run);
	return story;
}

static void story_free(struct story *story)
{
	flash_close(&story->flash);
	free(story);
}

/* NULL if they agree, else in what they do not. */
static const char *story_differs(const struct story *a, const struct story *b)
{
	if (a->ops != b->ops || memcmp(a->op, b->op, sizeof(a->op)) != 0)
		return "ops";
	if (a->lives != b->lives || memcmp(a->life, b->life, sizeof(a->life)) != 0)
		return "lives";
	if (memcmp(&a->report, &b->report, sizeof(a->report)) != 0)
		return "last report";
	if (memcmp(a->verdict.rule, b->verdict.rule, sizeof(a->verdict.rule)) != 0 ||
	    a->verdict.first != b->verdict.first ||
	    strcmp(a->verdict.expectation, b->verdict.expectation) != 0)
		return "verdict";
	for (int i = 0; i < RULES; i++)
		if (strcmp(a->verdict.breaks[i].why, b->verdict.breaks[i].why) != 0)
			return "why a rule broke";
	if (!flash_equal(&a->flash, &b->flash))
		return "final flash";
	return memcmp(a->efuse.cell, b->efuse.cell, sizeof(a->efuse.cell)) ? "final eFuse" : NULL;
}

/* ---- the plans ---- */

static const struct plan_extent program_cuts[] = {
	{0}, {.all = true}, {.bytes = 1, .bits = 3}, {.weak = true}, {.bytes = 3}};
static const struct plan_extent erase_cuts[] = {
	{0},
	{.all = true},
	{.bytes = 100},
	{.bytes = 200, .back = true},
	{.all = true, .weak = true},
};
static const struct plan_extent burn_cuts[] = {{0}, {.all = true}, {.weak = true}};
static const struct plan_extent flush_cuts[] = {
	{.lost = 1}, {.bytes = 9, .lost = 1}, {.all = true}};

static const struct {
	const struct plan_extent *cuts;
	uint32_t count;
} cuts_of[KINDS] = {{program_cuts, 5}, {erase_cuts, 5}, {burn_cuts, 3}, {flush_cuts, 3}};

/* How many cases were compared, and how many of their cuts happened. */
struct tally {
	uint32_t scenarios, cases, fired, lives, ops;
};

static void compare(const struct run_scene *scene, const struct plan *plan, struct tally *tally)
{
	struct run_scene through = *scene;
	struct story *in_process, *on_mount;
	char text[PLAN_TEXT_BYTES];
	const char *differs;

	through.door = door;
	in_process = story_new(scene, plan, 0);
	on_mount = story_new(&through, plan, 0);
	differs = story_differs(in_process, on_mount);
	plan_print(plan, text);
	for (uint32_t i = 0; differs && i < in_process->lives; i++)
		print_message("life %u: %s, cause %d, %u weak reads; through FUSE %s, %d, %u\n",
			      i + 1, device_end_name(in_process->life[i].end),
			      in_process->life[i].cause, in_process->life[i].weak_reads,
			      device_end_name(on_mount->life[i].end), on_mount->life[i].cause,
			      on_mount->life[i].weak_reads);
	if (differs)
		fail_msg("%s@%s: the doors differ in their %s", scene->scenario->name, text,
			 differs);
	tally->cases++;
	tally->fired += on_mount->verdict.rule[RULE_FIRED] != BROKEN;
	tally->lives += on_mount->lives;
	tally->ops += on_mount->ops;
	story_free(in_process);
	story_free(on_mount);
}

static void compare_with(const struct run_scene *scene, const struct plan_fault *faults,
			 uint32_t count, struct tally *tally)
{
	struct plan plan = scene->scenario->faults.plan;

	for (uint32_t i = 0; i < count; i++)
		assert_int_equal(plan_add(&plan, &faults[i]), 0);
	compare(scene, &plan, tally);
}

/* The first, middle and last op of that kind: numbers, or 0. */
static void ops_of_kind(const struct story *story, enum inject_kind kind, uint32_t numbers[3])
{
	uint32_t count = 0, seen = 0;

	memset(numbers, 0, 3 * sizeof(numbers[0]));
	for (uint32_t i = 0; i < story->ops; i++)
		count += story->op[i].kind == kind;
	for (uint32_t i = 0; i < story->ops; i++) {
		if (story->op[i].kind != kind)
			continue;
		if (seen == 0)
			numbers[0] = story->op[i].number;
		if (seen == count / 2)
			numbers[1] = story->op[i].number;
		if (seen == count - 1)
			numbers[2] = story->op[i].number;
		seen++;
	}
}

/* Weak cells that read as before ever after, so that reads are numbered alike as well. */
static void compare_cut(const struct run_scene *scene, uint32_t op,
			const struct plan_extent *extent, struct tally *tally)
{
	struct plan_fault faults[] = {
		{.kind = PLAN_CUT, .op = op, .extent = *extent},
		{.kind = PLAN_WEAK, .life = 2, .choice = PLAN_MIX, .onward = true},
	};

	compare_with(scene, faults, extent->weak ? 2 : 1, tally);
}

/* every: each cut of each of those ops; else a few, others in the next scenario. */
static void compare_cuts(const struct run_scene *scene, const struct story *plain, bool every,
			 struct tally *tally)
{
	for (uint32_t kind = 0; kind < KINDS; kind++) {
		uint32_t numbers[3];

		ops_of_kind(plain, (enum inject_kind)kind, numbers);
		for (uint32_t i = 0; i < 3; i++) {
			uint32_t count = cuts_of[kind].count, one = (tally->scenarios + i) % count;

			for (uint32_t cut = 0; numbers[i] && cut < count; cut++)
				if (every || cut == one)
					compare_cut(scene, numbers[i], &cuts_of[kind].cuts[cut],
						    tally);
		}
	}
}

static void compare_scenario(const char *path, bool every, struct tally *tally)
{
	struct scenario *scenario = scenario_open(path);
	struct plan_fault flip = {.kind = PLAN_FLIP, .op = 5, .region = PLAN_SLOT_A, .offset = 300};
	struct run_scene scene;
	struct story *plain;
	char why[256];

	assert_non_null(scenario);
	if (scenario->fuse_not) {
		print_message("%s is not for FUSE: %s\n", scenario->name, scenario->fuse_not);
		scenario_close(scenario);
		return;
	}
	assert_int_equal(run_scene_open(&scene, scenario, device_reference(), why, sizeof(why)), 0);
	tally->scenarios++;
	plain = story_new(&scene, &scenario->faults.plan, 0);
	compare_with(&scene, NULL, 0, tally);
	compare_with(&scene, &flip, 1, tally);
	compare_cuts(&scene, plain, every, tally);
	story_free(plain);
	run_scene_close(&scene);
	scenario_close(scenario);
}

static void compare_all(const char *pattern, bool every, uint32_t expected)
{
	struct tally tally = {0};
	glob_t paths;

	assert_int_equal(glob(pattern, 0, NULL, &paths), 0);
	for (size_t i = 0; i < paths.gl_pathc; i++)
		compare_scenario(paths.gl_pathv[i], every, &tally);
	globfree(&paths);
	print_message("%s: %u scenarios, %u cases, %u with all their faults, %u lives, %u ops\n",
		      pattern, tally.scenarios, tally.cases, tally.fired, tally.lives, tally.ops);
	assert_true(tally.scenarios >= expected);
	assert_true(tally.fired > tally.cases / 2);
}

static void doors_agree_on_power(void **state)
{
	(void)state;
	compare_all("scenarios/1xx*/1[017]?-*.yaml", false, 5);
}

static void doors_agree_on_corruption(void **state)
{
	(void)state;
	compare_all("scenarios/2xx*/2[0-3]?-*.yaml", false, 5);
}

static void doors_agree_on_replay(void **state)
{
	(void)state;
	compare_all("scenarios/3xx*/3[0-3]?-*.yaml", false, 5);
}

static void doors_agree_on_forgery(void **state)
{
	(void)state;
	compare_all("scenarios/4xx*/4[0-3]?-*.yaml", false, 5);
}

static void doors_agree_on_the_network(void **state)
{
	(void)state;
	compare_all("scenarios/5xx*/5[0-2]?-*.yaml", false, 5);
}

/* Images that crash, hang and fail themselves; the jig's program; other algorithms. */
static void doors_agree_on_lifecycle(void **state)
{
	(void)state;
	compare_all("scenarios/6xx*/6[0-3]?-*.yaml", false, 5);
}

static void doors_agree_on_every_cut_of_a_sample(void **state)
{
	(void)state;
	compare_all("scenarios/1xx*/10[26]-*.yaml", true, 2);
}

static void doors_agree_on_firmware_that_hangs(void **state)
{
	static const struct plan none;
	struct run_scene scene, through;
	struct story *in_process, *on_mount;

	(void)state;
	fixture_scene("scenarios/1xx*/101-*.yaml", &scene);
	through = scene;
	through.door = door;
	in_process = story_new(&scene, &none, 400);
	on_mount = story_new(&through, &none, 400);
	assert_int_equal(in_process->life[0].end, DEVICE_HANG);
	assert_int_equal(on_mount->life[0].end, DEVICE_HANG);
	assert_int_equal(on_mount->verdict.rule[RULE_CONTAINED], BROKEN);
	story_free(in_process);
	story_free(on_mount);
	fixture_scene_end(&scene);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(doors_agree_on_firmware_that_hangs),
		cmocka_unit_test(doors_agree_on_power),
		cmocka_unit_test(doors_agree_on_corruption),
		cmocka_unit_test(doors_agree_on_replay),
		cmocka_unit_test(doors_agree_on_forgery),
		cmocka_unit_test(doors_agree_on_the_network),
		cmocka_unit_test(doors_agree_on_lifecycle),
		cmocka_unit_test(doors_agree_on_every_cut_of_a_sample),
	};
	int failed;

	if (fixture_no_fuse())
		return 0;
	(void)fixture_programs();
	if (fixture_mount(&door))
		return 1;
	failed = cmocka_run_group_tests_name("doors", tests, NULL, NULL);
	mount_close(&door);
	return failed;
}
