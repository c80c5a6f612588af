/* A request for a part of a file: Range and If-Range, RFC 9110 sections 13.1.5 and 14.2. */
#ifndef SERVER_RANGE_H
#define SERVER_RANGE_H

#include <stdint.h>

#include "device-model/hal.h"

enum range_answer {
	RANGE_WHOLE = 200,	   /* no range, or one that is not understood: the whole file */
	RANGE_PART = 206,	   /* first and size_bytes say which */
	RANGE_UNSATISFIABLE = 416, /* it begins behind the file's end, or asks for nothing */
};

struct range {
	uint64_t first, size_bytes;
};

/*
 * range: the header's value, or NULL. if_range: likewise; a part is only given of the file that the
 * client has the beginning of, so that anything but its etag makes it the whole. One range: several
 * of them, which the standard lets a server ignore, get the whole file.
 */
FW_CHECKED enum range_answer range_parse(const char *range, const char *if_range, const char *etag,
					 uint64_t file_bytes, struct range *part);

#endif
