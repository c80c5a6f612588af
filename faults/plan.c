/* Plans as data, and as the one text that each has. */
#include "faults/plan.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const region_names[PLAN_REGIONS] = {
	[PLAN_SLOT_A] = "slot_a",	  [PLAN_SLOT_B] = "slot_b",
	[PLAN_BOOTCTL_0] = "bootctl_0",	  [PLAN_BOOTCTL_1] = "bootctl_1",
	[PLAN_BOOTCTL_2] = "bootctl_2",	  [PLAN_PROGRESS_0] = "progress_0",
	[PLAN_PROGRESS_1] = "progress_1", [PLAN_EFUSE] = "efuse",
	[PLAN_FLASH] = "flash",		  [PLAN_BOOTCTL] = "bootctl",
	[PLAN_PROGRESS] = "progress",
};

static const char *const choice_names[] = {
	[PLAN_AFTER] = "after",
	[PLAN_BEFORE] = "before",
	[PLAN_MIX] = "mix",
};

#define PLAN_LOST_TEXT_BYTES 512 /* 32 single ops, or 21 runs */

#define PLAN_CHOICES (sizeof(choice_names) / sizeof(choice_names[0]))

static const char *const kind_names[PLAN_KINDS] = {
	[PLAN_CUT] = "cut=",	 [PLAN_WEAK] = "weak=", [PLAN_FAIL] = "fail=",
	[PLAN_LIE] = "lie=",	 [PLAN_MUTE] = "mute=", [PLAN_MISS] = "miss=",
	[PLAN_STUCK] = "stuck=", [PLAN_SAG] = "sag=",	[PLAN_CLOCK] = "clock=",
	[PLAN_FLIP] = "flip=",	 [PLAN_ROT] = "rot=",	[PLAN_ERASE] = "erase=",
	[PLAN_WRITE] = "write=", [PLAN_SWAP] = "swap=", [PLAN_BACK] = "back=",
	[PLAN_PATCH] = "patch=",
};

static const char *const when_names[] = {
	[PLAN_AT_OP] = "",	 [PLAN_AT_LIFE] = "life", [PLAN_AT_REST] = "rest",
	[PLAN_AT_READ] = "read", [PLAN_AT_JUMP] = "jump",
};

const char *plan_kind_name(enum plan_kind kind)
{
	assert(kind < PLAN_KINDS);
	return kind_names[kind];
}

const char *plan_when_name(enum plan_when when)
{
	assert(when <= PLAN_AT_JUMP);
	return when_names[when];
}

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
	       a->bytes == b->bytes && a->lost == b->lost;
}

static bool fault_equal(const struct plan_fault *a, const struct plan_fault *b)
{
	if (a->kind != b->kind || a->op != b->op || a->when != b->when || a->life != b->life ||
	    a->nth != b->nth || a->region != b->region || a->offset != b->offset ||
	    a->bit != b->bit)
		return false;
	switch (a->kind) {
	case PLAN_CUT:
		return extent_equal(&a->extent, &b->extent);
	case PLAN_WEAK:
		return a->read == b->read && a->onward == b->onward && a->single == b->single &&
		       a->choice == b->choice;
	case PLAN_STUCK:
		return a->level == b->level;
	case PLAN_SAG:
		return a->ops == b->ops;
	case PLAN_CLOCK:
		return a->ms == b->ms && a->backward == b->backward;
	case PLAN_ROT:
		return a->bits == b->bits && a->seed == b->seed;
	case PLAN_WRITE:
		return strcmp(a->release, b->release) == 0;
	case PLAN_SWAP:
		return a->other == b->other;
	case PLAN_PATCH:
		return a->bytes_count == b->bytes_count &&
		       memcmp(a->bytes, b->bytes, a->bytes_count) == 0;
	case PLAN_FAIL:
	case PLAN_LIE:
	case PLAN_MUTE:
	case PLAN_MISS:
	case PLAN_FLIP:
	case PLAN_ERASE:
	case PLAN_BACK:
	case PLAN_KINDS:
		break;
	}
	return true;
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

size_t plan_name_bytes(const char *text)
{
	size_t bytes = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");

	return text[0] == '-' ? 0 : bytes;
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

static bool lost_op(const struct plan_fault *cut, uint32_t op)
{
	return op < cut->op && cut->op - op <= PLAN_LOST_MAX &&
	       cut->extent.lost >> (cut->op - op - 1) & 1;
}

/* Ops that are lost, runs of two and more as such. */
static void lost_print(const struct plan_fault *cut, char *text, size_t bytes)
{
	uint32_t op = cut->op > PLAN_LOST_MAX ? cut->op - PLAN_LOST_MAX : 1;
	const char *joint = "/";
	size_t used = 0;

	text[0] = '\0';
	for (; op < cut->op; op++) {
		uint32_t first = op;

		if (!lost_op(cut, op))
			continue;
		while (lost_op(cut, op + 1))
			op++;
		used += (size_t)snprintf(text + used, bytes - used, "%s%" PRIu32, joint, first);
		if (op > first)
			used += (size_t)snprintf(text + used, bytes - used, "-%" PRIu32, op);
		assert(used < bytes);
		joint = ".";
	}
}

/* What stands behind the region. */
static void rest_print(const struct plan_fault *fault, char *text, size_t bytes)
{
	int used;

	text[0] = '\0';
	switch (fault->kind) {
	case PLAN_STUCK:
		(void)snprintf(text, bytes, ":0x%" PRIx32 ".%u:%u", fault->offset, fault->bit,
			       fault->level);
		return;
	case PLAN_FLIP:
		(void)snprintf(text, bytes, ":0x%" PRIx32 ".%u", fault->offset, fault->bit);
		return;
	case PLAN_ROT:
		(void)snprintf(text, bytes, ":%" PRIu32 ".%" PRIu32, fault->bits, fault->seed);
		return;
	case PLAN_WRITE:
		(void)snprintf(text, bytes, ":%s", fault->release);
		return;
	case PLAN_SWAP:
		(void)snprintf(text, bytes, ":%s", plan_region_name(fault->other));
		return;
	case PLAN_PATCH:
		used = snprintf(text, bytes, ":0x%" PRIx32 ":", fault->offset);
		for (uint32_t i = 0; i < fault->bytes_count; i++)
			used += snprintf(text + used, bytes - (size_t)used, "%02x",
					 fault->bytes[i]);
		return;
	default:
		return;
	}
}

static int fault_print(const struct plan_fault *fault, char *text, size_t bytes)
{
	const char *kind = plan_kind_name(fault->kind);
	char part[80] = "", lost[PLAN_LOST_TEXT_BYTES];

	switch (fault->kind) {
	case PLAN_CUT:
		(void)extent_print(&fault->extent, part, sizeof(part));
		lost_print(fault, lost, sizeof(lost));
		return snprintf(text, bytes, "%s%" PRIu32 "%s%s", kind, fault->op, part, lost);
	case PLAN_WEAK:
		if (fault->read > 0)
			(void)snprintf(part, sizeof(part), ".%" PRIu32, fault->read);
		if (fault->single)
			(void)snprintf(part, sizeof(part), ":%s:0x%" PRIx32 ".%u",
				       plan_region_name(fault->region), fault->offset, fault->bit);
		return snprintf(text, bytes, "%s%" PRIu32 "%s%s:%s", kind, fault->life,
				fault->onward ? "+" : "", part, plan_choice_name(fault->choice));
	case PLAN_SAG:
		return snprintf(text, bytes, "%s%" PRIu32 ".%" PRIu32, kind, fault->op, fault->ops);
	case PLAN_CLOCK:
		if (fault->ms == 0)
			return snprintf(text, bytes, "%s%" PRIu32 ":stops", kind, fault->op);
		return snprintf(text, bytes, "%s%" PRIu32 "%c%" PRIu32, kind, fault->op,
				fault->backward ? '-' : '+', fault->ms);
	default:
		break;
	}
	if (fault->region == PLAN_REGIONS)
		return snprintf(text, bytes, "%s%" PRIu32, kind, fault->op);
	rest_print(fault, part, sizeof(part));
	if (fault->when == PLAN_AT_LIFE)
		return snprintf(text, bytes, "%s%s%" PRIu32 ":%s%s", kind,
				plan_when_name(fault->when), fault->life,
				plan_region_name(fault->region), part);
	if (fault->nth > 1)
		return snprintf(text, bytes, "%s%s.%" PRIu32 ":%s%s", kind,
				plan_when_name(fault->when), fault->nth,
				plan_region_name(fault->region), part);
	if (fault->when != PLAN_AT_OP)
		return snprintf(text, bytes, "%s%s:%s%s", kind, plan_when_name(fault->when),
				plan_region_name(fault->region), part);
	return snprintf(text, bytes, "%s%" PRIu32 ":%s%s", kind, fault->op,
			plan_region_name(fault->region), part);
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
