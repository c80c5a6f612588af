/* The ways of cutting a program: every state that an order of bytes and bits can stop at, once. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sim/cut_ways.h"

#define UNIT  16u
#define OTHER 4096u /* an offset outside bootctl */

static const uint8_t programs[][UNIT] = {
	{0},
	{0xff, 0xff, 0xff},
	{0x5a, 0x00, 0xfe, 0x7f, 0x80, 0x01, 0xff, 0xaa, 0x55, 0x12, 0x34, 0xf0, 0x0f, 0x99, 0xff},
};

static void board_open(struct hal_board *board)
{
	*board = (struct hal_board){.sector_bytes = 64, .program_bytes = UNIT};
	for (uint32_t copy = 0; copy < HAL_COPIES; copy++)
		board->bootctl[copy] = (struct hal_region){.offset = copy * 64, .size_bytes = 64};
}

/* What a program that was stopped there leaves in blank cells. */
static void stop(const uint8_t *data, uint32_t bytes, uint32_t bits, uint8_t left[UNIT])
{
	memset(left, 0xff, UNIT);
	memcpy(left, data, bytes);
	for (uint32_t bit = 0; bit < bits; bit++)
		if (!(data[bytes] >> bit & 1))
			left[bytes] &= (uint8_t) ~(1u << bit);
}

/* How often the ways leave just this; a weak word is something else. */
static uint32_t found(const struct cut_ways *ways, const uint8_t *data, const uint8_t left[UNIT])
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < ways->count; i++) {
		const struct plan_extent *extent = &ways->extents[i];
		uint8_t is[UNIT];

		if (extent->weak)
			continue;
		stop(data, extent->all ? UNIT : extent->bytes, extent->bits, is);
		count += memcmp(is, left, UNIT) == 0;
	}
	return count;
}

static void list(struct cut_ways *ways, const uint8_t *data, uint32_t offset, uint32_t tears)
{
	struct hal_board board;
	struct inject_op op = {
		.kind = INJECT_PROGRAM, .offset = offset, .size_bytes = UNIT, .data = data};

	board_open(&board);
	cut_ways_list(ways, &board, &op, tears);
}

static void every_bit_of_a_program_in_bootctl_is_a_cut_once(void **state)
{
	static const uint32_t offsets[] = {0, 64 + UNIT, 3 * 64 - UNIT};

	(void)state;
	for (size_t p = 0; p < sizeof(programs) / sizeof(programs[0]); p++) {
		for (size_t o = 0; o < sizeof(offsets) / sizeof(offsets[0]); o++) {
			struct cut_ways ways = {0};

			list(&ways, programs[p], offsets[o], CUT_WAYS_EVERY);
			for (uint32_t bit = 0; bit < 8 * UNIT; bit++) {
				uint8_t left[UNIT];

				stop(programs[p], bit / 8, bit % 8, left);
				assert_int_equal(found(&ways, programs[p], left), 1);
			}
			cut_ways_free(&ways);
		}
	}
}

static void elsewhere_bytes_are_cuts_and_one_byte_is_half_done(void **state)
{
	uint32_t bits = 0;
	struct cut_ways ways = {0};

	(void)state;
	list(&ways, programs[2], OTHER, CUT_WAYS_EVERY);
	for (uint32_t byte = 0; byte <= UNIT; byte++) {
		uint8_t left[UNIT];

		stop(programs[2], byte, 0, left);
		assert_int_equal(found(&ways, programs[2], left), 1);
	}
	for (uint32_t i = 0; i < ways.count; i++)
		bits += ways.extents[i].bits != 0;
	assert_int_equal(bits, 1);
	cut_ways_free(&ways);
}

static void few_tears_are_as_many_as_were_asked_for(void **state)
{
	struct cut_ways ways = {0};

	(void)state;
	list(&ways, programs[0], 0, 4);
	/* None, three parts, one byte half done, three words weak, all. */
	assert_int_equal(ways.count, 1 + 3 + 1 + 3 + 1);
	cut_ways_free(&ways);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_bit_of_a_program_in_bootctl_is_a_cut_once),
		cmocka_unit_test(elsewhere_bytes_are_cuts_and_one_byte_is_half_done),
		cmocka_unit_test(few_tears_are_as_many_as_were_asked_for),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
