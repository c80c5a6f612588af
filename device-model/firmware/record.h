/*
 * One record that survives power cuts, and several in a row: three copies, a sector each. A copy is
 * a body, then two seals, each begun after the one before returned.
 *
 * A cut leaves at most the op that it fell into weak, to read one way today and another tomorrow.
 *
 *   no seal seen    as if the copy had never been written: nobody went by it
 *   one seal seen   its payload counts, and is written again before anybody goes by it
 *   two seals seen  whole. Should the second come to read badly, the first is firm and still counts
 *
 * So what was gone by once stays the newest. What is written over never depends on how a weak seal
 * reads: neither the newest copy nor the best of the generation before. With two copies, states in
 * which opposite ones must be kept read alike.
 */
#ifndef FIRMWARE_RECORD_H
#define FIRMWARE_RECORD_H

#include "device-model/hal.h"

#define RECORD_PAYLOAD_MAX 64u /* bytes */
#define RECORD_BYTES_MAX   76u /* header of 8, payload, CRC-32 */

struct record_store {
	const struct hal_region *copy; /* HAL_COPIES of them */
	uint32_t magic;		       /* tells this record from others */
	uint32_t payload_bytes;	       /* at most RECORD_PAYLOAD_MAX */
};

/*
 * The newest payload, every copy whole. FW_ERR_RECORD if no copy counts.
 * Power fails inside: the payload that would have been returned, or the one before it if nobody has
 * gone by this one yet.
 */
FW_CHECKED int record_load(struct hal *hal, const struct record_store *store, void *payload);

/*
 * Makes payload the newest: erases the oldest copy, programs body and seals there.
 * Power fails inside: the old payload or the new one; the new one for good once a load gave it.
 */
FW_CHECKED int record_save(struct hal *hal, const struct record_store *store, const void *payload);

#endif
