/* Fetching an image into a slot, sector by sector, part by part. */
#include "device-model/firmware/download.h"

#include "device-model/firmware/bytes.h"
#include "device-model/firmware/image.h"

/* Fills the buffer from the network, however small the pieces are in which it comes. */
static int download_receive(struct hal *hal, const struct manifest_update *update, uint32_t offset,
			    uint8_t *buffer, uint32_t size_bytes)
{
	uint32_t have = 0;

	while (have < size_bytes) {
		int got = hal->fetch(hal, update->uri, update->uri_bytes, offset + have,
				     buffer + have, size_bytes - have);

		if (got < 0)
			return got;
		if (got == 0 || (uint32_t)got > size_bytes - have)
			return FW_ERR_SHORT;
		have += (uint32_t)got;
		hal->watchdog_feed(hal);
	}
	return FW_OK;
}

/* Erases one sector of the slot and programs its part of the image, unit by unit. */
static int download_sector(struct hal *hal, const struct download *download, uint32_t sector)
{
	const struct hal_board *board = hal->board;
	uint32_t start = sector * board->sector_bytes, unit = board->program_bytes;
	uint32_t end = start + board->sector_bytes;
	uint32_t base = board->slot[download->slot].offset;
	uint8_t buffer[HAL_PROGRAM_MAX];
	int err = HAL_CHANGE(hal, flash_erase, base + start);

	if (end > download->update->size_bytes)
		end = download->update->size_bytes;
	for (uint32_t at = start; !err && at < end; at += unit) {
		uint32_t part = end - at < unit ? end - at : unit;

		bytes_fill(buffer, 0xff, unit);
		err = download_receive(hal, download->update, at, buffer, part);
		if (!err)
			err = HAL_CHANGE(hal, flash_program, base + at, buffer, unit);
	}
	return err ? err : HAL_FLUSH(hal);
}

/* SHA-256 of the image as the flash holds it. */
static int download_digest(struct hal *hal, const struct download *download,
			   uint8_t value[HAL_DIGEST_BYTES])
{
	uint32_t base = hal->board->slot[download->slot].offset;
	uint32_t size = download->update->size_bytes;
	struct hal_digest digest;
	uint8_t buffer[1024];
	int err = hal->digest_start(hal, &digest);

	for (uint32_t at = 0; !err && at < size; at += sizeof(buffer)) {
		uint32_t part = size - at < sizeof(buffer) ? size - at : sizeof(buffer);

		err = hal->flash_read(hal, base + at, buffer, part);
		if (!err)
			err = hal->digest_add(hal, &digest, buffer, part);
	}
	return err ? err : hal->digest_end(hal, &digest, value);
}

static bool download_version_equal(const struct hal_version *a, const struct hal_version *b)
{
	return a->major == b->major && a->minor == b->minor && a->revision == b->revision &&
	       a->build == b->build;
}

/* The flash holds what the manifest names, and it is an image that may run here. */
static int download_check(struct hal *hal, const struct download *download, uint32_t security_floor,
			  uint32_t revoked)
{
	const struct hal_board *board = hal->board;
	const struct manifest_update *update = download->update;
	struct image_rules rules = {
		.security_required = true,
		.security_floor = security_floor,
		.security_limit = board->counter_bits,
		.revoked = revoked,
		.vendor_id = board->vendor_id,
		.class_id = board->class_id,
	};
	struct image_source source = {
		.offset = board->slot[download->slot].offset,
		.size_bytes = board->slot[download->slot].size_bytes,
	};
	struct image_info info;
	uint8_t value[HAL_DIGEST_BYTES];
	int err = download_digest(hal, download, value);

	if (err)
		return err;
	if (!bytes_equal(value, update->digest, HAL_DIGEST_BYTES))
		return FW_ERR_IMAGE_MANIFEST;
	err = image_check(hal, &source, &rules, &info);
	if (err)
		return err;
	if (info.size_bytes > update->size_bytes || info.security != update->security ||
	    !download_version_equal(&info.version, &update->version))
		return FW_ERR_IMAGE_MANIFEST;
	return FW_OK;
}

int download_verify(struct hal *hal, struct download *download, uint32_t security_floor,
		    uint32_t revoked)
{
	struct journal *journal = &download->journal;
	int err = FW_ERR_IO, restarted;

	for (uint32_t tries = 0; err == FW_ERR_IO && tries < IMAGE_TRIES; tries++)
		err = download_check(hal, download, security_floor, revoked);
	if (!err)
		return journal->done < journal->parts ? journal_mark(hal, journal) : FW_OK;
	/*
	 * Not what was promised: the next try starts from nothing, and until one comes to its end
	 * the log says of the slot that it is no image to fall back to, however good its signature.
	 */
	restarted = journal_restart(hal, journal);
	return restarted ? restarted : err;
}

int download_fetch(struct hal *hal, struct download *download)
{
	struct journal *journal = &download->journal;
	uint32_t sector_bytes = hal->board->sector_bytes;
	uint32_t sectors = (download->update->size_bytes + sector_bytes - 1u) / sector_bytes;
	uint32_t parts = journal_parts(hal->board), sector;
	uint32_t part = (sectors + parts - 1u) / parts; /* sectors that one mark stands for */
	int err;

	journal->digest = download->manifest_digest;
	journal->slot = download->slot;
	journal->parts = (sectors + part - 1u) / part;
	err = journal_open(hal, journal);
	sector = journal->done * part;
	if (!err && sector < sectors)
		HAL_LOG(hal, "downloads to slot %c from sector %u of %u", 'A' + (int)download->slot,
			(unsigned)sector, (unsigned)sectors);
	while (!err && sector < sectors) {
		err = download_sector(hal, download, sector);
		sector++;
		/* The last part is done when all of them are what was promised. */
		if (!err && sector % part == 0 && sector < sectors)
			err = journal_mark(hal, journal);
	}
	return err;
}
