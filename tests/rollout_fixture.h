/* Books, devices and a server that lives, for tests of what decides about a rollout. */
#ifndef TESTS_ROLLOUT_FIXTURE_H
#define TESTS_ROLLOUT_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "sim/rollout/rollout.h"

#define HOUR INT64_C(3600)
#define DAY  (24 * HOUR)
/* Monday, 2026-01-05 00:00 UTC. */
#define START INT64_C(1767571200)

static inline struct rollout_policy policy_of(uint64_t sequence)
{
	struct rollout_policy policy;

	rollout_policy_default(&policy, sequence);
	assert_null(rollout_policy_wrong(&policy));
	return policy;
}

static inline void book_of(struct rollout_book *book, const struct rollout_policy *policy)
{
	memset(book, 0, sizeof(*book));
	assert_null(rollout_open(book, policy, START));
}

static inline struct rollout_device device_of(uint32_t i)
{
	char name[32];

	(void)snprintf(name, sizeof(name), "device-%u", i);
	return (struct rollout_device){.id = rollout_id(name)};
}

/* A server that lives calls this at least every hour. */
static inline void pass_until(struct rollout_book *book, int64_t until_s)
{
	while (book->seen_s < until_s) {
		int64_t next_s = book->seen_s + HOUR;

		rollout_tick(book, next_s < until_s ? next_s : until_s);
	}
}

static inline enum rollout_answer ask(struct rollout_book *book, uint32_t i,
				      struct rollout_seat *seat)
{
	struct rollout_device device = device_of(i);
	struct rollout_reply reply;

	rollout_ask(book, &device, seat, book->seen_s, &reply);
	return reply.answer;
}

static inline void hear(struct rollout_book *book, uint32_t i, struct rollout_seat *seat,
			struct rollout_report report)
{
	struct rollout_device device = device_of(i);

	rollout_heard(book, &device, seat, &report, book->seen_s);
}

static inline const struct rollout_counts *all(const struct rollout_book *book, uint32_t release)
{
	return &book->rollouts[release].counts[ROLLOUT_NAMES_MAX];
}

/* Everybody at once, so that outcomes are all that matters. */
static inline struct rollout_policy at_once(uint64_t sequence)
{
	struct rollout_policy policy = policy_of(sequence);

	policy.stage_count = 1;
	policy.stages[0] = (struct rollout_stage){.share = ROLLOUT_SHARE};
	return policy;
}

#endif
