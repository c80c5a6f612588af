/* What provisioning leaves behind where no rule looks: records of burns, old logs, uneven slots. */
#include "tests/case_fixture.h"

#define BLANK CASE_YAML CASE_FACTORY "start: blank\n"

/* Bootctl is there before the first burn, and says that none has returned until it has. */
static void burn_that_fails_is_not_recorded(void **state)
{
	struct trial *trial =
		trial_open(*state, BLANK "may_break: {boots: its eFuse takes no burn}\n");

	trial_run(trial, "fail=0:efuse");
	assert_int_equal(trial->life[1].ctl_err, FW_OK);
	assert_int_equal(trial->life[1].ctl.active, 0);
	assert_int_equal(trial->life[1].ctl.counter_done, 0);
	trial_close(trial);
}

static void burn_that_returns_is_recorded(void **state)
{
	struct trial *trial = trial_open(*state, BLANK);

	trial_run(trial, "none");
	assert_int_equal(trial->life[1].ctl.counter_done, 1);
	trial_good(trial);
	trial_close(trial);
}

/* A log from before would call the slot of the next download unfinished, or finished. */
static void log_from_before_is_gone(void **state)
{
	struct trial *trial = trial_open(*state, BLANK);
	struct hal *hal;

	trial_run(trial, "patch=0:progress_0:0x0:01020344,patch=0:progress_1:0x0:01020344");
	hal = &trial->run.device.chip.hal;
	for (uint32_t log = 0; log < HAL_LOGS; log++) {
		uint8_t byte = 0;

		assert_int_equal(
			hal->flash_read(hal, hal->board->progress[log].offset + 3, &byte, 1),
			FW_OK);
		assert_int_equal(byte, 0xff);
	}
	trial_good(trial);
	trial_close(trial);
}

/* How large the other slot is says nothing about the image in this one. */
static void image_is_held_against_its_own_slot(void **state)
{
	struct trial *trial = trial_open(*state, BLANK);

	trial->scenario->board.slot[1].size_bytes = trial->scenario->board.sector_bytes;
	trial_run(trial, "none");
	assert_int_equal(trial->life[1].end, DEVICE_DONE);
	trial_close(trial);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(burn_that_fails_is_not_recorded),
		cmocka_unit_test(burn_that_returns_is_recorded),
		cmocka_unit_test(log_from_before_is_gone),
		cmocka_unit_test(image_is_held_against_its_own_slot),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
