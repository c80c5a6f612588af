/* Moments of lives as contents that can be compared. */
#include "sim/explore/moment.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

/* What a life remembers that no later one does. Canonical: unused bytes are zero. */
struct moment_live {
	struct states_memory memory; /* as it stands, not as a cut would leave it */
	struct hal_report report;
	uint32_t choice, clock_ms, slot;
	int running;
};

struct moments {
	struct blobs *blobs;
	const struct hal_board *board;
	uint32_t sectors;
	uint8_t *buffer;
	size_t capacity;
};

struct moments *moments_open(const struct run_scene *scene)
{
	struct moments *moments = calloc(1, sizeof(*moments));

	assert(moments);
	moments->blobs = blobs_open();
	moments->board = &scene->scenario->board;
	moments->sectors = scene->born.chip.flash.sectors;
	return moments;
}

void moments_close(struct moments *moments)
{
	blobs_close(moments->blobs);
	free(moments->buffer);
	free(moments);
}

static void moments_reserve(struct moments *moments, size_t bytes)
{
	if (bytes <= moments->capacity)
		return;
	moments->capacity = 2 * bytes;
	moments->buffer = realloc(moments->buffer, moments->capacity);
	assert(moments->buffer);
}

/* There are weak cells, so that it matters how they read. */
static bool moment_wavers(const struct run *run)
{
	return run->device.chip.flash.weak_sectors > 0 ||
	       memchr(run->device.chip.efuse.cell, EFUSE_WEAK, EFUSE_CELLS_MAX);
}

uint32_t moments_add(struct moments *moments, const struct run *run,
		     const struct states_cursor *cursor, uint32_t choice)
{
	size_t stack = (size_t)(run->faults.ram_high - run->faults.ram_low), at = 0;
	size_t ram = run->device.board.ram ? run->device.board.ram_bytes : 0;
	struct moment_live live;

	moments_reserve(moments, stack + ram + sizeof(live) + moments->sectors * 8);
	memcpy(moments->buffer, run->faults.ram_low, stack);
	at += stack;
	if (ram)
		memcpy(moments->buffer + at, run->device.board.ram, ram);
	at += ram;
	memset(&live, 0, sizeof(live));
	states_remember(run, &live.memory);
	live.report = run->history.report;
	live.choice = moment_wavers(run) ? choice : 0;
	live.clock_ms = run->device.chip.clock_ms;
	live.slot = run->history.slot;
	live.running = run->history.running;
	memcpy(moments->buffer + at, &live, sizeof(live));
	at += sizeof(live);
	for (uint32_t word = 0; word < cursor->words; word++) {
		for (uint64_t bits = cursor->loose[word]; bits; bits &= bits - 1) {
			uint32_t sector = word * 64 + (uint32_t)__builtin_ctzll(bits);

			memcpy(moments->buffer + at, (uint32_t[]){sector, cursor->held[sector]}, 8);
			at += 8;
		}
	}
	return blobs_add(moments->blobs, moments->buffer, at);
}

uint32_t moments_data(struct moments *moments, const struct inject_op *op)
{
	return blobs_add(moments->blobs, op->data ? op->data : "", op->data ? op->size_bytes : 0);
}

size_t moments_bytes(const struct moments *moments)
{
	return blobs_bytes(moments->blobs);
}
