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

/* The first offset at which the wire changes something in this piece, or end if it does not. */
static uint32_t attacker_touches(const struct attacker_wire *wire, uint32_t offset, uint32_t end)
{
	uint64_t stop = (uint64_t)wire->from + wire->bytes;

	if (offset >= stop || end <= wire->from)
		return end;
	return offset > wire->from ? offset : wire->from;
}

/* The other release's bytes in their place, and where it ends the honest ones end as well. */
static int attacker_replace(const struct attacker *attacker, const struct attacker_wire *wire,
			    uint32_t offset, uint8_t *data, uint32_t size_bytes, int got)
{
	const struct attacker_release *other = &attacker->store->releases[wire->release];
	uint32_t end = offset + size_bytes, first = attacker_touches(wire, offset, end);
	uint64_t stop = (uint64_t)wire->from + wire->bytes;
	uint32_t last = stop < end ? (uint32_t)stop : end;
	int came;

	if (first > offset && (uint32_t)got < first - offset)
		return got;
	came = attacker_piece(wire->manifest ? other->manifest : other->image,
			      wire->manifest ? other->manifest_bytes : other->image_bytes, first,
			      data + (first - offset), last - first);
	if (came < 0)
		return came;
	/* Behind the bytes that were replaced it goes on as it was. */
	if (last < end && (uint32_t)got > last - offset)
		return got;
	return (int)(first - offset) + came;
}

/*
 * A piece as one wire lets it through. got: what came of size_bytes so far. Returns what comes now.
 */
static int attacker_bend(const struct attacker *attacker, const struct attacker_wire *wire,
			 uint32_t offset, uint8_t *data, uint32_t size_bytes, int got)
{
	uint32_t end = offset + (got > 0 ? (uint32_t)got : 0);
	uint32_t first = attacker_touches(wire, offset, end);
	uint64_t stop = (uint64_t)wire->from + wire->bytes;
	uint32_t last = stop < end ? (uint32_t)stop : end;

	switch (wire->does) {
	case ATTACKER_REPLACE:
		return attacker_replace(attacker, wire, offset, data, size_bytes, got);
	case ATTACKER_DAMAGE:
		for (uint32_t at = first; at < last; at++)
			data[at - offset] ^= 0xffu;
		return got;
	case ATTACKER_END:
		return first == end ? got : (int)(first - offset);
	case ATTACKER_ENDLESS:
		first = attacker_touches(wire, offset, offset + size_bytes);
		memset(data + (first - offset), 0, size_bytes - (first - offset));
		return (int)size_bytes;
	case ATTACKER_STALL:
		return FW_ERR_IO;
	case ATTACKER_SLOW:
		return got > 0 ? 1 : got;
	}
	return got;
}

/* What the wire makes of a piece, by all that is done to it. */
static int attacker_wires(struct attacker *attacker, bool manifest, uint32_t offset, void *data,
			  uint32_t size_bytes, int got)
{
	const struct attacker_store *store = attacker->store;

	for (uint32_t i = 0; i < store->wire_count && got >= 0; i++) {
		const struct attacker_wire *wire = &store->wire[i];
		bool reaches = wire->does == ATTACKER_STALL || wire->does == ATTACKER_ENDLESS ||
			       wire->does == ATTACKER_REPLACE;
		uint32_t end = offset + (reaches ? size_bytes : (uint32_t)got);

		if (wire->manifest != manifest || attacker_touches(wire, offset, end) == end ||
		    (wire->lives && attacker->life > wire->lives) ||
		    attacker->wire_pieces[i]++ < wire->after)
			continue;
		got = attacker_bend(attacker, wire, offset, data, size_bytes, got);
		attacker->wire_fired |= 1u << i;
		if (wire->does == ATTACKER_REPLACE)
			attacker_tell(attacker, wire->release, manifest, got);
		if (attacker->clock_ms)
			*attacker->clock_ms += wire->ms;
	}
	return got;
}

/* What is served in this life and in no other, or NULL. */
static const struct attacker_probe *attacker_probe(const struct attacker *attacker)
{
	const struct attacker_store *store = attacker->store;

	return attacker->life - 1 < store->probe_count ? &store->probes[attacker->life - 1] : NULL;
}

static int attacker_manifest(struct attacker *attacker, uint32_t offset, void *data,
			     uint32_t size_bytes)
{
	const struct attacker_store *store = attacker->store;
	const struct attacker_release *release;
	const struct attacker_probe *probe = attacker_probe(attacker);
	uint32_t index;
	int got;

	if (probe)
		return attacker_piece(probe->manifest, probe->manifest_bytes, offset, data,
				      size_bytes);
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
	return attacker_wires(attacker, true, offset, data, size_bytes, got);
}

int attacker_fetch(struct attacker *attacker, const char *uri, uint32_t uri_bytes, uint32_t offset,
		   void *data, uint32_t size_bytes)
{
	const struct attacker_store *store = attacker->store;
	const struct attacker_probe *probe = attacker_probe(attacker);
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
	if (probe && probe->image)
		return attacker_piece(probe->image, probe->image_bytes, offset, data, size_bytes);
	if (store->image_of != ATTACKER_NONE)
		index = store->image_of;
	got = attacker_piece(store->releases[index].image, store->releases[index].image_bytes,
			     offset, data, size_bytes);
	attacker->image_forged |= got > 0 && store->image_of != ATTACKER_NONE;
	attacker_tell(attacker, index, false, got);
	return attacker_wires(attacker, false, offset, data, size_bytes, got);
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
	       (store->image_of == ATTACKER_NONE || attacker->image_forged) &&
	       attacker->wire_fired == (1u << store->wire_count) - 1u &&
	       attacker->https_fired == (1u << store->https_count) - 1u;
}

void attacker_life(struct attacker *attacker)
{
	attacker->life++;
}

bool attacker_waits(const struct attacker *attacker)
{
	for (uint32_t i = 0; i < attacker->store->wire_count; i++)
		if (attacker->life < attacker->store->wire[i].lives)
			return true;
	for (uint32_t i = 0; i < attacker->store->https_count; i++)
		if (attacker->life < attacker->store->https[i].lives)
			return true;
	return attacker->life < attacker->store->probe_count;
}
