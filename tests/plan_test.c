/* Plans and case ids: one text each, and nothing else is taken for one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "faults/case_id.h"
#include "faults/plan.h"

#define PLANS	  100000
#define MUTATIONS 200000
#define WHY_BYTES 256

/* Marsaglia's xorshift64: the same plans on every machine. */
static uint64_t chance_next(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

static uint32_t chance_below(uint64_t *state, uint64_t limit)
{
	return (uint32_t)(chance_next(state) % limit);
}

/* Small, of any size, or the highest that there is. */
static uint32_t chance_number(uint64_t *state, uint32_t min)
{
	uint32_t shape = chance_below(state, 8);
	uint32_t bits = shape < 4 ? 4 : chance_below(state, 32) + 1;

	if (shape == 7)
		return UINT32_MAX;
	return min + chance_below(state, (UINT64_C(1) << bits) - min);
}

static void chance_name(uint64_t *state, char *name, size_t name_bytes)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz0123456789-";
	uint32_t bytes = chance_below(state, name_bytes - 1) + 1;

	for (uint32_t i = 0; i < bytes; i++)
		name[i] = letters[chance_below(state, sizeof(letters) - 1 - (i == 0))];
	name[bytes] = '\0';
}

/* Of the ops before this one, those that there are. */
static uint64_t chance_lost(uint64_t *state, uint32_t op)
{
	uint64_t lost = chance_next(state) & chance_next(state);

	if (chance_below(state, 2) || op < 2)
		return 0;
	return op > PLAN_LOST_MAX ? lost : lost & (((uint64_t)1 << (op - 1)) - 1);
}

static void chance_extent(uint64_t *state, struct plan_extent *extent)
{
	switch (chance_below(state, 5)) {
	case 0:
		extent->all = true;
		extent->weak = chance_below(state, 2);
		return;
	case 1:
		extent->back = true;
		extent->bytes = chance_number(state, 1);
		return;
	case 2:
		extent->bits = (uint8_t)(chance_below(state, 7) + 1);
		break;
	case 3:
		extent->weak = true;
		break;
	default:
		break;
	}
	extent->bytes = chance_number(state, 0);
}

/* When it happens, and what stands behind the region. */
static void chance_rest(uint64_t *state, struct plan_fault *fault)
{
	enum plan_kind kind = fault->kind;

	if (kind >= PLAN_FLIP)
		fault->when = (enum plan_when)chance_below(state, PLAN_AT_JUMP + 1);
	if (fault->when != PLAN_AT_OP) {
		fault->op = 0;
		if (fault->when == PLAN_AT_LIFE)
			fault->life = chance_number(state, 1);
		else
			fault->nth = chance_below(state, 2) ? 1 : chance_number(state, 1);
	}
	if (kind == PLAN_ROT) {
		fault->bits = chance_below(state, PLAN_ROT_MAX) + 1;
		fault->seed = chance_number(state, 0);
	}
	if ((kind == PLAN_FAIL || kind == PLAN_LIE) && fault->op > 0 && chance_below(state, 2))
		fault->region = PLAN_REGIONS;
	if (kind == PLAN_FLIP || kind == PLAN_STUCK || kind == PLAN_PATCH)
		fault->offset = chance_number(state, 0);
	if (kind == PLAN_FLIP || kind == PLAN_STUCK)
		fault->bit = fault->region == PLAN_EFUSE ? 0 : (uint8_t)chance_below(state, 8);
	if (kind == PLAN_STUCK)
		fault->level = (uint8_t)chance_below(state, 2);
	if (kind == PLAN_SWAP)
		fault->other = fault->region == PLAN_SLOT_A ? PLAN_SLOT_B : PLAN_SLOT_A;
	if (kind == PLAN_PATCH)
		fault->bytes_count = chance_below(state, PLAN_PATCH_MAX) + 1;
	for (uint32_t i = 0; i < fault->bytes_count; i++)
		fault->bytes[i] = (uint8_t)chance_next(state);
	if (kind == PLAN_WRITE)
		chance_name(state, fault->release, sizeof(fault->release));
}

static struct plan_fault chance_fault(uint64_t *state)
{
	struct plan_fault fault = {.kind = (enum plan_kind)chance_below(state, PLAN_KINDS)};
	static const uint32_t regions[PLAN_KINDS] = {
		[PLAN_FAIL] = PLAN_REGIONS,    [PLAN_LIE] = PLAN_REGIONS,
		[PLAN_MUTE] = PLAN_REGIONS,    [PLAN_STUCK] = PLAN_REGIONS,
		[PLAN_FLIP] = PLAN_REGIONS,    [PLAN_ERASE] = PLAN_EFUSE,
		[PLAN_WRITE] = PLAN_BOOTCTL_0, [PLAN_SWAP] = PLAN_EFUSE,
		[PLAN_BACK] = PLAN_EFUSE,      [PLAN_PATCH] = PLAN_EFUSE,
		[PLAN_ROT] = PLAN_REGIONS,
	};

	if (fault.kind == PLAN_WEAK) {
		fault.life = chance_number(state, 1);
		fault.read = chance_below(state, 2) ? chance_number(state, 1) : 0;
		fault.onward = chance_below(state, 2);
		fault.single = !fault.read && chance_below(state, 2);
		fault.choice = (enum plan_choice)chance_below(state, fault.single ? 2 : 3);
		if (fault.single) {
			fault.region = (enum plan_region)chance_below(state, PLAN_REGIONS);
			fault.offset = chance_number(state, 0);
			fault.bit =
				(uint8_t)(fault.region == PLAN_EFUSE ? 0 : chance_below(state, 8));
		}
		return fault;
	}
	fault.op = chance_number(state, 0);
	if (fault.kind == PLAN_CUT) {
		chance_extent(state, &fault.extent);
		fault.extent.lost = chance_lost(state, fault.op);
		return fault;
	}
	if (fault.kind == PLAN_MISS) {
		fault.op = chance_number(state, 1);
		fault.region = PLAN_REGIONS;
		return fault;
	}
	if (fault.kind == PLAN_CLOCK) {
		fault.ms = chance_below(state, 3) ? chance_number(state, 1) : 0;
		fault.backward = fault.ms && chance_below(state, 2);
		return fault;
	}
	if (fault.kind == PLAN_SAG) {
		fault.op = chance_number(state, 1);
		fault.ops = chance_below(state, PLAN_SAG_MAX) + 1;
		return fault;
	}
	fault.region = (enum plan_region)chance_below(state, regions[fault.kind]);
	chance_rest(state, &fault);
	return fault;
}

/* Any plan that holds the rules: cuts that cannot come after the last one are left out. */
static void chance_plan(uint64_t *state, struct plan *plan)
{
	uint32_t count = chance_below(state, PLAN_FAULTS_MAX + 1);
	uint32_t op = 0;

	*plan = (struct plan){0};
	for (uint32_t i = 0; i < count; i++) {
		struct plan_fault fault = chance_fault(state);

		if (fault.kind == PLAN_CUT && fault.op <= op)
			continue;
		if (fault.kind == PLAN_CUT)
			op = fault.op;
		assert_int_equal(plan_add(plan, &fault), 0);
	}
}

static void plan_printed_parses_back(void **unused)
{
	uint64_t state = 0x62726f776e6f7574;

	(void)unused;
	for (int i = 0; i < PLANS; i++) {
		char text[PLAN_TEXT_BYTES], again[PLAN_TEXT_BYTES], why[WHY_BYTES] = "";
		struct plan plan, parsed;

		chance_plan(&state, &plan);
		plan_print(&plan, text);
		if (plan_parse(text, &parsed, why, sizeof(why)) != 0)
			fail_msg("%s: %s", text, why);
		if (!plan_equal(&plan, &parsed))
			fail_msg("%s: parses to another plan", text);
		plan_print(&parsed, again);
		assert_string_equal(text, again);
	}
}

/* One or two bytes changed, put in or taken out, of what plans are made of. */
static void mutate(uint64_t *state, char *text, size_t room)
{
	static const char letters[] = "0123456789abcdefx+-~.,:=@#_ nosltweakcut";

	for (uint32_t times = chance_below(state, 2) + 1; times > 0; times--) {
		size_t bytes = strlen(text);
		size_t at = chance_below(state, bytes + 1);
		char letter = letters[chance_below(state, sizeof(letters) - 1)];

		switch (chance_below(state, 3)) {
		case 0:
			if (at < bytes)
				text[at] = letter;
			break;
		case 1:
			if (at < bytes)
				memmove(text + at, text + at + 1, bytes - at);
			break;
		default:
			if (bytes + 1 < room) {
				memmove(text + at + 1, text + at, bytes - at + 1);
				text[at] = letter;
			}
		}
	}
}

static void plan_mutated_is_refused_or_its_own_text(void **unused)
{
	uint64_t state = 0x6d75746174696f6e;
	int accepted = 0;

	(void)unused;
	for (int i = 0; i < MUTATIONS; i++) {
		char text[PLAN_TEXT_BYTES + 8], again[PLAN_TEXT_BYTES], why[WHY_BYTES] = "";
		struct plan plan;

		chance_plan(&state, &plan);
		plan.count = plan.count > 3 ? 3 : plan.count;
		plan_print(&plan, text);
		mutate(&state, text, sizeof(text));
		if (plan_parse(text, &plan, why, sizeof(why)) != 0) {
			assert_non_null(strstr(why, "character "));
			assert_non_null(strstr(why, "expected "));
			continue;
		}
		accepted++;
		plan_print(&plan, again);
		assert_string_equal(text, again);
	}
	/* Neither everything nor nothing, or this test has tested nothing. */
	assert_in_range(accepted, MUTATIONS / 100, MUTATIONS / 2);
}

static void id_mutated_is_refused_or_its_own_text(void **unused)
{
	uint64_t state = 0x6361736520696421;
	int accepted = 0;

	(void)unused;
	for (int i = 0; i < MUTATIONS; i++) {
		char text[CASE_ID_TEXT_BYTES + 8], again[CASE_ID_TEXT_BYTES], why[WHY_BYTES] = "";
		struct case_id id = {0}, parsed;

		chance_plan(&state, &id.plan);
		id.plan.count = id.plan.count > 3 ? 3 : id.plan.count;
		chance_name(&state, id.scenario, sizeof(id.scenario));
		if (chance_below(&state, 2))
			chance_name(&state, id.device, sizeof(id.device));
		if (chance_below(&state, 2))
			(void)snprintf(id.digest, sizeof(id.digest), "%08x",
				       chance_below(&state, UINT64_C(1) << 32));
		case_id_print(&id, text);
		if (case_id_parse(text, &parsed, why, sizeof(why)) != 0)
			fail_msg("%s: %s", text, why);
		assert_string_equal(parsed.scenario, id.scenario);
		assert_string_equal(parsed.device, id.device);
		assert_string_equal(parsed.digest, id.digest);
		assert_true(plan_equal(&parsed.plan, &id.plan));

		mutate(&state, text, sizeof(text));
		if (case_id_parse(text, &parsed, why, sizeof(why)) != 0) {
			assert_non_null(strstr(why, "expected "));
			continue;
		}
		accepted++;
		case_id_print(&parsed, again);
		assert_string_equal(text, again);
	}
	assert_in_range(accepted, MUTATIONS / 100, MUTATIONS * 9 / 10);
}

static const char *const all_different[] = {
	"none",
	"cut=3+0",
	"cut=4+0",
	"cut=3+1",
	"cut=3+1.1",
	"cut=3+1~",
	"cut=3-1",
	"cut=3+all",
	"cut=3+all~",
	"cut=3+0/1",
	"cut=3+0/2",
	"cut=3+0/1-2",
	"cut=3+all/2",
	"weak=1:mix",
	"weak=2:mix",
	"weak=1+:mix",
	"weak=1.1:mix",
	"weak=1+.1:mix",
	"weak=1:after",
	"weak=1:bootctl_0:0x0.0:after",
	"weak=1:bootctl_0:0x0.0:before",
	"weak=1+:bootctl_0:0x0.0:before",
	"weak=1:bootctl_0:0x0.1:after",
	"weak=1:bootctl_1:0x0.0:after",
	"weak=1:efuse:0x5.0:before",
	"flip=0:slot_a:0x0.0",
	"flip=1:slot_a:0x0.0",
	"flip=0:slot_b:0x0.0",
	"flip=life1:slot_a:0x0.0",
	"flip=life2:slot_a:0x0.0",
	"flip=0:slot_a:0x1.0",
	"flip=0:slot_a:0x0.1",
	"erase=0:slot_a",
	"erase=1:slot_a",
	"erase=0:slot_b",
	"write=0:slot_a:old",
	"write=1:slot_a:old",
	"write=0:slot_b:old",
	"write=0:slot_a:new",
	"cut=3+0,cut=4+0",
	"fail=3",
	"fail=4",
	"fail=3:slot_a",
	"fail=3:slot_b",
	"lie=3",
	"lie=3:slot_a",
	"mute=3:slot_a",
	"mute=3:efuse",
	"miss=3",
	"stuck=0:slot_a:0x0.0:0",
	"stuck=0:slot_a:0x0.0:1",
	"stuck=0:slot_a:0x0.1:0",
	"stuck=0:slot_a:0x1.0:0",
	"sag=3.1",
	"sag=3.2",
	"clock=3+1",
	"clock=3-1",
	"clock=3+2",
	"clock=4+1",
	"clock=3:stops",
	"rot=0:slot_a:1.0",
	"rot=0:slot_a:2.0",
	"rot=0:slot_a:1.1",
	"rot=rest:slot_a:1.0",
	"rot=rest.2:slot_a:1.0",
	"rot=rest.3:slot_a:1.0",
	"rot=read.2:slot_a:1.0",
	"flip=rest:slot_a:0x0.0",
	"flip=read:slot_a:0x0.0",
	"flip=jump:slot_a:0x0.0",
	"swap=0:slot_a:slot_b",
	"swap=0:slot_a:flash",
	"back=0:flash",
	"back=rest:flash",
	"back=0:bootctl",
	"back=0:bootctl_0",
	"patch=0:slot_a:0x0:00",
	"patch=0:slot_a:0x0:0000",
	"patch=0:slot_a:0x0:01",
	"patch=0:slot_a:0x1:00",
};

static void plan_equal_sees_every_field(void **unused)
{
	char why[WHY_BYTES];

	(void)unused;
	for (size_t i = 0; i < sizeof(all_different) / sizeof(all_different[0]); i++) {
		for (size_t j = 0; j < sizeof(all_different) / sizeof(all_different[0]); j++) {
			struct plan a, b;

			assert_int_equal(plan_parse(all_different[i], &a, why, sizeof(why)), 0);
			assert_int_equal(plan_parse(all_different[j], &b, why, sizeof(why)), 0);
			assert_int_equal(plan_equal(&a, &b), i == j);
		}
	}
}

static void id_of_the_design_means_what_it_says(void **unused)
{
	static const char text[] = "ab-update~early-pending@cut=137+12,flip=0:slot_b:0x90.3#1f3a";
	char again[CASE_ID_TEXT_BYTES], why[WHY_BYTES];
	struct case_id id;

	(void)unused;
	assert_int_equal(case_id_parse(text, &id, why, sizeof(why)), 0);
	assert_string_equal(id.scenario, "ab-update");
	assert_string_equal(id.device, "early-pending");
	assert_string_equal(id.digest, "1f3a");
	assert_int_equal(id.plan.count, 2);
	assert_int_equal(id.plan.faults[0].kind, PLAN_CUT);
	assert_int_equal(id.plan.faults[0].op, 137);
	assert_int_equal(id.plan.faults[0].extent.bytes, 12);
	assert_int_equal(id.plan.faults[1].kind, PLAN_FLIP);
	assert_int_equal(id.plan.faults[1].op, 0);
	assert_int_equal(id.plan.faults[1].region, PLAN_SLOT_B);
	assert_int_equal(id.plan.faults[1].offset, 0x90);
	assert_int_equal(id.plan.faults[1].bit, 3);
	case_id_print(&id, again);
	assert_string_equal(text, again);
}

static void plan_full_takes_no_more(void **unused)
{
	struct plan_fault fault = {.kind = PLAN_ERASE};
	struct plan plan = {0};

	(void)unused;
	for (int i = 0; i < PLAN_FAULTS_MAX; i++)
		assert_int_equal(plan_add(&plan, &fault), 0);
	assert_int_equal(plan_add(&plan, &fault), -1);
	assert_int_equal(plan.count, PLAN_FAULTS_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plan_printed_parses_back),
		cmocka_unit_test(plan_mutated_is_refused_or_its_own_text),
		cmocka_unit_test(plan_equal_sees_every_field),
		cmocka_unit_test(plan_full_takes_no_more),
		cmocka_unit_test(id_of_the_design_means_what_it_says),
		cmocka_unit_test(id_mutated_is_refused_or_its_own_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
