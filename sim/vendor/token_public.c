/* Public keys as PKCS#11 writes them, to and from OpenSSL's. */
#include "sim/vendor/token_public.h"

#include <stdint.h>
#include <string.h>
#include <openssl/asn1.h>
#include <openssl/bn.h>
#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/objects.h>
#include <openssl/param_build.h>

#define PUBLIC_BYTES_MAX 1024u

/* Curves as DER object identifiers: prime256v1 (SEC 2), Ed25519 (RFC 8410). */
static uint8_t curve_p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};
static uint8_t curve_ed25519[] = {0x06, 0x03, 0x2b, 0x65, 0x70};
static uint8_t exponent_f4[] = {0x01, 0x00, 0x01};

void token_public_shape(enum hal_algorithm algorithm, struct token_public_shape *shape)
{
	*shape = (struct token_public_shape){.count = 1};
	switch (algorithm) {
	case HAL_ECDSA_P256:
		shape->mechanism.mechanism = CKM_EC_KEY_PAIR_GEN;
		shape->attributes[0] =
			(CK_ATTRIBUTE){CKA_EC_PARAMS, curve_p256, sizeof(curve_p256)};
		break;
	case HAL_ED25519:
		shape->mechanism.mechanism = CKM_EC_EDWARDS_KEY_PAIR_GEN;
		shape->attributes[0] =
			(CK_ATTRIBUTE){CKA_EC_PARAMS, curve_ed25519, sizeof(curve_ed25519)};
		break;
	case HAL_RSA_2048:
	case HAL_RSA_3072:
		shape->mechanism.mechanism = CKM_RSA_PKCS_KEY_PAIR_GEN;
		shape->modulus_bits = algorithm == HAL_RSA_2048 ? 2048 : 3072;
		shape->attributes[0] = (CK_ATTRIBUTE){CKA_MODULUS_BITS, &shape->modulus_bits,
						      sizeof(shape->modulus_bits)};
		shape->attributes[1] =
			(CK_ATTRIBUTE){CKA_PUBLIC_EXPONENT, exponent_f4, sizeof(exponent_f4)};
		shape->count = 2;
		break;
	}
}

struct public_value {
	uint8_t data[PUBLIC_BYTES_MAX];
	CK_ULONG size_bytes;
};

/* 0, or -1. */
static int public_get(CK_FUNCTION_LIST *module, CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object,
		      CK_ATTRIBUTE_TYPE type, struct public_value *value)
{
	CK_ATTRIBUTE attribute = {type, value->data, sizeof(value->data)};

	if (module->C_GetAttributeValue(session, object, &attribute, 1) != CKR_OK ||
	    attribute.ulValueLen > sizeof(value->data))
		return -1;
	value->size_bytes = attribute.ulValueLen;
	return 0;
}

/* A point is the content of an OCTET STRING; some tokens leave its head out. */
static void public_unwrap(struct public_value *point)
{
	const unsigned char *at = point->data;
	ASN1_OCTET_STRING *inner = d2i_ASN1_OCTET_STRING(NULL, &at, (long)point->size_bytes);

	if (inner != NULL && at == point->data + point->size_bytes) {
		point->size_bytes = (CK_ULONG)ASN1_STRING_length(inner);
		memmove(point->data, ASN1_STRING_get0_data(inner), point->size_bytes);
	}
	ASN1_OCTET_STRING_free(inner);
	ERR_clear_error();
}

static EVP_PKEY *public_from(const char *type, OSSL_PARAM_BLD *build)
{
	EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
	OSSL_PARAM *parameters = OSSL_PARAM_BLD_to_param(build);
	EVP_PKEY *key = NULL;

	if (context == NULL || parameters == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
	    EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, parameters) != 1)
		key = NULL;
	OSSL_PARAM_free(parameters);
	EVP_PKEY_CTX_free(context);
	return key;
}

static EVP_PKEY *public_p256(const struct public_value *point)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	EVP_PKEY *key = NULL;

	if (build != NULL &&
	    OSSL_PARAM_BLD_push_utf8_string(build, OSSL_PKEY_PARAM_GROUP_NAME, SN_X9_62_prime256v1,
					    0) == 1 &&
	    OSSL_PARAM_BLD_push_octet_string(build, OSSL_PKEY_PARAM_PUB_KEY, point->data,
					     point->size_bytes) == 1)
		key = public_from("EC", build);
	OSSL_PARAM_BLD_free(build);
	return key;
}

static EVP_PKEY *public_rsa(const struct public_value *modulus, const struct public_value *exponent)
{
	OSSL_PARAM_BLD *build = OSSL_PARAM_BLD_new();
	BIGNUM *n = BN_bin2bn(modulus->data, (int)modulus->size_bytes, NULL);
	BIGNUM *e = BN_bin2bn(exponent->data, (int)exponent->size_bytes, NULL);
	EVP_PKEY *key = NULL;

	if (build != NULL && n != NULL && e != NULL &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
	    OSSL_PARAM_BLD_push_BN(build, OSSL_PKEY_PARAM_RSA_E, e) == 1)
		key = public_from("RSA", build);
	BN_free(n);
	BN_free(e);
	OSSL_PARAM_BLD_free(build);
	return key;
}

EVP_PKEY *token_public_read(CK_FUNCTION_LIST *module, CK_SESSION_HANDLE session,
			    CK_OBJECT_HANDLE object, CK_KEY_TYPE *type)
{
	CK_ATTRIBUTE kind = {CKA_KEY_TYPE, type, sizeof(*type)};
	struct public_value first, second;

	if (module->C_GetAttributeValue(session, object, &kind, 1) != CKR_OK)
		return NULL;
	if (*type == CKK_RSA) {
		if (public_get(module, session, object, CKA_MODULUS, &first) != 0 ||
		    public_get(module, session, object, CKA_PUBLIC_EXPONENT, &second) != 0)
			return NULL;
		return public_rsa(&first, &second);
	}
	if ((*type != CKK_EC && *type != CKK_EC_EDWARDS) ||
	    public_get(module, session, object, CKA_EC_POINT, &first) != 0 ||
	    public_get(module, session, object, CKA_EC_PARAMS, &second) != 0)
		return NULL;
	public_unwrap(&first);
	if (*type == CKK_EC_EDWARDS)
		return EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, NULL, first.data,
						   first.size_bytes);
	/* A point of another curve is none of this one, but another curve's name says it better. */
	if (second.size_bytes != sizeof(curve_p256) ||
	    memcmp(second.data, curve_p256, sizeof(curve_p256)) != 0)
		return NULL;
	return public_p256(&first);
}
