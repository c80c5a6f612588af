/*
 * Releases, made in four passes: described, their images, their manifests, and of both first those
 * that borrow no signature, so that there is one to borrow.
 */
#include "sim/scenario/scenario_build.h"

#include <inttypes.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device-model/firmware/manifest.h"
#include "sim/scenario/scenario_made.h"
#include "sim/scenario/scenario_payload.h"
#include "sim/scenario/scenario_probe.h"
#include "sim/scenario/scenario_release.h"
#include "sim/vendor/image_build.h"
#include "sim/vendor/notation.h"
#include "sim/vendor/sign.h"
#include "sim/vendor/suit.h"
#include "sim/vendor/suit_read.h"

#define BUILD_HEADER_BYTES     512u
#define BUILD_HEADER_BYTES_MIN 32u
#define BUILD_TRAILER_BYTES    16u /* tells releases apart that carry the same executable */

/* The header and payload alone fit; what TLVs add is known only once they are made. */
static int size_check(struct scenario_workshop *shop, uint32_t i, uint64_t image_bytes)
{
	uint32_t slot_bytes = shop->scenario->board.slot[0].size_bytes;

	if (image_bytes <= slot_bytes)
		return 0;
	return scenario_yaml_fail(shop->file, scenario_release_where(shop, i, "size"),
				  "image of %s has at least %" PRIu64
				  " bytes, expected at most the slot's %" PRIu32,
				  shop->scenario->releases[i].name, image_bytes, slot_bytes);
}

static uint8_t *payload_random(struct scenario_workshop *shop, uint32_t i)
{
	struct scenario_release *release = &shop->scenario->releases[i];
	const uint32_t *size = shop->making[i].yaml->size;
	uint8_t *payload;

	if (size == NULL || *size == 0) {
		(void)scenario_yaml_fail(shop->file, scenario_release_where(shop, i, "size"),
					 "%s has no size, expected at least 1 byte of payload",
					 release->name);
		return NULL;
	}
	if (size_check(shop, i, (uint64_t)release->header_bytes + *size) != 0)
		return NULL;
	release->payload_bytes = *size;
	payload = malloc(*size);
	if (payload == NULL) {
		(void)scenario_yaml_fail(shop->file, scenario_release_where(shop, i, "size"),
					 "memory is full, expected room for a payload");
		return NULL;
	}
	scenario_payload_random(shop->making[i].seed, payload, *size);
	return payload;
}

static uint8_t *payload_agent(struct scenario_workshop *shop, uint32_t i)
{
	struct scenario_release *release = &shop->scenario->releases[i];
	const struct scenario_making *making = &shop->making[i];
	uint32_t size = making->yaml->size == NULL ? 0 : *making->yaml->size;
	uint32_t room = shop->scenario->board.slot[0].size_bytes;
	size_t file_bytes, total;
	char why[512];
	uint8_t *payload;

	if (size > 0 && size_check(shop, i, (uint64_t)release->header_bytes + size) != 0)
		return NULL;
	payload = scenario_payload_agent(room + BUILD_TRAILER_BYTES, &file_bytes, why, sizeof(why));
	if (payload == NULL) {
		(void)scenario_yaml_fail(shop->file, scenario_release_where(shop, i, "payload"),
					 "%s, expected the agent's executable", why);
		return NULL;
	}
	total = size == 0 ? file_bytes + BUILD_TRAILER_BYTES : size;
	if (size_check(shop, i, (uint64_t)release->header_bytes + total) != 0) {
		free(payload);
		return NULL;
	}
	if (total < file_bytes + BUILD_TRAILER_BYTES) {
		(void)scenario_yaml_fail(shop->file, scenario_release_where(shop, i, "size"),
					 "size is %" PRIu32
					 ", expected at least the agent's %zu bytes and %u more",
					 size, file_bytes, BUILD_TRAILER_BYTES);
		free(payload);
		return NULL;
	}
	scenario_payload_random(making->seed, payload + file_bytes, total - file_bytes);
	release->payload_bytes = (uint32_t)total;
	return payload;
}

/* Fills in what a forgery takes from elsewhere. */
static int image_borrow(struct scenario_workshop *shop, uint32_t i, struct image_plan *plan)
{
	const struct scenario_forge *forge = &shop->making[i].forge;
	const char *place = scenario_release_where(shop, i, "forge.image");
	int other;

	plan->forgery = forge->image;
	if (forge->image == IMAGE_KEYHASH_OF) {
		plan->keyhash_key =
			scenario_keyring_get(shop->ring, shop->file, place, forge->image_of);
		return plan->keyhash_key == NULL ? -1 : 0;
	}
	if (forge->image != IMAGE_SIGNATURE_OF)
		return 0;
	other = scenario_release_named(shop->scenario, forge->image_of);
	if (other < 0)
		return scenario_yaml_fail(shop->file, place,
					  "there is no release '%s', expected one of this scenario",
					  forge->image_of);
	if (shop->making[other].forge.image == IMAGE_SIGNATURE_OF ||
	    image_build_signature(shop->scenario->releases[other].image,
				  shop->scenario->releases[other].image_bytes, &plan->other,
				  &plan->other_bytes) != 0)
		return scenario_yaml_fail(shop->file, place,
					  "image of '%s' has no signature of its own, expected one "
					  "that has",
					  forge->image_of);
	return 0;
}

/* The image of release i, edited. malloc'd, or NULL after a message. */
static uint8_t *image_make(struct scenario_workshop *shop, uint32_t i, const struct edits *edits,
			   uint32_t *size_bytes)
{
	struct scenario *scenario = shop->scenario;
	struct scenario_release *release = &scenario->releases[i];
	uint8_t *image;
	const struct scenario_making *making = &shop->making[i];
	uint8_t revoke[HAL_KEYS_MAX][SIGN_DIGEST_BYTES];
	uint32_t header = making->yaml->header ? *making->yaml->header : BUILD_HEADER_BYTES;
	struct image_plan plan = {
		.version = release->version,
		.header_bytes = (uint16_t)header,
		.flags = making->yaml->image_flags ? *making->yaml->image_flags : 0,
		.magic = making->yaml->image_magic ? *making->yaml->image_magic : 0,
		.has_security = !making->yaml->security_missing,
		.security = release->security,
		.vendor_id = scenario->board.vendor_id,
		.class_id = making->image_class,
		.revoke = (const uint8_t(*)[32])revoke,
		.key = making->key,
		.salt_seed = making->seed,
		.edits = edits,
	};
	size_t image_bytes = 0;

	if (header < BUILD_HEADER_BYTES_MIN || header > UINT16_MAX) {
		(void)scenario_yaml_fail(shop->file, scenario_release_where(shop, i, "header"),
					 "header is %" PRIu32 " bytes, expected %u to %u", header,
					 BUILD_HEADER_BYTES_MIN, UINT16_MAX);
		return NULL;
	}
	release->header_bytes = header;
	for (uint32_t k = 0; k < scenario->board.key_count; k++) {
		if ((release->revokes & 1u << k) != 0)
			(void)SHA256(scenario->keys[k].der, scenario->keys[k].der_bytes,
				     revoke[plan.revoke_count++]);
	}
	if (image_borrow(shop, i, &plan) != 0)
		return NULL;
	uint8_t *payload = release->is_agent ? payload_agent(shop, i) : payload_random(shop, i);
	if (payload == NULL)
		return NULL;
	plan.payload = payload;
	plan.payload_bytes = release->payload_bytes;
	image = image_build(&plan, &image_bytes);
	free(payload);
	if (image == NULL)
		(void)scenario_yaml_fail(shop->file, making->place,
					 "image cannot be built, expected a key that signs images "
					 "and parts that fit");
	*size_bytes = (uint32_t)image_bytes;
	return image;
}

static int release_image_make(struct scenario_workshop *shop, uint32_t i)
{
	struct scenario_release *release = &shop->scenario->releases[i];

	if (shop->making[i].yaml->made != NULL)
		return scenario_made_image(shop, i);
	release->image = image_make(shop, i, &shop->making[i].edits, &release->image_bytes);
	return release->image ? size_check(shop, i, release->image_bytes) : -1;
}

/* Its own, the image's if that can sign manifests, or the first key of the device that can. */
static EVP_PKEY *manifest_key(struct scenario_workshop *shop, uint32_t i)
{
	const struct scenario_making *making = &shop->making[i];
	const struct scenario *scenario = shop->scenario;
	enum hal_algorithm algorithm;

	if (making->yaml->manifest_key != NULL)
		return scenario_keyring_get(shop->ring, shop->file,
					    scenario_release_where(shop, i, "manifest_key"),
					    making->yaml->manifest_key);
	if (sign_algorithm(making->key, &algorithm) == 0 && algorithm == HAL_ECDSA_P256)
		return making->key;
	for (uint32_t k = 0; k < scenario->board.key_count; k++) {
		if (scenario->keys[k].algorithm == HAL_ECDSA_P256)
			return scenario_keyring_get(shop->ring, shop->file, making->place,
						    scenario->key_names[k]);
	}
	(void)scenario_yaml_fail(shop->file, making->place,
				 "no key of the device signs manifests, expected a P-256 key "
				 "there or a manifest_key");
	return NULL;
}

/* Fills in where the manifest says something else than its image. */
static int manifest_lie(struct scenario_workshop *shop, uint32_t i, struct suit_plan *plan,
			uint8_t digest[SHA256_DIGEST_LENGTH], uint8_t signature[SIGN_RAW_BYTES])
{
	const struct scenario_making *making = &shop->making[i];
	const struct scenario_yaml_release *yaml = making->yaml;
	const struct scenario *scenario = shop->scenario;
	int named = (int)i;

	if (yaml->manifest_image != NULL)
		named = scenario_release_named(scenario, yaml->manifest_image);
	if (named < 0)
		return scenario_yaml_fail(shop->file,
					  scenario_release_where(shop, i, "manifest_image"),
					  "there is no release '%s', expected one of this scenario",
					  yaml->manifest_image);
	(void)SHA256(scenario->releases[named].image, scenario->releases[named].image_bytes,
		     digest);
	plan->digest = digest;
	plan->size_bytes = yaml->manifest_size != NULL ? *yaml->manifest_size
						       : scenario->releases[named].image_bytes;
	if (yaml->manifest_security != NULL)
		plan->security = *yaml->manifest_security;
	if (yaml->manifest_version != NULL &&
	    notation_version_parse(yaml->manifest_version, &plan->version) != 0)
		return scenario_yaml_fail(shop->file,
					  scenario_release_where(shop, i, "manifest_version"),
					  "version is '%s', expected major.minor.revision[+build]",
					  yaml->manifest_version);
	plan->forgery = making->forge.manifest;
	plan->asks = (enum suit_asks)yaml->asks;
	if (plan->forgery != SUIT_SIGNATURE_OF)
		return 0;
	named = scenario_release_named(scenario, making->forge.manifest_of);
	if (named < 0 || shop->making[named].forge.manifest == SUIT_SIGNATURE_OF ||
	    scenario->releases[named].manifest == NULL ||
	    suit_signature(scenario->releases[named].manifest,
			   scenario->releases[named].manifest_bytes, signature) != 0)
		return scenario_yaml_fail(
			shop->file, scenario_release_where(shop, i, "forge.manifest"),
			"there is no manifest of '%s' with a signature of its own, "
			"expected one",
			making->forge.manifest_of);
	plan->other = signature;
	plan->other_bytes = SIGN_RAW_BYTES;
	return 0;
}

/* What a probe's manifest has that its release's has not. */
struct scenario_odd {
	const struct edits *edits;
	const uint8_t *image; /* or NULL */
	uint32_t image_bytes;
	uint64_t sequence;
};

/* The manifest of release i, or of an image instead of its own. malloc'd, or NULL after a message
 * about place. */
static uint8_t *manifest_make(struct scenario_workshop *shop, uint32_t i, const char *place,
			      const struct scenario_odd *odd, uint32_t *size_bytes)
{
	struct scenario *scenario = shop->scenario;
	const struct scenario_release *release = &scenario->releases[i];
	uint8_t *manifest;
	uint8_t digest[SHA256_DIGEST_LENGTH], signature[SIGN_RAW_BYTES];
	uint8_t envelope[2 * MANIFEST_BYTES_MAX]; /* more than a device takes */
	size_t envelope_bytes = 0;
	struct suit_plan plan = {
		.sequence = release->sequence,
		.vendor_id = scenario->board.vendor_id,
		.class_id = shop->making[i].manifest_class,
		.security = release->security,
		.version = release->version,
		.uri = release->uri,
		.edits = odd ? odd->edits : NULL,
	};

	plan.key = manifest_key(shop, i);
	if (plan.key == NULL || manifest_lie(shop, i, &plan, digest, signature) != 0)
		return NULL;
	if (odd && odd->image) {
		(void)SHA256(odd->image, odd->image_bytes, digest);
		plan.size_bytes = odd->image_bytes;
		plan.sequence = odd->sequence;
	}
	if (suit_build(&plan, envelope, sizeof(envelope), &envelope_bytes) != 0) {
		(void)scenario_yaml_fail(shop->file, place,
					 "manifest cannot be built, expected a P-256 key, edits of "
					 "bytes that are there, and at most %u bytes",
					 2 * MANIFEST_BYTES_MAX);
		return NULL;
	}
	manifest = malloc(envelope_bytes);
	if (manifest == NULL) {
		(void)scenario_yaml_fail(shop->file, place,
					 "memory is full, expected room for a manifest");
		return NULL;
	}
	memcpy(manifest, envelope, envelope_bytes);
	*size_bytes = (uint32_t)envelope_bytes;
	return manifest;
}

static int release_manifest_make(struct scenario_workshop *shop, uint32_t i)
{
	struct scenario_release *release = &shop->scenario->releases[i];

	if (shop->making[i].yaml->made != NULL)
		return scenario_made_manifest(shop, i);
	release->manifest =
		manifest_make(shop, i, shop->making[i].place, NULL, &release->manifest_bytes);
	return release->manifest ? 0 : -1;
}

static int probe_make(struct scenario_workshop *shop, uint32_t i)
{
	struct scenario *scenario = shop->scenario;
	struct scenario_probe *probe = &scenario->probes[i];
	struct scenario_probe_edits edits;
	struct scenario_odd odd = {.edits = &edits.manifest};
	char place[32];

	(void)snprintf(place, sizeof(place), "attack.probes[%" PRIu32 "]", i);
	if (scenario_probe_read(shop->file, i, &edits, &probe->refused) != 0)
		return -1;
	if (scenario->offer_count == 0 || shop->making[scenario->offers[0]].yaml->made != NULL)
		return scenario_yaml_fail(shop->file, place,
					  "there is nothing to edit, expected an update whose "
					  "bytes are not made elsewhere");
	if (edits.image.count) {
		probe->image =
			image_make(shop, scenario->offers[0], &edits.image, &probe->image_bytes);
		if (probe->image == NULL)
			return -1;
	}
	odd.image = probe->image;
	odd.image_bytes = probe->image_bytes;
	/* Each is a release of its own: one that fails too often is no longer fetched. */
	odd.sequence = scenario->releases[scenario->offers[0]].sequence + 1 + i;
	probe->manifest =
		manifest_make(shop, scenario->offers[0], place, &odd, &probe->manifest_bytes);
	return probe->manifest ? 0 : -1;
}

/* Each probe is the first release on offer with something changed in it. */
static int probes_make(struct scenario_workshop *shop)
{
	const struct scenario_yaml_attack *attack = shop->file->root->attack;

	for (uint32_t i = 0; attack != NULL && i < attack->probes_count; i++) {
		shop->scenario->probe_count++;
		if (probe_make(shop, i) != 0)
			return -1;
	}
	return 0;
}

int scenario_build(struct scenario *scenario, const struct scenario_yaml_file *file,
		   struct scenario_keyring *ring)
{
	struct scenario_workshop shop = {.scenario = scenario, .file = file, .ring = ring};

	if (scenario_release_list(&shop) != 0)
		return -1;
	for (uint32_t i = 0; i < scenario->release_count; i++) {
		if (scenario_release_describe(&shop, i) != 0)
			return -1;
	}
	for (uint32_t borrows = 0; borrows < 2; borrows++) {
		for (uint32_t i = 0; i < scenario->release_count; i++) {
			if ((shop.making[i].forge.image == IMAGE_SIGNATURE_OF) == borrows &&
			    release_image_make(&shop, i) != 0)
				return -1;
		}
	}
	for (uint32_t borrows = 0; borrows < 2; borrows++) {
		for (uint32_t i = 0; i < scenario->release_count; i++) {
			if (scenario->releases[i].sequence > 0 &&
			    (shop.making[i].forge.manifest == SUIT_SIGNATURE_OF) == borrows &&
			    release_manifest_make(&shop, i) != 0)
				return -1;
		}
	}
	return probes_make(&shop);
}
