/* What a scenario's YAML may say: keys, types, lengths. What the values mean is checked later. */
#ifndef SIM_SCENARIO_SCHEMA_H
#define SIM_SCENARIO_SCHEMA_H

#include <cyaml/cyaml.h>

/* Loads a struct scenario_yaml. */
extern const cyaml_schema_value_t scenario_schema;

#endif
