/*
 * Routing: /graphql, health, the modules' own paths by rule, and nothing else. Each answer carries the request's id and
 * trace, and the headers that keep a browser from reading more into it than it says.
 */
#include "gateway/gateway.h"

#include <string.h>

#include "base/utf8.h"
#include "common/v1/common.pb-c.h"
#include "gateway/browser.h"
#include "gateway/cookie.h"
#include "gateway/graphiql.h"
#include "gateway/media_type.h"
#include "gateway/pages.h"
#include "gateway/query_string.h"
#include "gateway/resolve.h"
#include "gateway/ws.h"
#include "gateway/ws_handshake.h"
#include "graphql/graphql.h"
#include "telemetry/trace.h"
#include "tessera/err.h"

void gateway_error(struct http_request *request, int status, const char *code, const char *message)
{
    struct http_reply reply = { .status = status, .content_type = "application/json; charset=utf-8" };

    buf_clear(&request->out);
    gql_error_body(&request->out, code, message);
    reply.body = request->out.data;
    reply.body_size = request->out.size;
    if (status == 503)
        reply.headers[0] = (struct http_header){ "retry-after", "1" };
    if (status == 401)
        reply.headers[0] = (struct http_header){ "www-authenticate", "Bearer" };
    http_reply(request, &reply);
}

static void answer_methods(struct http_request *request, const char *allow)
{
    struct http_reply reply = { .status = 200, .headers = { { "allow", allow } } };

    if (request->method != HTTP_OPTIONS) {
        static const char body[] = "{\"errors\":[{\"message\":\"This path does not answer this method.\","
                                   "\"extensions\":{\"code\":\"METHOD_NOT_ALLOWED\"}}]}";

        reply.status = 405;
        reply.content_type = "application/json; charset=utf-8";
        reply.body = body;
        reply.body_size = sizeof(body) - 1;
    }
    http_reply(request, &reply);
}

static bool is_read(const struct http_request *request)
{
    return request->method == HTTP_GET || request->method == HTTP_HEAD;
}

static void answer_status(struct http_request *request, const char *problem)
{
    struct http_reply reply = { .status = problem ? 503 : 200, .content_type = "application/json; charset=utf-8" };

    reply.body = problem ? ts_printf(&request->arena, "{\"status\":\"unavailable\",\"reason\":\"%s\"}", problem)
                         : "{\"status\":\"ok\"}";
    reply.body_size = strlen(reply.body);
    http_reply(request, &reply);
}

bool gateway_health(struct gateway *gateway, struct http_request *request)
{
    bool is_live = strcmp(request->path, "/livez") == 0;
    const char *problem = NULL;

    if (!is_live && strcmp(request->path, "/readyz") != 0)
        return false;
    request->route = is_live ? "/livez" : "/readyz";
    if (!is_read(request)) {
        answer_methods(request, "GET, HEAD, OPTIONS");
        return true;
    }
    if (!is_live && !gateway->ready)
        problem = "server: starting or stopping";
    else if (!is_live && gateway->not_ready)
        problem = gateway->not_ready(gateway->not_ready_data);
    answer_status(request, problem);
    return true;
}

static void add_headers(struct http_request *request, const Common__Blob *blob, struct http_reply *reply)
{
    http_header_add(reply->headers, HTTP_REPLY_HEADERS_MAX, "referrer-policy",
                    "no-referrer"); /* a path may be a secret */
    if (blob->content_type && strncmp(blob->content_type, "text/html", 9) == 0)
        http_header_add(reply->headers, HTTP_REPLY_HEADERS_MAX, "content-security-policy",
                        "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'");
    if (blob->etag)
        http_header_add(reply->headers, HTTP_REPLY_HEADERS_MAX, "etag", blob->etag);
    if (blob->location)
        http_header_add(reply->headers, HTTP_REPLY_HEADERS_MAX, "location", blob->location);
    for (size_t i = 0; i < blob->n_cookies; i++) {
        const Common__Cookie *cookie = blob->cookies[i];

        http_header_add(reply->headers, HTTP_REPLY_HEADERS_MAX, "set-cookie",
                        cookie_set(&request->arena, ts_printf(&request->arena, COOKIE_PREFIX "%s", cookie->name),
                                   cookie->value, cookie->max_age_s, cookie->lax ? "Lax" : "Strict"));
    }
}

static void answer_blob(struct http_request *request, const Common__Blob *blob)
{
    bool unchanged = blob->etag && request->if_none_match && strcmp(blob->etag, request->if_none_match) == 0;
    struct http_reply reply = {
        .status = blob->has_status ? blob->status
                  : unchanged      ? 304
                  : blob->location ? 303
                                   : 200,
        .content_type = blob->content_type ? blob->content_type : "application/octet-stream",
    };

    if (blob->has_max_age_s)
        reply.cache_control = ts_printf(&request->arena, "private, max-age=%d", blob->max_age_s);
    add_headers(request, blob, &reply);
    if (!unchanged) {
        reply.body = (const char *)blob->data.data;
        reply.body_size = blob->data.len;
    }
    http_reply(request, &reply);
}

static void answer_rpc_failure(struct http_request *request, const struct gql_rpc *rpc)
{
    switch (rpc->error) {
    case TS_ENOTFOUND:
    case TS_EDENIED:
    case TS_EINVALID:
        gateway_error(request, 404, "NOT_FOUND", "There is nothing here.");
        break;
    case TS_EUNAUTHENTICATED:
        gateway_error(request, 401, "UNAUTHENTICATED", "Sign in first.");
        break;
    case TS_EEXHAUSTED:
        if (rpc->retry_after_s)
            http_header_add(request->marks, HTTP_MARKS_MAX, "retry-after",
                            ts_printf(&request->arena, "%u", rpc->retry_after_s));
        gateway_error(request, 429, "RATE_LIMITED", "Too often; try again later.");
        break;
    case TS_EUNAVAILABLE:
    case TS_ECANCELLED:
    case TS_EDEADLINE:
        gateway_error(request, 503, "UNAVAILABLE", "A part that is needed is away; try again.");
        break;
    default:
        gateway_error(request, 500, "INTERNAL", "Something broke on our side.");
    }
}

/* A header that a module may ask for, by the name of its argument. */
static const char *header_of(const struct http_request *request, const char *name)
{
    return strcmp(name, "stripe_signature") == 0 ? request->stripe_signature : NULL;
}

/* The body as it was sent. Return: false when it is no text. */
static bool read_body(struct http_request *request, const struct gql_http *http)
{
    if (!utf8_is_text(request->body, request->body_size))
        return false;
    gql_http_fill_own(http, http->body, ts_strndup(&request->arena, request->body, request->body_size));
    return true;
}

/* What the request says beside its path. Return: false when that is malformed, or twice there. */
static bool read_parameters(struct http_request *request, const struct gql_http *http)
{
    const char *text = http->post ? ts_strndup(&request->arena, request->body, request->body_size) : request->query;
    const char *name, *value;
    int r = 0;

    if (http->header)
        gql_http_fill_own(http, http->header, header_of(request, http->header));
    if (http->body)
        return read_body(request, http);
    if (http->post && !media_type_is_form(request->content_type))
        return false;
    while (text && (r = query_string_next(&request->arena, &text, &name, &value)) > 0)
        if (!gql_http_fill(http, name, value))
            return false;
    if (http->cookie && (!http->post || cookie_is_own(request)))
        gql_http_fill_own(http, http->cookie,
                          cookie_find(&request->arena, request->cookie,
                                      ts_printf(&request->arena, COOKIE_PREFIX "%s", http->cookie)));
    return r == 0;
}

/* A path that a module's rule owns. False: none does. */
static bool serve_module_path(struct gateway *gateway, struct http_request *request, const struct session *session)
{
    struct gql_http http;
    struct gql_rpc rpc, *rpcs[] = { &rpc };
    struct resolve resolve;

    if (!gql_http_match(gateway->schema, &request->arena, request->path, strlen(request->path), &http))
        return false;
    request->route = http.rpc.operation;
    if (http.post ? request->method != HTTP_POST : !is_read(request)) {
        answer_methods(request, http.post ? "POST, OPTIONS" : "GET, HEAD, OPTIONS");
        return true;
    }
    if (!read_parameters(request, &http)) {
        gateway_error(request, 400, "BAD_REQUEST", "What the query or the form says is malformed, or said twice.");
        return true;
    }
    rpc = http.rpc;
    resolve_init(&resolve, gateway->runtime, &request->arena, session, request->deadline_ms);
    resolve.env.call_all(&resolve.env, rpcs, 1);
    if (rpc.error)
        answer_rpc_failure(request, &rpc);
    else
        answer_blob(request, (const Common__Blob *)rpc.reply);
    return true;
}

/* The answer names the request, whatever it will be. */
static void mark(struct http_request *request, const struct session *session)
{
    char *traceparent = ts_alloc(&request->arena, TRACEPARENT_SIZE);

    request->marks[0] = (struct http_header){ "x-request-id", session->request_id };
    request->marks[1] = (struct http_header){ "traceparent", traceparent_write(&session->trace, traceparent) };
}

/* `known`: what session_init() said. */
static void refuse_unknown(struct http_request *request, int known)
{
    if (known == TS_EUNAUTHENTICATED)
        gateway_error(request, 401, "UNAUTHENTICATED", "The credentials are not good.");
    else
        gateway_error(request, 503, "UNAVAILABLE", "Who you are cannot be found out now; try again.");
}

static void serve_graphql(struct gateway *gateway, struct http_request *request, const struct session *session,
                          int known)
{
    bool may_read = cors_mark(&gateway->cors, request);

    if (request->method == HTTP_OPTIONS && may_read && request->preflight_method)
        cors_answer_preflight(request);
    else if (request->method != HTTP_POST && !is_read(request))
        answer_methods(request, "GET, HEAD, POST, OPTIONS");
    else if (known)
        refuse_unknown(request, known);
    else if (gateway->sockets && ws_handshake_asked(request))
        ws_serve(gateway->sockets, request, session);
    else
        graphql_serve(gateway, request, session);
}

void gateway_serve(struct http_request *request, void *data)
{
    struct gateway *gateway = data;
    struct session *session = ts_alloc(&request->arena, sizeof(*session));
    int r;

    if (gateway_health(gateway, request) || graphiql_serve(gateway->graphiql, request))
        return;
    r = session_init(request, gateway->runtime, &gateway->credentials, session);
    request->context = session;
    mark(request, session);
    if (strcmp(request->path, "/graphql") == 0) {
        request->route = "/graphql";
        serve_graphql(gateway, request, session, r);
        return;
    }
    if (browser_serve(gateway, request, session))
        return;
    if (serve_module_path(gateway, request, session) || pages_serve(gateway->pages, request))
        return;
    if (gateway->pages)
        answer_methods(request, "GET, HEAD, POST, OPTIONS"); /* others ask for no page */
    else
        gateway_error(request, 404, "NOT_FOUND", "There is nothing here.");
}

void gateway_serve_owner(struct gateway *gateway, struct http_request *request)
{
    struct session *session = ts_alloc(&request->arena, sizeof(*session));
    struct gateway unlisted = *gateway;

    unlisted.operations = NULL; /* a list binds clients, not who wrote it */
    (void)session_init(request, gateway->runtime, &gateway->credentials, session); /* credentials do not matter here */
    session_set_owner(session);
    request->context = session;
    mark(request, session);
    graphql_serve(&unlisted, request, session);
}
