/*
 * Reading: from ids and scans to messages. What was lately read or written comes from the caches, decoded once where
 * its collection is shared; only the rest is asked of the backend.
 */
#include <assert.h>

#include "store/front.h"
#include "store/index.h"
#include "store/key.h"
#include "store/range.h"
#include "tessera/clock.h"

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

/* Versions that an arena's pieces point to. */
struct held {
    size_t count;
    struct cached *cached[];
};

static void let_go(void *data)
{
    const struct held *held = data;

    for (size_t i = 0; i < held->count; i++)
        cached_let_go(held->cached[i]);
}

/* Room for `count` versions, which are let go of with the call's arena. */
static struct held *held_new(struct ts_call *call, size_t count)
{
    struct held *held = ts_alloc(call->arena, sizeof(*held) + count * sizeof(held->cached[0]));

    arena_pin(call->arena, let_go, held);
    return held;
}

/* Without copies: what is held stays. Return: 0; TS_EDATALOSS, also when there is no memory. */
static int doc_share(struct cache *cache, struct held *held, struct cached *cached, struct ts_doc *ret_doc)
{
    const struct store_row *row = &cached->row;
    const ProtobufCMessage *body = cached_body(cache, cached_hold(cached));

    held->cached[held->count++] = cached;
    if (!body)
        return TS_EDATALOSS;
    *ret_doc = (struct ts_doc){
        .id = row->id,
        .version = row->version,
        .written_at_ms = row->stamp.written_at_ms,
        .actor = row->stamp.actor,
        .operation = row->stamp.operation,
        .erased = row->erased,
        .body = body,
    };
    return 0;
}

/* Documents looked for: first in the cache, then those left in the store. */
struct lookup {
    const struct store_collection *collection;
    const char *const *ids;
    size_t count;
    struct ts_doc *docs; /* for ids[i] */
    struct held *held;   /* of a shared collection */
    const char **left;   /* ids that the cache did not know, and their places in ids */
    size_t *places;
    size_t left_count;
};

/* What the cache holds, the way its collection wants it. */
static int lookup_found(struct ts_call *call, struct lookup *lookup, struct cached *cached, size_t place)
{
    if (!lookup->collection->declared->shared)
        return doc_make(call, &cached->row, /* keys_only= */ false, &lookup->docs[place]);
    if (!lookup->held)
        lookup->held = held_new(call, lookup->count);
    if (doc_share(call->runtime->store->cache, lookup->held, cached, &lookup->docs[place]) == 0)
        return 0;
    return doc_make(call, &cached->row, /* keys_only= */ false, &lookup->docs[place]);
}

/* What cannot be an id names nothing. */
static void lookup_missed(struct ts_call *call, struct lookup *lookup, size_t place)
{
    lookup->docs[place] = (struct ts_doc){ .id = lookup->ids[place] };
    if (!key_id_valid(lookup->ids[place]))
        return;
    if (!lookup->left) {
        lookup->left = TS_NEW_ARRAY(call->arena, const char *, lookup->count);
        lookup->places = TS_NEW_ARRAY(call->arena, size_t, lookup->count);
    }
    lookup->left[lookup->left_count] = lookup->ids[place];
    lookup->places[lookup->left_count++] = place;
}

/* Return: 0, and what is left; TS_EDATALOSS. */
static int get_cached(struct ts_call *call, struct lookup *lookup)
{
    struct store *store = call->runtime->store;
    size_t hits = 0;

    for (size_t i = 0; i < lookup->count; i++) {
        const char *id = lookup->ids[i];
        struct cached *cached = id && store->ops->exact ? cache_find(store->cache, lookup->collection, id) : NULL;
        int r;

        if (!cached) {
            lookup_missed(call, lookup, i);
            continue;
        }
        hits++;
        r = lookup_found(call, lookup, cached, i);
        if (r)
            return r;
    }
    store_count(&store->stats.cache_hits, store->meters.hits, hits);
    store_count(&store->stats.cache_misses, store->meters.misses, lookup->left_count);
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
            (void)cache_put(store->cache, row);
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
        .collection = store_collection_of(call->runtime->store, declared),
        .ids = ids,
        .count = count,
        .docs = ret_docs,
    };

    return get_all(call, &lookup);
}

bool ts_store_is_shared(const struct ts_call *call)
{
    return !call->runtime->store->ops->exact;
}

int ts_store_get(struct ts_call *call, const struct ts_collection *declared, const char *id, struct ts_doc *ret_doc)
{
    struct ts_doc doc;
    struct lookup lookup = {
        .collection = store_collection_of(call->runtime->store, declared),
        .ids = &id,
        .count = 1,
        .docs = &doc,
    };
    int r = get_all(call, &lookup);

    if (!r)
        *ret_doc = doc;
    return r;
}

int ts_store_get_body(struct ts_call *call, const struct ts_collection *collection, const char *id,
                      const ProtobufCMessage **ret_body, int64_t *ret_version)
{
    struct ts_doc doc;
    int r = ts_store_get(call, collection, id, &doc);

    if (r)
        return r;
    *ret_body = doc.erased ? NULL : doc.body;
    if (ret_version)
        *ret_version = doc.version;
    return 0;
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
    size_t count = request->row_count;
    struct ts_doc *docs = TS_NEW_ARRAY(call->arena, struct ts_doc, count);

    for (size_t i = 0; i < count; i++) {
        int r = doc_make(call, &request->rows[i], request->keys_only, &docs[i]);

        if (r)
            return r;
        ts_yield(call);
    }
    *ret_page = (struct ts_page){ .docs = docs, .count = count, .more = request->more };
    return 0;
}

static void let_page_go(void *data)
{
    scan_page_unref(data);
}

/* A page that is held. */
static void page_share(struct ts_call *call, struct scan_page *held, struct ts_page *ret_page)
{
    held->refs++;
    arena_pin(call->arena, let_page_go, held);
    *ret_page = held->page;
}

/* Keep what a scan found: its documents in the cache, the page beside them. A document that is too large, or no
 * message, leaves things as they are. */
static void page_keep(struct ts_call *call, const struct store_request *request, const struct scan_key *key,
                      const struct ts_page *page)
{
    struct store *store = call->runtime->store;
    struct held *held = held_new(call, page->count);
    struct ts_doc *docs = TS_NEW_ARRAY(call->arena, struct ts_doc, page->count);
    struct ts_page kept = *page;

    kept.docs = docs;
    for (size_t i = 0; i < page->count; i++) {
        struct cached *cached = cache_put(store->cache, &request->rows[i]);

        if (!cached || cached->row.version != request->rows[i].version ||
            doc_share(store->cache, held, cached, &docs[i]))
            return;
    }
    (void)scan_cache_put(store->scans, key, store->changes[request->collection->number], &kept, held->cached);
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
    request.exact = scan->exact;
    r = range_make(collection, scan, call->arena, &request.range);
    if (!r)
        r = request_run(call, &request);
    store_count(&store->stats.scans, store->meters.scans, 1);
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
    const struct store_collection *collection = store_collection_of(store, scan->collection);
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
    const struct store_collection *collection = store_collection_of(call->runtime->store, scan->collection);
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
    const struct store_collection *collection = store_collection_of(call->runtime->store, scan->collection);
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
    const struct store_collection *collection = store_collection_of(call->runtime->store, declared);
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
