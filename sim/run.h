/* One case: a scenario, a device, a plan; lives until it rests; a verdict. */
#ifndef SIM_RUN_H
#define SIM_RUN_H

#include "faults/attacker.h"
#include "sim/device.h"
#include "sim/history.h"
#include "sim/verdict.h"

#define RUN_QUIET_LIVES 2u
#define RUN_SAID	16u

/* Where lives are lived: in process, or as processes of their own on the FUSE flash. */
struct run_door {
	enum device_end (*live)(void *context, struct device *device, struct inject *faults,
				const struct device_wiring *wiring);
	void *context;
};

struct run;

/* Who looks on; each may be NULL. */
struct run_watch {
	void *context;
	void (*life_begins)(void *context, const struct run *run);
	void (*life_ends)(void *context, const struct run *run);
	void (*op_before)(void *context, const struct run *run, const struct inject_op *op);
	void (*op_after)(void *context, const struct run *run, const struct inject_op *op);
	void (*log)(void *context, const char *site, const char *text);
	void (*reported)(void *context, const struct hal_report *report);
	bool ram; /* asks for the firmware's RAM at each op */
};

/* A scenario made ready: its releases as the server has them, its device as it left the maker. */
struct run_scene {
	const struct scenario *scenario;
	const struct device_firmware *firmware;
	struct run_door door; /* device_live unless said otherwise after opening */
	struct attacker_release releases[SCENARIO_RELEASES_MAX];
	struct attacker_probe probes[ATTACKER_PROBES_MAX];
	struct attacker_store store;
	struct device born;
};

struct run {
	const struct run_scene *scene;
	struct plan plan;
	struct device device;
	struct inject faults;
	struct attacker network;
	struct history history;
	struct run_watch watch;
	/* Over HTTPS: what the device said last, the Nth in place N modulo their number. */
	struct hal_report said[RUN_SAID];
	uint64_t said_count, told_count; /* ... and what of it has reached the server */
	bool weak_lives[64];		 /* lives in which a weak cell was read */
};

/* 0, or -1: the maker's jig cannot make this device; why says what stopped it. */
int run_scene_open(struct run_scene *scene, const struct scenario *scenario,
		   const struct device_firmware *firmware, char *why, size_t why_bytes);
void run_scene_close(struct run_scene *scene);

/* The whole case. */
void run_case(const struct run_scene *scene, const struct plan *plan, const struct run_watch *watch,
	      struct verdict *verdict);

/* The pieces of it, for a search that branches. */
void run_open(struct run *run, const struct run_scene *scene, const struct plan *plan);
/* A run of its own that stands where run stands, in the middle of a life. */
void run_branch(struct run *branch, const struct run *run);
/*
 * The same, on a flash of the caller's that holds what run's does: nothing is copied, and the
 * branch is not closed.
 */
void run_branch_on(struct run *branch, const struct run *run, const struct flash *flash);
/* The life that was branched out of ends here, by this cut of this op. */
void run_cut(struct run *branch, const struct inject_op *op, const struct plan_extent *extent);
/* One life, whatever comes of it. */
void run_life(struct run *run);
/* Lives until it rests. */
void run_finish(struct run *run, struct verdict *verdict);
void run_close(struct run *run);

#endif
