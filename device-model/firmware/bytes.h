/* Bytes: the little that firmware needs of string.h, and little-endian integers in memory. */
#ifndef FIRMWARE_BYTES_H
#define FIRMWARE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Nothing that is compared here is secret, so it may stop at the first difference. */
static inline bool bytes_equal(const void *a, const void *b, size_t size_bytes)
{
	const uint8_t *left = a, *right = b;

	for (size_t i = 0; i < size_bytes; i++) {
		if (left[i] != right[i])
			return false;
	}
	return true;
}

/* The two must not overlap. */
static inline void bytes_copy(void *to, const void *from, size_t size_bytes)
{
	uint8_t *target = to;
	const uint8_t *source = from;

	for (size_t i = 0; i < size_bytes; i++)
		target[i] = source[i];
}

static inline void bytes_fill(void *to, uint8_t value, size_t size_bytes)
{
	uint8_t *target = to;

	for (size_t i = 0; i < size_bytes; i++)
		target[i] = value;
}

static inline uint16_t bytes_le16(const uint8_t *from)
{
	return (uint16_t)(from[0] | (uint32_t)from[1] << 8);
}

static inline uint32_t bytes_le32(const uint8_t *from)
{
	return bytes_le16(from) | (uint32_t)bytes_le16(from + 2) << 16;
}

static inline uint64_t bytes_le64(const uint8_t *from)
{
	return bytes_le32(from) | (uint64_t)bytes_le32(from + 4) << 32;
}

static inline void bytes_put_le16(uint8_t *to, uint16_t value)
{
	to[0] = (uint8_t)value;
	to[1] = (uint8_t)(value >> 8);
}

static inline void bytes_put_le32(uint8_t *to, uint32_t value)
{
	bytes_put_le16(to, (uint16_t)value);
	bytes_put_le16(to + 2, (uint16_t)(value >> 16));
}

static inline void bytes_put_le64(uint8_t *to, uint64_t value)
{
	bytes_put_le32(to, (uint32_t)value);
	bytes_put_le32(to + 4, (uint32_t)(value >> 32));
}

#endif
