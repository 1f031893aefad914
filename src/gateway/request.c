/*
 * A request's memory and its tie to h2o's. A chunk linked to h2o's pool is the tripwire: when the pool goes (answered,
 * reset, connection lost) we learn of it and forget `req`. Requests are reused with their first block of memory, so a
 * usual request allocates nothing.
 */
#include <string.h>

#include "gateway/proxies.h"
#include "gateway/server.h"
#include "tessera/memory.h"

enum { OUT_KEEP_MAX = 64 << 10 };

/* h2o is done with the request, for whatever reason. */
static void on_req_gone(void *chunk)
{
    struct http_request *request = *(struct http_request **)chunk;
    struct connection *connection = request->connection;
    struct http *http = request->http;
    bool taken_back = !request->sent && request->version >= 0x200;
    struct stream *stream = request->sent ? request->reply.stream : NULL;

    connection->requests--;
    connection->active_ms = loop_now_ms(http->config.loop);
    if (taken_back && reset_guard_hit(&connection->resets, connection->active_ms))
        connection_kill(connection);
    request->req = NULL;
    request->connection = NULL;
    if (stream)
        stream_gone(stream);
    request_unref(request);
}

static struct http_request *request_take_spare(struct http *http)
{
    struct http_request *request = http->spare;

    if (request) {
        http->spare = request->next;
        http->spare_count--;
        return request;
    }
    request = ts_memory_new(1, sizeof(*request));
    arena_init(&request->arena);
    buf_init(&request->out, HTTP_OUT_SIZE_MAX);
    return request;
}

static void request_link(struct http_request *request)
{
    struct http *http = request->http;

    request->previous = NULL;
    request->next = http->requests;
    if (http->requests)
        http->requests->previous = request;
    http->requests = request;
    http->stats.requests++;
    http->stats.requests_total++;
}

/* Who asks, as far as that is known by now. */
static void request_name_client(struct http_request *request)
{
    const struct connection *connection = request->connection;
    struct address client;

    request->is_proxy = connection->is_proxy;
    memcpy(request->client, connection->peer_text, sizeof(request->client));
    if (!request->forwarded_for || !connection->has_peer)
        return;
    client = proxies_client(request->http->config.proxies, &connection->peer, request->forwarded_for);
    request->is_proxy = proxies_have(request->http->config.proxies, &client);
    address_write(&client, request->client);
}

struct http_request *request_new(struct http *http, struct connection *connection, h2o_req_t *req)
{
    struct http_request *request = request_take_spare(http);
    struct http_request **chunk;

    memset((char *)request + offsetof(struct http_request, method), 0,
           sizeof(*request) - offsetof(struct http_request, method));
    request->http = http;
    request->connection = connection;
    request->req = req;
    request->version = req->version;
    request->is_tls = http->config.tls != NULL;
    request->refs = 1;
    request->started_ns = loop_tick_ns(http->config.loop); /* with what it waited for others of its tick */
    request->deadline_ms = loop_now_ms(http->config.loop) + http->config.deadline_ms;
    request_name_client(request);
    request_link(request);
    chunk = h2o_mem_alloc_shared(&req->pool, sizeof(struct http_request *), on_req_gone);
    *chunk = request;
    request->refs++;
    connection->requests++;
    return request;
}

static const char *copy(struct http_request *request, h2o_iovec_t text)
{
    return ts_strndup(&request->arena, text.base, text.len);
}

static enum http_method method_of(h2o_iovec_t name)
{
    static const char *const names[] = { "GET", "HEAD", "POST", "OPTIONS" };

    for (int method = HTTP_GET; method <= HTTP_OPTIONS; method++)
        if (name.len == strlen(names[method]) && memcmp(name.base, names[method], name.len) == 0)
            return (enum http_method)method;
    return HTTP_OTHER;
}

/* Of headers that h2o has no token for. */
static const char **named_slot(struct http_request *request, const h2o_iovec_t *name)
{
    static const struct {
        const char *name;
        size_t size, offset;
    } rows[] = {
        { H2O_STRLIT("traceparent"), offsetof(struct http_request, traceparent) },
        { H2O_STRLIT("x-request-id"), offsetof(struct http_request, request_id) },
        { H2O_STRLIT("sec-fetch-site"), offsetof(struct http_request, fetch_site) },
        { H2O_STRLIT("origin"), offsetof(struct http_request, origin) },
        { H2O_STRLIT("access-control-request-method"), offsetof(struct http_request, preflight_method) },
        { H2O_STRLIT("x-tessera-trace"), offsetof(struct http_request, trace) },
        { H2O_STRLIT("last-event-id"), offsetof(struct http_request, last_event_id) },
        { H2O_STRLIT("stripe-signature"), offsetof(struct http_request, stripe_signature) },
        { H2O_STRLIT("sec-websocket-key"), offsetof(struct http_request, websocket_key) },
        { H2O_STRLIT("sec-websocket-version"), offsetof(struct http_request, websocket_version) },
        { H2O_STRLIT("sec-websocket-protocol"), offsetof(struct http_request, websocket_protocol) },
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        if (h2o_memis(name->base, name->len, rows[i].name, rows[i].size))
            return (const char **)((char *)request + rows[i].offset);
    return NULL;
}

/* One more line of a header that may have several. */
static void add_line(struct http_request *request, const char **slot, const char *between, h2o_iovec_t value)
{
    const char *line = copy(request, value);

    *slot = *slot ? ts_printf(&request->arena, "%s%s%s", *slot, between, line) : line;
}

/* It would be a stranger's word. */
static void add_forwarded(struct http_request *request, h2o_iovec_t value)
{
    if (request->connection->is_proxy)
        add_line(request, &request->forwarded_for, ", ", value);
}

static void copy_header(struct http_request *request, const h2o_header_t *header)
{
    const h2o_iovec_t *name = header->name;
    const char **slot = NULL;

    if (name == &H2O_TOKEN_COOKIE->buf)
        add_line(request, &request->cookie, "; ", header->value); /* HTTP/2: RFC 9113, 8.2.3 */
    else if (name == &H2O_TOKEN_X_FORWARDED_FOR->buf)
        add_forwarded(request, header->value);
    else if (name == &H2O_TOKEN_ACCEPT->buf)
        slot = &request->accept;
    else if (name == &H2O_TOKEN_CONTENT_TYPE->buf)
        slot = &request->content_type;
    else if (name == &H2O_TOKEN_AUTHORIZATION->buf)
        slot = &request->authorization;
    else if (name == &H2O_TOKEN_ACCEPT_ENCODING->buf)
        slot = &request->accept_encoding;
    else if (name == &H2O_TOKEN_ACCEPT_LANGUAGE->buf)
        slot = &request->accept_language;
    else if (name == &H2O_TOKEN_IF_NONE_MATCH->buf)
        slot = &request->if_none_match;
    else
        slot = named_slot(request, name);
    if (slot && !*slot)
        *slot = copy(request, header->value);
}

/* Everything that the handler will look at, before the first wait: after it, `req` may be gone. */
void request_copy(struct http_request *request)
{
    h2o_req_t *req = request->req;
    size_t path_size = req->query_at == SIZE_MAX ? req->path.len : req->query_at;

    request->method = method_of(req->input.method);
    request->method_name = copy(request, req->input.method);
    request->path = copy(request, h2o_iovec_init(req->path.base, path_size));
    if (req->query_at != SIZE_MAX)
        request->query = copy(request, h2o_iovec_init(req->path.base + path_size + 1, req->path.len - path_size - 1));
    if (req->upgrade.base)
        request->upgrade = copy(request, req->upgrade);
    request->body = copy(request, req->entity);
    request->body_size = req->entity.len;
    for (size_t i = 0; i < req->headers.size; i++)
        copy_header(request, &req->headers.entries[i]);
    if (request->forwarded_for)
        request_name_client(request);
    if (request->origin || request->http->config.wants_host)
        request->host = copy(request, req->authority);
}

static void request_free(struct http_request *request)
{
    arena_done(&request->arena);
    buf_done(&request->out);
    ts_memory_free(request);
}

/* Keep a few for the next requests. */
static void request_spare(struct http *http, struct http_request *request)
{
    if (http->spare_count >= REQUESTS_SPARE_MAX) {
        request_free(request);
        return;
    }
    arena_reset(&request->arena);
    buf_clear(&request->out);
    if (request->out.room > OUT_KEEP_MAX)
        buf_done(&request->out);
    request->next = http->spare;
    http->spare = request;
    http->spare_count++;
}

/* Once h2o and who sends are the only ones left. HTTP/1 has its head written by now; a body is read from `out`. */
void request_slim(struct http_request *request)
{
    if (request->refs == 2 && request->req && request->version < 0x200 && !request->reply.stream &&
        request->reply.body == request->out.data)
        arena_reset(&request->arena);
}

void request_unref(struct http_request *request)
{
    struct http *http = request->http;

    if (--request->refs > 0)
        return;
    if (request->previous)
        request->previous->next = request->next;
    else
        http->requests = request->next;
    if (request->next)
        request->next->previous = request->previous;
    http->stats.requests--;
    request_spare(http, request);
}

void requests_free_spare(struct http *http)
{
    while (http->spare) {
        struct http_request *request = http->spare;

        http->spare = request->next;
        request_free(request);
    }
    http->spare_count = 0;
}

void request_queue_reply(struct http_request *request)
{
    struct http *http = request->http;

    request->refs++;
    request->next_queued = NULL;
    *http->replies_end = request;
    http->replies_end = &request->next_queued;
    loop_defer(http->config.loop, &http->send_job);
}
