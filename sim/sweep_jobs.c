/* A sweep on several processes, with the same result for any number of them. */
#include "sim/sweep_jobs.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/jobs.h"

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

/* A sweep by several processes, each of which takes its turns. */
struct sweep_team {
	const struct run_scene *scene;
	const struct sweep_options *options;
	struct sweep_board *board;
	uint64_t all;
};

static void sweep_show(void *context)
{
	const struct sweep_team *team = context;

	if (team->options->progress)
		team->options->progress(team->options->context, atomic_load(&team->board->done),
					team->all);
}

static int sweep_work(void *context, uint32_t worker)
{
	const struct sweep_team *team = context;
	struct sweep_share share = {.worker = worker,
				    .workers = team->options->jobs,
				    .shard = team->options->shard,
				    .shards = team->options->shards,
				    .first = worker == 0 && team->options->shard == 0,
				    .done = &team->board->done,
				    .options = team->options};

	return sweep_pass(team->scene, &share, &team->board->results[worker]);
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
	struct sweep_board *board = jobs_share(sizeof(*board));
	uint64_t all = sweep_length(scene, options);
	struct sweep_finding *findings;
	uint32_t count = 0;
	int failed = 0;

	assert(options->jobs >= 1 && options->jobs <= SWEEP_JOBS_MAX);
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
		struct sweep_team team = {scene, options, board, all};
		struct jobs jobs = {.tasks = options->jobs,
				    .at_once = options->jobs,
				    .work = sweep_work,
				    .show = sweep_show,
				    .context = &team};

		failed = jobs_run(&jobs);
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
	jobs_unshare(board, sizeof(*board));
	return failed;
}
