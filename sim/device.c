/* The door to a device under test, in process: one life of linked firmware on the modelled chip. */
#include "sim/device.h"

#include <assert.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/time.h>
#include <unistd.h>

#include "device-model/firmware/fw_err.h"

/* A life that is being lived; they nest, since a search branches out of the middle of one. */
struct device_life {
	struct device *device;
	struct inject *faults;
	const struct device_wiring *wiring;
	sigjmp_buf out;
	enum device_end end;
	struct device_life *outer;
	enum behaviour behaviour;
};

/* The innermost life, for the signal handlers. */
static struct device_life *device_current;
static uint64_t device_serial; /* of lives begun */

__attribute__((noreturn)) static void device_leave(struct device_life *life, enum device_end end)
{
	life->end = end;
	siglongjmp(life->out, 1);
}

/* Firmware that traps is a finding, not the end of the search. */
static void device_on_trap(int signal)
{
	(void)signal;
	if (!device_current)
		abort();
	device_leave(device_current, DEVICE_TRAP);
}

/* Two ticks without one call of the border: the firmware turns in a loop of its own. */
static void device_on_tick(int signal)
{
	static uint64_t serial;
	static uint32_t calls;

	(void)signal;
	if (!device_current)
		return;
	if (serial == device_serial && calls == device_current->faults->calls)
		device_leave(device_current, DEVICE_HANG);
	serial = device_serial;
	calls = device_current->faults->calls;
}

/* Once a process: a fork has its parent's handlers, and no timer. */
static void device_guard(void)
{
	static pid_t guarded;
	struct sigaction trap = {.sa_handler = device_on_trap, .sa_flags = SA_NODEFER | SA_ONSTACK};
	struct sigaction tick = {.sa_handler = device_on_tick, .sa_flags = SA_NODEFER | SA_RESTART};
	struct itimerval every = {.it_interval = {.tv_sec = 3}, .it_value = {.tv_sec = 3}};
	static uint8_t stack[65536];
	stack_t alternative = {.ss_sp = stack, .ss_size = sizeof(stack)};

	if (guarded == getpid())
		return;
	guarded = getpid();
	sigaltstack(&alternative, NULL);
	sigaction(SIGSEGV, &trap, NULL);
	sigaction(SIGBUS, &trap, NULL);
	sigaction(SIGFPE, &trap, NULL);
	sigaction(SIGILL, &trap, NULL);
	sigaction(SIGVTALRM, &tick, NULL);
	setitimer(ITIMER_VIRTUAL, &every, NULL);
}

static int device_fetch(void *context, const char *uri, uint32_t uri_bytes, uint32_t offset,
			void *data, uint32_t size_bytes)
{
	struct device_life *life = context;

	return life->wiring->fetch(life->wiring->context, uri, uri_bytes, offset, data, size_bytes);
}

static int device_report(void *context, const struct hal_report *report)
{
	struct device_life *life = context;

	return life->wiring->report(life->wiring->context, report);
}

static void device_restart(void *context, enum hal_reset cause)
{
	struct device_life *life = context;

	life->device->chip.cause = cause;
	device_leave(life, DEVICE_RESET);
}

static bool device_self_test(struct hal *hal)
{
	(void)hal;
	return device_current->behaviour != BEHAVIOUR_SELF_TEST;
}

static void device_jump(void *context, const struct hal_handover *handover)
{
	struct device_life *life = context;
	bool foreign = false;

	life->behaviour = life->wiring->jumped(life->wiring->context, handover, &foreign);
	life->device->chip.cause = HAL_RESET_POWER;
	if (foreign)
		device_leave(life, DEVICE_IDLE);
	inject_scrub(life->faults);
	switch (life->behaviour) {
	case BEHAVIOUR_CRASH:
		device_restart(life, HAL_RESET_FAULT);
		break;
	case BEHAVIOUR_HANG:
		device_restart(life, HAL_RESET_WATCHDOG);
		break;
	case BEHAVIOUR_HEALTHY:
	case BEHAVIOUR_SELF_TEST:
		/* What it returns is for its own log; what it did is what is judged. */
		(void)!life->device->firmware->agent_run(&life->faults->hal, handover,
							 device_self_test);
		device_leave(life, DEVICE_IDLE);
	}
}

static void device_power_off(void *context)
{
	(void)context;
	device_leave(device_current, DEVICE_CUT);
}

static void device_hang(void *context)
{
	(void)context;
	device_leave(device_current, DEVICE_HANG);
}

/* Registers that functions hand down as they found them: what the harness had in there is no RAM of
 * the firmware's. Elsewhere lives are alike less often, and that is all. */
static inline void device_clear_registers(void)
{
#if defined(__x86_64__)
	__asm__ volatile("xorl %%ebx, %%ebx\n\txorl %%r12d, %%r12d\n\txorl %%r13d, %%r13d\n\t"
			 "xorl %%r14d, %%r14d\n\txorl %%r15d, %%r15d"
			 :
			 :
			 : "rbx", "r12", "r13", "r14", "r15", "cc");
#endif
}

__attribute__((noinline)) static void device_run(struct device_life *life)
{
	struct device *device = life->device;
	int err;

	if (life->faults->watch.ram)
		life->faults->ram_high = __builtin_frame_address(0);
	inject_scrub(life->faults);
	if (!device->provisioned) {
		err = device->firmware->provision_run(&life->faults->hal);
		device->provisioned = err == FW_OK;
		device_leave(life, err ? DEVICE_DEAD : DEVICE_DONE);
	}
	err = device->firmware->bootloader_run(&life->faults->hal);
	HAL_LOG(&life->faults->hal, "bootloader stops: %s", fw_err_text(err));
	device_leave(life, DEVICE_DEAD);
}

__attribute__((noinline)) static void device_begin(struct device_life *life)
{
	device_clear_registers();
	device_run(life);
}

enum device_end device_live(void *context, struct device *device, struct inject *faults,
			    const struct device_wiring *wiring)
{
	struct device_life life = {.device = device, .faults = faults, .wiring = wiring};

	(void)context; /* in process there is nothing to keep between lives */
	device_guard();
	device->chip.outside = (struct chip_outside){.fetch = device_fetch,
						     .report = device_report,
						     .restart = device_restart,
						     .jump = device_jump,
						     .context = &life};
	faults->watch.power_off = device_power_off;
	faults->watch.hang = device_hang;
	if (device->board.ram)
		memset(device->board.ram, 0, device->board.ram_bytes);
	life.outer = device_current;
	device_serial++;
	if (sigsetjmp(life.out, 0) == 0) {
		device_current = &life;
		device_begin(&life);
	}
	device_current = life.outer;
	if (life.end != DEVICE_RESET)
		device->chip.cause = HAL_RESET_POWER;
	return life.end;
}

void device_open(struct device *device, const struct device_firmware *firmware,
		 const struct scenario *scenario)
{
	memset(device, 0, sizeof(*device));
	device->firmware = firmware;
	device->board = scenario->board;
	if (device->board.ram_bytes) {
		device->board.ram = calloc(1, device->board.ram_bytes);
		assert(device->board.ram);
	}
	chip_open(&device->chip, &device->board, scenario->endurance);
	device->chip.flash.cache_writes = scenario->cache_writes;
	device->chip.flash.flush_ignored = scenario->flush_ignored;
}

void device_copy(struct device *copy, const struct device *device)
{
	*copy = *device;
	if (device->board.ram) {
		copy->board.ram = calloc(1, device->board.ram_bytes);
		assert(copy->board.ram);
	}
	chip_copy(&copy->chip, &device->chip);
	copy->chip.hal.board = &copy->board;
}

void device_close(struct device *device)
{
	chip_close(&device->chip);
	free(device->board.ram);
	device->board.ram = NULL;
}

const char *device_end_name(enum device_end end)
{
	switch (end) {
	case DEVICE_CUT:
		return "power gone";
	case DEVICE_IDLE:
		return "idle";
	case DEVICE_RESET:
		return "reset";
	case DEVICE_DEAD:
		return "nothing to boot";
	case DEVICE_DONE:
		return "provisioned";
	case DEVICE_HANG:
		return "hangs";
	case DEVICE_TRAP:
		return "traps";
	}
	return "?";
}
