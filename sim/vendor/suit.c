/*
 * Builds and signs SUIT manifests with libcbor's encoder, for the maker, for scenarios and for
 * tests. What the firmware reads them with shares no line with this.
 */
#include "sim/vendor/suit.h"

#include <assert.h>
#include <stdbool.h>
#include <string.h>
#include <cbor.h>
#include <openssl/sha.h>

#include "device-model/firmware/manifest.h"
#include "sim/vendor/sign.h"

#define WRITER_BYTES 4096u /* more than any device takes, so that too large can be built too */
#define ID_BYTES     16u
#define ALG_SHA256   (-16)
#define POLICY_ALL   15u /* record success and failure, and the system's state at both */
#define POLICY_FETCH 2u	 /* as example 3 has it: the system's state at a failure */
#define SLOTS	     2u

/* An encoder that remembers that something did not fit. */
struct suit_writer {
	uint8_t data[WRITER_BYTES];
	size_t at;
	bool full;
};

/* libcbor's encoders return 0 where there was no room. */
static void suit_took(struct suit_writer *writer, size_t bytes)
{
	if (bytes == 0)
		writer->full = true;
	writer->at += bytes;
}

#define SUIT_PUT(writer, encode, ...)                                          \
	suit_took((writer), encode(__VA_ARGS__, (writer)->data + (writer)->at, \
				   sizeof((writer)->data) - (writer)->at))

static void suit_put_int(struct suit_writer *writer, int64_t value)
{
	if (value >= 0)
		SUIT_PUT(writer, cbor_encode_uint, (uint64_t)value);
	else
		SUIT_PUT(writer, cbor_encode_negint, (uint64_t)(-1 - value));
}

static void suit_put_raw(struct suit_writer *writer, const void *data, size_t size_bytes)
{
	if (size_bytes > sizeof(writer->data) - writer->at) {
		writer->full = true;
		return;
	}
	if (size_bytes > 0)
		memcpy(writer->data + writer->at, data, size_bytes);
	writer->at += size_bytes;
}

static void suit_put_bytes(struct suit_writer *writer, const void *data, size_t size_bytes)
{
	SUIT_PUT(writer, cbor_encode_bytestring_start, size_bytes);
	suit_put_raw(writer, data, size_bytes);
}

static void suit_put_text(struct suit_writer *writer, const char *text)
{
	SUIT_PUT(writer, cbor_encode_string_start, strlen(text));
	suit_put_raw(writer, text, strlen(text));
}

/* What inner holds, as a byte string. */
static void suit_put_inner(struct suit_writer *writer, const struct suit_writer *inner)
{
	suit_put_bytes(writer, inner->data, inner->at);
	writer->full |= inner->full;
}

/* The SUIT_Digest of a SHA-256 value, as a byte string. */
static void suit_put_digest(struct suit_writer *writer, const uint8_t digest[SIGN_DIGEST_BYTES])
{
	struct suit_writer inner = {.at = 0};

	SUIT_PUT(&inner, cbor_encode_array_start, 2);
	suit_put_int(&inner, ALG_SHA256);
	suit_put_bytes(&inner, digest, SIGN_DIGEST_BYTES);
	suit_put_inner(writer, &inner);
}

static void suit_put_condition(struct suit_writer *writer, int64_t condition)
{
	suit_put_int(writer, condition);
	suit_put_int(writer, POLICY_ALL);
}

static void suit_put_version(struct suit_writer *writer, const struct hal_version *version)
{
	const uint8_t bytes[8] = {
		version->major,
		version->minor,
		(uint8_t)version->revision,
		(uint8_t)(version->revision >> 8),
		(uint8_t)version->build,
		(uint8_t)(version->build >> 8),
		(uint8_t)(version->build >> 16),
		(uint8_t)(version->build >> 24),
	};

	suit_put_bytes(writer, bytes, sizeof(bytes));
}

/* One branch of shared: if it is this slot, then this image. */
static void suit_put_shared_branch(struct suit_writer *writer, const struct suit_plan *plan,
				   uint32_t slot)
{
	struct suit_writer branch = {.at = 0};

	SUIT_PUT(&branch, cbor_encode_array_start, 6);
	suit_put_int(&branch, 20); /* override-parameters */
	SUIT_PUT(&branch, cbor_encode_map_start, 1);
	suit_put_int(&branch, 5); /* component-slot */
	suit_put_int(&branch, slot);
	suit_put_int(&branch, 5); /* condition component-slot: success and failure are no news */
	suit_put_int(&branch, 5);
	suit_put_int(&branch, 20);
	SUIT_PUT(&branch, cbor_encode_map_start, 4);
	suit_put_int(&branch, 3); /* image-digest */
	suit_put_digest(&branch, plan->digest);
	suit_put_int(&branch, 14); /* image-size */
	suit_put_int(&branch, plan->size_bytes);
	suit_put_int(&branch, MANIFEST_PARAMETER_SECURITY);
	suit_put_int(&branch, plan->security);
	suit_put_int(&branch, MANIFEST_PARAMETER_VERSION);
	suit_put_version(&branch, &plan->version);
	suit_put_inner(writer, &branch);
}

static void suit_put_shared(struct suit_writer *writer, const struct suit_plan *plan)
{
	struct suit_writer shared = {.at = 0};

	SUIT_PUT(&shared, cbor_encode_array_start, 8);
	suit_put_int(&shared, 20); /* override-parameters */
	SUIT_PUT(&shared, cbor_encode_map_start, 2);
	suit_put_int(&shared, 1); /* vendor-id */
	suit_put_bytes(&shared, plan->vendor_id, ID_BYTES);
	suit_put_int(&shared, 2); /* class-id */
	suit_put_bytes(&shared, plan->class_id, ID_BYTES);
	suit_put_int(&shared, 15); /* try-each */
	SUIT_PUT(&shared, cbor_encode_array_start, SLOTS);
	for (uint32_t slot = 0; slot < SLOTS; slot++)
		suit_put_shared_branch(&shared, plan, slot);
	suit_put_condition(&shared, 1); /* vendor-identifier */
	suit_put_condition(&shared, 2); /* class-identifier */
	suit_put_inner(writer, &shared);
}

static void suit_put_common(struct suit_writer *writer, const struct suit_plan *plan)
{
	struct suit_writer common = {.at = 0};

	SUIT_PUT(&common, cbor_encode_map_start, 2);
	suit_put_int(&common, 2); /* components: one, [h'00'] */
	SUIT_PUT(&common, cbor_encode_array_start, plan->asks == SUIT_ASKS_COMPONENT ? 2 : 1);
	SUIT_PUT(&common, cbor_encode_array_start, 1);
	suit_put_bytes(&common, plan->asks == SUIT_ASKS_PLACE ? "\2" : "\0", 1);
	if (plan->asks == SUIT_ASKS_COMPONENT) {
		SUIT_PUT(&common, cbor_encode_array_start, 1);
		suit_put_bytes(&common, "\1", 1);
	}
	suit_put_int(&common, 4); /* shared-sequence */
	suit_put_shared(&common, plan);
	suit_put_inner(writer, &common);
}

static void suit_put_install(struct suit_writer *writer, const struct suit_plan *plan)
{
	struct suit_writer install = {.at = 0};

	SUIT_PUT(&install, cbor_encode_array_start, plan->asks == SUIT_ASKS_VERSION ? 8 : 6);
	if (plan->asks == SUIT_ASKS_VERSION)
		suit_put_condition(&install, 28); /* version */
	suit_put_int(&install, 20);		  /* override-parameters */
	SUIT_PUT(&install, cbor_encode_map_start, plan->asks == SUIT_ASKS_ENCRYPTION ? 2 : 1);
	if (plan->asks == SUIT_ASKS_ENCRYPTION) {
		suit_put_int(&install, 19); /* encryption-info */
		suit_put_bytes(&install, "\xf6", 1);
	}
	suit_put_int(&install, 21); /* uri */
	suit_put_text(&install, plan->uri);
	suit_put_int(&install, plan->asks == SUIT_ASKS_DELTA ? 22 : 21); /* copy, or fetch */
	suit_put_int(&install, POLICY_FETCH);
	suit_put_condition(&install, 3); /* image-match */
	suit_put_inner(writer, &install);
}

/* A sequence of one command. */
static void suit_put_single(struct suit_writer *writer, int64_t command, uint32_t policy)
{
	struct suit_writer sequence = {.at = 0};

	SUIT_PUT(&sequence, cbor_encode_array_start, 2);
	suit_put_int(&sequence, command);
	suit_put_int(&sequence, policy);
	suit_put_inner(writer, &sequence);
}

/* {"en": {label: text}}: 8.4.4; what the device needs none of, and may not act on. */
static void suit_put_notes(struct suit_writer *writer, const struct suit_notes *notes)
{
	struct suit_writer text = {.at = 0};

	SUIT_PUT(&text, cbor_encode_map_start, 1);
	suit_put_text(&text, "en");
	SUIT_PUT(&text, cbor_encode_map_start, (notes->sbom[0] != 0) + (notes->expires[0] != 0));
	if (notes->sbom[0] != 0) {
		suit_put_int(&text, SUIT_TEXT_SBOM);
		suit_put_text(&text, notes->sbom);
	}
	if (notes->expires[0] != 0) {
		suit_put_int(&text, SUIT_TEXT_EXPIRES);
		suit_put_text(&text, notes->expires);
	}
	suit_put_inner(writer, &text);
}

static void suit_put_manifest(struct suit_writer *writer, const struct suit_plan *plan)
{
	SUIT_PUT(writer, cbor_encode_map_start, plan->notes != NULL ? 7 : 6);
	suit_put_int(writer, 1); /* version */
	suit_put_int(writer, 1);
	suit_put_int(writer, 2); /* sequence-number */
	SUIT_PUT(writer, cbor_encode_uint, plan->sequence);
	suit_put_int(writer, 3);
	suit_put_common(writer, plan);
	suit_put_int(writer, 7); /* validate: image-match */
	suit_put_single(writer, 3, POLICY_ALL);
	suit_put_int(writer, 9); /* invoke: invoke */
	suit_put_single(writer, 23, POLICY_FETCH);
	suit_put_int(writer, 20); /* install */
	suit_put_install(writer, plan);
	if (plan->notes != NULL) {
		suit_put_int(writer, 23); /* text */
		suit_put_notes(writer, plan->notes);
	}
}

/* Signs Sig_structure (RFC 9052 section 4.4) over the SUIT_Digest. */
static int suit_make_signature(const struct suit_plan *plan,
			       const uint8_t digest[SIGN_DIGEST_BYTES], uint8_t raw[SIGN_RAW_BYTES])
{
	static const uint8_t es256[] = {0xa1, 0x01, 0x26}; /* {1: -7} */
	struct suit_writer structure = {.at = 0};
	uint8_t value[SIGN_DIGEST_BYTES], sig[SIGN_BYTES_MAX];
	enum hal_algorithm algorithm;
	size_t sig_bytes;

	SUIT_PUT(&structure, cbor_encode_array_start, 4);
	suit_put_text(&structure, "Signature1");
	suit_put_bytes(&structure, es256, sizeof(es256));
	suit_put_bytes(&structure, "", 0);
	suit_put_digest(&structure, digest);
	assert(!structure.full);
	SHA256(structure.data, structure.at, value);
	if (plan->signer == NULL)
		return sign_ecdsa(plan->key, value, raw);
	if (sign_algorithm(plan->key, &algorithm) != 0 || algorithm != HAL_ECDSA_P256 ||
	    plan->signer->sign(plan->signer, value, sig, &sig_bytes) != 0 ||
	    sig_bytes != SIGN_RAW_BYTES)
		return -1;
	memcpy(raw, sig, SIGN_RAW_BYTES);
	return 0;
}

/* The signature bytes that go into the envelope, as the forgery asks. 0, or -1. */
static int suit_choose_signature(const struct suit_plan *plan, const uint8_t *digest,
				 uint8_t signature[SIGN_RAW_BYTES], size_t *size_bytes)
{
	*size_bytes = SIGN_RAW_BYTES;
	if (plan->forgery == SUIT_SIGNATURE_OF) {
		if (plan->other == NULL || plan->other_bytes > SIGN_RAW_BYTES)
			return -1;
		memcpy(signature, plan->other, plan->other_bytes);
		*size_bytes = plan->other_bytes;
		return 0;
	}
	if (suit_make_signature(plan, digest, signature) != 0)
		return -1;
	if (plan->forgery == SUIT_SIGNATURE_ZERO)
		memset(signature, 0, SIGN_RAW_BYTES);
	else if (plan->forgery == SUIT_SIGNATURE_TRUNCATED)
		*size_bytes = SIGN_RAW_BYTES / 2;
	else if (plan->forgery == SUIT_R_ZERO)
		memset(signature, 0, SIGN_RAW_BYTES / 2);
	else if (plan->forgery == SUIT_S_ZERO)
		memset(signature + SIGN_RAW_BYTES / 2, 0, SIGN_RAW_BYTES / 2);
	else if (plan->forgery == SUIT_R_N)
		sign_put_order(signature);
	else if (plan->forgery == SUIT_S_N)
		sign_put_order(signature + SIGN_RAW_BYTES / 2);
	else if (plan->forgery == SUIT_OTHER_S)
		return sign_other_s(signature);
	return 0;
}

static void suit_put_cose(struct suit_writer *writer, const struct suit_plan *plan,
			  const uint8_t *signature, size_t size_bytes)
{
	static const uint8_t es256[] = {0xa1, 0x01, 0x26}, es384[] = {0xa1, 0x01, 0x38, 0x22};
	struct suit_writer block = {.at = 0};

	SUIT_PUT(&block, cbor_encode_tag, 18);
	SUIT_PUT(&block, cbor_encode_array_start, 4);
	if (plan->forgery == SUIT_ALGORITHM)
		suit_put_bytes(&block, es384, sizeof(es384));
	else
		suit_put_bytes(&block, es256, sizeof(es256));
	SUIT_PUT(&block, cbor_encode_map_start, 0);
	SUIT_PUT(&block, cbor_encode_ctrl, CBOR_CTRL_NULL); /* payload: detached */
	suit_put_bytes(&block, signature, size_bytes);
	suit_put_inner(writer, &block);
}

int suit_envelope(const struct suit_plan *plan, const uint8_t *manifest, size_t manifest_bytes,
		  uint8_t *out, size_t out_bytes, size_t *size)
{
	bool is_signed = plan->key != NULL && plan->forgery != SUIT_UNSIGNED;
	struct suit_writer encoded = {.at = 0}, wrapper = {.at = 0}, envelope = {.at = 0};
	uint8_t digest[SIGN_DIGEST_BYTES];

	suit_put_bytes(&encoded, manifest, manifest_bytes);
	if (encoded.full)
		return -1;
	SHA256(encoded.data, encoded.at, digest);
	SUIT_PUT(&wrapper, cbor_encode_array_start,
		 !is_signed			  ? 1
		 : plan->asks == SUIT_ASKS_SIGNER ? 3
						  : 2);
	suit_put_digest(&wrapper, digest);
	if (is_signed) {
		uint8_t signature[SIGN_RAW_BYTES];
		size_t signature_bytes;

		if (suit_choose_signature(plan, digest, signature, &signature_bytes) != 0)
			return -1;
		suit_put_cose(&wrapper, plan, signature, signature_bytes);
		if (plan->asks == SUIT_ASKS_SIGNER)
			suit_put_cose(&wrapper, plan, signature, signature_bytes);
	}
	SUIT_PUT(&envelope, cbor_encode_tag, 107);
	SUIT_PUT(&envelope, cbor_encode_map_start, 2);
	suit_put_int(&envelope, 2);
	suit_put_inner(&envelope, &wrapper);
	suit_put_int(&envelope, 3);
	suit_put_raw(&envelope, encoded.data, encoded.at);
	if (envelope.full ||
	    edits_apply(plan->edits, true, envelope.data, sizeof(envelope.data), &envelope.at) ||
	    envelope.at > out_bytes)
		return -1;
	memcpy(out, envelope.data, envelope.at);
	*size = envelope.at;
	return 0;
}

int suit_build(const struct suit_plan *plan, uint8_t *out, size_t out_bytes, size_t *size)
{
	struct suit_writer manifest = {.at = 0};

	suit_put_manifest(&manifest, plan);
	if (manifest.full ||
	    edits_apply(plan->edits, false, manifest.data, sizeof(manifest.data), &manifest.at))
		return -1;
	return suit_envelope(plan, manifest.data, manifest.at, out, out_bytes, size);
}
