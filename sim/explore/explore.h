/*
 * Every cut, from every state that cuts can reach. From each state one life is lived for each way
 * in which weak cells can read; at each of its ops every way of cutting it leads to a state, known
 * or new; and the search goes on until none is new. Then the rules hold for any number of cuts.
 */
#ifndef EXPLORE_EXPLORE_H
#define EXPLORE_EXPLORE_H

#include "sim/explore/choice.h"
#include "sim/explore/expanded.h"
#include "sim/explore/flips.h"
#include "sim/explore/moment.h"
#include "sim/explore/states.h"
#include "sim/sweep.h"

struct explore_options {
	uint32_t depth;		/* cuts at most; UINT32_MAX: until none is new */
	uint32_t tears;		/* cut points inside a program; UINT32_MAX: every byte */
	uint32_t jobs;		/* processes that live lives; 0 or 1: this one */
	const char *resume;	/* the file of the search; NULL: none */
	uint64_t memory_bytes;	/* stop when the states take more; 0: never */
	enum flips_which flips; /* bits that flip at rest, one in a case */
	uint32_t without;	/* a bit for each enum sweep_way of cutting that is left out */
	enum choice_kind weak;	/* how finely weak cells are told apart */
	bool exact;		/* keep dead bytes apart, too */
	bool thorough;		/* cut equal ops from equal states again; lives never meet */
	bool unlived;		/* states that took depth cuts are found, and not lived */
	/* Shows how far the search is; may be NULL. */
	void (*progress)(void *context, uint64_t states, uint64_t waiting, uint32_t depth);
	void *context;
};

enum explore_by { EXPLORE_LIFE, EXPLORE_CUT, EXPLORE_FLIP };

/* How a state was first reached. */
struct explore_node {
	uint32_t parent;	   /* STATES_NONE: where the case begins */
	uint32_t life_edge;	   /* the parent's life that led here */
	struct plan_extent extent; /* of a cut */
	struct flips_bit flip;	   /* of a flip */
	uint32_t op, life;	   /* last op and life begun before this state, along the path */
	uint32_t edge, edges; /* what comes of its own lives, one for each choice; 0: not yet */
	uint16_t depth;	      /* cuts along the path: the fewest there are */
	uint8_t by;	      /* an enum explore_by */
	bool flipped;	      /* a bit has flipped on the way */
};

/* What an undisturbed life from a state comes to. */
struct explore_edge {
	uint32_t next;	     /* state after it; STATES_NONE: a rule broke */
	uint32_t weak_reads; /* that it made; none: the choice changes nothing */
	struct choice choice;
	uint8_t end;	  /* how it ended */
	int8_t running;	  /* what ran in it */
	bool unconfirmed; /* and reported itself as that at last */
	bool busy;	  /* it made ops: no life at rest, wherever it leads */
	bool astray;	  /* it has looked at something unknown: what it did then means nothing */
};

/* States that wait for their lives, in the order in which they were found. */
struct explore_queue {
	uint32_t *state;
	uint32_t count, at;
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
	uint64_t states, lives;
	uint64_t ops; /* each is cut: another op, or the same from another state */
	uint64_t cuts, ways[SWEEP_WAYS];
	uint64_t known;		 /* cuts that led to a state that was known */
	uint64_t bytes;		 /* of states and of what is known of them */
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
	uint64_t flips;			 /* that were made: each a bit, and a state that tells it */
	struct explore_violation damage; /* by a flip, which costs availability and no more */
	uint64_t damages;		 /* lives that showed it */
};

struct log;
struct keep;

/* The search as it stands; found.c says how what a life finds changes it. */
struct explore {
	const struct run_scene *scene;
	const struct explore_options *options;
	struct explore_result *result;
	struct care *care;
	struct blobs *blobs, *finds; /* of states and ops; of ops, see found_op */
	struct states *states;
	struct explore_node *nodes; /* by state */
	uint32_t node_count;
	struct explore_edge *edges;
	uint32_t edge_count;
	struct explore_queue here, cuts; /* states that take no further cut; one more */
	struct expanded expanded;
	struct moments *moments;
	uint32_t depth;	   /* cuts behind the states whose lives are lived */
	bool too_bold;	   /* something was looked at that was taken for dead */
	uint32_t at;	   /* the state whose lives are being lived */
	uint64_t made;	   /* cuts, in all passes: states made and found known or queued */
	bool op_is_new;	   /* the op that is under way has not been cut from an equal state */
	struct keep *keep; /* the search on file; NULL: it is on none */
	struct log *log;   /* hears of all that is found; NULL: nobody does */
};

/* 0, or -1 and why: the search cannot begin, or its controls fail. */
int explore_open(struct explore *explore, const struct run_scene *scene,
		 const struct explore_options *options, struct explore_result *result, char *why,
		 size_t why_bytes);
/* 0, or -1 and why: it did not come to an end of its own. */
int explore_search(struct explore *explore, char *why, size_t why_bytes);
void explore_close(struct explore *explore);

/* In settle.c: the rules that only the undisturbed lives of all states together can break. */
void explore_settle(struct explore *explore);
/* In scars.c: what cuts left behind in states of rest. */
void explore_scars(struct explore *explore);
/* In trace.c: the plan that leads to a state. 0, or -1: it has more faults than a plan holds. */
int explore_plan(const struct explore *explore, uint32_t state, struct plan *plan);
/* Adds what the life after the state needs: how weak cells read. */
int explore_plan_life(const struct explore_node *node, struct plan *plan,
		      const struct choice *choice);
/* Adds what that life and all later ones need: a round of such lives, which never ends. */
int explore_plan_round(const struct explore_node *node, struct plan *plan,
		       const struct choice *choice);
/* Adds the flip before the life after the state. */
int explore_plan_flip(const struct explore_node *node, struct plan *plan);
/* Adds a cut of op number op. */
int explore_plan_cut(struct plan *plan, uint32_t op, const struct plan_extent *extent);

/* Progress: so many states wait, besides those in the queues. */
void explore_show(const struct explore *explore, uint32_t waiting);
/* All memory that the search has in use, but for what it could do without. */
uint64_t explore_bytes(const struct explore *explore);
bool explore_good(const struct explore_result *result, const struct scenario *scenario);

#endif
