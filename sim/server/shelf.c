/* Everything that the server hands out as it is. */
#include "sim/server/shelf.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>
#include <openssl/sha.h>

#include "sim/vendor/file_read.h"
#include "sim/vendor/notation.h"
#include "sim/vendor/release.h"
#include "sim/vendor/suit_read.h"

#define SHELF_SCHEME "https://"

static const struct {
	const char *name, *type;
	size_t max_bytes;
} shelf_names[] = {
	{RELEASE_MANIFEST, "application/suit-envelope+cose", RELEASE_JSON_MAX},
	{RELEASE_IMAGE, "application/octet-stream", RELEASE_IMAGE_MAX},
	{RELEASE_SBOM, "application/vnd.cyclonedx+json", RELEASE_JSON_MAX},
	{RELEASE_RECORD, "application/json", RELEASE_JSON_MAX},
};

#define SHELF_NAMES (sizeof(shelf_names) / sizeof(shelf_names[0]))

static void shelf_etag(struct shelf_file *file)
{
	uint8_t digest[SHA256_DIGEST_LENGTH];
	char hex[NOTATION_HEX_ROOM(sizeof(digest))];

	SHA256(file->data, file->size_bytes, digest);
	snprintf(file->etag, sizeof(file->etag), "\"%s\"",
		 notation_hex_text(digest, sizeof(digest), hex));
}

static int shelf_read(struct shelf_release *release, size_t index, char *why, size_t why_bytes)
{
	struct shelf_file *file = &release->files[index];
	char *path;

	if (asprintf(&path, "%s/%s", release->folder, shelf_names[index].name) < 0)
		abort();
	file->data = file_read(path, "a file of a release", shelf_names[index].max_bytes,
			       &file->size_bytes, why, why_bytes);
	free(path);
	file->type = shelf_names[index].type;
	if (file->data)
		shelf_etag(file);
	return file->data ? 0 : -1;
}

/* Name and version, and the digest that the image has to have. */
static int shelf_record(struct shelf_release *release, char *why, size_t why_bytes)
{
	const struct shelf_file *file = &release->files[SHELF_NAMES - 1];
	const char *etag = release->files[1].etag;
	json_error_t error;
	json_t *record = json_loadb((const char *)file->data, file->size_bytes,
				    JSON_REJECT_DUPLICATES, &error);
	const char *name = json_string_value(json_object_get(record, "name"));
	const char *version = json_string_value(json_object_get(record, "version"));
	const char *digest =
		json_string_value(json_object_get(json_object_get(record, "image"), "sha256"));
	int rc = -1;

	if (!version || !digest)
		snprintf(why, why_bytes, "%s/" RELEASE_RECORD ": expected a release's record",
			 release->folder);
	else if (strncmp(digest, etag + 1, strlen(etag) - 2) != 0)
		snprintf(why, why_bytes,
			 "%s/" RELEASE_IMAGE ": not the image of " RELEASE_RECORD
			 ", expected the release as it was made",
			 release->folder);
	else
		rc = 0;
	if (rc == 0) {
		release->name = strdup(name ? name : "");
		release->version = strdup(version);
		assert(release->name && release->version);
	}
	json_decref(record);
	return rc;
}

/* The path that a uri comes to here, whichever server it names. */
static char *shelf_uri_path(const char *uri)
{
	char *path;

	if (strncmp(uri, SHELF_SCHEME, strlen(SHELF_SCHEME)) == 0) {
		const char *slash = strchr(uri + strlen(SHELF_SCHEME), '/');

		uri = slash ? slash : "/";
	}
	if (asprintf(&path, "%s%s", *uri == '/' ? "" : "/", uri) < 0)
		abort();
	return path;
}

static int shelf_paths(struct shelf_release *release, char *why, size_t why_bytes)
{
	const struct shelf_file *manifest = &release->files[0];
	struct shelf_file *named = &release->files[SHELF_NAMES];
	char uri[HAL_URI_MAX + 1] = "";

	if (suit_offer(manifest->data, manifest->size_bytes, &release->sequence, uri) != 0) {
		snprintf(why, why_bytes,
			 "%s/" RELEASE_MANIFEST ": no SUIT manifest with a uri, expected a "
			 "release's",
			 release->folder);
		return -1;
	}
	for (size_t i = 0; i < SHELF_NAMES; i++)
		if (asprintf(&release->files[i].path, "/releases/%" PRIu64 "/%s", release->sequence,
			     shelf_names[i].name) < 0)
			abort();
	*named = release->files[1];
	named->path = shelf_uri_path(uri);
	named->shared = true;
	return 0;
}

static int shelf_load(struct shelf *shelf, const char *folder, char *why, size_t why_bytes)
{
	struct shelf_release *release = &shelf->releases[shelf->count++];

	release->folder = folder;
	for (size_t i = 0; i < SHELF_NAMES; i++)
		if (shelf_read(release, i, why, why_bytes) != 0)
			return -1;
	return shelf_record(release, why, why_bytes) || shelf_paths(release, why, why_bytes) ? -1
											     : 0;
}

static int shelf_compare(const void *left, const void *right)
{
	const struct shelf_release *a = left, *b = right;

	return a->sequence < b->sequence ? -1 : a->sequence > b->sequence;
}

/* Two releases of one number, or with images of one name that differ. */
static int shelf_collide(const struct shelf *shelf, char *why, size_t why_bytes)
{
	for (size_t i = 1; i < shelf->count; i++)
		for (size_t j = 0; j < i; j++) {
			const struct shelf_release *a = &shelf->releases[j];
			const struct shelf_release *b = &shelf->releases[i];
			const struct shelf_file *image = &b->files[SHELF_NAMES];

			if (a->sequence == b->sequence)
				snprintf(why, why_bytes,
					 "%s: sequence number %" PRIu64
					 " like %s, expected one of its own",
					 b->folder, b->sequence, a->folder);
			else if (strcmp(a->files[SHELF_NAMES].path, image->path) == 0 &&
				 strcmp(a->files[SHELF_NAMES].etag, image->etag) != 0)
				snprintf(why, why_bytes,
					 "%s: its image is fetched from %s like that of %s, "
					 "expected a uri of its own",
					 b->folder, image->path, a->folder);
			else
				continue;
			return -1;
		}
	return 0;
}

int shelf_open(struct shelf *shelf, char *const *folders, size_t count, char *why, size_t why_bytes)
{
	*shelf = (struct shelf){.releases = calloc(count ? count : 1, sizeof(*shelf->releases))};
	assert(shelf->releases);
	for (size_t i = 0; i < count; i++)
		if (shelf_load(shelf, folders[i], why, why_bytes) != 0)
			return -1;
	qsort(shelf->releases, shelf->count, sizeof(*shelf->releases), shelf_compare);
	return shelf_collide(shelf, why, why_bytes);
}

void shelf_close(struct shelf *shelf)
{
	for (size_t i = 0; i < shelf->count; i++) {
		struct shelf_release *release = &shelf->releases[i];

		free(release->name);
		free(release->version);
		for (size_t k = 0; k < SHELF_FILES; k++) {
			free(release->files[k].path);
			if (!release->files[k].shared)
				free(release->files[k].data);
		}
	}
	free(shelf->releases);
	*shelf = (struct shelf){.releases = NULL};
}

const struct shelf_file *shelf_find(const struct shelf *shelf, const char *path)
{
	for (size_t i = 0; i < shelf->count; i++)
		for (size_t k = 0; k < SHELF_FILES; k++)
			if (strcmp(shelf->releases[i].files[k].path, path) == 0)
				return &shelf->releases[i].files[k];
	return NULL;
}

const struct shelf_release *shelf_release(const struct shelf *shelf, uint64_t sequence)
{
	for (size_t i = 0; i < shelf->count; i++)
		if (shelf->releases[i].sequence == sequence)
			return &shelf->releases[i];
	return NULL;
}
