/*
 * A connection that is open: who is at its other end, by the certificate that he showed, and how
 * fast bytes may flow to him.
 */
#ifndef SERVER_LINE_H
#define SERVER_LINE_H

#include <microhttpd.h>

#include "sim/server/flow.h"
#include "sim/server/pki.h"

#define LINE_STRANGER "-" /* in the log, for who has no certificate */

/* All lines of one device share its bandwidth. */
struct peer {
	char id[PKI_NAME_MAX + 1];
	struct flow flow;
	uint32_t lines;
	struct peer *next;
};

struct line {
	struct MHD_Connection *connection;
	struct peer *peer; /* NULL: a stranger, or not asked yet */
	struct flow flow;  /* a stranger's */
	bool asked;	   /* peer holds */
	bool busy;	   /* a request of it is being answered */
	uint64_t since_ms; /* it opened, or its last answer went out */
	struct line *next, **before;
};

struct lines {
	struct line *first;
	struct peer *peers;
	uint64_t device_bytes_per_s;
	uint32_t count;
};

struct line *line_open(struct lines *lines, struct MHD_Connection *connection, uint64_t now_ms);
void line_close(struct lines *lines, struct line *line);
/*
 * The device at the other end: the common name of a certificate that the listener's authority has
 * signed for a client and that holds now. LINE_STRANGER: there is none.
 */
const char *line_device(struct lines *lines, struct line *line, uint64_t now_ms);
struct flow *line_flow(struct line *line);
/* Hangs up on who has sent no whole request for so long. Returns on how many. */
uint32_t line_sweep(const struct lines *lines, uint64_t now_ms, uint64_t patience_ms);

#endif
