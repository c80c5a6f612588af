/*
 * An image's layout, read within bounds. Every length is held against what is left before it is
 * used, and never added to anything that could wrap. See layout.h.
 */
#include "device-model/firmware/layout.h"

#include "device-model/firmware/bytes.h"

#define LAYOUT_MAGIC		 0x96f3b83du
#define LAYOUT_MAGIC_PROTECTED	 0x6908u
#define LAYOUT_MAGIC_UNPROTECTED 0x6907u
#define LAYOUT_HEAD_BYTES	 4u /* of an entry, and of the info that an area begins with */

#define LAYOUT_FLAGS_ENCRYPTED	  0x0000000cu /* AES-128, AES-256 */
#define LAYOUT_FLAGS_COMPRESSED	  0x00000e00u /* LZMA1, LZMA2, ARM thumb filter */
#define LAYOUT_FLAGS_NOT_BOOTABLE 0x00000010u

int layout_read(struct layout *layout, bool covered, uint32_t offset, void *data,
		uint32_t size_bytes)
{
	const struct image_source *source = layout->source;
	int rc = FW_OK;

	if (offset > source->size_bytes || size_bytes > source->size_bytes - offset)
		return FW_ERR_RANGE;
	if (source->ram)
		bytes_copy(data, source->ram + offset, size_bytes);
	else
		rc = layout->hal->flash_read(layout->hal, source->offset + offset, data,
					     size_bytes);
	if (rc == FW_OK && covered)
		rc = layout->hal->digest_add(layout->hal, &layout->digest, data, size_bytes);
	return rc;
}

int layout_cover(struct layout *layout, uint32_t offset, uint32_t size_bytes)
{
	const struct image_source *source = layout->source;

	if (offset > source->size_bytes || size_bytes > source->size_bytes - offset)
		return FW_ERR_RANGE;
	if (source->ram)
		return layout->hal->digest_add(layout->hal, &layout->digest, source->ram + offset,
					       size_bytes);
	while (size_bytes > 0) {
		uint32_t chunk =
			size_bytes < LAYOUT_BUFFER_BYTES ? size_bytes : LAYOUT_BUFFER_BYTES;
		int rc = layout_read(layout, true, offset, layout->buffer, chunk);

		if (rc != FW_OK)
			return rc;
		offset += chunk;
		size_bytes -= chunk;
	}
	return FW_OK;
}

int layout_open(struct layout *layout, struct image_info *info)
{
	const uint8_t *header = layout->header;
	uint64_t needed_bytes;
	uint32_t flags;
	int rc;

	if (layout->source->size_bytes < LAYOUT_HEADER_BYTES)
		return FW_ERR_IMAGE_SIZE;
	rc = layout_read(layout, false, 0, layout->header, LAYOUT_HEADER_BYTES);
	if (rc != FW_OK)
		return rc;
	if (bytes_le32(header) != LAYOUT_MAGIC)
		return FW_ERR_IMAGE_MAGIC;

	info->header_bytes = bytes_le16(header + 8);
	info->payload_bytes = bytes_le32(header + 12);
	layout->protected_bytes = bytes_le16(header + 10);
	flags = bytes_le32(header + 16);
	info->version = (struct hal_version){.major = header[20],
					     .minor = header[21],
					     .revision = bytes_le16(header + 22),
					     .build = bytes_le32(header + 24)};

	if (info->header_bytes < LAYOUT_HEADER_BYTES)
		return FW_ERR_IMAGE_HEADER;
	needed_bytes = (uint64_t)info->header_bytes + info->payload_bytes +
		       layout->protected_bytes + LAYOUT_HEAD_BYTES;
	if (needed_bytes > layout->source->size_bytes)
		return FW_ERR_IMAGE_SIZE;
	layout->payload_end = info->header_bytes + info->payload_bytes;

	if (flags & (LAYOUT_FLAGS_ENCRYPTED | LAYOUT_FLAGS_COMPRESSED))
		return FW_ERR_IMAGE_FLAGS;
	if (flags & LAYOUT_FLAGS_NOT_BOOTABLE)
		return FW_ERR_IMAGE_NOT_BOOTABLE;
	return FW_OK;
}

int layout_area_open(struct layout *layout, bool protected, bool covered, struct layout_area *area)
{
	uint32_t offset = layout->payload_end + (protected ? 0 : layout->protected_bytes);
	uint32_t magic = protected ? LAYOUT_MAGIC_PROTECTED : LAYOUT_MAGIC_UNPROTECTED;
	uint8_t head[LAYOUT_HEAD_BYTES];
	uint32_t total_bytes;
	int rc;

	rc = layout_read(layout, covered, offset, head, sizeof(head));
	if (rc != FW_OK)
		return rc;
	total_bytes = bytes_le16(head + 2);
	if (bytes_le16(head) != magic || total_bytes < LAYOUT_HEAD_BYTES)
		return FW_ERR_IMAGE_TLV;
	if (protected && total_bytes != layout->protected_bytes)
		return FW_ERR_IMAGE_TLV;
	/* The header was checked to leave room for this info, so nothing wraps. */
	if (total_bytes > layout->source->size_bytes - offset)
		return FW_ERR_IMAGE_SIZE;

	area->offset = offset + LAYOUT_HEAD_BYTES;
	area->left_bytes = total_bytes - LAYOUT_HEAD_BYTES;
	area->covered = covered;
	return FW_OK;
}

int layout_area_next(struct layout *layout, struct layout_area *area, struct layout_tlv *tlv)
{
	uint8_t head[LAYOUT_HEAD_BYTES];
	int rc;

	if (area->left_bytes == 0)
		return 0;
	if (area->left_bytes < LAYOUT_HEAD_BYTES)
		return FW_ERR_IMAGE_TLV;
	rc = layout_read(layout, area->covered, area->offset, head, sizeof(head));
	if (rc != FW_OK)
		return rc;

	tlv->type = bytes_le16(head);
	tlv->bytes = bytes_le16(head + 2);
	tlv->offset = area->offset + LAYOUT_HEAD_BYTES;
	area->left_bytes -= LAYOUT_HEAD_BYTES;
	if (tlv->bytes > area->left_bytes)
		return FW_ERR_IMAGE_TLV;
	area->offset = tlv->offset + tlv->bytes;
	area->left_bytes -= tlv->bytes;
	return 1;
}

/* MCUboot's allow list: nothing that is not covered by the hash may say more than this. */
static bool layout_may_be_unprotected(uint32_t type)
{
	switch (type) {
	case IMAGE_TLV_KEYHASH:
	case IMAGE_TLV_PUBKEY:
	case IMAGE_TLV_SHA256:
	case IMAGE_TLV_SHA384:
	case IMAGE_TLV_SHA512:
	case IMAGE_TLV_RSA2048_PSS:
	case IMAGE_TLV_ECDSA:
	case IMAGE_TLV_RSA3072_PSS:
	case IMAGE_TLV_ED25519:
	case IMAGE_TLV_ENC_RSA2048:
	case IMAGE_TLV_ENC_KW:
	case IMAGE_TLV_ENC_EC256:
	case IMAGE_TLV_ENC_X25519:
	case IMAGE_TLV_ENC_X25519_SHA512:
		return true;
	default:
		return false;
	}
}

int layout_check(struct layout *layout, struct image_info *info)
{
	struct layout_area area;
	struct layout_tlv tlv;
	int rc;

	if (layout->protected_bytes > 0) {
		rc = layout_area_open(layout, true, false, &area);
		if (rc != FW_OK)
			return rc;
		while ((rc = layout_area_next(layout, &area, &tlv)) > 0) {
			/* A hash cannot cover itself, so this one is wrong. */
			if (tlv.type == IMAGE_TLV_SHA256)
				return FW_ERR_IMAGE_TLV_UNKNOWN;
		}
		if (rc != FW_OK)
			return rc;
	}

	rc = layout_area_open(layout, false, false, &area);
	if (rc != FW_OK)
		return rc;
	info->size_bytes = area.offset + area.left_bytes;
	while ((rc = layout_area_next(layout, &area, &tlv)) > 0) {
		if (!layout_may_be_unprotected(tlv.type))
			return FW_ERR_IMAGE_TLV_UNKNOWN;
	}
	return rc;
}
