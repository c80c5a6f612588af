/* Bandwidth. */
#include "sim/server/flow.h"

#include <assert.h>

void flow_open(struct flow *flow, uint64_t bytes_per_s, uint64_t now_ms)
{
	flow->bytes_per_s = bytes_per_s;
	flow->left = bytes_per_s;
	flow->filled_ms = now_ms;
}

static void flow_fill(struct flow *flow, uint64_t now_ms)
{
	uint64_t passed, bytes;

	if (now_ms <= flow->filled_ms)
		return;
	passed = now_ms - flow->filled_ms;
	if (passed >= 1000) {
		flow->left = flow->bytes_per_s;
		flow->filled_ms = now_ms;
		return;
	}
	bytes = flow->bytes_per_s * passed / 1000;
	/* Less than a byte's time is not lost: it counts with the next. */
	if (bytes == 0)
		return;
	flow->filled_ms = now_ms;
	flow->left += bytes;
	if (flow->left > flow->bytes_per_s)
		flow->left = flow->bytes_per_s;
}

uint64_t flow_may(struct flow *flow, uint64_t wanted, uint64_t now_ms)
{
	if (flow->bytes_per_s == 0)
		return wanted;
	flow_fill(flow, now_ms);
	return wanted < flow->left ? wanted : flow->left;
}

void flow_take(struct flow *flow, uint64_t bytes)
{
	if (flow->bytes_per_s == 0)
		return;
	assert(bytes <= flow->left);
	flow->left -= bytes;
}
