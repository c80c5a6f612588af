/*
 * What the server decides for a device, and writes down before it says so: the ledger, the book of
 * rollouts, and the seats of the devices that came by. All decisions are sim/rollout's.
 */
#ifndef SERVER_DESK_H
#define SERVER_DESK_H

#include "sim/rollout/rollout.h"
#include "sim/server/ledger.h"
#include "sim/server/shelf.h"

struct desk_seat;

struct desk {
	struct ledger *ledger;
	struct rollout_book book;
	struct desk_seat **seats; /* by the hash of their names; a power of two of them */
	size_t seat_room, seat_count;
	struct desk_seat *moved; /* not yet as they are in the ledger */
	bool writes;		 /* a transaction is open */
	bool book_moved;	 /* the book is not yet as it is in the ledger */
	bool failed;		 /* the transaction cannot be committed any more */
};

enum desk_says {
	DESK_AT_ONCE, /* nothing has to reach the disk before it is said */
	DESK_WRITES,  /* it holds once desk_commit has returned 0 */
	DESK_FAILED,  /* the ledger fails; said on stderr */
};

enum desk_order { DESK_PAUSE, DESK_RESUME, DESK_ABORT, DESK_ORDERS };

/*
 * Opens the ledger at path, with the rollouts that it remembers. Releases of the shelf that it does
 * not know begin their rollout now, by policy; its sequence number is filled in. 0, or -1 and why.
 */
FW_CHECKED int desk_open(struct desk *desk, const char *path, const struct shelf *shelf,
			 const struct rollout_policy *policy, int64_t now_s, char *why,
			 size_t why_bytes);
void desk_close(struct desk *desk);

/* A device asks for a manifest. */
FW_CHECKED enum desk_says desk_ask(struct desk *desk, const char *device, int64_t now_s,
				   struct rollout_reply *reply);
/* A device reports; what told says has been held against its certificate. */
FW_CHECKED enum desk_says desk_tell(struct desk *desk, const struct told *told, int64_t now_s,
				    enum ledger_taken *taken);
/* Time passes. */
void desk_tick(struct desk *desk, int64_t now_s);
/* A person orders something of the latest rollout. False: it is not in a state for that. */
bool desk_order(struct desk *desk, enum desk_order order, int64_t now_s);
/*
 * Everything since the last one reaches the disk. 0, or -1: none of it has, and what the desk
 * remembers is no longer what is on the disk, so that it must not be asked again.
 */
FW_CHECKED int desk_commit(struct desk *desk);

#endif
