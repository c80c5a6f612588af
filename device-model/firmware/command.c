/*
 * Carries out SUIT commands on paper (draft-ietf-suit-manifest-37, section 8.4): conditions are
 * judged, parameters are set, fetch and invoke are put down. See command.h.
 */
#include "device-model/firmware/command.h"

#include "device-model/firmware/bytes.h"

#define ID_BYTES      16u
#define VERSION_BYTES 8u
#define POLICY_MAX    15u /* four reporting bits */

enum command {
	CONDITION_VENDOR = 1,
	CONDITION_CLASS = 2,
	CONDITION_IMAGE_MATCH = 3,
	CONDITION_SLOT = 5,
	DIRECTIVE_SET_COMPONENT = 12,
	DIRECTIVE_TRY_EACH = 15,
	DIRECTIVE_OVERRIDE = 20,
	DIRECTIVE_FETCH = 21,
	DIRECTIVE_INVOKE = 23,
};

enum parameter {
	PARAMETER_VENDOR = 1,
	PARAMETER_CLASS = 2,
	PARAMETER_DIGEST = 3,
	PARAMETER_SLOT = 5,
	PARAMETER_SIZE = 14,
	PARAMETER_URI = 21,
};

void command_start(struct command_state *state, const struct manifest_device *device)
{
	*state = (struct command_state){.device = device};
}

/* The first failure is the reason; those after it may only follow from it. */
static void command_fail(struct command_state *state, int reason)
{
	if (state->failed == FW_OK)
		state->failed = reason;
}

int command_digest(const uint8_t *data, uint32_t size_bytes, uint8_t digest[HAL_DIGEST_BYTES])
{
	struct cbor cbor;
	const uint8_t *value;
	uint32_t value_bytes;
	uint64_t count;
	int64_t algorithm;
	int status;

	cbor_open(&cbor, data, size_bytes);
	status = cbor_array(&cbor, &count);
	if (status != FW_OK)
		return status;
	if (count != 2)
		return FW_ERR_MANIFEST_CBOR;
	status = cbor_int(&cbor, &algorithm);
	if (status != FW_OK)
		return status;
	if (algorithm != SUIT_SHA256)
		return FW_ERR_MANIFEST_ALGORITHM;
	status = cbor_bytes(&cbor, &value, &value_bytes);
	if (status != FW_OK)
		return status;
	if (value_bytes != HAL_DIGEST_BYTES)
		return FW_ERR_MANIFEST_CBOR;
	bytes_copy(digest, value, HAL_DIGEST_BYTES);
	return cbor_end(&cbor);
}

/* A byte string of exactly this many bytes. */
static int command_read_fixed(struct cbor *cbor, uint32_t size_bytes, const uint8_t **data)
{
	uint32_t read_bytes;
	int status = cbor_bytes(cbor, data, &read_bytes);

	if (status == FW_OK && read_bytes != size_bytes)
		return FW_ERR_MANIFEST_CBOR;
	return status;
}

static int command_read_u32(struct cbor *cbor, int too_big, uint32_t *value)
{
	uint64_t read;
	int status = cbor_uint(cbor, &read);

	if (status != FW_OK)
		return status;
	if (read > UINT32_MAX)
		return too_big;
	*value = (uint32_t)read;
	return FW_OK;
}

static int command_read_digest(struct cbor *cbor, struct manifest_update *update)
{
	const uint8_t *data;
	uint32_t size_bytes;
	int status = cbor_bytes(cbor, &data, &size_bytes);

	if (status != FW_OK)
		return status;
	update->has_digest = true;
	return command_digest(data, size_bytes, update->digest);
}

/* Only what RFC 3986 lets stand in a URI: it goes into logs and to the transport as it is. */
static int command_read_uri(struct cbor *cbor, struct manifest_update *update)
{
	const uint8_t *data;
	uint32_t size_bytes;
	int status = cbor_text(cbor, &data, &size_bytes);

	if (status != FW_OK)
		return status;
	if (size_bytes == 0 || size_bytes > HAL_URI_MAX)
		return FW_ERR_MANIFEST_UNSUPPORTED;
	for (uint32_t i = 0; i < size_bytes; i++) {
		if (data[i] <= ' ' || data[i] > '~')
			return FW_ERR_MANIFEST_UNSUPPORTED;
	}
	update->has_uri = true;
	update->uri = (const char *)data;
	update->uri_bytes = size_bytes;
	return FW_OK;
}

/* As in the image's header: major, minor, revision, build, little-endian. */
static int command_read_version(struct cbor *cbor, struct manifest_update *update)
{
	const uint8_t *data;
	int status = command_read_fixed(cbor, VERSION_BYTES, &data);

	if (status != FW_OK)
		return status;
	update->has_version = true;
	update->version.major = data[0];
	update->version.minor = data[1];
	update->version.revision = bytes_le16(data + 2);
	update->version.build = bytes_le32(data + 4);
	return FW_OK;
}

static int command_read_parameter(struct command_state *state, struct cbor *cbor, int64_t parameter)
{
	struct manifest_update *update = &state->update;

	switch (parameter) {
	case PARAMETER_VENDOR:
		return command_read_fixed(cbor, ID_BYTES, &state->vendor_id);
	case PARAMETER_CLASS:
		return command_read_fixed(cbor, ID_BYTES, &state->class_id);
	case PARAMETER_DIGEST:
		return command_read_digest(cbor, update);
	case PARAMETER_SLOT:
		state->has_slot = true;
		return cbor_uint(cbor, &state->slot);
	case PARAMETER_SIZE:
		update->has_size = true;
		return command_read_u32(cbor, FW_ERR_MANIFEST_IMAGE_SIZE, &update->size_bytes);
	case PARAMETER_URI:
		return command_read_uri(cbor, update);
	case MANIFEST_PARAMETER_SECURITY:
		update->has_security = true;
		return command_read_u32(cbor, FW_ERR_MANIFEST_SECURITY_HIGH, &update->security);
	case MANIFEST_PARAMETER_VERSION:
		return command_read_version(cbor, update);
	default:
		return FW_ERR_MANIFEST_UNSUPPORTED;
	}
}

static int command_override(struct command_state *state, struct cbor *cbor)
{
	struct cbor_map map;
	int status = cbor_map(cbor, &map);

	while (status == FW_OK && map.left > 0) {
		status = cbor_map_key(cbor, &map);
		if (status == FW_OK)
			status = command_read_parameter(state, cbor, map.key);
	}
	return status;
}

/* There is one component, so its index and "all of them" are the same. */
static int command_set_component(struct cbor *cbor)
{
	uint64_t index;
	int status;

	if (cbor_peek(cbor) != CBOR_UINT)
		return cbor_simple(cbor, CBOR_TRUE) == FW_OK ? FW_OK : FW_ERR_MANIFEST_UNSUPPORTED;
	status = cbor_uint(cbor, &index);
	if (status != FW_OK)
		return status;
	return index == 0 ? FW_OK : FW_ERR_MANIFEST_COMPONENT;
}

static int command_read_policy(struct cbor *cbor)
{
	uint64_t policy;
	int status = cbor_uint(cbor, &policy);

	if (status == FW_OK && policy > POLICY_MAX)
		return FW_ERR_MANIFEST_CBOR;
	return status;
}

/* A parameter that was not set matches nothing. */
static bool command_same_id(const uint8_t *parameter, const uint8_t *id)
{
	return parameter != NULL && bytes_equal(parameter, id, ID_BYTES);
}

/* Every condition, and fetch and invoke: a command whose argument is a reporting policy. */
static int command_run_with_policy(struct command_state *state, int64_t command)
{
	const struct manifest_device *device = state->device;

	switch (command) {
	case CONDITION_VENDOR:
		state->vendor_held = command_same_id(state->vendor_id, device->vendor_id);
		if (!state->vendor_held)
			command_fail(state, FW_ERR_MANIFEST_VENDOR);
		return FW_OK;
	case CONDITION_CLASS:
		state->class_held = command_same_id(state->class_id, device->class_id);
		if (!state->class_held)
			command_fail(state, FW_ERR_MANIFEST_CLASS);
		return FW_OK;
	case CONDITION_IMAGE_MATCH:
		/* The image itself is matched where it lies; here there must be what to match. */
		if (!state->update.has_digest)
			command_fail(state, FW_ERR_MANIFEST_INCOMPLETE);
		return FW_OK;
	case CONDITION_SLOT:
		if (!state->has_slot || state->slot != device->slot)
			command_fail(state, FW_ERR_MANIFEST_SLOT);
		return FW_OK;
	case DIRECTIVE_FETCH:
		if (!state->update.has_uri)
			command_fail(state, FW_ERR_MANIFEST_INCOMPLETE);
		state->update.installs = true;
		return FW_OK;
	case DIRECTIVE_INVOKE:
		state->update.invokes = true;
		return FW_OK;
	default:
		return FW_ERR_MANIFEST_UNSUPPORTED;
	}
}

/* Any command but try-each. */
static int command_run_plain(struct command_state *state, struct cbor *cbor, int64_t command)
{
	int status;

	if (command == DIRECTIVE_SET_COMPONENT)
		return command_set_component(cbor);
	if (command == DIRECTIVE_OVERRIDE)
		return command_override(state, cbor);
	/* By its code first: what is not supported is so whatever its argument. */
	status = command_run_with_policy(state, command);
	return status == FW_OK ? command_read_policy(cbor) : status;
}

/* How many commands the sequence holds. */
static int command_open_sequence(struct cbor *cbor, const uint8_t *sequence,
				 uint32_t sequence_bytes, uint64_t *commands)
{
	uint64_t items;
	int status;

	cbor_open(cbor, sequence, sequence_bytes);
	status = cbor_array(cbor, &items);
	if (status != FW_OK)
		return status;
	if (items == 0 || items % 2 != 0)
		return FW_ERR_MANIFEST_CBOR;
	*commands = items / 2;
	return FW_OK;
}

/* A sequence inside try-each, in which another try-each is not supported. */
static int command_run_branch(struct command_state *state, const uint8_t *sequence,
			      uint32_t sequence_bytes)
{
	struct cbor cbor;
	uint64_t left;
	int status = command_open_sequence(&cbor, sequence, sequence_bytes, &left);

	for (; status == FW_OK && left > 0; left--) {
		int64_t command;

		status = cbor_int(&cbor, &command);
		if (status == FW_OK)
			status = command_run_plain(state, &cbor, command);
	}
	return status == FW_OK ? cbor_end(&cbor) : status;
}

/*
 * Each branch begins from what held before the first, so nothing of a failed branch is left. The
 * first that does not fail is taken; those after it are read all the same, for what is in
 * them.
 */
static int command_try_each(struct command_state *state, struct cbor *cbor)
{
	struct command_state taken = *state;
	bool found = false;
	int reason = FW_OK;
	uint64_t left;
	int status = cbor_array(cbor, &left);

	if (status != FW_OK)
		return status;
	if (left < 2)
		return FW_ERR_MANIFEST_CBOR;
	for (; left > 0; left--) {
		struct command_state branch = *state;
		const uint8_t *sequence;
		uint32_t sequence_bytes;

		/* "If all fail, go on": an update that may do nothing is not supported. */
		if (cbor_peek(cbor) == CBOR_SIMPLE)
			return FW_ERR_MANIFEST_UNSUPPORTED;
		status = cbor_bytes(cbor, &sequence, &sequence_bytes);
		if (status != FW_OK)
			return status;
		status = command_run_branch(&branch, sequence, sequence_bytes);
		if (status != FW_OK)
			return status;
		if (branch.failed != FW_OK) {
			reason = branch.failed;
		} else if (!found) {
			found = true;
			taken = branch;
		}
	}
	*state = taken;
	if (!found)
		command_fail(state, reason);
	return FW_OK;
}

int command_run(struct command_state *state, const uint8_t *sequence, uint32_t sequence_bytes)
{
	struct cbor cbor;
	uint64_t left;
	int status = command_open_sequence(&cbor, sequence, sequence_bytes, &left);

	for (; status == FW_OK && left > 0; left--) {
		int64_t command;

		status = cbor_int(&cbor, &command);
		if (status != FW_OK)
			break;
		if (command == DIRECTIVE_TRY_EACH)
			status = command_try_each(state, &cbor);
		else
			status = command_run_plain(state, &cbor, command);
	}
	return status == FW_OK ? cbor_end(&cbor) : status;
}
