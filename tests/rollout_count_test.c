/* How the devices of a release stand, and what a database gives back. */
#include "tests/rollout_fixture.h"

static void silence_is_noticed_and_ends(void **state)
{
	struct rollout_policy policy = at_once(2);
	struct rollout_seat seats[40] = {{0}};
	struct rollout_book book;

	(void)state;
	book_of(&book, &policy);
	for (uint32_t i = 0; i < 40; i++)
		assert_int_equal(ask(&book, i, &seats[i]), ROLLOUT_OFFER);
	pass_until(&book, START + 40 * HOUR);
	/* 36 are well: confirmed, and still ask. 1 is confirmed and deaf. 3 are not heard. */
	for (uint32_t i = 0; i < 37; i++)
		hear(&book, i, &seats[i], (struct rollout_report){.sequence_confirmed = 2});
	for (uint32_t i = 0; i < 36; i++)
		assert_int_equal(ask(&book, i, &seats[i]), ROLLOUT_NOTHING);
	pass_until(&book, START + 48 * HOUR);
	assert_int_equal(all(&book, 0)->standing[ROLLOUT_SILENT], 0);
	pass_until(&book, START + 52 * HOUR);
	assert_int_equal(all(&book, 0)->standing[ROLLOUT_SILENT], 3);
	assert_int_equal(book.rollouts[0].state, ROLLOUT_RUNNING);
	pass_until(&book, START + 92 * HOUR);
	assert_int_equal(all(&book, 0)->standing[ROLLOUT_SILENT], 4);
	assert_int_equal(book.rollouts[0].state, ROLLOUT_PAUSED);
	assert_int_equal(book.rollouts[0].why, ROLLOUT_WHY_SILENCE);
	assert_int_equal(ask(&book, 36, &seats[36]), ROLLOUT_NOTHING);
	assert_int_equal(all(&book, 0)->standing[ROLLOUT_PROVED], 37);
	assert_int_equal(ask(&book, 39, &seats[39]), ROLLOUT_WAIT);
	assert_int_equal(all(&book, 0)->standing[ROLLOUT_SILENT], 2);
	assert_int_equal(all(&book, 0)->standing[ROLLOUT_PENDING], 1);
}

static void a_dead_server_proves_nothing(void **state)
{
	struct rollout_policy policy = policy_of(2);
	struct rollout_book book;
	struct rollout_seat seats[2000] = {{0}};
	uint32_t offered = 0;

	(void)state;
	book_of(&book, &policy);
	for (uint32_t i = 0; i < 2000; i++)
		offered += ask(&book, i, &seats[i]) == ROLLOUT_OFFER;
	assert_true(offered > 10);
	pass_until(&book, START + 24 * HOUR);
	rollout_tick(&book, START + 24 * HOUR + 10 * DAY);
	assert_int_equal(book.outage_s, 10 * DAY);
	assert_int_equal(all(&book, 0)->standing[ROLLOUT_SILENT], 0);
	pass_until(&book, START + 47 * HOUR + 10 * DAY);
	assert_int_equal(book.rollouts[0].stage, 0);
	pass_until(&book, START + 48 * HOUR + 10 * DAY);
	assert_int_equal(book.rollouts[0].stage, 1);
}

static uint64_t dice(uint64_t *seed)
{
	*seed = *seed * 6364136223846793005u + 1442695040888963407u;
	return *seed >> 33;
}

static void check_sums(const struct rollout_book *book, const struct rollout_seat *seats,
		       uint32_t count)
{
	for (uint32_t r = 0; r < book->count; r++) {
		const struct rollout *rollout = &book->rollouts[r];
		struct rollout_counts sum = {0};
		uint32_t now = 0;

		for (uint32_t type = 0; type < ROLLOUT_NAMES_MAX; type++) {
			sum.offered += rollout->counts[type].offered;
			for (uint32_t i = 0; i < ROLLOUT_STANDINGS; i++)
				sum.standing[i] += rollout->counts[type].standing[i];
			sum.failed_boots += rollout->counts[type].failed_boots;
		}
		assert_memory_equal(&sum, all(book, r), sizeof(sum));
		for (uint32_t i = 0; i < ROLLOUT_STANDINGS; i++)
			now += sum.standing[i];
		assert_int_equal(now, sum.offered);
		now = 0;
		for (uint32_t i = 0; i < count; i++)
			now += seats[i].offered == rollout->policy.sequence &&
			       seats[i].standing == ROLLOUT_PROVED;
		assert_true(sum.standing[ROLLOUT_PROVED] >= now);
		assert_true(sum.offered <= count);
	}
}

/* Each device is in one place, whatever happens; and a book that went through a database goes on
 * as if it had not. */
static void counts_add_up_and_survive_a_database(void **state)
{
	enum { DEVICES = 64 };
	struct rollout_seat seats[DEVICES] = {{0}};
	struct rollout_book book, back;
	uint64_t seed = 7;
	size_t room = 20000;
	int64_t *numbers = calloc(room, sizeof(*numbers));

	(void)state;
	assert_non_null(numbers);
	memset(&book, 0, sizeof(book));
	rollout_tick(&book, START);
	for (uint32_t step = 0; step < 40000; step++) {
		uint32_t i = (uint32_t)(dice(&seed) % DEVICES);
		struct rollout_policy policy = at_once(step + 1);
		struct rollout_report report = {
			dice(&seed) % 3 * seats[i].offered / 2, dice(&seed) % 2 * seats[i].offered,
			dice(&seed) % 2 * seats[i].offered, dice(&seed) % 2};
		size_t count;

		policy.limits.silence_hours = 10;
		switch (dice(&seed) % 8) {
		case 0:
			rollout_tick(&book, book.seen_s + (int64_t)(dice(&seed) % 9000));
			break;
		case 1:
			if (dice(&seed) % 50 == 0)
				assert_null(rollout_open(&book, &policy, book.seen_s));
			break;
		case 2:
			if (book.count)
				(void)rollout_resume(&book, &book.rollouts[book.count - 1],
						     book.seen_s);
			break;
		case 3:
		case 4:
			hear(&book, i, &seats[i], report);
			break;
		default:
			(void)ask(&book, i, &seats[i]);
		}
		check_sums(&book, seats, DEVICES);
		if (step % 100)
			continue;
		count = rollout_save(&book, numbers, room);
		assert_in_range(count, 1, room);
		assert_true(rollout_load(&back, numbers, count));
		assert_memory_equal(&back, &book, offsetof(struct rollout_book, rollouts));
		memset(&book, 0, sizeof(book));
		book = back;
		assert_int_equal(rollout_save(&back, numbers, room), count);
	}
	assert_int_equal(book.count, ROLLOUT_MAX);
	free(numbers);
}

static void what_no_book_wrote_is_refused(void **state)
{
	struct rollout_policy policy = policy_of(2);
	struct rollout_book book, back;
	int64_t numbers[4000];
	struct rollout_seat seat = {0};
	uint32_t i = 0, refused = 0;
	size_t count;

	(void)state;
	book_of(&book, &policy);
	while (ask(&book, i, &seat) != ROLLOUT_OFFER)
		i++;
	count = rollout_save(&book, numbers, 1);
	assert_in_range(count, 100, 4000);
	assert_int_equal(rollout_save(&book, numbers, 4000), count);
	assert_true(rollout_load(&back, numbers, count));
	assert_false(rollout_load(&back, numbers, count - 1));
	assert_false(rollout_load(&back, numbers, count + 1));
	assert_int_equal(back.count, 0);
	for (size_t n = 0; n < count; n++) {
		int64_t keep = numbers[n];

		numbers[n] = INT64_MIN;
		refused += !rollout_load(&back, numbers, count);
		numbers[n] = keep;
	}
	/* All but the sequence numbers, which are 64 bits of anything: 2 for each of 9 groups. */
	assert_int_equal(refused, count - 18 - 1);
}

static void policies_that_make_no_sense_are_refused(void **state)
{
	struct rollout_policy policy;

	(void)state;
	for (int wrong = 0; wrong < 12; wrong++) {
		policy = policy_of(2);
		switch (wrong) {
		case 0:
			policy.sequence = 0;
			break;
		case 1:
			policy.stage_count = 0;
			break;
		case 2:
			policy.stage_count = ROLLOUT_STAGES_MAX + 1;
			break;
		case 3:
			policy.stages[2].share = 50;
			break;
		case 4:
			policy.stages[4].share = ROLLOUT_SHARE + 1;
			break;
		case 5:
			policy.stages[0].hours = 0;
			break;
		case 6:
			policy.limits.reverts = ROLLOUT_SHARE + 1;
			break;
		case 7:
			policy.limits.silence_hours = 0;
			break;
		case 8:
			policy.retry_s = 0;
			break;
		case 9:
			policy.bytes_per_second = 1;
			break;
		case 10:
			policy.window.from_minute = 1440;
			break;
		case 11:
			policy.window.days = 1 << 7;
			break;
		default:
			break;
		}
		assert_non_null(rollout_policy_wrong(&policy));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(silence_is_noticed_and_ends),
		cmocka_unit_test(a_dead_server_proves_nothing),
		cmocka_unit_test(counts_add_up_and_survive_a_database),
		cmocka_unit_test(what_no_book_wrote_is_refused),
		cmocka_unit_test(policies_that_make_no_sense_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
