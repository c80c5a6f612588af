/* Faults that never happened, explained. */
#include "sim/report/unfired.h"

#include <assert.h>
#include <stdlib.h>

#include "sim/report/words.h"

static const struct inject_op *unfired_op(const struct story *story, uint32_t number)
{
	for (size_t i = 0; i < story->event_count; i++)
		if (story->events[i].kind == STORY_OP && story->events[i].op.number == number)
			return &story->events[i].op;
	return NULL;
}

static void unfired_cut(const struct story *story, const struct plan_fault *fault, FILE *to)
{
	const struct inject_op *op = unfired_op(story, fault->op);
	char place[WORDS_PLACE_BYTES];

	if (!op) {
		fprintf(to, "op %u: the case has %u ops", fault->op, story->ops);
		return;
	}
	words_place(story->scene->scenario, op, place);
	fprintf(to, "op %u is %s of %s", op->number, words_kind_one(op->kind), place);
	if (op->size_bytes)
		fprintf(to, ", %u bytes", op->size_bytes);
	fputs(", and cannot be cut so", to);
}

static void unfired_weak(const struct story *story, const struct plan_fault *fault, FILE *to)
{
	uint32_t reads;

	if (fault->life > story->life_count) {
		fprintf(to, "life %u: the case has %zu lives", fault->life, story->life_count);
		return;
	}
	reads = story->lives[fault->life - 1].weak_reads;
	if (fault->onward)
		fprintf(to, "no life from %u on reads weak cells", fault->life);
	else
		fprintf(to, "life %u reads weak cells %u time%s", fault->life, reads,
			reads == 1 ? "" : "s");
}

static void unfired_at_rest(const struct story *story, const struct plan_fault *fault, FILE *to)
{
	const struct scenario *scenario = story->scene->scenario;
	bool one = fault->region == PLAN_REGIONS;
	struct hal_region region = scenario_region(scenario, one ? PLAN_FLASH : fault->region);
	const char *name = one ? "" : plan_region_name(fault->region);

	if (fault->nth > 1) {
		fprintf(to, "there were fewer than %u, or it changed nothing", fault->nth);
		return;
	}
	if (fault->when == PLAN_AT_READ || fault->when == PLAN_AT_JUMP) {
		fprintf(to, "%s of it came, or it changed nothing",
			fault->when == PLAN_AT_READ ? "no read" : "no jump");
		return;
	}
	if (fault->when == PLAN_AT_LIFE && fault->life > story->life_count) {
		fprintf(to, "life %u: the case has %zu", fault->life, story->life_count);
		return;
	}
	if (fault->op > story->ops) {
		fprintf(to, "op %u: the case has %u ops", fault->op, story->ops);
		return;
	}
	switch (fault->kind) {
	case PLAN_FLIP:
		fprintf(to, "offset 0x%x is outside %s, which has 0x%x %s", fault->offset, name,
			region.size_bytes, fault->region == PLAN_EFUSE ? "cells" : "bytes");
		return;
	case PLAN_ROT:
		fprintf(to, "%s has fewer bits", name);
		return;
	case PLAN_ERASE:
		fprintf(to, "%s was erased then", name);
		return;
	case PLAN_WRITE:
		if (scenario_release_named(scenario, fault->release) < 0)
			fprintf(to, "the scenario has no release '%s'", fault->release);
		else
			fprintf(to, "%s held the image of %s then, or is too small for it", name,
				fault->release);
		return;
	case PLAN_SWAP:
	case PLAN_BACK:
	case PLAN_PATCH:
		fprintf(to, "it would change nothing in %s, or does not fit", name);
		return;
	default:
		fprintf(to, "no op and no read met it");
		return;
	}
}

char *unfired_text(const struct story *story)
{
	size_t text_bytes;
	char *text = NULL;
	uint32_t missing = 0;
	FILE *to;

	while (missing < story->plan.count && story->fired & 1u << missing)
		missing++;
	if (missing == story->plan.count && story->network)
		return NULL;
	to = open_memstream(&text, &text_bytes);
	assert(to);
	if (missing == story->plan.count) {
		fputs("what the attacker serves never reached the device", to);
	} else {
		const struct plan_fault *fault = &story->plan.faults[missing];
		char fault_text[PLAN_TEXT_BYTES];
		struct plan one = {.count = 1, .faults = {*fault}};

		plan_print(&one, fault_text);
		fprintf(to, "%s did not happen: ", fault_text);
		if (fault->kind == PLAN_CUT)
			unfired_cut(story, fault, to);
		else if (fault->kind == PLAN_WEAK)
			unfired_weak(story, fault, to);
		else
			unfired_at_rest(story, fault, to);
	}
	fclose(to);
	assert(text);
	return text;
}

char *unfired_why(const struct run_scene *scene, const struct plan *plan)
{
	struct story story;
	char *text;

	story_open(&story, scene, plan);
	text = unfired_text(&story);
	story_close(&story);
	return text;
}
