/* The lint of releases: every rule is looked at, so that a person hears of all that is wrong. */
#include "sim/vendor/release_lint.h"

#include <assert.h>
#include <inttypes.h>
#include <openssl/sha.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "device-model/firmware/fw_err.h"
#include "sim/vendor/notation.h"

const char *release_rule_name(enum release_rule rule)
{
	static const char *const names[] = {
		[RELEASE_RULE_IMAGE] = "image",	      [RELEASE_RULE_MANIFEST] = "manifest",
		[RELEASE_RULE_SIZE] = "size",	      [RELEASE_RULE_AGREE] = "agree",
		[RELEASE_RULE_BOM] = "sbom",	      [RELEASE_RULE_RECORD] = "record",
		[RELEASE_RULE_VERSION] = "version",   [RELEASE_RULE_SEQUENCE] = "sequence",
		[RELEASE_RULE_SECURITY] = "security", [RELEASE_RULE_CLASS] = "class",
		[RELEASE_RULE_EXPIRY] = "expiry",     [RELEASE_RULE_REVOKE] = "revoke",
	};

	return names[rule];
}

__attribute__((format(printf, 3, 4))) static void lint_add(struct release_lint *lint,
							   enum release_rule rule,
							   const char *format, ...)
{
	struct release_finding *finding = &lint->findings[lint->count++];
	va_list values;

	assert(lint->count <= RELEASE_FINDINGS_MAX);
	finding->rule = rule;
	va_start(values, format);
	vsnprintf(finding->why, sizeof(finding->why), format, values);
	va_end(values);
}

static void lint_agree(const struct release *release, struct release_lint *lint)
{
	const struct manifest_update *update = &release->update;
	uint8_t digest[SHA256_DIGEST_LENGTH];

	SHA256(release->image.data, release->image.size_bytes, digest);
	if (memcmp(digest, update->digest, sizeof(digest)) != 0)
		lint_add(lint, RELEASE_RULE_AGREE,
			 "the manifest names another image's digest, expected that "
			 "of " RELEASE_IMAGE);
	if (update->size_bytes != release->image.size_bytes)
		lint_add(lint, RELEASE_RULE_AGREE,
			 "the manifest says %" PRIu32 " bytes, expected the image's %zu",
			 update->size_bytes, release->image.size_bytes);
	if (notation_version_compare(&update->version, &release->info.version) != 0) {
		char theirs[NOTATION_VERSION_ROOM], ours[NOTATION_VERSION_ROOM];

		lint_add(lint, RELEASE_RULE_AGREE,
			 "the manifest says version %s, expected the image's %s",
			 notation_version_text(&update->version, theirs),
			 notation_version_text(&release->info.version, ours));
	}
	if (!release->info.has_security)
		lint_add(lint, RELEASE_RULE_AGREE,
			 "the image has no security version, expected the manifest's %" PRIu32,
			 update->security);
	else if (update->security != release->info.security)
		lint_add(lint, RELEASE_RULE_AGREE,
			 "the manifest says security version %" PRIu32
			 ", expected the image's %" PRIu32,
			 update->security, release->info.security);
	if (release->class_status != FW_OK)
		lint_add(lint, RELEASE_RULE_AGREE,
			 "for the manifest's vendor and class: %s, "
			 "expected an image for them",
			 fw_err_text(release->class_status));
}

/* The hash that the SBOM gives for the image, or NULL. */
static const char *lint_sbom_hash(const struct release *release)
{
	const json_t *component =
		json_object_get(json_object_get(release->bom, "metadata"), "component");
	const json_t *hashes = json_object_get(component, "hashes");
	const json_t *hash;
	size_t i;

	json_array_foreach(hashes, i, hash)
	{
		const char *algorithm = json_string_value(json_object_get(hash, "alg"));

		if (algorithm != NULL && strcmp(algorithm, "SHA-256") == 0)
			return json_string_value(json_object_get(hash, "content"));
	}
	return NULL;
}

static void lint_sbom(const struct release *release, struct release_lint *lint)
{
	char hash[NOTATION_HEX_ROOM(SHA256_DIGEST_LENGTH)];
	uint8_t digest[SHA256_DIGEST_LENGTH];
	const char *said = lint_sbom_hash(release);

	if (release->manifest_status == FW_OK) {
		char note[SUIT_NOTE_ROOM];

		release_note_sbom(&release->sbom, note);
		if (strcmp(note, release->notes.sbom) != 0)
			lint_add(lint, RELEASE_RULE_BOM,
				 "the manifest binds %s, expected the digest of " RELEASE_SBOM,
				 release->notes.sbom[0] ? "another SBOM" : "no SBOM");
	}
	SHA256(release->image.data, release->image.size_bytes, digest);
	if (said == NULL || strcmp(said, notation_hex_text(digest, sizeof(digest), hash)) != 0)
		lint_add(lint, RELEASE_RULE_BOM,
			 RELEASE_SBOM " is %s, expected the SBOM of " RELEASE_IMAGE,
			 release->bom == NULL ? "no JSON"
			 : said == NULL	      ? "no SBOM with its image's SHA-256"
					      : "that of another image");
}

static void lint_previous(const struct release *release, const struct release *previous,
			  struct release_lint *lint)
{
	const struct manifest_update *now = &release->update, *then = &previous->update;

	if (notation_version_compare(&now->version, &then->version) <= 0) {
		char ours[NOTATION_VERSION_ROOM], theirs[NOTATION_VERSION_ROOM];

		lint_add(lint, RELEASE_RULE_VERSION,
			 "the version is %s, expected one above the previous release's %s",
			 notation_version_text(&now->version, ours),
			 notation_version_text(&then->version, theirs));
	}
	if (release->opened.sequence <= previous->opened.sequence)
		lint_add(lint, RELEASE_RULE_SEQUENCE,
			 "the sequence number is %" PRIu64
			 ", expected one above the previous release's %" PRIu64,
			 release->opened.sequence, previous->opened.sequence);
	if (now->security < then->security)
		lint_add(lint, RELEASE_RULE_SECURITY,
			 "the security version is %" PRIu32
			 ", expected at least the previous release's %" PRIu32
			 ": devices that have raised their counter refuse less",
			 now->security, then->security);
	if (memcmp(release->vendor_id, previous->vendor_id, sizeof(release->vendor_id)) != 0 ||
	    memcmp(release->class_id, previous->class_id, sizeof(release->class_id)) != 0)
		lint_add(lint, RELEASE_RULE_CLASS,
			 "the vendor or class is not the previous "
			 "release's, expected the same devices");
}

static void lint_revoke(const struct release *release, const struct release *previous,
			const struct release_device *device, struct release_lint *lint)
{
	uint32_t own = release->info.revokes, all = own | (previous ? previous->info.revokes : 0);
	uint32_t left = 0;

	if ((all & 1u << release->info.key) != 0)
		lint_add(lint, RELEASE_RULE_REVOKE,
			 "the image is signed by a key that %s, expected another key",
			 (own & 1u << release->info.key) != 0 ? "it revokes"
							      : "the previous release revokes");
	/* Its own revocation comes after it: a device burns it once the image is confirmed. */
	if (release->manifest_status == FW_OK && previous != NULL &&
	    (previous->info.revokes & 1u << release->opened.key) != 0)
		lint_add(lint, RELEASE_RULE_REVOKE,
			 "the manifest is signed by a key that the previous release revokes, "
			 "expected another key");
	for (uint32_t i = 0; i < device->key_count; i++)
		left += device->keys[i].algorithm == HAL_ECDSA_P256 && (all & 1u << i) == 0;
	if (left == 0)
		lint_add(lint, RELEASE_RULE_REVOKE,
			 "no P-256 key is left, expected one: devices would take no manifest "
			 "any more");
}

static void lint_expiry(const struct release *release, int64_t now, struct release_lint *lint)
{
	char moment[NOTATION_MOMENT_ROOM];
	int64_t expires;

	if (release->notes.expires[0] == '\0')
		return;
	if (notation_moment_parse(release->notes.expires, &expires) != 0)
		lint_add(lint, RELEASE_RULE_EXPIRY,
			 "the manifest expires at no moment that can be "
			 "read, " NOTATION_MOMENT_EXPECT);
	else if (expires <= now)
		lint_add(lint, RELEASE_RULE_EXPIRY,
			 "the release expires at %s, expected a moment after %s",
			 release->notes.expires, notation_moment_text(now, moment));
}

void release_lint(const struct release *release, const struct release *previous,
		  const struct release_device *device, int64_t now, struct release_lint *lint)
{
	bool image_good = release->image_status == FW_OK;
	bool manifest_good = release->manifest_status == FW_OK;

	lint->count = 0;
	if (!image_good)
		lint_add(lint, RELEASE_RULE_IMAGE,
			 "the firmware does not take the image: %s, expected one that the "
			 "device's keys signed",
			 fw_err_text(release->image_status));
	if (!manifest_good)
		lint_add(lint, RELEASE_RULE_MANIFEST,
			 "the firmware does not take the manifest: %s, expected one that the "
			 "device's keys signed",
			 fw_err_text(release->manifest_status));
	if (release->image.size_bytes > device->slot_bytes)
		lint_add(lint, RELEASE_RULE_SIZE,
			 "the image has %zu bytes, expected at most the slot's %" PRIu32
			 " (--slot-size)",
			 release->image.size_bytes, device->slot_bytes);
	lint_sbom(release, lint);
	if (image_good)
		lint_revoke(release, previous, device, lint);
	if (manifest_good && image_good) {
		lint_agree(release, lint);
		if (release->record != NULL) {
			json_t *record = release_record(release, device);

			if (!json_equal(record, release->record))
				lint_add(lint, RELEASE_RULE_RECORD,
					 RELEASE_RECORD
					 " says something else than the other files, "
					 "expected the same");
			json_decref(record);
		}
	}
	if (!manifest_good)
		return;
	if (release->opened.sequence == UINT64_MAX)
		lint_add(lint, RELEASE_RULE_SEQUENCE,
			 "the sequence number is the last one there is, expected one that a later "
			 "release can be above");
	lint_expiry(release, now, lint);
	if (previous != NULL)
		lint_previous(release, previous, lint);
}
