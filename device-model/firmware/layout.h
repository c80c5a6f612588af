/*
 * Where things lie in an image: header, payload, protected and unprotected TLV area, and reading
 * them within bounds. Judges shape, never trust. Reads only, so power may fail anywhere in here.
 */
#ifndef FIRMWARE_LAYOUT_H
#define FIRMWARE_LAYOUT_H

#include "device-model/firmware/image.h"

#define LAYOUT_HEADER_BYTES 32u
#define LAYOUT_BUFFER_BYTES 1024u /* what is hashed at once; holds the longest value, 384 */

/* MCUboot's types of TLV, 16 bits wide. */
enum {
	IMAGE_TLV_KEYHASH = 0x01,
	IMAGE_TLV_PUBKEY = 0x02,
	IMAGE_TLV_SHA256 = 0x10,
	IMAGE_TLV_SHA384 = 0x11,
	IMAGE_TLV_SHA512 = 0x12,
	IMAGE_TLV_RSA2048_PSS = 0x20,
	IMAGE_TLV_ECDSA = 0x22,
	IMAGE_TLV_RSA3072_PSS = 0x23,
	IMAGE_TLV_ED25519 = 0x24,
	IMAGE_TLV_ENC_RSA2048 = 0x30,
	IMAGE_TLV_ENC_KW = 0x31,
	IMAGE_TLV_ENC_EC256 = 0x32,
	IMAGE_TLV_ENC_X25519 = 0x33,
	IMAGE_TLV_ENC_X25519_SHA512 = 0x34,
	IMAGE_TLV_SEC_CNT = 0x50,
	IMAGE_TLV_UUID_VID = 0x74,
	IMAGE_TLV_UUID_CID = 0x75,
};

/* One image that is being read. */
struct layout {
	struct hal *hal;
	const struct image_source *source;
	uint32_t payload_end;	  /* where the protected area begins, or the unprotected one */
	uint32_t protected_bytes; /* its whole area, info included; 0: there is none */
	struct hal_digest digest; /* of what was covered so far */
	uint8_t header[LAYOUT_HEADER_BYTES];
	uint8_t buffer[LAYOUT_BUFFER_BYTES];
};

/* What is left of a TLV area. Reads of a covered area go into the digest. */
struct layout_area {
	uint32_t offset;
	uint32_t left_bytes;
	bool covered;
};

struct layout_tlv {
	uint32_t type;
	uint32_t offset; /* of the value */
	uint32_t bytes;	 /* of the value */
};

/*
 * Reads the header, checks it and fills info's sizes and version. Afterwards header, payload,
 * protected area and the info of the unprotected one lie within the source.
 */
FW_CHECKED int layout_open(struct layout *layout, struct image_info *info);

/* Checks the shape of both TLV areas and that no type stands where it may not, and fills
 * info->size_bytes. */
FW_CHECKED int layout_check(struct layout *layout, struct image_info *info);

/*
 * Reads the info that an area begins with and leaves its entries in area. Reads of a covered area
 * go into the digest.
 */
FW_CHECKED int layout_area_open(struct layout *layout, bool protected, bool covered,
				struct layout_area *area);

/* 1 and the next entry, 0 at the area's end, or the reason why it is damaged, negative. */
FW_CHECKED int layout_area_next(struct layout *layout, struct layout_area *area,
				struct layout_tlv *tlv);

/* Reads from offset of the image on. What is covered goes into the digest as it is read. */
FW_CHECKED int layout_read(struct layout *layout, bool covered, uint32_t offset, void *data,
			   uint32_t size_bytes);

/* Hashes what nobody looks into: padding, payload, TLVs of other people. Uses buffer. */
FW_CHECKED int layout_cover(struct layout *layout, uint32_t offset, uint32_t size_bytes);

#endif
