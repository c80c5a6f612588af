/* Provisioning: a blank chip becomes a device. */
#include "device-model/firmware/provision.h"

#include "device-model/firmware/bootctl.h"
#include "device-model/firmware/bytes.h"
#include "device-model/firmware/fuse.h"
#include "device-model/firmware/image.h"
#include "device-model/firmware/journal.h"

/* Fills one program unit from the jig. Returns how many bytes there were. */
static int provision_fetch(struct hal *hal, uint32_t offset, uint8_t *buffer, uint32_t size_bytes)
{
	uint32_t have = 0;

	bytes_fill(buffer, 0xff, size_bytes);
	while (have < size_bytes) {
		int got = hal->fetch(hal, PROVISION_URI, sizeof(PROVISION_URI) - 1u, offset + have,
				     buffer + have, size_bytes - have);

		if (got < 0)
			return got;
		if (got == 0)
			break;
		if ((uint32_t)got > size_bytes - have)
			return FW_ERR_RANGE;
		have += (uint32_t)got;
	}
	return (int)have;
}

static int provision_image(struct hal *hal, const struct hal_region *slot)
{
	const struct hal_board *board = hal->board;
	uint8_t buffer[HAL_PROGRAM_MAX];

	for (uint32_t at = 0; at < slot->size_bytes; at += board->program_bytes) {
		int got, err = FW_OK;

		if (at % board->sector_bytes == 0)
			err = HAL_CHANGE(hal, flash_erase, slot->offset + at);
		if (err)
			return err;
		got = provision_fetch(hal, at, buffer, board->program_bytes);
		if (got < 0)
			return got;
		if (got == 0)
			return at ? FW_OK : FW_ERR_NO_DATA;
		err = HAL_CHANGE(hal, flash_program, slot->offset + at, buffer,
				 board->program_bytes);
		if (err)
			return err;
	}
	return FW_OK;
}

static int provision_bootctl(struct hal *hal, uint32_t counter_done)
{
	struct bootctl ctl;

	bootctl_fresh(&ctl);
	ctl.active = 0;
	ctl.counter_done = counter_done;
	return bootctl_save(hal, &ctl);
}

int provision_run(struct hal *hal)
{
	const struct hal_board *board = hal->board;
	struct image_rules rules = {
		.security_required = true,
		.security_limit = board->counter_bits,
		.vendor_id = board->vendor_id,
		.class_id = board->class_id,
	};
	struct image_source source = {.offset = board->slot[0].offset,
				      .size_bytes = board->slot[0].size_bytes};
	struct image_info info;
	int err = provision_image(hal, &board->slot[0]);

	if (!err)
		err = image_check(hal, &source, &rules, &info);
	if (err)
		return err;
	err = journal_drop(hal);
	if (!err)
		err = provision_bootctl(hal, 0);
	if (!err)
		err = fuse_counter_burn(hal, 0, info.security);
	if (!err)
		err = provision_bootctl(hal, info.security);
	return err ? err : fuse_secure_boot_burn(hal);
}
