/* Moments of lives as numbers that can be compared. */
#include "sim/explore/moment.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* What a life remembers that no later one does. Canonical: unused bytes are zero. */
struct moment_live {
	struct states_memory memory; /* as it stands, not as a cut would leave it */
	struct hal_report report;
	uint64_t offered;
	uint32_t clock_ms, slot;
	int running;
	bool offers, reported;
};

struct moments {
	struct blobs *numbers; /* of each moment */
	struct blobs *blobs;   /* that they count */
	uint32_t *buffer;
};

struct moments *moments_open(const struct run_scene *scene)
{
	struct moments *moments = calloc(1, sizeof(*moments));

	assert(moments);
	moments->numbers = blobs_open();
	moments->blobs = blobs_open();
	moments->buffer = calloc(MOMENT_BLOBS + 2 * (size_t)scene->born.chip.flash.sectors,
				 sizeof(*moments->buffer));
	assert(moments->buffer);
	return moments;
}

void moments_close(struct moments *moments)
{
	blobs_close(moments->numbers);
	blobs_close(moments->blobs);
	free(moments->buffer);
	free(moments);
}

void moments_forget(struct moments *moments)
{
	blobs_close(moments->numbers);
	blobs_close(moments->blobs);
	moments->numbers = blobs_open();
	moments->blobs = blobs_open();
}

/* There are weak cells, so that it matters how they read. */
static bool moment_wavers(const struct run *run)
{
	return run->device.chip.flash.weak_sectors > 0 ||
	       memchr(run->device.chip.efuse.cell, EFUSE_WEAK, EFUSE_CELLS_MAX);
}

static uint32_t moment_live(struct moments *moments, const struct run *run)
{
	struct moment_live live;

	memset(&live, 0, sizeof(live));
	states_remember(run, &live.memory);
	live.report = run->history.report;
	live.clock_ms = run->device.chip.clock_ms;
	live.slot = run->history.slot;
	live.running = run->history.running;
	live.offered = run->history.offered;
	live.offers = run->history.offers;
	live.reported = run->history.reported;
	return blobs_add(moments->blobs, &live, sizeof(live));
}

/* How weak cells will read; where there is none, nothing has to be known of it. */
static uint32_t moment_choice(struct moments *moments, const struct run *run,
			      const struct choice *choice)
{
	uint32_t reads = choice->reads ? run->faults.weak_reads : 0;
	uint8_t to_come[sizeof(*choice) + sizeof(reads)];

	memcpy(to_come, choice, sizeof(*choice));
	memcpy(to_come + sizeof(*choice), &reads, sizeof(reads));
	return blobs_add(moments->blobs, to_come, moment_wavers(run) ? sizeof(to_come) : 0);
}

uint32_t moments_add(struct moments *moments, const struct run *run,
		     const struct states_cursor *cursor, const struct choice *choice)
{
	const struct hal_board *board = &run->device.board;
	uint32_t *buffer = moments->buffer;
	size_t count = MOMENT_BLOBS;

	buffer[0] = blobs_add(moments->blobs, run->faults.ram_low,
			      (size_t)(run->faults.ram_high - run->faults.ram_low));
	buffer[1] = blobs_add(moments->blobs, board->ram ? board->ram : (const uint8_t *)"",
			      board->ram ? board->ram_bytes : 0);
	buffer[2] = moment_live(moments, run);
	buffer[3] = moment_choice(moments, run, choice);
	count += states_loose(cursor, buffer + count);
	return moments_put(moments, buffer, count);
}

struct blobs *moments_blobs(struct moments *moments)
{
	return moments->blobs;
}

uint32_t moments_put(struct moments *moments, const uint32_t *numbers, size_t count)
{
	return blobs_add(moments->numbers, numbers, count * sizeof(*numbers));
}

const uint32_t *moments_numbers(const struct moments *moments, uint32_t moment, size_t *count)
{
	*count = blobs_size(moments->numbers, moment) / sizeof(uint32_t);
	return blobs_data(moments->numbers, moment);
}

uint32_t moments_count(const struct moments *moments)
{
	return blobs_count(moments->numbers);
}

size_t moments_bytes(const struct moments *moments)
{
	return blobs_bytes(moments->numbers) + blobs_bytes(moments->blobs);
}
