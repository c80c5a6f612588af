/* What decides about a rollout: who is offered what, and when. */
#include "tests/rollout_fixture.h"

static void stages_follow_their_hours_and_keep_their_devices(void **state)
{
	static const uint32_t ends[] = {48, 48 + 168, 48 + 168 + 336, 48 + 168 + 672};
	static const uint32_t shares[] = {100, 1000, 2500, 5000, 10000};
	enum { DEVICES = 20000 };
	struct rollout_policy policy = policy_of(2);
	struct rollout_book book;
	bool *had = calloc(DEVICES, sizeof(*had));

	(void)state;
	assert_non_null(had);
	policy.limits.silence = 0; /* nobody reports here */
	book_of(&book, &policy);
	for (uint32_t stage = 0; stage < 5; stage++) {
		uint32_t offered = 0, expected = DEVICES * shares[stage] / ROLLOUT_SHARE;

		for (uint32_t i = 0; i < DEVICES; i++) {
			struct rollout_seat seat = {0};
			bool has = ask(&book, i, &seat) == ROLLOUT_OFFER;

			assert_true(has || !had[i]);
			had[i] = has;
			offered += has;
		}
		assert_int_equal(book.rollouts[0].stage, stage);
		assert_in_range(offered, expected * 85 / 100, expected * 115 / 100);
		if (stage == 4)
			break;
		pass_until(&book, START + ends[stage] * HOUR - 1);
		assert_int_equal(book.rollouts[0].stage, stage);
		pass_until(&book, START + ends[stage] * HOUR);
	}
	free(had);
}

static void another_release_has_another_line(void **state)
{
	uint32_t both = 0, first = 0;

	(void)state;
	for (uint32_t i = 0; i < 10000; i++) {
		uint64_t id = device_of(i).id;

		first += rollout_place(id, 2) < 1000;
		both += rollout_place(id, 2) < 1000 && rollout_place(id, 3) < 1000;
	}
	assert_in_range(first, 900, 1100);
	assert_in_range(both, 60, 140);
}

static void a_limit_pauses_and_what_was_forgiven_does_not_again(void **state)
{
	struct rollout_policy policy = at_once(2);
	struct rollout_seat seats[200] = {{0}};
	struct rollout_book book;
	struct rollout *rollout = &book.rollouts[0];

	(void)state;
	policy.limits.reverts = 1000;
	book_of(&book, &policy);
	for (uint32_t i = 0; i < 100; i++)
		assert_int_equal(ask(&book, i, &seats[i]), ROLLOUT_OFFER);
	/* Nine devices are too few to say anything, even if all revert. */
	for (uint32_t i = 0; i < 9; i++)
		hear(&book, i, &seats[i], (struct rollout_report){.sequence_given_up = 2});
	assert_int_equal(rollout->state, ROLLOUT_RUNNING);
	hear(&book, 9, &seats[9], (struct rollout_report){.sequence_confirmed = 2});
	assert_int_equal(rollout->state, ROLLOUT_PAUSED);
	assert_int_equal(rollout->why, ROLLOUT_WHY_REVERTS);
	assert_int_equal(ask(&book, 50, &seats[50]), ROLLOUT_WAIT);
	assert_int_equal(ask(&book, 150, &seats[150]), ROLLOUT_WAIT);

	assert_false(rollout_pause(&book, rollout, book.seen_s));
	assert_true(rollout_resume(&book, rollout, book.seen_s));
	assert_false(rollout_resume(&book, rollout, book.seen_s));
	for (uint32_t i = 10; i < 28; i++)
		hear(&book, i, &seats[i], (struct rollout_report){.sequence_confirmed = 2});
	hear(&book, 28, &seats[28], (struct rollout_report){.sequence_given_up = 2});
	assert_int_equal(rollout->state, ROLLOUT_RUNNING);
	hear(&book, 29, &seats[29], (struct rollout_report){.sequence_given_up = 2});
	assert_int_equal(rollout->state, ROLLOUT_PAUSED);
}

static void one_type_of_device_pauses_for_all(void **state)
{
	struct rollout_policy policy = at_once(2);
	struct rollout_book book;
	struct rollout_report good = {.sequence_confirmed = 2};
	struct rollout_report bad = {.sequence_given_up = 2, .failed_boot = true};

	(void)state;
	policy.limits.failed_boots = policy.limits.reverts = 3000;
	book_of(&book, &policy);
	/* 10 of 300 are no 30 %; but they are all there is of type 3. */
	for (uint32_t i = 0; i < 300; i++) {
		struct rollout_device device = device_of(i);
		struct rollout_seat seat = {0};
		struct rollout_reply reply;

		device.type = i % 30 == 0 ? 3 : 1;
		assert_int_equal(book.rollouts[0].state, ROLLOUT_RUNNING);
		rollout_ask(&book, &device, &seat, START, &reply);
		rollout_heard(&book, &device, &seat, i % 30 ? &good : &bad, START);
		if (i == 270)
			break;
	}
	assert_int_equal(book.rollouts[0].state, ROLLOUT_PAUSED);
	assert_int_equal(book.rollouts[0].why_type, 3);
	assert_int_equal(all(&book, 0)->failed_boots, 10);
}

static void pause_stops_the_stage_clock(void **state)
{
	struct rollout_policy policy = policy_of(2);
	struct rollout_book book;

	(void)state;
	book_of(&book, &policy);
	pass_until(&book, START + 40 * HOUR);
	assert_true(rollout_pause(&book, &book.rollouts[0], book.seen_s));
	pass_until(&book, START + 140 * HOUR);
	assert_true(rollout_resume(&book, &book.rollouts[0], book.seen_s));
	pass_until(&book, START + 148 * HOUR - 1);
	assert_int_equal(book.rollouts[0].stage, 0);
	pass_until(&book, START + 148 * HOUR);
	assert_int_equal(book.rollouts[0].stage, 1);
}

static void abort_with_a_fix(void **state)
{
	struct rollout_policy bad = at_once(2), fix = at_once(3);
	struct rollout_book book;
	struct rollout_seat reverted = {0}, pending = {0}, done = {0}, late = {0};

	(void)state;
	book_of(&book, &bad);
	assert_int_equal(ask(&book, 0, &reverted), ROLLOUT_OFFER);
	hear(&book, 0, &reverted, (struct rollout_report){.sequence_given_up = 2});
	assert_int_equal(ask(&book, 0, &reverted), ROLLOUT_NOTHING);
	assert_int_equal(ask(&book, 1, &pending), ROLLOUT_OFFER);
	assert_int_equal(ask(&book, 2, &done), ROLLOUT_OFFER);
	hear(&book, 2, &done, (struct rollout_report){.sequence_confirmed = 2});
	assert_true(rollout_abort(&book.rollouts[0]));
	assert_false(rollout_abort(&book.rollouts[0]));
	assert_int_equal(ask(&book, 1, &pending), ROLLOUT_NOTHING);
	assert_int_equal(ask(&book, 3, &late), ROLLOUT_NOTHING);
	assert_non_null(rollout_open(&book, &bad, START));
	assert_null(rollout_open(&book, &fix, START));
	assert_int_equal(ask(&book, 0, &reverted), ROLLOUT_OFFER);
	assert_int_equal(ask(&book, 1, &pending), ROLLOUT_OFFER);
	assert_int_equal(ask(&book, 2, &done), ROLLOUT_OFFER);
	assert_int_equal(ask(&book, 3, &late), ROLLOUT_OFFER);
	assert_int_equal(late.offered, 3);
	assert_int_equal(all(&book, 0)->standing[ROLLOUT_REVERTED], 1);
	assert_int_equal(all(&book, 0)->standing[ROLLOUT_SUPERSEDED], 1);
	assert_int_equal(all(&book, 0)->standing[ROLLOUT_PROVED], 1);
	assert_int_equal(all(&book, 1)->offered, 4);
}

static void who_is_not_in_a_new_stage_gets_the_older_release(void **state)
{
	struct rollout_policy first = at_once(2), second = policy_of(3);
	struct rollout_book book;
	uint32_t older = 0, newer = 0;

	(void)state;
	book_of(&book, &first);
	assert_null(rollout_open(&book, &second, START));
	for (uint32_t i = 0; i < 2000; i++) {
		struct rollout_seat seat = {0};

		assert_int_equal(ask(&book, i, &seat), ROLLOUT_OFFER);
		older += seat.offered == 2;
		newer += seat.offered == 3;
	}
	assert_in_range(newer, 10, 40);
	assert_int_equal(older + newer, 2000);
}

static void groups_hold_by_type_version_customer_and_region(void **state)
{
	struct rollout_policy policy = at_once(9);
	struct rollout_device device = device_of(0);
	struct rollout_seat seat = {.confirmed = 5};
	struct rollout_book book;
	struct rollout_reply reply;
	uint32_t *const fields[] = {&device.type, &device.customer, &device.region};

	(void)state;
	policy.group = (struct rollout_group){.types = 1 << 2,
					      .customers = 1 << 2,
					      .regions = 1 << 2,
					      .sequence_min = 5,
					      .sequence_max = 6};
	for (int wrong = 0; wrong < 6; wrong++) {
		struct rollout_seat own = seat;

		device.type = device.customer = device.region = 2;
		if (wrong < 3)
			*fields[wrong] = 3;
		else
			own.confirmed = (uint64_t)wrong + 1; /* 4, 5, 6 */
		book_of(&book, &policy);
		rollout_ask(&book, &device, &own, START, &reply);
		assert_int_equal(reply.answer, wrong > 3 ? ROLLOUT_OFFER : ROLLOUT_NOTHING);
	}
	/* A region of its own for the first stage. */
	policy = policy_of(9);
	policy.stages[0] =
		(struct rollout_stage){.share = 5000, .hours = 1, .group = {.regions = 1 << 1}};
	policy.stages[1] = (struct rollout_stage){.share = ROLLOUT_SHARE};
	policy.stage_count = 2;
	book_of(&book, &policy);
	device.region = 0;
	device.id = 0;
	while (rollout_place(device.id, 9) >= 5000)
		device.id++;
	seat = (struct rollout_seat){0};
	rollout_ask(&book, &device, &seat, START, &reply);
	assert_int_equal(reply.wait, ROLLOUT_WAIT_STAGE);
	device.region = 1;
	rollout_ask(&book, &device, &seat, START, &reply);
	assert_int_equal(reply.answer, ROLLOUT_OFFER);
}

static void windows_are_local(void **state)
{
	struct rollout_window night = {.from_minute = 22 * 60, .to_minute = 2 * 60};
	struct rollout_window tuesday = {.days = 1 << 1};
	struct rollout_window sunday_night = {
		.from_minute = 22 * 60, .to_minute = 2 * 60, .days = 1 << 6};
	struct rollout_policy policy = at_once(2);
	struct rollout_device device = device_of(0);
	struct rollout_seat seat = {0};
	struct rollout_reply reply;
	struct rollout_book book;

	(void)state;
	assert_int_equal(rollout_window_wait(&night, 0, START), 0);
	assert_int_equal(rollout_window_wait(&night, 0, START + 2 * HOUR - 1), 0);
	assert_int_equal(rollout_window_wait(&night, 0, START + 2 * HOUR), 20 * HOUR);
	assert_int_equal(rollout_window_wait(&night, 120, START + 10), 20 * HOUR - 10);
	assert_int_equal(rollout_window_wait(&night, -300, START), 3 * HOUR);
	assert_int_equal(rollout_window_wait(&tuesday, 0, START + 60), DAY - 60);
	assert_int_equal(rollout_window_wait(&tuesday, 0, START + DAY), 0);
	assert_int_equal(rollout_window_wait(&tuesday, 0, START + 2 * DAY), 6 * DAY);
	assert_int_equal(rollout_window_wait(&sunday_night, 0, START + HOUR), 0);
	assert_int_equal(rollout_window_wait(&sunday_night, 0, START + DAY + HOUR),
			 5 * DAY + 21 * HOUR);

	policy.window = night;
	book_of(&book, &policy);
	device.utc_offset_minutes = 240;
	rollout_ask(&book, &device, &seat, START, &reply);
	assert_int_equal(reply.wait, ROLLOUT_WAIT_WINDOW);
	assert_int_equal(reply.retry_s, 6 * HOUR); /* no later than the policy's own */
	device.window = (struct rollout_window){.from_minute = 4 * 60, .to_minute = 5 * 60};
	rollout_ask(&book, &device, &seat, START, &reply);
	assert_int_equal(reply.answer, ROLLOUT_OFFER);
}

static void bandwidth_is_promised_once(void **state)
{
	struct rollout_policy policy = at_once(2);
	struct rollout_seat seats[100] = {{0}};
	struct rollout_book book;
	uint32_t offered = 0;

	(void)state;
	policy.image_bytes = 600000;
	policy.bytes_per_second = 1000; /* 10 minutes each */
	policy.retry_s = HOUR;
	book_of(&book, &policy);
	for (uint32_t i = 0; i < 100; i++)
		offered += ask(&book, i, &seats[i]) == ROLLOUT_OFFER;
	assert_int_equal(offered, 7);
	assert_int_equal(ask(&book, 0, &seats[0]), ROLLOUT_OFFER);
	rollout_tick(&book, START + HOUR);
	for (uint32_t i = 0; i < 100; i++)
		offered += ask(&book, i, &seats[i]) == ROLLOUT_OFFER && !seats[i].confirmed;
	assert_int_equal(offered, 7 + 7 + 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(stages_follow_their_hours_and_keep_their_devices),
		cmocka_unit_test(another_release_has_another_line),
		cmocka_unit_test(a_limit_pauses_and_what_was_forgiven_does_not_again),
		cmocka_unit_test(one_type_of_device_pauses_for_all),
		cmocka_unit_test(pause_stops_the_stage_clock),
		cmocka_unit_test(abort_with_a_fix),
		cmocka_unit_test(who_is_not_in_a_new_stage_gets_the_older_release),
		cmocka_unit_test(groups_hold_by_type_version_customer_and_region),
		cmocka_unit_test(windows_are_local),
		cmocka_unit_test(bandwidth_is_promised_once),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
