/* States as counters. */
#include "fuzz/feedback.h"

#define FEEDBACK_STATES 8192u /* a power of two; two states may share one */

/* libFuzzer looks for this section, clears it before each input and reads it after. */
__attribute__((
	section("__libfuzzer_extra_counters"))) static uint8_t feedback_counters[FEEDBACK_STATES];

void feedback_see(uint32_t a, uint32_t b, uint32_t c)
{
	uint32_t hash = (a * 0x9e3779b1u ^ b) * 0x85ebca77u ^ c;

	hash = (hash ^ hash >> 15) * 0xc2b2ae3du;
	feedback_counters[(hash ^ hash >> 13) % FEEDBACK_STATES] = 1;
}
