/*
 * A SUIT envelope, checked and evaluated by the firmware. Accepted, it says nothing from outside
 * its own bytes, and libcbor reads it as well.
 */
#include <cbor.h>
#include <string.h>

#include "device-model/firmware/fw_err.h"
#include "device-model/firmware/manifest.h"
#include "fuzz/board.h"
#include "fuzz/fuzz.h"
#include "fuzz/mutate_suit.h"

int LLVMFuzzerInitialize(int *argc, char ***argv)
{
	(void)argc, (void)argv;
	(void)board_open();
	return 0;
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size_bytes, size_t max_bytes,
			       unsigned int seed)
{
	return mutate_suit(data, size_bytes, max_bytes, seed);
}

static void manifest_inside(const uint8_t *part, uint32_t part_bytes, const uint8_t *data,
			    size_t size_bytes)
{
	if (part == NULL)
		return;
	FUZZ_HOLDS(part >= data && part_bytes <= size_bytes);
	FUZZ_HOLDS((size_t)(part - data) <= size_bytes - part_bytes);
}

static void manifest_well_formed(const uint8_t *data, size_t size_bytes)
{
	struct cbor_load_result result;
	cbor_item_t *item = cbor_load(data, size_bytes, &result);

	FUZZ_HOLDS(item != NULL && result.read == size_bytes);
	cbor_decref(&item);
}

static void manifest_evaluated(const struct manifest *manifest, uint32_t slot, const uint8_t *data,
			       size_t size_bytes)
{
	const struct hal_board *board = &board_open()->board;
	struct manifest_device device = {board->vendor_id, board->class_id, slot};
	struct manifest_update update;
	int err = manifest_evaluate(manifest, &device, &update);

	FUZZ_HOLDS(err <= 0 && strcmp(fw_err_name(err), "UNNAMED") != 0);
	FUZZ_HOLDS(strcmp(fw_err_text(err), "a reason without a name") != 0);
	if (err == FW_OK && update.has_uri)
		manifest_inside((const uint8_t *)update.uri, update.uri_bytes, data, size_bytes);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
	struct fuzz_board *board = board_open();
	struct manifest manifest;
	uint32_t revoked;
	int err;

	/* The last byte says who asks, so that an envelope is an input. */
	if (size_bytes < 1)
		return 0;
	size_bytes--;
	revoked = data[size_bytes] >> 1 & 0x11; /* of the keys that sign manifests */
	err = manifest_open(&board->hal, data, (uint32_t)size_bytes, revoked, &manifest);
	FUZZ_HOLDS(err <= 0 && strcmp(fw_err_name(err), "UNNAMED") != 0);
	FUZZ_HOLDS(strcmp(fw_err_text(err), "a reason without a name") != 0);
	if (err != FW_OK)
		return 0;
	FUZZ_HOLDS(size_bytes <= MANIFEST_BYTES_MAX);
	FUZZ_HOLDS(manifest.key < BOARD_KEYS && !(revoked >> manifest.key & 1));
	FUZZ_HOLDS(board->keys[manifest.key].algorithm == HAL_ECDSA_P256);
	manifest_well_formed(data, size_bytes);
	manifest_inside(manifest.shared, manifest.shared_bytes, data, size_bytes);
	manifest_inside(manifest.validate, manifest.validate_bytes, data, size_bytes);
	manifest_inside(manifest.load, manifest.load_bytes, data, size_bytes);
	manifest_inside(manifest.invoke, manifest.invoke_bytes, data, size_bytes);
	manifest_inside(manifest.install, manifest.install_bytes, data, size_bytes);
	manifest_inside(manifest.fetch, manifest.fetch_bytes, data, size_bytes);
	manifest_evaluated(&manifest, data[size_bytes] & 1, data, size_bytes);
	return 0;
}
