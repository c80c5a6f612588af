/*
 * One record that survives power cuts: two copies, a sector each, newest valid wins. A copy is a
 * record, then a seal whose program is begun after the record's returned. A copy without its seal
 * may be weak, whether it reads valid or not, and record_load writes it again before anything else
 * can happen: once it has returned, both copies are whole.
 */
#ifndef FIRMWARE_RECORD_H
#define FIRMWARE_RECORD_H

#include "device-model/hal.h"

#define RECORD_PAYLOAD_MAX 64u /* bytes */
#define RECORD_BYTES_MAX   76u /* header of 8, payload, CRC-32 */

struct record_store {
	struct hal_region copy[2];
	uint32_t magic;		/* tells this record from others */
	uint32_t payload_bytes; /* at most RECORD_PAYLOAD_MAX */
};

/*
 * The newest valid payload, sealed. FW_ERR_RECORD if no copy is valid.
 * Power fails inside: the other copy is untouched, and if it is valid it is the last state in
 * which anything but this record was written.
 */
FW_CHECKED int record_load(struct hal *hal, const struct record_store *store, void *payload);

/*
 * Makes payload the newest: erases the older copy, programs record and seal there.
 * Power fails inside: the old payload or the new one, whichever it reads, and it stays.
 */
FW_CHECKED int record_save(struct hal *hal, const struct record_store *store, const void *payload);

#endif
