/*
 * One record that survives power cuts, any number of them: three copies of one payload, a sector
 * each, written one after the other and always in the same order. A copy is a body, then two seals,
 * each begun after the program before it returned.
 *
 *   no first seal    as if nothing were there; the body is not even read
 *   first seal       counts, if the body is valid, which is then firm: the first copy in order
 *                    that counts is the one to go by
 *   both seals       whole: the first seal is firm, too, even should the second come to read badly
 *
 * Nobody goes by a payload before all copies are whole and hold it, so what was gone by once is
 * firm three times, and what came before it is gone. The copy that counts is written again last,
 * and only if it is not whole itself: of the copies that may be weak it is never the last one.
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
 * The payload, every copy whole. FW_ERR_RECORD if no copy counts; any other failure: the payload is
 * given, but some copy does not take it, so that nothing may be made to depend on it.
 * Power fails inside: the payload that would have been returned, or the one before it if nobody has
 * gone by this one yet.
 */
FW_CHECKED int record_load(struct hal *hal, const struct record_store *store, void *payload);

/*
 * Writes payload into every copy. To be called only after record_load, so that all are whole.
 * Power fails inside: the old payload or the new one; the new one for good once a load gave it.
 */
FW_CHECKED int record_save(struct hal *hal, const struct record_store *store, const void *payload);

#endif
