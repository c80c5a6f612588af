/*
 * A release as the maker hands it out: a folder of four files. image.bin is what devices fetch,
 * manifest.suit what they check it by, sbom.cdx.json what it is made of; release.json says the same
 * again for servers and people, and holds nothing that is not in the other three.
 */
#ifndef VENDOR_RELEASE_H
#define VENDOR_RELEASE_H

#include <jansson.h>
#include <openssl/evp.h>
#include <stddef.h>
#include <stdint.h>

#include "device-model/firmware/image.h"
#include "device-model/firmware/manifest.h"
#include "device-model/hal.h"
#include "sim/vendor/suit.h"

#define RELEASE_IMAGE	   "image.bin"
#define RELEASE_MANIFEST   "manifest.suit"
#define RELEASE_SBOM	   "sbom.cdx.json"
#define RELEASE_RECORD	   "release.json"
#define RELEASE_IMAGE_MAX  (1u << 30)
#define RELEASE_JSON_MAX   (64u << 20)
#define RELEASE_REVOKE_MAX 16u
#define RELEASE_SLOTS	   2u
#define RELEASE_HASH_ROOM  65u /* a SHA-256 in hex, with its end */

/* What the devices hold that it is for. */
struct release_device {
	struct hal_key keys[HAL_KEYS_MAX];
	uint32_t key_count;
	uint32_t slot_bytes;
};

/* Adds the public half of a key, once. 0, or -1 and in why what is wrong, without a place. */
FW_CHECKED int release_device_add(struct release_device *device, EVP_PKEY *key, char *why,
				  size_t why_bytes);
/* Adds the public key in a PEM file. 0, or -1 and in why "PATH: ...". */
FW_CHECKED int release_device_read(struct release_device *device, const char *path, char *why,
				   size_t why_bytes);
void release_device_free(struct release_device *device);

/* The firmware's own check of an image, for a vendor and class or NULL for any. FW_OK, or why not.
 */
FW_CHECKED int release_check_image(const struct release_device *device, const uint8_t *image,
				   size_t image_bytes, const uint8_t *vendor_id,
				   const uint8_t *class_id, struct image_info *info);

struct release_file {
	uint8_t *data; /* owned */
	size_t size_bytes;
};

struct release {
	struct release_file image, manifest, sbom;
	json_t *record; /* as it was read; NULL for a release that is being made */
	/* What release_examine finds. Nothing is known of a file that the firmware refuses. */
	int image_status, manifest_status, class_status;
	struct image_info info;
	struct manifest opened;
	struct manifest_update update;
	uint8_t vendor_id[16], class_id[16]; /* the manifest's */
	struct suit_notes notes;
	json_t *bom; /* sbom, parsed; NULL if it is no JSON */
	const uint8_t *revoked[RELEASE_REVOKE_MAX];
	size_t revoked_count;
};

/* Asks the firmware about image and manifest, and reads what each file says. */
void release_examine(struct release *release, const struct release_device *device);

/*
 * Reads a folder's files and examines them. 0, or -1 and why: a file that is not there or of no
 * size that a release has. What is wrong with files that can be read is the lint's to say.
 */
FW_CHECKED int release_load(struct release *release, const char *folder,
			    const struct release_device *device, char *why, size_t why_bytes);

/*
 * Writes the folder, which must not be there yet: all of it or nothing. The release is one that was
 * examined and whose files the firmware takes. 0, or -1 and why.
 */
FW_CHECKED int release_save(const struct release *release, const char *folder,
			    const struct release_device *device, char *why, size_t why_bytes);

/* SHA-256 of a file in hex. Returns text. */
const char *release_file_hash(const struct release_file *file, char text[RELEASE_HASH_ROOM]);
/* A key's id, as images have it in their KEYHASH: SHA-256 of its DER, in hex. Returns text. */
const char *release_key_hash(const struct hal_key *key, char text[RELEASE_HASH_ROOM]);

/* What release.json has to say. The caller gives it back. */
json_t *release_record(const struct release *release, const struct release_device *device);

/* A note that binds an SBOM: what the manifest says of these bytes. */
void release_note_sbom(const struct release_file *sbom, char note[SUIT_NOTE_ROOM]);

void release_free(struct release *release);

#endif
