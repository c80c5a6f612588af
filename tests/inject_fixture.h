/* A small chip behind a fault injector, whose power goes without ending the program. */
#ifndef TESTS_INJECT_FIXTURE_H
#define TESTS_INJECT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "faults/inject.h"

#define SECTOR 64u
#define UNIT   8u
#define SLOT_B (5 * SECTOR)

struct bench {
	struct hal_board board;
	struct chip chip;
	struct flash born; /* what back= puts back; as the chip was opened */
	struct plan plan;
	struct inject inject;
	struct hal *hal;
	uint32_t offs, hangs, violations, reports, logs;
	struct inject_op before, after; /* the last op, as it was shown */
	uint8_t shown[UNIT];		/* what flash held when the op was shown as over */
	char text[32], site[32];
};

static const uint8_t zeros[2 * SECTOR];

static inline void bench_before(void *context, const struct inject_op *op)
{
	((struct bench *)context)->before = *op;
}

static inline void bench_after(void *context, const struct inject_op *op)
{
	struct bench *bench = context;

	bench->after = *op;
	if (op->kind != INJECT_BURN && op->carried_out)
		assert_int_equal(flash_read(&bench->chip.flash, op->offset, bench->shown, UNIT),
				 FW_OK);
}

static inline void bench_violation(void *context, enum flash_violation what, uint32_t offset,
				   uint32_t size_bytes)
{
	(void)what;
	(void)offset;
	(void)size_bytes;
	((struct bench *)context)->violations++;
}

static inline void bench_log(void *context, const char *site, const char *text)
{
	struct bench *bench = context;

	bench->logs++;
	(void)snprintf(bench->site, sizeof(bench->site), "%s", site);
	(void)snprintf(bench->text, sizeof(bench->text), "%s", text);
}

static inline void bench_power_off(void *context)
{
	((struct bench *)context)->offs++;
}

static inline void bench_hang(void *context)
{
	((struct bench *)context)->hangs++;
}

static inline int bench_fetch(void *context, const char *uri, uint32_t uri_bytes, uint32_t offset,
			      void *data, uint32_t size_bytes)
{
	(void)context;
	(void)uri;
	(void)uri_bytes;
	(void)offset;
	memset(data, 1, size_bytes);
	return (int)size_bytes;
}

static inline int bench_report(void *context, const struct hal_report *report)
{
	(void)report;
	((struct bench *)context)->reports++;
	return FW_OK;
}

static inline struct hal_region bench_region(const void *context, enum plan_region region)
{
	const struct hal_board *board = context;

	switch (region) {
	case PLAN_SLOT_A:
	case PLAN_SLOT_B:
		return board->slot[region - PLAN_SLOT_A];
	case PLAN_BOOTCTL_0:
	case PLAN_BOOTCTL_1:
	case PLAN_BOOTCTL_2:
		return board->bootctl[region - PLAN_BOOTCTL_0];
	case PLAN_EFUSE:
		return (struct hal_region){.size_bytes = HAL_EFUSE_BITS(board) * HAL_EFUSE_CELLS};
	case PLAN_FLASH:
		return (struct hal_region){.size_bytes = board->flash_bytes};
	default:
		return board->progress[region - PLAN_PROGRESS_0];
	}
}

static inline const uint8_t *bench_release(const void *context, const char *name,
					   uint32_t *size_bytes)
{
	(void)context;
	*size_bytes = !strcmp(name, "large") ? 3 * SECTOR : SECTOR + 1;
	return strcmp(name, "large") && strcmp(name, "small") ? NULL : zeros;
}

/* Opens the injector over the bench's chip, with this plan. */
static inline void bench_plan(struct bench *bench, const char *text)
{
	struct inject_places places = {.context = &bench->board,
				       .region = bench_region,
				       .release = bench_release,
				       .born = &bench->born};
	char why[128];

	if (plan_parse(text, &bench->plan, why, sizeof(why)))
		fail_msg("%s: %s", text, why);
	inject_open(&bench->inject, &bench->chip, &bench->plan, &places);
	bench->inject.watch = (struct inject_watch){.context = bench,
						    .op_before = bench_before,
						    .op_after = bench_after,
						    .violation = bench_violation,
						    .log = bench_log,
						    .power_off = bench_power_off,
						    .hang = bench_hang};
	bench->hal = &bench->inject.hal;
}

static inline int bench_open(void **state)
{
	struct bench *bench = calloc(1, sizeof(*bench));

	assert_non_null(bench);
	bench->board = (struct hal_board){
		.flash_bytes = 8 * SECTOR,
		.sector_bytes = SECTOR,
		.program_bytes = UNIT,
		.bootctl = {{0, SECTOR}, {SECTOR, SECTOR}},
		.progress = {{2 * SECTOR, SECTOR}, {3 * SECTOR, SECTOR}},
		.slot = {{4 * SECTOR, SECTOR}, {SLOT_B, 2 * SECTOR}},
		.counter_bits = 4,
		.key_count = 1,
	};
	chip_open(&bench->chip, &bench->board, 0);
	flash_copy(&bench->born, &bench->chip.flash);
	bench->chip.outside = (struct chip_outside){
		.fetch = bench_fetch, .report = bench_report, .context = bench};
	bench_plan(bench, "none");
	*state = bench;
	return 0;
}

static inline int bench_close(void **state)
{
	struct bench *bench = *state;

	flash_close(&bench->born);
	chip_close(&bench->chip);
	free(bench);
	return 0;
}

static inline int program(struct bench *bench, uint32_t offset)
{
	bench->hal->site = "here";
	return bench->hal->flash_program(bench->hal, offset, zeros, UNIT);
}

static inline int erase(struct bench *bench, uint32_t offset)
{
	return bench->hal->flash_erase(bench->hal, offset);
}

static inline uint8_t byte_at(struct bench *bench, uint32_t offset)
{
	uint8_t byte;

	assert_int_equal(flash_read(&bench->chip.flash, offset, &byte, 1), FW_OK);
	return byte;
}

#endif
