/*
 * The front's life: collections, counters, health, and how a request is handed to the backend. The way in and out is in
 * read.c and write.c.
 */
#include "store/front.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loop/fiber.h"
#include "store/index.h"
#include "telemetry/metrics.h"

enum {
    FAILED_MS = 5000,         /* for so long a failed write counts: without traffic only a new one can tell */
    STUCK_MS = 3000,          /* a flush takes milliseconds; a slow disk, tenths of a second */
    CACHE_SIZE_MAX = 4 << 20, /* the catalogue of a small promoter whole, and little of the 25 MB of RSS */
    SCANS_SIZE_MAX = 2 << 20, /* pages, counted with the documents that they share with the cache */
};

struct store *store_new(struct loop *loop, const struct store_ops *ops, void *backend)
{
    struct store *store = calloc(1, sizeof(*store));

    if (!store)
        abort();
    store->loop = loop;
    store->ops = ops;
    store->backend = backend;
    store_cache_clear(store);
    return store;
}

void store_close(struct store *store)
{
    if (!store)
        return;
    assert(store->stats.queued == 0);
    store->ops->close(store->backend);
    views_free(store->views);
    scan_cache_free(store->scans);
    cache_free(store->cache);
    for (unsigned i = 0; i < store->collection_count; i++)
        free(store->collections[i]);
    free(store);
}

int store_fail(struct store_message *message, int error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    vsnprintf(message->text, sizeof(message->text), format, args);
    va_end(args);
    return error;
}

static int add_one(struct store *store, const struct ts_collection *declared, struct store_message *message)
{
    struct store_collection *collection;
    const char *wrong = NULL;
    int r;

    if (store->collection_count == COLLECTIONS_MAX || (declared->name && store_find(store, declared->name)))
        return store_fail(message, TS_EINVALID, "collection %s is declared twice, or is one too many", declared->name);
    collection = calloc(1, sizeof(*collection));
    if (!collection)
        abort();
    r = index_check(declared, collection, &wrong);
    if (!r) {
        collection->number = store->collection_count;
        r = store->ops->add(store->backend, collection);
    }
    if (r) {
        free(collection);
        return store_fail(message, r, "collection %s: %s %s (%d)", declared->name, wrong,
                          r == TS_EINVALID ? "makes no sense" : "cannot be stored", r);
    }
    store->collections[store->collection_count++] = collection;
    return 0;
}

int store_add(struct store *store, const struct ts_collection *const *collections, struct store_message *ret_message)
{
    for (; collections && *collections; collections++) {
        int r = add_one(store, *collections, ret_message);

        if (r)
            return r;
    }
    return 0;
}

const struct store_collection *store_find(const struct store *store, const char *name)
{
    for (unsigned i = 0; i < store->collection_count; i++) {
        if (!strcmp(store->collections[i]->declared->name, name))
            return store->collections[i];
    }
    return NULL;
}

const struct store_collection *store_at(const struct store *store, unsigned number)
{
    return number < store->collection_count ? store->collections[number] : NULL;
}

const struct ts_collection *ts_store_collection(const struct ts_call *call, unsigned number)
{
    const struct store_collection *collection;

    for (unsigned i = 0; (collection = store_at(call->runtime->store, i)); i++) {
        if (!collection->declared->quiet && number-- == 0)
            return collection->declared;
    }
    return NULL;
}

void *store_backend(const struct store *store)
{
    return store->backend;
}

const struct store_ops *store_ops(const struct store *store)
{
    return store->ops;
}

struct loop *store_loop(const struct store *store)
{
    return store->loop;
}

void store_cache_clear(struct store *store)
{
    uint64_t seed = loop_hrtime_ns() * UINT64_C(0x9e3779b97f4a7c15);

    views_free(store->views);
    store->views = views_new();
    scan_cache_free(store->scans);
    store->scans = scan_cache_new(SCANS_SIZE_MAX, seed ^ (uint64_t)(uintptr_t)store);
    cache_free(store->cache);
    store->cache = cache_new(CACHE_SIZE_MAX, seed ^ (uint64_t)(uintptr_t)store);
}

struct store_stats store_stats(const struct store *store)
{
    struct store_stats stats = store->stats;

    if (store->ops->stats)
        store->ops->stats(store->backend, &stats);
    return stats;
}

void store_sweep(struct store *store, bool sweep)
{
    if (store->ops->sweep)
        store->ops->sweep(store->backend, sweep);
}

void store_measure(struct store *store, struct metrics *metrics)
{
    store->meters.documents = metrics_get(metrics, TS_METRIC_COUNTER, "tessera_store_documents_total", NULL,
                                          "Documents handed over to be written.");
    store->meters.conflicts = metrics_get(metrics, TS_METRIC_COUNTER, "tessera_store_conflicts_total", NULL,
                                          "Documents not written because somebody else was first.");
    store->meters.queued = metrics_get(metrics, TS_METRIC_GAUGE, "tessera_store_queued_documents", NULL,
                                       "Documents handed over and not yet answered.");
    store->meters.hits = metrics_get(metrics, TS_METRIC_COUNTER, "tessera_store_cache_total", "result=\"hit\"",
                                     "Documents looked for in the cache of newest versions.");
    store->meters.misses = metrics_get(metrics, TS_METRIC_COUNTER, "tessera_store_cache_total", "result=\"miss\"",
                                       "Documents looked for in the cache of newest versions.");
    store->meters.scans =
        metrics_get(metrics, TS_METRIC_COUNTER, "tessera_store_scans_total", NULL, "Pages of scans read.");
    if (store->ops->measure)
        store->ops->measure(store->backend, metrics);
}

struct store_row *store_request_row(struct store_request *request)
{
    size_t count = request->row_count;

    /* Grow at 0, 8, 16, 32…: the arena keeps the old lists, at most as much again. */
    if (count == 0 || (count >= 8 && (count & (count - 1)) == 0)) {
        struct store_row *rows = TS_NEW_ARRAY(&request->arena, struct store_row, count ? count * 2 : 8);

        if (count)
            memcpy(rows, request->rows, count * sizeof(*rows));
        request->rows = rows;
    }
    return &request->rows[request->row_count++];
}

const char *store_problem(const struct store *store)
{
    uint64_t now_ns = loop_hrtime_ns();

    if (store->failed_ns && now_ns - store->failed_ns < FAILED_MS * UINT64_C(1000000))
        return "store: the last write failed";
    if (store->stats.queued && now_ns - store->progress_ns > STUCK_MS * UINT64_C(1000000))
        return "store: writes wait and none ends";
    return NULL;
}

void store_count(uint64_t *counter, struct ts_metric *metric, uint64_t number)
{
    *counter += number;
    if (metric && number)
        ts_metric_add(metric, (int64_t)number);
}

const struct store_collection *store_collection_of(struct store *store, const struct ts_collection *declared)
{
    const struct store_collection **hint = &store->hints[((uintptr_t)declared >> 5) % HINTS];

    if (*hint && (*hint)->declared == declared)
        return *hint;
    for (unsigned i = 0; i < store->collection_count; i++) {
        if (store->collections[i]->declared == declared)
            return *hint = store->collections[i];
    }
    return NULL;
}

static void on_done(struct store_request *request)
{
    request->ended = true;
    fiber_wake(request->fiber);
}

int request_run(struct ts_call *call, struct store_request *request)
{
    struct store *store = call->runtime->store;

    request->done = on_done;
    request->fiber = fiber_self();
    request->deadline_ms = runtime_call_end_ms(call);
    assert(request->fiber);
    if (!store->ops->submit(store->backend, request)) {
        while (!request->ended)
            fiber_suspend();
    }
    return call->runtime->crashed ? TS_ECRASHED : request->result;
}

void request_init(struct store_request *request, enum store_request_type type,
                  const struct store_collection *collection)
{
    *request = (struct store_request){ .type = type, .collection = collection };
    arena_init(&request->arena);
}
