/* Calls of ours to modules that other processes run: a request each, and a word by which its answer is known. */
#include <stdlib.h>
#include <string.h>

#include "base/hex.h"
#include "bus/head.h"
#include "bus/nats.h"
#include "tessera/limits.h"

enum { TOKEN_SIZE = 17 };

/* On its caller's stack. */
struct waiting {
    struct list link;
    uint64_t token;
    natsMsg *answer; /* NULL while there is none */
    bool broken;     /* and there will be none: the connection is gone */
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
    list_add_end(&nats->waiting[waiting.token % NATS_WAITING_LISTS], &waiting.link);
    r = answer_await(callee, &waiting);
    list_remove(&waiting.link);
    if (r == 0)
        r = answer_read(route, callee, waiting.answer, ret_reply);
    natsMsg_Destroy(waiting.answer);
    return r;
}

const struct bus_transport bus_nats = { "nats", nats_call };

void outlet_answer(struct nats *nats, natsMsg *answer)
{
    const char *dot = strrchr(natsMsg_GetSubject(answer), '.');
    uint64_t token = strtoull(dot ? dot + 1 : "", NULL, 16);

    LIST_EACH (link, &nats->waiting[token % NATS_WAITING_LISTS]) {
        struct waiting *waiting = container_of(link, struct waiting, link);

        if (waiting->token != token || waiting->answer)
            continue;
        waiting->answer = answer;
        ts_wake(&waiting->waiters);
        return;
    }
    natsMsg_Destroy(answer); /* too late */
}

void outlet_break(struct nats *nats)
{
    for (size_t i = 0; i < NATS_WAITING_LISTS; i++) {
        LIST_EACH (link, &nats->waiting[i]) {
            struct waiting *waiting = container_of(link, struct waiting, link);

            waiting->broken = true;
            ts_wake(&waiting->waiters);
        }
    }
}
