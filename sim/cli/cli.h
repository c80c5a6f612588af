/*
 * The verbs of the command line, one file each. argv[0] is the verb. Each returns the exit status:
 * 0 all as expected, 1 a rule broke or an expectation failed, 2 the input or the usage is wrong.
 */
#ifndef CLI_CLI_H
#define CLI_CLI_H

#include <argp.h>
#include <stdbool.h>
#include <stdint.h>

#define CLI_VERSION "0.1.0"

enum {
	CLI_GOOD = 0,
	CLI_BROKEN = 1,
	CLI_UNUSABLE = 2,
};

int cli_run(int argc, char **argv);
int cli_coverage(int argc, char **argv);
int cli_explore(int argc, char **argv);
int cli_replay(int argc, char **argv);
int cli_shrink(int argc, char **argv);
int cli_specimens(int argc, char **argv);
int cli_verify(int argc, char **argv);
int cli_manifest(int argc, char **argv);
int cli_keygen(int argc, char **argv);
int cli_sign(int argc, char **argv);
int cli_release(int argc, char **argv);
int cli_fleet(int argc, char **argv);
int cli_serve(int argc, char **argv);
int cli_enrol(int argc, char **argv);
int cli_log(int argc, char **argv);
int cli_evidence(int argc, char **argv);

/*
 * Parses a verb's command line by argp into input. Adds --help, which shows the example first, and
 * --usage; a usage error ends the process with status 2.
 */
struct cli_verb {
	char *name; /* "brownout run" */
	const char *example, *arguments, *doc;
	const struct argp_option *options; /* CLI_HELP_OPTIONS at their end */
	argp_parser_t option;
	const struct argp_child *children; /* options that verbs share, or NULL */
};

#define CLI_OPTION_USAGE 0x1000 /* a verb's own options without a short form are below it */
#define CLI_HELP_OPTIONS                                                                \
	{"help", '?', NULL, 0, "Give this help", -1},                                   \
		{"usage", CLI_OPTION_USAGE, NULL, 0, "Give a short usage message", -1}, \
	{                                                                               \
		0                                                                       \
	}

void cli_parse(const struct cli_verb *verb, int argc, char **argv, void *input);
/* What a verb's parser does with an option that is not its own. */
error_t cli_option(int option, struct argp_state *state);
/* A whole number, or a usage error. */
uint32_t cli_number(const struct argp_state *state, const char *option, const char *text,
		    uint32_t low, uint32_t high);
/* A moment, in seconds since 1970, or a usage error. */
int64_t cli_moment(const struct argp_state *state, const char *option, const char *text);
/* What reproducible builds take for now. False: the variable is not set. */
#define CLI_EPOCH_VARIABLE "SOURCE_DATE_EPOCH"
bool cli_epoch(const struct argp_state *state, int64_t *seconds);
/* Whether it is of one device; a message if it is a fleet. */
struct scenario;
bool cli_one_device(const struct scenario *scenario);
/* Two options that name files, either of which may be NULL: a usage error if they are one. */
void cli_two_files(const struct argp_state *state, const char *option, const char *path,
		   const char *other_option, const char *other_path);

#endif
