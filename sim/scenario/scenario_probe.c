/* Edits of manifests, from the text of the YAML. */
#include "sim/scenario/scenario_probe.h"

#include <ctype.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario/scenario_trial.h"

static int probe_number(const char **text, int base, char end, uint32_t *number)
{
	char *rest;
	unsigned long value;

	if (!isxdigit((unsigned char)**text))
		return -1;
	value = strtoul(*text, &rest, base);
	if (value > UINT16_MAX || *rest != end)
		return -1;
	*text = rest + 1;
	*number = (uint32_t)value;
	return 0;
}

/* Digits up to a comma or the end, two a byte. */
static int probe_hex(const char **text, struct edit *edit)
{
	const char *at = *text;

	for (; isxdigit((unsigned char)at[0]) && isxdigit((unsigned char)at[1]); at += 2) {
		const char pair[] = {at[0], at[1], '\0'};

		if (edit->put_bytes == EDIT_PUT_BYTES)
			return -1;
		edit->put[edit->put_bytes++] = (uint8_t)strtoul(pair, NULL, 16);
	}
	*text = at;
	return *at == ',' || *at == '\0' ? 0 : -1;
}

int scenario_edits_read(const char *text, bool after, struct edits *edits)
{
	for (; text; text = *text == ',' ? text + 1 : NULL) {
		struct edit *edit = &edits->edit[edits->count];

		if (edits->count++ == EDIT_MAX)
			return -1;
		edit->after = after;
		if (probe_number(&text, 0, '-', &edit->at) != 0 ||
		    probe_number(&text, 10, '+', &edit->drop_bytes) != 0 ||
		    probe_hex(&text, edit) != 0)
			return -1;
	}
	return 0;
}

int scenario_probe_read(const struct scenario_yaml_file *file, uint32_t i,
			struct scenario_probe_edits *edits, int *refused)
{
	const struct scenario_yaml_probe *yaml = &file->root->attack->probes[i];
	char place[48];

	memset(edits, 0, sizeof(*edits));
	(void)snprintf(place, sizeof(place), "attack.probes[%" PRIu32 "]", i);
	if (!yaml->manifest && !yaml->envelope && !yaml->covered && !yaml->image)
		return scenario_yaml_fail(file, place,
					  "a probe edits nothing, expected 'manifest', 'envelope', "
					  "'covered' or 'image'");
	if (file->root->faults != NULL && file->root->faults->cut_every)
		return scenario_yaml_fail(file, place,
					  "probes come one a life, expected 'cut: none'");
	if (scenario_edits_read(yaml->manifest, false, &edits->manifest) != 0 ||
	    scenario_edits_read(yaml->envelope, true, &edits->manifest) != 0 ||
	    scenario_edits_read(yaml->covered, false, &edits->image) != 0 ||
	    scenario_edits_read(yaml->image, true, &edits->image) != 0)
		return scenario_yaml_fail(file, place,
					  "edits that cannot be read, expected up to %u of "
					  "AT-DROP+HEX, such as 0x1f-1+1801,4-0+00",
					  EDIT_MAX);
	*refused = scenario_trial_reason(yaml->refused);
	if (*refused == FW_OK)
		return scenario_yaml_fail(file, place,
					  "there is no reason '%s', expected one of FW_ERRORS in "
					  "device-model/hal.h",
					  yaml->refused);
	return 0;
}
