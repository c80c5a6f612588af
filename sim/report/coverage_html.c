/* The coverage table as one HTML page, with nothing fetched from anywhere. */
#include "sim/report/coverage_parts.h"
#include "sim/report/markup.h"

static const char page_head[] =
	"<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
	"<title>brownout: %s</title>\n<style>\n"
	"body { font: 15px/1.45 sans-serif; margin: 2em auto; max-width: 75em; padding: 0 1em; "
	"color: #222; background: #fff }\n"
	"table { border-collapse: collapse; width: 100%%; margin-bottom: 2em }\n"
	"th, td { text-align: left; vertical-align: top; padding: .3em .7em; "
	"border-top: 1px solid #ccc }\n"
	"td:first-child { font-family: monospace; white-space: nowrap }\n"
	"td:nth-child(3) { white-space: nowrap }\n"
	".bad { color: #b00020; font-weight: bold }\n.word { color: #666 }\n"
	".field { margin: .1em 0; overflow-wrap: anywhere }\n"
	".facts th { white-space: nowrap; width: 14em; font-weight: normal; color: #666 }\n"
	".facts td, .facts td:first-child { white-space: normal; overflow-wrap: anywhere }\n"
	"details { margin: .1em 0 }\nsummary { cursor: pointer }\n"
	"@media (prefers-color-scheme: dark) { body { color: #ddd; background: #181818 } "
	".bad { color: #ff7b8a } .word, .facts th { color: #999 } th, td { border-color: #444 } "
	"}\n</style>\n</head>\n<body>\n";

void coverage_html_head(const char *title, FILE *to)
{
	fprintf(to, page_head, title);
}

static void page_scenario(const struct coverage *coverage, uint32_t i, FILE *to)
{
	const struct scenario *scenario = coverage->scenarios[i];
	const struct coverage_result *result = &coverage->results[i];
	const char *undefended = catalogue_undefended(scenario);

	fputs("<details><summary>", to);
	markup_text(scenario->name, to);
	fprintf(to, ": <span%s>", result->outcome == COVERAGE_HELD ? "" : " class=\"bad\"");
	markup_text(result->verdict, to);
	fprintf(to, "</span>, %llu case%s</summary>", (unsigned long long)result->cases,
		result->cases == 1 ? "" : "s");
	markup_text(scenario->summary, to);
	if (undefended) {
		fputs("<br>Undefended: ", to);
		markup_text(undefended, to);
	}
	fputs("</details>", to);
}

static void page_entry(const struct coverage *coverage, const struct catalogue_entry *entry,
		       FILE *to)
{
	enum coverage_state state = coverage_state(coverage, entry);
	const char *kind = state == COVERAGE_ID_HELD	 ? ""
			   : state >= COVERAGE_ID_BROKEN ? " class=\"bad\""
							 : " class=\"word\"";

	fputs("<tr><td>", to);
	markup_text(entry->id, to);
	fputs("</td><td>", to);
	markup_text(entry->title, to);
	fprintf(to, "</td><td%s>", kind);
	markup_text(coverage_state_name(state), to);
	fputs("</td><td>", to);
	if (entry->reason)
		markup_text(entry->reason, to);
	for (uint32_t i = 0; i < coverage->count; i++)
		if (catalogue_covers(coverage->scenarios[i], entry->id))
			page_scenario(coverage, i, to);
}

void coverage_html_source(const struct coverage *coverage, const struct catalogue_source *source,
			  void (*more)(const void *context, const struct catalogue_entry *entry,
				       FILE *to),
			  const void *context, FILE *to)
{
	fputs("<h2>", to);
	markup_text(source->source, to);
	fputs("</h2>\n<table>\n<tr><th>id</th><th>threat or duty</th><th>state</th>"
	      "<th>scenarios, or the reason</th></tr>\n",
	      to);
	for (uint32_t i = 0; i < source->ids_count; i++) {
		if (!coverage_listed(coverage, &source->ids[i]))
			continue;
		page_entry(coverage, &source->ids[i], to);
		if (more)
			more(context, &source->ids[i], to);
		fputs("</td></tr>\n", to);
	}
	fputs("</table>\n", to);
}

static void page_counts(const struct coverage *coverage, FILE *to)
{
	fputs("<p>", to);
	for (int i = 0; i < COVERAGE_ID_STATES; i++)
		fprintf(to, "%s%u %s", i ? ", " : "",
			coverage_count(coverage, (enum coverage_state)i),
			coverage_state_name((enum coverage_state)i));
	fputs("</p>\n", to);
}

int coverage_html(const struct coverage *coverage, FILE *to)
{
	const struct catalogue *catalogue = coverage->catalogue;

	coverage_html_head("coverage", to);
	fputs("<h1>Coverage</h1>\n", to);
	page_counts(coverage, to);
	for (uint32_t s = 0; s < catalogue->sources_count; s++)
		coverage_html_source(coverage, &catalogue->sources[s], NULL, NULL, to);
	fputs("</body>\n</html>\n", to);
	return ferror(to) ? -1 : 0;
}
