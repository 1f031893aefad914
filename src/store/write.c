/*
 * Writing: checks, packs, extracts index entries, stamps who and when; what was written goes into the cache before its
 * caller goes on.
 */
#include "store/front.h"
#include "store/index.h"
#include "store/key.h"
#include "telemetry/metrics.h"

static void count_queued(struct store *store, int64_t change)
{
    store->stats.queued += (size_t)change;
    if (store->meters.queued)
        ts_metric_set(store->meters.queued, (int64_t)store->stats.queued);
}

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

/*
 * When the cache has the version before, the backend need not look for it. Who else writes the next version has
 * inserted it first, and is met as the conflict.
 */
static void find_prior(struct ts_call *call, struct store_item *item)
{
    struct store *store = call->runtime->store;
    const struct store_collection *collection = item->collection;
    struct cached *cached =
        item->version > 1 && store->ops->exact ? cache_find(store->cache, collection, item->id) : NULL;
    struct store_entry *entries = NULL;

    if (!cached || cached->row.version != item->version - 1)
        return;
    if (collection->index_count && !cached->row.erased) {
        const ProtobufCMessage *body = cached_body(store->cache, cached_hold(cached));

        item->prior_count = body ? index_extract(collection, body, call->arena, &entries) : 0;
        cached_let_go(cached);
        if (!body)
            return;
    }
    item->prior = entries;
    item->follows = true;
}

/* Return: 0 and *ret_item; TS_EINVALID for a bad id, version, type or size. */
static int item_make(struct ts_call *call, const struct ts_write *write, struct store_item *ret_item)
{
    struct store_item item = { .collection = store_collection_of(call->runtime->store, write->collection),
                               .id = write->id };
    struct store_entry *entries;

    if (!item.collection || !write->body || write->body->descriptor != write->collection->message)
        return TS_EINVALID;
    if (!key_id_valid(write->id) || write->version < 0 || write->version >= INT64_MAX)
        return TS_EINVALID;
    item.version = write->version + 1;
    item.body = ts_message_pack(call->arena, write->body, &item.body_size);
    if (item.body_size > TS_DOCUMENT_SIZE_MAX)
        return TS_EINVALID;
    item.entry_count = index_extract(item.collection, write->body, call->arena, &entries);
    item.entries = entries;
    find_prior(call, &item);
    *ret_item = item;
    return 0;
}

/* What the cache is to keep of it once it is written; NULL: nothing. A quiet one is kept only where it was before. */
static struct cached *copy_item(struct store *store, const struct store_request *request, const struct store_item *item,
                                const ProtobufCMessage *body)
{
    const struct ts_collection *declared = item->collection->declared;
    struct store_row row = {
        .collection = item->collection,
        .id = item->id,
        .version = item->version,
        .stamp = request->stamp,
        .erased = item->erased,
        .body = item->body,
        .body_size = item->body_size,
    };

    if (!store->ops->exact || (declared->quiet && !cache_find(store->cache, item->collection, item->id)))
        return NULL;
    return cached_copy(store->cache, &row, declared->shared ? body : NULL);
}

static void tell_due(struct ts_call *call, const struct store_item *item)
{
    for (size_t i = 0; i < item->entry_count; i++) {
        if ((int)item->entries[i].index == item->collection->due_index)
            call->runtime->on_due(call->runtime, item->collection->declared, key_int(item->entries[i].value));
    }
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

/* Of an item that was answered: the cache and who waits for its due time are told, or its copy goes. */
static void item_done(struct ts_call *call, const struct store_item *item, struct cached *copy)
{
    struct store *store = call->runtime->store;

    store_count(&store->stats.conflicts, store->meters.conflicts, item->result == TS_WRITE_CONFLICT);
    if (item->result != TS_WRITE_OK) {
        cached_let_go(copy);
        return;
    }
    if (copy)
        cache_take(store->cache, copy);
    else /* the version before may have been read, and kept, while this one was written */
        cache_drop(store->cache, item->collection, item->id);
    if (call->runtime->on_due && item->collection->due_index >= 0)
        tell_due(call, item);
}

/*
 * Return: the request's result; what was written is in the cache and its due times are told. The copies for the cache
 * are made before the wait: after it what they are made of is in no processor's cache any more.
 */
static int write_run(struct ts_call *call, const struct ts_write *writes, struct store_request *request)
{
    struct store *store = call->runtime->store;
    struct cached **copies = TS_NEW_ARRAY(call->arena, struct cached *, request->count);
    int r;

    for (size_t i = 0; i < request->count; i++)
        copies[i] = copy_item(store, request, &request->items[i], writes[i].body);
    r = write_wait(call, request, request->count);
    for (size_t i = 0; i < request->count; i++) /* whatever the result: an unknown one may have been written */
        store->changes[request->items[i].collection->number]++;
    if (store->meters.documents)
        ts_metric_add(store->meters.documents, (int64_t)request->count);
    for (size_t i = 0; i < request->count; i++) {
        if (!r)
            item_done(call, &request->items[i], copies[i]);
        else
            cached_let_go(copies[i]);
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
        r = write_run(call, writes, &request);
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

int store_drop_old(struct ts_call *call, const struct store_collection *collection, int64_t before_ms, unsigned limit,
                   const char **cursor, size_t *ret_count)
{
    struct store *store = call->runtime->store;
    struct store_request request;
    int r = runtime_wait_check(call);

    if (r)
        return r;
    if (!collection->declared->keep_ms)
        return TS_EINVALID;
    request_init(&request, STORE_DROP, collection);
    request.before = before_ms;
    request.limit = limit;
    request.range.lower.id = *cursor;
    r = write_wait(call, &request, 0);
    store->changes[collection->number]++;
    for (size_t i = 0; i < request.row_count; i++)
        cache_drop(store->cache, collection, request.rows[i].id);
    *ret_count = request.row_count;
    if (!r)
        *cursor = request.more ? ts_strdup(call->arena, request.range.lower.id) : NULL;
    arena_done(&request.arena);
    return r;
}

/* Erase `item` of a personal collection. Return: 0; a ts_error. */
static int erase(struct ts_call *call, struct store_item *item)
{
    struct store *store = call->runtime->store;
    struct store_request request;
    int r;

    if (!item->collection || !item->collection->declared->personal || !key_id_valid(item->id))
        return TS_EINVALID;
    item->attempt = attempt_new(call);
    request_init(&request, STORE_ERASE, item->collection);
    request.stamp = stamp_of(call);
    request.items = item;
    request.count = 1;
    r = write_wait(call, &request, 1);
    store->changes[item->collection->number]++;
    if (!r)
        cache_drop(store->cache, item->collection, item->id);
    arena_done(&request.arena);
    return r;
}

int ts_store_erase(struct ts_call *call, const struct ts_collection *declared, const char *id)
{
    struct store_item item = { .collection = store_collection_of(call->runtime->store, declared),
                               .id = id,
                               .erased = true };
    int r = runtime_wait_check(call);

    return r ? r : erase(call, &item);
}

int ts_store_erase_parts(struct ts_call *call, const struct ts_collection *declared, const char *id,
                         const char *const *parts, size_t count)
{
    struct store_item item = { .collection = store_collection_of(call->runtime->store, declared), .id = id };
    struct store_part *found;
    int r = runtime_wait_check(call);

    if (r)
        return r;
    if (!item.collection || !count || count > STORE_PARTS_MAX)
        return TS_EINVALID;
    found = TS_NEW_ARRAY(call->arena, struct store_part, count);
    for (size_t i = 0; i < count; i++) {
        if (!part_find(declared->message, parts[i], &found[i]))
            return TS_EINVALID;
    }
    item.parts = found;
    item.part_count = count;
    return erase(call, &item);
}
