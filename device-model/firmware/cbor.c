/* Reads CBOR heads and items out of bounded bytes; see cbor.h for what is refused and why. */
#include "device-model/firmware/cbor.h"

static int cbor_refuse(struct cbor *cbor, enum cbor_refusal refusal)
{
	cbor->refusal = refusal;
	return FW_ERR_MANIFEST_CBOR;
}

void cbor_open(struct cbor *cbor, const uint8_t *data, uint32_t size_bytes)
{
	cbor->data = data;
	cbor->size_bytes = size_bytes;
	cbor->at = 0;
	cbor->refusal = CBOR_FINE;
}

enum cbor_major cbor_peek(const struct cbor *cbor)
{
	if (cbor->at >= cbor->size_bytes)
		return CBOR_NOTHING;
	return (enum cbor_major)(cbor->data[cbor->at] >> 5);
}

/* The argument that follows the initial byte: 1, 2, 4 or 8 bytes, and not one more than needed. */
static int cbor_argument(struct cbor *cbor, uint32_t bytes, uint64_t *value)
{
	uint64_t shortest = bytes == 1	 ? 24
			    : bytes == 2 ? 1ull << 8
			    : bytes == 4 ? 1ull << 16
					 : 1ull << 32;
	uint64_t read = 0;

	if (cbor->size_bytes - cbor->at < bytes)
		return cbor_refuse(cbor, CBOR_SHORT);
	for (uint32_t i = 0; i < bytes; i++)
		read = read << 8 | cbor->data[cbor->at + i];
	cbor->at += bytes;
	if (read < shortest)
		return cbor_refuse(cbor, CBOR_LONG_HEAD);
	*value = read;
	return FW_OK;
}

static int cbor_head(struct cbor *cbor, enum cbor_major *major, uint64_t *value)
{
	uint8_t info;

	*major = cbor_peek(cbor);
	if (*major == CBOR_NOTHING)
		return cbor_refuse(cbor, CBOR_SHORT);
	info = cbor->data[cbor->at++] & 31u;
	if (info == 31)
		return cbor_refuse(cbor, *major < CBOR_BYTES || *major == CBOR_TAG
						 ? CBOR_RESERVED
						 : CBOR_INDEFINITE);
	if (info >= 28)
		return cbor_refuse(cbor, CBOR_RESERVED);
	if (*major == CBOR_SIMPLE) {
		if (info >= 25)
			return cbor_refuse(cbor, CBOR_FLOAT);
		/* 20 to 23 are all that are assigned and as short as they can be. */
		if (info < CBOR_FALSE || info == 24)
			return cbor_refuse(cbor, CBOR_RESERVED);
	}
	if (info >= 24)
		return cbor_argument(cbor, 1u << (info - 24), value);
	*value = info;
	return FW_OK;
}

static int cbor_head_of(struct cbor *cbor, enum cbor_major wanted, uint64_t *value)
{
	enum cbor_major major;
	int status = cbor_head(cbor, &major, value);

	if (status == FW_OK && major != wanted)
		return cbor_refuse(cbor, CBOR_TYPE);
	return status;
}

int cbor_uint(struct cbor *cbor, uint64_t *value)
{
	return cbor_head_of(cbor, CBOR_UINT, value);
}

int cbor_int(struct cbor *cbor, int64_t *value)
{
	enum cbor_major major;
	uint64_t read;
	int status = cbor_head(cbor, &major, &read);

	if (status != FW_OK)
		return status;
	if (major > CBOR_NINT || read > INT64_MAX)
		return cbor_refuse(cbor, CBOR_TYPE);
	*value = major == CBOR_UINT ? (int64_t)read : -1 - (int64_t)read;
	return FW_OK;
}

/* As RFC 3629 has it: no surrogates, nothing above U+10FFFF, nothing longer than it need be. */
static bool cbor_is_utf8(const uint8_t *data, uint32_t size_bytes)
{
	for (uint32_t at = 0; at < size_bytes;) {
		uint8_t first = data[at++], low = 0x80, high = 0xbf;
		uint32_t more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;

		if (first < 0x80)
			continue;
		if (first < 0xc2 || first > 0xf4 || size_bytes - at < more)
			return false;
		/* Only the first of the bytes that follow is bounded more narrowly. */
		if (first == 0xe0)
			low = 0xa0;
		else if (first == 0xf0)
			low = 0x90;
		else if (first == 0xed)
			high = 0x9f;
		else if (first == 0xf4)
			high = 0x8f;
		for (; more > 0; more--) {
			if (data[at] < low || data[at] > high)
				return false;
			at++;
			low = 0x80;
			high = 0xbf;
		}
	}
	return true;
}

/* The bytes of a string whose head was read. */
static int cbor_string(struct cbor *cbor, enum cbor_major major, uint64_t length,
		       const uint8_t **data)
{
	if (length > cbor->size_bytes - cbor->at)
		return cbor_refuse(cbor, CBOR_SHORT);
	*data = cbor->data + cbor->at;
	cbor->at += (uint32_t)length;
	if (major == CBOR_TEXT && !cbor_is_utf8(*data, (uint32_t)length))
		return cbor_refuse(cbor, CBOR_UTF8);
	return FW_OK;
}

static int cbor_string_of(struct cbor *cbor, enum cbor_major major, const uint8_t **data,
			  uint32_t *size_bytes)
{
	uint64_t length;
	int status = cbor_head_of(cbor, major, &length);

	if (status == FW_OK)
		status = cbor_string(cbor, major, length, data);
	if (status == FW_OK)
		*size_bytes = (uint32_t)length;
	return status;
}

int cbor_bytes(struct cbor *cbor, const uint8_t **data, uint32_t *size_bytes)
{
	return cbor_string_of(cbor, CBOR_BYTES, data, size_bytes);
}

int cbor_text(struct cbor *cbor, const uint8_t **data, uint32_t *size_bytes)
{
	return cbor_string_of(cbor, CBOR_TEXT, data, size_bytes);
}

int cbor_array(struct cbor *cbor, uint64_t *count)
{
	return cbor_head_of(cbor, CBOR_ARRAY, count);
}

int cbor_tag(struct cbor *cbor, uint64_t tag)
{
	uint64_t read;
	int status = cbor_head_of(cbor, CBOR_TAG, &read);

	if (status == FW_OK && read != tag)
		return cbor_refuse(cbor, CBOR_TYPE);
	return status;
}

int cbor_simple(struct cbor *cbor, uint64_t value)
{
	uint64_t read;
	int status = cbor_head_of(cbor, CBOR_SIMPLE, &read);

	if (status == FW_OK && read != value)
		return cbor_refuse(cbor, CBOR_TYPE);
	return status;
}

int cbor_map(struct cbor *cbor, struct cbor_map *map)
{
	map->started = false;
	map->key = 0;
	return cbor_head_of(cbor, CBOR_MAP, &map->left);
}

/* Deterministic encoding sorts keys by their bytes: 0, 1, 2 ... before -1, -2 ... */
static uint64_t cbor_key_rank(int64_t key)
{
	return key >= 0 ? (uint64_t)key : 1ull << 63 | (uint64_t)(-1 - key);
}

int cbor_map_key(struct cbor *cbor, struct cbor_map *map)
{
	int64_t key;
	int status = cbor_int(cbor, &key);

	if (status != FW_OK)
		return status;
	if (map->left == 0)
		return cbor_refuse(cbor, CBOR_SHORT);
	if (map->started && cbor_key_rank(key) <= cbor_key_rank(map->key))
		return cbor_refuse(cbor, CBOR_KEYS);
	map->started = true;
	map->key = key;
	map->left--;
	return FW_OK;
}

/* Reads one item's head and what has no items in it; children: how many items follow inside. */
static int cbor_skip_one(struct cbor *cbor, uint64_t *children)
{
	enum cbor_major major;
	const uint8_t *string;
	uint64_t value;
	int status = cbor_head(cbor, &major, &value);

	*children = 0;
	if (status != FW_OK)
		return status;
	if (major == CBOR_BYTES || major == CBOR_TEXT)
		return cbor_string(cbor, major, value, &string);
	if (major == CBOR_TAG)
		*children = 1;
	if (major != CBOR_ARRAY && major != CBOR_MAP)
		return FW_OK;
	/* An item is a byte or more, so a count above the bytes left is refused before it counts.
	 */
	if (value > cbor->size_bytes - cbor->at)
		return cbor_refuse(cbor, CBOR_SHORT);
	*children = major == CBOR_MAP ? 2 * value : value;
	return FW_OK;
}

int cbor_skip(struct cbor *cbor)
{
	uint64_t left[CBOR_DEPTH_MAX + 1]; /* items still to come, a level each */
	uint32_t depth = 0;

	left[0] = 1;
	/* Every round reads at least one byte. */
	for (;;) {
		uint64_t children;
		int status;

		while (left[depth] == 0) {
			if (depth == 0)
				return FW_OK;
			depth--;
		}
		left[depth]--;
		status = cbor_skip_one(cbor, &children);
		if (status != FW_OK)
			return status;
		if (children == 0)
			continue;
		if (depth == CBOR_DEPTH_MAX)
			return cbor_refuse(cbor, CBOR_DEEP);
		left[++depth] = children;
	}
}

int cbor_end(struct cbor *cbor)
{
	return cbor->at == cbor->size_bytes ? FW_OK : cbor_refuse(cbor, CBOR_TRAILING);
}
