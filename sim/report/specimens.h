/* The specimens' score: which were caught, by which case first, and by which scenarios. */
#ifndef REPORT_SPECIMENS_H
#define REPORT_SPECIMENS_H

#include <stdio.h>

#include "sim/report/report.h"
#include "sim/specimen.h"

struct score {
	const struct specimens *specimens;
	const struct report *report; /* the scenarios, none of them run */
	/* A row a specimen, a column a scenario; not tried but where it was asked for. */
	const struct specimen_catch *catches;
	bool all; /* every specimen was tried in every scenario */
};

const struct specimen_catch *score_catch(const struct score *score, uint32_t specimen,
					 uint32_t scenario);
/* The column that a specimen's header names. */
uint32_t score_home(const struct score *score, uint32_t specimen);
/* The column whose catch counts: the header's, else the first, or -1. */
int score_column(const struct score *score, uint32_t specimen);
/* Scenarios that catch it. */
uint32_t score_columns(const struct score *score, uint32_t specimen);
uint32_t score_caught(const struct score *score);

/* What the headers say. */
void specimens_list_text(const struct specimens *specimens, FILE *to);
void score_text(const struct score *score, FILE *to);
/* 0, or -1 if it could not be written. score: with no report for the list alone. */
int score_json(const struct score *score, FILE *to);

#endif
