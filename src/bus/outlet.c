/*
 * Calls of ours to modules that other processes run. Those of one tick to one rpc travel in one message, a bundle: for
 * the server, for nats.c and for the kernel a message costs more than what it says. A slot of the inbox is for all of
 * its answers.
 */
#include <string.h>

#include "base/buf.h"
#include "bus/head.h"
#include "bus/nats.h"
#include "tessera/limits.h"
#include "tessera/memory.h"

struct bundle {
    struct list link;
    struct nats *nats;
    const struct bus_route *route;
    struct inbox_slot *slot; /* NULL: the connection is gone, and the slot with it */
    struct buf bytes;        /* till it is sent */
    struct waiting *waiting[BUNDLE_CALLS_MAX];
    unsigned count, left; /* calls, and those of them that still wait */
    bool sent;
};

/* A call, on its caller's stack. */
struct waiting {
    struct bundle *bundle;
    unsigned n; /* of the bundle */
    struct ts_call *callee;
    bool ended; /* and so: */
    int result; /* 0; a ts_error, with words */
    const ProtobufCMessage *reply;
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

static void waiting_end(struct waiting *waiting, int result)
{
    waiting->ended = true;
    waiting->result = result;
    ts_wake(&waiting->waiters);
}

/* ---- bundles */

static void bundle_end(struct bundle *bundle)
{
    list_remove(&bundle->link);
    if (bundle->slot)
        inbox_end(uplink_inbox(bundle->nats->uplink), bundle->slot);
    buf_done(&bundle->bytes);
    ts_memory_free(bundle);
}

/* NULL: the inbox is full. */
static struct bundle *bundle_new(struct nats *nats, const struct bus_route *route)
{
    struct bundle *bundle = ts_memory_new(1, sizeof(*bundle));

    bundle->nats = nats;
    bundle->route = route;
    bundle->slot = inbox_ask(uplink_inbox(nats->uplink), bundle);
    if (!bundle->slot) {
        ts_memory_free(bundle);
        return NULL;
    }
    buf_init(&bundle->bytes, uplink_size_max(nats->uplink));
    list_add_end(&nats->gathering, &bundle->link);
    loop_defer(nats->bus->runtime->loop, &nats->gather);
    return bundle;
}

static int bundle_try(const struct bundle *bundle)
{
    const struct buf *bytes = &bundle->bytes;

    if (!bundle->slot)
        return TS_EUNAVAILABLE;
    if (bytes->full)
        return bytes->is_short ? TS_EEXHAUSTED : TS_ERANGE;
    return uplink_send(bundle->nats->uplink, bundle->route->subject, inbox_subject(bundle->slot), bytes->data,
                       bytes->size);
}

/* Unless nobody waits for it any more. Whom it cannot be sent for is told. */
static void bundle_send(struct bundle *bundle)
{
    size_t size = bundle->bytes.size;
    int r = bundle->left ? bundle_try(bundle) : 0;

    list_remove(&bundle->link);
    list_add_end(&bundle->nats->asked, &bundle->link);
    bundle->sent = true;
    for (unsigned i = 0; i < bundle->count && r; i++)
        if (bundle->waiting[i])
            waiting_end(bundle->waiting[i], send_failed(bundle->waiting[i]->callee, r, size));
    buf_done(&bundle->bytes);
    if (bundle->left == 0)
        bundle_end(bundle);
}

/* All of them, in the order in which they began: the inbox counts on it. */
static void gathering_send(struct nats *nats)
{
    LIST_EACH (link, &nats->gathering)
        bundle_send(container_of(link, struct bundle, link));
}

static void on_gather(struct loop_job *job)
{
    gathering_send(container_of(job, struct nats, gather));
}

void outlet_init(struct nats *nats)
{
    list_init(&nats->gathering);
    list_init(&nats->asked);
    nats->gather.run = on_gather;
}

/* Of this tick and to this rpc, with room for `size` bytes. */
static struct bundle *bundle_find(struct nats *nats, const struct bus_route *route, size_t size)
{
    LIST_EACH (link, &nats->gathering) {
        struct bundle *bundle = container_of(link, struct bundle, link);

        if (bundle->route == route && bundle->count < BUNDLE_CALLS_MAX && bundle->bytes.size + size <= BUNDLE_SIZE_MAX)
            return bundle;
    }
    return bundle_new(nats, route);
}

/* ---- a call */

/* Pack the request into a bundle. Return: 0; a ts_error with words, nothing will be sent. */
static int waiting_begin(struct waiting *waiting, struct nats *nats, const struct bus_route *route,
                         const ProtobufCMessage *request)
{
    struct ts_call *callee = waiting->callee;
    struct bundle *bundle;
    struct head_room room;
    size_t size;
    const uint8_t *bytes = ts_message_pack(callee->arena, request, &size);

    if (size > TS_MESSAGE_SIZE_MAX)
        return send_failed(callee, TS_ERANGE, size);
    bundle = bundle_find(nats, route, size);
    if (!bundle)
        return send_failed(callee, TS_EEXHAUSTED, size);
    room = head_write(callee, (struct head_id){ inbox_number(bundle->slot), bundle->count }, size);
    if (room.size > uplink_size_max(nats->uplink))
        return send_failed(callee, TS_ERANGE, size);
    memcpy(room.message, bytes, size);
    buf_add(&bundle->bytes, room.bytes, room.size);
    waiting->bundle = bundle;
    waiting->n = bundle->count++;
    bundle->waiting[waiting->n] = waiting;
    bundle->left++;
    if (bundle->count == BUNDLE_CALLS_MAX)
        gathering_send(nats);
    return 0;
}

static void waiting_leave(struct waiting *waiting)
{
    struct bundle *bundle = waiting->bundle;

    bundle->waiting[waiting->n] = NULL;
    if (--bundle->left == 0 && bundle->sent)
        bundle_end(bundle);
}

/*
 * The answer is awaited a second longer than the call has: whoever serves it ends it at its deadline, and says so. What
 * ends the wait before says nothing of what was done there.
 */
static int answer_await(struct waiting *waiting)
{
    struct ts_call patient = *waiting->callee;
    int r = 0;

    ts_shield_begin(&patient);
    if (!waiting->ended)
        r = ts_wait(&patient, &waiting->waiters);
    if (waiting->ended || r == TS_ECRASHED)
        return waiting->ended ? waiting->result : r;
    return ts_fail(waiting->callee, TS_EUNKNOWN, "No answer came in time; it may have been done.");
}

static int nats_call(const struct bus_route *route, struct ts_call *callee, const ProtobufCMessage *request,
                     const ProtobufCMessage **ret_reply)
{
    struct nats *nats = callee->runtime->bus->nats;
    struct waiting waiting = { .callee = callee };
    int r;

    if (!nats)
        return ts_fail(callee, TS_EUNAVAILABLE, "Nobody serves this here.");
    if (!nats->open)
        return send_failed(callee, TS_EUNAVAILABLE, 0);
    r = waiting_begin(&waiting, nats, route, request);
    if (r)
        return r;
    r = answer_await(&waiting);
    waiting_leave(&waiting);
    if (r == 0)
        *ret_reply = waiting.reply;
    return r;
}

const struct bus_transport bus_nats = { "nats", nats_call };

/* ---- answers */

/* Into the waiting call's arena. Return: what the call returns. */
static int answer_read(struct waiting *waiting, const struct head_parts *parts)
{
    const struct bus_route *route = waiting->bundle->route;
    struct ts_call *callee = waiting->callee;
    struct head_status status = head_read_status(parts);

    if (status.error && parts->message_size)
        (void)ts_fail(callee, status.error, "%.*s", (int)parts->message_size, (const char *)parts->message);
    callee->failed_with = status.error;
    callee->failure_logged = status.error; /* where it began */
    callee->retry_after_s = status.retry_after_s;
    if (status.error)
        return status.error;
    waiting->reply = protobuf_c_message_unpack(route->method->output, ts_arena_allocator(callee->arena),
                                               parts->message_size, parts->message);
    return waiting->reply ? 0 : ts_fail(callee, TS_EINTERNAL, "The answer is not one of %s.", route->name);
}

static void answer_take(struct bundle *bundle, const struct head_parts *parts)
{
    struct waiting *waiting;
    struct head_id id;

    if (!head_read_id(parts, &id) || id.message != inbox_number(bundle->slot) || id.n >= bundle->count)
        return;
    waiting = bundle->waiting[id.n];
    if (waiting && !waiting->ended)
        waiting_end(waiting, answer_read(waiting, parts));
}

static void answers_take(struct bundle *bundle, const char *bytes, size_t size)
{
    const char *end = bytes + size;
    struct head_parts parts;

    while (head_split(bytes, (size_t)(end - bytes), &parts)) {
        answer_take(bundle, &parts);
        bytes = (const char *)parts.message + parts.message_size;
    }
}

static void bundle_fail(struct bundle *bundle, int error, const char *words)
{
    for (unsigned i = 0; i < bundle->count; i++)
        if (bundle->waiting[i] && !bundle->waiting[i]->ended)
            waiting_end(bundle->waiting[i], ts_fail(bundle->waiting[i]->callee, error, "%s", words));
}

void outlet_answer(void *asker, natsMsg *answers)
{
    struct bundle *bundle = asker;

    if (answers)
        answers_take(bundle, natsMsg_GetData(answers), (size_t)natsMsg_GetDataLength(answers));
    else
        bundle_fail(bundle, TS_EUNAVAILABLE, "Nobody serves this at the moment.");
    nats_drop(bundle->nats, answers);
}

void outlet_break(struct nats *nats)
{
    LIST_EACH (link, &nats->gathering)
        container_of(link, struct bundle, link)->slot = NULL;
    gathering_send(nats);
    LIST_EACH (link, &nats->asked) {
        struct bundle *bundle = container_of(link, struct bundle, link);

        bundle->slot = NULL;
        bundle_fail(bundle, TS_EUNKNOWN, "The connection broke before the answer came; it may have been done.");
    }
}
