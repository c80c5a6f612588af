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

static struct plan_fault chance_fault(uint64_t *state)
{
	struct plan_fault fault = {.kind = (enum plan_kind)chance_below(state, 5)};
	static const uint32_t regions[] = {
		[PLAN_FLIP] = PLAN_REGIONS,
		[PLAN_ERASE] = PLAN_EFUSE,
		[PLAN_WRITE] = PLAN_BOOTCTL_0,
	};

	if (fault.kind == PLAN_WEAK) {
		fault.life = chance_number(state, 1);
		fault.read = chance_below(state, 2) ? chance_number(state, 1) : 0;
		fault.onward = fault.read == 0 && chance_below(state, 2);
		fault.choice = (enum plan_choice)chance_below(state, 3);
		return fault;
	}
	fault.op = chance_number(state, 0);
	if (fault.kind == PLAN_CUT) {
		chance_extent(state, &fault.extent);
		return fault;
	}
	fault.region = (enum plan_region)chance_below(state, regions[fault.kind]);
	if (fault.kind == PLAN_FLIP) {
		fault.offset = chance_number(state, 0);
		fault.bit = fault.region == PLAN_EFUSE ? 0 : (uint8_t)chance_below(state, 8);
	}
	if (fault.kind == PLAN_WRITE)
		chance_name(state, fault.release, sizeof(fault.release));
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

static void plan_equal_sees_every_field(void **unused)
{
	static const char *const texts[] = {
		"none",
		"cut=3+0",
		"cut=4+0",
		"cut=3+1",
		"cut=3+1.1",
		"cut=3+1~",
		"cut=3-1",
		"cut=3+all",
		"cut=3+all~",
		"weak=1:mix",
		"weak=2:mix",
		"weak=1+:mix",
		"weak=1.1:mix",
		"weak=1:after",
		"flip=0:slot_a:0x0.0",
		"flip=1:slot_a:0x0.0",
		"flip=0:slot_b:0x0.0",
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
	};
	char why[WHY_BYTES];

	(void)unused;
	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		for (size_t j = 0; j < sizeof(texts) / sizeof(texts[0]); j++) {
			struct plan a, b;

			assert_int_equal(plan_parse(texts[i], &a, why, sizeof(why)), 0);
			assert_int_equal(plan_parse(texts[j], &b, why, sizeof(why)), 0);
			assert_int_equal(plan_equal(&a, &b), i == j);
		}
	}
}

struct refused {
	const char *text, *why;
};

#define ONE	"erase=0:slot_a,"
#define REGIONS "slot_a, slot_b, bootctl_0 to bootctl_2, progress_0, progress_1 or efuse"
#define KINDS	"no such fault, expected cut=, weak=, flip=, erase= or write="

static const struct refused plans_refused[] = {
	{"", "character 1: " KINDS},
	{"none,none", "character 1: " KINDS},
	{" cut=1+0", "character 1: " KINDS},
	{"Cut=1+0", "character 1: " KINDS},
	{"cut=1+0,", "character 9: " KINDS},
	{"cut=1+0, cut=2+0", "character 9: " KINDS},
	{"cut=1+0 ", "character 8: ' ' after a fault, expected ',' or the end"},
	{"cut=", "character 5: no op, expected a number from 1"},
	{"cut=0+0", "character 5: op is too low, expected at least 1"},
	{"cut=01+0", "character 5: op has a leading zero, expected none"},
	{"cut=4294967296+0", "character 5: op is too high, expected at most 4294967295"},
	{"cut=99999999999999999999+0", "character 5: op is too high, expected at most 4294967295"},
	{"cut=-1+0", "character 5: no op, expected a number from 1"},
	{"cut=7", "character 6: no extent, expected '+' or '-' after the op"},
	{"cut=7+", "character 7: no extent, expected a number of bytes or all"},
	{"cut=7+~", "character 7: no extent, expected a number of bytes or all"},
	{"cut=7+012", "character 7: number of bytes has a leading zero, expected none"},
	{"cut=7+12.0", "character 10: number of bits is too low, expected at least 1"},
	{"cut=7+12.8", "character 10: number of bits is too high, expected at most 7"},
	{"cut=7+12.", "character 10: no number of bits, expected a number from 1"},
	{"cut=7+12.3~", "character 11: '~' after bits, expected bits or '~'"},
	{"cut=7+12~~", "character 10: '~' after a fault, expected ',' or the end"},
	{"cut=7+all.1", "character 10: '.' after a fault, expected ',' or the end"},
	{"cut=7-0", "character 7: number of bytes is too low, expected at least 1"},
	{"cut=7-12~", "character 9: '~' after bytes from the back, expected whole bytes there"},
	{"cut=7-12.3", "character 9: '.' after bytes from the back, expected whole bytes there"},
	{"cut=7-all", "character 7: no number of bytes, expected a number from 1"},
	{"cut=7+0,cut=7+0",
	 "character 9: cut at op 7, expected one after the cut before it, at op 7"},
	{"cut=7+0,erase=9:slot_a,cut=6+0",
	 "character 24: cut at op 6, expected one after the cut before it, at op 7"},
	{"weak=0:mix", "character 6: life is too low, expected at least 1"},
	{"weak=1.0:mix", "character 8: read is too low, expected at least 1"},
	{"weak=1.2+:mix", "character 9: ':' is missing, expected it before the choice"},
	{"weak=1", "character 7: ':' is missing, expected it before the choice"},
	{"weak=1:", "character 8: no such choice, expected before, after or mix"},
	{"weak=1:Mix", "character 8: no such choice, expected before, after or mix"},
	{"weak=1:mixed", "character 11: 'e' after a fault, expected ',' or the end"},
	{"flip=0", "character 7: ':' is missing, expected it before the region"},
	{"flip=0:slot_c:0x0.0", "character 8: no such region, expected " REGIONS},
	{"flip=0:slot_a:12.0", "character 15: no offset, expected 0x and hex digits"},
	{"flip=0:slot_a:0x.0", "character 17: no offset, expected a number from 0"},
	{"flip=0:slot_a:0x0c.0", "character 17: offset has a leading zero, expected none"},
	{"flip=0:slot_a:0xC.0", "character 17: no offset, expected a number from 0"},
	{"flip=0:slot_a:0X1.0", "character 15: no offset, expected 0x and hex digits"},
	{"flip=0:slot_a:0x100000000.0",
	 "character 17: offset is too high, expected at most 4294967295"},
	{"flip=0:slot_a:0x90", "character 19: '.' is missing, expected it before the bit"},
	{"flip=0:slot_a:0x90.8", "character 20: bit is too high, expected at most 7"},
	{"flip=0:efuse:0x3.1", "character 18: bit is too high, expected at most 0"},
	{"erase=0:efuse", "character 9: efuse cannot be erased, expected flash"},
	{"erase=0:slot_ab", "character 15: 'b' after a fault, expected ',' or the end"},
	{"write=0:bootctl_0:old", "character 9: an image is for slots, expected slot_a or slot_b"},
	{"write=0:slot_a", "character 15: ':' is missing, expected it before the release"},
	{"write=0:slot_a:", "character 16: no release, expected a name of a-z, 0-9 and inner '-'"},
	{"write=0:slot_a:-old",
	 "character 16: no release, expected a name of a-z, 0-9 and inner '-'"},
	{"write=0:slot_a:Old",
	 "character 16: no release, expected a name of a-z, 0-9 and inner '-'"},
	{"write=0:slot_a:abcdefghijklmnopqrstuvwxyz012345",
	 "character 16: name is too long, expected at most 31 bytes"},
	{ONE ONE ONE ONE ONE ONE ONE ONE ONE ONE ONE ONE ONE ONE ONE ONE "erase=0:slot_a",
	 "character 241: too many faults, expected at most 16"},
};

static const struct refused ids_refused[] = {
	{"", "character 1: no scenario, expected a name of a-z, 0-9 and inner '-'"},
	{"@none", "character 1: no scenario, expected a name of a-z, 0-9 and inner '-'"},
	{"AB@none", "character 1: no scenario, expected a name of a-z, 0-9 and inner '-'"},
	{"ab", "character 3: no plan, expected '@' and a plan or none"},
	{"ab~@none", "character 4: no device, expected a name of a-z, 0-9 and inner '-'"},
	{"ab~early", "character 9: no plan, expected '@' and a plan or none"},
	{"ab@", "plan, character 1: " KINDS},
	{"ab@cut=0+0", "plan, character 5: op is too low, expected at least 1"},
	{"ab@none#", "character 9: no digest, expected 4 or 8 of 0-9 and a-f"},
	{"ab@none#1f3", "character 9: no digest, expected 4 or 8 of 0-9 and a-f"},
	{"ab@none#1f3a5", "character 9: no digest, expected 4 or 8 of 0-9 and a-f"},
	{"ab@none#1F3A", "character 9: no digest, expected 4 or 8 of 0-9 and a-f"},
	{"ab@none#1f3a#", "character 9: no digest, expected 4 or 8 of 0-9 and a-f"},
	{"ab@none#1f3a00000", "character 9: no digest, expected 4 or 8 of 0-9 and a-f"},
	{"abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyzabcdefghijkl@none",
	 "character 1: name of the scenario is too long, expected at most 63 bytes"},
};

static void plan_refusal_says_where_and_why(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(plans_refused) / sizeof(plans_refused[0]); i++) {
		const struct refused *refused = &plans_refused[i];
		char why[WHY_BYTES] = "accepted";
		struct plan plan;

		(void)plan_parse(refused->text, &plan, why, sizeof(why));
		if (strcmp(why, refused->why) != 0)
			fail_msg("\"%s\": \"%s\", expected \"%s\"", refused->text, why,
				 refused->why);
	}
}

static void id_refusal_says_where_and_why(void **unused)
{
	(void)unused;
	for (size_t i = 0; i < sizeof(ids_refused) / sizeof(ids_refused[0]); i++) {
		const struct refused *refused = &ids_refused[i];
		char why[WHY_BYTES] = "accepted";
		struct case_id id;

		(void)case_id_parse(refused->text, &id, why, sizeof(why));
		if (strcmp(why, refused->why) != 0)
			fail_msg("\"%s\": \"%s\", expected \"%s\"", refused->text, why,
				 refused->why);
	}
}

static void id_with_a_plan_too_long_is_refused(void **unused)
{
	char text[2 * PLAN_TEXT_BYTES] = "ab@", why[WHY_BYTES] = "";
	struct case_id id;

	(void)unused;
	memset(text + 3, '1', PLAN_TEXT_BYTES);
	assert_int_equal(case_id_parse(text, &id, why, sizeof(why)), -1);
	assert_string_equal(why, "plan is too long, expected at most 1023 bytes");
}

static void refusal_keeps_within_its_buffer(void **unused)
{
	char why[8] = "1234567";
	struct plan plan;

	(void)unused;
	for (size_t bytes = 1; bytes < sizeof(why); bytes++) {
		memset(why, '#', sizeof(why));
		assert_int_equal(plan_parse("cut=7", &plan, why, bytes), -1);
		assert_true(memchr(why, '\0', bytes) != NULL);
		assert_int_equal(why[bytes], '#');
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
		cmocka_unit_test(plan_refusal_says_where_and_why),
		cmocka_unit_test(plan_full_takes_no_more),
		cmocka_unit_test(refusal_keeps_within_its_buffer),
		cmocka_unit_test(id_of_the_design_means_what_it_says),
		cmocka_unit_test(id_mutated_is_refused_or_its_own_text),
		cmocka_unit_test(id_refusal_says_where_and_why),
		cmocka_unit_test(id_with_a_plan_too_long_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
