/* Evidence of a release as one JSON object: docs/evidence.schema.json says what is in it. */
#include <openssl/crypto.h>
#include <string.h>

#include "device-model/firmware/fw_err.h"
#include "sim/report/coverage_parts.h"
#include "sim/report/evidence_report.h"
#include "sim/report/json_value.h"

#define EVIDENCE_JSON_FORMAT 1

static json_t *json_text_or_null(const char *text)
{
	return text != NULL && text[0] != '\0' ? json_value_text(text) : json_null();
}

static json_t *json_lacks(const struct evidence *evidence)
{
	json_t *lacks = json_array();

	for (uint32_t i = 0; i < evidence->lack_count; i++)
		json_array_append_new(lacks,
				      json_pack("{s:o, s:o}", "what",
						json_value_text(evidence->lacks[i].what), "why",
						json_value_text(evidence->lacks[i].why)));
	return lacks;
}

static json_t *json_file(const char *name, const struct release_file *file,
			 const struct hal_key *key)
{
	char hash[RELEASE_HASH_ROOM];
	json_t *root = json_pack("{s:s, s:o, s:s}", "file", name, "size_bytes",
				 json_value_number(file->size_bytes), "sha256",
				 release_file_hash(file, hash));

	json_object_set_new(root, "signature",
			    key == NULL ? json_null()
					: json_pack("{s:s, s:s}", "algorithm",
						    notation_algorithm_text(key->algorithm),
						    "keyhash", release_key_hash(key, hash)));
	return root;
}

static json_t *json_files(const struct evidence *evidence)
{
	const struct release *release = evidence->release;
	const struct hal_key *keys = evidence->device->keys;
	json_t *files = json_array();

	json_array_append_new(
		files, json_file(RELEASE_IMAGE, &release->image,
				 release->image_status == FW_OK ? &keys[release->info.key] : NULL));
	json_array_append_new(
		files,
		json_file(RELEASE_MANIFEST, &release->manifest,
			  release->manifest_status == FW_OK ? &keys[release->opened.key] : NULL));
	json_array_append_new(files, json_file(RELEASE_SBOM, &release->sbom, NULL));
	return files;
}

/* What the signed manifest and the SBOM say; null where nothing that is signed says it. */
static json_t *json_release(const struct evidence *evidence)
{
	const struct release *release = evidence->release;
	bool known = release->manifest_status == FW_OK;
	char version[NOTATION_VERSION_ROOM], id[NOTATION_UUID_ROOM];
	json_t *root = json_object();

	json_object_set_new(root, "name", json_text_or_null(evidence->name));
	json_object_set_new(root, "supplier", json_text_or_null(evidence->supplier));
	json_object_set_new(
		root, "version",
		known ? json_string(notation_version_text(&release->update.version, version))
		      : json_null());
	json_object_set_new(root, "security",
			    known ? json_value_number(release->update.security) : json_null());
	/* As text beyond jansson's integers, which have a sign. */
	json_object_set_new(
		root, "sequence",
		!known ? json_null()
		: release->opened.sequence <= INT64_MAX
			? json_value_number(release->opened.sequence)
			: json_sprintf("%llu", (unsigned long long)release->opened.sequence));
	json_object_set_new(root, "vendor_id",
			    known ? json_string(notation_uuid_text(release->vendor_id, id))
				  : json_null());
	json_object_set_new(root, "class_id",
			    known ? json_string(notation_uuid_text(release->class_id, id))
				  : json_null());
	json_object_set_new(root, "expires",
			    known ? json_text_or_null(release->notes.expires) : json_null());
	return root;
}

static json_t *json_sbom(const struct evidence *evidence)
{
	const struct release *release = evidence->release;
	bool known = release->manifest_status == FW_OK;
	json_t *root = json_object();

	json_object_set_new(root, "bound_by_manifest", json_boolean(evidence->bound));
	json_object_set_new(root, "manifest_binds",
			    known ? json_text_or_null(release->notes.sbom) : json_null());
	json_object_set_new(root, "components", json_value_number(evidence->components));
	json_object_set_new(root, "completeness", json_text_or_null(evidence->completeness));
	return root;
}

static json_t *json_made_with(const struct evidence *evidence)
{
	char hash[RELEASE_HASH_ROOM];
	json_t *root = json_object();

	json_object_set_new(root, "brownout", json_string(evidence->tool_version));
	json_object_set_new(root, "openssl", json_value_text(OpenSSL_version(OPENSSL_VERSION)));
	json_object_set_new(root, "firmware_sha256",
			    json_string(notation_hex_text(device_reference()->digest, 32, hash)));
	json_object_set_new(root, "results_sha256", json_text_or_null(evidence->results_hash));
	return root;
}

static json_t *json_fields(const struct evidence *evidence)
{
	json_t *fields = json_object();

	for (int i = 0; i < EVIDENCE_FIELDS; i++)
		json_object_set_new(
			fields, evidence_field_name((enum evidence_field)i),
			json_text_or_null(evidence_value(evidence, (enum evidence_field)i)));
	json_object_set_new(fields, "support.shorter",
			    json_text_or_null(evidence->declaration->shorter));
	return fields;
}

static json_t *json_ids(const struct evidence *evidence, bool asked)
{
	const struct catalogue *catalogue = evidence->coverage->catalogue;
	json_t *ids = json_array();

	for (uint32_t s = 0; s < catalogue->sources_count; s++) {
		const struct catalogue_source *source = &catalogue->sources[s];

		for (uint32_t i = 0; (source->asked != 0) == asked && i < source->ids_count; i++) {
			const struct catalogue_entry *entry = &source->ids[i];
			json_t *id = coverage_json_entry(evidence->coverage, source->source, entry);
			json_t *fields = json_array();

			for (uint32_t f = 0; f < entry->fields_count; f++)
				json_array_append_new(
					fields, json_string(evidence_field_name(
							(enum evidence_field)entry->fields[f])));
			json_object_set_new(id, "fields", fields);
			json_array_append_new(ids, id);
		}
	}
	return ids;
}

static json_t *json_scenarios(const struct evidence *evidence)
{
	json_t *scenarios = json_array();

	for (uint32_t i = 0; i < evidence->coverage->count; i++) {
		json_t *scenario = coverage_json_scenario(evidence->coverage, i);

		json_object_set_new(scenario, "runs_this_image",
				    json_boolean(evidence_runs(evidence, i)));
		json_array_append_new(scenarios, scenario);
	}
	return scenarios;
}

int evidence_json(const struct evidence *evidence, FILE *to)
{
	char moment[NOTATION_MOMENT_ROOM];
	json_t *root = json_object();
	int rc;

	json_object_set_new(root, "evidence", json_value_number(EVIDENCE_JSON_FORMAT));
	json_object_set_new(root, "as_of",
			    evidence->has_as_of
				    ? json_string(notation_moment_text(evidence->as_of, moment))
				    : json_null());
	json_object_set_new(root, "complete", json_boolean(evidence->lack_count == 0));
	json_object_set_new(root, "lacks", json_lacks(evidence));
	json_object_set_new(root, "release", json_release(evidence));
	json_object_set_new(root, "files", json_files(evidence));
	json_object_set_new(root, "sbom", json_sbom(evidence));
	json_object_set_new(root, "made_with", json_made_with(evidence));
	json_object_set_new(root, "fields", json_fields(evidence));
	json_object_set_new(root, "counts", coverage_json_counts(evidence->coverage));
	json_object_set_new(root, "requirements", json_ids(evidence, true));
	json_object_set_new(root, "threats", json_ids(evidence, false));
	json_object_set_new(root, "scenarios", json_scenarios(evidence));
	rc = json_dumpf(root, to, JSON_INDENT(1));
	json_decref(root);
	return rc != 0 || putc('\n', to) == EOF ? -1 : 0;
}
