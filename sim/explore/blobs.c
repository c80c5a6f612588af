/* Contents of any size, each kept once. */
#include "sim/explore/blobs.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define XXH_INLINE_ALL
#include <xxhash.h>

#include "sim/explore/table.h"

struct blob {
	uint64_t high; /* half of the hash; the table has the other one */
	size_t size_bytes;
	void *data;
};

struct blobs {
	struct table table;
	struct blob *blob;
	size_t bytes;
};

struct blobs_wanted {
	const struct blobs *blobs;
	struct blob blob;
};

struct blobs *blobs_open(void)
{
	struct blobs *blobs = calloc(1, sizeof(*blobs));

	assert(blobs);
	return blobs;
}

void blobs_close(struct blobs *blobs)
{
	for (uint32_t i = 0; i < blobs->table.count; i++)
		free(blobs->blob[i].data);
	free(blobs->blob);
	table_close(&blobs->table);
	free(blobs);
}

static bool blobs_same(const void *context, uint32_t entry)
{
	const struct blobs_wanted *wanted = context;
	const struct blob *blob = &wanted->blobs->blob[entry];

	return blob->high == wanted->blob.high && blob->size_bytes == wanted->blob.size_bytes &&
	       !memcmp(blob->data, wanted->blob.data, blob->size_bytes);
}

uint32_t blobs_add(struct blobs *blobs, const void *data, size_t size_bytes)
{
	XXH128_hash_t hash = XXH3_128bits(data, size_bytes);
	struct blobs_wanted wanted = {blobs, {hash.high64, size_bytes, (void *)(uintptr_t)data}};
	uint32_t entry = table_find(&blobs->table, hash.low64, blobs_same, &wanted);

	if (entry != TABLE_NONE)
		return entry;
	entry = table_add(&blobs->table, hash.low64);
	blobs->blob = table_room(blobs->blob, entry, sizeof(*blobs->blob));
	blobs->blob[entry] = wanted.blob;
	blobs->blob[entry].data = malloc(size_bytes ? size_bytes : 1);
	assert(blobs->blob[entry].data);
	memcpy(blobs->blob[entry].data, data, size_bytes);
	blobs->bytes += size_bytes + sizeof(struct blob);
	return entry;
}

const void *blobs_data(const struct blobs *blobs, uint32_t blob)
{
	return blobs->blob[blob].data;
}

size_t blobs_size(const struct blobs *blobs, uint32_t blob)
{
	return blobs->blob[blob].size_bytes;
}

uint64_t blobs_hash(const struct blobs *blobs, uint32_t blob)
{
	return blobs->table.hash[blob];
}

uint32_t blobs_count(const struct blobs *blobs)
{
	return blobs->table.count;
}

size_t blobs_bytes(const struct blobs *blobs)
{
	return blobs->bytes + table_bytes(&blobs->table);
}
