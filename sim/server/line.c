/* A connection that is open. */
#include "sim/server/line.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

struct line *line_open(struct lines *lines, struct MHD_Connection *connection, uint64_t now_ms)
{
	struct line *line = calloc(1, sizeof(*line));

	assert(line);
	line->connection = connection;
	line->since_ms = now_ms;
	line->next = lines->first;
	line->before = &lines->first;
	if (line->next)
		line->next->before = &line->next;
	lines->first = line;
	lines->count++;
	return line;
}

static void line_peer_leave(struct lines *lines, struct peer *peer)
{
	struct peer **at = &lines->peers;

	if (--peer->lines)
		return;
	while (*at != peer)
		at = &(*at)->next;
	*at = peer->next;
	free(peer);
}

void line_close(struct lines *lines, struct line *line)
{
	if (line->peer)
		line_peer_leave(lines, line->peer);
	*line->before = line->next;
	if (line->next)
		line->next->before = line->before;
	lines->count--;
	free(line);
}

/* The common name of a certificate in DER. 0, or -1: it has none that is a device's id. */
static int line_name(const gnutls_datum_t *der, char id[PKI_NAME_MAX + 1])
{
	size_t bytes = PKI_NAME_MAX + 1;
	gnutls_x509_crt_t cert;
	int rc;

	if (gnutls_x509_crt_init(&cert) < 0)
		return -1;
	rc = gnutls_x509_crt_import(cert, der, GNUTLS_X509_FMT_DER);
	if (rc == 0)
		rc = gnutls_x509_crt_get_dn_by_oid(cert, GNUTLS_OID_X520_COMMON_NAME, 0, 0, id,
						   &bytes);
	gnutls_x509_crt_deinit(cert);
	/* A name with a zero in it is none. */
	return rc == 0 && strlen(id) == bytes && pki_name_good(id) ? 0 : -1;
}

/* Signed by our authority, for a client, and it holds now: what gnutls finds, not what is said. */
static int line_verify(struct MHD_Connection *connection, char id[PKI_NAME_MAX + 1])
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_GNUTLS_SESSION);
	static char purpose[] = GNUTLS_KP_TLS_WWW_CLIENT;
	gnutls_typed_vdata_st wanted = {.type = GNUTLS_DT_KEY_PURPOSE_OID,
					.data = (unsigned char *)purpose};
	const gnutls_datum_t *certs;
	gnutls_session_t session;
	unsigned int status = 0, count = 0;

	if (!info)
		return -1;
	session = info->tls_session;
	certs = gnutls_certificate_get_peers(session, &count);
	if (!certs || count == 0 ||
	    gnutls_certificate_verify_peers(session, &wanted, 1, &status) < 0 || status != 0)
		return -1;
	return line_name(&certs[0], id);
}

static struct peer *line_peer(struct lines *lines, const char *id, uint64_t now_ms)
{
	struct peer *peer = lines->peers;

	while (peer && strcmp(peer->id, id) != 0)
		peer = peer->next;
	if (!peer) {
		peer = calloc(1, sizeof(*peer));
		assert(peer);
		memcpy(peer->id, id, strlen(id) + 1);
		flow_open(&peer->flow, lines->device_bytes_per_s, now_ms);
		peer->next = lines->peers;
		lines->peers = peer;
	}
	peer->lines++;
	return peer;
}

const char *line_device(struct lines *lines, struct line *line, uint64_t now_ms)
{
	if (!line->asked) {
		char id[PKI_NAME_MAX + 1];

		line->asked = true;
		if (line_verify(line->connection, id) == 0)
			line->peer = line_peer(lines, id, now_ms);
		else
			flow_open(&line->flow, lines->device_bytes_per_s, now_ms);
	}
	return line->peer ? line->peer->id : LINE_STRANGER;
}

struct flow *line_flow(struct line *line)
{
	return line->peer ? &line->peer->flow : &line->flow;
}

uint32_t line_sweep(const struct lines *lines, uint64_t now_ms, uint64_t patience_ms)
{
	uint32_t count = 0;

	for (struct line *line = lines->first; line; line = line->next) {
		const union MHD_ConnectionInfo *info;

		if (line->busy || now_ms - line->since_ms < patience_ms)
			continue;
		info = MHD_get_connection_info(line->connection, MHD_CONNECTION_INFO_CONNECTION_FD);
		/* The end of the stream is what the library closes for; it may be closing already.
		 */
		if (info && shutdown(info->connect_fd, SHUT_RDWR) == 0)
			count++;
		line->since_ms = now_ms;
	}
	return count;
}
