/*
 * Evidence of a release: what laws and standards ask for, the scenarios that show it and what came
 * of them, the release's files and who signed them, and what its maker declares. What is not there
 * is said to be MISSING. No clock is read: the same input gives the same bytes.
 */
#ifndef REPORT_EVIDENCE_REPORT_H
#define REPORT_EVIDENCE_REPORT_H

#include <stdio.h>

#include "sim/declaration.h"
#include "sim/report/coverage.h"
#include "sim/vendor/notation.h"
#include "sim/vendor/release.h"
#include "sim/vendor/release_lint.h"

#define EVIDENCE_TEXT_MAX  255u /* bytes of a text out of an SBOM that is shown */
#define EVIDENCE_LACKS_MAX (EVIDENCE_DECLARED + RELEASE_FINDINGS_MAX + 12u)

struct evidence_lack {
	char what[48]; /* "support.until", "release" */
	char why[320];
};

struct evidence {
	const struct coverage *coverage;
	const struct declaration *declaration;
	const struct release *release;
	const struct release_device *device;
	const char *tool_version;	      /* brownout's */
	char results_hash[RELEASE_HASH_ROOM]; /* of the file with the verdicts; empty: just run */
	bool has_as_of;
	int64_t as_of; /* the moment that it is judged at, seconds since 1970 */

	/* What evidence_judge finds. */
	const char *name, *supplier, *completeness; /* by the SBOM, or NULL */
	size_t components;
	bool bound; /* the signed manifest binds the SBOM that is there */
	bool filled[EVIDENCE_FIELDS];
	char shown[EVIDENCE_FIELDS - EVIDENCE_DECLARED][512]; /* of fields that are not declared */
	struct evidence_lack lacks[EVIDENCE_LACKS_MAX];
	uint32_t lack_count;
};

/* The moment that an SBOM says it was made at. 0, or -1: at none. */
FW_CHECKED int evidence_moment(const struct release *release, int64_t *seconds);
/* Fills in the rest. */
void evidence_judge(struct evidence *evidence);
/* What a field says, or NULL: it is MISSING. */
const char *evidence_value(const struct evidence *evidence, enum evidence_field field);
/* Of what is declared: what is asked for, and by whom. */
const char *evidence_asks(enum evidence_field field);
/* A scenario installs or runs the very bytes of the release's image. */
bool evidence_runs(const struct evidence *evidence, uint32_t scenario);
uint64_t evidence_cases(const struct evidence *evidence);

void evidence_text(const struct evidence *evidence, FILE *to);
/* 0, or -1 if it could not be written. */
int evidence_json(const struct evidence *evidence, FILE *to);
int evidence_html(const struct evidence *evidence, FILE *to);

#endif
