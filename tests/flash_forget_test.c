/* Flash of which something is unknown: what is alike, who is told of a look, what makes it known.
 */
#include "tests/flash_fixture.h"

#define UNITS	(SECTOR / UNIT)
#define TOUCHED UNITS /* units of a sector are eight: the second half of what there is to know */

struct looks {
	uint32_t count, unknown, what, sector;
};

static void note_look(void *context, uint32_t sector, uint32_t what, bool unknown)
{
	struct looks *looks = context;

	looks->count++;
	if (!unknown)
		return;
	looks->unknown++;
	looks->what = what;
	looks->sector = sector;
}

static void forget(struct flash *flash, uint32_t sector, uint32_t what)
{
	uint8_t bits[2 * UNITS / 8] = {0};

	assert_int_equal(flash_forget_bits(flash), sizeof(bits) * 8);
	bits[what / 8] |= (uint8_t)(1u << what % 8);
	flash_forget(flash, sector, bits);
}

static void forgotten_content_is_all_alike(void **state)
{
	struct bench *bench = *state;
	struct flash copy;

	flash_copy(&copy, &bench->flash);
	fill(&bench->flash, UNIT, 0x11, UNIT);
	program_cut(bench, UNIT * 2, 0x33, (struct flash_cut){.weak = true});
	fill(&copy, UNIT, 0x22, UNIT);
	fill(&copy, UNIT * 2, 0x33, UNIT);
	assert_false(flash_equal(&copy, &bench->flash));
	for (uint32_t unit = 1; unit <= 2; unit++) {
		forget(&copy, 0, unit);
		assert_false(flash_equal(&copy, &bench->flash));
		forget(&bench->flash, 0, unit);
	}
	assert_true(flash_equal(&copy, &bench->flash));
	assert_int_equal(bench->flash.weak_sectors, 0);
	flash_close(&copy);
}

static void forgotten_touch_is_all_alike(void **state)
{
	struct bench *bench = *state;
	struct flash copy;

	flash_copy(&copy, &bench->flash);
	fill(&copy, UNIT, 0xff, UNIT);
	forget(&bench->flash, 0, TOUCHED + 1);
	assert_false(flash_equal(&copy, &bench->flash));
	forget(&copy, 0, TOUCHED + 1);
	assert_true(flash_equal(&copy, &bench->flash));
	flash_close(&copy);
}

static void look_at_what_is_unknown_is_told(void **state)
{
	struct bench *bench = *state;
	struct looks looks = {0};
	uint8_t bytes[SECTOR];

	bench->flash.looked = note_look;
	bench->flash.looked_context = &looks;
	assert_int_equal(flash_read(&bench->flash, SECTOR, bytes, SECTOR), FW_OK);
	assert_int_equal(looks.count, 0);
	forget(&bench->flash, 1, 3);
	assert_int_equal(flash_read(&bench->flash, SECTOR, bytes, 3 * UNIT), FW_OK);
	assert_int_equal(looks.count, 3);
	assert_int_equal(looks.unknown, 0);
	assert_int_equal(flash_read(&bench->flash, SECTOR + 4 * UNIT - 1, bytes, 2), FW_OK);
	assert_int_equal(looks.unknown, 1);
	assert_int_equal(looks.what, 3);
	assert_int_equal(looks.sector, 1);
	/* A program asks whether its unit was touched. */
	forget(&bench->flash, 1, TOUCHED + 5);
	fill(&bench->flash, SECTOR + 5 * UNIT, 0, UNIT);
	assert_int_equal(looks.unknown, 2);
	assert_int_equal(looks.what, TOUCHED + 5);
}

static void only_an_erase_that_completes_makes_it_known(void **state)
{
	struct bench *bench = *state;
	struct looks looks = {0};

	bench->flash.looked = note_look;
	bench->flash.looked_context = &looks;
	forget(&bench->flash, 0, 0);
	assert_int_equal(flash_unit_hash(&bench->flash, 0, 0), FLASH_UNIT_UNKNOWN);
	erase_cut(bench, 0, (struct flash_cut){.all = true, .weak = true});
	assert_int_equal(flash_unit_hash(&bench->flash, 0, 0), FLASH_UNIT_UNKNOWN);
	assert_int_equal(flash_erase(&bench->flash, 0), FW_OK);
	assert_int_not_equal(flash_unit_hash(&bench->flash, 0, 0), FLASH_UNIT_UNKNOWN);
	looks.unknown = 0;
	reads(&bench->flash, 0, 0xff, SECTOR);
	assert_int_equal(looks.unknown, 0);
}

static void hash_of_a_unit_sees_its_bytes_and_how_they_may_read(void **state)
{
	struct bench *bench = *state;
	uint64_t blank = flash_unit_hash(&bench->flash, 0, 0), firm;

	assert_true(blank == flash_unit_hash(&bench->flash, 1, 7));
	fill(&bench->flash, 0, 0x33, UNIT);
	firm = flash_unit_hash(&bench->flash, 0, 0);
	assert_true(firm != blank);
	program_cut(bench, SECTOR, 0x33, (struct flash_cut){.bytes = FLASH_WORD, .weak = true});
	assert_true(flash_unit_hash(&bench->flash, 1, 0) != firm);
	/* The neighbour of what is weak is as it was. */
	assert_true(flash_unit_hash(&bench->flash, 1, 1) == blank);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(forgotten_content_is_all_alike, bench_open,
						bench_close),
		cmocka_unit_test_setup_teardown(forgotten_touch_is_all_alike, bench_open,
						bench_close),
		cmocka_unit_test_setup_teardown(look_at_what_is_unknown_is_told, bench_open,
						bench_close),
		cmocka_unit_test_setup_teardown(only_an_erase_that_completes_makes_it_known,
						bench_open, bench_close),
		cmocka_unit_test_setup_teardown(hash_of_a_unit_sees_its_bytes_and_how_they_may_read,
						bench_open, bench_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
