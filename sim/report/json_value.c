/* Values of JSON reports. */
#include "sim/report/json_value.h"

#include <assert.h>
#include <stdlib.h>

#include "sim/report/report.h"

json_t *json_value_text(const char *text)
{
	char *clean = report_clean(text);
	json_t *value = json_string(clean);

	free(clean);
	assert(value);
	return value;
}

json_t *json_value_number(uint64_t number)
{
	return json_integer((json_int_t)number);
}
