/*
 * Ops folded for reading: ops that go on where the last one ended become one line, and ops that
 * take turns over and over (erase, program, record; erase, program, record) become one as well.
 */
#ifndef REPORT_STORY_OPS_H
#define REPORT_STORY_OPS_H

#include "sim/report/story.h"

struct story_fold {
	char *text;
	const char *site; /* of its longest part */
};

/* Folds count events, all ops and none cut. Returns how many lines; free with story_ops_free. */
size_t story_ops_fold(const struct story *story, const struct story_event *events, size_t count,
		      struct story_fold **folds);
void story_ops_free(struct story_fold *folds, size_t count);

#endif
