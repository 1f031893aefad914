/*
 * The newest version of a document, exactly: from one that is known to be there, by asking for the next until one is
 * absent. Versions are taken away with their document alone (mongo_drop.c), so any that was seen once is a good place
 * to begin; the head's is the best guess, and never more than that.
 */
#include <stdlib.h>
#include <string.h>

#include "store/mongo_inside.h"

/* What comes out of one find, and where it goes. */
struct answer {
    struct mongo_seek *seeks; /* by id */
    size_t count;
    struct ts_arena *arena;
    bool any_newer;
};

static int find_once(mongoc_collection_t *from, const bson_t *filter, const bson_t *options, mongo_take *take,
                     void *data, bson_error_t *ret_error)
{
    mongoc_cursor_t *cursor = mongoc_collection_find_with_opts(from, filter, options, NULL);
    const bson_t *document;
    int r = 0;

    while (r == 0 && mongoc_cursor_next(cursor, &document))
        r = take(document, data);
    if (r == 0 && mongoc_cursor_error(cursor, ret_error))
        r = TS_EUNAVAILABLE;
    mongoc_cursor_destroy(cursor);
    return r;
}

int mongo_find(mongoc_collection_t *from, const bson_t *filter, const bson_t *options, mongo_take *take, void *data,
               uint64_t until_ns)
{
    bson_error_t error = { 0 };
    unsigned tries = 0;
    int r;

    do
        r = find_once(from, filter, options, take, data, &error);
    while (r == TS_EUNAVAILABLE && mongo_failure(&error) != MONGO_REFUSED && mongo_pause(&tries, until_ns));
    return r;
}

static int compare_seeks(const void *left, const void *right)
{
    return strcmp(((const struct mongo_seek *)left)->id, ((const struct mongo_seek *)right)->id);
}

static struct mongo_seek *seek_of(const struct answer *answer, const char *id)
{
    struct mongo_seek wanted = { .id = id };

    return bsearch(&wanted, answer->seeks, answer->count, sizeof(wanted), compare_seeks);
}

static int take_row(const bson_t *document, void *data)
{
    struct answer *answer = data;
    struct store_row row = { 0 };
    struct mongo_seek *seek;

    if (!mongo_row_read(document, answer->arena, &row))
        return TS_EDATALOSS;
    seek = seek_of(answer, row.id);
    if (!seek || row.version <= seek->row.version)
        return 0;
    row.collection = seek->row.collection;
    seek->row = row;
    return 0;
}

static void add_version(struct mongo_keys *keys, const char *id, int64_t version)
{
    char key[MONGO_KEY_SIZE];

    mongo_key(key, id, version);
    mongo_keys_add(keys, key);
}

/* The keys to ask for: the version that is known, when its row is not there yet, and the one after. */
static void list_keys(const struct mongo_seek *seeks, size_t count, struct mongo_keys *keys)
{
    for (size_t i = 0; i < count; i++) {
        if (seeks[i].settled)
            continue;
        if (seeks[i].version && seeks[i].row.version != seeks[i].version)
            add_version(keys, seeks[i].id, seeks[i].version);
        add_version(keys, seeks[i].id, seeks[i].version + 1);
    }
}

/* Return: 0; TS_EDATALOSS when a version that was there is not. */
static int settle(struct mongo_seek *seeks, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (seeks[i].row.version < seeks[i].version && !seeks[i].row.collection->declared->keep_ms)
            return TS_EDATALOSS;
        seeks[i].settled = seeks[i].settled || seeks[i].row.version <= seeks[i].version;
        seeks[i].version = seeks[i].row.version;
    }
    return 0;
}

static bson_t *rows_options(bool keys_only)
{
    return keys_only ? BCON_NEW("projection", "{", "erased", BCON_INT32(1), "}") : bson_new();
}

int mongo_seek(const struct mongo_link *link, const struct store_collection *collection, struct mongo_seek *seeks,
               size_t count, bool keys_only, struct ts_arena *arena)
{
    mongoc_collection_t *rows = mongo_rows(link->mongo, link->client, collection);
    struct answer answer = { .seeks = seeks, .count = count, .arena = arena };
    bson_t *options = rows_options(keys_only);
    int r = 0;

    qsort(seeks, count, sizeof(*seeks), compare_seeks);
    for (size_t i = 0; i < count; i++)
        seeks[i].row = (struct store_row){ .collection = collection, .id = seeks[i].id };
    while (r == 0) {
        struct mongo_keys keys;

        mongo_keys_init(&keys, link->mongo);
        list_keys(seeks, count, &keys);
        r = mongo_keys_find(&keys, rows, options, take_row, &answer, link->until_ns);
        mongo_keys_done(&keys);
        if (!keys.count)
            break;
        r = r ? r : settle(seeks, count);
    }
    bson_destroy(options);
    mongoc_collection_destroy(rows);
    return r;
}

static int take_head(const bson_t *document, void *data)
{
    const struct answer *answer = data;
    struct mongo_seek *seek = NULL;
    bson_iter_t at;

    if (bson_iter_init_find(&at, document, "_id") && BSON_ITER_HOLDS_UTF8(&at))
        seek = seek_of(answer, bson_iter_utf8(&at, NULL));
    if (seek && bson_iter_init_find(&at, document, "_version") && bson_iter_as_int64(&at) > seek->version)
        seek->version = bson_iter_as_int64(&at);
    return 0;
}

int mongo_seek_heads(struct mongo *mongo, mongoc_client_t *client, const struct store_collection *collection,
                     struct mongo_seek *seeks, size_t count, uint64_t until_ns)
{
    mongoc_collection_t *heads = mongo_heads(mongo, client, collection);
    struct answer answer = { .seeks = seeks, .count = count };
    bson_t *options = BCON_NEW("projection", "{", "_version", BCON_INT32(1), "}");
    struct mongo_keys keys;
    int r;

    qsort(seeks, count, sizeof(*seeks), compare_seeks);
    mongo_keys_init(&keys, mongo);
    for (size_t i = 0; i < count; i++)
        mongo_keys_add(&keys, seeks[i].id);
    r = mongo_keys_find(&keys, heads, options, take_head, &answer, until_ns);
    mongo_keys_done(&keys);
    bson_destroy(options);
    mongoc_collection_destroy(heads);
    return r;
}
