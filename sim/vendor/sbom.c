/* CycloneDX 1.6: the release's image as the product, the build's components as its parts. */
#include "sim/vendor/sbom.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/vendor/file_read.h"
#include "sim/vendor/notation.h"

#define SBOM_BYTES_MAX (64u << 20)
#define SBOM_SCHEMA    "http://cyclonedx.org/schema/bom-1.6.schema.json"
#define SBOM_ROOT      "firmware" /* bom-ref of the product where the build gave none */
#define SBOM_DIGEST    32u

/* A serial number of RFC 9562's own making (version 8): the image's digest is what is unique. */
static json_t *sbom_serial(const struct sbom_plan *plan)
{
	char text[NOTATION_UUID_ROOM];
	uint8_t uuid[NOTATION_UUID_BYTES];

	memcpy(uuid, plan->digest, sizeof(uuid));
	uuid[6] = (uint8_t)((uuid[6] & 0x0f) | 0x80);
	uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80);
	return json_sprintf("urn:uuid:%s", notation_uuid_text(uuid, text));
}

/* How the build's document calls the product, so that what it says of it stays true. */
static const char *sbom_root(const struct sbom_plan *plan)
{
	const json_t *metadata = json_object_get(plan->parts, "metadata");
	const char *ref = json_string_value(
		json_object_get(json_object_get(metadata, "component"), "bom-ref"));

	return ref != NULL ? ref : SBOM_ROOT;
}

static json_t *sbom_product(const struct sbom_plan *plan)
{
	char version[NOTATION_VERSION_ROOM], digest[NOTATION_HEX_ROOM(SBOM_DIGEST)];
	json_t *product = json_pack("{s:s, s:s, s:s, s:s, s:[{s:s, s:s}]}", "type", "firmware",
				    "bom-ref", sbom_root(plan), "name", plan->name, "version",
				    notation_version_text(&plan->version, version), "hashes", "alg",
				    "SHA-256", "content",
				    notation_hex_text(plan->digest, SBOM_DIGEST, digest));

	assert(product != NULL);
	if (plan->supplier != NULL)
		json_object_set_new(product, "supplier",
				    json_pack("{s:s}", "name", plan->supplier));
	return product;
}

static json_t *sbom_metadata(const struct sbom_plan *plan)
{
	char moment[NOTATION_MOMENT_ROOM];
	json_t *metadata = json_pack("{s:s, s:{s:[{s:s, s:s, s:s}]}, s:o}", "timestamp",
				     notation_moment_text(plan->now, moment), "tools", "components",
				     "type", "application", "name", "brownout", "version",
				     plan->tool_version, "component", sbom_product(plan));

	assert(metadata != NULL);
	return metadata;
}

/* The product depends on every component, where the build does not say which on which. */
static json_t *sbom_dependencies(const struct sbom_plan *plan)
{
	const json_t *said = json_object_get(plan->parts, "dependencies");
	json_t *all = json_array(), *part;
	size_t i;

	if (json_is_array(said)) {
		json_decref(all);
		return json_deep_copy(said);
	}
	json_array_foreach(json_object_get(plan->parts, "components"), i, part)
	{
		json_t *ref = json_object_get(part, "bom-ref");

		if (json_is_string(ref))
			json_array_append(all, ref);
	}
	return json_pack("[{s:s, s:o}]", "ref", sbom_root(plan), "dependsOn", all);
}

/* Nobody has shown that the list of components is whole, unless the build says so. */
static json_t *sbom_compositions(const struct sbom_plan *plan)
{
	const json_t *said = json_object_get(plan->parts, "compositions");

	if (json_is_array(said))
		return json_deep_copy(said);
	return json_pack("[{s:s, s:[s]}]", "aggregate", "unknown", "assemblies", sbom_root(plan));
}

json_t *sbom_build(const struct sbom_plan *plan)
{
	const json_t *components = json_object_get(plan->parts, "components");
	json_t *bom = json_object();

	json_object_set_new(bom, "$schema", json_string(SBOM_SCHEMA));
	json_object_set_new(bom, "bomFormat", json_string("CycloneDX"));
	json_object_set_new(bom, "specVersion", json_string("1.6"));
	json_object_set_new(bom, "serialNumber", sbom_serial(plan));
	json_object_set_new(bom, "version", json_integer(1));
	json_object_set_new(bom, "metadata", sbom_metadata(plan));
	json_object_set_new(bom, "components",
			    components != NULL ? json_deep_copy(components) : json_array());
	json_object_set_new(bom, "dependencies", sbom_dependencies(plan));
	json_object_set_new(bom, "compositions", sbom_compositions(plan));
	return bom;
}

/* Later versions of the format add to it what earlier ones have: their components are 1.6's. */
static bool sbom_version_known(const char *version)
{
	static const char *const known[] = {"1.4", "1.5", "1.6"};

	for (size_t i = 0; version != NULL && i < sizeof(known) / sizeof(known[0]); i++) {
		if (strcmp(version, known[i]) == 0)
			return true;
	}
	return false;
}

json_t *sbom_read_parts(const char *path, char *why, size_t why_bytes)
{
	size_t size_bytes;
	uint8_t *text =
		file_read(path, "a CycloneDX file", SBOM_BYTES_MAX, &size_bytes, why, why_bytes);
	const char *format, *wrong = NULL;
	json_error_t error;
	json_t *parts;

	if (text == NULL)
		return NULL;
	parts = json_loadb((const char *)text, size_bytes, JSON_REJECT_DUPLICATES, &error);
	free(text);
	if (parts == NULL) {
		snprintf(why, why_bytes, "%s:%d: %s, expected CycloneDX as JSON", path, error.line,
			 error.text);
		return NULL;
	}
	format = json_string_value(json_object_get(parts, "bomFormat"));
	if (format == NULL || strcmp(format, "CycloneDX") != 0)
		wrong = "no CycloneDX, expected \"bomFormat\": \"CycloneDX\"";
	else if (!sbom_version_known(json_string_value(json_object_get(parts, "specVersion"))))
		wrong = "an unknown specVersion, expected 1.4, 1.5 or 1.6";
	else if (!json_is_array(json_object_get(parts, "components")))
		wrong = "no list of components, expected \"components\": [...]";
	if (wrong == NULL)
		return parts;
	snprintf(why, why_bytes, "%s: %s", path, wrong);
	json_decref(parts);
	return NULL;
}
