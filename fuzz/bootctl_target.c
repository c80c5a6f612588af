/*
 * The copies of bootctl, written by the firmware and by other hands in turn. What is read makes
 * sense and reads the same again; what was saved with nobody else about is what is read.
 */
#include <string.h>

#include "device-model/firmware/bootctl.h"
#include "device-model/hardware/chip.h"
#include "fuzz/fuzz.h"
#include "fuzz/patch.h"
#include "fuzz/take.h"

#define BOOTCTL_SECTOR_BYTES 256u
#define BOOTCTL_STEPS_MAX    64u

static const struct hal_board bootctl_board = {
	.flash_bytes = HAL_COPIES * BOOTCTL_SECTOR_BYTES,
	.sector_bytes = BOOTCTL_SECTOR_BYTES,
	.program_bytes = 4,
	.bootctl = {{0, BOOTCTL_SECTOR_BYTES},
		    {BOOTCTL_SECTOR_BYTES, BOOTCTL_SECTOR_BYTES},
		    {2 * BOOTCTL_SECTOR_BYTES, BOOTCTL_SECTOR_BYTES}},
	.counter_bits = 8,
	.attempts = 3,
};

/* One device, and what is known of its record. */
struct bootctl_trial {
	struct chip chip;
	struct bootctl saved;
	bool known;    /* saved is what a load must give */
	bool tampered; /* cells may not be erased where the firmware thinks so */
};

static void bootctl_violation(void *context, enum flash_violation what, uint32_t offset,
			      uint32_t size_bytes)
{
	const struct bootctl_trial *trial = context;

	if (what != FLASH_NOT_ERASED || !trial->tampered)
		fuzz_fail("contained", "bootctl does what no firmware may, %d at 0x%x, %u bytes",
			  (int)what, offset, size_bytes);
}

static bool bootctl_equal(const struct bootctl *a, const struct bootctl *b)
{
	return a->active == b->active && a->pending == b->pending && a->attempts == b->attempts &&
	       a->trying == b->trying && a->counter_done == b->counter_done &&
	       a->revoked_done == b->revoked_done &&
	       a->sequence_confirmed == b->sequence_confirmed &&
	       a->sequence_pending == b->sequence_pending &&
	       a->sequence_given_up == b->sequence_given_up &&
	       a->sequence_failed == b->sequence_failed && a->failed == b->failed;
}

static void bootctl_load_check(struct bootctl_trial *trial)
{
	struct bootctl ctl, again;
	int err = bootctl_load(&trial->chip.hal, &ctl);

	FUZZ_HOLDS(err == FW_OK || err == FW_ERR_RECORD || (trial->tampered && err == FW_ERR_IO));
	FUZZ_HOLDS(!trial->known || err == FW_OK);
	if (err != FW_OK)
		return;
	FUZZ_HOLDS(ctl.active < BOOTCTL_SLOTS || ctl.active == BOOTCTL_NONE);
	FUZZ_HOLDS(ctl.pending < BOOTCTL_SLOTS || ctl.pending == BOOTCTL_NONE);
	FUZZ_HOLDS(ctl.pending == BOOTCTL_NONE || ctl.pending != ctl.active);
	FUZZ_HOLDS(ctl.attempts <= bootctl_board.attempts);
	FUZZ_HOLDS(!trial->known || bootctl_equal(&ctl, &trial->saved));
	FUZZ_HOLDS(bootctl_load(&trial->chip.hal, &again) == FW_OK && bootctl_equal(&ctl, &again));
}

static void bootctl_save_step(struct bootctl_trial *trial, struct take *take)
{
	struct bootctl ctl;

	bootctl_fresh(&ctl);
	ctl.active = (uint8_t)(take_u8(take) % 2);
	if (take_u8(take) & 1)
		ctl.pending = 1 - ctl.active;
	ctl.attempts = (uint8_t)(take_u8(take) % 4);
	ctl.trying = take_u8(take) & 1;
	ctl.counter_done = take_u8(take);
	ctl.revoked_done = take_u8(take);
	ctl.sequence_confirmed = take_u64(take);
	ctl.sequence_pending = take_u16(take);
	ctl.sequence_given_up = take_u16(take);
	ctl.sequence_failed = take_u16(take);
	ctl.failed = take_u8(take);
	/* A save goes by the copies as a load left them. */
	bootctl_load_check(trial);
	trial->known = bootctl_save(&trial->chip.hal, &ctl) == FW_OK && !trial->tampered;
	FUZZ_HOLDS(trial->known || trial->tampered);
	trial->saved = ctl;
}

static void bootctl_tamper_step(struct bootctl_trial *trial, uint32_t how, struct take *take)
{
	uint32_t copy = take_u8(take) % HAL_COPIES * BOOTCTL_SECTOR_BYTES;
	uint8_t sector[BOOTCTL_SECTOR_BYTES];
	const uint8_t *data;
	uint32_t at;
	size_t bytes;

	trial->tampered = true;
	trial->known = false;
	switch (how) {
	case 0:
		at = take_u16(take) % (8 * BOOTCTL_SECTOR_BYTES);
		flash_flip(&trial->chip.flash, copy + at / 8, at % 8);
		break;
	case 1:
		at = take_u8(take);
		bytes = take_bytes(take, take_u8(take), &data);
		if (bytes <= BOOTCTL_SECTOR_BYTES - at && bytes > 0)
			patch_flash(&trial->chip.flash, copy + at, data, bytes);
		break;
	case 2:
		patch_erase(&trial->chip.flash, (struct hal_region){copy, sizeof(sector)});
		break;
	case 3:
		at = take_u8(take) % HAL_COPIES * BOOTCTL_SECTOR_BYTES;
		FUZZ_HOLDS(flash_read(&trial->chip.flash, at, sector, sizeof(sector)) == FW_OK);
		patch_flash(&trial->chip.flash, copy, sector, sizeof(sector));
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
	struct take take = {data, size_bytes};
	struct bootctl_trial trial;

	memset(&trial, 0, sizeof(trial));
	chip_open(&trial.chip, &bootctl_board, 0);
	trial.chip.flash.violation = bootctl_violation;
	trial.chip.flash.violation_context = &trial;
	for (uint32_t step = 0; step < BOOTCTL_STEPS_MAX && take.left_bytes > 0; step++) {
		uint32_t what = take_u8(&take) % 8;

		if (what < 4)
			bootctl_tamper_step(&trial, what, &take);
		else if (what < 7)
			bootctl_save_step(&trial, &take);
		else
			bootctl_load_check(&trial);
	}
	bootctl_load_check(&trial);
	chip_close(&trial.chip);
	return 0;
}
