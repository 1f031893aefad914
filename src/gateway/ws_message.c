/*
 * The messages of graphql-transport-ws. What is not one of them closes the socket with 4400, as the protocol wants; a
 * message about an operation that has ended is none of our business any more.
 */
#include <string.h>

#include "base/json.h"
#include "gateway/ws_inside.h"
#include "tessera/memory.h"

enum {
    OUT_SIZE_MAX = HTTP_OUT_SIZE_MAX,
    OUT_KEEP_MAX = 64 << 10,
    ID_JSON_SIZE_MAX = 6 * WS_ID_SIZE_MAX + 2, /* each byte escaped, and quotes */
};

void ws_exchange_free(struct ws_exchange *exchange)
{
    arena_done(&exchange->arena);
    buf_done(&exchange->out);
    ts_memory_free(exchange);
}

struct ws_exchange *ws_exchange_take(struct ws_server *server)
{
    struct ws_exchange *exchange = server->spare;

    server->spare = NULL;
    if (exchange)
        return exchange;
    exchange = ts_memory_new(1, sizeof(*exchange));
    arena_init(&exchange->arena);
    buf_init(&exchange->out, OUT_SIZE_MAX);
    return exchange;
}

void ws_exchange_give(struct ws_server *server, struct ws_exchange *exchange)
{
    if (server->spare || exchange->out.room > OUT_KEEP_MAX) {
        ws_exchange_free(exchange);
        return;
    }
    arena_reset(&exchange->arena);
    buf_clear(&exchange->out);
    exchange->out.full = false;
    exchange->request = (struct gql_request){ 0 };
    exchange->ask = (struct operation_ask){ 0 };
    exchange->operation = NULL;
    server->spare = exchange;
}

struct message {
    struct ws *ws;
    struct ws_exchange *exchange; /* NULL once somebody else has it */
    const struct json *json, *payload;
};

static void refuse(const struct message *message, const char *problem)
{
    ws_close(message->ws, WS_BAD_MESSAGE, problem);
}

static bool is_absent(const struct json *member)
{
    return !member || member->type == JSON_NULL;
}

static bool is_object_or_absent(const struct json *member)
{
    return is_absent(member) || member->type == JSON_OBJECT;
}

void ws_acknowledge(struct ws *ws)
{
    static const char ack[] = "{\"type\":\"connection_ack\"}";

    ws_ready(ws);
    ws_send(ws, ack, sizeof(ack) - 1);
}

static void take_init(struct message *message)
{
    struct ws *ws = message->ws;
    const struct json *token = json_find(message->payload, "authorization");

    if (!token)
        token = json_find(message->payload, "Authorization");
    if (ws->state != WS_OPEN)
        ws_close(ws, WS_TOO_MANY_INITS, "Too many initialisation requests");
    else if (is_absent(token))
        ws_acknowledge(ws);
    else if (token->type == JSON_STRING)
        ws_sign_in(ws, token->text);
    else
        ws_close(ws, WS_FORBIDDEN, "Forbidden");
}

static void take_ping(struct message *message)
{
    struct buf *out = &message->exchange->out;

    buf_add_literal(out, "{\"type\":\"pong\"");
    if (!is_absent(message->payload)) {
        buf_add_literal(out, ",\"payload\":");
        json_write(out, message->payload);
    }
    buf_add_char(out, '}');
    ws_send(message->ws, out->data, out->size);
}

static void take_pong(struct message *message)
{
    (void)message; /* that something came is all there is to know */
}

static bool read_id(struct message *message, struct buf *ret_id)
{
    const struct json *id = json_find(message->json, "id");

    if (!id || id->type != JSON_STRING || id->size == 0 || id->size > WS_ID_SIZE_MAX) {
        refuse(message, "\"id\" must be a string of 1 to 128 bytes.");
        return false;
    }
    json_write_string(ret_id, id->text, id->size);
    return true;
}

static bool is_text_or_absent(const struct json *member)
{
    return is_absent(member) || member->type == JSON_STRING;
}

/* What a payload must be. Return: NULL, or what it is not. */
static const char *check_payload(const struct json *payload)
{
    if (!payload || payload->type != JSON_OBJECT)
        return "\"payload\" must be an object.";
    if (!is_text_or_absent(json_find(payload, "query")))
        return "\"payload.query\" must be a string.";
    if (!is_text_or_absent(json_find(payload, "documentId")))
        return "\"payload.documentId\" must be a string.";
    if (!is_text_or_absent(json_find(payload, "operationName")))
        return "\"payload.operationName\" must be a string.";
    if (!is_object_or_absent(json_find(payload, "variables")))
        return "\"payload.variables\" must be an object.";
    if (!is_object_or_absent(json_find(payload, "extensions")))
        return "\"payload.extensions\" must be an object.";
    if (is_absent(json_find(payload, "query")) && is_absent(json_find(payload, "documentId")) &&
        is_absent(json_find(payload, "extensions")))
        return "\"payload.query\" must be a string."; /* no other way to mean a document either */
    return NULL;
}

static const char *text_of(const struct json *member)
{
    return is_absent(member) ? NULL : member->text;
}

static void read_payload(const struct json *payload, struct ws_exchange *exchange)
{
    const struct json *query = json_find(payload, "query"), *variables = json_find(payload, "variables");
    const struct json *extensions = json_find(payload, "extensions");

    exchange->ask.query = text_of(query);
    exchange->ask.query_size = exchange->ask.query ? query->size : 0;
    exchange->ask.document_id = text_of(json_find(payload, "documentId"));
    exchange->ask.extensions = is_absent(extensions) ? NULL : extensions;
    exchange->request.operation_name = text_of(json_find(payload, "operationName"));
    exchange->request.variables = is_absent(variables) ? NULL : variables;
}

static void take_subscribe(struct message *message)
{
    struct ws *ws = message->ws;
    struct ws_exchange *exchange = message->exchange;
    const char *problem;
    struct buf id;

    buf_init(&id, ID_JSON_SIZE_MAX);
    if (read_id(message, &id)) {
        problem = check_payload(message->payload);
        if (problem) {
            refuse(message, problem);
        } else if (ws->state != WS_READY) {
            ws_close(ws, WS_UNAUTHORIZED, "Unauthorized");
        } else if (ws_has_operation(ws, &id)) {
            ws_close(ws, WS_ID_IN_USE, "Subscriber for this id already exists");
        } else {
            read_payload(message->payload, exchange);
            message->exchange = NULL;
            ws_operation_start(ws, &id, exchange);
        }
    }
    buf_done(&id);
}

static void take_complete(struct message *message)
{
    struct buf id;

    buf_init(&id, ID_JSON_SIZE_MAX);
    if (read_id(message, &id))
        ws_operation_complete(message->ws, &id);
    buf_done(&id);
}

static void dispatch(struct message *message)
{
    static const struct {
        const char *type;
        void (*take)(struct message *message);
        bool free_payload; /* `take` says what it must be; else an object or nothing */
    } rows[] = {
        { "connection_init", take_init, false },
        { "subscribe", take_subscribe, true },
        { "complete", take_complete, true },
        { "ping", take_ping, false },
        { "pong", take_pong, false },
    };
    const struct json *type = json_find(message->json, "type");

    message->payload = json_find(message->json, "payload");
    for (size_t i = 0; type && type->type == JSON_STRING && i < sizeof(rows) / sizeof(rows[0]); i++) {
        if (strcmp(type->text, rows[i].type) != 0)
            continue;
        if (rows[i].free_payload || is_object_or_absent(message->payload))
            rows[i].take(message);
        else
            refuse(message, "\"payload\" must be an object.");
        return;
    }
    refuse(message, "\"type\" is none that a client may send.");
}

void ws_receive(struct ws *ws, const char *text, size_t size)
{
    struct message message = { .ws = ws, .exchange = ws_exchange_take(ws->server) };
    struct json_error error;
    struct json *json;

    if (json_parse(&message.exchange->arena, text, size, &json, &error) != 0) {
        refuse(&message, "The message is not JSON.");
    } else if (json->type != JSON_OBJECT) {
        refuse(&message, "The message must be a JSON object.");
    } else {
        message.json = json;
        dispatch(&message);
    }
    if (message.exchange)
        ws_exchange_give(ws->server, message.exchange);
}
