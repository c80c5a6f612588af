/* brownout evidence: for a release, what an auditor asks for. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/cli/cli.h"
#include "sim/cli/covered.h"
#include "sim/cli/maker_options.h"
#include "sim/report/evidence_report.h"
#include "sim/report/output.h"
#include "sim/vendor/file_read.h"

#define EVIDENCE_RESULTS_MAX (256u << 20)

enum {
	EVIDENCE_OPTION_DECLARATION = 0x200, /* above those of covered.h */
	EVIDENCE_OPTION_DEVICE_KEY,
	EVIDENCE_OPTION_NOW,
	EVIDENCE_OPTION_SCENARIOS,
	EVIDENCE_OPTION_SLOT,
};

struct evidence_request {
	struct covered_request covered;
	const char *folder, *declaration_path;
	const char *device_keys[HAL_KEYS_MAX];
	uint32_t device_key_count, slot_bytes;
	bool has_now;
	int64_t now;
};

static const struct argp_option evidence_options[] = {
	{"device-key", EVIDENCE_OPTION_DEVICE_KEY, "PUB.pem", 0,
	 "A key that devices hold; may be repeated", 0},
	{"declaration", EVIDENCE_OPTION_DECLARATION, "FILE", 0,
	 "What the maker declares: support, contacts, policies, in YAML", 0},
	{"scenarios", EVIDENCE_OPTION_SCENARIOS, "PATH", 0,
	 "All scenarios that there are (" COVERED_SCENARIOS " if left out); may be repeated", 0},
	{"slot-size", EVIDENCE_OPTION_SLOT, "BYTES", 0,
	 "Size of the devices' slots (131072 if left out)", 0},
	{"now", EVIDENCE_OPTION_NOW, "DATE", 0,
	 "The moment that it is judged at ($" CLI_EPOCH_VARIABLE
	 ", or when the release was made, if left out)",
	 0},
	CLI_HELP_OPTIONS,
};

static void evidence_complete(struct evidence_request *request, const struct argp_state *state)
{
	struct paths *paths = &request->covered.cast.paths;

	if (!request->folder)
		argp_error(state, "no folder, expected a release's");
	if (request->device_key_count == 0)
		argp_error(state, "no --device-key, expected the keys that devices hold");
	if (!request->has_now)
		request->has_now = cli_epoch(state, &request->now);
	if (paths->count == 0 && paths_add(paths, COVERED_SCENARIOS) != 0)
		exit(CLI_UNUSABLE);
}

static error_t evidence_option(int option, char *text, struct argp_state *state)
{
	struct evidence_request *request = state->input;

	switch (option) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &request->covered;
		return 0;
	case EVIDENCE_OPTION_DEVICE_KEY:
		if (request->device_key_count == HAL_KEYS_MAX)
			argp_error(state, "--device-key: one too many, expected at most %u",
				   HAL_KEYS_MAX);
		request->device_keys[request->device_key_count++] = text;
		return 0;
	case EVIDENCE_OPTION_DECLARATION:
		request->declaration_path = text;
		return 0;
	case EVIDENCE_OPTION_SCENARIOS:
		if (paths_add(&request->covered.cast.paths, text) != 0)
			exit(CLI_UNUSABLE);
		return 0;
	case EVIDENCE_OPTION_SLOT:
		request->slot_bytes = cli_number(state, "--slot-size", text, 1, MAKER_FILE_MAX);
		return 0;
	case EVIDENCE_OPTION_NOW:
		request->has_now = true;
		request->now = cli_moment(state, "--now", text);
		return 0;
	case ARGP_KEY_ARG:
		if (request->folder)
			argp_error(state, "more than one argument, expected one folder");
		request->folder = text;
		return 0;
	case ARGP_KEY_END:
		evidence_complete(request, state);
		return 0;
	default:
		return cli_option(option, state);
	}
}

static int evidence_write_file(const struct evidence *evidence, const char *path,
			       int (*write)(const struct evidence *evidence, FILE *to))
{
	struct output output;

	if (!path)
		return 0;
	if (output_open(&output, path) != 0)
		return -1;
	/* What could not be written shows when the file is closed. */
	(void)write(evidence, output.file);
	return output_close(&output);
}

static int evidence_print(const struct covered_request *request, const struct evidence *evidence)
{
	if (request->cast.json && !request->cast.json_path)
		(void)evidence_json(evidence, stdout);
	else
		evidence_text(evidence, stdout);
	if (evidence_write_file(evidence, request->cast.json_path, evidence_json) != 0 ||
	    evidence_write_file(evidence, request->html_path, evidence_html) != 0)
		return CLI_UNUSABLE;
	return evidence->lack_count > 0 ? CLI_BROKEN : CLI_GOOD;
}

/* The digest of the file that the verdicts come from. 0, or -1 after a message. */
static int evidence_results(const char *path, char hash[RELEASE_HASH_ROOM])
{
	struct release_file file;
	char why[MAKER_WHY_BYTES];

	if (!path)
		return 0;
	file.data = file_read(path, "a run's results", EVIDENCE_RESULTS_MAX, &file.size_bytes, why,
			      sizeof(why));
	if (!file.data) {
		fprintf(stderr, "%s\n", why);
		return -1;
	}
	release_file_hash(&file, hash);
	free(file.data);
	return 0;
}

/* The keys that devices hold, and the release. 0, or -1 after a message. */
static int evidence_load(const struct evidence_request *request, struct release_device *device,
			 struct release *release)
{
	char why[MAKER_WHY_BYTES];

	for (uint32_t i = 0; i < request->device_key_count; i++) {
		if (release_device_read(device, request->device_keys[i], why, sizeof(why)) == 0)
			continue;
		fprintf(stderr, "%s\n", why);
		return -1;
	}
	if (release_load(release, request->folder, device, why, sizeof(why)) == 0)
		return 0;
	fprintf(stderr, "%s\n", why);
	return -1;
}

static int evidence_perform(const struct evidence_request *request)
{
	struct release_device device = {.slot_bytes = request->slot_bytes};
	struct release release = {.record = NULL};
	struct declaration declaration;
	struct covered covered = {0};
	struct evidence evidence = {
		.coverage = &covered.coverage,
		.declaration = &declaration,
		.release = &release,
		.device = &device,
		.tool_version = CLI_VERSION,
		.has_as_of = request->has_now,
		.as_of = request->now,
	};
	int status = CLI_UNUSABLE;

	/* The scenarios come last: whoever mistypes a path is not to wait for them. */
	if (declaration_open(&declaration, request->declaration_path) == 0 &&
	    evidence_load(request, &device, &release) == 0 &&
	    evidence_results(request->covered.results_path, evidence.results_hash) == 0 &&
	    covered_open(&covered, &request->covered, true) == 0) {
		if (!evidence.has_as_of)
			evidence.has_as_of = evidence_moment(&release, &evidence.as_of) == 0;
		evidence_judge(&evidence);
		status = evidence_print(&request->covered, &evidence);
	}
	covered_close(&covered);
	release_free(&release);
	release_device_free(&device);
	declaration_close(&declaration);
	return status;
}

int cli_evidence(int argc, char **argv)
{
	static char name[] = "brownout evidence";
	static const struct cli_verb verb = {
		.name = name,
		.example = "build/brownout evidence releases/1.3.0 --device-key vendor.pub.pem "
			   "--declaration product.yaml \\\n"
			   "    --results run.json --html evidence.html --json=evidence.json",
		.arguments = "FOLDER",
		.doc = "Writes, for a release, what an auditor asks for: each requirement of the "
		       "Cyber Resilience Act and of ETSI EN 303 645, the scenarios that show it "
		       "and "
		       "what came of them, the files' digests and who signed them, versions, and "
		       "what the maker declares. What is not there is said to be MISSING. Exits 0 "
		       "if nothing is missing, 1 if something is, a scenario did not hold or was "
		       "not run, or the release is refused (all is written even so), 2 if an input "
		       "cannot be used (nothing is).",
		.options = evidence_options,
		.option = evidence_option,
		.children = covered_options,
	};
	struct evidence_request request = {.slot_bytes = MAKER_SLOT_BYTES};
	int status;

	cli_parse(&verb, argc, argv, &request);
	paths_sort(&request.covered.cast.paths);
	status = evidence_perform(&request);
	paths_close(&request.covered.cast.paths);
	return status;
}
