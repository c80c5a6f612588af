/*
 * A specimen: the reference firmware with one known bug, as a patch whose header says where the bug
 * comes from, which rule it must break, and where that is expected to show.
 *
 *   Origin: where it was published, or the class that it is of
 *   Cause: what the code does wrong
 *   Rule: the rule that it must break, and break first
 *   Scenario: FAMILY/NUMBER-NAME, the scenario that is expected to catch it
 *   Plan: the faults of the case that catches it, where one case is more than a sweep tries
 */
#ifndef SIM_SPECIMEN_H
#define SIM_SPECIMEN_H

#include "faults/case_id.h"
#include "sim/run.h"

struct specimen {
	char name[DEVICE_NAME_BYTES];
	char *origin, *cause;
	int rule;	/* an enum rule */
	char *scenario; /* path of its file */
	char *plan;	/* or NULL: whatever the scenario's sweep tries */
};

struct specimens {
	uint32_t count;
	struct specimen *list; /* by name */
};

/* The patches in a folder, held against the scenarios below another. 0, or -1 after a message for
 * each that is wrong. Close it either way. */
FW_CHECKED int specimens_open(struct specimens *specimens, const char *patches,
			      const char *scenarios);
/* Leaves only these; none: all. 0, or -1 after a message: one of them is no specimen. */
FW_CHECKED int specimens_keep(struct specimens *specimens, char *const *names, uint32_t count);
void specimens_close(struct specimens *specimens);

/* What came of a specimen in a scenario. */
struct specimen_catch {
	bool tried, caught;
	uint64_t cases; /* run with it, the one that caught it included */
	/* The first case in which its rule broke first, and in which the reference is good. */
	char id[CASE_ID_TEXT_BYTES];
	char why[128];
};

/*
 * Runs cases of the reference's scene on the specimen until one catches it: the rule that it should
 * break broke first, the scenario does not excuse it, and the reference is good in the same case,
 * fault for fault. planned: only the case that its header names, if it names one. 0, or -1 and why:
 * the specimen is not built, or its plan is none.
 */
FW_CHECKED int specimen_try(const struct specimen *specimen, const struct run_scene *reference,
			    bool planned, struct specimen_catch *result, char *why,
			    size_t why_bytes);

#endif
