/* Scenarios from a text: written to a directory of their own, opened, and what was said kept. */
#ifndef TESTS_SCENARIO_FIXTURE_H
#define TESTS_SCENARIO_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <cmocka.h>

#include "sim/scenario.h"

struct fixture {
	char dir[64];	    /* with keys/, a link to the repository's */
	char path[128];	    /* of the scenario written last */
	char message[2048]; /* what was written to stderr, the file's path left out */
	char text[8192];    /* for whoever makes up a scenario */
};

static inline int fixture_open(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	char keys[96], target[4096];

	assert_non_null(fixture);
	(void)snprintf(fixture->dir, sizeof(fixture->dir), "/tmp/scenario-XXXXXX");
	assert_non_null(mkdtemp(fixture->dir));
	(void)snprintf(keys, sizeof(keys), "%s/keys", fixture->dir);
	assert_non_null(realpath("scenarios/keys", target));
	assert_int_equal(symlink(target, keys), 0);
	*state = fixture;
	return 0;
}

static inline int fixture_close(void **state)
{
	struct fixture *fixture = *state;
	char keys[96];

	(void)snprintf(keys, sizeof(keys), "%s/keys", fixture->dir);
	assert_int_equal(unlink(keys), 0);
	assert_int_equal(rmdir(fixture->dir), 0);
	free(fixture);
	return 0;
}

/* Opens a scenario, with stderr in fixture->message. */
static inline struct scenario *fixture_load(struct fixture *fixture, const char *path)
{
	FILE *said = tmpfile();
	int kept = dup(STDERR_FILENO);
	char whole[sizeof(fixture->message)];
	struct scenario *scenario;
	size_t bytes;

	assert_non_null(said);
	(void)fflush(stderr);
	assert_true(kept >= 0 && dup2(fileno(said), STDERR_FILENO) >= 0);
	scenario = scenario_open(path);
	(void)fflush(stderr);
	assert_true(dup2(kept, STDERR_FILENO) >= 0);
	(void)close(kept);
	rewind(said);
	bytes = fread(whole, 1, sizeof(whole) - 1, said);
	whole[bytes] = '\0';
	(void)fclose(said);
	/* What is said begins with the path, as it was given. */
	size_t skip = strncmp(whole, path, strlen(path)) == 0 ? strlen(path) : 0;
	(void)snprintf(fixture->message, sizeof(fixture->message), "%s", whole + skip);
	return scenario;
}

/* Opens a text as the file of that name. */
static inline struct scenario *fixture_scenario(struct fixture *fixture, const char *file,
						const char *text)
{
	struct scenario *scenario;
	FILE *stream;

	(void)snprintf(fixture->path, sizeof(fixture->path), "%s/%s", fixture->dir, file);
	stream = fopen(fixture->path, "w");
	assert_non_null(stream);
	assert_true(fputs(text, stream) >= 0);
	assert_int_equal(fclose(stream), 0);
	scenario = fixture_load(fixture, fixture->path);
	assert_int_equal(unlink(fixture->path), 0);
	return scenario;
}

/* The same, and it must be a good one. */
static inline struct scenario *fixture_good(struct fixture *fixture, const char *file,
					    const char *text)
{
	struct scenario *scenario = fixture_scenario(fixture, file, text);

	if (scenario == NULL)
		fail_msg("refused: %s", fixture->message);
	assert_string_equal(fixture->message, "");
	return scenario;
}

#endif
