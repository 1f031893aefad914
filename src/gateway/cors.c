/*
 * The headers allowed are those that we read and those that clients in use send along. Credentials are the
 * Authorization header alone, for cookies count on our own pages only (cookie.h); so `*` is safe to allow, and
 * Allow-Credentials is never sent.
 */
#include "gateway/cors.h"

#include <string.h>
#include <strings.h>

#include "tessera/err.h"

static bool is_origin(const char *text, size_t size)
{
    size_t scheme = size > 7 && memcmp(text, "http://", 7) == 0    ? 7
                    : size > 8 && memcmp(text, "https://", 8) == 0 ? 8
                                                                   : 0;

    if (!scheme)
        return false;
    for (size_t i = scheme; i < size; i++) {
        if (strchr("/?#@*, ", text[i]) || text[i] < 0x21 || text[i] > 0x7e)
            return false;
    }
    return true;
}

int cors_check(const char *origins, struct buf *ret_problem)
{
    if (!origins || strcmp(origins, "*") == 0)
        return 0;
    for (const char *at = origins;; at++) {
        size_t size = strcspn(at, ",");

        if (!is_origin(at, size)) {
            buf_printf(ret_problem, "--cors-origin is * or origins as https://shop.example, separated by commas\n");
            return TS_EINVALID;
        }
        at += size;
        if (!*at)
            return 0;
    }
}

int origin_check(const char *origin, struct buf *ret_problem)
{
    if (!origin || (is_origin(origin, strlen(origin)) && !strpbrk(origin, "ABCDEFGHIJKLMNOPQRSTUVWXYZ")))
        return 0;
    buf_printf(ret_problem,
               "--web-origin is as browsers say it: https://tickets.example, in lower case, nothing behind\n");
    return TS_EINVALID;
}

static bool is_listed(const char *origins, const char *origin)
{
    size_t size = strlen(origin);

    for (const char *at = origins; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
        if (strncmp(at, origin, size) == 0 && (at[size] == ',' || at[size] == '\0'))
            return size > 0;
    }
    return false;
}

bool cors_mark(const struct cors *cors, struct http_request *request)
{
    bool any = cors->origins && strcmp(cors->origins, "*") == 0;
    bool allowed = request->origin && cors->origins && (any || is_listed(cors->origins, request->origin));

    if (cors->origins && !any)
        http_header_add(request->marks, HTTP_MARKS_MAX, "vary", "origin"); /* for those not listed too */
    if (!allowed)
        return false;
    http_header_add(request->marks, HTTP_MARKS_MAX, "access-control-allow-origin", any ? "*" : request->origin);
    http_header_add(request->marks, HTTP_MARKS_MAX, "access-control-expose-headers",
                    "x-request-id, traceparent, retry-after");
    return true;
}

/* The scheme is not compared: a proxy may have taken TLS off. */
static bool is_of_host(const char *origin, const char *host)
{
    const char *name = strstr(origin, "://");

    return name && host && *host && strcasecmp(name + 3, host) == 0;
}

bool cors_is_own(const struct http_request *request)
{
    return request->origin && is_of_host(request->origin, request->host);
}

bool cors_may_connect(const struct cors *cors, const struct http_request *request)
{
    const char *origin = request->origin;

    return !origin || is_of_host(origin, request->host) ||
           (cors->origins && (strcmp(cors->origins, "*") == 0 || is_listed(cors->origins, origin)));
}

void cors_answer_preflight(struct http_request *request)
{
    struct http_reply reply = {
        .status = 204,
        .headers = {
            { "access-control-allow-methods", "GET, HEAD, POST" },
            { "access-control-allow-headers",
              "accept, accept-language, apollo-require-preflight, apollographql-client-name, "
              "apollographql-client-version, authorization, cache-control, content-type, last-event-id, traceparent, "
              "x-apollo-operation-name, x-request-id, x-tessera-trace" },
            { "access-control-max-age", "7200" },
        },
    };

    http_reply(request, &reply);
}
