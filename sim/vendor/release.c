/* A release: examined by the firmware's own checks, and told in release.json. */
#include "sim/vendor/release.h"

#include <assert.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device-model/firmware/fw_err.h"
#include "device-model/hardware/crypto.h"
#include "sim/vendor/image_build.h"
#include "sim/vendor/key_file.h"
#include "sim/vendor/notation.h"
#include "sim/vendor/sign.h"
#include "sim/vendor/suit_read.h"

/* ---- what devices hold ---- */

static void release_device_take(struct release_device *device, struct hal_key *key)
{
	for (uint32_t i = 0; i < device->key_count; i++) {
		if (device->keys[i].der_bytes == key->der_bytes &&
		    memcmp(device->keys[i].der, key->der, key->der_bytes) == 0) {
			key_file_free(key);
			return;
		}
	}
	device->keys[device->key_count++] = *key;
}

int release_device_add(struct release_device *device, EVP_PKEY *key, char *why, size_t why_bytes)
{
	struct hal_key public = {0};
	char found[96];

	if (device->key_count == HAL_KEYS_MAX) {
		snprintf(why, why_bytes, "one key too many, expected at most the device's %u",
			 HAL_KEYS_MAX);
		return -1;
	}
	if (key_file_public(key, &public, found, sizeof(found)) != 0) {
		snprintf(why, why_bytes, "%s, " KEY_FILE_EXPECTED, found);
		return -1;
	}
	release_device_take(device, &public);
	return 0;
}

int release_device_read(struct release_device *device, const char *path, char *why,
			size_t why_bytes)
{
	struct hal_key public = {0};

	if (device->key_count == HAL_KEYS_MAX) {
		snprintf(why, why_bytes, "%s: one key too many, expected at most the device's %u",
			 path, HAL_KEYS_MAX);
		return -1;
	}
	if (key_file_read_public(path, &public, why, why_bytes) != 0)
		return -1;
	release_device_take(device, &public);
	return 0;
}

void release_device_free(struct release_device *device)
{
	for (uint32_t i = 0; i < device->key_count; i++)
		key_file_free(&device->keys[i]);
	device->key_count = 0;
}

/* ---- what the firmware says ---- */

static void release_board(const struct release_device *device, struct hal_board *board,
			  struct hal *hal)
{
	*board = (struct hal_board){
		.flash_bytes = device->slot_bytes,
		.key_count = device->key_count,
		.keys = device->keys,
	};
	*hal = (struct hal){.board = board};
	crypto_fill(hal);
}

int release_check_image(const struct release_device *device, const uint8_t *image,
			size_t image_bytes, const uint8_t *vendor_id, const uint8_t *class_id,
			struct image_info *info)
{
	struct image_rules rules = {
		.security_limit = UINT32_MAX, .vendor_id = vendor_id, .class_id = class_id};
	struct image_source source = {.ram = image, .size_bytes = (uint32_t)image_bytes};
	struct hal_board board;
	struct hal hal;
	int status;

	release_board(device, &board, &hal);
	status = image_check(&hal, &source, &rules, info);
	crypto_memory_clear();
	return status;
}

/* The manifest opened, and what it says for either slot: the same, or it is none of ours. */
static int release_check_manifest(struct release *release, const struct release_device *device)
{
	struct hal_board board;
	struct hal hal;
	int status;

	release_board(device, &board, &hal);
	status = manifest_open(&hal, release->manifest.data, (uint32_t)release->manifest.size_bytes,
			       0, &release->opened);
	crypto_memory_clear();
	if (status != FW_OK)
		return status;
	if (release->opened.shared != NULL)
		suit_ids(release->opened.shared, release->opened.shared_bytes, release->vendor_id,
			 release->class_id);
	for (uint32_t slot = 0; slot < RELEASE_SLOTS && status == FW_OK; slot++) {
		struct manifest_device asks = {release->vendor_id, release->class_id, slot};

		status = manifest_evaluate(&release->opened, &asks, &release->update);
	}
	if (status == FW_OK &&
	    (!release->update.has_digest || !release->update.has_size || !release->update.has_uri ||
	     !release->update.has_security || !release->update.has_version))
		return FW_ERR_MANIFEST_INCOMPLETE;
	return status;
}

void release_examine(struct release *release, const struct release_device *device)
{
	struct image_info info;

	release->manifest_status = release_check_manifest(release, device);
	if (release->manifest_status == FW_OK)
		suit_notes_read(release->manifest.data, release->manifest.size_bytes,
				&release->notes);
	release->image_status = release_check_image(
		device, release->image.data, release->image.size_bytes, NULL, NULL, &release->info);
	while (release->image_status == FW_OK && release->revoked_count < RELEASE_REVOKE_MAX) {
		const uint8_t *hash = image_build_protected(
			release->image.data, release->image.size_bytes, IMAGE_TLV_REVOKE,
			SHA256_DIGEST_LENGTH, release->revoked_count);

		if (hash == NULL)
			break;
		release->revoked[release->revoked_count++] = hash;
	}
	if (release->image_status == FW_OK && release->manifest_status == FW_OK)
		release->class_status =
			release_check_image(device, release->image.data, release->image.size_bytes,
					    release->vendor_id, release->class_id, &info);
	if (release->bom == NULL)
		release->bom = json_loadb((const char *)release->sbom.data,
					  release->sbom.size_bytes, JSON_REJECT_DUPLICATES, NULL);
}

/* ---- what release.json says ---- */

const char *release_file_hash(const struct release_file *file, char text[RELEASE_HASH_ROOM])
{
	uint8_t digest[SHA256_DIGEST_LENGTH];

	SHA256(file->data, file->size_bytes, digest);
	return notation_hex_text(digest, sizeof(digest), text);
}

const char *release_key_hash(const struct hal_key *key, char text[RELEASE_HASH_ROOM])
{
	uint8_t digest[SHA256_DIGEST_LENGTH];

	SHA256(key->der, key->der_bytes, digest);
	return notation_hex_text(digest, sizeof(digest), text);
}

void release_note_sbom(const struct release_file *sbom, char note[SUIT_NOTE_ROOM])
{
	char text[RELEASE_HASH_ROOM];

	snprintf(note, SUIT_NOTE_ROOM, "sha256:%s", release_file_hash(sbom, text));
}

/* A file, and the key that signed it where one did. */
static json_t *release_record_file(const struct release_file *file, const char *name,
				   const struct hal_key *key)
{
	char text[RELEASE_HASH_ROOM];
	json_t *root =
		json_pack("{s:s, s:I, s:s}", "file", name, "size_bytes",
			  (json_int_t)file->size_bytes, "sha256", release_file_hash(file, text));

	assert(root != NULL);
	if (key != NULL) {
		json_object_set_new(root, "algorithm",
				    json_string(notation_algorithm_text(key->algorithm)));
		json_object_set_new(root, "keyhash", json_string(release_key_hash(key, text)));
	}
	return root;
}

static json_t *release_record_revoked(const struct release *release)
{
	char text[RELEASE_HASH_ROOM];
	json_t *root = json_array();

	for (size_t i = 0; i < release->revoked_count; i++)
		json_array_append_new(root,
				      json_string(notation_hex_text(release->revoked[i],
								    SHA256_DIGEST_LENGTH, text)));
	return root;
}

json_t *release_record(const struct release *release, const struct release_device *device)
{
	const json_t *metadata = json_object_get(release->bom, "metadata");
	const char *name =
		json_string_value(json_object_get(json_object_get(metadata, "component"), "name"));
	char version[NOTATION_VERSION_ROOM], id[NOTATION_UUID_ROOM];
	json_t *root = json_object();

	json_object_set_new(root, "name", name != NULL ? json_string(name) : json_null());
	json_object_set_new(root, "version",
			    json_string(notation_version_text(&release->update.version, version)));
	json_object_set_new(root, "security", json_integer(release->update.security));
	/* As text beyond jansson's integers, which have a sign. */
	json_object_set_new(
		root, "sequence",
		release->opened.sequence <= INT64_MAX
			? json_integer((json_int_t)release->opened.sequence)
			: json_sprintf("%llu", (unsigned long long)release->opened.sequence));
	json_object_set_new(root, "vendor_id",
			    json_string(notation_uuid_text(release->vendor_id, id)));
	json_object_set_new(root, "class_id",
			    json_string(notation_uuid_text(release->class_id, id)));
	json_object_set_new(root, "uri",
			    json_stringn(release->update.uri, release->update.uri_bytes));
	json_object_set_new(root, "expires",
			    release->notes.expires[0] ? json_string(release->notes.expires)
						      : json_null());
	json_object_set_new(root, "image",
			    release_record_file(&release->image, RELEASE_IMAGE,
						&device->keys[release->info.key]));
	json_object_set_new(root, "manifest",
			    release_record_file(&release->manifest, RELEASE_MANIFEST,
						&device->keys[release->opened.key]));
	json_object_set_new(root, "sbom", release_record_file(&release->sbom, RELEASE_SBOM, NULL));
	json_object_set_new(root, "revokes", release_record_revoked(release));
	return root;
}

void release_free(struct release *release)
{
	free(release->image.data);
	free(release->manifest.data);
	free(release->sbom.data);
	json_decref(release->record);
	json_decref(release->bom);
	*release = (struct release){.record = NULL};
}
