/* Scenarios, opened, closed and found. */
#include "sim/scenario.h"

#include <assert.h>
#include <dirent.h>
#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "sim/scenario/scenario_build.h"
#include "sim/scenario/scenario_device.h"
#include "sim/scenario/scenario_trial.h"
#include "sim/scenario/scenario_yaml.h"
#include "sim/vendor/key_file.h"

#define SCENARIO_SUFFIX ".yaml"

const char *rule_name(enum rule rule)
{
	static const char *const names[RULES] = {
		[RULE_CONTAINED] = "contained", [RULE_TRUSTED] = "trusted",
		[RULE_WHOLE] = "whole",		[RULE_FORWARD] = "forward",
		[RULE_REACHABLE] = "reachable", [RULE_HONEST] = "honest",
		[RULE_BOOTS] = "boots",		[RULE_REVERTS] = "reverts",
		[RULE_SETTLES] = "settles",	[RULE_FIRED] = "fired",
	};

	assert(rule < RULES);
	return names[rule];
}

/* Copies lie one behind the other. */
static struct hal_region copies_region(const struct hal_region *copies, uint32_t count)
{
	struct hal_region all = copies[0];

	for (uint32_t i = 1; i < count; i++) {
		assert(copies[i].offset == all.offset + all.size_bytes);
		all.size_bytes += copies[i].size_bytes;
	}
	return all;
}

struct hal_region scenario_region(const struct scenario *scenario, enum plan_region region)
{
	const struct hal_board *board = &scenario->board;

	switch (region) {
	case PLAN_SLOT_A:
	case PLAN_SLOT_B:
		return board->slot[region - PLAN_SLOT_A];
	case PLAN_BOOTCTL_0:
	case PLAN_BOOTCTL_1:
	case PLAN_BOOTCTL_2:
		return board->bootctl[region - PLAN_BOOTCTL_0];
	case PLAN_PROGRESS_0:
	case PLAN_PROGRESS_1:
		return board->progress[region - PLAN_PROGRESS_0];
	case PLAN_BOOTCTL:
		return copies_region(board->bootctl, HAL_COPIES);
	case PLAN_PROGRESS:
		return copies_region(board->progress, HAL_LOGS);
	case PLAN_FLASH:
		return (struct hal_region){0, board->flash_bytes};
	case PLAN_EFUSE:
	case PLAN_REGIONS:
		break;
	}
	assert(region == PLAN_EFUSE);
	return (struct hal_region){0, HAL_EFUSE_BITS(board) * HAL_EFUSE_CELLS};
}

int scenario_release_named(const struct scenario *scenario, const char *name)
{
	for (uint32_t i = 0; i < scenario->release_count; i++) {
		if (strcmp(scenario->releases[i].name, name) == 0)
			return (int)i;
	}
	return -1;
}

/* Whether a file's name is NUMBER-NAME.yaml. */
static bool file_is_named(const char *file, const char *name)
{
	size_t digits = strspn(file, "0123456789");
	size_t bytes = strlen(name);

	return digits > 0 && file[digits] == '-' && strncmp(file + digits + 1, name, bytes) == 0 &&
	       strcmp(file + digits + 1 + bytes, SCENARIO_SUFFIX) == 0;
}

static int name_check(const struct scenario_yaml_file *file)
{
	const char *slash = strrchr(file->path, '/');
	const char *base = slash == NULL ? file->path : slash + 1;
	const char *name = file->root->name;

	if (plan_name_bytes(name) != strlen(name))
		return scenario_yaml_fail(file, "name",
					  "'%s' is no name, expected a-z, 0-9 and inner '-'", name);
	if (!file_is_named(base, name))
		return scenario_yaml_fail(file, "name",
					  "name is '%s' in a file %s, expected a file NUMBER-%s"
					  ".yaml",
					  name, base, name);
	if (strchr(file->root->summary, '\n') != NULL)
		return scenario_yaml_fail(file, "summary",
					  "summary has more than one line, expected one");
	return 0;
}

/* The YAML's tree gives its texts away instead of having them copied. */
static char *text_take(char **text)
{
	char *taken = *text;

	*text = NULL;
	return taken;
}

static int texts_fill(struct scenario *scenario, struct scenario_yaml_file *file)
{
	struct scenario_yaml *root = file->root;

	(void)snprintf(scenario->name, sizeof(scenario->name), "%s", root->name);
	scenario->summary = text_take(&root->summary);
	scenario->why = text_take(&root->why);
	scenario->fuse_not = text_take(&root->fuse);
	for (uint32_t i = 0; i < root->covers_count; i++)
		scenario->covers[scenario->covers_count++] = text_take(&root->covers[i]);
	for (uint32_t i = 0; i < RULES && root->may_break != NULL; i++)
		scenario->may_break[i] = text_take(&root->may_break->why[i]);
	scenario->starts_blank = root->starts_blank;
	scenario->over_https = root->over_https;
	if (root->expect != NULL)
		scenario->expect.saw = text_take(&root->expect->saw);
	scenario->path = strdup(file->path);
	if (scenario->path == NULL)
		return scenario_yaml_fail(file, "", "memory is full, expected room for a path");
	return 0;
}

/* Each part with its length before it, so that no two scenarios run into the same bytes. */
static bool digest_part(EVP_MD_CTX *digest, const void *data, size_t size_bytes)
{
	uint8_t head[8];

	for (size_t i = 0; i < sizeof(head); i++)
		head[i] = (uint8_t)((uint64_t)size_bytes >> (8 * i));
	return EVP_DigestUpdate(digest, head, sizeof(head)) == 1 &&
	       EVP_DigestUpdate(digest, data, size_bytes) == 1;
}

static int digest_fill(struct scenario *scenario, const struct scenario_yaml_file *file)
{
	EVP_MD_CTX *digest = EVP_MD_CTX_new();
	bool good = digest != NULL && EVP_DigestInit_ex(digest, EVP_sha256(), NULL) == 1 &&
		    digest_part(digest, file->bytes, file->size_bytes);

	for (uint32_t i = 0; good && i < scenario->board.key_count; i++)
		good = digest_part(digest, scenario->keys[i].der, scenario->keys[i].der_bytes);
	for (uint32_t i = 0; good && i < scenario->release_count; i++) {
		const struct scenario_release *release = &scenario->releases[i];

		good = digest_part(digest, release->image, release->image_bytes) &&
		       digest_part(digest, release->manifest, release->manifest_bytes);
	}
	good = good && EVP_DigestFinal_ex(digest, scenario->digest, NULL) == 1;
	EVP_MD_CTX_free(digest);
	return good ? 0
		    : scenario_yaml_fail(file, "", "SHA-256 failed, expected OpenSSL to have it");
}

struct scenario *scenario_open(const char *path)
{
	struct scenario *scenario = calloc(1, sizeof(*scenario));
	struct scenario_keyring ring = {0};
	struct scenario_yaml_file file;

	assert(scenario != NULL);
	if (scenario_yaml_open(&file, path) != 0 || name_check(&file) != 0 ||
	    texts_fill(scenario, &file) != 0 || scenario_device_fill(scenario, &file, &ring) != 0 ||
	    scenario_build(scenario, &file, &ring) != 0 ||
	    scenario_trial_fill(scenario, &file) != 0 || digest_fill(scenario, &file) != 0) {
		scenario_close(scenario);
		scenario = NULL;
	}
	scenario_keyring_close(&ring);
	scenario_yaml_close(&file);
	return scenario;
}

void scenario_close(struct scenario *scenario)
{
	if (scenario == NULL)
		return;
	free(scenario->summary);
	free(scenario->why);
	free(scenario->fuse_not);
	free(scenario->expect.saw);
	free(scenario->path);
	for (uint32_t i = 0; i < scenario->covers_count; i++)
		free(scenario->covers[i]);
	for (uint32_t i = 0; i < RULES; i++)
		free(scenario->may_break[i]);
	for (uint32_t i = 0; i < HAL_KEYS_MAX; i++)
		key_file_free(&scenario->keys[i]);
	for (uint32_t i = 0; i < scenario->release_count; i++) {
		free(scenario->releases[i].image);
		free(scenario->releases[i].manifest);
	}
	for (uint32_t i = 0; i < scenario->probe_count; i++) {
		free(scenario->probes[i].manifest);
		free(scenario->probes[i].image);
	}
	free(scenario);
}

static char *entry_find(const char *path, const char *file, const char *name)
{
	struct stat status;

	if (file[0] == '.' || lstat(path, &status) != 0)
		return NULL;
	if (S_ISDIR(status.st_mode))
		return scenario_find(path, name);
	return S_ISREG(status.st_mode) && file_is_named(file, name) ? strdup(path) : NULL;
}

/* By bytes, so that it is the same order in every locale. */
static int entry_compare(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

char *scenario_find(const char *dir, const char *name)
{
	struct dirent **entries;
	char *found = NULL;
	int count = scandir(dir, &entries, NULL, entry_compare);

	for (int i = 0; i < count; i++) {
		char *path = NULL;

		if (found == NULL && asprintf(&path, "%s/%s", dir, entries[i]->d_name) >= 0) {
			found = entry_find(path, entries[i]->d_name, name);
			free(path);
		}
		free(entries[i]);
	}
	if (count >= 0)
		free(entries);
	return found;
}
