/* How findings look as bytes: for log.c and log_read.c, and for nobody else. */
#ifndef EXPLORE_LOG_FORM_H
#define EXPLORE_LOG_FORM_H

#include "sim/explore/explore.h"

enum log_kind {
	LOG_PART,
	LOG_BLOB,
	LOG_NEW_STATE,
	LOG_FINDS,
	LOG_CONTENT,
	LOG_MOMENT,
	LOG_STATE,
	LOG_OP,
	LOG_CUT,
	LOG_BREAK,
	LOG_LOOK,
	LOG_END,
	LOG_LIVES_END,
};

/* Before each event; size_bytes follow. */
struct log_head {
	uint32_t kind, size_bytes;
};

struct log_cut_event {
	struct plan_extent extent;
	uint32_t state;
};

struct log_break_event {
	struct choice choice;
	uint32_t rule, by_cut;
	struct plan_extent extent;
	char why[sizeof(((struct explore_violation *)0)->why)];
};

struct log_look_event {
	uint32_t sector, what, guard;
};

struct log_end_event {
	struct explore_edge edge;
	uint32_t op, life;
};

#endif
