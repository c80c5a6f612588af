/*
 * All the cases of a scenario. A clean run is made once; at each of its ops every way of cutting it
 * is branched off and run on to its verdict, so that the cost of a cut does not grow with what went
 * before it. With two cuts a case, each branch is swept in the same way.
 */
#ifndef SIM_SWEEP_H
#define SIM_SWEEP_H

#include "faults/case_id.h"
#include "sim/jobs.h"
#include "sim/run.h"

#define SWEEP_FINDINGS_MAX 16
#define SWEEP_JOBS_MAX	   JOBS_MAX

/* The ways of cutting, as a report counts them. */
enum sweep_way {
	SWEEP_BEFORE, /* nothing of the op happened */
	SWEEP_INSIDE, /* some bytes of a program */
	SWEEP_BITS,   /* ... and some bits of the next one */
	SWEEP_WORD,   /* ... and the next word is weak */
	SWEEP_FRONT,  /* part of an erase, from the front */
	SWEEP_BACK,   /* ... from the back */
	SWEEP_HOLLOW, /* an erase that reads as done and does not hold */
	SWEEP_CELL,   /* a burn that leaves a weak cell */
	SWEEP_AFTER,  /* everything but the return */
	SWEEP_LOST,   /* ... or any of it, and of what was not flushed some is lost */
	SWEEP_REST,   /* changed at rest */
	SWEEP_BAD_OP, /* an op failed, lied or sagged */
	SWEEP_PLAIN,  /* no fault, or the scenario's own plan alone */
	SWEEP_WAYS
};

const char *sweep_way_name(enum sweep_way way);
/* In one word, for an option. */
const char *sweep_way_word(enum sweep_way way);
enum sweep_way sweep_way_of(const struct inject_op *op, const struct plan_extent *extent);

/* A case that is not good. */
struct sweep_finding {
	uint64_t order; /* where it comes in the scenario, whoever ran it */
	struct plan plan;
	struct verdict verdict;
};

struct sweep_result {
	uint64_t cases, ways[SWEEP_WAYS];
	uint64_t broken[RULES]; /* cases in which the rule broke, allowed or not */
	uint64_t bad;		/* cases that are not good */
	uint64_t unfired;	/* cases whose faults did not all happen: errors */
	uint32_t ops, lives;	/* of the run without cuts */
	uint32_t reads;		/* of flash and eFuse, in the same */
	uint32_t lives_most;	/* until a case came to rest */
	uint32_t wear;		/* most erases of one sector in a case */
	uint32_t finding_count;
	/* The first ones, by order; one place is kept for the first whose faults did not happen. */
	struct sweep_finding findings[SWEEP_FINDINGS_MAX];
	struct verdict plain; /* of the case without cuts */
	int unbroken_excuse;  /* a rule that may break and that no case breaks, or -1 */
};

struct sweep_options {
	uint32_t jobs;		/* processes; the result does not depend on it */
	uint32_t shard, shards; /* of the cases, this one of so many; 0 of 1: all */
	void (*progress)(void *context, uint64_t done, uint64_t all);
	void *context;
	/*
	 * A door that each process opens for itself: every case is then run through it as well,
	 * from the start, and it is that run which is judged. NULL: in process only.
	 */
	int (*door_open)(struct run_door *door);
	void (*door_close)(struct run_door *door);
	/*
	 * Told of each case in its turn (with one job: in order); may be NULL. Returns whether that
	 * is enough: the process that ran the case then runs no other.
	 */
	bool (*case_done)(void *context, const struct run *run, const struct verdict *verdict);
};

/* 0, or -1 if a worker died or a door did not open. */
int sweep_scenario(const struct run_scene *scene, const struct sweep_options *options,
		   struct sweep_result *result);
/* Nothing is bad, and no excuse has outlived its reason. */
bool sweep_good(const struct sweep_result *result);
/* An error of scenario or harness rather than a finding: a fault did not happen. */
bool sweep_error(const struct sweep_result *result);
/*
 * A choice for a read of weak cells never came: a further cut ended the life before it, or this
 * firmware reads nothing weak there. The case is the twin of one that runs without that choice.
 */
bool sweep_moot(const struct run *run);
/* The case's id, with digest. */
void sweep_case_id(const struct run_scene *scene, const struct plan *plan,
		   char text[CASE_ID_TEXT_BYTES]);
/* Over scenario, images and firmware: what an id's digest is of. 8 hex digits. */
void sweep_digest(const struct run_scene *scene, char digest[CASE_ID_DIGEST_BYTES]);

#endif
