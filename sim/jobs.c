/* Tasks shared out among processes of their own: one process a task, so many at a time. */
#include "sim/jobs.h"

#include <assert.h>
#include <signal.h>
#include <stddef.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static pid_t jobs_begin(const struct jobs *jobs, uint32_t task)
{
	pid_t pid = fork();

	assert(pid >= 0);
	if (pid == 0) {
		/* Whoever kills this program means all of it. */
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		_exit(jobs->work(jobs->context, task) ? 1 : 0);
	}
	return pid;
}

int jobs_run(const struct jobs *jobs)
{
	const struct timespec moment = {.tv_nsec = 10 * 1000 * 1000};
	pid_t pids[JOBS_MAX];
	uint32_t running = 0, begun = 0;
	int failed = 0;

	assert(jobs->at_once >= 1 && jobs->at_once <= JOBS_MAX);
	while (begun < jobs->tasks || running) {
		uint32_t still = 0;

		while (begun < jobs->tasks && running < jobs->at_once)
			pids[running++] = jobs_begin(jobs, begun++);
		for (uint32_t i = 0; i < running; i++) {
			int status;
			pid_t got = waitpid(pids[i], &status, WNOHANG);

			if (got == 0)
				pids[still++] = pids[i];
			else if (got < 0 || !WIFEXITED(status) || WEXITSTATUS(status))
				failed = -1;
		}
		jobs->show(jobs->context);
		if (still == running)
			nanosleep(&moment, NULL);
		running = still;
	}
	return failed;
}

void *jobs_share(uint64_t size_bytes)
{
	void *memory =
		mmap(NULL, size_bytes, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	assert(memory != MAP_FAILED);
	return memory;
}

void jobs_unshare(void *memory, uint64_t size_bytes)
{
	munmap(memory, size_bytes);
}
