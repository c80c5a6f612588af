/*
 * The maker's images: imgtool's files built again from their parts, byte for byte up to what
 * imgtool signs with chance; accepted by the firmware when genuine, refused when forged.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/pem.h>

#include "device-model/firmware/bytes.h"
#include "device-model/firmware/fw_err.h"
#include "device-model/firmware/image.h"
#include "device-model/hardware/crypto.h"
#include "sim/vendor/image_build.h"
#include "sim/vendor/key_file.h"
#include "sim/vendor/sign.h"

#define VECTORS	     "tests/vectors/imgtool/"
#define KINDS	     4u
#define FILE_BYTES   65536u
#define AREA_FIXED   76u /* head, SHA256 and KEYHASH of the unprotected area */
#define REVOKE_COUNT 2u

static const char *const kinds[KINDS] = {"ecdsap256", "rsa2048", "rsa3072", "ed25519"};

/* A device that holds every kind of key twice: d_KIND is key i, d_other_KIND key i + KINDS. */
struct fixture {
	struct hal_key keys[2 * KINDS];
	struct hal_board board;
	struct hal hal;
	EVP_PKEY *private[2 * KINDS];
};

static int fixture_setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	char path[128], why[256];

	assert_non_null(fixture);
	for (size_t i = 0; i < 2 * KINDS; i++) {
		const char *other = i < KINDS ? "" : "other_";
		FILE *file;

		snprintf(path, sizeof(path), VECTORS "keys/d_%s%s.pub.pem", other,
			 kinds[i % KINDS]);
		assert_int_equal(key_file_read_public(path, &fixture->keys[i], why, sizeof(why)),
				 0);
		snprintf(path, sizeof(path), VECTORS "keys/d_%s%s.pem", other, kinds[i % KINDS]);
		file = fopen(path, "r");
		assert_non_null(file);
		fixture->private[i] = PEM_read_PrivateKey(file, NULL, NULL, NULL);
		fclose(file);
		assert_non_null(fixture->private[i]);
	}
	fixture->board.key_count = 2 * KINDS;
	fixture->board.keys = fixture->keys;
	fixture->hal.board = &fixture->board;
	crypto_fill(&fixture->hal);
	*state = fixture;
	return 0;
}

static int fixture_teardown(void **state)
{
	struct fixture *fixture = *state;

	crypto_memory_clear();
	for (size_t i = 0; i < 2 * KINDS; i++) {
		key_file_free(&fixture->keys[i]);
		EVP_PKEY_free(fixture->private[i]);
	}
	free(fixture);
	return 0;
}

static size_t vector_read(const char *name, uint8_t *data)
{
	char path[128];
	FILE *file;
	size_t size;

	snprintf(path, sizeof(path), VECTORS "%s", name);
	file = fopen(path, "rb");
	assert_non_null(file);
	size = fread(data, 1, FILE_BYTES, file);
	fclose(file);
	assert_true(size > 32 && size < FILE_BYTES);
	return size;
}

/* The plan that a file of imgtool's was made from. Returns where its unprotected area begins. */
static size_t plan_of_vector(const uint8_t *data, struct image_plan *plan)
{
	size_t at, end;

	plan->header_bytes = bytes_le16(data + 8);
	plan->payload = data + plan->header_bytes;
	plan->payload_bytes = bytes_le32(data + 12);
	plan->version.major = data[20];
	plan->version.minor = data[21];
	plan->version.revision = bytes_le16(data + 22);
	plan->version.build = bytes_le32(data + 24);
	at = (size_t)plan->header_bytes + plan->payload_bytes;
	end = at + bytes_le16(data + 10);
	for (at += 4; at < end; at += 4u + bytes_le16(data + at + 2)) {
		if (bytes_le16(data + at) == 0x50) {
			plan->has_security = true;
			plan->security = bytes_le32(data + at + 4);
		} else if (bytes_le16(data + at) == 0x74) {
			plan->vendor_id = data + at + 4;
		} else if (bytes_le16(data + at) == 0x75) {
			plan->class_id = data + at + 4;
		}
	}
	return end;
}

static void image_build_writes_what_imgtool_writes(void **state)
{
	static const struct {
		const char *name;
		size_t key;
	} rows[] = {
		{"ecdsa-p256_h20_p0.bin", 0},  {"ecdsa-p256_h200_p1000.bin", 0},
		{"seccnt_0.bin", 0},	       {"vidcid.bin", 0},
		{"rsa-2048_h20_p1.bin", 1},    {"rsa-2048_h200_p40000.bin", 1},
		{"rsa-3072_h20_p1000.bin", 2}, {"seccnt_42.bin", 2},
		{"ed25519_h20_p0.bin", 3},     {"ed25519_h200_p1.bin", 3},
		{"ed25519_h200_p1000.bin", 3}, {"ed25519_h200_p40000.bin", 3},
		{"seccnt_4294967295.bin", 3},
	};
	struct fixture *fixture = *state;
	static uint8_t wanted[FILE_BYTES];

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct image_plan plan = {.key = fixture->private[rows[i].key]};
		size_t wanted_bytes = vector_read(rows[i].name, wanted), bytes;
		size_t area = plan_of_vector(wanted, &plan);
		uint8_t *image = image_build(&plan, &bytes);

		assert_non_null(image);
		assert_memory_equal(image, wanted, area);
		/* An ECDSA signature is 70 to 72 bytes, and so the area's length is not the same.
		 */
		assert_memory_equal(image + area, wanted + area, 2);
		assert_memory_equal(image + area + 4, wanted + area + 4, AREA_FIXED - 4);
		assert_memory_equal(image + area + AREA_FIXED, wanted + area + AREA_FIXED, 2);
		assert_int_equal(bytes_le16(image + area + 2), bytes - area);
		if (rows[i].key != 0)
			assert_int_equal(bytes, wanted_bytes);
		if (rows[i].key == 3)
			assert_memory_equal(image, wanted, wanted_bytes);
		free(image);
	}
}

static const uint8_t payload[] = "what runs";
static const uint8_t vendor_id[16] = {1}, class_id[16] = {2};

static struct image_plan plan_of(EVP_PKEY *key)
{
	return (struct image_plan){
		.version = {1, 2, 3, 4},
		.header_bytes = 64,
		.payload = payload,
		.payload_bytes = sizeof(payload),
		.has_security = true,
		.security = 7,
		.vendor_id = vendor_id,
		.class_id = class_id,
		.key = key,
	};
}

/* The firmware's verdict on what the plan gives. */
static int judge(struct fixture *fixture, const struct image_plan *plan, struct image_info *info)
{
	struct image_rules rules = {
		.security_required = true,
		.security_floor = 7,
		.security_limit = 7,
		.vendor_id = vendor_id,
		.class_id = class_id,
	};
	struct image_source source = {0};
	size_t bytes;
	uint8_t *image = image_build(plan, &bytes);
	int status;

	assert_non_null(image);
	source.ram = image;
	source.size_bytes = (uint32_t)bytes;
	status = image_check(&fixture->hal, &source, &rules, info);
	free(image);
	return status;
}

static void image_build_is_accepted_by_the_firmware(void **state)
{
	struct fixture *fixture = *state;

	for (uint32_t key = 0; key < 2 * KINDS; key++) {
		uint8_t revoke[REVOKE_COUNT][32];
		struct image_plan plan = plan_of(fixture->private[key]);
		struct image_info info;

		assert_int_equal(sign_key_hash(fixture->private[(key + 1) % KINDS], revoke[0]), 0);
		assert_int_equal(sign_key_hash(fixture->private[(key + 3) % KINDS], revoke[1]), 0);
		plan.revoke = (const uint8_t(*)[32])revoke;
		plan.revoke_count = REVOKE_COUNT;
		assert_int_equal(judge(fixture, &plan, &info), FW_OK);
		assert_int_equal(info.key, key);
		assert_int_equal(info.security, plan.security);
		assert_int_equal(info.payload_bytes, plan.payload_bytes);
		assert_int_equal(info.header_bytes, plan.header_bytes);
		assert_memory_equal(&info.version, &plan.version, sizeof(plan.version));
		assert_int_equal(info.revokes, 1u << (key + 1) % KINDS | 1u << (key + 3) % KINDS);
	}
}

static void image_build_repeats_itself(void **state)
{
	struct fixture *fixture = *state;

	for (size_t key = 0; key < KINDS; key++) {
		static const uint8_t seed[32] = {9};
		struct image_plan plan = plan_of(fixture->private[key]);
		size_t one_bytes, two_bytes, three_bytes;
		uint8_t *one = image_build(&plan, &one_bytes);
		uint8_t *two = image_build(&plan, &two_bytes), *three;

		assert_non_null(one);
		assert_non_null(two);
		assert_int_equal(one_bytes, two_bytes);
		assert_memory_equal(one, two, one_bytes);
		/* The seed is for PSS' salt and for nothing else. */
		plan.salt_seed = seed;
		three = image_build(&plan, &three_bytes);
		assert_non_null(three);
		assert_int_equal(one_bytes, three_bytes);
		assert_int_equal(memcmp(one, three, one_bytes) != 0, key == 1 || key == 2);
		free(one);
		free(two);
		free(three);
	}
}

static void forgery_expect(int status, int expected, int or_expected, size_t key, unsigned int row)
{
	if (status != expected && status != or_expected)
		fail_msg("%s, forgery %u: %s, expected %s or %s", kinds[key], row,
			 fw_err_name(status), fw_err_name(expected), fw_err_name(or_expected));
}

static void image_build_forgeries_are_refused(void **state)
{
	struct fixture *fixture = *state;

	for (size_t key = 0; key < KINDS; key++) {
		struct image_plan plan = plan_of(fixture->private[key]);
		struct image_info info;
		const uint8_t *signature;
		size_t other_bytes, signature_bytes;
		uint8_t *other;

		plan.version.build++;
		other = image_build(&plan, &other_bytes);
		assert_non_null(other);
		assert_int_equal(
			image_build_signature(other, other_bytes, &signature, &signature_bytes), 0);
		plan.version.build--;
		plan.other = signature;
		plan.other_bytes = signature_bytes;
		plan.forgery = IMAGE_UNSIGNED;
		forgery_expect(judge(fixture, &plan, &info), FW_ERR_IMAGE_UNSIGNED,
			       FW_ERR_IMAGE_UNSIGNED, key, IMAGE_UNSIGNED);
		for (unsigned int forgery = IMAGE_SIGNATURE_EMPTY; forgery <= IMAGE_SIGNATURE_OF;
		     forgery++) {
			plan.forgery = (enum image_forgery)forgery;
			forgery_expect(judge(fixture, &plan, &info), FW_ERR_IMAGE_SIGNATURE,
				       FW_ERR_IMAGE_SIGNATURE_FORM, key, forgery);
		}
		/* Named: a key that the device holds, and then one that it does not. */
		plan.forgery = IMAGE_KEYHASH_OF;
		plan.keyhash_key = fixture->private[key + KINDS];
		forgery_expect(judge(fixture, &plan, &info), FW_ERR_IMAGE_SIGNATURE,
			       FW_ERR_IMAGE_SIGNATURE, key, IMAGE_KEYHASH_OF);
		fixture->board.key_count = KINDS;
		forgery_expect(judge(fixture, &plan, &info), FW_ERR_IMAGE_KEY, FW_ERR_IMAGE_KEY,
			       key, IMAGE_KEYHASH_OF);
		fixture->board.key_count = 2 * KINDS;
		free(other);
	}
}

/* Else a forged image might be refused for something that was not meant. */
static void image_build_forgeries_carry_what_was_asked(void **state)
{
	struct fixture *fixture = *state;
	struct image_plan plan = plan_of(fixture->private[0]);
	const uint8_t r_zero[] = {0x02, 0x01, 0x00}, *value;
	size_t image_bytes, value_bytes, genuine_bytes;
	uint8_t *image = image_build(&plan, &image_bytes);

	assert_non_null(image);
	assert_int_equal(image_build_signature(image, image_bytes, &value, &genuine_bytes), 0);
	assert_true(genuine_bytes >= 70 && genuine_bytes <= 72);
	free(image);
	for (unsigned int forgery = IMAGE_SIGNATURE_EMPTY; forgery <= IMAGE_S_ZERO; forgery++) {
		plan.forgery = (enum image_forgery)forgery;
		image = image_build(&plan, &image_bytes);
		assert_non_null(image);
		assert_int_equal(image_build_signature(image, image_bytes, &value, &value_bytes),
				 0);
		if (forgery == IMAGE_SIGNATURE_EMPTY)
			assert_int_equal(value_bytes, 0);
		else if (forgery == IMAGE_SIGNATURE_ZERO)
			assert_true(value_bytes == genuine_bytes && value[0] == 0);
		else if (forgery == IMAGE_SIGNATURE_TRUNCATED)
			assert_true(value_bytes == genuine_bytes / 2 && value[0] == 0x30);
		else if (forgery == IMAGE_R_ZERO)
			assert_memory_equal(value + 2, r_zero, sizeof(r_zero));
		else
			assert_memory_equal(value + value_bytes - 3, r_zero, sizeof(r_zero));
		free(image);
	}
}

static void image_build_refuses_a_plan_that_does_not_fit(void **state)
{
	struct fixture *fixture = *state;
	struct image_plan plan = plan_of(fixture->private[0]);
	size_t bytes;

	plan.header_bytes = 31;
	assert_null(image_build(&plan, &bytes));
	plan = plan_of(NULL);
	assert_null(image_build(&plan, &bytes));
	plan.forgery = IMAGE_UNSIGNED;
	free(image_build(&plan, &bytes));
	plan = plan_of(fixture->private[0]);
	plan.forgery = IMAGE_SIGNATURE_OF;
	assert_null(image_build(&plan, &bytes));
	plan.other = payload;
	plan.other_bytes = UINT16_MAX;
	assert_null(image_build(&plan, &bytes));
	plan.forgery = IMAGE_KEYHASH_OF;
	assert_null(image_build(&plan, &bytes));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(image_build_writes_what_imgtool_writes),
		cmocka_unit_test(image_build_is_accepted_by_the_firmware),
		cmocka_unit_test(image_build_repeats_itself),
		cmocka_unit_test(image_build_forgeries_are_refused),
		cmocka_unit_test(image_build_forgeries_carry_what_was_asked),
		cmocka_unit_test(image_build_refuses_a_plan_that_does_not_fit),
	};

	return cmocka_run_group_tests_name("image_build", tests, fixture_setup, fixture_teardown);
}
