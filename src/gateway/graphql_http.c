/*
 * GraphQL over HTTP (specification of that name, working draft of 2025): POST with a JSON object, GET with parameters
 * for queries only. A foreign page cannot make a browser change anything unasked: POST needs a content type that makes
 * the browser ask us first (cors.h), GET changes nothing, and its answer is not readable there. So GET needs no header
 * of its own (as other servers want apollo-require-preflight, which may be sent).
 */
#include <string.h>
#include <strings.h>

#include "base/json.h"
#include "gateway/cacheable.h"
#include "gateway/gateway.h"
#include "gateway/gzip.h"
#include "gateway/media_type.h"
#include "gateway/operations.h"
#include "gateway/query_string.h"
#include "gateway/resolve.h"
#include "gateway/sse.h"
#include "graphql/graphql.h"
#include "loop/loop.h"
#include "loop/runtime.h"

static const char json_type[] = "application/json; charset=utf-8";
static const char events_type[] = "text/event-stream; charset=utf-8";
static const char graphql_type[] = "application/graphql-response+json; charset=utf-8";

/* One exchange: where its answer goes, and the first thing wrong with it. */
struct exchange {
    struct gateway *gateway;
    struct http_request *http;
    const char *reply_type;
    bool is_stream; /* what is executed is answered by events; errors before that as ever */
    struct operation_ask ask;
    struct gql_request request;
};

static bool is_read(const struct http_request *http)
{
    return http->method == HTTP_GET || http->method == HTTP_HEAD;
}

static void yield(void *data)
{
    struct gql_env *env = data;

    env->yield(env);
}

/* `env` is that of the execution, or NULL when there was none. */
static void answer(struct exchange *exchange, int status, struct gql_env *env)
{
    struct http_reply reply = {
        .status = status,
        .content_type = exchange->reply_type,
        .body = exchange->http->out.data,
        .body_size = exchange->http->out.size,
    };

    if (status == 405)
        reply.headers[0] = (struct http_header){ "allow", "POST" };
    if (env && env->fresh_s && is_read(exchange->http))
        cacheable_mark(exchange->http, &reply, env->fresh_s, env->fresh_private);
    if (exchange->gateway->gzip)
        gzip_reply(exchange->http, &reply, env ? yield : NULL, env);
    http_reply(exchange->http, &reply);
}

/* Answer an error. Return: false, so that a check can end with it. */
static bool refuse(struct exchange *exchange, int status, const char *code, const char *message)
{
    buf_clear(&exchange->http->out);
    gql_error_body(&exchange->http->out, code, message);
    answer(exchange, status, /* env= */ NULL);
    return false;
}

/* As refuse(), for want of memory: the words are ours already. Return: false. */
static bool refuse_short(struct exchange *exchange, const char *body)
{
    struct http_reply reply = {
        .status = 503,
        .content_type = exchange->reply_type,
        .body = body,
        .body_size = strlen(body),
        .headers = { { "retry-after", "1" } },
    };

    http_reply(exchange->http, &reply);
    return false;
}

/* Nothing was done: said between the steps of a request. */
static bool refuse_spent(struct exchange *exchange)
{
    return refuse_short(exchange, "{\"errors\":[{\"message\":\"This server is short of memory; try again.\","
                                  "\"extensions\":{\"code\":\"RESOURCE_EXHAUSTED\"}}]}");
}

/* It was done, perhaps, and the answer does not fit into what memory there is. */
static bool refuse_unknown(struct exchange *exchange)
{
    return refuse_short(exchange,
                        "{\"errors\":[{\"message\":\"This server is short of memory; whether this was done is "
                        "not known. Ask again with the same idempotency key.\","
                        "\"extensions\":{\"code\":\"OUTCOME_UNKNOWN\"}}]}");
}

static bool take_string(struct exchange *exchange, const struct json *member, const char *name, const char **ret_text)
{
    if (!member || member->type == JSON_NULL)
        return true;
    if (member->type != JSON_STRING)
        return refuse(exchange, 400, "BAD_REQUEST",
                      ts_printf(&exchange->http->arena, "\"%s\" must be a string.", name));
    *ret_text = member->text;
    return true;
}

static bool check_object(struct exchange *exchange, const struct json *member, const char *name)
{
    if (!member || member->type == JSON_NULL || member->type == JSON_OBJECT)
        return true;
    return refuse(exchange, 400, "BAD_REQUEST", ts_printf(&exchange->http->arena, "\"%s\" must be an object.", name));
}

static bool refuse_json(struct exchange *exchange, const char *where, const struct json_error *error)
{
    return refuse(
        exchange, 400, "BAD_REQUEST",
        ts_printf(&exchange->http->arena, "%s is not JSON: %s, at byte %zu.", where, error->message, error->offset));
}

static void give_way(void *data)
{
    (void)data;
    runtime_give_way();
}

/* A megabyte of it takes longer than others may wait. */
static int parse(struct exchange *exchange, const char *text, size_t size, struct json **ret_json,
                 struct json_error *ret_error)
{
    return json_parse_pausing(&exchange->http->arena, text, size, (struct json_pause){ give_way, NULL }, ret_json,
                              ret_error);
}

/* Take what the request object says. */
static bool take_members(struct exchange *exchange, const struct json *body)
{
    struct gql_request *request = &exchange->request;
    const struct json *query = json_find(body, "query"), *variables = json_find(body, "variables");

    if (!take_string(exchange, query, "query", &exchange->ask.query) ||
        !take_string(exchange, json_find(body, "documentId"), "documentId", &exchange->ask.document_id) ||
        !take_string(exchange, json_find(body, "operationName"), "operationName", &request->operation_name) ||
        !check_object(exchange, variables, "variables") ||
        !check_object(exchange, json_find(body, "extensions"), "extensions"))
        return false;
    if (exchange->ask.query)
        exchange->ask.query_size = query->size;
    exchange->ask.extensions = json_find(body, "extensions");
    if (variables && variables->type == JSON_OBJECT)
        request->variables = variables;
    return true;
}

static bool read_post(struct exchange *exchange)
{
    struct http_request *http = exchange->http;
    struct json_error error;
    struct json *body;

    if (!media_type_is_json(http->content_type))
        return refuse(exchange, 415, "UNSUPPORTED_MEDIA_TYPE", "POST application/json in UTF-8.");
    if (parse(exchange, http->body, http->body_size, &body, &error) != 0)
        return refuse_json(exchange, "The body", &error);
    if (body->type == JSON_ARRAY)
        return refuse(exchange, 400, "BAD_REQUEST", "Batches are not accepted: send one operation per request.");
    if (body->type != JSON_OBJECT)
        return refuse(exchange, 400, "BAD_REQUEST", "The body must be a JSON object.");
    return take_members(exchange, body);
}

/* A parameter that is a JSON object; NULL when absent. */
static bool read_object(struct exchange *exchange, const char *text, const char *name, const struct json **ret_object)
{
    struct json_error error;
    struct json *object;

    if (!text || !*text)
        return true;
    if (parse(exchange, text, strlen(text), &object, &error) != 0)
        return refuse_json(exchange, ts_printf(&exchange->http->arena, "\"%s\"", name), &error);
    if (!check_object(exchange, object, name))
        return false;
    if (object->type == JSON_OBJECT)
        *ret_object = object;
    return true;
}

static bool read_get(struct exchange *exchange)
{
    struct query_string query;

    if (query_string_parse(&exchange->http->arena, exchange->http->query, &query) != 0)
        return refuse(exchange, 400, "BAD_REQUEST", "The query string is malformed, repeats a name, or is not UTF-8.");
    exchange->ask.query = query.query;
    exchange->ask.query_size = query.query ? strlen(query.query) : 0;
    exchange->ask.document_id = query.document_id;
    exchange->request.operation_name = query.operation_name;
    exchange->request.queries_only = true;
    return read_object(exchange, query.variables, "variables", &exchange->request.variables) &&
           read_object(exchange, query.extensions, "extensions", &exchange->ask.extensions);
}

/* The document that is meant. */
static bool take_operation(struct exchange *exchange, struct operation *ret_operation)
{
    struct operation_refusal refusal;
    bool is_new_type = exchange->reply_type == graphql_type;

    if (!operation_find(exchange->gateway->operations, &exchange->http->arena, &exchange->ask, ret_operation, &refusal))
        return refuse(exchange, refusal.malformed || is_new_type ? 400 : 200, refusal.code, refusal.message);
    exchange->request.query = ret_operation->text;
    exchange->request.query_size = ret_operation->size;
    return true;
}

static int status_of(const struct exchange *exchange, enum gql_outcome outcome)
{
    if (outcome == GQL_NOT_A_QUERY)
        return 405;
    return outcome == GQL_REFUSED && exchange->reply_type == graphql_type ? 400 : 200;
}

/* What the answer will be called. */
static bool take_reply_type(struct exchange *exchange)
{
    enum media_type type = media_type_negotiate(exchange->http->accept);

    exchange->is_stream = type == MEDIA_TYPE_EVENTS;
    exchange->reply_type = type == MEDIA_TYPE_GRAPHQL || exchange->is_stream ? graphql_type : json_type;
    return type != MEDIA_TYPE_NONE ||
           refuse(exchange, 406, "NOT_ACCEPTABLE",
                  "Answers are application/graphql-response+json, application/json or text/event-stream.");
}

/* A subscription that is asked for as events begins, and is answered by them; all else is executed. */
static enum gql_outcome begin(struct exchange *exchange, const struct session *session, struct resolve *resolve)
{
    struct http_request *request = exchange->http;
    enum gql_outcome outcome = GQL_NOT_A_SUBSCRIPTION;

    if (exchange->is_stream && exchange->gateway->streams && request->method != HTTP_HEAD)
        outcome = sse_subscribe(exchange->gateway->streams, request, session, &exchange->request);
    if (outcome != GQL_NOT_A_SUBSCRIPTION)
        return outcome;
    buf_clear(&request->out);
    return gql_execute(exchange->gateway->schema, &resolve->env, &exchange->request, &request->out);
}

static void answer_outcome(struct exchange *exchange, enum gql_outcome outcome, struct gql_env *env)
{
    if (exchange->is_stream && outcome == GQL_EXECUTED) {
        sse_wrap(exchange->http);
        exchange->reply_type = events_type;
        env->fresh_s = 0;
    }
    answer(exchange, status_of(exchange, outcome), env);
}

static void execute(struct exchange *exchange, const struct session *session, const struct operation *operation)
{
    struct gateway *gateway = exchange->gateway;
    struct http_request *request = exchange->http;
    uint64_t start_ns = loop_hrtime_ns();
    struct resolve resolve;
    enum gql_outcome outcome;

    resolve_init(&resolve, gateway->runtime, &request->arena, session, request->deadline_ms);
    resolve.trace = trace_new(request, session);
    resolve.env.trace = resolve.trace ? &resolve.trace->plan : NULL;
    outcome = begin(exchange, session, &resolve);
    if (outcome == GQL_EXECUTED)
        operation_keep(gateway->operations, operation);
    if (gateway->meter)
        meter_operation(gateway->meter, &resolve.env, outcome, loop_hrtime_ns() - start_ns);
    if (request->answered)
        return;
    if (resolve.retry_after_s)
        http_header_add(request->marks, HTTP_MARKS_MAX, "retry-after",
                        ts_printf(&request->arena, "%u", resolve.retry_after_s));
    if (resolve.trace)
        trace_write(resolve.trace, &request->out);
    if (outcome == GQL_EXHAUSTED || (request->out.is_short && !request->arena.is_finishing))
        refuse_spent(exchange);
    else if (request->out.is_short)
        refuse_unknown(exchange);
    else if (request->out.full)
        refuse(exchange, 400, "TOO_LARGE", "The answer is too large: ask for less.");
    else
        answer_outcome(exchange, outcome, &resolve.env);
}

void graphql_serve(struct gateway *gateway, struct http_request *request, const struct session *session)
{
    struct exchange exchange = { .gateway = gateway, .http = request };
    struct operation operation;

    if (!take_reply_type(&exchange) || !(is_read(request) ? read_get(&exchange) : read_post(&exchange)) ||
        !take_operation(&exchange, &operation))
        return;
    if (arena_is_spent(&request->arena))
        refuse_spent(&exchange);
    else
        execute(&exchange, session, &operation);
}
