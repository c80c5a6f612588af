/*
 * A target's own mutator for AFL++, which loads it from a shared object: AFL++'s entry points, with
 * LLVMFuzzerCustomMutator behind them.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "fuzz/fuzz.h"

#define MUTATE_AFL_BYTES (1u << 20) /* as AFL++ has it for any input */

void *afl_custom_init(void *afl, unsigned int seed);
size_t afl_custom_fuzz(void *state, uint8_t *data, size_t size_bytes, uint8_t **out,
		       const uint8_t *add, size_t add_bytes, size_t max_bytes);
void afl_custom_deinit(void *state);

struct mutate_afl {
	unsigned int seed; /* another for each mutation, from AFL++'s */
	uint8_t data[MUTATE_AFL_BYTES];
};

void *afl_custom_init(void *afl, unsigned int seed)
{
	struct mutate_afl *state = malloc(sizeof(*state));

	(void)afl;
	if (state != NULL)
		state->seed = seed;
	return state;
}

size_t afl_custom_fuzz(void *state, uint8_t *data, size_t size_bytes, uint8_t **out,
		       const uint8_t *add, size_t add_bytes, size_t max_bytes)
{
	struct mutate_afl *own = state;

	(void)add, (void)add_bytes;
	if (max_bytes > sizeof(own->data))
		max_bytes = sizeof(own->data);
	if (size_bytes > max_bytes)
		size_bytes = max_bytes;
	memcpy(own->data, data, size_bytes);
	*out = own->data;
	return LLVMFuzzerCustomMutator(own->data, size_bytes, max_bytes, own->seed++);
}

void afl_custom_deinit(void *state)
{
	free(state);
}
