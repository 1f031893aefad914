/*
 * The operations of a socket. Each begins on a fiber of its own, with the memory of the message that asked for it: a
 * query or mutation is executed there, a subscription begun. The socket may go meanwhile, and its client may take the
 * operation back: then the fiber ends unheard.
 */
#include <assert.h>
#include <string.h>

#include "gateway/resolve.h"
#include "gateway/ws_inside.h"
#include "loop/fiber.h"
#include "telemetry/log.h"
#include "tessera/err.h"
#include "tessera/limits.h"
#include "tessera/memory.h"

static const char head[] = "{\"id\":", middle[] = ",\"type\":\"next\",\"payload\":";

static bool has_id(const struct ws_operation *operation, const struct buf *id)
{
    return operation->id_size == id->size && memcmp(operation->text + sizeof(head) - 1, id->data, id->size) == 0;
}

static struct ws_operation **find(struct ws *ws, const struct buf *id)
{
    struct ws_operation **at = &ws->operations;

    while (*at && !has_id(*at, id))
        at = &(*at)->next;
    return at;
}

bool ws_has_operation(const struct ws *ws, const struct buf *id)
{
    return *find((struct ws *)ws, id) != NULL;
}

/* Out of the socket's list; freed here, or by its fiber. */
static void operation_leave(struct ws_operation **at)
{
    struct ws_operation *operation = *at;

    *at = operation->next;
    operation->left = true;
    operation->ws->operation_count--;
    if (operation->live)
        subscriber_leave(&operation->subscriber);
    if (!operation->held)
        ts_memory_free(operation);
}

/* Out of the list, if it is still there, and no longer held. */
static void operation_end(struct ws_operation *operation)
{
    struct ws_operation **at = &operation->ws->operations;

    operation->held = false;
    if (operation->left) {
        ts_memory_free(operation);
        return;
    }
    while (*at != operation)
        at = &(*at)->next;
    operation_leave(at);
}

void ws_operation_complete(struct ws *ws, const struct buf *id)
{
    struct ws_operation **at = find(ws, id);

    if (*at)
        operation_leave(at);
}

void ws_operations_end(struct ws *ws)
{
    while (ws->operations)
        operation_leave(&ws->operations);
}

/* A reader that was busy is not: give each that waits its turn, until it is busy again. */
void ws_operations_ready(struct ws *ws)
{
    struct ws_operation *operation = ws->operations;

    while (operation && ws->state != WS_CLOSING && tunnel_pending(&ws->tunnel) < WS_BUSY_SIZE) {
        if (!operation->waiting) {
            operation = operation->next;
            continue;
        }
        operation->waiting = false;
        subscriber_ready(&operation->subscriber);
        operation = ws->operations; /* it may have ended, or waits again */
    }
}

/* Messages to the client. */

static void send_next(struct ws_operation *operation, const char *payload, size_t size)
{
    const struct iovec pieces[] = {
        { operation->text, operation->text_size },
        { (void *)payload, size },
        { (void *)"}", 1 },
    };

    ws_send_pieces(operation->ws, pieces, 3);
}

/* {"id":ID,"type":TYPE and what follows. */
static void send_last(struct ws_operation *operation, const char *rest, const char *payload, size_t size)
{
    const struct iovec pieces[] = {
        { operation->text, sizeof(head) - 1 + operation->id_size },
        { (void *)rest, strlen(rest) },
        { (void *)payload, size },
    };

    ws_send_pieces(operation->ws, pieces, 3);
}

static void send_complete(struct ws_operation *operation)
{
    send_last(operation, ",\"type\":\"complete\"}", "", 0);
}

/* The list in {"errors":[…]}, with the brace behind it, which ends our message just as well. */
static void send_error(struct ws_operation *operation, const char *body, size_t size)
{
    static const char start[] = "{\"errors\":";

    assert(size > sizeof(start) && memcmp(body, start, sizeof(start) - 1) == 0 && body[size - 1] == '}');
    send_last(operation, ",\"type\":\"error\",\"payload\":", body + sizeof(start) - 1, size - (sizeof(start) - 1));
}

/* What the subscription says. */

static bool on_next(struct subscriber *subscriber, struct payload *payload)
{
    struct ws_operation *operation = (struct ws_operation *)subscriber;

    if (tunnel_pending(&operation->ws->tunnel) >= WS_BUSY_SIZE) {
        operation->waiting = true;
        return false;
    }
    send_next(operation, payload->text, payload->size);
    return true;
}

static void on_end(struct subscriber *subscriber, enum subscriber_end why, struct payload *last)
{
    struct ws_operation *operation = (struct ws_operation *)subscriber;

    operation->live = false;
    operation->held = true; /* a message that cannot be sent ends the socket with all its operations */
    switch (why) {
    case SUBSCRIBER_COMPLETE:
        send_complete(operation);
        break;
    case SUBSCRIBER_FAILED:
        send_error(operation, last->text, last->size);
        break;
    case SUBSCRIBER_SLOW:
        ws_close(operation->ws, WS_TRY_LATER, "Answers are not read.");
        break;
    case SUBSCRIBER_STOPPING:
        break; /* the socket says it for all */
    }
    operation_end(operation);
}

static const struct subscriber_ops subscriber_ops = { on_next, on_end };

/* Execution. */

static void refuse(struct ws_exchange *exchange, const char *code, const char *problem)
{
    buf_clear(&exchange->out);
    exchange->out.full = false;
    gql_error_body(&exchange->out, code, problem);
}

/* The document that is meant. False: the answer says why there is none. */
static bool find_document(struct ws_exchange *exchange, struct operation *ret_document)
{
    struct operations *operations = exchange->operation->ws->server->config.gateway->operations;
    struct operation_refusal refusal;

    if (!operation_find(operations, &exchange->arena, &exchange->ask, ret_document, &refusal)) {
        refuse(exchange, refusal.code, refusal.message);
        return false;
    }
    exchange->request.query = ret_document->text;
    exchange->request.query_size = ret_document->size;
    return true;
}

/* Who asks, as he is now. False: the answer says why he is nobody. */
static bool find_rights(struct ws_exchange *exchange, struct session *session)
{
    int r = session_renew(session, &exchange->arena, &exchange->operation->ws->server->config.gateway->credentials);

    if (r == TS_EUNAUTHENTICATED)
        refuse(exchange, "UNAUTHENTICATED", "The session has ended; sign in again.");
    else if (r)
        refuse(exchange, "UNAVAILABLE", "Who you are cannot be found out now; try again.");
    return r == 0;
}

/* A query or mutation is answered; a subscription is begun, and answers later. */
static enum gql_outcome execute(struct ws_exchange *exchange, bool *ret_live)
{
    struct ws *ws = exchange->operation->ws;
    struct gateway *gateway = ws->server->config.gateway;
    int64_t deadline_ms = loop_now_ms(ws->server->config.loop) + TS_REQUEST_MS_MAX;
    uint64_t start_ns = loop_hrtime_ns();
    struct session session = ws->session;
    struct resolve resolve;
    struct operation document;
    enum gql_outcome outcome;

    if (!find_document(exchange, &document) || !find_rights(exchange, &session))
        return GQL_REFUSED;
    if (arena_is_spent(&exchange->arena))
        return GQL_EXHAUSTED;
    resolve_init(&resolve, gateway->runtime, &exchange->arena, &session, deadline_ms);
    outcome = gql_execute(gateway->schema, &resolve.env, &exchange->request, &exchange->out);
    if (outcome == GQL_REFUSED && resolve.env.operation_type && *resolve.env.operation_type == 's') {
        buf_clear(&exchange->out);
        outcome = subscribe(gateway, &session, &exchange->request, &exchange->operation->subscriber, &exchange->out);
        *ret_live = outcome == GQL_EXECUTED;
    }
    if (outcome == GQL_EXECUTED)
        operation_keep(gateway->operations, &document);
    if (gateway->meter)
        meter_operation(gateway->meter, &resolve.env, outcome, loop_hrtime_ns() - start_ns);
    return outcome;
}

/* Memory ran out. What has changed something may not be called undone. */
static void refuse_short(struct ws_operation *operation, bool is_undone)
{
    static const char undone[] = "{\"errors\":[{\"message\":\"This server is short of memory; try again.\","
                                 "\"extensions\":{\"code\":\"RESOURCE_EXHAUSTED\"}}]}";
    static const char unknown[] =
        "{\"errors\":[{\"message\":\"This server is short of memory; whether this was done is "
        "not known. Ask again with the same idempotency key.\","
        "\"extensions\":{\"code\":\"OUTCOME_UNKNOWN\"}}]}";

    if (is_undone)
        send_error(operation, undone, sizeof(undone) - 1);
    else
        send_error(operation, unknown, sizeof(unknown) - 1);
}

static void answer(struct ws_exchange *exchange, enum gql_outcome outcome)
{
    struct ws_operation *operation = exchange->operation;

    if (outcome == GQL_EXHAUSTED || exchange->out.is_short) {
        refuse_short(operation, outcome == GQL_EXHAUSTED || !exchange->arena.is_finishing);
        return;
    }
    if (exchange->out.full) {
        refuse(exchange, "TOO_LARGE", "The answer is too large: ask for less.");
        outcome = GQL_REFUSED;
    }
    if (outcome == GQL_EXECUTED) {
        send_next(operation, exchange->out.data, exchange->out.size);
        send_complete(operation);
    } else {
        send_error(operation, exchange->out.data, exchange->out.size);
    }
}

/* On the fiber. */
static void run(void *data)
{
    struct ws_exchange *exchange = data;
    struct ws_operation *operation = exchange->operation;
    struct ws *ws = operation->ws;
    struct ws_server *server = ws->server;
    bool live = false;
    enum gql_outcome outcome = execute(exchange, &live);

    if (operation->left && live)
        subscriber_leave(&operation->subscriber);
    else if (!operation->left && !live)
        answer(exchange, outcome);
    operation->live = live && !operation->left;
    if (operation->live)
        operation->held = false;
    else
        operation_end(operation);
    ws_exchange_give(server, exchange);
    server->running--;
    ws->running--;
    ws_stop_when_idle(ws);
    ws_release(ws);
}

static struct ws_operation *operation_new(struct ws *ws, const struct buf *id)
{
    size_t text_size = sizeof(head) - 1 + id->size + sizeof(middle) - 1;
    struct ws_operation *operation = ts_memory_new(1, sizeof(*operation) + text_size);
    char *at;

    operation->subscriber.ops = &subscriber_ops;
    operation->ws = ws;
    operation->id_size = (unsigned short)id->size;
    operation->text_size = (unsigned short)text_size;
    at = memcpy(operation->text, head, sizeof(head) - 1);
    at = memcpy(at + sizeof(head) - 1, id->data, id->size);
    memcpy(at + id->size, middle, sizeof(middle) - 1);
    operation->next = ws->operations;
    ws->operations = operation;
    ws->operation_count++;
    ws->operations_total++;
    if (ws->server->metrics.operations)
        ts_metric_add(ws->server->metrics.operations, 1);
    return operation;
}

void ws_operation_start(struct ws *ws, const struct buf *id, struct ws_exchange *exchange)
{
    struct ws_operation *operation = operation_new(ws, id);
    struct ws_server *server = ws->server;

    exchange->operation = operation;
    operation->held = true;
    if (ws->stopping)
        refuse(exchange, "UNAVAILABLE", "The server stops.");
    else if (ws->operation_count > WS_OPERATIONS_MAX || ws->running >= WS_OPERATIONS_MAX)
        refuse(exchange, "RATE_LIMITED", "Too many operations at once on this socket.");
    else if (server->running >= WS_RUNNING_MAX)
        refuse(exchange, "UNAVAILABLE", "Too many operations at once.");
    if (exchange->out.size) {
        answer(exchange, GQL_REFUSED);
        operation_end(operation);
        ws_exchange_give(server, exchange);
        return;
    }
    server->running++;
    ws->running++;
    fiber_spawn(server->config.loop, run, exchange);
}
