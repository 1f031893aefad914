/*
 * Every version that a database has, for a move. The heads say which documents there are, once what writers left
 * unfinished has its heads; the versions of each are read by their keys, until one is absent.
 */
#include <stdlib.h>
#include <string.h>

#include "store/mongo_inside.h"
#include "tessera/memory.h"

enum { HEADS_PAGE = 500, VERSIONS_PAGE = 200, WALK_MS_MAX = 60000 };

struct walk {
    struct mongo *mongo;
    mongoc_client_t *client;
    const struct store_collection *collection;
    store_take *take;
    void *data;
    struct ts_arena ids, arena;
    const char *heads[HEADS_PAGE];
    size_t head_count;
    struct store_row rows[VERSIONS_PAGE];
    size_t row_count;
};

static uint64_t patience_ns(void)
{
    return loop_hrtime_ns() + (uint64_t)WALK_MS_MAX * 1000000;
}

/* ---- the versions of one document */

static int take_version(const bson_t *document, void *data)
{
    struct walk *walk = data;
    struct store_row row = { .collection = walk->collection };

    if (walk->row_count == VERSIONS_PAGE || !mongo_row_read(document, &walk->arena, &row))
        return TS_EDATALOSS;
    walk->rows[walk->row_count++] = row;
    return 0;
}

static int compare_versions(const void *left, const void *right)
{
    const struct store_row *one = left, *other = right;

    return (one->version > other->version) - (one->version < other->version);
}

/* Those that are there of a page of versions, into walk->rows. */
static int find_versions(struct walk *walk, const char *id, int64_t first)
{
    mongoc_collection_t *rows = mongo_rows(walk->mongo, walk->client, walk->collection);
    bson_t options = BSON_INITIALIZER;
    char key[MONGO_KEY_SIZE];
    struct mongo_keys keys;
    int r;

    mongo_keys_init(&keys, walk->mongo);
    for (uint32_t i = 0; i < VERSIONS_PAGE; i++) {
        mongo_key(key, id, first + i);
        mongo_keys_add(&keys, key);
    }
    walk->row_count = 0;
    arena_reset(&walk->arena);
    r = mongo_keys_find(&keys, rows, &options, take_version, walk, patience_ns());
    mongo_keys_done(&keys);
    bson_destroy(&options);
    mongoc_collection_destroy(rows);
    if (!r)
        qsort(walk->rows, walk->row_count, sizeof(walk->rows[0]), compare_versions);
    return r;
}

static int walk_document(struct walk *walk, const char *id)
{
    int64_t first = 1;
    int r;

    do {
        r = find_versions(walk, id, first);
        for (size_t i = 0; i < walk->row_count && r == 0; i++)
            r = walk->rows[i].version == first + (int64_t)i ? walk->take(walk->data, &walk->rows[i]) : TS_EDATALOSS;
        first += VERSIONS_PAGE;
    } while (r == 0 && walk->row_count == VERSIONS_PAGE);
    return r;
}

/* ---- which documents there are */

static int take_head(const bson_t *document, void *data)
{
    struct walk *walk = data;
    bson_iter_t at;

    if (walk->head_count == HEADS_PAGE || !bson_iter_init_find(&at, document, "_id") || !BSON_ITER_HOLDS_UTF8(&at))
        return TS_EDATALOSS;
    walk->heads[walk->head_count++] = ts_strdup(&walk->ids, bson_iter_utf8(&at, NULL));
    return 0;
}

static int find_heads(struct walk *walk, const char *after)
{
    mongoc_collection_t *heads = mongo_heads(walk->mongo, walk->client, walk->collection);
    bson_t *filter = BCON_NEW("_id", "{", "$gt", BCON_UTF8(after), "}");
    bson_t *options = BCON_NEW("projection", "{", "_id", BCON_INT32(1), "}", "sort", "{", "_id", BCON_INT32(1), "}",
                               "limit", BCON_INT64(HEADS_PAGE));
    int r;

    walk->head_count = 0;
    r = mongo_find(heads, filter, options, take_head, walk, patience_ns());
    bson_destroy(options);
    bson_destroy(filter);
    mongoc_collection_destroy(heads);
    return r;
}

static int walk_collection(struct walk *walk)
{
    char after[TS_KEY_SIZE_MAX + 1] = "";
    int r = mongo_finish_open(walk->mongo, walk->client, walk->collection, patience_ns());

    do {
        arena_reset(&walk->ids);
        r = r ? r : find_heads(walk, after);
        for (size_t i = 0; i < walk->head_count && r == 0; i++)
            r = walk_document(walk, walk->heads[i]);
        if (walk->head_count)
            (void)snprintf(after, sizeof(after), "%s", walk->heads[walk->head_count - 1]);
    } while (r == 0 && walk->head_count == HEADS_PAGE);
    return r;
}

int mongo_walk(struct mongo *mongo, store_take *take, void *data)
{
    mongoc_client_t *client = mongoc_client_pool_pop(mongo->pool);
    struct walk *walk = ts_memory_new(1, sizeof(*walk));
    int r = 0;

    *walk = (struct walk){ .mongo = mongo, .client = client, .take = take, .data = data };
    arena_init(&walk->ids);
    arena_init(&walk->arena);
    for (unsigned i = 0; i < mongo->collection_count && r == 0; i++) {
        walk->collection = mongo->collections[i];
        r = walk_collection(walk);
    }
    arena_done(&walk->arena);
    arena_done(&walk->ids);
    ts_memory_free(walk);
    mongoc_client_pool_push(mongo->pool, client);
    return r;
}
