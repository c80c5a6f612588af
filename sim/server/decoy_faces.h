/* The inside of a decoy: faces, which are listeners with a certificate each, and what they do. */
#ifndef SERVER_DECOY_FACES_H
#define SERVER_DECOY_FACES_H

#include <microhttpd.h>

#include "sim/server/decoy.h"
#include "sim/server/ledger.h"
#include "sim/server/line.h"
#include "sim/server/told.h"

#define DECOY_DEVICE  "device-under-test"
#define DECOY_MIRRORS 2u /* the server, and a mirror */
#define DECOY_FACES   6u
#define DECOY_BYTES   (4u << 20) /* that a release may have */

struct decoy_face {
	struct decoy *decoy;
	struct MHD_Daemon *daemon;
	uint32_t mirror; /* 0: the server */
	int attack;	 /* index of the attack that it is the face of, or -1: the honest one */
	uint16_t port;
	int poll;
};

struct decoy_request {
	struct decoy_face *face;
	struct line *line;
	char body[REPORT_WIRE_BYTES];
	size_t body_bytes;
	/* What is sent: of data, the bytes from `at` up to `end`; what breaks off does so at
	 * `stop`. */
	uint8_t *data;
	uint64_t at, end, stop;
	int attack; /* what is done to it, or -1 */
	bool stalls;
	struct decoy_request *next;
};

struct decoy {
	const struct scenario *scenario;
	struct decoy_face faces[DECOY_FACES];
	uint32_t face_count;
	struct lines lines;
	struct pki_pair authority, device, pinned, backup;
	char *authority_pem, *cert_pem, *key_pem, pins[FILES_PINS_BYTES];
	const struct device_wiring *wiring; /* of the life; NULL: nobody lives */
	uint32_t life;
	struct decoy_request *stalled;
	struct ledger *ledger; /* of the case, in memory: the one that `serve` has on a disk */
};

/* decoy_answer.c: MHD's callbacks; their context is a struct decoy_face. */
enum MHD_Result decoy_handle(void *context, struct MHD_Connection *connection, const char *url,
			     const char *method, const char *version, const char *upload_data,
			     size_t *upload_bytes, void **request_context);
void decoy_done(void *context, struct MHD_Connection *connection, void **request_context,
		enum MHD_RequestTerminationCode how);
/* The attack that this life sees at that mirror, of those in kinds (bit i: kind i), or -1. */
int decoy_attack(const struct decoy *decoy, uint32_t mirror, uint32_t kinds);
/* It has reached the device. */
void decoy_fired(struct decoy *decoy, int attack);

#endif
