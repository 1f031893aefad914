/*
 * The server: libh2o on our loop, behind one handler. A request is checked (guard.c), copied (request.c), and queued;
 * at the end of the tick those still alive start, each on a fiber, so a client that takes its requests back at once
 * costs no work. Answers are sent from the loop's own stack.
 */
#include "gateway/http.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/memory.h"
#include "gateway/guard.h"
#include "gateway/server.h"
#include "loop/fiber.h"
#include "tessera/err.h"
#include "tessera/limits.h"
#include "tessera/memory.h"

enum { BACKLOG = 1024, REPLIES_AT_ONCE = 16 };

struct handler {
    h2o_handler_t super;
    struct http *http;
};

static void refuse(struct http_request *request, int status, const char *code, const char *message)
{
    struct http_reply reply = reply_error(request, status, code, message);

    request->http->stats.requests_refused++;
    reply.close = status != 503;
    if (status == 503)
        reply.headers[0] = (struct http_header){ "retry-after", "1" };
    http_reply(request, &reply);
    request_unref(request);
}

/* HTTP/2 has no framing to smuggle through, but the values go the same way. */
static const char *check_http2(const h2o_req_t *req)
{
    for (size_t i = 0; i < req->headers.size; i++) {
        const h2o_header_t *header = &req->headers.entries[i];

        if (!guard_value_ok(header->value.base, header->value.len))
            return "A header value has a control character.";
    }
    if (req->path.len == 0 || req->path.base[0] != '/')
        return "The request target must be a path.";
    return NULL;
}

static const char *check(h2o_req_t *req, int *ret_status)
{
    h2o_socket_t *socket = req->conn->callbacks->get_socket(req->conn);

    *ret_status = 400;
    if (req->version >= 0x200)
        return check_http2(req);
    return guard_check(socket->input->bytes, socket->input->size, ret_status);
}

static void request_queue(struct http_request *request)
{
    struct http *http = request->http;

    request_copy(request);
    request->next_queued = NULL;
    *http->queued_end = request;
    http->queued_end = &request->next_queued;
    loop_defer(http->config.loop, &http->start_job);
}

static int on_req(h2o_handler_t *self, h2o_req_t *req)
{
    struct http *http = ((struct handler *)self)->http;
    struct connection *connection = connection_of(req);
    struct http_request *request;
    const char *problem;
    int status;

    if (connection->killed && req->version >= 0x200)
        return 0; /* disposed of with its connection */
    request = request_new(http, connection, req);
    problem = check(req, &status);
    if (problem)
        refuse(request, status, "BAD_REQUEST", problem);
    else if (req->path.len > TS_URL_SIZE_MAX)
        refuse(request, 414, "BAD_REQUEST", "The URL is too long.");
    else if (http->stats.requests > http->config.requests_max)
        refuse(request, 503, "UNAVAILABLE", "Too many requests at once.");
    else if (reserve_is_low())
        refuse(request, 503, "RESOURCE_EXHAUSTED", "This server is short of memory; try again.");
    else
        request_queue(request);
    return 0;
}

/* On the fiber. */
static void serve(void *data)
{
    struct http_request *request = data;
    struct http *http = request->http;

    http->config.serve(request, http->config.data);
    request_unref(request);
}

static void send_replies(struct http *http)
{
    while (http->replies) {
        struct http_request *request = http->replies;

        http->replies = request->next_queued;
        if (!http->replies)
            http->replies_end = &http->replies;
        if (request->req)
            reply_send(request);
        else
            reply_drop(&request->reply);
        request_slim(request);
        request_unref(request);
    }
}

static void on_send_job(struct loop_job *job)
{
    send_replies((struct http *)((char *)job - offsetof(struct http, send_job)));
}

static void on_written_job(struct loop_job *job)
{
    connections_written((struct http *)((char *)job - offsetof(struct http, written_job)));
}

/*
 * Requests start one after the other, and a few that have not had to wait are answered before the next start: what one
 * used is then still in the processor's cache when another gets it, and so is the code, which the kernel's would push
 * out with each answer.
 */
static void on_start_job(struct loop_job *job)
{
    struct http *http = (struct http *)((char *)job - offsetof(struct http, start_job));
    struct http_request *queue = http->queued;
    unsigned count = 0;

    http->queued = NULL;
    http->queued_end = &http->queued;
    while (queue) {
        struct http_request *request = queue;

        queue = request->next_queued;
        if (!request->req)
            request_unref(request); /* taken back within this tick */
        else if (!fiber_try(http->config.loop, serve, request))
            refuse(request, 503, "RESOURCE_EXHAUSTED", "This server is short of memory; try again.");
        if (++count % REPLIES_AT_ONCE == 0 || !queue)
            send_replies(http);
    }
}

static void configure(struct http *http)
{
    const struct http_config *config = &http->config;
    h2o_globalconf_t *globalconf = &http->globalconf;
    h2o_hostconf_t *host;
    struct handler *handler;

    h2o_config_init(globalconf);
    globalconf->server_name = h2o_iovec_init(NULL, 0);
    globalconf->max_request_entity_size = TS_BODY_SIZE_MAX;
    globalconf->handshake_timeout = (uint64_t)config->timeout_ms;
    globalconf->http1.req_timeout = (uint64_t)config->timeout_ms;
    globalconf->http1.upgrade_to_http2 = 0; /* by ALPN alone: an upgraded request would have passed no guard */
    globalconf->http2.idle_timeout = (uint64_t)config->timeout_ms;
    globalconf->http2.graceful_shutdown_timeout = 3000;
    host = h2o_config_register_host(globalconf, h2o_iovec_init(H2O_STRLIT("default")), 65535);
    handler = (struct handler *)h2o_create_handler(h2o_config_register_path(host, "/", 0), sizeof(*handler));
    handler->super.on_req = on_req;
    handler->http = http;
    /* "OPTIONS *" has no path to match. */
    handler = (struct handler *)h2o_create_handler(&host->fallback_path, sizeof(*handler));
    handler->super.on_req = on_req;
    handler->http = http;
}

struct http *http_new(const struct http_config *config)
{
    struct http *http = calloc(1, sizeof(*http));

    if (!http)
        abort();
    http->config = *config;
    http->queued_end = &http->queued;
    http->replies_end = &http->replies;
    http->written_end = &http->written;
    http->start_job.run = on_start_job;
    http->send_job.run = on_send_job;
    http->written_job.run = on_written_job;
    configure(http);
    h2o_context_init(&http->context, loop_uv(config->loop), &http->globalconf);
    http->accept = (h2o_accept_ctx_t){ .ctx = &http->context, .hosts = http->globalconf.hosts, .ssl_ctx = config->tls };
    return http;
}

void http_free(struct http *http)
{
    h2o_context_dispose(&http->context);
    h2o_config_dispose(&http->globalconf);
    requests_free_spare(http);
    ts_memory_free(http->tunnel_buffer);
    free(http);
}

void http_stats(const struct http *http, struct http_stats *ret_stats)
{
    *ret_stats = http->stats;
}

static void on_connection(uv_stream_t *stream, int status)
{
    if (status == 0)
        connection_accept((struct listener *)stream);
}

static void on_abandoned(uv_handle_t *handle)
{
    free(handle);
}

/* Split "HOST:PORT" and make a socket address of it. */
static bool parse_address(const char *address, struct sockaddr_storage *ret_name)
{
    const char *colon = strrchr(address, ':');
    char host[64];
    char *end;
    long port;
    size_t size;

    if (!colon || colon == address || colon[1] < '0' || colon[1] > '9')
        return false;
    port = strtol(colon + 1, &end, 10);
    size = (size_t)(colon - address);
    if (*end || port < 0 || port > 65535 || size >= sizeof(host))
        return false;
    if (address[0] == '[' && colon[-1] == ']') {
        address++;
        size -= 2;
    }
    memcpy(host, address, size);
    host[size] = '\0';
    if (strcmp(host, "localhost") == 0)
        strcpy(host, "127.0.0.1");
    return uv_ip4_addr(host, (int)port, (struct sockaddr_in *)ret_name) == 0 ||
           uv_ip6_addr(host, (int)port, (struct sockaddr_in6 *)ret_name) == 0;
}

static int listen_tcp(struct listener *listener, const char *address, char ret_bound[HTTP_ADDRESS_SIZE])
{
    struct sockaddr_storage name = { 0 };
    int size = sizeof(name), r;
    char host[ADDRESS_TEXT_SIZE];
    bool is_v6;

    if (!parse_address(address, &name))
        return UV_EINVAL;
    r = uv_tcp_bind(&listener->uv.tcp, (struct sockaddr *)&name, 0);
    if (r == 0)
        r = uv_listen(&listener->uv.stream, BACKLOG, on_connection);
    if (r)
        return r;
    uv_tcp_getsockname(&listener->uv.tcp, (struct sockaddr *)&name, &size);
    is_v6 = name.ss_family == AF_INET6;
    if (is_v6)
        uv_ip6_name((struct sockaddr_in6 *)&name, host, sizeof(host));
    else
        uv_ip4_name((struct sockaddr_in *)&name, host, sizeof(host));
    snprintf(ret_bound, HTTP_ADDRESS_SIZE, is_v6 ? "[%s]:%u" : "%s:%u", host,
             ntohs(((struct sockaddr_in *)&name)->sin_port)); /* the port has one place in both */
    return 0;
}

static int listen_pipe(struct listener *listener, const char *address, char ret_bound[HTTP_ADDRESS_SIZE])
{
    const char *path = address + strlen("unix:");
    mode_t mask;
    int r;

    unlink(path); /* left by a process that is gone: who calls us holds the folder's lock */
    mask = umask(0177);
    r = uv_pipe_bind(&listener->uv.pipe, path);
    umask(mask);
    if (r == 0)
        r = uv_listen(&listener->uv.stream, BACKLOG, on_connection);
    if (r == 0)
        snprintf(ret_bound, HTTP_ADDRESS_SIZE, "%s", address);
    return r;
}

int http_listen(struct http *http, const char *address, char ret_bound[HTTP_ADDRESS_SIZE], struct buf *ret_problem)
{
    struct listener *listener = calloc(1, sizeof(*listener));
    int r;

    if (!listener)
        abort();
    listener->http = http;
    listener->is_pipe = strncmp(address, "unix:", 5) == 0;
    if (listener->is_pipe)
        uv_pipe_init(loop_uv(http->config.loop), &listener->uv.pipe, 0);
    else
        uv_tcp_init(loop_uv(http->config.loop), &listener->uv.tcp);
    r = listener->is_pipe ? listen_pipe(listener, address, ret_bound) : listen_tcp(listener, address, ret_bound);
    if (r) {
        uv_close(&listener->uv.handle, on_abandoned);
        buf_printf(ret_problem, "cannot listen at %s: %s", address, uv_strerror(r));
        return r == UV_EINVAL ? TS_EINVALID : TS_EUNAVAILABLE;
    }
    listener->next = http->listeners;
    http->listeners = listener;
    return 0;
}
