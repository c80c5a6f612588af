/*
 * The door to a device under test. Firmware is linked C or a shared object with the same three
 * functions; what it runs on is a chip, its RAM, and whether the maker's jig is done with it.
 */
#ifndef SIM_DEVICE_H
#define SIM_DEVICE_H

#include "device-model/hardware/chip.h"
#include "device-model/hardware/outbox.h"
#include "faults/inject.h"
#include "sim/scenario.h"

#define DEVICE_NAME_BYTES 64

/* The code of one device: the reference firmware, or a specimen of it. */
struct device_firmware {
	char name[DEVICE_NAME_BYTES]; /* empty: the reference */
	uint8_t digest[32];	      /* of its sources */
	int (*bootloader_run)(struct hal *hal);
	int (*agent_run)(struct hal *hal, const struct hal_handover *handover,
			 bool (*self_test)(struct hal *hal));
	int (*provision_run)(struct hal *hal);
	void *object; /* of dlopen, or NULL */
};

enum device_end {
	DEVICE_CUT,   /* the power failed */
	DEVICE_IDLE,  /* an image runs and has nothing more to do */
	DEVICE_RESET, /* restarted; the chip's latch says why */
	DEVICE_DEAD,  /* the bootloader found nothing to boot */
	DEVICE_DONE,  /* the jig's program has finished */
	DEVICE_HANG,  /* the firmware does not come back */
	DEVICE_TRAP,  /* the firmware itself trapped, not the image on purpose */
};

/* What survives a power cut, and the RAM that does not. */
struct device {
	const struct device_firmware *firmware;
	struct hal_board board; /* the scenario's, with this device's own RAM in it */
	struct chip chip;
	bool provisioned; /* the jig has seen its program finish */
	struct outbox
		outbox; /* in the network module's own storage, which no cut of ours reaches */
};

/* Who is told what the device does, and answers for the world around it. */
struct device_wiring {
	void *context;
	/* The device has a network of its own, and whom it meets there this says; NULL: it has
	 * none. */
	const struct scenario *over_https;
	int (*fetch)(void *context, const char *uri, uint32_t uri_bytes, uint32_t offset,
		     void *data, uint32_t size_bytes);
	int (*report)(void *context, const struct hal_report *report);
	/* An image begins to run. Returns what it does; foreign: nobody knows, it only sits there.
	 */
	enum behaviour (*jumped)(void *context, const struct hal_handover *handover, bool *foreign);
	/* The device has met what its network does to it, by its index; NULL: nobody is told. */
	void (*met)(void *context, uint32_t https);
	/* It has asked something of a server that it should not have believed; NULL: as met. */
	void (*believed)(void *context, uint32_t https);
	/* A report has reached the server over the network, for the first time; NULL: as met. */
	void (*told)(void *context, uint64_t number, const struct hal_report *report,
		     const char *saw);
	/* The release that runs; asked after a jump that was not foreign. */
	const struct scenario_release *(*running)(void *context);
};

void device_open(struct device *device, const struct device_firmware *firmware,
		 const struct scenario *scenario);
void device_copy(struct device *copy, const struct device *device);
void device_close(struct device *device);

/* One life, from power on until it ends, in this process; context is not used. The chip's latch is
 * set for the next. */
enum device_end device_live(void *context, struct device *device, struct inject *faults,
			    const struct device_wiring *wiring);

/* The firmware that is linked into this program. */
const struct device_firmware *device_reference(void);
/*
 * A specimen by name, from the shared objects beside this program. 0, or -1 and why.
 */
int device_load(const char *name, struct device_firmware *firmware, char *why, size_t why_bytes);
void device_unload(struct device_firmware *firmware);
const char *device_end_name(enum device_end end);

#endif
