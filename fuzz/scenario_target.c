/* A scenario's YAML: opened, or refused with the file, the line and what was expected. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "fuzz/files.h"
#include "fuzz/fuzz.h"
#include "sim/scenario.h"

/* A number of its own for each process that works in the folder, and the name that inputs have. */
static char scenario_name[64], scenario_path[128];

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	(void)files_folder();
	return 0;
}

/* Opens it with what is said on stderr kept. */
static struct scenario *scenario_listen(char **said, size_t *said_bytes)
{
	FILE *kept = stderr, *ear = open_memstream(said, said_bytes);
	struct scenario *scenario;

	FUZZ_HOLDS(ear != NULL);
	stderr = ear;
	scenario = scenario_open(scenario_path);
	stderr = kept;
	(void)fclose(ear);
	return scenario;
}

/* What is refused has a reason, FILE:LINE: what. */
static bool scenario_has_reason(const char *said)
{
	size_t path = strlen(scenario_path);

	return strncmp(said, scenario_path, path) == 0 && said[path] == ':' &&
	       said[path + 1] >= '0' && said[path + 1] <= '9' && strchr(said, '\n') != NULL;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
	struct scenario *scenario;
	char *said = NULL;
	size_t said_bytes;

	/* Not at the start: a forked process has another number. */
	(void)snprintf(scenario_name, sizeof(scenario_name), "%ld-t.yaml", (long)getpid());
	(void)snprintf(scenario_path, sizeof(scenario_path), "%s/%s", files_folder(),
		       scenario_name);
	files_write(scenario_name, data, size_bytes);
	scenario = scenario_listen(&said, &said_bytes);
	(void)unlink(scenario_path);
	if (scenario != NULL) {
		FUZZ_HOLDS(said_bytes == 0);
		FUZZ_HOLDS(scenario->release_count > 0 && scenario->releases[0].image != NULL);
		scenario_close(scenario);
	} else if (!scenario_has_reason(said)) {
		fuzz_fail("reason", "refused without FILE:LINE: what, but '%s'", said);
	}
	free(said);
	return 0;
}
