/* Releases made by the maker's tools, read from their folders and held against the scenario. */
#include "sim/scenario/scenario_made.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device-model/firmware/image.h"
#include "device-model/firmware/manifest.h"
#include "sim/vendor/file_read.h"
#include "sim/vendor/image_build.h"
#include "sim/vendor/notation.h"
#include "sim/vendor/suit_read.h"

#define MADE_HEADER_BYTES 32u
#define MADE_TLV_SECURITY 0x50u
#define MADE_TLV_VENDOR	  0x74u
#define MADE_TLV_CLASS	  0x75u

static uint32_t made_get(const uint8_t *data, size_t bytes)
{
	uint32_t value = 0;

	for (size_t i = 0; i < bytes; i++)
		value |= (uint32_t)data[i] << (8 * i);
	return value;
}

/* What describes a release that is to be built describes none that is made. 0, or -1. */
static int made_alone(struct scenario_workshop *shop, uint32_t i)
{
	static const char *const others[] = {
		"size",		  "header",	      "payload",	   "forge",
		"class",	  "image_class",      "image_flags",	   "image_magic",
		"manifest_key",	  "manifest_class",   "manifest_security", "manifest_size",
		"manifest_image", "manifest_version", "security_missing",  "asks",
	};

	for (size_t k = 0; k < sizeof(others) / sizeof(others[0]); k++) {
		const char *place = scenario_release_where(shop, i, others[k]);

		if (scenario_yaml_has(shop->file, place))
			return scenario_yaml_fail(shop->file, place,
						  "%s of a release that is made, expected it to be "
						  "in the folder alone",
						  others[k]);
	}
	return 0;
}

static uint8_t *made_read(struct scenario_workshop *shop, uint32_t i, const char *name,
			  size_t max_bytes, size_t *size_bytes)
{
	const struct scenario_yaml_release *yaml = shop->making[i].yaml;
	const char *slash = strrchr(shop->file->path, '/');
	int directory = slash == NULL ? 0 : (int)(slash - shop->file->path) + 1;
	char *path, why[512];
	uint8_t *data;

	if (asprintf(&path, "%.*s%s/%s", directory, shop->file->path, yaml->made, name) < 0)
		abort();
	data = file_read(path, "a file that `brownout release` made", max_bytes, size_bytes, why,
			 sizeof(why));
	free(path);
	if (data == NULL)
		(void)scenario_yaml_fail(shop->file, scenario_release_where(shop, i, "made"), "%s",
					 why);
	return data;
}

/* Bit k: the image revokes key k of the board. */
static uint32_t made_revokes(const struct scenario *scenario,
			     const struct scenario_release *release)
{
	uint32_t revokes = 0;
	uint8_t hash[SHA256_DIGEST_LENGTH];
	const uint8_t *named;

	for (size_t nth = 0;
	     (named = image_build_protected(release->image, release->image_bytes, IMAGE_TLV_REVOKE,
					    sizeof(hash), nth)) != NULL;
	     nth++) {
		for (uint32_t k = 0; k < scenario->board.key_count; k++) {
			(void)SHA256(scenario->keys[k].der, scenario->keys[k].der_bytes, hash);
			if (memcmp(named, hash, sizeof(hash)) == 0)
				revokes |= 1u << k;
		}
	}
	return revokes;
}

/* Whether a protected TLV of 16 bytes is there and says this id. */
static bool made_has_id(const struct scenario_release *release, uint16_t type, const uint8_t *id)
{
	const uint8_t *value =
		image_build_protected(release->image, release->image_bytes, type, 16, 0);

	return value != NULL && memcmp(value, id, 16) == 0;
}

/* What the scenario says of the image and the image does not, or NULL. */
static const char *made_differs(const struct scenario_workshop *shop, uint32_t i)
{
	const struct scenario_release *release = &shop->scenario->releases[i];
	const uint8_t *header = release->image, *security;
	struct hal_version version = {.major = header[20],
				      .minor = header[21],
				      .revision = (uint16_t)made_get(header + 22, 2),
				      .build = made_get(header + 24, 4)};

	security = image_build_protected(release->image, release->image_bytes, MADE_TLV_SECURITY, 4,
					 0);
	if (notation_version_compare(&version, &release->version) != 0)
		return "version";
	if (security == NULL || made_get(security, 4) != release->security)
		return "security";
	if (made_revokes(shop->scenario, release) != release->revokes)
		return "revokes";
	return NULL;
}

int scenario_made_image(struct scenario_workshop *shop, uint32_t i)
{
	struct scenario *scenario = shop->scenario;
	struct scenario_release *release = &scenario->releases[i];
	uint32_t slot_bytes = scenario->board.slot[0].size_bytes;
	const char *differs;
	size_t size_bytes = 0;

	if (made_alone(shop, i) != 0)
		return -1;
	release->image = made_read(shop, i, "image.bin", slot_bytes, &size_bytes);
	if (release->image == NULL)
		return -1;
	release->image_bytes = (uint32_t)size_bytes;
	if (size_bytes >= MADE_HEADER_BYTES) {
		release->header_bytes = made_get(release->image + 8, 2);
		release->payload_bytes = made_get(release->image + 12, 4);
	}
	if (size_bytes < MADE_HEADER_BYTES || release->header_bytes < MADE_HEADER_BYTES ||
	    (uint64_t)release->header_bytes + release->payload_bytes > size_bytes)
		return scenario_yaml_fail(
			shop->file, scenario_release_where(shop, i, "made"),
			"image.bin there is no image, expected one that `brownout "
			"release` made");
	differs = made_differs(shop, i);
	if (differs != NULL)
		return scenario_yaml_fail(shop->file, scenario_release_where(shop, i, differs),
					  "the image that is made says something else of %s, "
					  "expected what it says",
					  differs);
	if (!made_has_id(release, MADE_TLV_VENDOR, scenario->board.vendor_id) ||
	    !made_has_id(release, MADE_TLV_CLASS, scenario->board.class_id)) {
		char vendor[NOTATION_UUID_ROOM], class[NOTATION_UUID_ROOM];

		return scenario_yaml_fail(
			shop->file, scenario_release_where(shop, i, "made"),
			"the image is for other devices, expected --vendor-id %s --class-id %s",
			notation_uuid_text(scenario->board.vendor_id, vendor),
			notation_uuid_text(scenario->board.class_id, class));
	}
	return 0;
}

/* The server finds an image by where it is fetched. 0, or -1 after a message. */
static int made_own_uri(struct scenario_workshop *shop, uint32_t i)
{
	const struct scenario *scenario = shop->scenario;

	for (uint32_t k = 0; k < scenario->release_count; k++) {
		if (k != i && strcmp(scenario->releases[k].uri, scenario->releases[i].uri) == 0)
			return scenario_yaml_fail(
				shop->file, scenario_release_where(shop, i, "made"),
				"its image is fetched from %s, as that of %s, "
				"expected a --uri of its own",
				scenario->releases[i].uri, scenario->releases[k].name);
	}
	return 0;
}

int scenario_made_manifest(struct scenario_workshop *shop, uint32_t i)
{
	struct scenario_release *release = &shop->scenario->releases[i];
	uint64_t sequence = 0;
	size_t size_bytes = 0;

	release->manifest = made_read(shop, i, "manifest.suit", MANIFEST_BYTES_MAX, &size_bytes);
	if (release->manifest == NULL)
		return -1;
	release->manifest_bytes = (uint32_t)size_bytes;
	if (suit_offer(release->manifest, size_bytes, &sequence, release->uri) != 0)
		return scenario_yaml_fail(shop->file, scenario_release_where(shop, i, "made"),
					  "manifest.suit there is no manifest, expected one that "
					  "`brownout release` made");
	if (sequence != release->sequence)
		return scenario_yaml_fail(shop->file, scenario_release_where(shop, i, "sequence"),
					  "the sequence number is %" PRIu64
					  ", expected the %" PRIu64 " of the manifest that is made",
					  release->sequence, sequence);
	return made_own_uri(shop, i);
}
