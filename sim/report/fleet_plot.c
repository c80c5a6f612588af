/*
 * The rollout over time, as SVG: a strip for each release with its stages and pauses, below it how
 * many devices had come to rest in which version.
 */
#include <inttypes.h>
#include <string.h>

#include "sim/report/fleet_report.h"
#include "sim/report/markup.h"

#define PLOT_WIDTH  720.0
#define PLOT_LEFT   70.0
#define PLOT_RIGHT  580.0
#define PLOT_TOP    32.0
#define PLOT_STRIP  20.0
#define PLOT_HEIGHT 240.0 /* of the areas */
#define PLOT_BELOW  56.0
#define PLOT_LABEL  26.0 /* narrower, and a stage says nothing of itself */
#define PLOT_RED    "#b3261e"
#define PLOT_GREEN  "#1b6e3c"
#define DAY_S	    86400u

struct plot {
	const struct fleet_report *report;
	const struct fleet_plan *plan;
	const struct fleet_result *result;
	FILE *to;
	double top, bottom; /* of the areas */
};

static double plot_x(const struct plot *plot, double at_s)
{
	return PLOT_LEFT + (PLOT_RIGHT - PLOT_LEFT) * at_s / plot->plan->lasts_s;
}

static double plot_y(const struct plot *plot, double devices)
{
	return plot->bottom - (plot->bottom - plot->top) * devices / plot->result->devices;
}

/* What all shall come to is green, what nobody should is red. */
static const char *plot_colour(const struct plot *plot, uint32_t release)
{
	static const char *const others[] = {"#c77f0a", "#3367a8", "#7b3f98", "#8a6d3b"};

	if (plot->plan->rogue.there && release == plot->plan->rogue.release)
		return PLOT_RED;
	if (release == plot->plan->newest)
		return PLOT_GREEN;
	return release == 0 ? "#d0d0d0" : others[release % 4];
}

static void plot_text(const struct plot *plot, double x, double y, const char *anchor,
		      const char *colour, const char *text)
{
	fprintf(plot->to, "<text x=\"%.1f\" y=\"%.1f\" text-anchor=\"%s\" fill=\"%s\">", x, y,
		anchor, colour);
	markup_text(text, plot->to);
	fputs("</text>\n", plot->to);
}

static void plot_box(const struct plot *plot, double from_s, double until_s, double y,
		     double height, const char *colour, double opacity)
{
	fprintf(plot->to,
		"<rect x=\"%.1f\" y=\"%.1f\" width=\"%.1f\" height=\"%.1f\" fill=\"%s\" "
		"fill-opacity=\"%g\" stroke=\"white\"/>\n",
		plot_x(plot, from_s), y, plot_x(plot, until_s) - plot_x(plot, from_s), height,
		colour, opacity);
}

/* ---- strips ---- */

static void plot_strip_part(const struct plot *plot, uint32_t index, const struct fleet_mark *mark,
			    double until_s)
{
	const struct fleet_rollout *rollout = &plot->plan->rollouts[index];
	double y = PLOT_TOP + PLOT_STRIP * index, from_s = mark->at_s;
	double width = plot_x(plot, until_s) - plot_x(plot, from_s);
	bool stopped = mark->event == FLEET_PAUSED || mark->event == FLEET_ABORTED;
	char text[64];

	if (mark->event == FLEET_PAUSED)
		(void)snprintf(text, sizeof(text), "paused: %s", rollout_why_name(mark->why));
	else if (mark->event == FLEET_ABORTED)
		(void)snprintf(text, sizeof(text), "aborted");
	else
		(void)snprintf(text, sizeof(text), "%g %%",
			       rollout->policy.stages[mark->stage].share * 100.0 / ROLLOUT_SHARE);
	plot_box(plot, from_s, until_s, y, PLOT_STRIP - 4,
		 stopped ? PLOT_RED : plot_colour(plot, rollout->release),
		 mark->event == FLEET_ABORTED ? 0.2
		 : stopped		      ? 0.55
					      : 0.25 + 0.06 * mark->stage);
	/* About six units a letter. */
	if (width > PLOT_LABEL && width > 6.2 * (double)strlen(text))
		plot_text(plot, (plot_x(plot, from_s) + plot_x(plot, until_s)) / 2, y + 12,
			  "middle", "black", text);
}

static void plot_strip(const struct plot *plot, uint32_t index)
{
	const struct fleet_result *result = plot->result;
	const struct fleet_mark *open = NULL;

	plot_text(
		plot, PLOT_LEFT - 6, PLOT_TOP + PLOT_STRIP * index + 12, "end", "black",
		plot->report->scenario->releases[plot->plan->rollouts[index].release].version_text);
	for (uint32_t i = 0; i < result->mark_count; i++) {
		if (result->marks[i].rollout != index)
			continue;
		if (open)
			plot_strip_part(plot, index, open, result->marks[i].at_s);
		open = &result->marks[i];
	}
	if (open)
		plot_strip_part(plot, index, open, plot->plan->lasts_s);
}

/* ---- areas ---- */

/* The order in which versions lie above each other: what all shall come to grows from below. */
static uint32_t plot_order(const struct plot *plot, uint32_t *order)
{
	uint32_t count = 0, releases = plot->report->scenario->release_count;

	order[count++] = plot->plan->newest;
	for (uint32_t i = releases; i-- > 1;)
		if (i != plot->plan->newest)
			order[count++] = i;
	if (plot->plan->newest != 0)
		order[count++] = 0;
	return count;
}

static double plot_below(const struct fleet_sample *sample, const uint32_t *order, uint32_t count)
{
	double sum = 0;

	for (uint32_t i = 0; i < count; i++)
		sum += sample->running.of[order[i]];
	return sum;
}

static void plot_area(const struct plot *plot, const uint32_t *order, uint32_t layer)
{
	const struct fleet_result *result = plot->result;

	fputs("<polygon points=\"", plot->to);
	for (uint32_t i = 0; i < result->sample_count; i++)
		fprintf(plot->to, "%.1f,%.1f ", plot_x(plot, result->samples[i].at_s),
			plot_y(plot, plot_below(&result->samples[i], order, layer)));
	for (uint32_t i = result->sample_count; i--;)
		fprintf(plot->to, "%.1f,%.1f ", plot_x(plot, result->samples[i].at_s),
			plot_y(plot, plot_below(&result->samples[i], order, layer + 1)));
	fprintf(plot->to, "\" fill=\"%s\" fill-opacity=\"0.85\"/>\n",
		plot_colour(plot, order[layer]));
}

static void plot_areas(const struct plot *plot)
{
	uint32_t order[SCENARIO_RELEASES_MAX], count = plot_order(plot, order);

	for (uint32_t i = 0; i < count; i++)
		plot_area(plot, order, i);
	for (uint32_t i = 0; i < count; i++) {
		const struct fleet_sample *last =
			&plot->result->samples[plot->result->sample_count - 1];
		double y = plot->top + 14 + 20 * i;
		char text[64];

		fprintf(plot->to,
			"<rect x=\"%.1f\" y=\"%.1f\" width=\"12\" height=\"12\" fill=\"%s\"/>\n",
			PLOT_RIGHT + 14, y - 10, plot_colour(plot, order[i]));
		(void)snprintf(text, sizeof(text), "%s: %" PRIu32,
			       plot->report->scenario->releases[order[i]].version_text,
			       last->running.of[order[i]]);
		plot_text(plot, PLOT_RIGHT + 32, y, "start", "black", text);
	}
}

/* While the server is down or a rogue mirror is there. */
static void plot_spans(const struct plot *plot)
{
	static const struct {
		enum fleet_event begins, ends;
		const char *colour, *text;
	} spans[] = {{FLEET_SERVER_DIES, FLEET_SERVER_BACK, "black", "server down"},
		     {FLEET_ROGUE_BEGINS, FLEET_ROGUE_ENDS, PLOT_RED, "rogue mirror"}};
	const struct fleet_result *result = plot->result;

	for (size_t s = 0; s < sizeof(spans) / sizeof(spans[0]); s++) {
		const struct fleet_mark *from = NULL;

		for (uint32_t i = 0; i < result->mark_count; i++) {
			const struct fleet_mark *mark = &result->marks[i];

			if (mark->event == spans[s].begins)
				from = mark;
			if (!from || (mark->event != spans[s].ends && mark->event != FLEET_ENDS))
				continue;
			plot_box(plot, from->at_s, mark->at_s, plot->top, plot->bottom - plot->top,
				 spans[s].colour, 0.12);
			plot_text(plot, plot_x(plot, from->at_s) + 4, plot->top + 14, "start",
				  spans[s].colour, spans[s].text);
			from = NULL;
		}
	}
}

/* A rollout that stops itself is what the plot is looked at for. */
static void plot_stops(const struct plot *plot)
{
	for (uint32_t i = 0; i < plot->result->mark_count; i++) {
		const struct fleet_mark *mark = &plot->result->marks[i];
		double x = plot_x(plot, mark->at_s);

		if (mark->event != FLEET_PAUSED && mark->event != FLEET_STAGE)
			continue;
		fprintf(plot->to,
			"<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"%s\" "
			"stroke-dasharray=\"3 3\"/>\n",
			x, x, PLOT_TOP + PLOT_STRIP * (mark->rollout + 1) - 4, plot->bottom,
			mark->event == FLEET_PAUSED ? PLOT_RED : "#888");
	}
}

static void plot_axes(const struct plot *plot)
{
	uint32_t days = plot->plan->lasts_s / DAY_S, step = days > 70 ? 14 : days > 14 ? 7 : 1;
	char text[32];

	for (uint32_t percent = 0; percent <= 100; percent += 25) {
		double y = plot_y(plot, plot->result->devices * (percent / 100.0));

		fprintf(plot->to,
			"<line x1=\"%.0f\" x2=\"%.0f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\" "
			"stroke-opacity=\"0.5\"/>\n",
			PLOT_LEFT, PLOT_RIGHT, y, y);
		(void)snprintf(text, sizeof(text), "%" PRIu32 " %%", percent);
		plot_text(plot, PLOT_LEFT - 6, y + 4, "end", "black", text);
	}
	for (uint32_t day = 0; day <= days; day += step) {
		double x = plot_x(plot, (double)day * DAY_S);

		fprintf(plot->to,
			"<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#888\"/>\n",
			x, x, plot->bottom, plot->bottom + 5);
		(void)snprintf(text, sizeof(text), "%" PRIu32, day);
		plot_text(plot, x, plot->bottom + 18, "middle", "black", text);
	}
	plot_text(plot, (PLOT_LEFT + PLOT_RIGHT) / 2, plot->bottom + 40, "middle", "black", "days");
}

int fleet_plot(const struct fleet_report *report, FILE *to)
{
	struct plot plot = {.report = report,
			    .plan = report->scenario->fleet,
			    .result = report->result,
			    .to = to};

	plot.top = PLOT_TOP + PLOT_STRIP * plot.plan->rollout_count + 8;
	plot.bottom = plot.top + PLOT_HEIGHT;
	fprintf(to,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" "
		"font-family=\"sans-serif\" font-size=\"12\">\n"
		"<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n"
		"<text x=\"%.0f\" y=\"18\" font-size=\"14\">",
		PLOT_WIDTH, plot.bottom + PLOT_BELOW, PLOT_LEFT);
	markup_text(report->scenario->name, to);
	fprintf(to, ": %" PRIu32 " devices by the version in which they rest</text>\n",
		report->result->devices);
	plot_areas(&plot);
	plot_axes(&plot);
	plot_stops(&plot);
	plot_spans(&plot);
	for (uint32_t i = 0; i < plot.plan->rollout_count; i++)
		plot_strip(&plot, i);
	fputs("</svg>\n", to);
	return ferror(to) ? -1 : 0;
}
