/* Embedded scenarios as scenes. */
#include "fuzz/scene.h"

#include <stdlib.h>

#include "fuzz/files.h"
#include "fuzz/fuzz.h"

void scene_open(struct fuzz_scene *scene, const char *name)
{
	char *path = scenario_find(files_folder(), name), why[256];

	if (path == NULL)
		fuzz_fail("harness", "no scenario %s is embedded", name);
	scene->scenario = scenario_open(path);
	free(path);
	if (scene->scenario == NULL)
		fuzz_fail("harness", "%s does not open", name);
	if (run_scene_open(&scene->scene, scene->scenario, device_reference(), why, sizeof(why)))
		fuzz_fail("harness", "%s", why);
}

void scene_judge(const struct verdict *verdict, uint32_t rules, const char *what)
{
	/* The rule that broke first is the one to tell crashes apart by. */
	if (verdict->first >= 0 && rules >> verdict->first & 1)
		fuzz_fail(rule_name((enum rule)verdict->first), "%s: %s", what,
			  verdict->breaks[verdict->first].why);
	for (int i = 0; i < RULES; i++) {
		if (rules >> i & 1 && verdict->rule[i] == BROKEN)
			fuzz_fail(rule_name((enum rule)i), "%s: %s", what, verdict->breaks[i].why);
	}
}
