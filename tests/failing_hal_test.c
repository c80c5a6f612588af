/*
 * The border itself fails: between firmware and injector stands a hal of which any one call, any
 * two near each other, or all from one on until the program ends report failure; or which brings
 * what is fetched in small pieces. Whole scenarios are lived so, and besides their verdict it is
 * held that after a change that failed a program changes nothing more, and says what failed. The
 * last line of a failure names the calls.
 */
#include "tests/scenario_fixture.h"

#include "device-model/firmware/agent.h"
#include "device-model/firmware/bootloader.h"
#include "device-model/firmware/manifest.h"
#include "device-model/firmware/provision.h"
#include "sim/run.h"

#define NEVER	UINT32_MAX
#define NEAR	4u	     /* calls from the first of two that fail to the second */
#define FAILURE FW_ERR_ALIGN /* that nothing else in these scenarios comes to */

enum call { READ, FUSE_READ, PROGRAM, ERASE, FLUSH, BURN, DIGEST, SIGNATURE, FETCH, REPORT };
enum program { PROVISION, BOOTLOADER, AGENT };

#define ONE_OF(call) (1u << (call))
#define CHANGES	     (ONE_OF(PROGRAM) | ONE_OF(ERASE) | ONE_OF(FLUSH) | ONE_OF(BURN))
#define WHAT_IS_TOLD (CHANGES | ONE_OF(DIGEST) | ONE_OF(FETCH))
#define ALL_CALLS    ((1u << (REPORT + 1)) - 1u)

/* What fails, and what came of it. The programs of a case share one. */
struct failing {
	struct hal hal; /* first, so that a hal of it is it */
	struct hal *inner;
	struct run *run;
	const char *yaml;
	uint32_t kinds, first, second; /* calls of these kinds are numbered from 1 */
	bool onward;		       /* from the first on, as long as the program runs */
	uint32_t piece;		       /* of a fetch, at most so many bytes; 0: as they come */
	enum program program;
	uint32_t calls, failed; /* calls, and failures of them, in the whole case */
	bool failing, changed;	/* in this program: one failed; a change failed */
	uint32_t offset;	/* of the program or erase that is asked for */
	bool of_refusal; /* the change that failed was in a download's log or wiped its slot */
	bool told;		/* one failed of which the program has to tell */
	bool fed;
	uint32_t unfed; /* pieces fetched since the watchdog was fed */
	int refused;	/* in the last report */
	uint32_t slot;	/* that the program may write to */
};

static struct failing failing;

__attribute__((noreturn)) static void bad(const char *what)
{
	print_error("%s\ncalls of kinds 0x%x, number %u%s and %u, pieces of %u: life %u\n",
		    failing.yaml, failing.kinds, failing.first, failing.onward ? " and on" : "",
		    failing.second, failing.piece, failing.run->history.lives);
	fail_msg("%s", what);
	abort();
}

static bool offset_in(const struct hal_region *regions, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (failing.offset - regions[i].offset < regions[i].size_bytes)
			return true;
	return false;
}

/* After a change that failed no other is made; but bootctl counts a release that was refused. */
static void mind_changes(enum call call)
{
	const struct hal_board *board = failing.inner->board;

	if (failing.changed && call != FLUSH &&
	    !(failing.of_refusal && call != BURN && offset_in(board->bootctl, HAL_COPIES)))
		bad("after a change that failed another one is made");
}

/* Each program has its own places to write to, and the agent none in the slot that it runs from. */
static void mind_places(void)
{
	const struct hal_board *board = failing.inner->board;
	bool mine = offset_in(board->bootctl, HAL_COPIES);

	if (failing.program != BOOTLOADER)
		mine = mine || offset_in(board->progress, HAL_LOGS) ||
		       offset_in(&board->slot[failing.slot], 1);
	if (!mine)
		bad("a place is changed that is not this program's");
}

/* This call fails. */
static bool fails(enum call call)
{
	const struct hal_board *board = failing.inner->board;
	bool change = CHANGES & ONE_OF(call), now;

	if (change)
		mind_changes(call);
	if (call == PROGRAM || call == ERASE)
		mind_places();
	if (!(failing.kinds & ONE_OF(call)))
		return false;
	failing.calls++;
	now = failing.calls == failing.first || failing.calls == failing.second ||
	      (failing.onward && failing.failing);
	if (!now)
		return false;
	failing.failing = true;
	failing.failed++;
	failing.run->faults.fault_life = failing.run->faults.life; /* no life at rest */
	if (change) {
		failing.of_refusal = !failing.changed && call != BURN &&
				     (offset_in(board->progress, HAL_LOGS) ||
				      (call != PROGRAM &&
				       failing.offset == board->slot[failing.slot].offset));
		failing.changed = true;
	}
	failing.told = failing.told || WHAT_IS_TOLD & ONE_OF(call) ||
		       (call == READ && offset_in(board->slot, 2));
	return true;
}

static struct hal *inner(struct hal *hal)
{
	failing.inner->site = hal->site;
	return failing.inner;
}

static int f_read(struct hal *hal, uint32_t offset, void *data, uint32_t size_bytes)
{
	failing.offset = offset;
	return fails(READ) ? FAILURE : inner(hal)->flash_read(inner(hal), offset, data, size_bytes);
}

static int f_program(struct hal *hal, uint32_t offset, const void *data, uint32_t size_bytes)
{
	failing.offset = offset;
	return fails(PROGRAM) ? FAILURE
			      : inner(hal)->flash_program(inner(hal), offset, data, size_bytes);
}

static int f_erase(struct hal *hal, uint32_t offset)
{
	failing.offset = offset;
	return fails(ERASE) ? FAILURE : inner(hal)->flash_erase(inner(hal), offset);
}

static int f_flush(struct hal *hal)
{
	return fails(FLUSH) ? FAILURE : inner(hal)->flash_flush(inner(hal));
}

static int f_fuse_read(struct hal *hal, uint32_t cell, bool *burnt)
{
	return fails(FUSE_READ) ? FAILURE : inner(hal)->efuse_read(inner(hal), cell, burnt);
}

static int f_burn(struct hal *hal, uint32_t cell)
{
	return fails(BURN) ? FAILURE : inner(hal)->efuse_burn(inner(hal), cell);
}

static int f_digest_start(struct hal *hal, struct hal_digest *digest)
{
	if (failing.program == BOOTLOADER && !failing.fed)
		bad("a slot is verified, and the watchdog was not fed before");
	return fails(DIGEST) ? FAILURE : inner(hal)->digest_start(inner(hal), digest);
}

static int f_digest_add(struct hal *hal, struct hal_digest *digest, const void *data,
			uint32_t size_bytes)
{
	/* It has taken the bytes all the same: only its word says that something is wrong. */
	int err = inner(hal)->digest_add(inner(hal), digest, data, size_bytes);

	return fails(DIGEST) ? FAILURE : err;
}

static int f_digest_end(struct hal *hal, struct hal_digest *digest, uint8_t value[HAL_DIGEST_BYTES])
{
	int err = inner(hal)->digest_end(inner(hal), digest, value);

	return fails(DIGEST) ? FAILURE : err;
}

static int f_signature(struct hal *hal, const struct hal_key *key,
		       const uint8_t digest[HAL_DIGEST_BYTES], const uint8_t *signature,
		       uint32_t signature_bytes)
{
	return fails(SIGNATURE) ? FAILURE
				: inner(hal)->signature_check(inner(hal), key, digest, signature,
							      signature_bytes);
}

static int f_fetch(struct hal *hal, const char *uri, uint32_t uri_bytes, uint32_t offset,
		   void *data, uint32_t size_bytes)
{
	uint32_t part = failing.piece && size_bytes > failing.piece ? failing.piece : size_bytes;

	/* The jig has no watchdog; a manifest comes in pieces that are no more than its bytes. */
	if (failing.program == AGENT && ++failing.unfed > MANIFEST_BYTES_MAX + 4u)
		bad("much is fetched, and the watchdog is not fed");
	return fails(FETCH) ? FAILURE
			    : inner(hal)->fetch(inner(hal), uri, uri_bytes, offset, data, part);
}

static int f_report(struct hal *hal, const struct hal_report *report)
{
	if (fails(REPORT))
		return FAILURE;
	failing.refused = report->refused;
	return inner(hal)->report(inner(hal), report);
}

static void f_feed(struct hal *hal)
{
	failing.fed = true;
	failing.unfed = 0;
	inner(hal)->watchdog_feed(inner(hal));
}

/* An update that is begun in spite of what failed is no answer to it. */
__attribute__((noreturn)) static void f_restart(struct hal *hal, enum hal_reset cause)
{
	if (failing.program == AGENT && failing.told && cause == HAL_RESET_SOFTWARE)
		bad("an update begins though a call failed on the way");
	inner(hal)->restart(inner(hal), cause);
}

__attribute__((noreturn)) static void f_jump(struct hal *hal, const struct hal_handover *handover)
{
	const struct scenario *scenario = failing.run->scene->scenario;
	const struct hal_board *board = failing.inner->board;
	bool known = false;

	for (uint32_t i = 0; i < scenario->release_count; i++) {
		const struct scenario_release *release = &scenario->releases[i];

		known = known || (release->image_bytes == handover->size_bytes &&
				  flash_holds(&failing.run->device.chip.flash,
					      board->slot[handover->slot].offset, release->image,
					      release->image_bytes));
	}
	if (!known)
		bad("the hand-over names another size than the image's");
	inner(hal)->jump(inner(hal), handover);
}

static enum hal_reset f_reset_cause(struct hal *hal)
{
	return inner(hal)->reset_cause(inner(hal));
}

static uint32_t f_clock_ms(struct hal *hal)
{
	return inner(hal)->clock_ms(inner(hal));
}

static void f_log(struct hal *hal, const char *format, ...)
{
	char text[256];
	va_list list;

	va_start(list, format);
	(void)vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	inner(hal)->log(inner(hal), "%s", text);
}

/* ---- the firmware, on such a hal ---- */

static struct hal *begin(struct hal *hal, enum program program)
{
	failing.inner = hal;
	failing.hal = *hal;
	failing.hal.clock_ms = f_clock_ms;
	failing.hal.log = f_log;
	failing.hal.reset_cause = f_reset_cause;
	failing.hal.flash_read = f_read;
	failing.hal.flash_program = f_program;
	failing.hal.flash_erase = f_erase;
	failing.hal.flash_flush = f_flush;
	failing.hal.efuse_read = f_fuse_read;
	failing.hal.efuse_burn = f_burn;
	failing.hal.digest_start = f_digest_start;
	failing.hal.digest_add = f_digest_add;
	failing.hal.digest_end = f_digest_end;
	failing.hal.signature_check = f_signature;
	failing.hal.fetch = f_fetch;
	failing.hal.report = f_report;
	failing.hal.watchdog_feed = f_feed;
	failing.hal.restart = f_restart;
	failing.hal.jump = f_jump;
	failing.program = program;
	failing.failing = failing.changed = failing.told = failing.fed = false;
	failing.unfed = failing.slot = 0;
	failing.refused = FW_OK;
	return &failing.hal;
}

static int f_provision_run(struct hal *hal)
{
	int err = provision_run(begin(hal, PROVISION));

	if (failing.failing && err != FAILURE)
		bad("provisioning does not say what failed");
	return err;
}

static int f_bootloader_run(struct hal *hal)
{
	return bootloader_run(begin(hal, BOOTLOADER));
}

static int f_agent_run(struct hal *hal, const struct hal_handover *handover,
		       bool (*self_test)(struct hal *hal))
{
	int err;

	(void)begin(hal, AGENT);
	failing.slot = 1 - handover->slot;
	err = agent_run(&failing.hal, handover, self_test);

	if (failing.told && err != FAILURE && failing.refused != FAILURE)
		bad("the agent does not say what failed");
	return err;
}

static const struct device_firmware firmware = {.bootloader_run = f_bootloader_run,
						.agent_run = f_agent_run,
						.provision_run = f_provision_run};

/* ---- cases ---- */

/* As small as they can be: a case for each call, and each pair. */
#define DEVICE                                                           \
	"name: t\nsummary: S.\ndevice:\n"                                \
	"  flash: {kind: nor, sector: 512, sectors: 10, program: 128}\n" \
	"  efuse: {counter: 2}\n"
#define FACTORY "factory: {version: 1.0.0, security: 1, size: 500, header: 32}\n"
#define UPDATE	"update: {version: 1.1.0, security: 2, size: 600, header: 32}\n"
#define ARRIVES "expect: {version: 1.1.0, counter: 2}\n"

static const char *const yamls[] = {
	DEVICE FACTORY UPDATE ARRIVES,
	DEVICE "  keys: [vendor, vendor-2]\n" FACTORY
	       "update: {version: 1.1.0, security: 2, size: 600, header: 32, key: vendor-2,\n"
	       "         revokes: [vendor]}\n"
	       "then: [{version: 1.2.0, security: 2, size: 500, header: 32, key: vendor-2}]\n"
	       "expect: {version: 1.2.0, counter: 2, revoked: [vendor]}\n",
	DEVICE FACTORY UPDATE "start: blank\n" ARRIVES,
	/* Both images fill their slots to the last unit. */
	DEVICE "factory: {version: 1.0.0, security: 1, size: 788, header: 32}\n"
	       "update: {version: 1.1.0, security: 2, size: 788, header: 32}\n"
	       "start: blank\n" ARRIVES,
	DEVICE "  execute: ram\n" FACTORY UPDATE ARRIVES,
	DEVICE FACTORY UPDATE
	"releases: [{name: other, version: 2.0.0, security: 2, size: 600, header: 32, sequence: "
	"9, key: attacker}]\n"
	"attack: {image: other}\nexpect: {version: 1.0.0, refused: DOWNLOAD_GIVEN_UP}\n",
	/* An image that crashes: a boot that fails beside it gives an attempt back, as a cut does.
	 */
	DEVICE FACTORY
	"releases: [{name: bad, version: 2.0.0, security: 1, size: 500, header: 32, behaviour: "
	"crash}]\n"
	"faults: {plan: 'write=0:slot_a:bad,write=0:slot_b:factory,erase=0:bootctl_0,"
	"erase=0:bootctl_1,erase=0:bootctl_2'}\nexpect: {version: 1.0.0}\n",
};

#define YAMLS (sizeof(yamls) / sizeof(yamls[0]))
#define FULL  3u
#define CALM  6u /* the first so many have no image that crashes */

struct ready {
	const char *yaml;
	struct scenario *scenario;
	struct run_scene scene;
};

static void ready_open(struct ready *ready, struct fixture *fixture, const char *yaml)
{
	char why[256];

	ready->yaml = yaml;
	ready->scenario = fixture_good(fixture, "1-t.yaml", yaml);
	memset(&failing, 0, sizeof(failing));
	if (run_scene_open(&ready->scene, ready->scenario, &firmware, why, sizeof(why)))
		fail_msg("%s\n%s", yaml, why);
}

static void ready_close(struct ready *ready)
{
	run_scene_close(&ready->scene);
	scenario_close(ready->scenario);
}

/* Lives the case with these failures. Returns how many calls there were. */
static uint32_t lives(const struct ready *ready, const struct failing *wanted)
{
	struct verdict verdict;
	struct run run;

	failing = *wanted;
	failing.run = &run;
	failing.yaml = ready->yaml;
	run_open(&run, &ready->scene, &ready->scenario->faults.plan);
	run_finish(&run, &verdict);
	if (!verdict_good(&verdict, ready->scenario))
		bad(verdict.first < 0 ? verdict.expectation : verdict.breaks[verdict.first].why);
	run_close(&run);
	return failing.calls;
}

/* Each call of these kinds fails once. */
static void one_by_one(struct fixture *fixture, size_t count, uint32_t kinds, bool onward)
{
	for (size_t i = 0; i < count; i++) {
		struct failing wanted = {.kinds = kinds, .onward = onward};
		struct ready ready;
		uint32_t calls;

		ready_open(&ready, fixture, yamls[i]);
		/*
		 * A slot that cannot be verified once is passed over: for good if the other one is
		 * good, and one on trial is tried anew.
		 */
		if (ready.scenario->offer_count > 1 || i >= CALM)
			wanted.kinds &= CHANGES | ONE_OF(FETCH) | ONE_OF(REPORT);
		calls = lives(&ready, &wanted);
		for (wanted.first = 1; wanted.first <= calls; wanted.first++) {
			(void)lives(&ready, &wanted);
			assert_true(failing.failed > 0);
		}
		ready_close(&ready);
	}
}

static void any_call_may_fail_once(void **state)
{
	one_by_one(*state, YAMLS, ALL_CALLS, false);
}

static void any_call_may_fail_and_all_like_it_until_the_program_ends(void **state)
{
	/* Without READ: a record of which no copy can be read is as good as lost, see 285. */
	for (enum call call = FUSE_READ; call <= REPORT; call++)
		one_by_one(*state, CALM, ONE_OF(call), true);
	one_by_one(*state, CALM, CHANGES, true);
}

static void any_two_near_each_other_may_fail(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = 0; i < CALM; i++) {
		struct failing wanted = {.kinds = CHANGES | ONE_OF(FETCH) | ONE_OF(REPORT)};
		struct ready ready;
		uint32_t calls;

		ready_open(&ready, fixture, yamls[i]);
		calls = lives(&ready, &wanted);
		for (wanted.first = 1; wanted.first <= calls; wanted.first++)
			for (uint32_t more = 1; more <= NEAR; more++) {
				wanted.second = wanted.first + more;
				(void)lives(&ready, &wanted);
			}
		ready_close(&ready);
	}
}

static void what_is_fetched_may_come_in_any_pieces(void **state)
{
	struct fixture *fixture = *state;

	for (size_t i = 0; i < YAMLS; i++) {
		struct failing wanted = {.kinds = ALL_CALLS};
		struct ready ready;

		ready_open(&ready, fixture, yamls[i]);
		if (i == FULL)
			assert_in_range(ready.scenario->releases[1].image_bytes, 1024 - 127, 1024);
		for (wanted.piece = 1; wanted.piece <= 129; wanted.piece += 8)
			(void)lives(&ready, &wanted);
		ready_close(&ready);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(any_call_may_fail_once),
		cmocka_unit_test(any_call_may_fail_and_all_like_it_until_the_program_ends),
		cmocka_unit_test(any_two_near_each_other_may_fail),
		cmocka_unit_test(what_is_fetched_may_come_in_any_pieces),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
