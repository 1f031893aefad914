/*
 * HTTP/1.1 to a server of our own on this machine (tessera-web): asked from a fiber, over connections that are kept.
 * It is trusted to speak plainly: an answer has a Content-Length and comes whole, or it is none.
 */
#ifndef GATEWAY_UPSTREAM_H
#define GATEWAY_UPSTREAM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "gateway/http.h"

enum { UPSTREAM_HEADERS_MAX = 32, UPSTREAM_ANSWER_SIZE_MAX = 4 << 20 };

struct upstream;
struct ts_arena;

struct upstream_request {
    const char *method; /* GET or POST */
    const char *target;
    const struct http_header *headers; /* end with a NULL name, and need no Content-Length */
    const char *body;
    size_t body_size;
    int64_t deadline_ms; /* on the loop's clock */
};

struct upstream_answer {
    int status;
    struct http_header headers[UPSTREAM_HEADERS_MAX + 1]; /* names in lower case; on the arena, as the body */
    const char *body;
    size_t body_size;
};

struct upstream *upstream_new(struct loop *loop);
/* When nobody asks any more. */
void upstream_free(struct upstream *upstream);

/* It listens at 127.0.0.1:port; 0: it does not. Connections to where it was are closed. */
void upstream_move(struct upstream *upstream, uint16_t port);

/*
 * Ask, from a fiber. Return: 0 and *ret_answer; TS_EUNAVAILABLE: nobody is there, and nothing was asked; TS_EUNKNOWN:
 * it was asked, and no whole answer came in time; TS_EINVALID: the head of the request is too long.
 */
int upstream_ask(struct upstream *upstream, struct ts_arena *arena, const struct upstream_request *request,
                 struct upstream_answer *ret_answer);

#endif
