/* The update server of a scenario: what it answers, and what it does instead. */
#include "sim/server/decoy_faces.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "sim/server/range.h"

#define DECOY_ROGUE	 "https://127.0.0.2:9/rogue" /* where nobody listens */
#define DECOY_KIND(does) (1u << (does))

static enum MHD_Result decoy_queue(struct decoy_request *request, unsigned int status,
				   struct MHD_Response *response)
{
	enum MHD_Result queued;

	assert(response);
	queued = MHD_queue_response(request->line->connection, status, response);
	MHD_destroy_response(response);
	return queued;
}

static enum MHD_Result decoy_say(struct decoy_request *request, unsigned int status)
{
	return decoy_queue(request, status,
			   MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT));
}

/* The connection ends with a reset: what was sent and not read is lost with it. */
static void decoy_reset(const struct decoy_request *request)
{
	const struct linger at_once = {.l_onoff = 1, .l_linger = 0};
	const union MHD_ConnectionInfo *info = MHD_get_connection_info(
		request->line->connection, MHD_CONNECTION_INFO_CONNECTION_FD);

	if (info)
		(void)setsockopt(info->connect_fd, SOL_SOCKET, SO_LINGER, &at_once,
				 sizeof(at_once));
}

/* ---- a body, as it goes out ---- */

static ssize_t decoy_piece(void *context, uint64_t offset, char *to, size_t room)
{
	struct decoy_request *request = context;
	struct decoy *decoy = request->face->decoy;
	uint64_t left = request->stop - request->at;

	(void)offset;
	if (!decoy->wiring)
		return MHD_CONTENT_READER_END_WITH_ERROR; /* the device is dead */
	if (left == 0 && request->stalls) {
		decoy_fired(decoy, request->attack);
		request->next = decoy->stalled;
		decoy->stalled = request;
		MHD_suspend_connection(request->line->connection);
		return 0;
	}
	if (left == 0) {
		decoy_fired(decoy, request->attack);
		decoy_reset(request);
		return MHD_CONTENT_READER_END_WITH_ERROR;
	}
	if (room > left)
		room = left;
	if (request->data)
		memcpy(to, request->data + request->at, room);
	else
		memset(to, 0, room);
	request->at += room;
	return (ssize_t)room;
}

/* ---- what there is ---- */

/* All that the scenario's server has under that name, or a negative enum fw_err. */
static int64_t decoy_load(struct decoy_request *request, const char *uri)
{
	const struct device_wiring *wiring = request->face->decoy->wiring;
	uint32_t have = 0;
	int got;

	request->data = malloc(DECOY_BYTES);
	assert(request->data);
	do {
		got = wiring->fetch(wiring->context, uri, (uint32_t)strlen(uri), have,
				    request->data + have, DECOY_BYTES - have);
		have += got > 0 ? (uint32_t)got : 0;
	} while (got > 0 && have < DECOY_BYTES);
	return got < 0 ? got : (int64_t)have;
}

/* Which part is sent: honestly, or as an attack would have it. */
static enum range_answer decoy_part(const struct decoy_request *request, const char *asked,
				    uint64_t bytes, struct range *part)
{
	struct decoy *decoy = request->face->decoy;
	int behind = decoy_attack(decoy, request->face->mirror, DECOY_KIND(ATTACKER_WRONG_RANGE));
	int whole = decoy_attack(decoy, request->face->mirror, DECOY_KIND(ATTACKER_IGNORES_RANGE));
	enum range_answer answer = range_parse(asked, NULL, "", bytes, part);

	if (answer != RANGE_PART)
		return answer;
	if (whole >= 0) {
		decoy_fired(decoy, whole);
		*part = (struct range){.size_bytes = bytes};
		return RANGE_WHOLE;
	}
	if (behind >= 0) {
		decoy_fired(decoy, behind);
		part->first++;
		if (part->first + part->size_bytes > bytes)
			part->size_bytes--;
	}
	return answer;
}

/* Where the body breaks off, stalls, or goes on to. */
static void decoy_bend(struct decoy_request *request, bool image)
{
	struct decoy *decoy = request->face->decoy;
	const struct scenario *scenario = decoy->scenario;
	uint32_t mirror = request->face->mirror;
	int resets = image ? decoy_attack(decoy, mirror, DECOY_KIND(ATTACKER_RESET)) : -1;
	int hangs = image ? decoy_attack(decoy, mirror, DECOY_KIND(ATTACKER_HANG)) : -1;

	request->stop = request->end;
	request->attack = -1;
	if (resets >= 0) {
		/* At the next multiple, so that each is met by whoever goes on from there. */
		uint64_t each = scenario->https[resets].bytes;
		uint64_t step = (request->at / each + 1) * each;

		if (step < request->end) {
			request->stop = step;
			request->attack = resets;
		}
	} else if (hangs >= 0 && scenario->https[hangs].bytes < request->end) {
		request->stop = scenario->https[hangs].bytes > request->at
					? scenario->https[hangs].bytes
					: request->at;
		request->attack = hangs;
		request->stalls = true;
	}
}

static enum MHD_Result decoy_send(struct decoy_request *request, const char *asked, int64_t bytes)
{
	struct MHD_Response *response;
	enum range_answer answer;
	struct range part;
	char text[80];

	answer = decoy_part(request, asked, (uint64_t)bytes, &part);
	request->at = part.first;
	request->end = part.first + part.size_bytes;
	if (answer == RANGE_UNSATISFIABLE) {
		response = MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);
		snprintf(text, sizeof(text), "bytes */%" PRId64, bytes);
	} else {
		decoy_bend(request, asked != NULL);
		response = MHD_create_response_from_callback(part.size_bytes, 1024, decoy_piece,
							     request, NULL);
		snprintf(text, sizeof(text), "bytes %" PRIu64 "-%" PRIu64 "/%" PRId64, part.first,
			 request->end - 1, bytes);
	}
	assert(response);
	if (answer != RANGE_WHOLE &&
	    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_RANGE, text) != MHD_YES)
		return MHD_NO;
	return decoy_queue(request, (unsigned int)answer, response);
}

/* Zeros without end, whatever was asked for. */
static enum MHD_Result decoy_never_end(struct decoy_request *request, int attack)
{
	request->end = UINT64_MAX;
	request->stop = UINT64_MAX;
	decoy_fired(request->face->decoy, attack);
	return decoy_queue(request, MHD_HTTP_OK,
			   MHD_create_response_from_callback(MHD_SIZE_UNKNOWN, 1024, decoy_piece,
							     request, NULL));
}

static enum MHD_Result decoy_redirect(struct decoy_request *request, int attack)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(0, NULL, MHD_RESPMEM_PERSISTENT);

	assert(response);
	decoy_fired(request->face->decoy, attack);
	if (MHD_add_response_header(response, MHD_HTTP_HEADER_LOCATION, DECOY_ROGUE) != MHD_YES)
		return MHD_NO;
	return decoy_queue(request, MHD_HTTP_FOUND, response);
}

/* The scenario's name for a path here: devices ask the servers that they know for it. */
static void decoy_uri(const struct decoy *decoy, const char *path, char uri[HAL_URI_MAX])
{
	const char *manifest = decoy->scenario->board.manifest_uri;

	snprintf(uri, HAL_URI_MAX, "%.*s%s", (int)(strrchr(manifest, '/') - manifest), manifest,
		 path);
}

static enum MHD_Result decoy_get(struct decoy_request *request, const char *path)
{
	char uri[HAL_URI_MAX];
	struct decoy *decoy = request->face->decoy;
	uint32_t mirror = request->face->mirror;
	int redirects = decoy_attack(decoy, mirror, DECOY_KIND(ATTACKER_REDIRECT));
	int never_ends = decoy_attack(decoy, mirror, DECOY_KIND(ATTACKER_NEVER_ENDS));
	const char *asked = MHD_lookup_connection_value(request->line->connection, MHD_HEADER_KIND,
							MHD_HTTP_HEADER_RANGE);
	bool manifest;
	int64_t bytes;

	decoy_uri(decoy, path, uri);
	manifest = strcmp(uri, decoy->scenario->board.manifest_uri) == 0;
	/* A mirror has images alone, and a manifest is for devices that it knows. */
	if (manifest && (mirror != 0 ||
			 strcmp(line_device(&decoy->lines, request->line, 0), DECOY_DEVICE) != 0))
		return decoy_say(request, mirror ? MHD_HTTP_NOT_FOUND : MHD_HTTP_FORBIDDEN);
	if (redirects >= 0)
		return decoy_redirect(request, redirects);
	if (never_ends >= 0)
		return decoy_never_end(request, never_ends);
	bytes = decoy_load(request, uri);
	if (bytes == FW_ERR_NO_DATA)
		return decoy_say(request, manifest ? MHD_HTTP_NO_CONTENT : MHD_HTTP_NOT_FOUND);
	if (bytes < 0)
		return decoy_say(request, MHD_HTTP_SERVICE_UNAVAILABLE);
	return decoy_send(request, asked, bytes);
}

/* ---- reports ---- */

static enum ledger_taken decoy_take(struct decoy *decoy, const struct told *told)
{
	enum ledger_taken taken = LEDGER_FAILED;

	if (ledger_begin(decoy->ledger) == 0)
		taken = ledger_take(decoy->ledger, told, 0);
	return ledger_commit(decoy->ledger) == 0 ? taken : LEDGER_FAILED;
}

/* As `serve` takes it; and who made the device is told of what is new. */
static enum MHD_Result decoy_report(struct decoy_request *request)
{
	struct decoy *decoy = request->face->decoy;
	int silent = decoy_attack(decoy, 0, DECOY_KIND(ATTACKER_NO_ANSWER));
	char why[TOLD_WHY_BYTES];
	enum ledger_taken taken;
	struct told told;

	if (told_parse(request->body, request->body_bytes, &told, why) != 0)
		return decoy_say(request, MHD_HTTP_BAD_REQUEST);
	if (strcmp(line_device(&decoy->lines, request->line, 0), told.device) != 0)
		return decoy_say(request, MHD_HTTP_FORBIDDEN);
	taken = decoy_take(decoy, &told);
	if (taken == LEDGER_CONFLICT || taken == LEDGER_FAILED)
		return decoy_say(request, MHD_HTTP_CONFLICT);
	if (taken == LEDGER_NEW && decoy->wiring->told)
		decoy->wiring->told(decoy->wiring->context, told.number, &told.report, told.saw);
	if (silent >= 0) {
		decoy_fired(decoy, silent);
		decoy_reset(request);
		return MHD_NO;
	}
	return decoy_say(request, MHD_HTTP_OK);
}

/* ---- the library's side ---- */

/* The device has taken the server for its maker's, and asks. */
static void decoy_believed(const struct decoy_face *face)
{
	const struct decoy *decoy = face->decoy;

	if (decoy->scenario->https[face->attack].does != ATTACKER_BACKUP_KEY && decoy->wiring &&
	    decoy->wiring->believed)
		decoy->wiring->believed(decoy->wiring->context, (uint32_t)face->attack);
}

static enum MHD_Result decoy_begin(struct decoy_face *face, struct MHD_Connection *connection,
				   void **request_context)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct decoy_request *request = calloc(1, sizeof(*request));

	assert(info && info->socket_context && request);
	request->face = face;
	request->line = info->socket_context;
	*request_context = request;
	return MHD_YES;
}

enum MHD_Result decoy_handle(void *context, struct MHD_Connection *connection, const char *url,
			     const char *method, const char *version, const char *upload_data,
			     size_t *upload_bytes, void **request_context)
{
	struct decoy_request *request = *request_context;

	(void)version;
	if (!request)
		return decoy_begin(context, connection, request_context);
	if (*upload_bytes) {
		if (*upload_bytes >= sizeof(request->body) - request->body_bytes)
			return MHD_NO;
		memcpy(request->body + request->body_bytes, upload_data, *upload_bytes);
		request->body_bytes += *upload_bytes;
		*upload_bytes = 0;
		return MHD_YES;
	}
	if (request->face->attack >= 0)
		decoy_believed(request->face);
	if (!request->face->decoy->wiring)
		return MHD_NO; /* asked by a device that is dead by now */
	if (strcmp(method, MHD_HTTP_METHOD_POST) == 0 && strcmp(url, "/report") == 0)
		return decoy_report(request);
	return decoy_get(request, url);
}

void decoy_done(void *context, struct MHD_Connection *connection, void **request_context,
		enum MHD_RequestTerminationCode how)
{
	struct decoy_request *request = *request_context;

	(void)context;
	(void)connection;
	(void)how;
	if (!request)
		return;
	free(request->data);
	free(request);
	*request_context = NULL;
}
