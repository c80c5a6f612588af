/* Tasks shared out among processes of their own. */
#ifndef SIM_JOBS_H
#define SIM_JOBS_H

#include <stdint.h>

#define JOBS_MAX 64 /* processes at a time */

struct jobs {
	uint32_t tasks;
	uint32_t at_once; /* processes, at most JOBS_MAX */
	/* One task, in a process that ends with it. 0, or it failed. */
	int (*work)(void *context, uint32_t task);
	/* In the process that waits, every few milliseconds and at the end. */
	void (*show)(void *context);
	void *context;
};

/* Tasks are begun in their order. 0, or -1 if one failed or its process died. */
int jobs_run(const struct jobs *jobs);

/* Memory that the processes have in common, zeroed. */
void *jobs_share(uint64_t size_bytes);
void jobs_unshare(void *memory, uint64_t size_bytes);

#endif
