/* A scenario's device: the board that its YAML describes, and the maker's keys by their names. */
#ifndef SIM_SCENARIO_DEVICE_H
#define SIM_SCENARIO_DEVICE_H

#include <openssl/evp.h>

#include "sim/scenario.h"
#include "sim/scenario/scenario_yaml.h"

#define SCENARIO_KEYRING_MAX 32
#define SCENARIO_CLASS	     "gateway" /* of a device that names no other */
#define SCENARIO_URI	     "https://updates.example/"

/* Keys that were read, private halves included. */
struct scenario_keyring {
	uint32_t count;
	char names[SCENARIO_KEYRING_MAX][PLAN_NAME_BYTES];
	EVP_PKEY *keys[SCENARIO_KEYRING_MAX];
};

/*
 * The key keys/NAME.pem, from the scenario's directory or the one above; the ring keeps it. NULL
 * after a message about what stands at place.
 */
EVP_PKEY *scenario_keyring_get(struct scenario_keyring *ring, const struct scenario_yaml_file *file,
			       const char *place, const char *name);
void scenario_keyring_close(struct scenario_keyring *ring);

/* The key's index on the board, or -1: this device does not know it. */
int scenario_device_key(const struct scenario *scenario, const char *name);

/* An RFC 9562 UUID of version 8: the first 16 bytes of SHA-256(prefix name), made one. */
void scenario_device_uuid(const char *prefix, const char *name, uint8_t uuid[16]);

/* Fills the scenario's board and keys. 0, or -1 after a message. */
FW_CHECKED int scenario_device_fill(struct scenario *scenario,
				    const struct scenario_yaml_file *file,
				    struct scenario_keyring *ring);

#endif
