/* The crypto unit: known answers, and that remembering a check never changes its answer. */
#include "tests/image_fixture.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>

/* FIPS 180-4's examples, and an empty message. */
static const struct {
	const char *message;
	const char *digest;
} crypto_known[] = {
	{"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
	{"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
	{"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
	 "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
};

static void crypto_digest_has_the_known_answers(void **state)
{
	struct fixture *f = *state;
	struct hal_digest digest;
	uint8_t value[HAL_DIGEST_BYTES];
	char hex[2 * HAL_DIGEST_BYTES + 1];

	for (size_t i = 0; i < sizeof(crypto_known) / sizeof(*crypto_known); i++) {
		const char *message = crypto_known[i].message;
		uint32_t bytes = (uint32_t)strlen(message);

		for (uint32_t first = 0; first <= bytes; first++) {
			assert_int_equal(f->hal.digest_start(&f->hal, &digest), FW_OK);
			assert_int_equal(f->hal.digest_add(&f->hal, &digest, message, first),
					 FW_OK);
			assert_int_equal(
				f->hal.digest_add(&f->hal, &digest, message + first, bytes - first),
				FW_OK);
			assert_int_equal(f->hal.digest_end(&f->hal, &digest, value), FW_OK);
			for (size_t k = 0; k < sizeof(value); k++)
				snprintf(hex + 2 * k, 3, "%02x", value[k]);
			assert_string_equal(hex, crypto_known[i].digest);
		}
	}
}

/* The signature as the border wants it: imgtool's DER as raw r || s. */
static uint32_t crypto_sign(struct fixture *f, uint32_t key, uint8_t signature[SIGNATURE_MAX])
{
	uint8_t der[SIGNATURE_MAX];
	const uint8_t *from = der;
	uint16_t bytes = sign(f, key, der);

	if (signature_type(key) != 0x22) {
		memcpy(signature, der, bytes);
		return bytes;
	}
	ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &from, bytes);

	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_r(pair), signature, 32), 32);
	assert_int_equal(BN_bn2binpad(ECDSA_SIG_get0_s(pair), signature + 32, 32), 32);
	ECDSA_SIG_free(pair);
	return 64;
}

static int crypto_check(struct fixture *f, uint32_t key, const uint8_t *signature, uint32_t bytes)
{
	return f->hal.signature_check(&f->hal, &f->keys[key], f->digest, signature, bytes);
}

static void crypto_forgery_is_refused(struct fixture *f, uint32_t key)
{
	uint8_t signature[SIGNATURE_MAX] = {0};
	uint32_t bytes = crypto_sign(f, key, signature);

	for (int again = 0; again < 2; again++) {
		assert_verdict(crypto_check(f, key, signature, bytes), FW_OK);
		for (uint32_t i = 0; i < bytes; i += 7) {
			signature[i] ^= 1;
			assert_verdict(crypto_check(f, key, signature, bytes),
				       FW_ERR_IMAGE_SIGNATURE);
			signature[i] ^= 1;
		}
		for (uint32_t i = 0; i < HAL_DIGEST_BYTES; i++) {
			f->digest[i] ^= 0x80;
			assert_verdict(crypto_check(f, key, signature, bytes),
				       FW_ERR_IMAGE_SIGNATURE);
			f->digest[i] ^= 0x80;
		}
		assert_verdict(crypto_check(f, key, signature, bytes - 1), FW_ERR_IMAGE_SIGNATURE);
		assert_verdict(crypto_check(f, key, signature, bytes + 1), FW_ERR_IMAGE_SIGNATURE);
		assert_verdict(crypto_check(f, key, signature, 0), FW_ERR_IMAGE_SIGNATURE);
		for (uint32_t other = 0; other < FIXTURE_KEYS; other++)
			assert_verdict(crypto_check(f, other, signature, bytes),
				       other == key ? FW_OK : FW_ERR_IMAGE_SIGNATURE);
	}
}

static void crypto_forgery_is_refused_without_a_memory(void **state)
{
	crypto_memory_clear();
	crypto_memory_enable(false);
	for (uint32_t key = 0; key < FIXTURE_KEYS; key++)
		crypto_forgery_is_refused(*state, key);
	crypto_memory_enable(true);
}

static void crypto_forgery_is_refused_though_a_good_one_is_remembered(void **state)
{
	crypto_memory_clear();
	for (uint32_t key = 0; key < FIXTURE_KEYS; key++)
		crypto_forgery_is_refused(*state, key);
}

/* The same key bytes under another algorithm are another key. */
static void crypto_key_of_another_algorithm_is_refused_though_remembered(void **state)
{
	struct fixture *f = *state;
	uint8_t signature[SIGNATURE_MAX];

	for (uint32_t key = 0; key < EC_OTHER; key++) {
		uint32_t bytes = crypto_sign(f, key, signature);
		struct hal_key other = f->keys[key];

		assert_verdict(crypto_check(f, key, signature, bytes), FW_OK);
		for (uint32_t i = 0; i < EC_OTHER; i++) {
			other.algorithm = f->keys[i].algorithm;
			assert_verdict(f->hal.signature_check(&f->hal, &other, f->digest, signature,
							      bytes),
				       i == key ? FW_OK : FW_ERR_IMAGE_SIGNATURE);
		}
		other = f->keys[key];
		other.der_bytes--;
		assert_verdict(f->hal.signature_check(&f->hal, &other, f->digest, signature, bytes),
			       FW_ERR_IMAGE_SIGNATURE);
	}
}

/* A key with a byte behind it has another hash, and is no key. */
static void crypto_key_with_a_trailing_byte_is_refused(void **state)
{
	struct fixture *f = *state;
	uint8_t signature[SIGNATURE_MAX], der[SIGNATURE_MAX] = {0};

	for (uint32_t key = 0; key < EC_OTHER; key++) {
		uint32_t bytes = crypto_sign(f, key, signature);
		struct hal_key longer = f->keys[key];

		memcpy(der, longer.der, longer.der_bytes);
		longer.der = der;
		longer.der_bytes++;
		assert_verdict(
			f->hal.signature_check(&f->hal, &longer, f->digest, signature, bytes),
			FW_ERR_IMAGE_SIGNATURE);
	}
}

/* More checks than the memory holds: what takes a place takes it whole. */
static void crypto_memory_that_overflows_forgets_but_never_errs(void **state)
{
	struct fixture *f = *state;
	uint8_t signature[SIGNATURE_MAX];
	uint8_t good[16][64], digests[16][HAL_DIGEST_BYTES];

	for (uint8_t i = 0; i < 16; i++) {
		f->digest[0] = i;
		memcpy(digests[i], f->digest, HAL_DIGEST_BYTES);
		crypto_sign(f, ED25519, good[i]);
	}
	for (uint32_t i = 0; i < 5000; i++) {
		uint32_t which = i % 16;
		int expected = i / 16 % 2 ? FW_ERR_IMAGE_SIGNATURE : FW_OK;

		memcpy(f->digest, digests[which], HAL_DIGEST_BYTES);
		memcpy(signature, good[which], 64);
		if (expected != FW_OK)
			bytes_put_le32(signature, i);
		assert_verdict(crypto_check(f, ED25519, signature, 64), expected);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(crypto_digest_has_the_known_answers),
		cmocka_unit_test(crypto_forgery_is_refused_without_a_memory),
		cmocka_unit_test(crypto_forgery_is_refused_though_a_good_one_is_remembered),
		cmocka_unit_test(crypto_key_of_another_algorithm_is_refused_though_remembered),
		cmocka_unit_test(crypto_key_with_a_trailing_byte_is_refused),
		cmocka_unit_test(crypto_memory_that_overflows_forgets_but_never_errs),
	};

	return cmocka_run_group_tests_name("crypto", tests, fixture_open, fixture_close);
}
