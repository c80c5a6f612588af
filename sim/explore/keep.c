/* Rounds in a file of SQLite's. */
#include "sim/explore/keep.h"

#include <assert.h>
#include <sqlite3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#define KEEP_FORM 1u /* of the file; one more whenever findings are written otherwise */

/* Where all of it is the same, findings are. Canonical: unused bytes are zero. */
struct keep_subject {
	uint32_t form, sizes[4];
	uint32_t depth, tears, exact, weak, without, flips;
	uint8_t firmware[32], scenario[32];
};

struct keep {
	sqlite3 *db;
	const char *path;
	uint32_t rounds, round; /* on file, and the one that began last; from 1 on */
	struct log log;
};

static int keep_fail(const struct keep *keep, const char *what, char *why, size_t why_bytes)
{
	snprintf(why, why_bytes, "--resume: %s: %s (%s), expected the file of a search, or none",
		 keep->path, what, sqlite3_errmsg(keep->db));
	return -1;
}

/* 1: a row; 0: no more rows; -1: an error. */
static int keep_step(sqlite3_stmt *statement)
{
	int rc = sqlite3_step(statement);

	return rc == SQLITE_ROW ? 1 : rc == SQLITE_DONE ? 0 : -1;
}

static void keep_subject(const struct explore *explore, struct keep_subject *subject)
{
	const struct run_scene *scene = explore->scene;

	memset(subject, 0, sizeof(*subject));
	subject->form = KEEP_FORM;
	subject->sizes[0] = sizeof(struct found_op);
	subject->sizes[1] = sizeof(struct explore_edge);
	subject->sizes[2] = sizeof(struct states_memory);
	subject->sizes[3] = sizeof(struct plan_extent);
	subject->depth = explore->options->depth;
	subject->tears = explore->options->tears;
	subject->exact = explore->options->exact;
	subject->weak = explore->options->weak;
	subject->flips = explore->options->flips;
	subject->without = explore->options->without;
	memcpy(subject->firmware, scene->firmware->digest, sizeof(subject->firmware));
	memcpy(subject->scenario, scene->scenario->digest, sizeof(subject->scenario));
}

/* The file's search is this one; one without a search becomes it. */
static int keep_claim(struct keep *keep, const struct explore *explore, char *why, size_t why_bytes)
{
	static const char tables[] =
		"CREATE TABLE IF NOT EXISTS search (subject BLOB NOT NULL);"
		"CREATE TABLE IF NOT EXISTS rounds (number INTEGER PRIMARY KEY, check_sum INTEGER "
		"NOT NULL, findings BLOB NOT NULL);";
	struct keep_subject subject;
	sqlite3_stmt *statement = NULL;
	int got = -1;

	keep_subject(explore, &subject);
	if (sqlite3_exec(keep->db, tables, NULL, NULL, NULL) != SQLITE_OK ||
	    sqlite3_prepare_v2(keep->db, "SELECT subject FROM search", -1, &statement, NULL) !=
		    SQLITE_OK ||
	    (got = keep_step(statement)) < 0) {
		(void)keep_fail(keep, "it cannot be used", why, why_bytes);
	} else if (got == 1 &&
		   (sqlite3_column_bytes(statement, 0) != sizeof(subject) ||
		    memcmp(sqlite3_column_blob(statement, 0), &subject, sizeof(subject)) != 0)) {
		got = -1;
		snprintf(why, why_bytes,
			 "--resume: %s: it is of another search, expected the same scenario, "
			 "device and ways of cutting, or a file that is not there yet",
			 keep->path);
	}
	sqlite3_finalize(statement);
	if (got)
		return got < 0 ? -1 : 0;
	if (sqlite3_prepare_v2(keep->db, "INSERT INTO search VALUES (?)", -1, &statement, NULL) !=
		    SQLITE_OK ||
	    sqlite3_bind_blob(statement, 1, &subject, sizeof(subject), SQLITE_STATIC) !=
		    SQLITE_OK ||
	    keep_step(statement) < 0)
		got = keep_fail(keep, "it cannot be written", why, why_bytes);
	sqlite3_finalize(statement);
	return got;
}

static int keep_count(struct keep *keep, char *why, size_t why_bytes)
{
	sqlite3_stmt *statement = NULL;
	int rc = 0;

	if (sqlite3_prepare_v2(keep->db, "SELECT count(*) FROM rounds", -1, &statement, NULL) !=
		    SQLITE_OK ||
	    keep_step(statement) != 1)
		rc = keep_fail(keep, "it cannot be read", why, why_bytes);
	else
		keep->rounds = (uint32_t)sqlite3_column_int(statement, 0);
	sqlite3_finalize(statement);
	return rc;
}

struct keep *keep_open(const char *path, const struct explore *explore, char *why, size_t why_bytes)
{
	struct keep *keep = calloc(1, sizeof(*keep));
	int rc;

	assert(keep);
	keep->path = path;
	if (sqlite3_open_v2(path, &keep->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_CREATE, NULL) !=
		    SQLITE_OK ||
	    sqlite3_exec(keep->db, "PRAGMA locking_mode = EXCLUSIVE; BEGIN IMMEDIATE; COMMIT", NULL,
			 NULL, NULL) != SQLITE_OK) {
		rc = keep_fail(keep, "it cannot be opened", why, why_bytes);
	} else {
		rc = keep_claim(keep, explore, why, why_bytes);
		if (rc == 0)
			rc = keep_count(keep, why, why_bytes);
	}
	if (rc == 0)
		return keep;
	keep_close(keep);
	return NULL;
}

void keep_close(struct keep *keep)
{
	if (!keep)
		return;
	sqlite3_close(keep->db);
	free(keep);
}

uint32_t keep_rounds(const struct keep *keep)
{
	return keep->rounds;
}

/* The findings of a round that is on file, put into the search. */
static int keep_read(struct keep *keep, struct explore *explore, char *why, size_t why_bytes)
{
	struct log_reader reader;
	sqlite3_stmt *statement = NULL;
	bool good = false;

	if (sqlite3_prepare_v2(keep->db, "SELECT check_sum, findings FROM rounds WHERE number = ?",
			       -1, &statement, NULL) == SQLITE_OK &&
	    sqlite3_bind_int(statement, 1, (int)keep->round) == SQLITE_OK &&
	    keep_step(statement) == 1) {
		const void *bytes = sqlite3_column_blob(statement, 1);
		size_t count = (size_t)sqlite3_column_bytes(statement, 1);

		log_reader_open(&reader, explore, true);
		good = XXH3_64bits(bytes, count) == (uint64_t)sqlite3_column_int64(statement, 0) &&
		       log_read(&reader, bytes, count);
		log_reader_close(&reader);
	}
	sqlite3_finalize(statement);
	if (good)
		return 1;
	snprintf(why, why_bytes,
		 "--resume: %s: round %u is damaged, expected what a search has written; without "
		 "this file it begins anew",
		 keep->path, keep->round);
	return -1;
}

int keep_begin(struct keep *keep, struct explore *explore, char *why, size_t why_bytes)
{
	keep->round++;
	if (keep->round <= keep->rounds)
		return keep_read(keep, explore, why, why_bytes);
	log_open(&keep->log, explore, false, true);
	explore->log = &keep->log;
	return 0;
}

int keep_end(struct keep *keep, struct explore *explore, char *why, size_t why_bytes)
{
	const struct log *log = &keep->log;
	sqlite3_stmt *statement = NULL;
	int rc = 0;

	explore->log = NULL;
	if (sqlite3_prepare_v2(keep->db, "INSERT INTO rounds VALUES (?, ?, ?)", -1, &statement,
			       NULL) != SQLITE_OK ||
	    sqlite3_bind_int(statement, 1, (int)keep->round) != SQLITE_OK ||
	    sqlite3_bind_int64(statement, 2, (sqlite3_int64)XXH3_64bits(log->bytes, log->count)) !=
		    SQLITE_OK ||
	    sqlite3_bind_blob64(statement, 3, log->bytes, log->count, SQLITE_STATIC) != SQLITE_OK ||
	    keep_step(statement) < 0)
		rc = keep_fail(keep, "a round cannot be written", why, why_bytes);
	sqlite3_finalize(statement);
	log_close(&keep->log);
	return rc;
}
