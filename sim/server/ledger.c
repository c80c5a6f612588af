/* What devices told, on a disk: the tables, and what goes into them. */
#include "sim/server/ledger_tables.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEDGER_FORM 1 /* of the tables; one more whenever they change */

/*
 * log: a report has its number, an offer has none. device: the last word of each. fact: what became
 * of a release on a device, once.
 */
static const char ledger_tables[] =
	"CREATE TABLE IF NOT EXISTS log ("
	" entry INTEGER PRIMARY KEY, device TEXT NOT NULL, at INTEGER NOT NULL,"
	" number INTEGER, what TEXT NOT NULL, UNIQUE (device, number));"
	"CREATE TABLE IF NOT EXISTS device ("
	" id TEXT PRIMARY KEY, number INTEGER NOT NULL DEFAULT 0, at INTEGER NOT NULL DEFAULT 0,"
	" version TEXT NOT NULL DEFAULT '', confirmed INTEGER NOT NULL DEFAULT 0,"
	" what TEXT NOT NULL DEFAULT '', type INTEGER NOT NULL DEFAULT 0,"
	" customer INTEGER NOT NULL DEFAULT 0, region INTEGER NOT NULL DEFAULT 0,"
	" utc_offset INTEGER NOT NULL DEFAULT 0, seat BLOB) WITHOUT ROWID;"
	"CREATE INDEX IF NOT EXISTS device_version ON device (version, confirmed);"
	"CREATE TABLE IF NOT EXISTS fact ("
	" sequence TEXT NOT NULL, fact TEXT NOT NULL, device TEXT NOT NULL,"
	" PRIMARY KEY (sequence, fact, device)) WITHOUT ROWID;"
	"CREATE TABLE IF NOT EXISTS kept (name TEXT PRIMARY KEY, value BLOB NOT NULL);";

static const char *const ledger_texts[LEDGER_STATEMENTS] = {
	[LEDGER_BEGIN] = "BEGIN IMMEDIATE",
	[LEDGER_COMMIT] = "COMMIT",
	[LEDGER_ROLLBACK] = "ROLLBACK",
	[LEDGER_FIND] = "SELECT what FROM log WHERE device = ?1 AND number = ?2",
	[LEDGER_ADD] = "INSERT INTO log (device, at, number, what) VALUES (?1, ?2, ?3, ?4)",
	[LEDGER_LAST] = "INSERT INTO device (id, number, at, version, confirmed, what)"
			" VALUES (?1, ?2, ?3, ?4, ?5, ?6) ON CONFLICT (id) DO UPDATE SET"
			" number = ?2, at = ?3, version = ?4, confirmed = ?5, what = ?6"
			" WHERE number < ?2",
	[LEDGER_REGISTER] = "INSERT INTO device (id, type, customer, region, utc_offset)"
			    " VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT (id) DO UPDATE SET"
			    " type = ?2, customer = ?3, region = ?4, utc_offset = ?5",
	[LEDGER_SEAT] = "INSERT INTO device (id, seat) VALUES (?1, ?2)"
			" ON CONFLICT (id) DO UPDATE SET seat = ?2",
	[LEDGER_FACT] = "INSERT OR IGNORE INTO fact (sequence, fact, device) VALUES (?1, ?2, ?3)",
	[LEDGER_KEEP] = "INSERT OR REPLACE INTO kept (name, value) VALUES (?1, ?2)",
	[LEDGER_KEPT] = "SELECT value FROM kept WHERE name = ?1",
	[LEDGER_DEVICE] = "SELECT number, at, what, type, customer, region, utc_offset, seat"
			  " FROM device WHERE id = ?1",
	[LEDGER_RELEASE] = "SELECT fact, count(*) FROM fact WHERE sequence = ?1 GROUP BY fact",
	[LEDGER_VERSIONS] = "SELECT version, count(*), sum(confirmed = 0) FROM device"
			    " WHERE number > 0 GROUP BY version ORDER BY version",
	[LEDGER_TOTALS] = "SELECT (SELECT count(*) FROM log WHERE number IS NOT NULL),"
			  " (SELECT count(*) FROM device WHERE number > 0)",
	[LEDGER_LOG] = "SELECT at, number, what FROM log WHERE device = ?1 ORDER BY entry",
};

static int ledger_prepare(struct ledger *ledger, bool read_only)
{
	for (int i = 0; i < LEDGER_STATEMENTS; i++) {
		if (read_only && i < LEDGER_FIRST_READ)
			continue;
		if (sqlite3_prepare_v3(ledger->db, ledger_texts[i], -1, SQLITE_PREPARE_PERSISTENT,
				       &ledger->statements[i], NULL) != SQLITE_OK)
			return -1;
	}
	return 0;
}

static int ledger_form(struct ledger *ledger)
{
	sqlite3_stmt *statement = NULL;
	int form = -1;

	if (sqlite3_prepare_v2(ledger->db, "PRAGMA user_version", -1, &statement, NULL) ==
		    SQLITE_OK &&
	    sqlite3_step(statement) == SQLITE_ROW)
		form = sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	return form;
}

/* One file, one writer; who reads waits for him no longer than five seconds. */
static int ledger_make(struct ledger *ledger, bool read_only)
{
	char text[64];
	int form;

	sqlite3_busy_timeout(ledger->db, 5000);
	if (!read_only &&
	    sqlite3_exec(ledger->db, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL", NULL,
			 NULL, NULL) != SQLITE_OK)
		return -1;
	form = ledger_form(ledger);
	if (form != LEDGER_FORM && (form != 0 || read_only))
		return -1;
	snprintf(text, sizeof(text), "PRAGMA user_version = %d", LEDGER_FORM);
	if (!read_only && (sqlite3_exec(ledger->db, ledger_tables, NULL, NULL, NULL) != SQLITE_OK ||
			   sqlite3_exec(ledger->db, text, NULL, NULL, NULL) != SQLITE_OK))
		return -1;
	return ledger_prepare(ledger, read_only);
}

struct ledger *ledger_open(const char *path, bool read_only, char *why, size_t why_bytes)
{
	struct ledger *ledger = calloc(1, sizeof(*ledger));
	int flags = read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE;

	assert(ledger);
	if (sqlite3_open_v2(path, &ledger->db, flags | SQLITE_OPEN_NOMUTEX, NULL) == SQLITE_OK &&
	    ledger_make(ledger, read_only) == 0)
		return ledger;
	snprintf(why, why_bytes, "%s: %s, expected a ledger of `brownout serve`%s", path,
		 sqlite3_errcode(ledger->db) == SQLITE_OK ? "a file of another form"
							  : sqlite3_errmsg(ledger->db),
		 read_only ? "" : ", or none");
	ledger_close(ledger);
	return NULL;
}

void ledger_close(struct ledger *ledger)
{
	if (!ledger)
		return;
	for (int i = 0; i < LEDGER_STATEMENTS; i++)
		sqlite3_finalize(ledger->statements[i]);
	sqlite3_close(ledger->db);
	free(ledger);
}

/* ---- statements ---- */

sqlite3_stmt *ledger_use(struct ledger *ledger, enum ledger_statement which)
{
	sqlite3_stmt *statement = ledger->statements[which];

	sqlite3_reset(statement);
	sqlite3_clear_bindings(statement);
	return statement;
}

void ledger_bind(sqlite3_stmt *statement, int index, const char *text)
{
	int rc = sqlite3_bind_text(statement, index, text, -1, SQLITE_TRANSIENT);

	assert(rc == SQLITE_OK);
}

void ledger_bind_number(sqlite3_stmt *statement, int index, int64_t number)
{
	int rc = sqlite3_bind_int64(statement, index, number);

	assert(rc == SQLITE_OK);
}

/* Sequence numbers are text: SQLite's integers have a sign. */
void ledger_bind_sequence(sqlite3_stmt *statement, int index, uint64_t sequence)
{
	char text[24];

	snprintf(text, sizeof(text), "%llu", (unsigned long long)sequence);
	ledger_bind(statement, index, text);
}

int ledger_done(sqlite3_stmt *statement)
{
	int rc = sqlite3_step(statement);

	sqlite3_reset(statement);
	return rc == SQLITE_DONE ? 0 : -1;
}

int ledger_begin(struct ledger *ledger)
{
	return ledger_done(ledger_use(ledger, LEDGER_BEGIN));
}

int ledger_commit(struct ledger *ledger)
{
	return ledger_done(ledger_use(ledger, LEDGER_COMMIT));
}

void ledger_rollback(struct ledger *ledger)
{
	/* Where the disk has undone it already there is nothing left to undo. */
	(void)!ledger_done(ledger_use(ledger, LEDGER_ROLLBACK));
}

/* ---- writing ---- */

static int ledger_fact(struct ledger *ledger, const char *device, uint64_t sequence,
		       const char *fact)
{
	sqlite3_stmt *statement;

	if (sequence == 0)
		return 0;
	statement = ledger_use(ledger, LEDGER_FACT);
	ledger_bind_sequence(statement, 1, sequence);
	ledger_bind(statement, 2, fact);
	ledger_bind(statement, 3, device);
	return ledger_done(statement);
}

/* One spelling of a report, so that the same is the same. */
static void ledger_text(const struct told *told, char what[REPORT_WIRE_BYTES])
{
	(void)report_wire_print(what, told->device, told->number, &told->report, told->reset,
				told->saw);
}

static int ledger_last(struct ledger *ledger, const struct told *told, const char *what,
		       int64_t at_s)
{
	const struct hal_version *version = &told->report.version;
	sqlite3_stmt *statement = ledger_use(ledger, LEDGER_LAST);
	char text[NOTATION_VERSION_ROOM];

	ledger_bind(statement, 1, told->device);
	ledger_bind_number(statement, 2, (int64_t)told->number);
	ledger_bind_number(statement, 3, at_s);
	ledger_bind(statement, 4, notation_version_text(version, text));
	ledger_bind_number(statement, 5, told->report.confirmed);
	ledger_bind(statement, 6, what);
	return ledger_done(statement);
}

enum ledger_taken ledger_take(struct ledger *ledger, const struct told *told, int64_t at_s)
{
	sqlite3_stmt *statement = ledger_use(ledger, LEDGER_FIND);
	const struct hal_report *report = &told->report;
	char what[REPORT_WIRE_BYTES];
	int rc;

	ledger_text(told, what);
	ledger_bind(statement, 1, told->device);
	ledger_bind_number(statement, 2, (int64_t)told->number);
	rc = sqlite3_step(statement);
	if (rc == SQLITE_ROW) {
		bool same = strcmp((const char *)sqlite3_column_text(statement, 0), what) == 0;

		sqlite3_reset(statement);
		return same ? LEDGER_KNOWN : LEDGER_CONFLICT;
	}
	if (rc != SQLITE_DONE)
		return LEDGER_FAILED;
	statement = ledger_use(ledger, LEDGER_ADD);
	ledger_bind(statement, 1, told->device);
	ledger_bind_number(statement, 2, at_s);
	ledger_bind_number(statement, 3, (int64_t)told->number);
	ledger_bind(statement, 4, what);
	if (ledger_done(statement) || ledger_last(ledger, told, what, at_s) ||
	    ledger_fact(ledger, told->device, report->sequence_confirmed, "confirmed") ||
	    ledger_fact(ledger, told->device, report->sequence_given_up, "given up") ||
	    ledger_fact(ledger, told->device, report->sequence_refused, "refused"))
		return LEDGER_FAILED;
	return LEDGER_NEW;
}

int ledger_offer(struct ledger *ledger, const char *device, uint64_t sequence, int64_t at_s)
{
	sqlite3_stmt *statement = ledger_use(ledger, LEDGER_ADD);

	ledger_bind(statement, 1, device);
	ledger_bind_number(statement, 2, at_s);
	ledger_bind_sequence(statement, 4, sequence);
	return ledger_done(statement) || ledger_fact(ledger, device, sequence, "offered") ? -1 : 0;
}

int ledger_register(struct ledger *ledger, const char *device, const struct rollout_device *who)
{
	sqlite3_stmt *statement = ledger_use(ledger, LEDGER_REGISTER);

	ledger_bind(statement, 1, device);
	ledger_bind_number(statement, 2, who->type);
	ledger_bind_number(statement, 3, who->customer);
	ledger_bind_number(statement, 4, who->region);
	ledger_bind_number(statement, 5, who->utc_offset_minutes);
	return ledger_done(statement);
}

int ledger_seat(struct ledger *ledger, const char *device, const struct rollout_seat *seat)
{
	sqlite3_stmt *statement = ledger_use(ledger, LEDGER_SEAT);
	const int64_t numbers[LEDGER_SEAT_NUMBERS] = {
		(int64_t)seat->offered, (int64_t)seat->confirmed, (int64_t)seat->given_up,
		seat->since_s,		seat->standing,		  seat->failed_boot};

	ledger_bind(statement, 1, device);
	if (sqlite3_bind_blob(statement, 2, numbers, sizeof(numbers), SQLITE_TRANSIENT) !=
	    SQLITE_OK)
		return -1;
	return ledger_done(statement);
}

int ledger_keep(struct ledger *ledger, const char *name, const void *data, size_t size_bytes)
{
	sqlite3_stmt *statement = ledger_use(ledger, LEDGER_KEEP);

	ledger_bind(statement, 1, name);
	if (sqlite3_bind_blob64(statement, 2, data, size_bytes, SQLITE_TRANSIENT) != SQLITE_OK)
		return -1;
	return ledger_done(statement);
}
