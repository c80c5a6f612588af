/* The oracle by itself: a chip that nobody runs, and events that are made up and fed to it. */
#ifndef TESTS_VERDICT_FIXTURE_H
#define TESTS_VERDICT_FIXTURE_H

#include "tests/scenario_fixture.h"

#include "sim/run.h"

static const char court_yaml[] =
	"name: t\nsummary: S.\n"
	"device:\n"
	"  flash: {kind: nor, sector: 512, sectors: 12, program: 64}\n"
	"  efuse: {counter: 4}\n"
	"  keys: [vendor, vendor-2]\n"
	"factory: {version: 1.0.0, security: 1, size: 1000, header: 32}\n"
	"update: {version: 1.1.0, security: 2, size: 1100, header: 32, key: vendor-2}\n"
	"releases:\n"
	"  - {name: forged, version: 1.1.1, security: 2, size: 900, header: 32, key: attacker}\n"
	"  - {name: bad, version: 1.2.0, security: 2, size: 900, header: 32, behaviour: crash,\n"
	"     sequence: 7}\n"
	"  - {name: old, version: 0.9.0, security: 1, size: 900, header: 32, sequence: 1}\n"
	"expect: {version: 1.0.0}\n";

enum { FACTORY, UPDATE, FORGED, BAD, OLD };

/* A device that nobody runs: its chip is set up and the oracle told what it did. */
struct court {
	struct scenario *scenario;
	struct run_scene scene;
	struct device device;
	struct history history;
	struct verdict verdict;
	bool fired, quiet;
};

static inline struct court *court_open(struct fixture *fixture)
{
	struct court *court = calloc(1, sizeof(*court));
	char why[128];

	assert_non_null(court);
	court->scenario = fixture_good(fixture, "1-t.yaml", court_yaml);
	assert_int_equal(run_scene_open(&court->scene, court->scenario, device_reference(), why,
					sizeof(why)),
			 0);
	device_copy(&court->device, &court->scene.born);
	history_open(&court->history, court->scenario, &court->device, &(struct plan){0});
	court->fired = court->quiet = true;
	return court;
}

static inline void court_close(struct court *court)
{
	device_close(&court->device);
	run_scene_close(&court->scene);
	scenario_close(court->scenario);
	free(court);
}

static inline void put(struct court *court, uint32_t slot, uint32_t release)
{
	flash_set(&court->device.chip.flash, court->scenario->board.slot[slot].offset,
		  court->scenario->releases[release].image,
		  court->scenario->releases[release].image_bytes);
}

static inline void burn(struct court *court, uint32_t bit, uint32_t op)
{
	for (uint32_t i = 0; i < HAL_EFUSE_CELLS; i++) {
		struct inject_op what = {.kind = INJECT_BURN,
					 .number = op,
					 .offset = bit * HAL_EFUSE_CELLS + i,
					 .carried_out = true};

		assert_int_equal(efuse_burn(&court->device.chip.efuse, what.offset), FW_OK);
		history_op(&court->history, &court->device, &what);
	}
}

/* A life in which this slot is jumped to, that ends so. */
static inline enum behaviour live(struct court *court, uint32_t slot, enum device_end end)
{
	struct hal_handover handover = {.slot = slot};
	enum behaviour behaviour;
	bool foreign;

	history_life_begin(&court->history, &court->device);
	behaviour = history_jump(&court->history, &court->device, &handover, 0, &foreign);
	history_life_end(&court->history, end, false);
	return behaviour;
}

static inline struct hal_report report_of(const struct court *court, uint32_t release,
					  uint32_t slot)
{
	return (struct hal_report){.slot = slot,
				   .version = court->scenario->releases[release].version,
				   .confirmed = true,
				   .security_counter = 1};
}

/* Judges: this rule broke, those on which it stood or that stood on it aside; -1: none. */
static inline void breaks(struct court *court, int rule)
{
	verdict_judge(&court->verdict, &court->history, &court->device, court->fired, court->quiet);
	for (int i = 0; i < RULES; i++) {
		if (i == rule && court->verdict.rule[i] != BROKEN)
			fail_msg("%s did not break", rule_name((enum rule)i));
		if (i != rule && court->verdict.rule[i] == BROKEN)
			fail_msg("%s broke: %s", rule_name((enum rule)i),
				 court->verdict.breaks[i].why);
	}
	assert_int_equal(court->verdict.first, rule);
	assert_int_equal(verdict_good(&court->verdict, court->scenario), rule < 0);
}

static inline void judged(const struct court *court, enum rule rule, enum holds holds)
{
	assert_int_equal(court->verdict.rule[rule], holds);
}

#endif
