/*
 * The chip: flash, eFuse, crypto and the reset-cause latch as one hal. What lies outside of it
 * (the network, the maker, the next image) is given by whoever powers it up.
 */
#ifndef HARDWARE_CHIP_H
#define HARDWARE_CHIP_H

#include "device-model/hardware/efuse.h"
#include "device-model/hardware/flash.h"

/* What the chip is wired to. A call that must not return leaves by longjmp or by exec. */
struct chip_outside {
	int (*fetch)(void *context, const char *uri, uint32_t uri_bytes, uint32_t offset,
		     void *data, uint32_t size_bytes);
	int (*report)(void *context, const struct hal_report *report);
	void (*restart)(void *context, enum hal_reset cause);
	void (*jump)(void *context, const struct hal_handover *handover);
	void *context;
};

struct chip {
	struct hal hal; /* first, so that a hal of a chip is a chip */
	struct flash flash;
	struct efuse efuse;
	enum hal_reset cause;
	uint32_t clock_ms; /* of this life; each reading takes a millisecond */
	struct chip_outside outside;
};

/* A blank chip: flash erased, no cell burnt, reset cause: power. */
void chip_open(struct chip *chip, const struct hal_board *board, uint32_t endurance);
void chip_close(struct chip *chip);
/* What survives a power cut, in a chip of its own; outside is to be wired anew. */
void chip_copy(struct chip *copy, const struct chip *chip);

#endif
