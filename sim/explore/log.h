/*
 * Findings as bytes: from a process that lives lives to the one that searches, and into a file from
 * which a search goes on. Numbers of states, parts, blobs and moments are the writer's; what each
 * of them is stands before its first use.
 */
#ifndef EXPLORE_LOG_H
#define EXPLORE_LOG_H

#include "sim/explore/found.h"

struct log {
	struct explore *explore;
	bool moments;						/* they are told, too */
	uint32_t parts, blobs, states, finds, contents, moment; /* told so far */
	uint8_t *bytes, *sector;
	size_t count, room;
};

/* known: what the search holds by now is known to the reader. */
void log_open(struct log *log, struct explore *explore, bool moments, bool known);
void log_close(struct log *log);

/* Bytes that are no finding, for whoever carries findings. */
void log_put(struct log *log, const void *data, size_t bytes);
void log_state(struct log *log, uint32_t state);
void log_op(struct log *log, const struct found_op *op);
void log_cut(struct log *log, const struct plan_extent *extent, uint32_t state);
void log_break(struct log *log, const struct choice *choice, enum rule rule, const char *why,
	       const struct found_op *op, const struct plan_extent *extent);
void log_look(struct log *log, uint32_t sector, uint32_t what, uint32_t guard);
void log_end(struct log *log, const struct explore_edge *edge, uint32_t op, uint32_t life);
void log_lived(struct log *log, const bool *live);

/* The reader's numbers for those of the writer's that both do not know from before. */
struct log_map {
	uint32_t known, count;
	uint32_t *number;
};

struct log_reader {
	struct explore *explore;
	struct log_map parts, blobs, states, finds, contents, moments;
	uint32_t *numbers;  /* of one state or moment */
	struct found_op op; /* of which cuts are told */
	bool has_op, has_state;
};

void log_reader_open(struct log_reader *reader, struct explore *explore, bool known);
void log_reader_close(struct log_reader *reader);
/* Puts all findings of these bytes into the search. False: nobody writes such bytes. */
bool log_read(struct log_reader *reader, const uint8_t *bytes, size_t count);

#endif
