/* Forgeries by their names. */
#include "sim/scenario/scenario_forge.h"

#include <stdio.h>
#include <string.h>

/* A word that ends with ':' is followed by the name of a release or a key. */
struct forge_word {
	const char *word;
	int forgery;
};

static const struct forge_word image_words[] = {
	{"unsigned", IMAGE_UNSIGNED},
	{"empty", IMAGE_SIGNATURE_EMPTY},
	{"zero", IMAGE_SIGNATURE_ZERO},
	{"truncated", IMAGE_SIGNATURE_TRUNCATED},
	{"r-zero", IMAGE_R_ZERO},
	{"s-zero", IMAGE_S_ZERO},
	{"signature-of:", IMAGE_SIGNATURE_OF},
	{"keyhash-of:", IMAGE_KEYHASH_OF},
	{"r-n", IMAGE_R_N},
	{"s-n", IMAGE_S_N},
	{"other-s", IMAGE_OTHER_S},
	{"der-padded", IMAGE_DER_PADDED},
	{"der-long", IMAGE_DER_LONG},
	{"der-trailed", IMAGE_DER_TRAILED},
	{"other-type", IMAGE_OTHER_TYPE},
	{"salt-short", IMAGE_SALT_SHORT},
	{"rs-zero", IMAGE_RS_ZERO},
	{"carries-key", IMAGE_CARRIES_KEY},
	{"keyhash-long", IMAGE_KEYHASH_LONG},
	{"security-unprotected", IMAGE_SECURITY_UNPROTECTED},
};

static const struct forge_word manifest_words[] = {
	{"unsigned", SUIT_UNSIGNED},
	{"zero", SUIT_SIGNATURE_ZERO},
	{"truncated", SUIT_SIGNATURE_TRUNCATED},
	{"r-zero", SUIT_R_ZERO},
	{"s-zero", SUIT_S_ZERO},
	{"signature-of:", SUIT_SIGNATURE_OF},
	{"r-n", SUIT_R_N},
	{"s-n", SUIT_S_N},
	{"other-s", SUIT_OTHER_S},
	{"algorithm", SUIT_ALGORITHM},
};

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static int word_find(const struct forge_word *words, size_t count, const char *text,
		     const char **of)
{
	for (size_t i = 0; i < count; i++) {
		size_t bytes = strlen(words[i].word);
		bool named = words[i].word[bytes - 1] == ':';

		if (!named && strcmp(words[i].word, text) == 0)
			return words[i].forgery;
		if (named && strncmp(words[i].word, text, bytes) == 0 && text[bytes] != '\0') {
			*of = text + bytes;
			return words[i].forgery;
		}
	}
	return -1;
}

int scenario_forge_read(const struct scenario_yaml_file *file, const char *place,
			const struct scenario_yaml_forge *yaml, struct scenario_forge *forge)
{
	char key[64];
	int found;

	*forge = (struct scenario_forge){.image = IMAGE_GENUINE, .manifest = SUIT_GENUINE};
	if (yaml != NULL && yaml->image != NULL) {
		(void)snprintf(key, sizeof(key), "%s.forge.image", place);
		found = word_find(image_words, COUNT(image_words), yaml->image, &forge->image_of);
		if (found < 0)
			return scenario_yaml_fail(
				file, key,
				"image is forged as '%s', expected unsigned, empty, zero, "
				"truncated, r-zero, s-zero, r-n, s-n, other-s, der-padded, "
				"der-long, der-trailed, other-type, salt-short, rs-zero, "
				"carries-key, keyhash-long, security-unprotected, "
				"signature-of:RELEASE or keyhash-of:KEY",
				yaml->image);
		forge->image = (enum image_forgery)found;
	}
	if (yaml != NULL && yaml->manifest != NULL) {
		(void)snprintf(key, sizeof(key), "%s.forge.manifest", place);
		found = word_find(manifest_words, COUNT(manifest_words), yaml->manifest,
				  &forge->manifest_of);
		if (found < 0)
			return scenario_yaml_fail(
				file, key,
				"manifest is forged as '%s', expected unsigned, zero, truncated, "
				"r-zero, s-zero, r-n, s-n, other-s, algorithm or "
				"signature-of:RELEASE",
				yaml->manifest);
		forge->manifest = (enum suit_forgery)found;
	}
	return 0;
}
