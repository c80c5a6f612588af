/* What came of a fleet, for people and for programs. */
#ifndef REPORT_FLEET_REPORT_H
#define REPORT_FLEET_REPORT_H

#include <stdio.h>

#include "sim/fleet/fleet.h"

struct fleet_report {
	const struct scenario *scenario;
	const struct fleet_result *result;
	const char *device; /* a specimen's name, or empty */
};

/* Each 0, or -1: it could not be written. */
int fleet_text(const struct fleet_report *report, FILE *to);
int fleet_json(const struct fleet_report *report, FILE *to);
/* The rollout over time, as a plot. */
int fleet_plot(const struct fleet_report *report, FILE *to);

/* "stage 2 of 5 (10 %) begins" and so on, of a mark. */
void fleet_mark_text(const struct fleet_report *report, const struct fleet_mark *mark, char *text,
		     size_t text_bytes);

#endif
