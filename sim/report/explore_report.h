/*
 * What came of a search, as text, as JSON, as a certificate and as a graph. None of them holds a
 * wall clock or an address: the same search gives the same bytes.
 */
#ifndef REPORT_EXPLORE_REPORT_H
#define REPORT_EXPLORE_REPORT_H

#include <stdio.h>

#include "sim/explore/explore.h"

#define EXPLORE_REPORT_LINE_BYTES 128
#define EXPLORE_REPORT_LINES	  24

struct explore_report {
	const char *program; /* as the user typed it, for lines to paste */
	const struct explore *explore;
	struct plan forged; /* the control that must not run */
};

/* Lines that several forms share. */
struct explore_report_lines {
	uint32_t count;
	char line[EXPLORE_REPORT_LINES][EXPLORE_REPORT_LINE_BYTES];
};

/* The rules held in all states and what is expected came true. */
bool explore_report_held(const struct explore_report *report);
/* The ways of cutting that were on. */
void explore_report_ways(const struct explore_report *report, struct explore_report_lines *lines);
/* What the search leaves out, by name. */
void explore_report_limits(const struct explore_report *report, struct explore_report_lines *lines);
/* "closed: ..." or "not closed: stopped by --depth 3". */
void explore_report_end(const struct explore_report *report, char text[EXPLORE_REPORT_LINE_BYTES]);
/* How to go on from there, or an empty text: there is nowhere to go. */
void explore_report_onward(const struct explore_report *report,
			   char text[EXPLORE_REPORT_LINE_BYTES]);
/* The case's id, or why it has none. */
void explore_report_case(const struct explore_report *report, const struct plan *plan,
			 uint32_t depth, char text[CASE_ID_TEXT_BYTES]);
const char *explore_report_region(enum care_region region);
/* Which program units of a region's sectors were taken for dead, as a line that people read. */
void explore_report_dead(const struct explore_report *report, enum care_region region, char *text,
			 size_t text_bytes);

void explore_text(const struct explore_report *report, FILE *to);
/* One JSON object each. 0, or -1 if it could not be written. */
int explore_json(const struct explore_report *report, FILE *to);
/* Of a search that closed and held: what was proved, of what, and how to compare it. */
int explore_json_certificate(const struct explore_report *report, FILE *to);
/* Nodes are states; edges are undisturbed lives, and the cuts that first reached a state. */
int explore_graph_dot(const struct explore_report *report, FILE *to);
int explore_graph_graphml(const struct explore_report *report, FILE *to);

#endif
