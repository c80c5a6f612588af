/* The eFuse bank as bits: each in three cells, read by majority. */
#ifndef FIRMWARE_FUSE_H
#define FIRMWARE_FUSE_H

#include "device-model/hal.h"

/* The security counter, unary: one more than the highest bit that is set. */
FW_CHECKED int fuse_counter(struct hal *hal, uint32_t *value);
/* Bit i: key i is revoked. */
FW_CHECKED int fuse_revoked(struct hal *hal, uint32_t *revoked);

/*
 * Burns every cell of the counter's bits from below value, whatever they read: a weak cell reads
 * like a whole one. Power fails inside: the counter reads any value from before to value.
 */
FW_CHECKED int fuse_counter_burn(struct hal *hal, uint32_t from, uint32_t value);
/* Power fails inside: the bit reads set or not. */
FW_CHECKED int fuse_revoke_burn(struct hal *hal, uint32_t key);
FW_CHECKED int fuse_secure_boot_burn(struct hal *hal);

#endif
