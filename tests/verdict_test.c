/*
 * What breaks each rule: made-up events break the one that they should and no other, and rules that
 * lost their ground are not judged.
 */
#include "tests/verdict_fixture.h"

static void quiet_device_with_its_factory_image_breaks_nothing(void **state)
{
	struct court *court = court_open(*state);
	struct hal_report report = report_of(court, FACTORY, 0);

	assert_int_equal(live(court, 0, DEVICE_IDLE), BEHAVIOUR_HEALTHY);
	history_report(&court->history, &court->device, &report, 0);
	breaks(court, -1);
	for (int i = 0; i < RULES; i++)
		judged(court, (enum rule)i, HOLDS);
	assert_false(court->verdict.expectation_failed);
	court_close(court);
}

/* ---- trusted, whole ---- */

static void image_without_trust_breaks_trusted(void **state)
{
	struct court *court = court_open(*state);

	put(court, 1, FORGED);
	live(court, 1, DEVICE_IDLE);
	breaks(court, RULE_TRUSTED);
	judged(court, RULE_WHOLE, NOT_JUDGED);
	judged(court, RULE_SETTLES, NOT_JUDGED);
	court_close(court);
}

static void image_of_a_revoked_key_breaks_trusted(void **state)
{
	struct court *court = court_open(*state);

	put(court, 1, UPDATE);
	burn(court, HAL_EFUSE_REVOKE(&court->scenario->board) + 1, 5);
	live(court, 0, DEVICE_IDLE);
	breaks(court, -1);
	live(court, 1, DEVICE_IDLE);
	breaks(court, RULE_TRUSTED);
	court_close(court);
}

static void bytes_of_no_release_break_trusted(void **state)
{
	struct court *court = court_open(*state);
	struct hal_handover handover = {.slot = 1};
	bool foreign = false;

	history_life_begin(&court->history, &court->device);
	(void)history_jump(&court->history, &court->device, &handover, 9, &foreign);
	history_life_end(&court->history, DEVICE_IDLE, false);
	assert_true(foreign);
	breaks(court, RULE_TRUSTED);
	assert_int_equal(court->verdict.breaks[RULE_TRUSTED].op, 9);
	court_close(court);
}

static void one_flipped_bit_breaks_whole(void **state)
{
	struct court *court = court_open(*state);
	uint32_t last = court->scenario->releases[FACTORY].image_bytes - 1;

	flash_flip(&court->device.chip.flash, court->scenario->board.slot[0].offset + last, 0);
	live(court, 0, DEVICE_IDLE);
	breaks(court, RULE_WHOLE);
	judged(court, RULE_SETTLES, NOT_JUDGED);
	court_close(court);
}

static void bytes_that_do_not_hold_break_whole(void **state)
{
	struct court *court = court_open(*state);
	uint32_t offset = court->scenario->board.slot[1].offset;
	const struct scenario_release *release = &court->scenario->releases[OLD];
	uint8_t unit[64];

	put(court, 1, OLD);
	assert_int_equal(flash_erase(&court->device.chip.flash, offset), FW_OK);
	for (uint32_t at = 0; at < 512; at += sizeof(unit)) {
		memcpy(unit, release->image + at, sizeof(unit));
		assert_int_equal(at ? flash_program(&court->device.chip.flash, offset + at, unit,
						    sizeof(unit))
				    : flash_program_cut(
					      &court->device.chip.flash, offset, unit, sizeof(unit),
					      &(struct flash_cut){.bytes = 60, .weak = true}),
				 FW_OK);
	}
	assert_true(flash_holds(&court->device.chip.flash, offset, release->image,
				release->image_bytes));
	live(court, 1, DEVICE_IDLE);
	verdict_judge(&court->verdict, &court->history, &court->device, true, true);
	judged(court, RULE_WHOLE, BROKEN);
	court_close(court);
}

/* ---- forward, reachable ---- */

static void image_below_the_counter_breaks_forward(void **state)
{
	struct court *court = court_open(*state);

	put(court, 1, UPDATE);
	burn(court, 1, 3);
	assert_int_equal(court->history.counter, 2);
	live(court, 0, DEVICE_IDLE);
	breaks(court, RULE_FORWARD);
	court_close(court);
}

static void counter_that_goes_down_breaks_forward(void **state)
{
	struct court *court = court_open(*state);

	live(court, 0, DEVICE_IDLE);
	breaks(court, -1);
	efuse_flip(&court->device.chip.efuse, 0);
	efuse_flip(&court->device.chip.efuse, 1);
	live(court, 0, DEVICE_IDLE);
	breaks(court, RULE_FORWARD);
	court_close(court);
}

/* Release old has sequence 1; a release of sequence 2 was reported as confirmed before. */
static void confirm_two_then_install_one(struct court *court, bool tampered)
{
	struct hal_report report = report_of(court, FACTORY, 0);

	court->history.tampered = tampered;
	live(court, 0, DEVICE_IDLE);
	report.sequence_confirmed = 2;
	history_report(&court->history, &court->device, &report, 0);
	history_delivered(&court->history, OLD, true); /* a manifest alone installs nothing */
	put(court, 1, OLD);
	verdict_judge(&court->verdict, &court->history, &court->device, true, true);
	judged(court, RULE_FORWARD, HOLDS);
	history_delivered(&court->history, OLD, false);
	live(court, 1, DEVICE_IDLE);
}

static void older_release_installed_breaks_forward_unless_tampered(void **state)
{
	struct court *court = court_open(*state);

	confirm_two_then_install_one(court, false);
	verdict_judge(&court->verdict, &court->history, &court->device, true, true);
	judged(court, RULE_FORWARD, BROKEN);
	court_close(court);
	court = court_open(*state);
	confirm_two_then_install_one(court, true);
	verdict_judge(&court->verdict, &court->history, &court->device, true, true);
	judged(court, RULE_FORWARD, HOLDS);
	court_close(court);
}

static void burn_that_strands_the_device_breaks_reachable(void **state)
{
	struct court *court = court_open(*state);

	/* Weak cells count as burnt: two of three are enough. */
	assert_int_equal(efuse_burn_cut(&court->device.chip.efuse, 3, false, true), FW_OK);
	assert_int_equal(efuse_burn_cut(&court->device.chip.efuse, 4, false, true), FW_OK);
	history_life_begin(&court->history, &court->device);
	history_op(&court->history, &court->device,
		   &(struct inject_op){
			   .kind = INJECT_BURN, .number = 4, .offset = 4, .carried_out = true});
	history_life_end(&court->history, DEVICE_DEAD, false);
	breaks(court, RULE_REACHABLE);
	judged(court, RULE_BOOTS, NOT_JUDGED);
	judged(court, RULE_SETTLES, NOT_JUDGED);
	judged(court, RULE_REVERTS, NOT_JUDGED);
	court_close(court);
	/* With an image for it in the other slot, it is a burn like any other. */
	court = court_open(*state);
	put(court, 1, UPDATE);
	burn(court, 1, 3);
	assert_false(court->history.breaks[RULE_REACHABLE].broken);
	/* Its key is revoked then. */
	burn(court, HAL_EFUSE_REVOKE(&court->scenario->board) + 1, 6);
	assert_true(court->history.breaks[RULE_REACHABLE].broken);
	court_close(court);
}

/* ---- honest ---- */

static void lies_break_honest(void **state)
{
	for (uint32_t lie = 0; lie < 9; lie++) {
		struct court *court = court_open(*state);
		struct hal_report report = report_of(court, FACTORY, 0);

		live(court, 0, DEVICE_IDLE);
		report.sequence_confirmed = 1;
		history_report(&court->history, &court->device, &report, 0);
		report.version.minor += lie == 0;
		report.slot += lie == 1;
		report.security_counter += lie == 2;
		report.security_counter -= lie == 3;
		report.sequence_given_up = lie == 4 ? 7 : 0;
		report.sequence_confirmed -= lie == 5;
		report.revoked |= lie == 6;
		report.revoked |= lie == 7 ? 1u << 31 : 0;
		report.sequence_refused = lie == 8;
		history_report(&court->history, &court->device, &report, 8);
		breaks(court, RULE_HONEST);
		assert_int_equal(court->verdict.breaks[RULE_HONEST].op, 8);
		court_close(court);
	}
}

/* The manifest of OLD, number 1, came, and none other. */
static void refusal_names_what_came(void **state)
{
	static const struct {
		int reason;
		uint64_t sequence;
		bool lie;
	} refusals[] = {
		{FW_ERR_IMAGE_HASH, 1, false},
		{FW_ERR_IMAGE_HASH, 2, true},
		{FW_ERR_IMAGE_HASH, 0, true},
		{FW_ERR_SHORT, 0, true},
		{FW_ERR_DOWNLOAD_GIVEN_UP, 0, true},
		{FW_ERR_MANIFEST_CBOR, 0, false},
		{FW_ERR_MANIFEST_SIGNATURE, 0, false},
		{FW_ERR_MANIFEST_SIGNATURE, 2, true},
		{FW_ERR_NO_DATA, 0, true},
		{FW_ERR_MANIFEST_SEQUENCE, 3, true},
	};

	for (size_t i = 0; i < sizeof(refusals) / sizeof(refusals[0]); i++) {
		struct court *court = court_open(*state);
		struct hal_report report = report_of(court, FACTORY, 0);

		live(court, 0, DEVICE_IDLE);
		history_delivered(&court->history, OLD, true);
		report.sequence_confirmed = 3;
		report.refused = refusals[i].reason;
		report.sequence_refused = refusals[i].sequence;
		history_report(&court->history, &court->device, &report, 8);
		assert_int_equal(court->history.breaks[RULE_HONEST].broken, refusals[i].lie);
		court_close(court);
	}
}

static void healthy_image_that_stays_unconfirmed_breaks_honest(void **state)
{
	struct court *court = court_open(*state);
	struct hal_report report = report_of(court, FACTORY, 0);

	live(court, 0, DEVICE_IDLE);
	report.confirmed = false;
	history_report(&court->history, &court->device, &report, 8);
	breaks(court, RULE_HONEST);
	court_close(court);
}

static void bad_image_that_reports_itself_confirmed_breaks_honest(void **state)
{
	struct court *court = court_open(*state);
	struct hal_report report = report_of(court, BAD, 1);

	put(court, 1, BAD);
	assert_int_equal(live(court, 1, DEVICE_RESET), BEHAVIOUR_CRASH);
	report.sequence_given_up = 7; /* it did fail: that is no lie */
	report.confirmed = false;
	history_report(&court->history, &court->device, &report, 1);
	assert_false(court->history.breaks[RULE_HONEST].broken);
	report.confirmed = true;
	history_report(&court->history, &court->device, &report, 2);
	assert_true(court->history.breaks[RULE_HONEST].broken);
	court_close(court);
}

/* ---- boots, reverts, settles ---- */

static void device_that_runs_nothing_breaks_boots(void **state)
{
	struct court *court = court_open(*state);

	history_life_begin(&court->history, &court->device);
	history_life_end(&court->history, DEVICE_DEAD, false);
	breaks(court, RULE_BOOTS);
	judged(court, RULE_SETTLES, NOT_JUDGED);
	judged(court, RULE_REVERTS, NOT_JUDGED);
	court_close(court);
}

/* As many starts of the bad image as it has attempts, and more; then the good one. */
static void start_bad(struct court *court, uint32_t more)
{
	put(court, 1, BAD);
	for (uint32_t i = 0; i < court->scenario->board.attempts + more; i++)
		live(court, 1, DEVICE_RESET);
}

static void one_start_too_many_breaks_reverts(void **state)
{
	for (uint32_t cuts = 0; cuts <= 2; cuts++) {
		struct court *court = court_open(*state);

		start_bad(court, 0);
		/* Each cut can give an attempt back, since what it interrupts is forgotten. */
		for (uint32_t i = 0; i < cuts; i++) {
			history_life_begin(&court->history, &court->device);
			history_life_end(&court->history, DEVICE_CUT, true);
		}
		for (uint32_t i = 0; i < cuts; i++)
			live(court, 1, DEVICE_RESET);
		live(court, 0, DEVICE_IDLE);
		breaks(court, -1);
		live(court, 1, DEVICE_RESET);
		live(court, 0, DEVICE_IDLE);
		breaks(court, RULE_REVERTS);
		judged(court, RULE_SETTLES, NOT_JUDGED);
		court_close(court);
	}
}

static void starts_of_a_healthy_image_or_of_a_tampered_device_are_not_counted(void **state)
{
	struct court *court = court_open(*state);

	court->history.tampered = true;
	start_bad(court, 1);
	live(court, 0, DEVICE_IDLE);
	breaks(court, -1);
	court_close(court);
	court = court_open(*state);
	for (uint32_t i = 0; i < court->scenario->board.attempts + 2; i++)
		live(court, 0, DEVICE_RESET);
	live(court, 0, DEVICE_IDLE);
	breaks(court, -1);
	court_close(court);
}

static void bad_image_at_the_end_breaks_reverts(void **state)
{
	struct court *court = court_open(*state);

	put(court, 1, BAD);
	live(court, 1, DEVICE_IDLE);
	breaks(court, RULE_REVERTS);
	court_close(court);
}

static void device_that_never_rests_or_keeps_another_version_breaks_settles(void **state)
{
	struct court *court = court_open(*state);

	live(court, 0, DEVICE_IDLE);
	court->quiet = false;
	breaks(court, RULE_SETTLES);
	court->quiet = true;
	breaks(court, -1);
	put(court, 1, UPDATE);
	live(court, 1, DEVICE_IDLE);
	breaks(court, RULE_SETTLES);
	court_close(court);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(quiet_device_with_its_factory_image_breaks_nothing),
		cmocka_unit_test(image_without_trust_breaks_trusted),
		cmocka_unit_test(image_of_a_revoked_key_breaks_trusted),
		cmocka_unit_test(bytes_of_no_release_break_trusted),
		cmocka_unit_test(one_flipped_bit_breaks_whole),
		cmocka_unit_test(bytes_that_do_not_hold_break_whole),
		cmocka_unit_test(image_below_the_counter_breaks_forward),
		cmocka_unit_test(counter_that_goes_down_breaks_forward),
		cmocka_unit_test(older_release_installed_breaks_forward_unless_tampered),
		cmocka_unit_test(burn_that_strands_the_device_breaks_reachable),
		cmocka_unit_test(lies_break_honest),
		cmocka_unit_test(refusal_names_what_came),
		cmocka_unit_test(healthy_image_that_stays_unconfirmed_breaks_honest),
		cmocka_unit_test(bad_image_that_reports_itself_confirmed_breaks_honest),
		cmocka_unit_test(device_that_runs_nothing_breaks_boots),
		cmocka_unit_test(one_start_too_many_breaks_reverts),
		cmocka_unit_test(starts_of_a_healthy_image_or_of_a_tampered_device_are_not_counted),
		cmocka_unit_test(bad_image_at_the_end_breaks_reverts),
		cmocka_unit_test(device_that_never_rests_or_keeps_another_version_breaks_settles),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
