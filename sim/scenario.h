/*
 * A scenario: YAML in, out the device's board, the releases that exist (with their signed bytes),
 * what the attacker does, which faults to try, and what must come of it. Everything that a case
 * needs is in here, so that nothing after the loading reads a file.
 */
#ifndef SIM_SCENARIO_H
#define SIM_SCENARIO_H

#include "device-model/hal.h"
#include "faults/attacker.h"
#include "faults/plan.h"

#define SCENARIO_NAME_BYTES   64
#define SCENARIO_RELEASES_MAX 16
#define SCENARIO_COVERS_MAX   32
#define SCENARIO_FLIPS_MAX    8

enum rule {
	RULE_CONTAINED,
	RULE_TRUSTED,
	RULE_WHOLE,
	RULE_FORWARD,
	RULE_REACHABLE,
	RULE_HONEST,
	RULE_BOOTS,
	RULE_REVERTS,
	RULE_SETTLES,
	RULE_FIRED,
	RULES
};

const char *rule_name(enum rule rule);

/* What the image does once it runs. */
enum behaviour {
	BEHAVIOUR_HEALTHY,
	BEHAVIOUR_CRASH,     /* traps before its agent runs */
	BEHAVIOUR_HANG,	     /* never feeds the watchdog */
	BEHAVIOUR_SELF_TEST, /* its self-test fails */
};

struct scenario_release {
	char name[PLAN_NAME_BYTES]; /* factory, update, then1, then2 ..., or as the YAML says */
	struct hal_version version;
	char version_text[32];
	uint32_t security;
	uint64_t sequence; /* of its manifest; 0: it has none (factory) */
	enum behaviour behaviour;
	int key;	  /* index into the board's keys, or -1: a key this device does not know */
	uint32_t revokes; /* bit i: it revokes key i */
	bool deserves_trust; /* good signature by a key of the board, for this class of device */
	bool is_agent;	     /* its payload is the agent's own executable */
	uint8_t *image;
	uint32_t image_bytes;
	uint32_t header_bytes, payload_bytes; /* the rest of image_bytes are TLVs */
	uint8_t *manifest;		      /* NULL: none */
	uint32_t manifest_bytes;
	char uri[HAL_URI_MAX];
};

/* Bits flipped at rest: one case for every step-th bit of a part. */
struct scenario_flips {
	enum plan_region region;
	enum { FLIPS_ALL, FLIPS_HEADER, FLIPS_PAYLOAD, FLIPS_TLVS, FLIPS_RECORD } part;
	uint32_t step;	 /* in bits, 1: every bit */
	bool all_copies; /* bootctl: the same bit in every copy at once */
	uint32_t op;	 /* after which op; 0 is the start */
	uint32_t reads;	 /* or after how many reads of the place, 0: not so */
};

struct scenario_faults {
	struct plan plan; /* in every case */
	bool cut_every;
	/* What a scenario that cuts leaves out: 8 tears, 1 cut. One that does not cut has 0 of
	 * both. */
	uint32_t tears;	       /* cut points inside a program; UINT32_MAX: every byte */
	uint32_t cuts;	       /* at most so many cuts in a case; UINT32_MAX: any number */
	bool each[PLAN_KINDS]; /* fail, lie, sag: a case for each op of the run; miss: for each read
				*/
	uint32_t flips_count;
	struct scenario_flips flips[SCENARIO_FLIPS_MAX];
};

struct scenario_expect {
	bool has_version, has_counter, has_refused, has_given_up, has_revoked, has_secure_boot;
	uint32_t erases;  /* of slot B's sectors, in all; 0: as many as it likes */
	uint32_t minutes; /* of a life that the device may wait for the network; 0: for ever */
	struct hal_version version; /* runs at the end */
	uint32_t counter;	    /* the security counter at the end */
	int refused;		    /* an enum fw_err that the device reported */
	uint64_t given_up;	    /* a sequence number that the device reported as given up */
	uint32_t revoked;	    /* bits, at the end */
	bool secure_boot;	    /* the life-cycle bit at the end */
	char *saw; /* words in what a device with a network of its own told of it, or NULL */
};

/* Odd in one place, though a stolen key has signed it, and what must be said against it. */
struct scenario_probe {
	uint8_t *manifest, *image; /* image NULL: the honest one */
	uint32_t manifest_bytes, image_bytes;
	int refused; /* an enum fw_err */
};

struct scenario {
	char name[SCENARIO_NAME_BYTES];
	char *summary, *why;
	char *path;
	uint32_t covers_count;
	char *covers[SCENARIO_COVERS_MAX];

	struct hal_board board;		   /* ram is NULL here; ram_bytes > 0 means execute: ram */
	struct hal_key keys[HAL_KEYS_MAX]; /* board.keys; der is the scenario's own */
	char key_names[HAL_KEYS_MAX][PLAN_NAME_BYTES];
	uint32_t endurance;    /* erases that a sector stands, 0: without end */
	uint32_t cache_writes; /* that a block device's volatile cache holds, 0: a NOR flash */
	bool flush_ignored;    /* ... and that no flush brings to the cells */

	uint32_t release_count;
	struct scenario_release releases[SCENARIO_RELEASES_MAX]; /* 0: factory */
	uint32_t offer_count; /* releases that the server offers, one after the other */
	uint32_t offers[SCENARIO_RELEASES_MAX];
	bool starts_blank; /* provisioning is part of the case */

	int serve_manifest_of; /* attack: releases index served instead, -1: honest */
	int serve_image_of;
	uint32_t wire_count; /* attack: what is done to what comes over the wire */
	struct attacker_wire wire[ATTACKER_WIRE_MAX];
	bool over_https; /* the device has a network of its own, and lives through FUSE alone */
	uint32_t https_count;
	struct attacker_https https[ATTACKER_WIRE_MAX];
	uint32_t probe_count; /* attack: manifests that come one a life, before any other */
	struct scenario_probe probes[ATTACKER_PROBES_MAX];

	struct scenario_faults faults;
	struct scenario_expect expect;
	char *may_break[RULES]; /* why, or NULL: the rule must hold */
	char *fuse_not;		/* why this scenario cannot run through FUSE, or NULL */

	uint8_t digest[32]; /* over YAML, keys, images and manifests; not over the firmware */
};

/*
 * Reads, checks and builds. NULL after a message "file:line: what is wrong, what was expected" on
 * stderr; nothing is written. Free with scenario_close.
 */
struct scenario *scenario_open(const char *path);
void scenario_close(struct scenario *scenario);

/*
 * Where the agent's own executable lies, for releases with `payload: agent`; NULL: the file
 * device/agent-payload beside this process' executable. Holds for every scenario_open after it.
 */
void scenario_agent_path(const char *path);

/* Path of the scenario of that name below dir (a file NUMBER-NAME.yaml), malloc'd, or NULL. */
char *scenario_find(const char *dir, const char *name);

/* The region's place in flash; for efuse, its cells. */
struct hal_region scenario_region(const struct scenario *scenario, enum plan_region region);
/* The release whose name that is, or -1. */
int scenario_release_named(const struct scenario *scenario, const char *name);

#endif
