/* Clean cuts before and after the one of a case, until they break nothing. */
#include "sim/window.h"

#include <stdio.h>
#include <string.h>

#define WINDOW_CASES_MAX 1000u /* cuts that are tried, either way */

struct window_scan {
	const struct run_scene *scene;
	struct plan before; /* the plan without its last cut */
	enum rule rule;
	uint32_t tries, first, last; /* ops from the cut before on; all that there are */
};

/* One op's line of source, for who watches for it. */
struct window_look {
	uint32_t number, last;
	char *site;
};

static void window_op_before(void *context, const struct run *run, const struct inject_op *op)
{
	struct window_look *look = context;

	(void)run;
	look->last = op->number;
	if (op->number == look->number && look->site)
		snprintf(look->site, WINDOW_SITE_BYTES, "%s", op->site);
}

/* Runs the plan without the cut; returns the number of its last op. */
static uint32_t window_watch(const struct window_scan *scan, uint32_t number, char *site)
{
	struct window_look look = {.number = number, .site = site};
	struct run_watch watch = {.context = &look, .op_before = window_op_before};
	struct verdict verdict;

	run_case(scan->scene, &scan->before, &watch, &verdict);
	return look.last;
}

/* A cut before this op, of which nothing happens, breaks the rule. */
static bool window_breaks(struct window_scan *scan, uint32_t op)
{
	struct plan_fault cut = {.kind = PLAN_CUT, .op = op};
	struct plan plan = scan->before;
	struct verdict verdict;

	if (op <= scan->first || op > scan->last || ++scan->tries > WINDOW_CASES_MAX ||
	    plan_add(&plan, &cut) != 0)
		return false;
	run_case(scan->scene, &plan, NULL, &verdict);
	return verdict.rule[RULE_FIRED] == HOLDS && verdict.rule[scan->rule] == BROKEN;
}

static void window_name(const struct window_scan *scan, uint32_t number, struct window_op *op)
{
	op->number = number;
	(void)window_watch(scan, number, op->site);
}

bool window_find(const struct run_scene *scene, const struct plan *plan, enum rule rule,
		 struct window *window)
{
	struct window_scan scan = {.scene = scene, .before = *plan, .rule = rule};
	uint32_t from, to;

	memset(window, 0, sizeof(*window));
	if (!plan->count || plan->faults[plan->count - 1].kind != PLAN_CUT)
		return false;
	from = plan->faults[--scan.before.count].op;
	for (uint32_t i = 0; i < scan.before.count; i++)
		if (scan.before.faults[i].kind == PLAN_CUT)
			scan.first = scan.before.faults[i].op;
	scan.last = window_watch(&scan, 0, NULL);
	/* An op that was carried out but for its return is one that a clean cut comes after. */
	if (!window_breaks(&scan, from) && !window_breaks(&scan, ++from))
		return false;
	to = from;
	while (window_breaks(&scan, from - 1))
		from--;
	while (window_breaks(&scan, to + 1))
		to++;
	if (scan.tries > WINDOW_CASES_MAX)
		return false;
	if (from - 1 > scan.first)
		window_name(&scan, from - 1, &window->opens);
	if (to < scan.last)
		window_name(&scan, to, &window->closes);
	return window->opens.number && window->closes.number;
}
