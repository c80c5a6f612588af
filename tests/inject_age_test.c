/* What comes with time and use: bits that rot, places that wear by being read, a clock that jumps.
 */
#include "tests/inject_fixture.h"

static uint32_t bits_set(struct bench *bench, uint32_t offset, uint32_t size_bytes)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < size_bytes; i++)
		count += (uint32_t)__builtin_popcount(byte_at(bench, offset + i));
	return count;
}

static void read_at(struct bench *bench, uint32_t offset, uint32_t size_bytes)
{
	uint8_t bytes[SECTOR];

	assert_int_equal(bench->hal->flash_read(bench->hal, offset, bytes, size_bytes), FW_OK);
}

static uint32_t clock_of(struct bench *bench)
{
	return bench->hal->clock_ms(bench->hal);
}

static void seed_chooses_that_many_bits_of_the_region(void **state)
{
	struct bench *bench = *state;

	bench_plan(bench, "rot=0:slot_b:9.1");
	inject_life(&bench->inject);
	assert_int_equal(bits_set(bench, SLOT_B, 2 * SECTOR), 8 * 2 * SECTOR - 9);
	assert_int_equal(bits_set(bench, 0, SLOT_B), 8 * SLOT_B);
	assert_true(inject_fired(&bench->inject));
}

static void same_seed_chooses_the_same_bits(void **state)
{
	static const char *const plans[] = {"rot=0:slot_b:9.1", "rot=0:slot_b:9.1",
					    "rot=0:slot_b:9.2"};
	uint8_t bytes[3][2 * SECTOR];
	struct bench *bench = *state;

	for (size_t i = 0; i < 3; i++) {
		bench_plan(bench, plans[i]);
		inject_life(&bench->inject);
		assert_int_equal(flash_read(&bench->chip.flash, SLOT_B, bytes[i], 2 * SECTOR),
				 FW_OK);
		assert_int_equal(flash_erase(&bench->chip.flash, SLOT_B), FW_OK);
		assert_int_equal(flash_erase(&bench->chip.flash, SLOT_B + SECTOR), FW_OK);
	}
	assert_memory_equal(bytes[0], bytes[1], sizeof(bytes[0]));
	assert_memory_not_equal(bytes[0], bytes[2], sizeof(bytes[0]));
}

static void all_bits_can_rot_and_no_more(void **state)
{
	struct bench *bench = *state;

	bench_plan(bench, "rot=0:bootctl_0:512.3");
	inject_life(&bench->inject);
	assert_int_equal(bits_set(bench, 0, SECTOR), 0);
	assert_true(inject_fired(&bench->inject));
	bench_plan(bench, "rot=0:bootctl_1:513.3");
	inject_life(&bench->inject);
	assert_int_equal(bits_set(bench, SECTOR, SECTOR), 8 * SECTOR);
	assert_false(inject_fired(&bench->inject));
}

static void efuse_cells_rot(void **state)
{
	struct bench *bench = *state;
	uint32_t burnt = 0;

	bench_plan(bench, "rot=0:efuse:4.1");
	inject_life(&bench->inject);
	for (uint32_t i = 0; i < bench->chip.efuse.cells; i++)
		burnt += bench->chip.efuse.cell[i] == EFUSE_BURNT;
	assert_int_equal(burnt, 4);
	assert_int_equal(bits_set(bench, 0, 8 * SECTOR), 8 * 8 * SECTOR);
}

static void nth_read_of_the_place_disturbs_it(void **state)
{
	struct bench *bench = *state;

	bench_plan(bench, "flip=read.3:slot_b:0x9.0,rot=read.5:slot_b:1.1");
	inject_life(&bench->inject);
	for (uint32_t i = 0; i < 3; i++) {
		assert_int_equal(byte_at(bench, SLOT_B + 9), 0xff);
		read_at(bench, SLOT_B, 9);	/* up to the byte before */
		read_at(bench, SLOT_B + 10, 5); /* from the byte after */
		if (i < 2)
			read_at(bench, SLOT_B + 9, 1);
	}
	/* Those reads were eight of the region, of which the fifth was enough. */
	assert_int_equal(bench->inject.fired, 2);
	read_at(bench, SLOT_B + 8, 4);
	assert_int_equal(byte_at(bench, SLOT_B + 9) & 1, 0);
	assert_true(inject_fired(&bench->inject));
}

static void reads_of_cells_and_of_flash_are_told_apart(void **state)
{
	struct bench *bench = *state;
	bool burnt;

	bench_plan(bench, "flip=read.2:efuse:0x1.0");
	inject_life(&bench->inject);
	for (uint32_t i = 0; i < 4; i++)
		read_at(bench, 0, SECTOR);
	for (uint32_t cell = 0; cell < 3; cell++)
		assert_int_equal(bench->hal->efuse_read(bench->hal, cell, &burnt), FW_OK);
	assert_false(inject_fired(&bench->inject));
	assert_int_equal(bench->hal->efuse_read(bench->hal, 1, &burnt), FW_OK);
	assert_false(burnt); /* the read came first */
	assert_true(inject_fired(&bench->inject));
	assert_int_equal(bench->chip.efuse.cell[1], EFUSE_BURNT);
}

static void nth_rest_comes_though_nothing_happened_at_those_before(void **state)
{
	struct bench *bench = *state;

	bench_plan(bench, "flip=rest.3:slot_b:0x0.0,flip=rest.3:slot_b:0x1.0");
	inject_life(&bench->inject);
	assert_true(inject_rest(&bench->inject)); /* more is to come */
	assert_true(inject_rest(&bench->inject));
	assert_int_equal(byte_at(bench, SLOT_B), 0xff);
	assert_true(inject_rest(&bench->inject));
	assert_int_equal(byte_at(bench, SLOT_B), 0xfe);
	assert_int_equal(byte_at(bench, SLOT_B + 1), 0xfe);
	assert_false(inject_rest(&bench->inject));
	assert_true(inject_fired(&bench->inject));
}

static void nth_jump_is_counted_over_lives(void **state)
{
	struct bench *bench = *state;

	bench_plan(bench, "flip=jump.2:slot_b:0x0.0");
	inject_life(&bench->inject);
	inject_at_jump(&bench->inject);
	assert_int_equal(byte_at(bench, SLOT_B), 0xff);
	inject_life(&bench->inject);
	inject_at_jump(&bench->inject);
	assert_int_equal(byte_at(bench, SLOT_B), 0xfe);
	assert_true(inject_fired(&bench->inject));
}

static void clock_jumps_both_ways_and_wraps(void **state)
{
	struct bench *bench = *state;

	bench_plan(bench, "clock=1+1000,clock=2-5000");
	inject_life(&bench->inject);
	assert_int_equal(clock_of(bench), 0);
	assert_int_equal(program(bench, 0), FW_OK);
	assert_int_equal(clock_of(bench), 1001);
	assert_int_equal(program(bench, UNIT), FW_OK);
	assert_int_equal(clock_of(bench), 2u - 4000u);
	/* The time that passed is another matter. */
	assert_int_equal(bench->chip.clock_ms, 3);
	assert_true(inject_fired(&bench->inject));
	/* Power on sets it right. */
	inject_life(&bench->inject);
	assert_int_equal(clock_of(bench), 0);
}

static void clock_that_stops_stands_still_for_ever(void **state)
{
	struct bench *bench = *state;

	bench_plan(bench, "clock=0+50,clock=1:stops");
	inject_life(&bench->inject);
	assert_int_equal(clock_of(bench), 50);
	bench->chip.clock_ms = 100;
	assert_int_equal(program(bench, 0), FW_OK);
	for (uint32_t i = 0; i < 3; i++)
		assert_int_equal(clock_of(bench), 150);
	assert_int_equal(bench->chip.clock_ms, 103);
	inject_life(&bench->inject);
	bench->chip.clock_ms = 100;
	assert_int_equal(clock_of(bench), 0);
	assert_true(inject_fired(&bench->inject));
}

#define AGED(test) cmocka_unit_test_setup_teardown(test, bench_open, bench_close)

int main(void)
{
	const struct CMUnitTest tests[] = {
		AGED(seed_chooses_that_many_bits_of_the_region),
		AGED(same_seed_chooses_the_same_bits),
		AGED(all_bits_can_rot_and_no_more),
		AGED(efuse_cells_rot),
		AGED(nth_read_of_the_place_disturbs_it),
		AGED(reads_of_cells_and_of_flash_are_told_apart),
		AGED(nth_rest_comes_though_nothing_happened_at_those_before),
		AGED(nth_jump_is_counted_over_lives),
		AGED(clock_jumps_both_ways_and_wraps),
		AGED(clock_that_stops_stands_still_for_ever),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
