/*
 * Writes the seed corpora, from the scenarios and the interop vectors: seeds FOLDER makes
 * FOLDER/TARGET/NAME. The same sources give the same files; `make fuzz-seeds` keeps them in
 * fuzz/corpus.
 */
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "fuzz/board.h"
#include "sim/case_input.h"
#include "sim/scenario.h"
#include "sim/vendor/suit.h"

#define SEED_BYTES_MAX 2200u /* what is larger is no more telling */
#define VECTORS	       "tests/vectors/imgtool"

static const char *seeds_folder;

static void seeds_die(const char *what)
{
	(void)fprintf(stderr, "seeds: %s: %s\n", what, strerror(errno));
	exit(2);
}

static void seed_write(const char *target, const char *name, const uint8_t *head, size_t head_bytes,
		       const void *data, size_t size_bytes)
{
	char path[512];
	FILE *file;

	(void)snprintf(path, sizeof(path), "%s/%s", seeds_folder, target);
	(void)mkdir(path, 0777);
	(void)snprintf(path, sizeof(path), "%s/%s/%s", seeds_folder, target, name);
	file = fopen(path, "wb");
	if (file == NULL || (head_bytes > 0 && fwrite(head, head_bytes, 1, file) != 1) ||
	    (size_bytes > 0 && fwrite(data, size_bytes, 1, file) != 1) || fclose(file) != 0)
		seeds_die(path);
}

static uint8_t *seed_read(const char *path, size_t *size_bytes)
{
	static uint8_t data[65536];
	FILE *file = fopen(path, "rb");

	if (file == NULL)
		seeds_die(path);
	*size_bytes = fread(data, 1, sizeof(data), file);
	(void)fclose(file);
	return data;
}

/* ---- images and manifests ---- */

static void seed_image(const char *name, const uint8_t *data, size_t size_bytes)
{
	static const uint8_t plain[BOARD_HEAD_BYTES] = {0x11, 0, 0xff, 0};
	static const uint8_t ruled[BOARD_HEAD_BYTES] = {0x02, 1, 4, 0};

	if (size_bytes > SEED_BYTES_MAX)
		return;
	seed_write("image", name, plain, sizeof(plain), data, size_bytes);
	seed_write("differential", name, ruled, sizeof(ruled), data, size_bytes);
}

static void seeds_vectors(void)
{
	struct dirent **names;
	int count = scandir(VECTORS, &names, NULL, alphasort);

	if (count < 0)
		seeds_die(VECTORS);
	for (int i = 0; i < count; i++) {
		const char *dot = strrchr(names[i]->d_name, '.');
		size_t bytes;

		if (dot != NULL && strcmp(dot, ".bin") == 0) {
			char path[512];
			const uint8_t *data;

			(void)snprintf(path, sizeof(path), VECTORS "/%s", names[i]->d_name);
			data = seed_read(path, &bytes);
			seed_image(names[i]->d_name, data, bytes);
		}
		free(names[i]);
	}
	free(names);
}

/* The ids of the board of the targets, so that a manifest gets as far as its commands. */
static void seed_manifest(const struct scenario *scenario, const struct scenario_release *release)
{
	const struct fuzz_board *board = board_open();
	struct suit_plan plan = {.sequence = release->sequence,
				 .vendor_id = board->board.vendor_id,
				 .class_id = board->board.class_id,
				 .digest = scenario->digest,
				 .size_bytes = release->image_bytes,
				 .security = release->security,
				 .version = release->version,
				 .uri = release->uri,
				 .key = board->private_keys[0]};
	uint8_t envelope[SEED_BYTES_MAX];
	char name[SCENARIO_NAME_BYTES + PLAN_NAME_BYTES + 2];
	size_t bytes;

	if (suit_build(&plan, envelope, sizeof(envelope) - 1, &bytes) != 0)
		seeds_die(release->name);
	envelope[bytes++] = 0;
	(void)snprintf(name, sizeof(name), "%s-%s", scenario->name, release->name);
	seed_write("manifest", name, NULL, 0, envelope, bytes);
}

static void seeds_draft(void)
{
	static const char *const names[] = {"example0", "example1", "example3"};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		uint8_t bytes[SEED_BYTES_MAX];
		char path[128];
		size_t size_bytes, count = 0;
		const char *text;

		(void)snprintf(path, sizeof(path), "tests/vectors/suit/%s.signed.hex", names[i]);
		text = (const char *)seed_read(path, &size_bytes);
		for (size_t at = 0; at + 1 < size_bytes && count + 1 < sizeof(bytes);) {
			char pair[3] = {text[at], text[at + 1], '\0'};

			if (strspn(pair, "0123456789abcdefABCDEF") == 2) {
				bytes[count++] = (uint8_t)strtoul(pair, NULL, 16);
				at += 2;
			} else {
				at++;
			}
		}
		bytes[count++] = 0;
		seed_write("manifest", names[i], NULL, 0, bytes, count);
	}
}

/* ---- scenarios: their YAML, their images, what a hostile server could do, cases ---- */

/* Of images that deserve trust, one of a length is enough. */
static bool seed_repeats(const struct scenario_release *release)
{
	static bool told[SEED_BYTES_MAX + 1];
	bool again;

	if (!release->deserves_trust || release->image_bytes > SEED_BYTES_MAX)
		return false;
	again = told[release->image_bytes];
	told[release->image_bytes] = true;
	return again;
}

static void seeds_scenario(const char *path, const char *file)
{
	struct scenario *scenario;
	size_t bytes;
	const uint8_t *source = seed_read(path, &bytes);

	/* Its payload is a program, which lies where no target can look. */
	if (memmem(source, bytes, "payload: agent", 14) != NULL)
		return;
	scenario = scenario_open(path);
	if (scenario == NULL)
		seeds_die(path);
	if (scenario->board.sector_bytes <= 1024) {
		const uint8_t *yaml = seed_read(path, &bytes);

		seed_write("scenario", file, NULL, 0, yaml, bytes);
		for (uint32_t i = 0; i < scenario->release_count; i++) {
			const struct scenario_release *release = &scenario->releases[i];
			char name[SCENARIO_NAME_BYTES + PLAN_NAME_BYTES + 2];

			if (seed_repeats(release))
				continue;
			(void)snprintf(name, sizeof(name), "%s-%s", scenario->name, release->name);
			seed_image(name, release->image, release->image_bytes);
		}
		if (scenario->offer_count > 0)
			seed_manifest(scenario, &scenario->releases[scenario->offers[0]]);
	}
	if (scenario->faults.plan.count > 0) {
		char text[PLAN_TEXT_BYTES];

		plan_print(&scenario->faults.plan, text);
		seed_write("plan", scenario->name, NULL, 0, text, strlen(text));
	}
	scenario_close(scenario);
}

static void seeds_scenarios(const char *folder)
{
	struct dirent **names;
	int count = scandir(folder, &names, NULL, alphasort);

	if (count < 0)
		seeds_die(folder);
	for (int i = 0; i < count; i++) {
		const char *name = names[i]->d_name, *dot = strrchr(name, '.');
		char path[512];

		(void)snprintf(path, sizeof(path), "%s/%s", folder, name);
		/* Scenarios and their folders are numbered; the catalogue is not. */
		if (name[0] >= '0' && name[0] <= '9') {
			if (dot != NULL && strcmp(dot, ".yaml") == 0)
				seeds_scenario(path, name);
			else
				seeds_scenarios(path);
		}
		free(names[i]);
	}
	free(names);
}

/*
 * Each scenario alone; with a cut early, in the middle or late and a change at rest; and with every
 * release in turn written over a slot of a device that was cut late and has lost its records.
 */
#define SEEDS_MISSES 250u /* reads of flash and eFuse in which nearly all is done once */

static void seeds_cases(void)
{
	uint8_t old[] = {0x00, 60, 0, 0, 0, 0, 0x00, 12, 0, 0, 0, 0, 0x0f, 0, 0, 0, 0, 0,
			 0x0e, 0,  2, 0, 0, 0, 0x0e, 0,	 3, 0, 0, 0, 0x0e, 0, 4, 0, 0, 0};
	static const uint8_t faults[][2 * CASE_INPUT_FAULT_BYTES] = {
		{0x00, 20, 0, 0, 0, 0, 0x28, 12, 44, 0, 0, 0},
		{0x18, 40, 64, 0, 0, 0, 0x04, 2, 0, 1, 1, 0},
		{0x08, 60, 0, 0, 0, 0, 0x0d, 0, 2, 32, 0, 3},
		{0x10, 9, 0, 0, 0, 0, 0x0f, 0, 1, 0, 0, 0},
	};
	const char *name;

	for (uint32_t i = 0; (name = case_input_scenario(i)) != NULL; i++) {
		uint8_t choice = (uint8_t)i;
		char file[SCENARIO_NAME_BYTES + 8];

		seed_write("case", name, &choice, 1, NULL, 0);
		(void)snprintf(file, sizeof(file), "%s-%u", name, i % 4);
		seed_write("case", file, &choice, 1, faults[i % 4], sizeof(faults[0]));
		old[14] = (uint8_t)(i & 1);
		old[15] = (uint8_t)(i / 2 % 3);
		(void)snprintf(file, sizeof(file), "%s-old", name);
		seed_write("case", file, &choice, 1, old, sizeof(old));
	}
	/* Reads that fail, one a case: what the firmware does then is many of its lines. */
	for (uint32_t read = 0; read < SEEDS_MISSES; read += 5) {
		uint8_t miss[1 + CASE_INPUT_FAULT_BYTES] = {(uint8_t)(read % 3), 0x03,
							    (uint8_t)read};
		char file[SCENARIO_NAME_BYTES];

		(void)snprintf(file, sizeof(file), "miss-%u", read);
		seed_write("case", file, miss, sizeof(miss), NULL, 0);
	}
}

/* ---- targets whose input is a list of steps ---- */

static void seeds_steps(void)
{
	static const uint8_t save[] = {4, 0, 1, 3,  1, 2, 0, 9, 0, 0, 0, 0,
				       0, 0, 0, 10, 0, 8, 0, 7, 0, 2, 7};
	static const uint8_t tampered[] = {4, 1, 0, 0, 0, 1, 1, 5, 0, 0, 0, 0, 0, 0, 0, 6, 0,
					   0, 0, 0, 0, 0, 0, 1, 9, 2, 7, 2, 2, 7, 3, 0, 1, 7};
	static const uint8_t bank[] = {0x55, 0x15, 0, 0x80, 0, 0, 0, 0, 0,    0,
				       0,    0,	   0, 0,    0, 0, 5, 9, 0x83, 0xc0};
	static const uint8_t honest[] = {0};
	static const uint8_t hostile[] = {1, 6, 40, 0, 7, 3, 1, 1, 4, 1, 0, 5, 4, 1, 2, 3, 4, 3, 2};
	static const uint8_t flash[] = {2, 0x82, 1, 0, 0x81, 0,	   0, 0xc2, 9, 0,
					3, 0x04, 0, 0, 4,    0xff, 0, 1,    2};

	seed_write("bootctl", "save", NULL, 0, save, sizeof(save));
	seed_write("bootctl", "tampered", NULL, 0, tampered, sizeof(tampered));
	seed_write("efuse", "bank", NULL, 0, bank, sizeof(bank));
	seed_write("agent", "honest", NULL, 0, honest, sizeof(honest));
	seed_write("agent", "hostile", NULL, 0, hostile, sizeof(hostile));
	seed_write("flash", "patched", NULL, 0, flash, sizeof(flash));
	seed_write("plan", "all", NULL, 0,
		   "cut=3+12,cut=9+all,cut=12-204,cut=13+7.3,cut=14+8~,weak=2.1:mix,weak=3+:before",
		   76);
}

int main(int argc, char **argv)
{
	if (argc != 2) {
		(void)fputs("usage: seeds FOLDER\n", stderr);
		return 2;
	}
	seeds_folder = argv[1];
	seeds_vectors();
	seeds_draft();
	seeds_scenarios("scenarios");
	seeds_cases();
	seeds_steps();
	return 0;
}
