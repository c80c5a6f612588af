/* Folding ops: first what is contiguous, then what takes turns. */
#include "sim/report/story_ops.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/report/words.h"

#define STORY_PERIOD_MAX 12 /* longest turn that is looked for, in spans */

/* Ops of one kind, from one source line, each where the one before it ended. */
struct story_span {
	const struct story_event *event; /* the first op */
	const char *region;
	uint32_t from, to; /* in the region; the last byte or cell */
	uint32_t first, last, ops;
};

static bool story_same_site(const char *a, const char *b)
{
	return a == b || (a && b && strcmp(a, b) == 0);
}

/* Whether two spans are the same step of a turn. */
static bool story_span_alike(const struct story_span *a, const struct story_span *b)
{
	return a->event->op.kind == b->event->op.kind && a->region == b->region &&
	       a->event->op.carried_out == b->event->op.carried_out &&
	       story_same_site(a->event->site, b->event->site);
}

static struct story_span story_span_of(const struct scenario *scenario,
				       const struct story_event *event)
{
	struct story_span span = {.event = event, .ops = 1};

	span.first = span.last = event->op.number;
	span.region = words_region(scenario, &event->op, &span.from);
	span.to = span.from + (event->op.size_bytes ? event->op.size_bytes - 1 : 0);
	return span;
}

static size_t story_spans(const struct scenario *scenario, const struct story_event *events,
			  size_t count, struct story_span *spans)
{
	size_t used = 0;

	for (size_t i = 0; i < count; i++) {
		struct story_span one = story_span_of(scenario, &events[i]);
		struct story_span *last = used ? &spans[used - 1] : NULL;

		if (last && story_span_alike(last, &one) && one.from == last->to + 1) {
			last->to = one.to;
			last->last = one.last;
			last->ops++;
		} else {
			spans[used++] = one;
		}
	}
	return used;
}

/* How many spans from here on repeat the first period of them, whole turns only. */
static size_t story_repeats(const struct story_span *spans, size_t count, size_t period)
{
	size_t same = period;

	while (same < count && story_span_alike(&spans[same], &spans[same - period]))
		same++;
	return same / period * period;
}

static size_t story_best_period(const struct story_span *spans, size_t count, size_t *covered)
{
	size_t best = 1;

	*covered = 1;
	for (size_t period = 1; period <= STORY_PERIOD_MAX && 2 * period <= count; period++) {
		size_t same = story_repeats(spans, count, period);

		if (same >= 2 * period && same > *covered) {
			best = period;
			*covered = same;
		}
	}
	return best;
}

/* Region and range; the region's name alone where it is the whole of it. */
static void story_range_print(const struct scenario *scenario, const struct story_span *span,
			      FILE *to)
{
	const struct inject_op *op = &span->event->op;
	struct inject_op end = *op;
	uint32_t beyond;

	if (op->kind == INJECT_FLUSH || (op->kind == INJECT_BURN && span->from == span->to)) {
		char place[WORDS_PLACE_BYTES];

		words_place(scenario, op, place);
		fputs(place, to);
		return;
	}
	if (op->kind == INJECT_BURN) {
		fprintf(to, "%s cells %u to %u", span->region, span->from, span->to);
		return;
	}
	/* One byte on is another region: the span goes to the end of this one. */
	end.offset = op->offset - span->from + span->to + 1;
	if (span->from == 0 && words_region(scenario, &end, &beyond) != span->region)
		fputs(span->region, to);
	else
		fprintf(to, "%s+0x%x to +0x%x", span->region, span->from, span->to);
}

static void story_span_print(const struct scenario *scenario, const struct story_span *span,
			     FILE *to)
{
	fprintf(to, "%s ", words_kind(span->event->op.kind));
	story_range_print(scenario, span, to);
	if (!span->event->op.carried_out)
		fputs(", refused by the chip", to);
}

/* What covered spans, which take turns, do: the kinds of ops, then each region with its range. */
static void story_turns_print(const struct scenario *scenario, const struct story_span *spans,
			      size_t period, size_t covered, FILE *to)
{
	static const enum inject_kind kinds[] = {INJECT_ERASE, INJECT_PROGRAM, INJECT_FLUSH};
	const char *between = "";

	for (size_t kind = 0; kind < sizeof(kinds) / sizeof(kinds[0]); kind++)
		for (size_t i = 0; i < period; i++) {
			if (spans[i].event->op.kind != kinds[kind])
				continue;
			fprintf(to, "%s%s", between, words_kind(kinds[kind]));
			between = " and ";
			break;
		}
	between = " in turn, ";
	for (size_t step = 0; step < period; step++) {
		struct story_span joined = spans[step];
		size_t first = 0;

		if (joined.event->op.kind == INJECT_FLUSH)
			continue; /* it is of all the flash */
		while (spans[first].region != joined.region)
			first++;
		if (first < step)
			continue;
		for (size_t i = step + 1; i < covered; i++) {
			if (spans[i].region != joined.region)
				continue;
			if (spans[i].from < joined.from) {
				joined.event = spans[i].event;
				joined.from = spans[i].from;
			}
			joined.to = spans[i].to > joined.to ? spans[i].to : joined.to;
		}
		fputs(between, to);
		story_range_print(scenario, &joined, to);
		between = ", ";
	}
}

static const char *story_longest_site(const struct story_span *spans, size_t count)
{
	size_t longest = 0;

	for (size_t i = 1; i < count; i++)
		if (spans[i].ops >= spans[longest].ops)
			longest = i;
	return spans[longest].event->site;
}

/* A sector is erased and then programmed: one line. */
static bool story_is_pair(const struct story_span *spans, size_t count)
{
	return count > 1 && spans[0].event->op.kind == INJECT_ERASE &&
	       spans[1].event->op.kind == INJECT_PROGRAM && spans[0].region == spans[1].region &&
	       spans[0].event->op.carried_out && spans[1].event->op.carried_out;
}

/* One line for covered spans; those of a period above 1 take turns. */
static void story_fold_fill(const struct scenario *scenario, const struct story_span *spans,
			    size_t period, size_t covered, struct story_fold *fold)
{
	uint32_t first = spans->first, last = spans[covered - 1].last;
	size_t text_bytes;
	FILE *to = open_memstream(&fold->text, &text_bytes);

	assert(to);
	if (first == last)
		fprintf(to, "op %u: ", first);
	else
		fprintf(to, "ops %u to %u: ", first, last);
	if (period > 1) {
		story_turns_print(scenario, spans, period, covered, to);
	} else {
		story_span_print(scenario, spans, to);
		if (covered > 1)
			fprintf(to, ", program +0x%x to +0x%x", spans[1].from, spans[1].to);
	}
	fclose(to);
	assert(fold->text);
	fold->site = story_longest_site(spans, covered);
}

size_t story_ops_fold(const struct story *story, const struct story_event *events, size_t count,
		      struct story_fold **folds)
{
	const struct scenario *scenario = story->scene->scenario;
	struct story_span *spans = calloc(count ? count : 1, sizeof(*spans));
	size_t used = 0, span_count, covered;

	*folds = calloc(count ? count : 1, sizeof(**folds));
	assert(spans && *folds);
	span_count = story_spans(scenario, events, count, spans);
	for (size_t at = 0; at < span_count; at += covered) {
		size_t period = story_best_period(&spans[at], span_count - at, &covered);

		if (covered == 1 && story_is_pair(&spans[at], span_count - at))
			covered = 2;
		story_fold_fill(scenario, &spans[at], period, covered, &(*folds)[used++]);
	}
	free(spans);
	return used;
}

void story_ops_free(struct story_fold *folds, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(folds[i].text);
	free(folds);
}
