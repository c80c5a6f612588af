/* The bootloader: which slot it boots, what an attempt costs, when a release is given up. */
#include "tests/case_fixture.h"

#define OLD	   "releases: [{name: old, version: 0.9.0, security: 1, size: 900, header: 32}]\n"
#define NO_BOOTCTL "erase=0:bootctl_0,erase=0:bootctl_1,erase=0:bootctl_2"

static const char healthy[] =
	CASE_YAML CASE_FACTORY "update: {version: 1.1.0, security: 2, size: 1100, header: 32}\n"
			       "expect: {version: 1.1.0, counter: 2}\n";

/* A scenario whose update behaves so, on a device that gives it so many attempts. */
static struct trial *open_bad(struct fixture *fixture, const char *behaviour, uint32_t attempts)
{
	(void)snprintf(fixture->text, sizeof(fixture->text),
		       CASE_YAML "  attempts: %u\n" CASE_FACTORY
				 "update: {version: 1.1.0, security: 2, size: 1100, header: 32, "
				 "behaviour: %s}\n"
				 "expect: {version: 1.0.0, counter: 1, given_up: 2}\n",
		       attempts, behaviour);
	return trial_open(fixture, fixture->text);
}

/* The first life in which slot B is booted. */
static uint32_t first_life_of_b(const struct trial *trial)
{
	return trial->events[trial_says(trial, 0, "boots slot B")].life;
}

static void attempt_is_stored_before_the_jump(void **state)
{
	struct trial *trial = open_bad(*state, "crash", 3);
	uint32_t life, boots;

	trial_run(trial, "none");
	boots = trial_says(trial, 0, "boots slot B");
	life = first_life_of_b(trial);
	assert_int_equal(trial->life[life].end, DEVICE_RESET);
	assert_int_equal(trial->life[life].ctl_err, FW_OK);
	assert_int_equal(trial->life[life].ctl.pending, 1);
	assert_int_equal(trial->life[life].ctl.attempts, 2);
	assert_true(trial->life[life].ctl.trying);
	/* Its image crashes at once, so all that was written in this life came before the jump. */
	assert_true(trial->life[life].ops > 0);
	assert_true(trial_next_op(trial, 0, NULL) < boots);
	assert_true(trial_in_bootctl(trial, &trial->events[boots - 1]));
	assert_int_equal(trial->events[boots - 1].life, life);
	trial_close(trial);
}

static void bad_image_gets_exactly_its_attempts(void **state)
{
	static const char *const behaviours[] = {"crash", "hang", "self-test-fails"};

	for (size_t i = 0; i < sizeof(behaviours) / sizeof(behaviours[0]); i++) {
		for (uint32_t attempts = 1; attempts <= 4; attempts++) {
			struct trial *trial = open_bad(*state, behaviours[i], attempts);
			uint32_t starts = 0;

			trial_run(trial, "none");
			for (uint32_t life = 1; life <= trial->lives; life++)
				starts += trial->life[life].slot == 1 &&
					  trial->life[life].running == 1;
			assert_int_equal(starts, attempts);
			assert_int_equal(trial->run.history.starts[1], attempts);
			assert_int_equal(trial->life[trial->lives].running, 0);
			assert_int_equal(trial->life[trial->lives].ctl.pending, BOOTCTL_NONE);
			assert_int_equal(trial->life[trial->lives].ctl.sequence_given_up, 2);
			trial_good(trial);
			trial_close(trial);
		}
	}
}

static void release_given_up_is_not_fetched_again(void **state)
{
	struct trial *trial = open_bad(*state, "crash", 2);
	const struct hal_region *slot = &trial->scenario->board.slot[1];
	uint32_t given_up;

	trial_run(trial, "none");
	given_up = trial_says(trial, 0, "given up");
	assert_true(trial_ops(trial, 0, given_up, slot) > 0);
	assert_int_equal(trial_ops(trial, given_up, trial->count, slot), 0);
	assert_int_equal(trial->run.history.report.refused, FW_ERR_MANIFEST_GIVEN_UP);
	assert_int_equal(trial->run.history.report.sequence_given_up, 2);
	trial_close(trial);
}

/* Each of these cuts takes the power from the image on trial, more often than it has attempts. */
static void power_loss_gives_the_attempt_back(void **state)
{
	struct trial *trial = trial_open(*state, healthy);
	uint32_t attempts = trial->scenario->board.attempts, first, op;
	char plan[PLAN_TEXT_BYTES] = "";

	trial_run(trial, "none");
	first = trial->events[trial_next_op(trial, trial_says(trial, 0, "boots slot B"), NULL)]
			.op.number;
	for (op = first; op < first + attempts + 3; op++) {
		size_t used = strlen(plan);

		(void)snprintf(plan + used, sizeof(plan) - used, "%scut=%u+0", used ? "," : "", op);
	}
	trial_run(trial, plan);
	trial_good(trial);
	for (uint32_t life = first_life_of_b(trial); trial->life[life].end == DEVICE_CUT; life++) {
		assert_int_equal(trial->life[life].running, 1);
		assert_int_equal(trial->life[life].ctl.attempts, attempts - 1);
	}
	assert_int_equal(trial->run.history.cuts, attempts + 3);
	trial_close(trial);
}

/* A crash after a loss of power spends what was given back, no more. */
static void crash_after_power_loss_spends_one_attempt(void **state)
{
	struct trial *trial = open_bad(*state, "self-test-fails", 3);
	uint32_t life, attempt;
	char plan[64];

	/* The attempt is stored, and the power goes with the return of its last op. */
	trial_run(trial, "none");
	attempt = trial->events[trial_says(trial, 0, "boots slot B") - 1].op.number;
	life = first_life_of_b(trial);
	(void)snprintf(plan, sizeof(plan), "cut=%u+all", attempt);
	trial_run(trial, plan);
	assert_int_equal(trial->life[life].end, DEVICE_CUT);
	assert_int_equal(trial->life[life].ctl.attempts, 2);
	assert_int_equal(trial->life[life + 1].ctl.attempts, 2);
	assert_int_equal(trial->life[life + 1].end, DEVICE_RESET);
	assert_int_equal(trial->life[life + 2].ctl.attempts, 1);
	assert_int_equal(trial->run.history.starts[1], 3);
	trial_good(trial);
	trial_close(trial);
}

static void slot_that_does_not_verify_is_passed_over_at_no_cost(void **state)
{
	struct trial *trial = trial_open(*state, healthy);
	uint32_t marked, life, passed, boots;
	char plan[64];

	trial_run(trial, "none");
	boots = trial_says(trial, 0, "boots slot B");
	life = trial->events[boots].life;
	for (marked = boots; trial->events[marked].life == life; marked--)
		;
	while (trial->events[marked].kind != EVENT_OP)
		marked--;
	(void)snprintf(plan, sizeof(plan), "flip=%u:slot_b:0x40.0",
		       trial->events[marked].op.number);
	trial_run(trial, plan);
	passed = trial_says(trial, 0, "slot B is passed over");
	boots = trial_says(trial, passed, "boots slot A");
	assert_int_equal(trial->events[passed].life, life);
	assert_int_equal(trial->events[boots].life, life);
	for (uint32_t i = marked; i < boots; i++)
		assert_false(trial->events[i].life == life && trial->events[i].kind == EVENT_OP);
	/* Fetched again, and with all its attempts. */
	life = first_life_of_b(trial);
	boots = trial_says(trial, 0, "boots slot B");
	assert_true(trial_said(trial, passed, "marks slot B pending") < (int)boots);
	trial_good(trial);
	trial_close(trial);
}

static void without_bootctl_the_highest_version_is_tried_first(void **state)
{
	struct trial *trial = trial_open(*state, CASE_YAML CASE_FACTORY OLD);
	uint32_t confirmed;

	/* B holds the lower one. */
	trial_run(trial, "write=0:slot_b:old," NO_BOOTCTL);
	assert_int_equal(trial->life[1].running, 0);
	assert_true(trial_says(trial, 0, "on trial") < trial_says(trial, 0, "boots slot A"));
	confirmed = trial_says(trial, 0, "is confirmed");
	assert_true(trial_says(trial, 0, "boots slot A") < confirmed);
	assert_int_equal(trial->life[1].ctl.active, 0);
	trial_good(trial);
	/* ... and not the first slot: A holds the lower one. */
	trial_run(trial, "write=0:slot_a:old,write=0:slot_b:factory," NO_BOOTCTL);
	assert_int_equal(trial->life[1].running, 0);
	assert_int_equal(trial->life[1].slot, 1);
	assert_int_equal(trial->life[1].ctl.active, 1);
	trial_good(trial);
	/* Of one that does not verify, no version counts. */
	trial_run(trial, "write=0:slot_b:old,flip=0:slot_a:0x50.1," NO_BOOTCTL);
	assert_int_equal(trial->life[1].running, 1);
	assert_int_equal(trial->life[1].ctl.active, 1);
	trial_good(trial);
	trial_close(trial);
}

static void without_bootctl_the_image_is_on_trial_until_it_confirms(void **state)
{
	static const char yaml[] = CASE_YAML
		"factory: {version: 0.9.0, security: 1, size: 1000, header: 32}\n"
		"releases: [{name: bad, version: 2.0.0, security: 1, size: 900, header: 32,\n"
		"            behaviour: self-test-fails}]\n";
	struct trial *trial = trial_open(*state, yaml);

	trial_run(trial, "write=0:slot_b:bad," NO_BOOTCTL);
	assert_int_equal(trial->life[1].running, 1);
	assert_int_equal(trial->life[1].ctl.active, BOOTCTL_NONE);
	assert_int_equal(trial->life[1].ctl.pending, 1);
	assert_int_equal(trial->run.history.starts[1], trial->scenario->board.attempts);
	assert_int_equal(trial->life[trial->lives].running, 0);
	trial_good(trial);
	trial_close(trial);
}

/* The same with the bad image in slot A: it must give way to B. */
static void without_bootctl_a_bad_image_gives_way_whichever_its_slot(void **state)
{
	static const char yaml[] = CASE_YAML
		"factory: {version: 0.9.0, security: 1, size: 1000, header: 32}\n"
		"releases: [{name: bad, version: 2.0.0, security: 1, size: 900, header: 32,\n"
		"            behaviour: crash}]\n";
	struct trial *trial = trial_open(*state, yaml);

	trial_run(trial, "write=0:slot_a:bad,write=0:slot_b:factory," NO_BOOTCTL);
	assert_int_equal(trial->life[1].running, 1);
	assert_int_equal(trial->life[trial->lives].running, 0);
	trial_good(trial);
	trial_close(trial);
}

static void nothing_that_verifies_is_nothing_to_boot(void **state)
{
	struct trial *trial = trial_open(*state, CASE_YAML CASE_FACTORY);

	trial_run(trial, "flip=0:slot_a:0x50.1");
	assert_int_equal(trial->life[1].end, DEVICE_DEAD);
	assert_int_equal(trial->life[1].ops, 0);
	assert_int_equal(trial->verdict.rule[RULE_BOOTS], BROKEN);
	trial_run(trial, "flip=0:slot_a:0x50.1," NO_BOOTCTL);
	assert_int_equal(trial->life[1].end, DEVICE_DEAD);
	assert_int_equal(trial->life[1].ops, 0);
	trial_close(trial);
}

static void active_slot_that_rots_gives_way_to_the_other(void **state)
{
	struct trial *trial = trial_open(*state, CASE_YAML CASE_FACTORY OLD);

	trial_run(trial, "write=0:slot_b:old,flip=0:slot_a:0x50.1");
	assert_int_equal(trial->life[1].running, 1);
	assert_true(trial_says(trial, 0, "on trial") < trial_says(trial, 0, "is confirmed"));
	assert_int_equal(trial->life[1].ctl.active, 1);
	trial_good(trial);
	trial_close(trial);
}

static void nothing_below_the_counter_is_booted(void **state)
{
	struct trial *trial =
		trial_open(*state, CASE_YAML
			   "factory: {version: 1.0.0, security: 2, size: 1000, header: 32}\n" OLD);

	trial_run(trial, "write=0:slot_b:old,flip=0:slot_a:0x50.1");
	assert_int_equal(trial->life[1].end, DEVICE_DEAD);
	trial_says(trial, 0, "slot B is passed over");
	trial_run(trial, "write=0:slot_b:old," NO_BOOTCTL);
	assert_int_equal(trial->life[1].running, 0);
	trial_close(trial);
}

/* Of two slots one verifies: that one is on trial, with its attempts. */
static void without_bootctl_the_slot_that_verifies_is_on_trial(void **state)
{
	static const char *const plans[] = {
		"write=0:slot_a:bad,write=0:slot_b:factory,flip=0:slot_b:0x50.1," NO_BOOTCTL,
		"write=0:slot_b:bad,flip=0:slot_a:0x50.1," NO_BOOTCTL,
	};
	struct trial *trial =
		trial_open(*state, CASE_YAML CASE_FACTORY
			   "releases: [{name: bad, version: 0.9.0, security: 1, size: 900, header: "
			   "32,\n            behaviour: crash}]\n");

	for (uint32_t slot = 0; slot < 2; slot++) {
		trial_run(trial, plans[slot]);
		assert_int_equal(trial->life[1].slot, slot);
		assert_int_equal(trial->life[1].ctl_err, FW_OK);
		assert_int_equal(trial->life[1].ctl.active, BOOTCTL_NONE);
		assert_int_equal(trial->life[1].ctl.pending, slot);
		assert_int_equal(trial->life[1].ctl.attempts, 2);
		/* Then the other one has its turn, with attempts of its own, and none verifies. */
		assert_int_equal(trial->life[4].ctl.pending, 1 - slot);
		assert_int_equal(trial->life[4].ctl.attempts, 3);
	}
	trial_close(trial);
}

/* Whoever writes bootctl may say that nothing is pending and is being tried. */
static void meddle_nothing_pending(struct trial *trial, uint32_t life)
{
	struct bootctl ctl;

	if (life != 1)
		return;
	assert_int_equal(bootctl_load(&trial->run.device.chip.hal, &ctl), FW_OK);
	ctl.trying = true;
	ctl.sequence_pending = 9;
	assert_int_equal(bootctl_save(&trial->run.device.chip.hal, &ctl), FW_OK);
	trial->run.device.chip.cause = HAL_RESET_SOFTWARE;
}

static void nothing_pending_is_nothing_to_give_up(void **state)
{
	struct trial *trial = trial_open(*state, CASE_YAML CASE_FACTORY OLD);

	trial->meddle = meddle_nothing_pending;
	trial_run(trial, "none");
	assert_int_equal(trial->life[1].running, 0);
	assert_int_equal(trial->life[1].ops, 0);
	assert_int_equal(trial->life[1].ctl.sequence_given_up, 0);
	trial_close(trial);
}

/* ... or that an image is pending that has no attempts left. */
static void meddle_no_attempts(struct trial *trial, uint32_t life)
{
	struct bootctl ctl;

	if (life != 1)
		return;
	assert_int_equal(bootctl_load(&trial->run.device.chip.hal, &ctl), FW_OK);
	ctl.pending = 1;
	ctl.attempts = 0;
	ctl.sequence_pending = 9;
	assert_int_equal(bootctl_save(&trial->run.device.chip.hal, &ctl), FW_OK);
	trial->run.device.chip.cause = HAL_RESET_SOFTWARE;
}

static void pending_slot_without_attempts_is_passed_over(void **state)
{
	struct trial *trial = trial_open(*state, CASE_YAML CASE_FACTORY OLD);

	trial->meddle = meddle_no_attempts;
	trial_run(trial, "write=0:slot_b:old");
	assert_int_equal(trial->life[1].running, 0);
	assert_int_equal(trial->life[1].ctl.pending, BOOTCTL_NONE);
	assert_int_equal(trial->life[1].ctl.sequence_given_up, 0);
	trial_close(trial);
}

/* A device whose RAM is smaller than its slots runs nothing, and writes nothing behind its RAM. */
static void slot_larger_than_ram_is_passed_over(void **state)
{
	struct trial *trial = trial_open(*state, CASE_YAML "  execute: ram\n" CASE_FACTORY);
	struct hal_board *board = &trial->run.device.board;
	uint8_t *whole = board->ram, *half = malloc(board->ram_bytes / 2);

	assert_non_null(half);
	board->ram = half;
	board->ram_bytes /= 2;
	run_life(&trial->run);
	assert_int_equal(trial->run.history.end, DEVICE_DEAD);
	board->ram = whole;
	board->ram_bytes *= 2;
	free(half);
	trial_close(trial);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attempt_is_stored_before_the_jump),
		cmocka_unit_test(bad_image_gets_exactly_its_attempts),
		cmocka_unit_test(release_given_up_is_not_fetched_again),
		cmocka_unit_test(power_loss_gives_the_attempt_back),
		cmocka_unit_test(crash_after_power_loss_spends_one_attempt),
		cmocka_unit_test(slot_that_does_not_verify_is_passed_over_at_no_cost),
		cmocka_unit_test(without_bootctl_the_highest_version_is_tried_first),
		cmocka_unit_test(without_bootctl_the_image_is_on_trial_until_it_confirms),
		cmocka_unit_test(without_bootctl_a_bad_image_gives_way_whichever_its_slot),
		cmocka_unit_test(nothing_that_verifies_is_nothing_to_boot),
		cmocka_unit_test(active_slot_that_rots_gives_way_to_the_other),
		cmocka_unit_test(nothing_below_the_counter_is_booted),
		cmocka_unit_test(without_bootctl_the_slot_that_verifies_is_on_trial),
		cmocka_unit_test(nothing_pending_is_nothing_to_give_up),
		cmocka_unit_test(pending_slot_without_attempts_is_passed_over),
		cmocka_unit_test(slot_larger_than_ram_is_passed_over),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
