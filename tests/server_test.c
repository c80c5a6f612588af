/* The parts of the update server that need no network: ranges, bandwidth, reports, the ledger. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "sim/server/flow.h"
#include "sim/server/ledger.h"
#include "sim/server/range.h"
#include "sim/server/told.h"

static const struct told server_told = {
	.device = "gw-1",
	.number = 3,
	.reset = HAL_RESET_WATCHDOG,
	.saw = "mirror 2: it stalls",
	.report = {.slot = 1,
		   .version = {.major = 1, .minor = 2, .revision = 3, .build = 4},
		   .confirmed = true,
		   .security_counter = 7,
		   .revoked = 5,
		   .sequence_confirmed = UINT64_MAX,
		   .sequence_given_up = 9,
		   .sequence_refused = 8,
		   .refused = FW_ERR_IMAGE_HASH},
};

static void server_ranges_are_parts_of_the_file(void **state)
{
	static const struct {
		const char *range, *if_range;
		enum range_answer answer;
		uint64_t first, size_bytes;
	} cases[] = {
		{NULL, NULL, RANGE_WHOLE, 0, 100},
		{"bytes=0-99", NULL, RANGE_PART, 0, 100},
		{"bytes=99-", NULL, RANGE_PART, 99, 1},
		{"bytes=100-", NULL, RANGE_UNSATISFIABLE, 0, 100},
		{"bytes=10-10", "\"e\"", RANGE_PART, 10, 1},
		{"bytes=10-10", "\"f\"", RANGE_WHOLE, 0, 100},
		{"bytes=10-10", "W/\"e\"", RANGE_WHOLE, 0, 100},
		{"bytes=-1", NULL, RANGE_PART, 99, 1},
		{"bytes=-1000", NULL, RANGE_PART, 0, 100},
		{"bytes=-0", NULL, RANGE_UNSATISFIABLE, 0, 100},
		{"bytes=5-4", NULL, RANGE_WHOLE, 0, 100},
		{"bytes=", NULL, RANGE_WHOLE, 0, 100},
		{"bytes=-", NULL, RANGE_WHOLE, 0, 100},
		{"bytes=1", NULL, RANGE_WHOLE, 0, 100},
		{"bytes=1-2x", NULL, RANGE_WHOLE, 0, 100},
		{"bytes= 1-2", NULL, RANGE_WHOLE, 0, 100},
		{"bytes=1-2,4-5", NULL, RANGE_WHOLE, 0, 100},
		{"bytes=0-18446744073709551615", NULL, RANGE_WHOLE, 0, 100},
		{"bytes=0-9223372036854775800", NULL, RANGE_PART, 0, 100},
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct range part;

		print_message("%s\n", cases[i].range ? cases[i].range : "no range");
		assert_int_equal(
			range_parse(cases[i].range, cases[i].if_range, "\"e\"", 100, &part),
			cases[i].answer);
		assert_int_equal(part.first, cases[i].first);
		assert_int_equal(part.size_bytes, cases[i].size_bytes);
	}
}

static void server_range_of_an_empty_file_is_unsatisfiable(void **state)
{
	struct range part;

	(void)state;
	assert_int_equal(range_parse("bytes=0-0", NULL, "", 0, &part), RANGE_UNSATISFIABLE);
	assert_int_equal(range_parse("bytes=-1", NULL, "", 0, &part), RANGE_UNSATISFIABLE);
}

/* Asked each millisecond for ten seconds: what flows is the rate, and a second's worth before. */
static void server_flow_keeps_its_rate(void **state)
{
	struct flow flow;
	uint64_t sum = 0;

	(void)state;
	flow_open(&flow, 333, 1000);
	for (uint64_t now = 1000; now <= 11000; now++) {
		uint64_t may = flow_may(&flow, 50, now);

		flow_take(&flow, may);
		sum += may;
	}
	assert_in_range(sum, 333 * 10, 333 * 11);
	assert_int_equal(flow_may(&flow, 1000, 5), flow_may(&flow, 1000, 11000));
	assert_int_equal(flow_may(&flow, 1000, 1u << 30), 333);
	flow_open(&flow, 0, 0);
	assert_int_equal(flow_may(&flow, UINT64_MAX, 0), UINT64_MAX);
}

static void server_report_is_read_as_it_was_written(void **state)
{
	char text[REPORT_WIRE_BYTES], why[TOLD_WHY_BYTES];
	struct told told;
	uint32_t bytes;

	(void)state;
	bytes = report_wire_print(text, "gw-1", 3, &server_told.report, HAL_RESET_WATCHDOG,
				  "mirror 2:\n it \"stalls\\");
	assert_int_equal(bytes, strlen(text));
	assert_int_equal(told_parse(text, bytes, &told, why), 0);
	assert_memory_equal(&told.report.version, &server_told.report.version,
			    sizeof(told.report.version));
	assert_int_equal(told.report.sequence_confirmed, UINT64_MAX);
	assert_int_equal(told.report.refused, FW_ERR_IMAGE_HASH);
	assert_int_equal(told.report.slot, 1);
	assert_int_equal(told.reset, HAL_RESET_WATCHDOG);
	assert_int_equal(told.number, 3);
	assert_string_equal(told.saw, "mirror 2: it stalls");
	/* Every reason has a name that is read back. */
	for (int reason = 0; reason >= FW_ERR_UNCONFIRMED; reason--) {
		struct hal_report report = {.refused = reason};

		bytes = report_wire_print(text, "gw-1", 1, &report, HAL_RESET_POWER, "");
		assert_int_equal(told_parse(text, bytes, &told, why), 0);
		assert_int_equal(told.report.refused, reason);
	}
}

static void server_no_prefix_of_a_report_is_one(void **state)
{
	char text[REPORT_WIRE_BYTES], why[TOLD_WHY_BYTES];
	uint32_t bytes = report_wire_print(text, "gw-1", 3, &server_told.report, HAL_RESET_POWER,
					   server_told.saw);
	struct told told;

	(void)state;
	for (uint32_t i = 0; i < bytes; i++) {
		why[0] = '\0';
		assert_int_equal(told_parse(text, i, &told, why), -1);
		assert_non_null(strstr(why, "expected"));
	}
}

/* ---- the ledger ---- */

static int server_ledger_open(void **state)
{
	char path[] = "/tmp/brownout-ledger-XXXXXX", why[256] = "";
	int fd = mkstemp(path);

	assert_true(fd >= 0);
	close(fd);
	*state = ledger_open(path, false, why, sizeof(why));
	unlink(path); /* its files live as long as they are open */
	print_message("%s\n", why);
	return *state ? 0 : -1;
}

static int server_ledger_close(void **state)
{
	ledger_close(*state);
	return 0;
}

static enum ledger_taken server_take(struct ledger *ledger, const struct told *told)
{
	enum ledger_taken taken;

	assert_int_equal(ledger_begin(ledger), 0);
	taken = ledger_take(ledger, told, 1000);
	assert_int_equal(ledger_commit(ledger), 0);
	return taken;
}

static void server_ledger_counts_a_report_once(void **state)
{
	struct ledger *ledger = *state;
	struct ledger_release counts;
	struct ledger_device device;
	struct told told = server_told;
	uint64_t reports, devices;

	assert_int_equal(server_take(ledger, &told), LEDGER_NEW);
	assert_int_equal(server_take(ledger, &told), LEDGER_KNOWN);
	told.report.slot = 0;
	assert_int_equal(server_take(ledger, &told), LEDGER_CONFLICT);
	/* One that comes late is kept, and is not the last word. */
	told.number = 2;
	assert_int_equal(server_take(ledger, &told), LEDGER_NEW);
	assert_int_equal(ledger_totals(ledger, &reports, &devices), 0);
	assert_int_equal(reports, 2);
	assert_int_equal(devices, 1);
	assert_int_equal(ledger_release(ledger, 9, &counts), 0);
	assert_int_equal(counts.given_up, 1);
	assert_int_equal(ledger_release(ledger, UINT64_MAX, &counts), 0);
	assert_int_equal(counts.confirmed, 1);
	assert_int_equal(ledger_device(ledger, "gw-1", &device), 0);
	assert_true(device.known);
	assert_int_equal(device.last.number, 3);
	assert_int_equal(device.last.report.slot, 1);
}

static void server_ledger_forgets_what_was_not_committed(void **state)
{
	struct ledger *ledger = *state;
	uint64_t reports, devices;

	assert_int_equal(ledger_begin(ledger), 0);
	assert_int_equal(ledger_take(ledger, &server_told, 1000), LEDGER_NEW);
	ledger_rollback(ledger);
	assert_int_equal(ledger_totals(ledger, &reports, &devices), 0);
	assert_int_equal(reports, 0);
	assert_int_equal(server_take(ledger, &server_told), LEDGER_NEW);
}

static void server_ledger_keeps_register_and_seat_apart(void **state)
{
	static const struct rollout_device who = {.type = 3, .customer = 2, .region = 15};
	static const struct rollout_seat seat = {.offered = 7, .confirmed = 6, .since_s = 99};
	struct ledger *ledger = *state;
	struct ledger_device device;

	assert_int_equal(ledger_seat(ledger, "gw-2", &seat), 0);
	assert_int_equal(ledger_register(ledger, "gw-2", &who), 0);
	assert_int_equal(ledger_device(ledger, "gw-2", &device), 0);
	assert_false(device.known);
	assert_int_equal(device.who.type, 3);
	assert_int_equal(device.who.region, 15);
	assert_int_equal(device.who.id, rollout_id("gw-2"));
	assert_int_equal(device.seat.offered, 7);
	assert_int_equal(device.seat.since_s, 99);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(server_ranges_are_parts_of_the_file),
		cmocka_unit_test(server_range_of_an_empty_file_is_unsatisfiable),
		cmocka_unit_test(server_flow_keeps_its_rate),
		cmocka_unit_test(server_report_is_read_as_it_was_written),
		cmocka_unit_test(server_no_prefix_of_a_report_is_one),
		cmocka_unit_test_setup_teardown(server_ledger_counts_a_report_once,
						server_ledger_open, server_ledger_close),
		cmocka_unit_test_setup_teardown(server_ledger_forgets_what_was_not_committed,
						server_ledger_open, server_ledger_close),
		cmocka_unit_test_setup_teardown(server_ledger_keeps_register_and_seat_apart,
						server_ledger_open, server_ledger_close),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
