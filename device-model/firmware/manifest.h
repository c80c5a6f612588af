/*
 * The manifest: an IETF SUIT envelope (draft-ietf-suit-manifest-37), authenticated and evaluated.
 * Works on bytes in RAM, changes nothing, so power may fail anywhere in here.
 */
#ifndef FIRMWARE_MANIFEST_H
#define FIRMWARE_MANIFEST_H

#include "device-model/hal.h"

#define MANIFEST_BYTES_MAX 1024u /* of an envelope that a device takes */

/* Private-use parameters (IANA's SUIT registry leaves labels below -255 to us). */
#define MANIFEST_PARAMETER_SECURITY (-256) /* uint: the image's security version */
#define MANIFEST_PARAMETER_VERSION  (-257) /* bstr of 8: the image's version, as in its header */

/* For whom a manifest is evaluated. */
struct manifest_device {
	const uint8_t *vendor_id; /* 16 bytes */
	const uint8_t *class_id;  /* 16 bytes */
	uint32_t slot;		  /* that the update would go to */
};

/* An authentic manifest; points into the caller's bytes. */
struct manifest {
	uint64_t sequence;
	uint32_t key; /* index of the board's key that signed it */
	const uint8_t *shared, *validate, *load, *invoke, *install, *fetch; /* sequences or NULL */
	uint32_t shared_bytes, validate_bytes, load_bytes, invoke_bytes, install_bytes, fetch_bytes;
};

/* What it says for one slot of one device. */
struct manifest_update {
	bool has_digest, has_size, has_uri, has_security, has_version;
	bool installs;			  /* its install sequence fetches the image */
	bool invokes;			  /* its invoke sequence jumps to it */
	uint8_t digest[HAL_DIGEST_BYTES]; /* SHA-256 of the whole image file */
	uint32_t size_bytes;
	uint32_t security;
	struct hal_version version;
	const char *uri; /* not terminated */
	uint32_t uri_bytes;
};

/*
 * Checks envelope, digest and signature against the board's keys that are not in revoked (bit i:
 * key i), and the shape of all that is authenticated. FW_OK and manifest, or the reason.
 */
FW_CHECKED int manifest_open(struct hal *hal, const uint8_t *data, uint32_t size_bytes,
			     uint32_t revoked, struct manifest *manifest);

/*
 * Carries out shared, install, validate and invoke on paper for this device. A command or
 * parameter that is not carried out here is FW_ERR_MANIFEST_UNSUPPORTED, never skipped.
 */
FW_CHECKED int manifest_evaluate(const struct manifest *manifest,
				 const struct manifest_device *device,
				 struct manifest_update *update);

#endif
