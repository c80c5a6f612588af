/* A key pair in a PKCS#11 token: found by URI (RFC 7512), made inside, never taken out. */
#ifndef VENDOR_TOKEN_H
#define VENDOR_TOKEN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <openssl/evp.h>

#include "device-model/hal.h"
#include "sim/vendor/sign.h"

#define TOKEN_URI_PREFIX "pkcs11:"
#define TOKEN_PIN_ROOM	 256u

struct token;

/*
 * Opens the one token that uri names and logs in. The PIN is pin's; an empty one will do for tokens
 * that ask for none. Where pin is NULL it is read from the URI's pin-source. NULL, and in why "URI:
 * what is wrong, what was expected", never with a PIN in it. token_close ends it.
 */
FW_CHECKED struct token *token_open(const char *uri, const char *pin, bool writes, char *why,
				    size_t why_bytes);

/* Finds the pair and its public half; the caller frees that. 0, or -1 and why. */
FW_CHECKED int token_find(struct token *token, EVP_PKEY **public, char *why, size_t why_bytes);

/*
 * Makes a pair inside, under the URI's object and id, and then finds it. Never touches one that is
 * there already. 0, or -1 and why.
 */
FW_CHECKED int token_make(struct token *token, enum hal_algorithm algorithm, EVP_PKEY **public,
			  char *why, size_t why_bytes);

/* As struct signer has it, by the pair that was found. 0, or -1. */
FW_CHECKED int token_sign(struct token *token, const uint8_t digest[SIGN_DIGEST_BYTES],
			  uint8_t sig[SIGN_BYTES_MAX], size_t *bytes);

void token_close(struct token *token);

/* A PIN or pass phrase: the file's first line. 0, or -1 and why. */
FW_CHECKED int token_pin_read(const char *path, char pin[TOKEN_PIN_ROOM], char *why,
			      size_t why_bytes);

#endif
