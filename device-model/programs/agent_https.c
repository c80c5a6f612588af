/* The update agent as a program with a network of its own: `agent_https MOUNT`. */
#include "device-model/hardware/https.h"
#include "device-model/programs/image.h"

int main(int argc, char **argv)
{
	static struct https https;

	if (argc != 2)
		files_broken("usage: agent_https MOUNT");
	https_open(&https, argv[1]);
	image_run(&https.files);
}
