/*
 * Benchmarks: cuts a second in process and through FUSE, what a cut costs as the ops grow in
 * number, executions a second of the fuzz targets, peak memory; beside them the machine's own
 * floor, measured in the same run. No test: it asserts nothing about time.
 */
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/sha.h>
#include <sys/resource.h>

#include "tests/bench.h"

#include "sim/mount/mount.h"
#include "sim/sweep.h"

#define BENCH_SECONDS  1.0
#define BENCH_SCENARIO "scenarios/1xx-power/101-ab-update.yaml"

static void bench_sha256(void)
{
	static uint8_t data[65536];
	uint8_t value[32];
	double start = bench_now(CLOCK_MONOTONIC), spent;
	uint64_t rounds = 0;

	do {
		SHA256(data, sizeof(data), value);
		data[rounds++ % sizeof(data)] ^= value[0];
		spent = bench_now(CLOCK_MONOTONIC) - start;
	} while (spent < BENCH_SECONDS);
	printf("floor     SHA-256 of 64 KiB                    %10.0f a second, %6.1f us each\n",
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
	start = bench_now(CLOCK_MONOTONIC);
	do {
		if (EVP_PKEY_verify(context, signature, size, digest, sizeof(digest)) != 1)
			bench_fail("OpenSSL does not know its own signature");
		rounds++;
		spent = bench_now(CLOCK_MONOTONIC) - start;
	} while (spent < BENCH_SECONDS);
	printf("floor     ECDSA P-256 verification             %10.0f a second, %6.1f us each\n",
	       (double)rounds / spent, spent * 1e6 / (double)rounds);
	EVP_PKEY_CTX_free(context);
	EVP_PKEY_free(key);
}

/* Sweeps a scenario in this process. */
static void bench_sweep(struct bench_scene *bench, const char *name)
{
	struct sweep_options options = {.jobs = 1, .shards = 1};
	struct sweep_result *result = malloc(sizeof(*result));
	double start, spent;

	if (!result)
		bench_fail("out of memory");
	start = bench_now(CLOCK_MONOTONIC);
	if (sweep_scenario(&bench->scene, &options, result) || !sweep_good(result))
		bench_fail("the scenario is not held");
	spent = bench_now(CLOCK_MONOTONIC) - start;
	printf("ram       %-36s %10.0f cuts a second, %6.3f ms a cut, %u ops, %llu cases\n", name,
	       (double)result->cases / spent, spent * 1e3 / (double)result->cases, result->ops,
	       (unsigned long long)result->cases);
	free(result);
	bench_close(bench);
}

static void bench_scaled(uint32_t payload_bytes, uint32_t unused_bytes)
{
	struct bench_scene bench;
	char name[64];

	snprintf(name, sizeof(name), "update of %u bytes%s", payload_bytes,
		 unused_bytes ? ", 4 MiB unused" : "");
	bench_open_scaled(&bench, payload_bytes, unused_bytes, 1);
	bench_sweep(&bench, name);
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
	start = bench_now(CLOCK_MONOTONIC);
	do {
		struct plan plan = {.count = 1};

		plan.faults[0] = (struct plan_fault){.kind = PLAN_CUT,
						     .op = 1 + (uint32_t)(cases * 37 % ops)};
		run_case(&bench.scene, &plan, NULL, &verdict);
		if (!verdict_good(&verdict, bench.scenario))
			bench_fail("a case through FUSE is not held");
		cases++;
		spent = bench_now(CLOCK_MONOTONIC) - start;
	} while (spent < 5 * BENCH_SECONDS);
	printf("fuse      %-36s %10.0f cuts a second, %6.3f ms a cut, %u ops, %llu cases\n",
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
	printf("fuzz      %-36s %10.0f executions a second, %s\n", target, strtod(line, NULL),
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
	struct bench_scene bench;
	struct rusage usage;

	bench_sha256();
	bench_ecdsa();
	bench_open(&bench, BENCH_SCENARIO);
	bench_sweep(&bench, "ab-update (8 tears)");
	bench_scaled(30000, 0);
	bench_scaled(120000, 0);
	bench_scaled(240000, 0);
	bench_scaled(120000, 4u << 20);
	bench_fuse(BENCH_SCENARIO);
	bench_fuzz_all();
	getrusage(RUSAGE_SELF, &usage);
	printf("memory    %.1f MiB at most\n", (double)usage.ru_maxrss / 1024);
	return 0;
}
