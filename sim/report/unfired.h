/* Which fault of a case did not happen, and what the case had in its place. */
#ifndef REPORT_UNFIRED_H
#define REPORT_UNFIRED_H

#include "sim/report/story.h"

/* A clause that names the first fault that did not happen, or NULL: all did. malloc'd. */
char *unfired_text(const struct story *story);
/* The same, running the case to see. */
char *unfired_why(const struct run_scene *scene, const struct plan *plan);

#endif
