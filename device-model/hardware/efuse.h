/*
 * eFuse: cells that rise once and never fall. A burn that the power left half-way makes a weak
 * cell, which reads as the plan says until a burn of it returns.
 */
#ifndef HARDWARE_EFUSE_H
#define HARDWARE_EFUSE_H

#include "device-model/hal.h"

#define EFUSE_CELLS_MAX 512u

enum efuse_cell { EFUSE_INTACT, EFUSE_BURNT, EFUSE_WEAK };

struct efuse {
	uint32_t cells;
	uint8_t cell[EFUSE_CELLS_MAX]; /* an enum efuse_cell each */
	/* Decides whether a weak cell reads as burnt; NULL: it does. */
	bool (*choose)(void *context, uint32_t cell);
	void *choose_context;
};

void efuse_open(struct efuse *efuse, const struct hal_board *board);
int efuse_read(struct efuse *efuse, uint32_t cell, bool *burnt);
int efuse_burn(struct efuse *efuse, uint32_t cell);
/* The burn as it stands when the power failed inside: done but for its return, weak, or nothing. */
int efuse_burn_cut(struct efuse *efuse, uint32_t cell, bool all, bool weak);
void efuse_flip(struct efuse *efuse, uint32_t cell);

/* What an oracle asks: is this bit set, weak cells counted as burnt or as intact. */
bool efuse_bit(const struct efuse *efuse, uint32_t bit, bool weak_as_burnt);
/* The security counter: one more than the highest bit set of the first count. */
uint32_t efuse_value(const struct efuse *efuse, uint32_t first, uint32_t count, bool weak_as_burnt);

#endif
