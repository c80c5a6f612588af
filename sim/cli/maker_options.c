/* The options of an image that is to be signed, and the image made as they say. */
#include "sim/cli/maker_options.h"

#include <assert.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device-model/firmware/fw_err.h"
#include "sim/cli/cli.h"
#include "sim/report/report.h"
#include "sim/vendor/file_read.h"
#include "sim/vendor/image_build.h"
#include "sim/vendor/key_file.h"
#include "sim/vendor/notation.h"
#include "sim/vendor/release.h"

#define MAKER_HEADER_BYTES     512u
#define MAKER_HEADER_BYTES_MIN 32u

enum {
	MAKER_OPTION_CLASS = 0x200, /* a verb's own options are below it */
	MAKER_OPTION_HEADER,
	MAKER_OPTION_KEY,
	MAKER_OPTION_PIN_FILE,
	MAKER_OPTION_REVOKE,
	MAKER_OPTION_SECURITY,
	MAKER_OPTION_SLOT,
	MAKER_OPTION_VENDOR,
	MAKER_OPTION_VERSION,
};

static const struct argp_option maker_options[] = {
	{"key", MAKER_OPTION_KEY, "KEY", 0,
	 "The private key that signs: a PEM file, or a pkcs11: URI for one in an HSM", 0},
	{"pin-file", MAKER_OPTION_PIN_FILE, "FILE", 0,
	 "Its first line is the HSM's user PIN or the PEM file's pass phrase (pin-source in the "
	 "URI or $BROWNOUT_PIN if left out)",
	 0},
	{"version", MAKER_OPTION_VERSION, "VERSION", 0,
	 "The image's version: major.minor.revision[+build]", 0},
	{"security", MAKER_OPTION_SECURITY, "N", 0,
	 "Its security version, which devices raise their counter to", 0},
	{"slot-size", MAKER_OPTION_SLOT, "BYTES", 0,
	 "Size of the devices' slots (131072 if left out)", 0},
	{"header-size", MAKER_OPTION_HEADER, "BYTES", 0,
	 "Size of the image's header, in front of the payload (512 if left out)", 0},
	{"vendor-id", MAKER_OPTION_VENDOR, "UUID", 0, "The devices' maker", 0},
	{"class-id", MAKER_OPTION_CLASS, "UUID", 0, "The class of device that it is for", 0},
	{"revoke", MAKER_OPTION_REVOKE, "PUB.pem", 0,
	 "A key that devices trust no more once this image is confirmed; may be repeated", 0},
	{0},
};

static void maker_uuid(const struct argp_state *state, const char *option, const char *text,
		       uint8_t uuid[16])
{
	if (notation_uuid_parse(text, uuid) != 0)
		argp_error(state, "%s: '%s', " NOTATION_UUID_EXPECT, option, text);
}

static error_t maker_option(int option, char *text, struct argp_state *state)
{
	struct maker_image *image = state->input;

	switch (option) {
	case MAKER_OPTION_KEY:
		image->key.name = text;
		return 0;
	case MAKER_OPTION_PIN_FILE:
		image->key.pin_file = text;
		return 0;
	case MAKER_OPTION_VERSION:
		image->has_version = true;
		if (notation_version_parse(text, &image->version) != 0)
			argp_error(state, "--version: '%s', " NOTATION_VERSION_EXPECT, text);
		return 0;
	case MAKER_OPTION_SECURITY:
		image->has_security = true;
		image->security = cli_number(state, "--security", text, 0, UINT32_MAX);
		return 0;
	case MAKER_OPTION_SLOT:
		image->slot_bytes = cli_number(state, "--slot-size", text, 1, MAKER_FILE_MAX);
		return 0;
	case MAKER_OPTION_HEADER:
		image->header_bytes = cli_number(state, "--header-size", text,
						 MAKER_HEADER_BYTES_MIN, UINT16_MAX);
		return 0;
	case MAKER_OPTION_VENDOR:
		image->has_vendor = true;
		maker_uuid(state, "--vendor-id", text, image->vendor_id);
		return 0;
	case MAKER_OPTION_CLASS:
		image->has_class = true;
		maker_uuid(state, "--class-id", text, image->class_id);
		return 0;
	case MAKER_OPTION_REVOKE:
		if (image->revoke_count == HAL_KEYS_MAX)
			argp_error(state, "--revoke: one key too many, expected at most %u",
				   HAL_KEYS_MAX);
		image->revoke[image->revoke_count++] = text;
		return 0;
	case ARGP_KEY_INIT:
		image->slot_bytes = MAKER_SLOT_BYTES;
		image->header_bytes = MAKER_HEADER_BYTES;
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

const struct argp maker_argp = {.options = maker_options, .parser = maker_option};

json_t *maker_path(const char *path)
{
	char *clean = report_clean(path);
	json_t *value = json_string(clean);

	free(clean);
	assert(value);
	return value;
}

void maker_refuse(const char *place, const char *rule, const char *why)
{
	fprintf(stderr, "%s: refused: %s: %s\n", place, rule, why);
}

/* The KEYHASHes of the keys to revoke. 0, or -1 after a message. */
static int maker_read_revoked(const struct maker_image *image,
			      uint8_t (*revoke)[SHA256_DIGEST_LENGTH])
{
	char why[MAKER_WHY_BYTES];

	for (uint32_t i = 0; i < image->revoke_count; i++) {
		struct hal_key key = {0};

		if (key_file_read_public(image->revoke[i], &key, why, sizeof(why)) != 0) {
			fprintf(stderr, "%s\n", why);
			return -1;
		}
		SHA256(key.der, key.der_bytes, revoke[i]);
		key_file_free(&key);
	}
	return 0;
}

/* What was made is asked of the firmware before anybody gets it. 0, or the exit status. */
static int maker_check(const struct maker_image *image, const struct signer *signer,
		       const char *payload_path, const uint8_t *data, size_t size_bytes)
{
	struct release_device device = {.slot_bytes = image->slot_bytes};
	struct image_info info;
	char why[MAKER_WHY_BYTES];
	int reason;

	if (size_bytes > image->slot_bytes) {
		snprintf(why, sizeof(why),
			 "the image has %zu bytes, expected at most the slot's %u (--slot-size)",
			 size_bytes, image->slot_bytes);
		maker_refuse(payload_path, "size", why);
		return CLI_BROKEN;
	}
	if (release_device_add(&device, signer->key, why, sizeof(why)) != 0) {
		fprintf(stderr, "%s: %s\n", image->key.name, why);
		return CLI_UNUSABLE;
	}
	reason = release_check_image(&device, data, size_bytes, NULL, NULL, &info);
	release_device_free(&device);
	if (reason == FW_OK && (info.revokes & 1u << info.key) != 0) {
		maker_refuse(payload_path, "revoke",
			     "the image is signed by a key that it revokes, expected another key");
		return CLI_BROKEN;
	}
	if (reason == FW_OK)
		return CLI_GOOD;
	snprintf(why, sizeof(why), "the firmware does not take it: %s", fw_err_text(reason));
	maker_refuse(payload_path, "image", why);
	return CLI_BROKEN;
}

uint8_t *maker_image_make(const struct maker_image *image, const struct signer *signer,
			  const char *payload_path, size_t *size_bytes, int *status)
{
	uint8_t revoke[HAL_KEYS_MAX][SHA256_DIGEST_LENGTH];
	struct image_plan plan = {
		.version = image->version,
		.header_bytes = (uint16_t)image->header_bytes,
		.has_security = image->has_security,
		.security = image->security,
		.vendor_id = image->has_vendor ? image->vendor_id : NULL,
		.class_id = image->has_class ? image->class_id : NULL,
		.revoke = (const uint8_t(*)[SHA256_DIGEST_LENGTH])revoke,
		.revoke_count = image->revoke_count,
		.key = signer->key,
		.signer = signer,
	};
	char why[MAKER_WHY_BYTES];
	size_t payload_bytes = 0;
	uint8_t *payload, *made = NULL;

	*status = CLI_UNUSABLE;
	if (maker_read_revoked(image, revoke) != 0)
		return NULL;
	payload = file_read(payload_path, "a payload", MAKER_FILE_MAX, &payload_bytes, why,
			    sizeof(why));
	if (payload == NULL) {
		fprintf(stderr, "%s\n", why);
		return NULL;
	}
	plan.payload = payload;
	plan.payload_bytes = (uint32_t)payload_bytes;
	made = image_build(&plan, size_bytes);
	free(payload);
	if (made == NULL) {
		fprintf(stderr, "%s: the key does not sign, expected one that does\n",
			image->key.name);
		return NULL;
	}
	*status = maker_check(image, signer, payload_path, made, *size_bytes);
	if (*status == CLI_GOOD)
		return made;
	free(made);
	return NULL;
}
