/* Where the maker's private keys lie: PEM files for a first try, PKCS#11 tokens for real. */
#ifndef VENDOR_KEY_STORE_H
#define VENDOR_KEY_STORE_H

#include <stdbool.h>

#include "device-model/hal.h"
#include "sim/vendor/sign.h"

#define KEY_STORE_PIN_VARIABLE "BROWNOUT_PIN"

struct key_place {
	const char *name; /* a path, or a pkcs11: URI */
	/* First line: the token's PIN, or a PEM file's pass phrase. NULL: $BROWNOUT_PIN, if any. */
	const char *pin_file;
};

/* Whether the place is in a token. */
bool key_store_is_token(const char *name);

/*
 * Opens the private key there. 0 and a signer for key_store_close, or -1 and in why "PLACE: what
 * is wrong, what was expected", never with a PIN in it.
 */
FW_CHECKED int key_store_open(const struct key_place *place, struct signer *signer, char *why,
			      size_t why_bytes);

/*
 * Makes a key: in a new PEM file that its owner alone reads, or inside the token. What is there
 * already is never overwritten. 0, or -1 and why.
 */
FW_CHECKED int key_store_make(const struct key_place *place, enum hal_algorithm algorithm,
			      struct signer *signer, char *why, size_t why_bytes);

/* Writes the public half into a new PEM file. 0, or -1 and why. */
FW_CHECKED int key_store_write_public(const char *path, const struct signer *signer, char *why,
				      size_t why_bytes);

void key_store_close(struct signer *signer);

#endif
