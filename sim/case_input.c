/* A case as a fuzzer's bytes, and what must hold in it. */
#include "sim/case_input.h"

#include <stdio.h>
#include <string.h>

/* Small chips, one for each kind of thing that can go wrong; the last byte of an input is free. */
static const char *const scenarios[] = {
	"counter-burn",	   "two-updates",	 "ab-update-ram",    "flip-and-cut",
	"replay-manifest", "replay-flash",	 "security-equal",   "wrong-key-image",
	"mix-and-match",   "revert-crash",	 "revert-self-test", "revert-then-fix",
	"key-rotation",	   "revoked-key",	 "own-key-revoked",  "provisioning",
	"keys-ed25519",	   "other-device-image", "ab-update-small",  "endless-manifest",
	"stuck-efuse",	   "record-counter",	 "newer-revision",   "security-far-higher",
};

#define SCENARIOS (sizeof(scenarios) / sizeof(scenarios[0]))

/* How the first byte of a fault is spread over the kinds: cuts are what it is about. */
static const enum plan_kind kinds[8] = {PLAN_CUT,  PLAN_CUT,  PLAN_FAIL,  PLAN_MISS,
					PLAN_WEAK, PLAN_FLIP, PLAN_ERASE, PLAN_WRITE};

/* A fault while it is read. */
struct reading {
	const struct scenario *scenario;
	uint32_t op_cut; /* of the last cut, 0: none */
	const uint8_t *bytes;
};

static uint32_t reading_le16(const struct reading *reading, uint32_t at)
{
	return reading->bytes[at] | (uint32_t)reading->bytes[at + 1] << 8;
}

static void reading_extent(const struct reading *reading, struct plan_extent *extent)
{
	const struct hal_board *board = &reading->scenario->board;
	uint32_t bytes = reading_le16(reading, 2);

	switch (reading->bytes[0] >> 3 & 7) {
	case 0:
		break;
	case 1:
		extent->all = true;
		break;
	case 2:
		extent->all = extent->weak = true; /* of an erase */
		break;
	case 3:
		extent->bytes = bytes % board->program_bytes;
		break;
	case 4:
		extent->bytes = bytes % board->program_bytes;
		extent->bits = (uint8_t)(1 + reading->bytes[4] % 7);
		break;
	case 5:
		extent->bytes = bytes % board->program_bytes;
		extent->weak = true;
		break;
	case 6:
		extent->bytes = bytes % board->sector_bytes; /* of an erase */
		extent->weak = reading->bytes[4] & 1;
		break;
	case 7:
		extent->bytes = 1 + bytes % (board->sector_bytes - 1);
		extent->back = true;
		break;
	}
}

static void reading_cut(struct reading *reading, struct plan_fault *fault)
{
	fault->op = reading->op_cut + 1 + reading->bytes[1];
	reading->op_cut = fault->op;
	reading_extent(reading, &fault->extent);
}

static void reading_weak(const struct reading *reading, struct plan_fault *fault)
{
	fault->life = 1 + reading->bytes[1] % 16;
	fault->read = reading->bytes[2] % 32;
	fault->onward = fault->read == 0 && reading->bytes[3] & 1;
	fault->choice = (enum plan_choice)(reading->bytes[4] % 3);
}

/*
 * At rest is while the power is off: before the first life, or after the last cut. Only a device
 * that runs from RAM can withstand hands that reach into it while it runs.
 */
static uint32_t reading_rest_op(const struct reading *reading)
{
	uint32_t after = reading->bytes[0] >> 3 & 3;

	if (after == 3 && reading->scenario->board.ram_bytes > 0)
		return reading->op_cut + reading->bytes[1];
	return after == 0 ? 0 : reading->op_cut;
}

static void reading_flip(const struct reading *reading, struct plan_fault *fault)
{
	struct hal_region region;

	fault->op = reading_rest_op(reading);
	fault->region = (enum plan_region)(reading->bytes[2] % (PLAN_EFUSE + 1));
	region = scenario_region(reading->scenario, fault->region);
	fault->offset = reading_le16(reading, 3) % region.size_bytes;
	if (fault->region != PLAN_EFUSE)
		fault->bit = reading->bytes[5] % 8;
}

static void reading_write(const struct reading *reading, struct plan_fault *fault)
{
	const struct scenario *scenario = reading->scenario;
	const struct scenario_release *release =
		&scenario->releases[reading->bytes[3] % scenario->release_count];

	fault->op = reading_rest_op(reading);
	fault->region = reading->bytes[2] & 1 ? PLAN_SLOT_B : PLAN_SLOT_A;
	(void)snprintf(fault->release, sizeof(fault->release), "%s", release->name);
}

static void reading_fault(struct reading *reading, struct plan_fault *fault)
{
	fault->kind = kinds[reading->bytes[0] & 7];
	switch (fault->kind) {
	case PLAN_CUT:
		reading_cut(reading, fault);
		break;
	case PLAN_FAIL:
		fault->op = reading->op_cut + 1 + reading->bytes[1];
		fault->region = PLAN_REGIONS;
		break;
	case PLAN_MISS:
		fault->op = 1 + reading_le16(reading, 1);
		fault->region = PLAN_REGIONS;
		break;
	case PLAN_WEAK:
		reading_weak(reading, fault);
		break;
	case PLAN_FLIP:
		reading_flip(reading, fault);
		break;
	case PLAN_ERASE:
		fault->op = reading_rest_op(reading);
		fault->region = (enum plan_region)(reading->bytes[2] % PLAN_EFUSE);
		break;
	case PLAN_WRITE:
		reading_write(reading, fault);
		break;
	default: /* no byte stands for it */
		break;
	}
}

const char *case_input_scenario(uint32_t index)
{
	return index < SCENARIOS ? scenarios[index] : NULL;
}

uint32_t case_input_choice(const uint8_t *data, size_t size_bytes)
{
	return size_bytes == 0 ? 0 : data[0] % SCENARIOS;
}

void case_input_plan(const struct scenario *scenario, const uint8_t *data, size_t size_bytes,
		     struct plan *plan)
{
	struct reading reading = {.scenario = scenario};

	*plan = scenario->faults.plan;
	for (size_t at = 1; at + CASE_INPUT_FAULT_BYTES <= size_bytes;
	     at += CASE_INPUT_FAULT_BYTES) {
		struct plan_fault fault = {0};

		reading.bytes = data + at;
		reading_fault(&reading, &fault);
		if (plan_add(plan, &fault) != 0)
			break;
	}
}

/* ---- what must hold ---- */

/* Whether that change happens while the power is off. */
static bool plan_rests(const struct plan *plan, uint32_t op)
{
	bool rests = op == 0;

	for (uint32_t i = 0; i < plan->count && !rests; i++)
		rests = plan->faults[i].kind == PLAN_CUT && plan->faults[i].op == op;
	return rests;
}

/* Whether the scenario's own plan has that fault, so that all rules were written with it in mind.
 */
static bool plan_own(const struct scenario *scenario, const struct plan_fault *fault)
{
	const struct plan *own = &scenario->faults.plan;
	struct plan one = {.count = 1, .faults = {*fault}}, other = {.count = 1};

	for (uint32_t i = 0; i < own->count; i++) {
		other.faults[0] = own->faults[i];
		if (plan_equal(&one, &other))
			return true;
	}
	return false;
}

/* A change of flash or eFuse by other hands that the scenario does not have itself. */
static bool plan_tampers(const struct scenario *scenario, const struct plan_fault *fault)
{
	return fault->kind >= PLAN_FLIP && !plan_own(scenario, fault);
}

/* What one change at rest leaves of the rules. */
static uint32_t rules_tampered(const struct scenario *scenario, const struct plan *plan,
			       const struct plan_fault *fault)
{
	if (plan_rests(plan, fault->op))
		return 1u << RULE_CONTAINED | 1u << RULE_TRUSTED | 1u << RULE_WHOLE |
		       1u << RULE_FORWARD;
	/* What the firmware just erased may be written by the time that it programs there. What
	 * runs in place is what was verified only if nobody reaches into it. */
	return scenario->board.ram_bytes > 0
		       ? 1u << RULE_TRUSTED | 1u << RULE_WHOLE | 1u << RULE_FORWARD
		       : 0;
}

uint32_t case_input_rules(const struct scenario *scenario, const struct plan *plan)
{
	/* Bytes name faults that do not happen all the time; those are no finding. */
	uint32_t rules = ((1u << RULES) - 1) & ~(1u << RULE_FIRED);
	uint32_t efuse = 0, cuts = 0, weak = 0, tampered = 0;

	for (int i = 0; i < RULES; i++) {
		if (scenario->may_break[i] != NULL)
			rules &= ~(1u << i);
	}
	for (uint32_t i = 0; i < plan->count; i++) {
		const struct plan_fault *fault = &plan->faults[i];
		bool tampers = plan_tampers(scenario, fault);

		if (tampers)
			rules &= rules_tampered(scenario, plan, fault);
		tampered += tampers;
		/* What fails once is passed over once: another image is confirmed meanwhile, or a
		 * release is put there again, with all its attempts. */
		if (fault->kind == PLAN_FAIL || fault->kind == PLAN_MISS)
			rules &= ~(1u << RULE_REVERTS | 1u << RULE_SETTLES);
		cuts += fault->kind == PLAN_CUT;
		weak += fault->kind == PLAN_CUT && fault->extent.weak;
		efuse += tampers && fault->region == PLAN_EFUSE;
	}
	/* Of three cells that hold a bit, one may be wrong; a cut burn makes another. */
	if (efuse > 1 || (efuse == 1 && cuts > 0))
		rules &= ~(1u << RULE_FORWARD | 1u << RULE_TRUSTED);
	/* Who loses all else to other hands boots what verifies, and in place that may waver. */
	if (tampered > 0 && weak > 0 && scenario->board.ram_bytes == 0)
		rules &= ~(1u << RULE_WHOLE);
	return rules;
}

bool case_input_expects(const struct scenario *scenario, const struct plan *plan)
{
	uint32_t cuts = 0;

	for (uint32_t i = 0; i < plan->count; i++) {
		enum plan_kind kind = plan->faults[i].kind;

		if (plan_tampers(scenario, &plan->faults[i]) || kind == PLAN_FAIL ||
		    kind == PLAN_MISS)
			return false;
		cuts += kind == PLAN_CUT;
	}
	/* A cut can come between a refusal and its report, each time that the release is tried. */
	return !scenario->expect.has_refused || cuts < scenario->board.attempts;
}

void case_input_prune(struct plan *plan, uint32_t fired)
{
	struct plan happened = {0};

	for (uint32_t i = 0; i < plan->count; i++) {
		if (fired >> i & 1)
			happened.faults[happened.count++] = plan->faults[i];
	}
	*plan = happened;
}
