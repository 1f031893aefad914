/*
 * The bus between processes. A call to a module that is away is a request on tessera.<package>.<Service>.<Method>; who
 * runs the module has subscribed to its services, in a queue group for each, so that processes with the same modules
 * share the calls. Answers come to one inbox for each connection, under a word that names the call. Events go to
 * everyone on tessera.event.<package>.<Event>. Nothing is kept for who is not there: a call without a responder fails
 * at once, an event is a hint.
 */
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "bus/head.h"
#include "bus/inside.h"
#include "bus/uplink.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"
#include "tessera/cleanup.h"
#include "tessera/limits.h"
#include "tessera/memory.h"

enum {
    WAITING_LISTS = 1024,
    TOKEN_SIZE = 17,
    ID_SIZE = 33,
    PAUSE_MS_MIN = 50, /* before the first new try; doubles with each, up to */
    PAUSE_MS_MAX = 2000,
    LOOK_MS = 5, /* for the end of what is served, once we are leaving */
};

#define EVENTS "tessera.event."

struct nats {
    struct bus *bus;
    const struct bus_net *net;
    struct uplink *uplink; /* NULL between two tries */
    unsigned uplinks;      /* with those that are being closed */
    bool open, ending;
    struct loop_timer retry;
    int64_t pause_ms;
    char id[ID_SIZE]; /* ours, among those who publish */

    struct uplink_subscription *subscriptions; /* the services here, in order; the events last */
    const struct bus_service **served;
    size_t served_count;
    size_t serving; /* calls from others that are not answered yet */

    struct list waiting[WAITING_LISTS]; /* calls of ours without an answer, by token */
    uint64_t last_token;

    void (*left)(void *data); /* NULL: nobody asked us to leave */
    void *left_data;
    int64_t leave_end_ms;
    bool taken_all, flushing;
    struct loop_timer leave_look;

    struct ts_metric *connected, *connections; /* NULL without metrics */
};

/* ---- calls of ours */

/* On its caller's stack. */
struct waiting {
    struct list link;
    uint64_t token;
    natsMsg *answer; /* NULL while there is none */
    bool broken;     /* and there will be none: the connection is gone */
    struct ts_waiters waiters;
};

static int send_failed(struct ts_call *call, int error, size_t size)
{
    switch (error) {
    case TS_ERANGE:
        return ts_fail(call, TS_EEXHAUSTED, "A message of %zu bytes is too large.", size);
    case TS_EEXHAUSTED:
        return ts_fail(call, error, "Too much waits to be sent; try again.");
    default:
        return ts_fail(call, TS_EUNAVAILABLE, "The bus is not connected.");
    }
}

/* Pack, address and send the request. Return: 0; a ts_error with words, nothing sent. */
static int request_send(struct nats *nats, const struct bus_route *route, struct ts_call *callee,
                        const ProtobufCMessage *request, uint64_t token)
{
    size_t size = protobuf_c_message_get_packed_size(request);
    char word[TOKEN_SIZE] = "", subject[256], reply[256];
    natsMsg *message = NULL;
    uint8_t *bytes;
    int r;

    if (size > TS_MESSAGE_SIZE_MAX)
        return send_failed(callee, TS_ERANGE, size);
    bytes = ts_alloc(callee->arena, size);
    protobuf_c_message_pack(request, bytes);
    hex_put_number(word, token);
    (void)snprintf(subject, sizeof(subject), "tessera.%s", route->name);
    (void)snprintf(reply, sizeof(reply), "%s.%s", uplink_inbox(nats->uplink), word);
    if (natsMsg_Create(&message, subject, reply, (const char *)bytes, (int)size) || head_write(callee, message))
        r = TS_EEXHAUSTED;
    else
        r = uplink_send(nats->uplink, message);
    natsMsg_Destroy(message);
    return r ? send_failed(callee, r, size) : 0;
}

/*
 * The answer is awaited a second longer than the call has: whoever serves it ends it at its deadline, and says so. What
 * ends the wait before says nothing of what was done there.
 */
static int answer_await(struct ts_call *callee, struct waiting *waiting)
{
    struct ts_call patient = *callee;
    int r = 0;

    ts_shield_begin(&patient);
    if (!waiting->answer && !waiting->broken)
        r = ts_wait(&patient, &waiting->waiters);
    if (waiting->answer || r == TS_ECRASHED)
        return waiting->answer ? 0 : r;
    return ts_fail(callee, TS_EUNKNOWN,
                   waiting->broken ? "The connection broke before the answer came; it may have been done."
                                   : "No answer came in time; it may have been done.");
}

static int answer_read(const struct bus_route *route, struct ts_call *callee, natsMsg *answer,
                       const ProtobufCMessage **ret_reply)
{
    size_t size = (size_t)natsMsg_GetDataLength(answer);
    int r = head_read_status(answer);
    const ProtobufCMessage *reply;

    if (natsMsg_IsNoResponders(answer))
        return ts_fail(callee, TS_EUNAVAILABLE, "Nobody serves this at the moment.");
    if (r && size)
        (void)ts_fail(callee, r, "%.*s", (int)size, natsMsg_GetData(answer));
    callee->failed_with = r;
    callee->failure_logged = r; /* where it began */
    if (r)
        return r;
    reply = protobuf_c_message_unpack(route->method->output, ts_arena_allocator(callee->arena), size,
                                      (const uint8_t *)natsMsg_GetData(answer));
    if (!reply)
        return ts_fail(callee, TS_EINTERNAL, "The answer is not one of %s.", route->name);
    *ret_reply = reply;
    return 0;
}

static int nats_call(const struct bus_route *route, struct ts_call *callee, const ProtobufCMessage *request,
                     const ProtobufCMessage **ret_reply)
{
    struct nats *nats = callee->runtime->bus->nats;
    struct waiting waiting = { 0 };
    int r;

    if (!nats)
        return ts_fail(callee, TS_EUNAVAILABLE, "Nobody serves this here.");
    if (!nats->open)
        return send_failed(callee, TS_EUNAVAILABLE, 0);
    waiting.token = ++nats->last_token;
    r = request_send(nats, route, callee, request, waiting.token);
    if (r)
        return r;
    list_add_end(&nats->waiting[waiting.token % WAITING_LISTS], &waiting.link);
    r = answer_await(callee, &waiting);
    list_remove(&waiting.link);
    if (r == 0)
        r = answer_read(route, callee, waiting.answer, ret_reply);
    natsMsg_Destroy(waiting.answer);
    return r;
}

const struct bus_transport bus_nats = { "nats", nats_call };

static void on_answer(void *data, natsMsg *answer)
{
    struct nats *nats = data;
    const char *dot = strrchr(natsMsg_GetSubject(answer), '.');
    uint64_t token = strtoull(dot ? dot + 1 : "", NULL, 16);

    LIST_EACH (link, &nats->waiting[token % WAITING_LISTS]) {
        struct waiting *waiting = container_of(link, struct waiting, link);

        if (waiting->token != token || waiting->answer)
            continue;
        waiting->answer = answer;
        ts_wake(&waiting->waiters);
        return;
    }
    natsMsg_Destroy(answer); /* too late */
}

static void waiting_break(struct nats *nats)
{
    for (size_t i = 0; i < WAITING_LISTS; i++) {
        LIST_EACH (link, &nats->waiting[i]) {
            struct waiting *waiting = container_of(link, struct waiting, link);

            waiting->broken = true;
            ts_wake(&waiting->waiters);
        }
    }
}

/* ---- calls of others */

struct inlet {
    struct nats *nats;
    const struct bus_service *service;
    natsMsg *request;
};

/* Answer with a message, or with a failure's words. What cannot be sent is missed by who asked. */
static int reply_send(struct nats *nats, const char *to, int error, const void *bytes, size_t size)
{
    natsMsg *message = NULL;
    int r = TS_EUNAVAILABLE;

    if (nats->uplink && natsMsg_Create(&message, to, NULL, bytes, (int)size) == NATS_OK &&
        head_write_status(message, error) == NATS_OK)
        r = uplink_send(nats->uplink, message);
    natsMsg_Destroy(message);
    return r;
}

static void reply_failure(struct nats *nats, const char *to, struct ts_call *call, int error)
{
    const char *words = call->failed_with == error && call->failure ? call->failure : "";

    (void)reply_send(nats, to, error, words, strlen(words));
}

static void reply_message(struct nats *nats, const char *to, struct ts_call *call, const ProtobufCMessage *reply)
{
    size_t size = protobuf_c_message_get_packed_size(reply);
    uint8_t *bytes = ts_alloc(call->arena, size);
    int r = TS_ERANGE;

    if (size <= TS_MESSAGE_SIZE_MAX) {
        protobuf_c_message_pack(reply, bytes);
        r = reply_send(nats, to, 0, bytes, size);
    }
    if (r)
        reply_failure(nats, to, call, send_failed(call, r, size));
}

static const struct bus_route *inlet_route(const struct inlet *inlet)
{
    const ProtobufCServiceDescriptor *descriptor = inlet->service->descriptor;
    const char *dot = strrchr(natsMsg_GetSubject(inlet->request), '.');

    for (unsigned i = 0; i < descriptor->n_methods; i++)
        if (strcmp(descriptor->methods[i].name, dot + 1) == 0)
            return &inlet->service->routes[i];
    return NULL;
}

/* The caller's call, made here: it is admitted, timed and worded as one of our own. */
static int inlet_call(struct ts_call *call, const struct inlet *inlet, const ProtobufCMessage **ret_reply)
{
    const struct bus_route *route = inlet_route(inlet);
    const struct bus_transport *transport = call->runtime->bus->transport;
    ProtobufCMessage *request;

    if (!route)
        return ts_fail(call, TS_EUNIMPLEMENTED, "There is no such rpc here.");
    if (head_read(call, inlet->request))
        return ts_fail(call, TS_EINVALID, "The headers are not those of a call.");
    request = protobuf_c_message_unpack(route->method->input, ts_arena_allocator(call->arena),
                                        (size_t)natsMsg_GetDataLength(inlet->request),
                                        (const uint8_t *)natsMsg_GetData(inlet->request));
    if (!request)
        return ts_fail(call, TS_EINVALID, "The request is not one of %s.", route->name);
    return call_by(call, route, transport == &bus_nats ? &bus_local : transport, request, ret_reply);
}

static int inlet_run(struct ts_call *call, void *data)
{
    struct inlet *inlet = data;
    const char *to = natsMsg_GetReply(inlet->request);
    const ProtobufCMessage *reply = NULL;
    int r = inlet_call(call, inlet, &reply);

    if (call->runtime->crashed || !to)
        return r;
    if (r)
        reply_failure(inlet->nats, to, call, r);
    else
        reply_message(inlet->nats, to, call, reply);
    return r;
}

static void inlet_done(void *data, int result)
{
    struct inlet *inlet = data;

    (void)result; /* it was sent back */
    inlet->nats->serving--;
    natsMsg_Destroy(inlet->request);
    ts_memory_free(inlet);
}

static void inlet_take(struct nats *nats, const struct bus_service *service, natsMsg *request)
{
    struct inlet *inlet = ts_memory_new(1, sizeof(*inlet));

    *inlet = (struct inlet){ nats, service, request };
    nats->serving++;
    bus_spawn(
        nats->bus,
        &(struct bus_task){
            .operation = "inlet", .timeout_ms = TS_CALL_MS_MAX, .run = inlet_run, .done = inlet_done, .data = inlet });
}

/* ---- events */

void nats_publish(struct nats *nats, const ProtobufCMessage *event)
{
    size_t size = protobuf_c_message_get_packed_size(event);
    char *bytes = ts_memory_new(1, size + 1), subject[256];
    natsMsg *message = NULL;

    protobuf_c_message_pack(event, (uint8_t *)bytes);
    (void)snprintf(subject, sizeof(subject), EVENTS "%s", event->descriptor->name);
    if (!nats->open || natsMsg_Create(&message, subject, NULL, bytes, (int)size) ||
        head_write_from(message, nats->id) || uplink_send(nats->uplink, message))
        events_count_dropped(nats->bus);
    natsMsg_Destroy(message);
    ts_memory_free(bytes);
}

/* One that nobody here knows is of a newer program. */
static void event_take(struct nats *nats, natsMsg *message)
{
    const char *name = natsMsg_GetSubject(message) + sizeof(EVENTS) - 1;
    const ProtobufCMessageDescriptor *descriptor = events_find(nats->bus, name);
    ProtobufCMessage *event = NULL;
    struct ts_arena arena;

    if (!descriptor || head_is_from(message, nats->id))
        return;
    arena_init(&arena);
    event = protobuf_c_message_unpack(descriptor, ts_arena_allocator(&arena), (size_t)natsMsg_GetDataLength(message),
                                      (const uint8_t *)natsMsg_GetData(message));
    if (event)
        events_tell(nats->bus, event);
    else
        events_count_dropped(nats->bus);
    arena_done(&arena);
}

/* ---- the connection */

static void on_message(void *data, size_t subscription, natsMsg *message)
{
    struct nats *nats = data;

    if (subscription < nats->served_count) {
        inlet_take(nats, nats->served[subscription], message);
        return;
    }
    if (!nats->bus->runtime->cancelled)
        event_take(nats, message);
    natsMsg_Destroy(message);
}

static void nats_set_open(struct nats *nats, bool open)
{
    nats->open = open;
    if (!nats->connected)
        return;
    ts_metric_set(nats->connected, open);
    ts_metric_add(nats->connections, open);
}

static void on_opened(void *data)
{
    struct nats *nats = data;

    nats->pause_ms = PAUSE_MS_MIN;
    nats_set_open(nats, true);
    if (nats->bus->runtime->log)
        log_say(nats->bus->runtime->log, TS_LOG_INFO, "bus-connected", "The bus is connected to %s.", nats->net->host);
}

static void nats_left(struct nats *nats)
{
    void (*left)(void *data) = nats->left;

    loop_timer_stop(nats->bus->runtime->loop, &nats->leave_look);
    nats->left = NULL;
    if (left)
        left(nats->left_data);
}

/* Between half a pause and a whole one, so that processes that lost one server do not come back together. */
static void nats_retry_later(struct nats *nats)
{
    struct ts_runtime *runtime = nats->bus->runtime;
    uint32_t draw;

    runtime->random(runtime, &draw, sizeof(draw));
    loop_timer_start(runtime->loop, &nats->retry, nats->pause_ms / 2 + (int64_t)(draw % (uint64_t)nats->pause_ms) / 2);
    nats->pause_ms = nats->pause_ms * 2 < PAUSE_MS_MAX ? nats->pause_ms * 2 : PAUSE_MS_MAX;
}

static void on_lost(void *data, const char *why)
{
    struct nats *nats = data;

    /* One line for each time that it goes, and one for the first try. */
    if (nats->bus->runtime->log && (nats->open || nats->pause_ms == PAUSE_MS_MIN))
        log_say(nats->bus->runtime->log, TS_LOG_WARN, "bus-away", "The bus is not connected: %s.", why);
    nats->uplink = NULL;
    nats_set_open(nats, false);
    waiting_break(nats);
    if (nats->left)
        nats_left(nats);
    else
        nats_retry_later(nats);
}

static void on_freed(void *data)
{
    ((struct nats *)data)->uplinks--;
}

static void on_drained(void *data);

static const struct uplink_events uplink_events = {
    .opened = on_opened,
    .lost = on_lost,
    .message = on_message,
    .answer = on_answer,
    .drained = on_drained,
    .freed = on_freed,
};

static void on_retry(struct loop_timer *timer)
{
    struct nats *nats = container_of(timer, struct nats, retry);

    nats->uplinks++;
    nats->uplink = uplink_open(nats->bus->runtime->loop, nats->net, nats->subscriptions, nats->served_count + 1,
                               &uplink_events, nats);
}

/* ---- leaving: no more calls, then the end of those that came, then their answers with the server */

static void leave_step(struct nats *nats)
{
    struct loop *loop = nats->bus->runtime->loop;
    int64_t left_ms = nats->leave_end_ms - loop_now_ms(loop);

    if (nats->flushing || left_ms <= 0) {
        nats_left(nats);
    } else if (nats->taken_all && nats->serving == 0) {
        nats->flushing = true;
        uplink_drain(nats->uplink, left_ms);
    } else {
        loop_timer_start(loop, &nats->leave_look, LOOK_MS);
    }
}

static void on_drained(void *data)
{
    struct nats *nats = data;

    nats->taken_all = true;
    if (nats->left)
        leave_step(nats);
}

static void on_leave_look(struct loop_timer *timer)
{
    struct nats *nats = container_of(timer, struct nats, leave_look);

    if (nats->taken_all || loop_now_ms(nats->bus->runtime->loop) >= nats->leave_end_ms)
        leave_step(nats);
    else
        loop_timer_start(nats->bus->runtime->loop, timer, LOOK_MS);
}

void bus_leave(struct bus *bus, int64_t wait_ms, void (*left)(void *data), void *data)
{
    struct nats *nats = bus->nats;

    if (!nats || !nats->open) {
        left(data);
        return;
    }
    nats->left = left;
    nats->left_data = data;
    nats->leave_end_ms = loop_now_ms(bus->runtime->loop) + wait_ms;
    uplink_drain(nats->uplink, wait_ms);
    loop_timer_start(bus->runtime->loop, &nats->leave_look, LOOK_MS);
}

/* ---- the beginning and the end */

static void subscriptions_init(struct nats *nats)
{
    struct bus *bus = nats->bus;

    nats->subscriptions = TS_NEW_ARRAY(&bus->arena, struct uplink_subscription, bus->service_count + 1);
    nats->served = TS_NEW_ARRAY(&bus->arena, const struct bus_service *, bus->service_count + 1);
    for (size_t i = 0; i < bus->service_count; i++) {
        const struct bus_service *service = &bus->services[i];

        if (service->routes[0].module->is_away)
            continue;
        nats->served[nats->served_count] = service;
        nats->subscriptions[nats->served_count++] = (struct uplink_subscription){
            .subject = ts_printf(&bus->arena, "tessera.%s.*", service->descriptor->name),
            .queue = service->descriptor->name,
        };
    }
    nats->subscriptions[nats->served_count].subject = EVENTS ">";
}

static void nats_measure(struct nats *nats, struct metrics *metrics)
{
    if (!metrics)
        return;
    nats->connected = metrics_get(metrics, TS_METRIC_GAUGE, "tessera_bus_connected", NULL,
                                  "1 while this process is connected to NATS.");
    nats->connections =
        metrics_get(metrics, TS_METRIC_COUNTER, "tessera_bus_connections_total", NULL, "Connections made to NATS.");
}

void bus_join(struct bus *bus, const struct bus_net *net)
{
    struct nats *nats = ts_memory_new(1, sizeof(*nats));
    uint8_t random[(ID_SIZE - 1) / 2];

    nats->bus = bus;
    nats->net = net;
    nats->pause_ms = PAUSE_MS_MIN;
    nats->retry.run = on_retry;
    nats->leave_look.run = on_leave_look;
    for (size_t i = 0; i < WAITING_LISTS; i++)
        list_init(&nats->waiting[i]);
    bus->runtime->random(bus->runtime, random, sizeof(random));
    hex_put(nats->id, random, sizeof(random));
    subscriptions_init(nats);
    nats_measure(nats, bus->runtime->metrics);
    bus->nats = nats;
    on_retry(&nats->retry);
}

void nats_free(struct nats *nats)
{
    struct loop *loop;

    if (!nats)
        return;
    loop = nats->bus->runtime->loop;
    loop_timer_stop(loop, &nats->retry);
    loop_timer_stop(loop, &nats->leave_look);
    if (nats->uplink)
        uplink_close(nats->uplink);
    while (nats->uplinks)
        loop_run_once(loop, /* wait= */ true);
    ts_memory_free(nats);
}

const char *bus_problem(const struct bus *bus)
{
    return bus->nats && !bus->nats->open ? "bus: not connected" : NULL;
}
