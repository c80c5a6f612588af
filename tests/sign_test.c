/* Reproducible signatures: what the standards print, and what OpenSSL itself verifies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/param_build.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/sha.h>

#include "sim/vendor/sign.h"

#define KEYS	 "tests/vectors/imgtool/keys/"
#define MESSAGES 64u

/* RFC 6979 appendix A.2.5: curve NIST P-256. */
static const char rfc6979_x[] = "C9AFA9D845BA75166B5C215767B1D6934E50C3DB36E89B127B8A622B120F6721";
static const char rfc6979_u[] = "04"
				"60FED4BA255A9D31C961EB74C6356D68C049B8923B61FA6CE669622E60F29FB6"
				"7903FE1008B8BC99A41AE9E95628BC64F2F1B20C2D7E9F5177A3C294D4462299";

static EVP_PKEY *key_read(const char *path)
{
	FILE *file = fopen(path, "r");
	EVP_PKEY *key;

	assert_non_null(file);
	key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
	fclose(file);
	assert_non_null(key);
	return key;
}

static EVP_PKEY *key_of_rfc6979(void)
{
	OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "EC", NULL);
	BIGNUM *x = NULL;
	uint8_t point[65];
	size_t point_bytes;
	EVP_PKEY *key = NULL;
	OSSL_PARAM *params;

	assert_true(BN_hex2bn(&x, rfc6979_x) > 0);
	assert_int_equal(OPENSSL_hexstr2buf_ex(point, sizeof(point), &point_bytes, rfc6979_u, '\0'),
			 1);
	OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0);
	OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, point_bytes);
	OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_PRIV_KEY, x);
	params = OSSL_PARAM_BLD_to_param(builder);
	assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
	assert_int_equal(EVP_PKEY_fromdata(context, &key, EVP_PKEY_KEYPAIR, params), 1);
	OSSL_PARAM_free(params);
	OSSL_PARAM_BLD_free(builder);
	EVP_PKEY_CTX_free(context);
	BN_clear_free(x);
	return key;
}

static void sign_ecdsa_gives_the_signatures_of_rfc_6979(void **state)
{
	static const struct {
		const char *message, *signature;
	} rows[] = {
		{"sample", "EFD48B2AACB6A8FD1140DD9CD45E81D69D2C877B56AAF991C34D0EA84EAF3716"
			   "F7CB1C942D657C41D436C7A1B6E29F65F3E900DBB9AFF4064DC4AB2F843ACDA8"},
		{"test", "F1ABB023518351CD71D881567B1EA663ED3EFCF6C5132B354F28D3B0B7D38367"
			 "019F4113742A2B14BD25926B49C649155F267E60D3814B4C0CC84250E46F0083"},
	};
	EVP_PKEY *key = key_of_rfc6979();

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t digest[SIGN_DIGEST_BYTES], raw[SIGN_RAW_BYTES], wanted[SIGN_RAW_BYTES];
		size_t wanted_bytes;

		OPENSSL_hexstr2buf_ex(wanted, sizeof(wanted), &wanted_bytes, rows[i].signature,
				      '\0');
		assert_int_equal(wanted_bytes, sizeof(wanted));
		SHA256((const uint8_t *)rows[i].message, strlen(rows[i].message), digest);
		assert_int_equal(sign_ecdsa(key, digest, raw), 0);
		assert_memory_equal(raw, wanted, sizeof(wanted));
	}
	EVP_PKEY_free(key);
}

/* 1 if OpenSSL takes the signature; padding 0: no RSA key. */
static int verified(EVP_PKEY *key, const uint8_t *digest, const uint8_t *signature, size_t bytes,
		    int padding)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
	int status;

	assert_int_equal(EVP_PKEY_verify_init(context), 1);
	if (padding != 0) {
		assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(context, padding), 1);
		assert_int_equal(EVP_PKEY_CTX_set_rsa_pss_saltlen(context, SIGN_SALT_BYTES), 1);
		assert_int_equal(EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()), 1);
	}
	assert_int_equal(EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()), 1);
	status = EVP_PKEY_verify(context, signature, bytes, digest, SIGN_DIGEST_BYTES);
	EVP_PKEY_CTX_free(context);
	return status;
}

/* Digest 0 is all zero and 1 all ones, above the group's order; the rest are hashes. */
static void digest_make(unsigned int number, uint8_t digest[SIGN_DIGEST_BYTES])
{
	if (number < 2)
		memset(digest, number == 0 ? 0x00 : 0xff, SIGN_DIGEST_BYTES);
	else
		SHA256((const uint8_t *)&number, sizeof(number), digest);
}

/*
 * bits2octets reduces a digest that is above the group's order, and the RFC has no such example.
 * The same key over 32 bytes of 0xff, worked out in Python's integers by the RFC's text.
 */
static void sign_ecdsa_reduces_a_digest_above_the_order(void **state)
{
	static const char wanted[] =
		"1F2ADBC54B88764C279F689FC9505959FC9E73E80DC20889A4E0BE91865DE75B"
		"9D109B65E2FBFC0AE42BA0B2E5F03670CD458CFF4882DF6783F3D93D607D1755";
	EVP_PKEY *key = key_of_rfc6979();
	uint8_t digest[SIGN_DIGEST_BYTES], raw[SIGN_RAW_BYTES], bytes[SIGN_RAW_BYTES];
	size_t count;

	(void)state;
	memset(digest, 0xff, sizeof(digest));
	assert_int_equal(OPENSSL_hexstr2buf_ex(bytes, sizeof(bytes), &count, wanted, '\0'), 1);
	assert_int_equal(sign_ecdsa(key, digest, raw), 0);
	assert_memory_equal(raw, bytes, sizeof(bytes));
	EVP_PKEY_free(key);
}

static void sign_ecdsa_verifies_in_openssl_and_repeats(void **state)
{
	EVP_PKEY *key = key_read(KEYS "d_ecdsap256.pem");

	(void)state;
	for (unsigned int i = 0; i < MESSAGES; i++) {
		uint8_t digest[SIGN_DIGEST_BYTES], raw[SIGN_RAW_BYTES], again[SIGN_RAW_BYTES];
		uint8_t der[SIGN_DER_BYTES_MAX];

		digest_make(i, digest);
		assert_int_equal(sign_ecdsa(key, digest, raw), 0);
		assert_int_equal(sign_ecdsa(key, digest, again), 0);
		assert_memory_equal(raw, again, sizeof(raw));
		assert_int_equal(verified(key, digest, der, sign_ecdsa_der(raw, der), 0), 1);
		digest[5] ^= 1;
		assert_int_equal(verified(key, digest, der, sign_ecdsa_der(raw, der), 0), 0);
	}
	EVP_PKEY_free(key);
}

static void sign_ecdsa_der_is_what_openssl_writes(void **state)
{
	/* First bytes of r and of s, and how many bytes from the end they stand. */
	static const struct {
		uint8_t r, s;
		size_t r_bytes, s_bytes;
	} rows[] = {
		{0x00, 0x00, 1, 1},   {0x7f, 0x80, 32, 32}, {0x80, 0x7f, 32, 32},
		{0xff, 0xff, 32, 32}, {0x01, 0x80, 1, 1},   {0x80, 0x01, 31, 2},
		{0x00, 0x01, 1, 32},  {0x01, 0x00, 32, 1},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		uint8_t raw[SIGN_RAW_BYTES] = {0}, der[SIGN_DER_BYTES_MAX];
		ECDSA_SIG *signature = ECDSA_SIG_new();
		unsigned char *wanted = NULL;
		int wanted_bytes;

		raw[32 - rows[i].r_bytes] = rows[i].r;
		raw[64 - rows[i].s_bytes] = rows[i].s;
		ECDSA_SIG_set0(signature, BN_bin2bn(raw, 32, NULL), BN_bin2bn(raw + 32, 32, NULL));
		wanted_bytes = i2d_ECDSA_SIG(signature, &wanted);
		assert_int_equal(sign_ecdsa_der(raw, der), wanted_bytes);
		assert_memory_equal(der, wanted, (size_t)wanted_bytes);
		OPENSSL_free(wanted);
		ECDSA_SIG_free(signature);
	}
}

static void sign_rsa_pss_verifies_in_openssl_and_goes_by_its_salt(void **state)
{
	static const char *const paths[] = {KEYS "d_rsa2048.pem", KEYS "d_rsa3072.pem"};

	(void)state;
	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		EVP_PKEY *key = key_read(paths[i]);
		uint8_t one[SIGN_BYTES_MAX], two[SIGN_BYTES_MAX];
		uint8_t digest[SIGN_DIGEST_BYTES], salt[SIGN_SALT_BYTES] = {7};
		size_t bytes, again;

		digest_make(2, digest);
		assert_int_equal(sign_rsa_pss(key, digest, salt, one, &bytes), 0);
		assert_int_equal(bytes, (size_t)EVP_PKEY_get_size(key));
		assert_int_equal(verified(key, digest, one, bytes, RSA_PKCS1_PSS_PADDING), 1);
		assert_int_equal(sign_rsa_pss(key, digest, salt, two, &again), 0);
		assert_memory_equal(one, two, bytes);
		salt[31] ^= 1;
		assert_int_equal(sign_rsa_pss(key, digest, salt, two, &again), 0);
		assert_memory_not_equal(one, two, bytes);
		assert_int_equal(verified(key, digest, two, again, RSA_PKCS1_PSS_PADDING), 1);
		digest[0] ^= 1;
		assert_int_not_equal(verified(key, digest, two, again, RSA_PKCS1_PSS_PADDING), 1);
		EVP_PKEY_free(key);
	}
}

static void sign_ed25519_verifies_in_openssl(void **state)
{
	EVP_PKEY *key = key_read(KEYS "d_ed25519.pem");
	EVP_MD_CTX *context = EVP_MD_CTX_new();
	uint8_t digest[SIGN_DIGEST_BYTES], signature[SIGN_RAW_BYTES];

	(void)state;
	digest_make(2, digest);
	assert_int_equal(sign_ed25519(key, digest, signature), 0);
	assert_int_equal(EVP_DigestVerifyInit(context, NULL, NULL, NULL, key), 1);
	assert_int_equal(
		EVP_DigestVerify(context, signature, sizeof(signature), digest, sizeof(digest)), 1);
	EVP_MD_CTX_free(context);
	EVP_PKEY_free(key);
}

static void sign_refuses_a_key_of_another_kind(void **state)
{
	static const struct {
		const char *path;
		bool known;
		enum hal_algorithm algorithm;
	} rows[] = {
		{KEYS "d_ecdsap256.pem", true, HAL_ECDSA_P256},
		{KEYS "d_rsa2048.pem", true, HAL_RSA_2048},
		{KEYS "d_rsa3072.pem", true, HAL_RSA_3072},
		{KEYS "d_ed25519.pem", true, HAL_ED25519},
		{KEYS "d_ecdsap384.pem", false, HAL_ECDSA_P256},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		EVP_PKEY *key = key_read(rows[i].path);
		uint8_t digest[SIGN_DIGEST_BYTES] = {1}, signature[SIGN_BYTES_MAX];
		enum hal_algorithm algorithm = rows[i].algorithm;
		bool rsa =
			rows[i].known && (algorithm == HAL_RSA_2048 || algorithm == HAL_RSA_3072);
		size_t bytes;

		assert_int_equal(sign_algorithm(key, &algorithm), rows[i].known ? 0 : -1);
		assert_int_equal(algorithm, rows[i].algorithm);
		assert_int_equal(sign_ecdsa(key, digest, signature),
				 rows[i].known && algorithm == HAL_ECDSA_P256 ? 0 : -1);
		assert_int_equal(sign_rsa_pss(key, digest, digest, signature, &bytes),
				 rsa ? 0 : -1);
		assert_int_equal(sign_ed25519(key, digest, signature),
				 algorithm == HAL_ED25519 ? 0 : -1);
		EVP_PKEY_free(key);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sign_ecdsa_gives_the_signatures_of_rfc_6979),
		cmocka_unit_test(sign_ecdsa_reduces_a_digest_above_the_order),
		cmocka_unit_test(sign_ecdsa_verifies_in_openssl_and_repeats),
		cmocka_unit_test(sign_ecdsa_der_is_what_openssl_writes),
		cmocka_unit_test(sign_rsa_pss_verifies_in_openssl_and_goes_by_its_salt),
		cmocka_unit_test(sign_ed25519_verifies_in_openssl),
		cmocka_unit_test(sign_refuses_a_key_of_another_kind),
	};

	return cmocka_run_group_tests_name("sign", tests, NULL, NULL);
}
