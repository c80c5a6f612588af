/* What structure-aware mutators share: chance from a seed, and bytes changed blindly. */
#ifndef FUZZ_MUTATE_H
#define FUZZ_MUTATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The seed is the engine's: the same seed and input give the same mutation. */
struct chance {
	uint64_t state;
};

void chance_open(struct chance *chance, unsigned int seed);
/* From 0 to below - 1; below is not 0. */
uint32_t chance_below(struct chance *chance, uint32_t below);
/* True once in so many times. */
bool chance_once_in(struct chance *chance, uint32_t times);

/* By libFuzzer's mutator where there is one, else by a plain one. Returns the new size. */
size_t mutate_bytes(struct chance *chance, uint8_t *data, size_t size_bytes, size_t max_bytes);

#endif
