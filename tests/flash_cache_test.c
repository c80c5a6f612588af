/* The volatile cache of a block device: what it holds, what brings it to the cells, what a cut
 * loses.
 */
#include "tests/flash_fixture.h"

#define CACHE 4u

static int cache_open(void **state)
{
	struct bench *bench;

	assert_int_equal(bench_open(state), 0);
	bench = *state;
	bench->flash.cache_writes = CACHE;
	return 0;
}

/* One unit, or with no value an erase of the sector, that bears this number. */
static void write_unit(struct bench *bench, uint32_t stamp, uint32_t offset, uint8_t value)
{
	bench->flash.stamp = stamp;
	fill(&bench->flash, offset, value, UNIT);
}

static void write_erase(struct bench *bench, uint32_t stamp, uint32_t offset)
{
	bench->flash.stamp = stamp;
	assert_int_equal(flash_erase(&bench->flash, offset), FW_OK);
}

static uint32_t unflushed(const struct bench *bench)
{
	struct flash_unflushed writes[FLASH_CACHE_MAX];

	return flash_unflushed(&bench->flash, writes);
}

static void what_is_cached_is_read_back(void **state)
{
	struct bench *bench = *state;

	write_unit(bench, 1, 0, 0x11);
	write_unit(bench, 2, UNIT, 0x22);
	reads(&bench->flash, 0, 0x11, UNIT);
	reads(&bench->flash, UNIT, 0x22, UNIT);
	write_erase(bench, 3, 0);
	reads(&bench->flash, 0, 0xff, SECTOR);
	assert_int_equal(unflushed(bench), 3);
	assert_false(flash_flushed(&bench->flash, SECTOR - 1, 1)); /* the erase reaches there */
	assert_true(flash_flushed(&bench->flash, SECTOR, SECTOR));
	assert_true(flash_firm(&bench->flash, 0, SECTOR));
}

static void blocks_are_written_over_without_an_erase(void **state)
{
	struct bench *bench = *state;

	write_unit(bench, 1, 0, 0x0f);
	write_unit(bench, 2, 0, 0xf0);
	reads(&bench->flash, 0, 0xf0, UNIT);
	assert_int_equal(bench->violations, 0);
	assert_int_equal(flash_flush(&bench->flash), FW_OK);
	write_unit(bench, 3, 0, 0xff);
	reads(&bench->flash, 0, 0xff, UNIT);
}

static void cut_loses_what_was_not_flushed(void **state)
{
	struct bench *bench = *state;

	write_unit(bench, 1, 0, 0x11);
	assert_int_equal(flash_flush(&bench->flash), FW_OK);
	assert_int_equal(unflushed(bench), 0);
	write_unit(bench, 3, UNIT, 0x22);
	write_unit(bench, 4, SECTOR, 0x33);
	flash_power_off(&bench->flash, 5, 3, 0);
	reads(&bench->flash, 0, 0x11, UNIT);
	reads(&bench->flash, UNIT, 0xff, SECTOR);
	assert_int_equal(unflushed(bench), 0);
}

static void cut_loses_those_that_it_names_alone(void **state)
{
	/* Bit 0 is number 4, bit 2 number 2. */
	static const struct {
		uint64_t lost;
		uint8_t first, second, third;
	} cases[] = {
		{0, 0x22, 0x33, 0x44},	     {1, 0x22, 0x33, 0xff},
		{2, 0x22, 0x11, 0x44},	     {4, 0xff, 0x33, 0x44},
		{5, 0xff, 0x33, 0xff},	     {7, 0xff, 0x11, 0xff},
		{1u << 3, 0x22, 0x33, 0x44}, {~(uint64_t)7, 0x22, 0x33, 0x44},
	};
	struct bench *bench = *state;

	write_unit(bench, 1, UNIT, 0x11);
	assert_int_equal(flash_flush(&bench->flash), FW_OK);
	write_unit(bench, 2, 0, 0x22);
	write_unit(bench, 3, UNIT, 0x33);
	write_unit(bench, 4, 2 * SECTOR, 0x44);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct flash flash;

		flash_copy(&flash, &bench->flash);
		flash_power_off(&flash, 5, cases[i].lost, 0);
		reads(&flash, 0, cases[i].first, UNIT);
		reads(&flash, UNIT, cases[i].second, UNIT);
		reads(&flash, 2 * SECTOR, cases[i].third, UNIT);
		flash_close(&flash);
	}
	reads(&bench->flash, 0, 0x22, UNIT); /* those were copies */
}

static void program_can_come_before_its_erase(void **state)
{
	struct bench *bench = *state;

	write_unit(bench, 1, 0, 0x11);
	write_unit(bench, 2, UNIT, 0x22);
	assert_int_equal(flash_flush(&bench->flash), FW_OK);
	write_erase(bench, 3, 0);
	write_unit(bench, 4, 0, 0x44);
	flash_power_off(&bench->flash, 5, 2, 0);
	reads(&bench->flash, 0, 0x44, UNIT);
	reads(&bench->flash, UNIT, 0x22, UNIT);
	assert_int_equal(bench->violations, 0);
}

static void first_one_lost_can_be_torn(void **state)
{
	struct bench *bench = *state;

	write_unit(bench, 1, 0, 0x11);
	write_unit(bench, 2, UNIT, 0x22);
	write_unit(bench, 3, 2 * UNIT, 0x33);
	flash_power_off(&bench->flash, 4, 3, 3);
	reads(&bench->flash, 0, 0x11, UNIT);
	reads(&bench->flash, UNIT, 0x22, 3);
	reads(&bench->flash, UNIT + 3, 0xff, SECTOR - UNIT - 3);
	/* An erase, from its front. */
	write_erase(bench, 5, 0);
	flash_power_off(&bench->flash, 6, 1, UNIT);
	reads(&bench->flash, 0, 0xff, UNIT);
	reads(&bench->flash, UNIT, 0x22, 3);
}

static void op_that_is_cut_lands_in_part(void **state)
{
	struct bench *bench = *state;

	bench->flash.stamp = 1;
	program_cut(bench, 0, 0x11, (struct flash_cut){.bytes = 3});
	flash_power_off(&bench->flash, 1, 0, 0);
	reads(&bench->flash, 0, 0x11, 3);
	reads(&bench->flash, 3, 0xff, SECTOR - 3);
	fill(&bench->flash, 0, 0, SECTOR);
	assert_int_equal(flash_flush(&bench->flash), FW_OK);
	erase_cut(bench, 0, (struct flash_cut){.bytes = 5, .back = true});
	flash_power_off(&bench->flash, 2, 0, 0);
	reads(&bench->flash, 0, 0, SECTOR - 5);
	reads(&bench->flash, SECTOR - 5, 0xff, 5);
	assert_int_equal(bench->flash.weak_sectors, 0);
}

static void full_cache_brings_its_oldest_to_the_cells(void **state)
{
	struct bench *bench = *state;

	for (uint32_t i = 0; i < CACHE + 2; i++)
		write_unit(bench, 1 + i, i % 2 ? i * UNIT : SECTOR + i * UNIT, (uint8_t)(0x10 + i));
	assert_int_equal(unflushed(bench), CACHE);
	flash_power_off(&bench->flash, CACHE + 3, UINT64_MAX, 0);
	reads(&bench->flash, SECTOR, 0x10, UNIT);
	reads(&bench->flash, UNIT, 0x11, UNIT);
	reads(&bench->flash, SECTOR + UNIT, 0xff, SECTOR - UNIT);
	reads(&bench->flash, 2 * UNIT, 0xff, SECTOR - 2 * UNIT);
}

static void flush_that_is_ignored_reports_success(void **state)
{
	struct bench *bench = *state;

	bench->flash.flush_ignored = true;
	write_unit(bench, 1, 0, 0x11);
	assert_int_equal(flash_flush(&bench->flash), FW_OK);
	assert_int_equal(unflushed(bench), 1);
	flash_power_off(&bench->flash, 3, 2, 0);
	reads(&bench->flash, 0, 0xff, UNIT);
}

static void device_at_rest_settles(void **state)
{
	struct bench *bench = *state;

	bench->flash.flush_ignored = true;
	write_unit(bench, 1, 0, 0x11);
	flash_settle(&bench->flash);
	flash_power_off(&bench->flash, 2, 1, 0);
	reads(&bench->flash, 0, 0x11, UNIT);
}

static void copies_have_caches_of_their_own(void **state)
{
	struct bench *bench = *state;
	struct flash copy;

	write_unit(bench, 1, 0, 0x11);
	flash_copy(&copy, &bench->flash);
	write_unit(bench, 2, UNIT, 0x22);
	assert_int_equal(flash_flush(&bench->flash), FW_OK);
	flash_power_off(&copy, 2, 1, 0);
	reads(&copy, 0, 0xff, SECTOR);
	reads(&bench->flash, 0, 0x11, UNIT);
	reads(&bench->flash, UNIT, 0x22, UNIT);
	flash_close(&copy);
}

#define CACHED(test) cmocka_unit_test_setup_teardown(test, cache_open, bench_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CACHED(what_is_cached_is_read_back),
		CACHED(blocks_are_written_over_without_an_erase),
		CACHED(cut_loses_what_was_not_flushed),
		CACHED(cut_loses_those_that_it_names_alone),
		CACHED(program_can_come_before_its_erase),
		CACHED(first_one_lost_can_be_torn),
		CACHED(op_that_is_cut_lands_in_part),
		CACHED(full_cache_brings_its_oldest_to_the_cells),
		CACHED(flush_that_is_ignored_reports_success),
		CACHED(device_at_rest_settles),
		CACHED(copies_have_caches_of_their_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
