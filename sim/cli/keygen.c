/* brownout keygen: a signing key, made in a file or inside an HSM. */
#include "sim/cli/cli.h"

#include <assert.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <jansson.h>

#include "sim/cli/maker_options.h"
#include "sim/vendor/key_store.h"
#include "sim/vendor/notation.h"

#define KEYGEN_PEM ".pem"

enum {
	KEYGEN_OPTION_JSON = 0x100,
	KEYGEN_OPTION_PIN_FILE,
	KEYGEN_OPTION_PUBLIC,
	KEYGEN_OPTION_TYPE,
};

struct keygen {
	struct key_place place;
	enum hal_algorithm algorithm;
	const char *public_path;
	char *public_default; /* owned; NULL where public_path was given */
	bool json;
};

static const struct argp_option keygen_options[] = {
	{"type", KEYGEN_OPTION_TYPE, "TYPE", 0,
	 "p256 (if left out), rsa-2048, rsa-3072 or ed25519. Manifests are signed with p256, "
	 "images with any",
	 0},
	{"public", KEYGEN_OPTION_PUBLIC, "PUB.pem", 0,
	 "Where the public key goes (vendor.pub.pem for vendor.pem if left out)", 0},
	{"pin-file", KEYGEN_OPTION_PIN_FILE, "FILE", 0,
	 "Its first line is the HSM's user PIN (pin-source in the URI or $BROWNOUT_PIN if left "
	 "out)",
	 0},
	{"json", KEYGEN_OPTION_JSON, NULL, 0, "Print one JSON object", 0},
	CLI_HELP_OPTIONS,
};

/* vendor.pem: vendor.pub.pem. */
static void keygen_name_public(struct keygen *keygen, const struct argp_state *state)
{
	size_t stem = strlen(keygen->place.name);

	if (key_store_is_token(keygen->place.name))
		argp_error(state, "no --public, expected a file for the HSM key's public half");
	if (stem > strlen(KEYGEN_PEM) &&
	    strcmp(keygen->place.name + stem - strlen(KEYGEN_PEM), KEYGEN_PEM) == 0)
		stem -= strlen(KEYGEN_PEM);
	if (asprintf(&keygen->public_default, "%.*s.pub" KEYGEN_PEM, (int)stem,
		     keygen->place.name) < 0)
		abort();
	keygen->public_path = keygen->public_default;
}

static error_t keygen_option(int option, char *text, struct argp_state *state)
{
	struct keygen *keygen = state->input;

	switch (option) {
	case KEYGEN_OPTION_TYPE:
		if (notation_algorithm_parse(text, &keygen->algorithm) != 0)
			argp_error(state, "--type: '%s', " NOTATION_ALGORITHM_EXPECT, text);
		return 0;
	case KEYGEN_OPTION_PUBLIC:
		keygen->public_path = text;
		return 0;
	case KEYGEN_OPTION_PIN_FILE:
		keygen->place.pin_file = text;
		return 0;
	case KEYGEN_OPTION_JSON:
		keygen->json = true;
		return 0;
	case ARGP_KEY_ARG:
		if (keygen->place.name)
			argp_error(state, "more than one key, expected one");
		keygen->place.name = text;
		return 0;
	case ARGP_KEY_END:
		if (!keygen->place.name)
			argp_error(state, "no key, expected a new file or a pkcs11: URI");
		if (!keygen->public_path)
			keygen_name_public(keygen, state);
		return 0;
	default:
		return cli_option(option, state);
	}
}

static void keygen_print(const struct keygen *keygen, const struct signer *signer)
{
	char text[NOTATION_HEX_ROOM(SIGN_DIGEST_BYTES)];
	uint8_t hash[SIGN_DIGEST_BYTES];
	int hashed = sign_key_hash(signer->key, hash);
	json_t *root;

	assert(hashed == 0);
	notation_hex_text(hash, sizeof(hash), text);
	if (!keygen->json) {
		printf("type     %s\n", notation_algorithm_text(keygen->algorithm));
		printf("private  %s\n", keygen->place.name);
		printf("public   %s\n", keygen->public_path);
		printf("keyhash  %s\n", text);
		return;
	}
	root = json_pack("{s:s, s:o, s:o, s:s}", "type", notation_algorithm_text(keygen->algorithm),
			 "private", maker_path(keygen->place.name), "public",
			 maker_path(keygen->public_path), "keyhash", text);
	assert(root);
	json_dumpf(root, stdout, JSON_INDENT(1));
	putchar('\n');
	json_decref(root);
}

static int keygen_run(const struct keygen *keygen)
{
	struct signer signer;
	char why[512];
	int status;

	/* Before there is a key that nobody has the public half of. */
	if (access(keygen->public_path, F_OK) == 0) {
		fprintf(stderr, "%s: File exists, expected a file that is not there yet\n",
			keygen->public_path);
		return CLI_UNUSABLE;
	}
	if (key_store_make(&keygen->place, keygen->algorithm, &signer, why, sizeof(why)) != 0) {
		fprintf(stderr, "%s\n", why);
		return CLI_UNUSABLE;
	}
	status = key_store_write_public(keygen->public_path, &signer, why, sizeof(why));
	if (status == 0)
		keygen_print(keygen, &signer);
	else
		fprintf(stderr, "%s (the private key is made, in %s)\n", why, keygen->place.name);
	key_store_close(&signer);
	return status == 0 ? CLI_GOOD : CLI_UNUSABLE;
}

int cli_keygen(int argc, char **argv)
{
	static char name[] = "brownout keygen";
	static const struct cli_verb verb = {
		.name = name,
		.example = "build/brownout keygen vendor.pem\n"
			   "  build/brownout keygen 'pkcs11:token=release;object=vendor' "
			   "--pin-file pin --public vendor.pub.pem",
		.arguments = "KEY",
		.doc = "Makes a signing key and prints the KEYHASH of its public half. KEY is a "
		       "new PEM file, readable by its owner alone, or a pkcs11: URI: then the key "
		       "is made inside the HSM and never leaves it. What is there already is never "
		       "overwritten.",
		.options = keygen_options,
		.option = keygen_option,
	};
	struct keygen keygen = {.algorithm = HAL_ECDSA_P256};
	int status;

	cli_parse(&verb, argc, argv, &keygen);
	status = keygen_run(&keygen);
	free(keygen.public_default);
	return status;
}
