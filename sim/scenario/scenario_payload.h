/* What an image carries: deterministic noise, or the agent's own executable. */
#ifndef SIM_SCENARIO_PAYLOAD_H
#define SIM_SCENARIO_PAYLOAD_H

#include "device-model/hal.h"

/* Fills data from splitmix64, seeded with the first 8 bytes of seed, little-endian. */
void scenario_payload_random(const uint8_t seed[32], uint8_t *data, size_t size_bytes);

/*
 * The agent's executable, malloc'd, with room for more_bytes behind it, or NULL and in why the
 * path and what is wrong.
 */
uint8_t *scenario_payload_agent(size_t more_bytes, size_t *size_bytes, char *why, size_t why_bytes);

#endif
