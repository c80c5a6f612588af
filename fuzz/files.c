/* Embedded files, laid out below /tmp, and the keys among them. */
#include "fuzz/files.h"

#include <openssl/pem.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "fuzz/fuzz.h"
#include "sim/vendor/sign.h"

#define FILES_NAME_BYTES 96
#define FILES_PATH_BYTES 256

static char files_dir[64];

static const char *files_base(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash == NULL ? path : slash + 1;
}

static void files_put(const char *folder, const char *name, const void *bytes, size_t size_bytes)
{
	char path[FILES_PATH_BYTES], whole[FILES_PATH_BYTES];
	FILE *file;

	(void)snprintf(whole, sizeof(whole), "%s/%s", folder, name);
	(void)snprintf(path, sizeof(path), "%s/.%ld.%s", folder, (long)getpid(), name);
	file = fopen(path, "wb");
	if (file == NULL || fwrite(bytes, 1, size_bytes, file) != size_bytes || fclose(file) != 0 ||
	    rename(path, whole) != 0)
		fuzz_fail("harness", "%s: cannot be written", whole);
}

static void files_lay_out(void)
{
	char keys[FILES_NAME_BYTES];

	(void)snprintf(files_dir, sizeof(files_dir), "/tmp/brownout-fuzz-%ld", (long)getuid());
	(void)snprintf(keys, sizeof(keys), "%s/keys", files_dir);
	(void)mkdir(files_dir, 0700);
	(void)mkdir(keys, 0700);
	for (unsigned int i = 0; i < files_embedded_count; i++) {
		const struct file_embedded *file = &files_embedded[i];
		bool is_key = strstr(file->path, "/keys/") != NULL;

		files_put(is_key ? keys : files_dir, files_base(file->path), file->bytes,
			  file->size_bytes);
	}
}

const char *files_folder(void)
{
	if (files_dir[0] == '\0')
		files_lay_out();
	return files_dir;
}

void files_write(const char *name, const void *bytes, size_t size_bytes)
{
	files_put(files_folder(), name, bytes, size_bytes);
}

EVP_PKEY *files_key(const char *path)
{
	for (unsigned int i = 0; i < files_embedded_count; i++) {
		const struct file_embedded *file = &files_embedded[i];
		EVP_PKEY *key;
		BIO *bio;

		if (strcmp(file->path, path) != 0)
			continue;
		bio = BIO_new_mem_buf(file->bytes, (int)file->size_bytes);
		key = PEM_read_bio_PrivateKey(bio, NULL, NULL, NULL);
		BIO_free(bio);
		if (key != NULL)
			return key;
	}
	fuzz_fail("harness", "%s: no such key is embedded", path);
}

/* The DER of the public half, or its size alone if der is NULL. */
static int files_public_der(EVP_PKEY *key, enum hal_algorithm algorithm, unsigned char *der)
{
	unsigned char **at = der == NULL ? NULL : &der;

	if (algorithm == HAL_RSA_2048 || algorithm == HAL_RSA_3072)
		return i2d_PublicKey(key, at);
	return i2d_PUBKEY(key, at);
}

void files_public_key(EVP_PKEY *key, struct hal_key *public)
{
	unsigned char *der;
	int bytes;

	if (sign_algorithm(key, &public->algorithm) != 0)
		fuzz_fail("harness", "a key of an algorithm that no device knows");
	bytes = files_public_der(key, public->algorithm, NULL);
	if (bytes <= 0)
		fuzz_fail("harness", "a key without a public half");
	/* Memory of our own: a sanitizer that watches it does not see libcrypto write. */
	der = calloc(1, (size_t)bytes);
	FUZZ_HOLDS(der != NULL && files_public_der(key, public->algorithm, der) == bytes);
	public->der = der;
	public->der_bytes = (uint32_t)bytes;
}
