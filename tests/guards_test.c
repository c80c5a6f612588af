/*
 * Guards of the firmware against a hal that does not keep its word, and against releases that no
 * scenario's maker makes: whatever the network, the jig or the board says, the reason is the right
 * one and the device stays what it was.
 */
#include "tests/scenario_fixture.h"

#include <openssl/pem.h>

#include "device-model/firmware/agent.h"
#include "device-model/firmware/bootloader.h"
#include "device-model/firmware/fw_err.h"
#include "device-model/firmware/manifest.h"
#include "device-model/firmware/provision.h"
#include "sim/run.h"
#include "sim/vendor/suit.h"

#define YAML                                                              \
	"name: t\nsummary: S.\ndevice:\n"                                 \
	"  flash: {kind: nor, sector: 4096, sectors: 16, program: 256}\n" \
	"  efuse: {counter: 2}\n"                                         \
	"factory: {version: 1.0.0, security: 1, size: 2000}\n"            \
	"update: {version: 1.1.0, security: 1, size: 2000}\n"

/* What is asked of guard_fetch, and of the board. */
enum lie {
	MORE_OF_MANIFEST, /* than was asked for */
	MORE_OF_IMAGE,
	MORE_FROM_JIG,
	NOTHING_FROM_JIG,
	FULL_THEN_FAILS, /* a manifest of the greatest size, then no word whether more comes */
	LONG_URI,	 /* in the board, with no end */
	NO_DIGEST,	 /* in the manifest, though rightly signed */
	OTHER_SLOT,	 /* is the one that runs and is confirmed, says the hand-over */
};

static struct {
	enum lie lie;
	bool jig;	/* the maker's program runs */
	int jig_says;	/* what it came to */
	int agent_says; /* the same */
	int refused;	/* in the last report */
	uint32_t asked; /* bytes of the longest URI that was asked for */
	struct hal_board board;
	char uri[2 * HAL_URI_MAX];
	uint8_t manifest[MANIFEST_BYTES_MAX];
	uint32_t manifest_bytes;
	int (*fetch)(struct hal *hal, const char *uri, uint32_t uri_bytes, uint32_t offset,
		     void *data, uint32_t size_bytes);
	int (*report)(struct hal *hal, const struct hal_report *report);
} guard;

static int guard_manifest(uint32_t offset, uint8_t *data, uint32_t size_bytes)
{
	uint32_t left = guard.manifest_bytes - offset;
	uint32_t part = left < size_bytes ? left : size_bytes;

	if (guard.lie == FULL_THEN_FAILS && left == 0)
		return FW_ERR_IO;
	memcpy(data, guard.manifest + offset, part);
	return (int)part;
}

static int guard_fetch(struct hal *hal, const char *uri, uint32_t uri_bytes, uint32_t offset,
		       void *data, uint32_t size_bytes)
{
	const char *wanted = hal->board->manifest_uri;
	bool manifest = !guard.jig && uri_bytes <= HAL_URI_MAX && !strncmp(uri, wanted, uri_bytes);

	if (uri_bytes > guard.asked)
		guard.asked = uri_bytes;
	if (guard.jig && guard.lie == NOTHING_FROM_JIG)
		return 0;
	if ((guard.lie == MORE_OF_MANIFEST && manifest) ||
	    (guard.lie == MORE_OF_IMAGE && !manifest && !guard.jig) ||
	    (guard.lie == MORE_FROM_JIG && guard.jig))
		return (int)size_bytes + 1;
	if (manifest && guard.manifest_bytes)
		return guard_manifest(offset, data, size_bytes);
	return guard.fetch(hal, uri, uri_bytes, offset, data, size_bytes);
}

static int guard_report(struct hal *hal, const struct hal_report *report)
{
	guard.refused = report->refused;
	return guard.report(hal, report);
}

static void guard_hal(struct hal *hal, bool jig)
{
	guard.jig = jig;
	if (hal->fetch == guard_fetch)
		return;
	guard.fetch = hal->fetch;
	guard.report = hal->report;
	hal->fetch = guard_fetch;
	hal->report = guard_report;
}

static int guard_provision_run(struct hal *hal)
{
	guard_hal(hal, true);
	guard.jig_says = provision_run(hal);
	return guard.jig_says;
}

static bool guard_self_test(struct hal *hal)
{
	(void)hal;
	return false;
}

static int guard_agent_run(struct hal *hal, const struct hal_handover *handover,
			   bool (*self_test)(struct hal *hal))
{
	guard_hal(hal, false);
	if (guard.lie == LONG_URI) {
		guard.board = *hal->board;
		guard.board.manifest_uri = guard.uri;
		hal->board = &guard.board;
	}
	if (guard.lie == OTHER_SLOT) {
		struct hal_handover other = *handover;

		other.slot = 1 - handover->slot;
		other.confirmed = true;
		guard.agent_says = agent_run(hal, &other, guard_self_test);
		return guard.agent_says;
	}
	return agent_run(hal, handover, self_test);
}

static const struct device_firmware firmware = {.bootloader_run = bootloader_run,
						.agent_run = guard_agent_run,
						.provision_run = guard_provision_run};

/* The device lives with this lie and stays contained. Its last word is in guard. */
static void live(struct fixture *fixture, enum lie lie, bool blank)
{
	struct scenario *scenario =
		fixture_good(fixture, "1-t.yaml", blank ? YAML "start: blank\n" : YAML);
	struct run_scene scene;
	struct verdict verdict;
	struct run run;
	char why[256];

	guard.lie = lie;
	guard.asked = 0;
	guard.refused = guard.jig_says = FW_OK;
	if (run_scene_open(&scene, scenario, &firmware, why, sizeof(why)))
		fail_msg("%s", why);
	run_open(&run, &scene, &scenario->faults.plan);
	run_finish(&run, &verdict);
	assert_int_equal(verdict.rule[RULE_CONTAINED], HOLDS);
	assert_int_equal(verdict.rule[RULE_TRUSTED], HOLDS);
	run_close(&run);
	run_scene_close(&scene);
	scenario_close(scenario);
}

static void expect_refused(int expected)
{
	if (guard.refused != expected)
		fail_msg("refused with %s, expected %s", fw_err_name(guard.refused),
			 fw_err_name(expected));
}

static int reset(void **state)
{
	(void)state;
	memset(&guard, 0, sizeof(guard));
	return 0;
}

static void network_that_gives_more_than_asked_is_refused(void **state)
{
	live(*state, MORE_OF_MANIFEST, false);
	expect_refused(FW_ERR_MANIFEST_SIZE);
	live(*state, MORE_OF_IMAGE, false);
	expect_refused(FW_ERR_DOWNLOAD_GIVEN_UP);
}

static void jig_that_gives_more_than_asked_or_nothing_is_refused(void **state)
{
	live(*state, MORE_FROM_JIG, true);
	assert_string_equal(fw_err_name(guard.jig_says), "RANGE");
	live(*state, NOTHING_FROM_JIG, true);
	assert_string_equal(fw_err_name(guard.jig_says), "NO_DATA");
}

static void full_manifest_of_which_more_may_come_is_none(void **state)
{
	guard.manifest_bytes = MANIFEST_BYTES_MAX;
	live(*state, FULL_THEN_FAILS, false);
	expect_refused(FW_ERR_IO);
}

static void uri_without_an_end_is_read_no_further_than_the_longest(void **state)
{
	memset(guard.uri, 'u', sizeof(guard.uri));
	live(*state, LONG_URI, false);
	assert_int_equal(guard.asked, HAL_URI_MAX);
}

/* Nothing is to be installed and nothing matched, so that the agent is the first to miss it. */
static void manifest_without_a_digest_is_incomplete(void **state)
{
	static const uint8_t before[] = {0xa3, 0x01, 0x01, 0x02, 0x09, 0x03, 0x58, 0x34,
					 0xa2, 0x02, 0x81, 0x81, 0x41, 0x00, 0x04, 0x58,
					 0x2b, 0x86, 0x14, 0xa2, 0x01, 0x50};
	static const uint8_t between[] = {0x02, 0x50}, after[] = {0x01, 0x0f, 0x02, 0x0f};
	struct scenario *scenario = fixture_good(*state, "1-t.yaml", YAML);
	FILE *file = fopen("scenarios/keys/vendor.pem", "r");
	struct suit_plan plan = {.key = NULL};
	uint8_t manifest[128];
	size_t at = 0, bytes;

	assert_non_null(file);
	plan.key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
	fclose(file);
	assert_non_null(plan.key);
	memcpy(manifest, before, sizeof(before));
	at += sizeof(before);
	memcpy(manifest + at, scenario->board.vendor_id, 16);
	at += 16;
	memcpy(manifest + at, between, sizeof(between));
	at += sizeof(between);
	memcpy(manifest + at, scenario->board.class_id, 16);
	at += 16;
	memcpy(manifest + at, after, sizeof(after));
	at += sizeof(after);
	assert_int_equal(
		suit_envelope(&plan, manifest, at, guard.manifest, sizeof(guard.manifest), &bytes),
		0);
	guard.manifest_bytes = (uint32_t)bytes;
	scenario_close(scenario);
	EVP_PKEY_free(plan.key);
	live(*state, NO_DIGEST, false);
	expect_refused(FW_ERR_MANIFEST_INCOMPLETE);
}

/* As when bootctl changes between the bootloader and the agent. */
static void image_that_bootctl_does_not_know_is_not_confirmed_if_it_is_unfit(void **state)
{
	live(*state, OTHER_SLOT, false);
	assert_string_equal(fw_err_name(guard.agent_says), "SELF_TEST");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(network_that_gives_more_than_asked_is_refused, reset),
		cmocka_unit_test_setup(jig_that_gives_more_than_asked_or_nothing_is_refused, reset),
		cmocka_unit_test_setup(full_manifest_of_which_more_may_come_is_none, reset),
		cmocka_unit_test_setup(uri_without_an_end_is_read_no_further_than_the_longest,
				       reset),
		cmocka_unit_test_setup(manifest_without_a_digest_is_incomplete, reset),
		cmocka_unit_test_setup(
			image_that_bootctl_does_not_know_is_not_confirmed_if_it_is_unfit, reset),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
