/*
 * HTTP for the rest of the program: a request is a plain struct on memory of its own, handled on a fiber; an answer is
 * a plain struct too. libh2o stays behind this header. A client may vanish at any moment: the request stays valid until
 * its handler returns, and the answer to nobody is dropped.
 */
#ifndef GATEWAY_HTTP_H
#define GATEWAY_HTTP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/address.h"
#include "base/arena.h"
#include "base/buf.h"

struct http;
struct loop;
struct proxies;
struct ssl_ctx_st;
struct stream;
struct tunnel;

enum http_method { HTTP_GET, HTTP_HEAD, HTTP_POST, HTTP_OPTIONS, HTTP_OTHER };

enum {
    HTTP_REPLY_HEADERS_MAX = 12, /* a page has the most */
    HTTP_MARKS_MAX = 5,
    HTTP_ADDRESS_SIZE = 128, /* "unix:" and a socket's path */
    HTTP_OUT_SIZE_MAX = 4 << 20,
};

struct http_header {
    const char *name; /* lower case; NULL ends a list */
    const char *value;
};

/* Strings live on the request's arena, on its `out`, or are static: h2o reads them after the handler has returned. */
struct http_reply {
    int status;
    const char *content_type;
    const char *body;
    size_t body_size;
    const char *cache_control; /* NULL: no-store */
    struct http_header headers[HTTP_REPLY_HEADERS_MAX + 1];
    bool close; /* end the connection after this answer (HTTP/1) */
    /* Instead of a body; each hears the end of it, even when it never began. */
    struct tunnel *tunnel; /* status 101: the connection is its */
    struct stream *stream; /* sends the body piece by piece */
};

struct http_request {
    struct ts_arena arena;
    struct buf out; /* for the body of the answer */
    enum http_method method;
    const char *method_name;
    const char *path;  /* as sent, without the query */
    const char *query; /* what follows '?', or NULL */
    const char *body;
    size_t body_size;
    /* headers; NULL when absent */
    const char *accept, *accept_encoding, *accept_language, *authorization, *content_type, *if_none_match, *traceparent,
        *request_id, *trace, *last_event_id;
    const char *origin, *preflight_method; /* Origin; Access-Control-Request-Method */
    const char *cookie, *fetch_site;       /* all Cookie headers, joined by "; "; Sec-Fetch-Site */
    const char *host; /* read only when there is an origin to compare it with, or the server wants it */
    const char *stripe_signature;
    const char *upgrade, *websocket_key, *websocket_version, *websocket_protocol;
    const char *forwarded_for;      /* all X-Forwarded-For headers, joined by ", "; read only from proxies of ours */
    char client[ADDRESS_TEXT_SIZE]; /* of whoever asks, for proxies say so; "local": over a unix socket */
    bool is_proxy;                  /* that is one of ours, which did not say for whom it asks */
    bool is_tls;
    int version;         /* 0x100, 0x101, 0x200 */
    uint64_t started_ns; /* loop_hrtime_ns() */
    int64_t deadline_ms; /* on loop_now_ms() */
    struct http_reply reply;
    struct http_header marks[HTTP_MARKS_MAX + 1]; /* headers of whatever the answer will be */
    const char *route;                            /* what pattern of ours the path met; NULL: none. It outlives us */
    void *context;                                /* for the handler: what its own functions share about this request */
    /* private to src/gateway/{http,request,reply,sweeper,drain}.c */
    struct http *http;
    struct connection *connection;
    struct st_h2o_req_t *req; /* NULL once the client is gone */
    struct http_request *previous, *next, *next_queued;
    unsigned refs;
    bool answered, sent;
    int64_t answered_ms;
};

struct http_config {
    struct loop *loop;
    struct ssl_ctx_st *tls; /* NULL: plain */
    bool http2;
    unsigned connections_max, connections_per_address_max; /* the second: 0 for none */
    const struct proxies *proxies; /* who is believed about for whom it asks, and has no limit; NULL: nobody */
    unsigned requests_max;
    bool wants_host;                                           /* each request's `host` is read */
    int64_t timeout_ms;                                        /* head and body of a request together; and idle */
    int64_t deadline_ms;                                       /* the longest that a request may take */
    void (*serve)(struct http_request *request, void *data);   /* on a fiber of its own; ends with http_reply() */
    void (*on_done)(struct http_request *request, void *data); /* answered (request->reply says how), or given up */
    void *data;
};

struct http_stats {
    unsigned long connections, connections_total, connections_refused, connections_killed;
    unsigned long requests, requests_total, requests_refused; /* in flight; all; by the guard or admission */
    unsigned long replies_by_class[6];                        /* [2]: 2xx */
};

struct http *http_new(const struct http_config *config);

/*
 * Listen at "HOST:PORT" (an address, or "localhost"; port 0: any free one) or "unix:PATH" (mode 0600, a stale socket
 * is replaced). Return: 0 and the address bound; TS_EINVALID or TS_EUNAVAILABLE and one line in *ret_problem.
 */
int http_listen(struct http *http, const char *address, char ret_bound[HTTP_ADDRESS_SIZE], struct buf *ret_problem);

/* Add to a list of headers with room for `max` and its end. */
void http_header_add(struct http_header *headers, size_t max, const char *name, const char *value);

/* Answer, once, from the request's fiber; later answers to the same request are ignored. */
void http_reply(struct http_request *request, const struct http_reply *reply);

/*
 * Stop gracefully: no new connections, idle ones end, requests in flight are answered. `stopped` is called when all is
 * gone, at most `stop_ms_max` later.
 */
void http_stop(struct http *http, int64_t stop_ms_max, void (*stopped)(void *data), void *data);
void http_free(struct http *http); /* after `stopped`, and a tick for handles to close */

void http_stats(const struct http *http, struct http_stats *ret_stats);

#endif
