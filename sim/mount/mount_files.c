/*
 * What each file under the mount does: flash and eFuse are the injector's hal, so that ops are
 * numbered and cut as in process; control files are what goes in and out beside it.
 */
#include "sim/mount/mount_life.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* ---- the image that runs ---- */

/* The slot or RAM as the processor fetches from it: no read of the firmware's, not numbered. */
static int mount_image_read(struct mount_life *life, uint32_t offset, uint8_t *data,
			    uint32_t size_bytes)
{
	const struct hal_board *board = &life->device->board;
	struct hal_region region = {.size_bytes = board->ram_bytes};
	struct flash flash;

	if (!board->ram)
		region = board->slot[life->handover.slot];
	if (offset > region.size_bytes || size_bytes > region.size_bytes - offset)
		return FW_ERR_RANGE;
	if (board->ram) {
		memcpy(data, board->ram + offset, size_bytes);
		return FW_OK;
	}
	flash = life->device->chip.flash; /* without those who watch it or decide for it */
	flash.choose = NULL;
	flash.violation = NULL;
	return flash_read(&flash, region.offset + offset, data, size_bytes);
}

/* The payload that lies there is the release's own, byte for byte: only that may run as it is. */
static bool mount_payload_known(struct mount_life *life)
{
	const struct scenario_release *release = life->release;
	uint8_t *bytes = malloc(release->payload_bytes);
	bool known;

	assert(bytes);
	known = mount_image_read(life, release->header_bytes, bytes, release->payload_bytes) ==
			FW_OK &&
		!memcmp(bytes, release->image + release->header_bytes, release->payload_bytes);
	free(bytes);
	return known;
}

/* The plan has something for reads: each must come as the firmware makes it. */
static bool mount_reads_count(const struct mount_life *life)
{
	const struct plan *plan = life->faults->plan;

	for (uint32_t i = 0; i < plan->count; i++)
		if (plan->faults[i].kind == PLAN_MUTE || plan->faults[i].kind == PLAN_MISS ||
		    plan->faults[i].when == PLAN_AT_READ)
			return true;
	return false;
}

/* Up to the flash's end. A weak place is read when the firmware reads it, and not before. */
static int mount_firm_read(struct mount_life *life, uint64_t offset, uint8_t *data,
			   uint32_t size_bytes)
{
	struct flash *flash = &life->device->chip.flash;
	uint32_t flash_bytes = life->device->board.flash_bytes;
	int err;

	if (flash->weak_sectors || offset >= flash_bytes || mount_reads_count(life))
		return FW_ERR_NO_DATA;
	if (size_bytes > flash_bytes - offset)
		size_bytes = (uint32_t)(flash_bytes - offset);
	err = flash_read(flash, (uint32_t)offset, data, size_bytes);
	return err ? err : (int)size_bytes;
}

static enum files_behaves mount_behaves(enum behaviour behaviour)
{
	switch (behaviour) {
	case BEHAVIOUR_HEALTHY:
	case BEHAVIOUR_DEAF:
		return FILES_BEHAVES;
	case BEHAVIOUR_CRASH:
		return FILES_CRASHES;
	case BEHAVIOUR_HANG:
		return FILES_HANGS;
	case BEHAVIOUR_SELF_TEST:
		return FILES_FAILS_ITSELF;
	}
	return FILES_BEHAVES;
}

static void mount_jump(struct mount_life *life)
{
	const struct device_wiring *wiring = life->wiring;
	bool foreign = false;
	enum behaviour behaviour;

	inject_at_jump(life->faults);
	behaviour = wiring->jumped(wiring->context, &life->handover, &foreign);
	life->jumped = true;
	life->device->chip.cause = HAL_RESET_POWER;
	life->answer = (struct files_answer){.runs = FILES_RUNS_NOTHING};
	if (foreign)
		return;
	life->release = wiring->running(wiring->context);
	life->answer.behaves = mount_behaves(behaviour);
	life->answer.runs = FILES_RUNS_AGENT;
	if (life->release->is_agent && mount_payload_known(life)) {
		life->answer.runs = FILES_RUNS_PAYLOAD;
		life->answer.payload_offset = life->release->header_bytes;
		life->answer.payload_bytes = life->release->payload_bytes;
	}
}

/* The proof that what runs is what lay in the slot: the process' own executable, read back. */
static void mount_prove_payload(struct mount_life *life)
{
	uint32_t size_bytes = life->answer.payload_bytes;
	uint8_t *there = malloc(size_bytes), *runs = malloc(size_bytes + 1);
	char path[64];
	ssize_t got = -1;
	int fd;

	assert(there && runs);
	(void)snprintf(path, sizeof(path), "/proc/%d/exe", (int)life->pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		got = pread(fd, runs, size_bytes + 1, 0);
		(void)close(fd);
	}
	if (got != (ssize_t)size_bytes ||
	    mount_image_read(life, life->answer.payload_offset, there, size_bytes) != FW_OK ||
	    memcmp(there, runs, size_bytes) != 0)
		mount_broken("what runs is not the payload in slot %c, expected its %u bytes",
			     'A' + (int)life->handover.slot, size_bytes);
	free(there);
	free(runs);
}

/* ---- control files ---- */

/* A source line that stays: who watches an op keeps the pointer. */
static const char *mount_site(struct mount *mount, const char *site)
{
	for (uint32_t i = 0; i < mount->site_count; i++)
		if (!strcmp(mount->sites[i], site))
			return mount->sites[i];
	if (mount->site_count == MOUNT_SITES_MAX)
		mount_broken("more than %d source lines change the flash", MOUNT_SITES_MAX);
	mount->sites[mount->site_count] = strdup(site);
	assert(mount->sites[mount->site_count]);
	return mount->sites[mount->site_count++];
}

static int mount_log(struct mount *mount, const char *line, uint32_t size_bytes)
{
	struct hal *hal = &mount->life->faults->hal;
	size_t site_bytes = strnlen(line, size_bytes) + 1;

	if (site_bytes >= size_bytes || line[size_bytes - 1] != '\0')
		return FW_ERR_RANGE;
	hal->site = mount_site(mount, line);
	hal->log(hal, "%s", line + site_bytes);
	return FW_OK;
}

static int mount_restart(struct mount_life *life, uint32_t cause)
{
	if (cause > HAL_RESET_SELF_TEST)
		return FW_ERR_RANGE;
	life->device->chip.cause = (enum hal_reset)cause;
	life->restarts = true;
	return FW_OK;
}

/* The file is one struct, and comes whole. */
static int mount_give(uint8_t *data, uint32_t size_bytes, const void *value, uint32_t value_bytes)
{
	if (size_bytes < value_bytes)
		return FW_ERR_RANGE;
	memcpy(data, value, value_bytes);
	return (int)value_bytes;
}

static int mount_network_read(const struct mount *mount, uint8_t *data, uint32_t size_bytes)
{
	struct files_network network;

	if (!mount->life->wiring->over_https)
		return FW_ERR_NO_DATA;
	mount_network_give(mount, &network);
	return mount_give(data, size_bytes, &network, sizeof(network));
}

static int mount_control_read(struct mount_life *life, enum files_control control, uint64_t offset,
			      uint8_t *data, uint32_t size_bytes)
{
	struct hal *hal = &life->faults->hal;
	uint32_t number;

	switch (control) {
	case FILES_BOARD:
		return mount_give(data, size_bytes, life->board, life->board_bytes);
	case FILES_CAUSE:
		number = hal->reset_cause(hal);
		return mount_give(data, size_bytes, &number, sizeof(number));
	case FILES_CLOCK:
		number = hal->clock_ms(hal);
		return mount_give(data, size_bytes, &number, sizeof(number));
	case FILES_ANSWER:
		if (!life->jumped)
			return FW_ERR_NO_DATA;
		return mount_give(data, size_bytes, &life->answer, sizeof(life->answer));
	case FILES_IMAGE:
		if (!life->jumped || mount_image_read(life, (uint32_t)offset, data, size_bytes))
			return FW_ERR_NO_DATA;
		return (int)size_bytes;
	case FILES_FIRM:
		return mount_firm_read(life, offset, data, size_bytes);
	case FILES_HANDOVER:
		if (!life->jumped)
			return FW_ERR_NO_DATA;
		if (!life->runs && life->answer.runs == FILES_RUNS_PAYLOAD)
			mount_prove_payload(life);
		life->runs = true;
		return mount_give(data, size_bytes, &life->handover, sizeof(life->handover));
	case FILES_MODEM:
		return mount_give(data, size_bytes, &life->device->outbox,
				  sizeof(life->device->outbox));
	default:
		return FW_ERR_NO_DATA;
	}
}

static int mount_ram_write(const struct hal_board *board, uint64_t offset, const uint8_t *data,
			   uint32_t size_bytes)
{
	if (!board->ram || offset > board->ram_bytes || size_bytes > board->ram_bytes - offset)
		return FW_ERR_RANGE;
	memcpy(board->ram + offset, data, size_bytes);
	return FW_OK;
}

static int mount_report(struct mount_life *life, const uint8_t *data)
{
	struct hal *hal = &life->faults->hal;
	struct hal_report report;

	memcpy(&report, data, sizeof(report));
	return hal->report(hal, &report);
}

static int mount_control_write(struct mount *mount, enum files_control control, uint64_t offset,
			       const uint8_t *data, uint32_t size_bytes)
{
	struct mount_life *life = mount->life;
	uint32_t number;

	switch (control) {
	case FILES_LOG:
		return mount_log(mount, (const char *)data, size_bytes);
	case FILES_SITE:
		if (size_bytes == 0 || data[size_bytes - 1] != '\0')
			return FW_ERR_RANGE;
		life->faults->hal.site = mount_site(mount, (const char *)data);
		return FW_OK;
	case FILES_REPORT:
		return size_bytes == sizeof(struct hal_report) ? mount_report(life, data)
							       : FW_ERR_RANGE;
	case FILES_RESTART:
		if (size_bytes != sizeof(number))
			return FW_ERR_RANGE;
		memcpy(&number, data, sizeof(number));
		return mount_restart(life, number);
	case FILES_MODEM:
		if (size_bytes != sizeof(life->device->outbox) || offset)
			return FW_ERR_RANGE;
		memcpy(&life->device->outbox, data, sizeof(life->device->outbox));
		return FW_OK;
	case FILES_RAM:
		return mount_ram_write(&life->device->board, offset, data, size_bytes);
	case FILES_JUMP:
		if (size_bytes != sizeof(life->handover) || life->jumped)
			return FW_ERR_RANGE;
		memcpy(&life->handover, data, sizeof(life->handover));
		mount_jump(life);
		return FW_OK;
	default:
		return FW_ERR_NO_DATA;
	}
}

/* ---- the chip ---- */

/* Some cells at once only while all are firm: a weak one is read when the firmware reads it. */
static int mount_efuse_read(const struct mount_life *life, uint32_t cell, uint8_t *data,
			    uint32_t size_bytes)
{
	const struct efuse *efuse = &life->faults->chip->efuse;
	struct hal *hal = &life->faults->hal;
	int err = FW_OK;

	if (size_bytes > 1 &&
	    (memchr(efuse->cell, EFUSE_WEAK, efuse->cells) || mount_reads_count(life)))
		return FW_ERR_IO;
	for (uint32_t i = 0; !err && i < size_bytes; i++) {
		bool burnt = false;

		err = hal->efuse_read(hal, cell + i, &burnt);
		data[i] = burnt;
	}
	return err ? err : (int)size_bytes;
}

static int mount_net_read(struct mount *mount, uint64_t index, uint32_t offset, uint8_t *data,
			  uint32_t size_bytes)
{
	struct hal *hal = &mount->life->faults->hal;
	const struct mount_uri *uri = &mount->uris[index];

	if (index >= mount->uri_count)
		return FW_ERR_NO_DATA;
	return hal->fetch(hal, uri->text, uri->bytes, offset, data, size_bytes);
}

int mount_file_read(struct mount *mount, uint64_t node, uint64_t offset, uint8_t *data,
		    uint32_t size_bytes)
{
	struct mount_life *life = mount->life;
	struct hal *hal;
	int err;

	if (!life || life->over)
		return FW_ERR_IO;
	if (offset > UINT32_MAX)
		return FW_ERR_RANGE;
	hal = &life->faults->hal;
	if (node == MOUNT_EFUSE)
		return mount_efuse_read(life, (uint32_t)offset, data, size_bytes);
	if (node >= MOUNT_NODES)
		return mount_net_read(mount, node - MOUNT_NODES, (uint32_t)offset, data,
				      size_bytes);
	if (node == MOUNT_CONTROLS + FILES_NETWORK)
		return mount_network_read(mount, data, size_bytes);
	if (node >= MOUNT_CONTROLS)
		return mount_control_read(life, (enum files_control)(node - MOUNT_CONTROLS), offset,
					  data, size_bytes);
	if (node != MOUNT_FLASH)
		return FW_ERR_NO_DATA;
	err = hal->flash_read(hal, (uint32_t)offset, data, size_bytes);
	return err ? err : (int)size_bytes;
}

int mount_file_write(struct mount *mount, uint64_t node, uint64_t offset, const uint8_t *data,
		     uint32_t size_bytes)
{
	struct mount_life *life = mount->life;
	struct hal *hal;
	int err = FW_ERR_NO_DATA;

	if (!life || life->over)
		return FW_ERR_IO;
	if (offset > UINT32_MAX)
		return FW_ERR_RANGE;
	hal = &life->faults->hal;
	if (node == MOUNT_FLASH)
		err = hal->flash_program(hal, (uint32_t)offset, data, size_bytes);
	else if (node == MOUNT_EFUSE)
		err = size_bytes == 1 ? hal->efuse_burn(hal, (uint32_t)offset) : FW_ERR_ALIGN;
	else if (node >= MOUNT_CONTROLS && node < MOUNT_NODES)
		err = mount_control_write(mount, (enum files_control)(node - MOUNT_CONTROLS),
					  offset, data, size_bytes);
	return err ? err : (int)size_bytes;
}

int mount_file_erase(struct mount *mount, uint64_t node, uint64_t offset, uint64_t size_bytes)
{
	struct mount_life *life = mount->life;
	struct hal *hal;

	if (!life || life->over || node != MOUNT_FLASH)
		return FW_ERR_IO;
	if (offset > UINT32_MAX)
		return FW_ERR_RANGE;
	hal = &life->faults->hal;
	if (size_bytes != life->device->board.sector_bytes)
		return FW_ERR_ALIGN;
	return hal->flash_erase(hal, (uint32_t)offset);
}

int mount_file_sync(struct mount *mount, uint64_t node)
{
	struct mount_life *life = mount->life;
	struct hal *hal;

	if (!life || life->over)
		return FW_ERR_IO;
	hal = &life->faults->hal;
	return node == MOUNT_FLASH ? hal->flash_flush(hal) : FW_OK;
}
