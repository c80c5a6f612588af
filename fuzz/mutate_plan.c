/* Plans mutated: faults are added, dropped, moved and nudged, and stay faults. */
#include "fuzz/mutate_plan.h"

#include <string.h>

#include "faults/plan.h"
#include "fuzz/mutate.h"
#include "sim/case_input.h"

/* Where other hands reach, or a part goes bad: how many of the regions it can be. */
static const uint32_t fault_regions[PLAN_KINDS] = {
	[PLAN_FAIL] = PLAN_REGIONS,  [PLAN_LIE] = PLAN_REGIONS,	    [PLAN_MUTE] = PLAN_REGIONS,
	[PLAN_STUCK] = PLAN_REGIONS, [PLAN_FLIP] = PLAN_REGIONS,    [PLAN_ERASE] = PLAN_EFUSE,
	[PLAN_ROT] = PLAN_REGIONS,   [PLAN_WRITE] = PLAN_BOOTCTL_0, [PLAN_SWAP] = PLAN_BOOTCTL_0,
	[PLAN_BACK] = PLAN_EFUSE,    [PLAN_PATCH] = PLAN_EFUSE,
};

static void fault_random_place(struct chance *chance, struct plan_fault *fault)
{
	fault->offset = chance_below(chance, 4096);
	if (fault->kind != PLAN_PATCH)
		fault->bit = fault->region == PLAN_EFUSE ? 0 : (uint8_t)chance_below(chance, 8);
}

static void fault_random(struct chance *chance, struct plan_fault *fault)
{
	memset(fault, 0, sizeof(*fault));
	fault->kind = (enum plan_kind)chance_below(chance, PLAN_KINDS);
	fault->op = 1 + chance_below(chance, 120);
	if (fault_regions[fault->kind] > 0)
		fault->region = (enum plan_region)chance_below(chance, fault_regions[fault->kind]);
	if (fault->kind >= PLAN_FLIP && chance_once_in(chance, 4)) {
		fault->when = (enum plan_when)(PLAN_AT_LIFE + chance_below(chance, 4));
		fault->nth = fault->when == PLAN_AT_LIFE ? 0 : 1 + chance_below(chance, 3);
		fault->op = 0;
		fault->life = fault->when == PLAN_AT_LIFE ? 1 + chance_below(chance, 8) : 0;
	}
	switch (fault->kind) {
	case PLAN_CUT:
		fault->extent.all = chance_once_in(chance, 4);
		fault->extent.back = !fault->extent.all && chance_once_in(chance, 4);
		fault->extent.weak = !fault->extent.back && chance_once_in(chance, 3);
		if (!fault->extent.all)
			fault->extent.bytes = 1 + chance_below(chance, 1024);
		if (chance_once_in(chance, 3)) /* of the last two ops, which there are */
			fault->extent.lost = fault->op > 2 ? 1 + chance_below(chance, 3) : 0;
		break;
	case PLAN_WEAK:
		fault->life = 1 + chance_below(chance, 8);
		fault->read = chance_below(chance, 4);
		fault->onward = fault->read == 0 && chance_once_in(chance, 2);
		fault->choice = (enum plan_choice)chance_below(chance, 3);
		break;
	case PLAN_FAIL:
	case PLAN_LIE:
		if (chance_once_in(chance, 2))
			fault->region = PLAN_REGIONS; /* that op alone */
		break;
	case PLAN_MISS:
		fault->region = PLAN_REGIONS;
		break;
	case PLAN_STUCK:
		fault->level = (uint8_t)chance_below(chance, 2);
		fault_random_place(chance, fault);
		break;
	case PLAN_SAG:
		fault->ops = 1 + chance_below(chance, PLAN_SAG_MAX);
		break;
	case PLAN_CLOCK:
		fault->ms = chance_below(chance, 3) << chance_below(chance, 31);
		fault->backward = fault->ms > 0 && chance_once_in(chance, 2);
		break;
	case PLAN_FLIP:
		fault_random_place(chance, fault);
		break;
	case PLAN_ROT:
		fault->bits = 1 + chance_below(chance, PLAN_ROT_MAX);
		fault->seed = chance_below(chance, 100);
		break;
	case PLAN_WRITE:
		memcpy(fault->release, "update", sizeof("update"));
		break;
	case PLAN_SWAP:
		fault->other = fault->region == PLAN_SLOT_A ? PLAN_SLOT_B : PLAN_SLOT_A;
		break;
	case PLAN_PATCH:
		fault_random_place(chance, fault);
		fault->bytes_count = 1 + chance_below(chance, PLAN_PATCH_MAX);
		for (uint32_t i = 0; i < fault->bytes_count; i++)
			fault->bytes[i] = (uint8_t)chance_below(chance, 256);
		break;
	default:
		break;
	}
}

/* Cuts whose ops do not rise are no plan. */
static void plan_straighten(struct plan *plan)
{
	uint32_t op = 0;

	for (uint32_t i = 0; i < plan->count; i++) {
		struct plan_fault *fault = &plan->faults[i];

		if (fault->kind != PLAN_CUT)
			continue;
		if (fault->op <= op)
			fault->op = op == UINT32_MAX ? op : op + 1;
		op = fault->op;
	}
}

static void plan_mutate(struct chance *chance, struct plan *plan)
{
	uint32_t at = plan->count > 0 ? chance_below(chance, plan->count) : 0;
	struct plan_fault fault;

	switch (chance_below(chance, plan->count > 0 ? 4 : 1)) {
	case 0:
		fault_random(chance, &fault);
		(void)plan_add(plan, &fault);
		break;
	case 1:
		memmove(&plan->faults[at], &plan->faults[at + 1],
			(plan->count - at - 1) * sizeof(fault));
		plan->count--;
		break;
	case 2:
		fault_random(chance, &plan->faults[at]);
		break;
	case 3:
		fault = plan->faults[at];
		plan->faults[at] = plan->faults[0];
		plan->faults[0] = fault;
		break;
	}
	plan_straighten(plan);
}

size_t mutate_plan_text(uint8_t *data, size_t size_bytes, size_t max_bytes, unsigned int seed)
{
	char text[PLAN_TEXT_BYTES], why[96];
	struct chance chance;
	struct plan plan;
	size_t bytes;

	chance_open(&chance, seed);
	if (size_bytes >= sizeof(text) || chance_once_in(&chance, 3))
		return mutate_bytes(&chance, data, size_bytes, max_bytes);
	memcpy(text, data, size_bytes);
	text[size_bytes] = '\0';
	if (plan_parse(text, &plan, why, sizeof(why)) != 0)
		return mutate_bytes(&chance, data, size_bytes, max_bytes);
	plan_mutate(&chance, &plan);
	plan_print(&plan, text);
	bytes = strlen(text);
	if (bytes > max_bytes)
		return size_bytes;
	memcpy(data, text, bytes);
	return bytes;
}

/* Within one fault: a number is nudged rather than replaced, since neighbours behave alike. */
static void case_nudge(struct chance *chance, uint8_t *fault)
{
	uint8_t *byte = &fault[chance_below(chance, CASE_INPUT_FAULT_BYTES)];

	if (chance_once_in(chance, 2))
		*byte = (uint8_t)chance_below(chance, 256);
	else
		*byte = (uint8_t)(*byte + chance_below(chance, 9) - 4);
}

size_t mutate_plan_case(uint8_t *data, size_t size_bytes, size_t max_bytes, unsigned int seed)
{
	uint8_t *faults = data + 1, *at;
	struct chance chance;
	uint32_t count;

	chance_open(&chance, seed);
	if (size_bytes < 1 || max_bytes < CASE_INPUT_BYTES_MAX || chance_once_in(&chance, 4))
		return mutate_bytes(&chance, data, size_bytes, max_bytes);
	count = (uint32_t)(size_bytes - 1) / CASE_INPUT_FAULT_BYTES;
	if (count > PLAN_FAULTS_MAX)
		count = PLAN_FAULTS_MAX;
	at = faults + (count > 0 ? chance_below(&chance, count) : 0) * CASE_INPUT_FAULT_BYTES;
	switch (chance_below(&chance, count > 0 ? 8 : 2)) {
	case 0: /* one more */
	case 1:
		if (count == PLAN_FAULTS_MAX)
			break;
		at = faults + count++ * CASE_INPUT_FAULT_BYTES;
		for (uint32_t i = 0; i < CASE_INPUT_FAULT_BYTES; i++)
			at[i] = (uint8_t)chance_below(&chance, 256);
		break;
	case 2: /* one less */
		memmove(at, at + CASE_INPUT_FAULT_BYTES,
			(size_t)(faults + count * CASE_INPUT_FAULT_BYTES - at) -
				CASE_INPUT_FAULT_BYTES);
		count--;
		break;
	case 3: /* the same in another scenario */
		data[0] = (uint8_t)chance_below(&chance, 256);
		break;
	default:
		case_nudge(&chance, at);
		break;
	}
	return 1 + count * CASE_INPUT_FAULT_BYTES;
}
