/*
 * The one border between firmware and chip. Firmware sees this file and itself, nothing else;
 * a chip, a fault injector or a test fills the struct. Every call may be the last: power can fail
 * inside any of them, and what flash and eFuse then hold is said at each.
 */
#ifndef DEVICE_MODEL_HAL_H
#define DEVICE_MODEL_HAL_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define FW_CHECKED __attribute__((warn_unused_result))

/* What a device may meet is data: each reason once, with the words that a person reads. */
#define FW_ERRORS(X)                                                                             \
	X(RANGE, "address or length outside what it belongs to")                                 \
	X(ALIGN, "address or length is not a multiple of the unit")                              \
	X(IO, "the part reports failure")                                                        \
	X(NO_DATA, "nothing there")                                                              \
	X(NO_IMAGE, "no slot holds an image that may run")                                       \
	X(IMAGE_MAGIC, "image magic is wrong")                                                   \
	X(IMAGE_HEADER, "header is shorter than 32 bytes")                                       \
	X(IMAGE_SIZE, "image sizes overflow or do not fit the slot")                             \
	X(IMAGE_FLAGS, "encrypted or compressed images are not supported")                       \
	X(IMAGE_NOT_BOOTABLE, "image is flagged as not bootable")                                \
	X(IMAGE_TLV, "TLV area is damaged")                                                      \
	X(IMAGE_TLV_UNKNOWN, "TLV of a type that may not stand in this area")                    \
	X(IMAGE_HASH_MISSING, "no SHA-256 hash in the TLV area")                                 \
	X(IMAGE_HASH, "hash differs")                                                            \
	X(IMAGE_UNSIGNED, "no signature")                                                        \
	X(IMAGE_KEY, "signed by a key that this device does not know")                           \
	X(IMAGE_KEY_REVOKED, "signed by a revoked key")                                          \
	X(IMAGE_SIGNATURE_FORM, "signature is malformed")                                        \
	X(IMAGE_SIGNATURE, "signature is wrong")                                                 \
	X(IMAGE_SECURITY_MISSING, "no security version in the protected TLV area")               \
	X(IMAGE_SECURITY, "security version is below the device's counter")                      \
	X(IMAGE_SECURITY_HIGH, "security version is more than the eFuse can hold")               \
	X(IMAGE_CLASS, "image is not for this class of device")                                  \
	X(IMAGE_MANIFEST, "image is not the one that the manifest names")                        \
	X(IMAGE_UNFINISHED, "a download has not finished this slot")                             \
	X(MANIFEST_CBOR, "manifest is not well-formed CBOR of the expected shape")               \
	X(MANIFEST_SIZE, "manifest is too large")                                                \
	X(MANIFEST_UNSIGNED, "manifest carries no signature")                                    \
	X(MANIFEST_ALGORITHM, "manifest uses an algorithm that is not supported")                \
	X(MANIFEST_SIGNATURE, "no key that this device trusts made the manifest's signature")    \
	X(MANIFEST_DIGEST, "manifest's digest differs")                                          \
	X(MANIFEST_VERSION, "manifest of an unknown version")                                    \
	X(MANIFEST_UNSUPPORTED, "manifest asks for something that is not supported")             \
	X(MANIFEST_COMPONENT, "manifest names a component that this device does not have")       \
	X(MANIFEST_VENDOR, "manifest is for another vendor's device")                            \
	X(MANIFEST_CLASS, "manifest is for another class of device")                             \
	X(MANIFEST_SLOT, "manifest has no image for this slot")                                  \
	X(MANIFEST_INCOMPLETE, "manifest lacks something that an update needs")                  \
	X(MANIFEST_SEQUENCE, "manifest is not newer than the confirmed one")                     \
	X(MANIFEST_GIVEN_UP, "manifest's release was given up before")                           \
	X(MANIFEST_SECURITY, "manifest's security version is below the device's counter")        \
	X(MANIFEST_SECURITY_HIGH, "manifest's security version is more than the eFuse can hold") \
	X(MANIFEST_IMAGE_SIZE, "manifest's image does not fit the slot")                         \
	X(DOWNLOAD_GIVEN_UP, "manifest's image is given up: it never came as promised")          \
	X(SHORT, "the network delivered fewer bytes than the manifest names")                    \
	X(RECORD, "no valid record")                                                             \
	X(SELF_TEST, "self-test failed")                                                         \
	X(UNCONFIRMED, "an unconfirmed image takes no update")

enum fw_err_index {
#define X(name, text) FW_INDEX_##name,
	FW_ERRORS(X)
#undef X
};

/* 0 is success; every failure is negative, so that a length and a failure can share an int. */
enum fw_err {
	FW_OK = 0,
#define X(name, text) FW_ERR_##name = -1 - (int)FW_INDEX_##name,
	FW_ERRORS(X)
#undef X
};

/* A source position, kept by the chip's post-mortem log: which line asked for a change. */
#define HAL_TEXT_OF(x) #x
#define HAL_TEXT(x)    HAL_TEXT_OF(x)
#define HAL_SITE       __FILE_NAME__ ":" HAL_TEXT(__LINE__)
/* Every change to flash and eFuse goes through here, so that the log can name its line. */
#define HAL_CHANGE(hal, call, ...) ((hal)->site = HAL_SITE, (hal)->call((hal), __VA_ARGS__))
#define HAL_FLUSH(hal)		   ((hal)->site = HAL_SITE, (hal)->flash_flush(hal))
#define HAL_LOG(hal, ...)	   ((hal)->site = HAL_SITE, (hal)->log((hal), __VA_ARGS__))

#define HAL_DIGEST_BYTES 32u   /* SHA-256, FIPS 180-4 */
#define HAL_COPIES	 3u    /* of the boot control record, a sector each */
#define HAL_LOGS	 2u    /* of a download's progress, a sector each */
#define HAL_KEYS_MAX	 8u    /* public keys that a device can hold */
#define HAL_PROGRAM_MAX	 1024u /* largest program unit, in bytes */
#define HAL_EFUSE_CELLS	 3u    /* cells that hold one bit, read by majority */
#define HAL_URI_MAX	 128u  /* longest URI that is fetched, in bytes */

enum hal_algorithm {
	HAL_ECDSA_P256, /* signature: raw r || s, 64 bytes, over a SHA-256 digest */
	HAL_RSA_2048,	/* signature: PSS, SHA-256, MGF1-SHA-256, salt 32, 256 bytes; e = 65537 */
	HAL_RSA_3072,	/* the same, 384 bytes */
	HAL_ED25519,	/* signature: 64 bytes, its message is the 32-byte SHA-256 digest */
};

/* A public key as KEYHASH covers it: SubjectPublicKeyInfo, for RSA PKCS#1 RSAPublicKey. DER. */
struct hal_key {
	enum hal_algorithm algorithm;
	const uint8_t *der;
	uint32_t der_bytes;
};

struct hal_region {
	uint32_t offset; /* from the start of the flash, in bytes; a multiple of a sector */
	uint32_t size_bytes;
};

/* What is soldered or burnt in at the factory: the same for every boot. */
struct hal_board {
	uint32_t flash_bytes;
	uint32_t sector_bytes;	/* what one erase sets to 0xff */
	uint32_t program_bytes; /* program unit: offset and length are multiples of it */
	struct hal_region bootctl[HAL_COPIES]; /* a sector each */
	struct hal_region progress[HAL_LOGS];  /* a sector each */
	struct hal_region slot[2];
	uint32_t counter_bits; /* highest security version that the eFuse can hold */
	uint32_t key_count;    /* at most HAL_KEYS_MAX; key i has revocation bit i */
	const struct hal_key *keys;
	uint8_t vendor_id[16]; /* RFC 9562 UUIDs, as SUIT and the image's TLVs carry them */
	uint8_t class_id[16];
	const char *manifest_uri;
	uint8_t *ram; /* where images run from, or NULL: they run in place */
	uint32_t ram_bytes;
	uint32_t attempts; /* boots that an unconfirmed image gets */
};

/*
 * eFuse: one bank of cells, HAL_EFUSE_CELLS a bit, in this order:
 * counter_bits of the security counter (unary), key_count of revocation, one of secure boot.
 */
#define HAL_EFUSE_COUNTER(board)     0u
#define HAL_EFUSE_REVOKE(board)	     ((board)->counter_bits)
#define HAL_EFUSE_SECURE_BOOT(board) ((board)->counter_bits + (board)->key_count)
#define HAL_EFUSE_BITS(board)	     ((board)->counter_bits + (board)->key_count + 1u)

enum hal_reset {
	HAL_RESET_POWER,     /* power was lost and came back */
	HAL_RESET_SOFTWARE,  /* the running image asked for it */
	HAL_RESET_WATCHDOG,  /* nobody fed the watchdog */
	HAL_RESET_FAULT,     /* the processor trapped */
	HAL_RESET_SELF_TEST, /* the running image found itself unfit */
};

struct hal_version {
	uint8_t major, minor;
	uint16_t revision;
	uint32_t build;
};

/* What the bootloader tells the image that it jumps to; RAM, gone at the next reset. */
struct hal_handover {
	uint32_t slot;
	uint32_t size_bytes; /* the whole image: header, payload and TLVs */
	bool confirmed;
	uint32_t security; /* the running image's security version */
	uint32_t key;	   /* index of the key that signed it */
	uint32_t revokes;  /* bit i: it revokes key i */
	struct hal_version version;
};

/* What a device tells its maker, once a life. */
struct hal_report {
	uint32_t slot;
	struct hal_version version;  /* of the image that runs */
	bool confirmed;		     /* that image is confirmed */
	uint32_t security_counter;   /* as the eFuse reads */
	uint32_t revoked;	     /* as the eFuse reads, bit i is key i */
	uint64_t sequence_confirmed; /* highest manifest sequence number confirmed, 0: none known */
	uint64_t sequence_given_up;  /* the last release given up, 0: none */
	uint64_t sequence_refused;   /* the manifest refused in this life, 0: none or unreadable */
	int32_t refused;	     /* why, an enum fw_err; FW_OK: none refused */
};

struct hal_digest {
	uint64_t state[16]; /* the chip's own */
};

struct hal {
	const struct hal_board *board;
	const char *site; /* where in the source the next change is asked for */

	/* Any offset and size inside the flash. Returns FW_ERR_RANGE or FW_ERR_IO on failure. */
	int (*flash_read)(struct hal *hal, uint32_t offset, void *data, uint32_t size_bytes);
	/*
	 * Clears bits in whole program units that were erased before. Power fails inside: any
	 * prefix of the bytes has landed, and the word after it may read unstably.
	 */
	int (*flash_program)(struct hal *hal, uint32_t offset, const void *data,
			     uint32_t size_bytes);
	/*
	 * Sets the sector at offset to 0xff. Power fails inside: part of the sector, from the front
	 * or from the back, reads erased; or all of it does and will not hold.
	 */
	int (*flash_erase)(struct hal *hal, uint32_t offset);
	/* Makes all that returned before durable. A NOR flash has nothing to do. */
	int (*flash_flush)(struct hal *hal);

	/* One cell, 0 or 1. A weak cell reads either, and nothing tells it from a whole one. */
	int (*efuse_read)(struct hal *hal, uint32_t cell, bool *burnt);
	/* Power fails inside: the cell is as before, burnt, or weak. */
	int (*efuse_burn)(struct hal *hal, uint32_t cell);

	int (*digest_start)(struct hal *hal, struct hal_digest *digest);
	int (*digest_add)(struct hal *hal, struct hal_digest *digest, const void *data,
			  uint32_t size_bytes);
	int (*digest_end)(struct hal *hal, struct hal_digest *digest,
			  uint8_t value[HAL_DIGEST_BYTES]);
	/* FW_OK if the key made this signature of that digest, else FW_ERR_IMAGE_SIGNATURE. */
	int (*signature_check)(struct hal *hal, const struct hal_key *key,
			       const uint8_t digest[HAL_DIGEST_BYTES], const uint8_t *signature,
			       uint32_t signature_bytes);

	uint32_t (*clock_ms)(struct hal *hal); /* since power on */
	__attribute__((format(printf, 2, 3))) void (*log)(struct hal *hal, const char *format, ...);
	/*
	 * Bytes of what uri (not terminated) names, from offset on. Returns how many came, at most
	 * size_bytes; 0 at its end; FW_ERR_NO_DATA if there is no such thing, FW_ERR_IO if the
	 * network failed.
	 */
	int (*fetch)(struct hal *hal, const char *uri, uint32_t uri_bytes, uint32_t offset,
		     void *data, uint32_t size_bytes);
	int (*report)(struct hal *hal, const struct hal_report *report);

	enum hal_reset (*reset_cause)(struct hal *hal);
	void (*watchdog_feed)(struct hal *hal);
	__attribute__((noreturn)) void (*restart)(struct hal *hal, enum hal_reset cause);
	/* Runs the image in handover->slot (or in board->ram), as it was verified. */
	__attribute__((noreturn)) void (*jump)(struct hal *hal,
					       const struct hal_handover *handover);
};

#endif
