/*
 * Every rule can break: each specimen, in one case of a shipped scenario, breaks the rule that its
 * patch names, and the verdict says that this rule broke first. The reference holds in that case.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <cmocka.h>

#include "sim/run.h"

struct specimen {
	const char *name, *scenario, *plan;
	enum rule rule;
};

static const struct specimen specimens[] = {
	{"attempts-unspent", "6xx-lifecycle/601-revert-crash", "none", RULE_REVERTS},
	{"burn-early", "1xx-power/104-counter-burn", "none", RULE_REACHABLE},
	{"class-unchecked", "4xx-forgery/418-other-device-flash",
	 "write=0:slot_b:foreign,erase=0:bootctl_0,erase=0:bootctl_1,erase=0:bootctl_2",
	 RULE_TRUSTED},
	{"early-pending", "1xx-power/102-ab-update-small", "cut=54+0", RULE_SETTLES},
	{"floor-unchecked", "3xx-replay/304-replay-flash-newest",
	 "write=0:slot_b:old,erase=0:bootctl_0,erase=0:bootctl_1,erase=0:bootctl_2", RULE_FORWARD},
	{"hash-unchecked", "2xx-corruption/202-flip-payload", "flip=0:slot_a:0x100.3", RULE_WHOLE},
	{"journal-left", "1xx-power/110-smallest-update", "cut=8+0~,weak=2:before,cut=15+60~",
	 RULE_WHOLE},
	{"journal-unmoved", "1xx-power/110-smallest-update", "cut=9+0.4", RULE_CONTAINED},
	{"mirror-always", "1xx-power/102-ab-update-small", "none", RULE_SETTLES},
	{"own-slot", "1xx-power/102-ab-update-small", "cut=20+0", RULE_BOOTS},
	{"record-unhealed", "1xx-power/110-smallest-update",
	 "cut=18+0~,cut=22+0~,weak=3:before,cut=29+19~", RULE_WHOLE},
	{"report-early", "1xx-power/104-counter-burn", "none", RULE_HONEST},
	{"resume-blank", "1xx-power/104-counter-burn", "cut=4+0~,weak=2:before", RULE_CONTAINED},
	{"revoked-accepted", "6xx-lifecycle/607-revoked-key-flash",
	 "write=89:slot_a:stolen,erase=89:bootctl_0,erase=89:bootctl_1,erase=89:bootctl_2",
	 RULE_TRUSTED},
	{"seal-in-front", "1xx-power/110-smallest-update", "cut=19-102", RULE_HONEST},
	{"seal-single", "1xx-power/110-smallest-update",
	 "cut=60+0~,cut=63+0~,cut=66+0~,weak=6:before", RULE_HONEST},
	{"sequence-unchecked", "3xx-replay/302-replay-manifest", "none", RULE_FORWARD},
};

#define SPECIMENS (sizeof(specimens) / sizeof(specimens[0]))

static void specimen_judge(const struct scenario *scenario, const struct device_firmware *firmware,
			   const char *text, struct verdict *verdict)
{
	struct run_scene scene;
	struct plan plan;
	char why[256] = "";

	if (plan_parse(text, &plan, why, sizeof(why)))
		fail_msg("%s", why);
	if (run_scene_open(&scene, scenario, firmware, why, sizeof(why)))
		fail_msg("%s", why);
	run_case(&scene, &plan, NULL, verdict);
	run_scene_close(&scene);
}

static void specimen_breaks_its_rule_first(void **state)
{
	(void)state;
	for (size_t i = 0; i < SPECIMENS; i++) {
		const struct specimen *specimen = &specimens[i];
		struct device_firmware firmware;
		struct scenario *scenario;
		struct verdict verdict;
		char path[256], why[512] = "";

		snprintf(path, sizeof(path), "scenarios/%s.yaml", specimen->scenario);
		scenario = scenario_open(path);
		assert_non_null(scenario);
		if (device_load(specimen->name, &firmware, why, sizeof(why)))
			fail_msg("%s", why);
		specimen_judge(scenario, &firmware, specimen->plan, &verdict);
		device_unload(&firmware);
		if (verdict.first != (int)specimen->rule)
			fail_msg("%s~%s@%s: %s broke first, expected %s", scenario->name,
				 specimen->name, specimen->plan,
				 verdict.first < 0 ? "nothing"
						   : rule_name((enum rule)verdict.first),
				 rule_name(specimen->rule));
		scenario_close(scenario);
	}
}

/* The same case, as far as it exists there, on the firmware without the bug. */
static void specimen_reference_holds_the_rule(void **state)
{
	(void)state;
	for (size_t i = 0; i < SPECIMENS; i++) {
		const struct specimen *specimen = &specimens[i];
		struct scenario *scenario;
		struct verdict verdict;
		char path[256];

		snprintf(path, sizeof(path), "scenarios/%s.yaml", specimen->scenario);
		scenario = scenario_open(path);
		assert_non_null(scenario);
		specimen_judge(scenario, device_reference(), specimen->plan, &verdict);
		if (verdict.rule[specimen->rule] == BROKEN)
			fail_msg("%s@%s: the reference breaks %s: %s", scenario->name,
				 specimen->plan, rule_name(specimen->rule),
				 verdict.breaks[specimen->rule].why);
		scenario_close(scenario);
	}
}

/* The patch's header is what people read: it names the rule that the table says. */
static void specimen_check_header(const char *file, enum rule rule)
{
	char path[512], line[256], expected[64],
		word[4][16] = {"Origin:", "Cause:", "Rule:", "Family:"};
	FILE *patch;

	snprintf(path, sizeof(path), "device-model/specimens/%s", file);
	snprintf(expected, sizeof(expected), "Rule: %s\n", rule_name(rule));
	patch = fopen(path, "r");
	assert_non_null(patch);
	for (size_t i = 0; i < 4; i++) {
		assert_non_null(fgets(line, sizeof(line), patch));
		assert_memory_equal(line, word[i], strlen(word[i]));
		if (i == 2)
			assert_string_equal(line, expected);
	}
	fclose(patch);
}

static void specimen_table_names_every_patch(void **state)
{
	DIR *folder = opendir("device-model/specimens");
	struct dirent *entry;
	size_t patches = 0;

	(void)state;
	assert_non_null(folder);
	while ((entry = readdir(folder))) {
		size_t known = 0;
		const char *end = strstr(entry->d_name, ".patch");

		if (!end)
			continue;
		patches++;
		for (size_t i = 0; i < SPECIMENS; i++) {
			if (strlen(specimens[i].name) != (size_t)(end - entry->d_name) ||
			    memcmp(specimens[i].name, entry->d_name, strlen(specimens[i].name)))
				continue;
			known++;
			specimen_check_header(entry->d_name, specimens[i].rule);
		}
		if (known != 1)
			fail_msg("%s stands %zu times in the table, expected once", entry->d_name,
				 known);
	}
	closedir(folder);
	assert_int_equal(patches, SPECIMENS);
}

/* All ten rules but fired, which no firmware can break: tests/test_fired.py has that. */
static void specimen_for_each_rule(void **state)
{
	bool broken[RULES] = {false};

	(void)state;
	for (size_t i = 0; i < SPECIMENS; i++)
		broken[specimens[i].rule] = true;
	for (int i = 0; i < RULES; i++)
		if (i != RULE_FIRED && !broken[i])
			fail_msg("no specimen breaks %s", rule_name((enum rule)i));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(specimen_breaks_its_rule_first),
		cmocka_unit_test(specimen_reference_holds_the_rule),
		cmocka_unit_test(specimen_table_names_every_patch),
		cmocka_unit_test(specimen_for_each_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
