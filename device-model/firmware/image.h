/*
 * The image format: MCUboot's header, payload and TLV areas, read and verified. Reads flash or RAM
 * only, changes nothing, so power may fail anywhere in here.
 */
#ifndef FIRMWARE_IMAGE_H
#define FIRMWARE_IMAGE_H

#include "device-model/hal.h"

/* Where an image lies: in flash from offset on, or in ram if that is not NULL. */
struct image_source {
	const uint8_t *ram;
	uint32_t offset;
	uint32_t size_bytes; /* of the slot, or of the RAM: no image reaches past it */
};

/* What this device asks of an image beyond a good signature. */
struct image_rules {
	bool security_required; /* SEC_CNT must be there, and within floor and limit */
	uint32_t security_floor;
	uint32_t security_limit;
	uint32_t revoked;	  /* bit i: key i of the board signs nothing any more */
	const uint8_t *vendor_id; /* 16 bytes, or NULL: whatever vendor */
	const uint8_t *class_id;  /* 16 bytes, or NULL: whatever class */
};

struct image_info {
	uint32_t header_bytes, payload_bytes;
	uint32_t size_bytes; /* header, payload and both TLV areas */
	struct hal_version version;
	bool has_security;
	uint32_t security;
	uint32_t revokes; /* bit i: names key i of the board for revocation */
	uint32_t key;	  /* index of a key that signed it, if it can be one it does not revoke */
	uint8_t hash[HAL_DIGEST_BYTES];
};

/*
 * Our own protected TLV: the KEYHASHes of keys that this release revokes, 32 bytes each, one TLV a
 * key. Vendor range (low byte 0xa0 to 0xff). A hash of no key of the board is ignored.
 */
#define IMAGE_TLV_REVOKE 0x00a0u

/* How often an image is checked whose flash reports failure, before that is held against it. */
#define IMAGE_TRIES 3u

/* FW_OK and info if every check holds, else the reason; info is then not to be used. */
FW_CHECKED int image_check(struct hal *hal, const struct image_source *source,
			   const struct image_rules *rules, struct image_info *info);

#endif
