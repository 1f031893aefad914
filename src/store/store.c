/*
 * The front: from messages to encoded requests and back. It checks, packs, extracts index entries, stamps who and when,
 * keeps the cache of newest versions, and lets the fiber wait until the backend has ended the request. Everything that
 * a request points to lives on the waiting fiber or in its call's arena.
 */
#include "store/store.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "loop/fiber.h"
#include "store/cache.h"
#include "store/index.h"
#include "store/key.h"
#include "store/range.h"
#include "store/scan_cache.h"
#include "telemetry/metrics.h"
#include "tessera/clock.h"

enum {
    HINTS = 128,
    COLLECTIONS_MAX = 256,    /* all modules' together; a module has a handful */
    FAILED_MS = 5000,         /* for so long a failed write counts: without traffic only a new one can tell */
    STUCK_MS = 3000,          /* a flush takes milliseconds; a slow disk, tenths of a second */
    CACHE_SIZE_MAX = 4 << 20, /* the catalogue of a small promoter whole, and little of the 25 MB of RSS */
    SCANS_SIZE_MAX = 2 << 20, /* pages, counted with the documents that they share with the cache */
};

struct store {
    struct loop *loop;
    const struct store_ops *ops;
    void *backend;
    struct cache *cache;
    struct scan_cache *scans;
    struct store_stats stats;
    uint64_t progress_ns; /* a write ended, or was handed over while none waited */
    uint64_t failed_ns;   /* the last write was refused by the backend, at this time; 0: it was not */
    struct {
        struct ts_metric *documents, *conflicts, *queued, *hits, *misses, *scans; /* NULL: nobody measures */
    } meters;
    unsigned collection_count;
    struct store_collection *collections[COLLECTIONS_MAX];
    const struct store_collection *hints[HINTS]; /* by address of the declaration: who was last found there */
    uint64_t changes[COLLECTIONS_MAX];           /* writes answered, by the collection's number */
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

/* Add to one of the counters and to its metric, when there is one. */
static void meter_add(uint64_t *counter, struct ts_metric *metric, uint64_t number)
{
    *counter += number;
    if (metric && number)
        ts_metric_add(metric, (int64_t)number);
}

static void count_queued(struct store *store, int64_t change)
{
    store->stats.queued += (size_t)change;
    if (store->meters.queued)
        ts_metric_set(store->meters.queued, (int64_t)store->stats.queued);
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

/* One call's way to its store; NULL for a collection that no module added. */
static const struct store_collection *collection_of(struct store *store, const struct ts_collection *declared)
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

/* Hand the request over and wait for its end, whatever the deadline. Return: its result. */
static int request_run(struct ts_call *call, struct store_request *request)
{
    struct store *store = call->runtime->store;

    request->done = on_done;
    request->fiber = fiber_self();
    assert(request->fiber);
    if (!store->ops->submit(store->backend, request)) {
        while (!request->ended)
            fiber_suspend();
    }
    return call->runtime->crashed ? TS_ECRASHED : request->result;
}

static void request_init(struct store_request *request, enum store_request_type type,
                         const struct store_collection *collection)
{
    *request = (struct store_request){ .type = type, .collection = collection };
    arena_init(&request->arena);
}

/* Reading */

static void unpack_body(struct ts_call *call, const struct store_row *row, struct ts_doc *doc)
{
    doc->body = protobuf_c_message_unpack(row->collection->declared->message, ts_arena_allocator(call->arena),
                                          row->body_size, row->body);
}

/* Return: 0 and *ret_doc; TS_EDATALOSS when the bytes are no such message. */
static int doc_make(struct ts_call *call, const struct store_row *row, bool keys_only, struct ts_doc *ret_doc)
{
    struct ts_doc doc = { .id = ts_strdup(call->arena, row->id), .version = row->version };

    if (row->version && !keys_only) {
        doc.written_at_ms = row->stamp.written_at_ms;
        doc.actor = ts_strdup(call->arena, row->stamp.actor);
        doc.operation = ts_strdup(call->arena, row->stamp.operation);
        doc.erased = row->erased;
        unpack_body(call, row, &doc);
        if (!doc.body)
            return TS_EDATALOSS;
    }
    *ret_doc = doc;
    return 0;
}

static void let_go(void *data)
{
    cached_let_go(data);
}

/* Without copies: what is held stays until the call's arena goes. Return: 0; TS_EDATALOSS, also when there is no
 * memory. */
static int doc_share(struct ts_call *call, struct cached *cached, struct ts_doc *ret_doc)
{
    const struct store_row *row = &cached->row;
    struct ts_doc doc = {
        .id = row->id,
        .version = row->version,
        .written_at_ms = row->stamp.written_at_ms,
        .actor = row->stamp.actor,
        .operation = row->stamp.operation,
        .erased = row->erased,
    };

    arena_pin(call->arena, let_go, cached_hold(cached));
    doc.body = cached_body(call->runtime->store->cache, cached);
    if (!doc.body)
        return TS_EDATALOSS;
    *ret_doc = doc;
    return 0;
}

/* What the cache holds, the way its collection wants it. */
static int doc_of_cached(struct ts_call *call, struct cached *cached, struct ts_doc *ret_doc)
{
    if (cached->row.collection->declared->shared && doc_share(call, cached, ret_doc) == 0)
        return 0;
    return doc_make(call, &cached->row, /* keys_only= */ false, ret_doc);
}

/* Documents looked for: first in the cache, then those left in the store. */
struct lookup {
    const struct store_collection *collection;
    const char *const *ids;
    size_t count;
    struct ts_doc *docs; /* for ids[i] */
    const char **left;   /* ids that the cache did not know, and their places in ids */
    size_t *places;
    size_t left_count;
};

/* Return: 0, and what is left; TS_EDATALOSS. */
static int get_cached(struct ts_call *call, struct lookup *lookup)
{
    struct store *store = call->runtime->store;
    size_t hits = 0;

    for (size_t i = 0; i < lookup->count; i++) {
        const char *id = lookup->ids[i];
        struct cached *cached;
        int r;

        lookup->docs[i] = (struct ts_doc){ .id = id };
        if (!id)
            continue;
        cached = store->ops->exact ? cache_find(store->cache, lookup->collection, id) : NULL;
        if (!cached && !key_id_valid(id))
            continue; /* what cannot be an id names nothing */
        if (!cached) {
            lookup->left[lookup->left_count] = id;
            lookup->places[lookup->left_count++] = i;
            continue;
        }
        hits++;
        r = doc_of_cached(call, cached, &lookup->docs[i]);
        if (r)
            return r;
    }
    meter_add(&store->stats.cache_hits, store->meters.hits, hits);
    meter_add(&store->stats.cache_misses, store->meters.misses, lookup->left_count);
    return 0;
}

/* Return: 0; a ts_error. */
static int get_stored(struct ts_call *call, struct lookup *lookup)
{
    struct store *store = call->runtime->store;
    struct store_request request;
    int r;

    if (!lookup->left_count)
        return 0;
    request_init(&request, STORE_GET, lookup->collection);
    request.ids = lookup->left;
    request.count = lookup->left_count;
    r = request_run(call, &request);
    for (size_t i = 0; !r && i < lookup->left_count; i++) {
        const struct store_row *row = &request.rows[i];

        if (!row->version)
            continue;
        /* A row that was read while this fiber waited may have been overtaken by a write; then it is not kept. */
        if (store->ops->exact && !request.ended)
            (void)cache_put(store->cache, row, /* only_held= */ false);
        r = doc_make(call, row, /* keys_only= */ false, &lookup->docs[lookup->places[i]]);
    }
    arena_done(&request.arena);
    return r;
}

static int get_all(struct ts_call *call, struct lookup *lookup)
{
    int r = runtime_wait_check(call);

    if (r)
        return r;
    if (!lookup->collection || lookup->count > TS_GET_MAX)
        return TS_EINVALID;
    r = get_cached(call, lookup);
    return r ? r : get_stored(call, lookup);
}

int ts_store_get_many(struct ts_call *call, const struct ts_collection *declared, const char *const *ids, size_t count,
                      struct ts_doc *ret_docs)
{
    struct lookup lookup = {
        .collection = collection_of(call->runtime->store, declared),
        .ids = ids,
        .count = count,
        .docs = ret_docs,
        .left = TS_NEW_ARRAY(call->arena, const char *, count),
        .places = TS_NEW_ARRAY(call->arena, size_t, count),
    };

    return get_all(call, &lookup);
}

int ts_store_get(struct ts_call *call, const struct ts_collection *declared, const char *id, struct ts_doc *ret_doc)
{
    const char *left;
    size_t place;
    struct ts_doc doc;
    struct lookup lookup = {
        .collection = collection_of(call->runtime->store, declared),
        .ids = &id,
        .count = 1,
        .docs = &doc,
        .left = &left,
        .places = &place,
    };
    int r = get_all(call, &lookup);

    if (!r)
        *ret_doc = doc;
    return r;
}

static const char *page_cursor(struct ts_call *call, const struct store_collection *collection,
                               const struct ts_scan *scan, const struct store_row *row)
{
    struct store_place place = { row->value, row->value_size, row->id };

    return cursor_encode(collection, scan, &place, call->arena);
}

/* Return: 0 and *ret_page, all but its cursor; TS_EDATALOSS. */
static int page_make(struct ts_call *call, const struct store_request *request, struct ts_page *ret_page)
{
    struct ts_page page = { .count = request->row_count, .more = request->more };

    page.docs = TS_NEW_ARRAY(call->arena, struct ts_doc, page.count);
    for (size_t i = 0; i < page.count; i++) {
        int r = doc_make(call, &request->rows[i], request->keys_only, &page.docs[i]);

        if (r)
            return r;
        ts_yield(call);
    }
    *ret_page = page;
    return 0;
}

static void let_page_go(void *data)
{
    scan_page_unref(data);
}

/* A page that is held; the caller may write to its list of documents. */
static void page_share(struct ts_call *call, struct scan_page *held, struct ts_page *ret_page)
{
    held->refs++;
    arena_pin(call->arena, let_page_go, held);
    *ret_page = held->page;
    ret_page->docs = ts_memdup(call->arena, held->page.docs, held->page.count * sizeof(held->page.docs[0]));
}

/* Keep what a scan found: its documents in the cache, the page beside them. A document that is too large, or no
 * message, leaves things as they are. */
static void page_keep(struct ts_call *call, const struct store_request *request, const struct scan_key *key,
                      const struct ts_page *page)
{
    struct store *store = call->runtime->store;
    struct cached **held = TS_NEW_ARRAY(call->arena, struct cached *, page->count);
    struct ts_page kept = *page;

    kept.docs = TS_NEW_ARRAY(call->arena, struct ts_doc, page->count);
    for (size_t i = 0; i < page->count; i++) {
        held[i] = cache_put(store->cache, &request->rows[i], /* only_held= */ false);
        if (!held[i] || held[i]->row.version != request->rows[i].version || doc_share(call, held[i], &kept.docs[i]))
            return;
    }
    (void)scan_cache_put(store->scans, key, store->changes[request->collection->number], &kept, held);
}

/* Ask the backend. `key`: where to keep the page; NULL: nowhere. */
static int scan_run(struct ts_call *call, const struct store_collection *collection, const struct ts_scan *scan,
                    const struct scan_key *key, struct ts_page *ret_page)
{
    struct store *store = call->runtime->store;
    uint64_t changes = store->changes[collection->number];
    struct store_request request;
    int r;

    request_init(&request, STORE_SCAN, collection);
    request.limit = scan->limit;
    request.keys_only = scan->keys_only;
    r = range_make(collection, scan, call->arena, &request.range);
    if (!r)
        r = request_run(call, &request);
    meter_add(&store->stats.scans, store->meters.scans, 1);
    if (!r)
        r = page_make(call, &request, ret_page);
    if (!r && ret_page->count)
        ret_page->cursor = page_cursor(call, collection, scan, &request.rows[ret_page->count - 1]);
    if (!r && key && changes == store->changes[collection->number])
        page_keep(call, &request, key, ret_page);
    arena_done(&request.arena);
    return r;
}

int ts_store_scan(struct ts_call *call, const struct ts_scan *scan, struct ts_page *ret_page)
{
    struct store *store = call->runtime->store;
    const struct store_collection *collection = collection_of(store, scan->collection);
    struct scan_page *held = NULL;
    struct scan_key key;
    bool keep;
    int r = runtime_wait_check(call);

    if (r)
        return r;
    if (!collection || scan->limit < 1 || scan->limit > TS_SCAN_MAX)
        return TS_EINVALID;
    keep = collection->declared->shared && store->ops->exact && !scan->keys_only &&
           scan_key_make(store->scans, collection, scan, &key);
    if (keep)
        held = scan_cache_find(store->scans, &key, store->changes[collection->number]);
    if (!held)
        return scan_run(call, collection, scan, keep ? &key : NULL, ret_page);
    page_share(call, held, ret_page);
    return 0;
}

const char *ts_store_cursor(struct ts_call *call, const struct ts_scan *scan, const struct ts_doc *doc)
{
    const struct store_collection *collection = collection_of(call->runtime->store, scan->collection);
    struct store_place place = { NULL, 0, doc->id };
    struct ts_scan whole = *scan;
    struct store_entry *entries;
    struct store_range range;
    size_t count;

    assert(collection);
    if (!scan->index)
        return cursor_encode(collection, scan, &place, call->arena);
    whole.cursor = NULL;
    if (range_make(collection, &whole, call->arena, &range) || !doc->body)
        return ""; /* no cursor at all: a scan from it is TS_EINVALID */
    count = index_extract(collection, doc->body, call->arena, &entries);
    for (size_t i = 0; i < count; i++) {
        if (range_meets(&range, &entries[i], doc->id)) {
            place = (struct store_place){ entries[i].value, entries[i].value_size, doc->id };
            return cursor_encode(collection, scan, &place, call->arena);
        }
    }
    return "";
}

int ts_store_count(struct ts_call *call, const struct ts_scan *scan, int64_t max, int64_t *ret_count)
{
    const struct store_collection *collection = collection_of(call->runtime->store, scan->collection);
    struct ts_scan whole = *scan;
    struct store_request request;
    int r = runtime_wait_check(call);

    if (r)
        return r;
    if (!collection || max < 0)
        return TS_EINVALID;
    whole.cursor = NULL;
    request_init(&request, STORE_COUNT, collection);
    request.count_max = max;
    r = range_make(collection, &whole, call->arena, &request.range);
    if (!r)
        r = request_run(call, &request);
    if (!r)
        *ret_count = request.number;
    arena_done(&request.arena);
    return r;
}

int ts_store_history(struct ts_call *call, const struct ts_collection *declared, const char *id, int64_t before,
                     unsigned limit, struct ts_page *ret_page)
{
    const struct store_collection *collection = collection_of(call->runtime->store, declared);
    struct store_request request;
    int r = runtime_wait_check(call);

    if (r)
        return r;
    if (!collection || limit < 1 || limit > TS_SCAN_MAX || before < 0 || !key_id_valid(id))
        return TS_EINVALID;
    request_init(&request, STORE_HISTORY, collection);
    request.ids = &id;
    request.count = 1;
    request.before = before;
    request.limit = limit;
    r = request_run(call, &request);
    if (!r)
        r = page_make(call, &request, ret_page);
    arena_done(&request.arena);
    return r;
}

/* Writing */

static struct store_stamp stamp_of(struct ts_call *call)
{
    return (struct store_stamp){
        .written_at_ms = runtime_now_ms(call->runtime),
        .actor = call->principal->id,
        .operation = call->operation ? call->operation : "",
        .request_id = call->request_id ? call->request_id : "",
    };
}

static int64_t attempt_new(struct ts_call *call)
{
    int64_t attempt;

    call->runtime->random(call->runtime, &attempt, sizeof(attempt));
    return attempt;
}

/* Return: 0 and *ret_item; TS_EINVALID for a bad id, version, type or size. */
static int item_make(struct ts_call *call, const struct ts_write *write, struct store_item *ret_item)
{
    struct store_item item = { .collection = collection_of(call->runtime->store, write->collection), .id = write->id };
    struct store_entry *entries;
    uint8_t *body;

    if (!item.collection || !write->body || write->body->descriptor != write->collection->message)
        return TS_EINVALID;
    if (!key_id_valid(write->id) || write->version < 0 || write->version >= INT64_MAX)
        return TS_EINVALID;
    item.version = write->version + 1;
    item.body_size = protobuf_c_message_get_packed_size(write->body);
    if (item.body_size > TS_DOCUMENT_SIZE_MAX)
        return TS_EINVALID;
    body = ts_alloc(call->arena, item.body_size);
    protobuf_c_message_pack(write->body, body);
    item.body = body;
    item.entry_count = index_extract(item.collection, write->body, call->arena, &entries);
    item.entries = entries;
    *ret_item = item;
    return 0;
}

static void cache_written(struct store *store, const struct store_request *request, const struct store_item *item)
{
    struct store_row row = {
        .collection = item->collection,
        .id = item->id,
        .version = item->version,
        .stamp = request->stamp,
        .erased = item->erased,
        .body = item->body,
        .body_size = item->body_size,
    };

    (void)cache_put(store->cache, &row, /* only_held= */ item->collection->declared->quiet);
}

static void tell_due(struct ts_call *call, const struct store_item *item)
{
    for (size_t i = 0; i < item->entry_count; i++) {
        if ((int)item->entries[i].index == item->collection->due_index)
            call->runtime->on_due(call->runtime, item->collection->declared, key_int(item->entries[i].value));
    }
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

/* Hand `count` documents over and wait; how it went is what store_problem() knows. */
static int write_wait(struct ts_call *call, struct store_request *request, size_t count)
{
    struct store *store = call->runtime->store;
    int r;

    if (!store->stats.queued)
        store->progress_ns = loop_hrtime_ns();
    count_queued(store, (int64_t)count);
    arena_finish(call->arena);
    r = request_run(call, request);
    count_queued(store, -(int64_t)count);
    store->progress_ns = loop_hrtime_ns();
    store->failed_ns = r == TS_EUNAVAILABLE ? store->progress_ns : 0;
    return r;
}

/* Return: the request's result; what was written is in the cache and its due times are told. */
static int write_run(struct ts_call *call, struct store_request *request)
{
    struct store *store = call->runtime->store;
    int r;

    r = write_wait(call, request, request->count);
    for (size_t i = 0; i < request->count; i++) /* whatever the result: an unknown one may have been written */
        store->changes[request->items[i].collection->number]++;
    if (store->meters.documents)
        ts_metric_add(store->meters.documents, (int64_t)request->count);
    for (size_t i = 0; !r && i < request->count; i++) {
        const struct store_item *item = &request->items[i];

        meter_add(&store->stats.conflicts, store->meters.conflicts, item->result == TS_WRITE_CONFLICT);
        if (item->result != TS_WRITE_OK)
            continue;
        if (store->ops->exact)
            cache_written(store, request, item);
        if (call->runtime->on_due && item->collection->due_index >= 0)
            tell_due(call, item);
    }
    return r;
}

/* Return: 0 and the request's items; a ts_error. */
static int write_prepare(struct ts_call *call, const struct ts_write *writes, struct store_request *request)
{
    int64_t attempt = attempt_new(call);

    request->stamp = stamp_of(call);
    request->items = TS_NEW_ARRAY(call->arena, struct store_item, request->count);
    for (size_t i = 0; i < request->count; i++) {
        int r = item_make(call, &writes[i], &request->items[i]);

        if (r)
            return r;
        request->items[i].attempt = (int64_t)((uint64_t)attempt + i);
    }
    return 0;
}

int ts_store_write(struct ts_call *call, struct ts_write *writes, size_t count, enum ts_write_mode mode)
{
    struct store_request request;
    int r = runtime_wait_check(call);

    if (r)
        return r;
    if (count > TS_WRITE_MAX)
        return TS_EINVALID;
    if (call->runtime->store->stats.queued + count > TS_STORE_QUEUE_MAX)
        return TS_EEXHAUSTED;
    request_init(&request, STORE_WRITE, /* collection= */ NULL);
    request.count = count;
    request.mode = mode;
    r = write_prepare(call, writes, &request);
    if (!r && count)
        r = write_run(call, &request);
    for (size_t i = 0; !r && i < count; i++)
        writes[i].result = request.items[i].result;
    arena_done(&request.arena);
    return r;
}

int ts_store_put(struct ts_call *call, const struct ts_collection *collection, const char *id, int64_t version,
                 const ProtobufCMessage *body)
{
    struct ts_write write = { .collection = collection, .id = id, .version = version, .body = body };
    int r = ts_store_write(call, &write, 1, TS_WRITE_ORDERED);

    return r ? r : (int)write.result;
}

int ts_store_insert(struct ts_call *call, const struct ts_collection *collection, const char *id,
                    const ProtobufCMessage *body)
{
    return ts_store_put(call, collection, id, /* version= */ 0, body);
}

int ts_store_erase(struct ts_call *call, const struct ts_collection *declared, const char *id)
{
    struct store *store = call->runtime->store;
    struct store_item item = { .collection = collection_of(store, declared), .id = id, .erased = true };
    struct store_request request;
    int r = runtime_wait_check(call);

    if (r)
        return r;
    if (!item.collection || !declared->personal || !key_id_valid(id))
        return TS_EINVALID;
    item.attempt = attempt_new(call);
    request_init(&request, STORE_ERASE, item.collection);
    request.stamp = stamp_of(call);
    request.items = &item;
    request.count = 1;
    r = write_wait(call, &request, 1);
    store->changes[item.collection->number]++;
    if (!r)
        cache_drop(store->cache, item.collection, id);
    arena_done(&request.arena);
    return r;
}
