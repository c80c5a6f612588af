/* brownout manifest: the firmware's own manifest check, on a file, and what the manifest says. */
#include "sim/cli/cli.h"

#include <argp.h>
#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "device-model/firmware/fw_err.h"
#include "device-model/firmware/manifest.h"
#include "device-model/hardware/crypto.h"
#include "sim/vendor/key_file.h"
#include "sim/vendor/notation.h"
#include "sim/vendor/suit_read.h"

#define MANIFEST_SLOTS	    2u
#define MANIFEST_EVERY_SLOT MANIFEST_SLOTS /* as a wish: no slot asked for */
#define MANIFEST_NO_SLOT    UINT32_MAX	   /* no device has it: what holds here holds anywhere */

enum {
	MANIFEST_ACCEPTED = 0,
	MANIFEST_REJECTED = 1,
	MANIFEST_UNUSABLE = 2,
	MANIFEST_OPTION_HEX = 0x100, /* above all characters: options without a short form */
	MANIFEST_OPTION_JSON,
	MANIFEST_OPTION_KEY,
	MANIFEST_OPTION_SLOT,
	MANIFEST_OPTION_USAGE,
};

struct manifest_request {
	const char *path;
	const char *key_path;
	uint32_t slot; /* or MANIFEST_EVERY_SLOT */
	bool hex;
	bool json;
};

/* A byte more than a device takes is kept, so that the firmware itself finds it too large. */
struct manifest_file {
	uint8_t data[MANIFEST_BYTES_MAX + 1];
	uint32_t size_bytes;
};

/* What the firmware made of the manifest for one slot. */
struct manifest_answer {
	const char *slot; /* "A", "B" or "any" */
	int status;
	struct manifest_update update;
};

struct manifest_verdict {
	int status;
	struct manifest manifest;
	uint8_t vendor_id[SUIT_ID_BYTES];
	uint8_t class_id[SUIT_ID_BYTES];
	struct suit_notes notes; /* for people */
	struct manifest_answer answers[MANIFEST_SLOTS];
	uint32_t answer_count;
};

static const char manifest_example[] =
	"Example:\n"
	"  build/brownout manifest update.suit --key vendor.pub.pem --slot B\n\n";

static const struct argp_option manifest_options[] = {
	{"key", MANIFEST_OPTION_KEY, "PUB.pem", 0,
	 "The one public key that the device holds; manifests are signed with P-256 (ES256)", 0},
	{"slot", MANIFEST_OPTION_SLOT, "A|B", 0,
	 "The slot that the update would go to (each in turn if left out)", 0},
	{"hex", MANIFEST_OPTION_HEX, NULL, 0, "FILE holds hex digits, in lines of any length", 0},
	{"json", MANIFEST_OPTION_JSON, NULL, 0, "Print one JSON object", 0},
	{"help", '?', NULL, 0, "Give this help", -1},
	{"usage", MANIFEST_OPTION_USAGE, NULL, 0, "Give a short usage message", -1},
	{0},
};

static error_t manifest_option(int option, char *text, struct argp_state *state)
{
	struct manifest_request *request = state->input;

	switch (option) {
	case MANIFEST_OPTION_KEY:
		request->key_path = text;
		return 0;
	case MANIFEST_OPTION_SLOT:
		if (strcmp(text, "A") != 0 && strcmp(text, "B") != 0)
			argp_error(state, "--slot: '%s', expected A or B", text);
		request->slot = text[0] == 'B';
		return 0;
	case MANIFEST_OPTION_HEX:
		request->hex = true;
		return 0;
	case MANIFEST_OPTION_JSON:
		request->json = true;
		return 0;
	case '?':
		fputs(manifest_example, stdout);
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
		return 0;
	case MANIFEST_OPTION_USAGE:
		argp_state_help(state, stdout, ARGP_HELP_USAGE | ARGP_HELP_EXIT_OK);
		return 0;
	case ARGP_KEY_ARG:
		if (request->path)
			argp_error(state, "more than one manifest, expected one");
		request->path = text;
		return 0;
	case ARGP_KEY_END:
		if (!request->path)
			argp_error(state, "no manifest, expected one");
		if (!request->key_path)
			argp_error(state, "no --key, expected a file with a public key");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

static void manifest_file_add(struct manifest_file *file, int byte)
{
	if (file->size_bytes < sizeof(file->data))
		file->data[file->size_bytes++] = (uint8_t)byte;
}

/* Reads to the end, even past what is kept, so that a slip on any line is told. */
static int manifest_read_hex(FILE *stream, const char *path, struct manifest_file *file)
{
	unsigned int line = 1;
	int high = -1, next;

	while ((next = getc(stream)) != EOF) {
		int digit;

		if (next == '\n')
			line++;
		if (isspace(next))
			continue;
		if (!isxdigit(next)) {
			fprintf(stderr, isprint(next) ? "%s:%u: '%c'" : "%s:%u: byte 0x%02x", path,
				line, (unsigned int)next);
			fputs(" is no hex digit, expected 0-9, a-f or A-F\n", stderr);
			return -1;
		}
		digit = isdigit(next) ? next - '0' : tolower(next) - 'a' + 10;
		if (high < 0) {
			high = digit;
		} else {
			manifest_file_add(file, high << 4 | digit);
			high = -1;
		}
	}
	if (high >= 0) {
		fprintf(stderr, "%s:%u: a hex digit is left over, expected two a byte\n", path,
			line);
		return -1;
	}
	return 0;
}

/* 0, or -1 after saying why. */
static int manifest_read(const struct manifest_request *request, struct manifest_file *file)
{
	FILE *stream = fopen(request->path, "rb");
	int status = 0;

	if (!stream) {
		fprintf(stderr, "%s: %s, expected a manifest\n", request->path, strerror(errno));
		return -1;
	}
	if (request->hex)
		status = manifest_read_hex(stream, request->path, file);
	else
		file->size_bytes = (uint32_t)fread(file->data, 1, sizeof(file->data), stream);
	if (ferror(stream)) {
		fprintf(stderr, "%s: %s, expected a manifest\n", request->path, strerror(errno));
		status = -1;
	}
	fclose(stream);
	return status;
}

/*
 * The verb knows no device, so it asks as the one that the manifest names: the vendor and class
 * that the shared sequence sets. Zero where it sets none. Read with libcbor: the firmware has no
 * call that tells them, and needs none.
 */
static void manifest_find_ids(struct manifest_verdict *verdict)
{
	if (verdict->manifest.shared)
		suit_ids(verdict->manifest.shared, verdict->manifest.shared_bytes,
			 verdict->vendor_id, verdict->class_id);
}

static void manifest_ask(struct manifest_verdict *verdict, const char *name, uint32_t slot)
{
	struct manifest_device device = {verdict->vendor_id, verdict->class_id, slot};
	struct manifest_answer *answer = &verdict->answers[verdict->answer_count++];

	answer->slot = name;
	answer->status = manifest_evaluate(&verdict->manifest, &device, &answer->update);
}

/* Accepted if it holds for one of the slots that were asked for. */
static void manifest_evaluate_slots(struct manifest_verdict *verdict, uint32_t wanted)
{
	static const char *const names[MANIFEST_SLOTS] = {"A", "B"};

	manifest_find_ids(verdict);
	manifest_ask(verdict, "any", MANIFEST_NO_SLOT);
	verdict->status = verdict->answers[0].status;
	if (verdict->status == FW_OK)
		return;
	verdict->answer_count = 0;
	for (uint32_t slot = 0; slot < MANIFEST_SLOTS; slot++) {
		if (wanted == MANIFEST_EVERY_SLOT || wanted == slot)
			manifest_ask(verdict, names[slot], slot);
	}
	verdict->status = verdict->answers[0].status;
	for (uint32_t i = 0; i < verdict->answer_count; i++) {
		if (verdict->answers[i].status == FW_OK)
			verdict->status = FW_OK;
	}
}

static const char *manifest_version(const struct hal_version *version, char *text, size_t bytes)
{
	snprintf(text, bytes, "%u.%u.%u+%u", version->major, version->minor, version->revision,
		 version->build);
	return text;
}

static void manifest_print_answer(const struct manifest_answer *answer)
{
	const struct manifest_update *update = &answer->update;
	char text[NOTATION_HEX_ROOM(HAL_DIGEST_BYTES)];

	if (strcmp(answer->slot, "any") == 0)
		puts("any slot");
	else
		printf("slot %s\n", answer->slot);
	if (answer->status != FW_OK) {
		printf("  reject: %s\n", fw_err_text(answer->status));
		return;
	}
	if (update->has_digest)
		printf("  digest    %s\n",
		       notation_hex_text(update->digest, HAL_DIGEST_BYTES, text));
	if (update->has_size)
		printf("  size      %u\n", update->size_bytes);
	if (update->has_uri)
		printf("  uri       %.*s\n", (int)update->uri_bytes, update->uri);
	if (update->has_security)
		printf("  security  %u\n", update->security);
	if (update->has_version)
		printf("  version   %s\n", manifest_version(&update->version, text, sizeof(text)));
	printf("  installs  %s\n", update->installs ? "yes" : "no");
	printf("  invokes   %s\n", update->invokes ? "yes" : "no");
}

static void manifest_print_text(const struct manifest_verdict *verdict)
{
	char text[NOTATION_UUID_ROOM];

	if (verdict->status != FW_OK) {
		printf("reject: %s\n", fw_err_text(verdict->status));
		return;
	}
	puts("accept");
	printf("sequence    %llu\n", (unsigned long long)verdict->manifest.sequence);
	/* The only one that the firmware lets pass. */
	puts("component   [h'00']");
	printf("vendor      %s\n", notation_uuid_text(verdict->vendor_id, text));
	printf("class       %s\n", notation_uuid_text(verdict->class_id, text));
	if (verdict->notes.sbom[0])
		printf("sbom        %s\n", verdict->notes.sbom);
	if (verdict->notes.expires[0])
		printf("expires     %s\n", verdict->notes.expires);
	for (uint32_t i = 0; i < verdict->answer_count; i++)
		manifest_print_answer(&verdict->answers[i]);
}

static json_t *manifest_answer_json(const struct manifest_answer *answer)
{
	const struct manifest_update *update = &answer->update;
	json_t *root = json_object();
	char text[NOTATION_HEX_ROOM(HAL_DIGEST_BYTES)];

	json_object_set_new(root, "slot", json_string(answer->slot));
	json_object_set_new(root, "reason", json_string(fw_err_name(answer->status)));
	if (answer->status != FW_OK)
		return root;
	if (update->has_digest)
		json_object_set_new(
			root, "digest",
			json_string(notation_hex_text(update->digest, HAL_DIGEST_BYTES, text)));
	if (update->has_size)
		json_object_set_new(root, "size_bytes", json_integer(update->size_bytes));
	if (update->has_uri)
		json_object_set_new(root, "uri", json_stringn(update->uri, update->uri_bytes));
	if (update->has_security)
		json_object_set_new(root, "security", json_integer(update->security));
	if (update->has_version)
		json_object_set_new(
			root, "version",
			json_string(manifest_version(&update->version, text, sizeof(text))));
	json_object_set_new(root, "installs", json_boolean(update->installs));
	json_object_set_new(root, "invokes", json_boolean(update->invokes));
	return root;
}

/* jansson's integers have a sign; a sequence number beyond them is told as a string. */
static json_t *manifest_sequence_json(uint64_t sequence)
{
	char text[24];

	if (sequence <= INT64_MAX)
		return json_integer((json_int_t)sequence);
	snprintf(text, sizeof(text), "%llu", (unsigned long long)sequence);
	return json_string(text);
}

static void manifest_print_json(const struct manifest_verdict *verdict)
{
	bool accepted = verdict->status == FW_OK;
	json_t *root = json_object();

	json_object_set_new(root, "verdict", json_string(accepted ? "accept" : "reject"));
	json_object_set_new(root, "reason", json_string(fw_err_name(verdict->status)));
	json_object_set_new(root, "text", json_string(fw_err_text(verdict->status)));
	/* What a rejected manifest says is not to be believed. */
	if (accepted) {
		char text[NOTATION_UUID_ROOM];
		json_t *slots = json_array();

		json_object_set_new(root, "sequence",
				    manifest_sequence_json(verdict->manifest.sequence));
		json_object_set_new(root, "component", json_pack("[s]", "00"));
		json_object_set_new(root, "vendor_id",
				    json_string(notation_uuid_text(verdict->vendor_id, text)));
		json_object_set_new(root, "class_id",
				    json_string(notation_uuid_text(verdict->class_id, text)));
		if (verdict->notes.sbom[0])
			json_object_set_new(root, "sbom", json_string(verdict->notes.sbom));
		if (verdict->notes.expires[0])
			json_object_set_new(root, "expires", json_string(verdict->notes.expires));
		for (uint32_t i = 0; i < verdict->answer_count; i++)
			json_array_append_new(slots, manifest_answer_json(&verdict->answers[i]));
		json_object_set_new(root, "slots", slots);
	}
	json_dumpf(root, stdout, JSON_INDENT(1));
	putchar('\n');
	json_decref(root);
}

static int manifest_run(const struct manifest_request *request)
{
	struct hal_key key = {0};
	struct hal_board board = {.key_count = 1, .keys = &key};
	struct hal hal = {.board = &board};
	struct manifest_verdict verdict = {0};
	struct manifest_file file = {.size_bytes = 0};
	char why[512];

	if (key_file_read_public(request->key_path, &key, why, sizeof(why)) != 0) {
		fprintf(stderr, "%s\n", why);
		return MANIFEST_UNUSABLE;
	}
	if (manifest_read(request, &file) != 0) {
		key_file_free(&key);
		return MANIFEST_UNUSABLE;
	}
	crypto_fill(&hal);
	verdict.status = manifest_open(&hal, file.data, file.size_bytes, 0, &verdict.manifest);
	if (verdict.status == FW_OK) {
		manifest_evaluate_slots(&verdict, request->slot);
		suit_notes_read(file.data, file.size_bytes, &verdict.notes);
	}
	if (request->json)
		manifest_print_json(&verdict);
	else
		manifest_print_text(&verdict);
	crypto_memory_clear();
	key_file_free(&key);
	return verdict.status == FW_OK ? MANIFEST_ACCEPTED : MANIFEST_REJECTED;
}

int cli_manifest(int argc, char **argv)
{
	static char name[] = "brownout manifest";
	struct argp argp = {
		.options = manifest_options,
		.parser = manifest_option,
		.args_doc = "FILE",
		.doc = "Checks the SUIT manifest in FILE as the device's firmware does. Prints "
		       "\"accept\" and what it says and exits 0, or \"reject: REASON\" and "
		       "exits 1; exits 2 if the input cannot be used.",
	};
	struct manifest_request request = {.slot = MANIFEST_EVERY_SLOT};

	argv[0] = name;
	argp_err_exit_status = MANIFEST_UNUSABLE;
	argp_parse(&argp, argc, argv, ARGP_NO_HELP, NULL, &request);
	return manifest_run(&request);
}
