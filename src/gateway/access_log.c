/* One line per request, in ECS names. No query strings and no module paths: they may hold secrets. */
#include <string.h>

#include "gateway/gateway.h"
#include "loop/loop.h"
#include "loop/runtime.h"
#include "telemetry/log.h"

/* The path, where it is one of ours to know; whatever follows the first part of another is kept out. */
static const char *shown_path(struct http_request *request)
{
    const char *second = strchr(request->path + (*request->path == '/'), '/');

    if (!second)
        return request->path;
    return ts_printf(&request->arena, "%.*s/*", (int)(second - request->path), request->path);
}

void gateway_log(struct http_request *request, void *data)
{
    struct gateway *gateway = data;
    struct log *log = gateway->runtime->log;
    const struct session *session = request->context;
    uint64_t duration_ns = loop_hrtime_ns() - request->started_ns;

    if (gateway->meter)
        meter_request(gateway->meter, request, duration_ns);
    if (!log || !log_begin(log, request->reply.status >= 500 ? TS_LOG_WARN : TS_LOG_INFO, "http-request",
                           request->method_name ? request->method_name : "refused"))
        return;
    log_string(log, "http.request.method", request->method_name);
    log_string(log, "url.path", request->path ? shown_path(request) : NULL);
    log_int(log, "http.response.status_code", request->reply.status);
    log_int(log, "http.request.body.bytes", (int64_t)request->body_size);
    log_int(log, "http.response.body.bytes", (int64_t)request->reply.body_size);
    log_int(log, "event.duration", (int64_t)duration_ns);
    log_string(log, "client.ip", request->client);
    if (session) {
        log_string(log, "user.id", session->principal->id);
        log_string(log, "http.request.id", session->request_id);
        log_word(log, "trace.id", session->trace.trace_id, sizeof(session->trace.trace_id) - 1);
        log_word(log, "span.id", session->trace.span_id, sizeof(session->trace.span_id) - 1);
        log_string(log, "parent.id", session->trace.parent_id[0] ? session->trace.parent_id : NULL);
    }
    log_end(log);
}
