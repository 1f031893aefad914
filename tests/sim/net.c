/*
 * Between people and instances: a question is packed, travels to whichever instance is up, is served there on a fiber
 * of its own, and the answer travels back; any of it may be lost, late, or happen twice.
 */
#include <stdio.h>
#include <string.h>

#include "sim.h"
#include "tessera/limits.h"
#include "tessera/memory.h"

enum { PATIENCE_MS = 12000, PATIENCE_CALM_MS = 60000 };

static const struct ts_principal principals[] = {
    [TS_PRINCIPAL_ANONYMOUS] = { TS_PRINCIPAL_ANONYMOUS, "anonymous" },
    [TS_PRINCIPAL_OWNER] = { TS_PRINCIPAL_OWNER, "owner" },
    [TS_PRINCIPAL_SYSTEM] = { TS_PRINCIPAL_SYSTEM, "system" },
};

/* A question and who waits for its answer; as long as anything of it is on its way. */
struct exchange {
    unsigned refs;
    struct fiber *asker; /* NULL: nobody waits any more */
    bool answered;
    int result;
    uint8_t *reply;
    size_t size;
};

struct packet {
    struct loop_timer timer; /* first */
    struct sim *sim;
    struct exchange *exchange; /* NULL: nobody waits */
    const ProtobufCServiceDescriptor *service;
    unsigned method;
    const struct ts_principal *principal;
    struct instance *instance; /* that serves it */
    struct ts_arena *arena;
    char *key;
    uint8_t *bytes;
    size_t size;
    int result; /* of an answer */
};

static void exchange_unref(struct exchange *exchange)
{
    if (!exchange || --exchange->refs)
        return;
    ts_memory_free(exchange->reply);
    ts_memory_free(exchange);
}

static struct packet *packet_new(struct sim *sim, struct exchange *exchange, size_t size)
{
    struct ts_arena *arena = ts_arena_new();
    struct packet *packet = TS_NEW(arena, struct packet);

    packet->sim = sim;
    packet->arena = arena;
    packet->exchange = exchange;
    packet->bytes = ts_alloc(arena, size);
    packet->size = size;
    if (exchange)
        exchange->refs++;
    return packet;
}

static void packet_free(struct packet *packet)
{
    exchange_unref(packet->exchange);
    ts_arena_free(packet->arena);
}

static void packet_send(struct packet *packet, void (*run)(struct loop_timer *timer))
{
    struct sim *sim = packet->sim;

    packet->timer.run = run;
    loop_timer_start(sim->loop, &packet->timer, 1 + sim_draw(sim, sim->calm ? 2 : sim->knobs.delay_ms + 1));
}

/* ---- the answer */

static void on_answer(struct loop_timer *timer)
{
    struct packet *packet = (struct packet *)timer;
    struct exchange *exchange = packet->exchange;

    if (exchange->asker && !exchange->answered) {
        exchange->answered = true;
        exchange->result = packet->result;
        exchange->size = packet->size;
        exchange->reply = ts_memory_new(1, packet->size + 1);
        memcpy(exchange->reply, packet->bytes, packet->size);
        fiber_wake(exchange->asker);
    }
    packet_free(packet);
}

static void answer(struct packet *question, int result, const ProtobufCMessage *reply)
{
    struct sim *sim = question->sim;
    const char *name = question->service->methods[question->method].name;
    struct packet *packet;
    size_t size = result ? 0 : protobuf_c_message_get_packed_size(reply);

    trace_line(sim, "%u.%u answers %s: %d", question->instance->slot, question->instance->life, name, result);
    packet = packet_new(sim, question->exchange, size);
    packet->result = result;
    if (!result)
        protobuf_c_message_pack(reply, packet->bytes);
    trace_bytes(sim, packet->bytes, size);
    if (!packet->exchange || sim_fault(sim, sim->knobs.lose)) {
        sim->counts[COUNT_answers_lost] += packet->exchange != NULL;
        packet_free(packet);
        return;
    }
    packet_send(packet, on_answer);
}

/* ---- the question */

static void serve(void *data)
{
    struct packet *packet = data;
    const ProtobufCMethodDescriptor *method = &packet->service->methods[packet->method];
    const ProtobufCMessage *reply = NULL;
    ProtobufCMessage *request;
    struct ts_call call = {
        .arena = packet->arena,
        .principal = packet->principal,
        .operation = method->name,
        .request_id = "sim",
        .idempotency_key = packet->key,
        .locale = "en",
        .trace = { "0123456789abcdef0123456789abcdef", "0123456789abcdef", false },
        .deadline_ms = loop_now_ms(packet->sim->loop) + TS_REQUEST_MS_MAX,
        .runtime = &packet->instance->runtime,
    };
    int r;

    request = protobuf_c_message_unpack(method->input, ts_arena_allocator(packet->arena), packet->size, packet->bytes);
    r = ts_call(&call, packet->service, packet->method, request, &reply);
    if (!packet->instance->runtime.crashed)
        answer(packet, r, reply);
    packet_free(packet);
}

static void on_question(struct loop_timer *timer)
{
    struct packet *packet = (struct packet *)timer;
    struct sim *sim = packet->sim;

    packet->instance = world_any(sim);
    if (!packet->instance) {
        sim_count(sim, COUNT_requests_lost);
        packet_free(packet);
        return;
    }
    trace_line(sim, "%u.%u is asked %s", packet->instance->slot, packet->instance->life,
               packet->service->methods[packet->method].name);
    trace_bytes(sim, packet->bytes, packet->size);
    fiber_spawn(sim->loop, serve, packet);
}

static void question_send(struct sim *sim, struct exchange *exchange, const struct packet *like,
                          const ProtobufCMessage *request)
{
    struct packet *packet = packet_new(sim, exchange, protobuf_c_message_get_packed_size(request));

    packet->service = like->service;
    packet->method = like->method;
    packet->principal = like->principal;
    packet->key = ts_strdup(packet->arena, like->key);
    protobuf_c_message_pack(request, packet->bytes);
    if (!sim_fault(sim, sim->knobs.lose)) {
        packet_send(packet, on_question);
        return;
    }
    sim_count(sim, COUNT_requests_lost);
    packet_free(packet);
}

void net_send_copy(struct sim *sim, const ProtobufCServiceDescriptor *service, unsigned method,
                   const ProtobufCMessage *request, const struct ts_call *like)
{
    struct packet packet = { .service = service, .method = method, .key = (char *)like->idempotency_key };

    packet.principal = &principals[like->principal->kind];
    sim_count(sim, COUNT_doubles);
    question_send(sim, /* exchange= */ NULL, &packet, request);
}

static unsigned method_number(const ProtobufCServiceDescriptor *service, const char *name)
{
    unsigned number = 0;

    while (strcmp(service->methods[number].name, name) != 0)
        number++;
    return number;
}

static int hear(struct client *client, struct exchange *exchange, const ProtobufCMessageDescriptor *descriptor,
                const ProtobufCMessage **ret_reply)
{
    struct sim *sim = client->sim;

    if (!exchange->answered) {
        sim_count(sim, COUNT_silences);
        return NET_SILENT;
    }
    if (exchange->result) {
        sim_count(sim, exchange->result == TS_EUNKNOWN ? COUNT_unknowns : COUNT_failures);
        return exchange->result;
    }
    *ret_reply =
        protobuf_c_message_unpack(descriptor, ts_arena_allocator(client->arena), exchange->size, exchange->reply);
    return 0;
}

/* The asker's patience is over. */
struct alarm {
    struct loop_timer timer;
    struct fiber *fiber;
    bool rang;
};

static void on_alarm(struct loop_timer *timer)
{
    struct alarm *alarm = (struct alarm *)timer;

    alarm->rang = true;
    fiber_wake(alarm->fiber);
}

int net_ask(struct client *client, const ProtobufCServiceDescriptor *service, const char *method,
            const ProtobufCMessage *request, const char *key, const ProtobufCMessage **ret_reply)
{
    struct sim *sim = client->sim;
    struct packet packet = { .service = service, .method = method_number(service, method), .key = (char *)key };
    struct exchange *exchange = ts_memory_new(1, sizeof(*exchange));
    struct alarm alarm = { .timer.run = on_alarm, .fiber = fiber_self() };
    int r;

    packet.principal = &principals[client->kind];
    exchange->refs = 1;
    exchange->asker = fiber_self();
    sim_count(sim, COUNT_calls);
    trace_line(sim, "%s %u asks %s", client->name, client->number, method);
    question_send(sim, exchange, &packet, request);
    if (sim_fault(sim, sim->knobs.twice)) {
        sim_count(sim, COUNT_doubles);
        question_send(sim, exchange, &packet, request);
    }
    loop_timer_start(sim->loop, &alarm.timer, sim->calm ? PATIENCE_CALM_MS : 500 + sim_draw(sim, PATIENCE_MS));
    while (!exchange->answered && !alarm.rang)
        fiber_suspend();
    loop_timer_stop(sim->loop, &alarm.timer);
    exchange->asker = NULL;
    r = hear(client, exchange, service->methods[packet.method].output, ret_reply);
    trace_line(sim, "%s %u hears %d", client->name, client->number, r);
    exchange_unref(exchange);
    return r;
}
