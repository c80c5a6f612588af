/*
 * What the files of the mount share: the mount, and the life that is lived on it now. How a life
 * begins and ends is in mount_live.c, what each file does in mount_files.c, how the kernel asks for
 * it in mount_fuse.c.
 */
#ifndef SIM_MOUNT_MOUNT_LIFE_H
#define SIM_MOUNT_MOUNT_LIFE_H

#include <fuse_lowlevel.h>
#include <sched.h>
#include <sys/types.h>

#include "device-model/hardware/files_wire.h"
#include "sim/mount/mount.h"
#include "sim/server/decoy.h"

#define MOUNT_PATH_BYTES 4096
#define MOUNT_NAMES_MAX	 256 /* URIs that devices may ask for, over all lives of a process */
#define MOUNT_SITES_MAX	 512

/* Everything that has a place under the mount; a URI's file is MOUNT_NODES + its index. */
enum mount_node {
	MOUNT_NOBODY,
	MOUNT_ROOT = FUSE_ROOT_ID,
	MOUNT_FLASH,
	MOUNT_EFUSE,
	MOUNT_NET,
	MOUNT_CONTROL,
	MOUNT_CONTROLS, /* the first of enum files_control */
	MOUNT_NODES = MOUNT_CONTROLS + FILES_CONTROLS
};

struct mount_uri {
	char text[HAL_URI_MAX];
	uint32_t bytes;
};

/* A life: the device, and the process that it is. */
struct mount_life {
	struct device *device;
	struct inject *faults;
	const struct device_wiring *wiring;
	pid_t pid;
	bool over; /* killed: end stands, and nothing that it asks for happens any more */
	enum device_end end;
	bool restarts; /* it has said why, and will exit */
	bool jumped;   /* handover, answer and release hold */
	bool runs;     /* the image has taken its hand-over */
	struct hal_handover handover;
	struct files_answer answer;
	const struct scenario_release *release; /* NULL: foreign bytes */
	uint8_t board[FILES_BOARD_BYTES];
	uint32_t board_bytes;
};

struct mount {
	struct fuse_session *session;
	struct fuse_buf request;
	int signals; /* a signalfd for SIGCHLD */
	bool mounted;
	int cpu;	/* a lock on the CPU that we are on, or -1 */
	cpu_set_t cpus; /* where this process might run before; none: not known */
	char dir[MOUNT_PATH_BYTES];
	char bootloader[MOUNT_PATH_BYTES], agent[MOUNT_PATH_BYTES], provision[MOUNT_PATH_BYTES];
	char agent_https[MOUNT_PATH_BYTES];
	struct decoy *decoy; /* the server of devices with a network of their own, or NULL */
	const struct scenario *decoy_of;
	struct mount_uri uris[MOUNT_NAMES_MAX];
	uint32_t uri_count;
	char *sites[MOUNT_SITES_MAX]; /* observers keep pointers to them, as to literals */
	uint32_t site_count;
	uint8_t data[FILES_REQUEST_BYTES]; /* of one read */
	struct mount_life *life;	   /* NULL: nobody lives */
};

/* mount_cpu.c: from open to close. */
void mount_cpu_take(struct mount *mount);
void mount_cpu_leave(struct mount *mount);

/* mount_live.c: whom a device over HTTPS is configured for. */
void mount_network_give(const struct mount *mount, struct files_network *network);
/* The device's process is gone before its call returns. */
void mount_kill(struct mount_life *life, enum device_end end);

/*
 * mount_files.c: what the file of a node does. Reads and writes return the bytes done, or an enum
 * fw_err.
 */
int mount_file_read(struct mount *mount, uint64_t node, uint64_t offset, uint8_t *data,
		    uint32_t size_bytes);
int mount_file_write(struct mount *mount, uint64_t node, uint64_t offset, const uint8_t *data,
		     uint32_t size_bytes);
int mount_file_erase(struct mount *mount, uint64_t node, uint64_t offset, uint64_t size_bytes);
int mount_file_sync(struct mount *mount, uint64_t node);

/* mount_fuse.c: the tree, and the requests that come for it. */
struct fuse_session *mount_fuse_open(struct mount *mount);
/* One request, which must be there. 0, or a negative errno: the connection is gone. */
int mount_fuse_serve(struct mount *mount);

/* A fault of the harness or of this machine: said, and the process ends. */
__attribute__((noreturn, format(printf, 1, 2))) void mount_broken(const char *format, ...);

#endif
