/* The chip: hardware models as one hal. */
#include "device-model/hardware/chip.h"

#include <stdlib.h>
#include <string.h>

#include "device-model/hardware/crypto.h"

static struct chip *chip_of(struct hal *hal)
{
	return (struct chip *)hal;
}

static int chip_flash_read(struct hal *hal, uint32_t offset, void *data, uint32_t size_bytes)
{
	return flash_read(&chip_of(hal)->flash, offset, data, size_bytes);
}

static int chip_flash_program(struct hal *hal, uint32_t offset, const void *data,
			      uint32_t size_bytes)
{
	return flash_program(&chip_of(hal)->flash, offset, data, size_bytes);
}

static int chip_flash_erase(struct hal *hal, uint32_t offset)
{
	return flash_erase(&chip_of(hal)->flash, offset);
}

static int chip_flash_flush(struct hal *hal)
{
	(void)hal; /* NOR flash holds nothing back */
	return FW_OK;
}

static int chip_efuse_read(struct hal *hal, uint32_t cell, bool *burnt)
{
	return efuse_read(&chip_of(hal)->efuse, cell, burnt);
}

static int chip_efuse_burn(struct hal *hal, uint32_t cell)
{
	return efuse_burn(&chip_of(hal)->efuse, cell);
}

static uint32_t chip_clock_ms(struct hal *hal)
{
	return chip_of(hal)->clock_ms++;
}

/* Nobody listens to a chip alone; who wants to hear wraps the hal. */
static void chip_log(struct hal *hal, const char *format, ...)
{
	(void)hal;
	(void)format;
}

static int chip_fetch(struct hal *hal, const char *uri, uint32_t uri_bytes, uint32_t offset,
		      void *data, uint32_t size_bytes)
{
	struct chip_outside *outside = &chip_of(hal)->outside;

	return outside->fetch(outside->context, uri, uri_bytes, offset, data, size_bytes);
}

static int chip_report(struct hal *hal, const struct hal_report *report)
{
	struct chip_outside *outside = &chip_of(hal)->outside;

	return outside->report(outside->context, report);
}

static enum hal_reset chip_reset_cause(struct hal *hal)
{
	return chip_of(hal)->cause;
}

static void chip_watchdog_feed(struct hal *hal)
{
	(void)hal; /* a hang is found by who runs the chip */
}

__attribute__((noreturn)) static void chip_restart(struct hal *hal, enum hal_reset cause)
{
	struct chip_outside *outside = &chip_of(hal)->outside;

	outside->restart(outside->context, cause);
	abort(); /* a restart that comes back is a fault of the harness */
}

__attribute__((noreturn)) static void chip_jump(struct hal *hal,
						const struct hal_handover *handover)
{
	struct chip_outside *outside = &chip_of(hal)->outside;

	outside->jump(outside->context, handover);
	abort();
}

static void chip_fill(struct chip *chip, const struct hal_board *board)
{
	struct hal *hal = &chip->hal;

	hal->board = board;
	hal->site = "";
	hal->flash_read = chip_flash_read;
	hal->flash_program = chip_flash_program;
	hal->flash_erase = chip_flash_erase;
	hal->flash_flush = chip_flash_flush;
	hal->efuse_read = chip_efuse_read;
	hal->efuse_burn = chip_efuse_burn;
	crypto_fill(hal);
	hal->clock_ms = chip_clock_ms;
	hal->log = chip_log;
	hal->fetch = chip_fetch;
	hal->report = chip_report;
	hal->reset_cause = chip_reset_cause;
	hal->watchdog_feed = chip_watchdog_feed;
	hal->restart = chip_restart;
	hal->jump = chip_jump;
}

void chip_open(struct chip *chip, const struct hal_board *board, uint32_t endurance)
{
	memset(chip, 0, sizeof(*chip));
	chip_fill(chip, board);
	flash_open(&chip->flash, board, endurance);
	efuse_open(&chip->efuse, board);
	chip->cause = HAL_RESET_POWER;
}

void chip_close(struct chip *chip)
{
	flash_close(&chip->flash);
	memset(chip, 0, sizeof(*chip));
}

void chip_copy(struct chip *copy, const struct chip *chip)
{
	memset(copy, 0, sizeof(*copy));
	copy->hal = chip->hal;
	flash_copy(&copy->flash, &chip->flash);
	copy->efuse = chip->efuse;
	copy->cause = chip->cause;
	copy->flash.choose = NULL;
	copy->flash.choose_bits = NULL;
	copy->flash.violation = NULL;
	copy->efuse.choose = NULL;
}
