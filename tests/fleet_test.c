/* A fleet in virtual time: what may not show in its result, and each verdict, broken by hand. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/fleet/fleet_verdict.h"

#define GOOD  "scenarios/7xx-fleet/701-good-release.yaml"
#define CRASH "scenarios/7xx-fleet/702-crash-on-one-revision.yaml"
#define DEAF  "scenarios/7xx-fleet/703-deaf-release.yaml"
#define DIES  "scenarios/7xx-fleet/704-server-dies.yaml"
#define KEYS  "scenarios/7xx-fleet/705-fleet-key-rotation.yaml"
#define FIRST "scenarios/7xx-fleet/706-regions-first.yaml"

#define HOUR_S 3600u

struct trial {
	struct scenario *scenario;
	struct fleet_plan *plan;
	struct fleet_options options;
	struct fleet_result *result;
};

static struct trial trial_of(const char *path, uint32_t devices)
{
	struct trial trial = {.scenario = scenario_open(path),
			      .options = {.devices = devices, .jobs = 1, .seed = 1},
			      .result = calloc(1, sizeof(*trial.result))};

	assert_non_null(trial.scenario);
	assert_non_null(trial.result);
	trial.plan = trial.scenario->fleet;
	assert_non_null(trial.plan);
	return trial;
}

static uint64_t trial_run(struct trial *trial)
{
	uint64_t lived = 0;
	char why[512] = "";

	if (fleet_run(trial->scenario, device_reference(), &trial->options, trial->result, &lived,
		      why, sizeof(why)))
		fail_msg("%s", why);
	return lived;
}

static void trial_close(struct trial *trial)
{
	scenario_close(trial->scenario);
	free(trial->result);
}

static void assert_held(const struct trial *trial)
{
	for (int i = 0; i < FLEET_RULES_COUNT; i++)
		if (trial->result->verdict[i].broken)
			fail_msg("%s: %s: %s", trial->scenario->path,
				 fleet_rule_name((enum fleet_rule)i),
				 trial->result->verdict[i].why);
}

static void assert_broken(const struct trial *trial, enum fleet_rule rule, const char *why)
{
	const struct fleet_verdict *verdict = &trial->result->verdict[rule];

	assert_true(verdict->broken);
	if (!strstr(verdict->why, why))
		fail_msg("'%s', expected '%s' in it", verdict->why, why);
}

/* Half of all lives that write lose their power, so that few are alike. */
static struct trial trial_of_cuts(void)
{
	struct trial trial = trial_of(GOOD, 60);

	trial.plan->habits.cuts = ROLLOUT_SHARE / 2;
	trial.plan->habits.offline = trial.plan->habits.dropped = ROLLOUT_SHARE / 10;
	return trial;
}

static void lives_that_are_alike_are_lived_once_with_the_same_result(void **state)
{
	struct trial once = trial_of_cuts(), anew = trial_of_cuts();
	uint64_t lived_once = trial_run(&once), lived_anew;

	(void)state;
	anew.options.anew = true;
	lived_anew = trial_run(&anew);
	assert_true(once.result->cuts > 60);
	assert_true(lived_anew >= once.result->lives);
	assert_true(lived_once < lived_anew / 10);
	assert_memory_equal(once.result, anew.result, sizeof(*once.result));
	assert_held(&once);
	trial_close(&once);
	trial_close(&anew);
}

static void processes_do_not_show(void **state)
{
	struct trial one = trial_of_cuts(), other = trial_of_cuts();

	(void)state;
	(void)trial_run(&one);
	for (uint32_t jobs = 2; jobs <= 3; jobs++) {
		other.options.jobs = jobs;
		(void)trial_run(&other);
		assert_memory_equal(one.result, other.result, sizeof(*one.result));
	}
	other.options.seed = 2;
	(void)trial_run(&other);
	assert_true(one.result->cuts != other.result->cuts ||
		    one.result->bytes != other.result->bytes);
	trial_close(&one);
	trial_close(&other);
}

static void every_scenario_holds_with_other_seeds(void **state)
{
	static const char *const paths[] = {GOOD, CRASH, DEAF, DIES, KEYS, FIRST};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		struct trial trial = trial_of(paths[i], 1200);

		trial.options.seed = 7 + i;
		(void)trial_run(&trial);
		assert_held(&trial);
		trial_close(&trial);
	}
}

/* ---- a life ---- */

static const struct farm_life *live(struct farm *farm, const struct farm_key *key)
{
	uint32_t life = farm_want(farm, 0, key);

	if (life == FARM_NO_LIFE) {
		assert_int_equal(farm_live(farm), 0);
		life = farm_want(farm, 0, key);
	}
	return farm_life(farm, 0, life);
}

static void a_device_lives_from_state_to_state(void **state)
{
	struct scenario *scenario = scenario_open(GOOD);
	char why[256];
	struct farm *farm = farm_open(scenario, device_reference(), 1, why, sizeof(why));
	struct farm_key key = {.offered = 2};
	struct farm_life life, cut;

	(void)state;
	assert_non_null(farm);
	life = *live(farm, &key);
	assert_int_equal(life.end, DEVICE_RESET);
	assert_int_equal(life.running, 0);
	assert_true(life.asked && life.ops > 20 && life.bytes > 1700);
	assert_int_equal(life.reports, 1);
	assert_int_equal(life.before, 1);

	/* The download is cut, and goes on where it was. */
	key.cut = life.ops * 3 / 4;
	cut = *live(farm, &key);
	assert_int_equal(cut.end, DEVICE_CUT);
	assert_int_equal(cut.ops, life.ops * 3 / 4);
	assert_true(cut.next != life.next);
	cut = *live(farm, &(struct farm_key){.state = cut.next, .offered = 2});
	assert_int_equal(cut.end, DEVICE_RESET);
	assert_true(cut.ops < life.ops);

	/* The trial: it runs, is confirmed, tells so and asks, and there is nothing new. */
	life = *live(farm, &(struct farm_key){.state = life.next});
	assert_int_equal(life.end, DEVICE_IDLE);
	assert_int_equal(life.running, 1);
	assert_int_equal(life.report[0].confirmed, 2);
	assert_true(life.asked);
	/* At rest a life leaves the state that it found. */
	key = (struct farm_key){.state = life.next};
	life = *live(farm, &key);
	assert_int_equal(life.next, key.state);
	assert_int_equal(life.ops, 0);
	assert_int_equal(farm_lives(farm), 5);
	farm_close(farm);
	scenario_close(scenario);
}

static int turn_for_ever(struct hal *hal)
{
	volatile bool on = true;

	(void)hal;
	while (on)
		;
	return FW_OK;
}

/* The process that lives it is not the one that first asked for a clock. */
static void firmware_that_turns_for_ever_is_ended_in_any_process(void **state)
{
	struct scenario *scenario = scenario_open(GOOD);
	struct device_firmware turns = *device_reference();
	struct farm_key key = {0};
	struct farm *farm;
	char why[256];

	(void)state;
	turns.bootloader_run = turn_for_ever;
	farm = farm_open(scenario, &turns, 2, why, sizeof(why));
	assert_non_null(farm);
	assert_int_equal(live(farm, &key)->end, DEVICE_HANG);
	assert_true(live(farm, &key)->broken & 1 << RULE_CONTAINED);
	farm_close(farm);
	scenario_close(scenario);
}

/* ---- verdicts, broken ---- */

static void what_a_server_forgets_is_missed(void **state)
{
	struct trial trial = trial_of(DIES, 400);

	(void)state;
	(void)trial_run(&trial);
	assert_held(&trial);
	assert_int_equal(trial.result->book.outage_s / HOUR_S, 120);
	trial.plan->server.forgets_s = 200 * HOUR_S;
	(void)trial_run(&trial);
	assert_broken(&trial, FLEET_COUNTS, "update: ");
	trial_close(&trial);
}

static void a_rollout_without_limits_goes_beyond_its_stage(void **state)
{
	struct trial trial = trial_of(CRASH, 400);

	(void)state;
	trial.plan->rollouts[0].policy.limits.reverts = 0;
	trial.plan->rollouts[0].policy.limits.failed_boots = 0;
	(void)trial_run(&trial);
	assert_broken(&trial, FLEET_EXPECTED, "update ran on ");
	assert_false(trial.result->verdict[FLEET_WITHIN].broken);
	trial_close(&trial);
}

static void a_deaf_release_is_missed_where_silence_takes_too_long(void **state)
{
	struct trial trial = trial_of(DEAF, 1200);

	(void)state;
	trial.plan->rollouts[0].policy.limits.silence_hours = 72;
	(void)trial_run(&trial);
	assert_broken(&trial, FLEET_EXPECTED, "update ran on ");
	assert_broken(&trial, FLEET_CAUGHT, "do not run then1");
	trial_close(&trial);
}

static void a_rollout_that_is_never_resumed_leaves_stragglers(void **state)
{
	struct trial trial = trial_of(GOOD, 100);

	(void)state;
	trial.plan->orders[trial.plan->order_count++] =
		(struct fleet_order){.does = FLEET_PAUSE, .release = 1, .at_s = 400 * HOUR_S};
	(void)trial_run(&trial);
	assert_broken(&trial, FLEET_CAUGHT, "do not run update");
	assert_broken(&trial, FLEET_EXPECTED, "is paused, expected running");
	/* Nothing in what was reported is wrong for that. */
	assert_false(trial.result->verdict[FLEET_COUNTS].broken);
	trial_close(&trial);
}

static void a_key_that_nobody_revokes_stays_stolen(void **state)
{
	struct trial trial = trial_of(KEYS, 300);

	(void)state;
	/* The rogue mirror comes before the rotation. */
	trial.plan->rogue.from_s = 0;
	trial.plan->rollouts[0].at_s = 700 * HOUR_S;
	(void)trial_run(&trial);
	assert_broken(&trial, FLEET_EXPECTED, "rogue ran on ");
	trial_close(&trial);
}

/* A server that offers without regard to its stage, and devices that die. */
static void witnesses_break_what_no_honest_run_does(void **state)
{
	struct trial trial = trial_of(GOOD, 1000);
	struct farm_key key = {.offered = FARM_NOTHING};
	struct farm_life runs = {.end = DEVICE_IDLE, .running = 1, .reports = 1};
	struct farm_life dead = {.end = DEVICE_DEAD, .running = HISTORY_NOBODY};
	struct farm_life wrong = {.end = DEVICE_IDLE, .broken = 1 << RULE_WHOLE, .why = "a bit"};
	struct crowd crowd;
	struct control control;

	(void)state;
	crowd_open(&crowd, trial.plan, 1000, 1);
	control_open(&control, trial.scenario, &crowd, trial.result);
	control_step(&control, 0);
	for (uint32_t i = 0; i < 30; i++)
		fleet_witness(trial.scenario, &control, i, &key, &runs);
	assert_false(trial.result->verdict[FLEET_WITHIN].broken);
	fleet_witness(trial.scenario, &control, 29, &key, &runs);
	assert_false(trial.result->verdict[FLEET_WITHIN].broken);
	fleet_witness(trial.scenario, &control, 30, &key, &runs);
	assert_broken(&trial, FLEET_WITHIN, "update ran on 31 devices at hour ");

	memset(&trial.result->verdict[FLEET_WITHIN], 0, sizeof(struct fleet_verdict));
	trial.result->tally[1].ran = 0;
	control.book.rollouts[0].policy.stages[0].group.regions = 1u << crowd.device[31].region;
	fleet_witness(trial.scenario, &control, 31, &key, &runs);
	assert_false(trial.result->verdict[FLEET_WITHIN].broken);
	control.book.rollouts[0].policy.stages[0].group.regions = ~(1u << crowd.device[32].region);
	fleet_witness(trial.scenario, &control, 32, &key, &runs);
	assert_broken(&trial, FLEET_WITHIN, "device-32 at hour ");

	for (uint32_t i = 0; i < CROWD_DEAD; i++) {
		assert_false(trial.result->verdict[FLEET_ALIVE].broken);
		fleet_witness(trial.scenario, &control, 500, &key, &dead);
	}
	assert_broken(&trial, FLEET_ALIVE, "device-500 finds nothing to boot");
	assert_int_equal(trial.result->bricked, 1);
	assert_int_equal(control.running.of[0] + control.running.of[1], 999);

	fleet_witness(trial.scenario, &control, 600, &key, &wrong);
	assert_broken(&trial, FLEET_RULES, "device-600 at hour ");
	assert_broken(&trial, FLEET_RULES, "whole: a bit");
	control_close(&control);
	crowd_close(&crowd);
	trial_close(&trial);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(lives_that_are_alike_are_lived_once_with_the_same_result),
		cmocka_unit_test(processes_do_not_show),
		cmocka_unit_test(every_scenario_holds_with_other_seeds),
		cmocka_unit_test(a_device_lives_from_state_to_state),
		cmocka_unit_test(firmware_that_turns_for_ever_is_ended_in_any_process),
		cmocka_unit_test(what_a_server_forgets_is_missed),
		cmocka_unit_test(a_rollout_without_limits_goes_beyond_its_stage),
		cmocka_unit_test(a_deaf_release_is_missed_where_silence_takes_too_long),
		cmocka_unit_test(a_rollout_that_is_never_resumed_leaves_stragglers),
		cmocka_unit_test(a_key_that_nobody_revokes_stays_stolen),
		cmocka_unit_test(witnesses_break_what_no_honest_run_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
