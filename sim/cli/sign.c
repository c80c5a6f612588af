/* brownout sign: a payload into an image in MCUboot's format, signed for real. */
#include "sim/cli/cli.h"

#include <assert.h>
#include <openssl/sha.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

#include "sim/cli/maker_options.h"
#include "sim/report/output.h"
#include "sim/vendor/notation.h"

enum {
	SIGN_OPTION_JSON = 0x100,
	SIGN_OPTION_OUT,
};

struct sign_request {
	struct maker_image image;
	const char *payload_path, *out_path;
	bool json;
};

static const struct argp_option sign_options[] = {
	{"out", SIGN_OPTION_OUT, "IMAGE", 0, "Where the image goes", 0},
	{"json", SIGN_OPTION_JSON, NULL, 0, "Print one JSON object", 0},
	CLI_HELP_OPTIONS,
};

static error_t sign_option(int option, char *text, struct argp_state *state)
{
	struct sign_request *request = state->input;

	switch (option) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &request->image;
		return 0;
	case SIGN_OPTION_OUT:
		request->out_path = text;
		return 0;
	case SIGN_OPTION_JSON:
		request->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (request->payload_path)
			argp_error(state, "more than one payload, expected one");
		request->payload_path = text;
		return 0;
	case ARGP_KEY_END:
		if (!request->payload_path)
			argp_error(state, "no payload, expected one");
		if (!request->image.key.name)
			argp_error(state, "no --key, expected a PEM file or a pkcs11: URI");
		if (!request->image.has_version)
			argp_error(state, "no --version, expected major.minor.revision[+build]");
		if (!request->out_path)
			argp_error(state, "no --out, expected a file for the image");
		return 0;
	default:
		return cli_option(option, state);
	}
}

static void sign_print(const struct sign_request *request, const struct signer *signer,
		       const uint8_t *image, size_t image_bytes)
{
	char digest[NOTATION_HEX_ROOM(SHA256_DIGEST_LENGTH)];
	char keyhash[NOTATION_HEX_ROOM(SIGN_DIGEST_BYTES)];
	char version[NOTATION_VERSION_ROOM];
	uint8_t hash[SIGN_DIGEST_BYTES];
	int hashed = sign_key_hash(signer->key, hash);
	json_t *root;

	assert(hashed == 0);
	notation_hex_text(hash, sizeof(hash), keyhash);
	SHA256(image, image_bytes, hash);
	notation_hex_text(hash, sizeof(hash), digest);
	notation_version_text(&request->image.version, version);
	if (!request->json) {
		printf("image    %s\nversion  %s\nsize     %zu\nsha256   %s\nkeyhash  %s\n",
		       request->out_path, version, image_bytes, digest, keyhash);
		return;
	}
	root = json_pack("{s:o, s:s, s:I, s:s, s:s}", "image", maker_path(request->out_path),
			 "version", version, "size_bytes", (json_int_t)image_bytes, "sha256",
			 digest, "keyhash", keyhash);
	assert(root);
	json_dumpf(root, stdout, JSON_INDENT(1));
	putchar('\n');
	json_decref(root);
}

static int sign_write(const char *path, const uint8_t *image, size_t image_bytes)
{
	struct output output;

	if (output_open(&output, path) != 0)
		return -1;
	/* What could not be written, output_close tells. */
	(void)fwrite(image, 1, image_bytes, output.file);
	return output_close(&output);
}

static int sign_run(const struct sign_request *request)
{
	struct signer signer;
	char why[MAKER_WHY_BYTES];
	size_t image_bytes = 0;
	uint8_t *image;
	int status;

	if (key_store_open(&request->image.key, &signer, why, sizeof(why)) != 0) {
		fprintf(stderr, "%s\n", why);
		return CLI_UNUSABLE;
	}
	image = maker_image_make(&request->image, &signer, request->payload_path, &image_bytes,
				 &status);
	if (image && sign_write(request->out_path, image, image_bytes) != 0)
		status = CLI_UNUSABLE;
	else if (image)
		sign_print(request, &signer, image, image_bytes);
	free(image);
	key_store_close(&signer);
	return status;
}

int cli_sign(int argc, char **argv)
{
	static char name[] = "brownout sign";
	static const struct argp_child children[] = {{&maker_argp, 0, NULL, 0}, {0}};
	static const struct cli_verb verb = {
		.name = name,
		.example = "build/brownout sign app.bin --key vendor.pem --version 1.2.0 "
			   "--security 3 --out app.signed.bin",
		.arguments = "PAYLOAD",
		.doc = "Makes an image in MCUboot's format of PAYLOAD and signs it, with ECDSA "
		       "P-256, RSA-2048, RSA-3072 or Ed25519, as the key is. The firmware's own "
		       "check must take it; an image that it would not is refused, with status 1.",
		.options = sign_options,
		.option = sign_option,
		.children = children,
	};
	struct sign_request request = {.json = false};

	cli_parse(&verb, argc, argv, &request);
	return sign_run(&request);
}
