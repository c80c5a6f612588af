/* One request, from its head to its answer. */
#ifndef SERVER_REQUEST_H
#define SERVER_REQUEST_H

#include "sim/server/server.h"

#define REQUEST_BODY_MAX 4096u

/* What an answer waits for. */
enum request_wait {
	REQUEST_FREE,
	REQUEST_FOR_DISK,
	REQUEST_COMMITTED,
	REQUEST_FOR_BANDWIDTH,
};

struct request {
	struct server_listener *listener;
	struct line *line;
	char body[REQUEST_BODY_MAX + 1];
	size_t body_bytes; /* one more than REQUEST_BODY_MAX: there was more */
	enum request_wait wait;
	/* What is answered once it is committed. */
	unsigned int status;
	const char *text;
	const struct shelf_file *file;
	/* A file on its way. */
	const uint8_t *data;
	size_t left;
	struct request *next;
};

/* MHD_AccessHandlerCallback; its context is a struct server_listener. */
enum MHD_Result request_handle(void *context, struct MHD_Connection *connection, const char *url,
			       const char *method, const char *version, const char *upload_data,
			       size_t *upload_bytes, void **request_context);
/* MHD_RequestCompletedCallback. */
void request_done(void *context, struct MHD_Connection *connection, void **request_context,
		  enum MHD_RequestTerminationCode how);

#endif
