/* A plan's text: what parses has one text, and what does not has a reason. */
#include <stdlib.h>
#include <string.h>

#include "faults/plan.h"
#include "fuzz/fuzz.h"
#include "fuzz/mutate_plan.h"

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size_bytes, size_t max_bytes,
			       unsigned int seed)
{
	return mutate_plan_text(data, size_bytes, max_bytes, seed);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size_bytes)
{
	char why[96] = "";
	char *text = malloc(size_bytes + 1);
	struct plan plan, again;

	FUZZ_HOLDS(text != NULL);
	memcpy(text, data, size_bytes);
	text[size_bytes] = '\0';
	if (plan_parse(text, &plan, why, sizeof(why)) == 0) {
		char printed[PLAN_TEXT_BYTES];

		plan_print(&plan, printed);
		FUZZ_HOLDS(strcmp(text, printed) == 0);
		FUZZ_HOLDS(plan_parse(printed, &again, why, sizeof(why)) == 0);
		FUZZ_HOLDS(plan_equal(&plan, &again));
	} else {
		FUZZ_HOLDS(strncmp(why, "character ", 10) == 0);
		FUZZ_HOLDS(memchr(why, '\0', sizeof(why)) != NULL);
	}
	free(text);
	return 0;
}
