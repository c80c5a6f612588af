/*
 * The bootloader: pending slot while attempts last, else active, else the other, all in one life. A
 * slot that bootctl does not vouch for must not be one that a download has not finished.
 */
#include "device-model/firmware/bootloader.h"

#include "device-model/firmware/bootctl.h"
#include "device-model/firmware/bytes.h"
#include "device-model/firmware/fuse.h"
#include "device-model/firmware/fw_err.h"
#include "device-model/firmware/image.h"
#include "device-model/firmware/journal.h"

/* One boot, as far as it has been decided. */
struct bootloader {
	struct hal *hal;
	struct bootctl ctl;
	struct image_rules rules;
	uint32_t counter;
};

static char bootloader_letter(uint32_t slot)
{
	return slot < BOOTCTL_SLOTS ? (char)('A' + slot) : '-';
}

/* What the eFuse says may run on this device. */
static int bootloader_rules(struct bootloader *boot)
{
	const struct hal_board *board = boot->hal->board;
	int err = fuse_counter(boot->hal, &boot->counter);

	if (!err)
		err = fuse_revoked(boot->hal, &boot->rules.revoked);
	boot->rules.security_required = true;
	boot->rules.security_floor = boot->counter;
	boot->rules.security_limit = board->counter_bits;
	boot->rules.vendor_id = board->vendor_id;
	boot->rules.class_id = board->class_id;
	return err;
}

/* With a confirmed slot, bootctl knows that one, and the pending one, to be whole. */
static bool bootloader_vouches(const struct bootctl *ctl, uint32_t slot)
{
	return ctl->active != BOOTCTL_NONE && (slot == ctl->active || slot == ctl->pending);
}

/* Verifies a slot where it will run: in place, or in RAM after it was copied there. */
static int bootloader_verify_once(struct bootloader *boot, uint32_t slot, struct image_info *info)
{
	struct hal *hal = boot->hal;
	const struct hal_region *region = &hal->board->slot[slot];
	struct image_source source = {.offset = region->offset, .size_bytes = region->size_bytes};

	hal->watchdog_feed(hal);
	/* Half a download may read as a whole image now and as half of one while it runs. */
	if (!bootloader_vouches(&boot->ctl, slot) && journal_unfinished(hal, slot))
		return FW_ERR_IMAGE_UNFINISHED;
	if (hal->board->ram) {
		int err;

		if (region->size_bytes > hal->board->ram_bytes)
			return FW_ERR_RANGE;
		err = hal->flash_read(hal, region->offset, hal->board->ram, region->size_bytes);
		if (err)
			return err;
		source.ram = hal->board->ram;
	}
	return image_check(hal, &source, &boot->rules, info);
}

/*
 * A read that fails may come right. A confirmed slot that is passed over for it loses its place for
 * good: the other one boots, is fit, and is confirmed.
 */
static int bootloader_verify(struct bootloader *boot, uint32_t slot, struct image_info *info)
{
	int err = FW_ERR_IO;

	for (uint32_t tries = 0; err == FW_ERR_IO && tries < IMAGE_TRIES; tries++)
		err = bootloader_verify_once(boot, slot, info);
	return err;
}

static bool bootloader_newer(const struct hal_version *a, const struct hal_version *b)
{
	if (a->major != b->major)
		return a->major > b->major;
	if (a->minor != b->minor)
		return a->minor > b->minor;
	if (a->revision != b->revision)
		return a->revision > b->revision;
	return a->build > b->build;
}

/*
 * Neither copy of bootctl is valid: the slots that verify are on trial, the highest version first,
 * and nothing else is known.
 */
static int bootloader_start_afresh(struct bootloader *boot)
{
	struct image_info info[BOOTCTL_SLOTS];
	bool good[BOOTCTL_SLOTS];

	bootctl_fresh(&boot->ctl);
	for (uint32_t slot = 0; slot < BOOTCTL_SLOTS; slot++)
		good[slot] = bootloader_verify(boot, slot, &info[slot]) == FW_OK;
	if (!good[0] && !good[1])
		return FW_ERR_NO_IMAGE;
	boot->ctl.pending = good[1] ? 1 : 0;
	if (good[0] && good[1])
		boot->ctl.pending = bootloader_newer(&info[1].version, &info[0].version) ? 1 : 0;
	boot->ctl.attempts = (uint8_t)boot->hal->board->attempts;
	HAL_LOG(boot->hal, "no bootctl: slot %c is on trial", bootloader_letter(boot->ctl.pending));
	return bootctl_save(boot->hal, &boot->ctl);
}

/* A pending image whose last attempt failed is given up. */
static int bootloader_judge_trial(struct bootloader *boot)
{
	struct bootctl *ctl = &boot->ctl;
	enum hal_reset cause = boot->hal->reset_cause(boot->hal);

	if (ctl->pending == BOOTCTL_NONE || !ctl->trying || cause == HAL_RESET_POWER)
		return FW_OK; /* power was lost: the attempt is given back */
	ctl->trying = false;
	if (ctl->attempts > 0)
		return FW_OK;
	HAL_LOG(boot->hal, "slot %c did not come up within its attempts: given up",
		bootloader_letter(ctl->pending));
	if (ctl->sequence_pending)
		ctl->sequence_given_up = ctl->sequence_pending;
	/* With no slot confirmed there is none to go back to: the other one has its turn. */
	ctl->attempts = ctl->active == BOOTCTL_NONE ? (uint8_t)boot->hal->board->attempts : 0;
	ctl->pending = ctl->active == BOOTCTL_NONE ? (uint8_t)(1u - ctl->pending) : BOOTCTL_NONE;
	ctl->sequence_pending = 0;
	return bootctl_save(boot->hal, ctl);
}

/* Stores that the pending image is about to be tried, unless that is stored already. */
static int bootloader_store_attempt(struct bootloader *boot)
{
	if (boot->ctl.trying)
		return FW_OK;
	if (boot->ctl.attempts == 0)
		return FW_ERR_UNCONFIRMED;
	boot->ctl.attempts--;
	boot->ctl.trying = true;
	return bootctl_save(boot->hal, &boot->ctl);
}

/* Jumps if the slot is good; comes back if it is passed over. */
static void bootloader_try(struct bootloader *boot, uint32_t slot)
{
	struct hal *hal = boot->hal;
	struct image_info info;
	struct hal_handover handover;
	int err = bootloader_verify(boot, slot, &info);

	if (!err && slot == boot->ctl.pending)
		err = bootloader_store_attempt(boot);
	if (err) {
		HAL_LOG(hal, "slot %c is passed over: %s", bootloader_letter(slot),
			fw_err_text(err));
		return;
	}
	bytes_fill(&handover, 0, sizeof(handover));
	handover.slot = slot;
	handover.size_bytes = info.size_bytes;
	handover.confirmed = slot == boot->ctl.active;
	handover.security = info.security;
	handover.key = info.key;
	handover.revokes = info.revokes;
	handover.version = info.version;
	HAL_LOG(hal, "boots slot %c, %u.%u.%u, security %u, %s", bootloader_letter(slot),
		info.version.major, info.version.minor, info.version.revision,
		(unsigned)info.security, handover.confirmed ? "confirmed" : "on trial");
	hal->jump(hal, &handover);
}

int bootloader_run(struct hal *hal)
{
	struct bootloader boot;
	uint32_t first;
	int err;

	bytes_fill(&boot, 0, sizeof(boot));
	bootctl_fresh(&boot.ctl);
	boot.hal = hal;
	err = bootloader_rules(&boot);
	if (err)
		return err;
	err = bootctl_load(hal, &boot.ctl);
	if (err == FW_ERR_RECORD)
		err = bootloader_start_afresh(&boot);
	if (err == FW_ERR_NO_IMAGE)
		return err;
	HAL_LOG(hal, "slot %c active, slot %c pending, security counter %u",
		bootloader_letter(boot.ctl.active), bootloader_letter(boot.ctl.pending),
		(unsigned)boot.counter);
	/* A flash that no longer takes records still boots what it holds, but tries nothing new. */
	if (!err)
		err = bootloader_judge_trial(&boot);
	/* Those who come back have passed their slot over; the next one is tried in the same life.
	 */
	if (!err && boot.ctl.pending != BOOTCTL_NONE)
		bootloader_try(&boot, boot.ctl.pending);
	first = boot.ctl.active < BOOTCTL_SLOTS ? boot.ctl.active : 0;
	boot.ctl.pending = BOOTCTL_NONE;
	bootloader_try(&boot, first);
	bootloader_try(&boot, 1u - first);
	HAL_LOG(hal, "no slot boots");
	return FW_ERR_NO_IMAGE;
}
