/* A device's report as it crosses the network. */
#include "device-model/hardware/report_wire.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>

static const char *report_wire_reason(int32_t refused)
{
	switch (refused) {
#define X(name, text)       \
	case FW_ERR_##name: \
		return #name;
		FW_ERRORS(X)
#undef X
	default:
		return "OK";
	}
}

const char *report_wire_reset(enum hal_reset reset)
{
	switch (reset) {
	case HAL_RESET_POWER:
		return "power";
	case HAL_RESET_SOFTWARE:
		return "software";
	case HAL_RESET_WATCHDOG:
		return "watchdog";
	case HAL_RESET_FAULT:
		return "fault";
	case HAL_RESET_SELF_TEST:
		return "self-test";
	}
	return "unknown";
}

/* In quotes; what would need an escape is left out, and no text of ours has any. */
static void report_wire_plain(char *to, uint32_t room, const char *from)
{
	uint32_t used = 0;

	for (; *from && used + 1 < room; from++)
		if (*from >= ' ' && *from <= '~' && *from != '"' && *from != '\\')
			to[used++] = *from;
	to[used] = '\0';
}

uint32_t report_wire_print(char text[REPORT_WIRE_BYTES], const char *device, uint64_t number,
			   const struct hal_report *report, enum hal_reset reset, const char *saw)
{
	char plain[REPORT_WIRE_SAW];
	int used;

	report_wire_plain(plain, sizeof(plain), saw);
	used = snprintf(
		text, REPORT_WIRE_BYTES,
		"{\"device\":\"%.64s\",\"number\":\"%" PRIu64 "\",\"slot\":\"%c\","
		"\"version\":\"%u.%u.%u+%" PRIu32 "\",\"confirmed\":%s,"
		"\"security_counter\":%" PRIu32 ",\"revoked\":%" PRIu32 ","
		"\"sequence_confirmed\":\"%" PRIu64 "\",\"sequence_given_up\":\"%" PRIu64
		"\",\"sequence_refused\":\"%" PRIu64 "\",\"refused\":\"%s\",\"reset\":\"%s\","
		"\"saw\":\"%s\"}",
		device, number, report->slot == 0 ? 'A' : 'B', report->version.major,
		report->version.minor, report->version.revision, report->version.build,
		report->confirmed ? "true" : "false", report->security_counter, report->revoked,
		report->sequence_confirmed, report->sequence_given_up, report->sequence_refused,
		report_wire_reason(report->refused), report_wire_reset(reset), plain);
	assert(used > 0 && used < (int)REPORT_WIRE_BYTES);
	return (uint32_t)used;
}
