/*
 * What evidence of a release says besides verdicts: what the maker declares in a file of YAML, and
 * what the release and the run show by themselves.
 */
#ifndef SIM_EVIDENCE_H
#define SIM_EVIDENCE_H

#include <stdint.h>

#include "device-model/hal.h"

enum evidence_field {
	/* What the maker declares. */
	EVIDENCE_MANUFACTURER,
	EVIDENCE_PURPOSE,
	EVIDENCE_DECLARATION, /* of conformity */
	EVIDENCE_SUPPORT_FROM,
	EVIDENCE_SUPPORT_UNTIL,
	EVIDENCE_SUPPORT_TERMS,
	EVIDENCE_CONTACT,
	EVIDENCE_POLICY,
	EVIDENCE_ADVISORIES,
	EVIDENCE_DECLARED,
	/* What is shown. */
	EVIDENCE_PRODUCT = EVIDENCE_DECLARED,
	EVIDENCE_SBOM,
	EVIDENCE_TESTS,
	EVIDENCE_FIELDS
};

/* As catalogue and declaration call it: "support.until". */
const char *evidence_field_name(enum evidence_field field);

#endif
