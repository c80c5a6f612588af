/*
 * What came of a run of scenarios, as every kind of report needs it: the table, JSON and JUnit say
 * the same in three forms. None of them holds a wall clock: the same run gives the same bytes.
 */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <stdio.h>

#include "sim/sweep.h"

#define REPORT_FAMILY_BYTES  64
#define REPORT_VERDICT_BYTES 96
#define REPORT_AT_END	     UINT32_MAX /* history_break.life: seen only when all was over */

enum report_outcome {
	REPORT_HELD,
	REPORT_RULE,	    /* a rule broke that the scenario does not excuse */
	REPORT_EXPECTATION, /* the rules held; what the scenario expects besides did not come */
	REPORT_EXCUSE,	    /* may_break names a rule that no case breaks */
	REPORT_ERROR,	    /* a fault did not happen: nothing is proved */
	REPORT_LEFT_OUT,    /* it cannot run behind this door */
};

struct report_scenario {
	const struct scenario *scenario;
	const struct run_scene *scene;
	char family[REPORT_FAMILY_BYTES]; /* name of the directory that its file lies in */
	struct sweep_result result;	  /* unless it was left out */
	const char *left_out;		  /* why, or NULL */
};

struct report {
	const char *program;	/* as the user typed it, for lines to paste */
	const char *device;	/* a specimen, or empty: the reference firmware */
	const char *flash;	/* ram or fuse */
	uint32_t shard, shards; /* shard counts from 0 */
	uint32_t count;
	struct report_scenario *scenarios;
};

enum report_outcome report_outcome(const struct report_scenario *entry);
/* "held", "settles: BROKEN" and the like. */
void report_verdict(const struct report_scenario *entry, char text[REPORT_VERDICT_BYTES]);
/* Of the rules that broke and are not excused the first, or -1. */
int report_first_rule(const struct scenario *scenario, const struct verdict *verdict);
/*
 * The first case in which a fault did not happen, or else the first in which all did and that is
 * not good all the same. NULL: none, or none among the findings that a sweep keeps.
 */
const struct sweep_finding *report_finding(const struct report_scenario *entry, bool unfired);
/* Why a case is not good, in a clause. */
const char *report_why(const struct scenario *scenario, const struct verdict *verdict);
/* "life 3, op 137", "life 3" or "at the end". */
void report_where(const struct scenario *scenario, const struct verdict *verdict, char text[48]);
/* The command that replays the case, to be pasted into a shell. malloc'd. */
char *report_replay(const char *program, const struct run_scene *scene, const struct plan *plan);
/* Scenarios by outcome, and all cases. */
uint64_t report_cases(const struct report *report);
uint32_t report_count(const struct report *report, enum report_outcome outcome);
void report_family(const struct scenario *scenario, char family[REPORT_FAMILY_BYTES]);

/* Text that may stand in JSON and XML: valid UTF-8 without control characters. malloc'd. */
char *report_clean(const char *text);

/* The table of verdicts: head, a row as each scenario is done, then what is red, and the total. */
void table_head(const struct report *report, FILE *to);
void table_row(const struct report *report, const struct report_scenario *entry, FILE *to);
void table_tail(const struct report *report, FILE *to);

/* One JSON object. 0, or -1 if it could not be written. */
int json_report(const struct report *report, FILE *to);
/* JUnit's XML: a suite a family, a test a scenario. 0, or -1 if it could not be written. */
int junit_report(const struct report *report, FILE *to);

#endif
