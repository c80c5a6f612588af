/*
 * The mount for tests: where the device's programs lie, and scenes to run on it. BROWNOUT_NO_FUSE=1
 * skips on machines that have no FUSE, by their user's word; one that merely lacks it fails.
 */
#ifndef TESTS_MOUNT_FIXTURE_H
#define TESTS_MOUNT_FIXTURE_H

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <cmocka.h>

#include "sim/mount/mount.h"

/* build/tests/mount_test has its programs in build/device. The folder, for as long as the process.
 */
static inline const char *fixture_programs(void)
{
	static char folder[4096], payload[4096 + 32];
	ssize_t bytes = readlink("/proc/self/exe", folder, sizeof(folder) - 32);

	folder[bytes < 0 ? 0 : bytes] = '\0';
	for (int i = 0; i < 2 && strrchr(folder, '/'); i++)
		*strrchr(folder, '/') = '\0';
	(void)strcat(folder, "/device");
	(void)snprintf(payload, sizeof(payload), "%s/agent-payload", folder);
	mount_programs_path(folder);
	scenario_agent_path(payload);
	return folder;
}

static inline bool fixture_no_fuse(void)
{
	const char *no_fuse = getenv("BROWNOUT_NO_FUSE");
	bool none = no_fuse && !strcmp(no_fuse, "1");

	if (none)
		(void)puts("skipped: BROWNOUT_NO_FUSE=1");
	return none;
}

static inline int fixture_mount(struct run_door *door)
{
	if (mount_open(door) == 0)
		return 0;
	(void)puts("FAILED: no mount; BROWNOUT_NO_FUSE=1 skips this where there is none");
	return 1;
}

static inline void fixture_scene(const char *pattern, struct run_scene *scene)
{
	struct scenario *scenario;
	char why[256];
	glob_t paths;

	assert_int_equal(glob(pattern, 0, NULL, &paths), 0);
	scenario = scenario_open(paths.gl_pathv[0]);
	globfree(&paths);
	assert_non_null(scenario);
	assert_int_equal(run_scene_open(scene, scenario, device_reference(), why, sizeof(why)), 0);
}

static inline void fixture_scene_end(struct run_scene *scene)
{
	struct scenario *scenario = (struct scenario *)(uintptr_t)scene->scenario;

	run_scene_close(scene);
	scenario_close(scenario);
}

#endif
