/*
 * The door through FUSE: bootloader and agent are programs of their own that open flash and eFuse
 * as files, and a cut kills them before they run another instruction. Chip and injector stay in
 * this process, which serves the files, so that ops, cuts and weak reads are those of the other
 * door. One mount serves all lives of a process; it lies in a mount namespace of this process' own
 * and ends with it, however it ends.
 */
#ifndef SIM_MOUNT_MOUNT_H
#define SIM_MOUNT_MOUNT_H

#include "device-model/hardware/files_wire.h"
#include "sim/run.h"

/*
 * Fills door. 0, or -1 after one line on stderr that says what is missing and what to do. A process
 * has at most one mount, and from here on its own mount namespace; it stays on one CPU until
 * mount_close.
 */
int mount_open(struct run_door *door);
void mount_close(struct run_door *door);

/* One life; context is door's. As device_live, but that firmware other than the reference has no
 * programs and cannot live here. */
enum device_end mount_live(void *context, struct device *device, struct inject *faults,
			   const struct device_wiring *wiring);

/*
 * Whom devices over HTTPS are configured for from here on: a server that is a process of its own.
 * NULL: the one of their scenario. What network points to must last.
 */
void mount_network(const struct files_network *network);

/*
 * The folder of the device's programs; NULL: device/ beside this process' executable. Holds for
 * every mount_open after it.
 */
void mount_programs_path(const char *path);

#endif
