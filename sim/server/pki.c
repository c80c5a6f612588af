/* A throw-away certification authority. */
#include "sim/server/pki.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rand.h>
#include <openssl/sha.h>
#include <openssl/x509v3.h>

#define PKI_LOOPBACK "DNS:localhost,IP:127.0.0.1,IP:::1"
#define PKI_YEAR_S   (365 * PKI_DAY_S)

bool pki_name_good(const char *name)
{
	size_t bytes = strlen(name);

	return bytes > 0 && bytes <= PKI_NAME_MAX &&
	       strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:") ==
		       bytes;
}

/* OpenSSL fails here only for want of memory or of chance: nothing that a caller could mend. */
static void pki_must(bool good, const char *what)
{
	if (good)
		return;
	fprintf(stderr, "brownout: OpenSSL makes no %s: %s\n", what,
		ERR_reason_error_string(ERR_peek_last_error()));
	abort();
}

static void pki_extend(X509 *cert, X509 *issuer, int nid, const char *value)
{
	X509_EXTENSION *extension;
	X509V3_CTX context;

	X509V3_set_ctx_nodb(&context);
	X509V3_set_ctx(&context, issuer, cert, NULL, NULL, 0);
	extension = X509V3_EXT_conf_nid(NULL, &context, nid, value);
	pki_must(extension && X509_add_ext(cert, extension, -1) == 1, "certificate extension");
	X509_EXTENSION_free(extension);
}

static void pki_extensions(X509 *cert, X509 *issuer, const struct pki_wish *wish)
{
	pki_extend(cert, issuer, NID_subject_key_identifier, "hash");
	if (wish->whom == PKI_AUTHORITY) {
		pki_extend(cert, issuer, NID_basic_constraints, "critical,CA:TRUE,pathlen:0");
		pki_extend(cert, issuer, NID_key_usage, "critical,keyCertSign");
		return;
	}
	pki_extend(cert, issuer, NID_authority_key_identifier, "keyid");
	pki_extend(cert, issuer, NID_basic_constraints, "critical,CA:FALSE");
	pki_extend(cert, issuer, NID_key_usage, "critical,digitalSignature");
	pki_extend(cert, issuer, NID_ext_key_usage,
		   wish->whom == PKI_SERVER ? "serverAuth" : "clientAuth");
	if (wish->whom == PKI_SERVER)
		pki_extend(cert, issuer, NID_subject_alt_name,
			   wish->dns ? wish->dns : PKI_LOOPBACK);
}

static void pki_serial(X509 *cert)
{
	uint8_t bytes[16];
	BIGNUM *number;

	pki_must(RAND_bytes(bytes, sizeof(bytes)) == 1, "random number");
	bytes[0] &= 0x7f; /* positive */
	number = BN_bin2bn(bytes, sizeof(bytes), NULL);
	pki_must(number && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(cert)),
		 "serial number");
	BN_free(number);
}

void pki_make(const struct pki_pair *authority, const struct pki_wish *wish, struct pki_pair *pair)
{
	EVP_PKEY *key = EVP_EC_gen("P-256");

	pki_must(key != NULL, "key");
	pki_certify(authority, wish, key, pair);
	EVP_PKEY_free(key);
}

void pki_certify(const struct pki_pair *authority, const struct pki_wish *wish, EVP_PKEY *key,
		 struct pki_pair *pair)
{
	bool timed = wish->from_s != 0 || wish->until_s != 0;
	const struct pki_pair *issuer = authority ? authority : pair;
	X509_NAME *name;

	pair->key = key;
	pair->cert = X509_new();
	pki_must(EVP_PKEY_up_ref(key) == 1 && pair->cert &&
			 X509_set_version(pair->cert, X509_VERSION_3) == 1 &&
			 X509_set_pubkey(pair->cert, pair->key) == 1,
		 "key");
	pki_serial(pair->cert);
	name = X509_get_subject_name(pair->cert);
	pki_must(X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_ASC,
					    (const unsigned char *)wish->name, -1, -1, 0) == 1 &&
			 X509_set_issuer_name(pair->cert, X509_get_subject_name(issuer->cert)) ==
				 1 &&
			 X509_gmtime_adj(X509_getm_notBefore(pair->cert),
					 timed ? wish->from_s : -PKI_DAY_S) &&
			 X509_gmtime_adj(X509_getm_notAfter(pair->cert),
					 timed ? wish->until_s : PKI_YEAR_S),
		 "certificate");
	pki_extensions(pair->cert, issuer->cert, wish);
	pki_must(X509_sign(pair->cert, issuer->key, EVP_sha256()) > 0, "signature");
}

void pki_close(struct pki_pair *pair)
{
	EVP_PKEY_free(pair->key);
	X509_free(pair->cert);
	*pair = (struct pki_pair){.key = NULL};
}

/* ---- files ---- */

static FILE *pki_file(const char *path, const char *what, char *why, size_t why_bytes)
{
	FILE *file = fopen(path, "rb");

	if (!file)
		snprintf(why, why_bytes, "%s: %s, expected a PEM %s", path, strerror(errno), what);
	return file;
}

int pki_load(const char *cert_path, const char *key_path, struct pki_pair *pair, char *why,
	     size_t why_bytes)
{
	FILE *file = pki_file(cert_path, "certificate", why, why_bytes);

	*pair = (struct pki_pair){.key = NULL};
	if (!file)
		return -1;
	pair->cert = PEM_read_X509(file, NULL, NULL, NULL);
	fclose(file);
	file = pki_file(key_path, "private key", why, why_bytes);
	if (!file) {
		pki_close(pair);
		return -1;
	}
	pair->key = PEM_read_PrivateKey(file, NULL, NULL, NULL);
	fclose(file);
	ERR_clear_error();
	if (pair->cert && pair->key && X509_check_private_key(pair->cert, pair->key) == 1)
		return 0;
	ERR_clear_error();
	snprintf(why, why_bytes, "%s: damaged, or not the certificate of %s, expected a pair",
		 cert_path, key_path);
	pki_close(pair);
	return -1;
}

/* All of it or nothing stands at path, also if the power fails. */
static int pki_write(const char *path, const char *text, mode_t mode, char *why, size_t why_bytes)
{
	char *temporary;
	size_t bytes = strlen(text);
	int fd, error = 0;

	if (asprintf(&temporary, "%s.new", path) < 0)
		abort();
	(void)unlink(temporary);
	fd = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode);
	if (fd < 0 || write(fd, text, bytes) != (ssize_t)bytes || fsync(fd))
		error = errno ? errno : EIO;
	if (fd >= 0 && close(fd) && !error)
		error = errno;
	if (!error && rename(temporary, path))
		error = errno;
	free(temporary);
	if (!error)
		return 0;
	snprintf(why, why_bytes, "%s: %s, expected to write there", path, strerror(error));
	return -1;
}

int pki_save(const char *cert_path, const char *key_path, const struct pki_pair *pair, char *why,
	     size_t why_bytes)
{
	char *cert = pki_cert_pem(pair->cert), *key = pki_key_pem(pair->key);
	/* The key first: a certificate that is there has its key. */
	int rc = pki_write(key_path, key, 0600, why, why_bytes) ||
				 pki_write(cert_path, cert, 0644, why, why_bytes)
			 ? -1
			 : 0;

	OPENSSL_cleanse(key, strlen(key));
	free(key);
	free(cert);
	return rc;
}

static char *pki_text(BIO *memory)
{
	char *data, *text;
	long bytes = BIO_get_mem_data(memory, &data);

	text = strndup(data, (size_t)bytes);
	assert(text);
	BIO_free(memory);
	return text;
}

char *pki_cert_pem(const X509 *cert)
{
	BIO *memory = BIO_new(BIO_s_mem());

	pki_must(memory && PEM_write_bio_X509(memory, cert) == 1, "PEM");
	return pki_text(memory);
}

char *pki_key_pem(const EVP_PKEY *key)
{
	BIO *memory = BIO_new(BIO_s_secmem());

	pki_must(memory && PEM_write_bio_PrivateKey(memory, key, NULL, NULL, 0, NULL, NULL) == 1,
		 "PEM");
	return pki_text(memory);
}

void pki_pin(EVP_PKEY *key, char pin[PKI_PIN_BYTES])
{
	static const char head[] = "sha256//";
	unsigned char *der = NULL, digest[SHA256_DIGEST_LENGTH];
	int der_bytes = i2d_PUBKEY(key, &der);

	pki_must(der_bytes > 0, "DER");
	SHA256(der, (size_t)der_bytes, digest);
	OPENSSL_free(der);
	memcpy(pin, head, sizeof(head) - 1);
	(void)EVP_EncodeBlock((unsigned char *)pin + sizeof(head) - 1, digest, sizeof(digest));
}
