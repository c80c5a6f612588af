/* The name of a case: SCENARIO[~DEVICE]@PLAN[#DIGEST]. It replays the case exactly, anywhere. */
#ifndef FAULTS_CASE_ID_H
#define FAULTS_CASE_ID_H

#include "faults/plan.h"

#define CASE_ID_NAME_BYTES   64
#define CASE_ID_DIGEST_BYTES 9 /* 8 hex digits; a person may leave them out or give the first 4 */
#define CASE_ID_TEXT_BYTES   (PLAN_TEXT_BYTES + 2 * CASE_ID_NAME_BYTES + 16)

struct case_id {
	char scenario[CASE_ID_NAME_BYTES];
	char device[CASE_ID_NAME_BYTES];   /* a specimen, or empty: the reference firmware */
	char digest[CASE_ID_DIGEST_BYTES]; /* or empty */
	struct plan plan;
};

/* 0, or -1 and in why what is wrong at which character and what was expected. */
int case_id_parse(const char *text, struct case_id *id, char *why, size_t why_bytes);
/* The one text of a case; parses back to the same. */
void case_id_print(const struct case_id *id, char text[CASE_ID_TEXT_BYTES]);

#endif
