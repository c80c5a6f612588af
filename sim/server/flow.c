/* Bandwidth. */
#include "sim/server/flow.h"

#include <assert.h>

#define FLOW_UNITS 1000u

void flow_open(struct flow *flow, uint64_t bytes_per_s, uint64_t now_ms)
{
	flow->bytes_per_s = bytes_per_s;
	flow->left = bytes_per_s * FLOW_UNITS;
	flow->filled_ms = now_ms;
}

/* So many bytes a second are so many thousandths a millisecond: nothing is rounded away. */
static void flow_fill(struct flow *flow, uint64_t now_ms)
{
	uint64_t passed;

	if (now_ms <= flow->filled_ms)
		return;
	passed = now_ms - flow->filled_ms;
	flow->filled_ms = now_ms;
	if (passed < 1000)
		flow->left += flow->bytes_per_s * passed;
	if (passed >= 1000 || flow->left > flow->bytes_per_s * FLOW_UNITS)
		flow->left = flow->bytes_per_s * FLOW_UNITS;
}

uint64_t flow_may(struct flow *flow, uint64_t wanted, uint64_t now_ms)
{
	if (flow->bytes_per_s == 0)
		return wanted;
	flow_fill(flow, now_ms);
	return wanted < flow->left / FLOW_UNITS ? wanted : flow->left / FLOW_UNITS;
}

void flow_take(struct flow *flow, uint64_t bytes)
{
	if (flow->bytes_per_s == 0)
		return;
	assert(bytes <= flow->left / FLOW_UNITS);
	flow->left -= bytes * FLOW_UNITS;
}
