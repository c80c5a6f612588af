/* The choices of a life, one after the other. */
#include "sim/explore/choice.h"

bool choice_next(struct choice *choice)
{
	if (choice->all == PLAN_MIX)
		return false;
	choice->all++;
	return true;
}

bool choice_good(const struct choice *choice)
{
	return choice->all <= PLAN_MIX;
}

int choice_plan(const struct choice *choice, uint32_t life, struct plan *plan)
{
	struct plan_fault weak = {
		.kind = PLAN_WEAK, .life = life, .choice = (enum plan_choice)choice->all};

	return choice->all == PLAN_AFTER ? 0 : plan_add(plan, &weak);
}
