/*
 * What a server keeps in its folder: its throw-away authority, its keys, its token, its ledger.
 *
 *   ca.pem, ca.key.pem          the authority
 *   server.pem, server.key.pem  the certificate that the server shows
 *   backup.pem, backup.key.pem  the one that it can show should that key be lost
 *   pins                        the public keys of both, as curl pins them
 *   token                       what the buttons of the status page want
 *   ledger.db                   what devices told
 *   devices/ID.pem, ID.key.pem  what devices are known by
 */
#ifndef SERVER_STATE_H
#define SERVER_STATE_H

#include "sim/server/pki.h"
#include "sim/server/server.h"

struct state {
	const char *folder;
	struct pki_pair authority, server, backup;
	char token[SERVER_TOKEN_BYTES];
};

/* Opens the folder, and makes what is not there yet. 0, or -1 and why. */
FW_CHECKED int state_open(struct state *state, const char *folder, char *why, size_t why_bytes);
void state_close(struct state *state);
/* Makes a device's key and certificate, if it has none yet. 0, or -1 and why. */
FW_CHECKED int state_enrol(const struct state *state, const char *device, char *why,
			   size_t why_bytes);
/* FOLDER/name, malloc'd. */
char *state_path(const char *folder, const char *name);

#endif
