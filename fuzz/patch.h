/* A flash written by other hands: any bytes anywhere, where the chip knows only whole sectors. */
#ifndef FUZZ_PATCH_H
#define FUZZ_PATCH_H

#include "device-model/hardware/flash.h"

/* Must lie inside the flash. */
void patch_flash(struct flash *flash, uint32_t offset, const uint8_t *data, size_t size_bytes);
void patch_erase(struct flash *flash, struct hal_region region);

#endif
