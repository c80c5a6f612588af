/* A book as plain numbers, and back; and the words for what is in it. */
#include "sim/rollout/rollout.h"

#include <string.h>

#define FORMAT 1

/* One way through the fields serves both directions, so that neither can forget one. */
struct pass {
	bool loads;
	int64_t *to;
	const int64_t *from;
	size_t at, room;
	bool wrong;
};

static int64_t field(struct pass *pass, int64_t value, int64_t least, int64_t most)
{
	size_t at = pass->at++;

	if (!pass->loads) {
		if (at < pass->room)
			pass->to[at] = value;
		return value;
	}
	if (at >= pass->room || pass->from[at] < least || pass->from[at] > most) {
		pass->wrong = true;
		return least;
	}
	return pass->from[at];
}

static void small(struct pass *pass, uint32_t *value, uint32_t most)
{
	*value = (uint32_t)field(pass, *value, 0, most);
}

/* All 64 bits, as the number of the same bits. */
static void large(struct pass *pass, uint64_t *value)
{
	*value = (uint64_t)field(pass, (int64_t)*value, INT64_MIN, INT64_MAX);
}

static void when(struct pass *pass, int64_t *value)
{
	/* Far enough from the ends that sums of a few cannot overflow, as milliseconds neither. */
	*value = field(pass, *value, -1, INT64_MAX / 4096);
}

static void group(struct pass *pass, struct rollout_group *group)
{
	small(pass, &group->types, UINT32_MAX);
	small(pass, &group->customers, UINT32_MAX);
	small(pass, &group->regions, UINT32_MAX);
	large(pass, &group->sequence_min);
	large(pass, &group->sequence_max);
}

static void policy(struct pass *pass, struct rollout_policy *policy)
{
	uint32_t any_time = policy->any_time;

	large(pass, &policy->sequence);
	group(pass, &policy->group);
	small(pass, &policy->stage_count, ROLLOUT_STAGES_MAX);
	for (uint32_t i = 0; i < ROLLOUT_STAGES_MAX; i++) {
		small(pass, &policy->stages[i].share, ROLLOUT_SHARE);
		small(pass, &policy->stages[i].hours, UINT32_MAX);
		group(pass, &policy->stages[i].group);
	}
	small(pass, &policy->limits.devices_min, UINT32_MAX);
	small(pass, &policy->limits.failed_boots, ROLLOUT_SHARE);
	small(pass, &policy->limits.reverts, ROLLOUT_SHARE);
	small(pass, &policy->limits.refusals, ROLLOUT_SHARE);
	small(pass, &policy->limits.silence, ROLLOUT_SHARE);
	small(pass, &policy->limits.silence_hours, UINT32_MAX);
	small(pass, &policy->window.from_minute, UINT32_MAX);
	small(pass, &policy->window.to_minute, UINT32_MAX);
	small(pass, &policy->window.days, UINT32_MAX);
	small(pass, &any_time, 1);
	policy->any_time = any_time;
	small(pass, &policy->image_bytes, UINT32_MAX);
	small(pass, &policy->bytes_per_second, UINT32_MAX);
	small(pass, &policy->retry_s, UINT32_MAX);
	if (pass->loads && rollout_policy_wrong(policy))
		pass->wrong = true;
}

static void counts(struct pass *pass, struct rollout_counts *counts)
{
	uint32_t sum = 0;

	small(pass, &counts->offered, UINT32_MAX);
	for (uint32_t i = 0; i < ROLLOUT_STANDINGS; i++) {
		small(pass, &counts->standing[i], UINT32_MAX);
		sum += counts->standing[i];
	}
	small(pass, &counts->failed_boots, UINT32_MAX);
	if (pass->loads && sum != counts->offered)
		pass->wrong = true;
}

static void one(struct pass *pass, struct rollout *rollout)
{
	uint32_t state = rollout->state, why = rollout->why;

	policy(pass, &rollout->policy);
	small(pass, &state, ROLLOUT_ABORTED);
	rollout->state = (enum rollout_state)state;
	small(pass, &why, ROLLOUT_WHYS - 1);
	rollout->why = (enum rollout_why)why;
	small(pass, &rollout->why_type, ROLLOUT_NAMES_MAX);
	small(pass, &rollout->stage, ROLLOUT_STAGES_MAX - 1);
	if (pass->loads && rollout->stage >= rollout->policy.stage_count)
		pass->wrong = true;
	when(pass, &rollout->stage_since_s);
	when(pass, &rollout->paused_s);
	when(pass, &rollout->busy_until_ms);
	when(pass, &rollout->silent_floor);
	for (uint32_t i = 0; i <= ROLLOUT_NAMES_MAX; i++) {
		counts(pass, &rollout->counts[i]);
		counts(pass, &rollout->forgiven[i]);
		for (uint32_t j = 0; j < ROLLOUT_BUCKETS; j++) {
			small(pass, &rollout->heard[i][j][0], UINT32_MAX);
			small(pass, &rollout->heard[i][j][1], UINT32_MAX);
		}
	}
}

static void book_fields(struct pass *pass, struct rollout_book *book)
{
	if (field(pass, FORMAT, FORMAT, FORMAT) != FORMAT)
		pass->wrong = true;
	small(pass, &book->count, ROLLOUT_MAX);
	when(pass, &book->seen_s);
	when(pass, &book->outage_s);
	for (uint32_t i = 0; i < book->count && !pass->wrong; i++)
		one(pass, &book->rollouts[i]);
}

size_t rollout_save(const struct rollout_book *book, int64_t *numbers, size_t room)
{
	struct rollout_book copy = *book;
	struct pass pass = {0};

	book_fields(&pass, &copy);
	if (pass.at <= room) {
		pass = (struct pass){.to = numbers, .room = room};
		book_fields(&pass, &copy);
	}
	return pass.at;
}

bool rollout_load(struct rollout_book *book, const int64_t *numbers, size_t count)
{
	struct pass pass = {.loads = true, .from = numbers, .room = count};

	memset(book, 0, sizeof(*book));
	book_fields(&pass, book);
	if (!pass.wrong && pass.at == count)
		return true;
	memset(book, 0, sizeof(*book));
	return false;
}

const char *rollout_state_name(enum rollout_state state)
{
	static const char *const names[] = {"running", "paused", "aborted"};

	return names[state];
}

const char *rollout_standing_name(enum rollout_standing standing)
{
	static const char *const names[ROLLOUT_STANDINGS] = {
		"pending", "installed", "proved", "reverted", "refused", "silent", "superseded",
	};

	return names[standing];
}

const char *rollout_why_name(enum rollout_why why)
{
	static const char *const names[ROLLOUT_WHYS] = {
		"", "by hand", "failed boots", "reverts", "refusals", "silence",
	};

	return names[why];
}

const char *rollout_wait_name(enum rollout_wait wait)
{
	static const char *const names[ROLLOUT_WAITS] = {
		"", "its stage has not begun", "paused", "its window is closed", "bandwidth",
	};

	return names[wait];
}
