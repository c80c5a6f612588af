/* Everything that the server hands out as it is: the files of releases, each under its path. */
#ifndef SERVER_SHELF_H
#define SERVER_SHELF_H

#include <stddef.h>

#include "device-model/hal.h"

#define SHELF_ETAG_BYTES 68 /* a SHA-256 in quotes, terminated */
#define SHELF_FILES	 5u /* that a release has, its image under two paths */

struct shelf_file {
	char *path; /* "/releases/2/image.bin" */
	const char *type;
	char etag[SHELF_ETAG_BYTES];
	uint8_t *data;
	size_t size_bytes;
	bool shared; /* data is another file's */
};

struct shelf_release {
	const char *folder;
	char *name, *version; /* as its record has them */
	uint64_t sequence;
	struct shelf_file files[SHELF_FILES]; /* the manifest first */
};

struct shelf {
	struct shelf_release *releases; /* by sequence number, the lowest first */
	size_t count;
};

/*
 * Reads the folders that `brownout release` has made. What the image is called is what the manifest
 * says. 0, or -1 and why: a folder that is none, whose image is not its record's, or whose sequence
 * number or image another one has.
 */
FW_CHECKED int shelf_open(struct shelf *shelf, char *const *folders, size_t count, char *why,
			  size_t why_bytes);
void shelf_close(struct shelf *shelf);

/* NULL: nothing lies there. */
const struct shelf_file *shelf_find(const struct shelf *shelf, const char *path);
const struct shelf_release *shelf_release(const struct shelf *shelf, uint64_t sequence);

#endif
