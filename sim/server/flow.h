/* Bandwidth: so many bytes a second, a second's worth of them at most at once. */
#ifndef SERVER_FLOW_H
#define SERVER_FLOW_H

#include <stdint.h>

struct flow {
	uint64_t bytes_per_s; /* 0: no limit */
	uint64_t left;	      /* that may flow now, in thousandths of a byte */
	uint64_t filled_ms;   /* the clock up to which left was reckoned */
};

void flow_open(struct flow *flow, uint64_t bytes_per_s, uint64_t now_ms);
/* How many bytes may flow now, at most wanted. Time that goes backwards brings none. */
uint64_t flow_may(struct flow *flow, uint64_t wanted, uint64_t now_ms);
/* So many did; no more than flow_may said. */
void flow_take(struct flow *flow, uint64_t bytes);

#endif
