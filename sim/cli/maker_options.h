/* The options of an image that is to be signed: those of `sign`, and of `release`. */
#ifndef CLI_MAKER_OPTIONS_H
#define CLI_MAKER_OPTIONS_H

#include <argp.h>
#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "device-model/hal.h"
#include "sim/vendor/key_store.h"
#include "sim/vendor/sign.h"

#define MAKER_SLOT_BYTES (128u * 1024u) /* as `verify` has it */
#define MAKER_FILE_MAX	 (1u << 30)
#define MAKER_WHY_BYTES	 512u

struct maker_image {
	struct key_place key; /* name NULL: none was given */
	bool has_version, has_security, has_vendor, has_class;
	struct hal_version version;
	uint32_t security;
	uint32_t slot_bytes, header_bytes;
	uint8_t vendor_id[16], class_id[16];
	const char *revoke[HAL_KEYS_MAX]; /* paths of public keys */
	uint32_t revoke_count;
};

/* Its input is a struct maker_image, which it fills with what is assumed of options left out. */
extern const struct argp maker_argp;

/* A path as JSON: what is no UTF-8 in it is replaced. The caller gives it back. */
json_t *maker_path(const char *path);

/* A refusal by the release's lint: `PLACE: refused: RULE: WHY`, on stderr. */
void maker_refuse(const char *place, const char *rule, const char *why);

/*
 * The image of the payload in a file, malloc'd, signed and found good by the firmware's own check.
 * NULL after a message, and status the exit status.
 */
uint8_t *maker_image_make(const struct maker_image *image, const struct signer *signer,
			  const char *payload_path, size_t *size_bytes, int *status);

#endif
