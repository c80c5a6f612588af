/* Scenarios as they are loaded: each key of the YAML arrives, and defaults are as promised. */
#include "tests/scenario_fixture.h"

#include <openssl/sha.h>

#define DEVICE                                                            \
	"device:\n"                                                       \
	"  flash: {kind: nor, sector: 4096, sectors: 13, program: 256}\n" \
	"  efuse: {counter: 32}\n"

/* Every key that is not about forging, at a value that is not its default. */
static const char all[] =
	"name: all\n"
	"summary: All of it.\n"
	"why: |\n  Two\n  lines.\n"
	"device:\n"
	"  flash: {kind: nor, sector: 4096, sectors: 13, program: 256, endurance: 99}\n"
	"  efuse: {counter: 7}\n"
	"  execute: ram\n"
	"  keys: [vendor, vendor-2, vendor-ed25519]\n"
	"  class: camera\n"
	"  attempts: 5\n"
	"factory: {version: 1.0.0, size: 1000, key: vendor-ed25519, header: 32}\n"
	"update: {version: 255.255.65535+4294967295, security: 9, size: 1001,\n"
	"         behaviour: self-test-fails, revokes: [vendor, vendor-ed25519],\n"
	"         key: vendor-2}\n"
	"then:\n"
	"  - {version: 2.0.0, size: 1, behaviour: crash, sequence: 10}\n"
	"  - {version: 3.0.0, size: 1, behaviour: hang}\n"
	"releases:\n"
	"  - {name: old, version: 0.9.0, size: 1, key: attacker, sequence: 1}\n"
	"  - {name: other, version: 0.9.1, size: 1, class: lamp}\n"
	"start: blank\n"
	"attack: {manifest: old, image: other}\n"
	"faults:\n"
	"  plan: flip=3:slot_b:0x0.0,write=0:slot_a:old\n"
	"  cut: every\n  tears: all\n  cuts: 2\n"
	"  flips:\n"
	"    - {region: bootctl_1, part: record, step: 7, all_copies: true, op: 4}\n"
	"    - {region: efuse, reads: 3}\n"
	"expect: {version: 2.0.0, counter: 7, refused: MANIFEST_SEQUENCE, given_up: 2,\n"
	"         revoked: [vendor-2], secure_boot: false}\n"
	"may_break: {boots: b, settles: s}\n"
	"fuse: Not today.\n";

static void design_example_is_laid_out(void **state)
{
	struct scenario *scenario = fixture_load(*state, "scenarios/1xx-power/101-ab-update.yaml");
	struct fixture *fixture = *state;

	if (scenario == NULL)
		fail_msg("refused: %s", fixture->message);
	const struct hal_board *board = &scenario->board;
	assert_string_equal(scenario->name, "ab-update");
	assert_string_equal(scenario->path, "scenarios/1xx-power/101-ab-update.yaml");
	assert_int_equal(scenario->covers_count, 4);
	assert_string_equal(scenario->covers[1], "NIST-800-193-4.4.1");
	assert_int_equal(board->flash_bytes, 72 * 4096);
	assert_int_equal(board->bootctl[0].offset, 0);
	assert_int_equal(board->bootctl[1].offset, 4096);
	assert_int_equal(board->bootctl[2].offset, 2 * 4096);
	assert_int_equal(board->progress[0].offset, 3 * 4096);
	assert_int_equal(board->progress[1].offset, 4 * 4096);
	assert_int_equal(board->slot[0].offset, 5 * 4096);
	assert_int_equal(board->slot[1].offset, 38 * 4096);
	assert_int_equal(board->slot[1].size_bytes, 33 * 4096);
	assert_int_equal(board->counter_bits, 32);
	assert_int_equal(board->key_count, 1);
	assert_ptr_equal(board->keys, scenario->keys);
	assert_string_equal(scenario->key_names[0], "vendor");
	assert_int_equal(board->attempts, 3);
	assert_null(board->ram);
	assert_int_equal(board->ram_bytes, 0);
	assert_string_equal(board->manifest_uri, "https://updates.example/manifest");
	assert_int_equal(scenario->release_count, 2);
	assert_int_equal(scenario->offer_count, 1);
	assert_int_equal(scenario->offers[0], 1);
	assert_null(scenario->releases[0].manifest);
	assert_int_equal(scenario->releases[1].sequence, 2);
	assert_string_equal(scenario->releases[1].uri, "https://updates.example/update.bin");
	assert_int_equal(scenario->serve_manifest_of, -1);
	assert_int_equal(scenario->serve_image_of, -1);
	assert_true(scenario->faults.cut_every);
	assert_int_equal(scenario->faults.tears, 8);
	assert_int_equal(scenario->faults.cuts, UINT32_MAX);
	assert_true(scenario->expect.has_version);
	assert_false(scenario->expect.has_counter);
	for (int rule = 0; rule < RULES; rule++)
		assert_null(scenario->may_break[rule]);
	scenario_close(scenario);
}

static void device_and_texts_arrive(void **state)
{
	struct scenario *scenario = fixture_good(*state, "100-all.yaml", all);

	assert_string_equal(scenario->why, "Two\nlines.\n");
	assert_string_equal(scenario->fuse_not, "Not today.");
	assert_int_equal(scenario->endurance, 99);
	assert_int_equal(scenario->board.slot[1].offset, (5 + 4) * 4096);
	assert_int_equal(scenario->board.ram_bytes, 4 * 4096);
	assert_int_equal(scenario->board.attempts, 5);
	assert_int_equal(scenario->board.counter_bits, 7);
	assert_int_equal(scenario->board.key_count, 3);
	assert_int_equal(scenario->keys[2].algorithm, HAL_ED25519);
	assert_true(scenario->starts_blank);
	scenario_close(scenario);
}

static void block_device_arrives(void **state)
{
	static const char yaml[] =
		"name: t\nsummary: S.\n"
		"device:\n"
		"  flash: {kind: block, sector: 512, sectors: 10, program: 128, cache: 7%s}\n"
		"  efuse: {counter: 4}\n"
		"factory: {version: 1.0.0, security: 1, size: 500, header: 32}\n";
	char text[512];
	struct scenario *scenario;

	(void)snprintf(text, sizeof(text), yaml, "");
	scenario = fixture_good(*state, "100-t.yaml", text);
	assert_int_equal(scenario->cache_writes, 7);
	assert_false(scenario->flush_ignored);
	scenario_close(scenario);
	(void)snprintf(text, sizeof(text), yaml, ", flush: ignored");
	scenario = fixture_good(*state, "101-t.yaml", text);
	assert_true(scenario->flush_ignored);
	scenario_close(scenario);
}

static void releases_arrive(void **state)
{
	struct scenario *scenario = fixture_good(*state, "100-all.yaml", all);

	assert_int_equal(scenario->release_count, 6);
	assert_int_equal(scenario->offer_count, 3);
	const struct scenario_release *releases = scenario->releases;
	assert_int_equal(releases[0].key, 2);
	assert_int_equal(releases[0].header_bytes, 32);
	assert_int_equal(releases[1].version.build, 4294967295);
	assert_string_equal(releases[1].version_text, "255.255.65535+4294967295");
	assert_int_equal(releases[1].security, 9);
	assert_int_equal(releases[1].behaviour, BEHAVIOUR_SELF_TEST);
	assert_int_equal(releases[1].revokes, 1u << 0 | 1u << 2);
	assert_string_equal(releases[2].name, "then1");
	assert_int_equal(releases[2].behaviour, BEHAVIOUR_CRASH);
	assert_int_equal(releases[2].sequence, 10);
	assert_string_equal(releases[3].name, "then2");
	assert_int_equal(releases[3].behaviour, BEHAVIOUR_HANG);
	assert_int_equal(releases[3].sequence, 11);
	assert_int_equal(releases[4].key, -1);
	assert_int_equal(releases[4].sequence, 1);
	assert_false(releases[4].deserves_trust);
	assert_null(releases[5].manifest);
	assert_false(releases[5].deserves_trust);
	assert_true(releases[3].deserves_trust);
	assert_int_equal(scenario->serve_manifest_of, 4);
	assert_int_equal(scenario->serve_image_of, 5);
	scenario_close(scenario);
}

static void faults_arrive(void **state)
{
	struct scenario *scenario = fixture_good(*state, "100-all.yaml", all);

	const struct scenario_faults *faults = &scenario->faults;
	assert_int_equal(faults->plan.count, 2);
	assert_int_equal(faults->tears, UINT32_MAX);
	assert_int_equal(faults->cuts, 2);
	assert_int_equal(faults->flips_count, 2);
	assert_int_equal(faults->flips[0].region, PLAN_BOOTCTL_1);
	assert_int_equal(faults->flips[0].part, FLIPS_RECORD);
	assert_int_equal(faults->flips[0].step, 7);
	assert_true(faults->flips[0].all_copies);
	assert_int_equal(faults->flips[0].op, 4);
	assert_int_equal(faults->flips[0].reads, 0);
	assert_int_equal(faults->flips[1].part, FLIPS_ALL);
	assert_int_equal(faults->flips[1].reads, 3);
	assert_int_equal(faults->flips[1].step, 1);
	assert_int_equal(scenario_region(scenario, PLAN_EFUSE).size_bytes, (7 + 3 + 1) * 3);
	assert_int_equal(scenario_region(scenario, PLAN_PROGRESS_1).offset, 4 * 4096);
	scenario_close(scenario);
}

static void expectations_arrive(void **state)
{
	struct scenario *scenario = fixture_good(*state, "100-all.yaml", all);

	const struct scenario_expect *expect = &scenario->expect;
	assert_true(expect->has_version && expect->has_counter && expect->has_refused &&
		    expect->has_given_up && expect->has_revoked && expect->has_secure_boot);
	assert_int_equal(expect->version.major, 2);
	assert_int_equal(expect->counter, 7);
	assert_int_equal(expect->refused, FW_ERR_MANIFEST_SEQUENCE);
	assert_int_equal(expect->given_up, 2);
	assert_int_equal(expect->revoked, 1u << 1);
	assert_false(expect->secure_boot);
	assert_string_equal(scenario->may_break[RULE_SETTLES], "s");
	assert_null(scenario->may_break[RULE_TRUSTED]);
	scenario_close(scenario);
}

static void expectation_of_no_revocation_is_one(void **state)
{
	struct scenario *scenario =
		fixture_good(*state, "100-none.yaml",
			     "name: none\nsummary: S.\n" DEVICE
			     "factory: {version: 1.0.0, size: 1}\nexpect: {revoked: []}\n");

	assert_true(scenario->expect.has_revoked);
	assert_int_equal(scenario->expect.revoked, 0);
	assert_false(scenario->expect.has_version);
	assert_int_equal(scenario->offer_count, 0);
	assert_false(scenario->faults.cut_every);
	assert_int_equal(scenario->faults.tears, 0);
	scenario_close(scenario);
}

static void cuts_have_defaults(void **state)
{
	struct scenario *scenario =
		fixture_good(*state, "100-cuts.yaml",
			     "name: cuts\nsummary: S.\n" DEVICE
			     "factory: {version: 1.0.0, size: 1}\nfaults: {cut: every}\n");

	assert_true(scenario->faults.cut_every);
	assert_int_equal(scenario->faults.tears, 8);
	assert_int_equal(scenario->faults.cuts, 1);
	assert_int_equal(scenario->faults.plan.count, 0);
	scenario_close(scenario);
}

static void uuids_tell_classes_apart(void **state)
{
	static const char text[] = "name: u\nsummary: S.\n" DEVICE "%s"
				   "factory: {version: 1.0.0, size: 1}\n";
	struct fixture *fixture = *state;
	uint8_t class_id[16], digest[SHA256_DIGEST_LENGTH];

	(void)snprintf(fixture->text, sizeof(fixture->text), text, "");
	struct scenario *scenario = fixture_good(fixture, "1-u.yaml", fixture->text);
	memcpy(class_id, scenario->board.class_id, sizeof(class_id));
	assert_memory_not_equal(class_id, scenario->board.vendor_id, sizeof(class_id));
	scenario_close(scenario);
	(void)SHA256((const uint8_t *)"brownout class gateway", 22, digest);
	digest[6] = (uint8_t)((digest[6] & 0x0f) | 0x80);
	digest[8] = (uint8_t)((digest[8] & 0x3f) | 0x80);
	assert_memory_equal(class_id, digest, sizeof(class_id));

	(void)snprintf(fixture->text, sizeof(fixture->text), text, "  class: lamp\n");
	scenario = fixture_good(fixture, "1-u.yaml", fixture->text);
	assert_memory_not_equal(class_id, scenario->board.class_id, sizeof(class_id));
	assert_true(scenario->releases[0].deserves_trust);
	scenario_close(scenario);
}

static void scenario_is_found_by_name(void **state)
{
	char *path = scenario_find("scenarios", "ab-update");

	(void)state;
	assert_non_null(path);
	assert_string_equal(path, "scenarios/1xx-power/101-ab-update.yaml");
	free(path);
	assert_null(scenario_find("scenarios", "update"));
	assert_null(scenario_find("scenarios", "no-such-scenario"));
	assert_null(scenario_find("no-such-directory", "ab-update"));
}

static void rules_have_the_names_of_the_design(void **state)
{
	static const char *const names[RULES] = {"contained", "trusted", "whole", "forward",
						 "reachable", "honest",	 "boots", "reverts",
						 "settles",   "fired"};

	(void)state;
	for (int rule = 0; rule < RULES; rule++)
		assert_string_equal(rule_name((enum rule)rule), names[rule]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(design_example_is_laid_out),
		cmocka_unit_test(device_and_texts_arrive),
		cmocka_unit_test(block_device_arrives),
		cmocka_unit_test(releases_arrive),
		cmocka_unit_test(faults_arrive),
		cmocka_unit_test(expectations_arrive),
		cmocka_unit_test(expectation_of_no_revocation_is_one),
		cmocka_unit_test(cuts_have_defaults),
		cmocka_unit_test(uuids_tell_classes_apart),
		cmocka_unit_test(scenario_is_found_by_name),
		cmocka_unit_test(rules_have_the_names_of_the_design),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
