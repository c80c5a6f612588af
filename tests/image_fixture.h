/*
 * A device to check images on, for the image tests: keys from tests/vectors, a slot whose reads are
 * held within bounds, and hands to build images with, well or badly formed.
 */
#ifndef TESTS_IMAGE_FIXTURE_H
#define TESTS_IMAGE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "device-model/firmware/bytes.h"
#include "device-model/firmware/fw_err.h"
#include "device-model/firmware/image.h"
#include "device-model/hardware/crypto.h"
#include "sim/vendor/key_file.h"

#define VECTORS	      "tests/vectors/imgtool/"
#define SLOT_BYTES    131072u
#define SLOT_OFFSET   0x7000u /* so that a forgotten offset is seen */
#define FIXTURE_KEYS  5u
#define SIGNATURE_MAX 512u

#define assert_verdict(rc, expected) assert_string_equal(fw_err_name(rc), fw_err_name(expected))

enum { EC, RSA2048, RSA3072, ED25519, EC_OTHER };

/* A bit that reads flipped the nth time that its byte is read. */
struct fixture_flip {
	uint32_t offset;
	uint8_t mask;
	uint32_t read; /* 0: never */
	uint32_t reads;
};

struct fixture {
	struct hal hal; /* first, so that a struct hal * is one of these */
	struct hal_board board;
	struct hal_key keys[FIXTURE_KEYS];
	EVP_PKEY *private_keys[FIXTURE_KEYS];
	struct image_rules rules;
	struct image_info info;
	struct fixture_flip flip;
	uint8_t digest[HAL_DIGEST_BYTES]; /* of what the hash covers, once the image has it all */
	uint8_t image[SLOT_BYTES];
	uint32_t image_bytes;
	uint32_t area; /* where the area that is being built begins */
};

static inline int fixture_flash_read(struct hal *hal, uint32_t offset, void *data,
				     uint32_t size_bytes)
{
	struct fixture *f = (struct fixture *)hal;

	assert_true(offset >= SLOT_OFFSET);
	offset -= SLOT_OFFSET;
	assert_true(offset <= f->image_bytes && size_bytes <= f->image_bytes - offset);
	memcpy(data, f->image + offset, size_bytes);
	if (f->flip.offset >= offset && f->flip.offset - offset < size_bytes &&
	    ++f->flip.reads == f->flip.read)
		((uint8_t *)data)[f->flip.offset - offset] ^= f->flip.mask;
	return FW_OK;
}

static inline int fixture_open(void **state)
{
	static const char *const names[FIXTURE_KEYS] = {"d_ecdsap256", "d_rsa2048", "d_rsa3072",
							"d_ed25519", "d_other_ecdsap256"};
	struct fixture *f = calloc(1, sizeof(*f));
	char path[128], why[256];

	assert_non_null(f);
	for (uint32_t i = 0; i < FIXTURE_KEYS; i++) {
		snprintf(path, sizeof(path), VECTORS "keys/%s.pub.pem", names[i]);
		if (key_file_read_public(path, &f->keys[i], why, sizeof(why)) != 0)
			fail_msg("%s", why);
		snprintf(path, sizeof(path), VECTORS "keys/%s.pem", names[i]);
		FILE *file = fopen(path, "rb");
		assert_non_null(file);
		f->private_keys[i] = PEM_read_PrivateKey(file, NULL, NULL, NULL);
		assert_non_null(f->private_keys[i]);
		fclose(file);
	}
	f->board.key_count = FIXTURE_KEYS;
	f->board.keys = f->keys;
	f->hal.board = &f->board;
	f->hal.flash_read = fixture_flash_read;
	crypto_fill(&f->hal);
	*state = f;
	return 0;
}

static inline int fixture_close(void **state)
{
	struct fixture *f = *state;

	for (uint32_t i = 0; i < FIXTURE_KEYS; i++) {
		key_file_free(&f->keys[i]);
		EVP_PKEY_free(f->private_keys[i]);
	}
	free(f);
	crypto_memory_clear();
	return 0;
}

/* The image as it lies in flash, in a slot of size_bytes. */
static inline int fixture_check_flash(struct fixture *f, uint32_t size_bytes)
{
	struct image_source source = {.offset = SLOT_OFFSET, .size_bytes = size_bytes};
	uint32_t kept = f->image_bytes;
	int rc;

	f->image_bytes = size_bytes;
	rc = image_check(&f->hal, &source, &f->rules, &f->info);
	f->image_bytes = kept;
	return rc;
}

/* The same in RAM of exactly that size, so that the address sanitizer sees the end. */
static inline int fixture_check_ram(struct fixture *f, uint32_t size_bytes)
{
	uint8_t *ram = malloc(size_bytes ? size_bytes : 1);
	struct image_source source = {.ram = ram, .size_bytes = size_bytes};
	int rc;

	assert_non_null(ram);
	memcpy(ram, f->image, size_bytes);
	rc = image_check(&f->hal, &source, &f->rules, &f->info);
	free(ram);
	return rc;
}

/* Both ways, in a slot that the image fills: they must agree. */
static inline int fixture_check(struct fixture *f)
{
	int rc = fixture_check_ram(f, f->image_bytes);

	assert_verdict(fixture_check_flash(f, f->image_bytes), rc);
	return rc;
}

static inline void fixture_load(struct fixture *f, const char *name)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), VECTORS "%s", name);
	file = fopen(path, "rb");
	assert_non_null(file);
	memset(f->image, 0xff, sizeof(f->image));
	f->image_bytes = (uint32_t)fread(f->image, 1, sizeof(f->image), file);
	assert_true(f->image_bytes > 0);
	fclose(file);
}

static inline void put(struct fixture *f, const void *data, uint32_t bytes)
{
	assert_true(bytes <= sizeof(f->image) - f->image_bytes);
	memcpy(f->image + f->image_bytes, data, bytes);
	f->image_bytes += bytes;
}

/* A header of 32 bytes, version 1.2.3+4, and 100 bytes of payload. */
static inline void put_header(struct fixture *f)
{
	uint8_t header[32] = {0};

	memset(f->image, 0xff, sizeof(f->image));
	f->image_bytes = 0;
	bytes_put_le32(header, 0x96f3b83du);
	bytes_put_le16(header + 8, sizeof(header));
	bytes_put_le32(header + 12, 100);
	header[20] = 1;
	header[21] = 2;
	bytes_put_le16(header + 22, 3);
	bytes_put_le32(header + 24, 4);
	put(f, header, sizeof(header));
	for (uint8_t i = 0; i < 100; i++)
		put(f, &i, 1);
}

static inline void put_tlv(struct fixture *f, uint16_t type, const void *value, uint16_t bytes)
{
	uint8_t head[4];

	bytes_put_le16(head, type);
	bytes_put_le16(head + 2, bytes);
	put(f, head, sizeof(head));
	put(f, value, bytes);
}

static inline void put_security(struct fixture *f, uint32_t security)
{
	uint8_t value[4];

	bytes_put_le32(value, security);
	put_tlv(f, 0x50, value, sizeof(value));
}

static inline void area_begin(struct fixture *f, uint16_t magic)
{
	uint8_t info[4] = {0};

	f->area = f->image_bytes;
	bytes_put_le16(info, magic);
	put(f, info, sizeof(info));
}

static inline void area_end(struct fixture *f)
{
	bytes_put_le16(f->image + f->area + 2, (uint16_t)(f->image_bytes - f->area));
}

static inline void protected_begin(struct fixture *f)
{
	area_begin(f, 0x6908);
}

static inline void protected_end(struct fixture *f)
{
	area_end(f);
	bytes_put_le16(f->image + 10, (uint16_t)(f->image_bytes - f->area));
}

/* All that the hash covers is there by now. */
static inline void unprotected_begin(struct fixture *f)
{
	assert_int_equal(EVP_Digest(f->image, f->image_bytes, f->digest, NULL, EVP_sha256(), NULL),
			 1);
	area_begin(f, 0x6907);
}

static inline void put_hash(struct fixture *f)
{
	put_tlv(f, 0x10, f->digest, sizeof(f->digest));
}

static inline void key_hash(const struct fixture *f, uint32_t key, uint8_t hash[HAL_DIGEST_BYTES])
{
	assert_int_equal(EVP_Digest(f->keys[key].der, f->keys[key].der_bytes, hash, NULL,
				    EVP_sha256(), NULL),
			 1);
}

static inline void put_key_hash(struct fixture *f, uint32_t key)
{
	uint8_t hash[HAL_DIGEST_BYTES];

	key_hash(f, key, hash);
	put_tlv(f, 0x01, hash, sizeof(hash));
}

/* How many bytes of signature over the digest; RSA takes a salt of salt_bytes. */
static inline uint16_t sign_salted(const struct fixture *f, uint32_t key, int salt_bytes,
				   uint8_t signature[SIGNATURE_MAX])
{
	size_t bytes = SIGNATURE_MAX;

	if (key == ED25519) {
		EVP_MD_CTX *md = EVP_MD_CTX_new();

		assert_int_equal(EVP_DigestSignInit(md, NULL, NULL, NULL, f->private_keys[key]), 1);
		assert_int_equal(
			EVP_DigestSign(md, signature, &bytes, f->digest, sizeof(f->digest)), 1);
		EVP_MD_CTX_free(md);
		return (uint16_t)bytes;
	}
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(f->private_keys[key], NULL);

	assert_int_equal(EVP_PKEY_sign_init(context), 1);
	if (key == RSA2048 || key == RSA3072) {
		EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING);
		EVP_PKEY_CTX_set_signature_md(context, EVP_sha256());
		EVP_PKEY_CTX_set_rsa_pss_saltlen(context, salt_bytes);
	}
	assert_int_equal(EVP_PKEY_sign(context, signature, &bytes, f->digest, sizeof(f->digest)),
			 1);
	EVP_PKEY_CTX_free(context);
	return (uint16_t)bytes;
}

static inline uint16_t sign(const struct fixture *f, uint32_t key, uint8_t out[SIGNATURE_MAX])
{
	return sign_salted(f, key, HAL_DIGEST_BYTES, out);
}

static inline uint16_t signature_type(uint32_t key)
{
	static const uint16_t types[FIXTURE_KEYS] = {0x22, 0x20, 0x23, 0x24, 0x22};

	return types[key];
}

static inline void put_signature(struct fixture *f, uint32_t key)
{
	uint8_t signature[SIGNATURE_MAX];
	uint16_t bytes = sign(f, key, signature);

	put_tlv(f, signature_type(key), signature, bytes);
}

/* The unprotected area as imgtool writes it. */
static inline void put_signed_by(struct fixture *f, uint32_t key)
{
	unprotected_begin(f);
	put_hash(f);
	put_key_hash(f, key);
	put_signature(f, key);
	area_end(f);
}

/* Before each test that builds its image: no rules, and a header to go on from. */
static inline int fixture_reset(void **state)
{
	struct fixture *f = *state;

	f->rules = (struct image_rules){0};
	put_header(f);
	return 0;
}

#endif
