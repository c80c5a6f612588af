/* The status page. */
#include "sim/server/page.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/vendor/notation.h"

static const char page_style[] =
	"body{font:16px/1.5 sans-serif;max-width:60em;margin:2em auto;padding:0 1em;color:#1c2733;"
	"background:#fff}\n"
	"h1{font-size:1.5em;margin:0}h2{font-size:1.1em;margin:2em 0 .5em}\n"
	"p.when{color:#5b6875;margin:.2em 0 1.5em}\n"
	"table{border-collapse:collapse;width:100%}\n"
	"th,td{text-align:right;padding:.3em .8em;border-bottom:1px solid #dde3e9}\n"
	"th:first-child,td:first-child{text-align:left}\n"
	"th{color:#5b6875;font-weight:600;border-bottom:2px solid #b8c2cc}\n"
	"tr.now td{background:#eaf3fb;font-weight:600}tr.done td{color:#5b6875}\n"
	".bad{color:#b3261e;font-weight:600}\n"
	".state{display:inline-block;padding:.1em .7em;border-radius:1em;color:#fff;"
	"background:#2e7d46}\n"
	".state.paused,.state.aborted{background:#b3261e}\n"
	"meter{width:100%;height:1em}\n"
	"form{margin:1.5em 0;padding:1em;background:#f4f6f8;border-radius:.5em}\n"
	"input{font:inherit;width:24em;max-width:100%}button{font:inherit;padding:.2em 1.2em;"
	"margin-left:.5em}\n"
	"@media(prefers-color-scheme:dark){body{background:#14191f;color:#e3e8ee}form{background:"
	"#1e252d}tr.now td{background:#1d3245}th,td{border-color:#333d48}}\n";

char *page_css(void)
{
	char *text = strdup(page_style);

	assert(text);
	return text;
}

/* "1.1.0, manifest 2"; a version that is not written as ours are is left out. */
static void page_release(const struct shelf *shelf, uint64_t sequence, FILE *to)
{
	const struct shelf_release *release = shelf_release(shelf, sequence);
	struct hal_version version;

	if (release && notation_version_parse(release->version, &version) == 0) {
		char text[NOTATION_VERSION_ROOM];

		fprintf(to, "%s, ", notation_version_text(&version, text));
	}
	fprintf(to, "manifest %" PRIu64, sequence);
}

static void page_length(uint32_t hours, FILE *to)
{
	if (hours == 0)
		fputs("to the end", to);
	else if (hours % 168 == 0)
		fprintf(to, "%u week%s", hours / 168, hours == 168 ? "" : "s");
	else
		fprintf(to, "%u hour%s", hours, hours == 1 ? "" : "s");
}

static void page_stages(const struct rollout *rollout, FILE *to)
{
	fputs("<h2>Stages</h2>\n<table id=\"stages\">\n<tr><th>Stage</th><th>Share of devices</th>"
	      "<th>Lasts</th></tr>\n",
	      to);
	for (uint32_t i = 0; i < rollout->policy.stage_count; i++) {
		const struct rollout_stage *stage = &rollout->policy.stages[i];

		fprintf(to, "<tr%s><td>%u%s</td><td>%u.%02u %%</td><td>",
			i == rollout->stage  ? " class=\"now\""
			: i < rollout->stage ? " class=\"done\""
					     : "",
			i + 1, i == rollout->stage ? ", now" : "", stage->share / 100,
			stage->share % 100);
		page_length(stage->hours, to);
		fputs("</td></tr>\n", to);
	}
	fputs("</table>\n", to);
}

static void page_standings(const struct rollout *rollout, FILE *to)
{
	const struct rollout_counts *counts = &rollout->counts[ROLLOUT_NAMES_MAX];

	fputs("<h2>Devices that were offered it</h2>\n<table id=\"standings\">\n"
	      "<tr><th>How they stand</th><th>Devices</th></tr>\n",
	      to);
	for (int i = 0; i < ROLLOUT_STANDINGS; i++) {
		bool bad = counts->standing[i] &&
			   (i == ROLLOUT_REVERTED || i == ROLLOUT_REFUSED || i == ROLLOUT_SILENT);

		fprintf(to, "<tr><td>%s</td><td%s>%u</td></tr>\n",
			rollout_standing_name((enum rollout_standing)i),
			bad ? " class=\"bad\"" : "", counts->standing[i]);
	}
	fprintf(to, "<tr><td>came up only after a failed boot</td><td%s>%u</td></tr>\n",
		counts->failed_boots ? " class=\"bad\"" : "", counts->failed_boots);
	fprintf(to, "<tr class=\"now\"><td>in all</td><td>%u</td></tr>\n</table>\n",
		counts->offered);
}

static void page_button(const char *action, const char *label, FILE *to)
{
	fprintf(to,
		"<form method=\"post\" action=\"/%s\"><label>Token "
		"<input type=\"password\" name=\"token\" autocomplete=\"off\" required></label>"
		"<button id=\"%s\">%s</button></form>\n",
		action, action, label);
}

/* What cannot be taken back is a step further away. */
static void page_buttons(const struct rollout *rollout, FILE *to)
{
	bool paused = rollout->state == ROLLOUT_PAUSED;
	uint64_t sequence = rollout->policy.sequence;

	if (rollout->state == ROLLOUT_ABORTED) {
		fprintf(to,
			"<p id=\"fix\">Nobody is offered it again. The fix is a release with a "
			"sequence number above %" PRIu64
			": its rollout begins when the server is started with its folder.</p>\n",
			sequence);
		return;
	}
	page_button(paused ? "resume" : "pause", paused ? "Resume" : "Pause", to);
	fputs("<details><summary id=\"give-up\">Abort, for a fix</summary>\n"
	      "<p>For good: nobody is offered this release again. The fix is another "
	      "release.</p>\n",
	      to);
	page_button("abort", "Abort", to);
	fputs("</details>\n", to);
}

static void page_rollout(const struct server *server, const struct rollout *rollout, FILE *to)
{
	const char *state = rollout_state_name(rollout->state);

	fputs("<h2>Rollout of ", to);
	page_release(server->shelf, rollout->policy.sequence, to);
	fprintf(to, " <span id=\"state\" class=\"state %s\">%s</span></h2>\n", state, state);
	if (rollout->why != ROLLOUT_WHY_NONE)
		fprintf(to, "<p class=\"bad\" id=\"why\">Why: %s</p>\n",
			rollout_why_name(rollout->why));
	page_buttons(rollout, to);
	page_stages(rollout, to);
	page_standings(rollout, to);
}

struct page_row {
	FILE *to;
	uint64_t devices;
};

static void page_version(void *context, const struct ledger_version *version)
{
	struct page_row *row = context;

	fprintf(row->to,
		"<tr><td>%s</td><td>%" PRIu64 "</td><td>%" PRIu64 "</td><td><meter max=\"%" PRIu64
		"\" value=\"%" PRIu64 "\"></meter></td></tr>\n",
		version->version, version->devices, version->unconfirmed, row->devices,
		version->devices);
}

static void page_versions(struct ledger *ledger, FILE *to)
{
	struct page_row row = {.to = to};
	uint64_t reports;

	if (ledger_totals(ledger, &reports, &row.devices) != 0)
		return;
	fprintf(to,
		"<h2>Devices by version</h2>\n<p>%" PRIu64 " device%s told %" PRIu64
		" report%s.</p>\n<table id=\"versions\">\n<tr><th>Version</th><th>Devices</th>"
		"<th>of them on trial</th><th></th></tr>\n",
		row.devices, row.devices == 1 ? "" : "s", reports, reports == 1 ? "" : "s");
	if (ledger_versions(ledger, page_version, &row) != 0)
		fputs("<tr><td class=\"bad\">the ledger cannot be read</td></tr>\n", to);
	fputs("</table>\n", to);
}

char *page_html(struct server *server, int64_t now_s)
{
	const struct rollout_book *book = &server->desk.book;
	char *text = NULL, moment[NOTATION_MOMENT_ROOM];
	size_t bytes;
	FILE *to = open_memstream(&text, &bytes);

	assert(to);
	fprintf(to,
		"<!DOCTYPE html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
		"<meta name=\"viewport\" content=\"width=device-width\">"
		"<title>brownout: update server</title>"
		"<link rel=\"stylesheet\" href=\"/style.css\"></head><body>\n"
		"<h1>Update server</h1>\n<p class=\"when\">As of %s. "
		"<a href=\"/\">Look again</a></p>\n",
		notation_moment_text(now_s, moment));
	if (book->count == 0)
		fputs("<p>Nothing is rolled out.</p>\n", to);
	else
		page_rollout(server, &book->rollouts[book->count - 1], to);
	page_versions(server->desk.ledger, to);
	fputs("</body></html>\n", to);
	fclose(to);
	return text;
}
