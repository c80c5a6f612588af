/*
 * An image on its way into a slot. Resumes by records, never by what the slot reads: a sector is
 * done only if its record was begun after the sector's last program had returned.
 */
#ifndef FIRMWARE_DOWNLOAD_H
#define FIRMWARE_DOWNLOAD_H

#include "device-model/firmware/manifest.h"
#include "device-model/hal.h"

struct download {
	const struct manifest_update *update;
	const uint8_t *manifest_digest; /* SHA-256 of the manifest's bytes: whose progress it is */
	uint32_t slot;
};

/*
 * Fetches what is missing into the slot, then verifies what the flash really holds.
 * Power fails inside: the records say which sectors are done; the next call goes on there. The
 * slot must not be one that anything boots from.
 */
FW_CHECKED int download_run(struct hal *hal, const struct download *download,
			    uint32_t security_floor, uint32_t revoked);

/*
 * Writes every copy of the progress record, of no manifest: for a device that leaves its maker, so
 * that no copy is ever the only one. Power fails inside: call it again.
 */
FW_CHECKED int download_forget(struct hal *hal);

#endif
