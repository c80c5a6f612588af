/*
 * One case, told: everything that happened, in order, life by life. Recorded first and printed
 * then, so that the text can fold what is alike and JSON need not.
 */
#ifndef REPORT_STORY_H
#define REPORT_STORY_H

#include <stdio.h>

#include "sim/window.h"
#include "sim/run.h"

enum story_kind {
	STORY_LOG,    /* a line of the firmware's log */
	STORY_OP,     /* an op, cut or not */
	STORY_FAULT,  /* a fault of the plan took effect, other than a cut */
	STORY_BREAK,  /* a rule broke */
	STORY_REPORT, /* the device reported to its maker */
};

struct story_event {
	enum story_kind kind;
	const char *site;	/* log, op: the firmware's source line, or NULL */
	char *text;		/* log */
	struct inject_op op;	/* op; data and cut are NULL */
	bool is_cut;		/* op */
	struct plan_extent cut; /* op */
	uint32_t fault;		/* fault: index in the plan */
	enum rule rule;		/* break */
	char why[128];		/* break */
	struct hal_report report;
};

struct story_life {
	enum hal_reset cause; /* why it began */
	enum device_end end;
	int running; /* release, or HISTORY_NOBODY, HISTORY_FOREIGN */
	uint32_t slot;
	uint32_t weak_reads;
	size_t first, count; /* events */
};

struct story {
	const struct run_scene *scene;
	struct plan plan;
	struct verdict verdict;
	bool has_window; /* the first rule broke by an order of ops */
	struct window window;
	uint32_t ops;	/* of the case */
	uint32_t fired; /* bit i: fault i of the plan happened */
	bool network;	/* what the attacker delivers has arrived */
	size_t life_count, event_count;
	struct story_life *lives;
	struct story_event *events;

	const struct run *run; /* while it happens */
	bool broken[RULES];    /* told already */
};

/* Runs the case and keeps what happened. */
void story_open(struct story *story, const struct run_scene *scene, const struct plan *plan);
void story_close(struct story *story);

/* What a person reads; replay is the line that tells it again. */
void story_print(const struct story *story, const char *replay, FILE *to);
/* One JSON object. 0, or -1 if it could not be written. */
int story_json(const struct story *story, FILE *to);

#endif
