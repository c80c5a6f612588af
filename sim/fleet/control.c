/* The server of a fleet: what it is told and what it answers is rollout's to decide. */
#include "sim/fleet/control.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

static int64_t control_clock(const struct control *control, uint32_t at_s)
{
	return control->scenario->fleet->begins_s + at_s;
}

static uint64_t control_sequence(const struct control *control, uint32_t release)
{
	return control->scenario->releases[release].sequence;
}

void control_open(struct control *control, const struct scenario *scenario, struct crowd *crowd,
		  struct fleet_result *result)
{
	size_t most = (size_t)crowd->count * sizeof(*control->seats);

	memset(control, 0, sizeof(*control));
	control->scenario = scenario;
	control->crowd = crowd;
	control->result = result;
	control->running.of[0] = crowd->count;
	if (!scenario->fleet->server.dies)
		return;
	control->seats = malloc(most);
	assert(control->seats);
}

void control_close(struct control *control)
{
	free(control->numbers);
	free(control->seats);
}

void control_mark(struct control *control, uint32_t at_s, enum fleet_event event, uint32_t index)
{
	const struct fleet_plan *plan = control->scenario->fleet;
	struct fleet_result *result = control->result;
	struct fleet_mark *mark = &result->marks[result->mark_count];
	const struct rollout *rollout = NULL;

	if (result->mark_count == FLEET_MARKS_MAX) {
		result->marks_left_out++;
		return;
	}
	if (index < plan->rollout_count)
		rollout = rollout_find(&control->book, plan->rollouts[index].policy.sequence);
	result->mark_count++;
	*mark = (struct fleet_mark){
		.at_s = at_s, .event = event, .rollout = index, .running = control->running};
	if (!rollout)
		return;
	mark->stage = rollout->stage;
	mark->why = rollout->why;
	mark->why_type = rollout->why_type;
	mark->counts = rollout->counts[ROLLOUT_NAMES_MAX];
}

/* Whatever a call has changed about a rollout is marked. */
static void control_look(struct control *control, uint32_t at_s)
{
	static const enum fleet_event events[] = {[ROLLOUT_RUNNING] = FLEET_RESUMED,
						  [ROLLOUT_PAUSED] = FLEET_PAUSED,
						  [ROLLOUT_ABORTED] = FLEET_ABORTED};

	for (uint32_t i = 0; i < control->book.count; i++) {
		const struct rollout *rollout = &control->book.rollouts[i];

		if (rollout->state != control->seen[i].state)
			control_mark(control, at_s, events[rollout->state], i);
		if (rollout->stage > control->seen[i].stage)
			control_mark(control, at_s, FLEET_STAGE, i);
		control->seen[i].state = rollout->state;
		control->seen[i].stage = rollout->stage;
	}
}

/* ---- the server's end and return ---- */

static void control_save(struct control *control)
{
	struct crowd *crowd = control->crowd;

	control->count = rollout_save(&control->book, NULL, 0);
	control->numbers = calloc(control->count, sizeof(*control->numbers));
	assert(control->numbers);
	(void)rollout_save(&control->book, control->numbers, control->count);
	for (uint32_t i = 0; i < crowd->count; i++)
		control->seats[i] = crowd->device[i].seat;
	control->saved = true;
}

/* Nothing of the process is left: what comes back comes from the database. */
static void control_die(struct control *control, uint32_t at_s)
{
	control_mark(control, at_s, FLEET_SERVER_DIES, FLEET_ROLLOUTS_MAX);
	memset(&control->book, 0, sizeof(control->book));
	for (uint32_t i = 0; i < control->crowd->count; i++)
		memset(&control->crowd->device[i].seat, 0, sizeof(struct rollout_seat));
	control->down = control->died = true;
}

static void control_return(struct control *control, uint32_t at_s)
{
	bool good = rollout_load(&control->book, control->numbers, control->count);

	assert(good);
	for (uint32_t i = 0; i < control->crowd->count; i++)
		control->crowd->device[i].seat = control->seats[i];
	control->down = false;
	control_mark(control, at_s, FLEET_SERVER_BACK, FLEET_ROLLOUTS_MAX);
	for (uint32_t i = 0; i < control->book.count; i++) {
		control->seen[i].state = control->book.rollouts[i].state;
		control->seen[i].stage = control->book.rollouts[i].stage;
	}
}

static void control_server(struct control *control, uint32_t at_s)
{
	const struct fleet_server *server = &control->scenario->fleet->server;

	if (!server->dies)
		return;
	if (!control->saved && at_s >= server->dies_s - server->forgets_s)
		control_save(control);
	if (!control->died && at_s >= server->dies_s)
		control_die(control, at_s);
	if (control->down && at_s >= server->back_s)
		control_return(control, at_s);
}

static void control_rogue(struct control *control, uint32_t at_s)
{
	const struct fleet_rogue *rogue = &control->scenario->fleet->rogue;
	bool there = rogue->there && at_s >= rogue->from_s && at_s < rogue->until_s;

	if (there != control->rogue)
		control_mark(control, at_s, there ? FLEET_ROGUE_BEGINS : FLEET_ROGUE_ENDS,
			     FLEET_ROLLOUTS_MAX);
	control->rogue = there;
}

/* ---- orders ---- */

static void control_obey(struct control *control, const struct fleet_order *order, uint32_t at_s)
{
	struct rollout *rollout =
		rollout_find(&control->book, control_sequence(control, order->release));

	if (!rollout)
		return; /* it is not open: there is nothing to stop */
	switch (order->does) {
	case FLEET_PAUSE:
		(void)rollout_pause(&control->book, rollout, control_clock(control, at_s));
		break;
	case FLEET_RESUME:
		(void)rollout_resume(&control->book, rollout, control_clock(control, at_s));
		break;
	case FLEET_ABORT:
		(void)rollout_abort(rollout);
		break;
	}
}

void control_step(struct control *control, uint32_t at_s)
{
	const struct fleet_plan *plan = control->scenario->fleet;

	control_server(control, at_s);
	control_rogue(control, at_s);
	if (control->down)
		return;
	rollout_tick(&control->book, control_clock(control, at_s));
	control_look(control, at_s);
	while (control->opened < plan->rollout_count &&
	       plan->rollouts[control->opened].at_s <= at_s) {
		const char *wrong =
			rollout_open(&control->book, &plan->rollouts[control->opened].policy,
				     control_clock(control, at_s));

		assert(!wrong); /* the scenario's reader has seen to it */
		control_mark(control, at_s, FLEET_OPENED, control->opened++);
	}
	while (control->ordered < plan->order_count &&
	       plan->orders[control->ordered].at_s <= at_s) {
		control_obey(control, &plan->orders[control->ordered++], at_s);
		control_look(control, at_s);
	}
}

/* ---- devices ---- */

void control_heard(struct control *control, uint32_t index, const struct farm_life *life,
		   uint32_t first, uint32_t last, uint32_t at_s)
{
	struct rollout_device device = crowd_register(control->crowd, index);
	struct rollout_seat *seat = &control->crowd->device[index].seat;

	if (control->down)
		return;
	for (uint32_t i = first; i < last; i++) {
		const struct farm_report *told = &life->report[i];
		struct rollout_report report = {.sequence_confirmed = told->confirmed,
						.sequence_given_up = told->given_up,
						.sequence_refused = told->refused,
						.refused = told->why,
						.failed_boot = life->failed_boot};

		rollout_heard(&control->book, &device, seat, &report, control_clock(control, at_s));
		control->crowd->device[index].heard_s = at_s;
		control->result->reports++;
	}
	control_look(control, at_s);
}

uint8_t control_ask(struct control *control, uint32_t index, uint32_t at_s, uint32_t *retry_s)
{
	struct rollout_device device = crowd_register(control->crowd, index);
	struct crowd_device *own = &control->crowd->device[index];
	const struct scenario *scenario = control->scenario;
	struct rollout_reply reply;

	*retry_s = 0;
	rollout_ask(&control->book, &device, &own->seat, control_clock(control, at_s), &reply);
	control->result->asks++;
	control_look(control, at_s);
	if (reply.answer == ROLLOUT_WAIT) {
		*retry_s = reply.retry_s;
		control->result->waits[reply.wait]++;
	}
	if (reply.answer != ROLLOUT_OFFER)
		return FARM_NOTHING;
	for (uint32_t i = 0; i < scenario->release_count; i++) {
		if (scenario->releases[i].sequence != reply.sequence)
			continue;
		own->offered |= (uint16_t)(1u << i);
		return (uint8_t)(i + 1);
	}
	assert(!"an offer of no release");
	return FARM_NOTHING;
}
