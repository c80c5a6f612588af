/* Attack, faults and expectation, held against the device and the releases that they speak of. */
#include "sim/scenario/scenario_trial.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/scenario_device.h"
#include "sim/scenario/scenario_release.h"
#include "sim/vendor/notation.h"

#define TRIAL_TEARS 8u /* where a scenario cuts and says no more */
#define TRIAL_CUTS  1u

static const char *const err_names[] = {
#define X(name, text) [FW_INDEX_##name] = #name,
	FW_ERRORS(X)
#undef X
};

#define TRIAL_ERRS (sizeof(err_names) / sizeof(err_names[0]))

int scenario_trial_reason(const char *name)
{
	for (uint32_t i = 0; i < TRIAL_ERRS; i++)
		if (strcmp(err_names[i], name) == 0)
			return -1 - (int)i;
	return FW_OK;
}

static int attack_release(const struct scenario *scenario, const struct scenario_yaml_file *file,
			  const char *place, const char *name, int *release)
{
	if (name == NULL)
		return 0;
	*release = scenario_release_named(scenario, name);
	if (*release < 0)
		return scenario_yaml_fail(file, place,
					  "there is no release '%s', expected one of this scenario",
					  name);
	return 0;
}

static int wire_fill(struct scenario *scenario, const struct scenario_yaml_file *file, uint32_t i)
{
	const struct scenario_yaml_wire *yaml = &file->root->attack->wire[i];
	struct attacker_wire *wire = &scenario->wire[i];
	bool replaces = yaml->does == ATTACKER_REPLACE;
	char place[48];
	int release = 0;

	(void)snprintf(place, sizeof(place), "attack.wire[%" PRIu32 "].release", i);
	if (replaces != (yaml->release != NULL))
		return scenario_yaml_fail(file, place,
					  replaces ? "replaces by nothing, expected a release"
						   : "a release that is not used, expected 'does: "
						     "replace' beside it");
	if (attack_release(scenario, file, place, yaml->release, &release) != 0)
		return -1;
	if (replaces && yaml->of_manifest && scenario->releases[release].manifest == NULL)
		return scenario_yaml_fail(file, place,
					  "'%s' has no manifest, expected a release with a "
					  "sequence",
					  yaml->release);
	(void)snprintf(place, sizeof(place), "attack.wire[%" PRIu32 "].bytes", i);
	if (yaml->bytes != NULL && *yaml->bytes == 0)
		return scenario_yaml_fail(file, place, "bytes is 0, expected at least 1");
	*wire = (struct attacker_wire){
		.manifest = yaml->of_manifest,
		.does = (enum attacker_does)yaml->does,
		.release = (uint32_t)release,
		.from = yaml->from,
		.bytes = yaml->bytes == NULL ? UINT32_MAX : *yaml->bytes,
		.after = yaml->after,
		.lives = yaml->lives,
		.ms = yaml->ms,
	};
	scenario->wire_count++;
	return 0;
}

static int https_fill(struct scenario *scenario, const struct scenario_yaml_file *file, uint32_t i)
{
	const struct scenario_yaml_https *yaml = &file->root->attack->https[i];
	bool counts = yaml->does == ATTACKER_RESET || yaml->does == ATTACKER_HANG;
	char place[48];

	(void)snprintf(place, sizeof(place), "attack.https[%" PRIu32 "].does", i);
	if (!scenario->over_https)
		return scenario_yaml_fail(file, place,
					  "no network of the device's own, expected "
					  "'over: https'");
	(void)snprintf(place, sizeof(place), "attack.https[%" PRIu32 "].bytes", i);
	if (counts != (yaml->bytes != 0))
		return scenario_yaml_fail(file, place,
					  counts ? "no bytes, expected after how many it is done"
						 : "bytes that count for nothing, expected them "
						   "beside reset or hang");
	scenario->https[scenario->https_count++] = (struct attacker_https){
		.does = (enum attacker_https_does)yaml->does,
		.mirror = yaml->at == 0 ? ATTACKER_NONE : (uint32_t)yaml->at - 1,
		.bytes = yaml->bytes,
		.lives = yaml->lives,
	};
	return 0;
}

/* What a device with a network of its own cannot be. */
static int https_check(const struct scenario *scenario, const struct scenario_yaml_file *file)
{
	if (!scenario->over_https)
		return scenario->expect.saw == NULL
			       ? 0
			       : scenario_yaml_fail(file, "expect.saw",
						    "a device that sees no network, expected "
						    "'over: https'");
	if (scenario->wire_count)
		return scenario_yaml_fail(file, "attack.wire",
					  "a wire beside 'over: https', "
					  "expected attack.https");
	for (uint32_t i = 0; i < scenario->release_count; i++)
		if (scenario->releases[i].is_agent)
			return scenario_yaml_fail(file, "over",
						  "'payload: agent' beside it, "
						  "whose agent has no network, "
						  "expected other payloads");
	return 0;
}

static int attack_fill(struct scenario *scenario, const struct scenario_yaml_file *file)
{
	const struct scenario_yaml_attack *attack = file->root->attack;

	scenario->serve_manifest_of = -1;
	scenario->serve_image_of = -1;
	if (attack == NULL)
		return 0;
	if (attack_release(scenario, file, "attack.manifest", attack->manifest,
			   &scenario->serve_manifest_of) != 0 ||
	    attack_release(scenario, file, "attack.image", attack->image,
			   &scenario->serve_image_of) != 0)
		return -1;
	if (scenario->serve_manifest_of >= 0 &&
	    scenario->releases[scenario->serve_manifest_of].manifest == NULL)
		return scenario_yaml_fail(file, "attack.manifest",
					  "'%s' has no manifest, expected a release with a "
					  "sequence",
					  attack->manifest);
	for (uint32_t i = 0; i < attack->wire_count; i++)
		if (wire_fill(scenario, file, i) != 0)
			return -1;
	for (uint32_t i = 0; i < attack->https_count; i++)
		if (https_fill(scenario, file, i) != 0)
			return -1;
	return 0;
}

static int plan_fill(struct scenario *scenario, const struct scenario_yaml_file *file,
		     const char *text)
{
	struct plan *plan = &scenario->faults.plan;
	char why[256];

	if (text == NULL)
		return 0;
	if (plan_parse(text, plan, why, sizeof(why)) != 0)
		return scenario_yaml_fail(file, "faults.plan", "plan, %s", why);
	for (uint32_t i = 0; i < plan->count; i++) {
		const struct plan_fault *fault = &plan->faults[i];

		if (fault->kind == PLAN_WRITE &&
		    scenario_release_named(scenario, fault->release) < 0)
			return scenario_yaml_fail(
				file, "faults.plan",
				"plan writes a release '%s', expected one of this scenario",
				fault->release);
		if ((fault->kind == PLAN_FLIP || fault->kind == PLAN_STUCK ||
		     fault->kind == PLAN_PATCH) &&
		    fault->offset >= scenario_region(scenario, fault->region).size_bytes)
			return scenario_yaml_fail(
				file, "faults.plan",
				"plan flips offset 0x%" PRIx32
				" of %s, expected one below 0x%" PRIx32,
				fault->offset, plan_region_name(fault->region),
				scenario_region(scenario, fault->region).size_bytes);
	}
	return 0;
}

/* A number from min on, or the one word that stands for UINT32_MAX. */
static int amount_read(const struct scenario_yaml_file *file, const char *place, const char *text,
		       uint32_t min, const char *word, uint32_t *amount)
{
	const char *key = strrchr(place, '.') + 1;
	uint64_t value = 0;
	const char *at = text;

	if (strcmp(text, word) == 0) {
		*amount = UINT32_MAX;
		return 0;
	}
	for (; *at >= '0' && *at <= '9' && value < UINT32_MAX; at++)
		value = value * 10 + (uint64_t)(*at - '0');
	if (*at != '\0' || at == text || value < min || value >= UINT32_MAX ||
	    (text[0] == '0' && text[1] != '\0'))
		return scenario_yaml_fail(file, place,
					  "%s is '%s', expected a number from %" PRIu32
					  " or the word %s",
					  key, text, min, word);
	*amount = (uint32_t)value;
	return 0;
}

static int cuts_fill(struct scenario_faults *faults, const struct scenario_yaml_file *file)
{
	const struct scenario_yaml_faults *yaml = file->root->faults;

	faults->cut_every = yaml->cut_every;
	if (!faults->cut_every) {
		if (yaml->tears == NULL && yaml->cuts == NULL)
			return 0;
		return scenario_yaml_fail(file,
					  yaml->tears != NULL ? "faults.tears" : "faults.cuts",
					  "nothing is cut, expected 'cut: every' beside %s",
					  yaml->tears ? "tears" : "cuts");
	}
	faults->tears = TRIAL_TEARS;
	faults->cuts = TRIAL_CUTS;
	if (yaml->tears != NULL &&
	    amount_read(file, "faults.tears", yaml->tears, 0, "all", &faults->tears) != 0)
		return -1;
	if (yaml->cuts != NULL &&
	    amount_read(file, "faults.cuts", yaml->cuts, 1, "any", &faults->cuts) != 0)
		return -1;
	return 0;
}

static bool part_fits(const struct scenario_flips *flips)
{
	switch (flips->part) {
	case FLIPS_ALL:
		return true;
	case FLIPS_HEADER:
	case FLIPS_PAYLOAD:
	case FLIPS_TLVS:
		return flips->region <= PLAN_SLOT_B;
	case FLIPS_RECORD:
		return flips->region > PLAN_SLOT_B && flips->region < PLAN_EFUSE;
	}
	return false;
}

static int flips_fill(struct scenario_faults *faults, const struct scenario_yaml_file *file,
		      uint32_t i)
{
	const struct scenario_yaml_flips *yaml = &file->root->faults->flips[i];
	struct scenario_flips *flips = &faults->flips[i];
	char place[48];
	uint32_t region = 0;

	while (region < PLAN_REGIONS &&
	       strcmp(plan_region_name((enum plan_region)region), yaml->region) != 0)
		region++;
	(void)snprintf(place, sizeof(place), "faults.flips[%" PRIu32 "].region", i);
	if (region == PLAN_REGIONS)
		return scenario_yaml_fail(file, place,
					  "there is no region '%s', expected slot_a, slot_b, "
					  "bootctl_0 to bootctl_2, bootctl, progress_0, "
					  "progress_1, progress, efuse or flash",
					  yaml->region);
	flips->region = (enum plan_region)region;
	flips->part = yaml->part;
	flips->step = yaml->step == NULL ? 1 : *yaml->step;
	flips->all_copies = yaml->all_copies;
	flips->op = yaml->op;
	flips->reads = yaml->reads == NULL ? 0 : *yaml->reads;
	(void)snprintf(place, sizeof(place), "faults.flips[%" PRIu32 "].step", i);
	if (flips->step == 0)
		return scenario_yaml_fail(file, place, "step is 0, expected at least 1 bit");
	(void)snprintf(place, sizeof(place), "faults.flips[%" PRIu32 "].reads", i);
	if (yaml->reads != NULL && (flips->reads == 0 || flips->op > 0))
		return scenario_yaml_fail(file, place,
					  "reads is %" PRIu32
					  ", expected at least 1 and no 'op' beside it",
					  flips->reads);
	(void)snprintf(place, sizeof(place), "faults.flips[%" PRIu32 "].part", i);
	if (!part_fits(flips))
		return scenario_yaml_fail(
			file, place,
			"%s has no such part, expected header, payload or tlvs of "
			"a slot, record of bootctl or progress, or all",
			yaml->region);
	(void)snprintf(place, sizeof(place), "faults.flips[%" PRIu32 "].all_copies", i);
	if (flips->all_copies && (region < PLAN_BOOTCTL_0 || region > PLAN_BOOTCTL_2))
		return scenario_yaml_fail(
			file, place, "%s is no copy of bootctl, expected bootctl_0 to bootctl_2",
			yaml->region);
	return 0;
}

/* The plan stands in every case; the faults that a sweep adds come after it and must have room. */
static int plan_leaves_room(const struct scenario_faults *faults,
			    const struct scenario_yaml_file *file)
{
	/* A cut that leaves weak cells is two faults, a bit flipped in every copy three. */
	uint32_t cuts = faults->cuts == UINT32_MAX ? 1 : faults->cuts;
	uint32_t added = faults->cut_every && cuts > 1 ? 2 * cuts : HAL_COPIES;

	if (added > PLAN_FAULTS_MAX)
		return scenario_yaml_fail(file, "faults.cuts",
					  "cuts is %" PRIu32 ", expected at most %u", faults->cuts,
					  PLAN_FAULTS_MAX / 2);
	if (faults->plan.count > PLAN_FAULTS_MAX - added)
		return scenario_yaml_fail(file, "faults.plan",
					  "plan has %" PRIu32 " faults, expected at most %" PRIu32
					  ", to leave room for what is tried beside it",
					  faults->plan.count, PLAN_FAULTS_MAX - added);
	for (uint32_t i = 0; faults->cut_every && i < faults->plan.count; i++) {
		if (faults->plan.faults[i].kind == PLAN_CUT)
			return scenario_yaml_fail(
				file, "faults.plan",
				"plan has a cut beside 'cut: every', expected the "
				"one or the other");
	}
	return 0;
}

/* Ops that go wrong one at a time. */
static int each_fill(struct scenario_faults *faults, const struct scenario_yaml_file *file)
{
	static const enum plan_kind kinds[] = {PLAN_FAIL, PLAN_LIE, PLAN_SAG, PLAN_MISS};
	const struct scenario_yaml_faults *yaml = file->root->faults;

	for (uint32_t i = 0; i < yaml->each_count; i++) {
		size_t bytes = strlen(yaml->each[i]), found = 0;

		while (found < 4 && (strncmp(plan_kind_name(kinds[found]), yaml->each[i], bytes) ||
				     plan_kind_name(kinds[found])[bytes] != '='))
			found++;
		if (found == 4)
			return scenario_yaml_fail(
				file, "faults.each",
				"each op is to '%s', expected fail, lie, sag or miss",
				yaml->each[i]);
		faults->each[kinds[found]] = true;
	}
	return 0;
}

static int faults_fill(struct scenario *scenario, const struct scenario_yaml_file *file)
{
	const struct scenario_yaml_faults *yaml = file->root->faults;
	struct scenario_faults *faults = &scenario->faults;

	if (yaml == NULL)
		return 0;
	if (plan_fill(scenario, file, yaml->plan) != 0 || cuts_fill(faults, file) != 0 ||
	    each_fill(faults, file) != 0 || plan_leaves_room(faults, file) != 0)
		return -1;
	faults->flips_count = yaml->flips_count;
	for (uint32_t i = 0; i < yaml->flips_count; i++) {
		if (flips_fill(faults, file, i) != 0)
			return -1;
	}
	return 0;
}

static bool version_equal(const struct hal_version *a, const struct hal_version *b)
{
	return a->major == b->major && a->minor == b->minor && a->revision == b->revision &&
	       a->build == b->build;
}

/* A version that no release has could never come, so it is a slip of the pen. */
static int expect_version(struct scenario *scenario, const struct scenario_yaml_file *file,
			  const char *text)
{
	struct scenario_expect *expect = &scenario->expect;

	if (notation_version_parse(text, &expect->version) != 0)
		return scenario_yaml_fail(file, "expect.version",
					  "version is '%s', expected major.minor.revision[+build]",
					  text);
	expect->has_version = true;
	for (uint32_t i = 0; i < scenario->release_count; i++) {
		if (version_equal(&scenario->releases[i].version, &expect->version))
			return 0;
	}
	return scenario_yaml_fail(file, "expect.version",
				  "no release has version %s, expected one of theirs", text);
}

static int expect_refused(struct scenario_expect *expect, const struct scenario_yaml_file *file,
			  const char *text)
{
	expect->refused = scenario_trial_reason(text);
	expect->has_refused = expect->refused != FW_OK;
	if (expect->has_refused)
		return 0;
	return scenario_yaml_fail(file, "expect.refused",
				  "there is no reason '%s', expected one of FW_ERRORS in "
				  "device-model/hal.h",
				  text);
}

static int expect_revoked(struct scenario *scenario, const struct scenario_yaml_file *file,
			  const struct scenario_yaml_expect *yaml)
{
	struct scenario_expect *expect = &scenario->expect;

	expect->has_revoked = scenario_yaml_has(file, "expect.revoked");
	for (uint32_t i = 0; i < yaml->revoked_count; i++) {
		int key = scenario_device_key(scenario, yaml->revoked[i]);

		if (key < 0)
			return scenario_yaml_fail(file, "expect.revoked",
						  "the device has no key '%s', expected one of its "
						  "keys",
						  yaml->revoked[i]);
		expect->revoked |= 1u << key;
	}
	return 0;
}

static int expect_fill(struct scenario *scenario, const struct scenario_yaml_file *file)
{
	const struct scenario_yaml_expect *yaml = file->root->expect;
	struct scenario_expect *expect = &scenario->expect;

	if (yaml == NULL)
		return 0;
	if ((yaml->version != NULL && expect_version(scenario, file, yaml->version) != 0) ||
	    (yaml->refused != NULL && expect_refused(expect, file, yaml->refused) != 0) ||
	    expect_revoked(scenario, file, yaml) != 0)
		return -1;
	expect->has_counter = yaml->counter != NULL;
	expect->counter = expect->has_counter ? *yaml->counter : 0;
	if (expect->counter > scenario->board.counter_bits)
		return scenario_yaml_fail(file, "expect.counter",
					  "counter is %" PRIu32 ", expected at most its %" PRIu32
					  " bits",
					  expect->counter, scenario->board.counter_bits);
	expect->erases = yaml->erases != NULL ? *yaml->erases : 0;
	expect->minutes = yaml->minutes != NULL ? *yaml->minutes : 0;
	expect->has_given_up = yaml->given_up != NULL;
	expect->given_up = expect->has_given_up ? *yaml->given_up : 0;
	expect->has_secure_boot = yaml->secure_boot != NULL;
	expect->secure_boot = expect->has_secure_boot && *yaml->secure_boot != 0;
	return 0;
}

int scenario_trial_fill(struct scenario *scenario, const struct scenario_yaml_file *file)
{
	if (attack_fill(scenario, file) != 0 || https_check(scenario, file) != 0 ||
	    faults_fill(scenario, file) != 0)
		return -1;
	return expect_fill(scenario, file);
}
