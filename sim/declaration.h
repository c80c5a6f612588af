/*
 * What a product's maker declares: who that is, what the product is for, how long it is supported,
 * where vulnerabilities are reported. A file of YAML that lies beside the product's sources.
 */
#ifndef SIM_DECLARATION_H
#define SIM_DECLARATION_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/evidence.h"
#include "sim/scenario/scenario_yaml.h"

struct declaration {
	struct scenario_yaml_file file;
	const char *text[EVIDENCE_DECLARED]; /* NULL: not said */
	const char *shorter;		     /* why the support is that short, or NULL */
	bool has_from, has_until;
	int64_t support_from, support_until; /* seconds since 1970, the first of the day */
};

/*
 * Reads and checks it; path NULL: nothing is declared. 0, or -1 after a message: a value is there
 * and is not what it should be. Close it either way.
 */
FW_CHECKED int declaration_open(struct declaration *declaration, const char *path);
void declaration_close(struct declaration *declaration);

/* Less than the five years that the Cyber Resilience Act asks for, article 13(8). */
bool declaration_short(const struct declaration *declaration);

#endif
