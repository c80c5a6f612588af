/* Texts that are no plan and no case id, and what is said of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "faults/case_id.h"
#include "faults/plan.h"

#define WHY_BYTES 256

struct refused {
	const char *text, *why;
};

#define ONE   "erase=0:slot_a,"
#define EIGHT ONE ONE ONE ONE ONE ONE ONE ONE
#define REGIONS                                                                               \
	"slot_a, slot_b, bootctl_0 to bootctl_2, bootctl, progress_0, progress_1, progress, " \
	"efuse or flash"
#define KINDS                                                                            \
	"no such fault, expected cut=, weak=, fail=, lie=, mute=, miss=, stuck=, sag=, " \
	"clock=, flip=, rot=, erase=, write=, swap=, back= or patch="

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
	{"cut=7+0/", "character 9: no op lost, expected a number from 1"},
	{"cut=7+0/7", "character 9: op lost is too high, expected at most 6"},
	{"cut=7+0/0", "character 9: op lost is too low, expected at least 1"},
	{"cut=99+0/34", "character 10: op lost is too low, expected at least 35"},
	{"cut=7+0/3.3", "character 11: op lost is too low, expected at least 5"},
	{"cut=7+0/3.4", "character 11: op lost is too low, expected at least 5"},
	{"cut=7+0/4-3", "character 11: last op lost is too low, expected at least 5"},
	{"cut=7+0/3-7", "character 11: last op lost is too high, expected at most 6"},
	{"cut=7+0/3-4-5", "character 12: '-' after a fault, expected ',' or the end"},
	{"cut=7+0/3.", "character 11: no op lost, expected a number from 5"},
	{"cut=7+0/6.5",
	 "character 11: no op between the last one lost and the cut, expected ops that rise, "
	 "neighbours as a run"},
	{"cut=1+0/1",
	 "character 9: no op between the last one lost and the cut, expected ops that rise, "
	 "neighbours as a run"},
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
	{"weak=1:slot_a", "character 14: ':' is missing, expected it before the offset"},
	{"weak=1:slot_a:0x0.0", "character 20: ':' is missing, expected it before the choice"},
	{"weak=1:slot_a:0x0.0:mix", "character 21: no such choice, expected before or after"},
	{"weak=1:efuse:0x0.1:before", "character 18: bit is too high, expected at most 0"},
	{"weak=1+:efuse:0x0.0:mix", "character 21: no such choice, expected before or after"},
	{"weak=1:mixed", "character 11: 'e' after a fault, expected ',' or the end"},
	{"clock=3",
	 "character 8: nothing befalls the clock, expected '+', '-' or ':stops' after the op"},
	{"clock=3+0", "character 9: number of milliseconds is too low, expected at least 1"},
	{"clock=3-0", "character 9: number of milliseconds is too low, expected at least 1"},
	{"clock=3:stop",
	 "character 8: nothing befalls the clock, expected '+', '-' or ':stops' after the op"},
	{"rot=0:slot_a", "character 13: ':' is missing, expected it before the number of bits"},
	{"rot=0:slot_a:0.1", "character 14: number of bits is too low, expected at least 1"},
	{"rot=0:slot_a:1025.1", "character 14: number of bits is too high, expected at most 1024"},
	{"rot=0:slot_a:3", "character 15: '.' is missing, expected it before the seed"},
	{"flip=read.1:slot_a:0x0.0", "character 11: time is too low, expected at least 2"},
	{"flip=rest.:slot_a:0x0.0", "character 11: no time, expected a number from 2"},
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
	{"write=0:bootctl:old", "character 9: an image is for slots, expected slot_a or slot_b"},
	{"flip=soon:slot_a:0x0.0",
	 "character 6: no op, expected a number from 0, life, rest, read or jump"},
	{"fail=0", "character 6: op is too low, expected at least 1, or a region"},
	{"fail=rest:slot_a", "character 6: no op, expected a number from 0"},
	{"lie=1:", "character 7: no such region, expected " REGIONS},
	{"mute=1", "character 7: ':' is missing, expected it before the region"},
	{"stuck=1:slot_a:0x0.0", "character 21: ':' is missing, expected it before the level"},
	{"stuck=1:slot_a:0x0.0:2", "character 22: level is too high, expected at most 1"},
	{"sag=1", "character 6: '.' is missing, expected it before the number of ops"},
	{"sag=0.1", "character 5: op is too low, expected at least 1"},
	{"sag=1.17", "character 7: number of ops is too high, expected at most 16"},
	{"swap=0:slot_a", "character 14: ':' is missing, expected it before the other region"},
	{"swap=0:slot_a:slot_a",
	 "character 15: nothing to exchange, expected another region of the flash"},
	{"swap=0:slot_a:efuse",
	 "character 15: nothing to exchange, expected another region of the flash"},
	{"back=0:efuse", "character 8: efuse cannot be written, expected flash"},
	{"patch=0:slot_a:0x0", "character 19: ':' is missing, expected it before the bytes"},
	{"patch=0:slot_a:0x0:", "character 20: no bytes, expected two hex digits for each"},
	{"patch=0:slot_a:0x0:0", "character 20: no bytes, expected two hex digits for each"},
	{"patch=0:slot_a:0x0:000", "character 22: '0' after a fault, expected ',' or the end"},
	{"patch=0:slot_a:0x0:000102030405060708090a0b0c0d0e0f10",
	 "character 52: too many bytes, expected at most 16"},
	{EIGHT EIGHT EIGHT EIGHT "erase=0:slot_a",
	 "character 481: too many faults, expected at most 32"},
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
	assert_string_equal(why, "plan is too long, expected at most 16383 bytes");
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(plan_refusal_says_where_and_why),
		cmocka_unit_test(id_refusal_says_where_and_why),
		cmocka_unit_test(id_with_a_plan_too_long_is_refused),
		cmocka_unit_test(refusal_keeps_within_its_buffer),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
