/* Edits: bytes taken out of something that is signed and others put in, before or after signing. */
#ifndef SIM_VENDOR_EDIT_H
#define SIM_VENDOR_EDIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EDIT_MAX       8
#define EDIT_PUT_BYTES 256

struct edit {
	bool after; /* signing; else before it */
	uint32_t at, drop_bytes, put_bytes;
	uint8_t put[EDIT_PUT_BYTES];
};

struct edits {
	uint32_t count;
	struct edit edit[EDIT_MAX];
};

/* Does those of one kind, one after the other. edits may be NULL. 0, or -1: no such place, no room.
 */
int edits_apply(const struct edits *edits, bool after, uint8_t *data, size_t data_bytes,
		size_t *size_bytes);

#endif
