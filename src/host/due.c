/*
 * One source per collection. A scan walks all that is due and starts a handler for each document that is not being
 * handled and not pausing after a failure; handlers run as tasks of the bus. A document that a scan meets while its
 * handler still runs may have been made due again by that very handler, so the end of the handler asks for another
 * scan. All times are the domain's: pauses, too, end when tests move the clock.
 */
#include "host/due.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/list.h"
#include "base/map.h"
#include "bus/bus.h"
#include "host/lead.h"
#include "loop/fiber.h"
#include "loop/loop.h"
#include "tessera/clock.h"
#include "tessera/limits.h"
#include "tessera/log.h"
#include "tessera/memory.h"

/* A document that is being handled, or pauses after a failure. */
struct errand {
    struct due_source *source;
    bool running, met_again;
    unsigned failures;
    int64_t retry_ms;
    char id[];
};

struct due_source {
    struct due *due;
    const struct ts_module *module;
    const struct ts_due *what;
    struct list link;
    struct loop_timer timer;
    struct map errands; /* by id */
    unsigned running;
    bool scanning, wanted; /* a scan; another one after it */
    struct fiber *waiting; /* the scan, for a free place */
    int64_t next_ms;       /* the timer's domain time */
    char operation[64];
};

struct due {
    struct ts_runtime *runtime;
    struct list sources;
    const struct lead *lead; /* NULL: there are no other processes */
    bool started;
};

static void source_scan(struct due_source *source);

static int64_t min_ms(int64_t left, int64_t right)
{
    return left < right ? left : right;
}

/* Ring at `at_ms` of the domain, or sooner if that was agreed already. */
static void source_ring_at(struct due_source *source, int64_t at_ms)
{
    struct ts_runtime *runtime = source->due->runtime;

    if (!source->due->started || (source->timer.slot && source->next_ms <= at_ms))
        return;
    source->next_ms = at_ms;
    loop_timer_start(runtime->loop, &source->timer, min_ms(at_ms - runtime_now_ms(runtime), DUE_SCAN_MS));
}

static void on_ring(struct loop_timer *timer)
{
    source_scan(container_of(timer, struct due_source, timer));
}

static void on_due(struct ts_runtime *runtime, const struct ts_collection *collection, int64_t due_ms)
{
    LIST_EACH (link, &runtime->due->sources) {
        struct due_source *source = container_of(link, struct due_source, link);

        if (source->what->collection == collection)
            source_ring_at(source, due_ms);
    }
}

static int errand_run(struct ts_call *call, void *data)
{
    struct errand *errand = data;

    return errand->source->what->handler(call, ts_strdup(call->arena, errand->id));
}

static int64_t pause_ms(unsigned failures)
{
    return failures > 10 ? DUE_PAUSE_MS_MAX : min_ms((int64_t)DUE_PAUSE_MS_MIN << (failures - 1), DUE_PAUSE_MS_MAX);
}

static void errand_done(void *data, int result)
{
    struct errand *errand = data;
    struct due_source *source = errand->source;
    int64_t now_ms = runtime_now_ms(source->due->runtime);

    source->running--;
    errand->running = false;
    if (result) {
        errand->failures++;
        errand->retry_ms = now_ms + pause_ms(errand->failures);
        source_ring_at(source, errand->retry_ms);
    } else {
        if (errand->met_again)
            source_ring_at(source, now_ms);
        (void)map_take(&source->errands, errand->id); /* it is there: only here it goes */
        ts_memory_free(errand);
    }
    if (source->waiting)
        fiber_wake(source->waiting);
}

/* A place for one more handler. Return: 0; TS_ECRASHED or TS_ECANCELLED. */
static int source_wait(struct due_source *source)
{
    while (source->running >= DUE_RUNNING_MAX) {
        if (source->due->runtime->crashed)
            return TS_ECRASHED;
        source->waiting = fiber_self();
        fiber_suspend();
        source->waiting = NULL;
    }
    return source->due->started ? 0 : TS_ECANCELLED;
}

static struct errand *errand_get(struct due_source *source, const char *id)
{
    struct errand *errand = map_find(&source->errands, id);

    if (errand)
        return errand;
    errand = ts_memory_new(1, sizeof(*errand) + strlen(id) + 1);
    errand->source = source;
    memcpy(errand->id, id, strlen(id) + 1);
    map_put(&source->errands, errand->id, errand);
    return errand;
}

static int source_meet(struct due_source *source, const char *id)
{
    struct errand *errand;
    int r = source_wait(source);

    if (r)
        return r;
    errand = errand_get(source, id);
    if (errand->running)
        errand->met_again = true;
    if (errand->running)
        return 0;
    if (errand->retry_ms > runtime_now_ms(source->due->runtime)) {
        source_ring_at(source, errand->retry_ms); /* the ring that brought us here was a moment early, or another's */
        return 0;
    }
    errand->running = true;
    errand->met_again = false;
    source->running++;
    bus_spawn(source->due->runtime->bus, &(struct bus_task){
                                             .module = source->module,
                                             .operation = source->operation,
                                             .timeout_ms = TS_CALL_MS_MAX,
                                             .run = errand_run,
                                             .done = errand_done,
                                             .data = errand,
                                         });
    return 0;
}

/* Pauses that are over and whose document was not due any more: it has been continued elsewhere. */
static void source_forget(struct due_source *source, int64_t scanned_ms)
{
    struct map_entry *entry;
    size_t at = 0;

    while ((entry = map_next(&source->errands, &at))) {
        struct errand *errand = entry->value;

        if (errand->running)
            continue;
        if (errand->retry_ms > scanned_ms) {
            source_ring_at(source, errand->retry_ms); /* to forget it then, or to go on with it */
            continue;
        }
        (void)map_take(&source->errands, errand->id);
        ts_memory_free(errand);
    }
}

static int64_t due_of(const struct ts_doc *doc)
{
    const ProtobufCFieldDescriptor *field =
        protobuf_c_message_descriptor_get_field_by_name(doc->body->descriptor, "due_ms");
    int64_t due_ms;

    memcpy(&due_ms, (const char *)doc->body + field->offset, sizeof(due_ms));
    return due_ms;
}

/* All that is due by `now_ms`; the start of each page is its own call's memory. */
static int scan_due(struct ts_call *call, struct due_source *source, int64_t now_ms)
{
    struct ts_scan scan = { .collection = source->what->collection,
                            .index = "due",
                            .to = TS_INT(now_ms + 1),
                            .limit = TS_SCAN_MAX,
                            .keys_only = true };
    struct ts_page page;

    do {
        int r = ts_store_scan(call, &scan, &page);

        for (size_t i = 0; !r && i < page.count; i++)
            r = source_meet(source, page.docs[i].id);
        if (r)
            return r;
        scan.cursor = page.cursor;
    } while (page.more);
    return 0;
}

/* When the next document falls due. */
static int scan_next(struct ts_call *call, struct due_source *source, int64_t now_ms)
{
    struct ts_scan scan = {
        .collection = source->what->collection, .index = "due", .from = TS_INT(now_ms + 1), .limit = 1
    };
    struct ts_page page;
    int r = ts_store_scan(call, &scan, &page);

    if (!r && page.count && page.docs[0].body)
        source_ring_at(source, due_of(&page.docs[0]));
    return r;
}

static int scan_run(struct ts_call *call, void *data)
{
    struct due_source *source = data;
    int64_t now_ms = ts_now_ms(call);
    int r;

    call->deadline_ms = INT64_MAX; /* it waits for handlers, which have their own */
    r = scan_due(call, source, now_ms);
    if (r)
        return r;
    source_forget(source, now_ms);
    return scan_next(call, source, now_ms);
}

static bool has_others(const struct due_source *source)
{
    return lead_has_others(source->due->lead, source->module);
}

static void scan_done(void *data, int result)
{
    struct due_source *source = data;
    int64_t now_ms = runtime_now_ms(source->due->runtime);

    source->scanning = false;
    if (source->wanted && result != TS_ECRASHED)
        source_scan(source);
    else
        source_ring_at(source, now_ms + (result || has_others(source) ? TS_SECOND_MS : DUE_SCAN_MS));
}

static void source_scan(struct due_source *source)
{
    if (!source->due->started || source->due->runtime->crashed)
        return;
    if (!source->scanning && !lead_is_ours(source->due->lead, source->module)) { /* another does; is he still there? */
        source_ring_at(source, runtime_now_ms(source->due->runtime) + TS_SECOND_MS);
        return;
    }
    source->wanted = source->scanning;
    if (source->scanning)
        return;
    source->scanning = true;
    loop_timer_stop(source->due->runtime->loop, &source->timer);
    bus_spawn(source->due->runtime->bus, &(struct bus_task){
                                             .module = source->module,
                                             .operation = source->operation,
                                             .timeout_ms = TS_CALL_MS_MAX,
                                             .run = scan_run,
                                             .done = scan_done,
                                             .data = source,
                                         });
}

struct due *due_new(struct ts_runtime *runtime)
{
    struct due *due = ts_memory_new(1, sizeof(*due));

    due->runtime = runtime;
    list_init(&due->sources);
    runtime->due = due;
    runtime->on_due = on_due;
    return due;
}

void due_add(struct due *due, const struct ts_module *module)
{
    for (const struct ts_due *what = module->due; what && what->collection; what++) {
        struct due_source *source = ts_memory_new(1, sizeof(*source));

        source->due = due;
        source->module = module;
        source->what = what;
        source->timer.run = on_ring;
        map_init(&source->errands);
        (void)snprintf(source->operation, sizeof(source->operation), "due:%s", what->collection->name); /* cut there */
        list_add_end(&due->sources, &source->link);
    }
}

bool ts_leads(const struct ts_call *call)
{
    const struct due *due = call->runtime->due;

    return !due || lead_is_ours(due->lead, call->module);
}

void due_start(struct due *due, const struct lead *lead)
{
    due->lead = lead;
    due->started = true;
    due_kick(due);
}

void due_kick(struct due *due)
{
    LIST_EACH (link, &due->sources)
        source_scan(container_of(link, struct due_source, link));
}

void due_stop(struct due *due)
{
    due->started = false;
    LIST_EACH (link, &due->sources) {
        struct due_source *source = container_of(link, struct due_source, link);

        source->wanted = false;
        loop_timer_stop(due->runtime->loop, &source->timer);
    }
}

bool due_busy(const struct due *due)
{
    int64_t now_ms = runtime_now_ms(due->runtime);

    LIST_EACH (link, &due->sources) {
        const struct due_source *source = container_of(link, struct due_source, link);

        if (source->running || source->scanning || (source->timer.slot && source->next_ms <= now_ms))
            return true;
    }
    return false;
}

static void source_free(struct due_source *source)
{
    struct map_entry *entry;
    size_t at = 0;

    while ((entry = map_next(&source->errands, &at)))
        ts_memory_free(entry->value);
    map_done(&source->errands);
    ts_memory_free(source);
}

void due_free(struct due *due)
{
    struct list *link;

    if (!due)
        return;
    due_stop(due);
    while ((link = list_take_first(&due->sources)))
        source_free(container_of(link, struct due_source, link));
    due->runtime->on_due = NULL;
    due->runtime->due = NULL;
    ts_memory_free(due);
}
