/*
 * The update server of a scenario that says `over: https`: real sockets on loopback, TLS, the
 * releases of the scenario, honest or hostile as its attack says. It runs in the loop of whoever
 * serves the device's files, in turns, so that what it does is done in an order that is always the
 * same. It believes no report that its device did not make.
 */
#ifndef SERVER_DECOY_H
#define SERVER_DECOY_H

#include <poll.h>

#include "device-model/hardware/files_wire.h"
#include "sim/device.h"

#define DECOY_POLLS 8u

struct decoy;

/* NULL and why: it cannot listen. The scenario outlives it. */
struct decoy *decoy_open(const struct scenario *scenario, char *why, size_t why_bytes);
void decoy_close(struct decoy *decoy);

/*
 * Before and after a life. number: of the life, from 1; the first one of a case is when the device
 * is new. What is asked of the server goes through wiring.
 */
void decoy_life_begin(struct decoy *decoy, const struct device_wiring *wiring, uint32_t number);
void decoy_life_end(struct decoy *decoy);
/* What the device of this life is configured for. */
void decoy_network(const struct decoy *decoy, struct files_network *network);

/* Fills polls, and returns how many; *wait_ms is lowered to when it has something to do anyway. */
nfds_t decoy_polls(const struct decoy *decoy, struct pollfd polls[DECOY_POLLS], int *wait_ms);
/* Does what there is to do, without waiting. */
void decoy_turn(struct decoy *decoy);

#endif
