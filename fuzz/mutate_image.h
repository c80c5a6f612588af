/* Images, mutated entry by entry: lengths stay right, and hash and signature are made anew. */
#ifndef FUZZ_MUTATE_IMAGE_H
#define FUZZ_MUTATE_IMAGE_H

#include <stddef.h>
#include <stdint.h>

/* data is an input of the image target: BOARD_HEAD_BYTES, then the image. */
size_t mutate_image(uint8_t *data, size_t size_bytes, size_t max_bytes, unsigned int seed);

#endif
