/* Public keys as PKCS#11 writes them: what to ask for, and what is read back. */
#ifndef VENDOR_TOKEN_PUBLIC_H
#define VENDOR_TOKEN_PUBLIC_H

#include <openssl/evp.h>
#include <p11-kit/pkcs11.h>

#include "device-model/hal.h"

/* How a pair of an algorithm is made; attributes of the public half, which point into it. */
struct token_public_shape {
	CK_MECHANISM mechanism;
	CK_ATTRIBUTE attributes[2];
	CK_ULONG count;
	CK_ULONG modulus_bits;
};

void token_public_shape(enum hal_algorithm algorithm, struct token_public_shape *shape);

/* The key, to be freed by the caller, and its type; NULL if it is of none that is known here. */
EVP_PKEY *token_public_read(CK_FUNCTION_LIST *module, CK_SESSION_HANDLE session,
			    CK_OBJECT_HANDLE object, CK_KEY_TYPE *type);

#endif
