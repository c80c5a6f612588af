/* A device's report as it crosses the network: one JSON object. */
#ifndef HARDWARE_REPORT_WIRE_H
#define HARDWARE_REPORT_WIRE_H

#include "device-model/hal.h"

#define REPORT_WIRE_BYTES 1024u /* room for any report, its end included */
#define REPORT_WIRE_SAW	  192u	/* what the network side saw, in words; its end included */

/*
 * Writes the report with its number, which is one above that of the device's report before: that
 * and the device's id are how a server knows one that comes twice. reset: why the life began in
 * which it was made. saw: what the network side of the device met last that it had not expected,
 * printable ASCII, or "". 64-bit numbers are written as text, since JSON's readers have none of
 * that size. Returns the bytes written, without the end.
 */
uint32_t report_wire_print(char text[REPORT_WIRE_BYTES], const char *device, uint64_t number,
			   const struct hal_report *report, enum hal_reset reset, const char *saw);
/* "power", "watchdog": how a reset is called there. */
const char *report_wire_reset(enum hal_reset reset);

#endif
