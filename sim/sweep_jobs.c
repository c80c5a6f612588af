/* A sweep on several processes, with the same result for any number of them. */
#include "sim/sweep_jobs.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* What the processes share: a counter for the progress bar, a result each. */
struct sweep_board {
	_Atomic uint64_t done;
	struct sweep_result results[SWEEP_JOBS_MAX];
};

bool sweep_jobs_mine(const struct sweep_share *share, uint64_t turn)
{
	return turn % share->shards == share->shard &&
	       turn / share->shards % share->workers == share->worker;
}

void sweep_jobs_done(const struct sweep_share *share)
{
	uint64_t done = atomic_fetch_add(share->done, 1) + 1;

	if (share->alone && share->options->progress)
		share->options->progress(share->options->context, done, share->all);
}

static int sweep_by_order(const void *a, const void *b)
{
	uint64_t left = ((const struct sweep_finding *)a)->order;
	uint64_t right = ((const struct sweep_finding *)b)->order;

	return left < right ? -1 : left > right;
}

/* Adds what one worker found. Only sums, maxima and sorting: the order of workers is no matter. */
static void sweep_merge(struct sweep_result *all, const struct sweep_result *part,
			struct sweep_finding *findings, uint32_t *count)
{
	all->cases += part->cases;
	all->bad += part->bad;
	all->unfired += part->unfired;
	for (int i = 0; i < SWEEP_WAYS; i++)
		all->ways[i] += part->ways[i];
	for (int i = 0; i < RULES; i++)
		all->broken[i] += part->broken[i];
	if (part->lives_most > all->lives_most)
		all->lives_most = part->lives_most;
	if (part->wear > all->wear)
		all->wear = part->wear;
	all->ops = part->ops;
	all->reads = part->reads;
	all->lives = part->lives;
	all->plain = part->plain;
	memcpy(&findings[*count], part->findings, part->finding_count * sizeof(*findings));
	*count += part->finding_count;
}

static void sweep_show(const struct sweep_options *options, struct sweep_board *board, uint64_t all)
{
	if (options->progress)
		options->progress(options->context, atomic_load(&board->done), all);
}

/* Waits for the workers, with the bar moving. -1 if one of them died. */
static int sweep_wait(const struct sweep_options *options, struct sweep_board *board,
		      const pid_t *pids, uint32_t workers, uint64_t all)
{
	const struct timespec tenth = {.tv_nsec = 100 * 1000 * 1000};
	int failed = 0, status;

	for (uint32_t i = 0; i < workers; i++) {
		pid_t got;

		while ((got = waitpid(pids[i], &status, WNOHANG)) == 0) {
			sweep_show(options, board, all);
			nanosleep(&tenth, NULL);
		}
		if (got < 0 || !WIFEXITED(status) || WEXITSTATUS(status))
			failed = -1;
	}
	sweep_show(options, board, all);
	return failed;
}

static int sweep_fork(const struct run_scene *scene, const struct sweep_options *options,
		      struct sweep_board *board, uint64_t all)
{
	pid_t pids[SWEEP_JOBS_MAX];

	for (uint32_t i = 0; i < options->jobs; i++) {
		struct sweep_share share = {.worker = i,
					    .workers = options->jobs,
					    .shard = options->shard,
					    .shards = options->shards,
					    .first = i == 0 && options->shard == 0,
					    .done = &board->done,
					    .options = options};

		pids[i] = fork();
		assert(pids[i] >= 0);
		if (pids[i] == 0) {
			/* Whoever kills this program means all of it. */
			(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
			_exit(sweep_pass(scene, &share, &board->results[i]) ? 1 : 0);
		}
	}
	return sweep_wait(options, board, pids, options->jobs, all);
}

/* How long the bar is, known after one case. */
static uint64_t sweep_length(const struct run_scene *scene, const struct sweep_options *options)
{
	struct verdict verdict;
	struct sweep_result result = {0};
	struct run run;

	run_open(&run, scene, &scene->scenario->faults.plan);
	run_finish(&run, &verdict);
	result.ops = run.faults.op;
	result.reads = run.faults.reads;
	run_close(&run);
	return sweep_turns(scene, &result) / options->shards;
}

int sweep_scenario(const struct run_scene *scene, const struct sweep_options *options,
		   struct sweep_result *result)
{
	struct sweep_board *board = mmap(NULL, sizeof(*board), PROT_READ | PROT_WRITE,
					 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint64_t all = sweep_length(scene, options);
	struct sweep_finding *findings;
	uint32_t count = 0;
	int failed = 0;

	assert(board != MAP_FAILED && options->jobs >= 1 && options->jobs <= SWEEP_JOBS_MAX);
	findings = calloc(options->jobs, sizeof(*findings) * SWEEP_FINDINGS_MAX);
	assert(findings);
	if (options->jobs == 1) {
		struct sweep_share share = {.workers = 1,
					    .shard = options->shard,
					    .shards = options->shards,
					    .first = options->shard == 0,
					    .done = &board->done,
					    .options = options,
					    .alone = true,
					    .all = all};

		failed = sweep_pass(scene, &share, &board->results[0]);
	} else {
		failed = sweep_fork(scene, options, board, all);
	}
	memset(result, 0, sizeof(*result));
	for (uint32_t i = 0; i < options->jobs; i++)
		sweep_merge(result, &board->results[i], findings, &count);
	qsort(findings, count, sizeof(*findings), sweep_by_order);
	for (uint32_t i = 0; i < count; i++)
		if (sweep_keeps(result, &findings[i].verdict))
			result->findings[result->finding_count++] = findings[i];
	result->unbroken_excuse = -1;
	for (int i = 0; i < RULES && options->shards == 1; i++)
		if (scene->scenario->may_break[i] && !result->broken[i])
			result->unbroken_excuse = i;
	free(findings);
	munmap(board, sizeof(*board));
	return failed;
}
