/* The reader of findings. It believes nothing: what it reads may come from a damaged file. */
#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "sim/explore/log.h"
#include "sim/explore/log_form.h"

/* An event, and what is left of it. */
struct log_event {
	uint32_t kind, size_bytes;
	const uint8_t *data;
};

void log_reader_open(struct log_reader *reader, struct explore *explore, bool known)
{
	uint32_t width;

	*reader = (struct log_reader){.explore = explore};
	(void)states_numbers(explore->states, 0, &width);
	reader->numbers = calloc(MOMENT_BLOBS + 2 * (size_t)width, sizeof(*reader->numbers));
	assert(reader->numbers);
	if (!known)
		return;
	reader->parts.known = parts_count(states_parts(explore->states));
	reader->blobs.known = blobs_count(explore->blobs);
	reader->finds.known = blobs_count(explore->finds);
	reader->states.known = states_count(explore->states);
	reader->contents.known = blobs_count(moments_blobs(explore->moments));
	reader->moments.known = moments_count(explore->moments);
}

void log_reader_close(struct log_reader *reader)
{
	free(reader->parts.number);
	free(reader->blobs.number);
	free(reader->finds.number);
	free(reader->states.number);
	free(reader->contents.number);
	free(reader->moments.number);
	free(reader->numbers);
}

static void log_map_add(struct log_map *map, uint32_t number)
{
	map->number = table_room(map->number, map->count, sizeof(*map->number));
	map->number[map->count++] = number;
}

/* False: the writer has not said what this is. */
static bool log_map(const struct log_map *map, uint32_t *number)
{
	if (*number < map->known)
		return true;
	if (*number - map->known >= map->count)
		return false;
	*number = map->number[*number - map->known];
	return true;
}

static bool log_map_or_none(const struct log_map *map, uint32_t *number)
{
	return *number == TABLE_NONE || log_map(map, number);
}

/* The event's one struct. */
static bool log_take(const struct log_event *event, void *to, size_t bytes)
{
	if (event->size_bytes != bytes)
		return false;
	memcpy(to, event->data, bytes);
	return true;
}

/* Whether these bytes, which were written as truth values, are such. */
static bool log_truths(const void *values, size_t count)
{
	const uint8_t *bytes = values;

	for (size_t i = 0; i < count; i++)
		if (bytes[i] > 1)
			return false;
	return true;
}

static bool log_extent(const struct plan_extent *extent)
{
	return log_truths(&extent->all, 1) && log_truths(&extent->back, 1) &&
	       log_truths(&extent->weak, 1);
}

/* ---- what things are ---- */

static bool log_read_part(struct log_reader *reader, const struct log_event *event)
{
	struct parts *parts = states_parts(reader->explore->states);

	if (flash_sector_unpack(&parts->shape, 0, event->data, event->size_bytes) != 0)
		return false;
	log_map_add(&reader->parts, parts_add(parts, &parts->shape, 0));
	return true;
}

static bool log_read_new_state(struct log_reader *reader, const struct log_event *event)
{
	struct states *states = reader->explore->states;
	uint32_t width;

	(void)states_numbers(states, 0, &width);
	if (!log_take(event, reader->numbers, width * sizeof(*reader->numbers)))
		return false;
	for (uint32_t i = 0; i < width; i++)
		if (!log_map(i + 1 < width ? &reader->parts : &reader->blobs, &reader->numbers[i]))
			return false;
	if (blobs_size(reader->explore->blobs, reader->numbers[width - 1]) !=
	    sizeof(struct states_memory))
		return false;
	log_map_add(&reader->states, states_put(states, reader->numbers));
	return true;
}

/* Pairs of a sector and a part. */
static bool log_map_pairs(const struct log_reader *reader, uint32_t *numbers, uint32_t count)
{
	for (uint32_t i = 0; i < count; i += 2)
		if (!log_map(&reader->parts, &numbers[i + 1]))
			return false;
	return true;
}

static bool log_read_finds(struct log_reader *reader, const struct log_event *event)
{
	uint32_t width, count = event->size_bytes / (uint32_t)sizeof(*reader->numbers);

	(void)states_numbers(reader->explore->states, 0, &width);
	if (count > 2 * width || count % 2 ||
	    !log_take(event, reader->numbers, count * sizeof(*reader->numbers)) ||
	    !log_map_pairs(reader, reader->numbers, count))
		return false;
	log_map_add(&reader->finds,
		    blobs_add(reader->explore->finds, reader->numbers, event->size_bytes));
	return true;
}

static bool log_read_moment(struct log_reader *reader, const struct log_event *event)
{
	uint32_t width, count = event->size_bytes / (uint32_t)sizeof(*reader->numbers);

	(void)states_numbers(reader->explore->states, 0, &width);
	if (count < MOMENT_BLOBS || count > MOMENT_BLOBS + 2 * width || count % 2 ||
	    !log_take(event, reader->numbers, count * sizeof(*reader->numbers)))
		return false;
	for (uint32_t i = 0; i < MOMENT_BLOBS; i++)
		if (!log_map(&reader->contents, &reader->numbers[i]))
			return false;
	if (!log_map_pairs(reader, reader->numbers + MOMENT_BLOBS, count - MOMENT_BLOBS))
		return false;
	log_map_add(&reader->moments,
		    moments_put(reader->explore->moments, reader->numbers, count));
	return true;
}

/* ---- what was found ---- */

static bool log_read_state(struct log_reader *reader, const struct log_event *event)
{
	uint32_t state;

	if (!log_take(event, &state, sizeof(state)) || !log_map(&reader->states, &state) ||
	    state >= reader->explore->node_count)
		return false;
	reader->has_op = false;
	reader->has_state = true;
	found_state(reader->explore, state);
	return true;
}

/* A state that is known, or the next one. */
static bool log_can_follow(const struct explore *explore, uint32_t state)
{
	return state <= explore->node_count;
}

static bool log_read_op(struct log_reader *reader, const struct log_event *event)
{
	const struct expanded_life *twin;
	struct found_op *op = &reader->op;

	if (!log_take(event, op, sizeof(*op)) || op->kind > INJECT_BURN ||
	    !log_truths(&op->cut, 1) || !log_map_or_none(&reader->states, &op->before) ||
	    !log_map(&reader->blobs, &op->data) || !log_map(&reader->finds, &op->finds) ||
	    !log_map_or_none(&reader->moments, &op->moment))
		return false;
	if ((op->cut || op->moment != MOMENT_NONE) && !log_can_follow(reader->explore, op->before))
		return false;
	reader->has_op = true;
	(void)found_op(reader->explore, op, &twin);
	return true;
}

static bool log_read_cut(struct log_reader *reader, const struct log_event *event)
{
	struct log_cut_event cut;

	if (!reader->has_op || !log_take(event, &cut, sizeof(cut)) || !log_extent(&cut.extent) ||
	    !log_map(&reader->states, &cut.state) || !log_can_follow(reader->explore, cut.state))
		return false;
	found_cut(reader->explore, &reader->op, &cut.extent, cut.state);
	return true;
}

static bool log_read_break(struct log_reader *reader, const struct log_event *event)
{
	struct log_break_event rule;

	if (!log_take(event, &rule, sizeof(rule)) || rule.rule >= RULES ||
	    !log_extent(&rule.extent) || !choice_good(&rule.choice) ||
	    (rule.by_cut && !reader->has_op))
		return false;
	rule.why[sizeof(rule.why) - 1] = '\0';
	found_break(reader->explore, &rule.choice, (enum rule)rule.rule, rule.why,
		    rule.by_cut ? &reader->op : NULL, &rule.extent);
	return true;
}

static bool log_read_look(struct log_reader *reader, const struct log_event *event)
{
	const struct flash *shape = &states_parts(reader->explore->states)->shape;
	uint32_t units = shape->sector_bytes / shape->program_bytes;
	struct log_look_event look;

	if (!log_take(event, &look, sizeof(look)) || look.sector >= shape->sectors ||
	    look.what >= flash_forget_bits(shape) ||
	    (look.guard != CARE_NONE && look.guard >= units))
		return false;
	found_look(reader->explore, look.sector, look.what, look.guard);
	return true;
}

static bool log_read_end(struct log_reader *reader, const struct log_event *event)
{
	const struct explore *explore = reader->explore;
	struct log_end_event end;

	if (!log_take(event, &end, sizeof(end)) || !choice_good(&end.edge.choice) ||
	    !log_truths(&end.edge.busy, 1) || !log_truths(&end.edge.unconfirmed, 1) ||
	    !log_truths(&end.edge.astray, 1) || !log_map_or_none(&reader->states, &end.edge.next) ||
	    (end.edge.next != STATES_NONE && !log_can_follow(explore, end.edge.next)) ||
	    end.edge.end > DEVICE_TRAP ||
	    end.edge.running >= (int)explore->scene->scenario->release_count)
		return false;
	found_end(reader->explore, &end.edge, end.op, end.life);
	return true;
}

static bool log_read_lived(struct log_reader *reader, const struct log_event *event)
{
	size_t bytes = reader->explore->scene->born.chip.flash.sectors * sizeof(bool);

	if ((event->size_bytes && event->size_bytes != bytes) ||
	    !log_truths(event->data, event->size_bytes))
		return false;
	found_lived(reader->explore, event->size_bytes ? (const bool *)event->data : NULL);
	return true;
}

static bool log_read_event(struct log_reader *reader, const struct log_event *event)
{
	switch ((enum log_kind)event->kind) {
	case LOG_PART:
		return log_read_part(reader, event);
	case LOG_BLOB:
		log_map_add(&reader->blobs,
			    blobs_add(reader->explore->blobs, event->data, event->size_bytes));
		return true;
	case LOG_NEW_STATE:
		return log_read_new_state(reader, event);
	case LOG_FINDS:
		return log_read_finds(reader, event);
	case LOG_CONTENT:
		log_map_add(&reader->contents, blobs_add(moments_blobs(reader->explore->moments),
							 event->data, event->size_bytes));
		return true;
	case LOG_MOMENT:
		return log_read_moment(reader, event);
	case LOG_STATE:
		return log_read_state(reader, event);
	case LOG_OP:
		return log_read_op(reader, event);
	case LOG_CUT:
		return log_read_cut(reader, event);
	case LOG_BREAK:
		return log_read_break(reader, event);
	case LOG_LOOK:
		return log_read_look(reader, event);
	case LOG_END:
		return log_read_end(reader, event);
	case LOG_LIVES_END:
		return log_read_lived(reader, event);
	}
	return false;
}

bool log_read(struct log_reader *reader, const uint8_t *bytes, size_t count)
{
	while (count >= sizeof(struct log_head)) {
		struct log_event event;
		struct log_head head;

		memcpy(&head, bytes, sizeof(head));
		bytes += sizeof(head);
		count -= sizeof(head);
		event = (struct log_event){head.kind, head.size_bytes, bytes};
		if (count < head.size_bytes || (head.kind > LOG_STATE && !reader->has_state) ||
		    !log_read_event(reader, &event))
			return false;
		bytes += head.size_bytes;
		count -= head.size_bytes;
	}
	return count == 0;
}
