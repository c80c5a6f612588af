/* What a monitor asks for: Prometheus' text format, 0.0.4. */
#ifndef SERVER_METRICS_H
#define SERVER_METRICS_H

#include "sim/server/server.h"

/* malloc'd. */
char *metrics_text(struct server *server);

#endif
