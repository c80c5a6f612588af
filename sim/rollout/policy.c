/* What a policy may say, and when a window is open. */
#include "sim/rollout/rollout.h"

#define DAY_MINUTES 1440
#define WEEK_DAYS   7

void rollout_policy_default(struct rollout_policy *policy, uint64_t sequence)
{
	*policy = (struct rollout_policy){
		.sequence = sequence,
		.stage_count = 5,
		.stages = {{.share = 100, .hours = 48},
			   {.share = 1000, .hours = 7 * 24},
			   {.share = 2500, .hours = 14 * 24},
			   {.share = 5000, .hours = 14 * 24},
			   {.share = ROLLOUT_SHARE}},
		.limits = {.devices_min = 10,
			   .failed_boots = 500,
			   .reverts = 200,
			   .refusals = 500,
			   .silence = 1000,
			   .silence_hours = 48},
		.retry_s = 6 * 3600,
	};
}

const char *rollout_window_wrong(const struct rollout_window *window)
{
	if (window->from_minute >= DAY_MINUTES || window->to_minute >= DAY_MINUTES ||
	    window->days >> WEEK_DAYS)
		return "the window is none, expected times of day from 00:00 to 23:59";
	return NULL;
}

const char *rollout_policy_wrong(const struct rollout_policy *policy)
{
	const struct rollout_limits *limits = &policy->limits;
	uint32_t share = 0;

	if (!policy->sequence)
		return "the release has sequence number 0, expected at least 1";
	if (!policy->stage_count || policy->stage_count > ROLLOUT_STAGES_MAX)
		return "there are no stages or too many, expected 1 to 8";
	for (uint32_t i = 0; i < policy->stage_count; i++) {
		const struct rollout_stage *stage = &policy->stages[i];

		if (stage->share < share || !stage->share || stage->share > ROLLOUT_SHARE)
			return "a stage's percent is below that of the one before, 0, or above "
			       "100, expected stages that grow";
		share = stage->share;
		if (i + 1 < policy->stage_count && !stage->hours)
			return "a stage lasts 0 hours, expected at least 1";
		if (stage->hours > 24 * 366)
			return "a stage lasts over a year, expected fewer hours";
	}
	if (limits->failed_boots > ROLLOUT_SHARE || limits->reverts > ROLLOUT_SHARE ||
	    limits->refusals > ROLLOUT_SHARE || limits->silence > ROLLOUT_SHARE)
		return "a limit is above 100 percent, expected 0 (never) to 100";
	if (!limits->silence_hours || limits->silence_hours > 24 * 366)
		return "silence is to be noticed after 0 hours or over a year, expected 1 to 8784";
	if (!policy->retry_s || policy->retry_s > 30 * 86400)
		return "devices that wait shall ask again after 0 seconds or over a month, "
		       "expected 1 to 2592000";
	if (policy->bytes_per_second && !policy->image_bytes)
		return "bandwidth is limited and the image has 0 bytes, expected its size";
	return rollout_window_wrong(&policy->window);
}

static bool open_at(const struct rollout_window *window, int64_t local_minute)
{
	uint32_t minute = (uint32_t)(local_minute % DAY_MINUTES);
	/* 1970-01-01 was a Thursday. */
	uint32_t day = (uint32_t)((local_minute / DAY_MINUTES + 3) % WEEK_DAYS);
	uint32_t days = window->days ? window->days : 0x7f;

	if (window->from_minute == window->to_minute)
		return days >> day & 1;
	if (window->from_minute < window->to_minute)
		return (days >> day & 1) && minute >= window->from_minute &&
		       minute < window->to_minute;
	if (minute >= window->from_minute)
		return days >> day & 1;
	/* After midnight it is still the window that began the day before. */
	return minute < window->to_minute && (days >> ((day + WEEK_DAYS - 1) % WEEK_DAYS) & 1);
}

uint32_t rollout_window_wait(const struct rollout_window *window, int32_t utc_offset_minutes,
			     int64_t now_s)
{
	int64_t now = now_s / 60 + utc_offset_minutes;

	if (now < 0)
		now = 0;
	if (open_at(window, now))
		return 0;
	/* A window opens at its own minute, or at midnight where only days are closed. */
	for (int64_t day = now / DAY_MINUTES; day <= now / DAY_MINUTES + WEEK_DAYS; day++) {
		uint32_t from = window->from_minute == window->to_minute ? 0 : window->from_minute;
		int64_t opens = day * DAY_MINUTES + from;

		if (opens > now && open_at(window, opens))
			return (uint32_t)((opens - now) * 60 - now_s % 60);
	}
	return 0; /* not reached: days has a bit */
}
