/* Tasks in processes of their own: each is done once, and none that fails or dies goes unnoticed.
 */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "sim/jobs.h"

#define TASKS 9u
#define NONE  UINT32_MAX

/* What the processes have in common. */
struct tally {
	_Atomic uint32_t done[TASKS], running, most;
	uint32_t fails, dies; /* tasks, or NONE */
	uint32_t shown;
};

static int tally_work(void *context, uint32_t task)
{
	struct tally *tally = context;
	uint32_t running = atomic_fetch_add(&tally->running, 1) + 1;

	if (running > atomic_load(&tally->most))
		atomic_store(&tally->most, running);
	atomic_fetch_add(&tally->done[task], 1);
	if (task == tally->dies)
		raise(SIGKILL);
	atomic_fetch_sub(&tally->running, 1);
	return task == tally->fails ? -1 : 0;
}

static void tally_show(void *context)
{
	struct tally *tally = context;

	tally->shown++;
}

/* Runs the tasks, each of which must be begun once, and returns what came of it. */
static int tally_run(uint32_t at_once, uint32_t fails, uint32_t dies)
{
	struct tally *tally = jobs_share(sizeof(*tally));
	struct jobs jobs = {.tasks = TASKS,
			    .at_once = at_once,
			    .work = tally_work,
			    .show = tally_show,
			    .context = tally};
	int rc;

	tally->fails = fails;
	tally->dies = dies;
	rc = jobs_run(&jobs);
	for (uint32_t i = 0; i < TASKS; i++)
		assert_int_equal(atomic_load(&tally->done[i]), 1);
	assert_in_range(atomic_load(&tally->most), 1, at_once + (dies != NONE));
	assert_true(tally->shown > 0);
	jobs_unshare(tally, sizeof(*tally));
	return rc;
}

static void every_task_is_done_once(void **state)
{
	(void)state;
	assert_int_equal(tally_run(1, NONE, NONE), 0);
	assert_int_equal(tally_run(3, NONE, NONE), 0);
	assert_int_equal(tally_run(JOBS_MAX, NONE, NONE), 0);
}

static void task_that_fails_is_noticed(void **state)
{
	(void)state;
	assert_int_equal(tally_run(1, 0, NONE), -1);
	assert_int_equal(tally_run(3, TASKS - 1, NONE), -1);
}

static void task_that_dies_is_noticed(void **state)
{
	(void)state;
	assert_int_equal(tally_run(1, NONE, 0), -1);
	assert_int_equal(tally_run(3, NONE, TASKS - 1), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_task_is_done_once),
		cmocka_unit_test(task_that_fails_is_noticed),
		cmocka_unit_test(task_that_dies_is_noticed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
