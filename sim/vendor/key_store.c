/* Private keys opened and made, in PEM files and in PKCS#11 tokens; signatures as OpenSSL does. */
#include "sim/vendor/key_store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <openssl/bn.h>
#include <openssl/crypto.h>
#include <openssl/ec.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "sim/vendor/key_file.h"
#include "sim/vendor/token.h"

#define HALF_BYTES (SIGN_RAW_BYTES / 2)

bool key_store_is_token(const char *name)
{
	return strncmp(name, TOKEN_URI_PREFIX, strlen(TOKEN_URI_PREFIX)) == 0;
}

/* ---- signatures by OpenSSL ---- */

/* What OpenSSL makes of the digest: DER for ECDSA, the signature itself for PSS. */
static int store_sign_evp(EVP_PKEY *key, const uint8_t *digest, uint8_t *sig, size_t *bytes)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
	int status = -1;

	*bytes = SIGN_BYTES_MAX;
	if (context == NULL || EVP_PKEY_sign_init(context) != 1 ||
	    EVP_PKEY_CTX_set_signature_md(context, EVP_sha256()) != 1)
		goto out;
	if (EVP_PKEY_is_a(key, "RSA") &&
	    (EVP_PKEY_CTX_set_rsa_padding(context, RSA_PKCS1_PSS_PADDING) != 1 ||
	     EVP_PKEY_CTX_set_rsa_mgf1_md(context, EVP_sha256()) != 1 ||
	     EVP_PKEY_CTX_set_rsa_pss_saltlen(context, (int)SIGN_SALT_BYTES) != 1))
		goto out;
	if (EVP_PKEY_sign(context, sig, bytes, digest, SIGN_DIGEST_BYTES) == 1)
		status = 0;
out:
	EVP_PKEY_CTX_free(context);
	return status;
}

static int store_raw_of_der(uint8_t *sig, size_t *bytes)
{
	const unsigned char *der = sig;
	ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &der, (long)*bytes);
	int status = -1;

	if (signature != NULL &&
	    BN_bn2binpad(ECDSA_SIG_get0_r(signature), sig, HALF_BYTES) == (int)HALF_BYTES &&
	    BN_bn2binpad(ECDSA_SIG_get0_s(signature), sig + HALF_BYTES, HALF_BYTES) ==
		    (int)HALF_BYTES)
		status = 0;
	ECDSA_SIG_free(signature);
	*bytes = SIGN_RAW_BYTES;
	return status;
}

static int store_sign_file(const struct signer *signer, const uint8_t *digest, uint8_t *sig,
			   size_t *bytes)
{
	if (EVP_PKEY_is_a(signer->key, "ED25519")) {
		*bytes = SIGN_RAW_BYTES;
		return sign_ed25519(signer->key, digest, sig);
	}
	if (store_sign_evp(signer->key, digest, sig, bytes) != 0)
		return -1;
	return EVP_PKEY_is_a(signer->key, "EC") ? store_raw_of_der(sig, bytes) : 0;
}

static int store_sign_token(const struct signer *signer, const uint8_t *digest, uint8_t *sig,
			    size_t *bytes)
{
	return token_sign(signer->token, digest, sig, bytes);
}

/* ---- opening ---- */

/* The PIN or pass phrase that the person gave; *given is NULL if none was. 0, or -1 and why. */
static int store_pin(const struct key_place *place, char pin[TOKEN_PIN_ROOM], const char **given,
		     char *why, size_t why_bytes)
{
	const char *variable = getenv(KEY_STORE_PIN_VARIABLE);

	*given = NULL;
	if (place->pin_file != NULL) {
		*given = pin;
		return token_pin_read(place->pin_file, pin, why, why_bytes);
	}
	if (variable == NULL)
		return 0;
	if (strlen(variable) >= TOKEN_PIN_ROOM) {
		snprintf(why, why_bytes,
			 "$" KEY_STORE_PIN_VARIABLE ": too long, expected a token's user PIN");
		return -1;
	}
	snprintf(pin, TOKEN_PIN_ROOM, "%s", variable);
	*given = pin;
	return 0;
}

/* What store_phrase works on: OpenSSL asks for a pass phrase only where a file is encrypted. */
struct store_phrase {
	const char *given;
	bool asked;
};

/* OpenSSL's own would ask the terminal. */
static int store_phrase(char *room, int room_bytes, int writing, void *context)
{
	struct store_phrase *phrase = context;
	size_t size = phrase->given == NULL ? 0 : strlen(phrase->given);

	(void)writing;
	phrase->asked = true;
	if (phrase->given == NULL || size > (size_t)room_bytes)
		return -1;
	memcpy(room, phrase->given, size);
	return (int)size;
}

static int store_open_file(const char *path, const char *given, struct signer *signer, char *why,
			   size_t why_bytes)
{
	struct store_phrase phrase = {.given = given};
	FILE *file = fopen(path, "r");

	if (file == NULL) {
		snprintf(why, why_bytes, "%s: %s, expected a private key in PEM", path,
			 strerror(errno));
		return -1;
	}
	signer->key = PEM_read_PrivateKey(file, NULL, store_phrase, &phrase);
	fclose(file);
	ERR_clear_error();
	if (signer->key != NULL)
		return 0;
	if (phrase.asked)
		snprintf(why, why_bytes, "%s: the key is encrypted, expected its pass phrase%s",
			 path,
			 given == NULL ? ": --pin-file FILE or $" KEY_STORE_PIN_VARIABLE
				       : ", and this is not it");
	else
		snprintf(why, why_bytes, "%s: no private key in PEM, expected one", path);
	return -1;
}

/* A key of a type that devices check, or the same refusal for files and tokens. */
static int store_check(const char *name, struct signer *signer, char *why, size_t why_bytes)
{
	struct hal_key public = {0};
	char found[96];
	int status = key_file_public(signer->key, &public, found, sizeof(found));

	if (status != 0)
		snprintf(why, why_bytes, "%s: %s, " KEY_FILE_EXPECTED, name, found);
	key_file_free(&public);
	return status;
}

int key_store_open(const struct key_place *place, struct signer *signer, char *why,
		   size_t why_bytes)
{
	char pin[TOKEN_PIN_ROOM];
	const char *given;
	int status = -1;

	*signer = (struct signer){.sign = store_sign_file};
	if (store_pin(place, pin, &given, why, why_bytes) != 0)
		return -1;
	if (!key_store_is_token(place->name)) {
		status = store_open_file(place->name, given, signer, why, why_bytes);
	} else {
		signer->sign = store_sign_token;
		signer->token = token_open(place->name, given, false, why, why_bytes);
		if (signer->token != NULL)
			status = token_find(signer->token, &signer->key, why, why_bytes);
	}
	OPENSSL_cleanse(pin, sizeof(pin));
	if (status == 0)
		status = store_check(place->name, signer, why, why_bytes);
	if (status != 0)
		key_store_close(signer);
	return status;
}

void key_store_close(struct signer *signer)
{
	token_close(signer->token);
	EVP_PKEY_free(signer->key);
	*signer = (struct signer){.key = NULL};
}

/* ---- making ---- */

static EVP_PKEY *store_generate(enum hal_algorithm algorithm)
{
	switch (algorithm) {
	case HAL_ECDSA_P256:
		return EVP_PKEY_Q_keygen(NULL, NULL, "EC", SN_X9_62_prime256v1);
	case HAL_RSA_2048:
		return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048);
	case HAL_RSA_3072:
		return EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)3072);
	case HAL_ED25519:
		return EVP_PKEY_Q_keygen(NULL, NULL, "ED25519");
	}
	return NULL;
}

/* A file that was not there before. NULL, and why. */
static FILE *store_create(const char *path, mode_t mode, char *why, size_t why_bytes)
{
	int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	FILE *stream = file < 0 ? NULL : fdopen(file, "w");

	assert(file < 0 || stream != NULL);
	if (file < 0)
		snprintf(why, why_bytes, "%s: %s, expected a file that is not there yet", path,
			 strerror(errno));
	return stream;
}

/* Closes what was written; half a key is taken away again. 0, or -1 and why. */
static int store_finish(const char *path, FILE *file, bool written, char *why, size_t why_bytes)
{
	written = fflush(file) == 0 && fsync(fileno(file)) == 0 && written;
	written = fclose(file) == 0 && written;
	if (written)
		return 0;
	snprintf(why, why_bytes, "%s: cannot be written, expected room for a key", path);
	unlink(path);
	return -1;
}

static int store_make_file(const char *path, enum hal_algorithm algorithm, struct signer *signer,
			   char *why, size_t why_bytes)
{
	/* The file first: a key that has no place is not made. */
	FILE *file = store_create(path, 0600, why, why_bytes);
	bool written;

	if (file == NULL)
		return -1;
	signer->key = store_generate(algorithm);
	written = signer->key != NULL &&
		  PEM_write_PKCS8PrivateKey(file, signer->key, NULL, NULL, 0, NULL, NULL) == 1;
	return store_finish(path, file, written, why, why_bytes);
}

int key_store_make(const struct key_place *place, enum hal_algorithm algorithm,
		   struct signer *signer, char *why, size_t why_bytes)
{
	char pin[TOKEN_PIN_ROOM];
	const char *given;
	int status = -1;

	*signer = (struct signer){.sign = store_sign_file};
	if (!key_store_is_token(place->name)) {
		status = store_make_file(place->name, algorithm, signer, why, why_bytes);
	} else if (store_pin(place, pin, &given, why, why_bytes) == 0) {
		signer->sign = store_sign_token;
		signer->token = token_open(place->name, given, true, why, why_bytes);
		if (signer->token != NULL)
			status = token_make(signer->token, algorithm, &signer->key, why, why_bytes);
		OPENSSL_cleanse(pin, sizeof(pin));
	}
	if (status != 0)
		key_store_close(signer);
	return status;
}

int key_store_write_public(const char *path, const struct signer *signer, char *why,
			   size_t why_bytes)
{
	FILE *file = store_create(path, 0666, why, why_bytes);

	if (file == NULL)
		return -1;
	return store_finish(path, file, PEM_write_PUBKEY(file, signer->key) == 1, why, why_bytes);
}
