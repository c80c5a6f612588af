/* A hal over files. */
#include "device-model/hardware/files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "device-model/hardware/crypto.h"
#include "firmware_digest.h" /* made by the Makefile */

static struct files *files_of(struct hal *hal)
{
	return (struct files *)hal;
}

void files_broken(const char *format, ...)
{
	va_list list;

	(void)fputs("device: ", stderr);
	va_start(list, format);
	(void)vfprintf(stderr, format, list);
	va_end(list);
	(void)fputs("\n", stderr);
	_exit(FILES_EXIT_BROKEN);
}

static int files_openat(int folder, const char *name, int flags)
{
	int fd = openat(folder, name, flags | O_CLOEXEC);

	if (fd < 0)
		files_broken("%s: %s", name, strerror(errno));
	return fd;
}

static int files_control(struct files *files, enum files_control control)
{
	if (files->controls[control] < 0)
		files->controls[control] =
			files_openat(files->control, files_wire_control(control), O_RDWR);
	return files->controls[control];
}

void files_tell(struct files *files, enum files_control control, const void *data,
		uint32_t size_bytes)
{
	if (pwrite(files_control(files, control), data, size_bytes, 0) != (ssize_t)size_bytes)
		files_broken("control/%s takes no %u bytes: %s", files_wire_control(control),
			     size_bytes, strerror(errno));
}

void files_ask(struct files *files, enum files_control control, void *data, uint32_t size_bytes)
{
	if (pread(files_control(files, control), data, size_bytes, 0) != (ssize_t)size_bytes)
		files_broken("control/%s gives no %u bytes: %s", files_wire_control(control),
			     size_bytes, strerror(errno));
}

/* An op is about to be asked for: who listens wants to know by which line. */
static void files_site(struct files *files)
{
	/* Whatever this op changes, or others do right after it, is read anew. */
	files->window_bytes = 0;
	files->bank = FILES_BANK_UNKNOWN;
	if (files->heard)
		files_tell(files, FILES_SITE, files->hal.site,
			   (uint32_t)strlen(files->hal.site) + 1);
}

/* What a call on flash or eFuse comes to. */
static int files_result(ssize_t done, uint32_t size_bytes)
{
	if (done < 0)
		return files_wire_err(errno);
	return (size_t)done == size_bytes ? FW_OK : FW_ERR_IO;
}

/*
 * As with the eFuse bank: while no place in the flash is weak, what lies ahead is read along. It
 * changes with an op of this program only, and is forgotten then.
 */
static int files_flash_read(struct hal *hal, uint32_t offset, void *data, uint32_t size_bytes)
{
	struct files *files = files_of(hal);
	uint32_t from = offset - files->window_offset;

	if (offset < files->window_offset || from >= files->window_bytes ||
	    size_bytes > files->window_bytes - from) {
		ssize_t got = -1;

		if (!files->wavers && size_bytes <= sizeof(files->window) &&
		    offset < files->board.flash_bytes)
			got = pread(files_control(files, FILES_FIRM), files->window,
				    sizeof(files->window), offset);
		files->wavers |= got < 0;
		files->window_offset = offset;
		files->window_bytes = got < 0 ? 0 : (uint32_t)got;
		if (size_bytes > files->window_bytes)
			return files_result(pread(files->flash, data, size_bytes, offset),
					    size_bytes);
		from = 0;
	}
	memcpy(data, files->window + from, size_bytes);
	return FW_OK;
}

static int files_flash_program(struct hal *hal, uint32_t offset, const void *data,
			       uint32_t size_bytes)
{
	struct files *files = files_of(hal);

	files_site(files);
	return files_result(pwrite(files->flash, data, size_bytes, offset), size_bytes);
}

static int files_flash_erase(struct hal *hal, uint32_t offset)
{
	struct files *files = files_of(hal);

	files_site(files);
	return files_result(fallocate(files->flash, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
				      offset, files->board.sector_bytes),
			    0);
}

static int files_flash_flush(struct hal *hal)
{
	struct files *files = files_of(hal);

	files_site(files);
	return files_result(fsync(files->flash), 0);
}

/* A cell, and with a bit's first one the others, for which the firmware asks next. */
/*
 * The whole bank crosses at once while every cell is firm. With a weak one among them the server
 * gives no bank: each read of it is a read that a plan can choose for, and is made when it is made.
 */
static int files_efuse_read(struct hal *hal, uint32_t cell, bool *burnt)
{
	struct files *files = files_of(hal);
	uint32_t cells = HAL_EFUSE_BITS(hal->board) * HAL_EFUSE_CELLS;
	uint8_t value = 0;
	int err;

	if (files->bank == FILES_BANK_UNKNOWN)
		files->bank = pread(files->efuse, files->cells, cells, 0) == (ssize_t)cells
				      ? FILES_BANK_FIRM
				      : FILES_BANK_WEAK;
	if (files->bank == FILES_BANK_FIRM && cell < cells) {
		*burnt = files->cells[cell] != 0;
		return FW_OK;
	}
	err = files_result(pread(files->efuse, &value, 1, cell), 1);
	*burnt = value != 0;
	return err;
}

static int files_efuse_burn(struct hal *hal, uint32_t cell)
{
	struct files *files = files_of(hal);
	uint8_t burnt = 1;

	files_site(files);
	return files_result(pwrite(files->efuse, &burnt, 1, cell), 1);
}

static uint32_t files_clock_ms(struct hal *hal)
{
	uint32_t now;

	files_ask(files_of(hal), FILES_CLOCK, &now, sizeof(now));
	return now;
}

__attribute__((format(printf, 2, 3))) static void files_log(struct hal *hal, const char *format,
							    ...)
{
	struct files *files = files_of(hal);
	char line[FILES_LOG_BYTES];
	size_t site_bytes = strnlen(hal->site, FILES_LOG_BYTES / 2) + 1;
	va_list list;

	if (!files->heard)
		return;
	memset(line, 0, sizeof(line));
	memcpy(line, hal->site, site_bytes - 1);
	va_start(list, format);
	(void)vsnprintf(line + site_bytes, sizeof(line) - site_bytes, format, list);
	va_end(list);
	files_tell(files, FILES_LOG, line, sizeof(line));
}

/* The file of a URI, kept open: an image is fetched in hundreds of pieces. */
static int files_fetched(struct files *files, const char *uri, uint32_t uri_bytes)
{
	char name[FILES_NAME_BYTES];

	if (files->fetched >= 0 && files->fetched_bytes == uri_bytes &&
	    !memcmp(files->fetched_uri, uri, uri_bytes))
		return files->fetched;
	if (!files_wire_name(uri, uri_bytes, name))
		return -1;
	if (files->fetched >= 0)
		(void)close(files->fetched);
	files->fetched = files_openat(files->net, name, O_RDONLY);
	files->ahead_bytes = 0;
	files->fetched_bytes = uri_bytes;
	memcpy(files->fetched_uri, uri, uri_bytes);
	return files->fetched;
}

/*
 * What the network delivers may come in larger pieces than it is asked for in: reads ahead, and
 * hands out of that. A piece that reaches the device early is no op and moves none.
 */
static int files_fetch(struct hal *hal, const char *uri, uint32_t uri_bytes, uint32_t offset,
		       void *data, uint32_t size_bytes)
{
	struct files *files = files_of(hal);
	int fd = files_fetched(files, uri, uri_bytes);
	uint32_t from = offset - files->ahead_offset;

	if (fd < 0)
		return FW_ERR_NO_DATA; /* no network has such a URI */
	if (offset < files->ahead_offset || from >= files->ahead_bytes ||
	    files->ahead_bytes - from < size_bytes) {
		ssize_t got = pread(fd, files->ahead, sizeof(files->ahead), offset);

		files->ahead_bytes = got < 0 ? 0 : (uint32_t)got;
		files->ahead_offset = offset;
		if (got < 0)
			return files_wire_err(errno);
		from = 0;
	}
	if (size_bytes > files->ahead_bytes - from)
		size_bytes = files->ahead_bytes - from;
	memcpy(data, files->ahead + from, size_bytes);
	return (int)size_bytes;
}

int files_report(struct files *files, const struct hal_report *report)
{
	return files_result(pwrite(files_control(files, FILES_REPORT), report, sizeof(*report), 0),
			    sizeof(*report));
}

static int files_hal_report(struct hal *hal, const struct hal_report *report)
{
	return files_report(files_of(hal), report);
}

static enum hal_reset files_reset_cause(struct hal *hal)
{
	uint32_t cause;

	files_ask(files_of(hal), FILES_CAUSE, &cause, sizeof(cause));
	return (enum hal_reset)cause;
}

static void files_watchdog_feed(struct hal *hal)
{
	(void)hal; /* who serves the files sees a device that hangs */
}

__attribute__((noreturn)) static void files_restart(struct hal *hal, enum hal_reset cause)
{
	uint32_t number = cause;

	files_tell(files_of(hal), FILES_RESTART, &number, sizeof(number));
	_exit(FILES_EXIT_RESET);
}

static void files_fill(struct files *files)
{
	struct hal *hal = &files->hal;

	hal->board = &files->board;
	hal->site = "";
	hal->flash_read = files_flash_read;
	hal->flash_program = files_flash_program;
	hal->flash_erase = files_flash_erase;
	hal->flash_flush = files_flash_flush;
	hal->efuse_read = files_efuse_read;
	hal->efuse_burn = files_efuse_burn;
	crypto_fill(hal);
	hal->clock_ms = files_clock_ms;
	hal->log = files_log;
	hal->fetch = files_fetch;
	hal->report = files_hal_report;
	hal->reset_cause = files_reset_cause;
	hal->watchdog_feed = files_watchdog_feed;
	hal->restart = files_restart;
}

void files_open(struct files *files, const char *dir)
{
	static const uint8_t firmware[HAL_DIGEST_BYTES] = FIRMWARE_DIGEST;
	ssize_t bytes;
	int root;

	/* No openssl.cnf: what it says is this machine's, and reading it takes longer than a life.
	 */
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_NO_ATEXIT |
				    OPENSSL_INIT_NO_ADD_ALL_CIPHERS |
				    OPENSSL_INIT_NO_ADD_ALL_DIGESTS |
				    OPENSSL_INIT_NO_LOAD_CRYPTO_STRINGS,
			    NULL);
	memset(files, 0, sizeof(*files));
	for (int i = 0; i < FILES_CONTROLS; i++)
		files->controls[i] = -1;
	files->fetched = -1;
	root = files_openat(AT_FDCWD, dir, O_PATH | O_DIRECTORY);
	files->control = files_openat(root, FILES_CONTROL, O_PATH | O_DIRECTORY);
	files->net = files_openat(root, FILES_NET, O_PATH | O_DIRECTORY);
	files->flash = files_openat(root, FILES_FLASH, O_RDWR);
	files->efuse = files_openat(root, FILES_EFUSE, O_RDWR);
	(void)close(root);
	bytes = pread(files_control(files, FILES_BOARD), files->packed, sizeof(files->packed), 0);
	if (bytes < 0 || files_wire_unpack(files->packed, (uint32_t)bytes, firmware, &files->board,
					   files->keys, &files->heard))
		files_broken(
			"built of other firmware than who runs it, expected one build; run `make`");
	if (files->board.ram_bytes) {
		files->board.ram = calloc(1, files->board.ram_bytes);
		if (!files->board.ram)
			files_broken("no memory for %u bytes of RAM", files->board.ram_bytes);
	}
	files_fill(files);
}

static void files_give_ram(struct files *files)
{
	int fd = files_control(files, FILES_RAM);

	for (uint32_t at = 0, part; at < files->board.ram_bytes; at += part) {
		part = files->board.ram_bytes - at;
		if (part > FILES_REQUEST_BYTES)
			part = FILES_REQUEST_BYTES;
		if (pwrite(fd, files->board.ram + at, part, at) != (ssize_t)part)
			files_broken("control/ram: %s", strerror(errno));
	}
}

void files_jump(struct files *files, const struct hal_handover *handover,
		struct files_answer *answer)
{
	if (files->board.ram)
		files_give_ram(files);
	files_tell(files, FILES_JUMP, handover, sizeof(*handover));
	files_ask(files, FILES_ANSWER, answer, sizeof(*answer));
}

void files_image(struct files *files, uint32_t offset, uint8_t *data, uint32_t size_bytes)
{
	int fd;

	if (files->board.ram) {
		memcpy(data, files->board.ram + offset, size_bytes);
		return;
	}
	fd = files_control(files, FILES_IMAGE);
	for (uint32_t at = 0; at < size_bytes;) {
		ssize_t got = pread(fd, data + at, size_bytes - at, offset + at);

		if (got <= 0)
			files_broken("control/image: %s", strerror(errno));
		at += (uint32_t)got;
	}
}
