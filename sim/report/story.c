/* The recording of a case: what its watchers saw, in the order in which they saw it. */
#include "sim/report/story.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* Room for one more where there are count, doubling. */
static void *story_grow(void *items, size_t count, size_t item_bytes)
{
	if (count & (count - 1))
		return items;
	items = reallocarray(items, count ? 2 * count : 1, item_bytes);
	assert(items);
	return items;
}

static struct story_event *story_add(struct story *story, enum story_kind kind)
{
	struct story_event *event;

	story->events = story_grow(story->events, story->event_count, sizeof(*story->events));
	event = &story->events[story->event_count++];
	memset(event, 0, sizeof(*event));
	event->kind = kind;
	story->lives[story->life_count - 1].count++;
	return event;
}

/* Faults that took effect and rules that broke since the last look. */
static void story_look(struct story *story)
{
	const struct history *history = &story->run->history;
	uint32_t fired = story->run->faults.fired & ~story->fired;

	for (uint32_t i = 0; i < story->plan.count; i++)
		if (fired & 1u << i && story->plan.faults[i].kind != PLAN_CUT)
			story_add(story, STORY_FAULT)->fault = i;
	story->fired |= fired;
	for (int i = 0; i < RULES; i++) {
		struct story_event *event;

		if (!history->breaks[i].broken || story->broken[i])
			continue;
		story->broken[i] = true;
		event = story_add(story, STORY_BREAK);
		event->rule = (enum rule)i;
		snprintf(event->why, sizeof(event->why), "%s", history->breaks[i].why);
	}
}

static void story_life_begins(void *context, const struct run *run)
{
	struct story *story = context;
	struct story_life *life;

	story->lives = story_grow(story->lives, story->life_count, sizeof(*story->lives));
	life = &story->lives[story->life_count++];
	memset(life, 0, sizeof(*life));
	life->cause = run->device.chip.cause;
	life->first = story->event_count;
	story->run = run;
	story_look(story);
}

static void story_life_ends(void *context, const struct run *run)
{
	struct story *story = context;
	struct story_life *life = &story->lives[story->life_count - 1];

	story_look(story);
	life->end = run->history.end;
	life->running = run->history.running;
	life->slot = run->history.slot;
	life->weak_reads = run->faults.weak_reads;
}

static void story_op_before(void *context, const struct run *run, const struct inject_op *op)
{
	(void)run;
	(void)op;
	story_look(context);
}

static void story_op_after(void *context, const struct run *run, const struct inject_op *op)
{
	struct story *story = context;
	struct story_event *event = story_add(story, STORY_OP);

	(void)run;
	event->op = *op;
	event->op.data = NULL;
	event->op.cut = NULL;
	event->site = op->site;
	event->is_cut = op->cut;
	if (op->cut)
		event->cut = *op->cut;
	story_look(story);
}

static void story_log(void *context, const char *site, const char *text)
{
	struct story *story = context;
	struct story_event *event;

	story_look(story);
	event = story_add(story, STORY_LOG);
	event->site = site;
	event->text = strdup(text);
	assert(event->text);
}

static void story_reported(void *context, const struct hal_report *report)
{
	struct story *story = context;

	story_add(story, STORY_REPORT)->report = *report;
	story_look(story);
}

void story_open(struct story *story, const struct run_scene *scene, const struct plan *plan)
{
	struct run run;

	memset(story, 0, sizeof(*story));
	story->scene = scene;
	story->plan = *plan;
	run_open(&run, scene, plan);
	run.watch = (struct run_watch){.context = story,
				       .life_begins = story_life_begins,
				       .life_ends = story_life_ends,
				       .op_before = story_op_before,
				       .op_after = story_op_after,
				       .log = story_log,
				       .reported = story_reported};
	run_finish(&run, &story->verdict);
	story->has_window =
		story->verdict.first >= 0 && scene->door.live == device_live &&
		window_find(scene, plan, (enum rule)story->verdict.first, &story->window);
	story->ops = run.faults.op;
	story->network = attacker_fired(&run.network);
	run_close(&run);
	story->run = NULL;
}

void story_close(struct story *story)
{
	for (size_t i = 0; i < story->event_count; i++)
		free(story->events[i].text);
	free(story->events);
	free(story->lives);
}
