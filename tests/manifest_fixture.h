/*
 * What the manifest's tests share: a device that holds the draft's test key, manifests written as
 * hex and signed with it, and the firmware asked about them in memory of exactly their size.
 */
#ifndef TESTS_MANIFEST_FIXTURE_H
#define TESTS_MANIFEST_FIXTURE_H

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
#include <openssl/pem.h>

#include "device-model/firmware/fw_err.h"
#include "device-model/firmware/manifest.h"
#include "device-model/hardware/crypto.h"
#include "sim/vendor/key_file.h"
#include "sim/vendor/suit.h"
#include "sim/vendor/suit_read.h"

#define FIXTURE_SUIT  "tests/vectors/suit/"
#define FIXTURE_KEYS  "tests/vectors/imgtool/keys/"
#define FIXTURE_BYTES 2048u

/* The ids that the draft's examples name. */
static const uint8_t fixture_vendor[16] = {0xfa, 0x6b, 0x4a, 0x53, 0xd5, 0xad, 0x5f, 0xdf,
					   0xbe, 0x9d, 0xe6, 0x63, 0xe4, 0xd4, 0x1f, 0xfe};
static const uint8_t fixture_class[16] = {0x14, 0x92, 0xaf, 0x14, 0x25, 0x69, 0x5e, 0x48,
					  0xbf, 0x42, 0x9b, 0x2d, 0x51, 0xf2, 0xab, 0x45};

/* Keys of the device: one that signs no manifest, the draft's, and another. */
enum { FIXTURE_RSA, FIXTURE_DRAFT, FIXTURE_OTHER, FIXTURE_KEYS_COUNT };

struct fixture {
	struct hal_key keys[FIXTURE_KEYS_COUNT];
	struct hal_board board;
	struct hal hal;
	EVP_PKEY *draft, *other, *stranger; /* private halves; nobody knows the stranger's */
};

/* Some bytes that grow. */
struct cook {
	uint8_t data[FIXTURE_BYTES];
	size_t at;
};

static inline EVP_PKEY *fixture_private(const char *path)
{
	FILE *file = fopen(path, "r");
	EVP_PKEY *key;

	assert_non_null(file);
	key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
	fclose(file);
	assert_non_null(key);
	return key;
}

static inline int fixture_setup(void **state)
{
	static const char *const public[] = {
		FIXTURE_KEYS "d_rsa2048.pub.pem",
		FIXTURE_SUIT "pub.pem",
		FIXTURE_KEYS "d_ecdsap256.pub.pem",
	};
	struct fixture *fixture = calloc(1, sizeof(*fixture));
	char why[256];

	assert_non_null(fixture);
	for (size_t i = 0; i < FIXTURE_KEYS_COUNT; i++)
		assert_int_equal(
			key_file_read_public(public[i], &fixture -> keys[i], why, sizeof(why)), 0);
	fixture->board.key_count = FIXTURE_KEYS_COUNT;
	fixture->board.keys = fixture->keys;
	fixture->hal.board = &fixture->board;
	crypto_fill(&fixture->hal);
	fixture->draft = fixture_private(FIXTURE_SUIT "priv.pem");
	fixture->other = fixture_private(FIXTURE_KEYS "d_ecdsap256.pem");
	fixture->stranger = fixture_private(FIXTURE_KEYS "d_other_ecdsap256.pem");
	*state = fixture;
	return 0;
}

static inline int fixture_teardown(void **state)
{
	struct fixture *fixture = *state;

	crypto_memory_clear();
	for (size_t i = 0; i < FIXTURE_KEYS_COUNT; i++)
		key_file_free(&fixture->keys[i]);
	EVP_PKEY_free(fixture->draft);
	EVP_PKEY_free(fixture->other);
	EVP_PKEY_free(fixture->stranger);
	free(fixture);
	return 0;
}

static inline void cook_raw(struct cook *cook, const void *data, size_t size_bytes)
{
	assert_true(size_bytes <= sizeof(cook->data) - cook->at);
	memcpy(cook->data + cook->at, data, size_bytes);
	cook->at += size_bytes;
}

static inline void cook_head(struct cook *cook, size_t (*encode)(size_t, unsigned char *, size_t),
			     size_t count)
{
	size_t took = encode(count, cook->data + cook->at, sizeof(cook->data) - cook->at);

	assert_true(took > 0);
	cook->at += took;
}

/* The bytes of another as a byte string. */
static inline void cook_bytes(struct cook *cook, const struct cook *inner)
{
	cook_head(cook, cbor_encode_bytestring_start, inner->at);
	cook_raw(cook, inner->data, inner->at);
}

/* Hex digits up to the end or the closing bracket; blanks are for the reader. */
static inline const char *cook_hex_part(struct cook *cook, const char *hex)
{
	for (hex += strspn(hex, " \n"); *hex != '\0' && *hex != '>'; hex += strspn(hex, " \n")) {
		char pair[3] = {0};
		uint8_t byte;

		if (*hex == '<') {
			struct cook inner = {.at = 0};

			hex = cook_hex_part(&inner, hex + 1);
			assert_int_equal(*hex++, '>');
			cook_bytes(cook, &inner);
			continue;
		}
		assert_true(hex[1] != '\0');
		memcpy(pair, hex, 2);
		hex += 2;
		byte = (uint8_t)strtoul(pair, NULL, 16);
		cook_raw(cook, &byte, 1);
	}
	return hex;
}

/* Hex digits; what stands between < and > becomes a byte string, head and all. */
static inline void cook_hex(struct cook *cook, const char *hex)
{
	assert_int_equal(*cook_hex_part(cook, hex), '\0');
}

/* Sets vendor and class and asks for both, as every manifest does: six items. */
static inline void cook_ids(struct cook *cook)
{
	cook_hex(cook, "14 a2 01 50");
	cook_raw(cook, fixture_vendor, sizeof(fixture_vendor));
	cook_hex(cook, "02 50");
	cook_raw(cook, fixture_class, sizeof(fixture_class));
	cook_hex(cook, "01 0f 02 0f");
}

/* {1: 1, 2: 7, 3: common with this shared sequence}, and members more. */
static inline void cook_manifest(struct cook *cook, const struct cook *shared, size_t members,
				 const char *more)
{
	struct cook common = {.at = 0};

	cook_hex(&common, "a2 02 81 81 41 00 04");
	cook_bytes(&common, shared);
	cook_head(cook, cbor_encode_map_start, 3 + members);
	cook_hex(cook, "01 01 02 07 03");
	cook_bytes(cook, &common);
	cook_hex(cook, more);
}

static inline void fixture_read(const char *path, struct cook *cook)
{
	char text[4096];
	FILE *file = fopen(path, "r");
	size_t size;

	assert_non_null(file);
	size = fread(text, 1, sizeof(text) - 1, file);
	fclose(file);
	text[size] = '\0';
	cook_hex(cook, text);
}

/* In memory of exactly this size, so that the sanitizer sees a byte read too far. */
static inline int fixture_open(struct fixture *fixture, const uint8_t *data, size_t size_bytes,
			       uint32_t revoked)
{
	uint8_t *exact = malloc(size_bytes > 0 ? size_bytes : 1);
	struct manifest manifest;
	int status;

	assert_non_null(exact);
	memcpy(exact, data, size_bytes);
	status = manifest_open(&fixture->hal, exact, (uint32_t)size_bytes, revoked, &manifest);
	free(exact);
	return status;
}

/* Opens and evaluates for the draft's device; update points into envelope. */
static inline int fixture_judge(struct fixture *fixture, const struct cook *envelope, uint32_t slot,
				struct manifest_update *update)
{
	struct manifest_device device = {fixture_vendor, fixture_class, slot};
	struct manifest manifest;
	int status =
		manifest_open(&fixture->hal, envelope->data, (uint32_t)envelope->at, 0, &manifest);

	return status == FW_OK ? manifest_evaluate(&manifest, &device, update) : status;
}

static inline void fixture_sign(struct fixture *fixture, const struct cook *manifest,
				struct cook *envelope)
{
	struct suit_plan plan = {.key = fixture->draft};

	assert_int_equal(suit_envelope(&plan, manifest->data, manifest->at, envelope->data,
				       sizeof(envelope->data), &envelope->at),
			 0);
}

/* A failure names what was asked and the reason that came, not two numbers. */
static inline void fixture_expect(int status, int expected, const char *what)
{
	if (status != expected)
		fail_msg("%s: %s, expected %s", what, fw_err_name(status), fw_err_name(expected));
}

#endif
