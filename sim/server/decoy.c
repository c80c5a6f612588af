/* The update server of a scenario that says `over: https`: its faces and its turns. */
#include "sim/server/decoy_faces.h"

#include <arpa/inet.h>
#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DECOY_TLS_NEW "NORMAL:-VERS-ALL:+VERS-TLS1.3"
#define DECOY_TLS_OLD "NORMAL:-VERS-ALL:+VERS-TLS1.2"
/* What another face is needed for: it shows before the first byte of HTTP. */
#define DECOY_FACE_KINDS                                                                    \
	(1u << ATTACKER_OLD_TLS | 1u << ATTACKER_OTHER_AUTHORITY | 1u << ATTACKER_EXPIRED | \
	 1u << ATTACKER_UNPINNED | 1u << ATTACKER_BACKUP_KEY)

/* The device's patience, in time that passes: no verdict hangs on it, if all goes well. */
#define DECOY_PIECE_BYTES 512u
#define DECOY_CONNECT_MS  5000u
#define DECOY_REQUEST_MS  8000u
#define DECOY_STALL_S	  2u

int decoy_attack(const struct decoy *decoy, uint32_t mirror, uint32_t kinds)
{
	const struct scenario *scenario = decoy->scenario;

	for (uint32_t i = 0; i < scenario->https_count; i++) {
		const struct attacker_https *attack = &scenario->https[i];

		if (kinds & 1u << attack->does &&
		    (attack->mirror == mirror || attack->mirror == ATTACKER_NONE) &&
		    (attack->lives == 0 || decoy->life <= attack->lives))
			return (int)i;
	}
	return -1;
}

void decoy_fired(struct decoy *decoy, int attack)
{
	if (attack >= 0 && decoy->wiring && decoy->wiring->met)
		decoy->wiring->met(decoy->wiring->context, (uint32_t)attack);
}

/* ---- faces ---- */

static void decoy_line(void *context, struct MHD_Connection *connection, void **line,
		       enum MHD_ConnectionNotificationCode what)
{
	struct decoy_face *face = context;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		decoy_fired(face->decoy, face->attack);
		*line = line_open(&face->decoy->lines, connection, 0);
	} else {
		line_close(&face->decoy->lines, *line);
		*line = NULL;
	}
}

__attribute__((format(printf, 2, 0))) static void decoy_library_says(void *context,
								     const char *format,
								     va_list list)
{
	(void)context;
	(void)format;
	(void)list;
}

static int decoy_listen(struct decoy_face *face, const struct pki_pair *pair, bool old_tls)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	char *cert = pki_cert_pem(pair->cert), *key = pki_key_pem(pair->key);

	face->daemon = MHD_start_daemon(
		MHD_USE_TLS | MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, 0, NULL,
		NULL, decoy_handle, face, MHD_OPTION_EXTERNAL_LOGGER, decoy_library_says, NULL,
		MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_HTTPS_MEM_KEY, key,
		MHD_OPTION_HTTPS_MEM_CERT, cert, MHD_OPTION_HTTPS_MEM_TRUST,
		face->decoy->authority_pem, MHD_OPTION_HTTPS_PRIORITIES,
		old_tls ? DECOY_TLS_OLD : DECOY_TLS_NEW, MHD_OPTION_NOTIFY_COMPLETED, decoy_done,
		face, MHD_OPTION_NOTIFY_CONNECTION, decoy_line, face, MHD_OPTION_END);
	free(key);
	free(cert);
	if (!face->daemon)
		return -1;
	face->port = MHD_get_daemon_info(face->daemon, MHD_DAEMON_INFO_BIND_PORT)->port;
	face->poll = MHD_get_daemon_info(face->daemon, MHD_DAEMON_INFO_EPOLL_FD)->epoll_fd;
	return 0;
}

/* attack -1: the honest one. */
static int decoy_face(struct decoy *decoy, uint32_t mirror, int attack)
{
	static const struct pki_wish server = {.whom = PKI_SERVER, .name = "server"};
	static const struct pki_wish past = {.whom = PKI_SERVER,
					     .name = "server",
					     .from_s = -3 * PKI_DAY_S,
					     .until_s = -PKI_DAY_S};
	static const struct pki_wish authority = {.whom = PKI_AUTHORITY, .name = "other"};
	struct decoy_face *face = &decoy->faces[decoy->face_count++];
	struct pki_pair pair = {.key = NULL}, other = {.key = NULL};
	const struct pki_pair *shown = &pair;
	int rc;

	assert(decoy->face_count <= DECOY_FACES);
	*face = (struct decoy_face){.decoy = decoy, .mirror = mirror, .attack = attack};
	switch (attack < 0 ? ATTACKER_OLD_TLS : decoy->scenario->https[attack].does) {
	case ATTACKER_OTHER_AUTHORITY:
		pki_make(NULL, &authority, &other);
		pki_certify(&other, &server, decoy->pinned.key, &pair);
		break;
	case ATTACKER_EXPIRED:
		pki_certify(&decoy->authority, &past, decoy->pinned.key, &pair);
		break;
	case ATTACKER_UNPINNED:
		pki_make(&decoy->authority, &server, &pair);
		break;
	case ATTACKER_BACKUP_KEY:
		shown = &decoy->backup;
		break;
	default:
		shown = &decoy->pinned;
	}
	rc = decoy_listen(face, shown,
			  attack >= 0 && decoy->scenario->https[attack].does == ATTACKER_OLD_TLS);
	pki_close(&pair);
	pki_close(&other);
	return rc;
}

static int decoy_faces(struct decoy *decoy)
{
	for (uint32_t mirror = 0; mirror < DECOY_MIRRORS; mirror++) {
		int attack = decoy_attack(decoy, mirror, DECOY_FACE_KINDS);

		if (decoy_face(decoy, mirror, -1) != 0 ||
		    (attack >= 0 && decoy_face(decoy, mirror, attack) != 0))
			return -1;
	}
	return 0;
}

/* The one that this life sees. */
static const struct decoy_face *decoy_shown(const struct decoy *decoy, uint32_t mirror)
{
	int attack = decoy_attack(decoy, mirror, DECOY_FACE_KINDS);

	for (uint32_t i = 0; i < decoy->face_count; i++)
		if (decoy->faces[i].mirror == mirror && decoy->faces[i].attack == attack)
			return &decoy->faces[i];
	return NULL;
}

/* ---- opening ---- */

static void decoy_keys(struct decoy *decoy)
{
	static const struct pki_wish authority = {.whom = PKI_AUTHORITY, .name = "authority"};
	static const struct pki_wish server = {.whom = PKI_SERVER, .name = "server"};
	static const struct pki_wish device = {.whom = PKI_DEVICE, .name = DECOY_DEVICE};
	char first[PKI_PIN_BYTES], second[PKI_PIN_BYTES];

	pki_make(NULL, &authority, &decoy->authority);
	pki_make(&decoy->authority, &server, &decoy->pinned);
	pki_make(&decoy->authority, &server, &decoy->backup);
	pki_make(&decoy->authority, &device, &decoy->device);
	pki_pin(decoy->pinned.key, first);
	pki_pin(decoy->backup.key, second);
	snprintf(decoy->pins, sizeof(decoy->pins), "%s;%s", first, second);
	decoy->authority_pem = pki_cert_pem(decoy->authority.cert);
	decoy->cert_pem = pki_cert_pem(decoy->device.cert);
	decoy->key_pem = pki_key_pem(decoy->device.key);
}

struct decoy *decoy_open(const struct scenario *scenario, char *why, size_t why_bytes)
{
	struct decoy *decoy = calloc(1, sizeof(*decoy));

	assert(decoy);
	decoy->scenario = scenario;
	decoy->life = 1; /* all that it may do, it may do in the first */
	decoy_keys(decoy);
	if (decoy_faces(decoy) == 0)
		return decoy;
	snprintf(why, why_bytes,
		 "%s: cannot listen on loopback for `over: https`, expected a port "
		 "of 127.0.0.1 to be free",
		 scenario->path);
	decoy_close(decoy);
	return NULL;
}

void decoy_close(struct decoy *decoy)
{
	for (uint32_t i = 0; i < decoy->face_count; i++)
		if (decoy->faces[i].daemon)
			MHD_stop_daemon(decoy->faces[i].daemon);
	ledger_close(decoy->ledger);
	pki_close(&decoy->authority);
	pki_close(&decoy->device);
	pki_close(&decoy->pinned);
	pki_close(&decoy->backup);
	free(decoy->authority_pem);
	free(decoy->cert_pem);
	free(decoy->key_pem);
	free(decoy);
}

/* ---- lives ---- */

/* A device that is new has told nothing yet. */
static void decoy_ledger(struct decoy *decoy)
{
	char why[256];

	ledger_close(decoy->ledger);
	decoy->ledger = ledger_open(":memory:", false, why, sizeof(why));
	assert(decoy->ledger);
}

void decoy_life_begin(struct decoy *decoy, const struct device_wiring *wiring, uint32_t number)
{
	decoy->wiring = wiring;
	decoy->life = number;
	if (number == 1 || !decoy->ledger)
		decoy_ledger(decoy);
}

/* Who waits for the end of a stall waits no longer; connections of a dead device are done with. */
void decoy_life_end(struct decoy *decoy)
{
	decoy->wiring = NULL;
	while (decoy->stalled) {
		struct decoy_request *request = decoy->stalled;

		decoy->stalled = request->next;
		MHD_resume_connection(request->line->connection);
	}
	decoy_turn(decoy);
	decoy_turn(decoy);
}

static void decoy_text(char *to, size_t room, const char *from)
{
	assert(strlen(from) < room);
	memcpy(to, from, strlen(from) + 1);
}

void decoy_network(const struct decoy *decoy, struct files_network *network)
{
	memset(network, 0, sizeof(*network));
	network->base_count = DECOY_MIRRORS;
	for (uint32_t mirror = 0; mirror < DECOY_MIRRORS; mirror++)
		snprintf(network->bases[mirror], FILES_BASE_BYTES, "https://127.0.0.1:%u",
			 decoy_shown(decoy, mirror)->port);
	decoy_text(network->pins, FILES_PINS_BYTES, decoy->pins);
	decoy_text(network->device, sizeof(network->device), DECOY_DEVICE);
	decoy_text(network->authority_pem, FILES_PEM_BYTES, decoy->authority_pem);
	decoy_text(network->cert_pem, FILES_PEM_BYTES, decoy->cert_pem);
	decoy_text(network->key_pem, FILES_PEM_BYTES, decoy->key_pem);
	network->piece_bytes = DECOY_PIECE_BYTES;
	network->manifest_bytes = 1024 + 1; /* one more than a device takes: it shall say so */
	network->connect_ms = DECOY_CONNECT_MS;
	network->request_ms = DECOY_REQUEST_MS;
	network->stall_s = DECOY_STALL_S;
}

nfds_t decoy_polls(const struct decoy *decoy, struct pollfd polls[DECOY_POLLS], int *wait_ms)
{
	for (uint32_t i = 0; i < decoy->face_count; i++) {
		MHD_UNSIGNED_LONG_LONG timeout;

		polls[i] = (struct pollfd){.fd = decoy->faces[i].poll, .events = POLLIN};
		if (MHD_get_timeout(decoy->faces[i].daemon, &timeout) == MHD_YES &&
		    timeout < (MHD_UNSIGNED_LONG_LONG)*wait_ms)
			*wait_ms = (int)timeout;
	}
	return decoy->face_count;
}

void decoy_turn(struct decoy *decoy)
{
	for (uint32_t i = 0; i < decoy->face_count; i++)
		(void)MHD_run(decoy->faces[i].daemon);
}
