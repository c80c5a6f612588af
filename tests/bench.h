/* What the benchmarks share: time, scenes, a scenario of any size. A benchmark that fails ends. */
#ifndef TESTS_BENCH_H
#define TESTS_BENCH_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sim/run.h"
#include "sim/scenario.h"

#define BENCH_SECTOR 4096u /* of a scaled scenario's chip */

struct bench_scene {
	struct scenario *scenario;
	struct run_scene scene;
};

/* Seconds of the machine's clock, or of this process's processor time. */
static inline double bench_now(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

__attribute__((noreturn)) static inline void bench_fail(const char *what)
{
	fprintf(stderr, "bench: %s\n", what);
	exit(2);
}

static inline void bench_open(struct bench_scene *bench, const char *path)
{
	char why[256];

	bench->scenario = scenario_open(path);
	if (!bench->scenario)
		bench_fail("the scenario does not load");
	if (run_scene_open(&bench->scene, bench->scenario, device_reference(), why, sizeof(why)))
		bench_fail(why);
}

static inline void bench_close(struct bench_scene *bench)
{
	run_scene_close(&bench->scene);
	scenario_close(bench->scenario);
}

/* The design's example with payloads of another size, in a chip that they just fit. */
static inline void bench_open_scaled(struct bench_scene *bench, uint32_t payload_bytes,
				     uint32_t unused_bytes, uint32_t tears)
{
	char path[] = "/tmp/brownout-bench-XXXXXX", file[64], here[4096], keys[64];
	uint32_t slot = (payload_bytes + 1000) / BENCH_SECTOR + 1; /* header, TLVs, signature */
	uint32_t sectors = 2 * slot + HAL_COPIES + HAL_LOGS + unused_bytes / BENCH_SECTOR;
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
		"  flash: {kind: nor, sector: %u, sectors: %u, program: 256}\n"
		"  efuse: {counter: 8}\n"
		"factory: {version: 1.0.0, security: 1, size: %u}\n"
		"update: {version: 1.1.0, security: 2, size: %u}\n"
		"faults: {cut: every, tears: %u, cuts: any}\nexpect: {version: 1.1.0}\n",
		BENCH_SECTOR, sectors, payload_bytes, payload_bytes, tears);
	fclose(out);
	bench_open(bench, file);
	unlink(file);
	unlink(keys);
	rmdir(path);
}

/* The ops of a clean run, so that cuts can be spread over them. */
static inline uint32_t bench_ops(const struct run_scene *scene)
{
	static const struct plan none;
	struct verdict verdict;
	uint32_t ops;
	struct run run;

	run_open(&run, scene, &none);
	run_finish(&run, &verdict);
	ops = run.faults.op;
	run_close(&run);
	return ops;
}

#endif
