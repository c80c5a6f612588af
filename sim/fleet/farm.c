/* Which lives are known, and who lives those that are not. */
#include "sim/fleet/farm.h"

#include <assert.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "sim/fleet/farmer.h"
#include "sim/jobs.h"

#define FARM_BATCH 4096u

/* What the processes have in common. */
struct farm_board {
	uint32_t count;
	struct farm_key key[FARM_BATCH];
	struct farm_life life[FARM_BATCH];
};

struct farm_job {
	struct table table; /* of the lives that are known */
	struct farm_key *key;
	struct farm_life *life;
	uint32_t lived; /* of the table's: the rest is wanted */
	struct farm_board *board;
	struct farmer *farmer; /* in this process, or NULL */
	pid_t pid;
	int to, from;
};

struct farm {
	uint32_t variants;
	uint8_t variant[ROLLOUT_NAMES_MAX]; /* of each type */
	struct scenario *scenarios;	    /* one a variant */
	struct run_scene *scenes;
	uint32_t jobs;
	struct farm_job job[FARM_JOBS_MAX];
};

/* ---- variants of hardware ---- */

static void farm_behave(struct scenario *scenario, uint32_t type)
{
	const struct fleet_plan *plan = scenario->fleet;

	for (uint32_t i = 0; i < plan->differs_count; i++)
		if (plan->differs[i].types >> type & 1)
			scenario->releases[plan->differs[i].release].behaviour =
				plan->differs[i].behaviour;
}

static bool farm_behave_alike(const struct scenario *a, const struct scenario *b)
{
	for (uint32_t i = 0; i < a->release_count; i++)
		if (a->releases[i].behaviour != b->releases[i].behaviour)
			return false;
	return true;
}

/* The scenario as each variant sees it; what they point to is the same. */
static void farm_vary(struct farm *farm, const struct scenario *scenario)
{
	uint32_t types = scenario->fleet->types.count;

	farm->scenarios = calloc(types, sizeof(*farm->scenarios));
	assert(farm->scenarios);
	for (uint32_t type = 0; type < types; type++) {
		struct scenario *own = &farm->scenarios[farm->variants];
		uint32_t same = 0;

		*own = *scenario;
		farm_behave(own, type);
		while (!farm_behave_alike(own, &farm->scenarios[same]))
			same++;
		farm->variant[type] = (uint8_t)same;
		farm->variants += same == farm->variants;
	}
}

/* ---- processes ---- */

/* What a job's board asks for. Every job has the farmers that its process was made with. */
static void farm_work(struct farmer *farmer, struct farm_board *board)
{
	for (uint32_t i = 0; i < board->count; i++)
		farmer_live(farmer, &board->key[i], &board->life[i]);
}

__attribute__((noreturn)) static void farm_serve(const struct farm *farm, struct farm_job *job,
						 int from, int to)
{
	struct farmer farmer;
	char go;

	(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
	/* Who holds another's pipe keeps it from seeing its end. */
	for (const struct farm_job *other = farm->job; other != job; other++) {
		close(other->to);
		close(other->from);
	}
	farmer_open(&farmer, farm->scenes);
	while (read(from, &go, 1) == 1) {
		farm_work(&farmer, job->board);
		if (write(to, &go, 1) != 1)
			break;
	}
	farmer_close(&farmer);
	_exit(0);
}

static int farm_hire(struct farm *farm, struct farm_job *job)
{
	int there[2], back[2];

	if (pipe(there) != 0)
		return -1;
	if (pipe(back) != 0) {
		close(there[0]);
		close(there[1]);
		return -1;
	}
	job->board = jobs_share(sizeof(*job->board));
	job->pid = fork();
	if (job->pid == 0) {
		close(there[1]);
		close(back[0]);
		farm_serve(farm, job, there[0], back[1]);
	}
	close(there[0]);
	close(back[1]);
	job->to = there[1];
	job->from = back[0];
	return job->pid > 0 ? 0 : -1;
}

static int farm_staff(struct farm *farm, uint32_t jobs)
{
	farm->jobs = jobs;
	for (uint32_t i = 0; i < jobs; i++) {
		struct farm_job *job = &farm->job[i];

		job->to = job->from = -1;
		if (jobs > 1) {
			if (farm_hire(farm, job) != 0)
				return -1;
			continue;
		}
		job->board = jobs_share(sizeof(*job->board));
		job->farmer = calloc(1, sizeof(*job->farmer));
		assert(job->farmer);
		farmer_open(job->farmer, farm->scenes);
	}
	return 0;
}

struct farm *farm_open(const struct scenario *scenario, const struct device_firmware *firmware,
		       uint32_t jobs, char *why, size_t why_bytes)
{
	struct farm *farm = calloc(1, sizeof(*farm));
	uint32_t opened = 0;

	assert(farm && jobs >= 1 && jobs <= FARM_JOBS_MAX);
	farm_vary(farm, scenario);
	farm->scenes = calloc(farm->variants, sizeof(*farm->scenes));
	assert(farm->scenes);
	while (opened < farm->variants &&
	       run_scene_open(&farm->scenes[opened], &farm->scenarios[opened], firmware, why,
			      why_bytes) == 0)
		opened++;
	if (opened < farm->variants) {
		farm->variants = opened;
		farm_close(farm);
		return NULL;
	}
	if (farm_staff(farm, jobs) != 0) {
		(void)snprintf(why, why_bytes, "-j: %s, expected to begin %u processes",
			       strerror(errno), jobs);
		farm_close(farm);
		return NULL;
	}
	return farm;
}

void farm_close(struct farm *farm)
{
	for (uint32_t i = 0; i < farm->jobs; i++) {
		struct farm_job *job = &farm->job[i];

		if (job->to >= 0)
			close(job->to); /* it ends by itself */
		if (job->pid > 0)
			(void)waitpid(job->pid, NULL, 0);
		if (job->from >= 0)
			close(job->from);
		if (job->farmer) {
			farmer_close(job->farmer);
			free(job->farmer);
		}
		if (job->board)
			jobs_unshare(job->board, sizeof(*job->board));
		table_close(&job->table);
		free(job->key);
		free(job->life);
	}
	for (uint32_t i = 0; i < farm->variants; i++)
		run_scene_close(&farm->scenes[i]);
	free(farm->scenes);
	free(farm->scenarios);
	free(farm);
}

uint8_t farm_variant(const struct farm *farm, uint32_t type)
{
	return farm->variant[type];
}

uint32_t farm_job(const struct farm *farm, uint32_t i)
{
	return i % farm->jobs;
}

/* ---- lives ---- */

struct farm_wanted {
	const struct farm_job *job;
	const struct farm_key *key;
};

static bool farm_same(const void *context, uint32_t entry)
{
	const struct farm_wanted *wanted = context;

	return !memcmp(&wanted->job->key[entry], wanted->key, sizeof(*wanted->key));
}

uint32_t farm_want(struct farm *farm, uint32_t index, const struct farm_key *key)
{
	struct farm_job *job = &farm->job[index];
	struct farm_wanted wanted = {job, key};
	uint64_t hash = XXH3_64bits(key, sizeof(*key));
	uint32_t entry = table_find(&job->table, hash, farm_same, &wanted);

	if (entry == TABLE_NONE) {
		entry = table_add(&job->table, hash);
		job->key = table_room(job->key, entry, sizeof(*job->key));
		job->key[entry] = *key;
	}
	return entry < job->lived ? entry : FARM_NO_LIFE;
}

/* The next batch of what a job has to live; 0: it has nothing. */
static uint32_t farm_give(struct farm_job *job)
{
	uint32_t count = job->table.count - job->lived;

	if (count > FARM_BATCH)
		count = FARM_BATCH;
	job->board->count = count;
	if (count)
		memcpy(job->board->key, &job->key[job->lived], count * sizeof(*job->key));
	return count;
}

static void farm_take(struct farm_job *job)
{
	for (uint32_t i = 0; i < job->board->count; i++) {
		job->life = table_room(job->life, job->lived, sizeof(*job->life));
		job->life[job->lived++] = job->board->life[i];
	}
}

int farm_live(struct farm *farm)
{
	uint32_t given;

	do {
		char go = 1;

		given = 0;
		for (uint32_t i = 0; i < farm->jobs; i++) {
			struct farm_job *job = &farm->job[i];

			if (!farm_give(job))
				continue;
			given++;
			if (job->farmer)
				farm_work(job->farmer, job->board);
			else if (write(job->to, &go, 1) != 1)
				return -1;
		}
		for (uint32_t i = 0; i < farm->jobs; i++) {
			struct farm_job *job = &farm->job[i];

			if (!job->board->count)
				continue;
			if (!job->farmer && read(job->from, &go, 1) != 1)
				return -1;
			farm_take(job);
		}
	} while (given);
	return 0;
}

const struct farm_life *farm_life(const struct farm *farm, uint32_t job, uint32_t life)
{
	return &farm->job[job].life[life];
}

uint64_t farm_lives(const struct farm *farm)
{
	uint64_t lives = 0;

	for (uint32_t i = 0; i < farm->jobs; i++)
		lives += farm->job[i].lived;
	return lives;
}
