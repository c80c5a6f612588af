/* Scenarios and their scenes, all of them good, before the first is run. */
#ifndef CLI_CAST_H
#define CLI_CAST_H

#include "sim/cli/paths.h"
#include "sim/report/progress.h"
#include "sim/report/report.h"

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
/* Processes that share the cases, where nobody says how many. */
uint32_t cast_processors(void);

#endif
