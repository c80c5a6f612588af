/* The image check against images that imgtool made, and against those images damaged. */
#include "tests/image_fixture.h"

#include <jansson.h>

/* Where MCUboot's own builds differ, the firmware takes the stricter side, for these reasons. */
static const struct {
	const char *file;
	int verdict; /* FW_OK: the key itself is refused, before there is a verdict */
} image_stricter[] = {
	/* Zeros after the SEQUENCE are not DER. */
	{"padsig.bin", FW_ERR_IMAGE_SIGNATURE_FORM},
	/* Nothing here would load an image that says that it is not to be booted. */
	{"nonbootable.bin", FW_ERR_IMAGE_NOT_BOOTABLE},
	/* The device knows its keys; a key in the image names none. */
	{"pubkey_full.bin", FW_ERR_IMAGE_KEY},
	/* One hash for all images: SHA-256. */
	{"ed25519_sha512.bin", FW_ERR_IMAGE_HASH_MISSING},
	/* A signature over the image instead of its hash is another scheme. */
	{"ed25519_pure.bin", FW_ERR_IMAGE_TLV_UNKNOWN},
	/* P-384 is no algorithm of this device. */
	{"p384.bin", FW_OK},
};

static int image_vector_check(struct fixture *f, const char *file, const char *key_path)
{
	char path[256], why[256];
	struct hal_key key;
	int rc;

	snprintf(path, sizeof(path), VECTORS "%s", key_path);
	if (key_file_read_public(path, &key, why, sizeof(why)) != 0)
		return FW_OK;
	f->board.keys = &key;
	f->board.key_count = 1;
	fixture_load(f, file);
	rc = fixture_check_flash(f, SLOT_BYTES);
	assert_verdict(fixture_check_ram(f, SLOT_BYTES), rc);
	f->board.keys = f->keys;
	f->board.key_count = FIXTURE_KEYS;
	key_file_free(&key);
	return rc;
}

static void image_vectors_agree_with_imgtool(void **state)
{
	struct fixture *f = *state;
	json_t *root = json_load_file(VECTORS "manifest.json", 0, NULL);
	json_t *images = json_object_get(root, "images"), *image;
	size_t i, judged = 0, stricter = 0;

	json_array_foreach(images, i, image)
	{
		const char *file = json_string_value(json_object_get(image, "file"));
		const char *expected = json_string_value(json_object_get(image, "expected"));
		const char *key = json_string_value(json_object_get(image, "key"));
		int rc = image_vector_check(f, file, key);

		if (strcmp(expected, "either") == 0) {
			size_t k = 0;
			while (strcmp(image_stricter[k].file, file) != 0)
				assert_true(++k < sizeof(image_stricter) / sizeof(*image_stricter));
			assert_verdict(rc, image_stricter[k].verdict);
			stricter++;
			continue;
		}
		if ((strcmp(expected, "accept") == 0) != (rc == FW_OK))
			fail_msg("%s: %s, expected %s", file, fw_err_text(rc), expected);
		judged++;
	}
	assert_int_equal(judged, 75);
	assert_int_equal(stricter, sizeof(image_stricter) / sizeof(*image_stricter));
	json_decref(root);
}

static void image_says_what_imgtool_was_told(void **state)
{
	struct fixture *f = *state;
	json_t *root = json_load_file(VECTORS "manifest.json", 0, NULL);
	json_t *images = json_object_get(root, "images"), *image;
	char text[64], hash[2 * HAL_DIGEST_BYTES + 1];
	size_t i;

	json_array_foreach(images, i, image)
	{
		const char *file = json_string_value(json_object_get(image, "file"));
		const char *key = json_string_value(json_object_get(image, "key"));
		json_t *counter = json_object_get(image, "security_counter");

		if (strcmp(json_string_value(json_object_get(image, "expected")), "accept") != 0)
			continue;
		assert_verdict(image_vector_check(f, file, key), FW_OK);
		snprintf(text, sizeof(text), "%u.%u.%u+%u", f->info.version.major,
			 f->info.version.minor, f->info.version.revision, f->info.version.build);
		assert_string_equal(text, json_string_value(json_object_get(image, "version")));
		assert_int_equal(f->info.header_bytes,
				 json_integer_value(json_object_get(image, "hdr_size")));
		assert_int_equal(f->info.payload_bytes,
				 json_integer_value(json_object_get(image, "img_size")));
		assert_int_equal(f->info.size_bytes,
				 json_integer_value(json_object_get(image, "tlv_end")));
		assert_int_equal(f->info.has_security, json_is_integer(counter));
		assert_int_equal(f->info.security, json_integer_value(counter));
		for (size_t k = 0; k < HAL_DIGEST_BYTES; k++)
			snprintf(hash + 2 * k, 3, "%02x", f->info.hash[k]);
		assert_string_equal(hash, json_string_value(json_object_get(image, "image_hash")));
	}
	json_decref(root);
}

static void image_with_any_bit_flipped_is_rejected(void **state)
{
	struct fixture *f = *state;
	uint32_t size_bytes;

	fixture_load(f, "mut_good_control.bin");
	assert_verdict(fixture_check_flash(f, SLOT_BYTES), FW_OK);
	size_bytes = f->info.size_bytes;
	for (uint32_t bit = 0; bit < 8 * size_bytes; bit++) {
		f->image[bit / 8] ^= (uint8_t)(1u << bit % 8);
		if (fixture_check_flash(f, SLOT_BYTES) == FW_OK)
			fail_msg("accepted with bit %u of byte 0x%x flipped", bit % 8, bit / 8);
		f->image[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
	assert_verdict(fixture_check_flash(f, SLOT_BYTES), FW_OK);
}

static void image_truncated_anywhere_is_rejected(void **state)
{
	struct fixture *f = *state;
	uint32_t size_bytes;

	fixture_load(f, "mut_good_control.bin");
	assert_verdict(fixture_check_flash(f, SLOT_BYTES), FW_OK);
	size_bytes = f->info.size_bytes;
	assert_verdict(fixture_check_flash(f, size_bytes), FW_OK);
	for (uint32_t bytes = size_bytes; bytes-- > 0;) {
		/* A slot that ends there, and one that was never written past it. */
		assert_int_not_equal(fixture_check_flash(f, bytes), FW_OK);
		assert_int_not_equal(fixture_check_ram(f, bytes), FW_OK);
		if (bytes < 32)
			assert_verdict(fixture_check_ram(f, bytes), FW_ERR_IMAGE_SIZE);
		if (f->image[bytes] == 0xff)
			continue; /* erased flash reads as what was cut off */
		f->image[bytes] = 0xff;
		assert_int_not_equal(fixture_check_flash(f, SLOT_BYTES), FW_OK);
	}
}

/*
 * One byte reads otherwise the nth time: then the image may be rejected, but what it is believed to
 * say is what was signed.
 */
static void image_flash_that_reads_otherwise_is_never_believed(void **state)
{
	struct fixture *f = *state;
	struct image_info good;

	fixture_load(f, "mut_good_control.bin");
	assert_verdict(fixture_check_flash(f, SLOT_BYTES), FW_OK);
	good = f->info;
	for (uint32_t offset = 0; offset < good.size_bytes; offset++) {
		for (uint32_t read = 1; read <= 4; read++) {
			f->flip =
				(struct fixture_flip){.offset = offset, .mask = 0x01, .read = read};
			if (fixture_check_flash(f, SLOT_BYTES) != FW_OK)
				continue;
			assert_memory_equal(f->info.hash, good.hash, sizeof(good.hash));
			assert_int_equal(f->info.security, good.security);
			assert_int_equal(f->info.has_security, good.has_security);
			assert_int_equal(f->info.payload_bytes, good.payload_bytes);
			assert_int_equal(f->info.version.major, good.version.major);
			assert_int_equal(f->info.version.build, good.version.build);
			/* Bytes that are believed are read once; only the shape is read twice. */
			if (offset < good.header_bytes + good.payload_bytes)
				assert_true(f->flip.reads < read);
		}
	}
	f->flip.read = 0;
}

static void image_in_a_slot_with_a_trailer_is_accepted(void **state)
{
	struct fixture *f = *state;

	fixture_load(f, "mut_good_control.bin");
	memset(f->image + f->image_bytes, 0xa5, SLOT_BYTES - f->image_bytes);
	assert_verdict(fixture_check_flash(f, SLOT_BYTES), FW_OK);
}

static int image_broken_read(struct hal *hal, uint32_t offset, void *data, uint32_t size_bytes)
{
	struct fixture *f = (struct fixture *)hal;

	return f->flip.reads++ == f->flip.read ? FW_ERR_IO
					       : fixture_flash_read(hal, offset, data, size_bytes);
}

static void image_read_failure_is_passed_on(void **state)
{
	struct fixture *f = *state;
	uint32_t reads = 0;

	fixture_load(f, "mut_good_control.bin");
	f->hal.flash_read = image_broken_read;
	for (;; reads++) {
		f->flip = (struct fixture_flip){.offset = UINT32_MAX, .read = reads};
		int rc = fixture_check_flash(f, SLOT_BYTES);

		if (f->flip.reads <= reads)
			break;
		assert_verdict(rc, FW_ERR_IO);
	}
	assert_true(reads > 10);
	f->hal.flash_read = fixture_flash_read;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(image_vectors_agree_with_imgtool),
		cmocka_unit_test(image_says_what_imgtool_was_told),
		cmocka_unit_test(image_with_any_bit_flipped_is_rejected),
		cmocka_unit_test(image_truncated_anywhere_is_rejected),
		cmocka_unit_test(image_flash_that_reads_otherwise_is_never_believed),
		cmocka_unit_test(image_in_a_slot_with_a_trailer_is_accepted),
		cmocka_unit_test(image_read_failure_is_passed_on),
	};

	return cmocka_run_group_tests_name("image", tests, fixture_open, fixture_close);
}
