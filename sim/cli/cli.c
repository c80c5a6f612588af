/* What the verbs' command lines have in common: help that begins with an example, numbers. */
#include "sim/cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/scenario.h"
#include "sim/vendor/notation.h"

/* The verb whose command line is parsed; argp hands its parser no more than the verb's input. */
static const struct cli_verb *cli_verb_now;

void cli_parse(const struct cli_verb *verb, int argc, char **argv, void *input)
{
	struct argp argp = {
		.options = verb->options,
		.parser = verb->option,
		.args_doc = verb->arguments,
		.doc = verb->doc,
		.children = verb->children,
	};

	argv[0] = verb->name;
	argp_err_exit_status = CLI_UNUSABLE;
	cli_verb_now = verb;
	/* argp's own --help would begin with the usage. Its errors end the process. */
	argp_parse(&argp, argc, argv, ARGP_NO_HELP, NULL, input);
}

error_t cli_option(int option, struct argp_state *state)
{
	switch (option) {
	case '?':
		fprintf(stdout, "Example:\n  %s\n\n", cli_verb_now->example);
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
		return 0;
	case CLI_OPTION_USAGE:
		argp_state_help(state, stdout, ARGP_HELP_USAGE | ARGP_HELP_EXIT_OK);
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

uint32_t cli_number(const struct argp_state *state, const char *option, const char *text,
		    uint32_t low, uint32_t high)
{
	unsigned long long value;
	char *end;

	errno = 0;
	value = strtoull(text, &end, 10);
	/* strtoull takes a sign and blanks; a number here begins with a digit. */
	if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || value < low || value > high)
		argp_error(state, "%s: '%s', expected a number from %u to %u", option, text, low,
			   high);
	return (uint32_t)value;
}

int64_t cli_moment(const struct argp_state *state, const char *option, const char *text)
{
	int64_t seconds = 0;

	if (notation_moment_parse(text, &seconds) != 0)
		argp_error(state, "%s: '%s', " NOTATION_MOMENT_EXPECT, option, text);
	return seconds;
}

bool cli_epoch(const struct argp_state *state, int64_t *seconds)
{
	const char *epoch = getenv(CLI_EPOCH_VARIABLE);
	char *end;

	if (!epoch)
		return false;
	errno = 0;
	*seconds = strtoll(epoch, &end, 10);
	if (*epoch < '0' || *epoch > '9' || *end != '\0' || errno != 0)
		argp_error(state, "$" CLI_EPOCH_VARIABLE ": '%s', expected seconds since 1970",
			   epoch);
	return true;
}

void cli_two_files(const struct argp_state *state, const char *option, const char *path,
		   const char *other_option, const char *other_path)
{
	if (path && other_path && strcmp(path, other_path) == 0)
		argp_error(state, "%s and %s both go to %s, expected two files", option,
			   other_option, other_path);
}

bool cli_one_device(const struct scenario *scenario)
{
	if (!scenario->fleet)
		return true;
	fprintf(stderr,
		"%s: a fleet, expected a scenario of one device; 'brownout fleet' runs it\n",
		scenario->path);
	return false;
}
