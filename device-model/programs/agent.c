/*
 * The update agent as a program: `agent MOUNT`. What the network delivers lies under the mount as
 * well. The same source is built once more, small, as a payload for slots.
 */
#include "device-model/programs/image.h"

int main(int argc, char **argv)
{
	static struct files files;

	if (argc != 2)
		files_broken("usage: agent MOUNT");
	files_open(&files, argv[1]);
	image_run(&files);
}
