/*
 * How fast a search resolves cuts, beside a naive loop that replays each cut from the start.
 * Figures are printed, and kept as a table and a plot in the folder that is named: no test asks for
 * them.
 */
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sim/explore/explore.h"

#define BENCH_ROWS	   8
#define BENCH_NAIVE_CASES  200u
#define BENCH_UNUSED_BYTES (4u << 20)

struct bench_row {
	uint32_t ops;
	double explore_us, naive_us; /* a cut */
};

static FILE *bench_table;

static double bench_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void bench_fail(const char *what)
{
	fprintf(stderr, "bench: %s\n", what);
	exit(2);
}

__attribute__((format(printf, 1, 2))) static void bench_line(const char *format, ...)
{
	va_list list;

	va_start(list, format);
	vprintf(format, list);
	va_end(list);
	fflush(stdout);
	if (!bench_table)
		return;
	va_start(list, format);
	vfprintf(bench_table, format, list);
	va_end(list);
}

static void bench_open(const char *path, struct scenario **scenario, struct run_scene *scene)
{
	char why[256];

	*scenario = scenario_open(path);
	if (!*scenario)
		bench_fail("a scenario does not load");
	if (run_scene_open(scene, *scenario, device_reference(), why, sizeof(why)))
		bench_fail(why);
}

/* A search; seconds of processor. */
static double bench_search(const struct run_scene *scene, uint32_t depth, uint32_t tears,
			   struct explore_result *result, uint64_t *cuts)
{
	struct explore_options options = {.depth = depth, .tears = tears, .unlived = true};
	struct explore explore;
	double start = bench_now();
	char why[256];

	if (explore_open(&explore, scene, &options, result, why, sizeof(why)))
		bench_fail(why);
	if (explore_search(&explore, why, sizeof(why)))
		bench_fail(why);
	*cuts = explore.made;
	explore_close(&explore);
	return bench_now() - start;
}

static void bench_closed(const char *path, uint32_t tears, const char *name)
{
	struct explore_result result;
	struct scenario *scenario;
	struct run_scene scene;
	uint64_t cuts;
	double seconds;

	bench_open(path, &scenario, &scene);
	seconds = bench_search(&scene, UINT32_MAX, tears, &result, &cuts);
	if (!result.closed)
		bench_fail("a search that should close did not");
	bench_line("| %s | %llu | %llu | %.1f | %.0f | %.0f |\n", name,
		   (unsigned long long)result.states, (unsigned long long)cuts, seconds,
		   (double)cuts / seconds, (double)result.bytes / (1 << 20));
	run_scene_close(&scene);
	scenario_close(scenario);
}

/* Ops of a clean run. */
static uint32_t bench_ops(const struct run_scene *scene)
{
	static const struct plan none;
	struct verdict verdict;
	struct run run;
	uint32_t ops;

	run_open(&run, scene, &none);
	run_finish(&run, &verdict);
	ops = run.faults.op;
	run_close(&run);
	return ops;
}

/* Each cut from the start, up to the state that it leaves: seconds a cut. */
static double bench_naive(const struct run_scene *scene, uint32_t ops)
{
	double start = bench_now();

	for (uint32_t i = 0; i < BENCH_NAIVE_CASES; i++) {
		struct plan plan = {.count = 1};
		uint64_t hash[2], all = 0;
		struct run run;

		plan.faults[0] = (struct plan_fault){
			.kind = PLAN_CUT,
			.op = 1 + (uint32_t)((uint64_t)ops * i / BENCH_NAIVE_CASES)};
		run_open(&run, scene, &plan);
		do
			run_life(&run);
		while (run.history.end != DEVICE_CUT);
		for (uint32_t s = 0; s < run.device.chip.flash.sectors; s++) {
			flash_sector_hash(&run.device.chip.flash, run.device.chip.flash.sector[s],
					  hash);
			all += hash[0];
		}
		if (all == 0)
			bench_fail("a hash that cannot be");
		run_close(&run);
	}
	return (bench_now() - start) / BENCH_NAIVE_CASES;
}

/* The design's example with images of another size, in a chip that holds them. */
static void bench_scaled(uint32_t units, uint32_t unused_bytes, struct bench_row *row)
{
	char path[] = "/tmp/brownout-bench-XXXXXX", file[64], here[4096], keys[64];
	uint32_t size = units * 256 - 1000;
	uint32_t sectors = 2 * (units / 16 + 1) + HAL_COPIES + HAL_LOGS + unused_bytes / 4096;
	struct explore_result result;
	struct scenario *scenario;
	struct run_scene scene;
	uint64_t cuts;
	double seconds;
	FILE *out;

	if (!mkdtemp(path) || !realpath("scenarios/keys", here))
		bench_fail("no folder in /tmp, or not run from the project's root");
	snprintf(keys, sizeof(keys), "%s/keys", path);
	snprintf(file, sizeof(file), "%s/1-scaled.yaml", path);
	out = fopen(file, "w");
	if (symlink(here, keys) || !out)
		bench_fail("no file in /tmp");
	fprintf(out,
		"name: scaled\nsummary: scaled\ndevice:\n"
		"  flash: {kind: nor, sector: 4096, sectors: %u, program: 256}\n"
		"  efuse: {counter: 8}\n"
		"factory: {version: 1.0.0, security: 1, size: %u}\n"
		"update: {version: 1.1.0, security: 2, size: %u}\n"
		"faults: {cut: every, tears: 8, cuts: any}\nexpect: {version: 1.1.0}\n",
		sectors, size, size);
	fclose(out);
	bench_open(file, &scenario, &scene);
	row->ops = bench_ops(&scene);
	seconds = bench_search(&scene, 1, 8, &result, &cuts);
	row->explore_us = seconds / (double)cuts * 1e6;
	row->naive_us = bench_naive(&scene, row->ops) * 1e6;
	bench_line("| %u%s | %.2f | %.1f | %.0f |\n", row->ops,
		   unused_bytes ? ", 4 MiB unused" : "", row->explore_us, row->naive_us,
		   row->naive_us / row->explore_us);
	run_scene_close(&scene);
	scenario_close(scenario);
	unlink(file);
	unlink(keys);
	rmdir(path);
}

int main(int argc, char **argv)
{
	static const uint32_t units[] = {100, 500, 2200, 8900};
	struct bench_row row[BENCH_ROWS];

	if (argc > 1) {
		char path[256];

		snprintf(path, sizeof(path), "%s/benchmarks.md", argv[1]);
		bench_table = fopen(path, "w");
		if (!bench_table)
			bench_fail("the folder for the table cannot be written");
	}
	bench_line("# How fast a search is\n\nMade by `make bench`, on one core; seconds are of "
		   "processor time.\n\n");
	bench_line("| closed search | states | cuts resolved | seconds | cuts a second | MiB |\n"
		   "|---|---:|---:|---:|---:|---:|\n");
	bench_closed("scenarios/1xx-power/101-ab-update.yaml", 8, "ab-update, 8 tears a program");
	bench_closed("scenarios/1xx-power/101-ab-update.yaml", UINT32_MAX,
		     "ab-update, every byte a tear");
	bench_closed("scenarios/1xx-power/111-whole-life.yaml", 8, "whole-life, 8 tears");
	bench_line("\nEvery cut of one update, resolved (its state made, hashed, and found known "
		   "or queued), beside a\nloop that replays each from the start:\n\n"
		   "| ops | us a cut | us a cut, replayed | times |\n|---:|---:|---:|---:|\n");
	for (size_t i = 0; i < sizeof(units) / sizeof(units[0]); i++)
		bench_scaled(units[i], 0, &row[i]);
	bench_scaled(500, BENCH_UNUSED_BYTES, &row[4]);
	if (bench_table)
		fclose(bench_table);
	return 0;
}
