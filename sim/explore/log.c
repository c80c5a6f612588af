/* The writer of findings. */
#include "sim/explore/log.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/explore/log_form.h"

void log_open(struct log *log, struct explore *explore, bool moments, bool known)
{
	*log = (struct log){.explore = explore, .moments = moments};
	log->sector = malloc(flash_pack_bytes(&states_parts(explore->states)->shape));
	assert(log->sector);
	if (!known)
		return;
	log->parts = parts_count(states_parts(explore->states));
	log->blobs = blobs_count(explore->blobs);
	log->states = states_count(explore->states);
	log->finds = blobs_count(explore->finds);
	log->contents = blobs_count(moments_blobs(explore->moments));
	log->moment = moments_count(explore->moments);
}

void log_close(struct log *log)
{
	free(log->bytes);
	free(log->sector);
}

void log_put(struct log *log, const void *data, size_t bytes)
{
	if (log->room - log->count < bytes) {
		log->room = 2 * (log->count + bytes);
		log->bytes = realloc(log->bytes, log->room);
		assert(log->bytes);
	}
	if (bytes)
		memcpy(log->bytes + log->count, data, bytes);
	log->count += bytes;
}

static void log_event(struct log *log, enum log_kind kind, const void *data, size_t bytes)
{
	struct log_head head = {kind, (uint32_t)bytes};

	log_put(log, &head, sizeof(head));
	log_put(log, data, bytes);
}

static void log_blobs(struct log *log, enum log_kind kind, const struct blobs *blobs,
		      uint32_t *told)
{
	for (; *told < blobs_count(blobs); ++*told)
		log_event(log, kind, blobs_data(blobs, *told), blobs_size(blobs, *told));
}

/* What everything is that an event to come may name. */
static void log_tell(struct log *log)
{
	struct explore *explore = log->explore;
	struct parts *parts = states_parts(explore->states);

	for (; log->parts < parts_count(parts); log->parts++) {
		const struct flash *flash = parts_show(parts, log->parts, 0);

		log_event(log, LOG_PART, log->sector, flash_sector_pack(flash, 0, log->sector));
	}
	log_blobs(log, LOG_BLOB, explore->blobs, &log->blobs);
	for (; log->states < states_count(explore->states); log->states++) {
		uint32_t count;
		const uint32_t *numbers = states_numbers(explore->states, log->states, &count);

		log_event(log, LOG_NEW_STATE, numbers, count * sizeof(*numbers));
	}
	log_blobs(log, LOG_FINDS, explore->finds, &log->finds);
	if (!log->moments)
		return;
	log_blobs(log, LOG_CONTENT, moments_blobs(explore->moments), &log->contents);
	for (; log->moment < moments_count(explore->moments); log->moment++) {
		size_t count;
		const uint32_t *numbers = moments_numbers(explore->moments, log->moment, &count);

		log_event(log, LOG_MOMENT, numbers, count * sizeof(*numbers));
	}
}

void log_state(struct log *log, uint32_t state)
{
	log_tell(log);
	log_event(log, LOG_STATE, &state, sizeof(state));
}

void log_op(struct log *log, const struct found_op *op)
{
	struct found_op told = *op;

	if (!log->moments)
		told.moment = MOMENT_NONE;
	log_tell(log);
	log_event(log, LOG_OP, &told, sizeof(told));
}

void log_cut(struct log *log, const struct plan_extent *extent, uint32_t state)
{
	struct log_cut_event event;

	memset(&event, 0, sizeof(event));
	event.extent = *extent;
	event.state = state;
	log_tell(log);
	log_event(log, LOG_CUT, &event, sizeof(event));
}

void log_break(struct log *log, const struct choice *choice, enum rule rule, const char *why,
	       const struct found_op *op, const struct plan_extent *extent)
{
	struct log_break_event event;

	memset(&event, 0, sizeof(event));
	event.choice = *choice;
	event.rule = rule;
	event.by_cut = op != NULL;
	if (op)
		event.extent = *extent;
	strncpy(event.why, why, sizeof(event.why) - 1);
	log_tell(log);
	log_event(log, LOG_BREAK, &event, sizeof(event));
}

void log_look(struct log *log, uint32_t sector, uint32_t what, uint32_t guard)
{
	struct log_look_event event = {sector, what, guard};

	log_event(log, LOG_LOOK, &event, sizeof(event));
}

void log_end(struct log *log, const struct explore_edge *edge, uint32_t op, uint32_t life)
{
	struct log_end_event event;

	memset(&event, 0, sizeof(event));
	event.edge = *edge;
	event.op = op;
	event.life = life;
	log_tell(log);
	log_event(log, LOG_END, &event, sizeof(event));
}

void log_lived(struct log *log, const bool *live)
{
	log_tell(log);
	log_event(log, LOG_LIVES_END, live,
		  live ? log->explore->scene->born.chip.flash.sectors * sizeof(*live) : 0);
}
