/*
 * Contents of any size, each kept once: found by a 128-bit hash, then compared, so that equal
 * numbers are equal bytes and a hash never decides alone.
 */
#ifndef EXPLORE_BLOBS_H
#define EXPLORE_BLOBS_H

#include <stddef.h>
#include <stdint.h>

struct blobs;

struct blobs *blobs_open(void);
void blobs_close(struct blobs *blobs);
/* The number of this content: from 0 on, in the order in which contents were first seen. */
uint32_t blobs_add(struct blobs *blobs, const void *data, size_t size_bytes);
const void *blobs_data(const struct blobs *blobs, uint32_t blob);
size_t blobs_size(const struct blobs *blobs, uint32_t blob);
uint64_t blobs_hash(const struct blobs *blobs, uint32_t blob);
uint32_t blobs_count(const struct blobs *blobs);
size_t blobs_bytes(const struct blobs *blobs); /* that they take */

#endif
