/* What scenarios build: images and manifests that the firmware takes, or refuses where they are
 * forged. */
#include "tests/scenario_fixture.h"

#include <openssl/sha.h>

#include "device-model/firmware/fw_err.h"
#include "device-model/firmware/image.h"
#include "device-model/firmware/manifest.h"
#include "device-model/hardware/crypto.h"

#define DEVICE                                                            \
	"device:\n"                                                       \
	"  flash: {kind: nor, sector: 4096, sectors: 13, program: 256}\n" \
	"  efuse: {counter: 32}\n"

/* What the board's own firmware makes of an image. */
static int image_verdict(const struct scenario *scenario, const struct scenario_release *release)
{
	struct hal hal = {.board = &scenario->board};
	struct image_source source = {.ram = release->image, .size_bytes = release->image_bytes};
	struct image_rules rules = {
		.security_required = true,
		.security_limit = scenario->board.counter_bits,
		.vendor_id = scenario->board.vendor_id,
		.class_id = scenario->board.class_id,
	};
	struct image_info info;
	int rc;

	crypto_fill(&hal);
	rc = image_check(&hal, &source, &rules, &info);
	if (rc == FW_OK) {
		assert_int_equal(info.key, release->key);
		assert_int_equal(info.revokes, release->revokes);
		assert_int_equal(info.security, release->security);
		assert_int_equal(info.size_bytes, release->image_bytes);
		assert_int_equal(info.header_bytes, release->header_bytes);
		assert_int_equal(info.payload_bytes, release->payload_bytes);
		assert_memory_equal(&info.version, &release->version, sizeof(info.version));
	}
	return rc;
}

/* The same of a manifest; update is filled if it is good. */
static int manifest_verdict(const struct scenario *scenario, const struct scenario_release *release,
			    struct manifest_update *update)
{
	struct hal hal = {.board = &scenario->board};
	struct manifest_device device = {
		.vendor_id = scenario->board.vendor_id,
		.class_id = scenario->board.class_id,
		.slot = 1,
	};
	struct manifest manifest;
	int rc;

	assert_non_null(release->manifest);
	crypto_fill(&hal);
	rc = manifest_open(&hal, release->manifest, release->manifest_bytes, 0, &manifest);
	if (rc != FW_OK)
		return rc;
	assert_int_equal(manifest.sequence, release->sequence);
	return manifest_evaluate(&manifest, &device, update);
}

static const struct scenario_release *release_of(const struct scenario *scenario, const char *name)
{
	int i = scenario_release_named(scenario, name);

	assert_true(i >= 0);
	return &scenario->releases[i];
}

#define KINDS                                                                            \
	"name: kinds\nsummary: S.\n"                                                     \
	"device:\n"                                                                      \
	"  flash: {kind: nor, sector: 4096, sectors: 13, program: 256}\n"                \
	"  efuse: {counter: 32}\n"                                                       \
	"  keys: [vendor-rsa-2048, vendor-rsa-3072, vendor-ed25519, vendor, vendor-2]\n" \
	"factory: {version: 1.0.0, security: 1, size: 2000}\n"                           \
	"update: {version: 1.1.0, security: 2, size: 3001, key: vendor-rsa-3072}\n"      \
	"then:\n"                                                                        \
	"  - {version: 1.2.0, security: 2, size: 1, key: vendor-ed25519, header: 33}\n"  \
	"  - {version: 1.3.0, security: 3, size: 9000, key: vendor-2, revokes: [vendor]}\n"

/* Every algorithm; what is not P-256 has its manifest signed by the device's first key that is. */
static void built_releases_are_taken_by_the_firmware(void **state)
{
	struct scenario *scenario = fixture_good(*state, "100-kinds.yaml", KINDS);

	for (uint32_t i = 0; i < scenario->release_count; i++) {
		const struct scenario_release *release = &scenario->releases[i];
		uint8_t digest[SHA256_DIGEST_LENGTH];
		struct manifest_update update;

		assert_true(release->deserves_trust);
		assert_string_equal(fw_err_name(image_verdict(scenario, release)), "OK");
		if (i == 0)
			continue;
		assert_string_equal(fw_err_name(manifest_verdict(scenario, release, &update)),
				    "OK");
		(void)SHA256(release->image, release->image_bytes, digest);
		assert_memory_equal(update.digest, digest, sizeof(digest));
		assert_int_equal(update.size_bytes, release->image_bytes);
		assert_int_equal(update.security, release->security);
		assert_memory_equal(&update.version, &release->version, sizeof(update.version));
		assert_int_equal(update.uri_bytes, strlen(release->uri));
		assert_memory_equal(update.uri, release->uri, update.uri_bytes);
	}
	scenario_close(scenario);
}

static void loaded_twice_it_is_the_same(void **state)
{
	struct scenario *a = fixture_good(*state, "100-kinds.yaml", KINDS);
	struct scenario *b = fixture_good(*state, "100-kinds.yaml", KINDS);

	assert_memory_equal(a->digest, b->digest, sizeof(a->digest));
	assert_int_equal(a->release_count, b->release_count);
	for (uint32_t i = 0; i < a->release_count; i++) {
		assert_int_equal(a->releases[i].image_bytes, b->releases[i].image_bytes);
		assert_memory_equal(a->releases[i].image, b->releases[i].image,
				    a->releases[i].image_bytes);
		assert_int_equal(a->releases[i].manifest_bytes, b->releases[i].manifest_bytes);
		if (a->releases[i].manifest != NULL)
			assert_memory_equal(a->releases[i].manifest, b->releases[i].manifest,
					    a->releases[i].manifest_bytes);
	}
	scenario_close(b);
	/* A byte more, in a comment, is another scenario. */
	b = fixture_good(*state, "100-kinds.yaml", KINDS "#\n");
	assert_memory_not_equal(a->digest, b->digest, sizeof(a->digest));
	scenario_close(a);
	scenario_close(b);
}

/* What was built when this was written; a change here changes every case's digest. */
static void images_are_the_same_on_every_machine(void **state)
{
	static const char *const wanted[] = {"0ce2a087249bf91e", "d9b521146f113459",
					     "949004dbd35643ad", "cb747643454c6dcc"};
	struct scenario *scenario = fixture_good(*state, "100-kinds.yaml", KINDS);

	for (uint32_t i = 0; i < scenario->release_count; i++) {
		uint8_t digest[SHA256_DIGEST_LENGTH];
		char text[17];

		(void)SHA256(scenario->releases[i].image, scenario->releases[i].image_bytes,
			     digest);
		for (size_t byte = 0; byte < 8; byte++)
			(void)snprintf(text + 2 * byte, 3, "%02x", digest[byte]);
		assert_string_equal(text, wanted[i]);
	}
	scenario_close(scenario);
}

struct forged {
	const char *name, *yaml;
	int image, manifest; /* what the firmware must say */
};

static const struct forged forgeries[] = {
	{"f0", "forge: {image: unsigned, manifest: unsigned}", FW_ERR_IMAGE_UNSIGNED,
	 FW_ERR_MANIFEST_UNSIGNED},
	{"f1", "forge: {image: empty, manifest: zero}", FW_ERR_IMAGE_SIGNATURE_FORM,
	 FW_ERR_MANIFEST_SIGNATURE},
	{"f2", "forge: {image: zero, manifest: r-zero}", FW_ERR_IMAGE_SIGNATURE_FORM,
	 FW_ERR_MANIFEST_SIGNATURE},
	{"f3", "forge: {image: truncated, manifest: truncated}", FW_ERR_IMAGE_SIGNATURE_FORM,
	 FW_ERR_MANIFEST_SIGNATURE},
	{"f4", "forge: {image: r-zero, manifest: s-zero}", FW_ERR_IMAGE_SIGNATURE_FORM,
	 FW_ERR_MANIFEST_SIGNATURE},
	{"f5", "forge: {image: s-zero, manifest: 'signature-of:f6'}", FW_ERR_IMAGE_SIGNATURE_FORM,
	 FW_ERR_MANIFEST_SIGNATURE},
	{"f6", "forge: {image: 'signature-of:f7'}", FW_ERR_IMAGE_SIGNATURE, FW_OK},
	{"f7", "key: attacker, sequence: 7", FW_ERR_IMAGE_KEY, FW_ERR_MANIFEST_SIGNATURE},
	{"f8", "key: attacker, manifest_key: vendor, forge: {image: 'keyhash-of:vendor'}",
	 FW_ERR_IMAGE_SIGNATURE, FW_OK},
	{"f9", "class: lamp", FW_ERR_IMAGE_CLASS, FW_ERR_MANIFEST_CLASS},
	{"f10", "image_class: lamp", FW_ERR_IMAGE_CLASS, FW_OK},
	{"f11", "manifest_class: lamp", FW_OK, FW_ERR_MANIFEST_CLASS},
	{"f12", "security_missing: true", FW_ERR_IMAGE_SECURITY_MISSING, FW_OK},
	{"f13", "security: 33", FW_ERR_IMAGE_SECURITY_HIGH, FW_OK},
};

#define FORGERIES (sizeof(forgeries) / sizeof(forgeries[0]))

static void forgeries_are_refused_by_the_firmware(void **state)
{
	struct fixture *fixture = *state;
	size_t used = (size_t)snprintf(fixture->text, sizeof(fixture->text),
				       "name: forged\nsummary: S.\n" DEVICE
				       "factory: {version: 1.0.0, size: 10}\nreleases:\n");

	for (size_t i = 0; i < FORGERIES; i++)
		used += (size_t)snprintf(
			fixture->text + used, sizeof(fixture->text) - used,
			"  - {name: %s, version: 1.0.%zu, size: 100, %s%s}\n", forgeries[i].name, i,
			strstr(forgeries[i].yaml, "sequence") ? "" : "sequence: 9, ",
			forgeries[i].yaml);
	struct scenario *scenario = fixture_good(fixture, "100-forged.yaml", fixture->text);
	for (size_t i = 0; i < FORGERIES; i++) {
		const struct forged *forged = &forgeries[i];
		const struct scenario_release *release = release_of(scenario, forged->name);
		struct manifest_update update;
		int image = image_verdict(scenario, release);
		int manifest = manifest_verdict(scenario, release, &update);

		if (image != forged->image || manifest != forged->manifest)
			fail_msg("%s: image %s, manifest %s", forged->yaml, fw_err_name(image),
				 fw_err_name(manifest));
		/* Trust asks for signature and class; numbers are other rules' business. */
		assert_int_equal(release->deserves_trust,
				 image == FW_OK || image == FW_ERR_IMAGE_SECURITY_MISSING ||
					 image == FW_ERR_IMAGE_SECURITY_HIGH);
	}
	scenario_close(scenario);
}

static void manifest_lies_as_it_is_told(void **state)
{
	struct scenario *scenario = fixture_good(
		*state, "100-lies.yaml",
		"name: lies\nsummary: S.\n" DEVICE "factory: {version: 1.0.0, size: 10}\n"
		"update: {version: 1.1.0, security: 2, size: 20, manifest_security: 5,\n"
		"         manifest_version: 1.9.2+3, manifest_image: old, manifest_size: 77}\n"
		"releases: [{name: old, version: 0.9.0, size: 30}]\n");
	const struct scenario_release *old = release_of(scenario, "old");
	const struct scenario_release *release = release_of(scenario, "update");
	uint8_t digest[SHA256_DIGEST_LENGTH];
	struct manifest_update update;

	assert_int_equal(manifest_verdict(scenario, release, &update), FW_OK);
	(void)SHA256(old->image, old->image_bytes, digest);
	assert_memory_equal(update.digest, digest, sizeof(digest));
	assert_int_equal(update.size_bytes, 77);
	assert_int_equal(update.security, 5);
	assert_int_equal(update.version.minor, 9);
	assert_int_equal(update.version.revision, 2);
	assert_int_equal(update.version.build, 3);
	assert_memory_equal(update.uri, release->uri, update.uri_bytes);
	assert_true(release->deserves_trust);
	scenario_close(scenario);
}

static void agent_is_payload_with_a_tail_of_its_own(void **state)
{
	static const char executable[] = "an agent, as far as this test can tell";
	struct fixture *fixture = *state;
	const size_t bytes = sizeof(executable) - 1;
	char path[128];
	FILE *stream;

	(void)snprintf(path, sizeof(path), "%s/agent", fixture->dir);
	stream = fopen(path, "w");
	assert_non_null(stream);
	assert_true(fputs(executable, stream) >= 0);
	assert_int_equal(fclose(stream), 0);
	scenario_agent_path(path);
	struct scenario *scenario = fixture_good(
		fixture, "100-agent.yaml",
		"name: agent\nsummary: S.\n" DEVICE "factory: {version: 1.0.0, payload: agent}\n"
		"update: {version: 1.1.0, payload: agent, size: 0}\n"
		"then: [{version: 1.2.0, payload: agent, size: 100}]\n");
	assert_null(fixture_scenario(fixture, "100-agent.yaml",
				     "name: agent\nsummary: S.\n" DEVICE
				     "factory: {version: 1.0.0, payload: agent, size: 53}\n"));
	assert_string_equal(fixture->message, ":6: size is 53, expected at least the agent's 38 "
					      "bytes and 16 more\n");
	scenario_agent_path(NULL);
	assert_int_equal(unlink(path), 0);

	const struct scenario_release *releases = scenario->releases;
	assert_int_equal(releases[0].payload_bytes, bytes + 16);
	assert_int_equal(releases[1].payload_bytes, bytes + 16);
	assert_int_equal(releases[2].payload_bytes, 100);
	for (int i = 0; i < 3; i++) {
		assert_true(releases[i].is_agent);
		assert_memory_equal(releases[i].image + 512, executable, bytes);
		assert_int_equal(image_verdict(scenario, &releases[i]), FW_OK);
	}
	assert_memory_not_equal(releases[0].image + 512 + bytes, releases[1].image + 512 + bytes,
				16);
	scenario_close(scenario);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(built_releases_are_taken_by_the_firmware),
		cmocka_unit_test(loaded_twice_it_is_the_same),
		cmocka_unit_test(images_are_the_same_on_every_machine),
		cmocka_unit_test(forgeries_are_refused_by_the_firmware),
		cmocka_unit_test(manifest_lies_as_it_is_told),
		cmocka_unit_test(agent_is_payload_with_a_tail_of_its_own),
	};
	int failed = cmocka_run_group_tests(tests, fixture_open, fixture_close);

	crypto_memory_clear();
	return failed;
}
