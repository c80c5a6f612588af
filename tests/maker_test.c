/*
 * What the maker's readers make of bytes that anybody may have had hold of, and what the firmware
 * makes of a manifest with notes for people in it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>

#include "device-model/firmware/image.h"
#include "sim/vendor/image_build.h"
#include "sim/vendor/key_store.h"
#include "tests/manifest_fixture.h"

#define MAKER_TRIES 200u /* signatures; one r in 128 has a byte less in DER */

static const uint8_t maker_id[16] = {1, 2, 3};
static const uint8_t maker_digest[32] = {4, 5, 6};

/* A manifest with notes, or none where they are NULL. */
static void maker_manifest_at(const struct fixture *fixture, const char *uri,
			      const struct suit_notes *notes, struct cook *cook)
{
	struct suit_plan plan = {
		.sequence = 7,
		.vendor_id = maker_id,
		.class_id = maker_id,
		.digest = maker_digest,
		.size_bytes = 1000,
		.security = 2,
		.version = {.major = 1},
		.uri = uri,
		.key = fixture->draft,
		.notes = notes,
	};

	assert_int_equal(suit_build(&plan, cook->data, sizeof(cook->data), &cook->at), 0);
}

static void maker_manifest(const struct fixture *fixture, const struct suit_notes *notes,
			   struct cook *cook)
{
	maker_manifest_at(fixture, "app.bin", notes, cook);
}

static int maker_open(struct fixture *fixture, const struct cook *cook)
{
	struct manifest_device device = {maker_id, maker_id, 0};
	struct manifest_update update;
	struct manifest manifest;
	int status = manifest_open(&fixture->hal, cook->data, (uint32_t)cook->at, 0, &manifest);

	return status == FW_OK ? manifest_evaluate(&manifest, &device, &update) : status;
}

static void notes_are_read_back_and_taken_by_the_firmware(void **state)
{
	static const struct suit_notes rows[] = {
		{.sbom = "sha256:00ff", .expires = "2027-01-01T00:00:00Z"},
		{.sbom = "sha256:00ff"},
		{.expires = "2027-01-01T00:00:00Z"},
		{.sbom = ""},
	};
	struct fixture *fixture = *state;
	struct cook cook = {.at = 0};
	struct suit_notes notes;

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		maker_manifest(fixture, &rows[i], &cook);
		assert_int_equal(maker_open(fixture, &cook), FW_OK);
		suit_notes_read(cook.data, cook.at, &notes);
		assert_string_equal(notes.sbom, rows[i].sbom);
		assert_string_equal(notes.expires, rows[i].expires);
	}
	maker_manifest(fixture, NULL, &cook);
	assert_int_equal(maker_open(fixture, &cook), FW_OK);
	suit_notes_read(cook.data, cook.at, &notes);
	assert_string_equal(notes.sbom, "");
}

static void note_that_was_changed_is_refused_by_the_firmware(void **state)
{
	static const struct suit_notes notes = {.sbom = "sha256:00ff"};
	struct fixture *fixture = *state;
	struct cook cook = {.at = 0};
	uint8_t *note;

	maker_manifest(fixture, &notes, &cook);
	note = memmem(cook.data, cook.at, notes.sbom, strlen(notes.sbom));
	assert_non_null(note);
	note[7] ^= 1;
	assert_int_equal(maker_open(fixture, &cook), FW_ERR_MANIFEST_DIGEST);
}

/* In a block of its own size, so that the sanitizers see a read past it. */
static void maker_read_all(const uint8_t *data, size_t size_bytes)
{
	uint8_t *own = malloc(size_bytes ? size_bytes : 1), signature[64];
	char uri[HAL_URI_MAX];
	struct suit_notes notes;
	uint64_t sequence;

	assert_non_null(own);
	memcpy(own, data, size_bytes);
	suit_notes_read(own, size_bytes, &notes);
	assert_true(memchr(notes.sbom, 0, sizeof(notes.sbom)) != NULL);
	assert_true(memchr(notes.expires, 0, sizeof(notes.expires)) != NULL);
	if (suit_offer(own, size_bytes, &sequence, uri) == 0)
		assert_true(memchr(uri, 0, sizeof(uri)) != NULL);
	(void)!suit_signature(own, size_bytes, signature);
	free(own);
}

static void damaged_envelopes_are_read_within_bounds(void **state)
{
	static const struct suit_notes notes = {.sbom = "sha256:00ff", .expires = "2027-01-01"};
	const struct fixture *fixture = *state;
	struct cook cook = {.at = 0};
	uint64_t sequence = 0;
	char uri[HAL_URI_MAX];

	maker_manifest(fixture, &notes, &cook);
	assert_int_equal(suit_offer(cook.data, cook.at, &sequence, uri), 0);
	assert_int_equal(sequence, 7);
	assert_string_equal(uri, "app.bin");
	for (size_t size = 0; size < cook.at; size++) {
		assert_int_equal(suit_offer(cook.data, size, &sequence, uri), -1);
		maker_read_all(cook.data, size);
	}
	for (size_t bit = 0; bit < 8 * cook.at; bit++) {
		cook.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
		maker_read_all(cook.data, cook.at);
		cook.data[bit / 8] ^= (uint8_t)(1u << bit % 8);
	}
}

static void uri_that_no_device_takes_is_none(void **state)
{
	const struct fixture *fixture = *state;
	char uri[HAL_URI_MAX + 1], found[HAL_URI_MAX];
	struct cook cook = {.at = 0};
	uint64_t sequence;

	for (size_t size = HAL_URI_MAX - 2; size <= HAL_URI_MAX; size++) {
		memset(uri, 'u', size);
		uri[size] = '\0';
		maker_manifest_at(fixture, uri, NULL, &cook);
		assert_int_equal(suit_offer(cook.data, cook.at, &sequence, found),
				 size < HAL_URI_MAX ? 0 : -1);
		if (size < HAL_URI_MAX)
			assert_string_equal(found, uri);
	}
}

static uint8_t *maker_image(const struct fixture *fixture, size_t *size_bytes)
{
	static const uint8_t revoke[2][32] = {{7}, {8}};
	struct image_plan plan = {
		.version = {.major = 1},
		.header_bytes = 32,
		.payload = maker_digest,
		.payload_bytes = sizeof(maker_digest),
		.has_security = true,
		.security = 2,
		.class_id = maker_id,
		.revoke = revoke,
		.revoke_count = 2,
		.key = fixture->draft,
	};
	uint8_t *image = image_build(&plan, size_bytes);

	assert_non_null(image);
	return image;
}

static void protected_tlvs_are_found_by_type_length_and_number(void **state)
{
	const struct fixture *fixture = *state;
	size_t size_bytes;
	uint8_t *image = maker_image(fixture, &size_bytes);
	const uint8_t *value;

	for (size_t nth = 0; nth < 2; nth++) {
		value = image_build_protected(image, size_bytes, IMAGE_TLV_REVOKE, 32, nth);
		assert_non_null(value);
		assert_int_equal(value[0], 7 + nth);
	}
	assert_null(image_build_protected(image, size_bytes, IMAGE_TLV_REVOKE, 32, 2));
	assert_null(image_build_protected(image, size_bytes, IMAGE_TLV_REVOKE, 31, 0));
	value = image_build_protected(image, size_bytes, 0x75, 16, 0);
	assert_non_null(value);
	assert_memory_equal(value, maker_id, 16);
	assert_null(image_build_protected(image, size_bytes, 0x74, 16, 0));
	/* That of the unprotected area is none of them. */
	assert_null(image_build_protected(image, size_bytes, 0x10, 32, 0));
	free(image);
}

static void damaged_images_are_read_within_bounds(void **state)
{
	const struct fixture *fixture = *state;
	size_t size_bytes;
	uint8_t *image = maker_image(fixture, &size_bytes);

	for (size_t size = 0; size < size_bytes; size++) {
		uint8_t *own = malloc(size ? size : 1);

		assert_non_null(own);
		memcpy(own, image, size);
		for (size_t bit = 0; bit < 8 * size && bit < 8 * 100; bit++) {
			const uint8_t *value;

			own[bit / 8] ^= (uint8_t)(1u << bit % 8);
			value = image_build_protected(own, size, IMAGE_TLV_REVOKE, 32, 1);
			if (value != NULL)
				assert_true(value > own && (size_t)(value - own) + 32 <= size);
			own[bit / 8] ^= (uint8_t)(1u << bit % 8);
		}
		free(own);
	}
	free(image);
}

/* Whatever length the numbers have, and never the same twice. */
static void signatures_of_a_file_hold_and_differ(void **state)
{
	const struct key_place place = {.name = FIXTURE_SUIT "priv.pem"};
	struct fixture *fixture = *state;
	uint8_t sig[SIGN_BYTES_MAX], last[SIGN_BYTES_MAX] = {0};
	struct signer signer;
	char why[256];
	size_t bytes;

	assert_int_equal(key_store_open(&place, &signer, why, sizeof(why)), 0);
	for (unsigned int i = 0; i < MAKER_TRIES; i++) {
		assert_int_equal(signer.sign(&signer, maker_digest, sig, &bytes), 0);
		assert_int_equal(bytes, SIGN_RAW_BYTES);
		assert_int_equal(fixture->hal.signature_check(&fixture->hal, &fixture->keys[1],
							      maker_digest, sig, (uint32_t)bytes),
				 FW_OK);
		assert_memory_not_equal(sig, last, bytes);
		memcpy(last, sig, bytes);
	}
	key_store_close(&signer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(notes_are_read_back_and_taken_by_the_firmware),
		cmocka_unit_test(note_that_was_changed_is_refused_by_the_firmware),
		cmocka_unit_test(damaged_envelopes_are_read_within_bounds),
		cmocka_unit_test(uri_that_no_device_takes_is_none),
		cmocka_unit_test(protected_tlvs_are_found_by_type_length_and_number),
		cmocka_unit_test(damaged_images_are_read_within_bounds),
		cmocka_unit_test(signatures_of_a_file_hold_and_differ),
	};

	return cmocka_run_group_tests_name("maker", tests, fixture_setup, fixture_teardown);
}
