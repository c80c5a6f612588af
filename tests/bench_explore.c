/*
 * How fast a search resolves cuts, beside a naive loop that replays each cut from the start.
 * Figures are printed, and kept as a table in the folder that is named: no test asks for them.
 */
#include <stdarg.h>

#include "tests/bench.h"
#include "tests/bench_plot.h"

#include "sim/explore/explore.h"

#define BENCH_NAIVE_CASES  200u
#define BENCH_UNUSED_BYTES (4u << 20)

#define BENCH_ROWS 4

static FILE *bench_table;

struct bench_row {
	uint32_t ops;
	double explored_us, replayed_us;
};

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

/* A search; seconds of processor. */
static double bench_search(const struct run_scene *scene, uint32_t depth, uint32_t tears,
			   struct explore_result *result, uint64_t *cuts)
{
	struct explore_options options = {.depth = depth, .tears = tears, .unlived = true};
	struct explore explore;
	double start = bench_now(CLOCK_PROCESS_CPUTIME_ID);
	char why[256];

	if (explore_open(&explore, scene, &options, result, why, sizeof(why)))
		bench_fail(why);
	if (explore_search(&explore, why, sizeof(why)))
		bench_fail(why);
	*cuts = explore.made;
	explore_close(&explore);
	return bench_now(CLOCK_PROCESS_CPUTIME_ID) - start;
}

static void bench_closed(const char *path, uint32_t tears, const char *name)
{
	struct explore_result result;
	struct bench_scene bench;
	uint64_t cuts;
	double seconds;

	bench_open(&bench, path);
	seconds = bench_search(&bench.scene, UINT32_MAX, tears, &result, &cuts);
	if (!result.closed)
		bench_fail("a search that should close did not");
	bench_line("| %s | %llu | %llu | %.1f | %.0f | %.0f |\n", name,
		   (unsigned long long)result.states, (unsigned long long)cuts, seconds,
		   (double)cuts / seconds, (double)result.bytes / (1 << 20));
	bench_close(&bench);
}

/* Each cut from the start, up to the state that it leaves: seconds a cut. */
static double bench_naive(const struct run_scene *scene, uint32_t ops)
{
	double start = bench_now(CLOCK_PROCESS_CPUTIME_ID);

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
	return (bench_now(CLOCK_PROCESS_CPUTIME_ID) - start) / BENCH_NAIVE_CASES;
}

static void bench_scaled(uint32_t units, uint32_t unused_bytes, struct bench_row *row)
{
	struct explore_result result;
	struct bench_scene bench;
	uint64_t cuts, made = 0;
	double seconds = 0;

	bench_open_scaled(&bench, units * 256 - 1000, unused_bytes, 8);
	row->ops = bench_ops(&bench.scene);
	for (; seconds < 1; made += cuts)
		seconds += bench_search(&bench.scene, 1, 8, &result, &cuts);
	row->explored_us = seconds * 1e6 / (double)made;
	row->replayed_us = bench_naive(&bench.scene, row->ops) * 1e6;
	bench_line("| %u%s | %.2f | %.1f | %.0f |\n", row->ops,
		   unused_bytes ? ", 4 MiB unused" : "", row->explored_us, row->replayed_us,
		   row->replayed_us / row->explored_us);
	bench_close(&bench);
}

/* Wall-clock seconds, on so many processes. */
static void bench_jobs(const char *path, const char *name)
{
	bench_line("| %s ", name);
	for (uint32_t jobs = 1; jobs <= 2; jobs++) {
		struct explore_options options = {.depth = UINT32_MAX, .tears = 8, .jobs = jobs};
		struct explore_result result;
		struct bench_scene bench;
		struct explore explore;
		char why[256];
		double start;

		bench_open(&bench, path);
		start = bench_now(CLOCK_MONOTONIC);
		if (explore_open(&explore, &bench.scene, &options, &result, why, sizeof(why)) ||
		    explore_search(&explore, why, sizeof(why)))
			bench_fail(why);
		bench_line("| %.1f ", bench_now(CLOCK_MONOTONIC) - start);
		explore_close(&explore);
		bench_close(&bench);
	}
	bench_line("|\n");
}

static void bench_plot(const struct bench_row *row, int rows, const char *folder)
{
	struct plot plot = {.title = "What one cut costs, by the length of the update",
			    .x_name = "ops of the update",
			    .y_name = "microseconds a cut",
			    .x_low = 100,
			    .x_high = 10000,
			    .y_low = 0.1,
			    .y_high = 10000,
			    .points = rows};
	struct plot_line explored = {.name = "explored", .colour = "#1b6e3c"};
	struct plot_line replayed = {.name = "replayed", .colour = "#b3261e"};
	char path[256];
	FILE *to;

	for (int i = 0; i < rows; i++) {
		plot.x[i] = row[i].ops;
		explored.y[i] = row[i].explored_us;
		replayed.y[i] = row[i].replayed_us;
	}
	snprintf(path, sizeof(path), "%s/cut-cost.svg", folder);
	to = fopen(path, "w");
	if (!to)
		bench_fail("the folder for the plot cannot be written");
	plot_axes(&plot, to);
	plot_line(&plot, &explored, to);
	plot_line(&plot, &replayed, to);
	fputs("</svg>\n", to);
	fclose(to);
}

int main(int argc, char **argv)
{
	static const uint32_t units[BENCH_ROWS] = {100, 500, 2200, 8900};
	struct bench_row row[BENCH_ROWS], unused;

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
	bench_line("\nThe same on two processes, in seconds by the clock on the wall:\n\n"
		   "| closed search | -j 1 | -j 2 |\n|---|---:|---:|\n");
	bench_jobs("scenarios/1xx-power/101-ab-update.yaml", "ab-update");
	bench_jobs("scenarios/1xx-power/111-whole-life.yaml", "whole-life");
	bench_line("\nEvery cut of one update, resolved (its state made, hashed, and found known "
		   "or queued), beside a\nloop that replays each from the start:\n\n"
		   "| ops | us a cut | us a cut, replayed | times |\n|---:|---:|---:|---:|\n");
	for (size_t i = 0; i < BENCH_ROWS; i++)
		bench_scaled(units[i], 0, &row[i]);
	bench_scaled(500, BENCH_UNUSED_BYTES, &unused);
	bench_line("\n![What one cut costs, by the length of the update](cut-cost.svg)\n");
	if (argc > 1)
		bench_plot(row, BENCH_ROWS, argv[1]);
	if (bench_table)
		fclose(bench_table);
	return 0;
}
