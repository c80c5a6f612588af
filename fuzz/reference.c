/* The independent image check: the whole image is listed first, then judged. */
#include "fuzz/reference.h"

#include <openssl/ecdsa.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"

#define REFERENCE_HEADER_BYTES 32u

/* One TLV, where it stands. */
struct listed {
	unsigned int type;
	size_t bytes;
	const uint8_t *value;
	bool protected;
};

struct listing {
	struct listed *tlvs;
	size_t count;
	size_t covered_bytes; /* from the image's start: what the hash is of */
	uint8_t hash[EVP_MAX_MD_SIZE];
};

static uint64_t little(const uint8_t *bytes, unsigned int count)
{
	uint64_t value = 0;

	while (count-- > 0)
		value = value << 8 | bytes[count];
	return value;
}

/* Lists an area of exactly this size; false: its entries do not fill it. */
static bool listing_area(struct listing *listing, const uint8_t *area, size_t bytes, bool protected)
{
	size_t at = 4;

	while (at < bytes) {
		struct listed *tlv = &listing->tlvs[listing->count];

		if (bytes - at < 4)
			return false;
		tlv->type = (unsigned int)little(area + at, 2);
		tlv->bytes = (size_t)little(area + at + 2, 2);
		tlv->value = area + at + 4;
		tlv->protected = protected;
		if (tlv->bytes > bytes - at - 4)
			return false;
		at += 4 + tlv->bytes;
		listing->count++;
	}
	return true;
}

/* Header and areas, as far as they can be said to be there at all. */
static bool listing_make(struct listing *listing, const uint8_t *slot, size_t slot_bytes)
{
	uint64_t header, payload, protected, flags, end, total;

	if (slot_bytes < REFERENCE_HEADER_BYTES || little(slot, 4) != 0x96f3b83d)
		return false;
	header = little(slot + 8, 2);
	protected = little(slot + 10, 2);
	payload = little(slot + 12, 4);
	flags = little(slot + 16, 4);
	end = header + payload;
	if (header < REFERENCE_HEADER_BYTES || end + protected + 4 > slot_bytes)
		return false;
	/* Encrypted, compressed, or not to be booted. */
	if (flags & (0x4 | 0x8 | 0x10 | 0x200 | 0x400 | 0x800))
		return false;
	if (protected > 0 && (protected < 4 || little(slot + end, 2) != 0x6908 ||
			      little(slot + end + 2, 2) != protected ||
			      !listing_area(listing, slot + end, (size_t) protected, true)))
		return false;
	listing->covered_bytes = (size_t)(end + protected);
	total = little(slot + listing->covered_bytes + 2, 2);
	return little(slot + listing->covered_bytes, 2) == 0x6907 && total >= 4 &&
	       total <= slot_bytes - listing->covered_bytes &&
	       listing_area(listing, slot + listing->covered_bytes, (size_t)total, false);
}

/* Types that may stand where the hash does not reach; none but these may. */
static bool type_may_be_loose(unsigned int type)
{
	static const unsigned int types[] = {0x01, 0x02, 0x10, 0x11, 0x12, 0x20, 0x22,
					     0x23, 0x24, 0x30, 0x31, 0x32, 0x33, 0x34};

	for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
		if (types[i] == type)
			return true;
	}
	return false;
}

/* Every type where it may be, and one hash at least that is the right one. */
static bool listing_hashes(const struct listing *listing)
{
	bool found = false;

	for (size_t i = 0; i < listing->count; i++) {
		const struct listed *tlv = &listing->tlvs[i];

		if (tlv->protected ? tlv->type == 0x10 : !type_may_be_loose(tlv->type))
			return false;
		if (tlv->type != 0x10)
			continue;
		if (tlv->bytes != 32 || memcmp(tlv->value, listing->hash, 32) != 0)
			return false;
		found = true;
	}
	return found;
}

/* ---- signatures ---- */

static bool verify_ecdsa(EVP_PKEY *key, const struct listed *tlv, const uint8_t *hash)
{
	const unsigned char *at = tlv->value;
	ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &at, (long)tlv->bytes);
	unsigned char *der = NULL;
	EVP_PKEY_CTX *context;
	bool good = false;
	int der_bytes;

	if (signature == NULL)
		return false;
	/* DER has one encoding: what OpenSSL would write itself. */
	der_bytes = i2d_ECDSA_SIG(signature, &der);
	context = EVP_PKEY_CTX_new(key, NULL);
	if (der_bytes > 0 && (size_t)der_bytes == tlv->bytes &&
	    memcmp(der, tlv->value, tlv->bytes) == 0)
		good = EVP_PKEY_verify_init(context) == 1 &&
		       EVP_PKEY_verify(context, tlv->value, tlv->bytes, hash, 32) == 1;
	EVP_PKEY_CTX_free(context);
	OPENSSL_free(der);
	ECDSA_SIG_free(signature);
	return good;
}

static bool verify_rsa(EVP_PKEY *key, const struct listed *tlv, const uint8_t *hash)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
	bool good = EVP_PKEY_verify_init(context) == 1 &&
		    EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
		    EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1 &&
		    EVP_PKEY_CTX_set_rsa_pss_saltlen(context, 32) == 1 &&
		    EVP_PKEY_verify(context, tlv->value, tlv->bytes, hash, 32) == 1;

	EVP_PKEY_CTX_free(context);
	return good && tlv->bytes == (size_t)EVP_PKEY_get_size(key);
}

static bool verify_ed25519(EVP_PKEY *key, const struct listed *tlv, const uint8_t *hash)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good = tlv->bytes == 64 && EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
		    EVP_DigestVerify(context, tlv->value, tlv->bytes, hash, 32) == 1;

	EVP_MD_CTX_free(context);
	return good;
}

static bool verify(const struct fuzz_board *board, int key, const struct listed *tlv,
		   const uint8_t *hash)
{
	EVP_PKEY *with = board->private_keys[key];

	switch (tlv->type) {
	case 0x22:
		return verify_ecdsa(with, tlv, hash);
	case 0x24:
		return verify_ed25519(with, tlv, hash);
	default:
		return verify_rsa(with, tlv, hash);
	}
}

/* The type of signature that a key of the board makes. */
static unsigned int key_type(const struct fuzz_board *board, int key)
{
	EVP_PKEY *of = board->private_keys[key];

	if (EVP_PKEY_is_a(of, "EC"))
		return 0x22;
	if (EVP_PKEY_is_a(of, "ED25519"))
		return 0x24;
	return EVP_PKEY_get_bits(of) == 2048 ? 0x20 : 0x23;
}

/* The first key whose hash begins like this, or -1. */
static int key_named(const struct fuzz_board *board, const struct listed *tlv)
{
	for (unsigned int i = 0; i < BOARD_KEYS; i++) {
		uint8_t hash[EVP_MAX_MD_SIZE];

		(void)EVP_Digest(board->keys[i].der, board->keys[i].der_bytes, hash, NULL,
				 EVP_sha256(), NULL);
		if (memcmp(hash, tlv->value, tlv->bytes) == 0)
			return (int)i;
	}
	return -1;
}

/*
 * A key hash serves the next signature of its key's type. What unknown and revoked keys sign is
 * passed over; of the rest, the last decides.
 */
static bool listing_signed(const struct fuzz_board *board, const struct listing *listing,
			   uint32_t revoked)
{
	bool good = false;
	int key = -1;

	for (size_t i = 0; i < listing->count; i++) {
		const struct listed *tlv = &listing->tlvs[i];

		if (tlv->type == 0x01) {
			if (tlv->bytes > 32)
				return false;
			key = key_named(board, tlv);
		} else if (key >= 0 && tlv->type == key_type(board, key)) {
			if (!(revoked >> key & 1))
				good = verify(board, key, tlv, listing->hash);
			key = -1;
		}
	}
	return good;
}

/* ---- what the device asks beyond that ---- */

static bool listing_security(const struct listing *listing, const struct image_rules *rules)
{
	uint64_t security = 0;
	bool found = false;

	for (size_t i = 0; i < listing->count; i++) {
		const struct listed *tlv = &listing->tlvs[i];

		if (!tlv->protected || tlv->type != 0x50)
			continue;
		if (tlv->bytes != 4 || (found && little(tlv->value, 4) != security))
			return false;
		security = little(tlv->value, 4);
		found = true;
	}
	return !rules->security_required ||
	       (found && security >= rules->security_floor && security <= rules->security_limit);
}

/* Every id of that type is the one asked for, and there is one. */
static bool listing_id(const struct listing *listing, unsigned int type, const uint8_t *asked)
{
	bool found = false;

	if (asked == NULL)
		return true;
	for (size_t i = 0; i < listing->count; i++) {
		const struct listed *tlv = &listing->tlvs[i];

		if (!tlv->protected || tlv->type != type)
			continue;
		if (tlv->bytes != 16 || memcmp(tlv->value, asked, 16) != 0)
			return false;
		found = true;
	}
	return found;
}

static bool listing_revocations(const struct listing *listing)
{
	for (size_t i = 0; i < listing->count; i++) {
		const struct listed *tlv = &listing->tlvs[i];

		if (tlv->protected && tlv->type == 0xa0 && tlv->bytes != 32)
			return false;
	}
	return true;
}

bool reference_accepts(const struct fuzz_board *board, const struct image_rules *rules,
		       const uint8_t *slot, size_t slot_bytes)
{
	struct listing listing = {.tlvs = calloc(slot_bytes / 4 + 1, sizeof(struct listed))};
	bool accepts;

	FUZZ_HOLDS(listing.tlvs != NULL);
	accepts = listing_make(&listing, slot, slot_bytes) &&
		  EVP_Digest(slot, listing.covered_bytes, listing.hash, NULL, EVP_sha256(), NULL) ==
			  1 &&
		  listing_hashes(&listing) && listing_revocations(&listing) &&
		  listing_security(&listing, rules) &&
		  listing_id(&listing, 0x74, rules->vendor_id) &&
		  listing_id(&listing, 0x75, rules->class_id) &&
		  listing_signed(board, &listing, rules->revoked);
	free(listing.tlvs);
	return accepts;
}
