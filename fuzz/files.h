/*
 * The files that a target needs, scenarios and test keys, held inside the program: where it runs,
 * only /tmp is writable and nothing of the repository lies.
 */
#ifndef FUZZ_FILES_H
#define FUZZ_FILES_H

#include <stddef.h>
#include <stdint.h>

#include <openssl/evp.h>

#include "device-model/hal.h"

struct file_embedded {
	const char *path; /* in the repository */
	const unsigned char *bytes;
	size_t size_bytes;
};

extern const struct file_embedded files_embedded[];
extern const unsigned int files_embedded_count;

/*
 * A folder below /tmp that holds the scenarios by their file names and keys/. Written once and
 * shared by all targets of a user: each file appears whole, and always with the same bytes.
 */
const char *files_folder(void);
/* Writes a file into that folder, whole or not at all. name is without folders. */
void files_write(const char *name, const void *bytes, size_t size_bytes);

/* The private key in the embedded file of that path; the caller frees it. */
EVP_PKEY *files_key(const char *path);
/* Its public half as a device knows it; der is malloc'd. */
void files_public_key(EVP_PKEY *key, struct hal_key *public);

#endif
