/* Scenarios with a mistake: each is refused in one line that says where, what, and what instead. */
#include "tests/scenario_fixture.h"

/* One key a line, so that every mistake has a line of its own. */
static const char base[] = "name: base\n"		    /* 1 */
			   "summary: A base.\n"		    /* 2 */
			   "covers: [X-1]\n"		    /* 3 */
			   "device:\n"			    /* 4 */
			   "  flash:\n"			    /* 5 */
			   "    kind: nor\n"		    /* 6 */
			   "    sector: 4096\n"		    /* 7 */
			   "    sectors: 12\n"		    /* 8 */
			   "    program: 256\n"		    /* 9 */
			   "  efuse: {counter: 32}\n"	    /* 10 */
			   "  keys: [vendor, vendor-2]\n"   /* 11 */
			   "factory:\n"			    /* 12 */
			   "  version: 1.0.0\n"		    /* 13 */
			   "  security: 1\n"		    /* 14 */
			   "  size: 3000\n"		    /* 15 */
			   "update:\n"			    /* 16 */
			   "  version: 1.1.0\n"		    /* 17 */
			   "  security: 2\n"		    /* 18 */
			   "  size: 4000\n"		    /* 19 */
			   "releases:\n"		    /* 20 */
			   "  - name: old\n"		    /* 21 */
			   "    version: 0.9.0\n"	    /* 22 */
			   "    size: 100\n"		    /* 23 */
			   "attack:\n"			    /* 24 */
			   "  image: old\n"		    /* 25 */
			   "faults:\n"			    /* 26 */
			   "  plan: flip=0:slot_b:0x90.3\n" /* 27 */
			   "  cut: every\n"		    /* 28 */
			   "  tears: 8\n"		    /* 29 */
			   "  cuts: any\n"		    /* 30 */
			   "  flips:\n"			    /* 31 */
			   "    - region: slot_a\n"	    /* 32 */
			   "      part: header\n"	    /* 33 */
			   "expect:\n"			    /* 34 */
			   "  version: 1.1.0\n"		    /* 35 */
			   "  counter: 2\n"		    /* 36 */
			   "may_break:\n"		    /* 37 */
			   "  boots: a reason\n";	    /* 38 */

/* In base, the first `from` becomes `to`; the message follows the path and is one line. */
struct refused {
	const char *from, *to, *message;
};

#define REGIONS                                                                               \
	"slot_a, slot_b, bootctl_0 to bootctl_2, bootctl, progress_0, progress_1, progress, " \
	"efuse or flash"
#define NAME	  "expected a-z, 0-9 and inner '-'"
#define A_VERSION "expected major.minor.revision[+build]"
#define KNOWN	  "expected one of this scenario"

static const struct refused shape[] = {
	{"summary: A", "sumary: A",
	 ":2: scenario has an unknown key 'sumary', expected one of name, summary, why, covers, "
	 "device, factory, update, then, releases, start, over, attack, faults, expect, may_break, "
	 "fuse, fleet, long"},
	{"    kind: nor", "    typ: nor",
	 ":6: flash has an unknown key 'typ', expected one of kind, sector, sectors, program, "
	 "endurance, cache, flush"},
	{"summary: A base.\n", "", ":1: scenario has no 'summary', expected one"},
	{"    sectors: 12\n", "", ":6: flash has no 'sectors', expected one"},
	{"  version: 1.1.0\n", "", ":17: update has no 'version', expected one"},
	{"- name: old\n    ver", "- ver", ":21: releases has no 'name', expected one"},
	{"covers:", "name: twice\ncovers:", ":3: scenario has a second 'name', expected one"},
	{"  security: 2", "  security: 1\n  security: 2",
	 ":19: update has a second 'security', expected one"},
	{"4096", "4k", ":7: sector is '4k', expected a whole number"},
	{"4096", "0x1000", ":7: sector is '0x1000', expected a whole number"},
	{"4096", "-4096", ":7: sector is '-4096', expected a whole number"},
	{"4096", "'4096'", ":7: sector is '4096', expected a whole number"},
	{"4096", "", ":7: sector is '', expected a whole number"},
	{"4096", "04096", ":7: sector is '04096', expected a number without leading zeros"},
	{"4096", "4294967296", ":7: sector is 4294967296, expected at most 4294967295"},
	{"4096", "99999999999999999999",
	 ":7: sector is 99999999999999999999, expected at most 4294967295"},
	{"4096", "[4096]", ":7: sector is a list, expected a single value"},
	{"kind: nor", "kind: nand", ":6: kind is 'nand', expected nor or block"},
	{"cut: every", "cut: always", ":28: cut is 'always', expected none or every"},
	{"part: header", "part: head",
	 ":33: part is 'head', expected all, header, payload, tlvs or record"},
	{"part: header", "all_copies: yes", ":33: all_copies is 'yes', expected false or true"},
	{"  efuse: {counter: 32}", "  efuse: 32",
	 ":10: efuse is a single value, expected a mapping"},
	{"covers: [X-1]", "covers: X-1", ":3: covers is a single value, expected a list"},
	{"covers: [X-1]", "covers: [[X-1]]", ":3: covers is a list, expected a single value"},
	{"[vendor, vendor-2]", "[]", ":11: keys is an empty list, expected at least one entry"},
	{"[vendor, vendor-2]", "[a, b, c, d,\n    e, f, g, h, i]",
	 ":12: keys has an entry too many, expected at most 8"},
	{"summary: A base.", "summary:", ":2: summary is empty, expected a text"},
	{"summary: A base.", "summary: \"A\\0B\"",
	 ":2: summary has a zero byte in it, expected text"},
	{"summary: A base.", "summary: \"A\\nB\"",
	 ":2: summary has more than one line, expected one"},
	{"name: old", "name: abcdefghijklmnopqrstuvwxyz012345",
	 ":21: name is too long, expected at most 31 bytes"},
	{"summary: A base.", "? [a]\n: b", ":2: scenario has a key that is no word, expected one"},
	{"summary: A base.", "summary: &a A base.\nwhy: *a",
	 ":3: why is an alias, expected the value itself"},
	{"[vendor, vendor-2]", "[&a vendor, *a]",
	 ":11: keys has an alias in it, expected the value itself"},
	{"  boots: a reason\n", "  boots: a reason\n---\nname: more\n",
	 ":40: a second document begins, expected one in a file"},
	{"covers: [X-1]", "covers: [X-1", ":4: did not find expected ',' or ']', expected YAML"},
	{"covers: [X-1]", "\tcovers: [X-1]",
	 ":3: found a tab character that violates indentation, expected YAML"},
};

static const struct refused device[] = {
	{"program: 256", "program: 0",
	 ":9: program unit is 0 bytes, expected a multiple of 4, at most 1024"},
	{"program: 256", "program: 6",
	 ":9: program unit is 6 bytes, expected a multiple of 4, at most 1024"},
	{"program: 256", "program: 2048",
	 ":9: program unit is 2048 bytes, expected a multiple of 4, at most 1024"},
	{"sector: 4096", "sector: 4100",
	 ":7: sector is 4100 bytes, expected a multiple of the program unit of 256"},
	{"sector: 4096", "sector: 0",
	 ":7: sector is 0 bytes, expected at least 1024: four program units, or a record of "
	 "bootctl and its seals"},
	{"sector: 4096\n    sectors: 12\n    program: 256",
	 "sector: 128\n    sectors: 12\n    program: 16",
	 ":7: sector is 128 bytes, expected at least 144: four program units, or a record of "
	 "bootctl and its seals"},
	{"sectors: 12", "sectors: 7", ":8: flash has 7 sectors, expected 8 to 65536"},
	{"sectors: 12", "sectors: 65537", ":8: flash has 65537 sectors, expected 8 to 65536"},
	{"sectors: 12", "sectors: 16385",
	 ":8: flash has 67112960 bytes, expected at most 67108864"},
	{"sectors: 12", "sectors: 12\n    endurance: 0",
	 ":9: endurance is 0, expected at least 1 erase"},
	{"sectors: 12", "sectors: 12\n    cache: 4",
	 ":9: a NOR flash has no cache, expected 'kind: block'"},
	{"sectors: 12", "sectors: 12\n    flush: ignored",
	 ":9: a NOR flash ignores no flush, expected 'kind: block'"},
	{"kind: nor", "kind: block",
	 ":5: a block device without a cache, expected 'cache:' and the writes that it holds, 1 "
	 "to 32"},
	{"kind: nor", "kind: block\n    cache: 0", ":7: cache holds 0 writes, expected 1 to 32"},
	{"kind: nor", "kind: block\n    cache: 33", ":7: cache holds 33 writes, expected 1 to 32"},
	{"counter: 32", "counter: 0", ":10: counter has 0 bits, expected 1 to 128"},
	{"counter: 32", "counter: 129", ":10: counter has 129 bits, expected 1 to 128"},
	{"  keys:", "  attempts: 0\n  keys:", ":11: attempts is 0, expected 1 to 255"},
	{"[vendor, vendor-2]", "[vendor,\n    lost]",
	 ":12: key 'lost' is unknown, expected keys/lost.pem beside the scenario or one above"},
	{"[vendor, vendor-2]", "[../keys/vendor]", ":11: key '../keys/vendor' is no name, " NAME},
	{"[vendor, vendor-2]", "[vendor, vendor]",
	 ":11: key 'vendor' is there twice, expected it once"},
};

static const struct refused releases[] = {
	{"name: base", "name: bass",
	 ":1: name is 'bass' in a file 100-base.yaml, expected a file NUMBER-bass.yaml"},
	{"name: base", "name: Base", ":1: 'Base' is no name, " NAME},
	{"  version: 1.0.0", "  version: 1.0",
	 ":13: version is '1.0', " A_VERSION ", up to 255.255.65535+4294967295"},
	{"  version: 1.0.0", "  version: 1.0.00",
	 ":13: version is '1.0.00', " A_VERSION ", up to 255.255.65535+4294967295"},
	{"  version: 1.0.0", "  version: 256.0.0",
	 ":13: version is '256.0.0', " A_VERSION ", up to 255.255.65535+4294967295"},
	{"  version: 1.0.0", "  version: 1.0.0+",
	 ":13: version is '1.0.0+', " A_VERSION ", up to 255.255.65535+4294967295"},
	{"  version: 1.0.0", "  version: 1.0.0+4294967296",
	 ":13: version is '1.0.0+4294967296', " A_VERSION ", up to 255.255.65535+4294967295"},
	{"  version: 1.0.0", "  version: 1.0.0+1+2",
	 ":13: version is '1.0.0+1+2', " A_VERSION ", up to 255.255.65535+4294967295"},
	{"security: 1", "security: 33",
	 ":14: factory's security is 33, expected at most the counter's 32"},
	{"  size: 3000\n", "", ":12: factory has no size, expected at least 1 byte of payload"},
	{"size: 4000", "size: 0", ":19: update has no size, expected at least 1 byte of payload"},
	{"size: 4000", "size: 4294967295",
	 ":19: image of update has at least 4294967807 bytes, expected at most the slot's 12288"},
	{"size: 4000", "size: 11774",
	 ":19: image of update has at least 12490 bytes, expected at most the slot's 12288"},
	{"size: 4000", "size: 4000\n  header: 31", ":20: header is 31 bytes, expected 32 to 65535"},
	{"size: 4000", "size: 4000\n  header: 65536",
	 ":20: header is 65536 bytes, expected 32 to 65535"},
	{"size: 4000", "size: 4000\n  key: lost",
	 ":20: key 'lost' is unknown, expected keys/lost.pem beside the scenario or one above"},
	{"size: 4000", "size: 4000\n  revokes: [attacker]",
	 ":20: the device has no key 'attacker' to revoke, expected one of its keys"},
	{"size: 4000", "size: 4000\n  sequence: 0", ":20: sequence is 0, expected at least 1"},
	{"size: 4000", "size: 4000\n  sequence: 18446744073709551615\nthen: [{version: 2.0.0}]",
	 ":21: nothing is above the sequence before it, expected a sequence of its own"},
	{"size: 4000", "size: 4000\n  manifest_key: vendor-rsa-2048",
	 ":16: manifest cannot be built, expected a P-256 key, edits of bytes that are there, "
	 "and at most 2048 bytes"},
	{"[vendor, vendor-2]", "[vendor-rsa-2048]",
	 ":16: no key of the device signs manifests, expected a P-256 key there or a "
	 "manifest_key"},
	{"size: 4000", "size: 4000\n  manifest_version: '1'", ":20: version is '1', " A_VERSION},
	{"size: 4000", "size: 4000\n  manifest_image: lost",
	 ":20: there is no release 'lost', " KNOWN},
	{"size: 3000", "size: 3000\n  manifest_size: 1",
	 ":12: factory has no manifest to change, expected a sequence"},
	{"size: 4000", "size: 4000\n  forge: {image: nicely}",
	 ":20: image is forged as 'nicely', expected unsigned, empty, zero, truncated, r-zero, "
	 "s-zero, r-n, s-n, other-s, der-padded, der-long, der-trailed, other-type, salt-short, "
	 "rs-zero, carries-key, keyhash-long, security-unprotected, signature-of:RELEASE or "
	 "keyhash-of:KEY"},
	{"size: 4000", "size: 4000\n  forge: {image: 'signature-of:'}",
	 ":20: image is forged as 'signature-of:', expected unsigned, empty, zero, truncated, "
	 "r-zero, s-zero, r-n, s-n, other-s, der-padded, der-long, der-trailed, other-type, "
	 "salt-short, rs-zero, carries-key, keyhash-long, security-unprotected, "
	 "signature-of:RELEASE or keyhash-of:KEY"},
	{"size: 4000", "size: 4000\n  forge: {manifest: empty}",
	 ":20: manifest is forged as 'empty', expected unsigned, zero, truncated, r-zero, s-zero, "
	 "r-n, s-n, other-s, algorithm or signature-of:RELEASE"},
	{"size: 4000", "size: 4000\n  forge: {image: 'signature-of:lost'}",
	 ":20: there is no release 'lost', " KNOWN},
	{"size: 4000", "size: 4000\n  forge: {image: 'signature-of:update'}",
	 ":20: image of 'update' has no signature of its own, expected one that has"},
	{"size: 4000", "size: 4000\n  forge: {image: 'keyhash-of:lost'}",
	 ":20: key 'lost' is unknown, expected keys/lost.pem beside the scenario or one above"},
	{"size: 4000", "size: 4000\n  forge: {manifest: 'signature-of:old'}",
	 ":20: there is no manifest of 'old' with a signature of its own, expected one"},
	{"update:\n  version: 1.1.0\n  security: 2\n  size: 4000\n",
	 "then: [{version: 2.0.0, size: 1}]\n",
	 ":16: then without an update, expected an update before it"},
	{"name: old", "name: update",
	 ":21: there is a release 'update' already, expected another name"},
	{"name: old", "name: Old", ":21: 'Old' is no name, " NAME},
	{"size: 4000", "size: 4000\n  payload: agent",
	 ":20: /nowhere: No such file or directory, expected the agent's executable"},
};

#define FLIPS_4	 "flip=0:slot_b:0x0.0,flip=0:slot_b:0x0.1,flip=0:slot_b:0x0.2,flip=0:slot_b:0x0.3"
#define FLIPS_16 FLIPS_4 "," FLIPS_4 "," FLIPS_4 "," FLIPS_4

static const struct refused trial[] = {
	{"  image: old", "  image: lost", ":25: there is no release 'lost', " KNOWN},
	{"  image: old", "  manifest: old",
	 ":25: 'old' has no manifest, expected a release with a sequence"},
	{"slot_b:0x90.3", "slot_b:0x90",
	 ":27: plan, character 19: '.' is missing, expected it before the bit"},
	{"slot_b:0x90.3", "slot_b:0x3000.3",
	 ":27: plan flips offset 0x3000 of slot_b, expected one below 0x3000"},
	{"slot_b:0x90.3", "efuse:0x69.0",
	 ":27: plan flips offset 0x69 of efuse, expected one below 0x69"},
	{"flip=0:slot_b:0x90.3", "write=0:slot_b:lost",
	 ":27: plan writes a release 'lost', " KNOWN},
	{"flip=0:slot_b:0x90.3", "cut=5+0",
	 ":27: plan has a cut beside 'cut: every', expected the one or the other"},
	{"flip=0:slot_b:0x90.3", FLIPS_16 "," FLIPS_16,
	 ":27: plan has 32 faults, expected at most 29, to leave room for what is tried beside it"},
	{"tears: 8", "tears: some",
	 ":29: tears is 'some', expected a number from 0 or the word all"},
	{"tears: 8", "tears: 08", ":29: tears is '08', expected a number from 0 or the word all"},
	{"cuts: any", "cuts: 0", ":30: cuts is '0', expected a number from 1 or the word any"},
	{"cuts: any", "cuts: 4294967295",
	 ":30: cuts is '4294967295', expected a number from 1 or the word any"},
	{"cut: every", "cut: none", ":29: nothing is cut, expected 'cut: every' beside tears"},
	{"  cut: every\n  tears: 8", "", ":29: nothing is cut, expected 'cut: every' beside cuts"},
	{"region: slot_a", "region: slot_c", ":32: there is no region 'slot_c', expected " REGIONS},
	{"region: slot_a", "region: bootctl_0",
	 ":33: bootctl_0 has no such part, expected header, payload or tlvs of a slot, record of "
	 "bootctl or progress, or all"},
	{"part: header", "part: record",
	 ":33: slot_a has no such part, expected header, payload or tlvs of a slot, record of "
	 "bootctl or progress, or all"},
	{"part: header", "reads: 0", ":33: reads is 0, expected at least 1 and no 'op' beside it"},
	{"part: header", "reads: 2\n      op: 1",
	 ":33: reads is 2, expected at least 1 and no 'op' beside it"},
	{"part: header", "step: 0", ":33: step is 0, expected at least 1 bit"},
	{"part: header", "all_copies: true",
	 ":33: slot_a is no copy of bootctl, expected bootctl_0 to bootctl_2"},
	{"expect:\n  version: 1.1.0", "expect:\n  version: 1.1",
	 ":35: version is '1.1', " A_VERSION},
	{"expect:\n  version: 1.1.0", "expect:\n  version: 1.2.0",
	 ":35: no release has version 1.2.0, expected one of theirs"},
	{"counter: 2\n", "counter: 33\n", ":36: counter is 33, expected at most its 32 bits"},
	{"counter: 2\n", "refused: BAD_MOOD\n",
	 ":36: there is no reason 'BAD_MOOD', expected one of FW_ERRORS in device-model/hal.h"},
	{"  cut: every", "  each: [burn]\n  cut: every",
	 ":28: each op is to 'burn', expected fail, lie, sag or miss"},
	{"  image: old", "  wire:\n    - {of: image, does: replace}",
	 ":26: replaces by nothing, expected a release"},
	{"  image: old", "  wire:\n    - {of: image, does: stall, release: old}",
	 ":26: a release that is not used, expected 'does: replace' beside it"},
	{"  image: old", "  wire:\n    - {of: image, does: replace, release: lost}",
	 ":26: there is no release 'lost', " KNOWN},
	{"  image: old", "  wire:\n    - {of: manifest, does: replace, release: old}",
	 ":26: 'old' has no manifest, expected a release with a sequence"},
	{"  image: old", "  wire:\n    - {of: image, does: damage, bytes: 0}",
	 ":26: bytes is 0, expected at least 1"},
	{"  image: old", "  probes:\n    - {manifest: 1-1+00, refused: IO}",
	 ":26: probes come one a life, expected 'cut: none'"},
	{"  image: old", "  probes:\n    - {refused: IO}",
	 ":26: a probe edits nothing, expected 'manifest', 'envelope', 'covered' or 'image'"},
	{"    size: 100\n", "    size: 100\n    covered: 1-1\n",
	 ":24: covered is '1-1', expected up to 8 of AT-DROP+HEX, such as 0x1f-1+1801,4-0+00"},
	{"    size: 100\n", "    size: 100\n    covered: 1-1+0\n",
	 ":24: covered is '1-1+0', expected up to 8 of AT-DROP+HEX, such as 0x1f-1+1801,4-0+00"},
	{"flip=0:slot_b:0x90.3", "stuck=0:bootctl_0:0x1000.0:1",
	 ":27: plan flips offset 0x1000 of bootctl_0, expected one below 0x1000"},
	{"counter: 2\n", "revoked: [attacker]\n",
	 ":36: the device has no key 'attacker', expected one of its keys"},
	{"  boots:", "  contained:",
	 ":38: may_break has an unknown key 'contained', expected one of trusted, whole, forward, "
	 "reachable, honest, boots, reverts, settles"},
	{"  boots:", "  fired:",
	 ":38: may_break has an unknown key 'fired', expected one of trusted, whole, forward, "
	 "reachable, honest, boots, reverts, settles"},
	{"  boots:", "  boot:",
	 ":38: may_break has an unknown key 'boot', expected one of trusted, whole, forward, "
	 "reachable, honest, boots, reverts, settles"},
	{"  boots: a reason", "  boots: ''", ":38: boots is empty, expected a text"},
};

static void refuse_all(struct fixture *fixture, const struct refused *table, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *at = strstr(base, table[i].from);
		char wanted[1024];

		if (at == NULL)
			fail_msg("base has no \"%s\"", table[i].from);
		(void)snprintf(fixture->text, sizeof(fixture->text), "%.*s%s%s", (int)(at - base),
			       base, table[i].to, at + strlen(table[i].from));
		(void)snprintf(wanted, sizeof(wanted), "%s\n", table[i].message);
		struct scenario *scenario =
			fixture_scenario(fixture, "100-base.yaml", fixture->text);
		if (scenario != NULL)
			fail_msg("\"%s\" is taken, expected %s", table[i].to, wanted);
		if (strcmp(fixture->message, wanted) != 0)
			fail_msg("\"%s\":\n got %s\nwant %s", table[i].to, fixture->message,
				 wanted);
	}
}

#define REFUSE_ALL(state, table) refuse_all(*(state), (table), sizeof(table) / sizeof((table)[0]))

static void base_is_good(void **state)
{
	struct scenario *scenario = fixture_good(*state, "100-base.yaml", base);

	assert_string_equal(scenario->may_break[RULE_BOOTS], "a reason");
	scenario_close(scenario);
}

static void wrong_shape_is_refused(void **state)
{
	REFUSE_ALL(state, shape);
}

static void wrong_device_is_refused(void **state)
{
	REFUSE_ALL(state, device);
}

static void wrong_release_is_refused(void **state)
{
	scenario_agent_path("/nowhere");
	REFUSE_ALL(state, releases);
	scenario_agent_path(NULL);
}

static void wrong_trial_is_refused(void **state)
{
	REFUSE_ALL(state, trial);
}

static void file_name_without_number_is_refused(void **state)
{
	struct fixture *fixture = *state;

	assert_null(fixture_scenario(fixture, "base.yaml", base));
	assert_string_equal(fixture->message,
			    ":1: name is 'base' in a file base.yaml, expected a file "
			    "NUMBER-base.yaml\n");
}

static void empty_and_missing_files_are_refused(void **state)
{
	struct fixture *fixture = *state;

	assert_null(fixture_scenario(fixture, "100-base.yaml", "# nothing\n"));
	assert_string_equal(fixture->message, ":1: file is empty, expected a scenario\n");
	assert_null(fixture_scenario(fixture, "100-base.yaml", "- a list\n"));
	assert_string_equal(fixture->message, ":1: scenario is a list, expected a mapping\n");
	assert_null(fixture_load(fixture, "/tmp/no-such-directory/100-base.yaml"));
	assert_string_equal(fixture->message, ":1: cannot be opened (No such file or directory), "
					      "expected a scenario\n");
	assert_null(fixture_load(fixture, fixture->dir));
	assert_string_equal(fixture->message,
			    ":1: cannot be read (Is a directory), expected a scenario\n");
}

static void seventeen_releases_are_one_too_many(void **state)
{
	struct fixture *fixture = *state;
	const char *at = strstr(base, "releases:\n");
	size_t used = (size_t)(at - base) + strlen("releases:\n");

	memcpy(fixture->text, base, used);
	for (int i = 0; i < 15; i++)
		used += (size_t)snprintf(fixture->text + used, sizeof(fixture->text) - used,
					 "  - {name: r%d, version: 1.0.0, size: 1}\n", i);
	assert_null(fixture_scenario(fixture, "100-base.yaml", fixture->text));
	assert_string_equal(fixture->message, ":35: one release too many, expected at most 16\n");
}

/* Every beginning of a good scenario: refused in one line or taken, and nothing leaks. */
static void cut_off_scenarios_never_crash(void **state)
{
	struct fixture *fixture = *state;

	for (size_t bytes = 0; bytes < sizeof(base) - 1; bytes++) {
		(void)snprintf(fixture->text, sizeof(fixture->text), "%.*s", (int)bytes, base);
		struct scenario *scenario =
			fixture_scenario(fixture, "100-base.yaml", fixture->text);
		if (scenario == NULL) {
			char *end = strchr(fixture->message, '\n');

			assert_non_null(strstr(fixture->message, ", expected "));
			assert_true(end != NULL && end[1] == '\0');
		}
		scenario_close(scenario);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base_is_good),
		cmocka_unit_test(wrong_shape_is_refused),
		cmocka_unit_test(wrong_device_is_refused),
		cmocka_unit_test(wrong_release_is_refused),
		cmocka_unit_test(wrong_trial_is_refused),
		cmocka_unit_test(file_name_without_number_is_refused),
		cmocka_unit_test(empty_and_missing_files_are_refused),
		cmocka_unit_test(seventeen_releases_are_one_too_many),
		cmocka_unit_test(cut_off_scenarios_never_crash),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
