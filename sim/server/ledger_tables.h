/* The inside of a ledger: its statements. For ledger.c, which writes, and ledger_read.c. */
#ifndef SERVER_LEDGER_TABLES_H
#define SERVER_LEDGER_TABLES_H

#include <sqlite3.h>

#include "sim/server/ledger.h"
#include "sim/vendor/notation.h"

enum ledger_statement {
	LEDGER_BEGIN,
	LEDGER_COMMIT,
	LEDGER_ROLLBACK,
	LEDGER_FIND,
	LEDGER_ADD,
	LEDGER_LAST,
	LEDGER_REGISTER,
	LEDGER_SEAT,
	LEDGER_FACT,
	LEDGER_KEEP,
	LEDGER_KEPT,
	LEDGER_FIRST_READ = LEDGER_KEPT,
	LEDGER_DEVICE,
	LEDGER_RELEASE,
	LEDGER_VERSIONS,
	LEDGER_TOTALS,
	LEDGER_LOG,
	LEDGER_STATEMENTS
};

#define LEDGER_SEAT_NUMBERS 6

struct ledger {
	sqlite3 *db;
	sqlite3_stmt *statements[LEDGER_STATEMENTS];
};

/* A statement with nothing bound, from its beginning. */
sqlite3_stmt *ledger_use(struct ledger *ledger, enum ledger_statement which);
void ledger_bind(sqlite3_stmt *statement, int index, const char *text);
void ledger_bind_number(sqlite3_stmt *statement, int index, int64_t number);
void ledger_bind_sequence(sqlite3_stmt *statement, int index, uint64_t sequence);
/* One step, after which it must be done. 0, or -1. */
FW_CHECKED int ledger_done(sqlite3_stmt *statement);

#endif
