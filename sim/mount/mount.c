/*
 * Opening and closing the mount. It lies in a mount namespace of this process' own, over a folder
 * that is there already, so that neither a mount nor a folder can be left behind.
 */
#include "sim/mount/mount_life.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <unistd.h>

static const char *mount_programs; /* NULL: beside this process' executable */

void mount_programs_path(const char *path)
{
	mount_programs = path;
}

__attribute__((format(printf, 1, 2))) static int mount_refused(const char *format, ...)
{
	va_list list;

	(void)fputs("brownout: --flash fuse: ", stderr);
	va_start(list, format);
	(void)vfprintf(stderr, format, list);
	va_end(list);
	(void)fputs("\n", stderr);
	return -1;
}

/* ---- the programs ---- */

/* This process' executable without its last part. */
static void mount_own_folder(char path[MOUNT_PATH_BYTES])
{
	ssize_t bytes = readlink("/proc/self/exe", path, MOUNT_PATH_BYTES - 1);
	char *slash;

	path[bytes < 0 ? 0 : bytes] = '\0';
	slash = strrchr(path, '/');
	if (slash)
		*slash = '\0';
}

static int mount_find_programs(struct mount *mount)
{
	char folder[MOUNT_PATH_BYTES - 32], own[MOUNT_PATH_BYTES];
	const struct {
		const char *name;
		char *path;
	} programs[] = {{"bootloader", mount->bootloader},
			{"agent", mount->agent},
			{"agent_https", mount->agent_https},
			{"provision", mount->provision}};

	mount_own_folder(own);
	if (mount_programs)
		(void)snprintf(folder, sizeof(folder), "%s", mount_programs);
	else
		(void)snprintf(folder, sizeof(folder), "%.*s/device", (int)sizeof(folder) - 16,
			       own);
	for (size_t i = 0; i < sizeof(programs) / sizeof(programs[0]); i++) {
		(void)snprintf(programs[i].path, MOUNT_PATH_BYTES, "%s/%s", folder,
			       programs[i].name);
		if (access(programs[i].path, X_OK))
			return mount_refused("%s: %s, expected the device's program; run `make`",
					     programs[i].path, strerror(errno));
	}
	return 0;
}

/* ---- the namespace ---- */

static int mount_write(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	bool written = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	int error = errno;

	if (fd >= 0)
		(void)close(fd);
	errno = error;
	return written ? 0 : -1;
}

/* Who may not mount makes a namespace in which it may; it keeps its own ids there. */
static int mount_unshare_user(void)
{
	char users[64], groups[64];

	(void)snprintf(users, sizeof(users), "%u %u 1\n", geteuid(), geteuid());
	(void)snprintf(groups, sizeof(groups), "%u %u 1\n", getegid(), getegid());
	if (unshare(CLONE_NEWUSER | CLONE_NEWNS))
		return -1;
	return mount_write("/proc/self/setgroups", "deny") ||
			       mount_write("/proc/self/uid_map", users) ||
			       mount_write("/proc/self/gid_map", groups)
		       ? -1
		       : 0;
}

static int mount_unshare(void)
{
	static bool unshared;

	if (unshared)
		return 0;
	if (unshare(CLONE_NEWNS) && (errno != EPERM || mount_unshare_user()))
		return mount_refused(
			"no mount namespace of its own: %s; run as root, or allow "
			"unprivileged user namespaces (sysctl user.max_user_namespaces)",
			strerror(errno));
	unshared = true;
	/* Unmounting elsewhere still reaches us, what we mount reaches nobody. */
	if (mount(NULL, "/", NULL, MS_REC | MS_SLAVE, NULL))
		return mount_refused("cannot make its mounts its own: %s; run it where mount is "
				     "allowed",
				     strerror(errno));
	return 0;
}

/* ---- the mount ---- */

static bool mount_covers(const char *dir, const char *path)
{
	size_t bytes = strlen(dir);

	return !strncmp(dir, path, bytes) && (path[bytes] == '/' || path[bytes] == '\0');
}

/* A folder that is there and below which lies nothing that this process needs. */
static int mount_find_folder(struct mount *mount)
{
	static const char *const folders[] = {"/mnt", "/media", "/srv", "/opt", "/home"};
	char own[MOUNT_PATH_BYTES], work[MOUNT_PATH_BYTES];

	mount_own_folder(own);
	if (!getcwd(work, sizeof(work)))
		work[0] = '\0';
	for (size_t i = 0; i < sizeof(folders) / sizeof(folders[0]); i++) {
		struct stat stat_now;

		if (stat(folders[i], &stat_now) || !S_ISDIR(stat_now.st_mode) ||
		    mount_covers(folders[i], own) || mount_covers(folders[i], work) ||
		    mount_covers(folders[i], mount->bootloader))
			continue;
		(void)snprintf(mount->dir, sizeof(mount->dir), "%s", folders[i]);
		return 0;
	}
	return mount_refused("no folder to mount over, expected /mnt, /media or /srv to exist");
}

static int mount_attach(struct mount *ours)
{
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	char options[128], device[32];

	if (fd < 0)
		return mount_refused("/dev/fuse: %s; load the kernel's module (modprobe fuse), or "
				     "give the container --device /dev/fuse",
				     strerror(errno));
	(void)snprintf(options, sizeof(options),
		       "fd=%d,rootmode=40000,user_id=%u,group_id=%u,max_read=%u", fd, geteuid(),
		       getegid(), FILES_REQUEST_BYTES);
	if (mount("brownout", ours->dir, "fuse", MS_NOSUID | MS_NODEV | MS_NOATIME, options)) {
		int refused = mount_refused("mounting over %s: %s; give the container --cap-add "
					    "SYS_ADMIN, or run as root",
					    ours->dir, strerror(errno));

		(void)close(fd);
		return refused;
	}
	ours->mounted = true;
	/* libfuse takes a descriptor that is mounted already under this name. */
	(void)snprintf(device, sizeof(device), "/dev/fd/%d", fd);
	if (fuse_session_mount(ours->session, device) || mount_fuse_serve(ours) ||
	    fuse_session_exited(ours->session))
		return mount_refused("libfuse does not take the mount, expected libfuse 3.3 or "
				     "later");
	return 0;
}

int mount_open(struct run_door *door)
{
	struct mount *mount = calloc(1, sizeof(*mount));
	struct run_door opened = {.live = mount_live, .context = mount};
	sigset_t mask;

	if (!mount)
		return mount_refused("no memory");
	mount->cpu = -1;
	(void)sigemptyset(&mask);
	(void)sigaddset(&mask, SIGCHLD);
	mount->signals = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
	mount->session = mount_fuse_open(mount);
	if (mount->signals >= 0 && mount->session && !mount_find_programs(mount) &&
	    !mount_find_folder(mount) && !mount_unshare() && !mount_attach(mount)) {
		mount_cpu_take(mount);
		*door = opened;
		return 0;
	}
	mount_close(&opened);
	return -1;
}

void mount_close(struct run_door *door)
{
	struct mount *mount = door->context;

	mount_cpu_leave(mount);
	if (mount->decoy)
		decoy_close(mount->decoy);
	if (mount->session)
		fuse_session_destroy(mount->session);
	if (mount->mounted)
		(void)umount2(mount->dir, MNT_DETACH);
	if (mount->signals >= 0)
		(void)close(mount->signals);
	for (uint32_t i = 0; i < mount->site_count; i++)
		free(mount->sites[i]);
	free(mount->request.mem);
	free(mount);
	door->context = NULL;
}
