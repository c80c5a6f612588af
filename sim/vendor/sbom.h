/* The software bill of materials of a release: CycloneDX 1.6, as JSON. */
#ifndef VENDOR_SBOM_H
#define VENDOR_SBOM_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

#include "device-model/hal.h"

struct sbom_plan {
	const char *name;	  /* of the product, UTF-8 */
	const char *supplier;	  /* who makes it, UTF-8; NULL: not said */
	const char *tool_version; /* of this program */
	struct hal_version version;
	const uint8_t *digest; /* SHA-256 of the whole image file */
	int64_t now;	       /* seconds since 1970 */
	const json_t *parts;   /* what sbom_read_parts gave; NULL: nothing is known of the parts */
};

/* The same plan gives the same document. The caller gives it back. */
json_t *sbom_build(const struct sbom_plan *plan);

/*
 * Reads a CycloneDX file that the firmware's build wrote, for its components and how they depend on
 * each other. NULL, and in why "PATH: what is wrong, what was expected". The caller gives it back.
 */
json_t *sbom_read_parts(const char *path, char *why, size_t why_bytes);

#endif
