/*
 * The shop's pages, which tessera-web renders: whatever has no other owner here is asked for there. What may be shared
 * is kept for as long as it says, so many who come at once cost one rendering; when tessera-web is away, what was kept
 * is shown for an hour more, and else a page that says to come back in a moment.
 */
#ifndef GATEWAY_PAGES_H
#define GATEWAY_PAGES_H

#include "gateway/http.h"

struct pages;

struct pages *pages_new(struct loop *loop);
/* After the last request; NULL is fine. */
void pages_free(struct pages *pages);

/* tessera-web listens at 127.0.0.1:port; 0: it is away. */
void pages_move(struct pages *pages, uint16_t port);

/* Answer a request for a page, or a form of one. From its fiber. Return: true if it was one and is answered. */
bool pages_serve(struct pages *pages, struct http_request *request);

struct pages_stats {
    unsigned long kept, asked, away; /* answered from what was kept, by tessera-web, by neither */
    size_t bytes;                    /* kept now */
};
void pages_stats(const struct pages *pages, struct pages_stats *ret_stats);

#endif
