/* A release made, or looked at again: keys, image, SBOM, manifest, lint, folder. */
#include "sim/cli/release_make.h"

#include <assert.h>
#include <inttypes.h>
#include <openssl/sha.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "device-model/firmware/fw_err.h"
#include "sim/cli/cli.h"
#include "sim/vendor/file_read.h"
#include "sim/vendor/key_store.h"
#include "sim/vendor/notation.h"
#include "sim/vendor/release_lint.h"
#include "sim/vendor/sbom.h"

/* A release on its way. */
struct release_work {
	const struct release_request *request;
	struct release_device device;
	struct signer manifest_signer, image_signer; /* image_signer.key NULL: the same */
	struct release previous, release;
	bool has_previous;
};

/* Says it on stderr. The exit status of what cannot be used. */
static int release_unusable(const char *why)
{
	fprintf(stderr, "%s\n", why);
	return CLI_UNUSABLE;
}

/* ---- telling ---- */

static void release_tell_file(const json_t *record, const char *what)
{
	const json_t *file = json_object_get(record, what);

	printf("%-9s %s, %lld bytes, sha256 %s\n", what,
	       json_string_value(json_object_get(file, "file")),
	       (long long)json_integer_value(json_object_get(file, "size_bytes")),
	       json_string_value(json_object_get(file, "sha256")));
}

static void release_tell_text(const char *folder, uint64_t sequence, const json_t *record)
{
	const char *expires = json_string_value(json_object_get(record, "expires"));
	const json_t *revoked;
	size_t i;

	printf("release   %s\n", folder);
	printf("version   %s, security %lld, sequence %" PRIu64 "\n",
	       json_string_value(json_object_get(record, "version")),
	       (long long)json_integer_value(json_object_get(record, "security")), sequence);
	release_tell_file(record, "image");
	release_tell_file(record, "manifest");
	release_tell_file(record, "sbom");
	if (expires)
		printf("expires   %s\n", expires);
	json_array_foreach(json_object_get(record, "revokes"), i, revoked)
		printf("revokes   %s\n", json_string_value(revoked));
}

static void release_tell_json(const char *folder, const struct release_lint *lint, json_t *record)
{
	json_t *root = json_object(), *refused = json_array();

	for (uint32_t i = 0; i < lint->count; i++)
		json_array_append_new(refused, json_pack("{s:s, s:s}", "rule",
							 release_rule_name(lint->findings[i].rule),
							 "why", lint->findings[i].why));
	json_object_set_new(root, "folder", maker_path(folder));
	json_object_set_new(root, "verdict", json_string(lint->count == 0 ? "good" : "refused"));
	json_object_set_new(root, "refused", refused);
	json_object_set(root, "release", record);
	json_dumpf(root, stdout, JSON_INDENT(1));
	putchar('\n');
	json_decref(root);
}

/* What became of the release. The exit status. */
static int release_tell(const struct release_work *work, const char *folder,
			const struct release_lint *lint)
{
	json_t *record =
		lint->count == 0 ? release_record(&work->release, &work->device) : json_null();

	for (uint32_t i = 0; i < lint->count; i++)
		maker_refuse(folder, release_rule_name(lint->findings[i].rule),
			     lint->findings[i].why);
	if (work->request->json)
		release_tell_json(folder, lint, record);
	else if (lint->count == 0)
		release_tell_text(folder, work->release.opened.sequence, record);
	json_decref(record);
	return lint->count == 0 ? CLI_GOOD : CLI_BROKEN;
}

/* ---- making ---- */

/* Keys: those that sign, and all that devices hold. 0, or the exit status after a message. */
static int release_open_keys(struct release_work *work)
{
	const struct release_request *request = work->request;
	struct key_place place = request->image.key;
	char why[MAKER_WHY_BYTES];

	for (uint32_t i = 0; i < request->device_key_count; i++) {
		if (release_device_read(&work->device, request->device_keys[i], why, sizeof(why)))
			return release_unusable(why);
	}
	if (request->check)
		return CLI_GOOD;
	if (key_store_open(&place, &work->manifest_signer, why, sizeof(why)) != 0)
		return release_unusable(why);
	if (request->image_key) {
		place.name = request->image_key;
		if (key_store_open(&place, &work->image_signer, why, sizeof(why)) != 0)
			return release_unusable(why);
	}
	if (release_device_add(&work->device, work->manifest_signer.key, why, sizeof(why)) != 0 ||
	    (request->image_key &&
	     release_device_add(&work->device, work->image_signer.key, why, sizeof(why)) != 0)) {
		fprintf(stderr, "--device-key: %s\n", why);
		return CLI_UNUSABLE;
	}
	return CLI_GOOD;
}

static int release_load_previous(struct release_work *work)
{
	const struct release *previous = &work->previous;
	const char *folder = work->request->previous;
	char why[MAKER_WHY_BYTES];
	int reason;

	if (!folder)
		return CLI_GOOD;
	if (release_load(&work->previous, folder, &work->device, why, sizeof(why)) != 0)
		return release_unusable(why);
	work->has_previous = true;
	reason = previous->manifest_status != FW_OK ? previous->manifest_status
						    : previous->image_status;
	if (reason == FW_OK)
		return CLI_GOOD;
	snprintf(why, sizeof(why),
		 "%s/%s: %s, expected a release that devices took: is its key among the "
		 "--device-keys?",
		 folder, previous->manifest_status != FW_OK ? RELEASE_MANIFEST : RELEASE_IMAGE,
		 fw_err_text(reason));
	return release_unusable(why);
}

/* What the image is to be: as asked, or as the previous release was. */
static struct maker_image release_image_plan(const struct release_work *work)
{
	struct maker_image image = work->request->image;

	if (work->request->image_key)
		image.key.name = work->request->image_key;
	if (!image.has_security && work->has_previous && !work->request->is_signed) {
		image.security = work->previous.update.security;
		image.has_security = true;
	}
	if (!image.has_vendor && work->has_previous)
		memcpy(image.vendor_id, work->previous.vendor_id, sizeof(image.vendor_id));
	if (!image.has_class && work->has_previous)
		memcpy(image.class_id, work->previous.class_id, sizeof(image.class_id));
	image.has_vendor = image.has_class = true;
	return image;
}

/* The image, and what the manifest is to say of it. 0, or the exit status after a message. */
static int release_put_image(struct release_work *work, struct maker_image *image)
{
	const struct release_request *request = work->request;
	struct release_file *file = &work->release.image;
	struct image_info info;
	char why[MAKER_WHY_BYTES];
	int status = CLI_UNUSABLE, reason;

	if (!request->is_signed) {
		file->data = maker_image_make(image,
					      work->image_signer.key ? &work->image_signer
								     : &work->manifest_signer,
					      request->path, &file->size_bytes, &status);
		return file->data ? CLI_GOOD : status;
	}
	file->data = file_read(request->path, "a signed image", RELEASE_IMAGE_MAX,
			       &file->size_bytes, why, sizeof(why));
	if (!file->data)
		return release_unusable(why);
	reason =
		release_check_image(&work->device, file->data, file->size_bytes, NULL, NULL, &info);
	if (reason != FW_OK) {
		snprintf(why, sizeof(why),
			 "the firmware does not take the image: %s, expected one that the "
			 "device's keys signed (--device-key)",
			 fw_err_text(reason));
		maker_refuse(request->path, release_rule_name(RELEASE_RULE_IMAGE), why);
		return CLI_BROKEN;
	}
	/* What was asked for stands in the manifest, and the lint holds the two together. */
	if (!image->has_version)
		image->version = info.version;
	if (!image->has_security)
		image->security = info.security;
	return CLI_GOOD;
}

static int release_put_sbom(struct release_work *work, const struct maker_image *image)
{
	const struct release_request *request = work->request;
	struct release *release = &work->release;
	uint8_t digest[SHA256_DIGEST_LENGTH];
	struct sbom_plan plan = {
		.name = request->name,
		.supplier = request->supplier,
		.tool_version = CLI_VERSION,
		.version = image->version,
		.digest = digest,
		.now = request->now,
	};
	char *text, *lines;
	json_t *parts = NULL;
	int bytes;

	if (request->components) {
		char why[MAKER_WHY_BYTES];

		parts = sbom_read_parts(request->components, why, sizeof(why));
		if (!parts)
			return release_unusable(why);
	}
	SHA256(release->image.data, release->image.size_bytes, digest);
	plan.parts = parts;
	release->bom = sbom_build(&plan);
	json_decref(parts);
	text = json_dumps(release->bom, JSON_INDENT(1));
	assert(text);
	bytes = asprintf(&lines, "%s\n", text);
	if (bytes < 0)
		abort();
	free(text);
	release->sbom.data = (uint8_t *)lines;
	release->sbom.size_bytes = (size_t)bytes;
	return CLI_GOOD;
}

static int release_put_manifest(struct release_work *work, const struct maker_image *image)
{
	const struct release_request *request = work->request;
	struct release *release = &work->release;
	uint64_t next = work->has_previous ? work->previous.opened.sequence + 1 : 1;
	uint8_t digest[SHA256_DIGEST_LENGTH];
	char hex[NOTATION_HEX_ROOM(SHA256_DIGEST_LENGTH)], uri[HAL_URI_MAX];
	struct suit_notes notes = {.expires = ""};
	struct suit_plan plan = {
		.sequence = request->sequence ? request->sequence : next,
		.vendor_id = image->vendor_id,
		.class_id = image->class_id,
		.digest = digest,
		.size_bytes = (uint32_t)release->image.size_bytes,
		.security = image->security,
		.version = image->version,
		.uri = request->uri ? request->uri : uri,
		.key = work->manifest_signer.key,
		.signer = &work->manifest_signer,
		.notes = &notes,
	};

	SHA256(release->image.data, release->image.size_bytes, digest);
	/* Named by its content: no cache can serve an older one for it. */
	snprintf(uri, sizeof(uri), "%s.bin", notation_hex_text(digest, sizeof(digest), hex));
	release_note_sbom(&release->sbom, notes.sbom);
	if (request->has_expires)
		notation_moment_text(request->expires, notes.expires);
	release->manifest.data = malloc(MANIFEST_BYTES_MAX);
	assert(release->manifest.data);
	if (suit_build(&plan, release->manifest.data, MANIFEST_BYTES_MAX,
		       &release->manifest.size_bytes) == 0)
		return CLI_GOOD;
	fprintf(stderr,
		"%s: does not sign manifests, expected a P-256 key (--image-key for "
		"images)\n",
		request->image.key.name);
	return CLI_UNUSABLE;
}

static int release_make_all(struct release_work *work)
{
	const struct release_request *request = work->request;
	struct release_lint lint;
	struct maker_image image;
	char why[MAKER_WHY_BYTES];
	int status = release_open_keys(work);

	if (status == CLI_GOOD)
		status = release_load_previous(work);
	if (status != CLI_GOOD)
		return status;
	image = release_image_plan(work);
	status = release_put_image(work, &image);
	if (status == CLI_GOOD)
		status = release_put_sbom(work, &image);
	if (status == CLI_GOOD)
		status = release_put_manifest(work, &image);
	if (status != CLI_GOOD)
		return status;
	release_examine(&work->release, &work->device);
	release_lint(&work->release, work->has_previous ? &work->previous : NULL, &work->device,
		     request->now, &lint);
	if (lint.count == 0 &&
	    release_save(&work->release, request->out, &work->device, why, sizeof(why)) != 0)
		return release_unusable(why);
	return release_tell(work, request->out, &lint);
}

static int release_check_all(struct release_work *work)
{
	const struct release_request *request = work->request;
	struct release_lint lint;
	char why[MAKER_WHY_BYTES];
	int status = release_open_keys(work);

	if (status == CLI_GOOD)
		status = release_load_previous(work);
	if (status != CLI_GOOD)
		return status;
	if (release_load(&work->release, request->path, &work->device, why, sizeof(why)) != 0)
		return release_unusable(why);
	release_lint(&work->release, work->has_previous ? &work->previous : NULL, &work->device,
		     request->now, &lint);
	return release_tell(work, request->path, &lint);
}

static int release_run(const struct release_request *request, int (*all)(struct release_work *work))
{
	struct release_work work = {.request = request,
				    .device = {.slot_bytes = request->image.slot_bytes}};
	int status = all(&work);

	release_free(&work.release);
	release_free(&work.previous);
	key_store_close(&work.image_signer);
	key_store_close(&work.manifest_signer);
	release_device_free(&work.device);
	return status;
}

int release_make(const struct release_request *request)
{
	return release_run(request, release_make_all);
}

int release_check(const struct release_request *request)
{
	return release_run(request, release_check_all);
}
