/*
 * The update server: HTTPS on loopback, TLS 1.3 only. One thread, one loop: what came in is
 * handled, what has to be on the disk is committed together, and only then it is answered.
 *
 *   GET  /manifest            to a device: the release that it is offered, or 204
 *   GET  /URI, /releases/...  to anybody: the files of releases; Range, If-Range, ETag
 *   POST /report              of a device: 200 once it is on the disk, 409, 403
 *   GET  /metrics             Prometheus' text format
 *   GET  /                    the status page; POST /pause, /resume with its token
 *
 * A mirror has the files and nothing else.
 */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include "sim/server/desk.h"
#include "sim/server/flow.h"
#include "sim/server/line.h"
#include "sim/server/shelf.h"

#define SERVER_MIRRORS_MAX   8u
#define SERVER_LISTENERS_MAX (1u + SERVER_MIRRORS_MAX)
#define SERVER_TOKEN_BYTES   65u /* 64 hex digits, terminated */
#define SERVER_STATUSES	     600u

struct server_options {
	uint16_t port;			      /* 0: any */
	uint16_t mirrors[SERVER_MIRRORS_MAX]; /* ports, likewise */
	uint32_t mirror_count;
	uint64_t bytes_per_s, device_bytes_per_s; /* 0: no limit */
	uint32_t patience_s;			  /* for a whole request, however its bytes come */
	const char *authority_pem;		  /* who signs devices' certificates */
	const char *cert_pem, *key_pem;		  /* the server's */
	const char *token;			  /* for the buttons */
};

struct request;
struct server;

struct server_listener {
	struct server *server;
	struct MHD_Daemon *daemon;
	bool mirror;
	uint16_t port; /* that it got */
	int poll;      /* readable when the daemon has something to do */
};

struct server {
	const struct shelf *shelf;
	struct desk desk;
	struct server_options options;
	struct server_listener listeners[SERVER_LISTENERS_MAX];
	uint32_t listener_count;
	struct lines lines;
	struct flow flow;
	struct request *waiting;	       /* for the disk */
	struct request *paused, **paused_last; /* for bandwidth, who came first first */
	uint64_t answers[SERVER_STATUSES];     /* by status */
	uint64_t hung_up;
	bool committed; /* requests that waited can be answered */
	bool failed;	/* the ledger is gone: the server must not go on */
};

/*
 * Listens. The desk is open; the options' texts and the shelf outlive the server. 0, or -1 and why.
 */
FW_CHECKED int server_open(struct server *server, const struct server_options *options, char *why,
			   size_t why_bytes);
/* One turn of the loop: waits for at most wait_ms. stop: readable, and the turn ends; or -1. */
void server_turn(struct server *server, int stop, int wait_ms);
/* Once a second or so: stages end, what is not written yet is, who dawdles is hung up on. */
void server_tick(struct server *server);
/* Hangs up; what waits for the disk gets there first. */
void server_close(struct server *server);

uint64_t server_now_ms(void);
/* A moment for people and stages: seconds since 1970. */
int64_t server_now_s(void);

#endif
