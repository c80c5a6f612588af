/* Which scenario files a command line means: files as named, directories with all below them. */
#ifndef CLI_PATHS_H
#define CLI_PATHS_H

#include <stdbool.h>
#include <stddef.h>

struct paths {
	size_t count;
	char **path; /* sorted by bytes, each once */
};

/* Adds what path means: 0, or -1 after a message on stderr. */
int paths_add(struct paths *paths, const char *path);
void paths_sort(struct paths *paths);
void paths_close(struct paths *paths);

#endif
