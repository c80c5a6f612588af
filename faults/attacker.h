/*
 * What the network delivers: the maker's server as the attacker lets it look. Manifests and images
 * by name, in pieces, the honest ones or others in their place.
 */
#ifndef FAULTS_ATTACKER_H
#define FAULTS_ATTACKER_H

#include "device-model/hal.h"

#define ATTACKER_NONE UINT32_MAX

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
};

struct attacker {
	const struct attacker_store *store;
	uint32_t offer;	      /* index into offers; goes on when the device reports its end */
	bool manifest_forged; /* the manifest served instead has reached the device */
	bool image_forged;    /* the image has */
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
/* Everything that the attacker does instead has reached the device. */
bool attacker_fired(const struct attacker *attacker);

#endif
