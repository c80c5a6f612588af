/* What the attacker does to what comes over the wire, piece by piece. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <cmocka.h>

#include "faults/attacker.h"

#define IMAGE_URI "u:a"

static const uint8_t image_a[] = "aaaaaaaaaa", image_b[] = "bbbbbbbbbbbbbb";
static const uint8_t manifest_a[] = "AAAA", manifest_b[] = "BBBBBB";

static const struct attacker_release releases[] = {
	{IMAGE_URI, image_a, 10, manifest_a, 4, 1},
	{"u:b", image_b, 14, manifest_b, 6, 2},
};

static const uint32_t offers[] = {0};

/* A server with one wire, in its first life. */
static void open_with(struct attacker *attacker, struct attacker_store *store,
		      const struct attacker_wire *wire)
{
	*store = (struct attacker_store){.manifest_uri = "m",
					 .factory_uri = "f",
					 .release_count = 2,
					 .releases = releases,
					 .offer_count = 1,
					 .offers = offers,
					 .manifest_of = ATTACKER_NONE,
					 .image_of = ATTACKER_NONE,
					 .wire_count = 1,
					 .wire = wire};
	attacker_open(attacker, store);
	attacker_life(attacker);
}

/* What comes of size bytes from offset on. */
static void expect(struct attacker *attacker, const char *uri, uint32_t offset, uint32_t size,
		   const char *bytes)
{
	char data[32] = "";
	int got = attacker_fetch(attacker, uri, (uint32_t)strlen(uri), offset, data, size);

	assert_int_equal(got, (int)strlen(bytes));
	assert_memory_equal(data, bytes, strlen(bytes));
}

static void replaced_bytes_are_those_of_the_other_release(void **state)
{
	const struct attacker_wire wire = {
		.does = ATTACKER_REPLACE, .release = 1, .from = 4, .bytes = UINT32_MAX};
	struct attacker attacker;
	struct attacker_store store;

	(void)state;
	open_with(&attacker, &store, &wire);
	expect(&attacker, IMAGE_URI, 0, 4, "aaaa");
	assert_false(attacker_fired(&attacker));
	expect(&attacker, IMAGE_URI, 2, 4, "aabb");
	assert_true(attacker_fired(&attacker));
	/* It is as long as the other one. */
	expect(&attacker, IMAGE_URI, 8, 16, "bbbbbb");
	expect(&attacker, "m", 0, 16, "AAAA");
}

static void replaced_middle_goes_on_as_it_was(void **state)
{
	const struct attacker_wire wire = {
		.does = ATTACKER_REPLACE, .release = 1, .from = 4, .bytes = 2};
	struct attacker attacker;
	struct attacker_store store;

	(void)state;
	open_with(&attacker, &store, &wire);
	expect(&attacker, IMAGE_URI, 0, 16, "aaaabbaaaa");
	expect(&attacker, IMAGE_URI, 6, 16, "aaaa");
}

static void damage_inverts_and_keeps_the_length(void **state)
{
	const struct attacker_wire wire = {
		.manifest = true, .does = ATTACKER_DAMAGE, .from = 1, .bytes = 1};
	struct attacker attacker;
	struct attacker_store store;

	(void)state;
	open_with(&attacker, &store, &wire);
	expect(&attacker, "m", 0, 16,
	       "A\xbe"
	       "AA");
	assert_true(attacker_fired(&attacker));
	expect(&attacker, IMAGE_URI, 0, 4, "aaaa");
}

static void end_comes_where_it_is_said(void **state)
{
	const struct attacker_wire wire = {.does = ATTACKER_END, .from = 6, .bytes = UINT32_MAX};
	struct attacker attacker;
	struct attacker_store store;

	(void)state;
	open_with(&attacker, &store, &wire);
	expect(&attacker, IMAGE_URI, 0, 6, "aaaaaa");
	assert_false(attacker_fired(&attacker));
	expect(&attacker, IMAGE_URI, 4, 6, "aa");
	expect(&attacker, IMAGE_URI, 6, 6, "");
	assert_true(attacker_fired(&attacker));
}

static void endless_data_has_no_end(void **state)
{
	const struct attacker_wire wire = {
		.does = ATTACKER_ENDLESS, .from = 8, .bytes = UINT32_MAX};
	struct attacker attacker;
	struct attacker_store store;
	uint8_t data[8];

	(void)state;
	open_with(&attacker, &store, &wire);
	assert_int_equal(attacker_fetch(&attacker, IMAGE_URI, 3, 6, data, 8), 8);
	assert_memory_equal(data, "aa\0\0\0\0\0\0", 8);
	memset(data, 1, sizeof(data));
	assert_int_equal(attacker_fetch(&attacker, IMAGE_URI, 3, 1u << 30, data, 8), 8);
	assert_memory_equal(data, "\0\0\0\0\0\0\0\0", 8);
}

static void stall_lasts_its_lives_and_is_waited_for(void **state)
{
	const struct attacker_wire wire = {.does = ATTACKER_STALL, .bytes = UINT32_MAX, .lives = 2};
	struct attacker attacker;
	struct attacker_store store;
	uint8_t data[4];

	(void)state;
	open_with(&attacker, &store, &wire);
	assert_true(attacker_waits(&attacker));
	assert_int_equal(attacker_fetch(&attacker, IMAGE_URI, 3, 0, data, 4), FW_ERR_IO);
	attacker_life(&attacker);
	assert_false(attacker_waits(&attacker));
	assert_int_equal(attacker_fetch(&attacker, IMAGE_URI, 3, 0, data, 4), FW_ERR_IO);
	attacker_life(&attacker);
	expect(&attacker, IMAGE_URI, 0, 4, "aaaa");
}

static void probes_come_one_a_life_and_then_the_honest_server(void **state)
{
	const struct attacker_wire wire = {.does = ATTACKER_END, .from = 6, .bytes = UINT32_MAX};
	const struct attacker_probe probes[] = {
		{.manifest = (const uint8_t *)"P", .manifest_bytes = 1},
		{.manifest = (const uint8_t *)"Q",
		 .manifest_bytes = 1,
		 .image = (const uint8_t *)"qq",
		 .image_bytes = 2},
	};
	struct attacker attacker;
	struct attacker_store store;

	(void)state;
	open_with(&attacker, &store, &wire);
	store.probes = probes;
	store.probe_count = 2;
	assert_true(attacker_waits(&attacker));
	expect(&attacker, "m", 0, 6, "P");
	expect(&attacker, IMAGE_URI, 0, 4, "aaaa");
	attacker_life(&attacker);
	assert_false(attacker_waits(&attacker));
	expect(&attacker, "m", 0, 6, "Q");
	expect(&attacker, IMAGE_URI, 0, 4, "qq");
	attacker_life(&attacker);
	expect(&attacker, IMAGE_URI, 0, 4, "aaaa");
}

static void slow_bytes_take_their_time(void **state)
{
	const struct attacker_wire wire = {.does = ATTACKER_SLOW, .bytes = UINT32_MAX, .ms = 60000};
	struct attacker attacker;
	struct attacker_store store;
	uint32_t clock = 5;

	(void)state;
	open_with(&attacker, &store, &wire);
	attacker.clock_ms = &clock;
	expect(&attacker, IMAGE_URI, 0, 8, "a");
	expect(&attacker, IMAGE_URI, 1, 8, "a");
	assert_int_equal(clock, 120005);
}

static void first_pieces_are_left_alone(void **state)
{
	const struct attacker_wire wire = {.manifest = true,
					   .does = ATTACKER_REPLACE,
					   .release = 1,
					   .bytes = UINT32_MAX,
					   .after = 1};
	struct attacker attacker;
	struct attacker_store store;

	(void)state;
	open_with(&attacker, &store, &wire);
	expect(&attacker, "m", 0, 16, "AAAA");
	assert_false(attacker_fired(&attacker));
	expect(&attacker, "m", 0, 16, "BBBBBB");
	assert_true(attacker_fired(&attacker));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(replaced_bytes_are_those_of_the_other_release),
		cmocka_unit_test(replaced_middle_goes_on_as_it_was),
		cmocka_unit_test(damage_inverts_and_keeps_the_length),
		cmocka_unit_test(end_comes_where_it_is_said),
		cmocka_unit_test(endless_data_has_no_end),
		cmocka_unit_test(stall_lasts_its_lives_and_is_waited_for),
		cmocka_unit_test(probes_come_one_a_life_and_then_the_honest_server),
		cmocka_unit_test(slow_bytes_take_their_time),
		cmocka_unit_test(first_pieces_are_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
