/* Calls of ours to modules that other processes run: a request each, and a slot of the inbox for its answer. */
#include "bus/head.h"
#include "bus/nats.h"
#include "tessera/limits.h"

/* On its caller's stack. */
struct waiting {
    struct list link;
    struct inbox_slot *slot;
    natsMsg *answer; /* NULL while there is none */
    bool unserved;   /* nobody serves it */
    bool broken;     /* there will be no answer: the connection is gone, and the slot with it */
    struct ts_waiters waiters;
};

int send_failed(struct ts_call *call, int error, size_t size)
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
                        const ProtobufCMessage *request, const struct inbox_slot *slot)
{
    size_t size = protobuf_c_message_get_packed_size(request);
    struct head_room room;
    int r;

    if (size > TS_MESSAGE_SIZE_MAX)
        return send_failed(callee, TS_ERANGE, size);
    room = head_write(callee, inbox_id(slot), size);
    protobuf_c_message_pack(request, room.message);
    r = uplink_send(nats->uplink, route->subject, inbox_subject(slot), room.bytes, room.size);
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
    if (!waiting->answer && !waiting->unserved && !waiting->broken)
        r = ts_wait(&patient, &waiting->waiters);
    if (waiting->answer || r == TS_ECRASHED)
        return waiting->answer ? 0 : r;
    if (waiting->unserved)
        return ts_fail(callee, TS_EUNAVAILABLE, "Nobody serves this at the moment.");
    return ts_fail(callee, TS_EUNKNOWN,
                   waiting->broken ? "The connection broke before the answer came; it may have been done."
                                   : "No answer came in time; it may have been done.");
}

static int answer_read(const struct bus_route *route, struct ts_call *callee, natsMsg *answer,
                       const ProtobufCMessage **ret_reply)
{
    const ProtobufCMessage *reply;
    struct head_status status;
    struct head_parts parts;

    if (!head_split(natsMsg_GetData(answer), (size_t)natsMsg_GetDataLength(answer), &parts))
        return ts_fail(callee, TS_EINTERNAL, "The answer to %s has no head.", route->name);
    status = head_read_status(&parts);
    if (status.error && parts.message_size)
        (void)ts_fail(callee, status.error, "%.*s", (int)parts.message_size, (const char *)parts.message);
    callee->failed_with = status.error;
    callee->failure_logged = status.error; /* where it began */
    callee->retry_after_s = status.retry_after_s;
    if (status.error)
        return status.error;
    reply = protobuf_c_message_unpack(route->method->output, ts_arena_allocator(callee->arena), parts.message_size,
                                      parts.message);
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
    waiting.slot = inbox_ask(uplink_inbox(nats->uplink), &waiting);
    if (!waiting.slot)
        return send_failed(callee, TS_EEXHAUSTED, 0);
    list_add_end(&nats->waiting, &waiting.link);
    r = request_send(nats, route, callee, request, waiting.slot);
    if (r == 0)
        r = answer_await(callee, &waiting);
    list_remove(&waiting.link);
    if (!waiting.broken)
        inbox_end(uplink_inbox(nats->uplink), waiting.slot);
    if (r == 0)
        r = answer_read(route, callee, waiting.answer, ret_reply);
    nats_drop(nats, waiting.answer);
    return r;
}

const struct bus_transport bus_nats = { "nats", nats_call };

void outlet_answer(void *asker, natsMsg *answer)
{
    struct waiting *waiting = asker;

    waiting->answer = answer;
    waiting->unserved = !answer;
    ts_wake(&waiting->waiters);
}

void outlet_break(struct nats *nats)
{
    LIST_EACH (link, &nats->waiting) {
        struct waiting *waiting = container_of(link, struct waiting, link);

        waiting->broken = true;
        ts_wake(&waiting->waiters);
    }
}
