/* How a target says that something does not hold. */
#include "fuzz/fuzz.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

void fuzz_fail(const char *rule, const char *format, ...)
{
	va_list values;

	(void)fprintf(stderr, "fuzz: %s: ", rule);
	va_start(values, format);
	(void)vfprintf(stderr, format, values);
	va_end(values);
	(void)fputc('\n', stderr);
	abort();
}
