/* Public keys in files: PEM, to the DER that KEYHASH covers. */
#ifndef VENDOR_KEY_FILE_H
#define VENDOR_KEY_FILE_H

#include <openssl/evp.h>

#include "device-model/hal.h"

#define KEY_FILE_EXPECTED "expected P-256, RSA-2048, RSA-3072 or Ed25519"

/*
 * Reads the public key in the PEM file at path: P-256, RSA-2048, RSA-3072 (e = 65537) or Ed25519,
 * as "PUBLIC KEY" or "RSA PUBLIC KEY". Returns 0 and a key to be freed with key_file_free, or -1
 * and in why "PATH: what is wrong, what was expected", terminated within why_bytes.
 */
FW_CHECKED int key_file_read_public(const char *path, struct hal_key *key, char *why,
				    size_t why_bytes);

/*
 * The public half of a key as a device holds it, to be freed with key_file_free. 0, or -1 and in
 * found what it is instead of a key that devices check.
 */
FW_CHECKED int key_file_public(EVP_PKEY *key, struct hal_key *public, char *found,
			       size_t found_bytes);

void key_file_free(struct hal_key *key);

#endif
