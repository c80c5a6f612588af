/* brownout release: image, manifest and SBOM as one folder, or a folder looked at again. */
#include "sim/cli/cli.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "sim/cli/release_make.h"

enum {
	RELEASE_OPTION_CHECK = 0x100,
	RELEASE_OPTION_COMPONENTS,
	RELEASE_OPTION_DEVICE_KEY,
	RELEASE_OPTION_EXPIRES,
	RELEASE_OPTION_IMAGE_KEY,
	RELEASE_OPTION_JSON,
	RELEASE_OPTION_NAME,
	RELEASE_OPTION_NOW,
	RELEASE_OPTION_OUT,
	RELEASE_OPTION_PREVIOUS,
	RELEASE_OPTION_SEQUENCE,
	RELEASE_OPTION_SIGNED,
	RELEASE_OPTION_SUPPLIER,
	RELEASE_OPTION_URI,
};

static const struct argp_option release_options[] = {
	{"out", RELEASE_OPTION_OUT, "DIR", 0, "The new folder that the release goes to", 1},
	{"name", RELEASE_OPTION_NAME, "NAME", 0, "The product, as the SBOM calls it", 1},
	{"supplier", RELEASE_OPTION_SUPPLIER, "NAME", 0, "Who makes it, for the SBOM", 1},
	{"components", RELEASE_OPTION_COMPONENTS, "BOM.json", 0,
	 "CycloneDX file of the firmware's build; its components go into the SBOM", 1},
	{"previous", RELEASE_OPTION_PREVIOUS, "DIR", 0,
	 "The release before this one: numbers count on from it and must not go back", 1},
	{"sequence", RELEASE_OPTION_SEQUENCE, "N", 0,
	 "The manifest's sequence number (one more than the previous if left out)", 1},
	{"expires", RELEASE_OPTION_EXPIRES, "DATE", 0,
	 "After it nobody is to offer the release: YYYY-MM-DD[Thh:mm:ssZ]", 1},
	{"uri", RELEASE_OPTION_URI, "URI", 0,
	 "Where devices fetch the image (its SHA-256 in hex and .bin if left out)", 1},
	{"image-key", RELEASE_OPTION_IMAGE_KEY, "KEY", 0,
	 "Signs the image where that is another key than the manifest's", 1},
	{"signed", RELEASE_OPTION_SIGNED, NULL, 0,
	 "The argument is an image that is signed already, by `sign` or imgtool", 1},
	{"device-key", RELEASE_OPTION_DEVICE_KEY, "PUB.pem", 0,
	 "A key that devices hold, besides those that sign; may be repeated", 1},
	{"check", RELEASE_OPTION_CHECK, NULL, 0,
	 "The argument is a release's folder: make nothing, look at it again", 1},
	{"now", RELEASE_OPTION_NOW, "DATE", 0,
	 "The moment that expiry is held against and the SBOM names "
	 "($" CLI_EPOCH_VARIABLE " or the clock's if left out)",
	 1},
	{"json", RELEASE_OPTION_JSON, NULL, 0, "Print one JSON object", 1},
	CLI_HELP_OPTIONS,
};

/* A text for JSON, which is UTF-8. */
static const char *release_text(const struct argp_state *state, const char *option,
				const char *text)
{
	json_t *value = json_string(text);

	if (!value || !*text)
		argp_error(state, "%s: '%s', expected a name in UTF-8", option, text);
	json_decref(value);
	return text;
}

static uint64_t release_sequence(const struct argp_state *state, const char *text)
{
	char *end;
	unsigned long long value;

	errno = 0;
	value = strtoull(text, &end, 10);
	if (*text < '0' || *text > '9' || *end != '\0' || errno != 0 || value == 0)
		argp_error(state, "--sequence: '%s', expected a number from 1 on", text);
	return value;
}

static void release_complete(struct release_request *request, const struct argp_state *state)
{
	const struct maker_image *image = &request->image;

	if (!request->path)
		argp_error(state, request->check ? "no folder, expected a release's"
						 : "no payload, expected one");
	if (!request->has_now && !cli_epoch(state, &request->now))
		request->now = (int64_t)time(NULL);
	if (request->check) {
		if (request->device_key_count == 0)
			argp_error(state, "no --device-key, expected the keys that devices hold");
		return;
	}
	if (!image->key.name)
		argp_error(state, "no --key, expected a PEM file or a pkcs11: URI");
	if (!request->out)
		argp_error(state, "no --out, expected a folder for the release");
	if (!request->name)
		argp_error(state, "no --name, expected the product's");
	if (!request->is_signed && !image->has_version)
		argp_error(state, "no --version, expected major.minor.revision[+build]");
	if (!request->is_signed && !image->has_security && !request->previous)
		argp_error(state, "no --security, expected one where there is no --previous");
	if ((!image->has_vendor || !image->has_class) && !request->previous)
		argp_error(state, "no --vendor-id and --class-id, expected them where there is no "
				  "--previous");
	if (request->is_signed && image->revoke_count > 0)
		argp_error(state, "--revoke of a signed image, expected it at `brownout sign`");
	if (request->is_signed && request->image_key)
		argp_error(state, "--image-key of a signed image, expected --device-key");
}

static error_t release_argument(struct release_request *request, char *text,
				const struct argp_state *state)
{
	if (request->path)
		argp_error(state, "more than one argument, expected one");
	request->path = text;
	return 0;
}

static error_t release_option(int option, char *text, struct argp_state *state)
{
	struct release_request *request = state->input;

	switch (option) {
	case ARGP_KEY_INIT:
		state->child_inputs[0] = &request->image;
		return 0;
	case RELEASE_OPTION_OUT:
		request->out = text;
		return 0;
	case RELEASE_OPTION_NAME:
		request->name = release_text(state, "--name", text);
		return 0;
	case RELEASE_OPTION_SUPPLIER:
		request->supplier = release_text(state, "--supplier", text);
		return 0;
	case RELEASE_OPTION_COMPONENTS:
		request->components = text;
		return 0;
	case RELEASE_OPTION_PREVIOUS:
		request->previous = text;
		return 0;
	case RELEASE_OPTION_SEQUENCE:
		request->sequence = release_sequence(state, text);
		return 0;
	case RELEASE_OPTION_EXPIRES:
		request->has_expires = true;
		request->expires = cli_moment(state, "--expires", text);
		return 0;
	case RELEASE_OPTION_NOW:
		request->has_now = true;
		request->now = cli_moment(state, "--now", text);
		return 0;
	case RELEASE_OPTION_URI:
		if (!*text || strlen(text) >= HAL_URI_MAX)
			argp_error(state, "--uri: '%s', expected 1 to %u bytes", text,
				   HAL_URI_MAX - 1);
		request->uri = release_text(state, "--uri", text);
		return 0;
	case RELEASE_OPTION_IMAGE_KEY:
		request->image_key = text;
		return 0;
	case RELEASE_OPTION_SIGNED:
		request->is_signed = true;
		return 0;
	case RELEASE_OPTION_CHECK:
		request->check = true;
		return 0;
	case RELEASE_OPTION_DEVICE_KEY:
		if (request->device_key_count == HAL_KEYS_MAX)
			argp_error(state, "--device-key: one too many, expected at most %u",
				   HAL_KEYS_MAX);
		request->device_keys[request->device_key_count++] = text;
		return 0;
	case RELEASE_OPTION_JSON:
		request->json = true;
		return 0;
	case ARGP_KEY_ARG:
		return release_argument(request, text, state);
	case ARGP_KEY_END:
		release_complete(request, state);
		return 0;
	default:
		return cli_option(option, state);
	}
}

int cli_release(int argc, char **argv)
{
	static char name[] = "brownout release";
	static const struct argp_child children[] = {{&maker_argp, 0, NULL, 0}, {0}};
	static const struct cli_verb verb = {
		.name = name,
		.example = "build/brownout release app.bin --key vendor.pem --name gateway "
			   "--version 1.3.0 \\\n"
			   "    --previous releases/1.2.0 --out releases/1.3.0",
		.arguments = "PAYLOAD",
		.doc = "Makes a release: a signed image of PAYLOAD, a signed SUIT manifest for it "
		       "and a CycloneDX SBOM that the manifest binds, in a new folder. What the "
		       "firmware would not take, or no release should be, is refused with status "
		       "1 and a line each.",
		.options = release_options,
		.option = release_option,
		.children = children,
	};
	struct release_request request = {.uri = NULL};

	cli_parse(&verb, argc, argv, &request);
	return request.check ? release_check(&request) : release_make(&request);
}
