/* Versions, ids and moments: what is taken, what is refused, and back again. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sim/vendor/notation.h"

static void notation_version_reads_back(void **state)
{
	static const char *const good[] = {"0.0.0", "1.2.3", "1.2.3+4", "255.255.65535+4294967295"};
	static const char *const bad[] = {"",	     "1",	"1.2",	     "1.2.",
					  "1.2.3.4", "01.2.3",	"1.2.3+",    "1.2.3+4+5",
					  "256.0.0", "0.256.0", "0.0.65536", "0.0.0+4294967296",
					  " 1.2.3",  "1.2.3 ",	"-1.2.3",    "a.b.c"};
	struct hal_version version;
	char text[NOTATION_VERSION_ROOM];

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(notation_version_parse(good[i], &version), 0);
		assert_string_equal(notation_version_text(&version, text), good[i]);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(notation_version_parse(bad[i], &version), -1);
	/* A build of 0 is one like any other, and written as none. */
	assert_int_equal(notation_version_parse("1.2.3+0", &version), 0);
	assert_string_equal(notation_version_text(&version, text), "1.2.3");
}

static void notation_version_orders_by_part(void **state)
{
	static const char *const rising[] = {"0.0.0", "0.0.0+1", "0.0.2", "0.0.10",  "0.1.0",
					     "0.2.0", "0.10.0",	 "1.0.0", "1.0.0+9", "2.0.0"};
	struct hal_version left, right;

	(void)state;
	for (size_t i = 0; i < sizeof(rising) / sizeof(rising[0]); i++) {
		for (size_t k = 0; k < sizeof(rising) / sizeof(rising[0]); k++) {
			int expected = i < k ? -1 : i > k;

			assert_int_equal(notation_version_parse(rising[i], &left), 0);
			assert_int_equal(notation_version_parse(rising[k], &right), 0);
			assert_int_equal(notation_version_compare(&left, &right), expected);
		}
	}
}

static void notation_uuid_reads_back(void **state)
{
	static const char good[] = "00112233-4455-6677-8899-aabbccddeeff";
	static const char *const bad[] = {"",
					  "0011223344556677-8899aabbccddeeff",
					  "00112233-4455-6677-8899-aabbccddeef",
					  "00112233-4455-6677-8899-aabbccddeefff",
					  "00112233-4455-6677-8899-aabbccddeefg",
					  "00112233_4455-6677-8899-aabbccddeeff",
					  "{00112233-4455-6677-8899-aabbccddeef}"};
	uint8_t uuid[NOTATION_UUID_BYTES];
	char text[NOTATION_UUID_ROOM];

	(void)state;
	assert_int_equal(notation_uuid_parse(good, uuid), 0);
	for (size_t i = 0; i < sizeof(uuid); i++)
		assert_int_equal(uuid[i], 0x11 * i);
	assert_string_equal(notation_uuid_text(uuid, text), good);
	assert_int_equal(notation_uuid_parse("00112233-4455-6677-8899-AABBCCDDEEFF", uuid), 0);
	assert_string_equal(notation_uuid_text(uuid, text), good);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(notation_uuid_parse(bad[i], uuid), -1);
}

static void notation_moment_reads_back(void **state)
{
	static const struct {
		const char *text;
		int64_t seconds;
		const char *back;
	} good[] = {
		{"1970-01-01", 0, "1970-01-01T00:00:00Z"},
		{"2026-01-01", 1767225600, "2026-01-01T00:00:00Z"},
		{"2024-02-29T23:59:59Z", 1709251199, "2024-02-29T23:59:59Z"},
		{"9999-12-31", 253402214400, "9999-12-31T00:00:00Z"},
	};
	static const char *const bad[] = {"",
					  "2026",
					  "2026-1-1",
					  "2026-02-29",
					  "2026-13-01",
					  "2026-01-01T24:00:00Z",
					  "2026-01-01T12:00:60Z",
					  "2026-01-01T12:00:00",
					  "2026-01-01 12:00:00Z",
					  "2026-01-01T12:00:00Zx",
					  "10000-01-01",
					  "tomorrow"};
	char text[NOTATION_MOMENT_ROOM];
	int64_t seconds;

	(void)state;
	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		assert_int_equal(notation_moment_parse(good[i].text, &seconds), 0);
		assert_int_equal(seconds, good[i].seconds);
		assert_string_equal(notation_moment_text(seconds, text), good[i].back);
	}
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(notation_moment_parse(bad[i], &seconds), -1);
	assert_string_equal(notation_moment_text(INT64_MAX, text), "beyond the year 9999");
}

static void notation_times_of_day_are_read(void **state)
{
	static const char *const bad[] = {"",	   "2:30",  "24:00", "12:60", "+1:30",
					  " 1:30", "12-30", "12:3",  "12:300"};
	uint32_t from, to;
	int32_t minutes;

	(void)state;
	assert_int_equal(notation_clock_parse("00:00", &from), 0);
	assert_int_equal(from, 0);
	assert_int_equal(notation_clock_parse("23:59", &from), 0);
	assert_int_equal(from, 1439);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
		assert_int_equal(notation_clock_parse(bad[i], &from), -1);
	assert_int_equal(notation_offset_parse("+05:45", &minutes), 0);
	assert_int_equal(minutes, 345);
	assert_int_equal(notation_offset_parse("-08:00", &minutes), 0);
	assert_int_equal(minutes, -480);
	assert_int_equal(notation_offset_parse("08:00", &minutes), -1);
	assert_int_equal(notation_offset_parse("", &minutes), -1);
	assert_int_equal(notation_span_parse("22:30-04:00", &from, &to), 0);
	assert_int_equal(from, 1350);
	assert_int_equal(to, 240);
	assert_int_equal(notation_span_parse("22:30-22:30", &from, &to), -1);
	assert_int_equal(notation_span_parse("22:30", &from, &to), -1);
	assert_int_equal(notation_span_parse("22:30-", &from, &to), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(notation_version_reads_back),
		cmocka_unit_test(notation_version_orders_by_part),
		cmocka_unit_test(notation_uuid_reads_back),
		cmocka_unit_test(notation_moment_reads_back),
		cmocka_unit_test(notation_times_of_day_are_read),
	};

	return cmocka_run_group_tests_name("notation", tests, NULL, NULL);
}
