/* Calls of other processes to modules that run here: each is made again, as its caller's, on a fiber of its own. */
#include <string.h>

#include "base/memory.h"
#include "bus/head.h"
#include "bus/nats.h"
#include "tessera/limits.h"
#include "tessera/memory.h"

struct inlet {
    struct nats *nats;
    const struct bus_route *route; /* NULL: there is no such rpc */
    struct nats_work *work;        /* of the route */
    natsMsg *request;
    struct head_parts parts; /* of the request; empty when it has no head */
    uint64_t start_ns;
};

/* Answer what the request's sender awaits. What cannot be sent is missed by him. */
static int reply_send(const struct inlet *inlet, const struct head_room *room)
{
    struct uplink *uplink = inlet->nats->uplink;
    const char *to = natsMsg_GetReply(inlet->request);

    return uplink ? uplink_send(uplink, to, /* reply= */ NULL, room->bytes, room->size) : TS_EUNAVAILABLE;
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
    size_t size = protobuf_c_message_get_packed_size(reply);
    struct head_room room;
    int r = TS_ERANGE;

    if (size <= TS_MESSAGE_SIZE_MAX) {
        room = head_write_status(call->arena, &inlet->parts, &fine, size);
        protobuf_c_message_pack(reply, room.message);
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

    if (call->runtime->crashed || !natsMsg_GetReply(inlet->request))
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

    if (inlet->route) {
        inlet->work->calls++;
        inlet->work->failures += result != 0;
        inlet->work->last_failure = result ? result : inlet->work->last_failure;
        inlet->work->ns += loop_hrtime_ns() - inlet->start_ns;
    }
    inlet->nats->serving--;
    nats_drop(inlet->nats, inlet->request);
    ts_memory_free(inlet);
}

/* By the last word of the subject. */
static void inlet_find_route(struct inlet *inlet, size_t service)
{
    const struct bus_service *served = inlet->nats->served[service];
    const char *dot = strrchr(natsMsg_GetSubject(inlet->request), '.');

    for (unsigned i = 0; i < served->descriptor->n_methods; i++) {
        if (strcmp(served->descriptor->methods[i].name, dot + 1) != 0)
            continue;
        inlet->route = &served->routes[i];
        inlet->work = &inlet->nats->work[service][i];
    }
}

void inlet_take(struct nats *nats, size_t service, natsMsg *request)
{
    struct inlet *inlet = ts_memory_new(1, sizeof(*inlet));

    *inlet = (struct inlet){ .nats = nats, .request = request, .start_ns = loop_hrtime_ns() };
    (void)head_split(natsMsg_GetData(request), (size_t)natsMsg_GetDataLength(request), &inlet->parts);
    inlet_find_route(inlet, service);
    nats->serving++;
    bus_spawn(
        nats->bus,
        &(struct bus_task){
            .operation = "inlet", .timeout_ms = TS_CALL_MS_MAX, .run = inlet_run, .done = inlet_done, .data = inlet });
}
