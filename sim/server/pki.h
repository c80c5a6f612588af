/*
 * A throw-away certification authority: it makes the server's certificate and those by which
 * devices are known. X.509, P-256, of OpenSSL. Nobody outside trusts it, and it is thrown away with
 * its folder.
 */
#ifndef SERVER_PKI_H
#define SERVER_PKI_H

#include <openssl/evp.h>
#include <openssl/x509.h>

#include "device-model/hal.h"

#define PKI_PIN_BYTES 64 /* "sha256//" and 44 characters, terminated */
#define PKI_NAME_MAX  64 /* of a device's id, its end not counted (ub-common-name, RFC 5280) */
#define PKI_DAY_S     86400L

enum pki_for { PKI_AUTHORITY, PKI_SERVER, PKI_DEVICE };

/* A key and the certificate of its public half. */
struct pki_pair {
	EVP_PKEY *key;
	X509 *cert;
};

/* What a certificate says; all but `whom` may be left zero. */
struct pki_wish {
	enum pki_for whom;
	const char *name;     /* the common name */
	const char *dns;      /* a server's other names, as OpenSSL writes them; NULL: loopback */
	long from_s, until_s; /* from now; both 0: since a day ago, for a year */
};

/* Letters, digits, dot, dash, underscore and colon; not empty, no longer than PKI_NAME_MAX. */
bool pki_name_good(const char *name);

/*
 * A new key and its certificate, signed by authority; NULL: by itself. Ends the process where
 * OpenSSL has no key to give.
 */
void pki_make(const struct pki_pair *authority, const struct pki_wish *wish, struct pki_pair *pair);
/* The same for a key that is there already; pair has a key of its own. */
void pki_certify(const struct pki_pair *authority, const struct pki_wish *wish, EVP_PKEY *key,
		 struct pki_pair *pair);
void pki_close(struct pki_pair *pair);

/* Reads or writes two PEM files; the key's is for its owner alone. 0, or -1 and why. */
FW_CHECKED int pki_load(const char *cert_path, const char *key_path, struct pki_pair *pair,
			char *why, size_t why_bytes);
FW_CHECKED int pki_save(const char *cert_path, const char *key_path, const struct pki_pair *pair,
			char *why, size_t why_bytes);

/* As PEM in memory, for the caller to free(). */
char *pki_cert_pem(const X509 *cert);
char *pki_key_pem(const EVP_PKEY *key);

/* The pin of a public key (RFC 7469), as curl writes it. */
void pki_pin(EVP_PKEY *key, char pin[PKI_PIN_BYTES]);

#endif
