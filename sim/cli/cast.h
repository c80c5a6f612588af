/* Scenarios and their scenes, all of them good, before the first is run. */
#ifndef CLI_CAST_H
#define CLI_CAST_H

#include <argp.h>

#include "sim/cli/paths.h"
#include "sim/report/progress.h"
#include "sim/report/report.h"

/* Which scenarios a command line asks for, how they are run and where JSON goes. */
struct cast_request {
	struct paths paths;
	uint32_t jobs; /* processes that share the cases */
	bool json;
	const char *json_path; /* or NULL: to stdout, if json */
};

/* PATH, -j and --json, for a verb's children. Input is a struct cast_request. */
extern const struct argp_child cast_options[];

struct cast {
	struct device_firmware specimen;
	const struct device_firmware *firmware;
	struct report report; /* of one shard of one, with nothing run */
	struct scenario **scenarios;
	struct run_scene *scenes;
};

/*
 * device: a specimen, or NULL: the reference firmware. 0, or -1 after a message for each scenario
 * that is wrong. Close it either way.
 */
int cast_open(struct cast *cast, const struct paths *paths, const char *device, bool fuse);
/*
 * Runs every case of a scenario, with its progress shown, whatever options say of that. 0, or -1
 * after a message.
 */
int cast_sweep(struct report_scenario *entry, const struct sweep_options *options,
	       struct progress *progress);
void cast_close(struct cast *cast);

#endif
