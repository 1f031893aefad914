/*
 * What follows a write behind its back: the document's head moves to the newest version, and the row's mark `open`
 * goes. Each step may be done twice, by anybody, in any order, so a process that died before it is done for by the
 * others: rows that are open for long are looked for now and then.
 *
 * A head must not stay behind for ever, though a late writer may put an old one over a newer. So whoever has moved a
 * head looks once more whether there is a newer version, and moves it again: the last one to write sees all that was
 * there before, and whoever comes after him moves it himself. A condition on the head's version would do it only where
 * updates are atomic (FerretDB reads, then writes). Each update names its document by the key alone, which is the one
 * filter that every server finds quickly.
 */
#include <errno.h>
#include <string.h>
#include <time.h>

#include "store/mongo_inside.h"
#include "tessera/memory.h"

enum {
    STRIP_MAX = 50,          /* the same, when they are all of one document */
    FINISH_MAX = 500,        /* versions in one go: their bodies are in memory */
    SWEEP_MS = 5000,         /* between two looks for rows that nobody finished */
    PATIENCE_MS = 5000,      /* then it is left to such a look */
    STOP_PATIENCE_MS = 1000, /* the same when the process wants to end */
    DUPLICATE_KEY = 11000,
};

#define YEARS_MS (INT64_C(10) * 365 * 86400 * 1000) /* no clock is so far ahead */

static uint64_t ns_from_now(int64_t ms)
{
    return loop_hrtime_ns() + (uint64_t)ms * 1000000;
}

/* Heads */

/* Of two who make one head at once, one meets a duplicate key: he comes again. */
static void add_head(struct mongo_bulk *updates, const struct store_row *row, struct ts_arena *arena)
{
    bson_t *head = mongo_head_new(row, arena), *it = BCON_NEW("_id", BCON_UTF8(row->id));
    bson_t *options = BCON_NEW("upsert", BCON_BOOL(true));
    bson_error_t error;

    (void)mongoc_bulk_operation_replace_one_with_opts(mongo_bulk_next(updates), it, head, options, &error);
    bson_destroy(options);
    bson_destroy(it);
    bson_destroy(head);
}

/* An insert that met only heads which were there did all that was to be done. */
static bool only_duplicates(const bson_t *reply)
{
    bson_iter_t errors, error, code;
    bool any = false;

    if (!bson_iter_init_find(&errors, reply, "writeErrors") || !bson_iter_recurse(&errors, &error))
        return false;
    while (bson_iter_next(&error)) {
        if (!bson_iter_recurse(&error, &code) || !bson_iter_find(&code, "code") ||
            bson_iter_as_int64(&code) != DUPLICATE_KEY)
            return false;
        any = true;
    }
    return any;
}

/* Heads of first versions are inserted, all at once: one that is there is as new, or newer. */
static int insert_heads(mongoc_collection_t *heads, const struct mongo_seek *seeks, size_t count,
                        struct ts_arena *arena)
{
    bson_t **documents = TS_NEW_ARRAY(arena, bson_t *, count), *options, reply;
    bson_error_t error;
    size_t made = 0;
    bool ok;

    for (size_t i = 0; i < count; i++) {
        if (seeks[i].version == 1)
            documents[made++] = mongo_head_new(&seeks[i].row, arena);
    }
    if (!made)
        return 0;
    options = BCON_NEW("ordered", BCON_BOOL(false));
    ok = mongoc_collection_insert_many(heads, (const bson_t **)documents, made, options, &reply, &error);
    ok = ok || only_duplicates(&reply);
    for (size_t i = 0; i < made; i++)
        bson_destroy(documents[i]);
    bson_destroy(options);
    bson_destroy(&reply);
    return ok ? 0 : TS_EUNAVAILABLE;
}

static int move_heads(struct mongo *mongo, mongoc_client_t *client, const struct store_collection *collection,
                      const struct mongo_seek *seeks, size_t count, struct ts_arena *arena)
{
    struct mongo_bulk updates = { .collection = mongo_heads(mongo, client, collection) };

    updates.result = insert_heads(updates.collection, seeks, count, arena);
    for (size_t i = 0; i < count && !updates.result; i++) {
        if (seeks[i].version != 1)
            add_head(&updates, &seeks[i].row, arena);
    }
    return mongo_bulk_end(&updates);
}

/* Rows */

static void add_change(struct mongo_bulk *updates, const char *id, int64_t version, const bson_t *change)
{
    char key[MONGO_KEY_SIZE];
    bson_error_t error;
    bson_t *it;

    mongo_key(key, id, version);
    it = BCON_NEW("_id", BCON_UTF8(key));
    (void)mongoc_bulk_operation_update_one_with_opts(mongo_bulk_next(updates), it, change, NULL, &error);
    bson_destroy(it);
}

static int take_marks(struct mongo *mongo, mongoc_client_t *client, const struct store_collection *collection,
                      const struct mongo_seek *versions, size_t count)
{
    struct mongo_bulk updates = { .collection = mongo_rows(mongo, client, collection) };
    bson_t *change = BCON_NEW("$unset", "{", "open", BCON_UTF8(""), "}");

    for (size_t i = 0; i < count && !updates.result; i++)
        add_change(&updates, versions[i].id, versions[i].version, change);
    bson_destroy(change);
    return mongo_bulk_end(&updates);
}

/* What strips a document's versions of the item's parts, or blanks them where all of it goes. */
struct stripping {
    const struct store_item *item;
    struct mongo_bulk updates;
    struct ts_arena *arena;
    bool any; /* was stripped */
};

static int blank_row(struct stripping *stripping, const struct store_row *row)
{
    bson_t *change;

    if (row->erased && !row->body_size)
        return 0;
    stripping->any = true;
    change = BCON_NEW("$set", "{", "erased", BCON_BOOL(true), "body",
                      BCON_BIN(BSON_SUBTYPE_BINARY, (const uint8_t *)"", 0), "}");
    add_change(&stripping->updates, row->id, row->version, change);
    bson_destroy(change);
    return stripping->updates.result;
}

static int strip_row(const bson_t *document, void *data)
{
    struct stripping *stripping = data;
    const struct store_item *item = stripping->item;
    struct store_row row;
    bson_t *change;
    size_t size;

    if (!mongo_row_read(document, stripping->arena, &row))
        return TS_EDATALOSS;
    if (item->erased)
        return blank_row(stripping, &row);
    if (!row.body_size)
        return 0;
    size = part_strip(item->parts, item->part_count, (uint8_t *)(uintptr_t)row.body, row.body_size);
    if (size == row.body_size)
        return 0;
    stripping->any = true;
    change = BCON_NEW("$set", "{", "body", BCON_BIN(BSON_SUBTYPE_BINARY, row.body, (uint32_t)size), "}");
    add_change(&stripping->updates, row.id, row.version, change);
    bson_destroy(change);
    return stripping->updates.result;
}

/* Versions from `from` to `to`, inclusive. */
static int strip_some(const struct mongo_link *link, struct stripping *stripping, int64_t from, int64_t to)
{
    bson_t options = BSON_INITIALIZER;
    struct mongo_keys keys;
    int r;

    mongo_keys_init(&keys, link->mongo);
    for (int64_t version = from; version <= to; version++) {
        char key[MONGO_KEY_SIZE];

        mongo_key(key, stripping->item->id, version);
        mongo_keys_add(&keys, key);
    }
    r = mongo_keys_find(&keys, stripping->updates.collection, &options, strip_row, stripping, link->until_ns);
    mongo_keys_done(&keys);
    bson_destroy(&options);
    return r;
}

static int strip_once(const struct mongo_link *link, const struct store_item *item, struct ts_arena *arena,
                      bool *ret_any)
{
    struct stripping stripping = { .item = item,
                                   .updates.collection = mongo_rows(link->mongo, link->client, item->collection),
                                   .arena = arena };
    int r = 0, sent;

    for (int64_t from = 1; r == 0 && from <= item->version; from += STRIP_MAX) {
        int64_t to = from + STRIP_MAX - 1;

        r = strip_some(link, &stripping, from, to < item->version ? to : item->version);
    }
    sent = mongo_bulk_end(&stripping.updates);
    *ret_any = stripping.any;
    return r ? r : sent;
}

/* Until there is nothing to strip: where updates are not atomic, whoever takes a row's mark may write its body back. */
int mongo_strip(const struct mongo_link *link, const struct store_item *item, struct ts_arena *arena)
{
    bool any;
    int r;

    do
        r = strip_once(link, item, arena, &any);
    while (r == 0 && any);
    return r;
}

/* All versions before an erased one. */
static int blank_erased(const struct mongo_link *link, const struct mongo_seek *seeks, size_t count,
                        struct ts_arena *arena)
{
    int r = 0;

    for (size_t i = 0; i < count && r == 0; i++) {
        const struct store_row *row = &seeks[i].row;
        struct store_item former = {
            .collection = row->collection, .id = row->id, .version = row->version - 1, .erased = true
        };

        r = row->erased ? mongo_strip(link, &former, arena) : 0;
    }
    return r;
}

/* Finishing */

/* One of each document, its newest version of those. Return: how many. */
static size_t unite(const struct mongo_seek *versions, size_t count, struct mongo_seek *seeks)
{
    size_t united = 0;

    for (size_t i = 0; i < count; i++) {
        size_t at = 0;

        while (at < united && strcmp(seeks[at].id, versions[i].id) != 0)
            at++;
        if (at == united)
            seeks[united++] = (struct mongo_seek){ .id = versions[i].id };
        if (versions[i].version > seeks[at].version)
            seeks[at].version = versions[i].version;
    }
    return united;
}

/* Those that have a newer version than the one their head was given. Return: how many, moved to the front. */
static size_t keep_overtaken(struct mongo_seek *seeks, size_t count, const struct mongo_seek *before)
{
    size_t kept = 0;

    for (size_t i = 0; i < count; i++) {
        if (seeks[i].version > before[i].version)
            seeks[kept++] = (struct mongo_seek){ .id = seeks[i].id, .version = seeks[i].version };
    }
    return kept;
}

static int finish_some(const struct mongo_link *link, const struct store_collection *collection,
                       struct mongo_seek *seeks, size_t count, struct ts_arena *arena)
{
    struct mongo_seek *before = TS_NEW_ARRAY(arena, struct mongo_seek, count);
    int r = 0;

    while (count && r == 0) {
        r = mongo_seek(link, collection, seeks, count, /* keys_only= */ false, arena);
        r = r ? r : blank_erased(link, seeks, count, arena);
        r = r ? r : move_heads(link->mongo, link->client, collection, seeks, count, arena);
        if (r)
            break;
        memcpy(before, seeks, count * sizeof(*seeks));
        for (size_t i = 0; i < count; i++)
            seeks[i].settled = false;
        r = mongo_seek(link, collection, seeks, count, /* keys_only= */ true, arena);
        count = keep_overtaken(seeks, count, before);
    }
    return r;
}

/* Heads for these versions. */
static int follow(struct mongo *mongo, mongoc_client_t *client, const struct store_collection *collection,
                  const struct mongo_seek *versions, size_t count, uint64_t until_ns)
{
    struct mongo_seek *seeks;
    struct ts_arena arena;
    unsigned tries = 0;
    size_t united;
    int r;

    do {
        arena_init(&arena);
        seeks = TS_NEW_ARRAY(&arena, struct mongo_seek, count);
        united = unite(versions, count, seeks);
        r = finish_some(&(struct mongo_link){ mongo, client, until_ns }, collection, seeks, united, &arena);
        arena_done(&arena);
    } while (r == TS_EUNAVAILABLE && mongo_pause(&tries, until_ns));
    return r;
}

int mongo_finish(struct mongo *mongo, mongoc_client_t *client, const struct store_collection *collection,
                 const struct mongo_seek *versions, size_t count, uint64_t until_ns)
{
    int r = follow(mongo, client, collection, versions, count, until_ns);

    return r ? r : take_marks(mongo, client, collection, versions, count);
}

/* The finisher */

/* Some of a list, of one collection. */
struct some {
    const struct store_collection *collection;
    struct mongo_unfinished *items[FINISH_MAX];
    struct mongo_seek versions[FINISH_MAX];
    size_t count;
};

/* Those that are at `step` and of the first one's collection. Return: false when there is none. */
static bool gather(struct mongo_unfinished *list, enum mongo_step step, struct some *ret_some)
{
    ret_some->count = 0;
    for (; list && ret_some->count < FINISH_MAX; list = list->next) {
        if (list->step != step)
            continue;
        if (!ret_some->count)
            ret_some->collection = list->collection;
        if (list->collection != ret_some->collection)
            continue;
        ret_some->items[ret_some->count] = list;
        ret_some->versions[ret_some->count++] = (struct mongo_seek){ .id = list->id, .version = list->version };
    }
    return ret_some->count > 0;
}

static void step_on(struct some *some, enum mongo_step step)
{
    for (size_t i = 0; i < some->count; i++)
        some->items[i]->step = step;
}

static void tell_finished(struct mongo *mongo, size_t count)
{
    pthread_mutex_lock(&mongo->lock);
    mongo->tickets_done += count;
    pthread_cond_broadcast(&mongo->finished);
    pthread_mutex_unlock(&mongo->lock);
}

/* First all heads, for scans wait for those; then the marks. What cannot be finished now is found by its mark. */
static void finish_list(struct mongo *mongo, struct mongo_unfinished *list, uint64_t until_ns)
{
    mongoc_client_t *client = mongo->finisher.client;
    struct some some;
    size_t count = 0;

    for (const struct mongo_unfinished *one = list; one; one = one->next)
        count++;
    while (gather(list, MONGO_WRITTEN, &some))
        step_on(&some, follow(mongo, client, some.collection, some.versions, some.count, until_ns) ? MONGO_LEFT
                                                                                                   : MONGO_FOLLOWED);
    tell_finished(mongo, count);
    while (loop_hrtime_ns() < until_ns && gather(list, MONGO_FOLLOWED, &some)) {
        (void)take_marks(mongo, client, some.collection, some.versions, some.count); /* else they are found by them */
        step_on(&some, MONGO_LEFT);
    }
}

struct sweep {
    struct mongo_seek versions[FINISH_MAX];
    size_t count;
    struct ts_arena arena;
};

static int take_open(const bson_t *document, void *data)
{
    struct sweep *sweep = data;
    char id[TS_KEY_SIZE_MAX + 1];
    int64_t version;
    bson_iter_t at;

    if (sweep->count < FINISH_MAX && bson_iter_init_find(&at, document, "_id") && BSON_ITER_HOLDS_UTF8(&at) &&
        mongo_key_split(bson_iter_utf8(&at, NULL), id, &version))
        sweep->versions[sweep->count++] = (struct mongo_seek){ .id = ts_strdup(&sweep->arena, id), .version = version };
    return 0;
}

/* Finish what has had its mark since `before_ms` of the machine's clock. Return: 0 and *ret_count; a ts_error. */
static int finish_marked(struct mongo *mongo, mongoc_client_t *client, const struct store_collection *collection,
                         int64_t before_ms, uint64_t until_ns, size_t *ret_count)
{
    mongoc_collection_t *rows = mongo_rows(mongo, client, collection);
    bson_t *filter = BCON_NEW("open", "{", "$lt", BCON_DATE_TIME(before_ms), "}");
    bson_t *options = BCON_NEW("projection", "{", "_id", BCON_INT32(1), "}", "limit", BCON_INT64(FINISH_MAX));
    struct sweep sweep = { .count = 0 };
    int r;

    arena_init(&sweep.arena);
    r = mongo_find(rows, filter, options, take_open, &sweep, until_ns);
    if (!r && sweep.count)
        r = mongo_finish(mongo, client, collection, sweep.versions, sweep.count, until_ns);
    *ret_count = sweep.count;
    arena_done(&sweep.arena);
    bson_destroy(options);
    bson_destroy(filter);
    mongoc_collection_destroy(rows);
    return r;
}

/* Finish what nobody did, in one collection. */
static void sweep_collection(struct mongo *mongo, const struct store_collection *collection)
{
    size_t count;

    (void)finish_marked(mongo, mongo->finisher.client, collection, mongo_wall_ms() - MONGO_OPEN_MS,
                        ns_from_now(STOP_PATIENCE_MS), &count); /* or the next time */
}

int mongo_finish_open(struct mongo *mongo, mongoc_client_t *client, const struct store_collection *collection,
                      uint64_t until_ns)
{
    size_t count = 1;
    int r = 0;

    while (!r && count)
        r = finish_marked(mongo, client, collection, mongo_wall_ms() + YEARS_MS, until_ns, &count);
    return r;
}

static bool is_stopping(struct mongo *mongo)
{
    bool stopping;

    pthread_mutex_lock(&mongo->lock);
    stopping = mongo->stopping;
    pthread_mutex_unlock(&mongo->lock);
    return stopping;
}

static void sweep_all(struct mongo *mongo)
{
    const struct store_collection *collection;

    for (unsigned i = 0; !is_stopping(mongo); i++) {
        pthread_mutex_lock(&mongo->lock);
        collection =
            i < mongo->collection_count && !mongo->unfinished && !mongo->leaves_open ? mongo->collections[i] : NULL;
        pthread_mutex_unlock(&mongo->lock);
        if (!collection)
            return;
        sweep_collection(mongo, collection);
    }
}

/* Wait for work, at most until the next sweep. Return: the list; NULL. */
static struct mongo_unfinished *take_list(struct mongo *mongo, uint64_t sweep_at_ns)
{
    struct timespec until = { (time_t)(sweep_at_ns / 1000000000), (long)(sweep_at_ns % 1000000000) };
    struct mongo_unfinished *list;

    pthread_mutex_lock(&mongo->lock);
    while (!mongo->unfinished && !mongo->stopping &&
           pthread_cond_timedwait(&mongo->wake_finisher, &mongo->lock, &until) != ETIMEDOUT)
        ;
    list = mongo->unfinished;
    mongo->unfinished = NULL;
    mongo->unfinished_end = &mongo->unfinished;
    pthread_mutex_unlock(&mongo->lock);
    return list;
}

static void let_go(struct mongo_unfinished *list)
{
    while (list) {
        struct mongo_unfinished *next = list->next;

        ts_memory_free(list);
        list = next;
    }
}

void *mongo_finisher_run(void *data)
{
    struct mongo *mongo = ((struct mongo_thread *)data)->mongo;
    uint64_t sweep_at_ns = ns_from_now(SWEEP_MS);
    struct mongo_unfinished *list;

    while ((list = take_list(mongo, sweep_at_ns)) || !is_stopping(mongo)) {
        if (list) {
            finish_list(mongo, list, ns_from_now(is_stopping(mongo) ? STOP_PATIENCE_MS : PATIENCE_MS));
            let_go(list);
        }
        if (loop_hrtime_ns() < sweep_at_ns)
            continue;
        sweep_all(mongo);
        sweep_at_ns = ns_from_now(SWEEP_MS);
    }
    return NULL;
}
