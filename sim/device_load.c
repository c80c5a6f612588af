/* Where firmware comes from: linked into this program, or a specimen's shared object beside it. */
#include <dlfcn.h>
#include <libgen.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "device-model/firmware/agent.h"
#include "device-model/firmware/bootloader.h"
#include "device-model/firmware/provision.h"
#include "firmware_digest.h"
#include "sim/device.h"

const struct device_firmware *device_reference(void)
{
	static const struct device_firmware reference = {
		.digest = FIRMWARE_DIGEST,
		.bootloader_run = bootloader_run,
		.agent_run = agent_run,
		.provision_run = provision_run,
	};

	return &reference;
}

/* Beside this program, or beside the folder that it is in, as for tests. */
static int device_object_path(const char *name, char *path, size_t path_bytes)
{
	char self[4096], *folder;
	ssize_t got = readlink("/proc/self/exe", self, sizeof(self) - 1);

	if (got <= 0)
		return -1;
	self[got] = '\0';
	folder = dirname(self);
	for (int up = 0; up < 2; up++) {
		int size = snprintf(path, path_bytes, "%s/specimens/%s.so", folder, name);

		if (size < 0 || (size_t)size >= path_bytes)
			return -1;
		if (access(path, R_OK) == 0)
			break;
		folder = dirname(folder);
	}
	return 0;
}

/* A symbol of a specimen; a function pointer has no other way out of a void pointer. */
static bool device_symbol(void *object, const char *name, void *function)
{
	void *symbol = dlsym(object, name);

	memcpy(function, &symbol, sizeof(symbol));
	return symbol;
}

int device_load(const char *name, struct device_firmware *firmware, char *why, size_t why_bytes)
{
	const uint8_t *digest;
	char path[4200];

	memset(firmware, 0, sizeof(*firmware));
	if (strlen(name) >= sizeof(firmware->name) || strpbrk(name, "/.") ||
	    device_object_path(name, path, sizeof(path))) {
		snprintf(why, why_bytes,
			 "%s: no name of a specimen, expected one of "
			 "device-model/specimens without .patch",
			 name);
		return -1;
	}
	firmware->object = dlopen(path, RTLD_NOW | RTLD_LOCAL);
	if (!firmware->object) {
		snprintf(why, why_bytes,
			 "%s: no such specimen is built, expected %s (make specimens)", name, path);
		return -1;
	}
	digest = dlsym(firmware->object, "specimen_digest");
	if (!digest ||
	    !device_symbol(firmware->object, "bootloader_run", &firmware->bootloader_run) ||
	    !device_symbol(firmware->object, "agent_run", &firmware->agent_run) ||
	    !device_symbol(firmware->object, "provision_run", &firmware->provision_run)) {
		snprintf(why, why_bytes, "%s: not a specimen, expected its three entry points",
			 path);
		device_unload(firmware);
		return -1;
	}
	memcpy(firmware->digest, digest, sizeof(firmware->digest));
	snprintf(firmware->name, sizeof(firmware->name), "%s", name);
	return 0;
}

void device_unload(struct device_firmware *firmware)
{
	if (firmware->object)
		dlclose(firmware->object);
	memset(firmware, 0, sizeof(*firmware));
}
