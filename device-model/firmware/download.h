/*
 * An image on its way into a slot. Goes on by its log, never by what the slot reads: a part is done
 * only if its mark was begun after the part's last program had returned.
 */
#ifndef FIRMWARE_DOWNLOAD_H
#define FIRMWARE_DOWNLOAD_H

#include "device-model/firmware/journal.h"
#include "device-model/firmware/manifest.h"
#include "device-model/hal.h"

struct download {
	const struct manifest_update *update;
	const uint8_t *manifest_digest; /* SHA-256 of the manifest's bytes: whose progress it is */
	uint32_t slot;
	struct journal journal; /* from download_fetch on */
};

/*
 * Fetches what is missing into the slot. Power fails inside: the log says which parts are done; the
 * next call goes on there. The slot must not be one that anything boots from.
 */
FW_CHECKED int download_fetch(struct hal *hal, struct download *download);

/*
 * After download_fetch: what the flash really holds is what the manifest names, and an image that
 * may run here. The log says so from then on. If not, nothing of it is kept. Power fails inside:
 * all of it is kept, but for the last part, or nothing.
 */
FW_CHECKED int download_verify(struct hal *hal, struct download *download, uint32_t security_floor,
			       uint32_t revoked);

#endif
