/* What `brownout release` was asked for, and how it is done. */
#ifndef CLI_RELEASE_MAKE_H
#define CLI_RELEASE_MAKE_H

#include <stdbool.h>
#include <stdint.h>

#include "sim/cli/maker_options.h"
#include "sim/vendor/release.h"

struct release_request {
	struct maker_image image;
	const char *path; /* the payload, the signed image, or the folder to check */
	const char *out, *name, *supplier, *components, *previous, *uri, *image_key;
	const char *device_keys[HAL_KEYS_MAX];
	uint32_t device_key_count;
	uint64_t sequence; /* 0: as the previous release has it, and one more */
	bool has_expires, has_now, is_signed, check, json;
	int64_t expires, now;
};

/* The exit status, after saying what came of it. */
int release_make(const struct release_request *request);
int release_check(const struct release_request *request);

#endif
