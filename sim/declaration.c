/* A maker's declaration, read. */
#include "sim/declaration.h"

#include <cyaml/cyaml.h>
#include <string.h>
#include <time.h>

#include "sim/vendor/notation.h"

#define DECLARATION_TEXT_MAX 1023
#define DECLARATION_YEARS    5

struct declaration_support {
	char *from, *until, *terms, *shorter;
};

struct declaration_vulnerabilities {
	char *contact, *policy, *advisories;
};

struct declaration_yaml {
	char *manufacturer, *purpose, *declaration;
	struct declaration_support *support;
	struct declaration_vulnerabilities *vulnerabilities;
};

#define TEXT(structure, key)                                                                      \
	CYAML_FIELD_STRING_PTR(#key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, structure, key, 1, \
			       DECLARATION_TEXT_MAX)
#define PART(key, fields)                                                       \
	CYAML_FIELD_MAPPING_PTR(#key, CYAML_FLAG_POINTER | CYAML_FLAG_OPTIONAL, \
				struct declaration_yaml, key, fields)

/* clang-format off: a table, a line a key. */
static const cyaml_schema_field_t support_fields[] = {
	TEXT(struct declaration_support, from),
	TEXT(struct declaration_support, until),
	TEXT(struct declaration_support, terms),
	TEXT(struct declaration_support, shorter),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t vulnerabilities_fields[] = {
	TEXT(struct declaration_vulnerabilities, contact),
	TEXT(struct declaration_vulnerabilities, policy),
	TEXT(struct declaration_vulnerabilities, advisories),
	CYAML_FIELD_END,
};

static const cyaml_schema_field_t declaration_fields[] = {
	TEXT(struct declaration_yaml, manufacturer),   TEXT(struct declaration_yaml, purpose),
	TEXT(struct declaration_yaml, declaration),    PART(support, support_fields),
	PART(vulnerabilities, vulnerabilities_fields), CYAML_FIELD_END,
};
/* clang-format on */

static const cyaml_schema_value_t declaration_schema = {
	CYAML_VALUE_MAPPING(CYAML_FLAG_POINTER, struct declaration_yaml, declaration_fields),
};

static int declaration_refuse(const struct declaration *declaration, enum evidence_field field,
			      const char *expected)
{
	const char *name = evidence_field_name(field);

	return scenario_yaml_fail(&declaration->file, name, "%s is '%s', %s", name,
				  declaration->text[field], expected);
}

/* A day in UTC. */
static int declaration_day(const struct declaration *declaration, enum evidence_field field,
			   bool *has, int64_t *seconds)
{
	const char *text = declaration->text[field];

	*has = text != NULL;
	if (text == NULL)
		return 0;
	if (strchr(text, 'T') == NULL && notation_moment_parse(text, seconds) == 0)
		return 0;
	return declaration_refuse(declaration, field, "expected a day as YYYY-MM-DD");
}

static bool starts(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0 && text[strlen(with)] != '\0';
}

/* Where people find something: a page, and for a contact also mail or telephone. */
static int declaration_place(const struct declaration *declaration, enum evidence_field field)
{
	const char *text = declaration->text[field];
	bool contact = field == EVIDENCE_CONTACT;
	const char *at = text != NULL ? strchr(text, '@') : NULL;
	bool mail = at != NULL && at != text && at[1] != '\0';

	if (text == NULL)
		return 0;
	if (strpbrk(text, " \t\n") == NULL &&
	    (starts(text, "https://") || (contact && (mail || starts(text, "tel:")))))
		return 0;
	return declaration_refuse(declaration, field,
				  contact ? "expected an address of mail, https://... or tel:..."
					  : "expected https://...");
}

static void declaration_take(struct declaration *declaration)
{
	const struct declaration_yaml *yaml = declaration->file.tree;
	const char **text = declaration->text;

	text[EVIDENCE_MANUFACTURER] = yaml->manufacturer;
	text[EVIDENCE_PURPOSE] = yaml->purpose;
	text[EVIDENCE_DECLARATION] = yaml->declaration;
	if (yaml->support != NULL) {
		text[EVIDENCE_SUPPORT_FROM] = yaml->support->from;
		text[EVIDENCE_SUPPORT_UNTIL] = yaml->support->until;
		text[EVIDENCE_SUPPORT_TERMS] = yaml->support->terms;
		declaration->shorter = yaml->support->shorter;
	}
	if (yaml->vulnerabilities != NULL) {
		text[EVIDENCE_CONTACT] = yaml->vulnerabilities->contact;
		text[EVIDENCE_POLICY] = yaml->vulnerabilities->policy;
		text[EVIDENCE_ADVISORIES] = yaml->vulnerabilities->advisories;
	}
}

/* Blanks are no text: whoever fills a form in with them has not. */
static int declaration_blank(const struct declaration *declaration)
{
	for (int i = 0; i < EVIDENCE_DECLARED; i++) {
		const char *text = declaration->text[i];

		if (text != NULL && text[strspn(text, " \t\r\n")] == '\0')
			return declaration_refuse(declaration, (enum evidence_field)i,
						  "expected a text, or no such key");
	}
	return 0;
}

int declaration_open(struct declaration *declaration, const char *path)
{
	memset(declaration, 0, sizeof(*declaration));
	if (path == NULL)
		return 0;
	if (scenario_yaml_open_as(&declaration->file, path, &declaration_schema, "declaration") !=
	    0)
		return -1;
	declaration_take(declaration);
	if (declaration_blank(declaration) != 0 ||
	    declaration_day(declaration, EVIDENCE_SUPPORT_FROM, &declaration->has_from,
			    &declaration->support_from) != 0 ||
	    declaration_day(declaration, EVIDENCE_SUPPORT_UNTIL, &declaration->has_until,
			    &declaration->support_until) != 0 ||
	    declaration_place(declaration, EVIDENCE_DECLARATION) != 0 ||
	    declaration_place(declaration, EVIDENCE_CONTACT) != 0 ||
	    declaration_place(declaration, EVIDENCE_POLICY) != 0 ||
	    declaration_place(declaration, EVIDENCE_ADVISORIES) != 0)
		return -1;
	if (declaration->has_from && declaration->has_until &&
	    declaration->support_until <= declaration->support_from)
		return declaration_refuse(declaration, EVIDENCE_SUPPORT_UNTIL,
					  "expected a day after support.from");
	return 0;
}

void declaration_close(struct declaration *declaration)
{
	scenario_yaml_close(&declaration->file);
}

bool declaration_short(const struct declaration *declaration)
{
	time_t from = (time_t)declaration->support_from;
	struct tm day;

	if (!declaration->has_from || !declaration->has_until)
		return false;
	gmtime_r(&from, &day);
	day.tm_year += DECLARATION_YEARS;
	return declaration->support_until < (int64_t)timegm(&day);
}
