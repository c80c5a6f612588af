/*
 * MCUboot's image format, verified: the header and the shape of both TLV areas (layout.h), then the
 * hash, then the signatures, then what this device asks beyond them. Flash may read differently the
 * next time, so what is believed is what was hashed: the header and every TLV of the protected area
 * are evaluated from the very bytes that went into the digest, and no value is read twice.
 *
 * Where builds of MCUboot differ, this reader refuses: DER is DER, the unprotected area takes no
 * type beyond its list. Elsewhere it decides as MCUboot does.
 */
#include "device-model/firmware/image.h"

#include "device-model/firmware/bytes.h"
#include "device-model/firmware/layout.h"

#define IMAGE_UUID_BYTES 16u
#define IMAGE_RAW_BYTES	 64u /* ECDSA P-256, r || s */

/* One check of one image. All that it needs lives here, on the caller's stack. */
struct image_view {
	struct layout layout;
	const struct image_rules *rules;
	struct image_info *info;
	bool has_vendor, has_class, class_differs;
	bool key_hashes_known;
	uint8_t key_hash[HAL_KEYS_MAX][HAL_DIGEST_BYTES];
};

static uint32_t image_key_count(const struct image_view *view)
{
	uint32_t count = view->layout.hal->board->key_count;

	return count < HAL_KEYS_MAX ? count : HAL_KEYS_MAX;
}

static bool image_is_signature(uint32_t type)
{
	return type == IMAGE_TLV_RSA2048_PSS || type == IMAGE_TLV_ECDSA ||
	       type == IMAGE_TLV_RSA3072_PSS || type == IMAGE_TLV_ED25519;
}

static int image_key_hashes_make(struct image_view *view)
{
	struct hal *hal = view->layout.hal;

	if (view->key_hashes_known)
		return FW_OK;
	for (uint32_t i = 0; i < image_key_count(view); i++) {
		const struct hal_key *key = &hal->board->keys[i];
		struct hal_digest digest;
		int rc = hal->digest_start(hal, &digest);

		if (rc == FW_OK)
			rc = hal->digest_add(hal, &digest, key->der, key->der_bytes);
		if (rc == FW_OK)
			rc = hal->digest_end(hal, &digest, view->key_hash[i]);
		if (rc != FW_OK)
			return rc;
	}
	view->key_hashes_known = true;
	return FW_OK;
}

/*
 * Takes a hash of a key from the TLV and names the board's key: 0 or more is its index, a failure
 * is negative, FW_ERR_IMAGE_KEY if the board has no such key.
 */
static int image_key_find(struct image_view *view, const struct layout_area *area,
			  const struct layout_tlv *tlv)
{
	uint8_t hash[HAL_DIGEST_BYTES];
	int rc;

	if (tlv->bytes > HAL_DIGEST_BYTES)
		return FW_ERR_IMAGE_TLV;
	rc = layout_read(&view->layout, area->covered, tlv->offset, hash, tlv->bytes);
	if (rc == FW_OK)
		rc = image_key_hashes_make(view);
	if (rc != FW_OK)
		return rc;
	for (uint32_t i = 0; i < image_key_count(view); i++) {
		/* A shorter one names the first key that begins so; that key must still have
		 * signed. */
		if (bytes_equal(hash, view->key_hash[i], tlv->bytes))
			return (int)i;
	}
	return FW_ERR_IMAGE_KEY;
}

static int image_security_take(struct image_view *view, const struct layout_tlv *tlv)
{
	uint8_t value[sizeof(uint32_t)];
	int rc;

	if (tlv->bytes != sizeof(value))
		return FW_ERR_IMAGE_TLV;
	rc = layout_read(&view->layout, true, tlv->offset, value, sizeof(value));
	if (rc != FW_OK)
		return rc;
	/* Two that differ would let two readers of one image believe different versions. */
	if (view->info->has_security && view->info->security != bytes_le32(value))
		return FW_ERR_IMAGE_TLV;
	view->info->has_security = true;
	view->info->security = bytes_le32(value);
	return FW_OK;
}

/* Every id that is there must be ours. */
static int image_uuid_take(struct image_view *view, const struct layout_tlv *tlv,
			   const uint8_t *wanted, bool *seen)
{
	uint8_t value[IMAGE_UUID_BYTES];
	int rc;

	if (tlv->bytes != sizeof(value))
		return FW_ERR_IMAGE_TLV;
	rc = layout_read(&view->layout, true, tlv->offset, value, sizeof(value));
	if (rc != FW_OK)
		return rc;
	*seen = true;
	if (!bytes_equal(value, wanted, sizeof(value)))
		view->class_differs = true;
	return FW_OK;
}

static int image_protected_take(struct image_view *view, const struct layout_area *area,
				const struct layout_tlv *tlv)
{
	const struct image_rules *rules = view->rules;
	int rc;

	switch (tlv->type) {
	case IMAGE_TLV_SEC_CNT:
		return image_security_take(view, tlv);
	case IMAGE_TLV_REVOKE:
		if (tlv->bytes != HAL_DIGEST_BYTES)
			return FW_ERR_IMAGE_TLV;
		rc = image_key_find(view, area, tlv);
		if (rc >= 0)
			view->info->revokes |= 1u << rc;
		return rc >= 0 || rc == FW_ERR_IMAGE_KEY ? FW_OK : rc;
	case IMAGE_TLV_UUID_VID:
		if (rules->vendor_id)
			return image_uuid_take(view, tlv, rules->vendor_id, &view->has_vendor);
		break;
	case IMAGE_TLV_UUID_CID:
		if (rules->class_id)
			return image_uuid_take(view, tlv, rules->class_id, &view->has_class);
		break;
	default:
		break;
	}
	return layout_cover(&view->layout, tlv->offset, tlv->bytes);
}

/* One pass over all that the hash covers, which leaves info->hash and what the image says. */
static int image_covered_read(struct image_view *view)
{
	struct hal *hal = view->layout.hal;
	struct layout_area area;
	struct layout_tlv tlv;
	int rc = hal->digest_start(hal, &view->layout.digest);

	/* The header as it was parsed, not as flash reads by now. */
	if (rc == FW_OK)
		rc = hal->digest_add(hal, &view->layout.digest, view->layout.header,
				     LAYOUT_HEADER_BYTES);
	if (rc == FW_OK)
		rc = layout_cover(&view->layout, LAYOUT_HEADER_BYTES,
				  view->layout.payload_end - LAYOUT_HEADER_BYTES);
	if (rc == FW_OK && view->layout.protected_bytes > 0) {
		rc = layout_area_open(&view->layout, true, true, &area);
		if (rc != FW_OK)
			return rc;
		while ((rc = layout_area_next(&view->layout, &area, &tlv)) > 0) {
			rc = image_protected_take(view, &area, &tlv);
			if (rc != FW_OK)
				return rc;
		}
	}
	if (rc != FW_OK)
		return rc;
	return hal->digest_end(hal, &view->layout.digest, view->info->hash);
}

static int image_hash_check(struct image_view *view)
{
	uint8_t hash[HAL_DIGEST_BYTES];
	struct layout_area area;
	struct layout_tlv tlv;
	bool found = false;
	int rc = layout_area_open(&view->layout, false, false, &area);

	if (rc != FW_OK)
		return rc;
	while ((rc = layout_area_next(&view->layout, &area, &tlv)) > 0) {
		if (tlv.type != IMAGE_TLV_SHA256)
			continue;
		if (tlv.bytes != sizeof(hash))
			return FW_ERR_IMAGE_TLV;
		rc = layout_read(&view->layout, false, tlv.offset, hash, sizeof(hash));
		if (rc != FW_OK)
			return rc;
		if (!bytes_equal(hash, view->info->hash, sizeof(hash)))
			return FW_ERR_IMAGE_HASH;
		found = true;
	}
	if (rc != FW_OK)
		return rc;
	return found ? FW_OK : FW_ERR_IMAGE_HASH_MISSING;
}

/* A DER INTEGER, positive, minimal and at most 32 bytes, right-aligned into value. */
static int image_der_integer(const uint8_t *der, uint32_t left_bytes, uint8_t *value)
{
	const uint32_t value_bytes = IMAGE_RAW_BYTES / 2;
	uint32_t bytes, skip;

	/* Two bytes of head, of which the second is the length, and at least one of content. */
	if (left_bytes < 3 || der[0] != 0x02)
		return FW_ERR_IMAGE_SIGNATURE_FORM;
	bytes = der[1];
	if (bytes == 0 || bytes > left_bytes - 2)
		return FW_ERR_IMAGE_SIGNATURE_FORM;
	if (der[2] & 0x80)
		return FW_ERR_IMAGE_SIGNATURE_FORM; /* negative */
	skip = der[2] == 0 ? 1 : 0;
	/* A leading zero is there only to keep a number positive: not needed here, or all of it. */
	if (skip == 1 && (bytes == 1 || !(der[3] & 0x80)))
		return FW_ERR_IMAGE_SIGNATURE_FORM;
	if (bytes - skip > value_bytes)
		return FW_ERR_IMAGE_SIGNATURE_FORM;

	bytes_fill(value, 0, value_bytes);
	bytes_copy(value + value_bytes - (bytes - skip), der + 2 + skip, bytes - skip);
	return (int)(2 + bytes);
}

/* SEQUENCE { r INTEGER, s INTEGER } in DER, X.690 section 10, to raw r || s. */
static int image_der_to_raw(const uint8_t *der, uint32_t der_bytes, uint8_t raw[IMAGE_RAW_BYTES])
{
	uint32_t used_bytes = 2;

	/* Two integers of at most 35 bytes, heads included, never need the long form of a length.
	 */
	if (der_bytes < 2 || der[0] != 0x30 || der[1] != der_bytes - 2)
		return FW_ERR_IMAGE_SIGNATURE_FORM;
	for (uint32_t i = 0; i < 2; i++) {
		int rc = image_der_integer(der + used_bytes, der_bytes - used_bytes,
					   raw + i * IMAGE_RAW_BYTES / 2);

		if (rc < 0)
			return rc;
		used_bytes += (uint32_t)rc;
	}
	return used_bytes == der_bytes ? FW_OK : FW_ERR_IMAGE_SIGNATURE_FORM;
}

/* The type of TLV in which a key's signatures stand, and their length; 0: as their DER says. */
static uint32_t image_signature_type(const struct hal_key *key, uint32_t *bytes)
{
	*bytes = 0;
	switch (key->algorithm) {
	case HAL_ECDSA_P256:
		return IMAGE_TLV_ECDSA;
	case HAL_RSA_2048:
		*bytes = 256;
		return IMAGE_TLV_RSA2048_PSS;
	case HAL_RSA_3072:
		*bytes = 384;
		return IMAGE_TLV_RSA3072_PSS;
	case HAL_ED25519:
		*bytes = 64;
		return IMAGE_TLV_ED25519;
	}
	return 0;
}

static int image_signature_verify(struct image_view *view, const struct hal_key *key,
				  const struct layout_area *area, const struct layout_tlv *tlv,
				  uint32_t bytes)
{
	struct hal *hal = view->layout.hal;
	uint8_t raw[IMAGE_RAW_BYTES];
	int rc;

	if (tlv->bytes > LAYOUT_BUFFER_BYTES || (bytes > 0 && tlv->bytes != bytes))
		return FW_ERR_IMAGE_SIGNATURE_FORM;
	rc = layout_read(&view->layout, area->covered, tlv->offset, view->layout.buffer,
			 tlv->bytes);
	if (rc != FW_OK)
		return rc;
	if (key->algorithm != HAL_ECDSA_P256)
		return hal->signature_check(hal, key, view->info->hash, view->layout.buffer, bytes);
	rc = image_der_to_raw(view->layout.buffer, tlv->bytes, raw);
	if (rc != FW_OK)
		return rc;
	return hal->signature_check(hal, key, view->info->hash, raw, sizeof(raw));
}

/* What the signatures seen so far come to. */
struct image_signers {
	int key;     /* of the last KEYHASH, which the next signature uses up, or negative */
	int verdict; /* of the last signature that was evaluated */
};

static void image_signature_take(struct image_view *view, struct image_signers *signers,
				 const struct layout_area *area, const struct layout_tlv *tlv)
{
	struct image_info *info = view->info;
	const struct hal_key *key;
	uint32_t bytes;
	int index = signers->key;

	if (index < 0) {
		if (signers->verdict == FW_ERR_IMAGE_UNSIGNED)
			signers->verdict = FW_ERR_IMAGE_KEY;
		return;
	}
	key = &view->layout.hal->board->keys[index];
	if (image_signature_type(key, &bytes) != tlv->type) {
		if (signers->verdict == FW_ERR_IMAGE_UNSIGNED)
			signers->verdict = FW_ERR_IMAGE_SIGNATURE_FORM;
		return; /* of a kind that this key does not make: not its signature */
	}
	signers->key = FW_ERR_IMAGE_KEY;
	if (view->rules->revoked >> index & 1) {
		if (signers->verdict != FW_OK)
			signers->verdict = FW_ERR_IMAGE_KEY_REVOKED;
		return;
	}
	if (signers->verdict != FW_OK || info->revokes >> info->key & 1)
		info->key = (uint32_t)index; /* of several, one that the image does not revoke */
	signers->verdict = image_signature_verify(view, key, area, tlv, bytes);
}

static int image_signatures_area(struct image_view *view, struct image_signers *signers,
				 bool protected)
{
	struct layout_area area;
	struct layout_tlv tlv;
	int rc = layout_area_open(&view->layout, protected, false, &area);

	if (rc != FW_OK)
		return rc;
	while ((rc = layout_area_next(&view->layout, &area, &tlv)) > 0) {
		if (tlv.type == IMAGE_TLV_KEYHASH) {
			signers->key = image_key_find(view, &area, &tlv);
			if (signers->key < 0 && signers->key != FW_ERR_IMAGE_KEY)
				return signers->key;
		} else if (image_is_signature(tlv.type)) {
			image_signature_take(view, signers, &area, &tlv);
		}
	}
	return rc;
}

/*
 * A signature belongs to the KEYHASH before it and uses it up. Signatures of unknown and of revoked
 * keys count for nothing, so that an image may carry an old and a new key's; of those that count,
 * the last one decides, as in MCUboot.
 */
static int image_signatures_check(struct image_view *view)
{
	struct image_signers signers = {.key = FW_ERR_IMAGE_KEY, .verdict = FW_ERR_IMAGE_UNSIGNED};
	int rc = FW_OK;

	if (view->layout.protected_bytes > 0)
		rc = image_signatures_area(view, &signers, true);
	if (rc == FW_OK)
		rc = image_signatures_area(view, &signers, false);
	return rc != FW_OK ? rc : signers.verdict;
}

static int image_rules_check(const struct image_view *view)
{
	const struct image_rules *rules = view->rules;
	const struct image_info *info = view->info;

	if (rules->security_required) {
		if (!info->has_security)
			return FW_ERR_IMAGE_SECURITY_MISSING;
		if (info->security < rules->security_floor)
			return FW_ERR_IMAGE_SECURITY;
		if (info->security > rules->security_limit)
			return FW_ERR_IMAGE_SECURITY_HIGH;
	}
	if (view->class_differs || (rules->vendor_id && !view->has_vendor) ||
	    (rules->class_id && !view->has_class))
		return FW_ERR_IMAGE_CLASS;
	return FW_OK;
}

int image_check(struct hal *hal, const struct image_source *source, const struct image_rules *rules,
		struct image_info *info)
{
	struct image_view view;
	int rc;

	view.layout.hal = hal;
	view.layout.source = source;
	view.rules = rules;
	view.info = info;
	view.has_vendor = view.has_class = view.class_differs = false;
	view.key_hashes_known = false;
	bytes_fill(info, 0, sizeof(*info));

	if (!source->ram && source->size_bytes > UINT32_MAX - source->offset)
		return FW_ERR_RANGE;
	rc = layout_open(&view.layout, info);
	if (rc == FW_OK)
		rc = layout_check(&view.layout, info);
	if (rc == FW_OK)
		rc = image_covered_read(&view);
	if (rc == FW_OK)
		rc = image_hash_check(&view);
	if (rc == FW_OK)
		rc = image_signatures_check(&view);
	if (rc == FW_OK)
		rc = image_rules_check(&view);
	return rc;
}
