/*
 * Command sequences: authentic manifests, signed with the draft's key, that ask for what this
 * firmware does not do, or ask for it in a form that it does not take. Sequences are in hex.
 */
#include "tests/manifest_fixture.h"

/* Parameter 3: SUIT_Digests that differ. */
#define DIGEST_1 "03 <82 2f <00112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210>>"
#define DIGEST_2 "03 <82 2f <0123456789abcdeffedcba987654321000112233445566778899aabbccddeeff>>"
/* override {uri: "a"}, fetch: four items */
#define FETCH "14 a1156161 15 02"

/* What a sequence that follows the six items of the ids may be. */
struct row {
	const char *what;
	size_t items;
	const char *commands;
	int expected;
};

static void run_shared(struct fixture *fixture, const struct row *row, uint32_t slot,
		       struct cook *envelope, struct manifest_update *update)
{
	struct cook shared = {.at = 0}, manifest = {.at = 0};

	cook_head(&shared, cbor_encode_array_start, 6 + row->items);
	cook_ids(&shared);
	cook_hex(&shared, row->commands);
	cook_manifest(&manifest, &shared, 0, "");
	fixture_sign(fixture, &manifest, envelope);
	fixture_expect(fixture_judge(fixture, envelope, slot, update), row->expected, row->what);
}

static void run_rows(struct fixture *fixture, const struct row *rows, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct manifest_update update;
		struct cook envelope = {.at = 0};

		run_shared(fixture, &rows[i], 0, &envelope, &update);
	}
}

#define RUN_ROWS(state, rows) run_rows(*(state), (rows), sizeof(rows) / sizeof((rows)[0]))

static void command_that_is_not_carried_out_is_refused_by_name(void **state)
{
	static const struct row rows[] = {
		{"nothing more", 0, "", FW_OK},
		{"reserved 0", 2, "00 0f", FW_ERR_MANIFEST_UNSUPPORTED},
		{"check-content", 2, "06 0f", FW_ERR_MANIFEST_UNSUPPORTED},
		{"abort", 2, "0e 0f", FW_ERR_MANIFEST_UNSUPPORTED},
		{"write", 2, "12 0f", FW_ERR_MANIFEST_UNSUPPORTED},
		{"set-parameters", 2, "13 a0", FW_ERR_MANIFEST_UNSUPPORTED},
		{"copy", 2, "16 0f", FW_ERR_MANIFEST_UNSUPPORTED},
		{"device-id", 2, "1818 0f", FW_ERR_MANIFEST_UNSUPPORTED},
		{"swap", 2, "181f 0f", FW_ERR_MANIFEST_UNSUPPORTED},
		{"run-sequence", 2, "1820 43 82020f", FW_ERR_MANIFEST_UNSUPPORTED},
		{"private", 2, "390100 0f", FW_ERR_MANIFEST_UNSUPPORTED},
		{"1 with a bit above 32", 2, "1b0000000100000001 0f", FW_ERR_MANIFEST_UNSUPPORTED},
		{"text as command", 2, "6101 0f", FW_ERR_MANIFEST_CBOR},
	};

	RUN_ROWS(state, rows);
}

static void command_parameter_that_is_not_known_is_refused(void **state)
{
	static const struct row rows[] = {
		{"none", 2, "14 a0", FW_OK},
		{"0", 2, "14 a1 00 00", FW_ERR_MANIFEST_UNSUPPORTED},
		{"strict-order", 2, "14 a1 0c f5", FW_ERR_MANIFEST_UNSUPPORTED},
		{"soft-failure", 2, "14 a1 0d f4", FW_ERR_MANIFEST_UNSUPPORTED},
		{"content", 2, "14 a1 12 40", FW_ERR_MANIFEST_UNSUPPORTED},
		{"source-component", 2, "14 a1 16 00", FW_ERR_MANIFEST_UNSUPPORTED},
		{"invoke-args", 2, "14 a1 17 40", FW_ERR_MANIFEST_UNSUPPORTED},
		{"device-id", 2, "14 a1 1818 40", FW_ERR_MANIFEST_UNSUPPORTED},
		{"fetch-arguments", 2, "14 a1 1819 40", FW_ERR_MANIFEST_UNSUPPORTED},
		{"private -258", 2, "14 a1 390101 00", FW_ERR_MANIFEST_UNSUPPORTED},
		{"text key", 2, "14 a1 6101 00", FW_ERR_MANIFEST_CBOR},
	};

	RUN_ROWS(state, rows);
}

static void command_parameters_of_the_wrong_form_are_refused(void **state)
{
	static const struct row rows[] = {
		{"short vendor", 2, "14 a1 01 4101", FW_ERR_MANIFEST_CBOR},
		{"long class", 2, "14 a1 02 51 0000000000000000000000000000000000",
		 FW_ERR_MANIFEST_CBOR},
		{"vendor as text", 2, "14 a1 01 70 61616161616161616161616161616161",
		 FW_ERR_MANIFEST_CBOR},
		{"digest of another algorithm", 2, "14 a1 03 45 82382b4101",
		 FW_ERR_MANIFEST_ALGORITHM},
		{"short digest", 2, "14 a1 03 44 822f4101", FW_ERR_MANIFEST_CBOR},
		{"digest and a byte", 2,
		 "14 a1 03 <82 2f "
		 "<00112233445566778899aabbccddeeff0123456789abcdeffedcba9876543210> 00>",
		 FW_ERR_MANIFEST_CBOR},
		{"negative slot", 2, "14 a1 05 20", FW_ERR_MANIFEST_CBOR},
		{"size of 32 bits", 2, "14 a1 0e 1affffffff", FW_OK},
		{"size of 33 bits", 2, "14 a1 0e 1b0000000100000000", FW_ERR_MANIFEST_IMAGE_SIZE},
		{"security of 32 bits", 2, "14 a1 38ff 1affffffff", FW_OK},
		{"security of 33 bits", 2, "14 a1 38ff 1b0000000100000000",
		 FW_ERR_MANIFEST_SECURITY_HIGH},
		{"negative security", 2, "14 a1 38ff 20", FW_ERR_MANIFEST_CBOR},
		{"version of 7 bytes", 2, "14 a1 390100 47 00000000000000", FW_ERR_MANIFEST_CBOR},
		{"version of 8 bytes", 2, "14 a1 390100 48 0000000000000000", FW_OK},
		{"empty uri", 2, "14 a1 15 60", FW_ERR_MANIFEST_UNSUPPORTED},
		{"uri with a space", 2, "14 a1 15 63 612061", FW_ERR_MANIFEST_UNSUPPORTED},
		{"uri with a line end", 2, "14 a1 15 63 610a61", FW_ERR_MANIFEST_UNSUPPORTED},
		{"uri with a 0 byte", 2, "14 a1 15 63 610061", FW_ERR_MANIFEST_UNSUPPORTED},
		{"uri above ASCII", 2, "14 a1 15 62 c3a4", FW_ERR_MANIFEST_UNSUPPORTED},
		{"uri as bytes", 2, "14 a1 15 41 61", FW_ERR_MANIFEST_CBOR},
	};

	RUN_ROWS(state, rows);
}

static void command_uri_has_a_longest(void **state)
{
	for (unsigned int bytes = HAL_URI_MAX; bytes <= HAL_URI_MAX + 1; bytes++) {
		struct row row = {"uri", 2, NULL, FW_OK};
		char commands[16 + 2 * (HAL_URI_MAX + 1) + 1];
		int at = snprintf(commands, sizeof(commands), "14 a1 15 78%02x", bytes);
		struct manifest_update update;
		struct cook envelope = {.at = 0};

		for (unsigned int i = 0; i < bytes; i++)
			at += snprintf(commands + at, sizeof(commands) - (size_t)at, "61");
		row.commands = commands;
		row.expected = bytes <= HAL_URI_MAX ? FW_OK : FW_ERR_MANIFEST_UNSUPPORTED;
		run_shared(*state, &row, 0, &envelope, &update);
	}
}

static void command_conditions_that_do_not_hold_refuse(void **state)
{
	static const struct row rows[] = {
		{"another vendor", 4, "14 a1 01 50 00000000000000000000000000000000 01 0f",
		 FW_ERR_MANIFEST_VENDOR},
		{"another class", 4, "14 a1 02 50 00000000000000000000000000000000 02 0f",
		 FW_ERR_MANIFEST_CLASS},
		{"the first that fails", 6,
		 "14 a2 01 50 00000000000000000000000000000000 02 50 "
		 "00000000000000000000000000000000 02 0f 01 0f",
		 FW_ERR_MANIFEST_CLASS},
		{"image-match without digest", 2, "03 0f", FW_ERR_MANIFEST_INCOMPLETE},
		{"image-match with digest", 4, "14 a1" DIGEST_1 "03 0f", FW_OK},
		{"slot not set", 2, "05 0f", FW_ERR_MANIFEST_SLOT},
		{"slot 0", 4, "14 a1 05 00 05 0f", FW_OK},
		{"slot 1", 4, "14 a1 05 01 05 0f", FW_ERR_MANIFEST_SLOT},
		{"slot 0 and a bit above 32", 4, "14 a1 05 1b0000000100000000 05 0f",
		 FW_ERR_MANIFEST_SLOT},
		{"fetch without uri", 2, "15 0f", FW_ERR_MANIFEST_INCOMPLETE},
		{"fetch", 4, FETCH, FW_OK},
		{"policy 16", 2, "17 10", FW_ERR_MANIFEST_CBOR},
		{"policy as bytes", 2, "17 40", FW_ERR_MANIFEST_CBOR},
		{"policy missing", 1, "17", FW_ERR_MANIFEST_CBOR},
		{"component 0", 2, "0c 00", FW_OK},
		{"all components", 2, "0c f5", FW_OK},
		{"component 1", 2, "0c 01", FW_ERR_MANIFEST_COMPONENT},
		{"no component", 2, "0c f4", FW_ERR_MANIFEST_UNSUPPORTED},
		{"a list of components", 2, "0c 8100", FW_ERR_MANIFEST_UNSUPPORTED},
	};

	RUN_ROWS(state, rows);
}

/* Else a manifest would be for every device that holds the key. */
static void command_without_vendor_or_class_is_incomplete(void **state)
{
	static const struct {
		const char *what, *shared;
		int expected;
	} rows[] = {
		{"neither", "82 14 a0", FW_ERR_MANIFEST_INCOMPLETE},
		{"vendor asked, not set", "84 14 a0 01 0f", FW_ERR_MANIFEST_VENDOR},
		{"class asked, not set", "84 14 a0 02 0f", FW_ERR_MANIFEST_CLASS},
		{"set, not asked",
		 "82 14 a2 01 50 fa6b4a53d5ad5fdfbe9de663e4d41ffe"
		 "02 50 1492af1425695e48bf429b2d51f2ab45",
		 FW_ERR_MANIFEST_INCOMPLETE},
		{"vendor alone", "84 14 a1 01 50 fa6b4a53d5ad5fdfbe9de663e4d41ffe 01 0f",
		 FW_ERR_MANIFEST_INCOMPLETE},
		{"class alone", "84 14 a1 02 50 1492af1425695e48bf429b2d51f2ab45 02 0f",
		 FW_ERR_MANIFEST_INCOMPLETE},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cook shared = {.at = 0}, manifest = {.at = 0}, envelope = {.at = 0};
		struct manifest_update update;

		cook_hex(&shared, rows[i].shared);
		cook_manifest(&manifest, &shared, 0, "");
		fixture_sign(*state, &manifest, &envelope);
		fixture_expect(fixture_judge(*state, &envelope, 0, &update), rows[i].expected,
			       rows[i].what);
	}
}

#define BRANCH_0 "<86 14a10500 050f 14a10e01>" /* slot 0: size 1 */
#define BRANCH_1 "<86 14a10501 050f 14a10e02>" /* slot 1: size 2 */

static void command_try_each_takes_the_first_branch_that_holds(void **state)
{
	struct row row = {"three branches", 2,
			  "0f 83" BRANCH_0 BRANCH_1 "<86 14a10501 050f 14a10e03>", FW_OK};
	struct manifest_update update;
	struct cook envelope = {.at = 0};

	run_shared(*state, &row, 0, &envelope, &update);
	assert_int_equal(update.size_bytes, 1);
	run_shared(*state, &row, 1, &envelope, &update);
	assert_int_equal(update.size_bytes, 2);
	row.expected = FW_ERR_MANIFEST_SLOT;
	run_shared(*state, &row, 2, &envelope, &update);
}

/*
 * On slot 1 the first branch sets slot, digest, size, uri and both versions, fetches, invokes, and
 * fails at its end; the second sets nothing and holds.
 */
static void command_try_each_leaks_nothing_of_a_failed_branch(void **state)
{
#define FAILING                                                                \
	"<8a 14a6" DIGEST_1 "0500 0e01 156161 38ff09 390100<0102030405060708>" \
	"1502 1702 0c00 050f>"
	static const struct row passing = {"nothing set", 2, "0f 82" FAILING "<82 0c00>", FW_OK};
	/* Its slot must not be left behind either: the second has none to compare. */
	static const struct row slotless = {"slot", 2, "0f 82 <84 14a10500 030f> <82 050f>",
					    FW_ERR_MANIFEST_SLOT};
	/* And what stood before the first is what the second finds. */
	static const struct row restored = {"before", 4, "14a10501 0f 82" FAILING "<82 050f>",
					    FW_OK};
	struct manifest_update update;
	struct cook envelope = {.at = 0};

	run_shared(*state, &passing, 1, &envelope, &update);
	assert_false(update.has_digest || update.has_size || update.has_uri ||
		     update.has_security || update.has_version);
	assert_false(update.installs || update.invokes);
	run_shared(*state, &slotless, 0, &envelope, &update);
	run_shared(*state, &restored, 1, &envelope, &update);
	/* The same branch, taken, sets all of it. */
	run_shared(*state, &passing, 0, &envelope, &update);
	assert_true(update.has_digest && update.has_size && update.has_uri && update.has_security &&
		    update.has_version);
	assert_true(update.installs && update.invokes);
}

static void command_try_each_in_another_form_is_refused(void **state)
{
	static const struct row rows[] = {
		{"inside try-each", 2, "0f 82" BRANCH_0 "<82 0f 82" BRANCH_0 BRANCH_1 ">",
		 FW_ERR_MANIFEST_UNSUPPORTED},
		{"nil: go on if all fail", 2, "0f 83" BRANCH_1 BRANCH_1 "f6",
		 FW_ERR_MANIFEST_UNSUPPORTED},
		{"one branch", 2, "0f 81" BRANCH_0, FW_ERR_MANIFEST_CBOR},
		{"no branch", 2, "0f 80", FW_ERR_MANIFEST_CBOR},
		{"a branch that is no byte string", 2, "0f 82" BRANCH_0 "82030f",
		 FW_ERR_MANIFEST_CBOR},
		{"an empty branch", 2, "0f 82" BRANCH_0 "<80>", FW_ERR_MANIFEST_CBOR},
		{"half a command in a branch", 2, "0f 82" BRANCH_0 "<87 14a10500 050f 14a10e01>",
		 FW_ERR_MANIFEST_CBOR},
		{"bytes after a branch", 2, "0f 82" BRANCH_0 "<82 0c00 00>", FW_ERR_MANIFEST_CBOR},
		/* What a manifest asks for on the other slot counts as well. */
		{"swap in a branch not taken", 2, "0f 82" BRANCH_0 "<82 181f0f>",
		 FW_ERR_MANIFEST_UNSUPPORTED},
		{"swap after a condition that fails", 2, "0f 82 <86 14a10501 050f 181f0f>" BRANCH_0,
		 FW_ERR_MANIFEST_UNSUPPORTED},
	};

	RUN_ROWS(state, rows);
}

static void command_cbor_that_is_not_deterministic_is_refused(void **state)
{
	static const struct row rows[] = {
		{"command in two bytes", 2, "1817 0f", FW_ERR_MANIFEST_CBOR},
		{"policy in two bytes", 2, "17 180f", FW_ERR_MANIFEST_CBOR},
		{"value in three bytes", 2, "14 a1 0e 1900ff", FW_ERR_MANIFEST_CBOR},
		{"value in nine bytes", 2, "14 a1 0e 1b00000000ffffffff", FW_ERR_MANIFEST_CBOR},
		{"string head in two bytes", 2, "14 a1 15 780161", FW_ERR_MANIFEST_CBOR},
		{"map head in two bytes", 2, "14 b801 0e00", FW_ERR_MANIFEST_CBOR},
		{"indefinite map", 2, "14 bf 0e00 ff", FW_ERR_MANIFEST_CBOR},
		{"indefinite text", 2, "14 a1 15 7f6161ff", FW_ERR_MANIFEST_CBOR},
		{"indefinite array of branches", 2, "0f 9f" BRANCH_0 BRANCH_1 "ff",
		 FW_ERR_MANIFEST_CBOR},
		{"a key twice", 2, "14 a2 0e00 0e00", FW_ERR_MANIFEST_CBOR},
		{"keys that descend", 2, "14 a2 0e00 0500", FW_ERR_MANIFEST_CBOR},
		{"negative keys before others", 2, "14 a2 38ff00 0e00", FW_ERR_MANIFEST_CBOR},
		{"a map of more than there is", 2, "14 a3 0e00", FW_ERR_MANIFEST_CBOR},
		{"more items than there are", 4, "17 0f", FW_ERR_MANIFEST_CBOR},
		{"fewer items than there are", 0, "17 0f", FW_ERR_MANIFEST_CBOR},
		{"break", 2, "17 ff", FW_ERR_MANIFEST_CBOR},
		{"float", 2, "17 f93c00", FW_ERR_MANIFEST_CBOR},
	};

	RUN_ROWS(state, rows);
}

/* Members of the manifest after {1: 1, 2: 7, 3: common}. */
static void command_members_are_evaluated_or_refused(void **state)
{
	static const struct {
		const char *what;
		size_t members;
		const char *more;
		int expected;
		bool installs, invokes;
	} rows[] = {
		{"none", 0, "", FW_OK, false, false},
		{"install", 1, "14 <84" FETCH ">", FW_OK, true, false},
		{"payload-fetch", 1, "10 <84" FETCH ">", FW_OK, true, false},
		{"invoke", 1, "09 <82 170f>", FW_OK, false, true},
		{"validate", 1, "07 <84 14a1" DIGEST_1 "030f>", FW_OK, false, false},
		{"validate fails", 1, "07 <82 030f>", FW_ERR_MANIFEST_INCOMPLETE, false, false},
		{"load", 1, "08 <82 030f>", FW_ERR_MANIFEST_UNSUPPORTED, false, false},
		{"reference-uri", 1, "04 6161", FW_OK, false, false},
		{"reference-uri as bytes", 1, "04 4161", FW_ERR_MANIFEST_CBOR, false, false},
		{"text", 1, "17 <a0>", FW_OK, false, false},
		{"text, severed", 1, "17 82 2f 420102", FW_OK, false, false},
		{"text as number", 1, "17 00", FW_ERR_MANIFEST_CBOR, false, false},
		{"install, severed", 1, "14 82 2f 420102", FW_ERR_MANIFEST_UNSUPPORTED, false,
		 false},
		{"unknown key", 1, "05 00", FW_ERR_MANIFEST_UNSUPPORTED, false, false},
		{"negative key", 1, "20 00", FW_ERR_MANIFEST_UNSUPPORTED, false, false},
		{"common again", 1, "03 00", FW_ERR_MANIFEST_CBOR, false, false},
		{"descending", 2, "14 <84" FETCH "> 07 <82 0c00>", FW_ERR_MANIFEST_CBOR, false,
		 false},
		{"empty sequence", 1, "07 <80>", FW_ERR_MANIFEST_CBOR, false, false},
		{"half a command", 1, "07 <81 03>", FW_ERR_MANIFEST_CBOR, false, false},
		{"no array", 1, "07 <a1 030f>", FW_ERR_MANIFEST_CBOR, false, false},
		{"bytes after it", 1, "07 <82 0c00 00>", FW_ERR_MANIFEST_CBOR, false, false},
		{"nothing in it", 1, "07 <>", FW_ERR_MANIFEST_CBOR, false, false},
		{"bytes after the manifest", 0, "00", FW_ERR_MANIFEST_CBOR, false, false},
		{"8 arrays deep", 1, "17 81818181 81818180", FW_OK, false, false},
		{"9 arrays deep", 1, "17 81818181 81818181 80", FW_OK, false, false},
		{"10 arrays deep", 1, "17 81818181 81818181 81 80", FW_ERR_MANIFEST_CBOR, false,
		 false},
		{"40 arrays deep", 1,
		 "17 81818181818181818181 81818181818181818181 81818181818181818181"
		 "8181818181818181818180",
		 FW_ERR_MANIFEST_CBOR, false, false},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cook shared = {.at = 0}, manifest = {.at = 0}, envelope = {.at = 0};
		struct manifest_update update;

		cook_hex(&shared, "86");
		cook_ids(&shared);
		cook_manifest(&manifest, &shared, rows[i].members, rows[i].more);
		fixture_sign(*state, &manifest, &envelope);
		fixture_expect(fixture_judge(*state, &envelope, 0, &update), rows[i].expected,
			       rows[i].what);
		if (rows[i].expected != FW_OK)
			continue;
		assert_int_equal(update.installs, rows[i].installs);
		assert_int_equal(update.invokes, rows[i].invokes);
	}
}

/* The first three members, which every manifest has. */
static void command_manifest_without_its_first_members_is_refused(void **state)
{
	static const struct {
		const char *what, *manifest;
		int expected;
	} rows[] = {
		{"empty map", "a0", FW_ERR_MANIFEST_CBOR},
		{"no map", "80", FW_ERR_MANIFEST_CBOR},
		{"no version", "a2 0207 03<a1 02 81 81 4100>", FW_ERR_MANIFEST_CBOR},
		{"version 2", "a3 0102 0207 03<a1 02 81 81 4100>", FW_ERR_MANIFEST_VERSION},
		{"no sequence", "a2 0101 03<a1 02 81 81 4100>", FW_ERR_MANIFEST_CBOR},
		{"negative sequence", "a3 0101 0220 03<a1 02 81 81 4100>", FW_ERR_MANIFEST_CBOR},
		{"no common", "a2 0101 0207", FW_ERR_MANIFEST_CBOR},
		{"no shared sequence", "a3 0101 0207 03<a1 02 81 81 4100>",
		 FW_ERR_MANIFEST_INCOMPLETE},
		{"empty common", "a3 0101 0207 03<a0>", FW_ERR_MANIFEST_COMPONENT},
		{"no component", "a3 0101 0207 03<a1 02 80>", FW_ERR_MANIFEST_COMPONENT},
		{"two components", "a3 0101 0207 03<a1 02 82 81 4100 81 4101>",
		 FW_ERR_MANIFEST_COMPONENT},
		{"component in two parts", "a3 0101 0207 03<a1 02 81 82 4100 4100>",
		 FW_ERR_MANIFEST_COMPONENT},
		{"component in no part", "a3 0101 0207 03<a1 02 81 80>", FW_ERR_MANIFEST_COMPONENT},
		{"another component", "a3 0101 0207 03<a1 02 81 81 4101>",
		 FW_ERR_MANIFEST_COMPONENT},
		{"an empty component", "a3 0101 0207 03<a1 02 81 81 40>",
		 FW_ERR_MANIFEST_COMPONENT},
		{"a key of common that is not known", "a3 0101 0207 03<a2 01 00 02 81 81 4100>",
		 FW_ERR_MANIFEST_UNSUPPORTED},
		{"bytes after common", "a3 0101 0207 03<a1 02 81 81 4100 00>",
		 FW_ERR_MANIFEST_CBOR},
	};

	for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		struct cook manifest = {.at = 0}, envelope = {.at = 0};
		struct manifest_update update;

		cook_hex(&manifest, rows[i].manifest);
		fixture_sign(*state, &manifest, &envelope);
		fixture_expect(fixture_judge(*state, &envelope, 0, &update), rows[i].expected,
			       rows[i].what);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(command_that_is_not_carried_out_is_refused_by_name),
		cmocka_unit_test(command_parameter_that_is_not_known_is_refused),
		cmocka_unit_test(command_parameters_of_the_wrong_form_are_refused),
		cmocka_unit_test(command_uri_has_a_longest),
		cmocka_unit_test(command_conditions_that_do_not_hold_refuse),
		cmocka_unit_test(command_without_vendor_or_class_is_incomplete),
		cmocka_unit_test(command_try_each_takes_the_first_branch_that_holds),
		cmocka_unit_test(command_try_each_leaks_nothing_of_a_failed_branch),
		cmocka_unit_test(command_try_each_in_another_form_is_refused),
		cmocka_unit_test(command_cbor_that_is_not_deterministic_is_refused),
		cmocka_unit_test(command_members_are_evaluated_or_refused),
		cmocka_unit_test(command_manifest_without_its_first_members_is_refused),
	};

	return cmocka_run_group_tests_name("command", tests, fixture_setup, fixture_teardown);
}
