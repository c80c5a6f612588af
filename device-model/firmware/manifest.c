/*
 * The SUIT envelope (draft-ietf-suit-manifest-37, section 8): taken apart, authenticated, and only
 * then read. Nothing of the manifest is looked at before its digest and signature have held.
 */
#include "device-model/firmware/manifest.h"

#include "device-model/firmware/bytes.h"
#include "device-model/firmware/cbor.h"
#include "device-model/firmware/command.h"

#define TAG_ENVELOPE	107
#define TAG_COSE_SIGN1	18
#define VERSION		1u
#define SIGNATURE_BYTES 64u /* ES256: r || s */
/* A SUIT_Digest of SHA-256, which has one encoding: [-16, h'32 bytes']. */
#define SUIT_DIGEST_BYTES (4u + HAL_DIGEST_BYTES)

enum envelope_key {
	ENVELOPE_AUTHENTICATION = 2,
	ENVELOPE_MANIFEST = 3,
};

enum manifest_key {
	MANIFEST_KEY_VERSION = 1,
	MANIFEST_KEY_SEQUENCE = 2,
	MANIFEST_KEY_COMMON = 3,
	MANIFEST_KEY_REFERENCE_URI = 4,
	MANIFEST_KEY_VALIDATE = 7,
	MANIFEST_KEY_LOAD = 8,
	MANIFEST_KEY_INVOKE = 9,
	MANIFEST_KEY_FETCH = 16,
	MANIFEST_KEY_INSTALL = 20,
	MANIFEST_KEY_TEXT = 23,
};

enum common_key {
	COMMON_COMPONENTS = 2,
	COMMON_SHARED = 4,
};

/* Some of the caller's bytes. */
struct manifest_bytes {
	const uint8_t *data;
	uint32_t size_bytes;
};

/* The envelope's parts. */
struct manifest_envelope {
	struct manifest_bytes authentication;
	struct manifest_bytes
		encoded; /* the manifest with its byte string's head: what the digest covers */
	struct manifest_bytes manifest; /* without */
	struct manifest_bytes digest;	/* a SUIT_Digest: what the signature covers */
	struct manifest_bytes signature;
};

static int manifest_read_bytes(struct cbor *cbor, struct manifest_bytes *bytes)
{
	return cbor_bytes(cbor, &bytes->data, &bytes->size_bytes);
}

/* Severed members and integrated payloads are not supported; there is no other key (8.2). */
static int manifest_split_envelope(const uint8_t *data, uint32_t size_bytes,
				   struct manifest_envelope *envelope)
{
	struct cbor cbor;
	struct cbor_map map;
	int status;

	cbor_open(&cbor, data, size_bytes);
	status = cbor_tag(&cbor, TAG_ENVELOPE);
	if (status == FW_OK)
		status = cbor_map(&cbor, &map);
	while (status == FW_OK && map.left > 0) {
		uint32_t start;

		if (cbor_peek(&cbor) == CBOR_TEXT)
			return FW_ERR_MANIFEST_UNSUPPORTED;
		status = cbor_map_key(&cbor, &map);
		if (status != FW_OK)
			return status;
		if (map.key == ENVELOPE_AUTHENTICATION) {
			status = manifest_read_bytes(&cbor, &envelope->authentication);
		} else if (map.key == ENVELOPE_MANIFEST) {
			start = cbor.at;
			status = manifest_read_bytes(&cbor, &envelope->manifest);
			envelope->encoded.data = data + start;
			envelope->encoded.size_bytes = cbor.at - start;
		} else {
			return FW_ERR_MANIFEST_UNSUPPORTED;
		}
	}
	if (status == FW_OK)
		status = cbor_end(&cbor);
	if (status == FW_OK &&
	    (envelope->authentication.data == NULL || envelope->manifest.data == NULL))
		return FW_ERR_MANIFEST_CBOR;
	return status;
}

/* Unprotected headers: none, or a key id, which is a hint that nothing here depends on. */
static int manifest_skip_unprotected(struct cbor *cbor)
{
	struct cbor_map map;
	struct manifest_bytes key_id;
	int status = cbor_map(cbor, &map);

	if (status != FW_OK || map.left == 0)
		return status;
	status = cbor_map_key(cbor, &map);
	if (status != FW_OK)
		return status;
	if (map.key != 4 || map.left != 0)
		return FW_ERR_MANIFEST_UNSUPPORTED;
	return manifest_read_bytes(cbor, &key_id);
}

/* COSE_Sign1, RFC 9052 section 4.2, detached payload. */
static int manifest_split_cose(const struct manifest_bytes *block, struct manifest_bytes *signature)
{
	static const uint8_t es256[] = {0xa1, 0x01, 0x26}; /* {1: -7} */
	struct cbor cbor;
	struct manifest_bytes protected;
	uint64_t count;
	int status;

	cbor_open(&cbor, block->data, block->size_bytes);
	status = cbor_tag(&cbor, TAG_COSE_SIGN1);
	if (status == FW_OK)
		status = cbor_array(&cbor, &count);
	if (status != FW_OK)
		return status;
	if (count != 4)
		return FW_ERR_MANIFEST_CBOR;
	status = manifest_read_bytes(&cbor, &protected);
	if (status != FW_OK)
		return status;
	if (protected.size_bytes != sizeof(es256) ||
	    !bytes_equal(protected.data, es256, sizeof(es256)))
		return FW_ERR_MANIFEST_ALGORITHM;
	status = manifest_skip_unprotected(&cbor);
	if (status == FW_OK)
		status = cbor_simple(&cbor, CBOR_NULL);
	if (status == FW_OK)
		status = manifest_read_bytes(&cbor, signature);
	return status == FW_OK ? cbor_end(&cbor) : status;
}

/* [digest, one COSE block] (8.3). */
static int manifest_split_authentication(struct manifest_envelope *envelope)
{
	struct cbor cbor;
	struct manifest_bytes block;
	uint64_t count;
	int status;

	cbor_open(&cbor, envelope->authentication.data, envelope->authentication.size_bytes);
	status = cbor_array(&cbor, &count);
	if (status != FW_OK)
		return status;
	if (count == 0)
		return FW_ERR_MANIFEST_CBOR;
	status = manifest_read_bytes(&cbor, &envelope->digest);
	if (status != FW_OK)
		return status;
	if (count == 1) {
		status = cbor_end(&cbor);
		return status == FW_OK ? FW_ERR_MANIFEST_UNSIGNED : status;
	}
	if (count > 2)
		return FW_ERR_MANIFEST_UNSUPPORTED;
	status = manifest_read_bytes(&cbor, &block);
	if (status == FW_OK)
		status = cbor_end(&cbor);
	return status == FW_OK ? manifest_split_cose(&block, &envelope->signature) : status;
}

/* Digest of the bytes of head, then of body. */
static int manifest_digest_two(struct hal *hal, const struct manifest_bytes *head,
			       const struct manifest_bytes *body, uint8_t value[HAL_DIGEST_BYTES])
{
	struct hal_digest digest;
	int status = hal->digest_start(hal, &digest);

	if (status == FW_OK && head->size_bytes > 0)
		status = hal->digest_add(hal, &digest, head->data, head->size_bytes);
	if (status == FW_OK)
		status = hal->digest_add(hal, &digest, body->data, body->size_bytes);
	return status == FW_OK ? hal->digest_end(hal, &digest, value) : status;
}

static int manifest_check_digest(struct hal *hal, const struct manifest_envelope *envelope)
{
	static const struct manifest_bytes nothing = {NULL, 0};
	uint8_t wanted[HAL_DIGEST_BYTES], found[HAL_DIGEST_BYTES];
	int status = command_digest(envelope->digest.data, envelope->digest.size_bytes, wanted);

	if (status == FW_OK)
		status = manifest_digest_two(hal, &nothing, &envelope->encoded, found);
	if (status != FW_OK)
		return status;
	return bytes_equal(wanted, found, HAL_DIGEST_BYTES) ? FW_OK : FW_ERR_MANIFEST_DIGEST;
}

/*
 * Sig_structure, RFC 9052 section 4.4: ["Signature1", protected, h'', payload]. All of it but the
 * payload's 36 bytes is the same for every manifest that gets here.
 */
static int manifest_check_signature(struct hal *hal, const struct manifest_envelope *envelope,
				    uint32_t revoked, uint32_t *key)
{
	static const uint8_t head[] = {
		0x84,
		0x6a,
		'S',
		'i',
		'g',
		'n',
		'a',
		't',
		'u',
		'r',
		'e',
		'1',
		0x43,
		0xa1,
		0x01,
		0x26,
		0x40,
		0x58,
		SUIT_DIGEST_BYTES,
	};
	static const struct manifest_bytes start = {head, sizeof(head)};
	const struct hal_board *board = hal->board;
	uint8_t digest[HAL_DIGEST_BYTES];
	int status;

	if (envelope->signature.size_bytes != SIGNATURE_BYTES)
		return FW_ERR_MANIFEST_SIGNATURE;
	if (envelope->digest.size_bytes != SUIT_DIGEST_BYTES)
		return FW_ERR_MANIFEST_CBOR;
	status = manifest_digest_two(hal, &start, &envelope->digest, digest);
	if (status != FW_OK)
		return status;
	for (uint32_t i = 0; i < board->key_count && i < HAL_KEYS_MAX; i++) {
		if (board->keys[i].algorithm != HAL_ECDSA_P256 || (revoked >> i & 1u) != 0)
			continue;
		if (hal->signature_check(hal, &board->keys[i], digest, envelope->signature.data,
					 SIGNATURE_BYTES) == FW_OK) {
			*key = i;
			return FW_OK;
		}
	}
	return FW_ERR_MANIFEST_SIGNATURE;
}

/* One component, whose identifier is [h'00']. */
static int manifest_read_components(struct cbor *cbor)
{
	uint64_t components, parts;
	struct manifest_bytes part;
	int status = cbor_array(cbor, &components);

	if (status != FW_OK)
		return status;
	if (components != 1)
		return FW_ERR_MANIFEST_COMPONENT;
	status = cbor_array(cbor, &parts);
	if (status != FW_OK)
		return status;
	if (parts != 1)
		return FW_ERR_MANIFEST_COMPONENT;
	status = manifest_read_bytes(cbor, &part);
	if (status != FW_OK)
		return status;
	return part.size_bytes == 1 && part.data[0] == 0 ? FW_OK : FW_ERR_MANIFEST_COMPONENT;
}

/* A command sequence: a byte string that holds one well-formed array, and nothing else. */
static int manifest_read_sequence(struct cbor *cbor, const uint8_t **data, uint32_t *size_bytes)
{
	struct cbor inner;
	int status;

	/* An array here is the digest of a severed member, which must come from elsewhere. */
	if (cbor_peek(cbor) == CBOR_ARRAY)
		return FW_ERR_MANIFEST_UNSUPPORTED;
	status = cbor_bytes(cbor, data, size_bytes);
	if (status != FW_OK)
		return status;
	cbor_open(&inner, *data, *size_bytes);
	if (cbor_peek(&inner) != CBOR_ARRAY)
		return FW_ERR_MANIFEST_CBOR;
	status = cbor_skip(&inner);
	return status == FW_OK ? cbor_end(&inner) : status;
}

static int manifest_read_common(struct cbor *outer, struct manifest *manifest)
{
	struct cbor cbor;
	struct cbor_map map;
	struct manifest_bytes common;
	bool components = false;
	int status = manifest_read_bytes(outer, &common);

	if (status != FW_OK)
		return status;
	cbor_open(&cbor, common.data, common.size_bytes);
	status = cbor_map(&cbor, &map);
	while (status == FW_OK && map.left > 0) {
		status = cbor_map_key(&cbor, &map);
		if (status != FW_OK)
			return status;
		if (map.key == COMMON_COMPONENTS) {
			components = true;
			status = manifest_read_components(&cbor);
		} else if (map.key == COMMON_SHARED) {
			status = manifest_read_sequence(&cbor, &manifest->shared,
							&manifest->shared_bytes);
		} else {
			return FW_ERR_MANIFEST_UNSUPPORTED;
		}
	}
	if (status == FW_OK && !components)
		return FW_ERR_MANIFEST_COMPONENT;
	return status == FW_OK ? cbor_end(&cbor) : status;
}

/* For people, and named here so that no other key passes as one of them. */
static int manifest_skip_for_people(struct cbor *cbor, int64_t key)
{
	enum cbor_major type = cbor_peek(cbor);

	if (key == MANIFEST_KEY_REFERENCE_URI && type != CBOR_TEXT)
		return FW_ERR_MANIFEST_CBOR;
	/* Text may be severed and left out: then its digest stands here. */
	if (key == MANIFEST_KEY_TEXT && type != CBOR_BYTES && type != CBOR_ARRAY)
		return FW_ERR_MANIFEST_CBOR;
	return cbor_skip(cbor);
}

static int manifest_read_member(struct cbor *cbor, int64_t key, struct manifest *manifest)
{
	uint64_t version;
	int status;

	switch (key) {
	case MANIFEST_KEY_VERSION:
		status = cbor_uint(cbor, &version);
		return status == FW_OK && version != VERSION ? FW_ERR_MANIFEST_VERSION : status;
	case MANIFEST_KEY_SEQUENCE:
		return cbor_uint(cbor, &manifest->sequence);
	case MANIFEST_KEY_COMMON:
		return manifest_read_common(cbor, manifest);
	case MANIFEST_KEY_REFERENCE_URI:
	case MANIFEST_KEY_TEXT:
		return manifest_skip_for_people(cbor, key);
	case MANIFEST_KEY_VALIDATE:
		return manifest_read_sequence(cbor, &manifest->validate, &manifest->validate_bytes);
	case MANIFEST_KEY_LOAD:
		return manifest_read_sequence(cbor, &manifest->load, &manifest->load_bytes);
	case MANIFEST_KEY_INVOKE:
		return manifest_read_sequence(cbor, &manifest->invoke, &manifest->invoke_bytes);
	case MANIFEST_KEY_FETCH:
		return manifest_read_sequence(cbor, &manifest->fetch, &manifest->fetch_bytes);
	case MANIFEST_KEY_INSTALL:
		return manifest_read_sequence(cbor, &manifest->install, &manifest->install_bytes);
	default:
		return FW_ERR_MANIFEST_UNSUPPORTED;
	}
}

static int manifest_read(const struct manifest_bytes *bytes, struct manifest *manifest)
{
	const uint32_t required = 1u << MANIFEST_KEY_VERSION | 1u << MANIFEST_KEY_SEQUENCE |
				  1u << MANIFEST_KEY_COMMON;
	uint32_t seen = 0;
	struct cbor cbor;
	struct cbor_map map;
	int status;

	cbor_open(&cbor, bytes->data, bytes->size_bytes);
	status = cbor_map(&cbor, &map);
	while (status == FW_OK && map.left > 0) {
		status = cbor_map_key(&cbor, &map);
		if (status != FW_OK)
			return status;
		status = manifest_read_member(&cbor, map.key, manifest);
		if (status == FW_OK && map.key < 32)
			seen |= 1u << map.key;
	}
	if (status == FW_OK)
		status = cbor_end(&cbor);
	if (status == FW_OK && (seen & required) != required)
		return FW_ERR_MANIFEST_CBOR;
	return status;
}

int manifest_open(struct hal *hal, const uint8_t *data, uint32_t size_bytes, uint32_t revoked,
		  struct manifest *manifest)
{
	struct manifest_envelope envelope = {0};
	int status;

	*manifest = (struct manifest){0};
	if (size_bytes > MANIFEST_BYTES_MAX)
		return FW_ERR_MANIFEST_SIZE;
	status = manifest_split_envelope(data, size_bytes, &envelope);
	if (status == FW_OK)
		status = manifest_split_authentication(&envelope);
	if (status == FW_OK)
		status = manifest_check_digest(hal, &envelope);
	if (status == FW_OK)
		status = manifest_check_signature(hal, &envelope, revoked, &manifest->key);
	if (status == FW_OK)
		status = manifest_read(&envelope.manifest, manifest);
	return status;
}

int manifest_evaluate(const struct manifest *manifest, const struct manifest_device *device,
		      struct manifest_update *update)
{
	const struct manifest_bytes sequences[] = {
		{manifest->shared, manifest->shared_bytes},
		{manifest->fetch, manifest->fetch_bytes},
		{manifest->install, manifest->install_bytes},
		{manifest->validate, manifest->validate_bytes},
		{manifest->invoke, manifest->invoke_bytes},
	};
	struct command_state state;

	/* Nothing decompresses, decrypts or copies an image before its jump. */
	if (manifest->load != NULL)
		return FW_ERR_MANIFEST_UNSUPPORTED;
	command_start(&state, device);
	for (uint32_t i = 0; i < sizeof(sequences) / sizeof(sequences[0]); i++) {
		int status;

		if (sequences[i].data == NULL)
			continue;
		status = command_run(&state, sequences[i].data, sequences[i].size_bytes);
		if (status != FW_OK)
			return status;
	}
	if (state.failed != FW_OK)
		return state.failed;
	/* One that asks for no vendor or class would run on every device that has the key. */
	if (!state.vendor_held || !state.class_held)
		return FW_ERR_MANIFEST_INCOMPLETE;
	*update = state.update;
	return FW_OK;
}
