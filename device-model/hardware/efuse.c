/* eFuse cells, whole, weak and intact. */
#include "device-model/hardware/efuse.h"

#include <assert.h>
#include <string.h>

void efuse_open(struct efuse *efuse, const struct hal_board *board)
{
	memset(efuse, 0, sizeof(*efuse));
	efuse->cells = HAL_EFUSE_BITS(board) * HAL_EFUSE_CELLS;
	assert(efuse->cells <= EFUSE_CELLS_MAX);
}

int efuse_read(struct efuse *efuse, uint32_t cell, bool *burnt)
{
	if (cell >= efuse->cells)
		return FW_ERR_RANGE;
	*burnt = efuse->cell[cell] == EFUSE_BURNT;
	if (efuse->cell[cell] == EFUSE_WEAK)
		*burnt = efuse->choose ? efuse->choose(efuse->choose_context, cell) : true;
	return FW_OK;
}

int efuse_burn_cut(struct efuse *efuse, uint32_t cell, bool all, bool weak)
{
	if (cell >= efuse->cells)
		return FW_ERR_RANGE;
	if (all)
		efuse->cell[cell] = EFUSE_BURNT;
	else if (weak && efuse->cell[cell] == EFUSE_INTACT)
		efuse->cell[cell] = EFUSE_WEAK;
	return FW_OK;
}

int efuse_burn(struct efuse *efuse, uint32_t cell)
{
	return efuse_burn_cut(efuse, cell, true, false);
}

void efuse_flip(struct efuse *efuse, uint32_t cell)
{
	assert(cell < efuse->cells);
	efuse->cell[cell] = efuse->cell[cell] == EFUSE_INTACT ? EFUSE_BURNT : EFUSE_INTACT;
}

bool efuse_bit(const struct efuse *efuse, uint32_t bit, bool weak_as_burnt)
{
	uint32_t votes = 0;

	for (uint32_t i = 0; i < HAL_EFUSE_CELLS; i++) {
		uint8_t cell = efuse->cell[bit * HAL_EFUSE_CELLS + i];

		votes += cell == EFUSE_BURNT || (cell == EFUSE_WEAK && weak_as_burnt);
	}
	return votes > HAL_EFUSE_CELLS / 2;
}

uint32_t efuse_value(const struct efuse *efuse, uint32_t first, uint32_t count, bool weak_as_burnt)
{
	for (uint32_t i = count; i > 0; i--)
		if (efuse_bit(efuse, first + i - 1, weak_as_burnt))
			return i;
	return 0;
}
