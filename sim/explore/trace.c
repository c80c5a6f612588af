/* From a state back to the case that reaches it. */
#include "sim/explore/explore.h"

int explore_plan_life(const struct explore_node *node, struct plan *plan, uint32_t choice,
		      const struct inject_op *op, const struct plan_extent *extent)
{
	static const enum plan_choice choices[EXPLORE_CHOICES] = {PLAN_AFTER, PLAN_BEFORE,
								  PLAN_MIX};
	struct plan_fault weak = {
		.kind = PLAN_WEAK, .life = node->life + 1, .choice = choices[choice]};
	struct plan_fault cut = {.kind = PLAN_CUT};

	if (choice && plan_add(plan, &weak))
		return -1;
	if (!op)
		return 0;
	cut.op = op->number;
	cut.extent = *extent;
	return plan_add(plan, &cut);
}

int explore_plan(const struct explore *explore, uint32_t state, struct plan *plan)
{
	const struct explore_node *node = &explore->nodes[state];
	const struct explore_node *parent;
	struct inject_op op = {.number = node->op};

	if (node->parent == STATES_NONE) {
		*plan = explore->scene->scenario->faults.plan;
		return 0;
	}
	/* Chains of undisturbed lives can be long, chains of faults cannot: a plan holds few. */
	if (explore_plan(explore, node->parent, plan))
		return -1;
	parent = &explore->nodes[node->parent];
	return explore_plan_life(parent, plan, node->choice, node->by_cut ? &op : NULL,
				 &node->extent);
}
