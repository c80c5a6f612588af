/*
 * Guards of the firmware that its own callers never meet: ranges that were checked before, a key
 * of a kind that nobody makes, a board with more keys than it may have. Each is called past its
 * callers, so that it holds when one of them changes.
 */
#include "tests/image_fixture.h"

#include "device-model/firmware/cbor.h"
#include "device-model/firmware/download.h"
#include "device-model/firmware/journal.h"
#include "device-model/firmware/layout.h"

static void image_source_beyond_the_address_space_is_refused(void **state)
{
	struct fixture *f = *state;
	struct image_source source = {.offset = SLOT_OFFSET,
				      .size_bytes = UINT32_MAX - SLOT_OFFSET + 1u};

	assert_verdict(image_check(&f->hal, &source, &f->rules, &f->info), FW_ERR_RANGE);
}

static void layout_reads_nothing_outside_the_source(void **state)
{
	static const uint32_t outside[][2] = {{11, 0}, {0, 11}, {10, 1}, {5, UINT32_MAX}};
	struct fixture *f = *state;
	uint8_t ram[10] = {0}, data[10];
	struct image_source source = {.ram = ram, .size_bytes = sizeof(ram)};
	struct layout layout = {.hal = &f->hal, .source = &source};

	for (size_t i = 0; i < sizeof(outside) / sizeof(outside[0]); i++) {
		assert_verdict(layout_read(&layout, false, outside[i][0], data, outside[i][1]),
			       FW_ERR_RANGE);
		assert_verdict(layout_cover(&layout, outside[i][0], outside[i][1]), FW_ERR_RANGE);
	}
	assert_verdict(layout_read(&layout, false, 10, data, 0), FW_OK);
	assert_verdict(layout_read(&layout, false, 0, data, 10), FW_OK);
}

static void key_of_an_unknown_algorithm_signs_nothing(void **state)
{
	struct fixture *f = *state;

	put_signed_by(f, EC);
	assert_verdict(fixture_check(f), FW_OK);
	f->keys[EC].algorithm = (enum hal_algorithm)(HAL_ED25519 + 1);
	assert_verdict(fixture_check(f), FW_ERR_IMAGE_SIGNATURE_FORM);
	f->keys[EC].algorithm = HAL_ECDSA_P256;
}

static int nothing_erased(struct hal *hal, uint32_t offset)
{
	(void)hal;
	(void)offset;
	return FW_OK;
}

static int nothing_programmed(struct hal *hal, uint32_t offset, const void *data,
			      uint32_t size_bytes)
{
	(void)hal;
	(void)offset;
	(void)data;
	(void)size_bytes;
	return FW_OK;
}

static int nothing_flushed(struct hal *hal)
{
	(void)hal;
	return FW_OK;
}

/* An image for the board, the last of whose bytes reads as erased flash does. */
static void put_image_that_ends_blank(struct fixture *f)
{
	do {
		put_header(f);
		protected_begin(f);
		put_security(f, 1);
		put_tlv(f, IMAGE_TLV_UUID_VID, f->board.vendor_id, sizeof(f->board.vendor_id));
		put_tlv(f, IMAGE_TLV_UUID_CID, f->board.class_id, sizeof(f->board.class_id));
		protected_end(f);
		put_signed_by(f, EC);
	} while (f->image[f->image_bytes - 1] != 0xff);
}

/* What is refused restarts its log, for which the board has units and sectors of no consequence. */
static void put_log(struct fixture *f, struct hal *hal, struct download *download)
{
	static const uint8_t digest[HAL_DIGEST_BYTES];

	f->board.sector_bytes = 64;
	f->board.program_bytes = 8;
	download->journal.digest = digest;
	hal->flash_erase = nothing_erased;
	hal->flash_program = nothing_programmed;
	hal->flash_flush = nothing_flushed;
}

/* The byte that nobody sent is in the flash all the same: it was never written. */
static void image_that_goes_on_behind_what_was_downloaded_is_refused(void **state)
{
	struct fixture *f = *state;
	struct manifest_update update = {.security = 1, .version = {1, 2, 3, 4}};
	struct download download = {.update = &update, .slot = 1};

	f->board.counter_bits = 1;
	put_image_that_ends_blank(f);
	f->board.slot[1] = (struct hal_region){SLOT_OFFSET, f->image_bytes};
	put_log(f, &f->hal, &download);
	for (uint32_t missing = 0; missing <= 1; missing++) {
		update.size_bytes = f->image_bytes - missing;
		assert_int_equal(EVP_Digest(f->image, update.size_bytes, update.digest, NULL,
					    EVP_sha256(), NULL),
				 1);
		assert_verdict(download_verify(&f->hal, &download, 0, 0),
			       missing ? FW_ERR_IMAGE_MANIFEST : FW_OK);
	}
}

/* A hal whose reads give one byte so many times, and then fail. */
struct failing {
	struct hal hal; /* first, so that a struct hal * is one of these */
	uint8_t byte;
	uint32_t reads, failed;
};

static int failing_read(struct hal *hal, uint32_t offset, void *data, uint32_t size_bytes)
{
	struct failing *failing = (struct failing *)hal;

	(void)offset;
	if (failing->reads == 0) {
		failing->failed++;
		return FW_ERR_IO;
	}
	failing->reads--;
	memset(data, failing->byte, size_bytes);
	return FW_OK;
}

/* The flash never reads again: verification ends all the same, and says so. */
static void download_that_cannot_be_read_back_is_tried_so_many_times(void **state)
{
	struct fixture *f = *state;
	struct manifest_update update = {.size_bytes = 1};
	struct download download = {.update = &update, .slot = 1};
	struct failing failing = {f->hal, 0, 0, 0};

	put_log(f, &failing.hal, &download);
	failing.hal.flash_read = failing_read;
	assert_verdict(download_verify(&failing.hal, &download, 0, 0), FW_ERR_IO);
	assert_int_equal(failing.failed, IMAGE_TRIES);
}

/* Of whichever slot the head in a log speaks, that one's download has no end that can be read. */
static void journal_that_cannot_be_read_may_be_unfinished(void **state)
{
	static const struct hal_board board = {.sector_bytes = 64, .program_bytes = 8};
	const struct hal hal = {.board = &board, .flash_read = failing_read};

	(void)state;
	for (uint32_t byte = 0; byte <= UINT8_MAX; byte++)
		for (uint32_t slot = 0; slot < 2; slot++)
			for (uint32_t reads = 0; reads < 2; reads++) {
				struct failing failing = {hal, (uint8_t)byte, reads, 0};

				assert_true(journal_unfinished(&failing.hal, slot));
			}
}

static void map_that_is_read_to_its_end_has_no_more_keys(void **state)
{
	static const uint8_t bytes[] = {0xa0, 0x00};
	struct cbor_map map;
	struct cbor cbor;

	(void)state;
	cbor_open(&cbor, bytes, sizeof(bytes));
	assert_int_equal(cbor_map(&cbor, &map), FW_OK);
	assert_verdict(cbor_map_key(&cbor, &map), FW_ERR_MANIFEST_CBOR);
}

static void each_reason_has_a_name_and_words_of_its_own(void **state)
{
	static const int reasons[] = {FW_OK,
#define X(name, text) FW_ERR_##name,
				      FW_ERRORS(X)
#undef X
	};
	const size_t count = sizeof(reasons) / sizeof(reasons[0]);

	(void)state;
	for (size_t i = 0; i < count; i++)
		for (size_t j = 0; j < i; j++) {
			assert_string_not_equal(fw_err_name(reasons[i]), fw_err_name(reasons[j]));
			assert_string_not_equal(fw_err_text(reasons[i]), fw_err_text(reasons[j]));
		}
	assert_string_equal(fw_err_name(1), "UNNAMED");
	assert_string_equal(fw_err_text(1), "a reason without a name");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(image_source_beyond_the_address_space_is_refused,
				       fixture_reset),
		cmocka_unit_test_setup(layout_reads_nothing_outside_the_source, fixture_reset),
		cmocka_unit_test_setup(key_of_an_unknown_algorithm_signs_nothing, fixture_reset),
		cmocka_unit_test_setup(image_that_goes_on_behind_what_was_downloaded_is_refused,
				       fixture_reset),
		cmocka_unit_test_setup(download_that_cannot_be_read_back_is_tried_so_many_times,
				       fixture_reset),
		cmocka_unit_test(journal_that_cannot_be_read_may_be_unfinished),
		cmocka_unit_test(map_that_is_read_to_its_end_has_no_more_keys),
		cmocka_unit_test(each_reason_has_a_name_and_words_of_its_own),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
