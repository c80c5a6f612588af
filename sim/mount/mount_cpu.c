/*
 * The CPU that a mount is served on. A request goes from device to server and back, and the two
 * never run at once: on two CPUs each waits for the other to wake up, seven times as long. So this
 * process stays on one, its devices with it, and another process that serves takes another.
 */
#include "sim/mount/mount_life.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

/* A lock on the CPU's own folder: it goes with the process and leaves no file. -1: not had. */
static int mount_cpu_lock(unsigned cpu)
{
	char path[64];
	int fd;

	(void)snprintf(path, sizeof(path), "/sys/devices/system/cpu/cpu%u", cpu);
	fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (fd >= 0 && flock(fd, LOCK_EX | LOCK_NB)) {
		(void)close(fd);
		fd = -1;
	}
	return fd;
}

/* The CPU that we are on if it is free, else one that is; if none is, they are shared. */
void mount_cpu_take(struct mount *mount)
{
	unsigned here = 0;
	cpu_set_t one;

	mount->cpu = -1;
	if (sched_getaffinity(0, sizeof(mount->cpus), &mount->cpus) || getcpu(&here, NULL)) {
		CPU_ZERO(&mount->cpus);
		return;
	}
	for (unsigned i = 0; i < CPU_SETSIZE && mount->cpu < 0; i++) {
		unsigned cpu = (here + i) % CPU_SETSIZE;

		if (!CPU_ISSET(cpu, &mount->cpus))
			continue;
		mount->cpu = mount_cpu_lock(cpu);
		if (mount->cpu >= 0)
			here = cpu;
	}
	CPU_ZERO(&one);
	CPU_SET(here, &one);
	/* A machine that does not let us is only slower. */
	(void)!sched_setaffinity(0, sizeof(one), &one);
}

void mount_cpu_leave(struct mount *mount)
{
	if (mount->cpu >= 0)
		(void)close(mount->cpu);
	if (CPU_COUNT(&mount->cpus))
		(void)!sched_setaffinity(0, sizeof(mount->cpus), &mount->cpus);
}
