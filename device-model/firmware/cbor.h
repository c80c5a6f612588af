/*
 * A bounded reader of CBOR (RFC 8949): definite lengths and deterministic encoding (section 4.2.1)
 * only, no recursion, no floats. It points into the caller's bytes and never past them.
 */
#ifndef FIRMWARE_CBOR_H
#define FIRMWARE_CBOR_H

#include "device-model/hal.h"

#define CBOR_DEPTH_MAX 8u /* arrays, maps and tags, not empty, that may stand in one another */

/* Why bytes were refused. The firmware's reason is FW_ERR_MANIFEST_CBOR for each. */
enum cbor_refusal {
	CBOR_FINE,
	CBOR_SHORT,	 /* the bytes end before the item does */
	CBOR_RESERVED,	 /* additional information 28 to 30, or a simple value nobody assigned */
	CBOR_INDEFINITE, /* indefinite length, or a break */
	CBOR_LONG_HEAD,	 /* the head has a shorter form */
	CBOR_FLOAT,
	CBOR_UTF8, /* text that is not UTF-8 */
	CBOR_DEEP,
	CBOR_TYPE,     /* well-formed, but another type or value is asked for here */
	CBOR_KEYS,     /* keys of a map do not ascend, or one stands there twice */
	CBOR_TRAILING, /* bytes after the last item */
};

enum cbor_major {
	CBOR_UINT = 0,
	CBOR_NINT = 1,
	CBOR_BYTES = 2,
	CBOR_TEXT = 3,
	CBOR_ARRAY = 4,
	CBOR_MAP = 5,
	CBOR_TAG = 6,
	CBOR_SIMPLE = 7,
	CBOR_NOTHING = 8, /* no bytes left */
};

#define CBOR_FALSE 20u
#define CBOR_TRUE  21u
#define CBOR_NULL  22u

/* A place in some bytes. After a failure it is not to be read on; refusal says why. */
struct cbor {
	const uint8_t *data;
	uint32_t size_bytes;
	uint32_t at;
	enum cbor_refusal refusal;
};

/* A map that is read key by key. */
struct cbor_map {
	uint64_t left; /* pairs not yet read */
	bool started;
	int64_t key; /* that was read last */
};

void cbor_open(struct cbor *cbor, const uint8_t *data, uint32_t size_bytes);

/* Major type of the next item; reads nothing. */
enum cbor_major cbor_peek(const struct cbor *cbor);

/* Each reads one item, or one head, of that type: FW_OK, or FW_ERR_MANIFEST_CBOR. */
FW_CHECKED int cbor_uint(struct cbor *cbor, uint64_t *value);
FW_CHECKED int cbor_int(struct cbor *cbor, int64_t *value);
FW_CHECKED int cbor_bytes(struct cbor *cbor, const uint8_t **data, uint32_t *size_bytes);
FW_CHECKED int cbor_text(struct cbor *cbor, const uint8_t **data, uint32_t *size_bytes);
FW_CHECKED int cbor_array(struct cbor *cbor, uint64_t *count);
FW_CHECKED int cbor_tag(struct cbor *cbor, uint64_t tag);
FW_CHECKED int cbor_simple(struct cbor *cbor, uint64_t value);

/* A map's head, then one key at a time while left is not 0; the caller reads each value. */
FW_CHECKED int cbor_map(struct cbor *cbor, struct cbor_map *map);
FW_CHECKED int cbor_map_key(struct cbor *cbor, struct cbor_map *map);

/* Passes over one well-formed item of any type, tags and all that is inside included. */
FW_CHECKED int cbor_skip(struct cbor *cbor);

/* FW_OK if nothing is left. */
FW_CHECKED int cbor_end(struct cbor *cbor);

#endif
