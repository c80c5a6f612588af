/*
 * Signatures. For scenarios reproducible ones: the same key and digest give the same bytes, on
 * every machine. Real releases are signed by a struct signer, which key_store opens.
 */
#ifndef SIM_VENDOR_SIGN_H
#define SIM_VENDOR_SIGN_H

#include <stddef.h>
#include <stdint.h>
#include <openssl/evp.h>

#include "device-model/hal.h"

#define SIGN_KEY_BYTES_MAX 512u /* of a public key */
#define SIGN_DIGEST_BYTES  32u	/* SHA-256 */
#define SIGN_SALT_BYTES	   32u	/* of PSS */
#define SIGN_RAW_BYTES	   64u	/* r || s of P-256, or an Ed25519 signature */
#define SIGN_DER_BYTES_MAX 72u	/* SEQUENCE of two positive INTEGERs of 32 bytes */
#define SIGN_BYTES_MAX	   384u /* of any signature made here */

/*
 * Who signs for real: with chance where the algorithm has some, and perhaps with a private half
 * that is out of reach.
 */
struct signer {
	EVP_PKEY *key;	     /* its public half at least */
	struct token *token; /* NULL: key has the private half */
	/* Raw r || s, PSS with a salt of 32 bytes, or Ed25519 of the digest's bytes. 0, or -1. */
	int (*sign)(const struct signer *signer, const uint8_t digest[SIGN_DIGEST_BYTES],
		    uint8_t sig[SIGN_BYTES_MAX], size_t *bytes);
};

/* Which of the border's algorithms this key is for. 0, or -1: for none of them. */
FW_CHECKED int sign_algorithm(EVP_PKEY *key, enum hal_algorithm *algorithm);

/*
 * The public key's DER, SubjectPublicKeyInfo for EC and Ed25519, PKCS#1 RSAPublicKey for RSA. 0, or
 * -1.
 */
FW_CHECKED int sign_key_der(EVP_PKEY *key, uint8_t der[SIGN_KEY_BYTES_MAX], size_t *der_bytes);

/* What the KEYHASH TLV carries: SHA-256 of that DER. 0, or -1. */
FW_CHECKED int sign_key_hash(EVP_PKEY *key, uint8_t hash[SIGN_DIGEST_BYTES]);

/* ECDSA P-256 with the nonce of RFC 6979, raw r || s. 0, or -1 if it is no such private key. */
FW_CHECKED int sign_ecdsa(EVP_PKEY *key, const uint8_t digest[SIGN_DIGEST_BYTES],
			  uint8_t raw[SIGN_RAW_BYTES]);

/* The DER form of r || s, any values, zero too: SEQUENCE { INTEGER, INTEGER }. Returns its size. */
size_t sign_ecdsa_der(const uint8_t raw[SIGN_RAW_BYTES], uint8_t der[SIGN_DER_BYTES_MAX]);

/*
 * RSASSA-PSS (RFC 8017), SHA-256, MGF1-SHA-256, with the caller's salt; sig holds SIGN_BYTES_MAX,
 * bytes receives the modulus' size. 0, or -1 if it is no RSA-2048 or RSA-3072 private key.
 */
FW_CHECKED int sign_rsa_pss(EVP_PKEY *key, const uint8_t digest[SIGN_DIGEST_BYTES],
			    const uint8_t salt[SIGN_SALT_BYTES], uint8_t *sig, size_t *bytes);

/* The same with a salt of another length, which no device takes. */
FW_CHECKED int sign_rsa_pss_salted(EVP_PKEY *key, const uint8_t digest[SIGN_DIGEST_BYTES],
				   const uint8_t *salt, size_t salt_bytes, uint8_t *sig,
				   size_t *bytes);

/* For forgeries: the order n of P-256 in place of r or s; n - s in place of s. 0, or -1. */
void sign_put_order(uint8_t half[SIGN_RAW_BYTES / 2]);
FW_CHECKED int sign_other_s(uint8_t raw[SIGN_RAW_BYTES]);

/* Ed25519 (RFC 8032) of the 32 bytes of the digest as message. 0, or -1. */
FW_CHECKED int sign_ed25519(EVP_PKEY *key, const uint8_t digest[SIGN_DIGEST_BYTES],
			    uint8_t sig[SIGN_RAW_BYTES]);

#endif
