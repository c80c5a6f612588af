/* What a server keeps in its folder. */
#include "sim/server/state.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <openssl/crypto.h>
#include <openssl/rand.h>

#include "sim/vendor/notation.h"

char *state_path(const char *folder, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", folder, name) < 0)
		abort();
	return path;
}

/* A folder of ours alone: keys lie in it. */
static int state_folder(const char *path, char *why, size_t why_bytes)
{
	if (mkdir(path, 0700) == 0 || errno == EEXIST)
		return 0;
	snprintf(why, why_bytes, "%s: %s, expected a folder, or to make one", path,
		 strerror(errno));
	return -1;
}

/* The pair of that name, made if it is not there. */
static int state_pair(const char *folder, const char *name, const struct pki_pair *authority,
		      const struct pki_wish *wish, struct pki_pair *pair, char *why,
		      size_t why_bytes)
{
	char *cert, *key;
	int rc;

	if (asprintf(&cert, "%s/%s.pem", folder, name) < 0 ||
	    asprintf(&key, "%s/%s.key.pem", folder, name) < 0)
		abort();
	if (access(cert, F_OK) == 0) {
		rc = pki_load(cert, key, pair, why, why_bytes);
	} else {
		pki_make(authority, wish, pair);
		rc = pki_save(cert, key, pair, why, why_bytes);
	}
	free(cert);
	free(key);
	return rc;
}

static int state_write(const char *path, const char *text, mode_t mode, char *why, size_t why_bytes)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode);
	bool written =
		fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text) && fsync(fd) == 0;

	if (fd >= 0)
		written = close(fd) == 0 && written;
	if (!written)
		snprintf(why, why_bytes, "%s: %s, expected to write there", path, strerror(errno));
	return written ? 0 : -1;
}

static int state_token(struct state *state, char *why, size_t why_bytes)
{
	char *path = state_path(state->folder, "token");
	uint8_t bytes[(SERVER_TOKEN_BYTES - 1) / 2];
	char line[SERVER_TOKEN_BYTES + 1];
	FILE *file = fopen(path, "rb");
	int rc = -1;

	if (file) {
		if (fgets(state->token, sizeof(state->token), file) &&
		    strspn(state->token, "0123456789abcdef") == SERVER_TOKEN_BYTES - 1)
			rc = 0;
		else
			snprintf(why, why_bytes, "%s: damaged, expected 64 hex digits", path);
		fclose(file);
	} else if (RAND_bytes(bytes, sizeof(bytes)) == 1) {
		(void)notation_hex_text(bytes, sizeof(bytes), state->token);
		snprintf(line, sizeof(line), "%s\n", state->token);
		rc = state_write(path, line, 0600, why, why_bytes);
		OPENSSL_cleanse(line, sizeof(line));
	} else {
		snprintf(why, why_bytes, "%s: OpenSSL has no chance to give", path);
	}
	free(path);
	return rc;
}

static int state_pins(const struct state *state, char *why, size_t why_bytes)
{
	char first[PKI_PIN_BYTES], second[PKI_PIN_BYTES], text[2 * PKI_PIN_BYTES + 2];
	char *path = state_path(state->folder, "pins");
	int rc;

	pki_pin(state->server.key, first);
	pki_pin(state->backup.key, second);
	snprintf(text, sizeof(text), "%s;%s\n", first, second);
	rc = state_write(path, text, 0644, why, why_bytes);
	free(path);
	return rc;
}

int state_open(struct state *state, const char *folder, char *why, size_t why_bytes)
{
	static const struct pki_wish authority = {.whom = PKI_AUTHORITY,
						  .name = "brownout throw-away authority"};
	static const struct pki_wish server = {.whom = PKI_SERVER, .name = "brownout server"};
	char *devices = state_path(folder, "devices");
	int rc = -1;

	memset(state, 0, sizeof(*state));
	state->folder = folder;
	if (state_folder(folder, why, why_bytes) == 0 &&
	    state_folder(devices, why, why_bytes) == 0 &&
	    state_pair(folder, "ca", NULL, &authority, &state->authority, why, why_bytes) == 0 &&
	    state_pair(folder, "server", &state->authority, &server, &state->server, why,
		       why_bytes) == 0 &&
	    state_pair(folder, "backup", &state->authority, &server, &state->backup, why,
		       why_bytes) == 0 &&
	    state_token(state, why, why_bytes) == 0)
		rc = state_pins(state, why, why_bytes);
	free(devices);
	return rc;
}

void state_close(struct state *state)
{
	pki_close(&state->authority);
	pki_close(&state->server);
	pki_close(&state->backup);
	OPENSSL_cleanse(state->token, sizeof(state->token));
}

int state_enrol(const struct state *state, const char *device, char *why, size_t why_bytes)
{
	const struct pki_wish wish = {.whom = PKI_DEVICE, .name = device};
	char *devices = state_path(state->folder, "devices");
	struct pki_pair pair = {.key = NULL};
	int rc = state_pair(devices, device, &state->authority, &wish, &pair, why, why_bytes);

	pki_close(&pair);
	free(devices);
	return rc;
}
