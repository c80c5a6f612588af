/* Sharing a sweep among processes: who runs what, and the one result of all. */
#ifndef SIM_SWEEP_JOBS_H
#define SIM_SWEEP_JOBS_H

#include <stdatomic.h>

#include "sim/sweep.h"

/* One process's part of a sweep. */
struct sweep_share {
	uint32_t worker, workers; /* of this machine */
	uint32_t shard, shards;	  /* of all machines */
	bool first;		  /* runs the case without cuts for all */
	_Atomic uint64_t *done;	  /* turns done by all workers */
	const struct sweep_options *options;
	bool alone; /* shows the progress itself */
	uint64_t all;
};

bool sweep_jobs_mine(const struct sweep_share *share, uint64_t turn);
void sweep_jobs_done(const struct sweep_share *share);

/* In sweep.c: what one process does, and how many turns there are once a clean run is known. */
int sweep_pass(const struct run_scene *scene, const struct sweep_share *share,
	       struct sweep_result *result);
/* Whether a finding with that verdict has a place beside those that are kept. */
bool sweep_keeps(const struct sweep_result *result, const struct verdict *verdict);
uint64_t sweep_turns(const struct run_scene *scene, const struct sweep_result *result);

#endif
