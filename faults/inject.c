/* The fault injector: a hal that counts ops, cuts them, and lets the plan have its way. */
#include "faults/inject.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faults/inject_rest.h"
#include "faults/inject_weak.h"

#define INJECT_SCRUB_BYTES 16384u /* more than frames between two ops take, as a rule */

static struct inject *inject_of(struct hal *hal)
{
	return (struct inject *)hal;
}

/* Every call of the firmware passes here: after the power is gone, none does anything. */
static bool inject_alive(struct inject *inject)
{
	if (inject->dead)
		return false;
	if (++inject->calls > inject->calls_max && inject->watch.hang) {
		inject->calls = 0;
		inject->watch.hang(inject->watch.context);
	}
	return !inject->dead;
}

bool inject_fits(const struct hal_board *board, enum inject_kind kind, uint32_t size_bytes,
		 const struct plan_extent *extent)
{
	bool sized = extent->bytes || extent->bits || extent->back;

	if (extent->lost)
		return false;
	switch (kind) {
	case INJECT_FLUSH:
		return !sized && !extent->weak;
	case INJECT_BURN:
		return !sized && !(extent->all && extent->weak);
	case INJECT_ERASE:
		/* Behind the whole sector there is no word that could be weak. */
		return !extent->bits && !(extent->back && extent->weak) &&
		       extent->bytes + (extent->weak ? 1u : 0u) <= board->sector_bytes;
	case INJECT_PROGRAM:
		return !extent->back && !(extent->all && extent->weak) &&
		       extent->bytes + (extent->bits || extent->weak ? 1u : 0u) <= size_bytes;
	}
	return false;
}

/* The write of that number is in the cache; how many bytes it sets. 0: it is not. */
static uint32_t inject_unflushed(const struct flash *flash, uint32_t number)
{
	struct flash_unflushed writes[FLASH_CACHE_MAX];
	uint32_t count = flash_unflushed(flash, writes);

	for (uint32_t i = 0; i < count; i++)
		if (writes[i].stamp == number)
			return writes[i].size_bytes;
	return 0;
}

/* The same on a block device, where all that is lost must be there to be lost. */
static bool inject_fits_cached(const struct chip *chip, const struct inject_op *op,
			       const struct plan_extent *extent)
{
	struct plan_extent bare = *extent;
	uint32_t first_bytes = 0;

	bare.lost = 0;
	for (uint32_t back = 64; back > 0; back--) {
		uint32_t bytes;

		if (!(extent->lost >> (back - 1) & 1))
			continue;
		bytes = inject_unflushed(&chip->flash, op->number - back);
		if (!bytes)
			return false;
		first_bytes = first_bytes ? first_bytes : bytes;
	}
	if (op->kind == INJECT_FLUSH && extent->bytes) {
		if (extent->bytes >= first_bytes || extent->back)
			return false;
		bare.bytes = 0;
	}
	return !bare.bits && (!bare.weak || op->kind == INJECT_BURN) &&
	       inject_fits(chip->hal.board, op->kind, op->size_bytes, &bare);
}

static bool inject_fits_chip(const struct chip *chip, const struct inject_op *op,
			     const struct plan_extent *extent)
{
	return chip->flash.cache_writes
		       ? inject_fits_cached(chip, op, extent)
		       : inject_fits(chip->hal.board, op->kind, op->size_bytes, extent);
}

bool inject_cut_cells(struct chip *chip, const struct inject_op *op,
		      const struct plan_extent *extent)
{
	struct flash_cut cut = {.bytes = extent->bytes,
				.bits = extent->bits,
				.all = extent->all,
				.back = extent->back,
				.weak = extent->weak};

	switch (op->kind) {
	case INJECT_PROGRAM:
		return !flash_program_cut(&chip->flash, op->offset, op->data, op->size_bytes, &cut);
	case INJECT_ERASE:
		return !flash_erase_cut(&chip->flash, op->offset, &cut);
	case INJECT_BURN:
		return !efuse_burn_cut(&chip->efuse, op->offset, extent->all, extent->weak);
	case INJECT_FLUSH:
		return !extent->all || !flash_flush(&chip->flash);
	}
	return false;
}

/* The cut that the plan has for this op, or -1. */
static int inject_cut_planned(const struct inject *inject, const struct inject_op *op)
{
	for (uint32_t i = 0; i < inject->plan->count; i++) {
		const struct plan_fault *fault = &inject->plan->faults[i];

		if (fault->kind == PLAN_CUT && fault->op == op->number &&
		    inject_fits_chip(inject->chip, op, &fault->extent))
			return (int)i;
	}
	return -1;
}

/* What a cache has not brought to the cells goes as the cut says. */
static void inject_power_off(struct inject *inject, const struct inject_op *op)
{
	bool flush = op->kind == INJECT_FLUSH;

	flash_power_off(&inject->chip->flash, op->number, op->cut->lost,
			flush ? op->cut->bytes : 0);
}

/* Carries out the op, or as much of it as its cut leaves. */
static void inject_carry_out(struct inject *inject, struct inject_op *op)
{
	static const struct plan_extent whole = {.all = true};

	inject->chip->flash.stamp = op->number;
	op->carried_out = inject_cut_cells(inject->chip, op, op->cut ? op->cut : &whole);
	if (op->cut)
		inject_power_off(inject, op);
	inject_stick(inject);
	/* Who watches sees what the op left, before other hands change it. */
	if (inject->watch.op_after)
		inject->watch.op_after(inject->watch.context, op);
	inject_after(inject, op->number);
}

void inject_cut_now(struct inject *inject, struct inject_op *op, uint32_t fault)
{
	inject_mark(inject, fault);
	inject_carry_out(inject, op);
	inject->dead = true;
}

/* An op that does not happen, or by half, though the power is there. Returns what it reports. */
static int inject_op_bad(struct inject *inject, struct inject_op *op, enum inject_bad bad)
{
	struct plan_extent *half = &inject->half;

	*half = (struct plan_extent){.bytes = op->size_bytes / 2};
	inject->chip->flash.stamp = op->number;
	if (bad == INJECT_HALF || bad == INJECT_LAST) {
		op->carried_out = inject_cut_cells(inject->chip, op, half);
		inject_stick(inject);
	}
	/* Who was told that the sector is erased programs it, and the cells take what they can. */
	if (bad != INJECT_FAILS && op->kind == INJECT_ERASE)
		flash_pretend(&inject->chip->flash, op->offset);
	/* Of a sag the last op is the one that the power fails in. */
	if (bad == INJECT_LAST) {
		op->cut = half;
		inject_power_off(inject, op);
	}
	if (inject->watch.op_after)
		inject->watch.op_after(inject->watch.context, op);
	inject_after(inject, op->number);
	if (bad != INJECT_LAST)
		return bad == INJECT_FAILS ? FW_ERR_IO : FW_OK;
	inject->dead = true;
	inject->watch.power_off(inject->watch.context);
	return FW_ERR_IO;
}

/* Every op goes through here: numbered, shown, cut or carried out, shown again. */
static int inject_op_run(struct inject *inject, struct inject_op *op)
{
	const struct inject_watch *watch = &inject->watch;
	enum inject_bad bad;
	int planned;

	op->number = ++inject->op;
	op->life = inject->life;
	op->site = inject->hal.site;
	if (watch->op_before)
		watch->op_before(watch->context, op);
	planned = inject_cut_planned(inject, op);
	if (planned >= 0) {
		op->cut = &inject->plan->faults[planned].extent;
		inject_mark(inject, (uint32_t)planned);
	}
	bad = planned < 0 ? inject_bad_op(inject, op) : INJECT_FINE;
	if (bad != INJECT_FINE)
		return inject_op_bad(inject, op, bad);
	inject_carry_out(inject, op);
	if (!op->cut)
		return op->carried_out ? FW_OK : FW_ERR_IO;
	inject->dead = true;
	watch->power_off(watch->context);
	return FW_ERR_IO;
}

__attribute__((noinline)) static void inject_scrub_below(void)
{
	uint8_t dead[INJECT_SCRUB_BYTES];

	memset(dead, 0, sizeof(dead));
	__asm__ volatile("" : : "r"(dead) : "memory"); /* not to be optimized away */
}

void inject_scrub(const struct inject *inject)
{
	if (inject->ram_high)
		inject_scrub_below();
}

/* The frame below the firmware's own, in which its registers are. */
__attribute__((noinline)) static int inject_op_enter(struct hal *hal, enum inject_kind kind,
						     uint32_t offset, const void *data,
						     uint32_t size_bytes)
{
	struct inject *inject = inject_of(hal);
	struct inject_op op = {
		.kind = kind, .offset = offset, .size_bytes = size_bytes, .data = data};

	/* Above the return address into it. */
	inject->ram_low = (const uint8_t *)__builtin_frame_address(0) + 2 * sizeof(void *);
	return inject_alive(inject) ? inject_op_run(inject, &op) : FW_ERR_IO;
}

/* Puts the firmware's registers on its stack and goes on below. */
#define INJECT_OP(...)                              \
	do {                                        \
		int err;                            \
                                                    \
		__builtin_unwind_init();            \
		err = inject_op_enter(__VA_ARGS__); \
		inject_scrub(inject_of(hal));       \
		return err;                         \
	} while (0)

static int inject_flash_program(struct hal *hal, uint32_t offset, const void *data,
				uint32_t size_bytes)
{
	INJECT_OP(hal, INJECT_PROGRAM, offset, data, size_bytes);
}

static int inject_flash_erase(struct hal *hal, uint32_t offset)
{
	INJECT_OP(hal, INJECT_ERASE, offset, NULL, hal->board->sector_bytes);
}

static int inject_efuse_burn(struct hal *hal, uint32_t cell)
{
	INJECT_OP(hal, INJECT_BURN, cell, NULL, 0);
}

static int inject_flash_read(struct hal *hal, uint32_t offset, void *data, uint32_t size_bytes)
{
	struct inject *inject = inject_of(hal);
	int err;

	if (!inject_alive(inject) || inject_missed(inject) ||
	    inject_muted(inject, offset, size_bytes))
		return FW_ERR_IO;
	err = inject->chip->hal.flash_read(&inject->chip->hal, offset, data, size_bytes);
	inject_after_read(inject, false, offset, size_bytes);
	return err;
}

static int inject_flash_flush(struct hal *hal)
{
	struct inject *inject = inject_of(hal);

	if (inject->chip->flash.cache_writes)
		INJECT_OP(hal, INJECT_FLUSH, 0, NULL, 0);
	return inject_alive(inject) ? inject->chip->hal.flash_flush(&inject->chip->hal) : FW_ERR_IO;
}

static int inject_efuse_read(struct hal *hal, uint32_t cell, bool *burnt)
{
	struct inject *inject = inject_of(hal);
	int err;

	if (!inject_alive(inject) || inject_missed(inject) || inject_muted_efuse(inject))
		return FW_ERR_IO;
	err = inject->chip->hal.efuse_read(&inject->chip->hal, cell, burnt);
	inject_after_read(inject, true, cell, 1);
	return err;
}

static uint32_t inject_clock_ms(struct hal *hal)
{
	struct inject *inject = inject_of(hal);

	/* The chip's own is the time that passes, whatever its clock makes of that. */
	return inject_alive(inject)
		       ? inject_clock_reads(inject, inject->chip->hal.clock_ms(&inject->chip->hal))
		       : 0;
}

__attribute__((format(printf, 2, 3))) static void inject_log(struct hal *hal, const char *format,
							     ...)
{
	struct inject *inject = inject_of(hal);
	char text[256];
	va_list list;

	inject_scrub(inject);
	if (!inject_alive(inject) || !inject->watch.log)
		return;
	va_start(list, format);
	vsnprintf(text, sizeof(text), format, list);
	va_end(list);
	inject->watch.log(inject->watch.context, hal->site, text);
}

static int inject_fetch(struct hal *hal, const char *uri, uint32_t uri_bytes, uint32_t offset,
			void *data, uint32_t size_bytes)
{
	struct inject *inject = inject_of(hal);

	if (!inject_alive(inject))
		return FW_ERR_IO;
	return inject->chip->hal.fetch(&inject->chip->hal, uri, uri_bytes, offset, data,
				       size_bytes);
}

static int inject_report(struct hal *hal, const struct hal_report *report)
{
	struct inject *inject = inject_of(hal);
	int err;

	if (!inject_alive(inject))
		return FW_ERR_IO;
	err = inject->chip->hal.report(&inject->chip->hal, report);
	inject_scrub(inject);
	return err;
}

static enum hal_reset inject_reset_cause(struct hal *hal)
{
	struct inject *inject = inject_of(hal);

	return inject->chip->hal.reset_cause(&inject->chip->hal);
}

static void inject_watchdog_feed(struct hal *hal)
{
	struct inject *inject = inject_of(hal);

	if (inject_alive(inject))
		inject->chip->hal.watchdog_feed(&inject->chip->hal);
}

__attribute__((noreturn)) static void inject_restart(struct hal *hal, enum hal_reset cause)
{
	struct inject *inject = inject_of(hal);

	inject->chip->hal.restart(&inject->chip->hal, cause);
}

__attribute__((noreturn)) static void inject_jump(struct hal *hal,
						  const struct hal_handover *handover)
{
	struct inject *inject = inject_of(hal);

	inject_at_jump(inject);
	inject->chip->hal.jump(&inject->chip->hal, handover);
}

static void inject_violation(void *context, enum flash_violation what, uint32_t offset,
			     uint32_t size_bytes)
{
	struct inject *inject = context;

	if (inject->watch.violation)
		inject->watch.violation(inject->watch.context, what, offset, size_bytes);
}

static void inject_fill(struct inject *inject)
{
	struct hal *hal = &inject->hal;

	*hal = inject->chip->hal; /* crypto knows no context and is taken as it is */
	hal->flash_read = inject_flash_read;
	hal->flash_program = inject_flash_program;
	hal->flash_erase = inject_flash_erase;
	hal->flash_flush = inject_flash_flush;
	hal->efuse_read = inject_efuse_read;
	hal->efuse_burn = inject_efuse_burn;
	hal->clock_ms = inject_clock_ms;
	hal->log = inject_log;
	hal->fetch = inject_fetch;
	hal->report = inject_report;
	hal->reset_cause = inject_reset_cause;
	hal->watchdog_feed = inject_watchdog_feed;
	hal->restart = inject_restart;
	hal->jump = inject_jump;
}

void inject_move(struct inject *inject, struct chip *chip, const struct plan *plan)
{
	inject->chip = chip;
	inject->plan = plan;
	inject_fill(inject);
	inject_weak_wire(inject);
	chip->flash.violation = inject_violation;
	chip->flash.violation_context = inject;
}

void inject_open(struct inject *inject, struct chip *chip, const struct plan *plan,
		 const struct inject_places *places)
{
	const struct hal_board *board = chip->hal.board;

	memset(inject, 0, sizeof(*inject));
	inject->places = *places;
	/* An honest life reads its flash a few times over, in pieces of at least 16 bytes. */
	inject->calls_max = 100000u + board->flash_bytes;
	inject_move(inject, chip, plan);
}

void inject_life(struct inject *inject)
{
	inject->life++;
	inject->dead = false;
	inject->weak_reads = 0;
	inject->calls = 0;
	inject->chip->clock_ms = 0;
	inject->clock_skew = inject->clock_at = 0;
	/* The power went while the device was at rest, and had been for long. */
	if (inject->chip->cause == HAL_RESET_POWER)
		flash_settle(&inject->chip->flash);
	if (inject->life == 1)
		inject_after(inject, 0);
	inject_before_life(inject);
	inject_stick(inject);
}

bool inject_fired(const struct inject *inject)
{
	return inject->fired == (1u << inject->plan->count) - 1u;
}
