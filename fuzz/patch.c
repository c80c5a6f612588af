/* A flash written by other hands. */
#include "fuzz/patch.h"

#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"

void patch_flash(struct flash *flash, uint32_t offset, const uint8_t *data, size_t size_bytes)
{
	uint8_t *sector = malloc(flash->sector_bytes);

	FUZZ_HOLDS(sector != NULL);
	while (size_bytes > 0) {
		uint32_t at = offset % flash->sector_bytes, start = offset - at;
		size_t part = flash->sector_bytes - at;

		if (part > size_bytes)
			part = size_bytes;
		FUZZ_HOLDS(flash_read(flash, start, sector, flash->sector_bytes) == FW_OK);
		memcpy(sector + at, data, part);
		flash_set(flash, start, sector, flash->sector_bytes);
		offset += (uint32_t)part;
		data += part;
		size_bytes -= part;
	}
	free(sector);
}

void patch_erase(struct flash *flash, struct hal_region region)
{
	for (uint32_t at = 0; at < region.size_bytes; at += flash->sector_bytes)
		FUZZ_HOLDS(flash_erase(flash, region.offset + at) == FW_OK);
}
