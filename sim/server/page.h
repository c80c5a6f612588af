/* The status page: what a person wants to see of a rollout, and two buttons. */
#ifndef SERVER_PAGE_H
#define SERVER_PAGE_H

#include "sim/server/server.h"

/* malloc'd. Nothing on it is anybody's text but ours: numbers, versions, names of states. */
char *page_html(struct server *server, int64_t now_s);
char *page_css(void);

#endif
