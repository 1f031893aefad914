/* The inside of tessera/http.h: what any request must be, whoever carries it, and what became of them in figures. */
#include <string.h>
#include <strings.h>

#include "loop/loop.h"
#include "loop/outbound.h"
#include "loop/runtime.h"
#include "telemetry/metrics.h"
#include "tessera/limits.h"
#include "tessera/text.h"

static const char *const methods[] = { "GET", "POST", "PUT", "PATCH", "DELETE", NULL };

/* They say where a message ends or whose it is, so they are not a caller's to set. */
static const char *const reserved[] = { "host",    "content-length", "content-type", "transfer-encoding", "connection",
                                        "upgrade", "expect",         "te",           "traceparent",       NULL };

static bool is_listed(const char *const *list, const char *word)
{
    for (; *list; list++)
        if (strcasecmp(*list, word) == 0)
            return true;
    return false;
}

static bool is_token(const char *text)
{
    return *text && !text[strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_")];
}

static bool is_value(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 127)
            return false;
    return true;
}

static bool headers_are_sound(const struct ts_http_header *headers)
{
    size_t count = 0;

    for (; headers && headers->name; headers++, count++)
        if (!is_token(headers->name) || is_listed(reserved, headers->name) || !is_value(headers->value))
            return false;
    return count <= TS_HTTP_HEADERS_MAX;
}

/* http or https, and nobody's name and password in it: they would stand in logs of other people's. */
static bool url_is_sound(const char *url)
{
    const char *host;

    if (!ts_text_is_url(url, TS_HTTP_URL_SIZE_MAX))
        return false;
    host = strstr(url, "://") + 3;
    return !memchr(host, '@', strcspn(host, "/?#"));
}

static const char *request_problem(const struct ts_http_request *request)
{
    if (!url_is_sound(request->url))
        return "The URL is not one of a server.";
    if (!is_listed(methods, request->method))
        return "There is no such method.";
    if (request->body && strcmp(request->method, "GET") == 0)
        return "GET has no body.";
    if (!headers_are_sound(request->headers) || (request->content_type && !is_value(request->content_type)))
        return "A header is malformed, or not the caller's to set.";
    return NULL;
}

static void count(const struct ts_call *call, const char *purpose, int result, uint64_t begun_ns)
{
    struct metrics *metrics = call->runtime->metrics;
    const char *labels = ts_printf(call->arena, "purpose=\"%s\",outcome=\"%s\"", purpose, ts_error_name(result));

    if (!metrics)
        return;
    ts_metric_add(metrics_get(metrics, TS_METRIC_COUNTER, "tessera_outbound_requests_total", labels,
                              "Requests to other servers, by what became of them."),
                  1);
    labels = ts_printf(call->arena, "purpose=\"%s\"", purpose);
    metric_observe_ns(
        metrics_get_histogram(metrics, "tessera_outbound_seconds", labels, "How long requests to other servers took."),
        loop_hrtime_ns() - begun_ns);
}

int ts_http_send(struct ts_call *call, const struct ts_http_request *request, struct ts_http_response *ret_response)
{
    struct outbound *outbound = call->runtime->outbound;
    struct ts_http_request whole = *request;
    uint64_t begun_ns = loop_hrtime_ns();
    const char *problem;
    int r;

    whole.method = request->method ? request->method : request->body ? "POST" : "GET";
    whole.timeout_ms = request->timeout_ms ? request->timeout_ms : TS_HTTP_MS;
    whole.answer_size_max = request->answer_size_max ? request->answer_size_max : TS_HTTP_ANSWER_SIZE;
    if (whole.answer_size_max > TS_HTTP_ANSWER_SIZE_MAX)
        whole.answer_size_max = TS_HTTP_ANSWER_SIZE_MAX;
    problem = request_problem(&whole);
    if (problem) {
        r = TS_EINVALID;
    } else if (!outbound) {
        problem = "Other servers cannot be reached from here.";
        r = TS_EUNAVAILABLE;
    } else {
        r = runtime_wait_check(call);
        r = r ? r : outbound->http(outbound, call, &whole, ret_response, &problem);
    }
    count(call, request->purpose, r, begun_ns);
    return r == 0 || !problem ? r : ts_fail(call, r, "%s", problem);
}

const char *ts_http_header(const struct ts_http_response *response, const char *name)
{
    for (const struct ts_http_header *header = response->headers; header->name; header++)
        if (strcmp(header->name, name) == 0)
            return header->value;
    return NULL;
}
