/*
 * How long a fleet takes, and how much memory. Figures are printed, and kept as a table in the
 * folder that is named: no test asks for them.
 */
#include <stdarg.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "tests/bench.h"

#include "sim/fleet/fleet.h"

#define BENCH_FLEET "scenarios/7xx-fleet/701-good-release.yaml"

static FILE *bench_table;

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
	fflush(bench_table);
}

static double bench_processor(const struct rusage *usage)
{
	return (double)(usage->ru_utime.tv_sec + usage->ru_stime.tv_sec) +
	       (double)(usage->ru_utime.tv_usec + usage->ru_stime.tv_usec) / 1e6;
}

/* In a process of its own, so that its memory is its own. */
static void bench_fleet(uint32_t devices, uint32_t jobs, bool anew)
{
	struct fleet_options options = {.devices = devices, .jobs = jobs, .seed = 1, .anew = anew};
	double start = bench_now(CLOCK_MONOTONIC), seconds;
	struct rusage usage;
	int status, back[2];
	uint64_t figures[3]; /* lives, cuts, lives that the firmware lived */
	pid_t pid;

	if (pipe(back) != 0 || (pid = fork()) < 0)
		bench_fail("no process for a fleet");
	if (pid == 0) {
		struct fleet_result *result = calloc(1, sizeof(*result));
		struct scenario *scenario = scenario_open(BENCH_FLEET);
		char why[256];

		if (!result || !scenario ||
		    fleet_run(scenario, device_reference(), &options, result, &figures[2], why,
			      sizeof(why)) != 0 ||
		    !fleet_held(result))
			_exit(1);
		figures[0] = result->lives;
		figures[1] = result->cuts;
		_exit(write(back[1], figures, sizeof(figures)) == sizeof(figures) ? 0 : 1);
	}
	if (wait4(pid, &status, 0, &usage) != pid || status ||
	    read(back[0], figures, sizeof(figures)) != sizeof(figures))
		bench_fail("a fleet that should hold did not");
	close(back[0]);
	close(back[1]);
	seconds = bench_now(CLOCK_MONOTONIC) - start;
	bench_line("| %u | %u | %llu | %llu | %llu | %.1f | %.1f | %ld |\n", devices, jobs,
		   (unsigned long long)figures[0], (unsigned long long)figures[1],
		   (unsigned long long)figures[2], seconds, bench_processor(&usage),
		   usage.ru_maxrss / 1024);
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		char path[256];

		snprintf(path, sizeof(path), "%s/fleet-cost.md", argv[1]);
		bench_table = fopen(path, "w");
		if (!bench_table)
			bench_fail("the folder for the table cannot be written");
	}
	bench_line("# How long a fleet takes\n\nMade by `make bench` of " BENCH_FLEET
		   ": one full update a device over\n56 days, with the power cut in one of twenty "
		   "lives that write. The wall's clock is that of a\nmachine with other work; MiB "
		   "is the most that the largest process took.\n\n"
		   "| devices | -j | lives | cut | lived by the firmware | wall s | processor s | "
		   "MiB |\n"
		   "|---:|---:|---:|---:|---:|---:|---:|---:|\n");
	bench_fleet(100000, 1, false);
	bench_fleet(100000, 2, false);
	bench_fleet(1000000, 1, false);
	bench_line("\nThe last two with every life lived, however alike (`--anew`):\n\n"
		   "| devices | -j | lives | cut | lived by the firmware | wall s | processor s | "
		   "MiB |\n"
		   "|---:|---:|---:|---:|---:|---:|---:|---:|\n");
	bench_fleet(5000, 1, false);
	bench_fleet(5000, 1, true);
	bench_fleet(5000, 2, true);
	if (bench_table)
		fclose(bench_table);
	return 0;
}
