/* brownout VERB ...: finds the verb's function and calls it. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "sim/cli/cli.h"

struct verb {
	const char *name, *arguments, *summary;
	int (*run)(int argc, char **argv);
};

static const struct verb verbs[] = {
	{"run", "PATH...", "runs scenarios: every cut, a verdict each", cli_run},
	{"explore", "SCENARIO", "every cut, from every state that cuts can reach", cli_explore},
	{"replay", "CASE", "tells one case step by step", cli_replay},
	{"shrink", "CASE", "the smallest plan that still breaks the same rule", cli_shrink},
	{"coverage", "[PATH...]", "every threat of the catalogue, and what covers it",
	 cli_coverage},
	{"specimens", "[NAME...]", "the known bugs, and whether the scenarios catch them",
	 cli_specimens},
	{"verify", "IMAGE --key PUB.pem", "the firmware's own image check", cli_verify},
	{"manifest", "FILE --key PUB.pem", "the firmware's own manifest check", cli_manifest},
	{"keygen", "KEY", "makes a signing key, in a file or in an HSM", cli_keygen},
	{"sign", "PAYLOAD --key KEY", "makes a signed image of a payload", cli_sign},
	{"release", "PAYLOAD --key KEY", "makes image, manifest and SBOM, as one folder",
	 cli_release},
	{"fleet", "SCENARIO", "a staged rollout over many devices, in virtual time", cli_fleet},
	{"evidence", "FOLDER", "for a release, what an auditor asks for, as HTML and JSON",
	 cli_evidence},
	{"serve", "DIR...", "the update server: releases, rollout, reports, status page",
	 cli_serve},
	{"enrol", "FOLDER ID...", "makes devices known to a server", cli_enrol},
	{"log", "LEDGER DEVICE", "what a device told its server, line by line", cli_log},
};

#define VERBS (sizeof(verbs) / sizeof(verbs[0]))

static void main_usage(FILE *to)
{
	fputs("Usage: brownout VERB [OPTION...] [ARGUMENT...]\n\n", to);
	for (size_t i = 0; i < VERBS; i++)
		fprintf(to, "  %-9s  %-20s  %s\n", verbs[i].name, verbs[i].arguments,
			verbs[i].summary);
}

static int main_help(void)
{
	puts("Example:\n"
	     "  build/brownout run scenarios/\n");
	main_usage(stdout);
	puts("\n"
	     "Whatever happens while a device updates itself, does it still boot something it\n"
	     "should trust? The real bootloader and agent run on a virtual flash and eFuse; the\n"
	     "power is cut inside every write, and rules are held against what the device did.\n"
	     "\n"
	     "`brownout VERB --help` shows an example first. Exit status: 0 all as expected,\n"
	     "1 a rule broke or an expectation failed, 2 the input or the usage is wrong.");
	return CLI_GOOD;
}

/* What was printed must have arrived: a full disk is no success. */
static int main_flush(int status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fprintf(stderr, "brownout: stdout: %s, expected to write there\n", strerror(errno));
	return CLI_UNUSABLE;
}

int main(int argc, char **argv)
{
	const char *name = argc > 1 ? argv[1] : "";

	if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0)
		return main_flush(main_help());
	if (strcmp(name, "--version") == 0) {
		puts("brownout " CLI_VERSION);
		return main_flush(CLI_GOOD);
	}
	for (size_t i = 0; i < VERBS; i++)
		if (strcmp(name, verbs[i].name) == 0)
			return main_flush(verbs[i].run(argc - 1, argv + 1));
	if (argc > 1)
		fprintf(stderr, "brownout: no verb '%s', expected one of:\n\n", name);
	else
		fprintf(stderr, "brownout: no verb, expected one of:\n\n");
	main_usage(stderr);
	return CLI_UNUSABLE;
}
