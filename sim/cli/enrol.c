/* brownout enrol: a device's key and certificate, and its place in the register. */
#include "sim/cli/cli.h"

#include <stdio.h>
#include <stdlib.h>

#include "sim/server/ledger.h"
#include "sim/server/state.h"
#include "sim/vendor/notation.h"

enum {
	ENROL_OPTION_CUSTOMER = 0x100,
	ENROL_OPTION_REGION,
	ENROL_OPTION_TYPE,
	ENROL_OPTION_UTC_OFFSET,
};

struct enrol {
	const char *folder;
	char **devices;
	int count;
	struct rollout_device who;
};

static const struct argp_option enrol_options[] = {
	{"type", ENROL_OPTION_TYPE, "N", 0, "Type of device, 0 to 15 (0 if left out)", 0},
	{"customer", ENROL_OPTION_CUSTOMER, "N", 0, "Likewise", 0},
	{"region", ENROL_OPTION_REGION, "N", 0, "Likewise", 0},
	{"utc-offset", ENROL_OPTION_UTC_OFFSET, "+HH:MM", 0,
	 "Its local time, by which windows of maintenance go (+00:00 if left out)", 0},
	CLI_HELP_OPTIONS,
};

static void enrol_arguments(struct enrol *enrol, const struct argp_state *state)
{
	enrol->folder = state->argv[state->next];
	enrol->devices = state->argv + state->next + 1;
	enrol->count = state->argc - state->next - 1;
	for (int i = 0; i < enrol->count; i++)
		if (!pki_name_good(enrol->devices[i]))
			argp_error(state,
				   "'%s', expected a device's id: 1 to 64 letters, digits or any "
				   "of . - _ :",
				   enrol->devices[i]);
}

static error_t enrol_option(int option, char *text, struct argp_state *state)
{
	struct enrol *enrol = state->input;

	switch (option) {
	case ENROL_OPTION_TYPE:
		enrol->who.type = cli_number(state, "--type", text, 0, ROLLOUT_NAMES_MAX - 1);
		return 0;
	case ENROL_OPTION_CUSTOMER:
		enrol->who.customer =
			cli_number(state, "--customer", text, 0, ROLLOUT_NAMES_MAX - 1);
		return 0;
	case ENROL_OPTION_REGION:
		enrol->who.region = cli_number(state, "--region", text, 0, ROLLOUT_NAMES_MAX - 1);
		return 0;
	case ENROL_OPTION_UTC_OFFSET:
		if (notation_offset_parse(text, &enrol->who.utc_offset_minutes) != 0)
			argp_error(state, "--utc-offset: '%s', expected +HH:MM or -HH:MM", text);
		return 0;
	case ARGP_KEY_ARGS:
		enrol_arguments(enrol, state);
		return 0;
	case ARGP_KEY_END:
		if (enrol->count < 1)
			argp_error(state, "no device, expected a server's folder and ids");
		return 0;
	default:
		return cli_option(option, state);
	}
}

static int enrol_all(const struct enrol *enrol, const struct state *state, struct ledger *ledger,
		     char *why, size_t why_bytes)
{
	for (int i = 0; i < enrol->count; i++) {
		if (state_enrol(state, enrol->devices[i], why, why_bytes) != 0)
			return -1;
		if (ledger_register(ledger, enrol->devices[i], &enrol->who) != 0) {
			snprintf(why, why_bytes,
				 "%s: the ledger does not take it, expected room "
				 "on its disk",
				 enrol->devices[i]);
			return -1;
		}
		printf("%s  %s/devices/%s.pem\n", enrol->devices[i], enrol->folder,
		       enrol->devices[i]);
	}
	return 0;
}

static int enrol_run(const struct enrol *enrol)
{
	struct state state;
	struct ledger *ledger = NULL;
	char why[512], *path = state_path(enrol->folder, "ledger.db");
	int rc = state_open(&state, enrol->folder, why, sizeof(why));

	if (rc == 0) {
		ledger = ledger_open(path, false, why, sizeof(why));
		rc = ledger ? enrol_all(enrol, &state, ledger, why, sizeof(why)) : -1;
	}
	if (rc != 0)
		fprintf(stderr, "%s\n", why);
	ledger_close(ledger);
	state_close(&state);
	free(path);
	return rc == 0 ? CLI_GOOD : CLI_UNUSABLE;
}

int cli_enrol(int argc, char **argv)
{
	static char name[] = "brownout enrol";
	static const struct cli_verb verb = {
		.name = name,
		.example = "build/brownout enrol brownout-state gateway-1 gateway-2 --region 2",
		.arguments = "FOLDER ID...",
		.doc = "Makes a key and a certificate for each device, signed by the authority of "
		       "a "
		       "server's folder, and writes the device into its register: type, customer "
		       "and region, by which rollouts choose, and its local time. Who has a "
		       "certificate keeps it. The "
		       "server learns of it when it hears of the device for the first time.",
		.options = enrol_options,
		.option = enrol_option,
	};
	struct enrol enrol = {.count = 0};

	cli_parse(&verb, argc, argv, &enrol);
	return enrol_run(&enrol);
}
