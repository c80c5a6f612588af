/* What devices told, on a disk: what is read back. */
#include "sim/server/ledger_tables.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* 0 and the statement stands before its first row again; -1: the last step was an error. */
static int ledger_read_end(sqlite3_stmt *statement, int rc)
{
	sqlite3_reset(statement);
	return rc == SQLITE_DONE || rc == SQLITE_ROW ? 0 : -1;
}

static const char *ledger_column(sqlite3_stmt *statement, int column)
{
	const unsigned char *text = sqlite3_column_text(statement, column);

	return text ? (const char *)text : "";
}

/* A report that the ledger itself wrote. */
static int ledger_read_told(sqlite3_stmt *statement, int column, struct told *told)
{
	char why[TOLD_WHY_BYTES];

	return told_parse(ledger_column(statement, column),
			  (size_t)sqlite3_column_bytes(statement, column), told, why);
}

void *ledger_kept(struct ledger *ledger, const char *name, size_t *size_bytes)
{
	sqlite3_stmt *statement = ledger_use(ledger, LEDGER_KEPT);
	char *data = NULL;

	ledger_bind(statement, 1, name);
	if (sqlite3_step(statement) == SQLITE_ROW) {
		const void *blob = sqlite3_column_blob(statement, 0);

		*size_bytes = (size_t)sqlite3_column_bytes(statement, 0);
		data = calloc(1, *size_bytes + 1);
		assert(data);
		if (*size_bytes)
			memcpy(data, blob, *size_bytes);
	}
	sqlite3_reset(statement);
	return data;
}

/* As ledger_seat wrote it; what is none leaves a seat that was never taken. */
static void ledger_read_seat(sqlite3_stmt *statement, int column, struct rollout_seat *seat)
{
	const void *blob = sqlite3_column_blob(statement, column);
	int64_t numbers[LEDGER_SEAT_NUMBERS];

	if (!blob || sqlite3_column_bytes(statement, column) != (int)sizeof(numbers))
		return;
	memcpy(numbers, blob, sizeof(numbers));
	seat->offered = (uint64_t)numbers[0];
	seat->confirmed = (uint64_t)numbers[1];
	seat->given_up = (uint64_t)numbers[2];
	seat->since_s = numbers[3];
	seat->standing = (uint32_t)numbers[4];
	seat->failed_boot = numbers[5] != 0;
}

int ledger_device(struct ledger *ledger, const char *id, struct ledger_device *device)
{
	sqlite3_stmt *statement = ledger_use(ledger, LEDGER_DEVICE);
	int rc, read = 0;

	memset(device, 0, sizeof(*device));
	device->who.id = rollout_id(id);
	ledger_bind(statement, 1, id);
	rc = sqlite3_step(statement);
	if (rc == SQLITE_ROW) {
		device->known = sqlite3_column_int64(statement, 0) > 0;
		device->told_at = sqlite3_column_int64(statement, 1);
		device->who.type = (uint32_t)sqlite3_column_int64(statement, 3);
		device->who.customer = (uint32_t)sqlite3_column_int64(statement, 4);
		device->who.region = (uint32_t)sqlite3_column_int64(statement, 5);
		device->who.utc_offset_minutes = (int32_t)sqlite3_column_int64(statement, 6);
		ledger_read_seat(statement, 7, &device->seat);
		if (device->known)
			read = ledger_read_told(statement, 2, &device->last);
	}
	/* Who has written to the file since is unknown, and decisions go by what it says. */
	if (!rollout_device_valid(&device->who) || !rollout_seat_valid(&device->seat))
		read = -1;
	return ledger_read_end(statement, rc) ? -1 : read;
}

int ledger_release(struct ledger *ledger, uint64_t sequence, struct ledger_release *counts)
{
	sqlite3_stmt *statement = ledger_use(ledger, LEDGER_RELEASE);
	const struct {
		const char *fact;
		uint64_t *count;
	} facts[] = {{"offered", &counts->offered},
		     {"confirmed", &counts->confirmed},
		     {"given up", &counts->given_up},
		     {"refused", &counts->refused}};
	int rc;

	memset(counts, 0, sizeof(*counts));
	ledger_bind_sequence(statement, 1, sequence);
	while ((rc = sqlite3_step(statement)) == SQLITE_ROW)
		for (size_t i = 0; i < sizeof(facts) / sizeof(facts[0]); i++)
			if (strcmp(ledger_column(statement, 0), facts[i].fact) == 0)
				*facts[i].count = (uint64_t)sqlite3_column_int64(statement, 1);
	return ledger_read_end(statement, rc);
}

int ledger_versions(struct ledger *ledger,
		    void (*each)(void *context, const struct ledger_version *version),
		    void *context)
{
	sqlite3_stmt *statement = ledger_use(ledger, LEDGER_VERSIONS);
	int rc;

	while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
		struct ledger_version version = {
			.devices = (uint64_t)sqlite3_column_int64(statement, 1),
			.unconfirmed = (uint64_t)sqlite3_column_int64(statement, 2),
		};

		snprintf(version.version, sizeof(version.version), "%s",
			 ledger_column(statement, 0));
		each(context, &version);
	}
	return ledger_read_end(statement, rc);
}

int ledger_totals(struct ledger *ledger, uint64_t *reports, uint64_t *devices)
{
	sqlite3_stmt *statement = ledger_use(ledger, LEDGER_TOTALS);
	int rc = sqlite3_step(statement);

	*reports = rc == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(statement, 0) : 0;
	*devices = rc == SQLITE_ROW ? (uint64_t)sqlite3_column_int64(statement, 1) : 0;
	return ledger_read_end(statement, rc);
}

int ledger_log(struct ledger *ledger, const char *device,
	       void (*each)(void *context, const struct ledger_line *line), void *context)
{
	sqlite3_stmt *statement = ledger_use(ledger, LEDGER_LOG);
	int rc, read = 0;

	ledger_bind(statement, 1, device);
	while (!read && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
		struct ledger_line line = {.at_s = sqlite3_column_int64(statement, 0)};
		struct told told;

		if (sqlite3_column_type(statement, 1) == SQLITE_NULL) {
			line.offered = strtoull(ledger_column(statement, 2), NULL, 10);
		} else {
			read = ledger_read_told(statement, 2, &told);
			line.told = &told;
		}
		if (!read)
			each(context, &line);
	}
	return read || ledger_read_end(statement, rc) ? -1 : 0;
}
