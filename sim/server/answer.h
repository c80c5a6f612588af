/* What goes back: a status, a text or a file, and a line in the log where something is refused. */
#ifndef SERVER_ANSWER_H
#define SERVER_ANSWER_H

#include "sim/server/request.h"

/* Headers more: an array that ends with a name of NULL, or NULL for none. */
struct answer_header {
	const char *name, *value;
};

/* text is copied; "" : no body. */
enum MHD_Result answer_text(struct request *request, unsigned int status, const char *type,
			    const char *text, const struct answer_header *more);
/* text is free()d. A page of ours, with what a browser may not do with it. */
enum MHD_Result answer_page(struct request *request, const char *type, char *text);
/* Says in the log and to the client why not. path may be NULL; it is the client's word. */
enum MHD_Result answer_refuse(struct request *request, unsigned int status, const char *method,
			      const char *path, const char *why);
/* The part that the request asks for, as fast as bandwidth lets it. */
enum MHD_Result answer_file(struct request *request, const struct shelf_file *file);

#endif
