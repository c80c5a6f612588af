/*
 * How far a run is, on stderr: a bar with an estimate where stderr is a terminal, else a line for
 * each scenario that is done. The only part of a report that knows the time.
 */
#ifndef REPORT_PROGRESS_H
#define REPORT_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

struct progress {
	FILE *to;
	bool quiet, bar;
	uint32_t index, count; /* of the scenario under way; from 1 */
	const char *name;
	struct timespec opened, begun, shown;
};

void progress_open(struct progress *progress, bool quiet, uint32_t count);
void progress_begin(struct progress *progress, const char *name);
/* As sweep_options.progress. */
void progress_show(void *context, uint64_t done, uint64_t all);
void progress_end(struct progress *progress, uint64_t cases);
void progress_close(struct progress *progress, uint64_t cases);

#endif
