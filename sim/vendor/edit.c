/* Edits of bytes in place. */
#include "sim/vendor/edit.h"

#include <string.h>

int edits_apply(const struct edits *edits, bool after, uint8_t *data, size_t data_bytes,
		size_t *size_bytes)
{
	for (uint32_t i = 0; edits && i < edits->count; i++) {
		const struct edit *edit = &edits->edit[i];
		size_t from = (size_t)edit->at + edit->drop_bytes;

		if (edit->after != after)
			continue;
		if (from > *size_bytes ||
		    *size_bytes - edit->drop_bytes + edit->put_bytes > data_bytes)
			return -1;
		memmove(data + edit->at + edit->put_bytes, data + from, *size_bytes - from);
		memcpy(data + edit->at, edit->put, edit->put_bytes);
		*size_bytes = *size_bytes - edit->drop_bytes + edit->put_bytes;
	}
	return 0;
}
