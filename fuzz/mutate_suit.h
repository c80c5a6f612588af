/* SUIT envelopes, mutated item by item: lengths stay right, digest and signature are made anew. */
#ifndef FUZZ_MUTATE_SUIT_H
#define FUZZ_MUTATE_SUIT_H

#include <stddef.h>
#include <stdint.h>

/* data is an input of the manifest target: an envelope, then one byte. */
size_t mutate_suit(uint8_t *data, size_t size_bytes, size_t max_bytes, unsigned int seed);

#endif
