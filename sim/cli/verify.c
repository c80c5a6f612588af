/* brownout verify: the firmware's own image check, on a file. */
#include "sim/cli/cli.h"

#include <argp.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jansson.h>

#include "device-model/firmware/fw_err.h"
#include "device-model/firmware/image.h"
#include "device-model/hardware/crypto.h"
#include "sim/vendor/key_file.h"

#define VERIFY_SLOT_BYTES     (128u * 1024u)
#define VERIFY_SLOT_BYTES_MAX (1u << 30)

enum {
	VERIFY_ACCEPTED = 0,
	VERIFY_REJECTED = 1,
	VERIFY_UNUSABLE = 2,
	VERIFY_OPTION_COUNTER = 0x100, /* above all characters: options without a short form */
	VERIFY_OPTION_JSON,
	VERIFY_OPTION_KEY,
	VERIFY_OPTION_SLOT_SIZE,
	VERIFY_OPTION_USAGE,
};

struct verify {
	const char *image_path;
	const char *key_path;
	bool has_counter;
	uint32_t counter;
	uint32_t slot_bytes;
	bool json;
};

static const char verify_example[] =
	"Example:\n"
	"  build/brownout verify app.signed.bin --key vendor.pub.pem --counter 3\n\n";

static const struct argp_option verify_options[] = {
	{"key", VERIFY_OPTION_KEY, "PUB.pem", 0,
	 "The one public key that the device holds: P-256, RSA-2048, RSA-3072 or Ed25519", 0},
	{"counter", VERIFY_OPTION_COUNTER, "N", 0,
	 "The device's security counter: the image must carry a security version of at least N", 0},
	{"slot-size", VERIFY_OPTION_SLOT_SIZE, "BYTES", 0,
	 "Size of the slot that the image lies in, erased past the file (131072 if left out)", 0},
	{"json", VERIFY_OPTION_JSON, NULL, 0, "Print one JSON object", 0},
	{"help", '?', NULL, 0, "Give this help", -1},
	{"usage", VERIFY_OPTION_USAGE, NULL, 0, "Give a short usage message", -1},
	{0},
};

/* A whole number in decimal or 0x form, or argp's error and exit 2. */
static uint32_t verify_number(const struct argp_state *state, const char *option, const char *text,
			      uint32_t low, uint32_t high)
{
	char *end;
	unsigned long long value;

	errno = 0;
	/* Not base 0, which would take 010 for eight. */
	value = strtoull(text, &end, text[0] == '0' && text[1] == 'x' ? 16 : 10);
	/* strtoull takes a sign and blanks; a number here begins with a digit. */
	if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || value < low || value > high)
		argp_error(state, "%s: '%s', expected a number from %u to %u", option, text, low,
			   high);
	return (uint32_t)value;
}

static error_t verify_option(int option, char *text, struct argp_state *state)
{
	struct verify *verify = state->input;

	switch (option) {
	case VERIFY_OPTION_KEY:
		verify->key_path = text;
		return 0;
	case VERIFY_OPTION_COUNTER:
		verify->has_counter = true;
		verify->counter = verify_number(state, "--counter", text, 0, UINT32_MAX);
		return 0;
	case VERIFY_OPTION_SLOT_SIZE:
		verify->slot_bytes =
			verify_number(state, "--slot-size", text, 1, VERIFY_SLOT_BYTES_MAX);
		return 0;
	case VERIFY_OPTION_JSON:
		verify->json = true;
		return 0;
	case '?':
		fputs(verify_example, stdout);
		argp_state_help(state, stdout, ARGP_HELP_STD_HELP);
		return 0;
	case VERIFY_OPTION_USAGE:
		argp_state_help(state, stdout, ARGP_HELP_USAGE | ARGP_HELP_EXIT_OK);
		return 0;
	case ARGP_KEY_ARG:
		if (verify->image_path)
			argp_error(state, "more than one image, expected one");
		verify->image_path = text;
		return 0;
	case ARGP_KEY_END:
		if (!verify->image_path)
			argp_error(state, "no image, expected one");
		if (!verify->key_path)
			argp_error(state, "no --key, expected a file with a public key");
		return 0;
	default:
		return ARGP_ERR_UNKNOWN;
	}
}

/* The slot with the file at its start, or NULL after saying why. The caller frees it. */
static uint8_t *verify_slot_read(const char *path, uint32_t slot_bytes)
{
	uint8_t *slot = malloc(slot_bytes);
	FILE *file = fopen(path, "rb");
	size_t read_bytes;
	bool usable = false;

	if (!slot) {
		fprintf(stderr, "%s: no memory for a slot of %u bytes\n", path, slot_bytes);
		goto out;
	}
	if (!file) {
		fprintf(stderr, "%s: %s, expected an image\n", path, strerror(errno));
		goto out;
	}
	memset(slot, 0xff, slot_bytes);
	read_bytes = fread(slot, 1, slot_bytes, file);
	if (read_bytes == slot_bytes && getc(file) != EOF) {
		fprintf(stderr,
			"%s: larger than the slot, expected at most %u bytes (--slot-size)\n", path,
			slot_bytes);
		goto out;
	}
	if (ferror(file)) {
		fprintf(stderr, "%s: %s, expected an image\n", path, strerror(errno));
		goto out;
	}
	usable = true;
out:
	if (file)
		fclose(file);
	if (!usable) {
		free(slot);
		slot = NULL;
	}
	return slot;
}

static void verify_add_info(json_t *root, const struct image_info *info)
{
	char text[32], hash[2 * HAL_DIGEST_BYTES + 1];

	snprintf(text, sizeof(text), "%u.%u.%u+%u", info->version.major, info->version.minor,
		 info->version.revision, info->version.build);
	for (size_t i = 0; i < HAL_DIGEST_BYTES; i++)
		snprintf(hash + 2 * i, 3, "%02x", info->hash[i]);
	json_object_set_new(root, "version", json_string(text));
	json_object_set_new(root, "header_bytes", json_integer(info->header_bytes));
	json_object_set_new(root, "payload_bytes", json_integer(info->payload_bytes));
	json_object_set_new(root, "size_bytes", json_integer(info->size_bytes));
	json_object_set_new(root, "security",
			    info->has_security ? json_integer(info->security) : json_null());
	json_object_set_new(root, "hash", json_string(hash));
}

static void verify_print(const struct verify *verify, int rc, const struct image_info *info)
{
	json_t *root;

	if (!verify->json) {
		if (rc == FW_OK)
			puts("accept");
		else
			printf("reject: %s\n", fw_err_text(rc));
		return;
	}
	root = json_object();
	json_object_set_new(root, "verdict", json_string(rc == FW_OK ? "accept" : "reject"));
	json_object_set_new(root, "reason", json_string(fw_err_name(rc)));
	json_object_set_new(root, "text", json_string(fw_err_text(rc)));
	/* What a rejected image says of itself is not to be believed. */
	if (rc == FW_OK)
		verify_add_info(root, info);
	json_dumpf(root, stdout, JSON_INDENT(1));
	putchar('\n');
	json_decref(root);
}

static int verify_run(const struct verify *verify)
{
	struct hal_key key = {0};
	struct hal_board board = {.flash_bytes = verify->slot_bytes, .key_count = 1, .keys = &key};
	struct hal hal = {.board = &board};
	struct image_rules rules = {.security_required = verify->has_counter,
				    .security_floor = verify->counter,
				    .security_limit = UINT32_MAX};
	struct image_source source = {.size_bytes = verify->slot_bytes};
	struct image_info info;
	char why[512];
	uint8_t *slot;
	int rc;

	if (key_file_read_public(verify->key_path, &key, why, sizeof(why)) != 0) {
		fprintf(stderr, "%s\n", why);
		return VERIFY_UNUSABLE;
	}
	slot = verify_slot_read(verify->image_path, verify->slot_bytes);
	if (!slot) {
		key_file_free(&key);
		return VERIFY_UNUSABLE;
	}
	crypto_fill(&hal);
	source.ram = slot;
	rc = image_check(&hal, &source, &rules, &info);
	verify_print(verify, rc, &info);
	crypto_memory_clear();
	key_file_free(&key);
	free(slot);
	return rc == FW_OK ? VERIFY_ACCEPTED : VERIFY_REJECTED;
}

int cli_verify(int argc, char **argv)
{
	static char name[] = "brownout verify";
	struct argp argp = {
		.options = verify_options,
		.parser = verify_option,
		.args_doc = "IMAGE",
		.doc = "Checks IMAGE as the device's firmware does. Prints \"accept\" and "
		       "exits 0, or \"reject: REASON\" and exits 1; exits 2 if the input "
		       "cannot be used."};
	struct verify verify = {.slot_bytes = VERIFY_SLOT_BYTES};

	argv[0] = name;
	argp_err_exit_status = VERIFY_UNUSABLE;
	argp_parse(&argp, argc, argv, ARGP_NO_HELP, NULL, &verify);
	return verify_run(&verify);
}
