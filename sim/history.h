/*
 * What happened in a case, as the oracle saw it from outside: it compares bytes and cells with what
 * the scenario says, and never asks the firmware. Rules that an event can break are judged here as
 * it happens; the rest in verdict.c.
 */
#ifndef SIM_HISTORY_H
#define SIM_HISTORY_H

#include "sim/device.h"
#include "sim/scenario.h"

#define HISTORY_NOBODY	(-1) /* no image ran */
#define HISTORY_FOREIGN (-2) /* bytes ran that are no release of the scenario */

/* Where and why a rule was first broken. */
struct history_break {
	bool broken;
	uint32_t life, op;
	char why[128];
};

/* A bit that the plan has stuck: what a cut leaves there is not up to the cut. */
struct history_stuck {
	uint32_t op;	 /* from which on */
	uint32_t offset; /* in flash; or the cell */
	bool efuse;
	uint8_t mask, level; /* level: 0, or mask */
};

struct history {
	const struct scenario *scenario;
	uint32_t stuck_count;
	struct history_stuck stuck[PLAN_FAULTS_MAX];
	uint32_t lives;	     /* begun */
	uint32_t quiet;	     /* in a row: no op, no fault, the same ending */
	uint32_t life_ops;   /* in this life */
	uint32_t clock_ms;   /* how long the longest life took by the device's clock */
	uint32_t cuts;	     /* lives that ended so */
	uint32_t cuts_shown; /* cuts that flash and eFuse bear witness to */
	int running;	     /* release that ran in this life, or HISTORY_NOBODY, HISTORY_FOREIGN */
	int settled;	     /* ... in the last life that ended quietly */
	uint32_t slot;	     /* that it ran from */
	enum device_end end; /* of the last life */
	/* Boots of each release that ended in a reset; every cut since gives one back. */
	uint32_t starts[SCENARIO_RELEASES_MAX];
	uint32_t failed;    /* releases of which a boot ever ended so */
	uint32_t counter;   /* highest value whose burn returned */
	uint32_t revoked;   /* keys whose revocation's burn returned */
	bool tampered;	    /* flash or eFuse was changed by other hands */
	uint64_t confirmed; /* highest sequence number that the device reported as confirmed */
	uint32_t stale;	    /* releases fetched though one at least as new was confirmed */
	bool saw_seen;	    /* ... was told over the network */
	bool believed;	    /* it spoke to a server that it should not have believed */
	uint64_t offered;   /* sequence number of the manifest that came in this life, 0: none */
	bool offers;	    /* more than one came, so that none is the one */
	bool reported;	    /* in this life */
	bool refused_seen, given_up_seen; /* what the scenario expects was reported */
	uint64_t probes_refused;	  /* bit i: probe i was, for its reason */
	struct hal_report report;	  /* the last one */
	struct history_break breaks[RULES];
};

/* plan: what other hands will do, and which bits are stuck. */
void history_open(struct history *history, const struct scenario *scenario,
		  const struct device *device, const struct plan *plan);
void history_life_begin(struct history *history, const struct device *device);
/* faulted: a fault of the plan happened in this life. */
void history_life_end(struct history *history, enum device_end end, bool faulted);
/* An image begins to run; what it does from here on. */
enum behaviour history_jump(struct history *history, const struct device *device,
			    const struct hal_handover *handover, uint32_t op, bool *foreign);
void history_op(struct history *history, const struct device *device, const struct inject_op *op);
void history_report(struct history *history, const struct device *device,
		    const struct hal_report *report, uint32_t op);
/* Word for word; padding counts for nothing. */
bool history_same_report(const struct hal_report *a, const struct hal_report *b);
/* What the network side of the device told of what it met there. */
void history_saw(struct history *history, const char *saw);
void history_delivered(struct history *history, uint32_t release, bool manifest);
void history_violation(struct history *history, enum flash_violation what, uint32_t offset,
		       uint32_t op);
__attribute__((format(printf, 4, 5))) void history_broke(struct history *history, enum rule rule,
							 uint32_t op, const char *why, ...);

#endif
