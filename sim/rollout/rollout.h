/*
 * Everything that is decided about a rollout: which devices a stage holds, when the next stage
 * begins, what stops it, what a device that asks is answered. Plain data and a clock that is passed
 * in; the update server and the simulated fleet both call this and decide nothing of their own.
 *
 * Times are seconds since 1970 UTC. Shares are parts of 10000, so that 1 % is 100.
 */
#ifndef SIM_ROLLOUT_ROLLOUT_H
#define SIM_ROLLOUT_ROLLOUT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ROLLOUT_SHARE	   10000u
#define ROLLOUT_STAGES_MAX 8u
#define ROLLOUT_MAX	   8u  /* releases in a book; the oldest is dropped for a ninth */
#define ROLLOUT_NAMES_MAX  16u /* types, customers, regions: numbers from 0, a bit each */
#define ROLLOUT_BUCKETS	   32u
#define ROLLOUT_GAP_S	   7200 /* a clock that was not seen for longer: the server was down */

/* Who takes part; 0 is everybody. */
struct rollout_group {
	uint32_t types, customers, regions;  /* bit i: number i takes part */
	uint64_t sequence_min, sequence_max; /* of the release that the device has confirmed */
};

/* Of a device's week in its own local time; from == to: all day. May run over midnight. */
struct rollout_window {
	uint32_t from_minute, to_minute; /* of the day, below 1440 */
	uint32_t days;			 /* bit 0: begins on Mondays, ... bit 6: Sundays; 0: all */
};

struct rollout_stage {
	uint32_t share; /* of the devices in the rollout's group and this stage's */
	uint32_t hours; /* that it lasts at least; the last stage has no end */
	struct rollout_group group;
};

/* What pauses a rollout, for all its devices or those of one type. A share of 0 never does. */
struct rollout_limits {
	uint32_t devices_min;  /* fewer say nothing */
	uint32_t failed_boots; /* share of those heard that came up only after a failed boot */
	uint32_t reverts;      /* ... that gave it up */
	uint32_t refusals;     /* ... that refused it */
	uint32_t silence;      /* share of those offered that were not heard for silence_hours */
	uint32_t silence_hours;
};

struct rollout_policy {
	uint64_t sequence; /* of the release's manifest: names it, and must grow */
	struct rollout_group group;
	uint32_t stage_count;
	struct rollout_stage stages[ROLLOUT_STAGES_MAX];
	struct rollout_limits limits;
	struct rollout_window window; /* for devices that have none of their own */
	bool any_time;		      /* urgent: no device's window is waited for */
	uint32_t image_bytes;
	uint32_t bytes_per_second; /* that downloads of it may take in all, 0: no limit */
	uint32_t retry_s;	   /* when a device that waits shall ask again, at most */
};

/* How the devices that were offered a release stand: each is in one of the first eight. */
enum rollout_standing {
	ROLLOUT_PENDING,    /* offered, no outcome yet */
	ROLLOUT_INSTALLED,  /* reports it as confirmed; has yet to show that it can still ask */
	ROLLOUT_PROVED,	    /* ... and has asked for the next one since */
	ROLLOUT_REVERTED,   /* gave it up after boots that failed */
	ROLLOUT_REFUSED,    /* refused it, or what came was not what its manifest says */
	ROLLOUT_SILENT,	    /* pending or installed, and not heard for silence_hours */
	ROLLOUT_SUPERSEDED, /* was offered a newer one before it had an outcome */
	ROLLOUT_STANDINGS,
};

struct rollout_counts {
	uint32_t offered; /* the sum of standing[] */
	uint32_t standing[ROLLOUT_STANDINGS];
	uint32_t failed_boots; /* devices, not boots */
};

enum rollout_state { ROLLOUT_RUNNING, ROLLOUT_PAUSED, ROLLOUT_ABORTED };
enum rollout_why {
	ROLLOUT_WHY_NONE,
	ROLLOUT_WHY_HAND, /* a person did */
	ROLLOUT_WHY_FAILED_BOOTS,
	ROLLOUT_WHY_REVERTS,
	ROLLOUT_WHY_REFUSALS,
	ROLLOUT_WHY_SILENCE,
	ROLLOUT_WHYS,
};

struct rollout {
	struct rollout_policy policy;
	enum rollout_state state;
	enum rollout_why why;
	uint32_t why_type; /* the type of device that stopped it, ROLLOUT_NAMES_MAX: all of them */
	uint32_t stage;
	int64_t stage_since_s, paused_s; /* on the book's own clock */
	int64_t busy_until_ms;		 /* downloads that were promised last until then */
	int64_t silent_floor;		 /* buckets up to this one have run out */
	/* [ROLLOUT_NAMES_MAX]: all types together. */
	struct rollout_counts counts[ROLLOUT_NAMES_MAX + 1];
	struct rollout_counts forgiven[ROLLOUT_NAMES_MAX + 1]; /* when it was last resumed */
	/* Of those pending or installed: heard last in bucket i, modulo ROLLOUT_BUCKETS. */
	uint32_t heard[ROLLOUT_NAMES_MAX + 1][ROLLOUT_BUCKETS][2];
};

/* All releases that are being rolled out, oldest first. All zero is an empty one. */
struct rollout_book {
	uint32_t count;
	int64_t seen_s;	  /* the latest time that was passed in */
	int64_t outage_s; /* in all that time, the server was down for so long */
	struct rollout rollouts[ROLLOUT_MAX];
};

/* What the maker's register says of a device. */
struct rollout_device {
	uint64_t id;			 /* rollout_id of its name */
	uint32_t type, customer, region; /* below ROLLOUT_NAMES_MAX */
	int32_t utc_offset_minutes;
	struct rollout_window window; /* its own; days and minutes 0: the policy's */
};

/* What is remembered of a device between calls, to be kept by the caller. All zero at first. */
struct rollout_seat {
	uint64_t offered;   /* sequence of the release last offered, 0: none */
	uint64_t confirmed; /* sequence numbers, as last reported */
	uint64_t given_up;
	int64_t since_s; /* when its silence began, on the book's own clock */
	uint32_t standing;
	bool failed_boot;
};

/* A report that the device itself made: the caller has seen to identity and replays. */
struct rollout_report {
	uint64_t sequence_confirmed, sequence_given_up, sequence_refused;
	bool failed_boot; /* its life began after a crash, a watchdog or a failed self-test */
};

enum rollout_answer { ROLLOUT_NOTHING, ROLLOUT_OFFER, ROLLOUT_WAIT };
enum rollout_wait {
	ROLLOUT_WAIT_NONE,
	ROLLOUT_WAIT_STAGE,
	ROLLOUT_WAIT_PAUSED,
	ROLLOUT_WAIT_WINDOW,
	ROLLOUT_WAIT_BANDWIDTH,
	ROLLOUT_WAITS,
};

struct rollout_reply {
	enum rollout_answer answer;
	enum rollout_wait wait;
	uint64_t sequence; /* of the release that is offered or waited for */
	uint32_t retry_s;  /* ask again after so long */
};

/* 1 % for 48 hours, 10 % for a week, 25 % and 50 % for two weeks each, 100 %; usual limits. */
void rollout_policy_default(struct rollout_policy *policy, uint64_t sequence);
/* NULL, or what is wrong with it and what was expected. */
const char *rollout_policy_wrong(const struct rollout_policy *policy);

/* A new release. NULL, or why not: the policy is wrong, or its sequence number is not the highest.
 */
const char *rollout_open(struct rollout_book *book, const struct rollout_policy *policy,
			 int64_t now_s);
/* Of that sequence number, or NULL. */
struct rollout *rollout_find(struct rollout_book *book, uint64_t sequence);
/* False: it is not in a state in which that can be done. */
bool rollout_pause(struct rollout_book *book, struct rollout *rollout, int64_t now_s);
/* What has gone wrong so far is forgiven: only what comes on top of it pauses again. */
bool rollout_resume(struct rollout_book *book, struct rollout *rollout, int64_t now_s);
/* Nobody is offered it again. The fix is a release with a higher sequence number. */
bool rollout_abort(struct rollout *rollout);

/*
 * Time passes: stages end, silence is noticed. Called at least every hour while the server lives;
 * time in which it was not called is no time in which a stage has proved itself or a device was
 * silent.
 */
void rollout_tick(struct rollout_book *book, int64_t now_s);
/* A device asks for a manifest. An offer is a promise: it is counted. */
void rollout_ask(struct rollout_book *book, const struct rollout_device *device,
		 struct rollout_seat *seat, int64_t now_s, struct rollout_reply *reply);
/* A device reports. The same report again changes nothing. */
void rollout_heard(struct rollout_book *book, const struct rollout_device *device,
		   struct rollout_seat *seat, const struct rollout_report *report, int64_t now_s);

/* Of a device's name. */
uint64_t rollout_id(const char *name);
/* Place of a device in a release's line, below ROLLOUT_SHARE: a stage holds those below its share,
 * so that a stage that grows keeps its devices. */
uint32_t rollout_place(uint64_t id, uint64_t sequence);
/* NULL, or what is wrong with it and what was expected. */
const char *rollout_window_wrong(const struct rollout_window *window);
/* For data that comes from outside, as of a database: what the calls above insist on. */
bool rollout_device_valid(const struct rollout_device *device);
bool rollout_seat_valid(const struct rollout_seat *seat);
/* Seconds until the window is open, 0: it is. */
uint32_t rollout_window_wait(const struct rollout_window *window, int32_t utc_offset_minutes,
			     int64_t now_s);

const char *rollout_state_name(enum rollout_state state);
const char *rollout_standing_name(enum rollout_standing standing);
const char *rollout_why_name(enum rollout_why why);
const char *rollout_wait_name(enum rollout_wait wait);

/*
 * The book as plain numbers, for a database, and back. rollout_save returns how many there are;
 * with room for fewer nothing is written. rollout_load: false if they are none that rollout_save
 * wrote; book is then empty.
 */
size_t rollout_save(const struct rollout_book *book, int64_t *numbers, size_t room);
bool rollout_load(struct rollout_book *book, const int64_t *numbers, size_t count);

#endif
