/* What the device has decided about its slots: kept in sealed copies. */
#ifndef FIRMWARE_BOOTCTL_H
#define FIRMWARE_BOOTCTL_H

#include "device-model/hal.h"

#define BOOTCTL_SLOTS 2u
#define BOOTCTL_NONE  0xffu /* no slot */

struct bootctl {
	uint8_t active;	  /* the confirmed slot */
	uint8_t pending;  /* the slot on trial */
	uint8_t attempts; /* boots that the pending slot still gets */
	bool trying;	  /* a boot of the pending slot was begun and not confirmed */
	uint32_t
		counter_done; /* the security counter up to here was burnt, and the burn returned */
	uint32_t revoked_done;	     /* bit i: the burn of key i's revocation returned */
	uint64_t sequence_confirmed; /* highest manifest sequence number of a confirmed release */
	uint64_t sequence_pending;
	uint64_t sequence_given_up; /* the last release that did not come up */
	uint64_t sequence_failed;   /* the last one whose download was not what it promised */
	uint32_t failed;	    /* how often */
};

/*
 * FW_ERR_RECORD if there is none: no copy is valid, or it makes no sense. After any other failure
 * ctl is what the record says, but it cannot be written any more.
 */
FW_CHECKED int bootctl_load(struct hal *hal, struct bootctl *ctl);
/* Only after bootctl_load. Power fails inside: the old one or this one. */
FW_CHECKED int bootctl_save(struct hal *hal, const struct bootctl *ctl);
/* What a device knows that knows nothing. */
void bootctl_fresh(struct bootctl *ctl);

#endif
