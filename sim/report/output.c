/* Files that appear whole or not at all. */
#include "sim/report/output.h"

#include <assert.h>
#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int output_fail(const char *path, const char *what)
{
	fprintf(stderr, "%s: %s, expected a file that can be written\n", path, what);
	return -1;
}

/* Where a link leads, so that it is the file that is replaced and not the link. */
static char *output_place(const char *path)
{
	char *place = realpath(path, NULL);

	if (!place)
		place = strdup(path);
	assert(place);
	return place;
}

int output_open(struct output *output, const char *path)
{
	struct stat status;
	mode_t mask = umask(0);
	int file;

	umask(mask);
	memset(output, 0, sizeof(*output));
	/* Moving a file over /dev/null would replace the device. */
	if (stat(path, &status) == 0 && !S_ISREG(status.st_mode))
		return output_fail(path, S_ISDIR(status.st_mode) ? "a directory"
								 : "not an ordinary file");
	output->path = output_place(path);
	if (asprintf(&output->temporary, "%s.XXXXXX", output->path) < 0)
		abort();
	file = mkstemp(output->temporary);
	if (file >= 0) {
		fchmod(file, 0666 & ~mask);
		output->file = fdopen(file, "w");
		assert(output->file);
		return 0;
	}
	output_fail(path, strerror(errno));
	free(output->path);
	free(output->temporary);
	return -1;
}

static void output_drop(struct output *output)
{
	unlink(output->temporary);
	free(output->path);
	free(output->temporary);
}

int output_check(const char *path)
{
	struct output output;

	if (output_open(&output, path) != 0)
		return -1;
	fclose(output.file);
	output_drop(&output);
	return 0;
}

int output_close(struct output *output)
{
	bool written = !ferror(output->file);
	int rc = 0;

	written = fclose(output->file) == 0 && written;
	if (!written || rename(output->temporary, output->path) != 0)
		rc = output_fail(output->path, strerror(errno));
	output_drop(output);
	return rc;
}
