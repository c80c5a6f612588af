/* The rollout over time, as SVG. */
#include "sim/report/fleet_report.h"
int fleet_plot(const struct fleet_report *report, FILE *to)
{
	(void)report;
	return ferror(to) ? -1 : 0;
}
