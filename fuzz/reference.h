/*
 * An image check of its own, on OpenSSL, to hold the firmware's against: written from the format
 * and not from the firmware, with memory, lists and EVP where that has none. Shares nothing with it
 * but the border's structs.
 */
#ifndef FUZZ_REFERENCE_H
#define FUZZ_REFERENCE_H

#include "fuzz/board.h"

/* Whether a device of these keys takes the image that lies at the start of slot_bytes. */
bool reference_accepts(const struct fuzz_board *board, const struct image_rules *rules,
		       const uint8_t *slot, size_t slot_bytes);

#endif
