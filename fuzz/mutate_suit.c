/*
 * CBOR rewritten with one item changed. A byte string that holds CBOR is rewritten as such, so that
 * the change may lie as deep as a command inside a sequence, and every length around it follows.
 */
#include "fuzz/mutate_suit.h"

#include <string.h>

#include "fuzz/board.h"
#include "fuzz/mutate.h"
#include "sim/vendor/suit.h"

#define REWRITE_BYTES_MAX 2048u
#define REWRITE_DEPTH_MAX 12u
#define REWRITE_ITEMS_MAX 24u /* children of one array or map that may be moved about */

enum { BYTES = 2, TEXT = 3, ARRAY = 4, MAP = 5, TAG = 6, SIMPLE = 7 };

struct rewrite {
	struct chance *chance;
	uint32_t target, seen; /* the item to change, and items met so far */
};

struct span {
	const uint8_t *data;
	size_t at, end;
};

struct output {
	uint8_t data[REWRITE_BYTES_MAX];
	size_t bytes;
	bool failed;
};

static void output_put(struct output *out, const void *data, size_t bytes)
{
	if (bytes > sizeof(out->data) - out->bytes) {
		out->failed = true;
		return;
	}
	if (bytes > 0)
		memcpy(out->data + out->bytes, data, bytes);
	out->bytes += bytes;
}

static void output_head(struct output *out, uint32_t major, uint64_t value)
{
	uint8_t head[9];
	size_t bytes = value < 24 ? 0 : value < 0x100 ? 1 : value < 0x10000 ? 2 : 4;

	if (value > UINT32_MAX)
		bytes = 8;
	head[0] = (uint8_t)(major << 5 | (bytes == 0   ? (uint32_t)value
					  : bytes == 1 ? 24u
					  : bytes == 2 ? 25u
					  : bytes == 4 ? 26u
						       : 27u));
	for (size_t i = 0; i < bytes; i++)
		head[1 + i] = (uint8_t)(value >> 8 * (bytes - 1 - i));
	output_put(out, head, 1 + bytes);
}

static bool span_head(struct span *in, uint32_t *major, uint64_t *value)
{
	uint32_t info;
	size_t bytes;

	if (in->at >= in->end)
		return false;
	*major = in->data[in->at] >> 5;
	info = in->data[in->at++] & 31;
	if (info > 27)
		return false;
	*value = info;
	if (info < 24)
		return true;
	bytes = (size_t)1 << (info - 24);
	if (bytes > in->end - in->at)
		return false;
	*value = 0;
	while (bytes-- > 0)
		*value = *value << 8 | in->data[in->at++];
	return true;
}

/* Passes over one item; false: it is not whole. */
static bool span_skip(struct span *in, uint32_t depth)
{
	uint32_t major;
	uint64_t value;

	if (depth == 0 || !span_head(in, &major, &value))
		return false;
	if (major == BYTES || major == TEXT) {
		if (value > in->end - in->at)
			return false;
		in->at += (size_t)value;
		return true;
	}
	if (major == MAP && value <= REWRITE_BYTES_MAX)
		value *= 2;
	if (major == TAG)
		value = 1;
	if (major < ARRAY || major == SIMPLE)
		return true;
	for (; value > 0; value--) {
		if (!span_skip(in, depth - 1))
			return false;
	}
	return true;
}

/* Whether bytes are one CBOR item of some structure, and nothing else. */
static bool span_is_cbor(const uint8_t *data, size_t bytes)
{
	struct span in = {data, 0, bytes};

	return bytes > 1 && (data[0] >> 5 >= ARRAY || data[0] >> 5 == BYTES) &&
	       span_skip(&in, REWRITE_DEPTH_MAX) && in.at == bytes;
}

static uint64_t rewrite_number(struct chance *chance, uint64_t value)
{
	static const uint64_t odd[] = {0,   1,	 2,	15,	    23,	       24,
				       255, 256, 65535, UINT32_MAX, UINT64_MAX};

	if (chance_once_in(chance, 2))
		return chance_below(chance, 33);
	if (chance_once_in(chance, 2))
		return value + chance_below(chance, 5) - 2;
	return odd[chance_below(chance, sizeof(odd) / sizeof(odd[0]))];
}

static bool rewrite_item(struct rewrite *rewrite, struct span *in, struct output *out,
			 uint32_t depth);

static bool rewrite_string(struct rewrite *rewrite, struct span *in, uint32_t major, uint64_t bytes,
			   bool change, struct output *out, uint32_t depth)
{
	struct output inner = {.bytes = 0};

	if (bytes > in->end - in->at || bytes > sizeof(inner.data))
		return false;
	if (major == BYTES && !change && span_is_cbor(in->data + in->at, (size_t)bytes)) {
		struct span wrapped = {in->data, in->at, in->at + (size_t)bytes};

		if (!rewrite_item(rewrite, &wrapped, &inner, depth - 1))
			return false;
	} else {
		output_put(&inner, in->data + in->at, (size_t)bytes);
		if (change)
			inner.bytes = mutate_bytes(rewrite->chance, inner.data, inner.bytes,
						   sizeof(inner.data) / 2);
	}
	in->at += (size_t)bytes;
	output_head(out, major, inner.bytes);
	output_put(out, inner.data, inner.bytes);
	return !inner.failed;
}

/* Children are written in order, but for the one that is left out, doubled or moved forward. */
static bool rewrite_list(struct rewrite *rewrite, struct span *in, uint32_t major, uint64_t count,
			 bool change, struct output *out, uint32_t depth)
{
	uint32_t each = major == MAP ? 2 : 1, what = 3, victim = 0;
	struct output inner = {.bytes = 0};
	uint64_t written = count;

	if (count > REWRITE_ITEMS_MAX)
		return false;
	if (change && count > 0) {
		what = chance_below(rewrite->chance, 3);
		victim = chance_below(rewrite->chance, (uint32_t)count);
	}
	for (uint32_t i = 0; i < count; i++) {
		size_t before = inner.bytes, bytes;

		for (uint32_t k = 0; k < each; k++) {
			if (!rewrite_item(rewrite, in, &inner, depth - 1))
				return false;
		}
		bytes = inner.bytes - before;
		if (i != victim)
			continue;
		if (what == 0) {
			inner.bytes = before;
			written--;
		} else if (what == 1) {
			output_put(&inner, inner.data + before, bytes);
			written++;
		} else if (what == 2 && bytes <= sizeof(inner.data) - inner.bytes) {
			memmove(inner.data + bytes, inner.data, inner.bytes);
			memmove(inner.data, inner.data + before + bytes, bytes);
			inner.bytes = before + bytes;
		}
	}
	output_head(out, major, written);
	output_put(out, inner.data, inner.bytes);
	return !inner.failed;
}

static bool rewrite_item(struct rewrite *rewrite, struct span *in, struct output *out,
			 uint32_t depth)
{
	bool change = ++rewrite->seen == rewrite->target;
	uint32_t major;
	uint64_t value;

	if (depth == 0 || !span_head(in, &major, &value))
		return false;
	switch (major) {
	case BYTES:
	case TEXT:
		return rewrite_string(rewrite, in, major, value, change, out, depth);
	case ARRAY:
	case MAP:
		return rewrite_list(rewrite, in, major, value, change, out, depth);
	case TAG:
		output_head(out, major, value);
		return rewrite_item(rewrite, in, out, depth - 1);
	default:
		if (change && chance_once_in(rewrite->chance, 4))
			major = major == 0 ? 1 : 0;
		output_head(out, major, change ? rewrite_number(rewrite->chance, value) : value);
		return true;
	}
}

/* The manifest in an envelope as suit_envelope makes it: {2: authentication, 3: manifest}. */
static bool envelope_manifest(const uint8_t *data, size_t size_bytes, struct span *manifest)
{
	struct span in = {data, 0, size_bytes};
	uint32_t major;
	uint64_t value, count;

	if (!span_head(&in, &major, &value) || major != TAG || !span_head(&in, &major, &count) ||
	    major != MAP)
		return false;
	for (; count > 0; count--) {
		if (!span_head(&in, &major, &value))
			return false;
		if (value == 3 && span_head(&in, &major, &value) && major == BYTES &&
		    value <= in.end - in.at) {
			*manifest = (struct span){data, in.at, in.at + (size_t)value};
			return true;
		}
		if (!span_skip(&in, REWRITE_DEPTH_MAX))
			return false;
	}
	return false;
}

static uint32_t rewrite_count(const struct span *manifest, struct chance *chance)
{
	struct rewrite rewrite = {.chance = chance};
	struct output out = {.bytes = 0};
	struct span in = *manifest;

	return rewrite_item(&rewrite, &in, &out, REWRITE_DEPTH_MAX) ? rewrite.seen : 0;
}

size_t mutate_suit(uint8_t *data, size_t size_bytes, size_t max_bytes, unsigned int seed)
{
	struct suit_plan plan = {.forgery = SUIT_GENUINE};
	uint8_t envelope[REWRITE_BYTES_MAX], who;
	struct output out = {.bytes = 0};
	struct rewrite rewrite = {0};
	struct chance chance;
	struct span manifest;
	size_t bytes;

	chance_open(&chance, seed);
	if (size_bytes < 2 || chance_once_in(&chance, 5) ||
	    !envelope_manifest(data, size_bytes - 1, &manifest))
		return mutate_bytes(&chance, data, size_bytes, max_bytes);
	rewrite.chance = &chance;
	rewrite.target = rewrite_count(&manifest, &chance);
	if (rewrite.target == 0)
		return mutate_bytes(&chance, data, size_bytes, max_bytes);
	rewrite.target = 1 + chance_below(&chance, rewrite.target);
	if (!rewrite_item(&rewrite, &manifest, &out, REWRITE_DEPTH_MAX) || out.failed)
		return mutate_bytes(&chance, data, size_bytes, max_bytes);
	plan.key = board_open()->private_keys[chance_once_in(&chance, 8) ? 4 : 0];
	who = data[size_bytes - 1];
	if (suit_envelope(&plan, out.data, out.bytes, envelope, sizeof(envelope), &bytes) != 0 ||
	    bytes + 1 > max_bytes)
		return size_bytes;
	memcpy(data, envelope, bytes);
	data[bytes] = chance_once_in(&chance, 16) ? (uint8_t)chance_below(&chance, 256) : who;
	return bytes + 1;
}
