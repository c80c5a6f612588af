/* What the score comes to, and as text. */
#include "sim/report/specimens.h"

#include <string.h>

const struct specimen_catch *score_catch(const struct score *score, uint32_t specimen,
					 uint32_t scenario)
{
	return &score->catches[(size_t)specimen * score->report->count + scenario];
}

uint32_t score_home(const struct score *score, uint32_t specimen)
{
	const char *path = score->specimens->list[specimen].scenario;
	uint32_t i = 0;

	while (strcmp(score->report->scenarios[i].scenario->path, path) != 0)
		i++; /* whoever made the score has put it there */
	return i;
}

int score_column(const struct score *score, uint32_t specimen)
{
	uint32_t home = score_home(score, specimen);

	if (score_catch(score, specimen, home)->caught)
		return (int)home;
	for (uint32_t i = 0; i < score->report->count; i++)
		if (score_catch(score, specimen, i)->caught)
			return (int)i;
	return -1;
}

uint32_t score_columns(const struct score *score, uint32_t specimen)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < score->report->count; i++)
		count += score_catch(score, specimen, i)->caught;
	return count;
}

uint32_t score_caught(const struct score *score)
{
	uint32_t count = 0;

	for (uint32_t i = 0; i < score->specimens->count; i++)
		count += score_column(score, i) >= 0;
	return count;
}

/* ---- as text ---- */

static int text_width(const struct specimens *specimens)
{
	size_t widest = strlen("specimen");

	for (uint32_t i = 0; i < specimens->count; i++)
		if (strlen(specimens->list[i].name) > widest)
			widest = strlen(specimens->list[i].name);
	return (int)widest;
}

void specimens_list_text(const struct specimens *specimens, FILE *to)
{
	for (uint32_t i = 0; i < specimens->count; i++) {
		const struct specimen *specimen = &specimens->list[i];

		fprintf(to, "%s\n", specimen->name);
		fprintf(to, "  origin    %s\n", specimen->origin);
		fprintf(to, "  cause     %s\n", specimen->cause);
		fprintf(to, "  rule      %s\n", rule_name((enum rule)specimen->rule));
		fprintf(to, "  scenario  %s\n", specimen->scenario);
		if (specimen->plan)
			fprintf(to, "  plan      %s\n", specimen->plan);
	}
	fprintf(to, "%u specimens\n", specimens->count);
}

static uint64_t text_cases(const struct score *score, uint32_t specimen)
{
	uint64_t cases = 0;

	for (uint32_t i = 0; i < score->report->count; i++)
		cases += score_catch(score, specimen, i)->cases;
	return cases;
}

static void text_row(const struct score *score, uint32_t i, int width, FILE *to)
{
	const struct specimen *specimen = &score->specimens->list[i];
	int column = score_column(score, i);

	fprintf(to, "%-*s  %-9s  ", width, specimen->name, rule_name((enum rule)specimen->rule));
	if (column >= 0) {
		const struct specimen_catch *catch = score_catch(score, i, (uint32_t)column);

		fprintf(to, "%6llu  %s\n", (unsigned long long)catch->cases, catch->id);
	} else {
		uint32_t home = score_home(score, i);
		const char *why = score_catch(score, i, home)->why;

		fprintf(to, "%6llu  NOT CAUGHT by %s%s%s\n",
			(unsigned long long)text_cases(score, i),
			score->all ? "any scenario" : score->report->scenarios[home].scenario->name,
			*why ? ": " : "", why);
	}
}

/* Which scenarios catch each, and which of them are needed. */
static void text_matrix(const struct score *score, FILE *to)
{
	uint32_t idle = 0;

	fputs("\nCaught by how many scenarios\n", to);
	for (uint32_t i = 0; i < score->specimens->count; i++)
		fprintf(to, "  %-*s  %u\n", text_width(score->specimens),
			score->specimens->list[i].name, score_columns(score, i));
	fputs("\nScenarios that catch what nothing else catches\n", to);
	for (uint32_t s = 0; s < score->report->count; s++) {
		uint32_t alone = 0, caught = 0;

		for (uint32_t i = 0; i < score->specimens->count; i++) {
			if (!score_catch(score, i, s)->caught)
				continue;
			caught++;
			if (score_columns(score, i) != 1)
				continue;
			fprintf(to, "%s%s%s", alone ? ", " : "  ",
				alone ? "" : score->report->scenarios[s].scenario->name,
				alone ? "" : ": ");
			fputs(score->specimens->list[i].name, to);
			alone++;
		}
		if (alone)
			fputc('\n', to);
		idle += caught == 0;
	}
	fprintf(to, "\n%u of %u scenarios catch at least one\n", score->report->count - idle,
		score->report->count);
}

void score_text(const struct score *score, FILE *to)
{
	int width = text_width(score->specimens);

	fprintf(to, "%-*s  %-9s  %6s  %s\n", width, "specimen", "rule", "cases", "first case");
	for (uint32_t i = 0; i < score->specimens->count; i++)
		text_row(score, i, width, to);
	if (score->all)
		text_matrix(score, to);
	fprintf(to, "\n%u of %u specimens caught\n", score_caught(score), score->specimens->count);
}
