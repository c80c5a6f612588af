/*
 * Lives of the real firmware, by the thousand. What a life comes to depends on what flash and eFuse
 * hold, on what is offered and on its faults, and on nothing else: devices that are alike in all of
 * it live alike, and one of them is lived. Every device's life is the firmware's own result.
 *
 * Lives are lived in processes of their own, each with its own store of states; a device belongs to
 * one of them. Which one lives a life, and which device first came to it, shows in no result.
 */
#ifndef SIM_FLEET_FARM_H
#define SIM_FLEET_FARM_H

#include "sim/explore/states.h"
#include "sim/fleet/fleet_plan.h"

#define FARM_JOBS_MAX 64u
#define FARM_NOTHING  0u   /* offered: the server has nothing for it */
#define FARM_OFFLINE  255u /* ... nor is there a network */
#define FARM_DROPS    8u
#define FARM_NO_LIFE  TABLE_NONE
#define FARM_WHY      80

/* What a life depends on. Canonical: unused bytes are zero. */
struct farm_key {
	uint32_t state;	 /* as farm_life.next says; 0: as the maker delivers it */
	uint32_t cut;	 /* the op of this life in which the power fails, 0: none */
	uint32_t once;	 /* lives of another number are lived anew, however alike */
	uint8_t way;	 /* of cutting it, modulo their count */
	uint8_t weak;	 /* an enum plan_choice: what weak cells read in this life */
	uint8_t variant; /* of hardware, on which releases may behave otherwise */
	uint8_t offered; /* 1 + release, FARM_NOTHING or FARM_OFFLINE */
	uint8_t dropped; /* the network goes away after so many parts of FARM_DROPS + 1 of an image
			  */
	uint8_t pad[3];
};

struct farm_report {
	uint64_t confirmed, given_up, refused; /* sequence numbers */
	int32_t why;			       /* refused: an enum fw_err */
};

struct farm_life {
	uint32_t next;		 /* the state that it leaves */
	uint32_t ops, bytes;	 /* changes to flash and eFuse; bytes that came from the network */
	int8_t running;		 /* release that ran, or HISTORY_NOBODY, HISTORY_FOREIGN */
	uint8_t end;		 /* an enum device_end */
	uint8_t asked;		 /* for a manifest */
	uint8_t reports, before; /* reports made, and how many of them before it asked */
	bool failed_boot;	 /* it began after a crash, a watchdog or a failed self-test */
	bool weak;		 /* weak cells were read */
	uint16_t broken;	 /* bit i: the firmware broke rule i in it */
	struct farm_report report[2];
	char why[FARM_WHY]; /* ... and how, of the first one */
};

struct farm;

/* NULL: why says what was wrong. */
struct farm *farm_open(const struct scenario *scenario, const struct device_firmware *firmware,
		       uint32_t jobs, char *why, size_t why_bytes);
void farm_close(struct farm *farm);
/* The variant of hardware that a device of this type is. */
uint8_t farm_variant(const struct farm *farm, uint32_t type);
/* Which of the processes device number i belongs to. */
uint32_t farm_job(const struct farm *farm, uint32_t i);

/* The life of that key, or FARM_NO_LIFE: it will be known after the next farm_live. */
uint32_t farm_want(struct farm *farm, uint32_t job, const struct farm_key *key);
/* All that was wanted is lived. 0, or -1: a process died. */
FW_CHECKED int farm_live(struct farm *farm);
/* Good until the next farm_live. */
const struct farm_life *farm_life(const struct farm *farm, uint32_t job, uint32_t life);

uint64_t farm_lives(const struct farm *farm); /* lived by the firmware, in all processes */

#endif
