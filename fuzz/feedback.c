/* States as counters. */
#include "fuzz/feedback.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define FEEDBACK_STATES 8192u /* a power of two; two states may share one */

/* libFuzzer looks for this section, clears it before each input and reads it after. */
__attribute__((
	section("__libfuzzer_extra_counters"))) static uint8_t feedback_counters[FEEDBACK_STATES];

/* FUZZ_FEEDBACK=off, for a corpus that is to be minimised by code alone. */
static bool feedback_is_off(void)
{
	static int off = -1;
	const char *text;

	if (off < 0) {
		text = getenv("FUZZ_FEEDBACK");
		off = text != NULL && strcmp(text, "off") == 0;
	}
	return off;
}

void feedback_see(uint32_t a, uint32_t b, uint32_t c)
{
	uint32_t hash = (a * 0x9e3779b1u ^ b) * 0x85ebca77u ^ c;

	if (feedback_is_off())
		return;
	hash = (hash ^ hash >> 15) * 0xc2b2ae3du;
	feedback_counters[(hash ^ hash >> 13) % FEEDBACK_STATES] = 1;
}
