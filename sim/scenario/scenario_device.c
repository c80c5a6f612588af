/* The board of a scenario's device, laid out, checked, and given its keys. */
#include "sim/scenario/scenario_device.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/sha.h>
#include <openssl/x509.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/vendor/key_file.h"

#define DEVICE_SECTORS_MAX     65536u
#define DEVICE_SECTORS_MIN     8u
#define DEVICE_SECTORS_HEAD    (HAL_COPIES + HAL_LOGS)
#define DEVICE_FLASH_BYTES_MAX (64u << 20)
#define DEVICE_COUNTER_MAX     128u
#define DEVICE_ATTEMPTS	       3u
#define DEVICE_ATTEMPTS_MAX    255u
#define DEVICE_RECORD_BYTES    128u /* of a record and a seal, before it is rounded up to units */
#define DEVICE_PATH_BYTES      4096

/*
 * A private key, or the public half of one that lies elsewhere and signs nothing here. NULL and
 * errno if there is no such file, NULL and errno 0 if it holds neither.
 */
static EVP_PKEY *key_read(const char *path)
{
	FILE *stream = fopen(path, "r");
	EVP_PKEY *key;

	if (stream == NULL)
		return NULL;
	/* A password of none, so that an encrypted key fails and asks nobody. */
	key = PEM_read_PrivateKey(stream, NULL, NULL, (void *)(uintptr_t) "");
	if (key == NULL) {
		rewind(stream);
		key = PEM_read_PUBKEY(stream, NULL, NULL, NULL);
	}
	(void)fclose(stream);
	ERR_clear_error();
	errno = 0;
	return key;
}

EVP_PKEY *scenario_keyring_get(struct scenario_keyring *ring, const struct scenario_yaml_file *file,
			       const char *place, const char *name)
{
	const char *slash = strrchr(file->path, '/');
	int directory = slash == NULL ? 0 : (int)(slash - file->path) + 1;
	char path[DEVICE_PATH_BYTES];
	EVP_PKEY *key = NULL;

	for (uint32_t i = 0; i < ring->count; i++) {
		if (strcmp(ring->names[i], name) == 0)
			return ring->keys[i];
	}
	if (plan_name_bytes(name) != strlen(name)) {
		(void)scenario_yaml_fail(
			file, place, "key '%s' is no name, expected a-z, 0-9 and inner '-'", name);
		return NULL;
	}
	if (ring->count == SCENARIO_KEYRING_MAX) {
		(void)scenario_yaml_fail(file, place, "one key too many, expected at most %d",
					 SCENARIO_KEYRING_MAX);
		return NULL;
	}
	errno = ENOENT;
	for (int up = 0; up < 2 && key == NULL && errno == ENOENT; up++) {
		(void)snprintf(path, sizeof(path), "%.*s%skeys/%s.pem", directory, file->path,
			       up == 1 ? "../" : "", name);
		key = key_read(path);
	}
	if (key == NULL) {
		(void)scenario_yaml_fail(
			file, place,
			"key '%s' %s, expected keys/%s.pem beside the scenario or one above", name,
			errno == ENOENT ? "is unknown"
			: errno != 0	? "cannot be read"
					: "is no key in PEM",
			name);
		return NULL;
	}
	(void)snprintf(ring->names[ring->count], PLAN_NAME_BYTES, "%s", name);
	ring->keys[ring->count++] = key;
	return key;
}

void scenario_keyring_close(struct scenario_keyring *ring)
{
	for (uint32_t i = 0; i < ring->count; i++)
		EVP_PKEY_free(ring->keys[i]);
	ring->count = 0;
}

int scenario_device_key(const struct scenario *scenario, const char *name)
{
	for (uint32_t i = 0; i < scenario->board.key_count; i++) {
		if (strcmp(scenario->key_names[i], name) == 0)
			return (int)i;
	}
	return -1;
}

void scenario_device_uuid(const char *prefix, const char *name, uint8_t uuid[16])
{
	uint8_t digest[SHA256_DIGEST_LENGTH];
	char text[PLAN_NAME_BYTES * 2];

	(void)snprintf(text, sizeof(text), "%s%s", prefix, name);
	(void)SHA256((const uint8_t *)text, strlen(text), digest);
	memcpy(uuid, digest, 16);
	uuid[6] = (uint8_t)((uuid[6] & 0x0f) | 0x80);
	uuid[8] = (uint8_t)((uuid[8] & 0x3f) | 0x80);
}

static int flash_check(const struct scenario_yaml_file *file,
		       const struct scenario_yaml_flash *flash)
{
	uint64_t record = flash->program == 0 ? 0
					      : (DEVICE_RECORD_BYTES + flash->program - 1) /
							flash->program * flash->program;

	if (flash->program == 0 || flash->program % 4 != 0 || flash->program > HAL_PROGRAM_MAX)
		return scenario_yaml_fail(file, "device.flash.program",
					  "program unit is %" PRIu32
					  " bytes, expected a multiple of 4, at most %u",
					  flash->program, HAL_PROGRAM_MAX);
	if (flash->sector % flash->program != 0)
		return scenario_yaml_fail(file, "device.flash.sector",
					  "sector is %" PRIu32
					  " bytes, expected a multiple of the program unit of "
					  "%" PRIu32,
					  flash->sector, flash->program);
	if (flash->sector < 4 * flash->program || flash->sector < record + flash->program)
		return scenario_yaml_fail(
			file, "device.flash.sector",
			"sector is %" PRIu32 " bytes, expected at least %" PRIu64
			": four program units, or a record of bootctl and its seals",
			flash->sector,
			record + flash->program > 4 * flash->program ? record + flash->program
								     : 4 * flash->program);
	if (flash->sectors < DEVICE_SECTORS_MIN || flash->sectors > DEVICE_SECTORS_MAX)
		return scenario_yaml_fail(file, "device.flash.sectors",
					  "flash has %" PRIu32 " sectors, expected %u to %u",
					  flash->sectors, DEVICE_SECTORS_MIN, DEVICE_SECTORS_MAX);
	if ((uint64_t)flash->sector * flash->sectors > DEVICE_FLASH_BYTES_MAX)
		return scenario_yaml_fail(file, "device.flash.sectors",
					  "flash has %" PRIu64 " bytes, expected at most %u",
					  (uint64_t)flash->sector * flash->sectors,
					  DEVICE_FLASH_BYTES_MAX);
	if (flash->endurance != NULL && *flash->endurance == 0)
		return scenario_yaml_fail(file, "device.flash.endurance",
					  "endurance is 0, expected at least 1 erase");
	return 0;
}

/* From the front: the copies of bootctl, the logs of progress, slot A, slot B, a rest. */
static void flash_lay_out(struct hal_board *board, const struct scenario_yaml_flash *flash)
{
	uint32_t sector = flash->sector;
	uint32_t slot = (flash->sectors - DEVICE_SECTORS_HEAD) / 2 * sector;

	board->flash_bytes = sector * flash->sectors;
	board->sector_bytes = sector;
	board->program_bytes = flash->program;
	for (uint32_t i = 0; i < HAL_COPIES; i++)
		board->bootctl[i] = (struct hal_region){i * sector, sector};
	for (uint32_t i = 0; i < HAL_LOGS; i++)
		board->progress[i] = (struct hal_region){(HAL_COPIES + i) * sector, sector};
	for (uint32_t i = 0; i < 2; i++)
		board->slot[i] = (struct hal_region){DEVICE_SECTORS_HEAD * sector + i * slot, slot};
}

static int key_add(struct scenario *scenario, const struct scenario_yaml_file *file,
		   struct scenario_keyring *ring, const char *place, const char *name)
{
	uint32_t i = scenario->board.key_count;
	EVP_PKEY *key = scenario_keyring_get(ring, file, place, name);
	char found[96];

	if (key == NULL)
		return -1;
	if (scenario_device_key(scenario, name) >= 0)
		return scenario_yaml_fail(file, place, "key '%s' is there twice, expected it once",
					  name);
	if (key_file_public(key, &scenario->keys[i], found, sizeof(found)) != 0)
		return scenario_yaml_fail(
			file, place,
			"key '%s' is %s, which no device can check, " KEY_FILE_EXPECTED, name,
			found);
	(void)snprintf(scenario->key_names[i], PLAN_NAME_BYTES, "%s", name);
	scenario->board.key_count++;
	return 0;
}

static int keys_fill(struct scenario *scenario, const struct scenario_yaml_file *file,
		     struct scenario_keyring *ring)
{
	const struct scenario_yaml_device *device = &file->root->device;
	char place[32];

	scenario->board.keys = scenario->keys;
	if (device->keys == NULL)
		return key_add(scenario, file, ring, "device", "vendor");
	for (uint32_t i = 0; i < device->keys_count; i++) {
		(void)snprintf(place, sizeof(place), "device.keys[%" PRIu32 "]", i);
		if (key_add(scenario, file, ring, place, device->keys[i]) != 0)
			return -1;
	}
	return 0;
}

int scenario_device_fill(struct scenario *scenario, const struct scenario_yaml_file *file,
			 struct scenario_keyring *ring)
{
	const struct scenario_yaml_device *device = &file->root->device;
	struct hal_board *board = &scenario->board;

	if (flash_check(file, &device->flash) != 0)
		return -1;
	flash_lay_out(board, &device->flash);
	if (device->flash.endurance != NULL)
		scenario->endurance = *device->flash.endurance;
	if (device->efuse.counter < 1 || device->efuse.counter > DEVICE_COUNTER_MAX)
		return scenario_yaml_fail(file, "device.efuse.counter",
					  "counter has %" PRIu32 " bits, expected 1 to %u",
					  device->efuse.counter, DEVICE_COUNTER_MAX);
	board->counter_bits = device->efuse.counter;
	board->attempts = device->attempts == NULL ? DEVICE_ATTEMPTS : *device->attempts;
	if (board->attempts < 1 || board->attempts > DEVICE_ATTEMPTS_MAX)
		return scenario_yaml_fail(file, "device.attempts",
					  "attempts is %" PRIu32 ", expected 1 to %u",
					  board->attempts, DEVICE_ATTEMPTS_MAX);
	scenario_device_uuid("brownout vendor", "", board->vendor_id);
	scenario_device_uuid("brownout class ",
			     device->class_name == NULL ? SCENARIO_CLASS : device->class_name,
			     board->class_id);
	board->manifest_uri = SCENARIO_URI "manifest";
	board->ram_bytes = device->execute_ram ? board->slot[0].size_bytes : 0;
	return keys_fill(scenario, file, ring);
}
