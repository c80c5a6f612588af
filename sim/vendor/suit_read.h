/* What stands in a SUIT envelope that somebody else has authenticated. Read with libcbor. */
#ifndef VENDOR_SUIT_READ_H
#define VENDOR_SUIT_READ_H

#include <stddef.h>
#include <stdint.h>

#include "device-model/hal.h"
#include "sim/vendor/suit.h"

#define SUIT_ID_BYTES 16u

/* The 64 signature bytes of a signed envelope, for SUIT_SIGNATURE_OF. 0, or -1: it has none. */
FW_CHECKED int suit_signature(const uint8_t *envelope, size_t envelope_bytes,
			      uint8_t signature[64]);

/*
 * The vendor and class that a shared sequence sets, for whom the manifest is meant. Both zero
 * where it sets none.
 */
void suit_ids(const uint8_t *shared, size_t shared_bytes, uint8_t vendor_id[SUIT_ID_BYTES],
	      uint8_t class_id[SUIT_ID_BYTES]);

/*
 * An envelope's sequence number, and the uri of its install sequence. 0, or -1: it has not got
 * both, or the uri does not fit.
 */
FW_CHECKED int suit_offer(const uint8_t *envelope, size_t envelope_bytes, uint64_t *sequence,
			  char uri[HAL_URI_MAX]);

/* The notes of an envelope's text; empty where there are none. */
void suit_notes_read(const uint8_t *envelope, size_t envelope_bytes, struct suit_notes *notes);

#endif
