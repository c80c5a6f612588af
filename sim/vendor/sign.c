/*
 * Signs without chance: ECDSA with the nonce of RFC 6979, PSS (RFC 8017) with a salt that the
 * caller gives, Ed25519 (which has no chance in it). OpenSSL 3.0 does the arithmetic.
 */

/*
 * The functions that take an ECDSA nonce exist only on EC_KEY, which OpenSSL 3.0 deprecates; the
 * EVP way to ask for RFC 6979 came with 3.2. With no API level asked for they are declared quietly.
 */
#define OPENSSL_SUPPRESS_DEPRECATED
#include "sim/vendor/sign.h"

#include <assert.h>
#include <string.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/hmac.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509.h>

#define HALF_BYTES  32u /* r or s, a P-256 scalar, and a SHA-256 value */
#define NONCE_TRIES 100 /* each fails with probability 2^-32 */
#define PSS_TRAILER 0xbcu

int sign_algorithm(EVP_PKEY *key, enum hal_algorithm *algorithm)
{
	char group[32];

	switch (EVP_PKEY_get_base_id(key)) {
	case EVP_PKEY_EC:
		if (EVP_PKEY_get_group_name(key, group, sizeof(group), NULL) != 1 ||
		    strcmp(group, SN_X9_62_prime256v1) != 0)
			return -1;
		*algorithm = HAL_ECDSA_P256;
		return 0;
	case EVP_PKEY_RSA:
		if (EVP_PKEY_get_bits(key) != 2048 && EVP_PKEY_get_bits(key) != 3072)
			return -1;
		*algorithm = EVP_PKEY_get_bits(key) == 2048 ? HAL_RSA_2048 : HAL_RSA_3072;
		return 0;
	case EVP_PKEY_ED25519:
		*algorithm = HAL_ED25519;
		return 0;
	default:
		return -1;
	}
}

int sign_key_der(EVP_PKEY *key, uint8_t der[SIGN_KEY_BYTES_MAX], size_t *der_bytes)
{
	bool rsa = EVP_PKEY_get_base_id(key) == EVP_PKEY_RSA;
	int bytes = rsa ? i2d_PublicKey(key, NULL) : i2d_PUBKEY(key, NULL);
	unsigned char *at = der;

	if (bytes <= 0 || bytes > (int)SIGN_KEY_BYTES_MAX)
		return -1;
	*der_bytes = (size_t)bytes;
	return (rsa ? i2d_PublicKey(key, &at) : i2d_PUBKEY(key, &at)) == bytes ? 0 : -1;
}

int sign_key_hash(EVP_PKEY *key, uint8_t hash[SIGN_DIGEST_BYTES])
{
	uint8_t der[SIGN_KEY_BYTES_MAX];
	size_t der_bytes;

	if (sign_key_der(key, der, &der_bytes) != 0)
		return -1;
	SHA256(der, der_bytes, hash);
	return 0;
}

/* The HMAC-DRBG of RFC 6979 section 3.2: K and V. */
struct sign_drbg {
	uint8_t k[HALF_BYTES];
	uint8_t v[HALF_BYTES];
};

/* out may be one of the inputs. */
static void sign_drbg_hmac(const struct sign_drbg *drbg, const uint8_t *data, size_t size_bytes,
			   uint8_t *out)
{
	uint8_t value[HALF_BYTES];
	unsigned int value_bytes = sizeof(value);
	const void *done =
		HMAC(EVP_sha256(), drbg->k, sizeof(drbg->k), data, size_bytes, value, &value_bytes);

	assert(done != NULL && value_bytes == sizeof(value));
	memcpy(out, value, sizeof(value));
}

/* K = HMAC(K, V || separator || seed); V = HMAC(K, V): steps d to g, and h.3 with no seed. */
static void sign_drbg_update(struct sign_drbg *drbg, uint8_t separator, const uint8_t *seed,
			     size_t seed_bytes)
{
	uint8_t input[HALF_BYTES + 1 + 2 * HALF_BYTES];

	assert(seed_bytes <= 2 * HALF_BYTES);
	memcpy(input, drbg->v, HALF_BYTES);
	input[HALF_BYTES] = separator;
	if (seed_bytes > 0)
		memcpy(input + HALF_BYTES + 1, seed, seed_bytes);
	sign_drbg_hmac(drbg, input, HALF_BYTES + 1 + seed_bytes, drbg->k);
	sign_drbg_hmac(drbg, drbg->v, HALF_BYTES, drbg->v);
	OPENSSL_cleanse(input, sizeof(input));
}

/* Steps a to g, for the private scalar x and the digest; q is the group's order. */
static int sign_drbg_start(struct sign_drbg *drbg, const BIGNUM *x, const BIGNUM *q,
			   const uint8_t *digest, BN_CTX *context)
{
	uint8_t seed[2 * HALF_BYTES]; /* int2octets(x) || bits2octets(digest) */
	BIGNUM *reduced = BN_new();
	int status = -1;

	if (reduced == NULL || BN_bin2bn(digest, HALF_BYTES, reduced) == NULL ||
	    !BN_nnmod(reduced, reduced, q, context) || BN_bn2binpad(x, seed, HALF_BYTES) < 0 ||
	    BN_bn2binpad(reduced, seed + HALF_BYTES, HALF_BYTES) < 0)
		goto out;
	memset(drbg->v, 0x01, sizeof(drbg->v));
	memset(drbg->k, 0x00, sizeof(drbg->k));
	sign_drbg_update(drbg, 0x00, seed, sizeof(seed));
	sign_drbg_update(drbg, 0x01, seed, sizeof(seed));
	status = 0;
out:
	OPENSSL_cleanse(seed, sizeof(seed));
	BN_clear_free(reduced);
	return status;
}

/* Step h: the next k in [1, q - 1]. 0, or -1. */
static int sign_drbg_nonce(struct sign_drbg *drbg, const BIGNUM *q, BIGNUM *k)
{
	for (int i = 0; i < NONCE_TRIES; i++) {
		sign_drbg_hmac(drbg, drbg->v, HALF_BYTES, drbg->v);
		if (BN_bin2bn(drbg->v, HALF_BYTES, k) == NULL)
			return -1;
		if (!BN_is_zero(k) && BN_cmp(k, q) < 0)
			return 0;
		sign_drbg_update(drbg, 0x00, NULL, 0);
	}
	return -1;
}

/* r = x of k * G, modulo q. */
static int sign_nonce_point(const EC_GROUP *group, const BIGNUM *k, BIGNUM *r, BN_CTX *context)
{
	EC_POINT *point = EC_POINT_new(group);
	int status = -1;

	if (point != NULL && EC_POINT_mul(group, point, k, NULL, NULL, context) &&
	    EC_POINT_get_affine_coordinates(group, point, r, NULL, context) &&
	    BN_nnmod(r, r, EC_GROUP_get0_order(group), context) && !BN_is_zero(r))
		status = 0;
	EC_POINT_clear_free(point);
	return status;
}

static int sign_with_ec(EC_KEY *key, const uint8_t *digest, uint8_t *raw)
{
	const EC_GROUP *group = EC_KEY_get0_group(key);
	const BIGNUM *x = EC_KEY_get0_private_key(key);
	const BIGNUM *q = EC_GROUP_get0_order(group);
	BN_CTX *context = BN_CTX_new();
	BIGNUM *k = BN_new(), *inverse = BN_new(), *r = BN_new();
	ECDSA_SIG *signature = NULL;
	struct sign_drbg drbg;
	int status = -1;

	if (x == NULL || context == NULL || k == NULL || inverse == NULL || r == NULL)
		goto out;
	if (sign_drbg_start(&drbg, x, q, digest, context) != 0 ||
	    sign_drbg_nonce(&drbg, q, k) != 0 || sign_nonce_point(group, k, r, context) != 0 ||
	    !BN_mod_inverse(inverse, k, q, context))
		goto out;
	signature = ECDSA_do_sign_ex(digest, HALF_BYTES, inverse, r, key);
	if (signature != NULL &&
	    BN_bn2binpad(ECDSA_SIG_get0_r(signature), raw, HALF_BYTES) == (int)HALF_BYTES &&
	    BN_bn2binpad(ECDSA_SIG_get0_s(signature), raw + HALF_BYTES, HALF_BYTES) ==
		    (int)HALF_BYTES)
		status = 0;
out:
	OPENSSL_cleanse(&drbg, sizeof(drbg));
	ECDSA_SIG_free(signature);
	BN_clear_free(k);
	BN_clear_free(inverse);
	BN_free(r);
	BN_CTX_free(context);
	return status;
}

int sign_ecdsa(EVP_PKEY *key, const uint8_t digest[SIGN_DIGEST_BYTES], uint8_t raw[SIGN_RAW_BYTES])
{
	enum hal_algorithm algorithm;
	EC_KEY *ec;
	int status;

	if (sign_algorithm(key, &algorithm) != 0 || algorithm != HAL_ECDSA_P256)
		return -1;
	ec = EVP_PKEY_get1_EC_KEY(key);
	if (ec == NULL)
		return -1;
	status = sign_with_ec(ec, digest, raw);
	EC_KEY_free(ec);
	return status;
}

/* A DER INTEGER that is not negative: no leading zero byte but where the top bit asks for one. */
static size_t sign_put_integer(uint8_t *der, const uint8_t value[HALF_BYTES])
{
	size_t skip = 0, at = 2;

	while (skip < HALF_BYTES - 1 && value[skip] == 0)
		skip++;
	if (value[skip] & 0x80u)
		der[at++] = 0;
	memcpy(der + at, value + skip, HALF_BYTES - skip);
	at += HALF_BYTES - skip;
	der[0] = 0x02;
	der[1] = (uint8_t)(at - 2);
	return at;
}

size_t sign_ecdsa_der(const uint8_t raw[SIGN_RAW_BYTES], uint8_t der[SIGN_DER_BYTES_MAX])
{
	size_t at = 2;

	at += sign_put_integer(der + at, raw);
	at += sign_put_integer(der + at, raw + HALF_BYTES);
	der[0] = 0x30;
	der[1] = (uint8_t)(at - 2);
	return at;
}

/* Adds MGF1-SHA-256 of seed to data, RFC 8017 appendix B.2.1. */
static void sign_mask(uint8_t *data, size_t size_bytes, const uint8_t seed[HALF_BYTES])
{
	uint8_t input[HALF_BYTES + 4], block[HALF_BYTES];

	memcpy(input, seed, HALF_BYTES);
	for (size_t at = 0; at < size_bytes; at++) {
		uint32_t counter = (uint32_t)(at / HALF_BYTES);

		if (at % HALF_BYTES == 0) {
			for (size_t i = 0; i < 4; i++)
				input[HALF_BYTES + i] = (uint8_t)(counter >> (24 - 8 * i));
			SHA256(input, sizeof(input), block);
		}
		data[at] ^= block[at % HALF_BYTES];
	}
}

/* EMSA-PSS-ENCODE, RFC 8017 section 9.1.1, for a modulus whose bits are a multiple of 8. */
static void sign_pss_encode(const uint8_t *digest, const uint8_t *salt, size_t salt_bytes,
			    uint8_t *encoded, size_t bytes)
{
	uint8_t message[8 + SIGN_DIGEST_BYTES + SIGN_SALT_BYTES] = {0};
	size_t db_bytes = bytes - HALF_BYTES - 1;
	uint8_t *hash = encoded + db_bytes;

	memcpy(message + 8, digest, SIGN_DIGEST_BYTES);
	memcpy(message + 8 + SIGN_DIGEST_BYTES, salt, salt_bytes);
	SHA256(message, 8 + SIGN_DIGEST_BYTES + salt_bytes, hash);

	memset(encoded, 0, db_bytes);
	encoded[db_bytes - salt_bytes - 1] = 0x01;
	memcpy(encoded + db_bytes - salt_bytes, salt, salt_bytes);
	sign_mask(encoded, db_bytes, hash);
	encoded[0] &= 0x7fu; /* one bit fewer than the modulus */
	encoded[bytes - 1] = PSS_TRAILER;
}

int sign_rsa_pss_salted(EVP_PKEY *key, const uint8_t digest[SIGN_DIGEST_BYTES], const uint8_t *salt,
			size_t salt_bytes, uint8_t *sig, size_t *bytes)
{
	uint8_t encoded[SIGN_BYTES_MAX];
	enum hal_algorithm algorithm;
	EVP_PKEY_CTX *context;
	size_t modulus_bytes;
	int status = -1;

	if (sign_algorithm(key, &algorithm) != 0 || salt_bytes > SIGN_SALT_BYTES ||
	    (algorithm != HAL_RSA_2048 && algorithm != HAL_RSA_3072))
		return -1;
	modulus_bytes = algorithm == HAL_RSA_2048 ? 256 : 384;
	sign_pss_encode(digest, salt, salt_bytes, encoded, modulus_bytes);
	*bytes = modulus_bytes;
	context = EVP_PKEY_CTX_new(key, NULL);
	if (context != NULL && EVP_PKEY_sign_init(context) == 1 &&
	    EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING) == 1 &&
	    EVP_PKEY_sign(context, sig, bytes, encoded, modulus_bytes) == 1 &&
	    *bytes == modulus_bytes)
		status = 0;
	EVP_PKEY_CTX_free(context);
	return status;
}

int sign_rsa_pss(EVP_PKEY *key, const uint8_t digest[SIGN_DIGEST_BYTES],
		 const uint8_t salt[SIGN_SALT_BYTES], uint8_t *sig, size_t *bytes)
{
	return sign_rsa_pss_salted(key, digest, salt, SIGN_SALT_BYTES, sig, bytes);
}

/* SEC 2, secp256r1. */
static const uint8_t sign_order[HALF_BYTES] = {0xff, 0xff, 0xff, 0xff, 0x00, 0x00, 0x00, 0x00,
					       0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
					       0xbc, 0xe6, 0xfa, 0xad, 0xa7, 0x17, 0x9e, 0x84,
					       0xf3, 0xb9, 0xca, 0xc2, 0xfc, 0x63, 0x25, 0x51};

void sign_put_order(uint8_t half[HALF_BYTES])
{
	memcpy(half, sign_order, HALF_BYTES);
}

int sign_other_s(uint8_t raw[SIGN_RAW_BYTES])
{
	BIGNUM *n = BN_bin2bn(sign_order, HALF_BYTES, NULL);
	BIGNUM *s = BN_bin2bn(raw + HALF_BYTES, HALF_BYTES, NULL);
	int status = -1;

	if (n != NULL && s != NULL && BN_sub(s, n, s) &&
	    BN_bn2binpad(s, raw + HALF_BYTES, HALF_BYTES) == (int)HALF_BYTES)
		status = 0;
	BN_free(n);
	BN_free(s);
	return status;
}

int sign_ed25519(EVP_PKEY *key, const uint8_t digest[SIGN_DIGEST_BYTES],
		 uint8_t sig[SIGN_RAW_BYTES])
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	size_t bytes = SIGN_RAW_BYTES;
	int status = -1;

	if (context != NULL && EVP_PKEY_get_base_id(key) == EVP_PKEY_ED25519 &&
	    EVP_DigestSignInit(context, NULL, NULL, NULL, key) == 1 &&
	    EVP_DigestSign(context, sig, &bytes, digest, SIGN_DIGEST_BYTES) == 1 &&
	    bytes == SIGN_RAW_BYTES)
		status = 0;
	EVP_MD_CTX_free(context);
	return status;
}
