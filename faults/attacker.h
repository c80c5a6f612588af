/*
 * What the network delivers: the maker's server as the attacker lets it look. Manifests and images
 * by name, in pieces, the honest ones or others in their place.
 */
#ifndef FAULTS_ATTACKER_H
#define FAULTS_ATTACKER_H

#include "device-model/hal.h"

#define ATTACKER_NONE	    UINT32_MAX
#define ATTACKER_WIRE_MAX   8
#define ATTACKER_PROBES_MAX 64

enum attacker_does {
	ATTACKER_REPLACE, /* bytes of another release come instead */
	ATTACKER_DAMAGE,  /* every bit comes inverted */
	ATTACKER_END,	  /* it ends there */
	ATTACKER_ENDLESS, /* zeros come, and go on after the end for ever */
	ATTACKER_STALL,	  /* nothing comes, and the network reports failure */
	ATTACKER_SLOW,	  /* one byte at a time */
};

/* What is done to what comes over the wire; the same for all cases of a scenario. */
struct attacker_wire {
	bool manifest; /* else images */
	enum attacker_does does;
	uint32_t release;     /* ATTACKER_REPLACE: whose bytes come */
	uint32_t from, bytes; /* of what is sent; bytes UINT32_MAX: to its end */
	uint32_t after;	      /* so many pieces are left alone first */
	uint32_t lives;	      /* only in so many lives, from the first one on; 0: in all */
	uint32_t ms;	      /* that the clock goes on for each piece */
};

/* What a server or a mirror does over HTTPS; only where a device has a network of its own. */
enum attacker_https_does {
	ATTACKER_OLD_TLS,	  /* it speaks TLS 1.2 and nothing newer */
	ATTACKER_OTHER_AUTHORITY, /* its certificate is of an authority that nobody knows */
	ATTACKER_EXPIRED,	  /* ... of the right one, and no longer holds */
	ATTACKER_UNPINNED,	  /* ... of the right one, for a key that is not pinned */
	ATTACKER_BACKUP_KEY,	  /* ... for the backup key, which is: no attack, but a loss */
	ATTACKER_REDIRECT,	  /* it sends devices to another host */
	ATTACKER_HANG,		  /* it sends no more after so many bytes of an image */
	ATTACKER_NEVER_ENDS,	  /* its answers go on for ever */
	ATTACKER_WRONG_RANGE,	  /* it sends the part behind the one that was asked for */
	ATTACKER_IGNORES_RANGE,	  /* it sends the whole image, whatever part was asked for */
	ATTACKER_RESET,		  /* the connection is reset at each multiple of so many bytes */
	ATTACKER_NO_ANSWER,	  /* it takes a report, and is gone before it says so */
};

struct attacker_https {
	enum attacker_https_does does;
	uint32_t mirror; /* 0: the server, 1: its mirror, ATTACKER_NONE: both */
	uint32_t bytes;
	uint32_t lives; /* only in so many lives, from the first one on; 0: in all */
};

/* What is served for one life: the first one in the first life, and so on. */
struct attacker_probe {
	const uint8_t *manifest, *image; /* image NULL: the honest one */
	uint32_t manifest_bytes, image_bytes;
};

/* A release as the server has it. */
struct attacker_release {
	const char *uri; /* of its image */
	const uint8_t *image;
	uint32_t image_bytes;
	const uint8_t *manifest;
	uint32_t manifest_bytes;
	uint64_t sequence;
};

/* Everything that can be fetched; the same for all cases of a scenario. */
struct attacker_store {
	const char *manifest_uri;
	const char *factory_uri; /* the jig's, release 0 */
	uint32_t release_count;
	const struct attacker_release *releases;
	uint32_t offer_count; /* releases offered one after the other */
	const uint32_t *offers;
	uint32_t manifest_of; /* release whose manifest is served instead, or ATTACKER_NONE */
	uint32_t image_of;    /* release whose image is served instead of any, or ATTACKER_NONE */
	uint32_t wire_count;
	const struct attacker_wire *wire;
	uint32_t https_count;
	const struct attacker_https *https;
	uint32_t probe_count;
	const struct attacker_probe *probes;
};

struct attacker {
	const struct attacker_store *store;
	uint32_t offer;	      /* index into offers; goes on when the device reports its end */
	bool manifest_forged; /* the manifest served instead has reached the device */
	bool image_forged;    /* the image has */
	uint32_t life;	      /* the last one begun */
	uint32_t wire_fired;  /* bit i: wire i has changed what came */
	uint32_t https_fired; /* bit i: the device has met https i; told by whoever serves it */
	uint32_t wire_pieces[ATTACKER_WIRE_MAX]; /* that each was asked about */
	uint32_t *clock_ms;			 /* the device's; NULL: nobody waits */
	/* Told of each piece that reached the device; may be NULL. */
	void (*delivered)(void *context, uint32_t release, bool manifest);
	void *context;
};

void attacker_open(struct attacker *attacker, const struct attacker_store *store);
/* hal.fetch, as the wire sees it. */
int attacker_fetch(struct attacker *attacker, const char *uri, uint32_t uri_bytes, uint32_t offset,
		   void *data, uint32_t size_bytes);
/* hal.report, as the server takes it: what is settled is no longer offered. */
void attacker_report(struct attacker *attacker, const struct hal_report *report);
/* Before each life, the first included. */
void attacker_life(struct attacker *attacker);
/* Some of what the attacker does ends in a life to come. */
bool attacker_waits(const struct attacker *attacker);
/* Everything that the attacker does instead has reached the device. */
bool attacker_fired(const struct attacker *attacker);

#endif
