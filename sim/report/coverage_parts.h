/* Parts of the coverage table that other reports are made of too. */
#ifndef REPORT_COVERAGE_PARTS_H
#define REPORT_COVERAGE_PARTS_H

#include <jansson.h>

#include "sim/report/coverage.h"

/* A page's beginning, up to its first headline; </body></html> ends it. */
void coverage_html_head(const char *title, FILE *to);
/*
 * A source's headline and table. more, unless NULL, goes on in an id's last cell, with the context
 * it is handed.
 */
void coverage_html_source(const struct coverage *coverage, const struct catalogue_source *source,
			  void (*more)(const void *context, const struct catalogue_entry *entry,
				       FILE *to),
			  const void *context, FILE *to);

/* An id, and a scenario, as an object each. The caller gives them back. */
json_t *coverage_json_entry(const struct coverage *coverage, const char *source,
			    const struct catalogue_entry *entry);
json_t *coverage_json_scenario(const struct coverage *coverage, uint32_t i);
/* Ids by state. */
json_t *coverage_json_counts(const struct coverage *coverage);

#endif
