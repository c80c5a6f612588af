/*
 * The chip's crypto unit: SHA-256 and signature checks, by OpenSSL, with a memory of checks that
 * were made before.
 */

/*
 * OpenSSL deprecates SHA256_Update and EC_KEY in favour of EVP. But an EVP state lives on the heap
 * behind a pointer, and a device's digest must die with its RAM when power fails, inside struct
 * hal_digest; and an EVP key costs every process of a device on FUSE a millisecond of set-up.
 */
#define OPENSSL_SUPPRESS_DEPRECATED

#include "device-model/hardware/crypto.h"

#include <assert.h>
#include <pthread.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <xxhash.h>

/* An RSA-3072 key, its signature, a digest, and their lengths. */
#define CRYPTO_CONTENT_BYTES 1024
/* Powers of two. Results are so many that those of a fuzzer's corpus seldom share a place. */
#define CRYPTO_RESULTS	 8192
#define CRYPTO_KEYS	 64
#define CRYPTO_RAW_BYTES 64u

static_assert(sizeof(SHA256_CTX) <= sizeof(struct hal_digest), "the digest's state must fit");

/* What a check depends on, all of it. */
struct crypto_content {
	uint32_t bytes; /* 0: nothing is remembered here */
	uint8_t data[CRYPTO_CONTENT_BYTES];
};

struct crypto_result {
	struct crypto_content content;
	int result;
};

struct crypto_parsed {
	struct crypto_content content;
	EVP_PKEY *key; /* NULL: not a key of its algorithm */
};

/* A later content takes the place of an earlier one whose hash falls together with its own. */
static struct {
	pthread_mutex_t lock;
	bool disabled;
	struct crypto_result results[CRYPTO_RESULTS];
	struct crypto_parsed keys[CRYPTO_KEYS];
} crypto_memory = {.lock = PTHREAD_MUTEX_INITIALIZER};

static int crypto_digest_start(struct hal *hal, struct hal_digest *digest)
{
	(void)hal;
	int ok = SHA256_Init((SHA256_CTX *)digest->state);

	assert(ok == 1);
	return FW_OK;
}

static int crypto_digest_add(struct hal *hal, struct hal_digest *digest, const void *data,
			     uint32_t size_bytes)
{
	(void)hal;
	int ok = SHA256_Update((SHA256_CTX *)digest->state, data, size_bytes);

	assert(ok == 1);
	return FW_OK;
}

static int crypto_digest_end(struct hal *hal, struct hal_digest *digest,
			     uint8_t value[HAL_DIGEST_BYTES])
{
	(void)hal;
	int ok = SHA256_Final(value, (SHA256_CTX *)digest->state);

	assert(ok == 1);
	return FW_OK;
}

/* Adds a length and the bytes themselves, so that no two lists of parts look alike. */
static bool crypto_content_add(struct crypto_content *content, const void *data, uint32_t bytes)
{
	if (bytes > sizeof(content->data) ||
	    content->bytes + sizeof(bytes) > sizeof(content->data) - bytes)
		return false;
	memcpy(content->data + content->bytes, &bytes, sizeof(bytes));
	memcpy(content->data + content->bytes + sizeof(bytes), data, bytes);
	content->bytes += (uint32_t)sizeof(bytes) + bytes;
	return true;
}

static bool crypto_content_of_key(struct crypto_content *content, const struct hal_key *key)
{
	uint32_t algorithm = (uint32_t)key->algorithm;

	content->bytes = 0;
	return crypto_content_add(content, &algorithm, sizeof(algorithm)) &&
	       crypto_content_add(content, key->der, key->der_bytes);
}

static bool crypto_content_equal(const struct crypto_content *a, const struct crypto_content *b)
{
	return a->bytes == b->bytes && memcmp(a->data, b->data, a->bytes) == 0;
}

static void crypto_content_copy(struct crypto_content *to, const struct crypto_content *from)
{
	to->bytes = from->bytes;
	memcpy(to->data, from->data, from->bytes);
}

static size_t crypto_place(const struct crypto_content *content, size_t places)
{
	return XXH3_64bits(content->data, content->bytes) & (places - 1);
}

/*
 * Whether the memory may be used now. Who finds it busy works without: the answer is the same, and
 * a child that was forked while another thread held the lock does not wait for ever.
 */
static bool crypto_memory_open(void)
{
	if (pthread_mutex_trylock(&crypto_memory.lock) != 0)
		return false;
	if (!crypto_memory.disabled)
		return true;
	pthread_mutex_unlock(&crypto_memory.lock);
	return false;
}

static void crypto_memory_close(void)
{
	pthread_mutex_unlock(&crypto_memory.lock);
}

static bool crypto_rsa_fits(const EVP_PKEY *key, int bits)
{
	BIGNUM *exponent = NULL;
	bool fits = EVP_PKEY_is_a(key, "RSA") && EVP_PKEY_get_bits(key) == bits &&
		    EVP_PKEY_get_bn_param(key, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1 &&
		    BN_is_word(exponent, RSA_F4);

	BN_free(exponent);
	return fits;
}

static bool crypto_key_fits(const EVP_PKEY *key, enum hal_algorithm algorithm)
{
	switch (algorithm) {
	case HAL_RSA_2048:
		return crypto_rsa_fits(key, 2048);
	case HAL_RSA_3072:
		return crypto_rsa_fits(key, 3072);
	case HAL_ED25519:
		return EVP_PKEY_is_a(key, "ED25519");
	default:
		return false;
	}
}

/* NULL if the DER is not one whole key of its algorithm. */
static EVP_PKEY *crypto_key_parse(const struct hal_key *key)
{
	const uint8_t *der = key->der;
	EVP_PKEY *parsed;

	if (key->algorithm == HAL_RSA_2048 || key->algorithm == HAL_RSA_3072)
		parsed = d2i_PublicKey(EVP_PKEY_RSA, NULL, &der, (long)key->der_bytes);
	else
		parsed = d2i_PUBKEY(NULL, &der, (long)key->der_bytes);
	if (parsed &&
	    (der != key->der + key->der_bytes || !crypto_key_fits(parsed, key->algorithm))) {
		EVP_PKEY_free(parsed);
		parsed = NULL;
	}
	return parsed;
}

/* The parsed key, or NULL; the caller frees it. */
static EVP_PKEY *crypto_key_get(const struct hal_key *key)
{
	struct crypto_content content;
	struct crypto_parsed *place;
	EVP_PKEY *parsed;

	if (!crypto_content_of_key(&content, key) || !crypto_memory_open())
		return crypto_key_parse(key);
	place = &crypto_memory.keys[crypto_place(&content, CRYPTO_KEYS)];
	if (!crypto_content_equal(&place->content, &content)) {
		EVP_PKEY_free(place->key);
		place->key = crypto_key_parse(key);
		crypto_content_copy(&place->content, &content);
	}
	parsed = place->key;
	if (parsed)
		EVP_PKEY_up_ref(parsed);
	crypto_memory_close();
	return parsed;
}

/*
 * The key, or NULL if the DER is not one whole P-256 key. What every maker's tool writes, an
 * uncompressed point, is read without OpenSSL's decoders: loading them takes longer than all else
 * that a device's process does in its life.
 */
static EC_KEY *crypto_ec_key(const struct hal_key *key)
{
	/* RFC 5480: SEQUENCE { SEQUENCE { id-ecPublicKey, prime256v1 }, BIT STRING { 04 x y } } */
	static const uint8_t head[] = {0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48,
				       0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48,
				       0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00};
	const uint8_t *der = key->der;
	EC_KEY *parsed;
	bool fits;

	if (key->der_bytes == sizeof(head) + 65 && !memcmp(der, head, sizeof(head))) {
		parsed = EC_KEY_new_by_curve_name(NID_X9_62_prime256v1);
		assert(parsed);
		fits = EC_KEY_oct2key(parsed, der + sizeof(head), 65, NULL) == 1;
	} else {
		parsed = d2i_EC_PUBKEY(NULL, &der, (long)key->der_bytes);
		fits = parsed && der == key->der + key->der_bytes &&
		       EC_GROUP_get_curve_name(EC_KEY_get0_group(parsed)) == NID_X9_62_prime256v1;
	}
	if (fits && EC_KEY_check_key(parsed) == 1)
		return parsed;
	EC_KEY_free(parsed);
	return NULL;
}

static bool crypto_ecdsa_verify(const struct hal_key *key, const uint8_t *digest,
				const uint8_t *raw, uint32_t raw_bytes)
{
	EC_KEY *parsed = raw_bytes == CRYPTO_RAW_BYTES ? crypto_ec_key(key) : NULL;
	ECDSA_SIG *pair;
	BIGNUM *r, *s;
	bool good;

	if (!parsed)
		return false;
	pair = ECDSA_SIG_new();
	r = BN_bin2bn(raw, CRYPTO_RAW_BYTES / 2, NULL);
	s = BN_bin2bn(raw + CRYPTO_RAW_BYTES / 2, CRYPTO_RAW_BYTES / 2, NULL);
	assert(pair && r && s);
	ECDSA_SIG_set0(pair, r, s);
	good = ECDSA_do_verify(digest, HAL_DIGEST_BYTES, pair, parsed) == 1;
	ECDSA_SIG_free(pair);
	EC_KEY_free(parsed);
	return good;
}

static bool crypto_rsa_verify(EVP_PKEY_CTX *context, const uint8_t *digest,
			      const uint8_t *signature, uint32_t bytes)
{
	return EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) == 1 &&
	       EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) == 1 &&
	       EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) == 1 &&
	       EVP_PKEY_CTX_set_rsa_pss_saltlen(context, HAL_DIGEST_BYTES) == 1 &&
	       EVP_PKEY_verify(context, signature, bytes, digest, HAL_DIGEST_BYTES) == 1;
}

static bool crypto_ed25519_verify(EVP_PKEY *key, const uint8_t *digest, const uint8_t *signature,
				  uint32_t bytes)
{
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	bool good;

	assert(context);
	good = EVP_DigestVerifyInit(context, NULL, NULL, NULL, key) == 1 &&
	       EVP_DigestVerify(context, signature, bytes, digest, HAL_DIGEST_BYTES) == 1;
	EVP_MD_CTX_free(context);
	return good;
}

static bool crypto_rsa_or_ed25519_verify(const struct hal_key *key, const uint8_t *digest,
					 const uint8_t *signature, uint32_t bytes)
{
	EVP_PKEY *parsed = crypto_key_get(key);
	bool good;

	if (!parsed)
		return false;
	if (key->algorithm == HAL_ED25519) {
		good = crypto_ed25519_verify(parsed, digest, signature, bytes);
	} else {
		EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(parsed, NULL);

		assert(context);
		good = EVP_PKEY_verify_init(context) == 1 &&
		       crypto_rsa_verify(context, digest, signature, bytes);
		EVP_PKEY_CTX_free(context);
	}
	EVP_PKEY_free(parsed);
	return good;
}

static int crypto_verify(const struct hal_key *key, const uint8_t *digest, const uint8_t *signature,
			 uint32_t bytes)
{
	bool good = key->algorithm == HAL_ECDSA_P256
			    ? crypto_ecdsa_verify(key, digest, signature, bytes)
			    : crypto_rsa_or_ed25519_verify(key, digest, signature, bytes);

	/* A signature that is wrong leaves errors behind; they are this answer, nobody else's. */
	ERR_clear_error();
	return good ? FW_OK : FW_ERR_IMAGE_SIGNATURE;
}

static int crypto_signature_check(struct hal *hal, const struct hal_key *key,
				  const uint8_t digest[HAL_DIGEST_BYTES], const uint8_t *signature,
				  uint32_t signature_bytes)
{
	struct crypto_content content;
	struct crypto_result *place;
	bool found;
	int result;

	(void)hal;
	if (!crypto_content_of_key(&content, key) ||
	    !crypto_content_add(&content, digest, HAL_DIGEST_BYTES) ||
	    !crypto_content_add(&content, signature, signature_bytes) || !crypto_memory_open())
		return crypto_verify(key, digest, signature, signature_bytes);

	place = &crypto_memory.results[crypto_place(&content, CRYPTO_RESULTS)];
	found = crypto_content_equal(&place->content, &content);
	result = place->result;
	crypto_memory_close();
	if (found)
		return result;

	result = crypto_verify(key, digest, signature, signature_bytes);
	if (crypto_memory_open()) {
		crypto_content_copy(&place->content, &content);
		place->result = result;
		crypto_memory_close();
	}
	return result;
}

void crypto_fill(struct hal *hal)
{
	hal->digest_start = crypto_digest_start;
	hal->digest_add = crypto_digest_add;
	hal->digest_end = crypto_digest_end;
	hal->signature_check = crypto_signature_check;
}

void crypto_memory_enable(bool enabled)
{
	pthread_mutex_lock(&crypto_memory.lock);
	crypto_memory.disabled = !enabled;
	pthread_mutex_unlock(&crypto_memory.lock);
}

void crypto_memory_clear(void)
{
	pthread_mutex_lock(&crypto_memory.lock);
	for (size_t i = 0; i < CRYPTO_RESULTS; i++)
		crypto_memory.results[i].content.bytes = 0;
	for (size_t i = 0; i < CRYPTO_KEYS; i++) {
		EVP_PKEY_free(crypto_memory.keys[i].key);
		crypto_memory.keys[i].key = NULL;
		crypto_memory.keys[i].content.bytes = 0;
	}
	pthread_mutex_unlock(&crypto_memory.lock);
}
