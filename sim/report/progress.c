/* The bar, or plain lines. */
#include "sim/report/progress.h"

#include <unistd.h>

#define PROGRESS_CELLS 30
#define PROGRESS_PAUSE 0.1 /* seconds between two pictures of the bar */
#define PROGRESS_SOON  0.5 /* seconds before an estimate is worth anything */

static double progress_since(const struct timespec *then)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (double)(now.tv_sec - then->tv_sec) + (double)(now.tv_nsec - then->tv_nsec) / 1e9;
}

void progress_open(struct progress *progress, bool quiet, uint32_t count)
{
	*progress = (struct progress){.to = stderr, .quiet = quiet, .count = count};
	progress->bar = !quiet && isatty(STDERR_FILENO);
	clock_gettime(CLOCK_MONOTONIC, &progress->opened);
}

void progress_begin(struct progress *progress, const char *name)
{
	progress->index++;
	progress->name = name;
	clock_gettime(CLOCK_MONOTONIC, &progress->begun);
	progress->shown = progress->begun;
}

void progress_show(void *context, uint64_t done, uint64_t all)
{
	struct progress *progress = context;
	double seconds, part = all ? (double)done / (double)all : 0;

	if (!progress->bar || progress_since(&progress->shown) < PROGRESS_PAUSE)
		return;
	clock_gettime(CLOCK_MONOTONIC, &progress->shown);
	if (part > 1)
		part = 1;
	seconds = progress_since(&progress->begun);
	fputs("\r[", progress->to);
	for (int i = 0; i < PROGRESS_CELLS; i++)
		putc(i < part * PROGRESS_CELLS ? '#' : '.', progress->to);
	fprintf(progress->to, "] %3.0f%%  %s, %u of %u", part * 100, progress->name,
		progress->index, progress->count);
	/* Rounded up: no time left is not what a bar that still moves should say. */
	if (seconds > PROGRESS_SOON && part > 0)
		fprintf(progress->to, ", %u s left", 1 + (unsigned)(seconds / part - seconds));
	fputs("\033[K", progress->to);
	fflush(progress->to);
}

void progress_end(struct progress *progress, uint64_t cases)
{
	if (progress->bar)
		fputs("\r\033[K", progress->to);
	else if (!progress->quiet)
		fprintf(progress->to, "%s: %llu case%s in %.1f s (%u of %u)\n", progress->name,
			(unsigned long long)cases, cases == 1 ? "" : "s",
			progress_since(&progress->begun), progress->index, progress->count);
	fflush(progress->to);
}

void progress_close(struct progress *progress, uint64_t cases)
{
	double seconds = progress_since(&progress->opened);

	if (!progress->quiet)
		fprintf(progress->to, "%llu cases in %.1f s, %.0f a second\n",
			(unsigned long long)cases, seconds,
			seconds > 0 ? (double)cases / seconds : 0);
}
