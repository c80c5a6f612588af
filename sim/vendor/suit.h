/*
 * The maker's SUIT manifests: built with libcbor, signed with ES256, and forged on demand.
 * Shape: example 3 of draft-ietf-suit-manifest-37 (A/B by try-each) with an invoke sequence.
 */
#ifndef SIM_VENDOR_SUIT_H
#define SIM_VENDOR_SUIT_H

#include <stddef.h>
#include <stdint.h>
#include <openssl/evp.h>

#include "device-model/hal.h"
#include "sim/vendor/edit.h"
#include "sim/vendor/sign.h"

/* What is wrong with the signature, and with nothing else. */
enum suit_forgery {
	SUIT_GENUINE,
	SUIT_UNSIGNED,		  /* no COSE block */
	SUIT_SIGNATURE_ZERO,	  /* 64 bytes, all zero */
	SUIT_SIGNATURE_TRUNCATED, /* the first 32 of its bytes */
	SUIT_R_ZERO,
	SUIT_S_ZERO,
	SUIT_SIGNATURE_OF, /* other: the signature of another manifest */
	SUIT_R_N,	   /* r is the order of the group */
	SUIT_S_N,
	SUIT_OTHER_S,	/* n - s, which is as good as s: of the two one is high */
	SUIT_ALGORITHM, /* the header says ES384 */
};

/* What the manifest asks for besides an update, validly signed. */
enum suit_asks {
	SUIT_ASKS_NOTHING,
	SUIT_ASKS_COMPONENT,  /* a second component */
	SUIT_ASKS_PLACE,      /* a component at another place */
	SUIT_ASKS_DELTA,      /* the image made out of the one that is there: directive copy */
	SUIT_ASKS_ENCRYPTION, /* the image decrypted on its way: parameter encryption-info */
	SUIT_ASKS_SIGNER,     /* a second signature */
	SUIT_ASKS_VERSION,    /* a version that must run now: condition version */
};

/*
 * What a manifest says to people and servers, signed with the rest and of no meaning to the device:
 * text (8.4.4) under labels of private use. An empty text is left out.
 */
#define SUIT_TEXT_SBOM	  (-256) /* "sha256:" and the digest of the release's SBOM in hex */
#define SUIT_TEXT_EXPIRES (-257) /* the moment after which nobody is to offer it */
#define SUIT_NOTE_ROOM	  96u

struct suit_notes {
	char sbom[SUIT_NOTE_ROOM];
	char expires[SUIT_NOTE_ROOM];
};

struct suit_plan {
	uint64_t sequence;
	const uint8_t *vendor_id; /* 16 bytes */
	const uint8_t *class_id;  /* 16 bytes */
	const uint8_t *digest; /* SHA-256 of the whole image file; the same image in both slots */
	uint32_t size_bytes;   /* of the whole image file */
	uint32_t security;
	struct hal_version version;
	const char *uri;		/* where the image lies */
	EVP_PKEY *key;			/* P-256; NULL: unsigned */
	const struct signer *signer;	/* signs for real; NULL: key does, reproducibly */
	const struct suit_notes *notes; /* NULL: no text */
	enum suit_forgery forgery;
	enum suit_asks asks;
	const uint8_t *other;	   /* SUIT_SIGNATURE_OF: these bytes as signature */
	size_t other_bytes;	   /* at most SIGN_RAW_BYTES */
	const struct edits *edits; /* of the manifest, and of the envelope after signing; or NULL */
};

/*
 * Writes the envelope to out, size its length. The same plan gives the same bytes. 0, or -1 if it
 * does not fit out_bytes or the key does not sign ES256.
 */
FW_CHECKED int suit_build(const struct suit_plan *plan, uint8_t *out, size_t out_bytes,
			  size_t *size);

/*
 * Puts any manifest, whatever its bytes, into an envelope: with digest, with the signature that
 * key and forgery ask for. Tests and fuzzers make odd manifests with it. 0, or -1.
 */
FW_CHECKED int suit_envelope(const struct suit_plan *plan, const uint8_t *manifest,
			     size_t manifest_bytes, uint8_t *out, size_t out_bytes, size_t *size);

#endif
