/* Findings as changes of the search: states, what leads to them, what comes of them. */
#include "sim/explore/found.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#include "sim/explore/log.h"

static void found_queue(struct explore_queue *queue, uint32_t state)
{
	queue->state = table_room(queue->state, queue->count, sizeof(*queue->state));
	queue->state[queue->count++] = state;
}

/* The node of a state that is new, or that turned out to take fewer cuts. */
static struct explore_node *found_node(struct explore *explore, uint32_t state)
{
	if (state == explore->node_count) {
		explore->nodes =
			table_room(explore->nodes, explore->node_count, sizeof(*explore->nodes));
		explore->node_count++;
	}
	assert(state < explore->node_count);
	explore->nodes[state] = (struct explore_node){.parent = STATES_NONE};
	return &explore->nodes[state];
}

void found_first(struct explore *explore, uint32_t state)
{
	assert(state == 0);
	(void)found_node(explore, state);
	found_queue(&explore->here, state);
}

void found_flip(struct explore *explore, uint32_t state, const struct flips_bit *bit,
		uint32_t flipped)
{
	struct explore_node *node;

	explore->result->flips++;
	if (flipped < explore->node_count)
		return;
	node = found_node(explore, flipped);
	node->parent = state;
	node->flip = *bit;
	node->op = explore->nodes[state].op;
	node->life = explore->nodes[state].life;
	node->depth = explore->nodes[state].depth;
	node->by = EXPLORE_FLIP;
	node->flipped = true;
	found_queue(&explore->here, flipped);
}

void found_state(struct explore *explore, uint32_t state)
{
	explore->at = state;
	explore->nodes[state].edge = explore->edge_count;
	if (explore->log)
		log_state(explore->log, state);
}

static void found_reach(struct explore *explore, const struct found_op *op,
			const struct plan_extent *extent, uint32_t state)
{
	struct explore_result *result = explore->result;
	struct inject_op cut = {.kind = (enum inject_kind)op->kind, .size_bytes = op->size_bytes};
	bool fresh = state == explore->node_count;
	struct explore_node *node;

	result->cuts++;
	result->ways[sweep_way_of(&cut, extent)]++;
	result->known += !fresh;
	if (!fresh)
		return;
	node = found_node(explore, state);
	node->parent = explore->at;
	node->life_edge = explore->edge_count;
	node->extent = *extent;
	node->op = op->number;
	node->life = op->life;
	node->depth = explore->nodes[explore->at].depth + 1;
	node->by = EXPLORE_CUT;
	node->flipped = explore->nodes[explore->at].flipped;
	found_queue(&explore->cuts, state);
}

bool found_op(struct explore *explore, const struct found_op *op, const struct expanded_life **twin)
{
	static const struct plan_extent nothing;

	if (explore->log)
		log_op(explore->log, op);
	*twin = NULL;
	if (op->moment != MOMENT_NONE) {
		struct expanded_life here = {op->before, op->moment, explore->edge_count,
					     op->weak_reads};

		*twin = expanded_pass(&explore->expanded, &here);
	}
	explore->made += op->cut;
	explore->op_is_new =
		op->cut && (expanded_add(&explore->expanded,
					 &(struct expanded_op){op->before, op->kind, op->offset,
							       op->data, op->finds}) ||
			    explore->options->thorough);
	if (explore->op_is_new) {
		explore->result->ops++;
		found_reach(explore, op, &nothing, op->before);
	}
	return explore->op_is_new;
}

void found_cut(struct explore *explore, const struct found_op *op, const struct plan_extent *extent,
	       uint32_t state)
{
	if (explore->log)
		log_cut(explore->log, extent, state);
	explore->made++;
	if (explore->op_is_new)
		found_reach(explore, op, extent, state);
}

struct explore_violation *found_violation(struct explore *explore, uint32_t state, int rule)
{
	struct explore_result *result = explore->result;
	bool availability = rule == RULE_BOOTS || rule == RULE_REVERTS || rule == RULE_REACHABLE ||
			    rule == RULE_SETTLES || rule == RULES;

	if (explore->nodes[state].flipped && availability) {
		result->damages++;
		return &result->damage;
	}
	return rule < RULES ? &result->violations[rule] : &result->expectation;
}

/* The first break of each rule by the fewest cuts. */
void found_break(struct explore *explore, const struct choice *choice, enum rule rule,
		 const char *why, const struct found_op *op, const struct plan_extent *extent)
{
	const struct explore_node *node = &explore->nodes[explore->at];
	struct explore_violation *violation = found_violation(explore, explore->at, rule);
	uint32_t depth = node->depth + (op ? 1 : 0);

	if (explore->log)
		log_break(explore->log, choice, rule, why, op, extent);
	/* A life's cuts come before its end, which takes one cut less. */
	if (violation->found && violation->depth <= depth)
		return;
	violation->found = true;
	violation->depth = depth;
	snprintf(violation->why, sizeof(violation->why), "%s", why);
	if (explore_plan(explore, explore->at, &violation->plan) ||
	    explore_plan_life(node, &violation->plan, choice) ||
	    (op && explore_plan_cut(&violation->plan, op->number, extent)))
		violation->plan.count = 0;
}

/* The contexts of this state, and of those it came from, in which the sector was taken for dead. */
static bool found_blame(struct explore *explore, uint32_t state, uint32_t sector)
{
	bool blamed = false;

	while (state != STATES_NONE && states_is_nothing(explore->states, state, sector)) {
		if (care_context_look(states_context(explore->states, state), sector))
			blamed = true;
		state = explore->nodes[state].parent;
	}
	return blamed;
}

void found_look(struct explore *explore, uint32_t sector, uint32_t what, uint32_t guard)
{
	if (explore->log)
		log_look(explore->log, sector, what, guard);
	explore->too_bold = true;
	if (!found_blame(explore, explore->at, sector))
		care_look(explore->care, states_show(explore->states, explore->at, sector), sector,
			  care_region_of(explore->care, sector), what, guard);
}

void found_end(struct explore *explore, const struct explore_edge *edge, uint32_t op, uint32_t life)
{
	uint32_t depth = explore->nodes[explore->at].depth;

	if (explore->log)
		log_end(explore->log, edge, op, life);
	explore->edges = table_room(explore->edges, explore->edge_count, sizeof(*explore->edges));
	explore->edges[explore->edge_count] = *edge;
	/* A cut of its last op may have led there first, and takes one cut more than none. */
	if (edge->next != STATES_NONE &&
	    (edge->next == explore->node_count || explore->nodes[edge->next].depth > depth)) {
		struct explore_node *node = found_node(explore, edge->next);

		node->parent = explore->at;
		node->life_edge = explore->edge_count;
		node->op = op;
		node->life = life;
		node->depth = (uint16_t)depth;
		node->flipped = explore->nodes[explore->at].flipped;
		found_queue(&explore->here, edge->next);
	}
	explore->edge_count++;
	explore->nodes[explore->at].edges++;
	explore->result->lives++;
}

void found_lived(struct explore *explore, const bool *live)
{
	if (explore->log)
		log_lived(explore->log, live);
	if (live)
		care_context_learn(explore->care, states_context(explore->states, explore->at),
				   live);
}
