/* Each bit that counts, flipped in a state. */
#include "sim/explore/flips.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/explore/found.h"

#define FLIPS_HEADER_BYTES 32u /* of an image's header that mean something */
#define FLIPS_RECORD_BYTES 60u /* of bootctl; then two seals, each in a unit of its own */

struct flips {
	enum flips_which which;
	struct flips_bit *bit;
	uint32_t count;
	struct states_cursor cursor;
};

static void flips_byte(struct flips *flips, enum plan_region region, uint32_t offset)
{
	for (uint32_t bit = 0; bit < 8; bit++) {
		if (flips->which == FLIPS_BYTES && bit != offset % 8)
			continue;
		flips->bit = table_room(flips->bit, flips->count, sizeof(*flips->bit));
		flips->bit[flips->count++] =
			(struct flips_bit){offset, (uint8_t)region, (uint8_t)bit};
	}
}

/* Bytes of a slot that are in the header or in the TLVs of some release. */
static void flips_slot(struct flips *flips, const struct scenario *scenario,
		       enum plan_region region)
{
	uint32_t size_bytes = scenario_region(scenario, region).size_bytes;
	bool *counts = calloc(size_bytes, sizeof(*counts));

	assert(counts);
	for (uint32_t i = 0; i < scenario->release_count; i++) {
		const struct scenario_release *release = &scenario->releases[i];
		uint32_t tlvs = release->header_bytes + release->payload_bytes;

		for (uint32_t at = 0; at < release->image_bytes && at < size_bytes; at++)
			counts[at] = counts[at] || at < FLIPS_HEADER_BYTES || at >= tlvs;
	}
	for (uint32_t at = 0; at < size_bytes; at++)
		if (counts[at])
			flips_byte(flips, region, at);
	free(counts);
}

static void flips_bootctl(struct flips *flips, const struct hal_board *board,
			  enum plan_region region)
{
	uint32_t unit = board->program_bytes;
	uint32_t seal = (FLIPS_RECORD_BYTES + unit - 1) / unit * unit;

	for (uint32_t at = 0; at < FLIPS_RECORD_BYTES; at++)
		flips_byte(flips, region, at);
	flips_byte(flips, region, seal);
	flips_byte(flips, region, seal + unit);
}

struct flips *flips_open(const struct explore *explore)
{
	const struct run_scene *scene = explore->scene;
	struct flips *flips = calloc(1, sizeof(*flips));

	assert(flips);
	flips->which = explore->options->flips;
	flips_slot(flips, scene->scenario, PLAN_SLOT_A);
	flips_slot(flips, scene->scenario, PLAN_SLOT_B);
	for (uint32_t i = 0; i < HAL_COPIES; i++)
		flips_bootctl(flips, &scene->scenario->board,
			      (enum plan_region)(PLAN_BOOTCTL_0 + i));
	for (uint32_t cell = 0; cell < scene->born.chip.efuse.cells; cell++) {
		flips->bit = table_room(flips->bit, flips->count, sizeof(*flips->bit));
		flips->bit[flips->count++] = (struct flips_bit){cell, PLAN_EFUSE, 0};
	}
	states_cursor_open(explore->states, &flips->cursor);
	return flips;
}

void flips_close(struct flips *flips)
{
	states_cursor_close(&flips->cursor);
	free(flips->bit);
	free(flips);
}

static void flips_tell(struct flips *flips, struct explore *explore, uint32_t state,
		       struct run *run, const struct flips_bit *bit)
{
	found_flip(explore, state, bit,
		   states_find(explore->states, &flips->cursor, run, STATES_NONE, true));
}

/* One bit of flash; the sector is the state's again afterwards. */
static void flips_flash(struct flips *flips, struct explore *explore, uint32_t state,
			struct run *run, const struct flips_bit *bit)
{
	enum plan_region region = (enum plan_region)bit->region;
	uint32_t offset = scenario_region(explore->scene->scenario, region).offset + bit->offset;
	struct flash *flash = &run->device.chip.flash;
	uint32_t sector = offset / flash->sector_bytes;
	struct flash_sector *was;

	if (!flash_known(flash, offset))
		return;
	was = flash_sector_share(flash, sector);
	flash_flip(flash, offset, bit->bit);
	states_step(explore->states, &flips->cursor, run, sector);
	flips_tell(flips, explore, state, run, bit);
	flash_sector_put(flash, sector, was);
	flash_sector_release(was);
	states_step(explore->states, &flips->cursor, run, sector);
}

/*
 * The counter's value and the revocation bits, each as cells allow at least: what a flip takes back
 * of it was not whole yet.
 */
static void flips_fuses(const struct run *run, uint32_t fuses[2])
{
	const struct efuse *efuse = &run->device.chip.efuse;
	const struct hal_board *board = &run->device.board;

	fuses[0] = efuse_value(efuse, HAL_EFUSE_COUNTER(board), board->counter_bits, true);
	fuses[1] = 0;
	for (uint32_t i = 0; i < HAL_EFUSE_BITS(board); i++)
		fuses[1] += efuse_bit(efuse, i, true);
}

/* One cell; a flip that takes back a burn which has not returned is beyond any device. */
static void flips_cell(struct flips *flips, struct explore *explore, uint32_t state,
		       struct run *run, const struct flips_bit *bit)
{
	uint8_t was = run->device.chip.efuse.cell[bit->offset];
	uint32_t before[2], after[2];

	flips_fuses(run, before);
	efuse_flip(&run->device.chip.efuse, bit->offset);
	flips_fuses(run, after);
	if (after[0] >= before[0] && after[1] >= before[1])
		flips_tell(flips, explore, state, run, bit);
	run->device.chip.efuse.cell[bit->offset] = was;
}

void flips_state(struct flips *flips, struct explore *explore, uint32_t state)
{
	static const struct plan none;
	struct run run;

	run_open(&run, explore->scene, &none);
	states_restore(explore->states, state, &run, &flips->cursor);
	run.history.tampered = true;
	for (uint32_t i = 0; i < flips->count; i++) {
		const struct flips_bit *bit = &flips->bit[i];

		if (bit->region == PLAN_EFUSE)
			flips_cell(flips, explore, state, &run, bit);
		else
			flips_flash(flips, explore, state, &run, bit);
	}
	run_close(&run);
}
