/* The boot control record: bytes in flash, fields in RAM. */
#include "device-model/firmware/bootctl.h"

#include "device-model/firmware/bytes.h"
#include "device-model/firmware/record.h"

#define BOOTCTL_BYTES 48u

static struct record_store bootctl_store(const struct hal *hal)
{
	struct record_store store = {
		.copy = hal->board->bootctl,
		.magic = 0x6c746362u, /* "bctl" */
		.payload_bytes = BOOTCTL_BYTES,
	};

	return store;
}

void bootctl_fresh(struct bootctl *ctl)
{
	bytes_fill(ctl, 0, sizeof(*ctl));
	ctl->active = BOOTCTL_NONE;
	ctl->pending = BOOTCTL_NONE;
}

static bool bootctl_is_slot(uint32_t slot)
{
	return slot < BOOTCTL_SLOTS || slot == BOOTCTL_NONE;
}

int bootctl_load(struct hal *hal, struct bootctl *ctl)
{
	struct record_store store = bootctl_store(hal);
	uint8_t bytes[BOOTCTL_BYTES];
	int err = record_load(hal, &store, bytes);

	if (err == FW_ERR_RECORD)
		return err;
	ctl->active = bytes[0];
	ctl->pending = bytes[1];
	ctl->attempts = bytes[2];
	ctl->trying = bytes[3] == 1;
	ctl->counter_done = bytes_le32(bytes + 4);
	ctl->revoked_done = bytes_le32(bytes + 8);
	ctl->sequence_confirmed = bytes_le64(bytes + 12);
	ctl->sequence_pending = bytes_le64(bytes + 20);
	ctl->sequence_given_up = bytes_le64(bytes + 28);
	ctl->sequence_failed = bytes_le64(bytes + 36);
	ctl->failed = bytes_le32(bytes + 44);
	/* Well-formed but absurd: somebody else's hand. */
	if (!bootctl_is_slot(ctl->active) || !bootctl_is_slot(ctl->pending) || bytes[3] > 1 ||
	    (ctl->pending != BOOTCTL_NONE && ctl->pending == ctl->active) ||
	    ctl->attempts > hal->board->attempts)
		return FW_ERR_RECORD;
	return err;
}

int bootctl_save(struct hal *hal, const struct bootctl *ctl)
{
	struct record_store store = bootctl_store(hal);
	uint8_t bytes[BOOTCTL_BYTES];

	bytes[0] = ctl->active;
	bytes[1] = ctl->pending;
	bytes[2] = ctl->attempts;
	bytes[3] = ctl->trying ? 1 : 0;
	bytes_put_le32(bytes + 4, ctl->counter_done);
	bytes_put_le32(bytes + 8, ctl->revoked_done);
	bytes_put_le64(bytes + 12, ctl->sequence_confirmed);
	bytes_put_le64(bytes + 20, ctl->sequence_pending);
	bytes_put_le64(bytes + 28, ctl->sequence_given_up);
	bytes_put_le64(bytes + 36, ctl->sequence_failed);
	bytes_put_le32(bytes + 44, ctl->failed);
	return record_save(hal, &store, bytes);
}
