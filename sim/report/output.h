/*
 * A file that a report goes to: written beside its place under a name of its own and moved there
 * when it is whole, so that nobody ever reads half of one.
 */
#ifndef REPORT_OUTPUT_H
#define REPORT_OUTPUT_H

#include <stdio.h>

struct output {
	FILE *file;
	char *path, *temporary;
};

/* Whether output_open could work, leaving nothing behind. 0, or -1 after a message on stderr. */
int output_check(const char *path);
/* 0, or -1 after a message on stderr. */
int output_open(struct output *output, const char *path);
/* Moves it to its place, if all of it was written. 0, or -1 after a message on stderr. */
int output_close(struct output *output);

#endif
