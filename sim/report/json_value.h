/* Values of JSON reports. */
#ifndef REPORT_JSON_VALUE_H
#define REPORT_JSON_VALUE_H

#include <jansson.h>
#include <stdint.h>

/* Whatever the text is: what JSON cannot hold is replaced. */
json_t *json_value_text(const char *text);
json_t *json_value_number(uint64_t number);

#endif
