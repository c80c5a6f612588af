/*
 * Runs scenarios on mutants of the firmware until one kills it. Reads names of shared objects in
 * the folder specimens/ beside this program from stdin, one a line, each with or without the word
 * search behind it, and answers each with one line: name, killed or survived, by which scenario,
 * how. A mutant lives in a process of its own, so that
 * whatever it breaks is broken there.
 *
 * usage: mutant_run EXPLORED SCENARIO.yaml...
 *
 * First the case without cuts of every scenario, then its other cases, then, if asked for,
 * EXPLORED is searched. Those that have killed most are asked first; whether a mutant survives does
 * not depend on that, since it survives only if all have been asked.
 */
#include <assert.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/explore/explore.h"
#include "sim/sweep.h"

#define MUTANT_SCENARIOS_MAX 1024
#define MUTANT_CPU_SECONDS   100u /* the reference needs 13 */
#define MUTANT_SHARDS	     1u	  /* of the turns of a sweep one in so many */
#define MUTANT_SHARDS_QUICK  10u
#define MUTANT_FLASH_BYTES   65536u
#define MUTANT_BYTES	     (64ull << 20) /* the reference needs 31 MiB */

enum mutant_phase { MUTANT_PLAIN, MUTANT_SWEPT, MUTANT_EXPLORED, MUTANT_PHASES };

static const char *const mutant_phases[MUTANT_PHASES] = {"plain", "swept", "explored"};

/* What the process of a mutant leaves for its parent. */
struct mutant_note {
	bool killed, done;
	enum mutant_phase phase;
	uint32_t scenario;
	char how[200];
};

struct mutant_suite {
	uint32_t count;
	struct scenario *scenarios[MUTANT_SCENARIOS_MAX];
	uint32_t kills[MUTANT_PHASES][MUTANT_SCENARIOS_MAX];
	uint64_t cost[MUTANT_SCENARIOS_MAX]; /* roughly, of all cases */
	uint32_t order[MUTANT_PHASES][MUTANT_SCENARIOS_MAX];
	struct scenario *explored;
	bool quick; /* some of the cases and no search: survivors are only suspects */
	struct mutant_note *note;
};

static struct mutant_suite suite;

__attribute__((noreturn)) static void mutant_killed(enum mutant_phase phase, uint32_t scenario,
						    const char *how)
{
	suite.note->killed = true;
	suite.note->phase = phase;
	suite.note->scenario = scenario;
	snprintf(suite.note->how, sizeof(suite.note->how), "%s", how);
	_exit(0);
}

static const char *mutant_how(const struct verdict *verdict)
{
	return verdict->first >= 0 ? rule_name((enum rule)verdict->first) : "expectation";
}

static void mutant_plain(const struct run_scene *scene, uint32_t index)
{
	const struct scenario *scenario = scene->scenario;
	struct verdict verdict;

	run_case(scene, &scenario->faults.plan, NULL, &verdict);
	if (!verdict_good(&verdict, scenario))
		mutant_killed(MUTANT_PLAIN, index, mutant_how(&verdict));
}

static bool mutant_case_done(void *context, const struct run *run, const struct verdict *verdict)
{
	const uint32_t *index = context;

	if (!verdict_good(verdict, run->scene->scenario))
		mutant_killed(MUTANT_SWEPT, *index, mutant_how(verdict));
	return false;
}

/* One turn in so many of a scenario's cases. */
static void mutant_swept(const struct run_scene *scene, uint32_t index, uint32_t shards)
{
	struct sweep_options options = {
		.jobs = 1, .shards = shards, .case_done = mutant_case_done, .context = &index};
	static struct sweep_result result;

	if (sweep_scenario(scene, &options, &result) != 0)
		mutant_killed(MUTANT_SWEPT, index, "sweep failed");
}

/*
 * Of pairs of cuts an eighth, since the search looks at chains as well; and so of large
 * flashes, on which the same happens as on small ones.
 */
static void mutant_swept_all(struct run_scene *scenes, uint32_t shards)
{
	for (uint32_t i = 0; i < suite.count; i++) {
		uint32_t at = suite.order[MUTANT_SWEPT][i];
		const struct scenario *scenario = suite.scenarios[at];
		bool is_long = scenario->faults.cuts == 2 ||
			       scenario->board.flash_bytes > MUTANT_FLASH_BYTES;

		mutant_swept(&scenes[at], at, is_long ? 8 * shards : shards);
	}
}

static void mutant_explored(const struct device_firmware *firmware)
{
	struct explore_options options = {
		.depth = UINT32_MAX, .tears = 1, .memory_bytes = MUTANT_BYTES};
	struct explore_result *result = calloc(1, sizeof(*result));
	struct run_scene scene;
	struct explore explore;
	char why[256] = "";

	assert(result);
	if (run_scene_open(&scene, suite.explored, firmware, why, sizeof(why)) != 0)
		mutant_killed(MUTANT_EXPLORED, 0, "provisioning");
	if (explore_open(&explore, &scene, &options, result, why, sizeof(why)) != 0)
		mutant_killed(MUTANT_EXPLORED, 0, "cannot be searched");
	if (explore_search(&explore, why, sizeof(why)) != 0)
		mutant_killed(MUTANT_EXPLORED, 0, "search failed");
	explore_settle(&explore);
	if (!explore_good(result, suite.explored))
		mutant_killed(MUTANT_EXPLORED, 0, "search");
	explore_close(&explore);
	run_scene_close(&scene);
	free(result);
}

/* A life of the reference sets the guard against hangs up; from then on it is impatient. */
static void mutant_be_impatient(void)
{
	struct itimerval every = {.it_interval = {.tv_usec = 300000},
				  .it_value = {.tv_usec = 300000}};
	struct rlimit limit = {MUTANT_CPU_SECONDS, MUTANT_CPU_SECONDS};
	struct run_scene scene;
	struct verdict verdict;
	char why[256];

	if (run_scene_open(&scene, suite.scenarios[0], device_reference(), why, sizeof(why)) != 0)
		abort();
	run_case(&scene, &suite.scenarios[0]->faults.plan, NULL, &verdict);
	run_scene_close(&scene);
	setrlimit(RLIMIT_CPU, &limit);
	setitimer(ITIMER_VIRTUAL, &every, NULL);
}

/* Everything that there is against one mutant. */
static void mutant_live(const char *name, bool search)
{
	static struct run_scene scenes[MUTANT_SCENARIOS_MAX];
	struct device_firmware firmware;
	char why[8192];

	mutant_be_impatient();
	if (device_load(name, &firmware, why, sizeof(why)) != 0) {
		fprintf(stderr, "%s\n", why);
		_exit(2);
	}
	for (uint32_t i = 0; i < suite.count; i++) {
		uint32_t at = suite.order[MUTANT_PLAIN][i];

		if (run_scene_open(&scenes[at], suite.scenarios[at], &firmware, why, sizeof(why)))
			mutant_killed(MUTANT_PLAIN, at, "provisioning");
		mutant_plain(&scenes[at], at);
	}
	mutant_swept_all(scenes, suite.quick ? MUTANT_SHARDS_QUICK : MUTANT_SHARDS);
	if (search && !suite.quick)
		mutant_explored(&firmware);
	suite.note->done = true;
	_exit(0);
}

static int mutant_by_kills(const void *a, const void *b, void *context)
{
	uint32_t left = *(const uint32_t *)a, right = *(const uint32_t *)b;
	const uint32_t *kills = context;

	if (kills[left] != kills[right])
		return kills[left] > kills[right] ? -1 : 1;
	if (suite.cost[left] != suite.cost[right])
		return suite.cost[left] < suite.cost[right] ? -1 : 1;
	return left < right ? -1 : 1;
}

static void mutant_sort(void)
{
	for (int phase = 0; phase < MUTANT_EXPLORED; phase++)
		qsort_r(suite.order[phase], suite.count, sizeof(uint32_t), mutant_by_kills,
			suite.kills[phase]);
}

/* 0, or -1: the mutant could not be run at all. */
static int mutant_judge(const char *name, bool search)
{
	struct mutant_note *note = suite.note;
	int status;
	pid_t pid;

	memset(note, 0, sizeof(*note));
	fflush(NULL);
	pid = fork();
	assert(pid >= 0);
	if (pid == 0)
		mutant_live(name, search);
	if (waitpid(pid, &status, 0) != pid || (WIFEXITED(status) && WEXITSTATUS(status) == 2))
		return -1;
	if (note->killed) {
		printf("%s\tkilled\t%s\t%s\t%s\n", name, mutant_phases[note->phase],
		       note->phase == MUTANT_EXPLORED ? suite.explored->name
						      : suite.scenarios[note->scenario]->name,
		       note->how);
		if (note->phase < MUTANT_EXPLORED) {
			suite.kills[note->phase][note->scenario]++;
			mutant_sort();
		}
	} else if (!note->done) {
		printf("%s\tkilled\t-\t-\t%s\n", name,
		       WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU ? "time" : "crash");
	} else {
		printf("%s\tsurvived\t-\t-\t-\n", name);
	}
	return fflush(stdout);
}

static uint64_t mutant_cost(const struct scenario *scenario)
{
	const struct scenario_faults *faults = &scenario->faults;
	uint64_t cost = scenario->board.flash_bytes / scenario->board.program_bytes;

	if (faults->cut_every)
		cost *= faults->tears + 8ull;
	if (faults->cut_every && faults->cuts == 2)
		cost *= 1000;
	return cost;
}

static struct scenario *mutant_scenario(const char *path)
{
	struct scenario *scenario = scenario_open(path);

	if (!scenario)
		exit(2);
	return scenario;
}

int main(int argc, char **argv)
{
	char line[DEVICE_NAME_BYTES + 16];

	if (argc < 3 || argc - 2 > MUTANT_SCENARIOS_MAX) {
		fprintf(stderr, "usage: mutant_run EXPLORED SCENARIO.yaml... <NAMES\n");
		return 2;
	}
	suite.note = mmap(NULL, sizeof(*suite.note), PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert(suite.note != MAP_FAILED);
	scenario_agent_path("build/device/agent-payload");
	suite.quick = strcmp(argv[1], "-") == 0;
	if (!suite.quick)
		suite.explored = mutant_scenario(argv[1]);
	for (int i = 2; i < argc; i++) {
		uint32_t at = suite.count++;

		suite.scenarios[at] = mutant_scenario(argv[i]);
		suite.cost[at] = mutant_cost(suite.scenarios[at]);
		suite.order[MUTANT_PLAIN][at] = suite.order[MUTANT_SWEPT][at] = at;
	}
	mutant_sort();
	while (fgets(line, sizeof(line), stdin)) {
		size_t name_bytes = strcspn(line, " \n");
		bool search = line[name_bytes] == ' ';

		line[name_bytes] = '\0';
		if (mutant_judge(line, search) != 0) {
			fprintf(stderr, "mutant_run: %s could not be run\n", line);
			return 2;
		}
	}
	for (uint32_t i = 0; i < suite.count; i++)
		scenario_close(suite.scenarios[i]);
	if (suite.explored)
		scenario_close(suite.explored);
	return 0;
}
