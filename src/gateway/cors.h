/*
 * Which foreign pages may read our answers (the Fetch standard's CORS protocol): none, unless their origin is listed.
 * Who may do what never rests on it: no cookie is ever looked at.
 */
#ifndef GATEWAY_CORS_H
#define GATEWAY_CORS_H

#include <stdbool.h>

#include "base/buf.h"
#include "gateway/http.h"

struct cors {
    const char *origins; /* "https://a.example,https://b.example", or "*" for all; NULL: none */
};

/* Check a list of origins. Return: 0; TS_EINVALID and one line in *ret_problem. */
int cors_check(const char *origins, struct buf *ret_problem);

/* Check our own one (NULL: not said). Return: as cors_check(). */
int origin_check(const char *origin, struct buf *ret_problem);

/* Mark the answer to this request, whatever it will be, for the page that asks. Return: true if that page may read. */
bool cors_mark(const struct cors *cors, struct http_request *request);

/* True if the request has an Origin, and that is the host that it asks. */
bool cors_is_own(const struct http_request *request);

/*
 * A page may open a WebSocket without asking by CORS, so we look: true for no Origin (not a browser), a page of the
 * host that it asks, and an origin of the list.
 */
bool cors_may_connect(const struct cors *cors, const struct http_request *request);

/* Answer a preflight that may go on. */
void cors_answer_preflight(struct http_request *request);

#endif
