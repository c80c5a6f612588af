/* How versions, ids, moments and digests are written on a command line and in files. */
#include "sim/vendor/notation.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define MOMENT_DATE_CHARS 10u
#define MOMENT_FULL_CHARS 20u
#define MOMENT_YEAR_MAX	  9999

int notation_version_parse(const char *text, struct hal_version *version)
{
	static const uint32_t max[] = {UINT8_MAX, UINT8_MAX, UINT16_MAX, UINT32_MAX};
	uint32_t parts[4] = {0};

	for (int i = 0; i < 4; i++) {
		uint64_t value = 0;
		const char *start = text;

		for (; *text >= '0' && *text <= '9'; text++) {
			value = value * 10 + (uint64_t)(*text - '0');
			if (value > max[i])
				return -1;
		}
		if (text == start || (start[0] == '0' && text != start + 1))
			return -1;
		parts[i] = (uint32_t)value;
		if (i >= 2 && *text == '\0')
			break;
		if (*text++ != (i < 2 ? '.' : '+') || i == 3)
			return -1;
	}
	*version = (struct hal_version){.major = (uint8_t)parts[0],
					.minor = (uint8_t)parts[1],
					.revision = (uint16_t)parts[2],
					.build = parts[3]};
	return 0;
}

const char *notation_version_text(const struct hal_version *version,
				  char text[NOTATION_VERSION_ROOM])
{
	int at = snprintf(text, NOTATION_VERSION_ROOM, "%u.%u.%u", version->major, version->minor,
			  version->revision);

	if (version->build != 0)
		snprintf(text + at, NOTATION_VERSION_ROOM - (size_t)at, "+%" PRIu32,
			 version->build);
	return text;
}

int notation_version_compare(const struct hal_version *left, const struct hal_version *right)
{
	const uint32_t pairs[][2] = {
		{left->major, right->major},
		{left->minor, right->minor},
		{left->revision, right->revision},
		{left->build, right->build},
	};

	for (size_t i = 0; i < sizeof(pairs) / sizeof(pairs[0]); i++) {
		if (pairs[i][0] != pairs[i][1])
			return pairs[i][0] < pairs[i][1] ? -1 : 1;
	}
	return 0;
}

static const char *const notation_algorithms[] = {
	[HAL_ECDSA_P256] = "p256",
	[HAL_RSA_2048] = "rsa-2048",
	[HAL_RSA_3072] = "rsa-3072",
	[HAL_ED25519] = "ed25519",
};

int notation_algorithm_parse(const char *text, enum hal_algorithm *algorithm)
{
	for (size_t i = 0; i < sizeof(notation_algorithms) / sizeof(notation_algorithms[0]); i++) {
		if (strcmp(text, notation_algorithms[i]) == 0) {
			*algorithm = (enum hal_algorithm)i;
			return 0;
		}
	}
	return -1;
}

const char *notation_algorithm_text(enum hal_algorithm algorithm)
{
	return notation_algorithms[algorithm];
}

static int notation_digit(char character)
{
	if (character >= '0' && character <= '9')
		return character - '0';
	if (character >= 'a' && character <= 'f')
		return character - 'a' + 10;
	if (character >= 'A' && character <= 'F')
		return character - 'A' + 10;
	return -1;
}

/* One byte of two hex digits. 0, or -1. */
static int notation_byte(const char *text, uint8_t *byte)
{
	int high = notation_digit(text[0]);
	int low = high < 0 ? -1 : notation_digit(text[1]);

	if (low < 0)
		return -1;
	*byte = (uint8_t)(high << 4 | low);
	return 0;
}

const char *notation_hex_text(const uint8_t *data, size_t size_bytes, char *text)
{
	*text = '\0';
	for (size_t i = 0; i < size_bytes; i++)
		snprintf(text + 2 * i, 3, "%02x", data[i]);
	return text;
}

/* Whether a dash stands before byte i of a UUID. */
static bool notation_uuid_dash(size_t i)
{
	return i == 4 || i == 6 || i == 8 || i == 10;
}

int notation_uuid_parse(const char *text, uint8_t uuid[NOTATION_UUID_BYTES])
{
	for (size_t i = 0; i < NOTATION_UUID_BYTES; i++) {
		if (notation_uuid_dash(i) && *text++ != '-')
			return -1;
		if (notation_byte(text, &uuid[i]) != 0)
			return -1;
		text += 2;
	}
	return *text == '\0' ? 0 : -1;
}

const char *notation_uuid_text(const uint8_t uuid[NOTATION_UUID_BYTES],
			       char text[NOTATION_UUID_ROOM])
{
	char *at = text;

	for (size_t i = 0; i < NOTATION_UUID_BYTES; i++)
		at += snprintf(at, 4, notation_uuid_dash(i) ? "-%02x" : "%02x", uuid[i]);
	return text;
}

int notation_moment_parse(const char *text, int64_t *seconds)
{
	bool is_date = strlen(text) == MOMENT_DATE_CHARS;
	char back[NOTATION_MOMENT_ROOM];
	struct tm moment = {.tm_mday = 1};
	const char *end = strptime(text, is_date ? "%Y-%m-%d" : "%Y-%m-%dT%H:%M:%SZ", &moment);

	if (end == NULL || *end != '\0' || moment.tm_year + 1900 > MOMENT_YEAR_MAX)
		return -1;
	*seconds = timegm(&moment);
	/* strptime takes 1-1-1 and the 31st of February; what was meant reads back the same. */
	notation_moment_text(*seconds, back);
	if (is_date)
		back[MOMENT_DATE_CHARS] = '\0';
	return strcmp(text, back) == 0 ? 0 : -1;
}

const char *notation_moment_text(int64_t seconds, char text[NOTATION_MOMENT_ROOM])
{
	time_t when = (time_t)seconds;
	struct tm moment;

	if (gmtime_r(&when, &moment) == NULL || moment.tm_year + 1900 > MOMENT_YEAR_MAX ||
	    strftime(text, NOTATION_MOMENT_ROOM, "%Y-%m-%dT%H:%M:%SZ", &moment) !=
		    MOMENT_FULL_CHARS)
		snprintf(text, NOTATION_MOMENT_ROOM, "beyond the year %d", MOMENT_YEAR_MAX);
	return text;
}

#define CLOCK_CHARS 5

static bool clock_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The first characters of text as HH:MM, hours below 24. */
static bool clock_read(const char *text, uint32_t *minute)
{
	static const char shape[] = "00:00";
	uint32_t hours, minutes;

	for (size_t i = 0; i < CLOCK_CHARS; i++)
		if (shape[i] == '0' ? !clock_digit(text[i]) : text[i] != shape[i])
			return false;
	hours = (uint32_t)(text[0] - '0') * 10 + (uint32_t)(text[1] - '0');
	minutes = (uint32_t)(text[3] - '0') * 10 + (uint32_t)(text[4] - '0');
	*minute = hours * 60 + minutes;
	return hours < 24 && minutes < 60;
}

int notation_clock_parse(const char *text, uint32_t *minute)
{
	return clock_read(text, minute) && text[CLOCK_CHARS] == '\0' ? 0 : -1;
}

int notation_offset_parse(const char *text, int32_t *minutes)
{
	uint32_t minute;

	if ((text[0] != '+' && text[0] != '-') || notation_clock_parse(text + 1, &minute) != 0)
		return -1;
	*minutes = text[0] == '-' ? -(int32_t)minute : (int32_t)minute;
	return 0;
}

int notation_span_parse(const char *text, uint32_t *from_minute, uint32_t *to_minute)
{
	if (!clock_read(text, from_minute) || text[CLOCK_CHARS] != '-' ||
	    notation_clock_parse(text + CLOCK_CHARS + 1, to_minute) != 0)
		return -1;
	return *from_minute != *to_minute ? 0 : -1;
}
