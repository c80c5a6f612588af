/*
 * An image taken apart into header, payload and entries, changed in one place, and put together
 * again. What does not come apart is changed blindly.
 */
#include "fuzz/mutate_image.h"

#include <openssl/sha.h>
#include <string.h>

#include "device-model/firmware/bytes.h"
#include "fuzz/board.h"
#include "fuzz/mutate.h"
#include "sim/vendor/sign.h"

#define PARTS_ENTRIES_MAX 24u
#define PARTS_VALUE_MAX	  400u
#define PARTS_BODY_MAX	  8192u
#define HEADER_BYTES	  32u
#define HEAD_BYTES	  4u
#define MAGIC_PROTECTED	  0x6908u
#define MAGIC_UNPROTECTED 0x6907u

enum { TYPE_KEYHASH = 0x01, TYPE_SHA256 = 0x10 };

struct parts_entry {
	uint16_t type, bytes;
	bool protected;
	uint8_t value[PARTS_VALUE_MAX];
};

struct parts {
	uint8_t body[PARTS_BODY_MAX]; /* header and payload */
	uint32_t body_bytes;
	uint32_t count;
	struct parts_entry entries[PARTS_ENTRIES_MAX];
};

/* One area's entries; returns its size, or 0: it does not come apart. */
static uint32_t parts_read_area(struct parts *parts, const uint8_t *data, size_t left_bytes,
				uint16_t magic)
{
	uint32_t total, at = HEAD_BYTES;

	if (left_bytes < HEAD_BYTES || bytes_le16(data) != magic)
		return 0;
	total = bytes_le16(data + 2);
	if (total > left_bytes)
		return 0;
	while (total >= at + HEAD_BYTES) {
		struct parts_entry *entry = &parts->entries[parts->count];
		uint32_t bytes = bytes_le16(data + at + 2);

		if (bytes > total - at - HEAD_BYTES || bytes > PARTS_VALUE_MAX ||
		    parts->count == PARTS_ENTRIES_MAX)
			return 0;
		entry->type = bytes_le16(data + at);
		entry->bytes = (uint16_t)bytes;
		entry->protected = magic == MAGIC_PROTECTED;
		memcpy(entry->value, data + at + HEAD_BYTES, bytes);
		parts->count++;
		at += HEAD_BYTES + bytes;
	}
	return at == total ? total : 0;
}

static bool parts_read(struct parts *parts, const uint8_t *data, size_t size_bytes)
{
	uint64_t body;
	uint32_t area = 0;

	parts->count = 0;
	if (size_bytes < HEADER_BYTES)
		return false;
	body = (uint64_t)bytes_le16(data + 8) + bytes_le32(data + 12);
	if (body > size_bytes || body > PARTS_BODY_MAX || body < HEADER_BYTES)
		return false;
	parts->body_bytes = (uint32_t)body;
	memcpy(parts->body, data, parts->body_bytes);
	if (bytes_le16(data + 10) > 0) {
		area = parts_read_area(parts, data + body, size_bytes - body, MAGIC_PROTECTED);
		if (area == 0)
			return false;
	}
	return parts_read_area(parts, data + body + area, size_bytes - body - area,
			       MAGIC_UNPROTECTED) > 0;
}

static size_t parts_write_area(const struct parts *parts, bool protected, uint8_t *out)
{
	size_t at = HEAD_BYTES;

	for (uint32_t i = 0; i < parts->count; i++) {
		const struct parts_entry *entry = &parts->entries[i];

		if (entry->protected != protected)
			continue;
		bytes_put_le16(out + at, entry->type);
		bytes_put_le16(out + at + 2, entry->bytes);
		memcpy(out + at + HEAD_BYTES, entry->value, entry->bytes);
		at += HEAD_BYTES + entry->bytes;
	}
	bytes_put_le16(out, protected ? MAGIC_PROTECTED : MAGIC_UNPROTECTED);
	bytes_put_le16(out + 2, (uint16_t)at);
	return at;
}

/* Header, payload and the protected area: what the hash covers. */
static size_t parts_write_covered(struct parts *parts, uint8_t *out)
{
	size_t area = parts_write_area(parts, true, out + parts->body_bytes);

	if (area == HEAD_BYTES)
		area = 0;
	bytes_put_le16(parts->body + 10, (uint16_t)area);
	memcpy(out, parts->body, parts->body_bytes);
	return parts->body_bytes + area;
}

/* ---- hash and signature, made anew ---- */

/* What key that board has by that hash, or -1. */
static int parts_signer(const struct fuzz_board *board, const struct parts_entry *keyhash)
{
	for (uint32_t i = 0; i < BOARD_KEYS; i++) {
		uint8_t hash[SHA256_DIGEST_LENGTH] = {0};

		(void)SHA256(board->keys[i].der, board->keys[i].der_bytes, hash);
		if (keyhash->bytes <= sizeof(hash) &&
		    memcmp(hash, keyhash->value, keyhash->bytes) == 0)
			return (int)i;
	}
	return -1;
}

static void parts_sign(const struct fuzz_board *board, struct parts_entry *entry, int key,
		       const uint8_t *digest)
{
	static const uint8_t salt[SIGN_SALT_BYTES];
	EVP_PKEY *private_key = board->private_keys[key];
	uint8_t raw[SIGN_BYTES_MAX] = {0};
	size_t bytes = 0;

	switch (board->keys[key].algorithm) {
	case HAL_ECDSA_P256:
		if (entry->type == 0x22 && sign_ecdsa(private_key, digest, raw) == 0)
			entry->bytes = (uint16_t)sign_ecdsa_der(raw, entry->value);
		break;
	case HAL_ED25519:
		if (entry->type == 0x24 && sign_ed25519(private_key, digest, entry->value) == 0)
			entry->bytes = SIGN_RAW_BYTES;
		break;
	case HAL_RSA_2048:
	case HAL_RSA_3072:
		if ((entry->type == 0x20 || entry->type == 0x23) &&
		    sign_rsa_pss(private_key, digest, salt, raw, &bytes) == 0) {
			memcpy(entry->value, raw, bytes);
			entry->bytes = (uint16_t)bytes;
		}
		break;
	}
}

/* Each signature by the key that the KEYHASH before it names. */
static void parts_finish(struct parts *parts, uint8_t *scratch, bool sign)
{
	const struct fuzz_board *board = board_open();
	uint8_t digest[SHA256_DIGEST_LENGTH] = {0};
	int key = -1;

	(void)SHA256(scratch, parts_write_covered(parts, scratch), digest);
	for (uint32_t i = 0; i < parts->count; i++) {
		struct parts_entry *entry = &parts->entries[i];

		if (entry->protected)
			continue;
		if (entry->type == TYPE_SHA256 && entry->bytes == sizeof(digest))
			memcpy(entry->value, digest, sizeof(digest));
		else if (entry->type == TYPE_KEYHASH && sign)
			key = parts_signer(board, entry);
		else if (key >= 0)
			parts_sign(board, entry, key, digest);
	}
}

/* ---- one change ---- */

static void parts_change_entry(struct chance *chance, struct parts *parts, uint32_t at)
{
	static const uint16_t types[] = {0x01, 0x02, 0x10, 0x11, 0x20, 0x22, 0x23,  0x24,
					 0x40, 0x50, 0x60, 0x74, 0x75, 0xa0, 0x00a1};
	struct parts_entry *entry = &parts->entries[at], other;

	switch (chance_below(chance, 6)) {
	case 0:
		entry->type = types[chance_below(chance, sizeof(types) / sizeof(types[0]))];
		break;
	case 1:
		entry->bytes =
			(uint16_t)mutate_bytes(chance, entry->value, entry->bytes, PARTS_VALUE_MAX);
		break;
	case 2:
		memmove(entry, entry + 1, (parts->count - at - 1) * sizeof(*entry));
		parts->count--;
		break;
	case 3:
		if (parts->count < PARTS_ENTRIES_MAX)
			parts->entries[parts->count++] = *entry;
		break;
	case 4:
		other = *entry;
		*entry = parts->entries[parts->count - 1];
		parts->entries[parts->count - 1] = other;
		break;
	case 5:
		entry->protected = !entry->protected;
		break;
	}
}

/* An entry that the protected area may hold: security version, ids, a revoked key. */
static void parts_add_entry(struct chance *chance, struct parts *parts)
{
	const struct fuzz_board *board = board_open();
	uint32_t key = chance_below(chance, BOARD_KEYS), kind = chance_below(chance, 5);
	static const uint16_t types[] = {0x50, 0x74, 0x75, 0xa0, TYPE_KEYHASH};
	static const uint16_t sizes[] = {4, 16, 16, 32, 32};
	struct parts_entry *entry = &parts->entries[parts->count];

	if (parts->count == PARTS_ENTRIES_MAX)
		return;
	entry->type = types[kind];
	entry->bytes = sizes[kind];
	entry->protected = kind < 4;
	memset(entry->value, 0, sizeof(entry->value));
	if (kind == 0)
		entry->value[0] = (uint8_t)chance_below(chance, 8);
	else if (kind < 3)
		memset(entry->value, kind == 1 ? 'v' : 'c', entry->bytes);
	else
		(void)SHA256(board->keys[key].der, board->keys[key].der_bytes, entry->value);
	parts->count++;
}

static void parts_change_body(struct chance *chance, struct parts *parts)
{
	uint32_t header = bytes_le16(parts->body + 8);

	if (chance_once_in(chance, 2) || parts->body_bytes <= header) {
		parts->body[16 + chance_below(chance, 16)] ^=
			(uint8_t)(1u << chance_below(chance, 8));
		return;
	}
	parts->body_bytes = header + (uint32_t)mutate_bytes(chance, parts->body + header,
							    parts->body_bytes - header,
							    PARTS_BODY_MAX - header);
	bytes_put_le32(parts->body + 12, parts->body_bytes - header);
}

size_t mutate_image(uint8_t *data, size_t size_bytes, size_t max_bytes, unsigned int seed)
{
	static uint8_t scratch[PARTS_BODY_MAX + 2 * HEAD_BYTES +
			       PARTS_ENTRIES_MAX * (HEAD_BYTES + PARTS_VALUE_MAX)];
	static struct parts parts;
	struct chance chance;
	size_t bytes;

	chance_open(&chance, seed);
	if (size_bytes < BOARD_HEAD_BYTES || chance_once_in(&chance, 4) ||
	    !parts_read(&parts, data + BOARD_HEAD_BYTES, size_bytes - BOARD_HEAD_BYTES))
		return mutate_bytes(&chance, data, size_bytes, max_bytes);
	if (chance_once_in(&chance, 8))
		data[chance_below(&chance, BOARD_HEAD_BYTES)] = (uint8_t)chance_below(&chance, 256);
	else if (parts.count == 0 || chance_once_in(&chance, 4))
		parts_add_entry(&chance, &parts);
	else if (chance_once_in(&chance, 4))
		parts_change_body(&chance, &parts);
	else
		parts_change_entry(&chance, &parts, chance_below(&chance, parts.count));
	/* Signing costs more than a hundred checks: not every time. */
	if (chance_once_in(&chance, 2))
		parts_finish(&parts, scratch, chance_once_in(&chance, 4));
	bytes = parts_write_covered(&parts, scratch);
	bytes += parts_write_area(&parts, false, scratch + bytes);
	if (bytes > max_bytes - BOARD_HEAD_BYTES)
		return size_bytes;
	memcpy(data + BOARD_HEAD_BYTES, scratch, bytes);
	return BOARD_HEAD_BYTES + bytes;
}
