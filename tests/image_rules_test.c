/* The image check against this device's rules: security version, keys revoked, class. */
#include "tests/image_fixture.h"

static const uint8_t vendor[16] = {1, 2, 3}, class[16] = {4, 5, 6};

static void put_revoked_key(struct fixture *f, uint32_t key)
{
	uint8_t hash[HAL_DIGEST_BYTES];

	key_hash(f, key, hash);
	put_tlv(f, IMAGE_TLV_REVOKE, hash, sizeof(hash));
}

static void image_security_version_is_held_against_floor_and_limit(void **state)
{
	struct fixture *f = *state;

	protected_begin(f);
	put_security(f, 7);
	protected_end(f);
	put_signed_by(f, EC);
	f->rules = (struct image_rules){
		.security_required = true, .security_floor = 7, .security_limit = 7};
	assert_verdict(fixture_check(f), FW_OK);
	assert_true(f->info.has_security);
	assert_int_equal(f->info.security, 7);
	f->rules.security_floor = 8;
	assert_verdict(fixture_check(f), FW_ERR_IMAGE_SECURITY);
	f->rules.security_floor = 0;
	f->rules.security_limit = 6;
	assert_verdict(fixture_check(f), FW_ERR_IMAGE_SECURITY_HIGH);
	f->rules.security_required = false;
	assert_verdict(fixture_check(f), FW_OK);

	put_header(f);
	put_signed_by(f, EC);
	f->rules = (struct image_rules){.security_required = true, .security_limit = UINT32_MAX};
	assert_verdict(fixture_check(f), FW_ERR_IMAGE_SECURITY_MISSING);
}

static void image_security_version_outside_the_hash_is_rejected(void **state)
{
	struct fixture *f = *state;

	unprotected_begin(f);
	put_hash(f);
	put_security(f, 9);
	put_key_hash(f, EC);
	put_signature(f, EC);
	area_end(f);
	assert_verdict(fixture_check(f), FW_ERR_IMAGE_TLV_UNKNOWN);
}

static void image_security_version_must_be_one_of_four_bytes(void **state)
{
	struct fixture *f = *state;

	for (uint16_t bytes = 0; bytes <= 8; bytes++) {
		put_header(f);
		protected_begin(f);
		put_tlv(f, 0x50, "\x01\x00\x00\x00\x00\x00\x00\x00", bytes);
		protected_end(f);
		put_signed_by(f, EC);
		assert_verdict(fixture_check(f), bytes == 4 ? FW_OK : FW_ERR_IMAGE_TLV);
	}
	for (uint32_t second = 1; second <= 3; second++) {
		put_header(f);
		protected_begin(f);
		put_security(f, 2);
		put_security(f, second);
		protected_end(f);
		put_signed_by(f, EC);
		assert_verdict(fixture_check(f), second == 2 ? FW_OK : FW_ERR_IMAGE_TLV);
	}
}

static void image_of_a_revoked_key_is_rejected(void **state)
{
	struct fixture *f = *state;

	put_signed_by(f, EC_OTHER);
	f->rules.revoked = ~(1u << EC_OTHER);
	assert_verdict(fixture_check(f), FW_OK);
	f->rules.revoked = 1u << EC_OTHER;
	assert_verdict(fixture_check(f), FW_ERR_IMAGE_KEY_REVOKED);

	/* The other key's good signature stands, before it and behind it, until it is revoked too.
	 */
	for (uint32_t first = EC; first <= EC_OTHER; first += EC_OTHER - EC) {
		put_header(f);
		unprotected_begin(f);
		put_hash(f);
		put_key_hash(f, first);
		put_signature(f, first);
		put_key_hash(f, EC + EC_OTHER - first);
		put_signature(f, EC + EC_OTHER - first);
		area_end(f);
		f->rules.revoked = 1u << EC_OTHER;
		assert_verdict(fixture_check(f), FW_OK);
		assert_int_equal(f->info.key, EC);
		f->rules.revoked |= 1u << EC;
		assert_verdict(fixture_check(f), FW_ERR_IMAGE_KEY_REVOKED);
	}
}

static void image_names_the_keys_that_it_revokes(void **state)
{
	struct fixture *f = *state;
	uint8_t hash[HAL_DIGEST_BYTES] = {0};

	for (uint32_t first = EC; first <= EC_OTHER; first += EC_OTHER - EC) {
		put_header(f);
		protected_begin(f);
		put_revoked_key(f, EC);
		put_tlv(f, IMAGE_TLV_REVOKE, hash, sizeof(hash)); /* of no key of this board */
		put_revoked_key(f, ED25519);
		protected_end(f);
		unprotected_begin(f);
		put_hash(f);
		put_key_hash(f, first);
		put_signature(f, first);
		put_key_hash(f, EC + EC_OTHER - first);
		put_signature(f, EC + EC_OTHER - first);
		area_end(f);
		assert_verdict(fixture_check(f), FW_OK);
		assert_int_equal(f->info.revokes, 1u << EC | 1u << ED25519);
		/* Of its two keys the one that will stand. */
		assert_int_equal(f->info.key, EC_OTHER);
	}

	for (uint16_t bytes = 0; bytes < sizeof(hash); bytes++) {
		put_header(f);
		protected_begin(f);
		put_tlv(f, IMAGE_TLV_REVOKE, hash, bytes);
		protected_end(f);
		put_signed_by(f, EC);
		assert_verdict(fixture_check(f), FW_ERR_IMAGE_TLV);
	}
}

/* Both ids of the image, NULL to leave one out, against a device of vendor and class. */
static int class_verdict(struct fixture *f, const uint8_t *vid, const uint8_t *cid)
{
	put_header(f);
	protected_begin(f);
	if (vid)
		put_tlv(f, 0x74, vid, 16);
	if (cid)
		put_tlv(f, 0x75, cid, 16);
	protected_end(f);
	put_signed_by(f, EC);
	return fixture_check(f);
}

static void image_of_another_class_is_rejected(void **state)
{
	struct fixture *f = *state;

	assert_verdict(class_verdict(f, class, vendor), FW_OK);
	f->rules.vendor_id = vendor;
	f->rules.class_id = class;
	assert_verdict(class_verdict(f, vendor, class), FW_OK);
	assert_verdict(class_verdict(f, class, class), FW_ERR_IMAGE_CLASS);
	assert_verdict(class_verdict(f, vendor, vendor), FW_ERR_IMAGE_CLASS);
	assert_verdict(class_verdict(f, NULL, class), FW_ERR_IMAGE_CLASS);
	assert_verdict(class_verdict(f, vendor, NULL), FW_ERR_IMAGE_CLASS);

	put_header(f);
	protected_begin(f);
	put_tlv(f, 0x74, vendor, 16);
	put_tlv(f, 0x75, class, 15);
	protected_end(f);
	put_signed_by(f, EC);
	assert_verdict(fixture_check(f), FW_ERR_IMAGE_TLV);

	/* Each of several must be right. */
	put_header(f);
	protected_begin(f);
	put_tlv(f, 0x74, vendor, 16);
	put_tlv(f, 0x75, vendor, 16);
	put_tlv(f, 0x75, class, 16);
	protected_end(f);
	put_signed_by(f, EC);
	assert_verdict(fixture_check(f), FW_ERR_IMAGE_CLASS);
}

static void image_first_reason_is_the_one_named(void **state)
{
	struct fixture *f = *state;

	/* Everything wrong at once, then mended from the front. */
	f->rules = (struct image_rules){.security_required = true,
					.security_floor = 2,
					.security_limit = 2,
					.vendor_id = vendor,
					.revoked = 1u << EC};
	protected_begin(f);
	put_security(f, 1);
	protected_end(f);
	unprotected_begin(f);
	put_tlv(f, 0x10, vendor, 16);
	put_key_hash(f, EC);
	put_signature(f, EC_OTHER);
	area_end(f);
	f->image[40] ^= 1;
	assert_verdict(fixture_check(f), FW_ERR_IMAGE_TLV);

	put_header(f);
	protected_begin(f);
	put_security(f, 1);
	protected_end(f);
	unprotected_begin(f);
	put_key_hash(f, EC);
	put_signature(f, EC_OTHER);
	put_hash(f);
	area_end(f);
	f->image[40] ^= 1;
	assert_verdict(fixture_check(f), FW_ERR_IMAGE_HASH);
	f->image[40] ^= 1;
	assert_verdict(fixture_check(f), FW_ERR_IMAGE_KEY_REVOKED);
	f->rules.revoked = 0;
	assert_verdict(fixture_check(f), FW_ERR_IMAGE_SIGNATURE);

	put_header(f);
	protected_begin(f);
	put_security(f, 1);
	protected_end(f);
	put_signed_by(f, EC);
	assert_verdict(fixture_check(f), FW_ERR_IMAGE_SECURITY);
	f->rules.security_floor = 1;
	assert_verdict(fixture_check(f), FW_ERR_IMAGE_CLASS);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(image_security_version_is_held_against_floor_and_limit,
				       fixture_reset),
		cmocka_unit_test_setup(image_security_version_outside_the_hash_is_rejected,
				       fixture_reset),
		cmocka_unit_test_setup(image_security_version_must_be_one_of_four_bytes,
				       fixture_reset),
		cmocka_unit_test_setup(image_of_a_revoked_key_is_rejected, fixture_reset),
		cmocka_unit_test_setup(image_names_the_keys_that_it_revokes, fixture_reset),
		cmocka_unit_test_setup(image_of_another_class_is_rejected, fixture_reset),
		cmocka_unit_test_setup(image_first_reason_is_the_one_named, fixture_reset),
	};

	return cmocka_run_group_tests_name("image_rules", tests, fixture_open, fixture_close);
}
