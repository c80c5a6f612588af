#include "sim/rollout/count.h"

#include <assert.h>
#include <string.h>

/*
 * Silence is counted without a list of devices: those that may fall silent lie in buckets by when
 * they were heard last, and a bucket that is old enough is silent as a whole. A device's own bucket
 * follows from its seat, so that it is found again when it speaks after all.
 */

/* Buckets of this length cover silence_hours with two to spare, for the one that is being filled
 * and the one that is running out. */
static int64_t bucket_s(const struct rollout *rollout)
{
	int64_t silence_s = (int64_t)rollout->policy.limits.silence_hours * 3600;

	return (silence_s + ROLLOUT_BUCKETS - 3) / (ROLLOUT_BUCKETS - 2);
}

static int64_t bucket_of(const struct rollout *rollout, int64_t clock_s)
{
	return clock_s / bucket_s(rollout);
}

/* The youngest bucket of which every moment is silence_hours ago. */
static int64_t floor_at(const struct rollout *rollout, int64_t clock_s)
{
	int64_t silence_s = (int64_t)rollout->policy.limits.silence_hours * 3600;

	return clock_s < silence_s ? -1 : bucket_of(rollout, clock_s - silence_s) - 1;
}

static bool may_fall_silent(uint32_t standing)
{
	return standing == ROLLOUT_PENDING || standing == ROLLOUT_INSTALLED;
}

void count_open(struct rollout *rollout, int64_t clock_s)
{
	rollout->silent_floor = floor_at(rollout, clock_s);
}

void count_expire(struct rollout *rollout, int64_t clock_s)
{
	int64_t last = floor_at(rollout, clock_s);
	int64_t first = rollout->silent_floor + 1;

	if (last - first >= ROLLOUT_BUCKETS)
		first = last - ROLLOUT_BUCKETS + 1;
	for (int64_t bucket = first; bucket <= last; bucket++) {
		for (uint32_t type = 0; type <= ROLLOUT_NAMES_MAX; type++) {
			uint32_t *heard = rollout->heard[type][bucket % ROLLOUT_BUCKETS];
			uint32_t *standing = rollout->counts[type].standing;

			standing[ROLLOUT_PENDING] -= heard[ROLLOUT_PENDING];
			standing[ROLLOUT_INSTALLED] -= heard[ROLLOUT_INSTALLED];
			standing[ROLLOUT_SILENT] += heard[ROLLOUT_PENDING];
			standing[ROLLOUT_SILENT] += heard[ROLLOUT_INSTALLED];
			heard[ROLLOUT_PENDING] = heard[ROLLOUT_INSTALLED] = 0;
		}
	}
	if (last > rollout->silent_floor)
		rollout->silent_floor = last;
}

/* One more or one fewer device of that seat's standing. */
static void count_seat(struct rollout *rollout, uint32_t type, const struct rollout_seat *seat,
		       uint32_t by)
{
	static_assert(ROLLOUT_PENDING == 0 && ROLLOUT_INSTALLED == 1,
		      "heard[] is indexed by these two");
	bool waits = may_fall_silent(seat->standing);
	int64_t bucket = bucket_of(rollout, seat->since_s);
	bool silent = waits && bucket <= rollout->silent_floor;
	uint32_t both[2] = {type, ROLLOUT_NAMES_MAX};

	for (int i = 0; i < 2; i++) {
		struct rollout_counts *counts = &rollout->counts[both[i]];

		counts->standing[silent ? ROLLOUT_SILENT : seat->standing] += by;
		if (waits && !silent)
			rollout->heard[both[i]][bucket % ROLLOUT_BUCKETS][seat->standing] += by;
	}
}

void count_enter(struct rollout *rollout, uint32_t type, struct rollout_seat *seat, int64_t clock_s)
{
	seat->standing = ROLLOUT_PENDING;
	seat->since_s = clock_s;
	seat->failed_boot = false;
	rollout->counts[type].offered++;
	rollout->counts[ROLLOUT_NAMES_MAX].offered++;
	count_seat(rollout, type, seat, 1);
}

void count_move(struct rollout *rollout, uint32_t type, struct rollout_seat *seat, uint32_t to,
		int64_t clock_s)
{
	count_seat(rollout, type, seat, UINT32_MAX);
	seat->standing = to;
	seat->since_s = clock_s;
	count_seat(rollout, type, seat, 1);
}

void count_failed_boot(struct rollout *rollout, uint32_t type)
{
	rollout->counts[type].failed_boots++;
	rollout->counts[ROLLOUT_NAMES_MAX].failed_boots++;
}

static uint32_t beyond_forgiven(uint32_t now, uint32_t forgiven)
{
	return now > forgiven ? now - forgiven : 0;
}

static bool passed(uint32_t count, uint32_t of, uint32_t limit)
{
	return limit && (uint64_t)count * ROLLOUT_SHARE >= (uint64_t)limit * of && count;
}

static enum rollout_why type_beyond(const struct rollout_limits *limits,
				    const struct rollout_counts *now,
				    const struct rollout_counts *forgiven)
{
	uint32_t fresh[ROLLOUT_STANDINGS], heard;
	uint32_t offered = beyond_forgiven(now->offered, forgiven->offered);

	for (uint32_t i = 0; i < ROLLOUT_STANDINGS; i++)
		fresh[i] = beyond_forgiven(now->standing[i], forgiven->standing[i]);
	heard = fresh[ROLLOUT_INSTALLED] + fresh[ROLLOUT_PROVED] + fresh[ROLLOUT_REVERTED] +
		fresh[ROLLOUT_REFUSED];
	if (heard >= limits->devices_min) {
		if (passed(fresh[ROLLOUT_REVERTED], heard, limits->reverts))
			return ROLLOUT_WHY_REVERTS;
		if (passed(beyond_forgiven(now->failed_boots, forgiven->failed_boots), heard,
			   limits->failed_boots))
			return ROLLOUT_WHY_FAILED_BOOTS;
		if (passed(fresh[ROLLOUT_REFUSED], heard, limits->refusals))
			return ROLLOUT_WHY_REFUSALS;
	}
	if (offered >= limits->devices_min &&
	    passed(fresh[ROLLOUT_SILENT], offered, limits->silence))
		return ROLLOUT_WHY_SILENCE;
	return ROLLOUT_WHY_NONE;
}

bool count_beyond(const struct rollout *rollout, enum rollout_why *why, uint32_t *type)
{
	/* All of them first: a type is named only where the whole says nothing. */
	for (uint32_t i = ROLLOUT_NAMES_MAX + 1; i--;) {
		enum rollout_why is = type_beyond(&rollout->policy.limits, &rollout->counts[i],
						  &rollout->forgiven[i]);

		if (is) {
			*why = is;
			*type = i;
			return true;
		}
	}
	return false;
}
