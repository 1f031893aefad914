/*
 * The bus between processes. A call to a module that is away is a request on tessera.<package>.<Service>.<Method>; who
 * runs the module has subscribed to its services, in a queue group for each, so that processes with the same modules
 * share the calls. Answers come to the inbox of a connection, under a word that names the call. Events go to
 * everyone on tessera.event.<package>.<Event>. Nothing is kept for who is not there: a call without a responder fails
 * at once, an event is a hint.
 */
#include <string.h>

#include "base/hex.h"
#include "bus/head.h"
#include "bus/nats.h"
#include "telemetry/log.h"
#include "telemetry/metrics.h"
#include "tessera/cleanup.h"
#include "tessera/limits.h"
#include "tessera/memory.h"

enum {
    PAUSE_MS_MIN = 50, /* before the first new try; doubles with each, up to */
    PAUSE_MS_MAX = 2000,
    LOOK_MS = 5, /* for the end of what is served, once we are leaving */
    DROP_MS = 20,
    DROPS_SIZE_MAX = 1 << 20, /* of messages that wait to be freed */
};

#define EVENTS "tessera.event."

/* ---- messages that are done with */

static void drop_all(struct nats *nats)
{
    for (size_t i = 0; i < nats->dropped_count; i++)
        natsMsg_Destroy(nats->dropped[i]);
    nats->dropped_count = nats->dropped_size = 0;
    loop_timer_stop(nats->bus->runtime->loop, &nats->drop);
}

static void on_drop(struct loop_timer *timer)
{
    drop_all(container_of(timer, struct nats, drop));
}

void nats_drop(struct nats *nats, natsMsg *message)
{
    if (!message)
        return;
    if (nats->dropped_count == 0)
        loop_timer_start(nats->bus->runtime->loop, &nats->drop, DROP_MS);
    nats->dropped[nats->dropped_count++] = message;
    nats->dropped_size += (size_t)natsMsg_GetDataLength(message);
    if (nats->dropped_count == NATS_DROPS_MAX || nats->dropped_size > DROPS_SIZE_MAX)
        drop_all(nats);
}

/* ---- events */

void nats_publish(struct nats *nats, const ProtobufCMessage *event)
{
    struct head_room room;
    struct ts_arena arena;
    const uint8_t *bytes;
    char subject[256];
    size_t size;

    if (!nats->open) {
        events_count_dropped(nats->bus);
        return;
    }
    arena_init(&arena);
    bytes = ts_message_pack(&arena, event, &size);
    room = head_write_from(&arena, nats->id, size);
    memcpy(room.message, bytes, size);
    (void)snprintf(subject, sizeof(subject), EVENTS "%s", event->descriptor->name);
    if (uplink_send(nats->uplink, subject, /* reply= */ NULL, room.bytes, room.size))
        events_count_dropped(nats->bus);
    arena_done(&arena);
}

/* One that nobody here knows is of a newer program. */
static void event_take(struct nats *nats, natsMsg *message)
{
    const char *name = natsMsg_GetSubject(message) + sizeof(EVENTS) - 1;
    const ProtobufCMessageDescriptor *descriptor = events_find(nats->bus, name);
    ProtobufCMessage *event = NULL;
    struct head_parts parts;
    struct ts_arena arena;

    if (!descriptor || !head_split(natsMsg_GetData(message), (size_t)natsMsg_GetDataLength(message), &parts) ||
        head_is_from(&parts, nats->id))
        return;
    arena_init(&arena);
    event = protobuf_c_message_unpack(descriptor, ts_arena_allocator(&arena), parts.message_size, parts.message);
    if (event)
        events_tell(nats->bus, event, /* from_others= */ true);
    else
        events_count_dropped(nats->bus);
    arena_done(&arena);
}

/* ---- the connection */

static void on_message(void *data, size_t subscription, natsMsg *message)
{
    struct nats *nats = data;

    if (subscription < nats->served_count) {
        inlet_take(nats, subscription, message);
        return;
    }
    if (subscription > nats->served_count)
        about_take(nats, message);
    else if (!nats->bus->runtime->cancelled)
        event_take(nats, message);
    nats_drop(nats, message);
}

static void on_answer(void *data, void *asker, natsMsg *answer)
{
    (void)data;
    outlet_answer(asker, answer);
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
    outlet_break(nats);
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
    nats->uplink = uplink_open(nats->bus->runtime->loop, nats->net, nats->subscriptions, nats->served_count + 2,
                               &uplink_events, nats);
}

/* ---- leaving: no more calls, then the end of those that came, then their answers with the server */

static void on_drained(void *data)
{
    struct nats *nats = data;

    if (nats->left && nats->stage == NATS_FLUSHES)
        nats_left(nats);
    nats->stage = NATS_SERVES;
}

static void on_leave_look(struct loop_timer *timer)
{
    struct nats *nats = container_of(timer, struct nats, leave_look);
    int64_t left_ms = nats->leave_end_ms - loop_now_ms(nats->bus->runtime->loop);

    if (left_ms <= 0) {
        nats_left(nats);
        return;
    }
    if (nats->stage == NATS_SERVES && nats->serving == 0) {
        nats->stage = NATS_FLUSHES;
        uplink_drain(nats->uplink, left_ms);
    }
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
    nats->stage = NATS_DRAINS;
    uplink_drain(nats->uplink, wait_ms);
    loop_timer_start(bus->runtime->loop, &nats->leave_look, LOOK_MS);
}

/* ---- the beginning and the end */

static void subscriptions_init(struct nats *nats)
{
    struct bus *bus = nats->bus;

    nats->subscriptions = TS_NEW_ARRAY(&bus->arena, struct uplink_subscription, bus->service_count + 2);
    nats->served = TS_NEW_ARRAY(&bus->arena, const struct bus_service *, bus->service_count + 1);
    nats->work = TS_NEW_ARRAY(&bus->arena, struct nats_work *, bus->service_count + 1);
    for (size_t i = 0; i < bus->service_count; i++) {
        const struct bus_service *service = &bus->services[i];

        if (service->routes[0].module->is_away)
            continue;
        nats->served[nats->served_count] = service;
        nats->work[nats->served_count] = TS_NEW_ARRAY(&bus->arena, struct nats_work, service->descriptor->n_methods);
        nats->subscriptions[nats->served_count++] = (struct uplink_subscription){
            .subject = ts_printf(&bus->arena, "tessera.%s.*", service->descriptor->name),
            .queue = service->descriptor->name,
        };
    }
    nats->subscriptions[nats->served_count].subject = EVENTS ">";
    nats->subscriptions[nats->served_count + 1].subject = "$SRV.>";
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
    uint8_t random[(NATS_ID_SIZE - 1) / 2];

    nats->bus = bus;
    nats->net = net;
    nats->pause_ms = PAUSE_MS_MIN;
    nats->retry.run = on_retry;
    nats->leave_look.run = on_leave_look;
    nats->drop.run = on_drop;
    outlet_init(nats);
    inlet_init(nats);
    bus->runtime->random(bus->runtime, random, sizeof(random));
    hex_put(nats->id, random, sizeof(random));
    nats->started_ms = bus->runtime->wall_ms(bus->runtime);
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
    outlet_break(nats);
    if (nats->uplink)
        uplink_close(nats->uplink);
    while (nats->uplinks || nats->gather.queued || nats->answer.queued)
        loop_run_once(loop, /* wait= */ true);
    drop_all(nats);
    ts_memory_free(nats);
}

const char *bus_problem(const struct bus *bus)
{
    return bus->nats && !bus->nats->open ? "bus: not connected" : NULL;
}
