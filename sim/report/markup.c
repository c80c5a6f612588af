/* Text in XML and HTML. */
#include "sim/report/markup.h"

#include <stdlib.h>

#include "sim/report/report.h"

void markup_text(const char *text, FILE *to)
{
	char *clean = report_clean(text);

	for (const char *at = clean; *at; at++) {
		switch (*at) {
		case '&':
			fputs("&amp;", to);
			break;
		case '<':
			fputs("&lt;", to);
			break;
		case '>':
			fputs("&gt;", to);
			break;
		case '"':
			fputs("&quot;", to);
			break;
		case '\n': /* an attribute would lose it */
			fputs("&#10;", to);
			break;
		case '\t':
			fputs("&#9;", to);
			break;
		default:
			putc(*at, to);
		}
	}
	free(clean);
}
