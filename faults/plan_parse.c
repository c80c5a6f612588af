/* Plans out of text: a parser that accepts nothing but what the printer writes. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "faults/plan.h"

/* The text that is read, how far, and where the reason for a refusal goes. */
struct plan_text {
	const char *start, *at;
	char *why;
	size_t why_bytes;
};

__attribute__((format(printf, 3, 4))) static int text_refuse(const struct plan_text *text,
							     const char *at, const char *format,
							     ...)
{
	va_list values;

	int used = snprintf(text->why, text->why_bytes,
			    "character %zu: ", (size_t)(at - text->start) + 1);
	if (used < 0 || (size_t)used >= text->why_bytes)
		return -1;
	va_start(values, format);
	(void)vsnprintf(text->why + used, text->why_bytes - (size_t)used, format, values);
	va_end(values);
	return -1;
}

static bool text_take(struct plan_text *text, const char *word)
{
	size_t bytes = strlen(word);

	if (strncmp(text->at, word, bytes) != 0)
		return false;
	text->at += bytes;
	return true;
}

static int text_need(struct plan_text *text, const char *word, const char *before)
{
	if (text_take(text, word))
		return 0;
	return text_refuse(text, text->at, "'%s' is missing, expected it before %s", word, before);
}

static int digit_value(char c, uint32_t base)
{
	int value = -1;

	if (c >= '0' && c <= '9')
		value = c - '0';
	else if (c >= 'a' && c <= 'f')
		value = c - 'a' + 10;
	return value < (int)base ? value : -1;
}

static int text_digits(struct plan_text *text, const char *what, uint32_t base, uint32_t min,
		       uint32_t max, uint32_t *number)
{
	const char *start = text->at;
	uint64_t value = 0;

	if (digit_value(*start, base) < 0)
		return text_refuse(text, start, "no %s, expected a number from %" PRIu32, what,
				   min);
	if (start[0] == '0' && digit_value(start[1], base) >= 0)
		return text_refuse(text, start, "%s has a leading zero, expected none", what);
	for (; digit_value(*text->at, base) >= 0; text->at++) {
		value = value * base + (uint64_t)digit_value(*text->at, base);
		if (value > max)
			return text_refuse(text, start, "%s is too high, expected at most %" PRIu32,
					   what, max);
	}
	if (value < min)
		return text_refuse(text, start, "%s is too low, expected at least %" PRIu32, what,
				   min);
	*number = (uint32_t)value;
	return 0;
}

static int text_number(struct plan_text *text, const char *what, uint32_t min, uint32_t max,
		       uint32_t *number)
{
	return text_digits(text, what, 10, min, max, number);
}

static int text_region(struct plan_text *text, enum plan_region *region)
{
	for (uint32_t i = 0; i < PLAN_REGIONS; i++) {
		if (text_take(text, plan_region_name((enum plan_region)i))) {
			*region = (enum plan_region)i;
			return 0;
		}
	}
	return text_refuse(text, text->at,
			   "no such region, expected slot_a, slot_b, bootctl_0 to bootctl_2, "
			   "bootctl, progress_0, progress_1, progress, efuse or flash");
}

static int text_extent_forward(struct plan_text *text, struct plan_extent *extent)
{
	uint32_t bits;

	if (text_take(text, "all")) {
		extent->all = true;
		extent->weak = text_take(text, "~");
		return 0;
	}
	if (digit_value(*text->at, 10) < 0)
		return text_refuse(text, text->at, "no extent, expected a number of bytes or all");
	if (text_number(text, "number of bytes", 0, UINT32_MAX, &extent->bytes) != 0)
		return -1;
	if (text_take(text, ".")) {
		if (text_number(text, "number of bits", 1, 7, &bits) != 0)
			return -1;
		extent->bits = (uint8_t)bits;
		if (*text->at == '~')
			return text_refuse(text, text->at, "'~' after bits, expected bits or '~'");
		return 0;
	}
	extent->weak = text_take(text, "~");
	return 0;
}

static int text_extent(struct plan_text *text, struct plan_extent *extent)
{
	if (text_take(text, "+"))
		return text_extent_forward(text, extent);
	if (!text_take(text, "-"))
		return text_refuse(text, text->at, "no extent, expected '+' or '-' after the op");
	/* "-0" would be a second text of "+0". */
	extent->back = true;
	if (text_number(text, "number of bytes", 1, UINT32_MAX, &extent->bytes) != 0)
		return -1;
	if (*text->at == '.' || *text->at == '~')
		return text_refuse(text, text->at,
				   "'%c' after bytes from the back, expected whole bytes there",
				   *text->at);
	return 0;
}

/* Ops that a cut loses, in the one way to write them: they rise, and neighbours are a run. */
static int text_lost(struct plan_text *text, struct plan_fault *cut)
{
	uint32_t low = cut->op > PLAN_LOST_MAX ? cut->op - PLAN_LOST_MAX : 1, first, last;

	do {
		if (low >= cut->op)
			return text_refuse(text, text->at,
					   "no op between the last one lost and the cut, expected "
					   "ops that rise, neighbours as a run");
		if (text_number(text, "op lost", low, cut->op - 1, &first) != 0)
			return -1;
		last = first;
		if (text_take(text, "-") &&
		    text_number(text, "last op lost", first + 1, cut->op - 1, &last) != 0)
			return -1;
		for (uint32_t op = first; op <= last; op++)
			cut->extent.lost |= (uint64_t)1 << (cut->op - op - 1);
		low = last + 1 < cut->op ? last + 2 : cut->op;
	} while (text_take(text, "."));
	return 0;
}

static int text_cut(struct plan_text *text, struct plan_fault *fault)
{
	if (text_number(text, "op", 1, UINT32_MAX, &fault->op) != 0 ||
	    text_extent(text, &fault->extent) != 0)
		return -1;
	return text_take(text, "/") ? text_lost(text, fault) : 0;
}

static int text_offset(struct plan_text *text, struct plan_fault *fault)
{
	if (text_need(text, ":", "the offset") != 0)
		return -1;
	if (!text_take(text, "0x"))
		return text_refuse(text, text->at, "no offset, expected 0x and hex digits");
	return text_digits(text, "offset", 16, 0, UINT32_MAX, &fault->offset);
}

static int text_bit(struct plan_text *text, struct plan_fault *fault)
{
	uint32_t bit;

	if (text_offset(text, fault) != 0 || text_need(text, ".", "the bit") != 0 ||
	    text_number(text, "bit", 0, fault->region == PLAN_EFUSE ? 0 : 7, &bit) != 0)
		return -1;
	fault->bit = (uint8_t)bit;
	return 0;
}

/* The region of a single bit, if the text has one. */
static bool text_has_region(const struct plan_text *text)
{
	struct plan_text ahead = *text;

	for (int i = PLAN_AFTER; i <= PLAN_MIX; i++)
		if (text_take(&ahead, plan_choice_name((enum plan_choice)i)))
			return false;
	return *ahead.at >= 'a' && *ahead.at <= 'z';
}

static int text_choice(struct plan_text *text, struct plan_fault *fault)
{
	for (int i = PLAN_AFTER; i <= (fault->single ? PLAN_BEFORE : PLAN_MIX); i++) {
		if (text_take(text, plan_choice_name((enum plan_choice)i))) {
			fault->choice = (enum plan_choice)i;
			return 0;
		}
	}
	return text_refuse(text, text->at,
			   fault->single ? "no such choice, expected before or after"
					 : "no such choice, expected before, after or mix");
}

static int text_single(struct plan_text *text, struct plan_fault *fault)
{
	fault->single = true;
	if (text_region(text, &fault->region) != 0 || text_bit(text, fault) != 0)
		return -1;
	return text_need(text, ":", "the choice");
}

static int text_weak(struct plan_text *text, struct plan_fault *fault)
{
	if (text_number(text, "life", 1, UINT32_MAX, &fault->life) != 0)
		return -1;
	fault->onward = text_take(text, "+");
	if (text_take(text, ".") && text_number(text, "read", 1, UINT32_MAX, &fault->read) != 0)
		return -1;
	if (text_need(text, ":", "the choice") != 0)
		return -1;
	if (!fault->read && text_has_region(text) && text_single(text, fault) != 0)
		return -1;
	return text_choice(text, fault);
}

static int text_level(struct plan_text *text, struct plan_fault *fault)
{
	uint32_t level;

	if (text_bit(text, fault) != 0 || text_need(text, ":", "the level") != 0 ||
	    text_number(text, "level", 0, 1, &level) != 0)
		return -1;
	fault->level = (uint8_t)level;
	return 0;
}

static int text_patch(struct plan_text *text, struct plan_fault *fault)
{
	if (text_offset(text, fault) != 0 || text_need(text, ":", "the bytes") != 0)
		return -1;
	while (digit_value(text->at[0], 16) >= 0 && digit_value(text->at[1], 16) >= 0) {
		if (fault->bytes_count == PLAN_PATCH_MAX)
			return text_refuse(text, text->at, "too many bytes, expected at most %d",
					   PLAN_PATCH_MAX);
		fault->bytes[fault->bytes_count++] =
			(uint8_t)(digit_value(text->at[0], 16) * 16 + digit_value(text->at[1], 16));
		text->at += 2;
	}
	return fault->bytes_count > 0
		       ? 0
		       : text_refuse(text, text->at, "no bytes, expected two hex digits for each");
}

static int text_sag(struct plan_text *text, struct plan_fault *fault)
{
	if (text_number(text, "op", 1, UINT32_MAX, &fault->op) != 0 ||
	    text_need(text, ".", "the number of ops") != 0)
		return -1;
	return text_number(text, "number of ops", 1, PLAN_SAG_MAX, &fault->ops);
}

/* What lasts: from an op on, or, of fail and lie, that op alone. */
static int text_lasting(struct plan_text *text, struct plan_fault *fault)
{
	bool one = fault->kind == PLAN_FAIL || fault->kind == PLAN_LIE;
	const char *start = text->at;

	if (text_number(text, "op", 0, UINT32_MAX, &fault->op) != 0)
		return -1;
	fault->region = PLAN_REGIONS;
	if (one && *text->at != ':')
		return fault->op > 0 ? 0
				     : text_refuse(text, start,
						   "op is too low, expected at least 1, or a "
						   "region");
	if (text_need(text, ":", "the region") != 0 || text_region(text, &fault->region) != 0)
		return -1;
	return fault->kind == PLAN_STUCK ? text_level(text, fault) : 0;
}

static int text_clock(struct plan_text *text, struct plan_fault *fault)
{
	if (text_number(text, "op", 0, UINT32_MAX, &fault->op) != 0)
		return -1;
	if (text_take(text, ":stops"))
		return 0;
	fault->backward = text_take(text, "-");
	if (!fault->backward && !text_take(text, "+"))
		return text_refuse(text, text->at,
				   "nothing befalls the clock, expected '+', '-' or ':stops' after "
				   "the op");
	return text_number(text, "number of milliseconds", 1, UINT32_MAX, &fault->ms);
}

static int text_when(struct plan_text *text, struct plan_fault *fault)
{
	for (int i = PLAN_AT_REST; i <= PLAN_AT_JUMP; i++) {
		if (text_take(text, plan_when_name((enum plan_when)i))) {
			fault->when = (enum plan_when)i;
			fault->nth = 1;
			return text_take(text, ".")
				       ? text_number(text, "time", 2, UINT32_MAX, &fault->nth)
				       : 0;
		}
	}
	if (text_take(text, plan_when_name(PLAN_AT_LIFE))) {
		fault->when = PLAN_AT_LIFE;
		return text_number(text, "life", 1, UINT32_MAX, &fault->life);
	}
	if (digit_value(*text->at, 10) < 0)
		return text_refuse(text, text->at,
				   "no op, expected a number from 0, life, rest, read or jump");
	return text_number(text, "op", 0, UINT32_MAX, &fault->op);
}

static int text_rot(struct plan_text *text, struct plan_fault *fault)
{
	if (text_need(text, ":", "the number of bits") != 0 ||
	    text_number(text, "number of bits", 1, PLAN_ROT_MAX, &fault->bits) != 0 ||
	    text_need(text, ".", "the seed") != 0)
		return -1;
	return text_number(text, "seed", 0, UINT32_MAX, &fault->seed);
}

static int text_release(struct plan_text *text, struct plan_fault *fault)
{
	size_t bytes;

	if (text_need(text, ":", "the release") != 0)
		return -1;
	bytes = plan_name_bytes(text->at);
	if (bytes == 0)
		return text_refuse(text, text->at,
				   "no release, expected a name of a-z, 0-9 and inner '-'");
	if (bytes >= sizeof(fault->release))
		return text_refuse(text, text->at, "name is too long, expected at most %zu bytes",
				   sizeof(fault->release) - 1);
	memcpy(fault->release, text->at, bytes);
	text->at += bytes;
	return 0;
}

static int text_at_rest(struct plan_text *text, struct plan_fault *fault)
{
	const char *region;

	if (text_when(text, fault) != 0 || text_need(text, ":", "the region") != 0)
		return -1;
	region = text->at;
	if (text_region(text, &fault->region) != 0)
		return -1;
	/* A fuse does not come back, and an image fits nowhere but in a slot. */
	if (fault->kind > PLAN_ROT && fault->region == PLAN_EFUSE)
		return text_refuse(text, region, "efuse cannot be %s, expected flash",
				   fault->kind == PLAN_ERASE ? "erased" : "written");
	if (fault->kind == PLAN_WRITE && fault->region > PLAN_SLOT_B)
		return text_refuse(text, region,
				   "an image is for slots, expected slot_a or slot_b");
	switch (fault->kind) {
	case PLAN_FLIP:
		return text_bit(text, fault);
	case PLAN_ROT:
		return text_rot(text, fault);
	case PLAN_WRITE:
		return text_release(text, fault);
	case PLAN_PATCH:
		return text_patch(text, fault);
	case PLAN_SWAP:
		if (text_need(text, ":", "the other region") != 0)
			return -1;
		region = text->at;
		if (text_region(text, &fault->other) != 0)
			return -1;
		return fault->other == PLAN_EFUSE || fault->other == fault->region
			       ? text_refuse(text, region,
					     "nothing to exchange, expected another region of the "
					     "flash")
			       : 0;
	default:
		return 0;
	}
}

static int text_fault(struct plan_text *text, struct plan_fault *fault)
{
	for (int i = 0; i < PLAN_KINDS; i++) {
		if (!text_take(text, plan_kind_name((enum plan_kind)i)))
			continue;
		fault->kind = (enum plan_kind)i;
		switch (fault->kind) {
		case PLAN_CUT:
			return text_cut(text, fault);
		case PLAN_WEAK:
			return text_weak(text, fault);
		case PLAN_SAG:
			return text_sag(text, fault);
		case PLAN_MISS:
			fault->region = PLAN_REGIONS;
			return text_number(text, "read", 1, UINT32_MAX, &fault->op);
		case PLAN_CLOCK:
			return text_clock(text, fault);
		case PLAN_FAIL:
		case PLAN_LIE:
		case PLAN_MUTE:
		case PLAN_STUCK:
			return text_lasting(text, fault);
		default:
			return text_at_rest(text, fault);
		}
	}
	return text_refuse(
		text, text->at,
		"no such fault, expected cut=, weak=, fail=, lie=, mute=, miss=, stuck=, "
		"sag=, clock=, flip=, rot=, erase=, write=, swap=, back= or patch=");
}

int plan_parse(const char *source, struct plan *plan, char *why, size_t why_bytes)
{
	struct plan_text text = {source, source, why, why_bytes};
	uint32_t op_cut = 0;

	*plan = (struct plan){0};
	if (strcmp(source, "none") == 0)
		return 0;
	do {
		struct plan_fault fault = {0};
		const char *start = text.at;

		if (text_fault(&text, &fault) != 0)
			return -1;
		if (*text.at != ',' && *text.at != '\0')
			return text_refuse(&text, text.at,
					   "'%c' after a fault, expected ',' or the end", *text.at);
		if (fault.kind == PLAN_CUT && fault.op <= op_cut)
			return text_refuse(&text, start,
					   "cut at op %" PRIu32
					   ", expected one after the cut before it, at op %" PRIu32,
					   fault.op, op_cut);
		if (fault.kind == PLAN_CUT)
			op_cut = fault.op;
		if (plan_add(plan, &fault) != 0)
			return text_refuse(&text, start, "too many faults, expected at most %d",
					   PLAN_FAULTS_MAX);
	} while (text_take(&text, ","));
	return 0;
}
