/* Case ids as text. */
#include "faults/case_id.h"

#include <stdio.h>
#include <string.h>

/* Copies a name from *at on and moves *at behind it. */
static int name_parse(const char *text, const char **at, const char *what,
		      char name[CASE_ID_NAME_BYTES], char *why, size_t why_bytes)
{
	size_t bytes = plan_name_bytes(*at);
	size_t character = (size_t)(*at - text) + 1;

	if (bytes == 0) {
		(void)snprintf(why, why_bytes,
			       "character %zu: no %s, expected a name of a-z, 0-9 and inner '-'",
			       character, what);
		return -1;
	}
	if (bytes >= CASE_ID_NAME_BYTES) {
		(void)snprintf(why, why_bytes,
			       "character %zu: name of the %s is too long, expected at most %d "
			       "bytes",
			       character, what, CASE_ID_NAME_BYTES - 1);
		return -1;
	}
	memcpy(name, *at, bytes);
	*at += bytes;
	return 0;
}

static int digest_parse(const char *text, const char *at, char digest[CASE_ID_DIGEST_BYTES],
			char *why, size_t why_bytes)
{
	size_t bytes = strspn(at, "0123456789abcdef");

	if ((bytes != 4 && bytes != CASE_ID_DIGEST_BYTES - 1) || at[bytes] != '\0') {
		(void)snprintf(why, why_bytes,
			       "character %zu: no digest, expected 4 or %d of 0-9 and a-f",
			       (size_t)(at - text) + 1, CASE_ID_DIGEST_BYTES - 1);
		return -1;
	}
	memcpy(digest, at, bytes);
	return 0;
}

static int plan_part_parse(const char *at, size_t bytes, struct plan *plan, char *why,
			   size_t why_bytes)
{
	char text[PLAN_TEXT_BYTES] = "";
	char reason[256];

	if (bytes >= sizeof(text)) {
		(void)snprintf(why, why_bytes, "plan is too long, expected at most %zu bytes",
			       sizeof(text) - 1);
		return -1;
	}
	memcpy(text, at, bytes);
	if (plan_parse(text, plan, reason, sizeof(reason)) != 0) {
		(void)snprintf(why, why_bytes, "plan, %s", reason);
		return -1;
	}
	return 0;
}

int case_id_parse(const char *text, struct case_id *id, char *why, size_t why_bytes)
{
	const char *at = text;

	*id = (struct case_id){0};
	if (name_parse(text, &at, "scenario", id->scenario, why, why_bytes) != 0)
		return -1;
	if (*at == '~') {
		at++;
		if (name_parse(text, &at, "device", id->device, why, why_bytes) != 0)
			return -1;
	}
	if (*at != '@') {
		(void)snprintf(why, why_bytes,
			       "character %zu: no plan, expected '@' and a plan or none",
			       (size_t)(at - text) + 1);
		return -1;
	}
	at++;
	size_t bytes = strcspn(at, "#");
	if (plan_part_parse(at, bytes, &id->plan, why, why_bytes) != 0)
		return -1;
	at += bytes;
	return *at == '\0' ? 0 : digest_parse(text, at + 1, id->digest, why, why_bytes);
}

void case_id_print(const struct case_id *id, char text[CASE_ID_TEXT_BYTES])
{
	char plan[PLAN_TEXT_BYTES];

	plan_print(&id->plan, plan);
	(void)snprintf(text, CASE_ID_TEXT_BYTES, "%s%s%s@%s%s%s", id->scenario,
		       id->device[0] == '\0' ? "" : "~", id->device, plan,
		       id->digest[0] == '\0' ? "" : "#", id->digest);
}
