/* Reads envelopes with libcbor: shares no line with what the firmware reads them with. */
#include "sim/vendor/suit_read.h"

#include <stdbool.h>
#include <string.h>
#include <cbor.h>

#include "sim/vendor/sign.h"

/* The item that fills a byte string from skip on, or NULL. The caller gives it back. */
static cbor_item_t *suit_load_inner(const cbor_item_t *bytes, size_t skip)
{
	struct cbor_load_result result;
	cbor_item_t *item;
	size_t left;

	if (bytes == NULL || !cbor_isa_bytestring(bytes) || !cbor_bytestring_is_definite(bytes) ||
	    cbor_bytestring_length(bytes) < skip)
		return NULL;
	left = cbor_bytestring_length(bytes) - skip;
	item = cbor_load(cbor_bytestring_handle(bytes) + skip, left, &result);
	if (item != NULL && result.read != left)
		cbor_decref(&item);
	return item;
}

static bool suit_is(const cbor_item_t *item, int64_t value)
{
	if (value < 0)
		return cbor_isa_negint(item) && cbor_get_int(item) == (uint64_t)(-1 - value);
	return cbor_isa_uint(item) && cbor_get_int(item) == (uint64_t)value;
}

/* The value of a key, or NULL; stays the map's. */
static cbor_item_t *suit_find(const cbor_item_t *map, int64_t key)
{
	if (map == NULL || !cbor_isa_map(map))
		return NULL;
	for (size_t i = 0; i < cbor_map_size(map); i++) {
		struct cbor_pair pair = cbor_map_handle(map)[i];

		if (suit_is(pair.key, key))
			return pair.value;
	}
	return NULL;
}

/* An array's element, or NULL; stays the array's. */
static cbor_item_t *suit_element(const cbor_item_t *array, size_t index)
{
	if (array == NULL || !cbor_isa_array(array) || cbor_array_size(array) <= index)
		return NULL;
	return cbor_array_handle(array)[index];
}

/* What stands inside tag 107; stays the tag's. */
static cbor_item_t *suit_untag(const cbor_item_t *item)
{
	if (item == NULL || !cbor_isa_tag(item) || cbor_tag_value(item) != 107)
		return NULL;
	/* cbor_tag_item counts a reference that it gives; the tag keeps the item alive. */
	return cbor_move(cbor_tag_item(item));
}

static void suit_release(cbor_item_t **item)
{
	if (*item != NULL)
		cbor_decref(item);
}

int suit_signature(const uint8_t *envelope, size_t envelope_bytes,
		   uint8_t signature[SIGN_RAW_BYTES])
{
	struct cbor_load_result result;
	cbor_item_t *outer = cbor_load(envelope, envelope_bytes, &result);
	cbor_item_t *wrapper = suit_load_inner(suit_find(suit_untag(outer), 2), 0);
	/* libcbor 0.8 refuses tags 6 to 20, and COSE_Sign1's is 18: its one byte is passed over. */
	cbor_item_t *block = suit_load_inner(suit_element(wrapper, 1), 1);
	cbor_item_t *value = suit_element(block, 3);
	int status = -1;

	if (value != NULL && cbor_isa_bytestring(value) && cbor_bytestring_is_definite(value) &&
	    cbor_bytestring_length(value) == SIGN_RAW_BYTES) {
		memcpy(signature, cbor_bytestring_handle(value), SIGN_RAW_BYTES);
		status = 0;
	}
	suit_release(&block);
	suit_release(&wrapper);
	suit_release(&outer);
	return status;
}

/* Takes an id out of a map of parameters; leaves it as it is if there is none. */
static void suit_take_id(const cbor_item_t *parameters, int64_t key, uint8_t *id)
{
	const cbor_item_t *value = suit_find(parameters, key);

	if (value != NULL && cbor_isa_bytestring(value) && cbor_bytestring_is_definite(value) &&
	    cbor_bytestring_length(value) == SUIT_ID_BYTES)
		memcpy(id, cbor_bytestring_handle(value), SUIT_ID_BYTES);
}

void suit_ids(const uint8_t *shared, size_t shared_bytes, uint8_t vendor_id[SUIT_ID_BYTES],
	      uint8_t class_id[SUIT_ID_BYTES])
{
	struct cbor_load_result result;
	cbor_item_t *commands = cbor_load(shared, shared_bytes, &result);

	memset(vendor_id, 0, SUIT_ID_BYTES);
	memset(class_id, 0, SUIT_ID_BYTES);
	if (commands == NULL)
		return;
	for (size_t i = 1; cbor_isa_array(commands) && i < cbor_array_size(commands); i += 2) {
		suit_take_id(suit_element(commands, i), 1, vendor_id);
		suit_take_id(suit_element(commands, i), 2, class_id);
	}
	cbor_decref(&commands);
}

static int suit_take_text(const cbor_item_t *item, char *text, size_t room)
{
	if (item == NULL || !cbor_isa_string(item) || !cbor_string_is_definite(item) ||
	    cbor_string_length(item) >= room)
		return -1;
	memcpy(text, cbor_string_handle(item), cbor_string_length(item));
	text[cbor_string_length(item)] = '\0';
	return 0;
}

int suit_offer(const uint8_t *envelope, size_t envelope_bytes, uint64_t *sequence,
	       char uri[HAL_URI_MAX])
{
	struct cbor_load_result result;
	cbor_item_t *outer = cbor_load(envelope, envelope_bytes, &result);
	cbor_item_t *manifest = suit_load_inner(suit_find(suit_untag(outer), 3), 0);
	cbor_item_t *install = suit_load_inner(suit_find(manifest, 20), 0);
	const cbor_item_t *number = suit_find(manifest, 2), *argument;
	int status = -1;

	for (size_t i = 1; (argument = suit_element(install, i)) != NULL && status != 0; i += 2)
		status = suit_take_text(suit_find(argument, 21), uri, HAL_URI_MAX);
	if (number == NULL || !cbor_isa_uint(number))
		status = -1;
	else
		*sequence = cbor_get_int(number);
	suit_release(&install);
	suit_release(&manifest);
	suit_release(&outer);
	return status;
}

void suit_notes_read(const uint8_t *envelope, size_t envelope_bytes, struct suit_notes *notes)
{
	struct cbor_load_result result;
	cbor_item_t *outer = cbor_load(envelope, envelope_bytes, &result);
	cbor_item_t *manifest = suit_load_inner(suit_find(suit_untag(outer), 3), 0);
	cbor_item_t *text = suit_load_inner(suit_find(manifest, 23), 0);
	const cbor_item_t *languages = text != NULL && cbor_isa_map(text) ? text : NULL;

	memset(notes, 0, sizeof(*notes));
	/* Whatever the language: the maker writes one. */
	if (languages != NULL && cbor_map_size(languages) > 0) {
		const cbor_item_t *texts = cbor_map_handle(languages)[0].value;

		if (suit_take_text(suit_find(texts, SUIT_TEXT_SBOM), notes->sbom,
				   sizeof(notes->sbom)) != 0)
			notes->sbom[0] = '\0';
		if (suit_take_text(suit_find(texts, SUIT_TEXT_EXPIRES), notes->expires,
				   sizeof(notes->expires)) != 0)
			notes->expires[0] = '\0';
	}
	suit_release(&text);
	suit_release(&manifest);
	suit_release(&outer);
}
