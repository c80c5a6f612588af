/* The network side of a device. */
#include "device-model/hardware/https.h"

#include <assert.h>
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <openssl/crypto.h>

#include "device-model/hardware/report_wire.h"

#define HTTPS_URL_BYTES	   (FILES_BASE_BYTES + HAL_URI_MAX + 2u)
#define HTTPS_ANSWER_BYTES 64u /* of an answer to a report, and its words do not matter */

static struct https *https_of(struct hal *hal)
{
	return (struct https *)hal;
}

static void https_keep(struct https *https)
{
	files_tell(&https->files, FILES_MODEM, &https->outbox, sizeof(https->outbox));
}

/* Something was not as it should be: for the device's own log, and for its maker. */
static void https_saw(struct https *https, uint32_t base, const char *what)
{
	struct hal *hal = &https->files.hal;
	char *saw = https->outbox.saw;

	memset(saw, 0, OUTBOX_SAW_BYTES);
	if (base == 0)
		(void)snprintf(saw, OUTBOX_SAW_BYTES, "server: %s", what);
	else
		(void)snprintf(saw, OUTBOX_SAW_BYTES, "mirror %u: %s", base, what);
	/* Kept at once: whoever is told of it next may be so in another life. */
	https_keep(https);
	HAL_LOG(hal, "network: %s", saw);
}

/* In words of our own: libcurl's change with its version. */
static const char *https_trouble(const struct https *https, CURLcode code)
{
	if (https->too_long)
		return "it sends more than was asked for";
	switch (code) {
	case CURLE_COULDNT_CONNECT:
		return "it cannot be reached";
	case CURLE_PEER_FAILED_VERIFICATION:
		return "its certificate is not to be trusted";
	case CURLE_SSL_PINNEDPUBKEYNOTMATCH:
		return "its key is not one of those that are pinned";
	case CURLE_SSL_CONNECT_ERROR:
		return "it does not speak TLS 1.3";
	case CURLE_OPERATION_TIMEDOUT:
		return "it stalls";
	case CURLE_PARTIAL_FILE:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
	case CURLE_GOT_NOTHING:
		return "it hung up in the middle";
	default:
		return "its answer is no HTTP";
	}
}

/* ---- what libcurl hands over ---- */

static size_t https_body(char *data, size_t size, size_t count, void *context)
{
	struct https *https = context;
	size_t bytes = size * count, room = https->piece_room - https->piece_bytes;

	if (bytes > room) {
		https->too_long = true;
		bytes = room;
	}
	memcpy(https->piece + https->piece_bytes, data, bytes);
	https->piece_bytes += (uint32_t)bytes;
	return https->too_long ? 0 : size * count;
}

static size_t https_header(char *data, size_t size, size_t count, void *context)
{
	static const char name[] = "content-range: bytes ";
	struct https *https = context;
	size_t bytes = size * count;
	char line[96], *end;

	if (bytes < sizeof(line) && bytes > sizeof(name) &&
	    strncasecmp(data, name, sizeof(name) - 1) == 0) {
		memcpy(line, data, bytes);
		line[bytes] = '\0';
		end = line + sizeof(name) - 1;
		if (*end == '*')
			end++;
		else
			https->range_first = strtoull(end, &end, 10);
		end = strchr(end, '/');
		if (end)
			https->range_total = strtoull(end + 1, NULL, 10);
	}
	return bytes;
}

/* ---- one request ---- */

static void https_path(const struct https *https, uint32_t base, const char *path,
		       char url[HTTPS_URL_BYTES])
{
	(void)snprintf(url, HTTPS_URL_BYTES, "%s/%s", https->network.bases[base], path);
}

/* The status, or 0 after telling what was wrong; what came until then is in piece. */
static long https_ask(struct https *https, uint32_t base, const char *path, uint32_t room)
{
	char url[HTTPS_URL_BYTES];
	long status = 0;
	CURLcode code;

	assert(room <= sizeof(https->piece));
	https_path(https, base, path, url);
	https->piece_bytes = 0;
	https->piece_room = room;
	https->too_long = false;
	https->range_first = UINT64_MAX;
	https->range_total = UINT64_MAX;
	curl_easy_setopt(https->curl, CURLOPT_URL, url);
	code = curl_easy_perform(https->curl);
	https->broke = code != CURLE_OK;
	(void)curl_easy_getinfo(https->curl, CURLINFO_RESPONSE_CODE, &status);
	if (code != CURLE_OK) {
		https_saw(https, base, https_trouble(https, code));
		/* What came before it broke off counts, if it is what was asked for. */
		return https->too_long ? 0 : status == 206 ? status : 0;
	}
	if (status >= 300 && status < 400)
		https_saw(https, base, "it redirects elsewhere, and is not followed");
	return status;
}

static void https_unexpected(struct https *https, uint32_t base, long status)
{
	char text[48];

	if (status == 0 || (status >= 300 && status < 400))
		return; /* told already */
	(void)snprintf(text, sizeof(text), "it answers with status %ld", status);
	https_saw(https, base, text);
}

/* ---- fetching ---- */

/*
 * A piece of an image: 1: some of it came; 0: it ends there; or an enum fw_err. Whatever the
 * server says, at most what was asked for comes, from where it was asked for.
 */
static int https_piece(struct https *https, uint32_t base, uint32_t offset)
{
	char range[48];
	long status;

	(void)snprintf(range, sizeof(range), "%" PRIu32 "-%" PRIu32, offset,
		       offset + https->network.piece_bytes - 1);
	curl_easy_setopt(https->curl, CURLOPT_RANGE, range);
	status = https_ask(https, base, https->uri, https->network.piece_bytes);
	curl_easy_setopt(https->curl, CURLOPT_RANGE, NULL);
	https->piece_offset = offset;
	if (status == 416 && https->range_total <= offset) {
		https->piece_bytes = 0;
		https->piece_last = true;
		return 0;
	}
	if (status == 206 && https->range_first == offset) {
		https->piece_last = offset + https->piece_bytes >= https->range_total;
		return https->piece_bytes ? 1 : FW_ERR_IO;
	}
	https->piece_bytes = 0;
	if (status == 206)
		https_saw(https, base, "it sends another part than was asked for");
	else if (status == 200)
		https_saw(https, base, "it sends the whole instead of a part");
	else if (status == 404)
		return FW_ERR_NO_DATA;
	else
		https_unexpected(https, base, status);
	return FW_ERR_IO;
}

/* A manifest, whole: it is the server's alone to say which. */
static int https_manifest(struct https *https)
{
	long status = https_ask(https, 0, https->uri, https->network.manifest_bytes);

	https->piece_offset = 0;
	https->piece_last = true;
	if (status == 200)
		return https->piece_bytes ? 1 : 0;
	https->piece_bytes = 0;
	if (status == 204 || status == 404)
		return FW_ERR_NO_DATA;
	https_unexpected(https, 0, status);
	return FW_ERR_IO;
}

/* From the mirror that answered last, else from the others, each once. */
static int https_mirrors(struct https *https, uint32_t offset)
{
	uint32_t count = https->network.base_count, first = https->base;
	int err = FW_ERR_IO;

	for (uint32_t i = 0; i < count; i++) {
		https->base = (first + i) % count;
		err = https_piece(https, https->base, offset);
		if (err < 0)
			continue;
		/* What came is kept; what is missing is asked of the next. */
		if (https->broke)
			https->base = (https->base + 1) % count;
		return err;
	}
	return err;
}

static bool https_has(const struct https *https, const char *uri, uint32_t uri_bytes,
		      uint32_t offset)
{
	return strlen(https->uri) == uri_bytes && !memcmp(https->uri, uri, uri_bytes) &&
	       offset >= https->piece_offset &&
	       (offset - https->piece_offset < https->piece_bytes ||
		(https->piece_last && offset - https->piece_offset == https->piece_bytes));
}

/* A URI names a thing, not a host: devices ask the servers that they know. */
static const char *https_name(const char *uri, uint32_t *uri_bytes)
{
	static const char scheme[] = "https://";
	uint32_t at = 0;

	if (*uri_bytes > sizeof(scheme) - 1 && !memcmp(uri, scheme, sizeof(scheme) - 1)) {
		at = sizeof(scheme) - 1;
		while (at < *uri_bytes && uri[at] != '/')
			at++;
	}
	while (at < *uri_bytes && uri[at] == '/')
		at++;
	*uri_bytes -= at;
	return uri + at;
}

static int https_fetch(struct hal *hal, const char *uri, uint32_t uri_bytes, uint32_t offset,
		       void *data, uint32_t size_bytes)
{
	bool manifest = uri == hal->board->manifest_uri;
	struct https *https = https_of(hal);
	uint32_t from, have;

	uri = https_name(uri, &uri_bytes);
	if (uri_bytes == 0 || uri_bytes > HAL_URI_MAX)
		return FW_ERR_NO_DATA;
	if (!https_has(https, uri, uri_bytes, offset)) {
		int err;

		memcpy(https->uri, uri, uri_bytes);
		https->uri[uri_bytes] = '\0';
		https->piece_last = false;
		err = manifest ? https_manifest(https) : https_mirrors(https, offset);
		if (err < 0) {
			https->uri[0] = '\0';
			return err;
		}
	}
	from = offset - https->piece_offset;
	have = https->piece_bytes > from ? https->piece_bytes - from : 0;
	if (size_bytes > have)
		size_bytes = have;
	memcpy(data, https->piece + from, size_bytes);
	return (int)size_bytes;
}

/* ---- reporting ---- */

/* True: the server has answered for the first report that is queued. */
static bool https_deliver(struct https *https)
{
	const struct outbox_report *first = &https->outbox.reports[0];
	char text[REPORT_WIRE_BYTES];
	long status;

	(void)report_wire_print(text, https->network.device, outbox_number(&https->outbox),
				&first->report, (enum hal_reset)first->reset, first->saw);
	curl_easy_setopt(https->curl, CURLOPT_POSTFIELDS, text);
	status = https_ask(https, 0, "report", HTTPS_ANSWER_BYTES);
	curl_easy_setopt(https->curl, CURLOPT_HTTPGET, 1L);
	https->uri[0] = '\0'; /* piece holds the answer now */
	/* 409: it has one of that number already. */
	if (status == 200 || status == 409)
		return true;
	https_unexpected(https, 0, status);
	return false;
}

/*
 * The report is kept before it is sent, and until it was answered for: if the power fails between
 * the two it is sent again. FW_ERR_IO: it could not be kept.
 */
static int https_report(struct hal *hal, const struct hal_report *report)
{
	struct https *https = https_of(hal);
	int err = outbox_add(&https->outbox, report, hal->reset_cause(hal));

	if (err)
		return err;
	err = files_report(&https->files, report);
	if (err)
		return err;
	https_keep(https);
	while (https->outbox.queued && https_deliver(https)) {
		outbox_drop(&https->outbox);
		https_keep(https);
	}
	return FW_OK;
}

/* ---- opening ---- */

static struct curl_blob https_blob(char *text)
{
	return (struct curl_blob){.data = text, .len = strlen(text), .flags = CURL_BLOB_NOCOPY};
}

static bool https_set_tls(struct https *https)
{
	struct files_network *network = &https->network;
	struct curl_blob authority = https_blob(network->authority_pem);
	struct curl_blob cert = https_blob(network->cert_pem), key = https_blob(network->key_pem);
	CURL *curl = https->curl;

	return !curl_easy_setopt(curl, CURLOPT_SSLVERSION, (long)CURL_SSLVERSION_TLSv1_3) &&
	       !curl_easy_setopt(curl, CURLOPT_PINNEDPUBLICKEY, network->pins) &&
	       !curl_easy_setopt(curl, CURLOPT_CAINFO_BLOB, &authority) &&
	       !curl_easy_setopt(curl, CURLOPT_CAPATH, NULL) &&
	       !curl_easy_setopt(curl, CURLOPT_SSLCERT_BLOB, &cert) &&
	       !curl_easy_setopt(curl, CURLOPT_SSLKEY_BLOB, &key);
}

static bool https_set(struct https *https)
{
	CURL *curl = https->curl;

	return !curl_easy_setopt(curl, CURLOPT_PROTOCOLS_STR, "https") &&
	       !curl_easy_setopt(curl, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) &&
	       !curl_easy_setopt(curl, CURLOPT_FOLLOWLOCATION, 0L) &&
	       !curl_easy_setopt(curl, CURLOPT_PROXY, "") &&
	       !curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L) &&
	       !curl_easy_setopt(curl, CURLOPT_CONNECTTIMEOUT_MS,
				 (long)https->network.connect_ms) &&
	       !curl_easy_setopt(curl, CURLOPT_LOW_SPEED_LIMIT, 1L) &&
	       !curl_easy_setopt(curl, CURLOPT_LOW_SPEED_TIME, (long)https->network.stall_s) &&
	       !curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, (long)https->network.request_ms) &&
	       !curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, https_body) &&
	       !curl_easy_setopt(curl, CURLOPT_WRITEDATA, https) &&
	       !curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, https_header) &&
	       !curl_easy_setopt(curl, CURLOPT_HEADERDATA, https);
}

void https_open(struct https *https, const char *dir)
{
	/* TLS names digests and ciphers by what files_open leaves out. */
	OPENSSL_init_crypto(OPENSSL_INIT_NO_LOAD_CONFIG | OPENSSL_INIT_ADD_ALL_CIPHERS |
				    OPENSSL_INIT_ADD_ALL_DIGESTS,
			    NULL);
	files_open(&https->files, dir);
	files_ask(&https->files, FILES_NETWORK, &https->network, sizeof(https->network));
	files_ask(&https->files, FILES_MODEM, &https->outbox, sizeof(https->outbox));
	if (https->network.piece_bytes == 0 || https->network.piece_bytes > HTTPS_PIECE_MAX ||
	    https->network.manifest_bytes > HTTPS_PIECE_MAX || https->network.base_count == 0 ||
	    https->network.base_count > FILES_BASES)
		files_broken("control/network describes no network");
	if (curl_global_init(CURL_GLOBAL_SSL) == CURLE_OK)
		https->curl = curl_easy_init();
	if (!https->curl || !https_set(https) || !https_set_tls(https))
		files_broken("libcurl does not do what is asked of it, expected 7.85 or later with "
			     "OpenSSL");
	https->files.hal.fetch = https_fetch;
	https->files.hal.report = https_report;
}
