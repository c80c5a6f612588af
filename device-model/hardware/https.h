/*
 * The network side of a device: fetch and report over HTTPS, by libcurl. TLS 1.3 only; a server is
 * believed if the device's authority has signed its certificate and its public key is one of those
 * that are pinned; the device shows a certificate of its own. Images come in pieces, by Range, from
 * each mirror in turn; a redirection is not followed; no answer may be longer than what was asked
 * for, and none may stall. Nothing of this is trusted: what it brings is checked by the firmware.
 */
#ifndef HARDWARE_HTTPS_H
#define HARDWARE_HTTPS_H

#include <curl/curl.h>

#include "device-model/hardware/files.h"
#include "device-model/hardware/outbox.h"

#define HTTPS_PIECE_MAX 8192u

struct https {
	struct files files; /* first, so that a hal can be found back */
	struct files_network network;
	struct outbox outbox;
	CURL *curl;
	uint32_t base; /* the one that answered last */
	/* What has come: of this uri, from piece_offset on. */
	char uri[HAL_URI_MAX + 1];
	uint8_t piece[HTTPS_PIECE_MAX + 1];
	uint32_t piece_offset, piece_bytes, piece_room;
	bool piece_last;		   /* it ends there */
	bool broke;			   /* the connection did, in the last answer */
	bool too_long;			   /* more came than was asked for */
	uint64_t range_first, range_total; /* what the answer said of itself; UINT64_MAX: nothing */
};

/* As files_open, with fetch and report over the network that the mount describes. */
void https_open(struct https *https, const char *dir);

#endif
