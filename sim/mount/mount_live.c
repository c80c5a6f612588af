/* One life on the mount: a process that is spawned, served until it has ended, and understood. */
#include "sim/mount/mount_life.h"

#include <assert.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <linux/close_range.h>

/* Longer than any program needs between two requests, even on a loaded machine. */
#define MOUNT_PATIENCE_MS 20000

static const struct files_network *mount_elsewhere; /* NULL: the server is the scenario's */

void mount_network(const struct files_network *network)
{
	mount_elsewhere = network;
}

void mount_network_give(const struct mount *mount, struct files_network *network)
{
	if (mount_elsewhere)
		*network = *mount_elsewhere;
	else
		decoy_network(mount->decoy, network);
}

/* The life whose device the injector kills: it tells only its own observers of whom. */
static struct mount_life *mount_current;

void mount_broken(const char *format, ...)
{
	va_list list;

	(void)fputs("brownout: --flash fuse: ", stderr);
	va_start(list, format);
	(void)vfprintf(stderr, format, list);
	va_end(list);
	(void)fputs("\n", stderr);
	abort();
}

/* SIGKILL comes before the answer to the call: not one more instruction of the device runs. */
void mount_kill(struct mount_life *life, enum device_end end)
{
	int failed;

	if (life->over)
		return;
	life->over = true;
	life->end = end;
	failed = kill(life->pid, SIGKILL);
	assert(!failed);
}

static void mount_power_off(void *context)
{
	(void)context;
	mount_kill(mount_current, DEVICE_CUT);
}

static void mount_hang(void *context)
{
	(void)context;
	mount_current->faults->dead = true; /* the call under way is not carried out either */
	mount_kill(mount_current, DEVICE_HANG);
}

/* ---- the process ---- */

/*
 * Between vfork and exec, on the parent's memory: it writes nothing but error. The device dies with
 * this process, leaves no core, is not reached by the terminal's ^C, and has no file but its own.
 */
__attribute__((noreturn)) static void mount_exec(char *const *arguments, pid_t parent,
						 const sigset_t *mask, volatile int *error)
{
	/* One byte, not none: a limit of 0 does not stop a core that goes to a pipe. */
	static const struct rlimit no_core = {.rlim_cur = 1, .rlim_max = 1};
	static char *const environment[] = {NULL};

	if (!prctl(PR_SET_PDEATHSIG, SIGKILL) && getppid() == parent && !setpgid(0, 0) &&
	    !setrlimit(RLIMIT_CORE, &no_core) && !sigprocmask(SIG_SETMASK, mask, NULL) &&
	    !close_range(3, ~0u, CLOSE_RANGE_CLOEXEC))
		(void)execve(arguments[0], arguments, environment);
	*error = errno;
	_exit(FILES_EXIT_BROKEN);
}

static pid_t mount_spawn(char *const *arguments, const sigset_t *mask)
{
	volatile int error = 0;
	pid_t parent = getpid(), pid = vfork();

	if (pid == 0)
		mount_exec(arguments, parent, mask, &error);
	if (pid < 0 || error)
		mount_broken("%s: %s", arguments[0], strerror(pid < 0 ? errno : error));
	return pid;
}

static pid_t mount_start(struct mount *mount, const struct device *device, const sigset_t *mask)
{
	char *provision[] = {mount->provision, mount->dir, NULL};
	bool https = mount->life->wiring->over_https != NULL;
	char *bootloader[] = {mount->bootloader, mount->dir,
			      https ? mount->agent_https : mount->agent, NULL};

	return mount_spawn(device->provisioned ? bootloader : provision, mask);
}

/* ---- how it ends ---- */

static enum device_end mount_end_reset(struct mount_life *life, enum hal_reset cause)
{
	life->device->chip.cause = cause;
	return DEVICE_RESET;
}

static bool mount_image_is(const struct mount_life *life, enum files_behaves behaves)
{
	return life->runs && life->answer.behaves == behaves;
}

static enum device_end mount_end_exit(struct mount_life *life, int status)
{
	switch (status) {
	case FILES_EXIT_IDLE:
		if (life->jumped)
			return DEVICE_IDLE;
		break;
	case FILES_EXIT_DEAD:
		return DEVICE_DEAD;
	case FILES_EXIT_RESET:
		if (life->restarts)
			return DEVICE_RESET;
		break;
	case FILES_EXIT_DONE:
		life->device->provisioned = true;
		return DEVICE_DONE;
	case FILES_EXIT_BROKEN:
		mount_broken("a program of the device could not go on; what it said stands above");
	}
	return DEVICE_TRAP;
}

/* The process has ended by itself: what became of the device. */
static enum device_end mount_end(struct mount_life *life, const siginfo_t *info)
{
	if (info->si_code == CLD_EXITED && info->si_status <= FILES_EXIT_BROKEN)
		return mount_end_exit(life, info->si_status);
	if (mount_image_is(life, FILES_CRASHES))
		return mount_end_reset(life, HAL_RESET_FAULT);
	return DEVICE_TRAP;
}

/* Whether the process has ended. A stopped image is one that no longer feeds its watchdog. */
static bool mount_ended(struct mount_life *life)
{
	siginfo_t info = {0};
	int failed = waitid(P_PID, (id_t)life->pid, &info, WEXITED | WSTOPPED | WNOHANG);

	assert(!failed);
	if (info.si_pid == 0)
		return false;
	if (info.si_code == CLD_STOPPED || info.si_code == CLD_TRAPPED) {
		if (mount_image_is(life, FILES_HANGS))
			mount_kill(life, mount_end_reset(life, HAL_RESET_WATCHDOG));
		return false;
	}
	/* Who was killed did not live to end by itself. */
	assert(!life->over || (info.si_code == CLD_KILLED && info.si_status == SIGKILL));
	if (!life->over)
		life->end = mount_end(life, &info);
	return true;
}

/* ---- serving ---- */

/* What there is to serve, files first; 0: nothing of it. What the network's server has, it does. */
static int mount_wait(struct mount *mount, struct mount_life *life, struct pollfd *waits)
{
	bool network = life->wiring->over_https != NULL && !mount_elsewhere;
	int wait_ms = MOUNT_PATIENCE_MS, ready;
	nfds_t count = 2;

	if (network)
		count += decoy_polls(mount->decoy, waits + count, &wait_ms);
	ready = poll(waits, count, wait_ms);
	if (ready < 0 && errno != EINTR)
		mount_broken("poll: %s", strerror(errno));
	if (ready == 0 && wait_ms == MOUNT_PATIENCE_MS) {
		if (life->over)
			mount_broken("process %d does not die", (int)life->pid);
		mount_kill(life, DEVICE_HANG);
	}
	if (network)
		decoy_turn(mount->decoy);
	return waits[0].revents || waits[1].revents;
}

static void mount_serve(struct mount *mount, struct mount_life *life)
{
	struct pollfd waits[2 + DECOY_POLLS] = {
		{.fd = fuse_session_fd(mount->session), .events = POLLIN},
		{.fd = mount->signals, .events = POLLIN},
	};
	struct signalfd_siginfo signal;

	for (;;) {
		int ready = mount_wait(mount, life, waits);

		if (ready <= 0)
			continue;
		if (waits[0].revents) {
			int err = mount_fuse_serve(mount);

			if (err)
				mount_broken("the mount is gone (%s), expected it to last as long "
					     "as this process",
					     strerror(-err));
		} else if (read(mount->signals, &signal, sizeof(signal)) > 0 && mount_ended(life)) {
			return;
		}
	}
}

static int mount_fetch(void *context, const char *uri, uint32_t uri_bytes, uint32_t offset,
		       void *data, uint32_t size_bytes)
{
	const struct device_wiring *wiring = ((struct mount_life *)context)->wiring;

	return wiring->fetch(wiring->context, uri, uri_bytes, offset, data, size_bytes);
}

static int mount_report(void *context, const struct hal_report *report)
{
	const struct device_wiring *wiring = ((struct mount_life *)context)->wiring;

	return wiring->report(wiring->context, report);
}

/* Jumps and restarts end in control files, not here. */
static void mount_wire(struct mount_life *life)
{
	life->device->chip.outside = (struct chip_outside){
		.fetch = mount_fetch, .report = mount_report, .context = life};
	life->faults->watch.power_off = mount_power_off;
	life->faults->watch.hang = mount_hang;
}

/* The server that this device meets; it is made once for a scenario, keys and all. */
static void mount_network_begin(struct mount *mount, const struct mount_life *life)
{
	const struct scenario *scenario = life->wiring->over_https;

	if (!scenario || mount_elsewhere)
		return;
	if (mount->decoy_of != scenario) {
		char why[512];

		if (mount->decoy)
			decoy_close(mount->decoy);
		mount->decoy = decoy_open(scenario, why, sizeof(why));
		if (!mount->decoy)
			mount_broken("%s", why);
		mount->decoy_of = scenario;
	}
	decoy_life_begin(mount->decoy, life->wiring, life->faults->life);
}

enum device_end mount_live(void *context, struct device *device, struct inject *faults,
			   const struct device_wiring *wiring)
{
	struct mount *mount = context;
	struct mount_life life = {.device = device, .faults = faults, .wiring = wiring};
	sigset_t mask, before;

	assert(!mount->life && !device->firmware->name[0]);
	life.board_bytes = files_wire_pack(&device->board, device->firmware->digest,
					   faults->watch.log != NULL, life.board);
	if (device->board.ram)
		memset(device->board.ram, 0, device->board.ram_bytes);
	mount_wire(&life);
	/* SIGCHLD is for the signalfd; SIGVTALRM would end a life in process that waits outside. */
	(void)sigemptyset(&mask);
	(void)sigaddset(&mask, SIGCHLD);
	(void)sigaddset(&mask, SIGVTALRM);
	(void)sigprocmask(SIG_BLOCK, &mask, &before);
	mount->life = &life;
	mount_current = &life;
	mount_network_begin(mount, &life);
	life.pid = mount_start(mount, device, &before);
	mount_serve(mount, &life);
	if (wiring->over_https && !mount_elsewhere)
		decoy_life_end(mount->decoy);
	mount_current = NULL;
	mount->life = NULL;
	(void)sigprocmask(SIG_SETMASK, &before, NULL);
	if (life.end != DEVICE_RESET)
		device->chip.cause = HAL_RESET_POWER;
	return life.end;
}
