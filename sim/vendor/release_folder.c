/* A release's folder, read and written. */
#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "sim/vendor/file_read.h"
#include "sim/vendor/release.h"

static char *folder_path(const char *folder, const char *name)
{
	char *path;

	if (asprintf(&path, "%s/%s", folder, name) < 0)
		abort();
	return path;
}

static int folder_read(const char *folder, const char *name, const char *what, size_t max_bytes,
		       struct release_file *file, char *why, size_t why_bytes)
{
	char *path = folder_path(folder, name);

	file->data = file_read(path, what, max_bytes, &file->size_bytes, why, why_bytes);
	free(path);
	return file->data != NULL ? 0 : -1;
}

static int folder_read_record(const char *folder, struct release *release, char *why,
			      size_t why_bytes)
{
	struct release_file file = {.data = NULL};
	json_error_t error;

	if (folder_read(folder, RELEASE_RECORD, "a release's record", RELEASE_JSON_MAX, &file, why,
			why_bytes) != 0)
		return -1;
	release->record = json_loadb((const char *)file.data, file.size_bytes,
				     JSON_REJECT_DUPLICATES, &error);
	free(file.data);
	if (release->record != NULL)
		return 0;
	snprintf(why, why_bytes, "%s/" RELEASE_RECORD ":%d: %s, expected JSON", folder, error.line,
		 error.text);
	return -1;
}

int release_load(struct release *release, const char *folder, const struct release_device *device,
		 char *why, size_t why_bytes)
{
	*release = (struct release){.record = NULL};
	/* A manifest that is too large for a device is the firmware's to refuse. */
	if (folder_read(folder, RELEASE_MANIFEST, "a release's manifest", RELEASE_JSON_MAX,
			&release->manifest, why, why_bytes) != 0 ||
	    folder_read(folder, RELEASE_IMAGE, "a release's image", RELEASE_IMAGE_MAX,
			&release->image, why, why_bytes) != 0 ||
	    folder_read(folder, RELEASE_SBOM, "a release's SBOM", RELEASE_JSON_MAX, &release->sbom,
			why, why_bytes) != 0 ||
	    folder_read_record(folder, release, why, why_bytes) != 0) {
		release_free(release);
		return -1;
	}
	release_examine(release, device);
	return 0;
}

static int folder_write(const char *folder, const char *name, const void *data, size_t size_bytes)
{
	char *path = folder_path(folder, name);
	FILE *file = fopen(path, "wb");
	bool written = file != NULL && fwrite(data, 1, size_bytes, file) == size_bytes &&
		       fflush(file) == 0 && fsync(fileno(file)) == 0;

	if (file != NULL)
		written = fclose(file) == 0 && written;
	free(path);
	return written ? 0 : -1;
}

static void folder_drop(const char *folder)
{
	static const char *const names[] = {RELEASE_IMAGE, RELEASE_MANIFEST, RELEASE_SBOM,
					    RELEASE_RECORD};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char *path = folder_path(folder, names[i]);

		unlink(path);
		free(path);
	}
	rmdir(folder);
}

static int folder_fill(const struct release *release, const char *folder,
		       const struct release_device *device)
{
	json_t *record = release_record(release, device);
	char *text = json_dumps(record, JSON_INDENT(1)), *lines = NULL;
	int status = -1;

	assert(text != NULL);
	if (asprintf(&lines, "%s\n", text) < 0)
		abort();
	if (folder_write(folder, RELEASE_IMAGE, release->image.data, release->image.size_bytes) ==
		    0 &&
	    folder_write(folder, RELEASE_MANIFEST, release->manifest.data,
			 release->manifest.size_bytes) == 0 &&
	    folder_write(folder, RELEASE_SBOM, release->sbom.data, release->sbom.size_bytes) == 0 &&
	    folder_write(folder, RELEASE_RECORD, lines, strlen(lines)) == 0)
		status = 0;
	free(lines);
	free(text);
	json_decref(record);
	return status;
}

int release_save(const struct release *release, const char *folder,
		 const struct release_device *device, char *why, size_t why_bytes)
{
	mode_t mask = umask(0);
	char *temporary;
	int failed = 0;

	umask(mask);
	if (asprintf(&temporary, "%s.XXXXXX", folder) < 0)
		abort();
	if (mkdtemp(temporary) == NULL) {
		failed = errno;
	} else if (folder_fill(release, temporary, device) != 0 ||
		   chmod(temporary, 0777 & ~mask) != 0 ||
		   renameat2(AT_FDCWD, temporary, AT_FDCWD, folder, RENAME_NOREPLACE) != 0) {
		failed = errno;
		folder_drop(temporary);
	}
	if (failed != 0)
		snprintf(why, why_bytes, "%s: %s, expected a folder that is not there yet", folder,
			 strerror(failed));
	free(temporary);
	return failed == 0 ? 0 : -1;
}
