/* What a device told its maker, read from the bytes that came. */
#ifndef SERVER_TOLD_H
#define SERVER_TOLD_H

#include <stddef.h>

#include "device-model/hal.h"
#include "device-model/hardware/report_wire.h"
#include "sim/server/pki.h"

#define TOLD_WHY_BYTES 160u

struct told {
	char device[PKI_NAME_MAX + 1];
	uint64_t number;
	struct hal_report report;
	enum hal_reset reset; /* why the life began in which it was made */
	char saw[REPORT_WIRE_SAW];
};

/*
 * Reads one JSON object that has each member of report_wire_print, and no other. 0, or -1 and why:
 * what was found and what was expected, without bytes of the input that a terminal would act on.
 */
FW_CHECKED int told_parse(const char *data, size_t size_bytes, struct told *told,
			  char why[TOLD_WHY_BYTES]);

#endif
