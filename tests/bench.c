/*
 * Benchmarks: cuts a second in process and through FUSE, what a cut costs as the ops grow in
 * number, executions a second of the fuzz targets, peak memory; beside them the machine's own
 * floor, measured in the same run. No test: it asserts nothing about time.
 */
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "sim/cut_ways.h"
#include "sim/mount/mount.h"
#include "sim/scenario.h"
#include "sim/sweep.h"

#define BENCH_SECONDS 1.0

static double bench_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void bench_fail(const char *what)
{
	fprintf(stderr, "bench: %s\n", what);
	exit(1);
}

static void bench_sha256(void)
{
	static uint8_t data[65536];
	uint8_t value[32];
	double start = bench_now(), spent;
	uint64_t rounds = 0;

	do {
		SHA256(data, sizeof(data), value);
		data[rounds++ % sizeof(data)] ^= value[0];
		spent = bench_now() - start;
	} while (spent < BENCH_SECONDS);
	printf("floor     SHA-256 of 64 KiB            %10.0f a second, %6.1f us each\n",
	       (double)rounds / spent, spent * 1e6 / (double)rounds);
}

static void bench_ecdsa(void)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
	uint8_t digest[32] = {1}, signature[80];
	size_t size = sizeof(signature);
	double start, spent;
	uint64_t rounds = 0;

	if (EVP_PKEY_sign_init(context) != 1 ||
	    EVP_PKEY_sign(context, signature, &size, digest, sizeof(digest)) != 1 ||
	    EVP_PKEY_verify_init(context) != 1)
		bench_fail("OpenSSL cannot sign");
	start = bench_now();
	do {
		if (EVP_PKEY_verify(context, signature, size, digest, sizeof(digest)) != 1)
			bench_fail("OpenSSL does not know its own signature");
		rounds++;
		spent = bench_now() - start;
	} while (spent < BENCH_SECONDS);
	printf("floor     ECDSA P-256 verification     %10.0f a second, %6.1f us each\n",
	       (double)rounds / spent, spent * 1e6 / (double)rounds);
	EVP_PKEY_CTX_free(context);
	EVP_PKEY_free(key);
}

struct bench_scene {
	struct scenario *scenario;
	struct run_scene scene;
};

static void bench_open(struct bench_scene *bench, const char *path)
{
	char why[256];

	bench->scenario = scenario_open(path);
	if (!bench->scenario)
		bench_fail("the scenario does not load");
	if (run_scene_open(&bench->scene, bench->scenario, device_reference(), why, sizeof(why)))
		bench_fail(why);
}

static void bench_close(struct bench_scene *bench)
{
	run_scene_close(&bench->scene);
	scenario_close(bench->scenario);
}

/* Sweeps a scenario in this process and gives seconds a cut. */
static double bench_sweep(const char *path, const char *name)
{
	struct sweep_options options = {.jobs = 1, .shards = 1};
	struct sweep_result *result = malloc(sizeof(*result));
	struct bench_scene bench;
	double start, spent;

	if (!result)
		bench_fail("out of memory");
	bench_open(&bench, path);
	start = bench_now();
	if (sweep_scenario(&bench.scene, &options, result) || !sweep_good(result))
		bench_fail("the scenario is not held");
	spent = bench_now() - start;
	printf("ram       %-28s %10.0f cuts a second, %6.3f ms a cut, %u ops, %llu cases\n", name,
	       (double)result->cases / spent, spent * 1e3 / (double)result->cases, result->ops,
	       (unsigned long long)result->cases);
	spent /= (double)result->cases;
	free(result);
	bench_close(&bench);
	return spent;
}

/* The design's example with images of another size, in a chip that holds them. */
static void bench_scaled(uint32_t ops, uint32_t spare_bytes)
{
	char path[] = "/tmp/brownout-bench-XXXXXX", file[64], name[64], here[4096], keys[64];
	uint32_t size = ops * 200, sectors = 2 * (size / 4096 + 2) + 4 + spare_bytes / 4096;
	FILE *out;

	if (!mkdtemp(path) || !realpath("scenarios/keys", here))
		bench_fail("no folder in /tmp, or not run from the project's root");
	snprintf(keys, sizeof(keys), "%s/keys", path);
	if (symlink(here, keys))
		bench_fail("no link in /tmp");
	snprintf(file, sizeof(file), "%s/1-scaled.yaml", path);
	out = fopen(file, "w");
	if (!out)
		bench_fail("no file in /tmp");
	fprintf(out,
		"name: scaled\nsummary: scaled\ndevice:\n"
		"  flash: {kind: nor, sector: 4096, sectors: %u, program: 256}\n"
		"  efuse: {counter: 8}\n"
		"factory: {version: 1.0.0, security: 1, size: %u, key: vendor}\n"
		"update: {version: 1.1.0, security: 2, size: %u, key: vendor}\n"
		"faults: {cut: every, tears: 1, cuts: any}\nexpect: {version: 1.1.0}\n",
		sectors, size, size);
	fclose(out);
	snprintf(name, sizeof(name), "update of %u bytes%s", size,
		 spare_bytes ? ", 4 MiB unused" : "");
	bench_sweep(file, name);
	unlink(file);
	unlink(keys);
	rmdir(path);
}

/* The ops of a clean run, so that cuts can be spread over them. */
static uint32_t bench_ops(const struct run_scene *scene)
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

/* Cuts before each op in turn, each case from its start, every life in processes of its own. */
static void bench_fuse(const char *path)
{
	struct bench_scene bench;
	struct verdict verdict;
	uint64_t cases = 0;
	double start, spent;
	uint32_t ops;

	bench_open(&bench, path);
	ops = bench_ops(&bench.scene);
	mount_programs_path("build/device");
	if (mount_open(&bench.scene.door))
		bench_fail("no FUSE mount");
	start = bench_now();
	do {
		struct plan plan = {.count = 1};

		plan.faults[0] = (struct plan_fault){.kind = PLAN_CUT,
						     .op = 1 + (uint32_t)(cases * 37 % ops)};
		run_case(&bench.scene, &plan, NULL, &verdict);
		if (!verdict_good(&verdict, bench.scenario))
			bench_fail("a case through FUSE is not held");
		cases++;
		spent = bench_now() - start;
	} while (spent < 5 * BENCH_SECONDS);
	printf("fuse      %-28s %10.0f cuts a second, %6.3f ms a cut, %u ops, %llu cases\n",
	       "ab-update", (double)cases / spent, spent * 1e3 / (double)cases, ops,
	       (unsigned long long)cases);
	mount_close(&bench.scene.door);
	bench_close(&bench);
}

/* What a fuzz target makes of its corpus, over and over: its own program measures itself. */
static void bench_fuzz(const char *build, const char *target)
{
	char command[256], line[64];
	FILE *rate;

	snprintf(command, sizeof(command), "%s/fuzz/%s --rate 1 fuzz/corpus/%s/*", build, target,
		 target);
	rate = popen(command, "r");
	if (!rate || !fgets(line, sizeof(line), rate) || pclose(rate))
		bench_fail(command);
	printf("fuzz      %-28s %10.0f executions a second, %s\n", target, strtod(line, NULL),
	       strcmp(build, "build") == 0 ? "as it ships" : "under the sanitizers");
}

static void bench_fuzz_all(void)
{
	static const char *const targets[] = {"image", "manifest",    "bootctl", "efuse",
					      "flash", "agent",	      "plan",	 "scenario",
					      "case",  "differential"};

	for (size_t i = 0; i < sizeof(targets) / sizeof(targets[0]); i++) {
		bench_fuzz("build", targets[i]);
		bench_fuzz("build/sanitized", targets[i]);
	}
}

int main(void)
{
	struct rusage usage;

	bench_sha256();
	bench_ecdsa();
	bench_sweep("scenarios/1xx-power/101-ab-update.yaml", "ab-update (8 tears)");
	bench_scaled(150, 0);
	bench_scaled(600, 0);
	bench_scaled(1200, 0);
	bench_scaled(600, 4u << 20);
	bench_fuse("scenarios/1xx-power/101-ab-update.yaml");
	bench_fuzz_all();
	getrusage(RUSAGE_SELF, &usage);
	printf("memory    %.1f MiB at most\n", (double)usage.ru_maxrss / 1024);
	return 0;
}
