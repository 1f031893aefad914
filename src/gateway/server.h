/* What the files of the HTTP wrapper share: the server, its connections, and the steps of a request's life. */
#ifndef GATEWAY_SERVER_H
#define GATEWAY_SERVER_H

#include <h2o.h>

#include "gateway/http.h"
#include "gateway/reset_guard.h"
#include "gateway/stream.h"
#include "gateway/tunnel.h"
#include "loop/loop.h"

enum { VISITOR_BUCKETS = 256, REQUESTS_SPARE_MAX = 64, TUNNEL_READ_SIZE = 64 << 10 };

struct visitor; /* who is at the other end, counted */

struct listener {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv; /* first: a handle is its listener */
    struct http *http;
    struct listener *next;
    bool is_pipe;
};

struct connection {
    union {
        uv_handle_t handle;
        uv_stream_t stream;
        uv_tcp_t tcp;
        uv_pipe_t pipe;
    } uv; /* first: a handle is its connection */
    struct http *http;
    struct connection *previous, *next;
    struct visitor *visitor;
    struct address peer;
    char peer_text[ADDRESS_TEXT_SIZE]; /* or "local" */
    bool has_peer, is_proxy;           /* none: over a unix socket; one of config.proxies */
    unsigned requests;                 /* that h2o has handed to us and not disposed of */
    int64_t active_ms;                 /* accepted, or last request gone */
    struct reset_guard resets;
    struct {
        uv_alloc_cb on_alloc; /* h2o's */
        uv_read_cb on_read;
        bool armed;   /* libuv reads */
        bool stopped; /* h2o does not want it to */
    } read;           /* uv_stream.c */
    struct {
        uv_write_t *request; /* taken by the kernel, its callback not called yet */
        uv_write_cb written;
        struct connection *next;
    } write;               /* uv_stream.c */
    struct tunnel *tunnel; /* it has left HTTP */
    bool killed;
};

struct http {
    struct http_config config;
    h2o_globalconf_t globalconf;
    h2o_context_t context;
    h2o_accept_ctx_t accept;
    struct listener *listeners;
    struct connection *connections;
    struct visitor *visitors[VISITOR_BUCKETS];
    struct http_request *requests;               /* all alive */
    struct http_request *queued, **queued_end;   /* to be started at the end of this tick */
    struct http_request *replies, **replies_end; /* to be sent from the loop's own stack */
    struct http_request *spare;
    unsigned spare_count;
    char *tunnel_buffer;                       /* all plain tunnels read into it */
    struct connection *written, **written_end; /* whose writes are done, and not told so yet */
    struct loop_job start_job, send_job, written_job;
    struct loop_timer sweep_timer, stop_timer;
    bool stopping;
    int64_t stop_at_ms, stop_ms_max;
    void (*stopped)(void *data);
    void *stopped_data;
    struct http_stats stats;
};

/* connection.c */
void connection_accept(struct listener *listener);
void connection_kill(struct connection *connection);
struct connection *connection_of(h2o_req_t *req);

/* uv_stream.c: let connection_of() find it, and our uv_read_start(), uv_read_stop() and uv_write() know its stream */
void connection_own_stream(struct connection *connection, h2o_socket_t *socket);
/* Call all callbacks of writes that are done. */
void connections_written(struct http *http);

/* request.c: one reference is the fiber's (or the queue's), one h2o's */
struct http_request *request_new(struct http *http, struct connection *connection, h2o_req_t *req);
void request_copy(struct http_request *request);
void request_unref(struct http_request *request);
/* Its answer is with h2o: let go of what only its handler needed. */
void request_slim(struct http_request *request);
void request_queue_reply(struct http_request *request);
void requests_free_spare(struct http *http);

/* reply.c: from the loop's own stack only */
void reply_send(struct http_request *request);
/* Nobody takes it: its tunnel or stream ends before it began. */
void reply_drop(const struct http_reply *reply);
const char *reply_reason(int status);
/* {"errors":[…]} with a code, ready to be answered; `message` is static and needs no escapes. */
struct http_reply reply_error(struct http_request *request, int status, const char *code, const char *message);

/* tunnel.c: send 101 and take the connection over; its connection is gone */
void tunnel_begin(struct tunnel *tunnel, h2o_req_t *req);
void tunnel_closed(struct tunnel *tunnel);

/* stream.c: send the head and begin; a piece went out; the request is gone */
void stream_begin(struct stream *stream, h2o_req_t *req);
void stream_gone(struct stream *stream);

/* sweeper.c, drain.c */
void sweeper_start(struct http *http);

#endif
