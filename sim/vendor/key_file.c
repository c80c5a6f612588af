/* Public keys in files: PEM, to the DER that KEYHASH covers. */
#include "sim/vendor/key_file.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

/* The one block of the file as a key, or NULL and why. */
static EVP_PKEY *key_file_parse(const char *path, FILE *file, char *why, size_t why_bytes)
{
	char *name = NULL, *header = NULL;
	unsigned char *data = NULL;
	const unsigned char *der;
	EVP_PKEY *parsed = NULL;
	long data_bytes = 0;

	if (PEM_read(file, &name, &header, &data, &data_bytes) != 1) {
		snprintf(why, why_bytes, "%s: no PEM block, expected a \"PUBLIC KEY\"", path);
		goto out;
	}
	der = data;
	if (strcmp(name, PEM_STRING_PUBLIC) == 0) {
		parsed = d2i_PUBKEY(NULL, &der, data_bytes);
	} else if (strcmp(name, PEM_STRING_RSA_PUBLIC) == 0) {
		parsed = d2i_PublicKey(EVP_PKEY_RSA, NULL, &der, data_bytes);
	} else {
		snprintf(why, why_bytes, "%s: a PEM block \"%s\", expected a \"PUBLIC KEY\"", path,
			 name);
		goto out;
	}
	if (parsed && der != data + data_bytes) {
		EVP_PKEY_free(parsed);
		parsed = NULL;
	}
	if (!parsed)
		snprintf(why, why_bytes, "%s: the PEM block's DER is damaged, " KEY_FILE_EXPECTED,
			 path);
out:
	OPENSSL_free(name);
	OPENSSL_free(header);
	OPENSSL_free(data);
	return parsed;
}

/* RSA: the exponent that the firmware takes, and a modulus of a size that it knows. */
static int key_file_rsa(const EVP_PKEY *parsed, enum hal_algorithm *algorithm, char *found,
			size_t found_bytes)
{
	int bits = EVP_PKEY_get_bits(parsed);
	BIGNUM *exponent = NULL;
	bool usual = EVP_PKEY_get_bn_param(parsed, OSSL_PKEY_PARAM_RSA_E, &exponent) == 1 &&
		     BN_is_word(exponent, RSA_F4);

	BN_free(exponent);
	*algorithm = bits == 2048 ? HAL_RSA_2048 : HAL_RSA_3072;
	snprintf(found, found_bytes, "an RSA-%d key%s", bits,
		 usual ? "" : " whose exponent is not 65537");
	return usual && (bits == 2048 || bits == 3072) ? 0 : -1;
}

/* 0 and the algorithm, or -1 and what was found instead. */
static int key_file_classify(const EVP_PKEY *parsed, enum hal_algorithm *algorithm, char *found,
			     size_t found_bytes)
{
	const char *type = EVP_PKEY_get0_type_name(parsed);
	char group[64] = "unnamed curve";

	if (EVP_PKEY_is_a(parsed, "RSA"))
		return key_file_rsa(parsed, algorithm, found, found_bytes);
	if (EVP_PKEY_is_a(parsed, "ED25519")) {
		*algorithm = HAL_ED25519;
		return 0;
	}
	if (!EVP_PKEY_is_a(parsed, "EC")) {
		snprintf(found, found_bytes, "a key of type %s", type ? type : "unknown");
		return -1;
	}
	*algorithm = HAL_ECDSA_P256;
	if (EVP_PKEY_get_group_name(parsed, group, sizeof(group), NULL) == 1 &&
	    strcmp(group, SN_X9_62_prime256v1) == 0)
		return 0;
	snprintf(found, found_bytes, "an EC key on %s", group);
	return -1;
}

int key_file_public(EVP_PKEY *key, struct hal_key *public, char *found, size_t found_bytes)
{
	unsigned char *der = NULL;
	int der_bytes;

	if (key_file_classify(key, &public->algorithm, found, found_bytes) != 0)
		return -1;
	if (EVP_PKEY_is_a(key, "RSA"))
		der_bytes = i2d_PublicKey(key, &der);
	else
		der_bytes = i2d_PUBKEY(key, &der);
	if (der_bytes <= 0) {
		snprintf(found, found_bytes, "a key that OpenSSL cannot encode");
		return -1;
	}
	public->der = der;
	public->der_bytes = (uint32_t)der_bytes;
	return 0;
}

int key_file_read_public(const char *path, struct hal_key *key, char *why, size_t why_bytes)
{
	EVP_PKEY *parsed = NULL;
	char found[96];
	int rc = -1;
	FILE *file = fopen(path, "rb");

	if (!file) {
		snprintf(why, why_bytes, "%s: %s, expected a PEM public key", path,
			 strerror(errno));
		return -1;
	}
	parsed = key_file_parse(path, file, why, why_bytes);
	if (!parsed)
		goto out;
	rc = key_file_public(parsed, key, found, sizeof(found));
	if (rc != 0)
		snprintf(why, why_bytes, "%s: %s, " KEY_FILE_EXPECTED, path, found);
out:
	ERR_clear_error();
	EVP_PKEY_free(parsed);
	fclose(file);
	return rc;
}

void key_file_free(struct hal_key *key)
{
	/* The DER is const to its readers; whoever owns the key frees what i2d allocated. */
	OPENSSL_free((void *)(uintptr_t)key->der);
	key->der = NULL;
	key->der_bytes = 0;
}
