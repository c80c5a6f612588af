/* Bytes into flash, in whole program units. */
#ifndef FIRMWARE_UNITS_H
#define FIRMWARE_UNITS_H

#include "device-model/hal.h"

/* Program units that so many bytes take. */
static inline uint32_t units_of(const struct hal_board *board, uint32_t size_bytes)
{
	return (size_bytes + board->program_bytes - 1u) / board->program_bytes;
}

/* Through UNITS_PROGRAM only, which names the line that asked. */
FW_CHECKED int units_program(struct hal *hal, uint32_t offset, const void *data,
			     uint32_t size_bytes);

/*
 * Programs the bytes, one unit after the other and the rest of the last one left erased, and makes
 * them durable. Power fails inside: some of them are there.
 */
#define UNITS_PROGRAM(hal, offset, data, size_bytes) \
	((hal)->site = HAL_SITE, units_program((hal), (offset), (data), (size_bytes)))

#endif
