/* Files and directories, down to the scenario files that they mean. */
#include "sim/cli/paths.h"

#include <assert.h>
#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define PATHS_SUFFIX	".yaml"
#define PATHS_KEYS	"keys"		 /* what scenarios sign with lies beside them */
#define PATHS_CATALOGUE "catalogue.yaml" /* ... and the list of what they cover */

static void paths_keep(struct paths *paths, const char *path)
{
	paths->path = realloc(paths->path, (paths->count + 1) * sizeof(*paths->path));
	assert(paths->path);
	paths->path[paths->count] = strdup(path);
	assert(paths->path[paths->count]);
	paths->count++;
}

static int paths_fail(const char *path)
{
	fprintf(stderr, "%s: %s, expected a scenario or a directory of them\n", path,
		strerror(errno));
	return -1;
}

static int paths_pick(const struct dirent *entry)
{
	return entry->d_name[0] != '.' && strcmp(entry->d_name, PATHS_KEYS) != 0 &&
	       strcmp(entry->d_name, PATHS_CATALOGUE) != 0;
}

static bool paths_is_scenario(const char *path)
{
	size_t bytes = strlen(path), suffix = strlen(PATHS_SUFFIX);

	return bytes > suffix && strcmp(path + bytes - suffix, PATHS_SUFFIX) == 0;
}

static int paths_walk(struct paths *paths, const char *directory)
{
	struct dirent **entries;
	int count = scandir(directory, &entries, paths_pick, NULL), rc = 0;
	size_t bytes = strlen(directory);

	if (count < 0)
		return paths_fail(directory);
	/* scenarios/ and scenarios are one place and print alike. */
	while (bytes > 1 && directory[bytes - 1] == '/')
		bytes--;
	for (int i = 0; i < count; i++) {
		struct stat status;
		char *path;

		if (asprintf(&path, "%.*s/%s", (int)bytes, directory, entries[i]->d_name) < 0)
			abort();
		free(entries[i]);
		if (stat(path, &status) != 0)
			rc = paths_fail(path);
		else if (S_ISDIR(status.st_mode))
			rc = paths_walk(paths, path) ? -1 : rc;
		else if (paths_is_scenario(path))
			paths_keep(paths, path);
		free(path);
	}
	free(entries);
	return rc;
}

int paths_add(struct paths *paths, const char *path)
{
	size_t before = paths->count;
	struct stat status;

	if (stat(path, &status) != 0)
		return paths_fail(path);
	if (!S_ISDIR(status.st_mode)) {
		paths_keep(paths, path);
		return 0;
	}
	if (paths_walk(paths, path) != 0)
		return -1;
	if (paths->count > before)
		return 0;
	fprintf(stderr, "%s: no scenarios, expected files *" PATHS_SUFFIX " below it\n", path);
	return -1;
}

static int paths_compare(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

void paths_sort(struct paths *paths)
{
	size_t kept = 0;

	if (!paths->count)
		return;
	qsort(paths->path, paths->count, sizeof(*paths->path), paths_compare);
	for (size_t i = 1; i < paths->count; i++) {
		if (strcmp(paths->path[kept], paths->path[i]) == 0)
			free(paths->path[i]);
		else
			paths->path[++kept] = paths->path[i];
	}
	paths->count = kept + 1;
}

void paths_close(struct paths *paths)
{
	for (size_t i = 0; i < paths->count; i++)
		free(paths->path[i]);
	free(paths->path);
}
