/*
 * A search on file, so that one that was killed goes on: the findings of each round, in SQLite. A
 * search that goes on reads them again in place of living the lives, and then lives what is left.
 */
#ifndef EXPLORE_KEEP_H
#define EXPLORE_KEEP_H

#include "sim/explore/log.h"

struct keep;

/*
 * The file of this search; made if there is none. NULL and why: it is another's, it is damaged, or
 * another process has it.
 */
struct keep *keep_open(const char *path, const struct explore *explore, char *why,
		       size_t why_bytes);
void keep_close(struct keep *keep);
uint32_t keep_rounds(const struct keep *keep); /* that were on file when it was opened */

/*
 * The round that is about to begin: 1: its findings were on file, and have been put into the
 * search; 0: its lives are to be lived; -1 and why: the file does not fit the search.
 */
int keep_begin(struct keep *keep, struct explore *explore, char *why, size_t why_bytes);
/* The lives of the round that began last have been lived. 0, or -1 and why. */
int keep_end(struct keep *keep, struct explore *explore, char *why, size_t why_bytes);

#endif
