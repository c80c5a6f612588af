/* Releases listed and described: names, numbers, keys, classes, and who deserves trust. */
#include "sim/scenario/scenario_release.h"
#include "sim/scenario/scenario_probe.h"

#include <inttypes.h>
#include <openssl/sha.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "sim/vendor/notation.h"

#define RELEASE_SEQUENCE_FIRST 2u /* of the update; 1 is left to the factory's image */

const char *scenario_release_where(struct scenario_workshop *shop, uint32_t i, const char *key)
{
	(void)snprintf(shop->where, sizeof(shop->where), "%s.%s", shop->making[i].place, key);
	return shop->where;
}

__attribute__((format(printf, 4, 5))) static int release_add(
	struct scenario_workshop *shop, const struct scenario_yaml_release *yaml, const char *name,
	const char *place, ...)
{
	struct scenario *scenario = shop->scenario;
	uint32_t i = scenario->release_count;
	struct scenario_making *making = &shop->making[i < SCENARIO_RELEASES_MAX ? i : 0];
	char here[sizeof(making->place)];
	va_list values;

	va_start(values, place);
	(void)vsnprintf(here, sizeof(here), place, values);
	va_end(values);
	if (i == SCENARIO_RELEASES_MAX)
		return scenario_yaml_fail(shop->file, here,
					  "one release too many, expected at most %d",
					  SCENARIO_RELEASES_MAX);
	making->yaml = yaml;
	(void)snprintf(making->place, sizeof(making->place), "%s", here);
	if (plan_name_bytes(name) != strlen(name))
		return scenario_yaml_fail(shop->file, scenario_release_where(shop, i, "name"),
					  "'%s' is no name, expected a-z, 0-9 and inner '-'", name);
	if (scenario_release_named(scenario, name) >= 0)
		return scenario_yaml_fail(shop->file, scenario_release_where(shop, i, "name"),
					  "there is a release '%s' already, expected another name",
					  name);
	(void)snprintf(scenario->releases[i].name, PLAN_NAME_BYTES, "%s", name);
	(void)snprintf(scenario->releases[i].uri, HAL_URI_MAX, SCENARIO_URI "%s.bin", name);
	scenario->release_count++;
	return 0;
}

int scenario_release_list(struct scenario_workshop *shop)
{
	const struct scenario_yaml *root = shop->file->root;
	struct scenario *scenario = shop->scenario;
	char name[PLAN_NAME_BYTES];

	if (release_add(shop, &root->factory, "factory", "factory") != 0 ||
	    (root->update != NULL && release_add(shop, root->update, "update", "update") != 0))
		return -1;
	if (root->then_count > 0 && root->update == NULL)
		return scenario_yaml_fail(shop->file, "then",
					  "then without an update, expected an update before it");
	for (uint32_t i = 0; i < root->then_count; i++) {
		(void)snprintf(name, sizeof(name), "then%" PRIu32, i + 1);
		if (release_add(shop, &root->then[i], name, "then[%" PRIu32 "]", i) != 0)
			return -1;
	}
	for (uint32_t i = 1; i < scenario->release_count; i++)
		scenario->offers[scenario->offer_count++] = i;
	for (uint32_t i = 0; i < root->releases_count; i++) {
		if (release_add(shop, &root->releases[i], root->releases[i].name,
				"releases[%" PRIu32 "]", i) != 0)
			return -1;
	}
	return 0;
}

/* What is offered counts up from the offer before it; other releases have what they say. */
static int sequence_describe(struct scenario_workshop *shop, uint32_t i)
{
	struct scenario *scenario = shop->scenario;
	const struct scenario_making *making = &shop->making[i];
	struct scenario_release *release = &scenario->releases[i];

	if (making->yaml->sequence != NULL) {
		release->sequence = *making->yaml->sequence;
		if (release->sequence == 0)
			return scenario_yaml_fail(shop->file,
						  scenario_release_where(shop, i, "sequence"),
						  "sequence is 0, expected at least 1");
	} else if (i > 0 && i <= scenario->offer_count) {
		release->sequence =
			i == 1 ? RELEASE_SEQUENCE_FIRST : scenario->releases[i - 1].sequence + 1;
		if (release->sequence == 0)
			return scenario_yaml_fail(shop->file, making->place,
						  "nothing is above the sequence before it, "
						  "expected a sequence of its own");
	}
	if (release->sequence == 0 &&
	    (making->forge.manifest != SUIT_GENUINE || making->yaml->manifest_key != NULL ||
	     making->yaml->manifest_class != NULL || making->yaml->manifest_security != NULL ||
	     making->yaml->manifest_size != NULL || making->yaml->manifest_version != NULL ||
	     making->yaml->manifest_image != NULL))
		return scenario_yaml_fail(shop->file, making->place,
					  "%s has no manifest to change, expected a sequence",
					  release->name);
	return 0;
}

static void class_describe(struct scenario_workshop *shop, uint32_t i)
{
	struct scenario_making *making = &shop->making[i];
	const struct scenario_yaml_release *yaml = making->yaml;
	const char *own = shop->file->root->device.class_name;
	const char *both = yaml->class_name != NULL ? yaml->class_name
			   : own != NULL	    ? own
						    : SCENARIO_CLASS;

	scenario_device_uuid("brownout class ", yaml->image_class ? yaml->image_class : both,
			     making->image_class);
	scenario_device_uuid("brownout class ", yaml->manifest_class ? yaml->manifest_class : both,
			     making->manifest_class);
}

static int revokes_describe(struct scenario_workshop *shop, uint32_t i)
{
	const struct scenario_yaml_release *yaml = shop->making[i].yaml;

	for (uint32_t k = 0; k < yaml->revokes_count; k++) {
		int key = scenario_device_key(shop->scenario, yaml->revokes[k]);

		if (key < 0)
			return scenario_yaml_fail(
				shop->file, scenario_release_where(shop, i, "revokes"),
				"the device has no key '%s' to revoke, expected one of its keys",
				yaml->revokes[k]);
		shop->scenario->releases[i].revokes |= 1u << key;
	}
	return 0;
}

/* Two releases never share a payload by chance, and one always has the same. */
static void seed_describe(struct scenario_workshop *shop, uint32_t i)
{
	const struct scenario_release *release = &shop->scenario->releases[i];
	char text[SCENARIO_NAME_BYTES + PLAN_NAME_BYTES + sizeof(release->version_text)];
	int bytes = snprintf(text, sizeof(text), "%s %s %s", shop->scenario->name, release->name,
			     release->version_text);

	(void)SHA256((const uint8_t *)text, (size_t)bytes, shop->making[i].seed);
}

int scenario_release_describe(struct scenario_workshop *shop, uint32_t i)
{
	struct scenario *scenario = shop->scenario;
	struct scenario_making *making = &shop->making[i];
	const struct scenario_yaml_release *yaml = making->yaml;
	struct scenario_release *release = &scenario->releases[i];
	const char *key = yaml->key != NULL ? yaml->key : scenario->key_names[0];

	if (notation_version_parse(yaml->version, &release->version) != 0)
		return scenario_yaml_fail(shop->file, scenario_release_where(shop, i, "version"),
					  "version is '%s', " NOTATION_VERSION_EXPECT,
					  yaml->version);
	(void)snprintf(release->version_text, sizeof(release->version_text), "%s", yaml->version);
	release->security = yaml->security;
	if (i == 0 && release->security > scenario->board.counter_bits)
		return scenario_yaml_fail(shop->file, scenario_release_where(shop, i, "security"),
					  "factory's security is %" PRIu32
					  ", expected at most the counter's %" PRIu32,
					  release->security, scenario->board.counter_bits);
	release->behaviour = (enum behaviour)yaml->behaviour;
	release->is_agent = yaml->payload_agent;
	making->key = scenario_keyring_get(shop->ring, shop->file,
					   scenario_release_where(shop, i, "key"), key);
	if (making->key == NULL)
		return -1;
	release->key = scenario_device_key(scenario, key);
	if (scenario_forge_read(shop->file, making->place, yaml->forge, &making->forge) != 0 ||
	    revokes_describe(shop, i) != 0 || sequence_describe(shop, i) != 0)
		return -1;
	if (scenario_edits_read(yaml->covered, false, &making->edits) != 0)
		return scenario_yaml_fail(shop->file, scenario_release_where(shop, i, "covered"),
					  "covered is '%s', expected up to %u of AT-DROP+HEX, such "
					  "as 0x1f-1+1801,4-0+00",
					  yaml->covered, EDIT_MAX);
	class_describe(shop, i);
	seed_describe(shop, i);
	/* n - s is the same signature in its other form, and says the same of the same image. */
	release->deserves_trust =
		release->key >= 0 && !yaml->covered && !yaml->image_flags && !yaml->image_magic &&
		(making->forge.image == IMAGE_GENUINE || making->forge.image == IMAGE_OTHER_S) &&
		memcmp(making->image_class, scenario->board.class_id, 16) == 0;
	return 0;
}
