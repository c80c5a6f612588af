/*
 * The fault injector: a hal that wraps a chip's hal. It numbers the ops, cuts the power inside the
 * one that the plan names, decides what weak cells read, and changes what lies at rest. Only it
 * ends a life early.
 */
#ifndef FAULTS_INJECT_H
#define FAULTS_INJECT_H

#include "device-model/hardware/chip.h"
#include "faults/plan.h"

/* A flush is an op of a device with a volatile cache only: of a NOR flash it is nothing. */
enum inject_kind { INJECT_PROGRAM, INJECT_ERASE, INJECT_BURN, INJECT_FLUSH };

/* One op, as an observer sees it. */
struct inject_op {
	uint32_t number, life;
	enum inject_kind kind;
	uint32_t offset;	       /* in flash; for a burn, the cell; 0 for a flush */
	uint32_t size_bytes;	       /* 0 for a burn or flush */
	const void *data;	       /* of a program */
	const char *site;	       /* the firmware's source line that asked for it */
	const struct plan_extent *cut; /* NULL: the whole op happened */
	bool carried_out;	       /* false: the chip refused it */
};

/* Who watches; each may be NULL. */
struct inject_watch {
	void *context;
	void (*op_before)(void *context, const struct inject_op *op);
	void (*op_after)(void *context, const struct inject_op *op);
	void (*violation)(void *context, enum flash_violation what, uint32_t offset,
			  uint32_t size_bytes);
	void (*log)(void *context, const char *site, const char *text);
	/* The power is off: the life ends here. Returns only where a process is killed instead. */
	void (*power_off)(void *context);
	/* The firmware has made more calls in this life than any honest one would. */
	void (*hang)(void *context);
	bool ram; /* asks for the firmware's RAM */
};

/* Where a plan's regions lie, what a plan's releases are, what the flash held at the start. */
struct inject_places {
	const void *context;
	struct hal_region (*region)(const void *context, enum plan_region region);
	const uint8_t *(*release)(const void *context, const char *name, uint32_t *size_bytes);
	const struct flash *born; /* NULL: nothing can be put back */
};

struct inject {
	struct hal hal; /* what the firmware sees; first, so that a hal can be found back */
	struct chip *chip;
	const struct plan *plan;
	struct inject_places places;
	struct inject_watch watch;
	uint32_t op, life;		/* the last ones begun; 0: none */
	uint32_t fired;			/* bit i: fault i of the plan happened */
	uint32_t fault_life;		/* the last life in which a fault happened; 0: none */
	uint32_t reads;			/* of flash and eFuse, in the whole case */
	uint32_t weak_reads;		/* in this life */
	uint32_t calls, calls_max;	/* in this life */
	uint32_t seen[PLAN_FAULTS_MAX]; /* reads, rests or jumps that fault i has waited through */
	uint32_t clock_skew; /* in this life, modulo 2^32: what the clock reads beside the time */
	bool clock_stopped;
	uint32_t clock_at; /* where it stopped */
	/*
	 * The firmware's RAM while an op is under way: its stack with the registers that it has in
	 * use; it has nothing else. ram_high is for the door to set, NULL: nobody asks.
	 */
	const uint8_t *ram_low, *ram_high;
	bool dead;		 /* the power is off: nothing happens any more */
	struct plan_extent half; /* of the op under way, if its power sags */
};

void inject_open(struct inject *inject, struct chip *chip, const struct plan *plan,
		 const struct inject_places *places);
/* Carries on in another chip, with counters as they stand; for a branch of a case. */
void inject_move(struct inject *inject, struct chip *chip, const struct plan *plan);
/* Before each life, the first included: faults at rest after op 0 happen in the first. */
void inject_life(struct inject *inject);
/*
 * If somebody asks for the firmware's RAM: clears what is below the caller's frame, so that nothing
 * that other functions left there shows in frames to come.
 */
void inject_scrub(const struct inject *inject);
/* The device has come to rest: what the plan has for then happens. False: it has nothing. */
bool inject_rest(struct inject *inject);
/* An image was verified and is about to run: what the plan has for then happens. */
void inject_at_jump(struct inject *inject);
/* Every fault of the plan has happened. */
bool inject_fired(const struct inject *inject);
/* Carries out op->cut, which is fault number fault of the plan: for a branch of a case, which has
 * the op under way and its fault just added. */
void inject_cut_now(struct inject *inject, struct inject_op *op, uint32_t fault);
/* What a cut of that op leaves in the cells, and nothing else; false: the chip refuses the op. */
bool inject_cut_cells(struct chip *chip, const struct inject_op *op,
		      const struct plan_extent *extent);
/* Whether an op of that kind and size can be cut so, on a device without a volatile cache. */
bool inject_fits(const struct hal_board *board, enum inject_kind kind, uint32_t size_bytes,
		 const struct plan_extent *extent);

#endif
