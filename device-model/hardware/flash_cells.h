/* What a sector is inside: for flash.c and flash_share.c, and for nobody else. */
#ifndef HARDWARE_FLASH_CELLS_H
#define HARDWARE_FLASH_CELLS_H

#include "device-model/hardware/flash.h"

struct flash_weak {
	uint32_t offset, size_bytes; /* in the sector */
};

/*
 * bytes holds what reads as after each op. touched has a bit for each program unit with a cell that
 * was touched since the last whole erase. was holds, in weak places only, what was there before the
 * op that was cut; it is NULL while there is none.
 */
struct flash_sector {
	uint32_t references;
	bool unknown; /* stands for any content: what reads it is told on */
	uint32_t weak_count;
	struct flash_weak weak[FLASH_WEAK_MAX];
	uint8_t *was;
	uint8_t *touched;
	uint8_t bytes[];
};

static inline uint32_t flash_touched_bytes(const struct flash *flash)
{
	return (flash->sector_bytes / flash->program_bytes + 7) / 8;
}

#endif
