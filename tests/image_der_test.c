/* The image check against ECDSA signatures that are right but not written as DER demands. */
#include "tests/image_fixture.h"

#include <openssl/bn.h>
#include <openssl/ecdsa.h>

struct integer {
	uint8_t bytes[80];
	uint32_t length;
};

/* DER of a number, with zeros more than it needs in front (-1: one fewer). */
static struct integer integer_of(const BIGNUM *number, int zeros)
{
	struct integer integer = {.bytes = {0x02}};
	uint8_t raw[64];
	int bytes = BN_bn2bin(number, raw);

	zeros += raw[0] >> 7;
	assert_true(bytes > 0 && zeros >= 0);
	integer.bytes[1] = (uint8_t)(bytes + zeros);
	memcpy(integer.bytes + 2 + zeros, raw, (size_t)bytes);
	integer.length = (uint32_t)(2 + bytes + zeros);
	return integer;
}

/* The image with r and s as given, each whole with its head, in a SEQUENCE. */
static int pair_verdict(struct fixture *f, const struct integer *r, const struct integer *s)
{
	uint8_t der[256] = {0x30, (uint8_t)(r->length + s->length)};

	memcpy(der + 2, r->bytes, r->length);
	memcpy(der + 2 + r->length, s->bytes, s->length);
	put_header(f);
	unprotected_begin(f);
	put_hash(f);
	put_key_hash(f, EC);
	put_tlv(f, 0x22, der, (uint16_t)(2 + r->length + s->length));
	area_end(f);
	return fixture_check(f);
}

static int der_verdict(struct fixture *f, const uint8_t *der, uint16_t bytes)
{
	put_header(f);
	unprotected_begin(f);
	put_hash(f);
	put_key_hash(f, EC);
	put_tlv(f, 0x22, der, bytes);
	area_end(f);
	return fixture_check(f);
}

/* A good signature whose r begins with a one bit, or with a zero bit: each is every second one. */
static ECDSA_SIG *sign_with_high_bit(struct fixture *f, int high)
{
	for (;;) {
		uint8_t der[SIGNATURE_MAX];
		const uint8_t *from = der;

		put_header(f);
		unprotected_begin(f);
		ECDSA_SIG *pair = d2i_ECDSA_SIG(NULL, &from, sign(f, EC, der));

		assert_non_null(pair);
		if (BN_is_bit_set(ECDSA_SIG_get0_r(pair), 255) == high)
			return pair;
		ECDSA_SIG_free(pair);
	}
}

static void image_der_in_its_one_form_is_accepted(void **state)
{
	struct fixture *f = *state;

	for (int high = 0; high <= 1; high++) {
		ECDSA_SIG *pair = sign_with_high_bit(f, high);
		struct integer r = integer_of(ECDSA_SIG_get0_r(pair), 0);
		struct integer s = integer_of(ECDSA_SIG_get0_s(pair), 0);

		assert_verdict(pair_verdict(f, &r, &s), FW_OK);
		assert_verdict(pair_verdict(f, &s, &r), FW_ERR_IMAGE_SIGNATURE);
		ECDSA_SIG_free(pair);
	}
}

static void image_der_high_s_is_accepted(void **state)
{
	struct fixture *f = *state;
	ECDSA_SIG *pair = sign_with_high_bit(f, 0);
	BIGNUM *order = NULL, *other = BN_new();

	/* The order of P-256, SP 800-186 section 3.2.1.3: if (r, s) is good, so is (r, n - s). */
	BN_hex2bn(&order, "FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551");
	BN_sub(other, order, ECDSA_SIG_get0_s(pair));
	struct integer r = integer_of(ECDSA_SIG_get0_r(pair), 0);
	struct integer s = integer_of(other, 0);

	assert_verdict(pair_verdict(f, &r, &s), FW_OK);
	/* A number of 32 bytes that is no member of the group: r + n, if it fits, names the same.
	 */
	s = integer_of(order, 0);
	assert_verdict(pair_verdict(f, &r, &s), FW_ERR_IMAGE_SIGNATURE);
	BN_free(order);
	BN_free(other);
	ECDSA_SIG_free(pair);
}

static void image_der_integer_in_another_form_is_rejected(void **state)
{
	struct fixture *f = *state;

	for (int high = 0; high <= 1; high++) {
		ECDSA_SIG *pair = sign_with_high_bit(f, high);
		const BIGNUM *r = ECDSA_SIG_get0_r(pair), *s = ECDSA_SIG_get0_s(pair);
		struct integer good_r = integer_of(r, 0), good_s = integer_of(s, 0);
		struct integer padded_r = integer_of(r, 1), padded_s = integer_of(s, 1);
		struct integer zero = {.bytes = {0x02, 0x01, 0x00}, .length = 3};
		struct integer empty = {.bytes = {0x02, 0x00}, .length = 2};
		struct integer other_tag = good_r;

		other_tag.bytes[0] = 0x03;
		assert_verdict(pair_verdict(f, &padded_r, &good_s), FW_ERR_IMAGE_SIGNATURE_FORM);
		assert_verdict(pair_verdict(f, &good_r, &padded_s), FW_ERR_IMAGE_SIGNATURE_FORM);
		assert_verdict(pair_verdict(f, &zero, &good_s), FW_ERR_IMAGE_SIGNATURE_FORM);
		assert_verdict(pair_verdict(f, &good_r, &zero), FW_ERR_IMAGE_SIGNATURE_FORM);
		assert_verdict(pair_verdict(f, &zero, &zero), FW_ERR_IMAGE_SIGNATURE_FORM);
		assert_verdict(pair_verdict(f, &empty, &good_s), FW_ERR_IMAGE_SIGNATURE_FORM);
		assert_verdict(pair_verdict(f, &good_r, &empty), FW_ERR_IMAGE_SIGNATURE_FORM);
		assert_verdict(pair_verdict(f, &other_tag, &good_s), FW_ERR_IMAGE_SIGNATURE_FORM);
		if (high == 1) {
			struct integer negative = integer_of(r, -1);

			assert_verdict(pair_verdict(f, &negative, &good_s),
				       FW_ERR_IMAGE_SIGNATURE_FORM);
		}
		ECDSA_SIG_free(pair);
	}
}

static void image_der_integer_longer_than_the_group_is_rejected(void **state)
{
	struct fixture *f = *state;
	ECDSA_SIG *pair = sign_with_high_bit(f, 0);
	BIGNUM *large = BN_dup(ECDSA_SIG_get0_r(pair));
	struct integer s = integer_of(ECDSA_SIG_get0_s(pair), 0);

	for (int bits = 256; bits <= 400; bits += 8) {
		BN_set_bit(large, bits);
		struct integer r = integer_of(large, 0);

		assert_verdict(pair_verdict(f, &r, &s), FW_ERR_IMAGE_SIGNATURE_FORM);
		assert_verdict(pair_verdict(f, &s, &r), FW_ERR_IMAGE_SIGNATURE_FORM);
	}
	BN_free(large);
	ECDSA_SIG_free(pair);
}

static void image_der_sequence_in_another_form_is_rejected(void **state)
{
	struct fixture *f = *state;
	uint8_t der[SIGNATURE_MAX], changed[SIGNATURE_MAX + 4];

	put_header(f);
	unprotected_begin(f);
	uint16_t bytes = sign(f, EC, der);
	assert_verdict(der_verdict(f, der, bytes), FW_OK);

	/* A byte behind the SEQUENCE, and one inside it. */
	memcpy(changed, der, bytes);
	changed[bytes] = 0;
	assert_verdict(der_verdict(f, changed, bytes + 1), FW_ERR_IMAGE_SIGNATURE_FORM);
	changed[1]++;
	assert_verdict(der_verdict(f, changed, bytes + 1), FW_ERR_IMAGE_SIGNATURE_FORM);

	/* The length in its long form, and without an end. */
	memcpy(changed + 3, der + 2, bytes - 2u);
	changed[1] = 0x81;
	changed[2] = (uint8_t)(bytes - 2);
	assert_verdict(der_verdict(f, changed, bytes + 1), FW_ERR_IMAGE_SIGNATURE_FORM);
	memcpy(changed + 2, der + 2, bytes - 2u);
	changed[1] = 0x80;
	changed[bytes] = changed[bytes + 1] = 0;
	assert_verdict(der_verdict(f, changed, bytes + 2), FW_ERR_IMAGE_SIGNATURE_FORM);

	memcpy(changed, der, bytes);
	changed[0] = 0x31;
	assert_verdict(der_verdict(f, changed, bytes), FW_ERR_IMAGE_SIGNATURE_FORM);
}

/* Whatever lengths say, nothing is read or written out of bounds: the sanitizers watch. */
static void image_der_with_any_length_changed_is_rejected(void **state)
{
	struct fixture *f = *state;
	uint8_t der[SIGNATURE_MAX];

	put_header(f);
	unprotected_begin(f);
	uint16_t bytes = sign(f, EC, der);
	uint32_t places[] = {1, 3, 4u + der[3] + 1u};

	for (size_t i = 0; i < sizeof(places) / sizeof(*places); i++) {
		uint8_t good = der[places[i]];

		for (uint32_t length = 0; length <= 0xff; length++) {
			der[places[i]] = (uint8_t)length;
			assert_verdict(der_verdict(f, der, bytes),
				       length == good ? FW_OK : FW_ERR_IMAGE_SIGNATURE_FORM);
		}
		der[places[i]] = good;
	}
	for (uint16_t cut = 0; cut < bytes; cut++)
		assert_verdict(der_verdict(f, der, cut), FW_ERR_IMAGE_SIGNATURE_FORM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(image_der_in_its_one_form_is_accepted),
		cmocka_unit_test(image_der_high_s_is_accepted),
		cmocka_unit_test(image_der_integer_in_another_form_is_rejected),
		cmocka_unit_test(image_der_integer_longer_than_the_group_is_rejected),
		cmocka_unit_test(image_der_sequence_in_another_form_is_rejected),
		cmocka_unit_test(image_der_with_any_length_changed_is_rejected),
	};

	return cmocka_run_group_tests_name("image_der", tests, fixture_open, fixture_close);
}
