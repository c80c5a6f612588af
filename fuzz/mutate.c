/* Chance, and bytes changed blindly. */
#include "fuzz/mutate.h"

#include <string.h>

#include "fuzz/fuzz.h"

void chance_open(struct chance *chance, unsigned int seed)
{
	chance->state = seed * 0x9e3779b97f4a7c15ull + 0xd1b54a32d192ed03ull;
}

/* SplitMix64. */
static uint64_t chance_next(struct chance *chance)
{
	uint64_t mixed = chance->state += 0x9e3779b97f4a7c15ull;

	mixed = (mixed ^ mixed >> 30) * 0xbf58476d1ce4e5b9ull;
	mixed = (mixed ^ mixed >> 27) * 0x94d049bb133111ebull;
	return mixed ^ mixed >> 31;
}

uint32_t chance_below(struct chance *chance, uint32_t below)
{
	return (uint32_t)(chance_next(chance) % below);
}

bool chance_once_in(struct chance *chance, uint32_t times)
{
	return chance_below(chance, times) == 0;
}

static size_t mutate_insert(struct chance *chance, uint8_t *data, size_t size_bytes,
			    size_t max_bytes)
{
	size_t at = chance_below(chance, (uint32_t)size_bytes + 1);
	size_t bytes = 1 + chance_below(chance, 8);

	if (bytes > max_bytes - size_bytes)
		return size_bytes;
	memmove(data + at + bytes, data + at, size_bytes - at);
	for (size_t i = 0; i < bytes; i++)
		data[at + i] = (uint8_t)chance_below(chance, 256);
	return size_bytes + bytes;
}

static size_t mutate_remove(struct chance *chance, uint8_t *data, size_t size_bytes)
{
	size_t at = chance_below(chance, (uint32_t)size_bytes);
	size_t bytes = 1 + chance_below(chance, 8);

	if (bytes > size_bytes - at)
		bytes = size_bytes - at;
	memmove(data + at, data + at + bytes, size_bytes - at - bytes);
	return size_bytes - bytes;
}

/* Engines that have no mutator to lend. */
static size_t mutate_plainly(struct chance *chance, uint8_t *data, size_t size_bytes,
			     size_t max_bytes)
{
	static const uint8_t odd[] = {0x00, 0x01, 0x7f, 0x80, 0xff};

	if (size_bytes == 0 || chance_once_in(chance, 6))
		return mutate_insert(chance, data, size_bytes, max_bytes);
	if (size_bytes > 1 && chance_once_in(chance, 5))
		return mutate_remove(chance, data, size_bytes);
	for (uint32_t i = 1 + chance_below(chance, 4); i > 0; i--) {
		uint8_t *byte = &data[chance_below(chance, (uint32_t)size_bytes)];

		switch (chance_below(chance, 4)) {
		case 0:
			*byte = (uint8_t)(*byte ^ 1u << chance_below(chance, 8));
			break;
		case 1:
			*byte = odd[chance_below(chance, sizeof(odd))];
			break;
		case 2:
			*byte = (uint8_t)(*byte + chance_below(chance, 31) - 15);
			break;
		default:
			*byte = (uint8_t)chance_below(chance, 256);
			break;
		}
	}
	return size_bytes;
}

size_t mutate_bytes(struct chance *chance, uint8_t *data, size_t size_bytes, size_t max_bytes)
{
	if (size_bytes > max_bytes)
		size_bytes = max_bytes;
	if (LLVMFuzzerMutate)
		return LLVMFuzzerMutate(data, size_bytes, max_bytes);
	return mutate_plainly(chance, data, size_bytes, max_bytes);
}
