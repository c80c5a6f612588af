/*
 * Delta debugging over the faults of a plan. A fault that is dropped moves what comes after it: ops
 * are numbered through a case, and a cut that is gone is a life less. So the first cut behind it is
 * aimed anew, at the same op wherever that now comes, and all later faults move along with it.
 */
#include "sim/shrink.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define SHRINK_AIMS 8u /* places at which an op is looked for when the ops before it have moved */

/* An op that happened, and all that tells it from others. */
struct shrink_op {
	uint32_t life, offset, size_bytes;
	enum inject_kind kind;
	uint64_t hash;
};

/* The ops of a case, by number from 1. */
struct shrink_ops {
	uint32_t count, capacity;
	struct shrink_op *op;
};

struct shrink {
	const struct run_scene *scene;
	struct shrink_result *result;
};

static void shrink_op_before(void *context, const struct run *run, const struct inject_op *op)
{
	struct shrink_ops *ops = context;

	if (ops->count == ops->capacity) {
		ops->capacity = ops->capacity ? 2 * ops->capacity : 256;
		ops->op = realloc(ops->op, ops->capacity * sizeof(*ops->op));
		assert(ops->op);
	}
	assert(op->number == ops->count + 1);
	ops->op[ops->count++] = (struct shrink_op){
		.life = run->history.lives,
		.offset = op->offset,
		.size_bytes = op->size_bytes,
		.kind = op->kind,
		.hash = op->data ? XXH3_64bits(op->data, op->size_bytes) : 0,
	};
}

static int shrink_rule(const struct scenario *scenario, const struct verdict *verdict)
{
	if (verdict_good(verdict, scenario))
		return SHRINK_NOTHING;
	if (verdict->first >= 0 && !scenario->may_break[verdict->first])
		return verdict->first;
	for (int i = 0; i < RULES; i++)
		if (verdict->rule[i] == BROKEN && !scenario->may_break[i])
			return i;
	return SHRINK_EXPECTATION;
}

/* Whether the plan is one that can be written down: it parses back. */
static bool shrink_is_plan(const struct plan *plan)
{
	char text[PLAN_TEXT_BYTES], why[128];
	struct plan parsed;

	plan_print(plan, text);
	return plan_parse(text, &parsed, why, sizeof(why)) == 0 && plan_equal(plan, &parsed);
}

/* Takes the candidate for the plan if it breaks the same rule first and all of it happened. */
static bool shrink_take(struct shrink *shrink, const struct plan *candidate)
{
	struct shrink_result *result = shrink->result;
	struct verdict verdict;

	if (!shrink_is_plan(candidate))
		return false;
	result->tried++;
	run_case(shrink->scene, candidate, NULL, &verdict);
	if (verdict.rule[RULE_FIRED] != HOLDS ||
	    shrink_rule(shrink->scene->scenario, &verdict) != result->rule)
		return false;
	result->plan = *candidate;
	result->verdict = verdict;
	return true;
}

/* ---- fewer faults ---- */

static void shrink_ops_run(struct shrink *shrink, const struct plan *plan, struct shrink_ops *ops)
{
	struct run_watch watch = {.context = ops, .op_before = shrink_op_before};
	struct verdict verdict;

	*ops = (struct shrink_ops){0};
	shrink->result->tried++;
	run_case(shrink->scene, plan, &watch, &verdict);
}

static bool shrink_same_op(const struct shrink_op *a, const struct shrink_op *b)
{
	return a->kind == b->kind && a->offset == b->offset && a->size_bytes == b->size_bytes &&
	       a->hash == b->hash;
}

/* The plan's faults but those from first on, count of them. */
static struct plan shrink_without(const struct plan *plan, uint32_t first, uint32_t count)
{
	struct plan without = *plan;

	memmove(&without.faults[first], &without.faults[first + count],
		(plan->count - first - count) * sizeof(without.faults[0]));
	without.count -= count;
	memset(&without.faults[without.count], 0, count * sizeof(without.faults[0]));
	return without;
}

/* All faults from number first on, so many ops and lives later. */
static struct plan shrink_moved(const struct plan *plan, uint32_t first, uint32_t ops,
				uint32_t lives)
{
	struct plan moved = *plan;

	for (uint32_t i = first; i < moved.count; i++) {
		struct plan_fault *fault = &moved.faults[i];

		/* Unsigned and modulo 2^32, so that a move can be one to the front. */
		if (fault->kind == PLAN_WEAK || fault->when == PLAN_AT_LIFE)
			fault->life += lives;
		else if (fault->op)
			fault->op += ops; /* one that waits for rest, a read or a jump has none */
	}
	return moved;
}

/*
 * Aims what follows the dropped faults anew. ops are those of the plan as it was; what happens up
 * to the next cut without the dropped faults is run to see where its op comes now.
 */
static bool shrink_aim(struct shrink *shrink, const struct plan *without, uint32_t first,
		       const struct shrink_ops *ops)
{
	uint32_t next = first, aims = 0;
	const struct shrink_op *old;
	struct shrink_ops now;
	struct plan head;
	bool taken = false;

	while (next < without->count && without->faults[next].kind != PLAN_CUT)
		next++;
	if (next == without->count || without->faults[next].op > ops->count)
		return false;
	old = &ops->op[without->faults[next].op - 1];
	head = shrink_without(without, first, without->count - first);
	shrink_ops_run(shrink, &head, &now);
	for (uint32_t i = 0; i < now.count && !taken && aims < SHRINK_AIMS; i++) {
		struct plan moved;

		if (i + 1 == without->faults[next].op || !shrink_same_op(&now.op[i], old))
			continue;
		moved = shrink_moved(without, first, i + 1 - without->faults[next].op,
				     now.op[i].life - old->life);
		aims++;
		taken = shrink_take(shrink, &moved);
	}
	free(now.op);
	return taken;
}

/* Chunks of faults are dropped, large ones first, until none of the faults can be spared. */
static bool shrink_drop(struct shrink *shrink)
{
	const struct plan *plan = &shrink->result->plan;
	bool dropped = false;

	for (uint32_t chunk = plan->count; chunk > 0; chunk = chunk > 1 ? (chunk + 1) / 2 : 0) {
		for (uint32_t first = 0; first + chunk <= plan->count;) {
			struct plan without = shrink_without(plan, first, chunk);
			struct shrink_ops ops;
			bool taken = shrink_take(shrink, &without);

			if (!taken) {
				shrink_ops_run(shrink, plan, &ops);
				taken = shrink_aim(shrink, &without, first, &ops);
				free(ops.op);
			}
			dropped = dropped || taken;
			first += !taken;
		}
	}
	return dropped;
}

/* ---- plainer faults ---- */

static bool shrink_extent(struct shrink *shrink, uint32_t fault, struct plan_extent extent)
{
	struct plan plan = shrink->result->plan;

	plan.faults[fault].extent = extent;
	return !plan_equal(&plan, &shrink->result->plan) && shrink_take(shrink, &plan);
}

/* Fewer bytes, halving the distance to the most that is known not to do. */
static bool shrink_bytes(struct shrink *shrink, uint32_t fault)
{
	const struct plan_extent *extent = &shrink->result->plan.faults[fault].extent;
	uint32_t low = 0;
	bool taken = false;

	while (extent->bytes - low > 1) {
		struct plan_extent fewer = *extent;

		fewer.bytes = low + (extent->bytes - low) / 2;
		if (shrink_extent(shrink, fault, fewer))
			taken = true;
		else
			low = fewer.bytes;
	}
	return taken;
}

/* None of what a cache held is lost, or less of it. */
static bool shrink_lost(struct shrink *shrink, uint32_t fault)
{
	const struct plan_extent *extent = &shrink->result->plan.faults[fault].extent;
	struct plan_extent fewer = *extent;
	bool taken = false;

	fewer.lost = 0;
	if (shrink_extent(shrink, fault, fewer))
		return true;
	for (uint32_t i = 0; i < PLAN_LOST_MAX; i++) {
		fewer = *extent;
		fewer.lost &= ~((uint64_t)1 << i);
		taken = shrink_extent(shrink, fault, fewer) || taken;
	}
	return taken;
}

/* How far an extent is from a clean cut: nothing, all, bytes, bytes from the back, bits, weak. */
static int shrink_rank(const struct plan_extent *extent)
{
	if (extent->weak)
		return extent->all ? 6 : 5;
	if (extent->bits)
		return 4;
	if (extent->back)
		return 3;
	return extent->all ? 1 : extent->bytes ? 2 : 0;
}

static bool shrink_cut(struct shrink *shrink, uint32_t fault)
{
	const struct plan_extent *extent = &shrink->result->plan.faults[fault].extent;
	bool taken = extent->lost && shrink_lost(shrink, fault);
	const uint64_t lost = extent->lost;
	const struct plan_extent plainer[] = {{.lost = lost},
					      {.all = true, .lost = lost},
					      {.bytes = extent->bytes, .lost = lost},
					      {.bytes = extent->bytes + 1, .lost = lost}};

	for (size_t i = 0; i < sizeof(plainer) / sizeof(plainer[0]); i++)
		if (shrink_rank(&plainer[i]) < shrink_rank(extent))
			taken = shrink_extent(shrink, fault, plainer[i]) || taken;
	return shrink_bytes(shrink, fault) || taken;
}

/* A choice for one life, and of one of the two plain readings. */
static bool shrink_weak(struct shrink *shrink, uint32_t fault)
{
	struct plan plan = shrink->result->plan;
	bool taken = false;

	if (plan.faults[fault].onward) {
		plan.faults[fault].onward = false;
		taken = shrink_take(shrink, &plan);
		plan = shrink->result->plan;
	}
	if (plan.faults[fault].choice == PLAN_MIX) {
		plan.faults[fault].choice = PLAN_BEFORE;
		taken = shrink_take(shrink, &plan) || taken;
	}
	return taken;
}

/* Fewer bits, which the same seed chooses: the first ones. */
static bool shrink_rot(struct shrink *shrink, uint32_t fault)
{
	bool taken = false;

	for (uint32_t fewer = 1; fewer < shrink->result->plan.faults[fault].bits; fewer *= 2) {
		struct plan plan = shrink->result->plan;

		plan.faults[fault].bits = fewer;
		taken = shrink_take(shrink, &plan) || taken;
	}
	return taken;
}

static bool shrink_plainer(struct shrink *shrink)
{
	bool taken = false;

	for (uint32_t i = 0; i < shrink->result->plan.count; i++) {
		if (shrink->result->plan.faults[i].kind == PLAN_CUT)
			taken = shrink_cut(shrink, i) || taken;
		else if (shrink->result->plan.faults[i].kind == PLAN_WEAK)
			taken = shrink_weak(shrink, i) || taken;
		else if (shrink->result->plan.faults[i].kind == PLAN_ROT)
			taken = shrink_rot(shrink, i) || taken;
	}
	return taken;
}

int shrink_plan(const struct run_scene *scene, const struct plan *plan,
		struct shrink_result *result)
{
	struct shrink shrink = {.scene = scene, .result = result};

	memset(result, 0, sizeof(*result));
	result->plan = *plan;
	result->tried = 1;
	run_case(scene, plan, NULL, &result->verdict);
	if (result->verdict.rule[RULE_FIRED] != HOLDS)
		return -1;
	result->rule = shrink_rule(scene->scenario, &result->verdict);
	if (result->rule == SHRINK_NOTHING)
		return 0;
	/* Each round takes faults away or makes one plainer, so that there is a last one. */
	while (shrink_drop(&shrink) || shrink_plainer(&shrink))
		;
	return 0;
}
