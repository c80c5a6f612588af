/*
 * The maker's images: MCUboot's format laid out as imgtool does it, signed reproducibly, and
 * forged on demand.
 */
#ifndef SIM_VENDOR_IMAGE_BUILD_H
#define SIM_VENDOR_IMAGE_BUILD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <openssl/evp.h>

#include "device-model/hal.h"
#include "sim/vendor/edit.h"
#include "sim/vendor/sign.h"

/* What is wrong with the signature, and with nothing else. */
enum image_forgery {
	IMAGE_GENUINE,
	IMAGE_UNSIGNED,		   /* neither KEYHASH nor signature */
	IMAGE_SIGNATURE_EMPTY,	   /* a signature TLV of length 0 */
	IMAGE_SIGNATURE_ZERO,	   /* as long as the real one, all bytes zero */
	IMAGE_SIGNATURE_TRUNCATED, /* the first half */
	IMAGE_R_ZERO,		   /* ECDSA: well-formed DER with r = 0; else the first half zero */
	IMAGE_S_ZERO,		   /* ECDSA: the same with s = 0; else the second half zero */
	IMAGE_SIGNATURE_OF,	   /* other: the value of another image's signature TLV */
	IMAGE_KEYHASH_OF,	   /* keyhash_key's hash, though key signed */
	IMAGE_R_N,		   /* ECDSA: r is the order of the group */
	IMAGE_S_N,
	IMAGE_OTHER_S,	    /* ECDSA: n - s, which is as good as s: of the two one is high */
	IMAGE_DER_PADDED,   /* ECDSA: r with a zero byte before it that nothing asks for */
	IMAGE_DER_LONG,	    /* ECDSA: the sequence's length in two bytes where one does */
	IMAGE_DER_TRAILED,  /* ECDSA: a byte behind the sequence */
	IMAGE_OTHER_TYPE,   /* in a TLV of another algorithm's type */
	IMAGE_SALT_SHORT,   /* PSS: a salt of 20 bytes */
	IMAGE_RS_ZERO,	    /* ECDSA: well-formed DER with r = s = 0; else all bytes zero */
	IMAGE_CARRIES_KEY,  /* in place of KEYHASH the public key itself, in a PUBKEY TLV */
	IMAGE_KEYHASH_LONG, /* a KEYHASH of 200 bytes, of which the first 32 are the key's */
	IMAGE_SECURITY_UNPROTECTED, /* behind the signature a second security version, one higher */
};

struct image_plan {
	struct hal_version version;
	uint16_t header_bytes; /* 32 or more; what is over is 0xff */
	const uint8_t *payload;
	uint32_t payload_bytes;
	uint32_t flags; /* of the header, for images that ask for more */
	uint32_t magic; /* 0: MCUboot's */
	bool has_security;
	uint32_t security;
	const uint8_t *vendor_id;    /* 16 bytes or NULL: no such TLV */
	const uint8_t *class_id;     /* the same */
	const uint8_t (*revoke)[32]; /* KEYHASHes of the keys that this release revokes */
	size_t revoke_count;
	EVP_PKEY *key;		     /* signs; P-256, RSA-2048, RSA-3072 or Ed25519 */
	const struct signer *signer; /* signs for real; NULL: key does, reproducibly */
	const uint8_t *salt_seed;    /* 32 bytes: PSS' salt; NULL: all zero */
	enum image_forgery forgery;
	const uint8_t *other;	   /* IMAGE_SIGNATURE_OF */
	size_t other_bytes;	   /* below 65536 */
	EVP_PKEY *keyhash_key;	   /* IMAGE_KEYHASH_OF */
	const struct edits *edits; /* of what the hash covers, and of all after signing; or NULL */
};

/*
 * The image, allocated with malloc; the caller frees it. The same plan gives the same bytes, but
 * for those that a signer makes. NULL if the plan's parts do not fit the format or the key cannot
 * sign.
 */
FW_CHECKED uint8_t *image_build(const struct image_plan *plan, size_t *size_bytes);

/*
 * The value of an image's first signature TLV, for IMAGE_SIGNATURE_OF; points into image. 0, or -1
 * if image is not one that image_build made or has none.
 */
FW_CHECKED int image_build_signature(const uint8_t *image, size_t image_bytes,
				     const uint8_t **signature, size_t *signature_bytes);

/*
 * The value of an image's nth protected TLV (from 0) of this type and length; points into image.
 * NULL if it has none. Nothing is checked: ask the firmware before.
 */
const uint8_t *image_build_protected(const uint8_t *image, size_t image_bytes, uint16_t type,
				     size_t value_bytes, size_t nth);

#endif
