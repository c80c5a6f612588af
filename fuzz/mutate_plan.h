/* Plans, mutated fault by fault: as text, and as the bytes of the case target. */
#ifndef FUZZ_MUTATE_PLAN_H
#define FUZZ_MUTATE_PLAN_H

#include <stddef.h>
#include <stdint.h>

size_t mutate_plan_text(uint8_t *data, size_t size_bytes, size_t max_bytes, unsigned int seed);
size_t mutate_plan_case(uint8_t *data, size_t size_bytes, size_t max_bytes, unsigned int seed);

#endif
