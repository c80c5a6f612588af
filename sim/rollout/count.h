/* How the devices of a release stand, counted as they move, and when that is beyond its limits. */
#ifndef SIM_ROLLOUT_COUNT_H
#define SIM_ROLLOUT_COUNT_H

#include "sim/rollout/rollout.h"

/* The book's own clock: time in which the server lived. */
static inline int64_t count_clock(const struct rollout_book *book)
{
	return book->seen_s - book->outage_s;
}

void count_open(struct rollout *rollout, int64_t clock_s);
/* Who was not heard for long enough is silent from here on. */
void count_expire(struct rollout *rollout, int64_t clock_s);
/* A device that the release had not been offered before is pending. */
void count_enter(struct rollout *rollout, uint32_t type, struct rollout_seat *seat,
		 int64_t clock_s);
/* ... and stands otherwise, or was heard. */
void count_move(struct rollout *rollout, uint32_t type, struct rollout_seat *seat, uint32_t to,
		int64_t clock_s);
void count_failed_boot(struct rollout *rollout, uint32_t type);
/* Whether a limit is passed, which, and by which type of device. */
bool count_beyond(const struct rollout *rollout, enum rollout_why *why, uint32_t *type);

#endif
