/*
 * Pseudo-random CBOR for tests, the same on every machine: sound items, some of them in forms that
 * the firmware refuses, damaged ones, and noise.
 */
#ifndef TESTS_CBOR_INPUT_H
#define TESTS_CBOR_INPUT_H

#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "device-model/firmware/cbor.h"

#define INPUT_BYTES_MAX 512u
#define INPUT_SEED	0x62726f776e6f7574ull
#define INPUT_DEPTH_MAX 12u /* deeper than the reader goes */

/* splitmix64 (Steele, Lea, Flood 2014). */
static inline uint64_t chance(uint64_t *seed)
{
	uint64_t z = *seed += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

static inline uint32_t below(uint64_t *seed, uint32_t limit)
{
	return (uint32_t)(chance(seed) % limit);
}

struct input {
	uint8_t data[INPUT_BYTES_MAX];
	uint32_t size_bytes;
	uint64_t seed;
	bool odd; /* may use what the firmware refuses: long heads, indefinite lengths, floats */
};

static inline void input_put(struct input *input, uint64_t value, uint32_t bytes)
{
	for (uint32_t i = 0; i < bytes && input->size_bytes < INPUT_BYTES_MAX; i++)
		input->data[input->size_bytes++] = (uint8_t)(value >> (8 * (bytes - 1 - i)));
}

static inline void input_put_head(struct input *input, unsigned int major, uint64_t value)
{
	uint32_t width = value < 24 ? 0 : value < 0x100 ? 1 : value < 0x10000 ? 2 : 4;

	if (value > UINT32_MAX)
		width = 8;
	if (input->odd && width < 8 && below(&input->seed, 8) == 0)
		width = width == 0 ? 1 : 2 * width;
	input_put(input,
		  major << 5 | (width == 0   ? (unsigned int)value
				: width == 1 ? 24u
				: width == 2 ? 25u
				: width == 4 ? 26u
					     : 27u),
		  1);
	input_put(input, value, width);
}

static inline void input_grow(struct input *input, uint32_t depth);

static inline void input_grow_string(struct input *input, unsigned int major)
{
	uint32_t bytes = below(&input->seed, 30);

	if (input->odd && below(&input->seed, 6) == 0) {
		input_put(input, major << 5 | 31u, 1);
		input_put_head(input, major, 1);
		input_put(input, 'x', 1);
		input_put(input, 0xff, 1);
		return;
	}
	input_put_head(input, major, bytes);
	for (uint32_t i = 0; i < bytes; i++)
		input_put(input, 'a' + i % 26, 1);
	if (major == CBOR_TEXT && bytes >= 9 && below(&input->seed, 2) == 0) {
		/* Characters of two, three and four bytes over the last nine. */
		input->size_bytes -= input->size_bytes < INPUT_BYTES_MAX ? 9 : 0;
		input_put(input, 0xc3a4, 2);
		input_put(input, 0xe282ac, 3);
		input_put(input, 0xf09f9880, 4);
	}
}

static inline void input_grow_container(struct input *input, unsigned int major, uint32_t depth)
{
	uint32_t count = below(&input->seed, 4), items = major == CBOR_MAP ? 2 * count : count;
	bool indefinite = input->odd && below(&input->seed, 6) == 0;

	if (indefinite)
		input_put(input, major << 5 | 31u, 1);
	else
		input_put_head(input, major, count);
	for (uint32_t i = 0; i < items; i++)
		input_grow(input, depth + 1);
	if (indefinite)
		input_put(input, 0xff, 1);
}

/* One item, sound but for what odd allows. Deep ones are made of arrays of one. */
static inline void input_grow(struct input *input, uint32_t depth)
{
	unsigned int major = below(&input->seed, 8);
	uint64_t value = chance(&input->seed) >> below(&input->seed, 64);

	if (depth >= INPUT_DEPTH_MAX)
		major = CBOR_UINT;
	switch (major) {
	case CBOR_UINT:
	case CBOR_NINT:
		input_put_head(input, major, value);
		break;
	case CBOR_BYTES:
	case CBOR_TEXT:
		input_grow_string(input, major);
		break;
	case CBOR_ARRAY:
	case CBOR_MAP:
		input_grow_container(input, major, depth);
		break;
	case CBOR_TAG:
		input_put_head(input, major, value);
		input_grow(input, depth + 1);
		break;
	default:
		if (input->odd && below(&input->seed, 4) == 0)
			input_put(input, 0xfa3f800000ull, 5);
		else
			input_put(input, 0xe0u | (CBOR_FALSE + below(&input->seed, 4)), 1);
		break;
	}
}

static inline void input_damage(struct input *input)
{
	uint32_t at = below(&input->seed, input->size_bytes);

	switch (below(&input->seed, 4)) {
	case 0:
		input->data[at] ^= (uint8_t)(1u << below(&input->seed, 8));
		break;
	case 1:
		input->data[at] = (uint8_t)chance(&input->seed);
		break;
	case 2:
		input->size_bytes = at;
		break;
	default:
		memmove(input->data + at, input->data + at + 1, input->size_bytes - at - 1);
		input->size_bytes--;
		break;
	}
}

static inline void input_make(struct input *input, uint32_t number)
{
	*input = (struct input){.seed = INPUT_SEED + number, .odd = number % 4 >= 2};
	if (number % 16 == 15) {
		uint32_t bytes = 1 + below(&input->seed, 24);

		for (uint32_t i = 0; i < bytes; i++)
			input_put(input, chance(&input->seed), 1);
		return;
	}
	if (number % 16 == 7) {
		/* Text of four bytes at the borders of what UTF-8 allows. */
		static const uint8_t firsts[] = {0xc1, 0xc2, 0xe0, 0xec, 0xed, 0xf0, 0xf4, 0xf5};

		input_put(input, 0x64, 1);
		input_put(input, firsts[below(&input->seed, sizeof(firsts))], 1);
		input_put(input, 0x80 + below(&input->seed, 0x41), 1);
		input_put(input, below(&input->seed, 2) == 0 ? 'a' : 0x80, 1);
		input_put(input, below(&input->seed, 2) == 0 ? 'a' : 0xbf, 1);
		return;
	}
	/* One in sixteen is deep for certain. */
	for (uint32_t i = number % 16 == 4 ? below(&input->seed, 12) : 0; i > 0; i--)
		input_put(input, 0x81, 1);
	input_grow(input, 0);
	if (number % 2 == 1)
		input_damage(input);
}

#endif
