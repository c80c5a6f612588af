/*
 * An eFuse bank in any state, weak cells included: what the firmware reads is one of the things
 * that the cells can mean, and a burn that returned holds however they come to read.
 */
#include <string.h>

#include "device-model/firmware/fuse.h"
#include "device-model/hardware/chip.h"
#include "fuzz/fuzz.h"

#define EFUSE_COUNTER_BITS 16u
#define EFUSE_KEYS	   4u

/* How weak cells read: a bit of the input each time. */
struct efuse_whim {
	const uint8_t *data;
	size_t size_bytes, at;
};

static bool efuse_choose(void *context, uint32_t cell)
{
	(void)cell;
	struct efuse_whim *whim = context;
	size_t at = whim->at++ % (8 * whim->size_bytes);

	return whim->data[at / 8] >> at % 8 & 1;
}

static void efuse_read_check(struct chip *chip)
{
	const struct hal_board *board = chip->hal.board;
	uint32_t counter, revoked;

	FUZZ_HOLDS(fuse_counter(&chip->hal, &counter) == FW_OK);
	FUZZ_HOLDS(counter >= efuse_value(&chip->efuse, 0, board->counter_bits, false));
	FUZZ_HOLDS(counter <= efuse_value(&chip->efuse, 0, board->counter_bits, true));
	FUZZ_HOLDS(fuse_revoked(&chip->hal, &revoked) == FW_OK);
	for (uint32_t i = 0; i < board->key_count; i++) {
		uint32_t bit = HAL_EFUSE_REVOKE(board) + i;

		FUZZ_HOLDS(revoked >> i & 1 ? efuse_bit(&chip->efuse, bit, true)
					    : !efuse_bit(&chip->efuse, bit, false));
	}
}

static void efuse_burn_check(struct chip *chip, uint8_t what)
{
	uint32_t value = what & 31, key = what >> 2 & 7, read;

	switch (what >> 6) {
	case 0:
	case 1:
		if (fuse_counter_burn(&chip->hal, 0, value) == FW_OK) {
			FUZZ_HOLDS(value <= EFUSE_COUNTER_BITS);
			FUZZ_HOLDS(fuse_counter(&chip->hal, &read) == FW_OK && read >= value);
		} else {
			FUZZ_HOLDS(value > EFUSE_COUNTER_BITS);
		}
		break;
	case 2:
		if (fuse_revoke_burn(&chip->hal, key) == FW_OK)
			FUZZ_HOLDS(fuse_revoked(&chip->hal, &read) == FW_OK && read >> key & 1);
		else
			FUZZ_HOLDS(key >= EFUSE_KEYS);
		break;
	case 3:
		FUZZ_HOLDS(fuse_secure_boot_burn(&chip->hal) == FW_OK);
		FUZZ_HOLDS(efuse_bit(&chip->efuse, HAL_EFUSE_SECURE_BOOT(chip->hal.board), false));
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
	static const struct hal_board board = {.flash_bytes = 64,
					       .sector_bytes = 64,
					       .program_bytes = 64,
					       .counter_bits = EFUSE_COUNTER_BITS,
					       .key_count = EFUSE_KEYS};
	struct efuse_whim whim = {.data = data, .size_bytes = size_bytes};
	uint8_t before[EFUSE_CELLS_MAX];
	struct chip chip;
	size_t cells;

	chip_open(&chip, &board, 0);
	cells = chip.efuse.cells;
	if (size_bytes > 0) {
		chip.efuse.choose = efuse_choose;
		chip.efuse.choose_context = &whim;
	}
	for (size_t i = 0; i < cells && i / 4 < size_bytes; i++)
		chip.efuse.cell[i] = (uint8_t)((data[i / 4] >> i % 4 * 2 & 3) % 3);
	efuse_read_check(&chip);
	for (size_t i = (cells + 3) / 4; i < size_bytes; i++) {
		memcpy(before, chip.efuse.cell, sizeof(before));
		efuse_burn_check(&chip, data[i]);
		efuse_read_check(&chip);
		for (size_t cell = 0; cell < cells; cell++)
			FUZZ_HOLDS(before[cell] != EFUSE_BURNT ||
				   chip.efuse.cell[cell] == EFUSE_BURNT);
	}
	chip_close(&chip);
	return 0;
}
