/* How versions, ids, moments and digests are written on a command line and in files. */
#ifndef VENDOR_NOTATION_H
#define VENDOR_NOTATION_H

#include <stdint.h>

#include "device-model/hal.h"

#define NOTATION_UUID_BYTES 16u
#define NOTATION_VERSION_EXPECT \
	"expected major.minor.revision[+build], up to 255.255.65535+4294967295"
#define NOTATION_UUID_EXPECT   "expected a UUID, 8-4-4-4-12 hex digits"
#define NOTATION_MOMENT_EXPECT "expected YYYY-MM-DD or YYYY-MM-DDThh:mm:ssZ"

/* Room for a text of each kind, with its end. */
#define NOTATION_VERSION_ROOM	 32u
#define NOTATION_UUID_ROOM	 37u
#define NOTATION_MOMENT_ROOM	 24u
#define NOTATION_HEX_ROOM(bytes) (2u * (bytes) + 1u)

/* "1.2.3" or "1.2.3+4", no leading zeros. 0, or -1. */
FW_CHECKED int notation_version_parse(const char *text, struct hal_version *version);
/* The same; a build of 0 is left out. Returns text. */
const char *notation_version_text(const struct hal_version *version,
				  char text[NOTATION_VERSION_ROOM]);
/* Below, equal, above: negative, 0, positive. The build counts last. */
int notation_version_compare(const struct hal_version *left, const struct hal_version *right);

/* "p256", "rsa-2048", "rsa-3072", "ed25519". 0, or -1. */
#define NOTATION_ALGORITHM_EXPECT "expected p256, rsa-2048, rsa-3072 or ed25519"
FW_CHECKED int notation_algorithm_parse(const char *text, enum hal_algorithm *algorithm);
const char *notation_algorithm_text(enum hal_algorithm algorithm);

/* 8-4-4-4-12, RFC 9562, of either case. 0, or -1. */
FW_CHECKED int notation_uuid_parse(const char *text, uint8_t uuid[NOTATION_UUID_BYTES]);
const char *notation_uuid_text(const uint8_t uuid[NOTATION_UUID_BYTES],
			       char text[NOTATION_UUID_ROOM]);

/* "2026-01-31", its first second in UTC, or "2026-01-31T12:00:00Z". Seconds since 1970. 0, or -1.
 */
FW_CHECKED int notation_moment_parse(const char *text, int64_t *seconds);
const char *notation_moment_text(int64_t seconds, char text[NOTATION_MOMENT_ROOM]);

/* "22:30", a time of day: minutes since midnight. 0, or -1. */
FW_CHECKED int notation_clock_parse(const char *text, uint32_t *minute);
/* "+05:30", east of Greenwich, or "-08:00": minutes, up to a day. 0, or -1. */
FW_CHECKED int notation_offset_parse(const char *text, int32_t *minutes);
/* "22:30-04:00", which may run over midnight. 0, or -1: not two times, or twice the same. */
FW_CHECKED int notation_span_parse(const char *text, uint32_t *from_minute, uint32_t *to_minute);

/* text has room for NOTATION_HEX_ROOM(size_bytes). */
const char *notation_hex_text(const uint8_t *data, size_t size_bytes, char *text);

#endif
