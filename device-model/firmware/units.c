/* Bytes into flash, in whole program units. */
#include "device-model/firmware/units.h"

#include "device-model/firmware/bytes.h"

int units_program(struct hal *hal, uint32_t offset, const void *data, uint32_t size_bytes)
{
	uint32_t unit = hal->board->program_bytes;
	const uint8_t *bytes = data;
	uint8_t buffer[HAL_PROGRAM_MAX];

	for (uint32_t done = 0; done < size_bytes; done += unit) {
		uint32_t part = size_bytes - done < unit ? size_bytes - done : unit;
		int err;

		bytes_fill(buffer, 0xff, unit);
		bytes_copy(buffer, bytes + done, part);
		err = hal->flash_program(hal, offset + done, buffer, unit);
		if (err)
			return err;
	}
	return hal->flash_flush(hal);
}
