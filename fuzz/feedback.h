/*
 * States that a target has seen, told to the engine: code coverage alone knows nothing of them.
 * libFuzzer counts them as features; other engines do without.
 */
#ifndef FUZZ_FEEDBACK_H
#define FUZZ_FEEDBACK_H

#include <stdint.h>

/* A state, as three numbers that tell it from others. */
void feedback_see(uint32_t a, uint32_t b, uint32_t c);

#endif
