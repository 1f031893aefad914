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
    uint64_t start_ns;
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

/* The caller's call, made here: it is admitted, timed and worded as one of our own. */
static int inlet_call(struct ts_call *call, const struct inlet *inlet, const ProtobufCMessage **ret_reply)
{
    const struct bus_route *route = inlet->route;
    const struct bus_transport *transport = call->runtime->bus->transport;
    ProtobufCMessage *request;

    if (!route)
        return ts_fail(call, TS_EUNIMPLEMENTED, "There is no such rpc here.");
    if (head_read(call, inlet->request))
        return ts_fail(call, TS_EINVALID, "The headers are not those of a call.");
    if (call->depth == 0 && reserve_is_low())
        return ts_fail(call, TS_EEXHAUSTED, "This server is short of memory; try again.");
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

    if (inlet->route) {
        inlet->work->calls++;
        inlet->work->failures += result != 0;
        inlet->work->last_failure = result ? result : inlet->work->last_failure;
        inlet->work->ns += loop_hrtime_ns() - inlet->start_ns;
    }
    inlet->nats->serving--;
    natsMsg_Destroy(inlet->request);
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
    inlet_find_route(inlet, service);
    nats->serving++;
    bus_spawn(
        nats->bus,
        &(struct bus_task){
            .operation = "inlet", .timeout_ms = TS_CALL_MS_MAX, .run = inlet_run, .done = inlet_done, .data = inlet });
}
