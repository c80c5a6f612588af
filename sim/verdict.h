/* The rules: which held in a case, which broke, and which of the broken ones came first. */
#ifndef SIM_VERDICT_H
#define SIM_VERDICT_H

#include "sim/history.h"

enum holds { HOLDS, BROKEN, NOT_JUDGED };

struct verdict {
	enum holds rule[RULES];
	struct history_break breaks[RULES];
	int first; /* the rule that broke first, or -1: all that were judged held */
	bool expectation_failed;
	char expectation[160]; /* what was expected and what there was */
};

/* fired: every fault of the case really happened. quiet: the device came to rest. */
void verdict_judge(struct verdict *verdict, const struct history *history,
		   const struct device *device, bool fired, bool quiet);
/* Nothing broke but what the scenario allows, and what it expects came true. */
bool verdict_good(const struct verdict *verdict, const struct scenario *scenario);
const char *verdict_word(enum holds holds);

#endif
