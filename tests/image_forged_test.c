/* The image check against images that no honest tool makes. */
#include "tests/image_fixture.h"

/* Header fields: signed after the change, so that only the check of the field itself can object. */
static int header_verdict(struct fixture *f, uint32_t offset, uint32_t value, uint32_t bytes)
{
	uint8_t le[4];

	put_header(f);
	bytes_put_le32(le, value);
	memcpy(f->image + offset, le, bytes);
	put_signed_by(f, ED25519);
	return fixture_check(f);
}

static void image_of_every_algorithm_is_accepted(void **state)
{
	struct fixture *f = *state;

	for (uint32_t key = 0; key < FIXTURE_KEYS; key++) {
		put_header(f);
		put_signed_by(f, key);
		assert_verdict(fixture_check(f), FW_OK);
		assert_int_equal(f->info.key, key);
		assert_int_equal(f->info.size_bytes, f->image_bytes);
		assert_false(f->info.has_security);
	}
}

static void image_header_out_of_bounds_is_rejected(void **state)
{
	struct fixture *f = *state;

	assert_verdict(header_verdict(f, 8, 0, 2), FW_ERR_IMAGE_HEADER);
	assert_verdict(header_verdict(f, 8, 31, 2), FW_ERR_IMAGE_HEADER);
	assert_verdict(header_verdict(f, 8, 32, 2), FW_OK);
	assert_verdict(header_verdict(f, 8, 0xffff, 2), FW_ERR_IMAGE_SIZE);
	for (uint32_t below = 1; below <= 300; below++)
		assert_verdict(header_verdict(f, 12, 0u - below, 4), FW_ERR_IMAGE_SIZE);
	/* One byte more than leaves room for an unprotected area. */
	assert_verdict(header_verdict(f, 12, f->image_bytes - 32 - 4 + 1, 4), FW_ERR_IMAGE_SIZE);
	assert_verdict(header_verdict(f, 12, 0x80000000u, 4), FW_ERR_IMAGE_SIZE);
}

static void image_of_another_magic_is_rejected(void **state)
{
	struct fixture *f = *state;

	assert_verdict(header_verdict(f, 0, 0x96f3b83du, 4), FW_OK);
	assert_verdict(header_verdict(f, 0, 0x96f3b83cu, 4), FW_ERR_IMAGE_MAGIC);
	assert_verdict(header_verdict(f, 0, 0x3db8f396u, 4), FW_ERR_IMAGE_MAGIC);
	assert_verdict(header_verdict(f, 0, 0, 4), FW_ERR_IMAGE_MAGIC);
}

static void image_flags_that_need_more_than_a_jump_are_rejected(void **state)
{
	struct fixture *f = *state;

	assert_verdict(header_verdict(f, 16, 0x4, 4), FW_ERR_IMAGE_FLAGS);
	assert_verdict(header_verdict(f, 16, 0x8, 4), FW_ERR_IMAGE_FLAGS);
	assert_verdict(header_verdict(f, 16, 0x200, 4), FW_ERR_IMAGE_FLAGS);
	assert_verdict(header_verdict(f, 16, 0x400, 4), FW_ERR_IMAGE_FLAGS);
	assert_verdict(header_verdict(f, 16, 0x800, 4), FW_ERR_IMAGE_FLAGS);
	assert_verdict(header_verdict(f, 16, 0x10, 4), FW_ERR_IMAGE_NOT_BOOTABLE);
	assert_verdict(header_verdict(f, 16, 0x80000121u, 4), FW_OK);
}

static void image_protected_area_of_another_size_is_rejected(void **state)
{
	struct fixture *f = *state;

	for (uint32_t claimed = 0; claimed <= 40; claimed++) {
		put_header(f);
		protected_begin(f);
		put_security(f, 1);
		protected_end(f);
		bytes_put_le16(f->image + 10, (uint16_t)claimed);
		put_signed_by(f, EC);
		assert_verdict(fixture_check(f), claimed == 12 ? FW_OK : FW_ERR_IMAGE_TLV);
	}
	/* The area says less than the header: its last entry would be hashed and not be seen. */
	for (uint16_t total = 0; total <= 40; total++) {
		put_header(f);
		protected_begin(f);
		put_security(f, 1);
		protected_end(f);
		bytes_put_le16(f->image + f->area + 2, total);
		put_signed_by(f, EC);
		assert_verdict(fixture_check(f), total == 12 ? FW_OK : FW_ERR_IMAGE_TLV);
	}
}

static void image_protected_entry_across_the_end_is_rejected(void **state)
{
	struct fixture *f = *state;
	uint16_t bytes[] = {5, 8, 0x7fff, 0xffff};

	for (size_t i = 0; i < sizeof(bytes) / sizeof(*bytes); i++) {
		put_header(f);
		protected_begin(f);
		put_security(f, 1);
		protected_end(f);
		bytes_put_le16(f->image + f->area + 6, bytes[i]);
		bytes_put_le16(f->image + f->area + 4, 0xa0a1); /* a type that nobody knows */
		put_signed_by(f, EC);
		assert_verdict(fixture_check(f), FW_ERR_IMAGE_TLV);
	}
}

static void image_areas_in_the_wrong_order_are_rejected(void **state)
{
	struct fixture *f = *state;

	area_begin(f, 0x6908); /* while the header says that there is none */
	area_end(f);
	put_signed_by(f, EC);
	assert_verdict(fixture_check(f), FW_ERR_IMAGE_TLV);

	put_header(f);
	area_begin(f, 0x6907);
	area_end(f);
	bytes_put_le16(f->image + 10, 4);
	put_signed_by(f, EC);
	assert_verdict(fixture_check(f), FW_ERR_IMAGE_TLV);

	put_header(f);
	protected_begin(f);
	protected_end(f);
	put_signed_by(f, EC);
	assert_verdict(fixture_check(f), FW_OK);
}

static void image_unprotected_entry_across_the_end_is_rejected(void **state)
{
	struct fixture *f = *state;

	put_signed_by(f, EC);
	bytes_put_le16(f->image + f->area + 6, 0xffff);
	assert_verdict(fixture_check(f), FW_ERR_IMAGE_TLV);

	/* The rest of the area is too short for an entry, or for its value. */
	for (uint16_t rest = 1; rest <= 5; rest++) {
		put_header(f);
		put_signed_by(f, EC);
		put(f, "\x02\x00\x03\x00\x00", rest);
		area_end(f);
		assert_verdict(fixture_check(f), FW_ERR_IMAGE_TLV);
	}

	for (uint16_t total = 0; total < 4; total++) {
		put_header(f);
		put_signed_by(f, EC);
		bytes_put_le16(f->image + f->area + 2, total);
		assert_verdict(fixture_check(f), FW_ERR_IMAGE_TLV);
	}

	put_header(f);
	put_signed_by(f, EC);
	bytes_put_le16(f->image + f->area + 2, (uint16_t)(f->image_bytes - f->area + 1));
	assert_verdict(fixture_check(f), FW_ERR_IMAGE_SIZE);
}

static void image_type_with_a_high_byte_is_another_type(void **state)
{
	struct fixture *f = *state;

	unprotected_begin(f);
	put_tlv(f, 0x0110, f->digest, sizeof(f->digest));
	put_key_hash(f, EC);
	put_signature(f, EC);
	area_end(f);
	assert_verdict(fixture_check(f), FW_ERR_IMAGE_TLV_UNKNOWN);

	put_header(f);
	protected_begin(f);
	put_tlv(f, 0x0150, "\x01\x00\x00\x00", 4);
	protected_end(f);
	put_signed_by(f, EC);
	assert_verdict(fixture_check(f), FW_OK);
	assert_false(f->info.has_security);
}

static void image_every_hash_must_be_right(void **state)
{
	struct fixture *f = *state;
	uint8_t wrong[HAL_DIGEST_BYTES];

	for (uint32_t which = 0; which < 3; which++) {
		put_header(f);
		unprotected_begin(f);
		memcpy(wrong, f->digest, sizeof(wrong));
		wrong[31] ^= 1;
		put_tlv(f, 0x10, which == 1 ? wrong : f->digest, sizeof(wrong));
		put_key_hash(f, EC);
		put_signature(f, EC);
		put_tlv(f, 0x10, which == 2 ? wrong : f->digest, sizeof(wrong));
		area_end(f);
		assert_verdict(fixture_check(f), which == 0 ? FW_OK : FW_ERR_IMAGE_HASH);
	}
}

static void image_without_a_whole_hash_is_rejected(void **state)
{
	struct fixture *f = *state;

	unprotected_begin(f);
	put_key_hash(f, EC);
	put_signature(f, EC);
	area_end(f);
	assert_verdict(fixture_check(f), FW_ERR_IMAGE_HASH_MISSING);

	for (uint16_t bytes = 0; bytes < HAL_DIGEST_BYTES; bytes++) {
		put_header(f);
		unprotected_begin(f);
		put_tlv(f, 0x10, f->digest, bytes);
		put_key_hash(f, EC);
		put_signature(f, EC);
		area_end(f);
		assert_verdict(fixture_check(f), FW_ERR_IMAGE_TLV);
	}
}

static void image_hash_in_the_protected_area_is_rejected(void **state)
{
	struct fixture *f = *state;

	protected_begin(f);
	put_tlv(f, 0x10, f->digest, sizeof(f->digest));
	protected_end(f);
	put_signed_by(f, EC);
	assert_verdict(fixture_check(f), FW_ERR_IMAGE_TLV_UNKNOWN);
}

static void image_key_hash_in_the_protected_area_names_the_key_of_what_follows(void **state)
{
	struct fixture *f = *state;

	protected_begin(f);
	put_key_hash(f, EC);
	protected_end(f);
	unprotected_begin(f);
	put_hash(f);
	put_signature(f, EC);
	area_end(f);
	assert_verdict(fixture_check(f), FW_OK);

	/* A signature there covers itself, which nobody can make. */
	put_header(f);
	protected_begin(f);
	put_key_hash(f, EC);
	put_signature(f, EC);
	protected_end(f);
	unprotected_begin(f);
	put_hash(f);
	area_end(f);
	assert_verdict(fixture_check(f), FW_ERR_IMAGE_SIGNATURE);
}

/* As in MCUboot: the key that it names must still have signed. */
static void image_key_hash_is_compared_over_its_own_length(void **state)
{
	struct fixture *f = *state;
	uint8_t hash[40] = {0};

	key_hash(f, EC, hash);
	for (uint16_t bytes = 0; bytes <= sizeof(hash); bytes++) {
		put_header(f);
		unprotected_begin(f);
		put_hash(f);
		put_tlv(f, 0x01, hash, bytes);
		put_signature(f, EC);
		area_end(f);
		assert_verdict(fixture_check(f), bytes <= 32 ? FW_OK : FW_ERR_IMAGE_TLV);
	}
}

static void image_signature_without_a_key_hash_of_its_own_is_of_no_known_key(void **state)
{
	struct fixture *f = *state;

	unprotected_begin(f);
	put_hash(f);
	put_signature(f, EC);
	put_key_hash(f, EC);
	area_end(f);
	assert_verdict(fixture_check(f), FW_ERR_IMAGE_KEY);

	/* The first signature has used up the KEYHASH: the second, a wrong one, is of no key. */
	put_header(f);
	unprotected_begin(f);
	put_hash(f);
	put_key_hash(f, EC);
	put_signature(f, EC);
	put_signature(f, EC_OTHER);
	area_end(f);
	assert_verdict(fixture_check(f), FW_OK);
	assert_int_equal(f->info.key, EC);
}

static void image_key_hash_of_another_key_is_rejected(void **state)
{
	struct fixture *f = *state;

	unprotected_begin(f);
	put_hash(f);
	put_key_hash(f, EC_OTHER);
	put_signature(f, EC);
	area_end(f);
	assert_verdict(fixture_check(f), FW_ERR_IMAGE_SIGNATURE);

	/* The later KEYHASH is the one that counts. */
	put_header(f);
	unprotected_begin(f);
	put_hash(f);
	put_key_hash(f, EC_OTHER);
	put_key_hash(f, EC);
	put_signature(f, EC);
	area_end(f);
	assert_verdict(fixture_check(f), FW_OK);
}

static void image_with_several_signatures_is_what_the_last_one_is(void **state)
{
	struct fixture *f = *state;

	for (uint32_t bad = 0; bad < 3; bad++) {
		put_header(f);
		unprotected_begin(f);
		put_hash(f);
		put_key_hash(f, EC);
		put_signature(f, bad == 1 ? EC_OTHER : EC);
		put_key_hash(f, EC_OTHER);
		put_signature(f, bad == 2 ? EC : EC_OTHER);
		area_end(f);
		assert_verdict(fixture_check(f), bad < 2 ? FW_OK : FW_ERR_IMAGE_SIGNATURE);
	}
}

static void image_signature_of_another_kind_than_its_key_is_rejected(void **state)
{
	struct fixture *f = *state;
	uint8_t signature[SIGNATURE_MAX];

	for (uint32_t key = 0; key < FIXTURE_KEYS; key++) {
		for (uint32_t kind = 0; kind < EC_OTHER; kind++) {
			bool right = signature_type(kind) == signature_type(key);

			put_header(f);
			unprotected_begin(f);
			put_hash(f);
			put_key_hash(f, key);
			uint16_t bytes = sign(f, key, signature);
			put_tlv(f, signature_type(kind), signature, bytes);
			area_end(f);
			assert_verdict(fixture_check(f),
				       right ? FW_OK : FW_ERR_IMAGE_SIGNATURE_FORM);
		}
	}
}

static void image_signature_of_another_length_is_rejected(void **state)
{
	struct fixture *f = *state;
	uint8_t signature[SIGNATURE_MAX] = {0};

	for (uint32_t key = 0; key < EC_OTHER; key++) {
		for (int more = -2; more <= 2; more++) {
			put_header(f);
			unprotected_begin(f);
			put_hash(f);
			put_key_hash(f, key);
			uint16_t bytes = sign(f, key, signature);
			put_tlv(f, signature_type(key), signature, (uint16_t)(bytes + more));
			area_end(f);
			assert_verdict(fixture_check(f),
				       more == 0 ? FW_OK : FW_ERR_IMAGE_SIGNATURE_FORM);
		}
	}
}

static void image_signature_longer_than_any_is_rejected(void **state)
{
	struct fixture *f = *state;
	uint8_t signature[4000] = {0x30, 0x82};

	for (uint16_t bytes = 384; bytes <= sizeof(signature); bytes += 113) {
		put_header(f);
		unprotected_begin(f);
		put_hash(f);
		put_key_hash(f, EC);
		put_tlv(f, 0x22, signature, bytes);
		area_end(f);
		assert_verdict(fixture_check(f), FW_ERR_IMAGE_SIGNATURE_FORM);
	}
}

static void image_rsa_salt_of_another_length_is_rejected(void **state)
{
	struct fixture *f = *state;
	uint8_t signature[SIGNATURE_MAX];
	int salts[] = {0, 20, 31, 32, 33};

	for (size_t i = 0; i < sizeof(salts) / sizeof(*salts); i++) {
		for (uint32_t key = RSA2048; key <= RSA3072; key++) {
			put_header(f);
			unprotected_begin(f);
			put_hash(f);
			put_key_hash(f, key);
			uint16_t bytes = sign_salted(f, key, salts[i], signature);
			put_tlv(f, signature_type(key), signature, bytes);
			area_end(f);
			assert_verdict(fixture_check(f),
				       salts[i] == 32 ? FW_OK : FW_ERR_IMAGE_SIGNATURE);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(image_of_every_algorithm_is_accepted, fixture_reset),
		cmocka_unit_test_setup(image_header_out_of_bounds_is_rejected, fixture_reset),
		cmocka_unit_test_setup(image_flags_that_need_more_than_a_jump_are_rejected,
				       fixture_reset),
		cmocka_unit_test_setup(image_protected_area_of_another_size_is_rejected,
				       fixture_reset),
		cmocka_unit_test_setup(image_protected_entry_across_the_end_is_rejected,
				       fixture_reset),
		cmocka_unit_test_setup(image_areas_in_the_wrong_order_are_rejected, fixture_reset),
		cmocka_unit_test_setup(image_unprotected_entry_across_the_end_is_rejected,
				       fixture_reset),
		cmocka_unit_test_setup(image_type_with_a_high_byte_is_another_type, fixture_reset),
		cmocka_unit_test_setup(image_every_hash_must_be_right, fixture_reset),
		cmocka_unit_test_setup(image_without_a_whole_hash_is_rejected, fixture_reset),
		cmocka_unit_test_setup(image_hash_in_the_protected_area_is_rejected, fixture_reset),
		cmocka_unit_test_setup(
			image_key_hash_in_the_protected_area_names_the_key_of_what_follows,
			fixture_reset),
		cmocka_unit_test_setup(image_key_hash_is_compared_over_its_own_length,
				       fixture_reset),
		cmocka_unit_test_setup(
			image_signature_without_a_key_hash_of_its_own_is_of_no_known_key,
			fixture_reset),
		cmocka_unit_test_setup(image_key_hash_of_another_key_is_rejected, fixture_reset),
		cmocka_unit_test_setup(image_with_several_signatures_is_what_the_last_one_is,
				       fixture_reset),
		cmocka_unit_test_setup(image_signature_of_another_kind_than_its_key_is_rejected,
				       fixture_reset),
		cmocka_unit_test_setup(image_signature_of_another_length_is_rejected,
				       fixture_reset),
		cmocka_unit_test_setup(image_of_another_magic_is_rejected, fixture_reset),
		cmocka_unit_test_setup(image_signature_longer_than_any_is_rejected, fixture_reset),
		cmocka_unit_test_setup(image_rsa_salt_of_another_length_is_rejected, fixture_reset),
	};

	return cmocka_run_group_tests_name("image_forged", tests, fixture_open, fixture_close);
}
