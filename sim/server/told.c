/* What a device told its maker. */
#include "sim/server/told.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "device-model/firmware/fw_err.h"
#include "sim/vendor/notation.h"

static int told_refuse(char why[TOLD_WHY_BYTES], const char *name, const char *expected)
{
	snprintf(why, TOLD_WHY_BYTES, "%s is not there or wrong, expected %s", name, expected);
	return -1;
}

static const char *told_text(const json_t *root, const char *name)
{
	const char *text = json_string_value(json_object_get(root, name));

	return text ? text : "";
}

/* Digits only, without leading zeros: a number has one spelling. */
static int told_number(const json_t *root, const char *name, uint64_t *number,
		       char why[TOLD_WHY_BYTES])
{
	const char *text = told_text(root, name);
	char *end;

	errno = 0;
	*number = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end || errno || (*text == '0' && text[1]))
		return told_refuse(why, name, "a whole number of 64 bits as text");
	return 0;
}

static int told_word(const json_t *root, const char *name, uint32_t *number,
		     char why[TOLD_WHY_BYTES])
{
	const json_t *value = json_object_get(root, name);
	json_int_t found = json_integer_value(value);

	*number = (uint32_t)found;
	if (!json_is_integer(value) || found < 0 || found > UINT32_MAX)
		return told_refuse(why, name, "a whole number of 32 bits");
	return 0;
}

static int told_reason(const json_t *root, int32_t *reason, char why[TOLD_WHY_BYTES])
{
	const char *name = told_text(root, "refused");

	*reason = FW_OK;
	if (strcmp(name, "OK") == 0)
		return 0;
	for (int err = -1; strcmp(fw_err_name(err), fw_err_name(1)) != 0; err--)
		if (strcmp(fw_err_name(err), name) == 0) {
			*reason = err;
			return 0;
		}
	return told_refuse(why, "refused", "OK or the name of a reason");
}

static int told_reset(const json_t *root, enum hal_reset *reset, char why[TOLD_WHY_BYTES])
{
	const char *name = told_text(root, "reset");

	for (int cause = HAL_RESET_POWER; cause <= (int)HAL_RESET_SELF_TEST; cause++)
		if (strcmp(report_wire_reset((enum hal_reset)cause), name) == 0) {
			*reset = (enum hal_reset)cause;
			return 0;
		}
	return told_refuse(why, "reset", "power, software, watchdog, fault or self-test");
}

static int told_numbers(const json_t *root, struct told *told, char why[TOLD_WHY_BYTES])
{
	struct hal_report *report = &told->report;

	if (told_number(root, "number", &told->number, why) ||
	    told_word(root, "security_counter", &report->security_counter, why) ||
	    told_word(root, "revoked", &report->revoked, why) ||
	    told_number(root, "sequence_confirmed", &report->sequence_confirmed, why) ||
	    told_number(root, "sequence_given_up", &report->sequence_given_up, why) ||
	    told_number(root, "sequence_refused", &report->sequence_refused, why))
		return -1;
	if (told->number == 0 || told->number > INT64_MAX)
		return told_refuse(why, "number", "one from 1 to 9223372036854775807");
	return 0;
}

static int told_texts(const json_t *root, struct told *told, char why[TOLD_WHY_BYTES])
{
	const char *device = told_text(root, "device"), *slot = told_text(root, "slot");
	const char *saw = told_text(root, "saw");
	const json_t *confirmed = json_object_get(root, "confirmed");

	if (!pki_name_good(device))
		return told_refuse(why, "device", "the id in the device's certificate");
	if (strcmp(slot, "A") != 0 && strcmp(slot, "B") != 0)
		return told_refuse(why, "slot", "A or B");
	if (notation_version_parse(told_text(root, "version"), &told->report.version) != 0)
		return told_refuse(why, "version", "major.minor.revision[+build]");
	if (!json_is_boolean(confirmed))
		return told_refuse(why, "confirmed", "true or false");
	if (!json_is_string(json_object_get(root, "saw")) || strlen(saw) >= REPORT_WIRE_SAW)
		return told_refuse(why, "saw", "a text of at most 191 bytes");
	for (const char *at = saw; *at; at++)
		if (*at < ' ' || *at > '~')
			return told_refuse(why, "saw", "printable ASCII");
	memcpy(told->device, device, strlen(device) + 1);
	memcpy(told->saw, saw, strlen(saw) + 1);
	told->report.slot = *slot == 'B';
	told->report.confirmed = json_is_true(confirmed);
	return told_reset(root, &told->reset, why) || told_reason(root, &told->report.refused, why)
		       ? -1
		       : 0;
}

int told_parse(const char *data, size_t size_bytes, struct told *told, char why[TOLD_WHY_BYTES])
{
	enum { TOLD_MEMBERS = 13 };
	json_error_t error;
	json_t *root = json_loadb(data, size_bytes, JSON_REJECT_DUPLICATES, &error);
	int rc = -1;

	memset(told, 0, sizeof(*told));
	if (!json_is_object(root))
		snprintf(why, TOLD_WHY_BYTES, "no JSON object (byte %d), expected a report",
			 root ? 0 : error.position);
	else if (told_texts(root, told, why) == 0 && told_numbers(root, told, why) == 0)
		rc = json_object_size(root) == TOLD_MEMBERS
			     ? 0
			     : told_refuse(why, "a member", "those of a report and no others");
	json_decref(root);
	return rc;
}
