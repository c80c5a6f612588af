/* brownout log: what a device told its server, and what it was offered, line by line. */
#include "sim/cli/cli.h"

#include <assert.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>

#include <jansson.h>

#include "sim/report/words.h"
#include "sim/server/ledger.h"
#include "sim/vendor/notation.h"

#define LOG_OPTION_JSON 0x100

struct log_request {
	const char *path, *device;
	bool json;
	json_t *lines; /* NULL: as text */
	uint64_t count;
};

static const struct argp_option log_options[] = {
	{"json", LOG_OPTION_JSON, NULL, 0, "Print one JSON array", 0},
	CLI_HELP_OPTIONS,
};

static error_t log_option(int option, char *text, struct argp_state *state)
{
	struct log_request *request = state->input;

	switch (option) {
	case LOG_OPTION_JSON:
		request->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (request->device)
			argp_error(state, "'%s' is one too many, expected a ledger and a device",
				   text);
		*(request->path ? &request->device : &request->path) = text;
		return 0;
	case ARGP_KEY_END:
		if (!request->device)
			argp_error(state, "no device, expected a ledger and a device's id");
		return 0;
	default:
		return cli_option(option, state);
	}
}

static void log_text(const struct ledger_line *line, const char *moment)
{
	char text[WORDS_TEXT_BYTES];

	if (!line->told) {
		printf("%s  offered   manifest %" PRIu64 "\n", moment, line->offered);
		return;
	}
	words_report(&line->told->report, text);
	printf("%s  report %-3" PRIu64 "%s", moment, line->told->number, text);
	if (line->told->reset != HAL_RESET_POWER)
		printf("; after a reset: %s", report_wire_reset(line->told->reset));
	if (line->told->saw[0])
		printf("; saw: %s", line->told->saw);
	putchar('\n');
}

static void log_json(json_t *lines, const struct ledger_line *line, const char *moment)
{
	char text[REPORT_WIRE_BYTES];
	json_t *report;

	if (!line->told) {
		json_array_append_new(lines, json_pack("{s:s, s:o}", "at", moment, "offered",
						       json_sprintf("%" PRIu64, line->offered)));
		return;
	}
	(void)report_wire_print(text, line->told->device, line->told->number, &line->told->report,
				line->told->reset, line->told->saw);
	report = json_loads(text, 0, NULL);
	assert(report);
	json_array_append_new(lines, json_pack("{s:s, s:o}", "at", moment, "report", report));
}

static void log_line(void *context, const struct ledger_line *line)
{
	struct log_request *request = context;
	char moment[NOTATION_MOMENT_ROOM];

	request->count++;
	notation_moment_text(line->at_s, moment);
	if (request->lines)
		log_json(request->lines, line, moment);
	else
		log_text(line, moment);
}

static int log_run(struct log_request *request)
{
	char why[512];
	struct ledger *ledger = ledger_open(request->path, true, why, sizeof(why));
	int rc;

	if (!ledger) {
		fprintf(stderr, "%s\n", why);
		return CLI_UNUSABLE;
	}
	if (request->json)
		request->lines = json_array();
	rc = ledger_log(ledger, request->device, log_line, request);
	ledger_close(ledger);
	if (request->lines) {
		json_dumpf(request->lines, stdout, JSON_INDENT(1));
		putchar('\n');
		json_decref(request->lines);
	}
	if (rc != 0)
		fprintf(stderr, "%s: damaged, expected a ledger of `brownout serve`\n",
			request->path);
	else if (request->count == 0)
		fprintf(stderr, "%s: nothing of %s, expected a device that was heard of\n",
			request->path, request->device);
	return rc == 0 && request->count ? CLI_GOOD : CLI_UNUSABLE;
}

int cli_log(int argc, char **argv)
{
	static char name[] = "brownout log";
	static const struct cli_verb verb = {
		.name = name,
		.example = "build/brownout log brownout-state/ledger.db gateway-1",
		.arguments = "LEDGER DEVICE",
		.doc = "Prints what became of a device, in the order in which it was written down: "
		       "the releases that it was offered and each report that it made. The server "
		       "may run meanwhile.",
		.options = log_options,
		.option = log_option,
	};
	struct log_request request = {.path = NULL};

	cli_parse(&verb, argc, argv, &request);
	return log_run(&request);
}
