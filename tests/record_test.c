/*
 * A record of three sealed copies under power cuts. Every op of a save is cut in every way, in the
 * life after it again, and weak cells read whatever they can, each read on its own: what is loaded
 * is the old payload or the new one, and what was loaded once stays. A failure prints the plan of
 * each life that led to it.
 */
#include "tests/lives_fixture.h"

#include "device-model/firmware/record.h"

#define SECTOR	128u
#define PAYLOAD 8u
#define READS	4u		    /* weak reads of a life that are chosen one by one */
#define BODY	(8u + PAYLOAD + 4u) /* bytes of a copy; its seals stand behind, a unit each */

/* What a life does, and what it learnt before it ended. */
struct record_life {
	struct life life;
	bool load, loaded;
	uint32_t save; /* the payload of this number, unless it is 0 */
	int err;
	uint8_t got[PAYLOAD];
};

struct bench {
	struct lives lives;
	struct record_store store;
};

/* ---- lives ---- */

static void payload_make(uint8_t payload[PAYLOAD], uint32_t number)
{
	for (uint32_t i = 0; i < PAYLOAD; i++)
		payload[i] = (uint8_t)(number * 37 + i);
}

static void bench_load_and_save(struct lives *lives)
{
	struct record_life *life = (struct record_life *)lives->life;
	const struct record_store *store = &((struct bench *)lives)->store;

	if (life->load) {
		life->err = record_load(&lives->inject.hal, store, life->got);
		life->loaded = true;
	}
	if (life->save) {
		uint8_t payload[PAYLOAD];

		payload_make(payload, life->save);
		life->err = record_save(&lives->inject.hal, store, payload);
	}
}

static void bench_live(struct bench *bench, struct chip *chip, struct record_life *life, bool load,
		       uint32_t save)
{
	life->load = load;
	life->loaded = false;
	life->save = save;
	lives_live(&bench->lives, chip, &life->life, bench_load_and_save);
}

static void bench_save(struct bench *bench, struct chip *chip, uint32_t number)
{
	struct record_life *life = calloc(1, sizeof(*life));

	assert_non_null(life);
	bench_live(bench, chip, life, false, number);
	assert_int_equal(life->err, FW_OK);
	free(life);
}

/* Which payload is loaded, undisturbed; 0: none. Weak cells all read so. */
static uint32_t bench_load(struct bench *bench, struct chip *chip, enum plan_choice choice)
{
	struct record_life *life = calloc(1, sizeof(*life));
	uint8_t payload[PAYLOAD];
	uint32_t number = 0;

	assert_non_null(life);
	if (choice != PLAN_AFTER)
		lives_plan_add(
			&life->life.plan,
			&(struct plan_fault){.kind = PLAN_WEAK, .life = 1, .choice = choice});
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
	struct hal_board *board = &bench->lives.board;

	lives_blank(&bench->lives, chip, HAL_COPIES, SECTOR, program_bytes);
	for (uint32_t i = 0; i < HAL_COPIES; i++)
		board->bootctl[i] = (struct hal_region){.offset = i * SECTOR, .size_bytes = SECTOR};
	bench->store = (struct record_store){
		.copy = board->bootctl, .magic = 0x74736574u, .payload_bytes = PAYLOAD};
}

/* ---- the search ---- */

/* Payloads that may be loaded. */
struct allowed {
	uint32_t old, new;
};

static void look(struct bench *bench, const struct chip *chip, struct allowed allowed,
		 uint32_t depth, uint32_t next);

/* Cuts every op of a life in every way and looks at what is left. */
static void cut_everywhere(struct bench *bench, const struct chip *chip, const struct plan *weak,
			   bool load, struct allowed allowed, uint32_t depth, uint32_t next)
{
	struct record_life *clean = calloc(1, sizeof(*clean)), *life = calloc(1, sizeof(*life));
	uint32_t at = bench->lives.count++;
	struct chip copy;

	assert_true(clean && life && at < LIVES_MOST);
	clean->life.plan = *weak;
	chip_copy(&copy, chip);
	bench_live(bench, &copy, clean, load, next);
	chip_close(&copy);
	for (uint32_t op = 1; op <= clean->life.ops; op++) {
		struct cut_ways ways = {0};

		cut_ways_list(&ways, &bench->lives.board, &clean->life.op[op], CUT_WAYS_EVERY);
		for (uint32_t i = 0; i < ways.count; i++) {
			struct allowed then = allowed;

			lives_cut(&bench->lives, at, &life->life, weak, op, ways.extents[i]);
			chip_copy(&copy, chip);
			bench_live(bench, &copy, life, load, next);
			assert_true(life->life.cut);
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
	bench->lives.count = at;
	free(clean);
	free(life);
}

/* What a device finds after a cut, whatever weak cells read; then it is cut again. */
static void look(struct bench *bench, const struct chip *chip, struct allowed allowed,
		 uint32_t depth, uint32_t next)
{
	uint32_t at = bench->lives.count++,
		 patterns = chip->flash.weak_sectors ? LIVES_PATTERNS(READS) : 1;
	struct record_life *life = calloc(1, sizeof(*life));

	assert_true(life && at < LIVES_MOST);
	for (uint32_t pattern = 0; pattern < patterns; pattern++) {
		struct plan weak = lives_pattern(pattern, READS);
		uint8_t old[PAYLOAD], new[PAYLOAD];
		struct chip copy;

		life->life.plan = bench->lives.plans[at] = weak;
		chip_copy(&copy, chip);
		bench_live(bench, &copy, life, true, 0);
		payload_make(old, allowed.old);
		payload_make(new, allowed.new);
		if (life->err != FW_OK && allowed.old)
			lives_fail(&bench->lives, "no record");
		if (life->err == FW_OK && memcmp(life->got, old, PAYLOAD) &&
		    memcmp(life->got, new, PAYLOAD))
			lives_fail(&bench->lives, "neither the old payload nor the new one");
		for (enum plan_choice choice = PLAN_AFTER; life->err == FW_OK && choice <= PLAN_MIX;
		     choice++) {
			struct chip again;
			uint32_t number;

			chip_copy(&again, &copy);
			number = bench_load(bench, &again, choice);
			payload_make(new, number);
			if (memcmp(life->got, new, PAYLOAD))
				lives_fail(&bench->lives, "what was loaded did not stay");
			chip_close(&again);
		}
		chip_close(&copy);
		if (depth) {
			bench->lives.count = at;
			cut_everywhere(bench, chip, &weak, true, allowed, depth, next);
			bench->lives.count = at + 1;
		}
	}
	bench->lives.count = at;
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
	struct record_life *life = calloc(1, sizeof(*life));
	struct bench bench;
	struct chip chip, copy;

	(void)state;
	assert_non_null(life);
	bench_blank(&bench, &chip, 4);
	bench_save(&bench, &chip, 1);
	bench_live(&bench, &chip, life, true, 0);
	assert_int_equal(life->life.ops, 0);
	for (uint32_t broken = 1; broken < 1u << HAL_COPIES; broken++) {
		uint32_t erased = 0, last = 0;

		chip_copy(&copy, &chip);
		for (uint32_t i = 0; i < HAL_COPIES; i++)
			if (broken & 1u << i)
				flash_flip(&copy.flash, i * SECTOR + BODY + 4, 0);
		bench_live(&bench, &copy, life, true, 0);
		assert_int_equal(life->err, FW_OK);
		for (uint32_t op = 1; op <= life->life.ops; op++) {
			if (life->life.op[op].kind != INJECT_ERASE)
				continue;
			last = life->life.op[op].offset / SECTOR;
			erased |= 1u << last;
		}
		assert_int_equal(erased, broken);
		if (broken & 1)
			assert_int_equal(last, 0);
		bench_live(&bench, &copy, life, true, 0);
		assert_int_equal(life->life.ops, 0);
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
