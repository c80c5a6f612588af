/* Contents of any size, each kept once. */
#include "sim/explore/blobs.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

struct blob {
	XXH128_hash_t hash;
	size_t size_bytes;
	void *data;
};

struct blobs {
	struct blob *blob;
	uint32_t *slot; /* blob + 1, 0: free */
	uint32_t count, capacity;
	size_t bytes;
};

struct blobs *blobs_open(void)
{
	struct blobs *blobs = calloc(1, sizeof(*blobs));

	assert(blobs);
	return blobs;
}

void blobs_close(struct blobs *blobs)
{
	for (uint32_t i = 0; i < blobs->count; i++)
		free(blobs->blob[i].data);
	free(blobs->blob);
	free(blobs->slot);
	free(blobs);
}

static void blobs_grow(struct blobs *blobs)
{
	if (blobs->count * 2 < blobs->capacity)
		return;
	blobs->capacity = blobs->capacity ? blobs->capacity * 2 : 1024;
	free(blobs->slot);
	blobs->slot = calloc(blobs->capacity, sizeof(uint32_t));
	blobs->blob = realloc(blobs->blob, blobs->capacity / 2 * sizeof(struct blob));
	assert(blobs->slot && blobs->blob);
	for (uint32_t i = 0; i < blobs->count; i++) {
		uint32_t at = (uint32_t)blobs->blob[i].hash.low64 & (blobs->capacity - 1);

		while (blobs->slot[at])
			at = (at + 1) & (blobs->capacity - 1);
		blobs->slot[at] = i + 1;
	}
}

uint32_t blobs_add(struct blobs *blobs, const void *data, size_t size_bytes)
{
	XXH128_hash_t hash = XXH3_128bits(data, size_bytes);
	struct blob *blob;
	uint32_t at;

	blobs_grow(blobs);
	at = (uint32_t)hash.low64 & (blobs->capacity - 1);
	while (blobs->slot[at]) {
		blob = &blobs->blob[blobs->slot[at] - 1];
		if (XXH128_isEqual(blob->hash, hash) && blob->size_bytes == size_bytes &&
		    !memcmp(blob->data, data, size_bytes))
			return blobs->slot[at] - 1;
		at = (at + 1) & (blobs->capacity - 1);
	}
	blob = &blobs->blob[blobs->count];
	*blob = (struct blob){hash, size_bytes, malloc(size_bytes)};
	assert(blob->data);
	memcpy(blob->data, data, size_bytes);
	blobs->bytes += size_bytes + sizeof(*blob) + 2 * sizeof(uint32_t);
	blobs->slot[at] = ++blobs->count;
	return blobs->count - 1;
}

const void *blobs_data(const struct blobs *blobs, uint32_t blob)
{
	return blobs->blob[blob].data;
}

size_t blobs_bytes(const struct blobs *blobs)
{
	return blobs->bytes;
}
