/* The maker's jig as a program: `provision MOUNT`. A blank chip becomes a device. */
#include <unistd.h>

#include "device-model/firmware/provision.h"
#include "device-model/hardware/files.h"

int main(int argc, char **argv)
{
	static struct files files;

	if (argc != 2)
		files_broken("usage: provision MOUNT");
	files_open(&files, argv[1]);
	_exit(provision_run(&files.hal) == FW_OK ? FILES_EXIT_DONE : FILES_EXIT_DEAD);
}
