/* One round: processes that begin as copies of this one, and tell it what they find. */
#include "sim/explore/crew.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/explore/log.h"

#define CREW_FEW	 64u	     /* states that are no work for more than one */
#define CREW_PIPE_BYTES	 (1 << 20)   /* a worker goes on until so much has not been read */
#define CREW_READ_BYTES	 (256 << 10) /* at a time */
#define CREW_WRITE_BYTES (64 << 10)  /* that are worth a call */

/* Before the findings of one state. */
struct crew_head {
	uint32_t turn, bytes;
};

struct crew_worker {
	pid_t pid;
	int from; /* what it tells; -1: it has told everything */
	uint8_t *bytes;
	size_t used, count, room; /* bytes: those that were taken, those that are there */
	struct log_reader reader;
};

struct crew {
	struct explore *explore;
	const uint32_t *states;
	uint32_t count, workers;
	atomic_uint *next; /* the turn that nobody has taken yet; shared */
	struct crew_worker worker[CREW_JOBS_MAX];
};

/* ---- a worker ---- */

static void crew_write(int to, const void *data, size_t bytes)
{
	const uint8_t *at = data;

	while (bytes) {
		ssize_t wrote = write(to, at, bytes);

		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote <= 0)
			_exit(1);
		at += wrote;
		bytes -= (size_t)wrote;
	}
}

static void crew_work(struct crew *crew, struct life *life, int to)
{
	struct log log;
	uint32_t turn;

	log_open(&log, crew->explore, true, true);
	crew->explore->log = &log;
	while ((turn = atomic_fetch_add(crew->next, 1)) < crew->count) {
		struct crew_head head = {0};
		size_t at = log.count;

		log_put(&log, &head, sizeof(head));
		life_expand(life, crew->states[turn]);
		head.turn = turn;
		head.bytes = (uint32_t)(log.count - at - sizeof(head));
		memcpy(log.bytes + at, &head, sizeof(head));
		if (log.count >= CREW_WRITE_BYTES) {
			crew_write(to, log.bytes, log.count);
			log.count = 0;
		}
	}
	crew_write(to, log.bytes, log.count);
	_exit(0);
}

static void crew_begin(struct crew *crew, struct crew_worker *worker, struct life *life)
{
	int ends[2];
	int rc = pipe2(ends, O_CLOEXEC);

	assert(rc == 0);
	(void)fcntl(ends[1], F_SETPIPE_SZ, CREW_PIPE_BYTES); /* if not: it waits more often */
	worker->pid = fork();
	assert(worker->pid >= 0);
	if (worker->pid == 0) {
		/* Whoever kills this program means all of it. */
		(void)prctl(PR_SET_PDEATHSIG, SIGKILL);
		close(ends[0]);
		crew_work(crew, life, ends[1]);
	}
	close(ends[1]);
	worker->from = ends[0];
	log_reader_open(&worker->reader, crew->explore, true);
}

/* ---- the one that searches ---- */

/* The worker that has told all of this turn; NULL: none yet. */
static struct crew_worker *crew_ready(struct crew *crew, uint32_t turn)
{
	for (uint32_t i = 0; i < crew->workers; i++) {
		struct crew_worker *worker = &crew->worker[i];
		struct crew_head head;

		if (worker->count - worker->used < sizeof(head))
			continue;
		memcpy(&head, worker->bytes + worker->used, sizeof(head));
		if (head.turn == turn && worker->count - worker->used - sizeof(head) >= head.bytes)
			return worker;
	}
	return NULL;
}

static void crew_read(struct crew_worker *worker)
{
	ssize_t got;

	worker->count -= worker->used;
	if (worker->used)
		memmove(worker->bytes, worker->bytes + worker->used, worker->count);
	worker->used = 0;
	if (worker->room - worker->count < CREW_READ_BYTES) {
		worker->room = 2 * worker->room + CREW_READ_BYTES;
		worker->bytes = realloc(worker->bytes, worker->room);
		assert(worker->bytes);
	}
	got = read(worker->from, worker->bytes + worker->count, CREW_READ_BYTES);
	if (got < 0 && errno == EINTR)
		return;
	if (got <= 0) {
		close(worker->from);
		worker->from = -1;
		return;
	}
	worker->count += (size_t)got;
}

/* Reads whatever comes. False: nothing will. */
static bool crew_listen(struct crew *crew)
{
	struct pollfd polls[CREW_JOBS_MAX];
	bool some = false;

	for (uint32_t i = 0; i < crew->workers; i++) {
		polls[i] = (struct pollfd){.fd = crew->worker[i].from, .events = POLLIN};
		some = some || polls[i].fd >= 0;
	}
	if (!some || (poll(polls, crew->workers, -1) < 0 && errno != EINTR))
		return false;
	for (uint32_t i = 0; i < crew->workers; i++)
		if (polls[i].revents)
			crew_read(&crew->worker[i]);
	return true;
}

static bool crew_take(struct crew_worker *worker)
{
	const uint8_t *at = worker->bytes + worker->used;
	struct crew_head head;

	memcpy(&head, at, sizeof(head));
	worker->used += sizeof(head) + head.bytes;
	return log_read(&worker->reader, at + sizeof(head), head.bytes);
}

static bool crew_gather(struct crew *crew)
{
	struct explore *explore = crew->explore;

	for (uint32_t turn = 0; turn < crew->count; turn++) {
		struct crew_worker *worker;

		while (!(worker = crew_ready(crew, turn)))
			if (!crew_listen(crew))
				return false;
		if (!crew_take(worker))
			return false;
		explore_show(explore, crew->count - turn);
	}
	return true;
}

/* False: one of them did not come to its end. */
static bool crew_end(struct crew *crew, bool all)
{
	for (uint32_t i = 0; i < crew->workers; i++) {
		struct crew_worker *worker = &crew->worker[i];
		int status = 0;

		if (!all)
			(void)kill(worker->pid, SIGKILL);
		if (worker->from >= 0)
			close(worker->from);
		if (waitpid(worker->pid, &status, 0) < 0 || status)
			all = false;
		log_reader_close(&worker->reader);
		free(worker->bytes);
	}
	return all;
}

int crew_round(struct explore *explore, struct life *life, const uint32_t *states, uint32_t count,
	       char *why, size_t why_bytes)
{
	struct crew crew = {.explore = explore, .states = states, .count = count};
	bool all;

	if (explore->options->jobs <= 1 || count < CREW_FEW) {
		for (uint32_t i = 0; i < count; i++) {
			life_expand(life, states[i]);
			explore_show(explore, count - i);
		}
		return 0;
	}
	crew.next = mmap(NULL, sizeof(*crew.next), PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	assert(crew.next != MAP_FAILED);
	for (; crew.workers < explore->options->jobs; crew.workers++)
		crew_begin(&crew, &crew.worker[crew.workers], life);
	all = crew_end(&crew, crew_gather(&crew));
	munmap(crew.next, sizeof(*crew.next));
	if (all)
		return 0;
	snprintf(why, why_bytes,
		 "a process that searched died, expected it to find its way; -j 1 shows where");
	return -1;
}
