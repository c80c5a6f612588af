/* What the network delivers. */
#include "faults/attacker.h"

#include <string.h>

void attacker_open(struct attacker *attacker, const struct attacker_store *store)
{
	memset(attacker, 0, sizeof(*attacker));
	attacker->store = store;
}

static int attacker_piece(const uint8_t *bytes, uint32_t bytes_total, uint32_t offset, void *data,
			  uint32_t size_bytes)
{
	if (!bytes)
		return FW_ERR_NO_DATA;
	if (offset >= bytes_total)
		return 0;
	if (size_bytes > bytes_total - offset)
		size_bytes = bytes_total - offset;
	memcpy(data, bytes + offset, size_bytes);
	return (int)size_bytes;
}

static bool attacker_is(const char *name, const char *uri, uint32_t uri_bytes)
{
	return name && strlen(name) == uri_bytes && !memcmp(name, uri, uri_bytes);
}

static void attacker_tell(struct attacker *attacker, uint32_t release, bool manifest, int got)
{
	if (got > 0 && attacker->delivered)
		attacker->delivered(attacker->context, release, manifest);
}

static int attacker_manifest(struct attacker *attacker, uint32_t offset, void *data,
			     uint32_t size_bytes)
{
	const struct attacker_store *store = attacker->store;
	const struct attacker_release *release;
	uint32_t index;
	int got;

	if (store->manifest_of != ATTACKER_NONE)
		index = store->manifest_of;
	else if (store->offer_count)
		index = store->offers[attacker->offer];
	else
		return FW_ERR_NO_DATA;
	release = &store->releases[index];
	got = attacker_piece(release->manifest, release->manifest_bytes, offset, data, size_bytes);
	attacker->manifest_forged |= got > 0 && store->manifest_of != ATTACKER_NONE;
	attacker_tell(attacker, index, true, got);
	return got;
}

int attacker_fetch(struct attacker *attacker, const char *uri, uint32_t uri_bytes, uint32_t offset,
		   void *data, uint32_t size_bytes)
{
	const struct attacker_store *store = attacker->store;
	uint32_t index;
	int got;

	if (attacker_is(store->manifest_uri, uri, uri_bytes))
		return attacker_manifest(attacker, offset, data, size_bytes);
	if (attacker_is(store->factory_uri, uri, uri_bytes))
		return attacker_piece(store->releases[0].image, store->releases[0].image_bytes,
				      offset, data, size_bytes);
	for (index = 0; index < store->release_count; index++)
		if (attacker_is(store->releases[index].uri, uri, uri_bytes))
			break;
	if (index == store->release_count)
		return FW_ERR_NO_DATA;
	if (store->image_of != ATTACKER_NONE)
		index = store->image_of;
	got = attacker_piece(store->releases[index].image, store->releases[index].image_bytes,
			     offset, data, size_bytes);
	attacker->image_forged |= got > 0 && store->image_of != ATTACKER_NONE;
	attacker_tell(attacker, index, false, got);
	return got;
}

void attacker_report(struct attacker *attacker, const struct hal_report *report)
{
	const struct attacker_store *store = attacker->store;

	while (attacker->offer + 1 < store->offer_count) {
		uint64_t sequence = store->releases[store->offers[attacker->offer]].sequence;

		if (report->sequence_confirmed < sequence && report->sequence_given_up != sequence)
			return;
		attacker->offer++;
	}
}

bool attacker_fired(const struct attacker *attacker)
{
	const struct attacker_store *store = attacker->store;

	return (store->manifest_of == ATTACKER_NONE || attacker->manifest_forged) &&
	       (store->image_of == ATTACKER_NONE || attacker->image_forged);
}
