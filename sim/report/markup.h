/* Text in XML and HTML. */
#ifndef REPORT_MARKUP_H
#define REPORT_MARKUP_H

#include <stdio.h>

/* As it may stand in an attribute or between tags, whatever it is. */
void markup_text(const char *text, FILE *to);

#endif
