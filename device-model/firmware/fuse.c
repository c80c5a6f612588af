/* eFuse bits over eFuse cells. */
#include "device-model/firmware/fuse.h"

static int fuse_bit(struct hal *hal, uint32_t bit, bool *set)
{
	uint32_t votes = 0;

	for (uint32_t i = 0; i < HAL_EFUSE_CELLS; i++) {
		bool burnt = false;
		int err = hal->efuse_read(hal, bit * HAL_EFUSE_CELLS + i, &burnt);

		if (err)
			return err;
		votes += burnt ? 1u : 0u;
	}
	*set = votes > HAL_EFUSE_CELLS / 2u;
	return FW_OK;
}

static int fuse_bit_burn(struct hal *hal, uint32_t bit)
{
	for (uint32_t i = 0; i < HAL_EFUSE_CELLS; i++) {
		int err = HAL_CHANGE(hal, efuse_burn, bit * HAL_EFUSE_CELLS + i);

		if (err)
			return err;
	}
	return FW_OK;
}

int fuse_counter(struct hal *hal, uint32_t *value)
{
	for (uint32_t i = hal->board->counter_bits; i > 0; i--) {
		bool set = false;
		int err = fuse_bit(hal, HAL_EFUSE_COUNTER(hal->board) + i - 1u, &set);

		if (err)
			return err;
		if (set) {
			*value = i;
			return FW_OK;
		}
	}
	*value = 0;
	return FW_OK;
}

int fuse_revoked(struct hal *hal, uint32_t *revoked)
{
	*revoked = 0;
	for (uint32_t i = 0; i < hal->board->key_count; i++) {
		bool set = false;
		int err = fuse_bit(hal, HAL_EFUSE_REVOKE(hal->board) + i, &set);

		if (err)
			return err;
		if (set)
			*revoked |= 1u << i;
	}
	return FW_OK;
}

int fuse_counter_burn(struct hal *hal, uint32_t from, uint32_t value)
{
	if (value > hal->board->counter_bits)
		return FW_ERR_RANGE;
	for (uint32_t bit = from; bit < value; bit++) {
		int err = fuse_bit_burn(hal, HAL_EFUSE_COUNTER(hal->board) + bit);

		if (err)
			return err;
	}
	return FW_OK;
}

int fuse_revoke_burn(struct hal *hal, uint32_t key)
{
	if (key >= hal->board->key_count)
		return FW_ERR_RANGE;
	return fuse_bit_burn(hal, HAL_EFUSE_REVOKE(hal->board) + key);
}

int fuse_secure_boot_burn(struct hal *hal)
{
	return fuse_bit_burn(hal, HAL_EFUSE_SECURE_BOOT(hal->board));
}
