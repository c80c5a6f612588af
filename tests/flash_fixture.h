/* A small flash for its tests: what it complained of, and what its weak cells read. */
#ifndef TESTS_FLASH_FIXTURE_H
#define TESTS_FLASH_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "device-model/hardware/flash.h"

#define SECTOR	64u
#define SECTORS 4u
#define UNIT	8u

/* A flash, what it complained of last, and what its next weak reads give. */
struct bench {
	struct hal_board board;
	struct flash flash;
	enum flash_violation violation;
	uint32_t violations, violation_offset, violation_bytes;
	enum flash_choice choices[8]; /* one a read, the last one for ever */
	uint32_t chosen;	      /* how often it was asked */
};

static inline enum flash_choice bench_choose(void *context)
{
	struct bench *bench = context;
	uint32_t last = sizeof(bench->choices) / sizeof(bench->choices[0]) - 1;
	uint32_t read = bench->chosen < last ? bench->chosen : last;

	bench->chosen++;
	return bench->choices[read];
}

static inline void bench_violation(void *context, enum flash_violation what, uint32_t offset,
				   uint32_t size_bytes)
{
	struct bench *bench = context;

	bench->violation = what;
	bench->violations++;
	bench->violation_offset = offset;
	bench->violation_bytes = size_bytes;
}

static inline void bench_open_worn(struct bench *bench, uint32_t endurance)
{
	memset(bench, 0, sizeof(*bench));
	bench->board.flash_bytes = SECTOR * SECTORS;
	bench->board.sector_bytes = SECTOR;
	bench->board.program_bytes = UNIT;
	flash_open(&bench->flash, &bench->board, endurance);
	bench->flash.choose = bench_choose;
	bench->flash.choose_context = bench;
	bench->flash.violation = bench_violation;
	bench->flash.violation_context = bench;
}

static inline int bench_open(void **state)
{
	struct bench *bench = malloc(sizeof(*bench));

	assert_non_null(bench);
	bench_open_worn(bench, 0);
	*state = bench;
	return 0;
}

static inline int bench_close(void **state)
{
	struct bench *bench = *state;

	flash_close(&bench->flash);
	free(bench);
	return 0;
}

/* All weak reads from here on give this. */
static inline void bench_always(struct bench *bench, enum flash_choice choice)
{
	bench->chosen = 0;
	for (size_t i = 0; i < sizeof(bench->choices) / sizeof(bench->choices[0]); i++)
		bench->choices[i] = choice;
}

static inline void fill(struct flash *flash, uint32_t offset, uint8_t value, uint32_t size_bytes)
{
	uint8_t bytes[SECTOR];

	memset(bytes, value, sizeof(bytes));
	assert_int_equal(flash_program(flash, offset, bytes, size_bytes), FW_OK);
}

static inline void reads(struct flash *flash, uint32_t offset, uint8_t value, uint32_t size_bytes)
{
	uint8_t bytes[SECTOR * SECTORS];

	assert_int_equal(flash_read(flash, offset, bytes, size_bytes), FW_OK);
	for (uint32_t i = 0; i < size_bytes; i++)
		assert_int_equal(bytes[i], value);
}

/* Programs a unit of zeros; refuses must name it, and change nothing. */
static inline void refuses(struct bench *bench, uint32_t offset, uint32_t size_bytes,
			   enum flash_violation what, int err)
{
	static const uint8_t zeros[SECTOR * 2];
	struct flash before;
	uint32_t violations = bench->violations;

	flash_copy(&before, &bench->flash);
	assert_int_equal(flash_program(&bench->flash, offset, zeros, size_bytes), err);
	assert_int_equal(bench->violations, violations + 1);
	assert_int_equal(bench->violation, what);
	assert_int_equal(bench->violation_offset, offset);
	assert_int_equal(bench->violation_bytes, size_bytes);
	assert_true(flash_equal(&bench->flash, &before));
	flash_close(&before);
}

static inline void program_cut(struct bench *bench, uint32_t offset, uint8_t value,
			       struct flash_cut cut)
{
	uint8_t bytes[UNIT];

	memset(bytes, value, sizeof(bytes));
	assert_int_equal(flash_program_cut(&bench->flash, offset, bytes, UNIT, &cut), FW_OK);
}

static inline void erase_cut(struct bench *bench, uint32_t offset, struct flash_cut cut)
{
	assert_int_equal(flash_erase_cut(&bench->flash, offset, &cut), FW_OK);
}

#endif
