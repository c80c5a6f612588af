/* Plans as text: one printer, and one parser that accepts nothing but what the printer writes. */
#include "faults/plan.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* The text that is read, how far, and where the reason for a refusal goes. */
struct plan_text {
	const char *start, *at;
	char *why;
	size_t why_bytes;
};

static const char *const region_names[PLAN_REGIONS] = {
	[PLAN_SLOT_A] = "slot_a",	  [PLAN_SLOT_B] = "slot_b",
	[PLAN_BOOTCTL_0] = "bootctl_0",	  [PLAN_BOOTCTL_1] = "bootctl_1",
	[PLAN_BOOTCTL_2] = "bootctl_2",	  [PLAN_PROGRESS_0] = "progress_0",
	[PLAN_PROGRESS_1] = "progress_1", [PLAN_EFUSE] = "efuse",
};

static const char *const choice_names[] = {
	[PLAN_AFTER] = "after",
	[PLAN_BEFORE] = "before",
	[PLAN_MIX] = "mix",
};

#define PLAN_CHOICES (sizeof(choice_names) / sizeof(choice_names[0]))

static const char *const kind_names[] = {
	[PLAN_CUT] = "cut=",	 [PLAN_WEAK] = "weak=",	  [PLAN_FLIP] = "flip=",
	[PLAN_ERASE] = "erase=", [PLAN_WRITE] = "write=",
};

#define PLAN_KINDS (sizeof(kind_names) / sizeof(kind_names[0]))

const char *plan_region_name(enum plan_region region)
{
	assert(region < PLAN_REGIONS);
	return region_names[region];
}

const char *plan_choice_name(enum plan_choice choice)
{
	assert(choice < PLAN_CHOICES);
	return choice_names[choice];
}

int plan_add(struct plan *plan, const struct plan_fault *fault)
{
	if (plan->count == PLAN_FAULTS_MAX)
		return -1;
	plan->faults[plan->count++] = *fault;
	return 0;
}

static bool extent_equal(const struct plan_extent *a, const struct plan_extent *b)
{
	return a->all == b->all && a->back == b->back && a->weak == b->weak && a->bits == b->bits &&
	       a->bytes == b->bytes;
}

static bool fault_equal(const struct plan_fault *a, const struct plan_fault *b)
{
	if (a->kind != b->kind)
		return false;
	switch (a->kind) {
	case PLAN_CUT:
		return a->op == b->op && extent_equal(&a->extent, &b->extent);
	case PLAN_WEAK:
		return a->life == b->life && a->read == b->read && a->onward == b->onward &&
		       a->choice == b->choice;
	case PLAN_FLIP:
		return a->op == b->op && a->region == b->region && a->offset == b->offset &&
		       a->bit == b->bit;
	case PLAN_ERASE:
		return a->op == b->op && a->region == b->region;
	case PLAN_WRITE:
		return a->op == b->op && a->region == b->region &&
		       strcmp(a->release, b->release) == 0;
	}
	return false;
}

bool plan_equal(const struct plan *a, const struct plan *b)
{
	if (a->count != b->count)
		return false;
	for (uint32_t i = 0; i < a->count; i++) {
		if (!fault_equal(&a->faults[i], &b->faults[i]))
			return false;
	}
	return true;
}

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

static int text_region(struct plan_text *text, struct plan_fault *fault)
{
	for (uint32_t i = 0; i < PLAN_REGIONS; i++) {
		if (text_take(text, region_names[i])) {
			fault->region = (enum plan_region)i;
			return 0;
		}
	}
	return text_refuse(text, text->at,
			   "no such region, expected slot_a, slot_b, bootctl_0 to bootctl_2, "
			   "progress_0, progress_1 or efuse");
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

static int text_cut(struct plan_text *text, struct plan_fault *fault)
{
	if (text_number(text, "op", 1, UINT32_MAX, &fault->op) != 0)
		return -1;
	if (text_take(text, "+"))
		return text_extent_forward(text, &fault->extent);
	if (!text_take(text, "-"))
		return text_refuse(text, text->at, "no extent, expected '+' or '-' after the op");
	/* "-0" would be a second text of "+0". */
	fault->extent.back = true;
	if (text_number(text, "number of bytes", 1, UINT32_MAX, &fault->extent.bytes) != 0)
		return -1;
	if (*text->at == '.' || *text->at == '~')
		return text_refuse(text, text->at,
				   "'%c' after bytes from the back, expected whole bytes there",
				   *text->at);
	return 0;
}

static int text_weak(struct plan_text *text, struct plan_fault *fault)
{
	if (text_number(text, "life", 1, UINT32_MAX, &fault->life) != 0)
		return -1;
	if (text_take(text, ".")) {
		if (text_number(text, "read", 1, UINT32_MAX, &fault->read) != 0)
			return -1;
	} else {
		fault->onward = text_take(text, "+");
	}
	if (text_need(text, ":", "the choice") != 0)
		return -1;
	for (uint32_t i = 0; i < PLAN_CHOICES; i++) {
		if (text_take(text, choice_names[i])) {
			fault->choice = (enum plan_choice)i;
			return 0;
		}
	}
	return text_refuse(text, text->at, "no such choice, expected before, after or mix");
}

static int text_flip(struct plan_text *text, struct plan_fault *fault)
{
	uint32_t bit;

	if (text_need(text, ":", "the offset") != 0)
		return -1;
	if (!text_take(text, "0x"))
		return text_refuse(text, text->at, "no offset, expected 0x and hex digits");
	if (text_digits(text, "offset", 16, 0, UINT32_MAX, &fault->offset) != 0 ||
	    text_need(text, ".", "the bit") != 0 ||
	    text_number(text, "bit", 0, fault->region == PLAN_EFUSE ? 0 : 7, &bit) != 0)
		return -1;
	fault->bit = (uint8_t)bit;
	return 0;
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

size_t plan_name_bytes(const char *text)
{
	size_t bytes = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return text[0] == '-' ? 0 : bytes;
}

static int text_at_rest(struct plan_text *text, struct plan_fault *fault)
{
	const char *region;

	if (text_number(text, "op", 0, UINT32_MAX, &fault->op) != 0 ||
	    text_need(text, ":", "the region") != 0)
		return -1;
	region = text->at;
	if (text_region(text, fault) != 0)
		return -1;
	if (fault->kind == PLAN_FLIP)
		return text_flip(text, fault);
	/* A fuse does not come back, and an image fits nowhere but in a slot. */
	if (fault->kind == PLAN_ERASE && fault->region == PLAN_EFUSE)
		return text_refuse(text, region, "efuse cannot be erased, expected flash");
	if (fault->kind == PLAN_WRITE && fault->region > PLAN_SLOT_B)
		return text_refuse(text, region,
				   "an image is for slots, expected slot_a or slot_b");
	return fault->kind == PLAN_WRITE ? text_release(text, fault) : 0;
}

static int text_fault(struct plan_text *text, struct plan_fault *fault)
{
	for (uint32_t i = 0; i < PLAN_KINDS; i++) {
		if (!text_take(text, kind_names[i]))
			continue;
		fault->kind = (enum plan_kind)i;
		switch (fault->kind) {
		case PLAN_CUT:
			return text_cut(text, fault);
		case PLAN_WEAK:
			return text_weak(text, fault);
		case PLAN_FLIP:
		case PLAN_ERASE:
		case PLAN_WRITE:
			return text_at_rest(text, fault);
		}
	}
	return text_refuse(text, text->at,
			   "no such fault, expected cut=, weak=, flip=, erase= or write=");
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

static int extent_print(const struct plan_extent *extent, char *text, size_t bytes)
{
	const char *weak = extent->weak ? "~" : "";

	if (extent->all)
		return snprintf(text, bytes, "+all%s", weak);
	if (extent->back)
		return snprintf(text, bytes, "-%" PRIu32, extent->bytes);
	if (extent->bits > 0)
		return snprintf(text, bytes, "+%" PRIu32 ".%u", extent->bytes, extent->bits);
	return snprintf(text, bytes, "+%" PRIu32 "%s", extent->bytes, weak);
}

static int fault_print(const struct plan_fault *fault, char *text, size_t bytes)
{
	char part[32] = "";

	switch (fault->kind) {
	case PLAN_CUT:
		(void)extent_print(&fault->extent, part, sizeof(part));
		return snprintf(text, bytes, "cut=%" PRIu32 "%s", fault->op, part);
	case PLAN_WEAK:
		if (fault->read > 0)
			(void)snprintf(part, sizeof(part), ".%" PRIu32, fault->read);
		return snprintf(text, bytes, "weak=%" PRIu32 "%s%s:%s", fault->life, part,
				fault->onward ? "+" : "", plan_choice_name(fault->choice));
	case PLAN_FLIP:
		return snprintf(text, bytes, "flip=%" PRIu32 ":%s:0x%" PRIx32 ".%u", fault->op,
				plan_region_name(fault->region), fault->offset, fault->bit);
	case PLAN_ERASE:
		return snprintf(text, bytes, "erase=%" PRIu32 ":%s", fault->op,
				plan_region_name(fault->region));
	case PLAN_WRITE:
		return snprintf(text, bytes, "write=%" PRIu32 ":%s:%s", fault->op,
				plan_region_name(fault->region), fault->release);
	}
	return -1;
}

void plan_print(const struct plan *plan, char text[PLAN_TEXT_BYTES])
{
	size_t used = 0;

	if (plan->count == 0)
		(void)snprintf(text, PLAN_TEXT_BYTES, "none");
	for (uint32_t i = 0; i < plan->count; i++) {
		if (i > 0)
			text[used++] = ',';
		int bytes = fault_print(&plan->faults[i], text + used, PLAN_TEXT_BYTES - used);
		assert(bytes > 0 && (size_t)bytes < PLAN_TEXT_BYTES - used);
		used += (size_t)bytes;
	}
}
