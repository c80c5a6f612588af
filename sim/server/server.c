/* The update server: its listeners and its loop. */
#include "sim/server/server.h"

#include <arpa/inet.h>
#include <assert.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "sim/server/request.h"

#define SERVER_TLS	   "NORMAL:-VERS-ALL:+VERS-TLS1.3"
#define SERVER_LINES_MAX   8192u
#define SERVER_SPARE_FILES 64u
#define SERVER_IDLE_S	   30u	  /* without a byte either way */
#define SERVER_PAUSE_MS	   20	  /* between two looks at the bandwidth */
#define SERVER_PIECE_BYTES 4096u  /* of bandwidth for each that is called up */
#define SERVER_LINE_BYTES  16384u /* memory of the library for a connection */

uint64_t server_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

int64_t server_now_s(void)
{
	return (int64_t)time(NULL);
}

/* ---- connections ---- */

static void server_line(void *context, struct MHD_Connection *connection, void **line,
			enum MHD_ConnectionNotificationCode what)
{
	struct server *server = ((struct server_listener *)context)->server;

	if (what == MHD_CONNECTION_NOTIFY_STARTED) {
		*line = line_open(&server->lines, connection, server_now_ms());
	} else {
		line_close(&server->lines, *line);
		*line = NULL;
	}
}

/* What the library has to say is about single connections, which come and go. */
__attribute__((format(printf, 2, 0))) static void server_library_says(void *context,
								      const char *format,
								      va_list list)
{
	(void)context;
	(void)format;
	(void)list;
}

/* As many connections as this process may have files, and no more than are of use. */
static unsigned int server_lines_max(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
		return 256;
	limit.rlim_cur = limit.rlim_max;
	(void)setrlimit(RLIMIT_NOFILE, &limit);
	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur < 2 * SERVER_SPARE_FILES)
		return SERVER_SPARE_FILES;
	return limit.rlim_cur - SERVER_SPARE_FILES < SERVER_LINES_MAX
		       ? (unsigned int)limit.rlim_cur - SERVER_SPARE_FILES
		       : SERVER_LINES_MAX;
}

static int server_listen(struct server *server, uint16_t port, bool mirror, char *why,
			 size_t why_bytes)
{
	struct server_listener *listener = &server->listeners[server->listener_count];
	const struct server_options *options = &server->options;
	struct sockaddr_in address = {.sin_family = AF_INET,
				      .sin_port = htons(port),
				      .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	const union MHD_DaemonInfo *info;

	*listener = (struct server_listener){.server = server, .mirror = mirror};
	listener->daemon = MHD_start_daemon(
		MHD_USE_TLS | MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME | MHD_USE_ERROR_LOG, port,
		NULL, NULL, request_handle, listener, MHD_OPTION_EXTERNAL_LOGGER,
		server_library_says, NULL, MHD_OPTION_SOCK_ADDR, &address, MHD_OPTION_HTTPS_MEM_KEY,
		options->key_pem, MHD_OPTION_HTTPS_MEM_CERT, options->cert_pem,
		MHD_OPTION_HTTPS_MEM_TRUST, options->authority_pem, MHD_OPTION_HTTPS_PRIORITIES,
		SERVER_TLS, MHD_OPTION_NOTIFY_COMPLETED, request_done, listener,
		MHD_OPTION_NOTIFY_CONNECTION, server_line, listener, MHD_OPTION_CONNECTION_LIMIT,
		server_lines_max(), MHD_OPTION_CONNECTION_TIMEOUT, SERVER_IDLE_S,
		MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)SERVER_LINE_BYTES,
		MHD_OPTION_LISTEN_BACKLOG_SIZE, 4096u, MHD_OPTION_STRICT_FOR_CLIENT, 1,
		MHD_OPTION_END);
	if (!listener->daemon) {
		snprintf(why, why_bytes,
			 "cannot listen on 127.0.0.1:%u, expected a port that is "
			 "free",
			 port);
		return -1;
	}
	server->listener_count++;
	info = MHD_get_daemon_info(listener->daemon, MHD_DAEMON_INFO_BIND_PORT);
	assert(info);
	listener->port = info->port;
	info = MHD_get_daemon_info(listener->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	assert(info);
	listener->poll = info->epoll_fd;
	return 0;
}

int server_open(struct server *server, const struct server_options *options, char *why,
		size_t why_bytes)
{
	server->options = *options;
	server->paused_last = &server->paused;
	server->lines.device_bytes_per_s = options->device_bytes_per_s;
	flow_open(&server->flow, options->bytes_per_s, server_now_ms());
	if (server_listen(server, options->port, false, why, why_bytes) != 0)
		return -1;
	for (uint32_t i = 0; i < options->mirror_count; i++)
		if (server_listen(server, options->mirrors[i], true, why, why_bytes) != 0)
			return -1;
	return 0;
}

/* ---- the loop ---- */

/* What everybody in this turn has told reaches the disk at once, and then each is answered. */
static void server_commit(struct server *server)
{
	bool kept = desk_commit(&server->desk) == 0;

	server->failed |= !kept;
	server->committed = server->waiting != NULL;
	while (server->waiting) {
		struct request *request = server->waiting;

		server->waiting = request->next;
		request->wait = REQUEST_COMMITTED;
		if (!kept) {
			request->status = MHD_HTTP_SERVICE_UNAVAILABLE;
			request->text = "the ledger fails\n";
			request->file = NULL;
		}
		MHD_resume_connection(request->line->connection);
	}
}

/* Those who wait longest go on, as many as there is bandwidth for. */
static void server_call_up(struct server *server, bool all)
{
	uint64_t now_ms = server_now_ms();
	uint64_t bytes = flow_may(&server->flow, UINT64_MAX, now_ms);
	struct request *request = server->paused;

	server->paused = NULL;
	server->paused_last = &server->paused;
	while (request) {
		struct request *next = request->next;
		bool may = bytes > 0 && flow_may(line_flow(request->line), 1, now_ms) > 0;

		if (may || all) {
			request->wait = REQUEST_FREE;
			bytes -= bytes < SERVER_PIECE_BYTES ? bytes : SERVER_PIECE_BYTES;
			MHD_resume_connection(request->line->connection);
		} else {
			request->next = NULL;
			*server->paused_last = request;
			server->paused_last = &request->next;
		}
		request = next;
	}
}

static int server_patience(const struct server *server, int wait_ms)
{
	if (server->committed)
		return 0; /* they are resumed, which the library does not wake us for */
	if (server->paused && wait_ms > SERVER_PAUSE_MS)
		wait_ms = SERVER_PAUSE_MS;
	for (uint32_t i = 0; i < server->listener_count; i++) {
		MHD_UNSIGNED_LONG_LONG timeout;

		if (MHD_get_timeout(server->listeners[i].daemon, &timeout) == MHD_YES &&
		    timeout < (MHD_UNSIGNED_LONG_LONG)wait_ms)
			wait_ms = (int)timeout;
	}
	return wait_ms;
}

void server_turn(struct server *server, int stop, int wait_ms)
{
	struct pollfd waits[SERVER_LISTENERS_MAX + 1];
	nfds_t count = 0;

	for (; count < server->listener_count; count++)
		waits[count] =
			(struct pollfd){.fd = server->listeners[count].poll, .events = POLLIN};
	waits[count++] = (struct pollfd){.fd = stop, .events = POLLIN};
	(void)poll(waits, count, server_patience(server, wait_ms));
	server->committed = false;
	if (server->paused)
		server_call_up(server, false);
	for (uint32_t i = 0; i < server->listener_count; i++)
		(void)MHD_run(server->listeners[i].daemon);
	if (server->waiting)
		server_commit(server);
}

void server_tick(struct server *server)
{
	desk_tick(&server->desk, server_now_s());
	server_commit(server);
	server->hung_up +=
		line_sweep(&server->lines, server_now_ms(), server->options.patience_s * 1000u);
}

void server_close(struct server *server)
{
	if (server->listener_count == 0)
		return;
	server_commit(server);
	server_call_up(server, true);
	server_turn(server, -1, 0);
	server_commit(server);
	for (uint32_t i = 0; i < server->listener_count; i++)
		MHD_stop_daemon(server->listeners[i].daemon);
	server->listener_count = 0;
}
