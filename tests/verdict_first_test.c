/* Containment, faults that never happened, the first cause, excuses and expectations. */
#include "tests/verdict_fixture.h"

static void what_firmware_must_never_do_breaks_contained(void **state)
{
	for (uint32_t i = 0; i < 6; i++) {
		struct court *court = court_open(*state);
		bool foreign;

		live(court, 0, DEVICE_IDLE);
		if (i < 3)
			history_violation(&court->history, (enum flash_violation)(FLASH_RANGE + i),
					  8, 4);
		if (i == 3 || i == 4)
			live(court, 0, i == 3 ? DEVICE_HANG : DEVICE_TRAP);
		if (i == 5) {
			(void)history_jump(&court->history, &court->device,
					   &(struct hal_handover){.slot = 2}, 4, &foreign);
			assert_true(foreign);
		}
		breaks(court, RULE_CONTAINED);
		judged(court, RULE_BOOTS, NOT_JUDGED);
		judged(court, RULE_REVERTS, NOT_JUDGED);
		judged(court, RULE_SETTLES, NOT_JUDGED);
		court_close(court);
	}
	struct court *court = court_open(*state);
	live(court, 0, DEVICE_IDLE);
	history_violation(&court->history, FLASH_FINE, 0, 0);
	breaks(court, -1);
	court_close(court);
}

static void fault_that_never_happened_breaks_fired(void **state)
{
	struct court *court = court_open(*state);

	live(court, 0, DEVICE_IDLE);
	court->fired = false;
	breaks(court, RULE_FIRED);
	court_close(court);
}

/* One op, said to be cut so, over a flash of which this was really done; whether it shows. */
static bool shows(struct court *court, enum inject_kind kind, struct plan_extent claimed,
		  const struct flash_cut *done)
{
	static const uint8_t zeros[64];
	uint32_t offset = court->scenario->board.slot[1].offset, before = court->history.cuts_shown;
	struct inject_op op = {.number = 1,
			       .life = 1,
			       .kind = kind,
			       .offset = kind == INJECT_BURN ? 6 : offset,
			       .size_bytes = kind == INJECT_PROGRAM ? sizeof(zeros)
					     : kind == INJECT_ERASE ? 512
								    : 0,
			       .data = zeros,
			       .cut = &claimed,
			       .carried_out = true};
	struct flash *flash = &court->device.chip.flash;

	assert_int_equal(flash_erase(flash, offset), FW_OK);
	court->device.chip.efuse.cell[6] = EFUSE_INTACT;
	if (kind == INJECT_ERASE)
		put(court, 1, UPDATE);
	if (done && kind == INJECT_PROGRAM)
		assert_int_equal(flash_program_cut(flash, offset, zeros, sizeof(zeros), done),
				 FW_OK);
	if (done && kind == INJECT_ERASE)
		assert_int_equal(flash_erase_cut(flash, offset, done), FW_OK);
	if (done && kind == INJECT_BURN)
		assert_int_equal(
			efuse_burn_cut(&court->device.chip.efuse, 6, done->all, done->weak), FW_OK);
	history_op(&court->history, &court->device, &op);
	return court->history.cuts_shown == before + 1;
}

static void cut_that_was_only_claimed_does_not_show(void **state)
{
	static const struct {
		enum inject_kind kind;
		struct plan_extent claimed;
	} cases[] = {
		{INJECT_PROGRAM, {.bytes = 12}},
		{INJECT_PROGRAM, {.all = true}},
		{INJECT_PROGRAM, {.bytes = 4, .weak = true}},
		{INJECT_PROGRAM, {.bytes = 1, .bits = 4}},
		{INJECT_ERASE, {.bytes = 9}},
		{INJECT_ERASE, {.bytes = 9, .back = true}},
		{INJECT_ERASE, {.all = true, .weak = true}},
		{INJECT_ERASE, {.all = true}},
		{INJECT_BURN, {.weak = true}},
		{INJECT_BURN, {.all = true}},
	};
	struct court *court = court_open(*state);

	/* Image bytes to the sector's end, so that an erase of its end shows. */
	assert_true(court->scenario->releases[UPDATE].image_bytes >= 512);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		const struct plan_extent *extent = &cases[i].claimed;
		struct flash_cut done = {.bytes = extent->bytes,
					 .bits = extent->bits,
					 .all = extent->all,
					 .back = extent->back,
					 .weak = extent->weak};

		if (shows(court, cases[i].kind, *extent, NULL))
			fail_msg("case %zu shows though nothing happened", i);
		if (!shows(court, cases[i].kind, *extent, &done))
			fail_msg("case %zu does not show", i);
	}
	/* More happened than is claimed. */
	assert_false(shows(court, INJECT_PROGRAM, (struct plan_extent){.bytes = 12},
			   &(struct flash_cut){.all = true}));
	assert_false(shows(court, INJECT_PROGRAM, (struct plan_extent){0},
			   &(struct flash_cut){.bytes = 1}));
	court_close(court);
}

/* An injector that says that it cut op 1, and did so only if honest. */
static enum device_end forged_live(void *context, struct device *device, struct inject *faults,
				   const struct device_wiring *wiring)
{
	static const uint8_t zeros[64];
	const bool *honest = context;
	struct inject_op op = {.number = 1,
			       .life = 1,
			       .kind = INJECT_PROGRAM,
			       .offset = device->board.slot[1].offset,
			       .size_bytes = sizeof(zeros),
			       .data = zeros,
			       .cut = &faults->plan->faults[0].extent,
			       .carried_out = true};

	if (faults->op)
		return device_live(NULL, device, faults, wiring);
	faults->op = faults->fired = faults->fault_life = 1;
	if (*honest)
		assert_int_equal(flash_program_cut(&device->chip.flash, op.offset, zeros,
						   sizeof(zeros), &(struct flash_cut){.bytes = 12}),
				 FW_OK);
	faults->watch.op_after(faults->watch.context, &op);
	return DEVICE_CUT;
}

static void forged_cut_is_noticed(void **state)
{
	const struct plan plan = {.count = 1,
				  .faults = {{.kind = PLAN_CUT, .op = 1, .extent = {.bytes = 12}}}};
	struct court *court = court_open(*state);
	bool honest;

	court->scene.door = (struct run_door){.live = forged_live, .context = &honest};
	for (int i = 0; i < 2; i++) {
		honest = i;
		run_case(&court->scene, &plan, NULL, &court->verdict);
		judged(court, RULE_FIRED, honest ? HOLDS : BROKEN);
	}
	court_close(court);
}

static void attack_that_never_reached_the_device_breaks_fired(void **state)
{
	static const struct plan none;
	struct court *court = court_open(*state);

	court->scene.store.image_of = OLD;
	court->scene.store.offer_count = 0;
	run_case(&court->scene, &none, NULL, &court->verdict);
	judged(court, RULE_FIRED, BROKEN);
	court->scene.store.image_of = ATTACKER_NONE;
	run_case(&court->scene, &none, NULL, &court->verdict);
	judged(court, RULE_FIRED, HOLDS);
	court_close(court);
}

static void what_broke_first_by_life_and_op_is_named(void **state)
{
	struct court *court = court_open(*state);

	live(court, 0, DEVICE_IDLE);
	history_broke(&court->history, RULE_HONEST, 7, "later");
	history_broke(&court->history, RULE_FORWARD, 6, "first in this life");
	history_broke(&court->history, RULE_FORWARD, 2, "not heard again");
	verdict_judge(&court->verdict, &court->history, &court->device, true, true);
	assert_int_equal(court->verdict.first, RULE_FORWARD);
	assert_string_equal(court->verdict.breaks[RULE_FORWARD].why, "first in this life");
	live(court, 0, DEVICE_IDLE);
	history_broke(&court->history, RULE_CONTAINED, 1, "a life later");
	verdict_judge(&court->verdict, &court->history, &court->device, true, true);
	assert_int_equal(court->verdict.first, RULE_FORWARD);
	court_close(court);
	/* What only the end shows comes after all that was seen. */
	court = court_open(*state);
	live(court, 0, DEVICE_IDLE);
	court->quiet = false;
	history_broke(&court->history, RULE_HONEST, 99, "seen");
	verdict_judge(&court->verdict, &court->history, &court->device, true, false);
	judged(court, RULE_SETTLES, BROKEN);
	assert_int_equal(court->verdict.first, RULE_HONEST);
	court_close(court);
}

static void rule_that_is_not_judged_is_no_first_cause(void **state)
{
	struct court *court = court_open(*state);

	live(court, 0, DEVICE_IDLE);
	history_broke(&court->history, RULE_WHOLE, 1, "first");
	history_broke(&court->history, RULE_TRUSTED, 2, "its ground");
	verdict_judge(&court->verdict, &court->history, &court->device, true, true);
	judged(court, RULE_WHOLE, NOT_JUDGED);
	assert_int_equal(court->verdict.first, RULE_TRUSTED);
	court_close(court);
}

static void scenario_can_excuse_a_rule_and_no_other(void **state)
{
	struct court *court = court_open(*state);

	live(court, 0, DEVICE_IDLE);
	history_broke(&court->history, RULE_HONEST, 1, "x");
	breaks(court, RULE_HONEST);
	court->scenario->may_break[RULE_FORWARD] = strdup("why not");
	breaks(court, RULE_HONEST);
	court->scenario->may_break[RULE_HONEST] = strdup("why not");
	verdict_judge(&court->verdict, &court->history, &court->device, true, true);
	judged(court, RULE_HONEST, BROKEN);
	assert_true(verdict_good(&court->verdict, court->scenario));
	/* An expectation that fails is no rule, and has no excuse. */
	court->scenario->expect.has_counter = true;
	court->scenario->expect.counter = 2;
	verdict_judge(&court->verdict, &court->history, &court->device, true, true);
	assert_false(verdict_good(&court->verdict, court->scenario));
	court_close(court);
}

static void expectations_that_do_not_come_true_fail(void **state)
{
	for (uint32_t i = 0; i < 10; i++) {
		struct court *court = court_open(*state);
		struct scenario_expect *expect = &court->scenario->expect;
		struct hal_report report = report_of(court, FACTORY, 0);
		bool true_one = i % 2;

		live(court, 0, DEVICE_IDLE);
		report.refused = FW_ERR_MANIFEST_CLASS;
		report.sequence_given_up = 7;
		court->history.tampered = true;
		expect->has_counter = i / 2 == 0;
		expect->counter = true_one ? 1 : 0;
		expect->has_revoked = i / 2 == 1;
		expect->revoked = true_one ? 0 : 1;
		expect->has_secure_boot = i / 2 == 2;
		expect->secure_boot = true_one;
		expect->has_refused = i / 2 == 3;
		expect->refused = true_one ? FW_ERR_MANIFEST_CLASS : FW_ERR_MANIFEST_VENDOR;
		expect->has_given_up = i / 2 == 4;
		expect->given_up = true_one ? 7 : 6;
		history_report(&court->history, &court->device, &report, 0);
		verdict_judge(&court->verdict, &court->history, &court->device, true, true);
		assert_int_equal(court->verdict.expectation_failed, !true_one);
		assert_int_equal(verdict_good(&court->verdict, court->scenario), true_one);
		court_close(court);
	}
}

static void quiet_lives_count_from_the_last_op_or_fault(void **state)
{
	struct court *court = court_open(*state);

	live(court, 0, DEVICE_IDLE);
	live(court, 0, DEVICE_IDLE);
	assert_int_equal(court->history.quiet, 2);
	history_life_begin(&court->history, &court->device);
	court->history.running = FACTORY;
	history_life_end(&court->history, DEVICE_IDLE, true);
	assert_int_equal(court->history.quiet, 0);
	live(court, 0, DEVICE_IDLE);
	assert_int_equal(court->history.quiet, 1);
	/* Another image runs: the count begins anew. */
	put(court, 1, UPDATE);
	live(court, 1, DEVICE_IDLE);
	assert_int_equal(court->history.quiet, 1);
	live(court, 1, DEVICE_RESET);
	assert_int_equal(court->history.quiet, 0);
	court_close(court);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_firmware_must_never_do_breaks_contained),
		cmocka_unit_test(fault_that_never_happened_breaks_fired),
		cmocka_unit_test(cut_that_was_only_claimed_does_not_show),
		cmocka_unit_test(forged_cut_is_noticed),
		cmocka_unit_test(attack_that_never_reached_the_device_breaks_fired),
		cmocka_unit_test(what_broke_first_by_life_and_op_is_named),
		cmocka_unit_test(rule_that_is_not_judged_is_no_first_cause),
		cmocka_unit_test(scenario_can_excuse_a_rule_and_no_other),
		cmocka_unit_test(expectations_that_do_not_come_true_fail),
		cmocka_unit_test(quiet_lives_count_from_the_last_op_or_fault),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
