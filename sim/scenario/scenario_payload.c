/* Payloads. */
#include "sim/scenario/scenario_payload.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "sim/scenario.h"

#define PAYLOAD_BYTES_MAX (64u << 20)
#define PAYLOAD_PATH	  4096

static const char *agent_path; /* NULL: beside this process' executable */

void scenario_agent_path(const char *path)
{
	agent_path = path;
}

/* Vigna's splitmix64 (public domain), the generator that seeds others. */
static uint64_t random_next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
	return z ^ (z >> 31);
}

void scenario_payload_random(const uint8_t seed[32], uint8_t *data, size_t size_bytes)
{
	uint64_t state = 0, word = 0;

	for (size_t i = 0; i < 8; i++)
		state |= (uint64_t)seed[i] << (8 * i);
	for (size_t i = 0; i < size_bytes; i++) {
		if (i % 8 == 0)
			word = random_next(&state);
		data[i] = (uint8_t)(word >> (8 * (i % 8)));
	}
}

static void path_default(char path[PAYLOAD_PATH])
{
	static const char tail[] = "device/agent-payload";
	ssize_t bytes = readlink("/proc/self/exe", path, PAYLOAD_PATH - sizeof(tail));
	size_t directory = 0;

	for (ssize_t i = 0; i < bytes; i++) {
		if (path[i] == '/')
			directory = (size_t)i + 1;
	}
	memcpy(path + directory, tail, sizeof(tail));
}

uint8_t *scenario_payload_agent(size_t more_bytes, size_t *size_bytes, char *why, size_t why_bytes)
{
	char path[PAYLOAD_PATH];
	uint8_t *data = NULL;
	long length = -1;

	if (agent_path != NULL)
		(void)snprintf(path, sizeof(path), "%s", agent_path);
	else
		path_default(path);
	FILE *stream = fopen(path, "rb");
	if (stream == NULL || fseek(stream, 0, SEEK_END) != 0 || (length = ftell(stream)) < 0 ||
	    fseek(stream, 0, SEEK_SET) != 0) {
		(void)snprintf(why, why_bytes, "%s: %s", path, strerror(errno));
		goto out;
	}
	if (length > (long)PAYLOAD_BYTES_MAX) {
		(void)snprintf(why, why_bytes, "%s: more than %u bytes", path, PAYLOAD_BYTES_MAX);
		goto out;
	}
	data = malloc((size_t)length + more_bytes);
	if (data == NULL || fread(data, 1, (size_t)length, stream) != (size_t)length) {
		(void)snprintf(why, why_bytes, "%s: cannot be read", path);
		free(data);
		data = NULL;
		goto out;
	}
	*size_bytes = (size_t)length;
out:
	if (stream != NULL)
		(void)fclose(stream);
	return data;
}
