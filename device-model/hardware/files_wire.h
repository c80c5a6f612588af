/*
 * A chip as files: the names under the mount, and what goes over them. Both ends include this, the
 * program that is the device and the server that is its chip. They are built together and run on
 * one machine, so that plain structs cross as they lie in memory.
 *
 *   flash             pread: a read; pwrite: one program; fallocate of a sector: its erase; fsync
 *   efuse             a byte a cell: pread: 0 or 1, several only while none is weak; pwrite: a burn
 *   net/NAME          what the network delivers; NAME is files_wire_name of the URI
 *   control/NAME      everything else, none of it an op: enum files_control says what
 */
#ifndef HARDWARE_FILES_WIRE_H
#define HARDWARE_FILES_WIRE_H

#include "device-model/hal.h"

#define FILES_FLASH   "flash"
#define FILES_EFUSE   "efuse"
#define FILES_NET     "net"
#define FILES_CONTROL "control"

/* Largest request that the mount takes in one piece; larger reads come as several. */
#define FILES_REQUEST_BYTES (1u << 20)
#define FILES_BOARD_BYTES   8192u /* holds any packed board */
#define FILES_LOG_BYTES	    512u  /* a site, a text, each with its 0 */
#define FILES_BASES	    4u
#define FILES_BASE_BYTES    64u
#define FILES_PINS_BYTES    160u
#define FILES_PEM_BYTES	    1536u
#define FILES_NAME_BYTES    (3u * HAL_URI_MAX + 1u)

enum files_control {
	FILES_BOARD,	/* read: a packed board */
	FILES_CAUSE,	/* read: uint32_t, an enum hal_reset */
	FILES_CLOCK,	/* read: uint32_t, milliseconds */
	FILES_LOG,	/* write: site, 0, text, 0 */
	FILES_SITE,	/* write: the source line of the next op, 0; only if the board says so */
	FILES_REPORT,	/* write: struct hal_report */
	FILES_RESTART,	/* write: uint32_t, an enum hal_reset */
	FILES_RAM,	/* write: the RAM that an image runs from, before the jump */
	FILES_JUMP,	/* write: struct hal_handover */
	FILES_ANSWER,	/* read: struct files_answer, after the jump */
	FILES_IMAGE,	/* read: the slot that was jumped to, as the processor fetches from it */
	FILES_FIRM,	/* read: flash ahead of the firmware, only while no place is weak */
	FILES_HANDOVER, /* read: struct hal_handover; the image's first act */
	FILES_NETWORK,	/* read: struct files_network, where the device has one of its own */
	FILES_MODEM,	/* read, write: what the network module keeps for itself, a struct outbox */
	FILES_CONTROLS
};

/* How a device's program ends; what is none of these is a trap. */
enum files_exit {
	FILES_EXIT_IDLE = 0,
	FILES_EXIT_DEAD = 3,   /* nothing to boot */
	FILES_EXIT_RESET = 4,  /* control/restart says why */
	FILES_EXIT_DONE = 5,   /* the jig's program has finished */
	FILES_EXIT_BROKEN = 6, /* the mount does not answer as it should: a fault of the harness */
};

/* What becomes of a jump. */
enum files_runs {
	FILES_RUNS_AGENT,   /* the payload stands for the agent, whose program is run */
	FILES_RUNS_PAYLOAD, /* the payload is a program, and those very bytes are run */
	FILES_RUNS_NOTHING, /* bytes that nobody knows only sit there */
};

enum files_behaves {
	FILES_BEHAVES,
	FILES_CRASHES,	    /* traps before its agent runs */
	FILES_HANGS,	    /* stops before its agent runs */
	FILES_FAILS_ITSELF, /* its self-test fails */
};

struct files_answer {
	uint32_t runs;				/* an enum files_runs */
	uint32_t behaves;			/* an enum files_behaves */
	uint32_t payload_offset, payload_bytes; /* in the slot or the RAM */
};

/* The network that a device is configured for: whom it asks, whom it believes, who it is. */
struct files_network {
	uint32_t base_count;
	char bases[FILES_BASES][FILES_BASE_BYTES]; /* "https://127.0.0.1:8443"; the server first */
	char pins[FILES_PINS_BYTES];		   /* as curl has them: "sha256//...;sha256//..." */
	char device[72];			   /* its id, the common name of its certificate */
	char authority_pem[FILES_PEM_BYTES];	   /* that signs servers' certificates */
	char cert_pem[FILES_PEM_BYTES], key_pem[FILES_PEM_BYTES]; /* the device's own */
	uint32_t piece_bytes;					  /* that are asked for at once */
	uint32_t manifest_bytes;		  /* longest answer that may be a manifest */
	uint32_t connect_ms, request_ms, stall_s; /* until it goes on to the next mirror */
};

const char *files_wire_control(enum files_control control);

/*
 * A file's name for a URI and back: all but letters, digits and a few signs is written %XX, so that
 * no two URIs share a name. Returns the bytes written, or 0: there is no such name, or no such URI.
 */
uint32_t files_wire_name(const char *uri, uint32_t uri_bytes, char name[FILES_NAME_BYTES]);
uint32_t files_wire_uri(const char *name, char uri[HAL_URI_MAX]);

/* The errno that carries an enum fw_err through the kernel, and back. Both positive in, out. */
int files_wire_errno(int err);
int files_wire_err(int error_number);

/*
 * All of the board but the RAM's bytes. firmware: the digest of its sources. heard: somebody
 * listens to sites and the log.
 */
uint32_t files_wire_pack(const struct hal_board *board, const uint8_t firmware[HAL_DIGEST_BYTES],
			 bool heard, uint8_t packed[FILES_BOARD_BYTES]);
/*
 * board and keys point into packed afterwards; ram is NULL. -1: packed by a build of other
 * firmware, or no board at all.
 */
FW_CHECKED int files_wire_unpack(const uint8_t *packed, uint32_t bytes,
				 const uint8_t firmware[HAL_DIGEST_BYTES], struct hal_board *board,
				 struct hal_key keys[HAL_KEYS_MAX], bool *heard);

#endif
