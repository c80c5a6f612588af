/*
 * The bootloader: the first code after every reset. Chooses a slot, verifies everything in it,
 * stores the attempt and jumps to exactly those bytes.
 */
#ifndef FIRMWARE_BOOTLOADER_H
#define FIRMWARE_BOOTLOADER_H

#include "device-model/hal.h"

/*
 * Jumps, or returns why no slot could be booted. Power fails inside: bootctl holds what it held or
 * what was being written; slots and eFuse are never changed here.
 */
FW_CHECKED int bootloader_run(struct hal *hal);

#endif
