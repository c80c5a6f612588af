/* The headers of the specimens' patches. */
#include "sim/specimen.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SPECIMEN_SUFFIX ".patch"

enum { KEY_ORIGIN, KEY_CAUSE, KEY_RULE, KEY_SCENARIO, KEY_PLAN, KEYS };

static const char *const specimen_keys[KEYS] = {"Origin", "Cause", "Rule", "Scenario", "Plan"};

/* A patch whose header is being read. */
struct specimen_header {
	const char *path;
	unsigned line;
	char *value[KEYS];
	unsigned at[KEYS]; /* the line of each */
};

__attribute__((format(printf, 3, 4))) static int header_fail(const struct specimen_header *header,
							     unsigned line, const char *format, ...)
{
	va_list list;

	fprintf(stderr, "%s:%u: ", header->path, line);
	va_start(list, format);
	vfprintf(stderr, format, list);
	va_end(list);
	fputc('\n', stderr);
	return -1;
}

static int header_line(struct specimen_header *header, const char *text)
{
	const char *colon = strstr(text, ": ");

	for (int key = 0; colon && key < KEYS; key++) {
		if (strlen(specimen_keys[key]) != (size_t)(colon - text) ||
		    strncmp(text, specimen_keys[key], (size_t)(colon - text)) != 0)
			continue;
		if (header->value[key])
			return header_fail(header, header->line,
					   "%s is there twice, expected it once",
					   specimen_keys[key]);
		header->value[key] = strdup(colon + 2);
		header->at[key] = header->line;
		assert(header->value[key]);
		return 0;
	}
	return header_fail(header, header->line,
			   "'%s', expected Origin, Cause, Rule, Scenario or Plan, a colon and a "
			   "value",
			   text);
}

/* Up to the blank line before the patch itself. */
static int header_read(struct specimen_header *header)
{
	FILE *file = fopen(header->path, "r");
	char *line = NULL;
	size_t size = 0;
	ssize_t got;
	int rc = 0;

	if (!file) {
		fprintf(stderr, "%s: %s, expected a specimen's patch\n", header->path,
			strerror(errno));
		return -1;
	}
	while ((got = getline(&line, &size, file)) > 0 && line[0] != '\n') {
		header->line++;
		line[strcspn(line, "\r\n")] = '\0';
		if (header_line(header, line) != 0)
			rc = -1;
	}
	free(line);
	fclose(file);
	for (int key = 0; key < KEY_PLAN; key++)
		if (!header->value[key])
			rc = header_fail(header, 1, "no line %s:, expected one above the patch",
					 specimen_keys[key]);
	return rc;
}

static int header_rule(const struct specimen_header *header)
{
	for (int rule = 0; rule < RULES; rule++)
		if (rule != RULE_FIRED &&
		    strcmp(rule_name((enum rule)rule), header->value[KEY_RULE]) == 0)
			return rule;
	return header_fail(header, header->at[KEY_RULE],
			   "rule '%s', expected one that firmware can break, such as %s",
			   header->value[KEY_RULE], rule_name(RULE_TRUSTED));
}

static int header_plan(const struct specimen_header *header)
{
	struct plan plan;
	char why[256] = "";

	if (!header->value[KEY_PLAN] ||
	    plan_parse(header->value[KEY_PLAN], &plan, why, sizeof(why)) == 0)
		return 0;
	return header_fail(header, header->at[KEY_PLAN], "%s", why);
}

static int specimen_check(struct specimen *specimen, const struct specimen_header *header,
			  const char *scenarios)
{
	specimen->rule = header_rule(header);
	if (asprintf(&specimen->scenario, "%s/%s.yaml", scenarios, header->value[KEY_SCENARIO]) < 0)
		abort();
	if (access(specimen->scenario, R_OK) != 0)
		return header_fail(header, header->at[KEY_SCENARIO],
				   "no %s, expected FAMILY/NUMBER-NAME of a scenario",
				   specimen->scenario);
	return specimen->rule < 0 || header_plan(header) != 0 ? -1 : 0;
}

static int specimen_open(struct specimen *specimen, const char *patches, const char *file,
			 const char *scenarios)
{
	struct specimen_header header = {0};
	size_t name_bytes = strlen(file) - strlen(SPECIMEN_SUFFIX);
	char *path;
	int rc;

	if (asprintf(&path, "%s/%s", patches, file) < 0)
		abort();
	header.path = path;
	rc = header_read(&header);
	snprintf(specimen->name, sizeof(specimen->name), "%.*s", (int)name_bytes, file);
	if (rc == 0)
		rc = specimen_check(specimen, &header, scenarios);
	specimen->origin = header.value[KEY_ORIGIN];
	specimen->cause = header.value[KEY_CAUSE];
	specimen->plan = header.value[KEY_PLAN];
	free(header.value[KEY_RULE]);
	free(header.value[KEY_SCENARIO]);
	free(path);
	return rc;
}

static int specimens_pick(const struct dirent *entry)
{
	size_t bytes = strlen(entry->d_name), suffix = strlen(SPECIMEN_SUFFIX);

	return bytes > suffix && strcmp(entry->d_name + bytes - suffix, SPECIMEN_SUFFIX) == 0;
}

static int specimens_by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

int specimens_open(struct specimens *specimens, const char *patches, const char *scenarios)
{
	struct dirent **entries;
	int count = scandir(patches, &entries, specimens_pick, specimens_by_name), rc = 0;

	memset(specimens, 0, sizeof(*specimens));
	if (count <= 0) {
		fprintf(stderr, "%s: %s, expected a folder of patches *" SPECIMEN_SUFFIX "\n",
			patches, count ? strerror(errno) : "no specimens");
		if (count == 0)
			free(entries);
		return -1;
	}
	specimens->list = calloc((size_t)count, sizeof(*specimens->list));
	assert(specimens->list);
	specimens->count = (uint32_t)count;
	for (int i = 0; i < count; i++) {
		if (specimen_open(&specimens->list[i], patches, entries[i]->d_name, scenarios) != 0)
			rc = -1;
		free(entries[i]);
	}
	free(entries);
	return rc;
}

static void specimen_close(struct specimen *specimen)
{
	free(specimen->origin);
	free(specimen->cause);
	free(specimen->scenario);
	free(specimen->plan);
}

static bool specimen_among(const char *name, char *const *names, uint32_t count)
{
	for (uint32_t i = 0; i < count; i++)
		if (strcmp(names[i], name) == 0)
			return true;
	return false;
}

int specimens_keep(struct specimens *specimens, char *const *names, uint32_t count)
{
	uint32_t kept = 0;

	for (uint32_t i = 0; i < count; i++) {
		uint32_t at = 0;

		while (at < specimens->count && strcmp(specimens->list[at].name, names[i]) != 0)
			at++;
		if (at < specimens->count)
			continue;
		fprintf(stderr,
			"%s: no such specimen, expected the name of a patch "
			"without " SPECIMEN_SUFFIX "\n",
			names[i]);
		return -1;
	}
	for (uint32_t i = 0; count && i < specimens->count; i++) {
		if (specimen_among(specimens->list[i].name, names, count))
			specimens->list[kept++] = specimens->list[i];
		else
			specimen_close(&specimens->list[i]);
	}
	if (count)
		specimens->count = kept;
	return 0;
}

void specimens_close(struct specimens *specimens)
{
	for (uint32_t i = 0; i < specimens->count; i++)
		specimen_close(&specimens->list[i]);
	free(specimens->list);
}
