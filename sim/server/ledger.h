/*
 * What devices told, on a disk: a file of SQLite's (write-ahead log, synced at each commit). Each
 * report is in it once, however often it came; what is counted is what is in it.
 */
#ifndef SERVER_LEDGER_H
#define SERVER_LEDGER_H

#include "sim/rollout/rollout.h"
#include "sim/server/told.h"

struct ledger;

enum ledger_taken {
	LEDGER_NEW,	 /* it was not known */
	LEDGER_KNOWN,	 /* the very same was: nothing is counted again */
	LEDGER_CONFLICT, /* another one of that number was: one of them is no report of the device's
			  */
	LEDGER_FAILED,	 /* the disk does not take it */
};

/* A device: what the maker's register says, where it stands, and what it told last. */
struct ledger_device {
	struct rollout_device who;
	struct rollout_seat seat;
	bool known;	  /* it has told something */
	struct told last; /* the report with the highest number */
	int64_t told_at;  /* when it came, in seconds since 1970 */
};

/* Devices of one version, as they told last. */
struct ledger_version {
	char version[32];
	uint64_t devices, unconfirmed;
};

/* What became of a release: each device counts once, whatever it told how often. */
struct ledger_release {
	uint64_t offered, confirmed, given_up, refused;
};

/* NULL and why: no ledger, and none can be made there (or, to read only, none is there). */
struct ledger *ledger_open(const char *path, bool read_only, char *why, size_t why_bytes);
void ledger_close(struct ledger *ledger);

/* Between the two, all that is taken reaches the disk together, or nothing does. */
FW_CHECKED int ledger_begin(struct ledger *ledger);
FW_CHECKED int ledger_commit(struct ledger *ledger);
void ledger_rollback(struct ledger *ledger);

enum ledger_taken ledger_take(struct ledger *ledger, const struct told *told, int64_t at_s);
/* The device was offered this release. Noted once for each release. */
FW_CHECKED int ledger_offer(struct ledger *ledger, const char *device, uint64_t sequence,
			    int64_t at_s);
/* The device's place in the register, and its seat. The register is kept if seat alone changes. */
FW_CHECKED int ledger_register(struct ledger *ledger, const char *device,
			       const struct rollout_device *who);
FW_CHECKED int ledger_seat(struct ledger *ledger, const char *device,
			   const struct rollout_seat *seat);
/* A value that goes by name: the state of the rollout. */
FW_CHECKED int ledger_keep(struct ledger *ledger, const char *name, const void *data,
			   size_t size_bytes);
/* malloc'd, with a zero behind it; NULL: nothing was kept under that name. */
void *ledger_kept(struct ledger *ledger, const char *name, size_t *size_bytes);

/* 0, or -1: the file cannot be read. */
FW_CHECKED int ledger_device(struct ledger *ledger, const char *id, struct ledger_device *device);
FW_CHECKED int ledger_release(struct ledger *ledger, uint64_t sequence,
			      struct ledger_release *counts);
/* Version by version, the lowest text first. */
FW_CHECKED int ledger_versions(struct ledger *ledger,
			       void (*each)(void *context, const struct ledger_version *version),
			       void *context);
/* Reports in all, and devices that told any. */
FW_CHECKED int ledger_totals(struct ledger *ledger, uint64_t *reports, uint64_t *devices);

/* One line of a device's log: a report (told), or what the server did (note). */
struct ledger_line {
	int64_t at_s;
	const struct told *told; /* or NULL */
	uint64_t offered;
};
FW_CHECKED int ledger_log(struct ledger *ledger, const char *device,
			  void (*each)(void *context, const struct ledger_line *line),
			  void *context);

#endif
