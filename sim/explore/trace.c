/* From a state back to the case that reaches it. */
#include "sim/explore/explore.h"

int explore_plan_life(const struct explore_node *node, struct plan *plan,
		      const struct choice *choice)
{
	return choice_plan(choice, node->life + 1, false, plan);
}

int explore_plan_round(const struct explore_node *node, struct plan *plan,
		       const struct choice *choice)
{
	return choice_plan(choice, node->life + 1, true, plan);
}

int explore_plan_flip(const struct explore_node *node, struct plan *plan)
{
	struct plan_fault flip = {.kind = PLAN_FLIP,
				  .when = PLAN_AT_LIFE,
				  .life = node->life + 1,
				  .region = (enum plan_region)node->flip.region,
				  .offset = node->flip.offset,
				  .bit = node->flip.bit};

	return plan_add(plan, &flip);
}

int explore_plan_cut(struct plan *plan, uint32_t op, const struct plan_extent *extent)
{
	struct plan_fault cut = {.kind = PLAN_CUT, .op = op, .extent = *extent};

	return plan_add(plan, &cut);
}

int explore_plan(const struct explore *explore, uint32_t state, struct plan *plan)
{
	const struct explore_node *node = &explore->nodes[state];
	const struct explore_node *parent;

	if (node->parent == STATES_NONE) {
		*plan = explore->scene->scenario->faults.plan;
		return 0;
	}
	/* Chains of undisturbed lives can be long, chains of faults cannot: a plan holds few. */
	if (explore_plan(explore, node->parent, plan))
		return -1;
	parent = &explore->nodes[node->parent];
	if (node->by == EXPLORE_FLIP)
		return explore_plan_flip(node, plan);
	if (explore_plan_life(parent, plan, &explore->edges[node->life_edge].choice))
		return -1;
	return node->by == EXPLORE_CUT ? explore_plan_cut(plan, node->op, &node->extent) : 0;
}
