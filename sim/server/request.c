/* One request, from its head to its answer. */
#include "sim/server/request.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <openssl/crypto.h>

#include "sim/server/answer.h"
#include "sim/server/metrics.h"
#include "sim/server/page.h"

#define REQUEST_TEXT "text/plain; charset=utf-8"

/* ---- the disk ---- */

/* The answer stands, and goes out when what it says is on the disk. */
static enum MHD_Result request_wait(struct request *request, unsigned int status, const char *text,
				    const struct shelf_file *file)
{
	struct server *server = request->listener->server;

	request->status = status;
	request->text = text;
	request->file = file;
	request->wait = REQUEST_FOR_DISK;
	request->next = server->waiting;
	server->waiting = request;
	MHD_suspend_connection(request->line->connection);
	return MHD_YES;
}

static enum MHD_Result request_say(struct request *request)
{
	static const struct answer_header home[] = {{MHD_HTTP_HEADER_LOCATION, "/"}, {NULL, NULL}};

	if (request->status == MHD_HTTP_SEE_OTHER)
		return answer_text(request, request->status, REQUEST_TEXT, request->text, home);
	if (request->file)
		return answer_file(request, request->file);
	return answer_text(request, request->status, REQUEST_TEXT, request->text, NULL);
}

static enum MHD_Result request_no_ledger(struct request *request)
{
	return answer_text(request, MHD_HTTP_SERVICE_UNAVAILABLE, REQUEST_TEXT,
			   "the ledger fails\n", NULL);
}

/* ---- devices ---- */

static const char *request_device(struct request *request)
{
	return line_device(&request->listener->server->lines, request->line, server_now_ms());
}

static enum MHD_Result request_wait_for_stage(struct request *request,
					      const struct rollout_reply *reply)
{
	char seconds[16];
	const struct answer_header more[] = {{MHD_HTTP_HEADER_RETRY_AFTER, seconds},
					     {"Brownout-Waits-For", rollout_wait_name(reply->wait)},
					     {NULL, NULL}};

	snprintf(seconds, sizeof(seconds), "%u", reply->retry_s);
	return answer_text(request, MHD_HTTP_NO_CONTENT, REQUEST_TEXT, "",
			   reply->answer == ROLLOUT_WAIT ? more : NULL);
}

static enum MHD_Result request_manifest(struct request *request)
{
	struct server *server = request->listener->server;
	const char *device = request_device(request);
	const struct shelf_release *release;
	struct rollout_reply reply;
	enum desk_says says;

	if (strcmp(device, LINE_STRANGER) == 0)
		return answer_refuse(request, MHD_HTTP_FORBIDDEN, "GET", "/manifest",
				     "no certificate of a device, expected one that this server's "
				     "authority has signed");
	says = desk_ask(&server->desk, device, server_now_s(), &reply);
	if (says == DESK_FAILED) {
		server->failed = true;
		return request_no_ledger(request);
	}
	if (reply.answer != ROLLOUT_OFFER)
		return request_wait_for_stage(request, &reply);
	release = shelf_release(server->shelf, reply.sequence);
	if (!release)
		return answer_refuse(request, MHD_HTTP_SERVICE_UNAVAILABLE, "GET", "/manifest",
				     "the release that is rolled out is not among the folders "
				     "that are served");
	if (says == DESK_WRITES)
		return request_wait(request, MHD_HTTP_OK, "", &release->files[0]);
	return answer_file(request, &release->files[0]);
}

static enum MHD_Result request_report(struct request *request)
{
	struct server *server = request->listener->server;
	const char *device = request_device(request);
	char why[TOLD_WHY_BYTES];
	enum ledger_taken taken;
	struct told told;

	if (told_parse(request->body, request->body_bytes, &told, why) != 0)
		return answer_refuse(request, MHD_HTTP_BAD_REQUEST, "POST", "/report", why);
	if (strcmp(device, told.device) != 0)
		return answer_refuse(request, MHD_HTTP_FORBIDDEN, "POST", "/report",
				     "the report names another device than the certificate, "
				     "expected a device's own");
	if (desk_tell(&server->desk, &told, server_now_s(), &taken) == DESK_FAILED) {
		server->failed = true;
		return request_no_ledger(request);
	}
	if (taken == LEDGER_CONFLICT)
		return answer_refuse(request, MHD_HTTP_CONFLICT, "POST", "/report",
				     "another report of that number is there already");
	return request_wait(request, MHD_HTTP_OK,
			    taken == LEDGER_NEW ? "accepted\n" : "known already\n", NULL);
}

/* ---- people ---- */

/* The field token of a form; what would need decoding is no token of ours. */
static bool request_token_good(const struct request *request)
{
	const char *token = request->listener->server->options.token;
	const char *at = request->body;

	while (at && strncmp(at, "token=", 6) != 0) {
		at = strchr(at, '&');
		at = at ? at + 1 : NULL;
	}
	return at && strcspn(at + 6, "&") == strlen(token) &&
	       CRYPTO_memcmp(at + 6, token, strlen(token)) == 0;
}

static const struct {
	const char *path, *done, *refused;
} request_orders[DESK_ORDERS] = {
	[DESK_PAUSE] = {"/pause", "paused", "no rollout is running"},
	[DESK_RESUME] = {"/resume", "resumed", "no rollout is paused"},
	[DESK_ABORT] = {"/abort", "aborted", "no rollout is running or paused"},
};

/* The order that a path stands for; DESK_ORDERS: none. */
static enum desk_order request_order(const char *path)
{
	int order = 0;

	while (order < DESK_ORDERS && strcmp(path, request_orders[order].path) != 0)
		order++;
	return (enum desk_order)order;
}

static enum MHD_Result request_button(struct request *request, enum desk_order order)
{
	const char *path = request_orders[order].path;
	struct server *server = request->listener->server;
	bool good = request_token_good(request), done;

	OPENSSL_cleanse(request->body, sizeof(request->body));
	if (!good)
		return answer_refuse(request, MHD_HTTP_FORBIDDEN, "POST", path,
				     "not the token, expected what stands in the server's file "
				     "token");
	done = desk_order(&server->desk, order, server_now_s());
	if (!done)
		return answer_refuse(request, MHD_HTTP_CONFLICT, "POST", path,
				     request_orders[order].refused);
	fprintf(stderr, "brownout serve: rollout %s by hand\n", request_orders[order].done);
	return request_wait(request, MHD_HTTP_SEE_OTHER, "", NULL);
}

/* ---- which is which ---- */

static enum MHD_Result request_get(struct request *request, const char *method, const char *path)
{
	struct server *server = request->listener->server;
	const struct shelf_file *file = shelf_find(server->shelf, path);
	bool mirror = request->listener->mirror;

	if (file)
		return answer_file(request, file);
	if (!mirror && strcmp(path, "/manifest") == 0)
		return request_manifest(request);
	if (!mirror && strcmp(path, "/metrics") == 0)
		return answer_page(request, "text/plain; version=0.0.4; charset=utf-8",
				   metrics_text(server));
	if (!mirror && strcmp(path, "/") == 0)
		return answer_page(request, "text/html; charset=utf-8",
				   page_html(server, server_now_s()));
	if (!mirror && strcmp(path, "/style.css") == 0)
		return answer_page(request, "text/css; charset=utf-8", page_css());
	return answer_refuse(request, MHD_HTTP_NOT_FOUND, method, path, "nothing lies there");
}

static enum MHD_Result request_post(struct request *request, const char *path)
{
	bool report = strcmp(path, "/report") == 0;
	enum desk_order order = request_order(path);

	if (request->listener->mirror || (!report && order == DESK_ORDERS))
		return answer_refuse(request, MHD_HTTP_NOT_FOUND, "POST", path,
				     "nothing is taken there");
	if (request->body_bytes > REQUEST_BODY_MAX)
		return answer_refuse(request, MHD_HTTP_CONTENT_TOO_LARGE, "POST", path,
				     "the body is too large, expected at most 4096 bytes");
	return report ? request_report(request) : request_button(request, order);
}

static enum MHD_Result request_whole(struct request *request, const char *method, const char *path)
{
	if (strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0)
		return request_get(request, method, path);
	if (strcmp(method, MHD_HTTP_METHOD_POST) == 0)
		return request_post(request, path);
	return answer_refuse(request, MHD_HTTP_METHOD_NOT_ALLOWED, method, path,
			     "not a method that is known here");
}

/* ---- the library's side ---- */

static void request_body(struct request *request, const char *data, size_t size_bytes)
{
	size_t room = sizeof(request->body) - 1 - request->body_bytes;

	if (request->body_bytes > REQUEST_BODY_MAX)
		return;
	if (size_bytes > room) {
		request->body_bytes = REQUEST_BODY_MAX + 1;
		return;
	}
	memcpy(request->body + request->body_bytes, data, size_bytes);
	request->body_bytes += size_bytes;
}

static enum MHD_Result request_begin(struct server_listener *listener,
				     struct MHD_Connection *connection, void **request_context)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT);
	struct request *request = calloc(1, sizeof(*request));

	assert(info && info->socket_context && request);
	request->listener = listener;
	request->line = info->socket_context;
	*request_context = request;
	return MHD_YES;
}

enum MHD_Result request_handle(void *context, struct MHD_Connection *connection, const char *url,
			       const char *method, const char *version, const char *upload_data,
			       size_t *upload_bytes, void **request_context)
{
	struct request *request = *request_context;

	(void)version;
	if (!request)
		return request_begin(context, connection, request_context);
	if (*upload_bytes) {
		request_body(request, upload_data, *upload_bytes);
		*upload_bytes = 0;
		return MHD_YES;
	}
	if (request->wait == REQUEST_COMMITTED)
		return request_say(request);
	if (request->wait != REQUEST_FREE)
		return MHD_YES;
	request->line->busy = true;
	return request_whole(request, method, url);
}

void request_done(void *context, struct MHD_Connection *connection, void **request_context,
		  enum MHD_RequestTerminationCode how)
{
	struct request *request = *request_context;

	(void)context;
	(void)connection;
	(void)how;
	if (!request)
		return;
	/* The library ends no request while it is suspended. */
	assert(request->wait == REQUEST_FREE || request->wait == REQUEST_COMMITTED);
	request->line->busy = false;
	request->line->since_ms = server_now_ms();
	free(request);
	*request_context = NULL;
}
