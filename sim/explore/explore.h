/*
 * Every cut, from every state that cuts can reach. From each state one life is lived for each way
 * in which weak cells can read; at each of its ops every way of cutting it leads to a state, known
 * or new; and the search goes on until none is new. Then the rules hold for any number of cuts.
 */
#ifndef EXPLORE_EXPLORE_H
#define EXPLORE_EXPLORE_H

#include "sim/explore/states.h"
#include "sim/sweep.h"

#define EXPLORE_CHOICES 3u /* weak cells read as after, as before, as a mixture */

struct explore_options {
	uint32_t depth;	       /* cuts at most; UINT32_MAX: until none is new */
	uint32_t tears;	       /* cut points inside a program; UINT32_MAX: every byte */
	uint64_t memory_bytes; /* stop when the states take more; 0: never */
	bool exact;	       /* keep dead bytes apart, too */
	bool unlived;	       /* states that took depth cuts are found, and not lived */
	/* Shows how far the search is; may be NULL. */
	void (*progress)(void *context, uint64_t states, uint64_t waiting, uint32_t depth);
	void *context;
};

/* How a state was first reached, and where it leads when nothing fails. */
struct explore_node {
	uint32_t parent;	   /* STATES_NONE: where the case begins */
	struct plan_extent extent; /* of the cut, if it was one */
	uint32_t op, life;	   /* last op and life begun before this state, along the path */
	uint16_t depth;		   /* cuts along the path: the fewest there are */
	uint8_t choice;		   /* in the life that led here */
	bool by_cut;
	bool weak;			 /* its life reads weak cells: the choices differ */
	uint32_t next[EXPLORE_CHOICES];	 /* state after an undisturbed life */
	uint8_t end[EXPLORE_CHOICES];	 /* how that life ended */
	int8_t running[EXPLORE_CHOICES]; /* what ran in it */
	bool busy[EXPLORE_CHOICES];	 /* it made ops: no life at rest, wherever it leads */
};

struct explore_violation {
	bool found;
	uint32_t depth;
	struct plan plan;
	char why[160];
};

struct explore_result {
	bool closed;
	uint32_t passes;   /* searches begun, each more careful about dead bytes */
	const char *bound; /* what stopped it, if not closed */
	uint64_t states, lives, ops, cuts, ways[SWEEP_WAYS], skipped;
	uint64_t alike; /* lives that went on as one that had been lived, and were left there */
	uint64_t known; /* cuts that led to a state that was known */
	uint64_t bytes;
	uint32_t depth;		 /* the longest chain of cuts that some state needs */
	struct plan depth_plan;	 /* a case that needs it */
	uint32_t settle_lives;	 /* undisturbed lives until rest, at worst */
	struct plan settle_plan; /* the case that takes them */
	uint32_t resting;	 /* states of rest */
	uint32_t scars;		 /* sectors in which states of rest with one meaning differ */
	char scar[96];		 /* the first of them */
	struct plan scar_plan;
	uint8_t digest[16]; /* of the set of states */
	struct explore_violation violations[RULES];
	struct explore_violation expectation;
};

struct explore {
	const struct run_scene *scene;
	const struct explore_options *options;
	struct states *states;
	struct explore_node *nodes; /* by state */
	uint32_t node_capacity;
	struct explore_result *result;
	struct care *care;
	bool too_bold; /* something was looked at that was taken for dead */
};

/* 0, or -1 and why: the search cannot begin, or its controls fail. */
int explore_open(struct explore *explore, const struct run_scene *scene,
		 const struct explore_options *options, struct explore_result *result, char *why,
		 size_t why_bytes);
void explore_search(struct explore *explore);
void explore_close(struct explore *explore);

/* In settle.c: the rules that only the undisturbed lives of all states together can break. */
void explore_settle(struct explore *explore);
/* In trace.c: the plan that leads to a state. 0, or -1: it has more faults than a plan holds. */
int explore_plan(const struct explore *explore, uint32_t state, struct plan *plan);
/* Adds what the life after the state needs: how weak cells read, and where it is cut (or NULL). */
int explore_plan_life(const struct explore_node *node, struct plan *plan, uint32_t choice,
		      const struct inject_op *op, const struct plan_extent *extent);

bool explore_good(const struct explore_result *result, const struct scenario *scenario);

#endif
