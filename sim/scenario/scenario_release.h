/* What a scenario's YAML says of its releases, before anything is built of it. */
#ifndef SIM_SCENARIO_RELEASE_H
#define SIM_SCENARIO_RELEASE_H

#include <openssl/evp.h>
#include <openssl/sha.h>

#include "sim/scenario.h"
#include "sim/scenario/scenario_device.h"
#include "sim/scenario/scenario_forge.h"
#include "sim/scenario/scenario_yaml.h"
#include "sim/vendor/edit.h"

#define SCENARIO_PLACE_BYTES 64

/* One release while it is made; index as in scenario->releases. */
struct scenario_making {
	const struct scenario_yaml_release *yaml;
	char place[24];
	struct scenario_forge forge;
	EVP_PKEY *key;
	struct edits edits; /* of what the image's hash covers */
	uint8_t image_class[16], manifest_class[16];
	uint8_t seed[SHA256_DIGEST_LENGTH];
};

struct scenario_workshop {
	struct scenario *scenario;
	const struct scenario_yaml_file *file;
	struct scenario_keyring *ring;
	struct scenario_making making[SCENARIO_RELEASES_MAX];
	char where[SCENARIO_PLACE_BYTES];
};

/* The place of a key of release i, for scenario_yaml_fail; good until the next call. */
const char *scenario_release_where(struct scenario_workshop *shop, uint32_t i, const char *key);

/* Names all releases and offers. 0, or -1 after a message. */
FW_CHECKED int scenario_release_list(struct scenario_workshop *shop);

/* Fills release i but for its image and manifest; those before it are. 0, or -1 after a message. */
FW_CHECKED int scenario_release_describe(struct scenario_workshop *shop, uint32_t i);

#endif
