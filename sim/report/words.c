/* Words for ops, places, extents, faults and resets. */
#include "sim/report/words.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "device-model/firmware/fw_err.h"

const char *words_kind(enum inject_kind kind)
{
	static const char *const names[] = {"program", "erase", "burn", "flush"};

	return names[kind];
}

const char *words_kind_one(enum inject_kind kind)
{
	static const char *const names[] = {"a program", "an erase", "a burn", "a flush"};

	return names[kind];
}

const char *words_reset(enum hal_reset cause)
{
	switch (cause) {
	case HAL_RESET_POWER:
		return "power comes on";
	case HAL_RESET_SOFTWARE:
		return "restarted by the image";
	case HAL_RESET_WATCHDOG:
		return "restarted by the watchdog";
	case HAL_RESET_FAULT:
		return "restarted by a fault of the processor";
	case HAL_RESET_SELF_TEST:
		return "restarted by a failed self-test";
	}
	return "?";
}

const char *words_region(const struct scenario *scenario, const struct inject_op *op,
			 uint32_t *offset)
{
	if (op->kind == INJECT_BURN) {
		*offset = op->offset;
		return plan_region_name(PLAN_EFUSE);
	}
	for (int i = 0; op->kind != INJECT_FLUSH && i < PLAN_EFUSE; i++) {
		struct hal_region region = scenario_region(scenario, (enum plan_region)i);

		*offset = op->offset - region.offset;
		if (op->offset >= region.offset && *offset < region.size_bytes)
			return plan_region_name((enum plan_region)i);
	}
	*offset = op->offset;
	return "flash";
}

static void words_cell(const struct scenario *scenario, uint32_t cell, char text[WORDS_PLACE_BYTES])
{
	const struct hal_board *board = &scenario->board;
	uint32_t bit = cell / HAL_EFUSE_CELLS;

	if (bit < HAL_EFUSE_REVOKE(board))
		snprintf(text, WORDS_PLACE_BYTES, "efuse cell %u (counter bit %u)", cell, bit);
	else if (bit < HAL_EFUSE_SECURE_BOOT(board))
		snprintf(text, WORDS_PLACE_BYTES, "efuse cell %u (revokes key %s)", cell,
			 scenario->key_names[bit - HAL_EFUSE_REVOKE(board)]);
	else
		snprintf(text, WORDS_PLACE_BYTES, "efuse cell %u (secure boot)", cell);
}

void words_place(const struct scenario *scenario, const struct inject_op *op,
		 char text[WORDS_PLACE_BYTES])
{
	uint32_t offset;
	const char *region = words_region(scenario, op, &offset);

	if (op->kind == INJECT_BURN)
		words_cell(scenario, offset, text);
	else if (op->kind == INJECT_FLUSH)
		snprintf(text, WORDS_PLACE_BYTES, "%s", region);
	else
		snprintf(text, WORDS_PLACE_BYTES, "%s+0x%x", region, offset);
}

static void words_cut_burn(const struct plan_extent *extent, char text[WORDS_TEXT_BYTES])
{
	snprintf(text, WORDS_TEXT_BYTES, "%s",
		 extent->weak  ? "the cell is weak"
		 : extent->all ? "the cell is burnt, the call never returned"
			       : "the cell is as before");
}

static void words_cut_erase(const struct plan_extent *extent, char text[WORDS_TEXT_BYTES])
{
	if (extent->all)
		snprintf(text, WORDS_TEXT_BYTES, "%s",
			 extent->weak ? "it reads as erased and will not hold"
				      : "all of it is erased, the call never returned");
	else if (!extent->bytes && !extent->weak)
		snprintf(text, WORDS_TEXT_BYTES, "nothing is erased");
	else
		snprintf(text, WORDS_TEXT_BYTES, "the %s %u bytes are erased%s",
			 extent->back ? "last" : "first", extent->bytes,
			 extent->weak ? ", the word after them is weak" : "");
}

static void words_cut_program(const struct plan_extent *extent, char text[WORDS_TEXT_BYTES])
{
	if (extent->all)
		snprintf(text, WORDS_TEXT_BYTES, "all bytes landed, the call never returned");
	else if (extent->bits)
		snprintf(text, WORDS_TEXT_BYTES, "%u bytes and %u bits of the next landed",
			 extent->bytes, extent->bits);
	else if (extent->weak)
		snprintf(text, WORDS_TEXT_BYTES, "%u bytes landed, the word after them is weak",
			 extent->bytes);
	else if (extent->bytes)
		snprintf(text, WORDS_TEXT_BYTES, "%u byte%s landed", extent->bytes,
			 extent->bytes == 1 ? "" : "s");
	else
		snprintf(text, WORDS_TEXT_BYTES, "nothing landed");
}

static void words_cut_flush(const struct plan_extent *extent, char text[WORDS_TEXT_BYTES])
{
	if (extent->bytes)
		snprintf(text, WORDS_TEXT_BYTES, "%u bytes of the first one that is lost landed",
			 extent->bytes);
	else
		snprintf(text, WORDS_TEXT_BYTES, "%s",
			 extent->lost ? "it was under way"
				      : "all that was cached landed, the call never returned");
}

/* How many writes that were not flushed are lost, and which is the first. */
static void words_lost(uint32_t number, const struct plan_extent *extent, char *text,
		       size_t text_bytes)
{
	uint32_t count = 0, first = 0;

	for (uint32_t back = PLAN_LOST_MAX; back > 0; back--) {
		if (!(extent->lost >> (back - 1) & 1))
			continue;
		first = count ? first : number - back;
		count++;
	}
	if (count == 1)
		snprintf(text, text_bytes, "; op %u, not flushed, is lost", first);
	else if (count)
		snprintf(text, text_bytes,
			 "; %u ops that were not flushed, from op %u on, "
			 "are lost",
			 count, first);
}

void words_cut(const struct inject_op *op, const struct plan_extent *extent,
	       char text[WORDS_TEXT_BYTES])
{
	size_t used;

	switch (op->kind) {
	case INJECT_PROGRAM:
		words_cut_program(extent, text);
		break;
	case INJECT_ERASE:
		words_cut_erase(extent, text);
		break;
	case INJECT_BURN:
		words_cut_burn(extent, text);
		break;
	case INJECT_FLUSH:
		words_cut_flush(extent, text);
		break;
	}
	used = strlen(text);
	words_lost(op->number, extent, text + used, WORDS_TEXT_BYTES - used);
}

static const char *words_choice(enum plan_choice choice)
{
	switch (choice) {
	case PLAN_BEFORE:
		return "as before the op";
	case PLAN_MIX:
		return "as a mixture of before and after";
	case PLAN_AFTER:
		break;
	}
	return "as after the op";
}

/* A part of the chip that fails, lies or sticks. */
static void words_part(const struct plan_fault *fault, char text[WORDS_TEXT_BYTES])
{
	bool one = fault->region == PLAN_REGIONS;
	const char *region = one ? "" : plan_region_name(fault->region);

	assert(fault->kind != PLAN_CUT);
	switch (fault->kind) {
	case PLAN_FAIL:
		snprintf(text, WORDS_TEXT_BYTES, "%s%s fails and says so", one ? "this op" : region,
			 one ? "" : ", from here on,");
		return;
	case PLAN_LIE:
		snprintf(text, WORDS_TEXT_BYTES, "%s%s does nothing and reports success",
			 one ? "this op" : region, one ? "" : ", from here on,");
		return;
	case PLAN_MUTE:
		snprintf(text, WORDS_TEXT_BYTES, "%s can no longer be read", region);
		return;
	case PLAN_MISS:
		snprintf(text, WORDS_TEXT_BYTES, "read %u fails and says so", fault->op);
		return;
	case PLAN_STUCK:
		if (fault->region == PLAN_EFUSE)
			snprintf(text, WORDS_TEXT_BYTES, "efuse cell %u is stuck at %u",
				 fault->offset, fault->level);
		else
			snprintf(text, WORDS_TEXT_BYTES, "bit %u of %s+0x%x is stuck at %u",
				 fault->bit, region, fault->offset, fault->level);
		return;
	case PLAN_SAG:
		snprintf(text, WORDS_TEXT_BYTES,
			 "%u op%s happened by half and reported success; then the power failed",
			 fault->ops, fault->ops == 1 ? "" : "s");
		return;
	case PLAN_CLOCK:
		if (fault->ms == 0)
			snprintf(text, WORDS_TEXT_BYTES, "the clock stands still, from here on");
		else
			snprintf(text, WORDS_TEXT_BYTES, "the clock jumps %s by %u ms",
				 fault->backward ? "back" : "ahead", fault->ms);
		return;
	case PLAN_ROT:
		snprintf(text, WORDS_TEXT_BYTES, "%u bit%s of %s rot%s", fault->bits,
			 fault->bits == 1 ? "" : "s", region, fault->bits == 1 ? "s" : "");
		return;
	default:
		return;
	}
}

void words_fault(const struct plan_fault *fault, char text[WORDS_TEXT_BYTES])
{
	const char *region = fault->region < PLAN_REGIONS ? plan_region_name(fault->region) : "";
	const char *onward = fault->onward ? ", from here on" : "";

	switch (fault->kind) {
	case PLAN_WEAK:
		if (fault->single && fault->region == PLAN_EFUSE)
			snprintf(text, WORDS_TEXT_BYTES, "weak efuse cell %u reads %s%s",
				 fault->offset, words_choice(fault->choice), onward);
		else if (fault->single)
			snprintf(text, WORDS_TEXT_BYTES, "weak bit %u of %s+0x%x reads %s%s",
				 fault->bit, region, fault->offset, words_choice(fault->choice),
				 onward);
		else if (fault->read)
			snprintf(text, WORDS_TEXT_BYTES, "read %u of weak cells: %s%s", fault->read,
				 words_choice(fault->choice), onward);
		else
			snprintf(text, WORDS_TEXT_BYTES, "weak cells read %s%s",
				 words_choice(fault->choice),
				 fault->onward ? onward : ", in this life");
		return;
	case PLAN_FLIP:
		if (fault->region == PLAN_EFUSE)
			snprintf(text, WORDS_TEXT_BYTES, "efuse cell %u flips", fault->offset);
		else
			snprintf(text, WORDS_TEXT_BYTES, "bit %u of %s+0x%x flips", fault->bit,
				 region, fault->offset);
		return;
	case PLAN_ERASE:
		snprintf(text, WORDS_TEXT_BYTES, "other hands erase %s", region);
		return;
	case PLAN_WRITE:
		snprintf(text, WORDS_TEXT_BYTES, "other hands write %s into %s", fault->release,
			 region);
		return;
	case PLAN_SWAP:
		snprintf(text, WORDS_TEXT_BYTES, "other hands exchange %s and %s", region,
			 plan_region_name(fault->other));
		return;
	case PLAN_BACK:
		snprintf(text, WORDS_TEXT_BYTES,
			 "other hands put %s back to what it was at the start", region);
		return;
	case PLAN_PATCH:
		snprintf(text, WORDS_TEXT_BYTES, "other hands write %u byte%s at %s+0x%x",
			 fault->bytes_count, fault->bytes_count == 1 ? "" : "s", region,
			 fault->offset);
		return;
	default:
		words_part(fault, text);
		return;
	}
}

void words_report(const struct hal_report *report, char text[WORDS_TEXT_BYTES])
{
	int used = snprintf(text, WORDS_TEXT_BYTES,
			    "slot %c, %u.%u.%u, %sconfirmed, security counter %u",
			    report->slot < 2 ? 'A' + (char)report->slot : '?',
			    report->version.major, report->version.minor, report->version.revision,
			    report->confirmed ? "" : "un", report->security_counter);

	/* Far below its room, as every field has a bounded width. */
	if (report->revoked)
		used += snprintf(text + used, (size_t)(WORDS_TEXT_BYTES - used), ", revoked 0x%x",
				 report->revoked);
	if (report->sequence_confirmed)
		used += snprintf(text + used, (size_t)(WORDS_TEXT_BYTES - used),
				 ", manifest %llu confirmed",
				 (unsigned long long)report->sequence_confirmed);
	if (report->sequence_given_up)
		used += snprintf(text + used, (size_t)(WORDS_TEXT_BYTES - used), ", %llu given up",
				 (unsigned long long)report->sequence_given_up);
	if (report->refused)
		snprintf(text + used, (size_t)(WORDS_TEXT_BYTES - used), ", refused%s: %s",
			 report->sequence_refused ? " a manifest" : "",
			 fw_err_text(report->refused));
}
