/* What goes back. */
#include "sim/server/answer.h"

#include <assert.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "sim/server/range.h"

#define ANSWER_PIECE	  16384u
#define ANSWER_PATH_BYTES 96u
/* A page has our own style and forms that come back here, and nothing else at all. */
#define ANSWER_POLICY                                                                 \
	"default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; " \
	"frame-ancestors 'none'"

static void answer_header(struct MHD_Response *response, const char *name, const char *value)
{
	enum MHD_Result added = MHD_add_response_header(response, name, value);

	assert(added == MHD_YES);
}

static enum MHD_Result answer_queue(struct request *request, unsigned int status,
				    struct MHD_Response *response)
{
	enum MHD_Result queued;

	assert(response && status < SERVER_STATUSES);
	request->listener->server->answers[status]++;
	queued = MHD_queue_response(request->line->connection, status, response);
	MHD_destroy_response(response);
	return queued;
}

static struct MHD_Response *answer_copy(const char *text)
{
	/* The library takes what it is told to copy as writable, and does not write. */
	return MHD_create_response_from_buffer(strlen(text), (void *)(uintptr_t)text,
					       MHD_RESPMEM_MUST_COPY);
}

enum MHD_Result answer_text(struct request *request, unsigned int status, const char *type,
			    const char *text, const struct answer_header *more)
{
	struct MHD_Response *response = answer_copy(text);

	assert(response);
	if (*text)
		answer_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	answer_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	answer_header(response, "X-Content-Type-Options", "nosniff");
	for (; more && more->name; more++)
		answer_header(response, more->name, more->value);
	return answer_queue(request, status, response);
}

enum MHD_Result answer_page(struct request *request, const char *type, char *text)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE);

	assert(response);
	answer_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	answer_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	answer_header(response, "X-Content-Type-Options", "nosniff");
	answer_header(response, "Referrer-Policy", "no-referrer");
	answer_header(response, "Content-Security-Policy", ANSWER_POLICY);
	return answer_queue(request, MHD_HTTP_OK, response);
}

/* A client's word as a log may have it: no byte that a terminal acts on, and not much of it. */
static void answer_plain(const char *from, char to[ANSWER_PATH_BYTES])
{
	size_t used = 0;

	for (; *from && used + 1 < ANSWER_PATH_BYTES; from++)
		to[used++] = *from > ' ' && *from <= '~' ? *from : '?';
	to[used] = '\0';
}

enum MHD_Result answer_refuse(struct request *request, unsigned int status, const char *method,
			      const char *path, const char *why)
{
	struct server *server = request->listener->server;
	static const struct answer_header allowed[] = {{MHD_HTTP_HEADER_ALLOW, "GET, HEAD, POST"},
						       {NULL, NULL}};
	char plain[ANSWER_PATH_BYTES], verb[ANSWER_PATH_BYTES], *text;
	enum MHD_Result queued;

	answer_plain(path, plain);
	answer_plain(method, verb);
	fprintf(stderr, "brownout serve: %u %s %s by %s: %s\n", status, verb, plain,
		line_device(&server->lines, request->line, server_now_ms()), why);
	if (asprintf(&text, "%s\n", why) < 0)
		abort();
	queued = answer_text(request, status, "text/plain; charset=utf-8", text,
			     status == MHD_HTTP_METHOD_NOT_ALLOWED ? allowed : NULL);
	free(text);
	return queued;
}

/* ---- files ---- */

/* Behind those who wait already; the loop calls them up when there is bandwidth again. */
static void answer_pause(struct request *request)
{
	struct server *server = request->listener->server;

	MHD_suspend_connection(request->line->connection);
	request->wait = REQUEST_FOR_BANDWIDTH;
	request->next = NULL;
	*server->paused_last = request;
	server->paused_last = &request->next;
}

static ssize_t answer_piece(void *context, uint64_t offset, char *to, size_t room)
{
	struct request *request = context;
	struct server *server = request->listener->server;
	struct flow *own = line_flow(request->line);
	uint64_t now_ms = server_now_ms(), may = request->left < room ? request->left : room;

	(void)offset;
	may = flow_may(own, flow_may(&server->flow, may, now_ms), now_ms);
	if (may == 0) {
		answer_pause(request);
		return 0;
	}
	flow_take(own, may);
	flow_take(&server->flow, may);
	memcpy(to, request->data, may);
	request->data += may;
	request->left -= may;
	return (ssize_t)may;
}

static const char *answer_asked(struct request *request, const char *header)
{
	return MHD_lookup_connection_value(request->line->connection, MHD_HEADER_KIND, header);
}

static enum MHD_Result answer_file_unsatisfiable(struct request *request,
						 const struct shelf_file *file)
{
	char text[64];
	const struct answer_header more[] = {{MHD_HTTP_HEADER_CONTENT_RANGE, text}, {NULL, NULL}};

	snprintf(text, sizeof(text), "bytes */%zu", file->size_bytes);
	return answer_text(request, MHD_HTTP_RANGE_NOT_SATISFIABLE, "text/plain; charset=utf-8",
			   "the range begins behind the file's end\n", more);
}

enum MHD_Result answer_file(struct request *request, const struct shelf_file *file)
{
	const char *range = answer_asked(request, MHD_HTTP_HEADER_RANGE);
	const char *if_range = answer_asked(request, MHD_HTTP_HEADER_IF_RANGE);
	struct server *server = request->listener->server;
	struct MHD_Response *response;
	struct range part;
	enum range_answer answer =
		range_parse(range, if_range, file->etag, file->size_bytes, &part);

	if (answer == RANGE_UNSATISFIABLE)
		return answer_file_unsatisfiable(request, file);
	(void)line_device(&server->lines, request->line, server_now_ms()); /* whose bandwidth */
	request->data = file->data + part.first;
	request->left = part.size_bytes;
	response = MHD_create_response_from_callback(part.size_bytes, ANSWER_PIECE, answer_piece,
						     request, NULL);
	assert(response);
	answer_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, file->type);
	answer_header(response, MHD_HTTP_HEADER_ETAG, file->etag);
	answer_header(response, MHD_HTTP_HEADER_ACCEPT_RANGES, "bytes");
	if (answer == RANGE_PART) {
		char text[80];

		snprintf(text, sizeof(text), "bytes %" PRIu64 "-%" PRIu64 "/%zu", part.first,
			 part.first + part.size_bytes - 1, file->size_bytes);
		answer_header(response, MHD_HTTP_HEADER_CONTENT_RANGE, text);
	}
	return answer_queue(request, (unsigned int)answer, response);
}
