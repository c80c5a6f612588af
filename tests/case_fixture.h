/* One case told as a list: what the firmware logged, changed and reported, in order, by life. */
#ifndef TESTS_CASE_FIXTURE_H
#define TESTS_CASE_FIXTURE_H

#include "tests/scenario_fixture.h"

#include "device-model/firmware/bootctl.h"
#include "sim/run.h"

#define CASE_EVENTS 4096
#define CASE_LIVES  64
#define CASE_NONE   (-1)

/* What tests do not care about; releases and faults follow. */
#define CASE_YAML                                                       \
	"name: t\nsummary: S.\n"                                        \
	"device:\n"                                                     \
	"  flash: {kind: nor, sector: 512, sectors: 12, program: 64}\n" \
	"  efuse: {counter: 4}\n"
#define CASE_FACTORY "factory: {version: 1.0.0, security: 1, size: 1000, header: 32}\n"

enum event_kind { EVENT_LOG, EVENT_OP, EVENT_REPORT };

struct event {
	enum event_kind kind;
	uint32_t life;
	char text[96];	     /* of a log */
	struct inject_op op; /* without its data */
	struct hal_report report;
};

/* How a life ended, and what bootctl then said; ctl_err where there was none. */
struct case_life {
	enum device_end end;
	int running;
	uint32_t slot, ops;
	int ctl_err;
	struct bootctl ctl;
};

struct trial {
	struct scenario *scenario;
	struct run_scene scene;
	struct run run;
	struct verdict verdict;
	struct event events[CASE_EVENTS];
	uint32_t count, lives; /* the first life is 1 */
	struct case_life life[CASE_LIVES];
	/* Before each life, for a test that meddles; may be NULL. */
	void (*meddle)(struct trial *trial, uint32_t life);
};

static inline struct event *trial_add(struct trial *trial, enum event_kind kind)
{
	struct event *event = &trial->events[trial->count++];

	assert_in_range(trial->count, 1, CASE_EVENTS);
	memset(event, 0, sizeof(*event));
	event->kind = kind;
	event->life = trial->run.history.lives;
	return event;
}

static inline void trial_log(void *context, const char *site, const char *text)
{
	struct event *event = trial_add(context, EVENT_LOG);

	(void)site;
	(void)snprintf(event->text, sizeof(event->text), "%s", text);
}

static inline void trial_op(void *context, const struct run *run, const struct inject_op *op)
{
	struct event *event = trial_add(context, EVENT_OP);

	(void)run;
	event->op = *op;
	event->op.data = NULL;
}

static inline void trial_report(void *context, const struct hal_report *report)
{
	trial_add(context, EVENT_REPORT)->report = *report;
}

static inline void trial_life_begins(void *context, const struct run *run)
{
	struct trial *trial = context;

	if (trial->meddle)
		trial->meddle(trial, run->history.lives);
}

static inline void trial_life_ends(void *context, const struct run *run)
{
	struct trial *trial = context;
	struct case_life *life = &trial->life[run->history.lives];
	struct chip chip;

	assert_in_range(run->history.lives, 1, CASE_LIVES - 1);
	trial->lives = run->history.lives;
	life->end = run->history.end;
	life->running = run->history.running;
	life->slot = run->history.slot;
	life->ops = run->history.life_ops;
	chip_copy(&chip, &run->device.chip);
	life->ctl_err = bootctl_load(&chip.hal, &life->ctl);
	chip_close(&chip);
}

static inline struct trial *trial_open(struct fixture *fixture, const char *yaml)
{
	struct trial *trial = calloc(1, sizeof(*trial));
	char why[256];

	assert_non_null(trial);
	trial->scenario = fixture_good(fixture, "1-t.yaml", yaml);
	if (run_scene_open(&trial->scene, trial->scenario, device_reference(), why, sizeof(why)))
		fail_msg("%s", why);
	run_open(&trial->run, &trial->scene, &trial->scenario->faults.plan);
	return trial;
}

/* Runs the case anew, from the start, with this plan. */
static inline void trial_run(struct trial *trial, const char *plan_text)
{
	struct plan plan;
	char why[128];

	if (plan_parse(plan_text, &plan, why, sizeof(why)))
		fail_msg("%s: %s", plan_text, why);
	run_close(&trial->run);
	trial->count = trial->lives = 0;
	run_open(&trial->run, &trial->scene, &plan);
	trial->run.watch = (struct run_watch){.context = trial,
					      .life_begins = trial_life_begins,
					      .life_ends = trial_life_ends,
					      .op_after = trial_op,
					      .log = trial_log,
					      .reported = trial_report};
	run_finish(&trial->run, &trial->verdict);
}

static inline void trial_close(struct trial *trial)
{
	run_close(&trial->run);
	run_scene_close(&trial->scene);
	scenario_close(trial->scenario);
	free(trial);
}

/* Every rule held and the expectation came true. */
static inline void trial_good(const struct trial *trial)
{
	char plan[PLAN_TEXT_BYTES];

	plan_print(&trial->run.plan, plan);
	if (!verdict_good(&trial->verdict, trial->scenario))
		fail_msg("t@%s: %s: %s %s", plan,
			 trial->verdict.first < 0 ? "expectation"
						  : rule_name((enum rule)trial->verdict.first),
			 trial->verdict.first < 0 ? ""
						  : trial->verdict.breaks[trial->verdict.first].why,
			 trial->verdict.expectation);
}

/* The next log that contains this, from event number from on. */
static inline int trial_said(const struct trial *trial, uint32_t from, const char *text)
{
	for (uint32_t i = from; i < trial->count; i++)
		if (trial->events[i].kind == EVENT_LOG && strstr(trial->events[i].text, text))
			return (int)i;
	return CASE_NONE;
}

/* The same, and it must be there. */
static inline uint32_t trial_says(const struct trial *trial, uint32_t from, const char *text)
{
	int at = trial_said(trial, from, text);

	if (at < 0)
		fail_msg("never logged from event %u on: %s", from, text);
	return (uint32_t)at;
}

static inline bool trial_in(const struct event *event, struct hal_region region)
{
	return event->kind == EVENT_OP && event->op.kind != INJECT_BURN &&
	       event->op.offset >= region.offset &&
	       event->op.offset < region.offset + region.size_bytes;
}

static inline bool trial_in_bootctl(const struct trial *trial, const struct event *event)
{
	bool in = false;

	for (uint32_t i = 0; i < HAL_COPIES; i++)
		in = in || trial_in(event, trial->scenario->board.bootctl[i]);
	return in;
}

static inline bool trial_in_progress(const struct trial *trial, const struct event *event)
{
	bool in = false;

	for (uint32_t i = 0; i < HAL_LOGS; i++)
		in = in || trial_in(event, trial->scenario->board.progress[i]);
	return in;
}

/* Ops among events from (included) to (not), of a region or all. */
static inline uint32_t trial_ops(const struct trial *trial, uint32_t from, uint32_t to,
				 const struct hal_region *region)
{
	uint32_t ops = 0;

	for (uint32_t i = from; i < to; i++)
		ops += trial->events[i].kind == EVENT_OP &&
		       (!region || trial_in(&trial->events[i], *region));
	return ops;
}

/* The next op from event number from on, in that region or (NULL) anywhere. */
static inline uint32_t trial_next_op(const struct trial *trial, uint32_t from,
				     const struct hal_region *region)
{
	for (uint32_t i = from; i < trial->count; i++)
		if (trial->events[i].kind == EVENT_OP &&
		    (!region || trial_in(&trial->events[i], *region)))
			return i;
	fail_msg("no op from event %u on", from);
	return 0;
}

#endif
