/*
 * PKCS#11 by way of p11-kit, which finds the modules that are installed and reads URIs. OpenSSL's
 * own engine for tokens knows no Ed25519 and makes no keys, so that half of it would be here
 * anyway.
 */
#include "sim/vendor/token.h"

#include <assert.h>
#include <stdarg.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <openssl/crypto.h>
#include <p11-kit/p11-kit.h>
#include <p11-kit/pkcs11.h>
#include <p11-kit/uri.h>

#include "sim/vendor/token_public.h"

#define TOKEN_SLOTS_MAX 64u

struct token {
	char *name; /* the URI */
	P11KitUri *uri;
	CK_FUNCTION_LIST **modules;
	CK_FUNCTION_LIST *module; /* of the slot */
	CK_SLOT_ID slot;
	CK_SESSION_HANDLE session;
	bool has_session;
	CK_OBJECT_HANDLE private;
	CK_KEY_TYPE type;
};

__attribute__((format(printf, 4, 5))) static int token_fail(const struct token *token, char *why,
							    size_t why_bytes, const char *format,
							    ...)
{
	int at = snprintf(why, why_bytes, "%s: ", token->name);
	va_list values;

	va_start(values, format);
	if (at >= 0 && (size_t)at < why_bytes)
		vsnprintf(why + at, why_bytes - (size_t)at, format, values);
	va_end(values);
	return -1;
}

int token_pin_read(const char *path, char pin[TOKEN_PIN_ROOM], char *why, size_t why_bytes)
{
	FILE *file = fopen(path, "r");
	char *line;

	if (file == NULL) {
		snprintf(why, why_bytes, "%s: %s, expected a file with a PIN", path,
			 strerror(errno));
		return -1;
	}
	/* No buffer of stdio's own that would keep it. */
	setbuf(file, NULL);
	line = fgets(pin, TOKEN_PIN_ROOM, file);
	fclose(file);
	if (line != NULL)
		pin[strcspn(pin, "\r\n")] = '\0';
	if (line == NULL || *pin == '\0') {
		snprintf(why, why_bytes, "%s: empty, expected a PIN on the first line", path);
		return -1;
	}
	return 0;
}

/* What the URI names must be one object of one token, and hold no secret. */
static int token_read_uri(struct token *token, char *why, size_t why_bytes)
{
	int status;

	token->uri = p11_kit_uri_new();
	assert(token->uri != NULL);
	status = p11_kit_uri_parse(token->name, P11_KIT_URI_FOR_ANY, token->uri);
	if (status != P11_KIT_URI_OK || p11_kit_uri_any_unrecognized(token->uri))
		return token_fail(token, why, why_bytes,
				  "%s, expected pkcs11:token=NAME;object=NAME",
				  status == P11_KIT_URI_OK ? "an attribute is unknown"
							   : p11_kit_uri_message(status));
	if (p11_kit_uri_get_pin_value(token->uri) != NULL) {
		/* Not with the URI, which has the PIN in it. */
		snprintf(why, why_bytes,
			 "pkcs11: a PIN in the URI, where every process can read it, expected "
			 "--pin-file FILE, pin-source= or $BROWNOUT_PIN");
		return -1;
	}
	if (p11_kit_uri_get_attribute(token->uri, CKA_LABEL) == NULL &&
	    p11_kit_uri_get_attribute(token->uri, CKA_ID) == NULL)
		return token_fail(token, why, why_bytes,
				  "no object named, expected pkcs11:token=NAME;object=NAME");
	return 0;
}

static int token_load_modules(struct token *token, char *why, size_t why_bytes)
{
	const char *path = p11_kit_uri_get_module_path(token->uri);
	CK_RV rv = CKR_OK;

	if (path == NULL) {
		token->modules = p11_kit_modules_load_and_initialize(0);
		if (token->modules != NULL)
			return 0;
		return token_fail(token, why, why_bytes,
				  "%s, expected PKCS#11 modules that p11-kit can load",
				  p11_kit_message());
	}
	token->modules = calloc(2, sizeof(token->modules[0]));
	assert(token->modules != NULL);
	token->modules[0] = p11_kit_module_load(path, 0);
	if (token->modules[0] != NULL)
		rv = p11_kit_module_initialize(token->modules[0]);
	if (token->modules[0] != NULL && rv == CKR_OK)
		return 0;
	token_fail(token, why, why_bytes, "%s, expected a PKCS#11 module",
		   token->modules[0] == NULL ? p11_kit_message() : p11_kit_strerror(rv));
	if (token->modules[0] != NULL)
		p11_kit_module_release(token->modules[0]);
	free(token->modules);
	token->modules = NULL;
	return -1;
}

/* Counts the module's tokens that the URI fits, and remembers the first. */
static uint32_t token_match_slots(struct token *token, CK_FUNCTION_LIST *module, uint32_t found)
{
	CK_SLOT_ID slots[TOKEN_SLOTS_MAX];
	CK_ULONG count = TOKEN_SLOTS_MAX;

	if (module->C_GetSlotList(CK_TRUE, slots, &count) != CKR_OK)
		return found;
	for (CK_ULONG i = 0; i < count; i++) {
		CK_TOKEN_INFO info;

		if (module->C_GetTokenInfo(slots[i], &info) != CKR_OK ||
		    (info.flags & CKF_TOKEN_INITIALIZED) == 0 ||
		    !p11_kit_uri_match_token_info(token->uri, &info))
			continue;
		if (found++ == 0) {
			token->module = module;
			token->slot = slots[i];
		}
	}
	return found;
}

/* The PIN that was given, or the one where the URI says that it lies; empty if neither. */
static int token_choose_pin(const struct token *token, const char *given, char pin[TOKEN_PIN_ROOM],
			    char *why, size_t why_bytes)
{
	const char *source = p11_kit_uri_get_pin_source(token->uri);

	*pin = '\0';
	if (given != NULL) {
		snprintf(pin, TOKEN_PIN_ROOM, "%s", given);
		return 0;
	}
	if (source == NULL)
		return 0;
	if (strncmp(source, "file:", 5) == 0)
		source += strncmp(source, "file://", 7) == 0 ? 7 : 5;
	return token_pin_read(source, pin, why, why_bytes);
}

static int token_log_in(struct token *token, const char *given, char *why, size_t why_bytes)
{
	unsigned char pin[TOKEN_PIN_ROOM];
	CK_TOKEN_INFO info;
	CK_RV rv = token->module->C_GetTokenInfo(token->slot, &info);
	int status = 0;

	if (rv != CKR_OK)
		return token_fail(token, why, why_bytes, "%s, expected a token that answers",
				  p11_kit_strerror(rv));
	if (token_choose_pin(token, given, (char *)pin, why, why_bytes) != 0)
		return -1;
	if (*pin != '\0') {
		rv = token->module->C_Login(token->session, CKU_USER, pin,
					    strlen((const char *)pin));
		/* No second try: most tokens lock after three. */
		if (rv != CKR_OK && rv != CKR_USER_ALREADY_LOGGED_IN)
			status = token_fail(token, why, why_bytes,
					    "%s, expected the token's user PIN",
					    p11_kit_strerror(rv));
	} else if ((info.flags & CKF_LOGIN_REQUIRED) != 0) {
		status = token_fail(token, why, why_bytes,
				    "no PIN, expected --pin-file FILE, pin-source= in the URI or "
				    "$BROWNOUT_PIN");
	}
	OPENSSL_cleanse(pin, sizeof(pin));
	return status;
}

static int token_enter(struct token *token, const char *pin, bool writes, char *why,
		       size_t why_bytes)
{
	uint32_t found = 0;
	CK_RV rv;

	if (token_read_uri(token, why, why_bytes) != 0 ||
	    token_load_modules(token, why, why_bytes) != 0)
		return -1;
	for (CK_FUNCTION_LIST **module = token->modules; *module != NULL; module++)
		found = token_match_slots(token, *module, found);
	if (found == 0)
		return token_fail(token, why, why_bytes,
				  "no such token, expected one of those "
				  "that `p11-kit list-modules` lists");
	if (found > 1)
		return token_fail(
			token, why, why_bytes,
			"%u tokens fit, expected one: add serial= or module-path=", found);
	rv = token->module->C_OpenSession(token->slot,
					  CKF_SERIAL_SESSION | (writes ? CKF_RW_SESSION : 0), NULL,
					  NULL, &token->session);
	if (rv != CKR_OK)
		return token_fail(token, why, why_bytes, "%s, expected a token that opens",
				  p11_kit_strerror(rv));
	token->has_session = true;
	return token_log_in(token, pin, why, why_bytes);
}

struct token *token_open(const char *uri, const char *pin, bool writes, char *why, size_t why_bytes)
{
	struct token *token = calloc(1, sizeof(*token));

	assert(token != NULL);
	token->name = strdup(uri);
	assert(token->name != NULL);
	if (token_enter(token, pin, writes, why, why_bytes) == 0)
		return token;
	token_close(token);
	return NULL;
}

void token_close(struct token *token)
{
	if (token == NULL)
		return;
	if (token->has_session) {
		token->module->C_Logout(token->session);
		token->module->C_CloseSession(token->session);
	}
	if (token->modules != NULL && p11_kit_uri_get_module_path(token->uri) == NULL) {
		p11_kit_modules_finalize_and_release(token->modules);
	} else if (token->modules != NULL) {
		p11_kit_module_finalize(token->modules[0]);
		p11_kit_module_release(token->modules[0]);
		free(token->modules);
	}
	p11_kit_uri_free(token->uri);
	free(token->name);
	free(token);
}

/* Adds the URI's object and id, as they name the pair, to a template. Returns its new length. */
static CK_ULONG token_add_names(const struct token *token, CK_ATTRIBUTE *attributes, CK_ULONG count)
{
	static const CK_ATTRIBUTE_TYPE names[] = {CKA_LABEL, CKA_ID};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		const CK_ATTRIBUTE *name = p11_kit_uri_get_attribute(token->uri, names[i]);

		if (name != NULL)
			attributes[count++] = *name;
	}
	return count;
}

/* How many objects of a class have the URI's names, 2 standing for more; the first of them. */
static int token_search(const struct token *token, CK_OBJECT_CLASS class, CK_OBJECT_HANDLE *first,
			CK_ULONG *count, char *why, size_t why_bytes)
{
	CK_ATTRIBUTE wanted[3] = {{CKA_CLASS, &class, sizeof(class)}};
	CK_ULONG wanted_count = token_add_names(token, wanted, 1);
	CK_OBJECT_HANDLE objects[2] = {0};
	CK_RV rv = token->module->C_FindObjectsInit(token->session, wanted, wanted_count);

	*count = 0;
	if (rv == CKR_OK) {
		rv = token->module->C_FindObjects(token->session, objects, 2, count);
		token->module->C_FindObjectsFinal(token->session);
	}
	*first = objects[0];
	if (rv != CKR_OK)
		return token_fail(token, why, why_bytes,
				  "%s, expected a token that can be searched",
				  p11_kit_strerror(rv));
	return 0;
}

static int token_find_one(const struct token *token, CK_OBJECT_CLASS class,
			  CK_OBJECT_HANDLE *object, char *why, size_t why_bytes)
{
	const char *what = class == CKO_PRIVATE_KEY ? "private" : "public";
	CK_ULONG count;

	if (token_search(token, class, object, &count, why, why_bytes) != 0)
		return -1;
	if (count == 0)
		return token_fail(token, why, why_bytes,
				  "no %s key of this name, expected a key pair in the token", what);
	if (count > 1)
		return token_fail(token, why, why_bytes,
				  "more than one %s key, expected one: add id= to the URI", what);
	return 0;
}

int token_find(struct token *token, EVP_PKEY **public, char *why, size_t why_bytes)
{
	CK_OBJECT_HANDLE half;

	if (token_find_one(token, CKO_PRIVATE_KEY, &token->private, why, why_bytes) != 0 ||
	    token_find_one(token, CKO_PUBLIC_KEY, &half, why, why_bytes) != 0)
		return -1;
	*public = token_public_read(token->module, token->session, half, &token->type);
	if (*public == NULL)
		return token_fail(token, why, why_bytes,
				  "the public key cannot be read, expected P-256, RSA or Ed25519");
	return 0;
}

int token_make(struct token *token, enum hal_algorithm algorithm, EVP_PKEY **public, char *why,
	       size_t why_bytes)
{
	static const CK_OBJECT_CLASS classes[] = {CKO_PRIVATE_KEY, CKO_PUBLIC_KEY};
	CK_BBOOL yes = CK_TRUE, no = CK_FALSE;
	CK_ATTRIBUTE for_public[8] = {{CKA_TOKEN, &yes, sizeof(yes)},
				      {CKA_PRIVATE, &no, sizeof(no)},
				      {CKA_VERIFY, &yes, sizeof(yes)}};
	CK_ATTRIBUTE for_private[8] = {
		{CKA_TOKEN, &yes, sizeof(yes)},	    {CKA_PRIVATE, &yes, sizeof(yes)},
		{CKA_SENSITIVE, &yes, sizeof(yes)}, {CKA_EXTRACTABLE, &no, sizeof(no)},
		{CKA_SIGN, &yes, sizeof(yes)},
	};
	CK_ULONG public_count = token_add_names(token, for_public, 3);
	CK_ULONG private_count = token_add_names(token, for_private, 5), count;
	struct token_public_shape shape;
	CK_OBJECT_HANDLE half;
	CK_RV rv;

	for (size_t i = 0; i < 2; i++) {
		if (token_search(token, classes[i], &half, &count, why, why_bytes) != 0)
			return -1;
		if (count > 0)
			return token_fail(token, why, why_bytes,
					  "there is a key of this name, expected one that is free");
	}
	token_public_shape(algorithm, &shape);
	for (CK_ULONG i = 0; i < shape.count; i++)
		for_public[public_count++] = shape.attributes[i];
	rv = token->module->C_GenerateKeyPair(token->session, &shape.mechanism, for_public,
					      public_count, for_private, private_count, &half,
					      &token->private);
	if (rv != CKR_OK)
		return token_fail(token, why, why_bytes,
				  "%s, expected a token that makes keys of this type",
				  p11_kit_strerror(rv));
	return token_find(token, public, why, why_bytes);
}

int token_sign(struct token *token, const uint8_t digest[SIGN_DIGEST_BYTES],
	       uint8_t sig[SIGN_BYTES_MAX], size_t *bytes)
{
	CK_RSA_PKCS_PSS_PARAMS pss = {CKM_SHA256, CKG_MGF1_SHA256, SIGN_SALT_BYTES};
	CK_MECHANISM mechanism = {CKM_ECDSA, NULL, 0};
	CK_ULONG size = SIGN_BYTES_MAX;
	uint8_t data[SIGN_DIGEST_BYTES];

	if (token->type == CKK_RSA)
		mechanism = (CK_MECHANISM){CKM_RSA_PKCS_PSS, &pss, sizeof(pss)};
	else if (token->type == CKK_EC_EDWARDS)
		mechanism.mechanism = CKM_EDDSA;
	memcpy(data, digest, sizeof(data));
	if (token->module->C_SignInit(token->session, &mechanism, token->private) != CKR_OK ||
	    token->module->C_Sign(token->session, data, sizeof(data), sig, &size) != CKR_OK)
		return -1;
	*bytes = size;
	return 0;
}
