/*
 * Lives of a piece of firmware on a small chip, each under a plan of its own: a cut ends the life
 * and not the program, every op is kept to be cut later, and a failure prints the plans that led to
 * it.
 */
#ifndef TESTS_LIVES_FIXTURE_H
#define TESTS_LIVES_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "faults/inject.h"
#include "sim/cut_ways.h"

#define LIVES_MOST 4u	/* in a row */
#define LIFE_OPS   64u	/* of a life, at most */
#define LIFE_BYTES 128u /* of an op, at most */

struct life {
	struct plan plan;
	bool cut;
	uint32_t ops;
	struct inject_op op[LIFE_OPS];
	uint8_t data[LIFE_OPS][LIFE_BYTES];
};

struct lives {
	struct hal_board board;
	struct inject inject;
	jmp_buf off;
	struct life *life;	       /* that is lived now */
	struct plan plans[LIVES_MOST]; /* of the lives in a row */
	uint32_t count;
};

static inline void lives_fail(const struct lives *lives, const char *what)
{
	char text[PLAN_TEXT_BYTES];

	for (uint32_t i = 0; i < lives->count; i++) {
		plan_print(&lives->plans[i], text);
		print_error("life %u: %s\n", i + 1, text);
	}
	fail_msg("program unit %u: %s", lives->board.program_bytes, what);
}

static inline void lives_op_before(void *context, const struct inject_op *op)
{
	struct life *life = ((struct lives *)context)->life;

	assert_in_range(op->number, 1, LIFE_OPS - 1);
	life->ops = op->number;
	life->op[op->number] = *op;
	if (op->data) {
		assert_in_range(op->size_bytes, 1, LIFE_BYTES);
		memcpy(life->data[op->number], op->data, op->size_bytes);
		life->op[op->number].data = life->data[op->number];
	}
}

static inline void lives_power_off(void *context)
{
	longjmp(((struct lives *)context)->off, 1);
}

static inline void lives_violation(void *context, enum flash_violation what, uint32_t offset,
				   uint32_t size_bytes)
{
	char text[64];

	snprintf(text, sizeof(text), "violation %d at 0x%x, %u bytes", (int)what, offset,
		 size_bytes);
	lives_fail(context, text);
}

static inline struct hal_region lives_region(const void *context, enum plan_region region)
{
	const struct hal_board *board = context;

	return region >= PLAN_PROGRESS_0 ? board->progress[region - PLAN_PROGRESS_0]
					 : board->bootctl[region - PLAN_BOOTCTL_0];
}

/* A blank chip; the test lays out its board. */
static inline void lives_blank(struct lives *lives, struct chip *chip, uint32_t sectors,
			       uint32_t sector_bytes, uint32_t program_bytes)
{
	memset(lives, 0, sizeof(*lives));
	lives->board.sector_bytes = sector_bytes;
	lives->board.flash_bytes = sectors * sector_bytes;
	lives->board.program_bytes = program_bytes;
	chip_open(chip, &lives->board, 0);
}

/* Power comes on, and what live does is done on lives->inject.hal, up to where the plan cuts. */
static inline void lives_live(struct lives *lives, struct chip *chip, struct life *life,
			      void (*live)(struct lives *lives))
{
	struct inject_places places = {.context = &lives->board, .region = lives_region};

	lives->life = life;
	life->cut = true;
	life->ops = 0;
	inject_open(&lives->inject, chip, &life->plan, &places);
	lives->inject.watch = (struct inject_watch){.context = lives,
						    .op_before = lives_op_before,
						    .power_off = lives_power_off,
						    .violation = lives_violation};
	inject_life(&lives->inject);
	if (setjmp(lives->off))
		return;
	live(lives);
	life->cut = false;
}

static inline void lives_plan_add(struct plan *plan, const struct plan_fault *fault)
{
	assert_int_equal(plan_add(plan, fault), 0);
}

/* What weak cells read in so many ways: the reads that are chosen one by one. */
#define LIVES_PATTERNS(reads) ((1u << (reads)) + 1u)

/* Pattern bit i: weak read i of the life reads as before; the last pattern: all read mixed. */
static inline struct plan lives_pattern(uint32_t pattern, uint32_t reads)
{
	struct plan_fault weak = {.kind = PLAN_WEAK, .life = 1, .choice = PLAN_BEFORE};
	struct plan plan = {0};

	if (pattern == LIVES_PATTERNS(reads) - 1) {
		weak.choice = PLAN_MIX;
		lives_plan_add(&plan, &weak);
		return plan;
	}
	for (uint32_t i = 0; i < reads; i++) {
		weak.read = i + 1;
		if (pattern & 1u << i)
			lives_plan_add(&plan, &weak);
	}
	return plan;
}

/* The plan of life number at, cut in this way, as it will be told. */
static inline void lives_cut(struct lives *lives, uint32_t at, struct life *life,
			     const struct plan *weak, uint32_t op, struct plan_extent extent)
{
	life->plan = *weak;
	lives_plan_add(&life->plan,
		       &(struct plan_fault){.kind = PLAN_CUT, .op = op, .extent = extent});
	lives->plans[at] = life->plan;
}

#endif
