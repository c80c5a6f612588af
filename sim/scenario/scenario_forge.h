/* What is forged about a release, from the words of its YAML. */
#ifndef SIM_SCENARIO_FORGE_H
#define SIM_SCENARIO_FORGE_H

#include "sim/scenario/scenario_yaml.h"
#include "sim/vendor/image_build.h"
#include "sim/vendor/suit.h"

struct scenario_forge {
	enum image_forgery image;
	const char *image_of; /* whose signature or key hash; points into the YAML */
	enum suit_forgery manifest;
	const char *manifest_of;
};

/* 0, or -1 after a message. place is the release's. */
FW_CHECKED int scenario_forge_read(const struct scenario_yaml_file *file, const char *place,
				   const struct scenario_yaml_forge *yaml,
				   struct scenario_forge *forge);

#endif
