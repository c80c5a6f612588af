/* A file's bytes, whole. */
#include "sim/vendor/file_read.h"

#include <assert.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_ROOM_FIRST 4096u

uint8_t *file_read(const char *path, const char *what, size_t max_bytes, size_t *size_bytes,
		   char *why, size_t why_bytes)
{
	FILE *file = fopen(path, "rb");
	size_t room = FILE_ROOM_FIRST, size = 0;
	uint8_t *data = NULL;

	/* Grown as it is read: a pipe has no size to ask for. */
	while (file != NULL && size <= max_bytes && !feof(file) && !ferror(file)) {
		uint8_t *grown = size + 1 < room && data != NULL ? data : realloc(data, room *= 2);

		assert(grown != NULL);
		data = grown;
		size += fread(data + size, 1, room - size - 1, file);
	}
	if (file == NULL || ferror(file)) {
		snprintf(why, why_bytes, "%s: %s, expected %s", path, strerror(errno), what);
	} else if (size > max_bytes) {
		snprintf(why, why_bytes, "%s: more than %zu bytes, expected %s", path, max_bytes,
			 what);
	} else {
		data[size] = 0;
		*size_bytes = size;
		fclose(file);
		return data;
	}
	if (file != NULL)
		fclose(file);
	free(data);
	return NULL;
}
