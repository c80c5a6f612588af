/* An embedded scenario, opened once and made ready to be run again and again. */
#ifndef FUZZ_SCENE_H
#define FUZZ_SCENE_H

#include "sim/run.h"

struct fuzz_scene {
	struct scenario *scenario;
	struct run_scene scene;
};

/* By its name; it must be among the embedded ones, and the jig must be able to make its device. */
void scene_open(struct fuzz_scene *scene, const char *name);

/*
 * Fails if a rule of the mask (bit i: rule i) is broken, with the rule, why, and what names the
 * case.
 */
void scene_judge(const struct verdict *verdict, uint32_t rules, const char *what);

/* What holds whatever others do to flash and network: they may cost availability, never trust. */
#define SCENE_RULES_ALWAYS \
	(1u << RULE_CONTAINED | 1u << RULE_TRUSTED | 1u << RULE_WHOLE | 1u << RULE_FORWARD)

#endif
