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
 * op that was cut; it is NULL while there is none. unknown has a bit for each unit that stands for
 * any content (its bytes are then 0, and nothing in it is weak), then a bit for each unit of which
 * nobody knows whether it is touched (its bit in touched is then 0).
 */
struct flash_sector {
	uint32_t references;
	bool forgotten; /* a bit of unknown is set */
	uint32_t weak_count;
	struct flash_weak weak[FLASH_WEAK_MAX];
	uint8_t *was;
	uint8_t *touched, *unknown; /* behind bytes, in this order */
	uint8_t bytes[];
};

/* Of a bit for each program unit of a sector. */
static inline uint32_t flash_units_bytes(const struct flash *flash)
{
	return (flash->sector_bytes / flash->program_bytes + 7) / 8;
}

/* Of everything behind a sector's head. */
static inline uint32_t flash_cells_bytes(const struct flash *flash)
{
	return flash->sector_bytes + 3 * flash_units_bytes(flash);
}

static inline bool flash_unit_bit(const uint8_t *units, uint32_t unit)
{
	return units[unit / 8] >> unit % 8 & 1;
}

/* The sector, made this flash's own so that it can be written. */
struct flash_sector *flash_sector_own(struct flash *flash, uint32_t index);

/* Makes the unknown units of the flash's own sector all alike again, and its weak places tidy. */
void flash_sector_forget(struct flash *flash, struct flash_sector *sector);

/* ---- in flash_weak.c ---- */

/* Puts what the choice says over those of the read bytes that are weak. from is in the sector,
 * which begins at base. */
void flash_weak_read(const struct flash *flash, const struct flash_sector *sector, uint32_t base,
		     uint32_t from, uint8_t *data, uint32_t size_bytes);
/* Those bytes of the flash's own sector may read as was from here on, or as they do. */
void flash_weaken(struct flash *flash, struct flash_sector *sector, uint32_t offset,
		  uint32_t size_bytes, const uint8_t *was);
/* The sector as it reads when every weak place reads as before; was holds that nowhere else. */
void flash_weak_before(const struct flash *flash, const struct flash_sector *sector,
		       uint8_t *before);
/*
 * The same cells with as few weak places as they can have, sorted: each begins and ends with a byte
 * that can read otherwise, none lies inside another or in a unit of unknown content.
 */
void flash_weak_tidy(struct flash *flash, struct flash_sector *sector);

#endif
