/*
 * Root calls of our own, and the events that cause most of them. An event is copied for each listener when it is
 * published: nobody shares memory with who published.
 */
#include <string.h>

#include "base/message.h"
#include "bus/inside.h"
#include "telemetry/metrics.h"
#include "telemetry/trace.h"
#include "tessera/limits.h"
#include "tessera/log.h"
#include "tessera/memory.h"

enum { TASK_PAUSE_MS = 50 }; /* until a task looks again for a stack that there was no memory for */

struct task {
    struct loop_timer retry; /* first: a timer is its task */
    struct bus *bus;
    struct bus_task what;
    struct ts_arena arena;
};

static void task_main(void *data)
{
    struct task *task = data;
    struct bus *bus = task->bus;
    struct bus_task what = task->what;
    struct bus_module *module = what.module ? bus_module_find(bus, what.module) : NULL;
    struct ts_call call = {
        .arena = &task->arena,
        .principal = &bus_system,
        .operation = what.operation,
        .locale = "en",
        .deadline_ms = loop_now_ms(bus->runtime->loop) + what.timeout_ms,
        .state = module ? module->state : NULL,
        .runtime = bus->runtime,
        .module = what.module,
    };
    int r;

    trace_begin(bus->runtime, &call.trace);
    r = what.run(&call, what.data);
    arena_done(&task->arena);
    ts_memory_free(task);
    bus->tasks_running--;
    if (what.done)
        what.done(what.data, r);
}

/* Now, or when there is memory for its stack: nobody waits for a task who could be told. */
static void task_begin(struct loop_timer *timer)
{
    struct task *task = (struct task *)timer;
    struct loop *loop = task->bus->runtime->loop;

    if (!fiber_try(loop, task_main, task))
        loop_timer_start(loop, &task->retry, TASK_PAUSE_MS);
}

void bus_spawn(struct bus *bus, const struct bus_task *task)
{
    struct task *copy = ts_memory_new(1, sizeof(*copy));

    copy->bus = bus;
    copy->what = *task;
    arena_init(&copy->arena);
    copy->retry.run = task_begin;
    bus->tasks_running++;
    task_begin(&copy->retry);
}

size_t bus_busy(const struct bus *bus)
{
    return bus->tasks_running + bus->event_count;
}

/* One event on its way to one listener. */
struct delivery {
    struct list link;
    struct bus *bus;
    const struct bus_listener *to;
    _Alignas(16) char event[];
};

static int delivery_run(struct ts_call *call, void *data)
{
    struct delivery *delivery = data;
    const struct ts_listener *listener = delivery->to->listener;
    int r = listener->handler(call, (const ProtobufCMessage *)delivery->event);

    if (r)
        ts_log(call, TS_LOG_DEBUG, "event-failed", "%s: %s", listener->event->name, ts_error_name(r));
    return r;
}

static void count(struct ts_metric *metric)
{
    if (metric)
        ts_metric_add(metric, 1);
}

static void delivery_done(void *data, int result)
{
    struct delivery *delivery = data;
    struct bus *bus = delivery->bus;

    count(delivery->to->events);
    if (result)
        count(delivery->to->failures); /* no more than that: an event is a hint */
    ts_memory_free(delivery);
    bus->events_running--;
    if (bus->event_count)
        loop_defer(bus->runtime->loop, &bus->deliver);
}

static struct delivery *events_take(struct bus *bus)
{
    struct list *first = list_take_first(&bus->events);

    bus->event_count -= !!first;
    return first ? container_of(first, struct delivery, link) : NULL;
}

static void on_deliver(struct loop_job *job)
{
    struct bus *bus = container_of(job, struct bus, deliver);
    struct delivery *delivery;

    if (bus->runtime->cancelled)
        events_done(bus);
    while (bus->events_running < BUS_EVENT_FIBERS_MAX && !bus->runtime->crashed && (delivery = events_take(bus))) {
        bus->events_running++;
        bus_spawn(bus, &(struct bus_task){
                           .module = delivery->to->module,
                           .operation = delivery->to->listener->event->name,
                           .timeout_ms = TS_CALL_MS_MAX,
                           .run = delivery_run,
                           .done = delivery_done,
                           .data = delivery,
                       });
    }
}

static void events_add(struct bus *bus, const struct bus_listener *to, const ProtobufCMessage *event)
{
    size_t size = message_copy(event, NULL, 0);
    struct delivery *delivery = ts_memory_new(1, sizeof(*delivery) + size);

    delivery->bus = bus;
    delivery->to = to;
    (void)message_copy(event, delivery->event, size);
    if (bus->event_count == TS_EVENT_QUEUE_MAX) {
        ts_memory_free(events_take(bus));
        count(bus->dropped);
    }
    list_add_end(&bus->events, &delivery->link);
    bus->event_count++;
    loop_defer(bus->runtime->loop, &bus->deliver);
}

void events_tell(struct bus *bus, const ProtobufCMessage *event, bool from_others)
{
    LIST_EACH (link, &bus->listeners) {
        const struct bus_listener *to = container_of(link, struct bus_listener, link);

        if (to->listener->event == event->descriptor && (from_others || !to->listener->from_others))
            events_add(bus, to, event);
    }
    LIST_EACH (link, &bus->watchers) {
        struct bus_watcher *watcher = container_of(link, struct bus_watcher, link);

        watcher->heard(watcher, event);
    }
}

void ts_publish(struct ts_call *call, const ProtobufCMessage *event)
{
    struct bus *bus = call->runtime->bus;

    if (call->runtime->crashed || call->runtime->cancelled)
        return;
    events_tell(bus, event, /* from_others= */ false);
    if (bus->nats)
        nats_publish(bus->nats, event);
}

/* Few events, each heard a few times a second: no table is needed. */
const ProtobufCMessageDescriptor *events_find(const struct bus *bus, const char *name)
{
    LIST_EACH (link, &bus->listeners) {
        const struct bus_listener *to = container_of(link, struct bus_listener, link);

        if (strcmp(to->listener->event->name, name) == 0)
            return to->listener->event;
    }
    LIST_EACH (link, &bus->watchers) {
        const struct bus_watcher *watcher = container_of(link, struct bus_watcher, link);

        if (watcher->own && strcmp(watcher->own->name, name) == 0)
            return watcher->own;
    }
    for (size_t i = 0; i < bus->module_count; i++) {
        const ProtobufCMessageDescriptor *const *events = bus->modules[i]->module->events;

        for (size_t j = 0; events && events[j]; j++)
            if (strcmp(events[j]->name, name) == 0)
                return events[j];
    }
    return NULL;
}

void events_count_dropped(struct bus *bus)
{
    count(bus->dropped);
}

void bus_watch(struct bus *bus, struct bus_watcher *watcher)
{
    list_add_end(&bus->watchers, &watcher->link);
}

void bus_unwatch(struct bus_watcher *watcher)
{
    if (watcher->link.next)
        list_remove(&watcher->link);
}

static void listener_add_metrics(struct bus *bus, struct bus_listener *to)
{
    struct metrics *metrics = bus->runtime->metrics;
    const char *labels =
        ts_printf(&bus->arena, "event=\"%s\",module=\"%s\"", to->listener->event->name, to->module->name);

    if (!metrics)
        return;
    to->events = metrics_get(metrics, TS_METRIC_COUNTER, "tessera_bus_events_total", labels, "Events handled.");
    to->failures = metrics_get(metrics, TS_METRIC_COUNTER, "tessera_bus_event_failures_total", labels,
                               "Events whose listener failed.");
}

void events_listen(struct bus *bus, const struct ts_module *module)
{
    for (const struct ts_listener *listener = module->listeners; listener && listener->event; listener++) {
        struct bus_listener *to = TS_NEW(&bus->arena, struct bus_listener);

        to->module = module;
        to->listener = listener;
        listener_add_metrics(bus, to);
        list_add_end(&bus->listeners, &to->link);
    }
}

void events_init(struct bus *bus)
{
    list_init(&bus->listeners);
    list_init(&bus->watchers);
    list_init(&bus->events);
    if (bus->runtime->metrics)
        bus->dropped =
            metrics_get(bus->runtime->metrics, TS_METRIC_COUNTER, "tessera_bus_events_dropped_total", NULL,
                        "Events dropped: the oldest when too many wait here, the newest when NATS takes none.");
    bus->deliver.run = on_deliver;
}

void events_done(struct bus *bus)
{
    struct delivery *delivery;

    while ((delivery = events_take(bus)))
        ts_memory_free(delivery);
}
