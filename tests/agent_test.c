/* Agent and provisioning: what is refused, in which order an image settles, where one goes on. */
#include "tests/case_fixture.h"

#define UPDATE "update: {version: 1.1.0, security: 2, size: 1100, header: 32}\n"

static const char healthy[] =
	CASE_YAML CASE_FACTORY UPDATE "expect: {version: 1.1.0, counter: 2}\n";
static const char blank[] = CASE_YAML CASE_FACTORY UPDATE
	"start: blank\nexpect: {version: 1.1.0, counter: 2, secure_boot: true}\n";
static const char rotation[] =
	CASE_YAML "  keys: [vendor, vendor-2]\n" CASE_FACTORY
		  "update: {version: 1.1.0, security: 3, size: 1100, header: 32, key: vendor-2,\n"
		  "         revokes: [vendor]}\n"
		  "then: [{version: 1.2.0, security: 3, size: 900, header: 32, key: vendor-2}]\n"
		  "expect: {version: 1.2.0, counter: 3, revoked: [vendor]}\n";

static struct hal_region slot_b(const struct trial *trial)
{
	return trial->scenario->board.slot[1];
}

static bool is_burn(const struct event *event, uint32_t bit, uint32_t bits)
{
	return event->kind == EVENT_OP && event->op.kind == INJECT_BURN &&
	       event->op.offset >= bit * HAL_EFUSE_CELLS &&
	       event->op.offset < (bit + bits) * HAL_EFUSE_CELLS;
}

static uint32_t burns(const struct trial *trial, uint32_t life, uint32_t bit, uint32_t bits)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < trial->count; i++)
		count += trial->events[i].life == life && is_burn(&trial->events[i], bit, bits);
	return count;
}

/* Number of the n-th program (from 0) of slot B. */
static uint32_t program_of_b(const struct trial *trial, uint32_t n)
{
	for (uint32_t i = 0; i < trial->count; i++)
		if (trial_in(&trial->events[i], slot_b(trial)) &&
		    trial->events[i].op.kind == INJECT_PROGRAM && n-- == 0)
			return trial->events[i].op.number;
	fail_msg("too few programs");
	return 0;
}

static uint32_t count_b(const struct trial *trial, enum inject_kind kind, uint32_t sector)
{
	uint32_t count = 0, bytes = trial->scenario->board.sector_bytes;

	for (uint32_t i = 0; i < trial->count; i++)
		count += trial_in(&trial->events[i], slot_b(trial)) &&
			 trial->events[i].op.kind == kind &&
			 (trial->events[i].op.offset - slot_b(trial).offset) / bytes == sector;
	return count;
}

static void cut_at(struct trial *trial, uint32_t op, const char *extent)
{
	char plan[64];

	(void)snprintf(plan, sizeof(plan), "cut=%u%s", op, extent);
	trial_run(trial, plan);
	assert_int_equal(trial->run.history.cuts_shown, 1);
}

/* ---- what is refused ---- */

static void refused_manifest_touches_nothing(void **state)
{
	static const struct {
		const char *update;
		int refused;
	} cases[] = {
		{"key: attacker", FW_ERR_MANIFEST_SIGNATURE},
		{"manifest_key: attacker", FW_ERR_MANIFEST_SIGNATURE},
		{"forge: {manifest: unsigned}", FW_ERR_MANIFEST_UNSIGNED},
		{"forge: {manifest: zero}", FW_ERR_MANIFEST_SIGNATURE},
		{"forge: {manifest: truncated}", FW_ERR_MANIFEST_SIGNATURE},
		{"forge: {manifest: r-zero}", FW_ERR_MANIFEST_SIGNATURE},
		{"forge: {manifest: s-zero}", FW_ERR_MANIFEST_SIGNATURE},
		{"class: lamp", FW_ERR_MANIFEST_CLASS},
		{"manifest_class: lamp", FW_ERR_MANIFEST_CLASS},
		{"manifest_security: 1", FW_ERR_MANIFEST_SECURITY},
		{"manifest_security: 5", FW_ERR_MANIFEST_SECURITY_HIGH},
		{"manifest_size: 2049", FW_ERR_MANIFEST_IMAGE_SIZE},
		{"manifest_size: 4294967295", FW_ERR_MANIFEST_IMAGE_SIZE},
	};
	struct fixture *fixture = *state;

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct trial *trial;

		(void)snprintf(fixture->text, sizeof(fixture->text),
			       CASE_YAML
			       "factory: {version: 1.0.0, security: 2, size: 1000, header: 32}\n"
			       "update: {version: 1.1.0, security: 2, size: 1100, header: 32, "
			       "%s}\n",
			       cases[i].update);
		trial = trial_open(fixture, fixture->text);
		trial_run(trial, "none");
		if (trial->run.faults.op != 0 ||
		    trial->run.history.report.refused != cases[i].refused)
			fail_msg("%s: %u ops, refused %d, expected %d", cases[i].update,
				 trial->run.faults.op, trial->run.history.report.refused,
				 cases[i].refused);
		assert_int_equal(trial->life[trial->lives].running, 0);
		trial_good(trial);
		trial_close(trial);
	}
}

static void older_manifest_touches_nothing(void **state)
{
	static const char yaml[] = CASE_YAML CASE_FACTORY
		"update: {version: 1.2.0, security: 1, size: 1100, header: 32, sequence: 5}\n"
		"then: [{version: 1.3.0, security: 1, size: 900, header: 32, sequence: 4}]\n"
		"expect: {version: 1.2.0, refused: MANIFEST_SEQUENCE}\n";
	struct trial *trial = trial_open(*state, yaml);
	uint32_t last = 0;

	trial_run(trial, "none");
	for (uint32_t life = 1; life <= trial->lives; life++)
		last = trial->life[life].ops ? life : last;
	/* The last change is the one that confirms and burns nothing more. */
	assert_int_equal(trial->life[last].running, 1);
	assert_int_equal(trial->life[trial->lives].running, 1);
	trial_good(trial);
	trial_close(trial);
}

/* An image that never is what its manifest says costs the other slot a bounded number of times. */
static void image_that_never_comes_as_promised_is_given_up(void **state)
{
	static const struct {
		const char *attack;
		int err;
	} cases[] = {{"image: other", FW_ERR_IMAGE_MANIFEST},
		     {"wire: [{of: image, does: end, from: 100}]", FW_ERR_SHORT},
		     {"", FW_ERR_NO_DATA}};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		uint32_t told = 0, attempts;
		struct trial *trial;
		char yaml[1024];

		snprintf(yaml, sizeof(yaml),
			 CASE_YAML CASE_FACTORY UPDATE
			 "releases: [{name: other, version: 2.0.0, security: 2, size: 800, "
			 "sequence: 9}]\n"
			 "attack: {%s}\nexpect: {version: 1.0.0, refused: DOWNLOAD_GIVEN_UP}\n",
			 cases[i].attack);
		trial = trial_open(*state, yaml);
		attempts = trial->scenario->board.attempts;
		if (cases[i].err == FW_ERR_NO_DATA)
			trial->scenario->releases[1].uri[0] = '\0'; /* not where it was */
		trial_run(trial, "none");
		assert_int_equal(trial_said(trial, 0, "marks slot B pending"), CASE_NONE);
		assert_int_equal(count_b(trial, INJECT_ERASE, 0), attempts);
		for (uint32_t at = 0; at < trial->count; at++)
			told += trial->events[at].report.refused == cases[i].err;
		assert_int_equal(told, attempts);
		assert_int_equal(trial->life[trial->lives].ctl.failed, attempts);
		trial_good(trial);
		trial_close(trial);
	}
}

/* ---- whose slot is whose ---- */

/* In every life of two updates, cut after any op, the running slot is left alone. */
static void running_slot_is_never_changed(void **state)
{
	struct trial *trial = trial_open(*state, rotation);
	uint32_t ops;

	trial_run(trial, "none");
	ops = trial->run.faults.op;
	for (uint32_t cut = 1; cut <= ops; cut++) {
		cut_at(trial, cut, "+all");
		for (uint32_t i = 0; i < trial->count; i++) {
			const struct case_life *life = &trial->life[trial->events[i].life];

			if (life->running == HISTORY_NOBODY)
				continue; /* the bootloader's life alone */
			assert_false(trial_in(&trial->events[i],
					      trial->scenario->board.slot[life->slot]));
		}
		trial_good(trial);
	}
	trial_close(trial);
}

static void unconfirmed_image_takes_no_manifest_and_erases_nothing(void **state)
{
	static const char yaml[] = CASE_YAML CASE_FACTORY
		"update: {version: 1.1.0, security: 2, size: 1100, header: 32,\n"
		"         behaviour: self-test-fails}\n"
		"then: [{version: 1.2.0, security: 2, size: 900, header: 32}]\n"
		"expect: {version: 1.2.0, counter: 2, given_up: 2}\n";
	struct trial *trial = trial_open(*state, yaml);
	uint32_t seen = 0;

	trial_run(trial, "none");
	for (uint32_t i = 0; i < trial->count; i++) {
		const struct event *event = &trial->events[i];

		if (trial->life[event->life].running != 1)
			continue;
		seen++;
		assert_int_not_equal(event->kind, EVENT_REPORT);
		assert_true(event->kind == EVENT_LOG || trial_in_bootctl(trial, event));
		assert_null(strstr(event->text, "manifest"));
	}
	assert_true(seen > 0);
	trial_good(trial);
	trial_close(trial);
}

static void pending_mark_is_cleared_before_its_slot_is_erased(void **state)
{
	struct trial *trial = trial_open(*state, healthy);
	uint32_t marked, op, cleared, erase;
	struct hal_region region;
	char plan[64];

	trial_run(trial, "none");
	marked = trial_says(trial, 0, "boots slot B");
	while (trial->events[marked].kind != EVENT_OP ||
	       trial->events[marked].life ==
		       trial->events[trial_says(trial, 0, "boots slot B")].life)
		marked--;
	op = trial->events[marked].op.number;
	(void)snprintf(plan, sizeof(plan), "flip=%u:slot_b:0x40.0", op);
	trial_run(trial, plan);
	region = slot_b(trial);
	cleared = trial_says(trial, 0, "is no longer pending");
	erase = trial_next_op(trial, trial_says(trial, 0, "is passed over"), &region);
	assert_true(cleared < erase);
	assert_true(trial_in_bootctl(trial, &trial->events[cleared + 1]));
	trial_good(trial);
	trial_close(trial);
}

/* ---- an image settles ---- */

static void image_confirms_then_burns_then_revokes_then_reports(void **state)
{
	struct trial *trial = trial_open(*state, rotation);
	uint32_t revoke, counter = 0, revoked = 0, at, life;

	trial_run(trial, "none");
	revoke = HAL_EFUSE_REVOKE(&trial->scenario->board);
	at = trial_says(trial, 0, "is confirmed");
	life = trial->events[at].life;
	/* bootctl, whole, then the counter's two missing bits, in ascending order. */
	at = trial_says(trial, at, "raises the security counter to 3");
	assert_true(trial_in_bootctl(trial, &trial->events[at - 1]));
	for (at++; is_burn(&trial->events[at], 1, 2); at++)
		assert_int_equal(trial->events[at].op.offset, 3 + counter++);
	assert_int_equal(counter, 2 * HAL_EFUSE_CELLS);
	assert_true(trial_in_bootctl(trial, &trial->events[at]));
	at = trial_says(trial, at, "revokes key 0");
	for (at++; is_burn(&trial->events[at], revoke, 1); at++)
		revoked++;
	assert_int_equal(revoked, HAL_EFUSE_CELLS);
	assert_true(trial_in_bootctl(trial, &trial->events[at]));
	while (trial->events[at].kind == EVENT_OP)
		at++;
	assert_int_equal(trial->events[at].kind, EVENT_REPORT);
	assert_int_equal(trial->events[at].life, life);
	assert_int_equal(trial->events[at].report.security_counter, 3);
	assert_int_equal(trial->events[at].report.revoked, 1);
	for (uint32_t i = 0; i < at; i++)
		assert_false(trial->events[i].life == life &&
			     trial->events[i].kind == EVENT_REPORT);
	assert_true(trial_says(trial, 0, "manifest 3 accepted") > at);
	trial_good(trial);
	trial_close(trial);
}

static void counter_is_burnt_again_until_bootctl_says_it_returned(void **state)
{
	struct trial *trial = trial_open(*state, rotation);
	uint32_t raises, first, last, life;

	trial_run(trial, "none");
	raises = trial_says(trial, 0, "raises the security counter");
	first = trial->events[raises + 1].op.number;
	last = first + 2 * HAL_EFUSE_CELLS - 1;
	life = trial->events[raises].life;
	/* In the burns, in any way, and in the record of them: all cells of both bits again. */
	for (uint32_t op = first; op <= last; op++) {
		cut_at(trial, op, op % 2 ? "+0~" : "+all");
		assert_int_equal(burns(trial, life + 1, 1, 2), 2 * HAL_EFUSE_CELLS);
		trial_good(trial);
	}
	cut_at(trial, last + 1, "+0");
	assert_int_equal(burns(trial, life, 1, 2), 2 * HAL_EFUSE_CELLS);
	assert_int_equal(burns(trial, life + 1, 1, 2), 2 * HAL_EFUSE_CELLS);
	for (uint32_t i = 0; i < trial->scenario->board.counter_bits; i++)
		assert_int_not_equal(trial->run.device.chip.efuse.cell[i], EFUSE_WEAK);
	trial_good(trial);
	/* Once recorded, never again. */
	trial_run(trial, "none");
	assert_int_equal(burns(trial, life + 1, 0, 8), 0);
	trial_close(trial);
}

static void key_that_signed_the_running_image_is_not_revoked(void **state)
{
	static const char yaml[] = CASE_YAML CASE_FACTORY
		"update: {version: 1.1.0, security: 2, size: 1100, header: 32, revokes: [vendor]}\n"
		"expect: {version: 1.1.0, counter: 2, revoked: []}\n";
	struct trial *trial = trial_open(*state, yaml);

	trial_run(trial, "none");
	assert_int_equal(trial_said(trial, 0, "revokes key"), CASE_NONE);
	trial_good(trial);
	trial_close(trial);
}

/* ---- downloads ---- */

static void download_goes_on_at_the_recorded_sector(void **state)
{
	struct trial *trial = trial_open(*state, healthy);
	uint32_t programs, units, cut;

	trial_run(trial, "none");
	units = trial->scenario->board.sector_bytes / trial->scenario->board.program_bytes;
	programs = count_b(trial, INJECT_PROGRAM, 0) + count_b(trial, INJECT_PROGRAM, 1) +
		   count_b(trial, INJECT_PROGRAM, 2);
	assert_int_equal(count_b(trial, INJECT_PROGRAM, 0), units);
	/* In the fourth unit of the second sector: only that sector is begun again. */
	cut = program_of_b(trial, units + 3);
	cut_at(trial, cut, "+13");
	assert_int_equal(count_b(trial, INJECT_PROGRAM, 0), units);
	assert_int_equal(count_b(trial, INJECT_ERASE, 0), 1);
	assert_int_equal(count_b(trial, INJECT_PROGRAM, 1), units + 4);
	assert_int_equal(count_b(trial, INJECT_ERASE, 1), 2);
	assert_int_equal(count_b(trial, INJECT_PROGRAM, 2), programs - 2 * units);
	trial_says(trial, 0, "from sector 1 of 3");
	trial_good(trial);
	trial_close(trial);
}

static void sector_without_a_record_is_erased_though_it_reads_complete(void **state)
{
	struct trial *trial = trial_open(*state, healthy);
	uint32_t last, units;

	trial_run(trial, "none");
	units = trial->scenario->board.sector_bytes / trial->scenario->board.program_bytes;
	/* All of the sector's last program but its return; then the op after it, its record's. */
	last = program_of_b(trial, units - 1);
	for (uint32_t op = last; op <= last + 1; op++) {
		cut_at(trial, op, op == last ? "+all" : "+0");
		assert_int_equal(count_b(trial, INJECT_ERASE, 0), 2);
		assert_int_equal(count_b(trial, INJECT_PROGRAM, 0), 2 * units);
		trial_good(trial);
	}
	trial_close(trial);
}

static void offer_the_next_release(struct trial *trial, uint32_t life)
{
	if (life == 2)
		trial->run.network.offer = 1;
}

static void progress_of_another_release_is_dropped(void **state)
{
	static const char yaml[] = CASE_YAML CASE_FACTORY UPDATE
		"then: [{version: 1.2.0, security: 2, size: 1100, header: 32}]\n"
		"expect: {version: 1.2.0, counter: 2}\n";
	struct trial *trial = trial_open(*state, yaml);
	uint32_t units, from, erase;
	struct hal_region region;

	trial_run(trial, "none");
	units = trial->scenario->board.sector_bytes / trial->scenario->board.program_bytes;
	trial->meddle = offer_the_next_release;
	cut_at(trial, program_of_b(trial, units + 3), "+0");
	region = slot_b(trial);
	from = trial_says(trial, 0, "manifest 3 accepted");
	erase = trial_next_op(trial, from, &region);
	assert_int_equal(trial->events[erase].life, 2);
	assert_int_equal(trial->events[erase].op.offset, region.offset);
	/* Dropped before anything is erased. */
	for (uint32_t i = from + 1; i < erase; i++)
		assert_true(trial->events[i].kind != EVENT_OP ||
			    trial_in_progress(trial, &trial->events[i]));
	assert_int_equal(count_b(trial, INJECT_ERASE, 0), 2);
	trial_good(trial);
	trial_close(trial);
}

/* ---- provisioning ---- */

/* Each copy of bootctl is valid without the others. */
static void every_copy_valid(const struct trial *trial, const struct chip *chip)
{
	const struct hal_region *bootctl = trial->scenario->board.bootctl;

	for (uint32_t i = 0; i < HAL_COPIES; i++) {
		struct bootctl ctl;
		struct chip copy;

		chip_copy(&copy, chip);
		for (uint32_t other = 0; other < HAL_COPIES; other++)
			if (other != i)
				assert_int_equal(flash_erase(&copy.flash, bootctl[other].offset),
						 FW_OK);
		assert_int_equal(bootctl_load(&copy.hal, &ctl), FW_OK);
		assert_int_equal(ctl.active, 0);
		assert_int_equal(ctl.pending, BOOTCTL_NONE);
		assert_int_equal(ctl.counter_done, 1);
		chip_close(&copy);
	}
}

static void look_at_the_new_device(struct trial *trial, uint32_t life)
{
	const struct hal_board *board = &trial->scenario->board;
	const struct device *device = &trial->run.device;
	const struct scenario_release *factory = &trial->scenario->releases[0];

	if (life == 1 || trial->life[life - 1].end != DEVICE_DONE)
		return;
	assert_true(efuse_bit(&device->chip.efuse, HAL_EFUSE_SECURE_BOOT(board), false));
	assert_int_equal(efuse_value(&device->chip.efuse, 0, board->counter_bits, false), 1);
	assert_int_equal(efuse_value(&device->chip.efuse, 0, board->counter_bits, true), 1);
	assert_true(flash_holds(&device->chip.flash, board->slot[0].offset, factory->image,
				factory->image_bytes));
	assert_true(flash_firm(&device->chip.flash, 0, board->flash_bytes));
	every_copy_valid(trial, &device->chip);
}

static void provisioning_cut_anywhere_ends_with_a_whole_device(void **state)
{
	static const char *const extents[] = {"+0", "+all", "+0~"};
	struct trial *trial = trial_open(*state, blank);
	uint32_t ops;

	trial->meddle = look_at_the_new_device;
	trial_run(trial, "none");
	assert_int_equal(trial->life[1].end, DEVICE_DONE);
	ops = trial->life[1].ops;
	for (uint32_t op = 1; op <= ops; op++) {
		for (size_t i = 0; i < sizeof(extents) / sizeof(extents[0]); i++) {
			cut_at(trial, op, extents[i]);
			assert_int_equal(trial->life[1].end, DEVICE_CUT);
			assert_int_equal(trial->life[2].end, DEVICE_DONE);
			trial_good(trial);
		}
	}
	trial_close(trial);
}

static void secure_boot_bit_is_burnt_last(void **state)
{
	struct trial *trial = trial_open(*state, blank);
	uint32_t bit = HAL_EFUSE_SECURE_BOOT(&trial->scenario->board), last = 0;

	trial_run(trial, "none");
	while (trial->events[last + 1].life == 1)
		last++;
	for (uint32_t i = 0; i < HAL_EFUSE_CELLS; i++)
		assert_true(is_burn(&trial->events[last - i], bit, 1));
	assert_int_equal(burns(trial, 1, bit, 1), HAL_EFUSE_CELLS);
	trial_close(trial);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(refused_manifest_touches_nothing),
		cmocka_unit_test(older_manifest_touches_nothing),
		cmocka_unit_test(image_that_never_comes_as_promised_is_given_up),
		cmocka_unit_test(running_slot_is_never_changed),
		cmocka_unit_test(unconfirmed_image_takes_no_manifest_and_erases_nothing),
		cmocka_unit_test(pending_mark_is_cleared_before_its_slot_is_erased),
		cmocka_unit_test(image_confirms_then_burns_then_revokes_then_reports),
		cmocka_unit_test(counter_is_burnt_again_until_bootctl_says_it_returned),
		cmocka_unit_test(key_that_signed_the_running_image_is_not_revoked),
		cmocka_unit_test(download_goes_on_at_the_recorded_sector),
		cmocka_unit_test(sector_without_a_record_is_erased_though_it_reads_complete),
		cmocka_unit_test(progress_of_another_release_is_dropped),
		cmocka_unit_test(provisioning_cut_anywhere_ends_with_a_whole_device),
		cmocka_unit_test(secure_boot_bit_is_burnt_last),
	};

	return cmocka_run_group_tests(tests, fixture_open, fixture_close);
}
