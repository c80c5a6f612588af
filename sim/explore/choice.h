/*
 * How weak cells read in one life: all alike, but for a single bit, or but for each of the first
 * reads. A search lives a life for each choice that can matter.
 */
#ifndef EXPLORE_CHOICE_H
#define EXPLORE_CHOICE_H

#include "sim/run.h"

#define CHOICE_READS	  5u /* of a life, that are chosen one by one */
#define CHOICE_FAULTS_MAX (CHOICE_READS + 1)

/* Canonical: two that are equal are equal bytes. */
struct choice {
	uint8_t all;	/* an enum plan_choice: what all read, but for what follows */
	uint8_t single; /* 1 + the enum plan_region of a bit that reads otherwise; 0: none */
	uint8_t other;	/* what it reads */
	uint8_t bit;
	uint32_t offset;
	uint8_t reads; /* so many first reads of the life are chosen one by one */
	uint8_t read[CHOICE_READS];
	uint8_t pad[2];
};

/* What lives are lived for, besides the three ways in which all weak cells read alike. */
enum choice_kind {
	CHOICE_LIFE, /* each weak eFuse cell by itself */
	CHOICE_BIT,  /* ... and each bit of a weak word of bootctl */
	CHOICE_READ  /* ... and each of the first reads of a life */
};

/* The choices of lives that begin in one state, one after the other. */
struct choices {
	struct choice now;
	enum choice_kind kind;
	struct choice *single; /* those with a single bit */
	uint32_t count, at;
};

/* For lives of this run, which is about to begin one. choices starts zeroed. */
void choices_open(struct choices *choices, const struct run *run, enum choice_kind kind);
void choices_close(struct choices *choices);
/* The next one, after a life that has read weak cells so often; false: there is none. */
bool choices_next(struct choices *choices, uint32_t weak_reads);

/* Whether it is one that a search makes. */
bool choice_good(const struct choice *choice);
/* Adds what makes weak cells read so in that life, or from it on. 0, or -1: the plan is full. */
int choice_plan(const struct choice *choice, uint32_t life, bool onward, struct plan *plan);

#endif
