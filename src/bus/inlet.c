/*
 * Calls of other processes to modules that run here: each is made again, as its caller's, on a fiber of its own. Those
 * that came in one message are answered in one, as far as they end in one tick.
 */
#include <string.h>

#include "base/buf.h"
#include "base/memory.h"
#include "bus/head.h"
#include "bus/nats.h"
#include "tessera/limits.h"
#include "tessera/memory.h"

/* A message of others, until its last call is answered. */
struct inlet_message {
    struct list link; /* among those with answers to be sent in this tick */
    struct nats *nats;
    natsMsg *request;
    uint64_t start_ns;
    size_t running; /* calls that have not ended */
    struct buf answers;
};

struct inlet {
    struct inlet_message *message;
    const struct bus_route *route; /* NULL: there is no such rpc */
    struct nats_work *work;        /* of the route */
    struct head_parts parts;       /* of the request; empty when it has no head */
};

/* ---- answers */

/* What cannot be sent is missed by who awaits it. */
static void answers_send(struct inlet_message *message)
{
    struct uplink *uplink = message->nats->uplink;
    struct buf *answers = &message->answers;

    if (uplink && answers->size)
        (void)uplink_send(uplink, natsMsg_GetReply(message->request), /* reply= */ NULL, answers->data, answers->size);
    buf_clear(answers);
}

static void message_end(struct inlet_message *message)
{
    message->nats->serving--;
    nats_drop(message->nats, message->request);
    buf_done(&message->answers);
    ts_memory_free(message);
}

static void message_look(struct inlet_message *message)
{
    if (message->running == 0 && list_is_empty(&message->link))
        message_end(message);
}

static void on_answer(struct loop_job *job)
{
    struct nats *nats = container_of(job, struct nats, answer);

    for (struct list *link = list_take_first(&nats->answering); link; link = list_take_first(&nats->answering)) {
        struct inlet_message *message = container_of(link, struct inlet_message, link);

        answers_send(message);
        message_look(message);
    }
}

void inlet_init(struct nats *nats)
{
    list_init(&nats->answering);
    nats->answer.run = on_answer;
}

/* Answer what the request's sender awaits. Return: 0; TS_ERANGE; TS_EUNAVAILABLE; TS_EEXHAUSTED. */
static int reply_send(const struct inlet *inlet, const struct head_room *room)
{
    struct inlet_message *message = inlet->message;
    struct nats *nats = message->nats;

    if (!nats->uplink)
        return TS_EUNAVAILABLE;
    if (room->size > uplink_size_max(nats->uplink))
        return TS_ERANGE;
    if (message->answers.size + room->size > BUNDLE_SIZE_MAX)
        answers_send(message);
    buf_add(&message->answers, room->bytes, room->size);
    if (message->answers.full) {
        buf_clear(&message->answers);
        return TS_EEXHAUSTED;
    }
    list_remove(&message->link);
    list_add_end(&nats->answering, &message->link);
    loop_defer(nats->bus->runtime->loop, &nats->answer);
    return 0;
}

static void reply_failure(const struct inlet *inlet, struct ts_call *call, int error)
{
    const char *words = call->failed_with == error && call->failure ? call->failure : "";
    struct head_status status = { error, call->retry_after_s };
    size_t size = strlen(words);
    struct head_room room = head_write_status(call->arena, &inlet->parts, &status, size);

    memcpy(room.message, words, size);
    (void)reply_send(inlet, &room);
}

static void reply_message(const struct inlet *inlet, struct ts_call *call, const ProtobufCMessage *reply)
{
    static const struct head_status fine = { 0 };
    struct head_room room;
    int r = TS_ERANGE;
    size_t size;
    const uint8_t *bytes = ts_message_pack(call->arena, reply, &size);

    if (size <= TS_MESSAGE_SIZE_MAX) {
        room = head_write_status(call->arena, &inlet->parts, &fine, size);
        memcpy(room.message, bytes, size);
        r = reply_send(inlet, &room);
    }
    if (r)
        reply_failure(inlet, call, send_failed(call, r, size));
}

/* The caller's call, made here: it is admitted, timed and worded as one of our own. */
static int inlet_call(struct ts_call *call, const struct inlet *inlet, const ProtobufCMessage **ret_reply)
{
    const struct bus_route *route = inlet->route;
    const struct bus_transport *transport = call->runtime->bus->transport;
    ProtobufCMessage *request;

    if (!route)
        return ts_fail(call, TS_EUNIMPLEMENTED, "There is no such rpc here.");
    if (head_read(call, &inlet->parts))
        return ts_fail(call, TS_EINVALID, "The head is not that of a call.");
    if (call->depth == 0 && reserve_is_low())
        return ts_fail(call, TS_EEXHAUSTED, "This server is short of memory; try again.");
    request = protobuf_c_message_unpack(route->method->input, ts_arena_allocator(call->arena),
                                        inlet->parts.message_size, inlet->parts.message);
    if (!request)
        return ts_fail(call, TS_EINVALID, "The request is not one of %s.", route->name);
    return call_by(call, route, transport == &bus_nats ? &bus_local : transport, request, ret_reply);
}

static int inlet_run(struct ts_call *call, void *data)
{
    struct inlet *inlet = data;
    const ProtobufCMessage *reply = NULL;
    int r = inlet_call(call, inlet, &reply);

    if (call->runtime->crashed || !natsMsg_GetReply(inlet->message->request))
        return r;
    if (r)
        reply_failure(inlet, call, r);
    else
        reply_message(inlet, call, reply);
    return r;
}

static void inlet_done(void *data, int result)
{
    struct inlet *inlet = data;
    struct inlet_message *message = inlet->message;

    if (inlet->route) {
        inlet->work->calls++;
        inlet->work->failures += result != 0;
        inlet->work->last_failure = result ? result : inlet->work->last_failure;
        inlet->work->ns += loop_hrtime_ns() - message->start_ns;
    }
    ts_memory_free(inlet);
    message->running--;
    message_look(message);
}

/* By the last word of the subject. */
static void inlet_find_route(struct inlet *inlet, size_t service)
{
    const struct nats *nats = inlet->message->nats;
    const struct bus_service *served = nats->served[service];
    const char *dot = strrchr(natsMsg_GetSubject(inlet->message->request), '.');

    for (unsigned i = 0; i < served->descriptor->n_methods; i++) {
        if (strcmp(served->descriptor->methods[i].name, dot + 1) != 0)
            continue;
        inlet->route = &served->routes[i];
        inlet->work = &nats->work[service][i];
    }
}

static void inlet_begin(struct inlet_message *message, size_t service, const struct head_parts *parts)
{
    struct inlet *inlet = ts_memory_new(1, sizeof(*inlet));

    *inlet = (struct inlet){ .message = message, .parts = *parts };
    inlet_find_route(inlet, service);
    message->running++;
    bus_spawn(
        message->nats->bus,
        &(struct bus_task){
            .operation = "inlet", .timeout_ms = TS_CALL_MS_MAX, .run = inlet_run, .done = inlet_done, .data = inlet });
}

/* What is no call of a Tessera's is told so, once: where the next one begins nobody knows. */
void inlet_take(struct nats *nats, size_t service, natsMsg *request)
{
    struct inlet_message *message = ts_memory_new(1, sizeof(*message));
    const char *at = natsMsg_GetData(request), *end = at + natsMsg_GetDataLength(request);

    *message = (struct inlet_message){ .nats = nats, .request = request, .start_ns = loop_hrtime_ns(), .running = 1 };
    list_init(&message->link);
    buf_init(&message->answers, uplink_size_max(nats->uplink));
    nats->serving++;
    do {
        struct head_parts parts = { 0 };

        if (head_split(at, (size_t)(end - at), &parts))
            at = (const char *)parts.message + parts.message_size;
        else
            at = end;
        inlet_begin(message, service, &parts);
    } while (at < end);
    message->running--;
    message_look(message);
}
