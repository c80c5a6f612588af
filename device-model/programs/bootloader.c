/*
 * The bootloader as a program: `bootloader MOUNT AGENT`. Jumps by becoming what it jumps to: the
 * very bytes of the slot where they are a program, else the agent's program.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "device-model/firmware/bootloader.h"
#include "device-model/firmware/fw_err.h"
#include "device-model/hardware/files.h"

/* The arguments that every image gets: a jump has no other than the hand-over, which is a file. */
static char *bootloader_image_arguments[3];
static const char *bootloader_agent;

/* A file without a name that holds exactly the payload that lies in the slot, or in RAM. */
static int bootloader_payload(struct files *files, const struct files_answer *answer)
{
	uint8_t *payload = malloc(answer->payload_bytes);
	int fd = memfd_create("payload", MFD_CLOEXEC);

	if (!payload || fd < 0)
		files_broken("no memory for a payload of %u bytes", answer->payload_bytes);
	files_image(files, answer->payload_offset, payload, answer->payload_bytes);
	if (write(fd, payload, answer->payload_bytes) != (ssize_t)answer->payload_bytes)
		files_broken("payload: %s", strerror(errno));
	free(payload);
	return fd;
}

__attribute__((noreturn)) static void bootloader_jump(struct hal *hal,
						      const struct hal_handover *handover)
{
	struct files *files = (struct files *)hal;
	struct files_answer answer;

	files_jump(files, handover, &answer);
	switch (answer.runs) {
	case FILES_RUNS_NOTHING:
		_exit(FILES_EXIT_IDLE);
	case FILES_RUNS_PAYLOAD:
		(void)fexecve(bootloader_payload(files, &answer), bootloader_image_arguments,
			      environ);
		files_broken("the payload does not run: %s", strerror(errno));
	default:
		(void)execve(bootloader_agent, bootloader_image_arguments, environ);
		files_broken("%s: %s", bootloader_agent, strerror(errno));
	}
}

int main(int argc, char **argv)
{
	static struct files files;
	static char name[] = "agent";
	int err;

	if (argc != 3)
		files_broken("usage: bootloader MOUNT AGENT");
	bootloader_image_arguments[0] = name;
	bootloader_image_arguments[1] = argv[1];
	bootloader_agent = argv[2];
	files_open(&files, argv[1]);
	files.hal.jump = bootloader_jump;
	err = bootloader_run(&files.hal);
	HAL_LOG(&files.hal, "bootloader stops: %s", fw_err_text(err));
	_exit(FILES_EXIT_DEAD);
}
