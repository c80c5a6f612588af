/* A plot with two logarithmic axes, as SVG: lines through points, for a page of figures. */
#ifndef TESTS_BENCH_PLOT_H
#define TESTS_BENCH_PLOT_H

#include <math.h>
#include <stdio.h>

#define PLOT_WIDTH  640.0
#define PLOT_HEIGHT 360.0
#define PLOT_LEFT   70.0
#define PLOT_BOTTOM 310.0
#define PLOT_RIGHT  500.0
#define PLOT_TOP    30.0

struct plot_line {
	const char *name, *colour;
	double y[8];
};

struct plot {
	const char *title, *x_name, *y_name;
	double x[8], x_low, x_high, y_low, y_high; /* powers of ten around the figures */
	int points;
};

static inline double plot_x(const struct plot *plot, double x)
{
	return PLOT_LEFT + (PLOT_RIGHT - PLOT_LEFT) * (log10(x) - log10(plot->x_low)) /
				   (log10(plot->x_high) - log10(plot->x_low));
}

static inline double plot_y(const struct plot *plot, double y)
{
	return PLOT_BOTTOM - (PLOT_BOTTOM - PLOT_TOP) * (log10(y) - log10(plot->y_low)) /
				     (log10(plot->y_high) - log10(plot->y_low));
}

static inline void plot_axes(const struct plot *plot, FILE *to)
{
	fprintf(to,
		"<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %.0f %.0f\" "
		"font-family=\"sans-serif\" font-size=\"12\">\n"
		"<rect width=\"100%%\" height=\"100%%\" fill=\"white\"/>\n"
		"<text x=\"%.0f\" y=\"18\" font-size=\"14\">%s</text>\n"
		"<text x=\"%.0f\" y=\"%.0f\" text-anchor=\"middle\">%s</text>\n",
		PLOT_WIDTH, PLOT_HEIGHT, PLOT_LEFT, plot->title, (PLOT_LEFT + PLOT_RIGHT) / 2,
		PLOT_HEIGHT - 12, plot->x_name);
	fprintf(to,
		"<text transform=\"translate(16 %.0f) rotate(-90)\" text-anchor=\"middle\">%s"
		"</text>\n",
		(PLOT_TOP + PLOT_BOTTOM) / 2, plot->y_name);
	for (double y = plot->y_low; y <= plot->y_high * 1.01; y *= 10) {
		fprintf(to,
			"<line x1=\"%.0f\" x2=\"%.0f\" y1=\"%.1f\" y2=\"%.1f\" stroke=\"#ddd\"/>\n"
			"<text x=\"%.0f\" y=\"%.1f\" text-anchor=\"end\">%g</text>\n",
			PLOT_LEFT, PLOT_RIGHT, plot_y(plot, y), plot_y(plot, y), PLOT_LEFT - 6,
			plot_y(plot, y) + 4, y);
	}
	for (int i = 0; i < plot->points; i++)
		fprintf(to,
			"<line x1=\"%.1f\" x2=\"%.1f\" y1=\"%.0f\" y2=\"%.0f\" stroke=\"#888\"/>\n"
			"<text x=\"%.1f\" y=\"%.0f\" text-anchor=\"middle\">%.0f</text>\n",
			plot_x(plot, plot->x[i]), plot_x(plot, plot->x[i]), PLOT_BOTTOM,
			PLOT_BOTTOM + 5, plot_x(plot, plot->x[i]), PLOT_BOTTOM + 18, plot->x[i]);
}

static inline void plot_line(const struct plot *plot, const struct plot_line *line, FILE *to)
{
	fprintf(to, "<polyline fill=\"none\" stroke=\"%s\" stroke-width=\"2\" points=\"",
		line->colour);
	for (int i = 0; i < plot->points; i++)
		fprintf(to, "%s%.1f,%.1f", i ? " " : "", plot_x(plot, plot->x[i]),
			plot_y(plot, line->y[i]));
	fputs("\"/>\n", to);
	for (int i = 0; i < plot->points; i++)
		fprintf(to, "<circle cx=\"%.1f\" cy=\"%.1f\" r=\"3\" fill=\"%s\"/>\n",
			plot_x(plot, plot->x[i]), plot_y(plot, line->y[i]), line->colour);
	fprintf(to, "<text x=\"%.0f\" y=\"%.1f\" fill=\"%s\">%s</text>\n", PLOT_RIGHT + 8,
		plot_y(plot, line->y[plot->points - 1]) + 4, line->colour, line->name);
}

#endif
