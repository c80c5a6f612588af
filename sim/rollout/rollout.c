#include "sim/rollout/rollout.h"

#include <assert.h>
#include <string.h>

#include "sim/rollout/count.h"

#define HOUR_S 3600

/* A well-mixed number from another: the finalizer of SplitMix64. */
static uint64_t mix(uint64_t value)
{
	value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9u;
	value = (value ^ (value >> 27)) * 0x94d049bb133111ebu;
	return value ^ (value >> 31);
}

uint64_t rollout_id(const char *name)
{
	uint64_t id = 0xcbf29ce484222325u; /* FNV-1a */

	for (; *name; name++)
		id = (id ^ (uint8_t)*name) * 0x100000001b3u;
	return mix(id);
}

uint32_t rollout_place(uint64_t id, uint64_t sequence)
{
	return (uint32_t)(mix(id ^ mix(sequence + 0x9e3779b97f4a7c15u)) % ROLLOUT_SHARE);
}

bool rollout_device_valid(const struct rollout_device *device)
{
	return device->type < ROLLOUT_NAMES_MAX && device->customer < ROLLOUT_NAMES_MAX &&
	       device->region < ROLLOUT_NAMES_MAX && device->utc_offset_minutes >= -24 * 60 &&
	       device->utc_offset_minutes <= 24 * 60 && !rollout_window_wrong(&device->window);
}

bool rollout_seat_valid(const struct rollout_seat *seat)
{
	return seat->standing < ROLLOUT_STANDINGS && seat->since_s >= 0;
}

struct rollout *rollout_find(struct rollout_book *book, uint64_t sequence)
{
	for (uint32_t i = 0; i < book->count; i++) {
		if (book->rollouts[i].policy.sequence == sequence)
			return &book->rollouts[i];
	}
	return NULL;
}

const char *rollout_open(struct rollout_book *book, const struct rollout_policy *policy,
			 int64_t now_s)
{
	const char *wrong = rollout_policy_wrong(policy);
	struct rollout *rollout;

	if (wrong)
		return wrong;
	if (book->count && policy->sequence <= book->rollouts[book->count - 1].policy.sequence)
		return "the sequence number is not above that of the last release, as it must be";
	rollout_tick(book, now_s);
	if (book->count == ROLLOUT_MAX) {
		memmove(&book->rollouts[0], &book->rollouts[1],
			(ROLLOUT_MAX - 1) * sizeof(book->rollouts[0]));
		book->count--;
	}
	rollout = &book->rollouts[book->count++];
	memset(rollout, 0, sizeof(*rollout));
	rollout->policy = *policy;
	rollout->why_type = ROLLOUT_NAMES_MAX;
	rollout->stage_since_s = count_clock(book);
	count_open(rollout, count_clock(book));
	return NULL;
}

bool rollout_pause(struct rollout_book *book, struct rollout *rollout, int64_t now_s)
{
	rollout_tick(book, now_s);
	if (rollout->state != ROLLOUT_RUNNING)
		return false;
	rollout->state = ROLLOUT_PAUSED;
	rollout->why = ROLLOUT_WHY_HAND;
	rollout->why_type = ROLLOUT_NAMES_MAX;
	rollout->paused_s = count_clock(book);
	return true;
}

bool rollout_resume(struct rollout_book *book, struct rollout *rollout, int64_t now_s)
{
	rollout_tick(book, now_s);
	if (rollout->state != ROLLOUT_PAUSED)
		return false;
	rollout->state = ROLLOUT_RUNNING;
	rollout->why = ROLLOUT_WHY_NONE;
	rollout->why_type = ROLLOUT_NAMES_MAX;
	rollout->stage_since_s += count_clock(book) - rollout->paused_s;
	memcpy(rollout->forgiven, rollout->counts, sizeof(rollout->forgiven));
	return true;
}

bool rollout_abort(struct rollout *rollout)
{
	if (rollout->state == ROLLOUT_ABORTED)
		return false;
	rollout->state = ROLLOUT_ABORTED;
	if (!rollout->why)
		rollout->why = ROLLOUT_WHY_HAND;
	return true;
}

void rollout_tick(struct rollout_book *book, int64_t now_s)
{
	/* A clock that goes back stands still; where it was not seen, the server was down. */
	if (now_s < book->seen_s)
		now_s = book->seen_s;
	if (book->seen_s && now_s - book->seen_s > ROLLOUT_GAP_S)
		book->outage_s += now_s - book->seen_s;
	book->seen_s = now_s;
	for (uint32_t i = 0; i < book->count; i++) {
		struct rollout *rollout = &book->rollouts[i];
		const struct rollout_policy *policy = &rollout->policy;

		count_expire(rollout, count_clock(book));
		if (rollout->state != ROLLOUT_RUNNING)
			continue;
		if (count_beyond(rollout, &rollout->why, &rollout->why_type)) {
			rollout->state = ROLLOUT_PAUSED;
			rollout->paused_s = count_clock(book);
		} else if (rollout->stage + 1 < policy->stage_count &&
			   count_clock(book) - rollout->stage_since_s >=
				   (int64_t)policy->stages[rollout->stage].hours * HOUR_S) {
			rollout->stage++;
			rollout->stage_since_s = count_clock(book);
		}
	}
}

static bool takes_part(const struct rollout_group *group, const struct rollout_device *device,
		       uint64_t confirmed)
{
	return (!group->types || group->types >> device->type & 1) &&
	       (!group->customers || group->customers >> device->customer & 1) &&
	       (!group->regions || group->regions >> device->region & 1) &&
	       confirmed >= group->sequence_min &&
	       (!group->sequence_max || confirmed <= group->sequence_max);
}

/* A device that a stage took stays in all that follow. */
static bool in_stage(const struct rollout *rollout, const struct rollout_device *device,
		     uint64_t confirmed)
{
	uint32_t place = rollout_place(device->id, rollout->policy.sequence);

	for (uint32_t i = 0; i <= rollout->stage; i++) {
		const struct rollout_stage *stage = &rollout->policy.stages[i];

		if (place < stage->share && takes_part(&stage->group, device, confirmed))
			return true;
	}
	return false;
}

static uint32_t at_most(int64_t wait_s, uint32_t most_s)
{
	return wait_s < 1 ? 1 : wait_s > most_s ? most_s : (uint32_t)wait_s;
}

/* Whether the downloads that were promised leave room for one more within a retry. */
static bool has_bandwidth(struct rollout *rollout, int64_t now_s, uint32_t *wait_s)
{
	const struct rollout_policy *policy = &rollout->policy;
	int64_t now_ms = now_s * 1000, promised_ms;

	if (!policy->bytes_per_second)
		return true;
	if (rollout->busy_until_ms < now_ms)
		rollout->busy_until_ms = now_ms;
	promised_ms = rollout->busy_until_ms - now_ms;
	if (promised_ms > (int64_t)policy->retry_s * 1000) {
		*wait_s = at_most(promised_ms / 1000, policy->retry_s);
		return false;
	}
	rollout->busy_until_ms +=
		((int64_t)policy->image_bytes * 1000 + policy->bytes_per_second - 1) /
		policy->bytes_per_second;
	return true;
}

/* Why this device has to wait for this release, or ROLLOUT_WAIT_NONE. */
static enum rollout_wait must_wait(const struct rollout_book *book, struct rollout *rollout,
				   const struct rollout_device *device,
				   const struct rollout_seat *seat, uint32_t *wait_s)
{
	const struct rollout_policy *policy = &rollout->policy;
	const struct rollout_window *window = &device->window;

	*wait_s = policy->retry_s;
	if (rollout->state == ROLLOUT_PAUSED)
		return ROLLOUT_WAIT_PAUSED;
	/* Who was offered it keeps it, however the register has changed since. */
	if (seat->offered != policy->sequence && !in_stage(rollout, device, seat->confirmed))
		return ROLLOUT_WAIT_STAGE;
	if (!window->days && window->from_minute == window->to_minute)
		window = &policy->window;
	if (!policy->any_time) {
		uint32_t closed_s =
			rollout_window_wait(window, device->utc_offset_minutes, book->seen_s);

		if (closed_s) {
			*wait_s = at_most(closed_s, policy->retry_s);
			return ROLLOUT_WAIT_WINDOW;
		}
	}
	if (seat->offered != policy->sequence && !has_bandwidth(rollout, book->seen_s, wait_s))
		return ROLLOUT_WAIT_BANDWIDTH;
	return ROLLOUT_WAIT_NONE;
}

/* It shows that it still can ask, and that it is not silent. */
static void asked(struct rollout_book *book, const struct rollout_device *device,
		  struct rollout_seat *seat)
{
	struct rollout *rollout = seat->offered ? rollout_find(book, seat->offered) : NULL;

	if (!rollout)
		return;
	if (seat->standing == ROLLOUT_INSTALLED)
		count_move(rollout, device->type, seat, ROLLOUT_PROVED, count_clock(book));
	else if (seat->standing == ROLLOUT_PENDING)
		count_move(rollout, device->type, seat, ROLLOUT_PENDING, count_clock(book));
}

static void offer(struct rollout_book *book, struct rollout *rollout,
		  const struct rollout_device *device, struct rollout_seat *seat)
{
	struct rollout *before = seat->offered ? rollout_find(book, seat->offered) : NULL;

	if (rollout == before)
		return;
	if (before && seat->standing == ROLLOUT_PENDING)
		count_move(before, device->type, seat, ROLLOUT_SUPERSEDED, count_clock(book));
	seat->offered = rollout->policy.sequence;
	count_enter(rollout, device->type, seat, count_clock(book));
}

void rollout_ask(struct rollout_book *book, const struct rollout_device *device,
		 struct rollout_seat *seat, int64_t now_s, struct rollout_reply *reply)
{
	assert(rollout_device_valid(device) && rollout_seat_valid(seat));
	memset(reply, 0, sizeof(*reply));
	rollout_tick(book, now_s);
	asked(book, device, seat);
	/*
	 * The newest that it may have, or an older one meanwhile; but never one that is older than
	 * what it was offered before, so that each device counts once for a release.
	 */
	for (uint32_t i = book->count; i--;) {
		struct rollout *rollout = &book->rollouts[i];
		const struct rollout_policy *policy = &rollout->policy;
		enum rollout_wait wait;
		uint32_t wait_s = 0;

		if (policy->sequence <= seat->confirmed || policy->sequence < seat->offered)
			return;
		if (policy->sequence == seat->given_up || rollout->state == ROLLOUT_ABORTED ||
		    !takes_part(&policy->group, device, seat->confirmed))
			continue;
		wait = must_wait(book, rollout, device, seat, &wait_s);
		if (wait == ROLLOUT_WAIT_NONE) {
			offer(book, rollout, device, seat);
			*reply = (struct rollout_reply){.answer = ROLLOUT_OFFER,
							.sequence = policy->sequence};
			return;
		}
		if (reply->answer != ROLLOUT_WAIT)
			*reply = (struct rollout_reply){.answer = ROLLOUT_WAIT,
							.wait = wait,
							.sequence = policy->sequence,
							.retry_s = wait_s};
	}
}

void rollout_heard(struct rollout_book *book, const struct rollout_device *device,
		   struct rollout_seat *seat, const struct rollout_report *report, int64_t now_s)
{
	struct rollout *rollout;
	uint32_t to;

	assert(rollout_device_valid(device) && rollout_seat_valid(seat));
	rollout_tick(book, now_s);
	seat->confirmed = report->sequence_confirmed;
	seat->given_up = report->sequence_given_up;
	rollout = seat->offered ? rollout_find(book, seat->offered) : NULL;
	if (!rollout || seat->standing == ROLLOUT_SUPERSEDED)
		return;
	to = seat->standing;
	if (to == ROLLOUT_PENDING || to == ROLLOUT_REFUSED || to == ROLLOUT_REVERTED) {
		if (report->sequence_confirmed == seat->offered)
			to = ROLLOUT_INSTALLED;
		else if (report->sequence_given_up == seat->offered)
			to = ROLLOUT_REVERTED;
		else if (report->sequence_refused == seat->offered)
			to = ROLLOUT_REFUSED;
		else if (report->sequence_confirmed > seat->offered)
			to = ROLLOUT_SUPERSEDED;
		if (report->failed_boot && !seat->failed_boot) {
			seat->failed_boot = true;
			count_failed_boot(rollout, device->type);
		}
		/* Heard, which ends the silence of a device that is still at it. */
		if (to != seat->standing || to == ROLLOUT_PENDING)
			count_move(rollout, device->type, seat, to, count_clock(book));
	}
	/* The report may be the one that is too much. */
	rollout_tick(book, now_s);
}
