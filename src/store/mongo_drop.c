/*
 * Letting go of what is old: first all versions, then the head. Whoever stops in between leaves a head of nothing,
 * which reads as no document, and which the next one finds and takes away. A version that somebody writes meanwhile
 * gets a head of its own behind this (mongo_finish.c).
 */
#include "store/mongo_inside.h"

struct old {
    struct mongo *mongo;
    mongoc_client_t *client;
    struct store_request *request;
    uint64_t until_ns;
    struct mongo_seek *seeks;
    int64_t *heads; /* their versions, by the same places */
    size_t count;
};

/* ---- finding */

static int take_head(const bson_t *document, void *data)
{
    struct old *old = data;
    bson_iter_t at;

    if (!bson_iter_init_find(&at, document, "_id") || !BSON_ITER_HOLDS_UTF8(&at))
        return TS_EDATALOSS;
    if (old->count == old->request->limit)
        return 0;
    old->seeks[old->count] = (struct mongo_seek){ .id = ts_strdup(&old->request->arena, bson_iter_utf8(&at, NULL)) };
    if (bson_iter_init_find(&at, document, "_version"))
        old->seeks[old->count].version = bson_iter_as_int64(&at);
    old->heads[old->count] = old->seeks[old->count].version;
    old->count++;
    return 0;
}

/* Heads of before that time, by id. */
static int find_heads(struct old *old)
{
    struct store_request *request = old->request;
    mongoc_collection_t *heads = mongo_heads(old->mongo, old->client, request->collection);
    bson_t *filter = BCON_NEW("_id", "{", "$gt", BCON_UTF8(request->range.lower.id), "}", "_at", "{", "$lt",
                              BCON_DATE_TIME(request->before), "}");
    bson_t *options = BCON_NEW("projection", "{", "_version", BCON_INT32(1), "}", "sort", "{", "_id", BCON_INT32(1),
                               "}", "limit", BCON_INT64(request->limit));
    int r = mongo_find(heads, filter, options, take_head, old, old->until_ns);

    bson_destroy(options);
    bson_destroy(filter);
    mongoc_collection_destroy(heads);
    return r;
}

/* ---- deleting */

static void add_deletion(struct mongo_bulk *deletions, const char *key)
{
    bson_t *it = BCON_NEW("_id", BCON_UTF8(key));
    bson_error_t error;

    (void)mongoc_bulk_operation_remove_one_with_opts(mongo_bulk_next(deletions), it, NULL, &error);
    bson_destroy(it);
}

/* Is it old, or a head of nothing? */
static bool is_old(const struct old *old, const struct mongo_seek *seek)
{
    return !seek->version || seek->row.stamp.written_at_ms < old->request->before;
}

/* Up to the newest that is known; of a head of nothing, up to what it says. */
static int drop_versions(const struct old *old)
{
    struct mongo_bulk deletions = { .collection = mongo_rows(old->mongo, old->client, old->request->collection) };

    for (size_t i = 0; i < old->count; i++) {
        int64_t newest = old->seeks[i].version ? old->seeks[i].version : old->heads[i];

        for (int64_t version = 1; version <= newest && is_old(old, &old->seeks[i]); version++) {
            char key[MONGO_KEY_SIZE];

            mongo_key(key, old->seeks[i].id, version);
            add_deletion(&deletions, key);
        }
    }
    return mongo_bulk_end(&deletions);
}

static int drop_heads(const struct old *old)
{
    struct mongo_bulk deletions = { .collection = mongo_heads(old->mongo, old->client, old->request->collection) };

    for (size_t i = 0; i < old->count; i++) {
        if (!is_old(old, &old->seeks[i]))
            continue;
        add_deletion(&deletions, old->seeks[i].id);
        store_request_row(old->request)->id = old->seeks[i].id;
    }
    return mongo_bulk_end(&deletions);
}

void mongo_drop(struct mongo *mongo, mongoc_client_t *client, struct mongo_task *task)
{
    struct store_request *request = task->request;
    struct old old = { .mongo = mongo, .client = client, .request = request, .until_ns = task->until_ns };
    int r;

    old.seeks = TS_NEW_ARRAY(&request->arena, struct mongo_seek, request->limit);
    old.heads = TS_NEW_ARRAY(&request->arena, int64_t, request->limit);
    r = find_heads(&old);
    if (r == 0 && old.count) {
        request->more = old.count == request->limit;
        request->range.lower.id = old.seeks[old.count - 1].id; /* they come by id, and a seek keeps that order */
        r = mongo_seek(&(struct mongo_link){ mongo, client, task->until_ns }, request->collection, old.seeks, old.count,
                       /* keys_only= */ false, &request->arena);
    }
    r = r ? r : drop_versions(&old);
    request->result = r ? r : drop_heads(&old);
}
