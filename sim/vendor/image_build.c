/*
 * Lays out and signs images as imgtool 2.4.0 does: header, payload, protected TLVs, then hash, key
 * hash and signature. tests/image_build_test.c holds it against imgtool's own files.
 */
#include "sim/vendor/image_build.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/sha.h>

#include "device-model/firmware/image.h"
#include "sim/vendor/sign.h"

#define MAGIC		   0x96f3b83du
#define HEADER_BYTES	   32u
#define PROTECTED_MAGIC	   0x6908u
#define AREA_MAGIC	   0x6907u
#define AREA_HEAD_BYTES	   4u
#define TLV_HEAD_BYTES	   4u
#define ID_BYTES	   16u
#define OTHER_BYTES_MAX	   0xffffu
#define REVOKE_COUNT_MAX   1024u
#define SALT_SHORT_BYTES   20u
#define KEYHASH_LONG_BYTES 200u

enum tlv {
	TLV_KEYHASH = 0x01,
	TLV_PUBKEY = 0x02,
	TLV_SHA256 = 0x10,
	TLV_RSA2048 = 0x20,
	TLV_ECDSA = 0x22,
	TLV_RSA3072 = 0x23,
	TLV_ED25519 = 0x24,
	TLV_SECURITY = 0x50,
	TLV_VENDOR = 0x74,
	TLV_CLASS = 0x75,
};

/* What says which key signed, genuine or forged. */
struct image_build_signer {
	uint16_t type;
	uint8_t value[SIGN_KEY_BYTES_MAX];
	size_t value_bytes;
};

/* A signature TLV's value, genuine or forged. */
struct image_build_signed {
	uint16_t type;
	const uint8_t *value; /* own, or the plan's */
	size_t value_bytes;
	uint8_t own[SIGN_BYTES_MAX];
};

/* Little-endian bytes, put one after another into room that was counted before. */
struct image_build_writer {
	uint8_t *data;
	size_t at;
	size_t size_bytes;
};

static void image_build_put(struct image_build_writer *writer, uint64_t value, size_t bytes)
{
	assert(writer->size_bytes - writer->at >= bytes);
	for (size_t i = 0; i < bytes; i++)
		writer->data[writer->at++] = (uint8_t)(value >> (8 * i));
}

static void image_build_put_bytes(struct image_build_writer *writer, const void *data,
				  size_t size_bytes)
{
	assert(writer->size_bytes - writer->at >= size_bytes);
	if (size_bytes > 0)
		memcpy(writer->data + writer->at, data, size_bytes);
	writer->at += size_bytes;
}

static void image_build_put_tlv(struct image_build_writer *writer, uint16_t type, const void *value,
				size_t value_bytes)
{
	image_build_put(writer, type, 2);
	image_build_put(writer, value_bytes, 2);
	image_build_put_bytes(writer, value, value_bytes);
}

/* The protected area with its head; 0 if there is nothing to protect. */
static size_t image_build_protected_size(const struct image_plan *plan)
{
	size_t size = 0;

	if (plan->has_security)
		size += TLV_HEAD_BYTES + 4;
	if (plan->vendor_id != NULL)
		size += TLV_HEAD_BYTES + ID_BYTES;
	if (plan->class_id != NULL)
		size += TLV_HEAD_BYTES + ID_BYTES;
	size += plan->revoke_count * (TLV_HEAD_BYTES + SIGN_DIGEST_BYTES);
	return size == 0 ? 0 : size + AREA_HEAD_BYTES;
}

static void image_build_put_header(struct image_build_writer *writer, const struct image_plan *plan)
{
	image_build_put(writer, plan->magic ? plan->magic : MAGIC, 4);
	image_build_put(writer, 0, 4); /* load address: none */
	image_build_put(writer, plan->header_bytes, 2);
	image_build_put(writer, image_build_protected_size(plan), 2);
	image_build_put(writer, plan->payload_bytes, 4);
	image_build_put(writer, plan->flags, 4);
	image_build_put(writer, plan->version.major, 1);
	image_build_put(writer, plan->version.minor, 1);
	image_build_put(writer, plan->version.revision, 2);
	image_build_put(writer, plan->version.build, 4);
	image_build_put(writer, 0, 4);
	for (size_t i = HEADER_BYTES; i < plan->header_bytes; i++)
		image_build_put(writer, 0xff, 1);
}

static void image_build_put_protected(struct image_build_writer *writer,
				      const struct image_plan *plan)
{
	size_t size = image_build_protected_size(plan);

	if (size == 0)
		return;
	image_build_put(writer, PROTECTED_MAGIC, 2);
	image_build_put(writer, size, 2);
	if (plan->has_security) {
		image_build_put(writer, TLV_SECURITY, 2);
		image_build_put(writer, 4, 2);
		image_build_put(writer, plan->security, 4);
	}
	if (plan->vendor_id != NULL)
		image_build_put_tlv(writer, TLV_VENDOR, plan->vendor_id, ID_BYTES);
	if (plan->class_id != NULL)
		image_build_put_tlv(writer, TLV_CLASS, plan->class_id, ID_BYTES);
	for (size_t i = 0; i < plan->revoke_count; i++)
		image_build_put_tlv(writer, IMAGE_TLV_REVOKE, plan->revoke[i], SIGN_DIGEST_BYTES);
}

static int image_build_sign_pss(const struct image_plan *plan, const uint8_t *digest,
				struct image_build_signed *signature)
{
	static const uint8_t zero[SIGN_SALT_BYTES];

	if (plan->signer != NULL)
		return plan->signer->sign(plan->signer, digest, signature->own,
					  &signature->value_bytes);
	return sign_rsa_pss_salted(plan->key, digest, plan->salt_seed ? plan->salt_seed : zero,
				   plan->forgery == IMAGE_SALT_SHORT ? SALT_SHORT_BYTES
								     : SIGN_SALT_BYTES,
				   signature->own, &signature->value_bytes);
}

/* The same numbers in DER that only a lax reader takes. */
static void image_build_loosen(enum image_forgery forgery, uint8_t *der, size_t *der_bytes)
{
	/* Behind the sequence's head: r's tag and length, then r. */
	size_t at = forgery == IMAGE_DER_PADDED ? 4 : forgery == IMAGE_DER_LONG ? 1 : *der_bytes;

	if (forgery != IMAGE_DER_PADDED && forgery != IMAGE_DER_LONG &&
	    forgery != IMAGE_DER_TRAILED)
		return;
	memmove(der + at + 1, der + at, *der_bytes - at);
	der[at] = forgery == IMAGE_DER_LONG ? 0x81 : 0;
	(*der_bytes)++;
	if (forgery != IMAGE_DER_PADDED)
		return;
	der[1]++;
	der[3]++;
}

/* r and s into DER, as the forgery asks for it. */
static int image_build_sign_der(const struct image_plan *plan, const uint8_t *digest,
				struct image_build_signed *signature)
{
	uint8_t raw[SIGN_BYTES_MAX];
	size_t raw_bytes;

	if (plan->signer != NULL ? plan->signer->sign(plan->signer, digest, raw, &raw_bytes) != 0
				 : sign_ecdsa(plan->key, digest, raw) != 0)
		return -1;
	if (plan->forgery == IMAGE_R_ZERO)
		memset(raw, 0, SIGN_RAW_BYTES / 2);
	else if (plan->forgery == IMAGE_S_ZERO)
		memset(raw + SIGN_RAW_BYTES / 2, 0, SIGN_RAW_BYTES / 2);
	else if (plan->forgery == IMAGE_RS_ZERO)
		memset(raw, 0, SIGN_RAW_BYTES);
	else if (plan->forgery == IMAGE_R_N)
		sign_put_order(raw);
	else if (plan->forgery == IMAGE_S_N)
		sign_put_order(raw + SIGN_RAW_BYTES / 2);
	else if (plan->forgery == IMAGE_OTHER_S && sign_other_s(raw) != 0)
		return -1;
	signature->value_bytes = sign_ecdsa_der(raw, signature->own);
	image_build_loosen(plan->forgery, signature->own, &signature->value_bytes);
	return 0;
}

static void image_build_forge(const struct image_plan *plan, struct image_build_signed *signature)
{
	size_t half = signature->value_bytes / 2;
	bool is_der = signature->type == TLV_ECDSA;

	switch (plan->forgery) {
	case IMAGE_SIGNATURE_EMPTY:
		signature->value_bytes = 0;
		break;
	case IMAGE_SIGNATURE_ZERO:
		memset(signature->own, 0, signature->value_bytes);
		break;
	case IMAGE_RS_ZERO:
		if (!is_der)
			memset(signature->own, 0, signature->value_bytes);
		break;
	case IMAGE_SIGNATURE_TRUNCATED:
		signature->value_bytes = half;
		break;
	case IMAGE_R_ZERO:
		if (!is_der)
			memset(signature->own, 0, half);
		break;
	case IMAGE_S_ZERO:
		if (!is_der)
			memset(signature->own + half, 0, signature->value_bytes - half);
		break;
	case IMAGE_SIGNATURE_OF:
		signature->value = plan->other;
		signature->value_bytes = plan->other_bytes;
		break;
	case IMAGE_OTHER_TYPE:
		signature->type = is_der ? TLV_ED25519 : TLV_ECDSA;
		break;
	case IMAGE_GENUINE:
	case IMAGE_UNSIGNED:
	case IMAGE_KEYHASH_OF:
	case IMAGE_R_N:
	case IMAGE_S_N:
	case IMAGE_OTHER_S:
	case IMAGE_DER_PADDED:
	case IMAGE_DER_LONG:
	case IMAGE_DER_TRAILED:
	case IMAGE_SALT_SHORT:
	case IMAGE_CARRIES_KEY:
	case IMAGE_KEYHASH_LONG:
	case IMAGE_SECURITY_UNPROTECTED:
		break;
	}
}

static int image_build_make_signature(const struct image_plan *plan, const uint8_t *digest,
				      struct image_build_signed *signature)
{
	enum hal_algorithm algorithm;
	int status = -1;

	if (plan->key == NULL || sign_algorithm(plan->key, &algorithm) != 0)
		return -1;
	signature->value = signature->own;
	switch (algorithm) {
	case HAL_ECDSA_P256:
		signature->type = TLV_ECDSA;
		status = image_build_sign_der(plan, digest, signature);
		break;
	case HAL_RSA_2048:
	case HAL_RSA_3072:
		signature->type = algorithm == HAL_RSA_2048 ? TLV_RSA2048 : TLV_RSA3072;
		status = image_build_sign_pss(plan, digest, signature);
		break;
	case HAL_ED25519:
		signature->type = TLV_ED25519;
		signature->value_bytes = SIGN_RAW_BYTES;
		status = plan->signer != NULL
				 ? plan->signer->sign(plan->signer, digest, signature->own,
						      &signature->value_bytes)
				 : sign_ed25519(plan->key, digest, signature->own);
		break;
	}
	if (status == 0)
		image_build_forge(plan, signature);
	return status;
}

static bool image_build_plan_fits(const struct image_plan *plan)
{
	if (plan->header_bytes < HEADER_BYTES || (plan->payload == NULL && plan->payload_bytes > 0))
		return false;
	if (plan->revoke_count > REVOKE_COUNT_MAX ||
	    (plan->revoke == NULL && plan->revoke_count > 0))
		return false;
	if (plan->forgery == IMAGE_SIGNATURE_OF &&
	    (plan->other == NULL || plan->other_bytes > OTHER_BYTES_MAX))
		return false;
	return plan->forgery != IMAGE_KEYHASH_OF || plan->keyhash_key != NULL;
}

static int image_build_name_key(const struct image_plan *plan, struct image_build_signer *signer)
{
	EVP_PKEY *named = plan->forgery == IMAGE_KEYHASH_OF ? plan->keyhash_key : plan->key;

	if (plan->forgery == IMAGE_CARRIES_KEY) {
		signer->type = TLV_PUBKEY;
		return sign_key_der(named, signer->value, &signer->value_bytes);
	}
	signer->type = TLV_KEYHASH;
	signer->value_bytes = SIGN_DIGEST_BYTES;
	if (plan->forgery == IMAGE_KEYHASH_LONG) {
		memset(signer->value, 0xa5, KEYHASH_LONG_BYTES);
		signer->value_bytes = KEYHASH_LONG_BYTES;
	}
	return sign_key_hash(named, signer->value);
}

/* Hash, key hash and signature, after everything that they cover. 0, or -1. */
static int image_build_put_area(struct image_build_writer *writer, const struct image_plan *plan)
{
	bool is_signed = plan->forgery != IMAGE_UNSIGNED;
	bool adds_security = plan->forgery == IMAGE_SECURITY_UNPROTECTED;
	struct image_build_signed signature = {.type = 0};
	struct image_build_signer signer = {.type = 0};
	uint8_t digest[SIGN_DIGEST_BYTES];
	size_t size = AREA_HEAD_BYTES + TLV_HEAD_BYTES + SIGN_DIGEST_BYTES;

	SHA256(writer->data, writer->at, digest);
	if (is_signed) {
		if (image_build_make_signature(plan, digest, &signature) != 0 ||
		    image_build_name_key(plan, &signer) != 0)
			return -1;
		size += TLV_HEAD_BYTES + signer.value_bytes;
		size += TLV_HEAD_BYTES + signature.value_bytes;
	}
	if (adds_security)
		size += TLV_HEAD_BYTES + 4;
	if (size > UINT16_MAX)
		return -1;
	image_build_put(writer, AREA_MAGIC, 2);
	image_build_put(writer, size, 2);
	image_build_put_tlv(writer, TLV_SHA256, digest, sizeof(digest));
	if (is_signed) {
		image_build_put_tlv(writer, signer.type, signer.value, signer.value_bytes);
		image_build_put_tlv(writer, signature.type, signature.value, signature.value_bytes);
	}
	if (adds_security) {
		image_build_put(writer, TLV_SECURITY, 2);
		image_build_put(writer, 4, 2);
		image_build_put(writer, plan->security + 1, 4);
	}
	return 0;
}

uint8_t *image_build(const struct image_plan *plan, size_t *size_bytes)
{
	struct image_build_writer writer = {.at = 0};

	if (!image_build_plan_fits(plan))
		return NULL;
	writer.size_bytes =
		(size_t)plan->header_bytes + plan->payload_bytes + image_build_protected_size(plan);
	writer.size_bytes += UINT16_MAX; /* an area of TLVs is no longer */
	writer.size_bytes += EDIT_MAX * EDIT_PUT_BYTES;
	writer.data = malloc(writer.size_bytes);
	if (writer.data == NULL)
		return NULL;
	image_build_put_header(&writer, plan);
	image_build_put_bytes(&writer, plan->payload, plan->payload_bytes);
	image_build_put_protected(&writer, plan);
	if (edits_apply(plan->edits, false, writer.data, writer.size_bytes, &writer.at) != 0 ||
	    image_build_put_area(&writer, plan) != 0 ||
	    edits_apply(plan->edits, true, writer.data, writer.size_bytes, &writer.at) != 0) {
		free(writer.data);
		return NULL;
	}
	*size_bytes = writer.at;
	return writer.data;
}

static uint32_t image_build_get(const uint8_t *data, size_t bytes)
{
	uint32_t value = 0;

	for (size_t i = 0; i < bytes; i++)
		value |= (uint32_t)data[i] << (8 * i);
	return value;
}

int image_build_signature(const uint8_t *image, size_t image_bytes, const uint8_t **signature,
			  size_t *signature_bytes)
{
	size_t at, end;

	if (image_bytes < HEADER_BYTES || image_build_get(image, 4) != MAGIC)
		return -1;
	at = (size_t)image_build_get(image + 8, 2) + image_build_get(image + 10, 2) +
	     image_build_get(image + 12, 4);
	if (at > image_bytes || image_bytes - at < AREA_HEAD_BYTES ||
	    image_build_get(image + at, 2) != AREA_MAGIC ||
	    image_build_get(image + at + 2, 2) > image_bytes - at)
		return -1;
	end = at + image_build_get(image + at + 2, 2);
	for (at += AREA_HEAD_BYTES; at + TLV_HEAD_BYTES <= end;) {
		uint32_t type = image_build_get(image + at, 2);
		size_t value_bytes = image_build_get(image + at + 2, 2);

		at += TLV_HEAD_BYTES;
		if (value_bytes > end - at)
			return -1;
		if (type == TLV_ECDSA || type == TLV_RSA2048 || type == TLV_RSA3072 ||
		    type == TLV_ED25519) {
			*signature = image + at;
			*signature_bytes = value_bytes;
			return 0;
		}
		at += value_bytes;
	}
	return -1;
}

const uint8_t *image_build_protected(const uint8_t *image, size_t image_bytes, uint16_t type,
				     size_t value_bytes, size_t nth)
{
	size_t at, end;

	if (image_bytes < HEADER_BYTES || image_build_get(image, 4) != MAGIC)
		return NULL;
	at = (size_t)image_build_get(image + 8, 2) + image_build_get(image + 12, 4);
	end = at + image_build_get(image + 10, 2);
	for (at += AREA_HEAD_BYTES; at + TLV_HEAD_BYTES <= end && end <= image_bytes;) {
		size_t size = image_build_get(image + at + 2, 2);
		bool wanted = image_build_get(image + at, 2) == type && size == value_bytes;

		at += TLV_HEAD_BYTES;
		if (size > end - at)
			return NULL;
		if (wanted && nth-- == 0)
			return image + at;
		at += size;
	}
	return NULL;
}
