/* All the cases of a scenario, branched off one clean run. */
#include "sim/sweep.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/sha.h>

#include "sim/cut_ways.h"
#include "sim/sweep_jobs.h"

#define SWEEP_SAG 3u /* ops that go wrong before the power dies */

/* One pass over a scenario by one process: it runs the cases whose turn it is. */
struct sweep {
	const struct run_scene *scene;
	const struct run_scene *through; /* the same scene behind another door, or NULL */
	struct sweep_result *result;
	const struct sweep_share *share;
	uint64_t turn;	/* of the op or flip that is swept now */
	uint64_t inner; /* cases of this turn so far */
	bool enough;	/* no further case is asked for */
};

/* One level of cuts: branches are made while depth lasts. */
struct sweep_level {
	struct sweep *sweep;
	uint32_t depth; /* cuts that may still be added */
	bool top;	/* ops of this level are shared out among the processes */
};

static void sweep_branch_ops(void *context, const struct run *run, const struct inject_op *op);

const char *sweep_way_name(enum sweep_way way)
{
	static const char *const names[SWEEP_WAYS] = {
		"before the op",
		"inside a program",
		"inside a byte",
		"a weak word",
		"front of an erase",
		"back of an erase",
		"an erase that does not hold",
		"a weak eFuse cell",
		"before its return",
		"what was not flushed",
		"changed at rest",
		"a bad op",
		"without a cut",
	};

	return names[way];
}

const char *sweep_way_word(enum sweep_way way)
{
	static const char *const words[SWEEP_WAYS] = {
		"before", "inside", "bits", "word", "front", "back", "hollow",
		"cell",	  "return", "lost", "rest", "op",    "none",
	};

	return words[way];
}

enum sweep_way sweep_way_of(const struct inject_op *op, const struct plan_extent *extent)
{
	if (extent->lost)
		return SWEEP_LOST;
	if (extent->weak)
		return op->kind == INJECT_BURN	  ? SWEEP_CELL
		       : op->kind == INJECT_ERASE ? SWEEP_HOLLOW
						  : SWEEP_WORD;
	if (extent->all)
		return SWEEP_AFTER;
	if (extent->bits)
		return SWEEP_BITS;
	if (!extent->bytes)
		return SWEEP_BEFORE;
	if (op->kind == INJECT_ERASE)
		return extent->back ? SWEEP_BACK : SWEEP_FRONT;
	return SWEEP_INSIDE;
}

bool sweep_keeps(const struct sweep_result *result, const struct verdict *verdict)
{
	uint32_t unfired = 0;

	for (uint32_t i = 0; i < result->finding_count; i++)
		unfired += result->findings[i].verdict.rule[RULE_FIRED] == BROKEN;
	if (verdict->rule[RULE_FIRED] == BROKEN)
		return unfired == 0;
	return result->finding_count - unfired < SWEEP_FINDINGS_MAX - 1;
}

static void sweep_note(struct sweep *sweep, const struct run *run, const struct verdict *verdict)
{
	struct sweep_result *result = sweep->result;
	uint32_t wear = flash_wear(&run->device.chip.flash);

	for (int i = 0; i < RULES; i++)
		result->broken[i] += verdict->rule[i] == BROKEN;
	if (run->history.lives > result->lives_most)
		result->lives_most = run->history.lives;
	if (wear > result->wear)
		result->wear = wear;
	result->unfired += verdict->rule[RULE_FIRED] == BROKEN;
	sweep->inner++;
	if (verdict_good(verdict, sweep->scene->scenario))
		return;
	result->bad++;
	if (sweep_keeps(result, verdict)) {
		struct sweep_finding *finding = &result->findings[result->finding_count++];

		finding->order = sweep->turn << 32 | sweep->inner;
		finding->plan = run->plan;
		finding->verdict = *verdict;
	}
}

/* The case is over in process; where another door is asked for, it is run there and judged there.
 */
static void sweep_settle(struct sweep *sweep, const struct run *run, struct verdict *verdict)
{
	const struct sweep_options *options = sweep->share->options;
	struct run again;

	if (sweep->through) {
		run_open(&again, sweep->through, &run->plan);
		run_finish(&again, verdict);
		run = &again;
	}
	sweep_note(sweep, run, verdict);
	if (options->case_done)
		sweep->enough = options->case_done(options->context, run, verdict);
	if (sweep->through)
		run_close(&again);
}

bool sweep_moot(const struct run *run)
{
	bool moot = false;

	for (uint32_t i = 0; i < run->plan.count; i++) {
		if (run->faults.fired & 1u << i)
			continue;
		if (run->plan.faults[i].kind != PLAN_WEAK)
			return false;
		moot = true;
	}
	return moot;
}

/* Runs a branch to its end, sweeping its ops as well if cuts are left. Closes it. */
static void sweep_finish(struct sweep *sweep, struct run *run, enum sweep_way way, uint32_t depth)
{
	struct sweep_level level = {.sweep = sweep, .depth = depth};
	struct verdict verdict;

	if (sweep->enough) {
		run_close(run);
		return;
	}
	if (depth > 0)
		run->watch = (struct run_watch){.context = &level, .op_before = sweep_branch_ops};
	run_finish(run, &verdict);
	if (!sweep_moot(run)) {
		sweep->result->cases++;
		sweep->result->ways[way]++;
		sweep_settle(sweep, run, &verdict);
	}
	run_close(run);
}

/*
 * A case that left weak cells, again for each life that read them: as they were before from there
 * on, as a mixture from there on, and as before in that life alone.
 */
static void sweep_weak(struct sweep *sweep, const struct run *at, const bool lives[64],
		       enum sweep_way way, uint32_t depth)
{
	static const struct {
		enum plan_choice choice;
		bool onward;
	} ways[] = {{PLAN_BEFORE, true}, {PLAN_MIX, true}, {PLAN_BEFORE, false}, {PLAN_MIX, false}};

	for (uint32_t life = at->history.lives + 1; life < 64; life++) {
		for (size_t i = 0; lives[life] && i < sizeof(ways) / sizeof(ways[0]); i++) {
			struct plan_fault fault = {.kind = PLAN_WEAK,
						   .life = life,
						   .choice = ways[i].choice,
						   .onward = ways[i].onward};
			struct run run;

			run_branch(&run, at);
			if (plan_add(&run.plan, &fault))
				abort(); /* the loader has left room */
			sweep_finish(sweep, &run, way, depth);
		}
	}
}

static void sweep_one_cut(struct sweep *sweep, const struct run *run, const struct inject_op *op,
			  const struct plan_extent *extent, uint32_t depth)
{
	struct run at, branch;
	struct verdict verdict;

	if (sweep->enough)
		return;
	run_branch(&at, run);
	run_cut(&at, op, extent);
	if (!extent->weak) {
		sweep_finish(sweep, &at, sweep_way_of(op, extent), depth);
		return;
	}
	/* Which lives read the weak cells is known only after one has looked. */
	run_branch(&branch, &at);
	run_finish(&branch, &verdict);
	sweep_weak(sweep, &at, branch.weak_lives, sweep_way_of(op, extent), depth);
	run_close(&branch);
	sweep_finish(sweep, &at, sweep_way_of(op, extent), depth);
}

static bool sweep_mine(const struct sweep *sweep)
{
	return !sweep->enough && sweep_jobs_mine(sweep->share, sweep->turn);
}

static void sweep_branch_ops(void *context, const struct run *run, const struct inject_op *op)
{
	struct sweep_level *level = context;
	struct sweep *sweep = level->sweep;
	const struct scenario_faults *faults = &sweep->scene->scenario->faults;
	const struct flash *flash = &run->device.chip.flash;
	struct cut_ways ways = {0};

	if (level->top) {
		sweep->turn++;
		sweep->inner = 0;
		if (!sweep_mine(sweep))
			return;
	}
	if (flash->cache_writes)
		cut_ways_list_cached(&ways, flash, op, faults->tears);
	else
		cut_ways_list(&ways, &sweep->scene->scenario->board, op, faults->tears);
	for (uint32_t i = 0; i < ways.count; i++)
		sweep_one_cut(sweep, run, op, &ways.extents[i], level->depth - 1);
	cut_ways_free(&ways);
	if (level->top)
		sweep_jobs_done(sweep->share);
}

/* The scenario's own plan, without cuts: what every other case is compared with. */
static void sweep_plain(struct sweep *sweep)
{
	struct sweep_result *result = sweep->result;
	struct run run;

	run_open(&run, sweep->scene, &sweep->scene->scenario->faults.plan);
	run_finish(&run, &result->plain);
	result->ops = run.faults.op;
	result->reads = run.faults.reads;
	result->lives = run.history.lives;
	if (sweep->share->first) {
		result->cases++;
		result->ways[SWEEP_PLAIN]++;
		sweep_settle(sweep, &run, &result->plain);
	}
	run_close(&run);
}

static void sweep_cuts(struct sweep *sweep)
{
	const struct scenario_faults *faults = &sweep->scene->scenario->faults;
	struct sweep_level level = {.sweep = sweep,
				    .depth = faults->cuts == UINT32_MAX ? 1 : faults->cuts,
				    .top = true};
	struct verdict verdict;
	struct run run;

	if (!faults->cut_every || !level.depth)
		return;
	run_open(&run, sweep->scene, &faults->plan);
	run.watch = (struct run_watch){.context = &level, .op_before = sweep_branch_ops};
	run_finish(&run, &verdict);
	run_close(&run);
}

static bool sweep_flip_part(const struct scenario *scenario, const struct scenario_flips *flips,
			    uint32_t *from, uint32_t *to)
{
	struct hal_region region = scenario_region(scenario, flips->region);
	/* What lies in the slot: the factory image in A, in B the first that is offered. */
	bool offered = flips->region == PLAN_SLOT_B && scenario->offer_count;
	const struct scenario_release *release =
		&scenario->releases[offered ? scenario->offers[0] : 0];

	*from = 0;
	*to = region.size_bytes;
	switch (flips->part) {
	case FLIPS_ALL:
		break;
	case FLIPS_HEADER:
		*to = 32;
		break;
	case FLIPS_PAYLOAD:
		*from = release->header_bytes;
		*to = release->header_bytes + release->payload_bytes;
		break;
	case FLIPS_TLVS:
		*from = release->header_bytes + release->payload_bytes;
		*to = release->image_bytes;
		break;
	case FLIPS_RECORD:
		*to = region.size_bytes < 128 ? region.size_bytes : 128;
		break;
	}
	return *from < *to && *to <= region.size_bytes;
}

static void sweep_flip(struct sweep *sweep, const struct scenario_flips *flips, uint32_t bit)
{
	struct plan plan = sweep->scene->scenario->faults.plan;
	struct plan_fault fault = {.kind = PLAN_FLIP,
				   .op = flips->op,
				   .when = flips->reads ? PLAN_AT_READ : PLAN_AT_OP,
				   .nth = flips->reads,
				   .region = flips->region,
				   .offset = bit / 8,
				   .bit = (uint8_t)(bit % 8)};
	struct run run;

	sweep->turn++;
	sweep->inner = 0;
	if (!sweep_mine(sweep))
		return;
	if (plan_add(&plan, &fault))
		abort(); /* the loader has left room */
	for (int copy = PLAN_BOOTCTL_0; flips->all_copies && copy <= PLAN_BOOTCTL_2; copy++) {
		fault.region = (enum plan_region)copy;
		if (fault.region != flips->region && plan_add(&plan, &fault))
			abort();
	}
	run_open(&run, sweep->scene, &plan);
	sweep_finish(sweep, &run, SWEEP_REST, 0);
	sweep_jobs_done(sweep->share);
}

static void sweep_flips(struct sweep *sweep)
{
	const struct scenario *scenario = sweep->scene->scenario;

	for (uint32_t i = 0; i < scenario->faults.flips_count; i++) {
		const struct scenario_flips *flips = &scenario->faults.flips[i];
		uint32_t from, to, per_place = flips->region == PLAN_EFUSE ? 1 : 8;

		if (!sweep_flip_part(scenario, flips, &from, &to))
			continue;
		for (uint32_t bit = from * per_place; bit < to * per_place; bit += flips->step)
			sweep_flip(sweep, flips, per_place == 1 ? bit * 8 : bit);
	}
}

/* One case for each op of the run without faults, in which that op goes wrong. */
static void sweep_each(struct sweep *sweep, enum plan_kind kind)
{
	const struct scenario_faults *faults = &sweep->scene->scenario->faults;
	uint32_t ops = kind == PLAN_MISS ? sweep->result->reads : sweep->result->ops;

	for (uint32_t op = 1; faults->each[kind] && op <= ops; op++) {
		struct plan_fault fault = {.kind = kind, .op = op, .region = PLAN_REGIONS};
		struct plan plan = faults->plan;
		struct run run;

		sweep->turn++;
		sweep->inner = 0;
		if (!sweep_mine(sweep))
			continue;
		if (kind == PLAN_SAG) {
			fault.region = PLAN_SLOT_A; /* of no meaning */
			/* The last ops have fewer behind them. */
			fault.ops = ops - op + 1 < SWEEP_SAG ? ops - op + 1 : SWEEP_SAG;
		}
		if (plan_add(&plan, &fault))
			abort(); /* the loader has left room */
		run_open(&run, sweep->scene, &plan);
		sweep_finish(sweep, &run, SWEEP_BAD_OP, 0);
		sweep_jobs_done(sweep->share);
	}
}

/* What one process does: everything, or its share. -1 if its door does not open. */
int sweep_pass(const struct run_scene *scene, const struct sweep_share *share,
	       struct sweep_result *result)
{
	struct sweep sweep = {.scene = scene, .result = result, .share = share};
	const struct sweep_options *options = share->options;
	struct run_scene through = *scene;

	memset(result, 0, sizeof(*result));
	if (options->door_open) {
		if (options->door_open(&through.door))
			return -1;
		sweep.through = &through;
	}
	sweep_plain(&sweep);
	/* If the control failed, what it would be compared with proves nothing. */
	if (result->plain.rule[RULE_FIRED] != BROKEN) {
		sweep_flips(&sweep);
		sweep_each(&sweep, PLAN_FAIL);
		sweep_each(&sweep, PLAN_LIE);
		sweep_each(&sweep, PLAN_SAG);
		sweep_each(&sweep, PLAN_MISS);
		sweep_cuts(&sweep);
	}
	if (options->door_open)
		options->door_close(&through.door);
	return 0;
}

uint64_t sweep_turns(const struct run_scene *scene, const struct sweep_result *result)
{
	const struct scenario *scenario = scene->scenario;
	const struct scenario_faults *faults = &scenario->faults;
	uint64_t kinds = (uint64_t)faults->cut_every + faults->each[PLAN_FAIL] +
			 faults->each[PLAN_LIE] + faults->each[PLAN_SAG];
	uint64_t turns = kinds * result->ops + (faults->each[PLAN_MISS] ? result->reads : 0);

	for (uint32_t i = 0; i < scenario->faults.flips_count; i++) {
		const struct scenario_flips *flips = &scenario->faults.flips[i];
		uint32_t from, to, per_place = flips->region == PLAN_EFUSE ? 1 : 8;

		if (sweep_flip_part(scenario, flips, &from, &to))
			turns += ((to - from) * per_place + flips->step - 1) / flips->step;
	}
	return turns;
}

bool sweep_good(const struct sweep_result *result)
{
	return result->bad == 0 && result->unbroken_excuse < 0;
}

bool sweep_error(const struct sweep_result *result)
{
	return result->unfired > 0;
}

void sweep_case_id(const struct run_scene *scene, const struct plan *plan,
		   char text[CASE_ID_TEXT_BYTES])
{
	struct case_id id = {.plan = *plan};

	snprintf(id.scenario, sizeof(id.scenario), "%s", scene->scenario->name);
	snprintf(id.device, sizeof(id.device), "%s", scene->firmware->name);
	sweep_digest(scene, id.digest);
	case_id_print(&id, text);
}

void sweep_digest(const struct run_scene *scene, char digest[CASE_ID_DIGEST_BYTES])
{
	uint8_t both[64], value[SHA256_DIGEST_LENGTH];

	memcpy(both, scene->scenario->digest, 32);
	memcpy(both + 32, scene->firmware->digest, 32);
	SHA256(both, sizeof(both), value);
	snprintf(digest, CASE_ID_DIGEST_BYTES, "%02x%02x%02x%02x", value[0], value[1], value[2],
		 value[3]);
}
