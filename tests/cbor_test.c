/*
 * The firmware's CBOR reader against libcbor: a fixed stream of pseudo-random inputs, sound ones,
 * damaged ones and noise. What the firmware takes as well-formed libcbor takes too, to the same
 * byte and with the same content; what only libcbor takes is refused for a reason that libcbor's
 * own reading of it bears out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cbor.h>
#include <cmocka.h>

#include "device-model/firmware/cbor.h"
#include "tests/cbor_input.h"

#define INPUTS	  200000u
#define COUNT_MAX 65536u

static void count_seen(void *context, size_t count)
{
	bool *beyond = context;

	if (count > COUNT_MAX)
		*beyond = true;
}

/*
 * libcbor takes and clears an array's whole room at its head, terabytes if the head says so. Such
 * a count is far above the bytes there are, so that libcbor would refuse it if it got that far.
 */
static bool counts_beyond(const uint8_t *data, uint32_t size_bytes)
{
	struct cbor_callbacks callbacks = cbor_empty_callbacks;
	bool beyond = false;

	callbacks.array_start = count_seen;
	callbacks.map_start = count_seen;
	for (uint32_t at = 0; at < size_bytes && !beyond;) {
		struct cbor_decoder_result step =
			cbor_stream_decode(data + at, size_bytes - at, &callbacks, &beyond);

		if (step.status != CBOR_DECODER_FINISHED)
			break;
		at += (uint32_t)step.read;
	}
	return beyond;
}

/* What libcbor's reading of an item shows. */
struct traits {
	size_t shortest_bytes; /* were every head as short as can be */
	uint32_t depth;
	bool indefinite, has_float;
};

static size_t head_bytes(uint64_t value)
{
	return value < 24	     ? 1
	       : value < 0x100	     ? 2
	       : value < 0x10000     ? 3
	       : value <= UINT32_MAX ? 5
				     : 9;
}

static void traits_add(struct traits *traits, const cbor_item_t *item, uint32_t depth);

static void traits_add_string(struct traits *traits, bool definite, size_t length, size_t chunks,
			      cbor_item_t **chunk)
{
	if (definite) {
		traits->shortest_bytes += head_bytes(length) + length;
		return;
	}
	traits->indefinite = true;
	traits->shortest_bytes += 2;
	for (size_t i = 0; i < chunks; i++)
		traits_add(traits, chunk[i], 0);
}

static void traits_add_container(struct traits *traits, bool definite, size_t count, uint32_t depth)
{
	traits->shortest_bytes += definite ? head_bytes(count) : 2;
	traits->indefinite |= !definite;
	if (count > 0 && depth + 1 > traits->depth)
		traits->depth = depth + 1;
}

static void traits_add(struct traits *traits, const cbor_item_t *item, uint32_t depth)
{
	bool definite;

	switch (cbor_typeof(item)) {
	case CBOR_TYPE_UINT:
	case CBOR_TYPE_NEGINT:
		traits->shortest_bytes += head_bytes(cbor_get_int(item));
		break;
	case CBOR_TYPE_BYTESTRING:
		definite = cbor_bytestring_is_definite(item);
		traits_add_string(traits, definite, cbor_bytestring_length(item),
				  definite ? 0 : cbor_bytestring_chunk_count(item),
				  definite ? NULL : cbor_bytestring_chunks_handle(item));
		break;
	case CBOR_TYPE_STRING:
		definite = cbor_string_is_definite(item);
		traits_add_string(traits, definite, cbor_string_length(item),
				  definite ? 0 : cbor_string_chunk_count(item),
				  definite ? NULL : cbor_string_chunks_handle(item));
		break;
	case CBOR_TYPE_ARRAY:
		traits_add_container(traits, cbor_array_is_definite(item), cbor_array_size(item),
				     depth);
		for (size_t i = 0; i < cbor_array_size(item); i++)
			traits_add(traits, cbor_array_handle(item)[i], depth + 1);
		break;
	case CBOR_TYPE_MAP:
		traits_add_container(traits, cbor_map_is_definite(item), cbor_map_size(item),
				     depth);
		for (size_t i = 0; i < cbor_map_size(item); i++) {
			traits_add(traits, cbor_map_handle(item)[i].key, depth + 1);
			traits_add(traits, cbor_map_handle(item)[i].value, depth + 1);
		}
		break;
	case CBOR_TYPE_TAG:
		traits_add_container(traits, true, 1, depth);
		traits->shortest_bytes += head_bytes(cbor_tag_value(item)) - head_bytes(1);
		traits_add(traits, cbor_move(cbor_tag_item(item)), depth + 1);
		break;
	case CBOR_TYPE_FLOAT_CTRL:
		if (cbor_float_ctrl_is_ctrl(item)) {
			traits->shortest_bytes += 1;
		} else {
			traits->has_float = true;
			traits->shortest_bytes += 1u + (1u << cbor_float_get_width(item));
		}
		break;
	}
}

/* Reads with the firmware's typed calls what libcbor says stands there. */
static void same_item(struct cbor *cbor, const cbor_item_t *item);

static void same_scalar(struct cbor *cbor, const cbor_item_t *item)
{
	uint64_t value = cbor_isa_uint(item) || cbor_isa_negint(item) ? cbor_get_int(item) : 0;
	uint64_t read;
	int64_t number;

	if (cbor_isa_uint(item)) {
		struct cbor again = *cbor;

		assert_int_equal(cbor_uint(cbor, &read), FW_OK);
		assert_true(read == value);
		assert_int_equal(cbor_int(&again, &number),
				 value <= INT64_MAX ? FW_OK : FW_ERR_MANIFEST_CBOR);
		assert_true(value > INT64_MAX || number == (int64_t)value);
	} else if (cbor_isa_negint(item) && value <= INT64_MAX) {
		assert_int_equal(cbor_int(cbor, &number), FW_OK);
		assert_true(number == -1 - (int64_t)value);
	} else if (cbor_isa_negint(item)) {
		struct cbor again = *cbor;

		assert_int_equal(cbor_int(&again, &number), FW_ERR_MANIFEST_CBOR);
		assert_int_equal(cbor_skip(cbor), FW_OK);
	} else {
		assert_int_equal(cbor_simple(cbor, cbor_ctrl_value(item)), FW_OK);
	}
}

static void same_string(struct cbor *cbor, const cbor_item_t *item)
{
	bool text = cbor_isa_string(item);
	size_t length = text ? cbor_string_length(item) : cbor_bytestring_length(item);
	const uint8_t *wanted = text ? cbor_string_handle(item) : cbor_bytestring_handle(item);
	const uint8_t *data;
	uint32_t size_bytes;

	if (text)
		assert_int_equal(cbor_text(cbor, &data, &size_bytes), FW_OK);
	else
		assert_int_equal(cbor_bytes(cbor, &data, &size_bytes), FW_OK);
	assert_int_equal(size_bytes, length);
	if (length > 0)
		assert_memory_equal(data, wanted, length);
}

static void same_item(struct cbor *cbor, const cbor_item_t *item)
{
	struct cbor_map map;
	uint64_t count;

	assert_int_equal(cbor_peek(cbor), cbor_typeof(item));
	switch (cbor_typeof(item)) {
	case CBOR_TYPE_BYTESTRING:
	case CBOR_TYPE_STRING:
		same_string(cbor, item);
		break;
	case CBOR_TYPE_ARRAY:
		assert_int_equal(cbor_array(cbor, &count), FW_OK);
		assert_int_equal(count, cbor_array_size(item));
		for (size_t i = 0; i < count; i++)
			same_item(cbor, cbor_array_handle(item)[i]);
		break;
	case CBOR_TYPE_MAP:
		assert_int_equal(cbor_map(cbor, &map), FW_OK);
		assert_int_equal(map.left, cbor_map_size(item));
		for (size_t i = 0; i < cbor_map_size(item); i++) {
			same_item(cbor, cbor_map_handle(item)[i].key);
			same_item(cbor, cbor_map_handle(item)[i].value);
		}
		break;
	case CBOR_TYPE_TAG:
		assert_int_equal(cbor_tag(cbor, cbor_tag_value(item)), FW_OK);
		same_item(cbor, cbor_move(cbor_tag_item(item)));
		break;
	default:
		same_scalar(cbor, item);
		break;
	}
}

/* True if libcbor's reading shows that the reason is real. */
static bool refusal_is_borne_out(enum cbor_refusal refusal, const cbor_item_t *item, size_t read)
{
	struct traits traits = {.depth = 0};

	traits_add(&traits, item, 0);
	switch (refusal) {
	case CBOR_INDEFINITE:
		return traits.indefinite;
	case CBOR_LONG_HEAD:
		return traits.shortest_bytes < read;
	case CBOR_FLOAT:
		return traits.has_float;
	case CBOR_DEEP:
		return traits.depth > CBOR_DEPTH_MAX;
	default:
		return false;
	}
}

static void input_print(const uint8_t *data, uint32_t size_bytes)
{
	for (uint32_t i = 0; i < size_bytes; i++)
		print_error("%02x", data[i]);
	print_error("\n");
}

/* Both readers on the same bytes; told is how often each reason came. */
static void compare(const uint8_t *data, uint32_t size_bytes, uint32_t *told)
{
	struct cbor_load_result result = {.read = 0};
	cbor_item_t *item = NULL;
	struct cbor cbor;
	int status;

	cbor_open(&cbor, data, size_bytes);
	status = cbor_skip(&cbor);
	told[cbor.refusal]++;
	/* What stands after an item that the firmware took is none of libcbor's business. */
	if (!counts_beyond(data, status == FW_OK ? cbor.at : size_bytes))
		item = cbor_load(data, size_bytes, &result);
	if (status == FW_OK && item != NULL) {
		struct traits traits = {.depth = 0};
		struct cbor again;

		traits_add(&traits, item, 0);
		cbor_open(&again, data, size_bytes);
		same_item(&again, item);
		if (result.read != cbor.at || again.at != cbor.at ||
		    traits.shortest_bytes != cbor.at || traits.depth > CBOR_DEPTH_MAX) {
			input_print(data, size_bytes);
			fail_msg("both accept, but not the same %u bytes", cbor.at);
		}
	} else if (status == FW_OK) {
		/* libcbor 0.8 knows no tag from 6 to 20, which are well-formed all the same. */
		uint8_t at = result.error.position < size_bytes ? data[result.error.position] : 0;

		if (result.error.code != CBOR_ERR_MALFORMATED || at < 0xc6 || at > 0xd4) {
			input_print(data, size_bytes);
			fail_msg("accepted by the firmware alone");
		}
	} else if (item != NULL && !refusal_is_borne_out(cbor.refusal, item, result.read)) {
		input_print(data, size_bytes);
		fail_msg("accepted by libcbor alone, refused for %d", (int)cbor.refusal);
	}
	if (item != NULL)
		cbor_decref(&item);
}

static void cbor_reader_and_libcbor_agree(void **state)
{
	uint32_t told[CBOR_TRAILING + 1] = {0};
	static struct input input;

	(void)state;
	for (uint32_t number = 0; number < INPUTS; number++) {
		uint8_t *exact;

		input_make(&input, number);
		/* Of exactly its size, so that the sanitizer sees a byte read too far. */
		exact = malloc(input.size_bytes > 0 ? input.size_bytes : 1);
		assert_non_null(exact);
		memcpy(exact, input.data, input.size_bytes);
		compare(exact, input.size_bytes, told);
		free(exact);
	}
	/* The inputs are of every kind, or the comparison says little. */
	for (enum cbor_refusal refusal = CBOR_FINE; refusal <= CBOR_DEEP; refusal++) {
		if (told[refusal] < INPUTS / 500)
			fail_msg("reason %d came %u times only", (int)refusal, told[refusal]);
	}
	assert_true(told[CBOR_FINE] > INPUTS / 4);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(cbor_reader_and_libcbor_agree),
	};

	return cmocka_run_group_tests_name("cbor", tests, NULL, NULL);
}
