/*
 * A record of three sealed copies under power cuts. Every op of a save is cut in every way, in the
 * life after it again, and weak cells read whatever they can, each read on its own: what is loaded
 * is the old payload or the new one, and what was loaded once stays. A failure prints the plan of
 * each life that led to it.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "device-model/firmware/record.h"
#include "faults/inject.h"
#include "sim/cut_ways.h"

#define SECTOR	 128u
#define PAYLOAD	 8u
#define LIVES	 4u
#define OPS	 64u
#define READS	 4u /* weak reads of a life that are chosen one by one */
#define PATTERNS ((1u << READS) + 1u)
#define BODY	 (8u + PAYLOAD + 4u) /* bytes of a copy; its seals stand behind, a unit each */

/* What a life does, and what it learnt before it ended. */
struct life {
	struct plan plan;
	bool cut, loaded;
	int err;
	uint8_t got[PAYLOAD];
	uint32_t ops;
	struct inject_op op[OPS];
	uint8_t data[OPS][SECTOR];
};

struct bench {
	struct hal_board board;
	struct record_store store;
	struct inject inject;
	jmp_buf off;
	struct life *life; /* that is lived now */
	struct plan plans[LIVES];
	uint32_t lives;
};

/* ---- lives ---- */

static void bench_op_before(void *context, const struct inject_op *op)
{
	struct bench *bench = context;
	struct life *life = bench->life;

	assert_in_range(op->number, 1, OPS - 1);
	life->ops = op->number;
	life->op[op->number] = *op;
	if (op->data) {
		memcpy(life->data[op->number], op->data, op->size_bytes);
		life->op[op->number].data = life->data[op->number];
	}
}

static void bench_power_off(void *context)
{
	longjmp(((struct bench *)context)->off, 1);
}

static void bench_violation(void *context, enum flash_violation what, uint32_t offset,
			    uint32_t size_bytes)
{
	(void)context;
	fail_msg("violation %d at 0x%x, %u bytes", (int)what, offset, size_bytes);
}

static struct hal_region bench_region(const void *context, enum plan_region region)
{
	const struct hal_board *board = context;

	return board->bootctl[region - PLAN_BOOTCTL_0];
}

static void payload_make(uint8_t payload[PAYLOAD], uint32_t number)
{
	for (uint32_t i = 0; i < PAYLOAD; i++)
		payload[i] = (uint8_t)(number * 37 + i);
}

/* Loads, and saves payload number save if that is not 0. Ends early where the plan cuts. */
static void bench_live(struct bench *bench, struct chip *chip, struct life *life, bool load,
		       uint32_t save)
{
	struct inject_places places = {.context = &bench->board, .region = bench_region};

	bench->life = life;
	life->cut = true;
	life->loaded = false;
	life->ops = 0;
	inject_open(&bench->inject, chip, &life->plan, &places);
	bench->inject.watch = (struct inject_watch){.context = bench,
						    .op_before = bench_op_before,
						    .power_off = bench_power_off,
						    .violation = bench_violation};
	inject_life(&bench->inject);
	if (setjmp(bench->off))
		return;
	if (load) {
		life->err = record_load(&bench->inject.hal, &bench->store, life->got);
		life->loaded = true;
	}
	if (save) {
		uint8_t payload[PAYLOAD];

		payload_make(payload, save);
		life->err = record_save(&bench->inject.hal, &bench->store, payload);
	}
	life->cut = false;
}

static void bench_save(struct bench *bench, struct chip *chip, uint32_t number)
{
	struct life *life = calloc(1, sizeof(*life));

	assert_non_null(life);
	bench_live(bench, chip, life, false, number);
	assert_int_equal(life->err, FW_OK);
	free(life);
}

/* Which payload is loaded, undisturbed; 0: none. Weak cells all read so. */
static uint32_t bench_load(struct bench *bench, struct chip *chip, enum plan_choice choice)
{
	struct life *life = calloc(1, sizeof(*life));
	uint8_t payload[PAYLOAD];
	uint32_t number = 0;

	assert_non_null(life);
	if (choice != PLAN_AFTER)
		assert_int_equal(plan_add(&life->plan, &(struct plan_fault){.kind = PLAN_WEAK,
									    .life = 1,
									    .choice = choice}),
				 0);
	bench_live(bench, chip, life, true, 0);
	for (uint32_t i = 1; i < 16 && life->err == FW_OK && !number; i++) {
		payload_make(payload, i);
		if (!memcmp(payload, life->got, PAYLOAD))
			number = i;
	}
	if (life->err == FW_OK)
		assert_int_not_equal(number, 0);
	else
		assert_int_equal(life->err, FW_ERR_RECORD);
	free(life);
	return number;
}

static void bench_blank(struct bench *bench, struct chip *chip, uint32_t program_bytes)
{
	memset(bench, 0, sizeof(*bench));
	bench->board.sector_bytes = SECTOR;
	bench->board.flash_bytes = HAL_COPIES * SECTOR;
	bench->board.program_bytes = program_bytes;
	for (uint32_t i = 0; i < HAL_COPIES; i++)
		bench->board.bootctl[i] =
			(struct hal_region){.offset = i * SECTOR, .size_bytes = SECTOR};
	bench->store = (struct record_store){
		.copy = bench->board.bootctl, .magic = 0x74736574u, .payload_bytes = PAYLOAD};
	chip_open(chip, &bench->board, 0);
}

/* ---- the search ---- */

/* Payloads that may be loaded. */
struct allowed {
	uint32_t old, new;
};

static void bench_fail(const struct bench *bench, const char *what)
{
	char text[PLAN_TEXT_BYTES];

	for (uint32_t i = 0; i < bench->lives; i++) {
		plan_print(&bench->plans[i], text);
		print_error("life %u: %s\n", i + 1, text);
	}
	fail_msg("program unit %u: %s", bench->board.program_bytes, what);
}

/* Pattern bit i: weak read i of the life reads as before; the last pattern: all read mixed. */
static struct plan pattern_plan(uint32_t pattern)
{
	struct plan plan = {0};

	for (uint32_t i = 0; i < READS && pattern < PATTERNS - 1; i++)
		if (pattern & 1u << i)
			assert_int_equal(
				plan_add(&plan, &(struct plan_fault){.kind = PLAN_WEAK,
								     .life = 1,
								     .read = i + 1,
								     .choice = PLAN_BEFORE}),
				0);
	if (pattern == PATTERNS - 1)
		assert_int_equal(plan_add(&plan, &(struct plan_fault){.kind = PLAN_WEAK,
								      .life = 1,
								      .choice = PLAN_MIX}),
				 0);
	return plan;
}

static void look(struct bench *bench, const struct chip *chip, struct allowed allowed,
		 uint32_t depth, uint32_t next);

/* Cuts every op of a life in every way and looks at what is left. */
static void cut_everywhere(struct bench *bench, const struct chip *chip, const struct plan *weak,
			   bool load, struct allowed allowed, uint32_t depth, uint32_t next)
{
	struct life *clean = calloc(1, sizeof(*clean)), *life = calloc(1, sizeof(*life));
	uint32_t at = bench->lives++;
	struct chip copy;

	assert_true(clean && life && at < LIVES);
	clean->plan = *weak;
	chip_copy(&copy, chip);
	bench_live(bench, &copy, clean, load, next);
	chip_close(&copy);
	for (uint32_t op = 1; op <= clean->ops; op++) {
		struct cut_ways ways = {0};

		cut_ways_list(&ways, &bench->board, &clean->op[op], CUT_WAYS_EVERY);
		for (uint32_t i = 0; i < ways.count; i++) {
			struct plan_fault cut = {
				.kind = PLAN_CUT, .op = op, .extent = ways.extents[i]};
			struct allowed then = allowed;

			life->plan = *weak;
			assert_int_equal(plan_add(&life->plan, &cut), 0);
			bench->plans[at] = life->plan;
			chip_copy(&copy, chip);
			bench_live(bench, &copy, life, load, next);
			assert_true(life->cut);
			if (life->loaded) {
				/* What it was told counts from here on. */
				uint8_t old[PAYLOAD];

				payload_make(old, allowed.old);
				then.old =
					memcmp(old, life->got, PAYLOAD) ? allowed.new : allowed.old;
				then.new = next;
			}
			look(bench, &copy, then, depth - 1, next + 1);
			chip_close(&copy);
		}
		cut_ways_free(&ways);
	}
	bench->lives = at;
	free(clean);
	free(life);
}

/* What a device finds after a cut, whatever weak cells read; then it is cut again. */
static void look(struct bench *bench, const struct chip *chip, struct allowed allowed,
		 uint32_t depth, uint32_t next)
{
	uint32_t at = bench->lives++, patterns = chip->flash.weak_sectors ? PATTERNS : 1;
	struct life *life = calloc(1, sizeof(*life));

	assert_true(life && at < LIVES);
	for (uint32_t pattern = 0; pattern < patterns; pattern++) {
		struct plan weak = pattern_plan(pattern);
		uint8_t old[PAYLOAD], new[PAYLOAD];
		struct chip copy;

		life->plan = bench->plans[at] = weak;
		chip_copy(&copy, chip);
		bench_live(bench, &copy, life, true, 0);
		payload_make(old, allowed.old);
		payload_make(new, allowed.new);
		if (life->err != FW_OK && allowed.old)
			bench_fail(bench, "no record");
		if (life->err == FW_OK && memcmp(life->got, old, PAYLOAD) &&
		    memcmp(life->got, new, PAYLOAD))
			bench_fail(bench, "neither the old payload nor the new one");
		for (enum plan_choice choice = PLAN_AFTER; life->err == FW_OK && choice <= PLAN_MIX;
		     choice++) {
			struct chip again;
			uint32_t number;

			chip_copy(&again, &copy);
			number = bench_load(bench, &again, choice);
			payload_make(new, number);
			if (memcmp(life->got, new, PAYLOAD))
				bench_fail(bench, "what was loaded did not stay");
			chip_close(&again);
		}
		chip_close(&copy);
		if (depth) {
			bench->lives = at;
			cut_everywhere(bench, chip, &weak, true, allowed, depth, next);
			bench->lives = at + 1;
		}
	}
	bench->lives = at;
	free(life);
}

/* A save of payload saves + 1, after so many whole ones. */
static void cut_save(uint32_t program_bytes, uint32_t saves, uint32_t depth)
{
	static const struct plan none;
	struct allowed allowed = {saves, saves + 1};
	struct bench bench;
	struct chip chip;

	bench_blank(&bench, &chip, program_bytes);
	for (uint32_t i = 1; i <= saves; i++)
		bench_save(&bench, &chip, i);
	cut_everywhere(&bench, &chip, &none, false, allowed, depth, saves + 1);
	chip_close(&chip);
}

static void record_cut_anywhere_keeps_old_or_new(void **state)
{
	(void)state;
	cut_save(4, 1, 1);
	cut_save(8, 2, 1);
	cut_save(32, 1, 1);
}

static void record_cut_in_the_first_save_gives_it_or_none(void **state)
{
	(void)state;
	cut_save(4, 0, 1);
	cut_save(32, 0, 1);
}

static void record_cut_in_two_lives_keeps_old_or_new(void **state)
{
	(void)state;
	cut_save(32, 1, 2);
}

/* ---- whole saves ---- */

static void record_saved_over_and_over_is_the_last_one_in_every_copy(void **state)
{
	struct bench bench;
	struct chip chip, copy;

	(void)state;
	bench_blank(&bench, &chip, 4);
	assert_int_equal(bench_load(&bench, &chip, PLAN_AFTER), 0);
	for (uint32_t i = 1; i <= 9; i++) {
		bench_save(&bench, &chip, i);
		for (uint32_t only = 0; only < HAL_COPIES; only++) {
			chip_copy(&copy, &chip);
			for (uint32_t other = 0; other < HAL_COPIES; other++)
				if (other != only)
					assert_int_equal(flash_erase(&copy.flash, other * SECTOR),
							 FW_OK);
			assert_int_equal(bench_load(&bench, &copy, PLAN_AFTER), i);
			chip_close(&copy);
		}
	}
	chip_close(&chip);
}

/* Any bit of any copy: body, seals and the blank rest of their units. */
static void record_is_read_from_whichever_copy_is_left(void **state)
{
	struct bench bench;
	struct chip chip;

	(void)state;
	bench_blank(&bench, &chip, 4);
	bench_save(&bench, &chip, 1);
	for (uint32_t byte = 0; byte < BODY + 2 * 4; byte++) {
		bool counts = byte > BODY; /* without the second seal it does */

		for (uint32_t broken = 0; broken < 1u << HAL_COPIES; broken++) {
			bool none = broken == (1u << HAL_COPIES) - 1 && !counts;
			struct chip copy;

			chip_copy(&copy, &chip);
			for (uint32_t i = 0; i < HAL_COPIES; i++)
				if (broken & 1u << i)
					flash_flip(&copy.flash, i * SECTOR + byte, byte % 8);
			assert_int_equal(bench_load(&bench, &copy, PLAN_AFTER), none ? 0 : 1);
			chip_close(&copy);
		}
	}
	chip_close(&chip);
}

static void record_of_another_magic_or_size_is_none(void **state)
{
	struct bench bench;
	struct chip chip;

	(void)state;
	bench_blank(&bench, &chip, 4);
	bench_save(&bench, &chip, 1);
	bench.store.magic++;
	assert_int_equal(bench_load(&bench, &chip, PLAN_AFTER), 0);
	bench.store.magic--;
	bench.store.payload_bytes--;
	assert_int_equal(bench_load(&bench, &chip, PLAN_AFTER), 0);
	chip_close(&chip);
}

/* Every set of copies that lack the second seal: the first copy counts, and is written last. */
static void record_that_counts_is_written_again_last(void **state)
{
	struct life *life = calloc(1, sizeof(*life));
	struct bench bench;
	struct chip chip, copy;

	(void)state;
	assert_non_null(life);
	bench_blank(&bench, &chip, 4);
	bench_save(&bench, &chip, 1);
	bench_live(&bench, &chip, life, true, 0);
	assert_int_equal(life->ops, 0);
	for (uint32_t broken = 1; broken < 1u << HAL_COPIES; broken++) {
		uint32_t erased = 0, last = 0;

		chip_copy(&copy, &chip);
		for (uint32_t i = 0; i < HAL_COPIES; i++)
			if (broken & 1u << i)
				flash_flip(&copy.flash, i * SECTOR + BODY + 4, 0);
		bench_live(&bench, &copy, life, true, 0);
		assert_int_equal(life->err, FW_OK);
		for (uint32_t op = 1; op <= life->ops; op++) {
			if (life->op[op].kind != INJECT_ERASE)
				continue;
			last = life->op[op].offset / SECTOR;
			erased |= 1u << last;
		}
		assert_int_equal(erased, broken);
		if (broken & 1)
			assert_int_equal(last, 0);
		bench_live(&bench, &copy, life, true, 0);
		assert_int_equal(life->ops, 0);
		chip_close(&copy);
	}
	chip_close(&chip);
	free(life);
}

/* The first copy in order counts, whatever the others say, and they say it after the load. */
static void record_of_copies_that_differ_becomes_the_first_one(void **state)
{
	struct bench bench;
	struct chip chip, other;

	(void)state;
	bench_blank(&bench, &chip, 4);
	bench_save(&bench, &chip, 1);
	chip_copy(&other, &chip);
	bench_save(&bench, &other, 2);
	for (uint32_t newer = 0; newer < 1u << HAL_COPIES; newer++) {
		struct chip copy;

		chip_copy(&copy, &chip);
		for (uint32_t i = 0; i < HAL_COPIES; i++)
			if (newer & 1u << i)
				flash_sector_put(&copy.flash, i, other.flash.sector[i]);
		assert_int_equal(bench_load(&bench, &copy, PLAN_AFTER), newer & 1 ? 2 : 1);
		assert_true(flash_equal(&copy.flash, newer & 1 ? &other.flash : &chip.flash));
		chip_close(&copy);
	}
	chip_close(&other);
	chip_close(&chip);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(record_cut_anywhere_keeps_old_or_new),
		cmocka_unit_test(record_cut_in_the_first_save_gives_it_or_none),
		cmocka_unit_test(record_cut_in_two_lives_keeps_old_or_new),
		cmocka_unit_test(record_saved_over_and_over_is_the_last_one_in_every_copy),
		cmocka_unit_test(record_is_read_from_whichever_copy_is_left),
		cmocka_unit_test(record_of_another_magic_or_size_is_none),
		cmocka_unit_test(record_that_counts_is_written_again_last),
		cmocka_unit_test(record_of_copies_that_differ_becomes_the_first_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
