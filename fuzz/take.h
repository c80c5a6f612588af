/* Bytes of an input, taken from its front; where there are none left, zeros. */
#ifndef FUZZ_TAKE_H
#define FUZZ_TAKE_H

#include <stddef.h>
#include <stdint.h>

struct take {
	const uint8_t *data;
	size_t left_bytes;
};

static inline uint32_t take_u8(struct take *take)
{
	if (take->left_bytes == 0)
		return 0;
	take->left_bytes--;
	return *take->data++;
}

static inline uint32_t take_u16(struct take *take)
{
	uint32_t low = take_u8(take);

	return low | take_u8(take) << 8;
}

static inline uint64_t take_u64(struct take *take)
{
	uint64_t value = 0;

	for (uint32_t i = 0; i < 64; i += 8)
		value |= (uint64_t)take_u8(take) << i;
	return value;
}

/* At most so many; points into the input. Returns how many there are. */
static inline size_t take_bytes(struct take *take, size_t most, const uint8_t **data)
{
	size_t bytes = most < take->left_bytes ? most : take->left_bytes;

	*data = take->data;
	take->data += bytes;
	take->left_bytes -= bytes;
	return bytes;
}

#endif
