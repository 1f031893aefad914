/*
 * Answers on their way into h2o. It writes header values as they are, so a line break in one would split the answer in
 * two: whatever is not fit for a header is left out here. Length and reason are always set, else h2o would send chunks
 * and an empty reason.
 */
#include <assert.h>
#include <string.h>

#include "gateway/guard.h"
#include "gateway/server.h"

static h2o_generator_t generator; /* does nothing: an answer is one piece */

enum { HEADERS_USUAL = 8 };

const char *reply_reason(int status)
{
    static const struct {
        int status;
        const char *reason;
    } reasons[] = {
        { 101, "Switching Protocols" },
        { 200, "OK" },
        { 204, "No Content" },
        { 303, "See Other" },
        { 304, "Not Modified" },
        { 307, "Temporary Redirect" },
        { 308, "Permanent Redirect" },
        { 400, "Bad Request" },
        { 401, "Unauthorized" },
        { 403, "Forbidden" },
        { 404, "Not Found" },
        { 405, "Method Not Allowed" },
        { 406, "Not Acceptable" },
        { 409, "Conflict" },
        { 410, "Gone" },
        { 411, "Length Required" },
        { 413, "Content Too Large" },
        { 414, "URI Too Long" },
        { 415, "Unsupported Media Type" },
        { 422, "Unprocessable Content" },
        { 426, "Upgrade Required" },
        { 429, "Too Many Requests" },
        { 500, "Internal Server Error" },
        { 503, "Service Unavailable" },
    };

    for (size_t i = 0; i < sizeof(reasons) / sizeof(reasons[0]); i++)
        if (reasons[i].status == status)
            return reasons[i].reason;
    return "Unknown";
}

void http_header_add(struct http_header *headers, size_t max, const char *name, const char *value)
{
    size_t count = 0;

    while (headers[count].name)
        count++;
    assert(count < max);
    headers[count] = (struct http_header){ name, value };
}

static void add_header(h2o_req_t *req, const char *name, const char *value)
{
    size_t size = value ? strlen(value) : 0;

    if (value && guard_value_ok(value, size))
        h2o_add_header_by_str(&req->pool, &req->res.headers, name, strlen(name), 1, NULL, value, size);
}

/* One whose name h2o knows, or that says the same each time: no look-up, no copy. */
static void add_known(h2o_req_t *req, const h2o_iovec_t *name, const char *value)
{
    size_t size = strlen(value);
    h2o_headers_t *headers = &req->res.headers;

    if (!guard_value_ok(value, size))
        return;
    h2o_vector_reserve(&req->pool, headers, headers->size + 1);
    headers->entries[headers->size++] = (h2o_header_t){ (h2o_iovec_t *)name, NULL, h2o_iovec_init(value, size) };
}

static void add_list(h2o_req_t *req, const struct http_header *headers)
{
    for (const struct http_header *header = headers; header->name; header++)
        add_header(req, header->name, header->value);
}

static void add_headers(h2o_req_t *req, const struct http_request *request)
{
    static const h2o_iovec_t options = { (char *)"x-content-type-options", sizeof("x-content-type-options") - 1 };
    const struct http_reply *reply = &request->reply;

    h2o_vector_reserve(&req->pool, &req->res.headers, HEADERS_USUAL);
    if (reply->content_type)
        add_known(req, &H2O_TOKEN_CONTENT_TYPE->buf, reply->content_type);
    add_known(req, &H2O_TOKEN_CACHE_CONTROL->buf, reply->cache_control ? reply->cache_control : "no-store");
    add_known(req, &options, "nosniff");
    add_list(req, request->marks);
    add_list(req, reply->headers);
}

/* From now on the connection or the answer's body is somebody else's. */
static void hand_over(struct http_request *request)
{
    const struct http_reply *reply = &request->reply;
    h2o_req_t *req = request->req;

    req->res.status = reply->status;
    req->res.reason = reply_reason(reply->status);
    if (reply->stream)
        add_headers(req, request);
    else
        add_list(req, reply->headers);
    request->sent = true;
    if (reply->stream)
        stream_begin(reply->stream, req);
    else
        tunnel_begin(reply->tunnel, req);
}

void reply_drop(const struct http_reply *reply)
{
    if (reply->tunnel)
        reply->tunnel->ops->closed(reply->tunnel);
    if (reply->stream)
        reply->stream->ops->closed(reply->stream);
}

void reply_send(struct http_request *request)
{
    const struct http_reply *reply = &request->reply;
    h2o_req_t *req = request->req;
    bool has_body = reply->body_size > 0 && request->method != HTTP_HEAD;
    h2o_iovec_t body = h2o_iovec_init(reply->body, reply->body_size);

    if (reply->tunnel || reply->stream) {
        hand_over(request);
        return;
    }
    req->res.status = reply->status;
    req->res.reason = reply_reason(reply->status);
    req->res.content_length = reply->status == 304 || reply->status == 204 ? SIZE_MAX : reply->body_size;
    add_headers(req, request);
    if (reply->close)
        req->http1_is_persistent = 0;
    request->sent = true;
    h2o_start_response(req, &generator);
    h2o_send(req, &body, has_body ? 1 : 0, H2O_SEND_STATE_FINAL);
}

static void count_reply(struct http *http, int status)
{
    http->stats.replies_by_class[status >= 100 && status < 600 ? status / 100 : 5]++;
}

void http_reply(struct http_request *request, const struct http_reply *reply)
{
    struct http *http = request->http;

    if (request->answered) {
        reply_drop(reply);
        return;
    }
    request->answered = true;
    request->answered_ms = loop_now_ms(http->config.loop);
    request->reply = *reply;
    count_reply(http, reply->status);
    if (http->config.on_done)
        http->config.on_done(request, http->config.data);
    if (request->req)
        request_queue_reply(request);
    else
        reply_drop(reply);
}

struct http_reply reply_error(struct http_request *request, int status, const char *code, const char *message)
{
    const char *body = ts_printf(&request->arena,
                                 "{\"errors\":[{\"message\":\"%s\",\"extensions\":{\"code\":\"%s\"}}]}", message, code);

    return (struct http_reply){
        .status = status,
        .content_type = "application/json; charset=utf-8",
        .body = body,
        .body_size = strlen(body),
    };
}
