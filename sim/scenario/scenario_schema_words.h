/* What a schema's tables are written in: a line a key. */
#ifndef SIM_SCENARIO_SCHEMA_WORDS_H
#define SIM_SCENARIO_SCHEMA_WORDS_H

#include <cyaml/cyaml.h>

#include "faults/plan.h"
#include "sim/scenario.h"

#define NEEDED	 CYAML_FLAG_DEFAULT
#define OPTIONAL CYAML_FLAG_OPTIONAL
#define POINTER	 CYAML_FLAG_POINTER

#define NAME_MAX_BYTES	(PLAN_NAME_BYTES - 1)
#define TEXT_MAX_BYTES	1023
#define EDITS_MAX_BYTES 4095

/* clang-format off */
#define TEXT(key, flags, structure, member, max) \
	CYAML_FIELD_STRING_PTR(key, POINTER | (flags), struct structure, member, 1, max)
#define NUMBER(key, flags, structure, member) CYAML_FIELD_UINT(key, flags, struct structure, member)
#define NUMBER_OR_NOT(key, structure, member) \
	CYAML_FIELD_UINT_PTR(key, POINTER | OPTIONAL, struct structure, member)
#define WORD(key, flags, structure, member, words)                                          \
	CYAML_FIELD_ENUM(key, CYAML_FLAG_STRICT | (flags), struct structure, member, words, \
			 CYAML_ARRAY_LEN(words))
#define LIST(key, flags, structure, member, entry, min, max) \
	CYAML_FIELD_SEQUENCE(key, POINTER | (flags), struct structure, member, entry, min, max)
#define PERCENT(key, flags, structure, member) \
	CYAML_FIELD_FLOAT(key, flags, struct structure, member)
#define PART(key, structure, member, fields) \
	CYAML_FIELD_MAPPING(key, NEEDED, struct structure, member, fields)
#define PART_OR_NOT(key, structure, member, fields) \
	CYAML_FIELD_MAPPING_PTR(key, POINTER | OPTIONAL, struct structure, member, fields)
static const cyaml_strval_t behaviour_words[] = {
	{"healthy", BEHAVIOUR_HEALTHY},
	{"crash", BEHAVIOUR_CRASH},
	{"hang", BEHAVIOUR_HANG},
	{"self-test-fails", BEHAVIOUR_SELF_TEST},
	{"deaf", BEHAVIOUR_DEAF},
};
/* clang-format on */

#endif
