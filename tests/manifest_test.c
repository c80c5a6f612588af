/*
 * The envelope: what is authentic is accepted and says what its maker meant; whatever was changed,
 * cut short, forged or signed by the wrong key is refused.
 */
#include "tests/manifest_fixture.h"

#define SLOTS 2u

static const char *const example_names[] = {"example0", "example1", "example3"};

static void example_read(const char *name, const char *kind, struct cook *cook)
{
	char path[128];

	snprintf(path, sizeof(path), FIXTURE_SUIT "%s.%s.hex", name, kind);
	fixture_read(path, cook);
}

static const uint8_t digest_1[32] = {
	0x00, 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88, 0x99, 0xaa,
	0xbb, 0xcc, 0xdd, 0xee, 0xff, 0x01, 0x23, 0x45, 0x67, 0x89, 0xab,
	0xcd, 0xef, 0xfe, 0xdc, 0xba, 0x98, 0x76, 0x54, 0x32, 0x10,
};
static const uint8_t digest_2[32] = {
	0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0xfe, 0xdc, 0xba,
	0x98, 0x76, 0x54, 0x32, 0x10, 0x00, 0x11, 0x22, 0x33, 0x44, 0x55,
	0x66, 0x77, 0x88, 0x99, 0xaa, 0xbb, 0xcc, 0xdd, 0xee, 0xff,
};

static void manifest_examples_say_what_the_draft_prints(void **state)
{
	static const struct {
		const char *name;
		uint32_t slot;
		uint64_t sequence;
		const uint8_t *digest;
		uint32_t size_bytes;
		const char *uri; /* NULL: installs nothing */
		bool invokes;
	} rows[] = {
		{"example0", 0, 0, digest_1, 34768, NULL, true},
		{"example0", 1, 0, digest_1, 34768, NULL, true},
		{"example1", 0, 1, digest_1, 34768, "http://example.com/file.bin", false},
		{"example3", 0, 3, digest_1, 34768, "http://example.com/file1.bin", false},
		{"example3", 1, 3, digest_2, 76834, "http://example.com/file2.bin", false},
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct manifest_device device = {fixture_vendor, fixture_class, rows[i].slot};
		struct manifest manifest;
		struct manifest_update update;
		struct cook cook = {.at = 0};

		example_read(rows[i].name, "signed", &cook);
		fixture_expect(
			manifest_open(&fixture->hal, cook.data, (uint32_t)cook.at, 0, &manifest),
			FW_OK, rows[i].name);
		assert_int_equal(manifest.sequence, rows[i].sequence);
		assert_int_equal(manifest.key, FIXTURE_DRAFT);
		fixture_expect(manifest_evaluate(&manifest, &device, &update), FW_OK, rows[i].name);
		assert_true(update.has_digest && update.has_size);
		assert_memory_equal(update.digest, rows[i].digest, 32);
		assert_int_equal(update.size_bytes, rows[i].size_bytes);
		assert_false(update.has_security || update.has_version);
		assert_int_equal(update.invokes, rows[i].invokes);
		assert_int_equal(update.installs, rows[i].uri != NULL);
		assert_int_equal(update.has_uri, rows[i].uri != NULL);
		if (rows[i].uri) {
			assert_int_equal(update.uri_bytes, strlen(rows[i].uri));
			assert_memory_equal(update.uri, rows[i].uri, update.uri_bytes);
		}
	}
}

static void manifest_examples_without_signature_are_refused(void **state)
{
	for (size_t i = 0; i < sizeof(example_names) / sizeof(example_names[0]); i++) {
		struct cook cook = {.at = 0};

		example_read(example_names[i], "unsigned", &cook);
		fixture_expect(fixture_open(*state, cook.data, cook.at, 0),
			       FW_ERR_MANIFEST_UNSIGNED, example_names[i]);
	}
}

/* Every bit of the whole file: heads and lengths as well as what is authenticated. */
static void manifest_with_any_bit_flipped_is_refused(void **state)
{
	for (size_t i = 0; i < sizeof(example_names) / sizeof(example_names[0]); i++) {
		struct cook cook = {.at = 0};

		example_read(example_names[i], "signed", &cook);
		for (size_t bit = 0; bit < 8 * cook.at; bit++) {
			cook.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
			if (fixture_open(*state, cook.data, cook.at, 0) == FW_OK)
				fail_msg("%s: accepted with byte %zu bit %zu flipped",
					 example_names[i], bit / 8, bit % 8);
			cook.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		fixture_expect(fixture_open(*state, cook.data, cook.at, 0), FW_OK,
			       example_names[i]);
	}
}

static void manifest_flips_are_refused_for_their_own_reason(void **state)
{
	/* Offsets in example 3: see its bytes. The last is in the try-each's second digest. */
	static const struct {
		size_t offset;
		int expected;
	} rows[] = {
		{0, FW_ERR_MANIFEST_CBOR},	  /* the envelope's tag */
		{13, FW_ERR_MANIFEST_DIGEST},	  /* a byte of the digest */
		{52, FW_ERR_MANIFEST_ALGORITHM},  /* the protected header's -7 */
		{57, FW_ERR_MANIFEST_SIGNATURE},  /* the first byte of r */
		{120, FW_ERR_MANIFEST_SIGNATURE}, /* the last byte of s */
		{200, FW_ERR_MANIFEST_DIGEST},
	};
	struct cook cook = {.at = 0};

	example_read("example3", "signed", &cook);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		char what[32];

		snprintf(what, sizeof(what), "flip at byte %zu", rows[i].offset);
		cook.data[rows[i].offset] ^= 1u;
		fixture_expect(fixture_open(*state, cook.data, cook.at, 0), rows[i].expected, what);
		cook.data[rows[i].offset] ^= 1u;
	}
}

static void manifest_cut_short_or_long_is_refused(void **state)
{
	for (size_t i = 0; i < sizeof(example_names) / sizeof(example_names[0]); i++) {
		struct cook cook = {.at = 0};

		example_read(example_names[i], "signed", &cook);
		for (size_t bytes = 0; bytes < cook.at; bytes++)
			fixture_expect(fixture_open(*state, cook.data, bytes, 0),
				       FW_ERR_MANIFEST_CBOR, example_names[i]);
		cook_hex(&cook, "00");
		fixture_expect(fixture_open(*state, cook.data, cook.at, 0), FW_ERR_MANIFEST_CBOR,
			       "a byte after the envelope");
	}
}

static void manifest_too_large_is_refused_before_it_is_read(void **state)
{
	struct cook cook = {.at = 0};

	example_read("example3", "signed", &cook);
	memset(cook.data + cook.at, 0, sizeof(cook.data) - cook.at);
	fixture_expect(fixture_open(*state, cook.data, MANIFEST_BYTES_MAX + 1, 0),
		       FW_ERR_MANIFEST_SIZE, "one byte too many");
	fixture_expect(fixture_open(*state, cook.data, MANIFEST_BYTES_MAX, 0), FW_ERR_MANIFEST_CBOR,
		       "as many as fit");
}

static struct suit_plan plan_of(const struct fixture *fixture)
{
	return (struct suit_plan){
		.sequence = 0x123456789aull,
		.vendor_id = fixture_vendor,
		.class_id = fixture_class,
		.digest = digest_2,
		.size_bytes = 70001,
		.security = 5,
		.version = {1, 2, 0x304, 0x5060708},
		.uri = "http://example.com/update.bin",
		.key = fixture->draft,
	};
}

static void plan_build(const struct suit_plan *plan, struct cook *cook)
{
	assert_int_equal(suit_build(plan, cook->data, sizeof(cook->data), &cook->at), 0);
}

static void manifest_of_the_maker_says_what_was_planned(void **state)
{
	struct fixture *fixture = *state;
	struct suit_plan plan = plan_of(fixture);
	struct manifest manifest;
	struct cook cook = {.at = 0};

	plan_build(&plan, &cook);
	assert_int_equal(manifest_open(&fixture->hal, cook.data, (uint32_t)cook.at, 0, &manifest),
			 FW_OK);
	assert_true(manifest.sequence == plan.sequence);
	for (uint32_t slot = 0; slot < SLOTS; slot++) {
		struct manifest_update update;

		assert_int_equal(fixture_judge(fixture, &cook, slot, &update), FW_OK);
		assert_true(update.has_digest && update.has_size && update.has_uri &&
			    update.has_security && update.has_version);
		assert_true(update.installs && update.invokes);
		assert_memory_equal(update.digest, plan.digest, 32);
		assert_int_equal(update.size_bytes, plan.size_bytes);
		assert_int_equal(update.security, plan.security);
		assert_memory_equal(&update.version, &plan.version, sizeof(plan.version));
		assert_int_equal(update.uri_bytes, strlen(plan.uri));
		assert_memory_equal(update.uri, plan.uri, update.uri_bytes);
	}
}

static void manifest_of_the_maker_is_the_same_bytes_twice(void **state)
{
	struct suit_plan plan = plan_of(*state);
	struct cook one = {.at = 0}, two = {.at = 0};

	plan_build(&plan, &one);
	plan_build(&plan, &two);
	assert_int_equal(one.at, two.at);
	assert_memory_equal(one.data, two.data, one.at);
	plan.sequence++;
	plan_build(&plan, &two);
	assert_memory_not_equal(one.data, two.data, one.at);
	assert_int_equal(suit_build(&plan, two.data, one.at - 1, &two.at), -1);
}

static void manifest_is_for_its_vendor_class_and_slots_only(void **state)
{
	struct fixture *fixture = *state;
	struct suit_plan plan = plan_of(fixture);
	struct manifest_update update;
	struct cook cook = {.at = 0};

	plan.vendor_id = fixture_class;
	plan_build(&plan, &cook);
	fixture_expect(fixture_judge(fixture, &cook, 0, &update), FW_ERR_MANIFEST_VENDOR, "vendor");
	plan = plan_of(fixture);
	plan.class_id = fixture_vendor;
	plan_build(&plan, &cook);
	fixture_expect(fixture_judge(fixture, &cook, 0, &update), FW_ERR_MANIFEST_CLASS, "class");
	plan = plan_of(fixture);
	plan_build(&plan, &cook);
	fixture_expect(fixture_judge(fixture, &cook, SLOTS, &update), FW_ERR_MANIFEST_SLOT, "slot");
}

static void manifest_of_a_revoked_or_unknown_key_is_refused(void **state)
{
	struct fixture *fixture = *state;
	struct suit_plan plan = plan_of(fixture);
	struct cook cook = {.at = 0};

	plan_build(&plan, &cook);
	fixture_expect(fixture_open(fixture, cook.data, cook.at, 1u << FIXTURE_DRAFT),
		       FW_ERR_MANIFEST_SIGNATURE, "revoked");
	fixture_expect(fixture_open(fixture, cook.data, cook.at, ~(1u << FIXTURE_DRAFT)), FW_OK,
		       "every other key revoked");
	plan.key = fixture->other;
	plan_build(&plan, &cook);
	fixture_expect(fixture_open(fixture, cook.data, cook.at, 1u << FIXTURE_DRAFT), FW_OK,
		       "the second key");
	plan.key = fixture->stranger;
	plan_build(&plan, &cook);
	fixture_expect(fixture_open(fixture, cook.data, cook.at, 0), FW_ERR_MANIFEST_SIGNATURE,
		       "a key that the device does not hold");
}

static int accepting_signature_check(struct hal *hal, const struct hal_key *key,
				     const uint8_t *digest, const uint8_t *signature,
				     uint32_t signature_bytes)
{
	(void)hal;
	(void)key;
	(void)digest;
	(void)signature;
	return signature_bytes == 64 ? FW_OK : FW_ERR_IMAGE_SIGNATURE;
}

/* Ed25519 signatures have 64 bytes too: only the key's kind keeps one from passing for ES256. */
static void manifest_signature_is_tried_with_p256_keys_only(void **state)
{
	struct fixture lenient = *(struct fixture *)*state;
	struct cook cook = {.at = 0};

	example_read("example1", "signed", &cook);
	lenient.hal.board = &lenient.board;
	lenient.board.keys = lenient.keys;
	lenient.hal.signature_check = accepting_signature_check;
	for (enum hal_algorithm kind = HAL_ECDSA_P256; kind <= HAL_ED25519; kind++) {
		for (size_t i = 0; i < FIXTURE_KEYS_COUNT; i++)
			lenient.keys[i].algorithm = kind;
		fixture_expect(fixture_open(&lenient, cook.data, cook.at, 0),
			       kind == HAL_ECDSA_P256 ? FW_OK : FW_ERR_MANIFEST_SIGNATURE,
			       "keys of one kind");
	}
}

static void manifest_forgeries_are_refused(void **state)
{
	static const struct {
		enum suit_forgery forgery;
		int expected;
	} rows[] = {
		{SUIT_GENUINE, FW_OK},
		{SUIT_UNSIGNED, FW_ERR_MANIFEST_UNSIGNED},
		{SUIT_SIGNATURE_ZERO, FW_ERR_MANIFEST_SIGNATURE},
		{SUIT_SIGNATURE_TRUNCATED, FW_ERR_MANIFEST_SIGNATURE},
		{SUIT_R_ZERO, FW_ERR_MANIFEST_SIGNATURE},
		{SUIT_S_ZERO, FW_ERR_MANIFEST_SIGNATURE},
		{SUIT_SIGNATURE_OF, FW_ERR_MANIFEST_SIGNATURE},
	};
	struct fixture *fixture = *state;
	struct suit_plan plan = plan_of(fixture);
	uint8_t signature[64], again[64];
	struct cook cook = {.at = 0};

	plan.sequence++;
	plan_build(&plan, &cook);
	assert_int_equal(suit_signature(cook.data, cook.at, signature), 0);
	plan.sequence--;
	plan.other = signature;
	plan.other_bytes = sizeof(signature);
	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		plan.forgery = rows[i].forgery;
		plan_build(&plan, &cook);
		fixture_expect(fixture_open(fixture, cook.data, cook.at, 0), rows[i].expected,
			       "forgery");
	}
	/* The last one carries the other's signature, byte for byte. */
	assert_int_equal(suit_signature(cook.data, cook.at, again), 0);
	assert_memory_equal(signature, again, sizeof(again));
	plan.key = NULL;
	plan_build(&plan, &cook);
	assert_int_equal(suit_signature(cook.data, cook.at, again), -1);
	fixture_expect(fixture_open(fixture, cook.data, cook.at, 0), FW_ERR_MANIFEST_UNSIGNED,
		       "no key");
}

/* Example 1's parts, in hex: its digest, its COSE block up to the signature, and the manifest. */
#define DIGEST "5824 822f5820 1f2e7acca0dc2786f2fe4eb947f50873a6a3cfaa98866c5b02e621f42074daf2"
#define SIGNATURE_RAW                                                      \
	"27a3d7986eddcc1bee04e1436746408c308ed3c15ac590a1ca0cf96f85671cca" \
	"c216cb9a1497fc59e21c15f33c95cf75203e25c287b31a57d6cd2ef950b27a7a"
#define SIGNATURE "5840" SIGNATURE_RAW
#define BLOCK	  "584a d284 43a10126 a0 f6" SIGNATURE
#define MANIFEST                                                                             \
	"5894 a50101020103585fa202818141000458568614a40150fa6b4a53d5ad5fdfbe9de663e4d41ffe"  \
	"02501492af1425695e48bf429b2d51f2ab45035824822f5820"                                 \
	"00112233445566778899aabbccddeeff0123456789abcdeffedcba98765432100e1987d0010f020f"   \
	"074382030f1458258614a115781b687474703a2f2f6578616d706c652e636f6d2f66696c652e62696e" \
	"1502030f"

/* Example 1 put together otherwise: only what a row says is not as it was. */
static void manifest_envelopes_of_another_shape_are_refused(void **state)
{
	static const struct {
		const char *what, *head, *wrapper, *tail;
		int expected;
	} rows[] = {
		{"as it was", "d86b a2", "82" DIGEST BLOCK, "03" MANIFEST, FW_OK},
		{"no tag", "a2", "82" DIGEST BLOCK, "03" MANIFEST, FW_ERR_MANIFEST_CBOR},
		{"tag 1070", "d9042e a2", "82" DIGEST BLOCK, "03" MANIFEST, FW_ERR_MANIFEST_CBOR},
		{"key id", "d86b a2", "82" DIGEST "584f d284 43a10126 a1044301 0203 f6" SIGNATURE,
		 "03" MANIFEST, FW_OK},
		{"another header", "d86b a2", "82" DIGEST "584c d284 43a10126 a10501 f6" SIGNATURE,
		 "03" MANIFEST, FW_ERR_MANIFEST_UNSUPPORTED},
		{"two headers", "d86b a2",
		 "82" DIGEST "5850 d284 43a10126 a2 044101 054101 f6" SIGNATURE, "03" MANIFEST,
		 FW_ERR_MANIFEST_UNSUPPORTED},
		{"ES384", "d86b a2", "82" DIGEST "584b d284 44a1013822 a0 f6" SIGNATURE,
		 "03" MANIFEST, FW_ERR_MANIFEST_ALGORITHM},
		{"attached payload", "d86b a2", "82" DIGEST "584b d284 43a10126 a0 4101" SIGNATURE,
		 "03" MANIFEST, FW_ERR_MANIFEST_CBOR},
		{"COSE_Sign", "d86b a2", "82" DIGEST "584b d862 84 43a10126 a0 f6" SIGNATURE,
		 "03" MANIFEST, FW_ERR_MANIFEST_CBOR},
		{"a byte after the signature", "d86b a2",
		 "82" DIGEST "584b d284 43a10126 a0 f6 5841" SIGNATURE_RAW "00", "03" MANIFEST,
		 FW_ERR_MANIFEST_SIGNATURE},
		{"two blocks", "d86b a2", "83" DIGEST BLOCK BLOCK, "03" MANIFEST,
		 FW_ERR_MANIFEST_UNSUPPORTED},
		{"no block", "d86b a2", "81" DIGEST, "03" MANIFEST, FW_ERR_MANIFEST_UNSIGNED},
		{"nothing", "d86b a2", "80", "03" MANIFEST, FW_ERR_MANIFEST_CBOR},
		{"bytes after the block", "d86b a2", "82" DIGEST BLOCK "00", "03" MANIFEST,
		 FW_ERR_MANIFEST_CBOR},
		{"SHA-384's id", "d86b a2",
		 "82 5825 82382a5820"
		 "1f2e7acca0dc2786f2fe4eb947f50873a6a3cfaa98866c5b02e621f42074daf2" BLOCK,
		 "03" MANIFEST, FW_ERR_MANIFEST_ALGORITHM},
		{"a short digest", "d86b a2", "82 45 822f421f2e" BLOCK, "03" MANIFEST,
		 FW_ERR_MANIFEST_CBOR},
		{"no manifest", "d86b a1", "82" DIGEST BLOCK, "", FW_ERR_MANIFEST_CBOR},
		{"the manifest twice", "d86b a3", "82" DIGEST BLOCK, "03" MANIFEST "03" MANIFEST,
		 FW_ERR_MANIFEST_CBOR},
		{"severed fetch", "d86b a3", "82" DIGEST BLOCK, "03" MANIFEST "10 43 82030f",
		 FW_ERR_MANIFEST_UNSUPPORTED},
		{"severed install", "d86b a3", "82" DIGEST BLOCK, "03" MANIFEST "14 43 82030f",
		 FW_ERR_MANIFEST_UNSUPPORTED},
		{"severed text", "d86b a3", "82" DIGEST BLOCK, "03" MANIFEST "17 41 a0",
		 FW_ERR_MANIFEST_UNSUPPORTED},
		{"integrated payload", "d86b a3", "82" DIGEST BLOCK, "03" MANIFEST "6123 4101",
		 FW_ERR_MANIFEST_UNSUPPORTED},
		{"unknown key", "d86b a3", "82" DIGEST BLOCK, "03" MANIFEST "04 00",
		 FW_ERR_MANIFEST_UNSUPPORTED},
		{"reserved key first", "d86b a3 01 00", "82" DIGEST BLOCK, "03" MANIFEST,
		 FW_ERR_MANIFEST_UNSUPPORTED},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cook wrapper = {.at = 0}, cook = {.at = 0};

		cook_hex(&wrapper, rows[i].wrapper);
		cook_hex(&cook, rows[i].head);
		cook_hex(&cook, "02");
		cook_bytes(&cook, &wrapper);
		cook_hex(&cook, rows[i].tail);
		fixture_expect(fixture_open(*state, cook.data, cook.at, 0), rows[i].expected,
			       rows[i].what);
	}
}

static int failing_digest_start(struct hal *hal, struct hal_digest *digest)
{
	(void)hal;
	(void)digest;
	return FW_ERR_IO;
}

static void manifest_is_refused_when_the_digest_unit_fails(void **state)
{
	struct fixture broken = *(struct fixture *)*state;
	struct cook cook = {.at = 0};

	example_read("example1", "signed", &cook);
	broken.hal.digest_start = failing_digest_start;
	fixture_expect(fixture_open(&broken, cook.data, cook.at, 0), FW_ERR_IO, "digest_start");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(manifest_examples_say_what_the_draft_prints),
		cmocka_unit_test(manifest_examples_without_signature_are_refused),
		cmocka_unit_test(manifest_with_any_bit_flipped_is_refused),
		cmocka_unit_test(manifest_flips_are_refused_for_their_own_reason),
		cmocka_unit_test(manifest_cut_short_or_long_is_refused),
		cmocka_unit_test(manifest_too_large_is_refused_before_it_is_read),
		cmocka_unit_test(manifest_of_the_maker_says_what_was_planned),
		cmocka_unit_test(manifest_of_the_maker_is_the_same_bytes_twice),
		cmocka_unit_test(manifest_is_for_its_vendor_class_and_slots_only),
		cmocka_unit_test(manifest_of_a_revoked_or_unknown_key_is_refused),
		cmocka_unit_test(manifest_signature_is_tried_with_p256_keys_only),
		cmocka_unit_test(manifest_forgeries_are_refused),
		cmocka_unit_test(manifest_envelopes_of_another_shape_are_refused),
		cmocka_unit_test(manifest_is_refused_when_the_digest_unit_fails),
	};

	return cmocka_run_group_tests_name("manifest", tests, fixture_setup, fixture_teardown);
}
