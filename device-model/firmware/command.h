/*
 * SUIT command sequences, carried out on paper: what an update would be, without fetching or
 * writing anything. Sections are those of draft-ietf-suit-manifest-37.
 */
#ifndef FIRMWARE_COMMAND_H
#define FIRMWARE_COMMAND_H

#include "device-model/firmware/cbor.h"
#include "device-model/firmware/manifest.h"

#define SUIT_SHA256 (-16) /* COSE algorithm id in a SUIT_Digest */

/* What the sequences have set so far. A plain copy of it is a point to come back to. */
struct command_state {
	const struct manifest_device *device;
	struct manifest_update update;
	const uint8_t *vendor_id; /* parameters, 16 bytes; NULL: not set */
	const uint8_t *class_id;
	bool has_slot;
	uint64_t slot;
	bool vendor_held, class_held; /* their conditions stood there, and held */
	int failed;		      /* why the first command that failed did; FW_OK: none did */
};

void command_start(struct command_state *state, const struct manifest_device *device);

/*
 * Carries out one sequence after those before it. A command that fails is put down in failed, and
 * the rest is still read, so that what is malformed or not supported is refused wherever it
 * stands: that, and only that, is returned.
 */
FW_CHECKED int command_run(struct command_state *state, const uint8_t *sequence,
			   uint32_t sequence_bytes);

/*
 * The 32 bytes of a SUIT_Digest [algorithm, bytes], which must fill the bytes given (8.3).
 * FW_ERR_MANIFEST_ALGORITHM if it is not SHA-256.
 */
FW_CHECKED int command_digest(const uint8_t *data, uint32_t size_bytes,
			      uint8_t digest[HAL_DIGEST_BYTES]);

#endif
