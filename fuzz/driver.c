/*
 * main() for a target under engines that bring none. Built by AFL++'s compiler it fuzzes in
 * persistent mode from shared memory; built by any other it replays files, or measures:
 *   TARGET FILE...                  each input once, in memory of exactly its size
 *   TARGET --rate SECONDS FILE...   the same again and again; prints executions a second
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "fuzz/fuzz.h"

#ifdef __AFL_COMPILER
/* AFL++'s own macros cast constants away. */
#pragma clang diagnostic ignored "-Wcast-qual"
__AFL_FUZZ_INIT();

static void driver_persist(void)
{
	unsigned char *data;

	__AFL_INIT();
	data = __AFL_FUZZ_TESTCASE_BUF;
	while (__AFL_LOOP(10000))
		(void)LLVMFuzzerTestOneInput(data, (size_t)__AFL_FUZZ_TESTCASE_LEN);
}
#else
static void driver_persist(void)
{
	(void)fputs("no input, expected FILE...\n", stderr);
	exit(2);
}
#endif

struct driver_input {
	uint8_t *data; /* malloc'd of exactly this size, so that a sanitizer sees a byte too far */
	size_t size_bytes;
};

static void driver_read(const char *path, struct driver_input *input)
{
	FILE *file = fopen(path, "rb");
	long size = -1;

	if (file != NULL && fseek(file, 0, SEEK_END) == 0)
		size = ftell(file);
	if (size >= 0) {
		rewind(file);
		input->size_bytes = (size_t)size;
		input->data = malloc(size > 0 ? (size_t)size : 1);
	}
	if (size < 0 || input->data == NULL ||
	    fread(input->data, 1, input->size_bytes, file) != input->size_bytes) {
		(void)fprintf(stderr, "%s: cannot be read, expected a file\n", path);
		exit(2);
	}
	(void)fclose(file);
}

static double driver_now(void)
{
	struct timespec now;

	(void)clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void driver_rate(const struct driver_input *inputs, int count, double seconds)
{
	double start = driver_now(), spent;
	unsigned long executions = 0;

	do {
		for (int i = 0; i < count; i++)
			(void)LLVMFuzzerTestOneInput(inputs[i].data, inputs[i].size_bytes);
		executions += (unsigned long)count;
		spent = driver_now() - start;
	} while (spent < seconds);
	printf("%.0f\n", (double)executions / spent);
}

int main(int argc, char **argv)
{
	double seconds = 0;
	struct driver_input *inputs;
	int first = 1;

	if (LLVMFuzzerInitialize)
		(void)LLVMFuzzerInitialize(&argc, &argv);
	if (argc > 2 && strcmp(argv[1], "--rate") == 0) {
		seconds = strtod(argv[2], NULL);
		first = 3;
	}
	if (argc <= first) {
		driver_persist();
		return 0;
	}
	inputs = calloc((size_t)(argc - first), sizeof(*inputs));
	if (inputs == NULL)
		return 2;
	for (int i = first; i < argc; i++)
		driver_read(argv[i], &inputs[i - first]);
	if (seconds > 0) {
		driver_rate(inputs, argc - first, seconds);
	} else {
		for (int i = first; i < argc; i++)
			(void)LLVMFuzzerTestOneInput(inputs[i - first].data,
						     inputs[i - first].size_bytes);
		printf("%d inputs held\n", argc - first);
	}
	for (int i = 0; i < argc - first; i++)
		free(inputs[i].data);
	free(inputs);
	return 0;
}
