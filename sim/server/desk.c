/* What the server decides for a device, and writes down before it says so. */
#include "sim/server/desk.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DESK_BOOK      "book"
#define DESK_SEATS_MIN 1024u

/* A device that came by since the server began. */
struct desk_seat {
	char device[PKI_NAME_MAX + 1];
	struct rollout_device who;
	struct rollout_seat seat;
	bool moved; /* not yet as it is in the ledger */
	struct desk_seat *next_moved;
};

/* ---- seats ---- */

static struct desk_seat **desk_place(const struct desk *desk, const char *device, uint64_t id)
{
	size_t at = (size_t)id & (desk->seat_room - 1);

	while (desk->seats[at] && strcmp(desk->seats[at]->device, device) != 0)
		at = (at + 1) & (desk->seat_room - 1);
	return &desk->seats[at];
}

static void desk_grow(struct desk *desk)
{
	struct desk_seat **old = desk->seats;
	size_t room = desk->seat_room;

	desk->seat_room = room ? 2 * room : DESK_SEATS_MIN;
	desk->seats = calloc(desk->seat_room, sizeof(*desk->seats));
	assert(desk->seats);
	for (size_t i = 0; i < room; i++)
		if (old[i])
			*desk_place(desk, old[i]->device, old[i]->who.id) = old[i];
	free(old);
}

/* NULL: the ledger cannot be read. */
static struct desk_seat *desk_seat(struct desk *desk, const char *device)
{
	uint64_t id = rollout_id(device);
	struct ledger_device known;
	struct desk_seat **place, *seat;

	if (desk->seat_count * 2 >= desk->seat_room)
		desk_grow(desk);
	place = desk_place(desk, device, id);
	if (*place || ledger_device(desk->ledger, device, &known) != 0)
		return *place;
	seat = calloc(1, sizeof(*seat));
	assert(seat);
	desk->seat_count++;
	memcpy(seat->device, device, strlen(device) + 1);
	seat->who = known.who;
	seat->seat = known.seat;
	*place = seat;
	return seat;
}

/* ---- transactions ---- */

static enum desk_says desk_fails(struct desk *desk, const char *what)
{
	fprintf(stderr, "brownout serve: the ledger does not take %s, expected room on its disk\n",
		what);
	desk->failed = true;
	return DESK_FAILED;
}

static int desk_write(struct desk *desk)
{
	if (desk->writes)
		return 0;
	if (ledger_begin(desk->ledger) != 0)
		return -1;
	desk->writes = true;
	return 0;
}

static int desk_keep_book(struct desk *desk)
{
	size_t count = rollout_save(&desk->book, NULL, 0);
	int64_t *numbers = calloc(count, sizeof(*numbers));
	int rc;

	assert(numbers);
	(void)rollout_save(&desk->book, numbers, count);
	rc = ledger_keep(desk->ledger, DESK_BOOK, numbers, count * sizeof(*numbers));
	free(numbers);
	desk->book_moved = false;
	return rc;
}

/* The book counts the seats as they are now: neither goes to the disk without the other. */
static void desk_settle(struct desk *desk)
{
	if (!desk->moved && !desk->book_moved)
		return;
	if (desk_write(desk) != 0 || desk_keep_book(desk) != 0)
		(void)desk_fails(desk, "the book");
	while (desk->moved) {
		struct desk_seat *seat = desk->moved;

		desk->moved = seat->next_moved;
		seat->moved = false;
		if (!desk->failed && ledger_seat(desk->ledger, seat->device, &seat->seat) != 0)
			(void)desk_fails(desk, "a seat");
	}
}

int desk_commit(struct desk *desk)
{
	int rc = 0;

	desk_settle(desk);
	if (desk->failed) {
		if (desk->writes)
			ledger_rollback(desk->ledger);
		rc = -1;
	} else if (desk->writes && ledger_commit(desk->ledger) != 0) {
		(void)desk_fails(desk, "what was told");
		ledger_rollback(desk->ledger);
		rc = -1;
	}
	desk->writes = false;
	return rc;
}

/* ---- decisions ---- */

static void desk_move(struct desk *desk, struct desk_seat *seat)
{
	desk->book_moved = true;
	if (seat->moved)
		return;
	seat->moved = true;
	seat->next_moved = desk->moved;
	desk->moved = seat;
}

/* That it was heard again may be lost with a server that dies: it is no promise. */
static bool desk_same(const struct rollout_seat *a, const struct rollout_seat *b)
{
	return a->offered == b->offered && a->confirmed == b->confirmed &&
	       a->given_up == b->given_up && a->standing == b->standing &&
	       a->failed_boot == b->failed_boot;
}

enum desk_says desk_ask(struct desk *desk, const char *device, int64_t now_s,
			struct rollout_reply *reply)
{
	struct desk_seat *seat = desk_seat(desk, device);
	struct rollout_seat before;

	if (!seat)
		return desk_fails(desk, "a question");
	before = seat->seat;
	rollout_ask(&desk->book, &seat->who, &seat->seat, now_s, reply);
	if (before.since_s != seat->seat.since_s || !desk_same(&before, &seat->seat))
		desk_move(desk, seat);
	if (desk_same(&before, &seat->seat))
		return DESK_AT_ONCE;
	if (before.offered != seat->seat.offered &&
	    (desk_write(desk) != 0 ||
	     ledger_offer(desk->ledger, device, seat->seat.offered, now_s) != 0))
		return desk_fails(desk, "an offer");
	return DESK_WRITES;
}

enum desk_says desk_tell(struct desk *desk, const struct told *told, int64_t now_s,
			 enum ledger_taken *taken)
{
	struct desk_seat *seat = desk_seat(desk, told->device);
	struct rollout_report report = {
		.sequence_confirmed = told->report.sequence_confirmed,
		.sequence_given_up = told->report.sequence_given_up,
		.sequence_refused = told->report.sequence_refused,
		.failed_boot = told->reset == HAL_RESET_WATCHDOG ||
			       told->reset == HAL_RESET_FAULT || told->reset == HAL_RESET_SELF_TEST,
	};

	if (!seat || desk_write(desk) != 0)
		return desk_fails(desk, "a report");
	*taken = ledger_take(desk->ledger, told, now_s);
	if (*taken == LEDGER_FAILED)
		return desk_fails(desk, "a report");
	if (*taken == LEDGER_CONFLICT)
		return DESK_AT_ONCE;
	/* One that is known may be so by this very transaction, and holds with it. */
	if (*taken == LEDGER_KNOWN)
		return DESK_WRITES;
	rollout_heard(&desk->book, &seat->who, &seat->seat, &report, now_s);
	desk_move(desk, seat);
	return DESK_WRITES;
}

void desk_tick(struct desk *desk, int64_t now_s)
{
	rollout_tick(&desk->book, now_s);
	desk->book_moved = true;
}

bool desk_order(struct desk *desk, enum desk_order order, int64_t now_s)
{
	struct rollout *rollout;
	bool done = false;

	if (desk->book.count == 0)
		return false;
	rollout = &desk->book.rollouts[desk->book.count - 1];
	switch (order) {
	case DESK_PAUSE:
		done = rollout_pause(&desk->book, rollout, now_s);
		break;
	case DESK_RESUME:
		done = rollout_resume(&desk->book, rollout, now_s);
		break;
	case DESK_ABORT:
		done = rollout_abort(rollout);
		break;
	case DESK_ORDERS:
		break;
	}
	desk->book_moved |= done;
	return done;
}

/* ---- opening ---- */

static int desk_load(struct desk *desk, char *why, size_t why_bytes)
{
	size_t size_bytes = 0;
	int64_t *numbers = ledger_kept(desk->ledger, DESK_BOOK, &size_bytes);
	bool good = !numbers || rollout_load(&desk->book, numbers, size_bytes / sizeof(*numbers));

	free(numbers);
	if (good)
		return 0;
	snprintf(why, why_bytes,
		 "the ledger's book of rollouts is damaged, expected one that "
		 "`brownout serve` wrote");
	return -1;
}

static int desk_begin(struct desk *desk, const struct shelf_release *release,
		      const struct rollout_policy *policy, int64_t now_s, char *why,
		      size_t why_bytes)
{
	struct rollout_policy own = *policy;
	const char *wrong;

	if (rollout_find(&desk->book, release->sequence))
		return 0;
	own.sequence = release->sequence;
	own.image_bytes = (uint32_t)release->files[1].size_bytes;
	wrong = rollout_open(&desk->book, &own, now_s);
	if (!wrong)
		return 0;
	snprintf(why, why_bytes, "%s: %s", release->folder, wrong);
	return -1;
}

int desk_open(struct desk *desk, const char *path, const struct shelf *shelf,
	      const struct rollout_policy *policy, int64_t now_s, char *why, size_t why_bytes)
{
	memset(desk, 0, sizeof(*desk));
	desk_grow(desk);
	desk->ledger = ledger_open(path, false, why, why_bytes);
	if (!desk->ledger || desk_load(desk, why, why_bytes) != 0)
		return -1;
	desk_tick(desk, now_s);
	for (size_t i = 0; i < shelf->count; i++)
		if (desk_begin(desk, &shelf->releases[i], policy, now_s, why, why_bytes) != 0)
			return -1;
	if (desk_commit(desk) == 0)
		return 0;
	snprintf(why, why_bytes, "%s: cannot be written, expected room on its disk", path);
	return -1;
}

void desk_close(struct desk *desk)
{
	for (size_t i = 0; i < desk->seat_room; i++)
		free(desk->seats[i]);
	free(desk->seats);
	ledger_close(desk->ledger);
	desk->ledger = NULL;
}
