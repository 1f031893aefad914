/*
 * Writing: inserts into the collection of versions, in runs of one collection. A duplicate key is the conflict, unless
 * the row that stands there bears our attempt. Whether the version before is there is looked for first; it cannot go
 * away again, so nothing comes between.
 *
 * What was lost on the way is sent again, the same rows under the same keys: either it is there already, which our
 * attempt tells, or it gets there now. A conflict is only ever told of a row that a majority has.
 */
#include <string.h>

#include "base/map.h"
#include "store/mongo_inside.h"

enum { DUPLICATE_KEY = 11000 };

enum state { WAITING, WRITTEN, CONFLICT };

/* Items one after another, all of one collection and each of another document. */
struct run {
    struct mongo *mongo;
    mongoc_client_t *client;
    mongoc_collection_t *rows;
    const struct store_stamp *stamp;
    struct store_item *items;
    size_t count;
    enum state *states; /* of each item */
    bool *found;        /* the row that was looked for is there */
    struct map places;  /* an item's by its id, from 1 */
    bool ordered;
    bool is_unsure; /* some may be there without our knowing */
    uint64_t until_ns;
    struct ts_arena arena;
};

static void run_init(struct run *run, struct mongo *mongo, mongoc_client_t *client, const struct mongo_task *task,
                     size_t from)
{
    struct store_request *request = task->request;
    const struct store_collection *collection = request->items[from].collection;

    *run = (struct run){ .mongo = mongo,
                         .client = client,
                         .rows = mongo_rows(mongo, client, collection),
                         .stamp = &request->stamp,
                         .items = &request->items[from],
                         .ordered = request->mode == TS_WRITE_ORDERED,
                         .until_ns = task->until_ns };
    arena_init(&run->arena);
    map_init(&run->places);
    while (from + run->count < request->count && run->items[run->count].collection == collection &&
           !map_find(&run->places, run->items[run->count].id)) {
        (void)map_put(&run->places, run->items[run->count].id, (void *)(uintptr_t)(run->count + 1)); /* it was not */
        run->count++;
    }
    run->states = TS_NEW_ARRAY(&run->arena, enum state, run->count);
    run->found = TS_NEW_ARRAY(&run->arena, bool, run->count);
}

static void run_done(struct run *run)
{
    map_done(&run->places);
    arena_done(&run->arena);
    mongoc_collection_destroy(run->rows);
}

/* Up to where a run goes: an ordered one ends at its first conflict. */
static size_t run_end(const struct run *run)
{
    for (size_t i = 0; run->ordered && i < run->count; i++) {
        if (run->states[i] == CONFLICT)
            return i;
    }
    return run->count;
}

/* Looking */

static int take_found(const bson_t *document, void *data)
{
    struct run *run = data;
    char id[TS_KEY_SIZE_MAX + 1];
    int64_t version;
    bson_iter_t at;
    size_t place;

    if (!bson_iter_init_find(&at, document, "_id") || !BSON_ITER_HOLDS_UTF8(&at) ||
        !mongo_key_split(bson_iter_utf8(&at, NULL), id, &version))
        return TS_EDATALOSS;
    place = (size_t)(uintptr_t)map_find(&run->places, id);
    if (!place || run->states[place - 1] != WAITING)
        return 0;
    run->found[place - 1] = true;
    if (version == run->items[place - 1].version && bson_iter_init_find(&at, document, "attempt"))
        run->states[place - 1] = bson_iter_as_int64(&at) == run->items[place - 1].attempt ? WRITTEN : CONFLICT;
    return 0;
}

/* Look for rows, `back` versions before those of the items that `wanted` names. */
static int look(struct run *run, const bool *wanted, int64_t back)
{
    bson_t *options = BCON_NEW("projection", "{", "attempt", BCON_INT32(1), "}");
    char key[MONGO_KEY_SIZE];
    struct mongo_keys keys;
    int r;

    mongo_keys_init(&keys, run->mongo);
    for (size_t i = 0; i < run->count; i++) {
        run->found[i] = false;
        if (!wanted[i])
            continue;
        mongo_key(key, run->items[i].id, run->items[i].version - back);
        mongo_keys_add(&keys, key);
    }
    r = mongo_keys_find(&keys, run->rows, options, take_found, run, run->until_ns);
    mongo_keys_done(&keys);
    bson_destroy(options);
    return r;
}

/* Who follows nobody is in conflict. */
static int find_priors(struct run *run)
{
    bool *wanted = TS_NEW_ARRAY(&run->arena, bool, run->count);
    int r;

    for (size_t i = 0; i < run->count; i++)
        wanted[i] = run->items[i].version > 1 && !run->items[i].follows;
    r = look(run, wanted, /* back= */ 1);
    for (size_t i = 0; !r && i < run->count; i++) {
        if (wanted[i] && !run->found[i])
            run->states[i] = CONFLICT;
    }
    return r;
}

/* Inserting */

/* What the server says of the documents that were sent: places[n] is the item of the n-th. Return: 0; a ts_error. */
static int read_errors(struct run *run, const bson_t *reply, const size_t *places, bool *duplicate)
{
    bson_iter_t errors, error, field;
    int r = 0;

    if (!bson_iter_init_find(&errors, reply, "writeErrors") || !bson_iter_recurse(&errors, &error))
        return 0;
    while (bson_iter_next(&error)) {
        int64_t index = -1, code = 0;

        if (bson_iter_recurse(&error, &field) && bson_iter_find(&field, "index"))
            index = bson_iter_as_int64(&field);
        if (bson_iter_recurse(&error, &field) && bson_iter_find(&field, "code"))
            code = bson_iter_as_int64(&field);
        if (index < 0 || index >= (int64_t)run->count || code != DUPLICATE_KEY)
            r = TS_EUNAVAILABLE;
        else
            duplicate[places[index]] = true;
    }
    return r;
}

static bool has_concern_error(const bson_t *reply)
{
    bson_iter_t errors, error;

    return bson_iter_init_find(&errors, reply, "writeConcernErrors") && bson_iter_recurse(&errors, &error) &&
           bson_iter_next(&error);
}

/* What one try came to. */
enum outcome { INSERTED, AGAIN, REFUSED };

/* Where an ordered insert stopped; else how many stood there already. */
static size_t count_duplicates(const bool *duplicate, const size_t *places, size_t sent, size_t *ret_first)
{
    size_t count = 0;

    *ret_first = sent;
    for (size_t i = sent; i-- > 0;) {
        if (duplicate[places[i]]) {
            count++;
            *ret_first = i;
        }
    }
    return count;
}

/* What was sent, and what came back. */
struct sending {
    size_t *places;  /* the item of each document */
    size_t count;    /* of documents */
    bool *duplicate; /* out: an item's place is taken */
    bson_t reply;
    bson_error_t error;
    bool ok;
};

static int64_t inserted_count(const bson_t *reply)
{
    bson_iter_t at;

    return bson_iter_init_find(&at, reply, "insertedCount") ? bson_iter_as_int64(&at) : 0;
}

/* Was each of those that were sent either inserted or found to be there? Else something was lost on the way. */
static bool is_told(const struct run *run, const struct sending *sending)
{
    size_t first, count = count_duplicates(sending->duplicate, sending->places, sending->count, &first);

    return inserted_count(&sending->reply) == (int64_t)(run->ordered ? first : sending->count - count);
}

static enum outcome judge(struct run *run, struct sending *sending)
{
    bool refused = read_errors(run, &sending->reply, sending->places, sending->duplicate) != 0;

    if (has_concern_error(&sending->reply)) {
        run->is_unsure = true;
        return AGAIN;
    }
    if (sending->ok || (!refused && is_told(run, sending)))
        return INSERTED;
    switch (mongo_failure(&sending->error)) {
    case MONGO_AWAY:
        return AGAIN;
    case MONGO_REFUSED:
        run->is_unsure |= inserted_count(&sending->reply) > 0;
        return REFUSED;
    default:
        run->is_unsure = true;
        return AGAIN;
    }
}

static enum outcome insert(struct run *run, bool *duplicate)
{
    const bson_t **rows = TS_NEW_ARRAY(&run->arena, const bson_t *, run->count);
    bson_t *options = BCON_NEW("ordered", BCON_BOOL(run->ordered));
    struct sending sending = { .places = TS_NEW_ARRAY(&run->arena, size_t, run->count), .duplicate = duplicate };
    size_t end = run_end(run);
    int64_t now_ms = mongo_wall_ms();
    enum outcome outcome;

    for (size_t i = 0; i < end; i++) {
        if (run->states[i] != WAITING)
            continue;
        sending.places[sending.count] = i;
        rows[sending.count++] = mongo_row_new(run->stamp, &run->items[i], now_ms);
    }
    sending.ok = mongoc_collection_insert_many(run->rows, rows, sending.count, options, &sending.reply, &sending.error);
    outcome = judge(run, &sending);
    for (size_t i = 0; i < sending.count; i++)
        bson_destroy((bson_t *)(uintptr_t)rows[i]);
    bson_destroy(&sending.reply);
    bson_destroy(options);
    return outcome;
}

/* What was inserted, as far as that is known without looking: an ordered insert stops at its first duplicate. */
static void count_inserted(struct run *run, const bool *duplicate)
{
    size_t end = run_end(run);

    for (size_t i = 0; i < end; i++) {
        if (duplicate[i] && run->ordered)
            return;
        if (run->states[i] == WAITING && !duplicate[i])
            run->states[i] = WRITTEN;
    }
}

static bool any_waiting(const struct run *run)
{
    size_t end = run_end(run);

    for (size_t i = 0; i < end; i++) {
        if (run->states[i] == WAITING)
            return true;
    }
    return false;
}

/* Is there one that stands in the way and was not found? Then it is not a majority's yet. */
static bool any_unmet(const struct run *run, const bool *duplicate)
{
    for (size_t i = 0; i < run->count; i++) {
        if (duplicate[i] && run->states[i] == WAITING)
            return true;
    }
    return false;
}

/* Return: 0 when all is told; a ts_error. */
static int run_write(struct run *run)
{
    bool *duplicate = TS_NEW_ARRAY(&run->arena, bool, run->count);
    unsigned tries = 0;
    int r = find_priors(run);

    while (!r && any_waiting(run)) {
        enum outcome outcome;

        memset(duplicate, 0, run->count * sizeof(*duplicate));
        outcome = insert(run, duplicate);
        if (outcome == INSERTED)
            count_inserted(run, duplicate);
        if (outcome != REFUSED)
            r = look(run, duplicate, /* back= */ 0);
        if (outcome == REFUSED ||
            ((outcome == AGAIN || any_unmet(run, duplicate)) && !mongo_pause(&tries, run->until_ns)))
            r = TS_EUNAVAILABLE;
    }
    return r && run->is_unsure ? TS_EUNKNOWN : r;
}

static void run_results(struct run *run)
{
    size_t end = run_end(run);

    for (size_t i = 0; i < run->count; i++) {
        struct store_item *item = &run->items[i];

        item->result = i > end ? TS_WRITE_SKIPPED : run->states[i] == WRITTEN ? TS_WRITE_OK : TS_WRITE_CONFLICT;
        if (run->states[i] == WRITTEN)
            mongo_unfinished_add(run->mongo, item);
    }
}

void mongo_write(struct mongo *mongo, mongoc_client_t *client, struct mongo_task *task)
{
    struct store_request *request = task->request;
    bool stopped = false, any = false;
    struct run run;

    for (size_t at = 0; at < request->count && !request->result;) {
        if (stopped) {
            request->items[at++].result = TS_WRITE_SKIPPED;
            continue;
        }
        run_init(&run, mongo, client, task, at);
        request->result = run_write(&run);
        run_results(&run);
        at += run.count;
        stopped = run.ordered && run_end(&run) < run.count;
        /* Where something is written already, what came after it failed leaves an outcome that nobody can tell. */
        if (request->result && any)
            request->result = TS_EUNKNOWN;
        any = true;
        run_done(&run);
    }
}

/* Erasing */

/* The body of the version to be: nothing, or what is left of the newest. Return: whether there is to be one. */
static bool strip_newest(struct store_item *item, const struct store_row *newest)
{
    if (newest->erased)
        return false;
    if (!item->part_count)
        return true;
    item->body = newest->body;
    item->body_size = newest->body_size ? part_strip(item->parts, item->part_count, (uint8_t *)(uintptr_t)newest->body,
                                                     newest->body_size)
                                        : 0;
    return item->body_size < newest->body_size;
}

/* Put the version after this one. Return: 0; TS_WRITE_CONFLICT when somebody else wrote; a ts_error. */
static int put_erased(struct mongo *mongo, mongoc_client_t *client, struct mongo_task *task, int64_t version)
{
    struct store_item *item = &task->request->items[0];
    struct run run;
    int r;

    item->version = version + 1;
    item->follows = true;
    run_init(&run, mongo, client, task, 0);
    r = run_write(&run);
    if (!r && run.states[0] == CONFLICT)
        r = TS_WRITE_CONFLICT;
    run_done(&run);
    return r;
}

static int newest(struct mongo *mongo, mongoc_client_t *client, struct mongo_task *task, struct mongo_seek *seek)
{
    struct store_item *item = &task->request->items[0];
    int r;

    *seek = (struct mongo_seek){ .id = item->id };
    r = mongo_seek_heads(mongo, client, item->collection, seek, 1, task->until_ns);
    return r ? r
             : mongo_seek(&(struct mongo_link){ mongo, client, task->until_ns }, item->collection, seek, 1,
                          /* keys_only= */ !item->part_count, &task->request->arena);
}

void mongo_erase(struct mongo *mongo, mongoc_client_t *client, struct mongo_task *task)
{
    struct store_item *item = &task->request->items[0];
    struct mongo_seek seek;
    unsigned tries = 0;
    int r;

    do {
        r = newest(mongo, client, task, &seek);
        item->version = seek.version;
        if (!r && seek.version && strip_newest(item, &seek.row))
            r = put_erased(mongo, client, task, seek.version);
    } while (r == TS_WRITE_CONFLICT && mongo_pause(&tries, task->until_ns));
    /* The answer says that nothing is left, so what follows other writes behind their backs is waited for here. */
    seek = (struct mongo_seek){ .id = item->id, .version = item->version };
    if (!r && item->version)
        r = mongo_finish(mongo, client, item->collection, &seek, 1, task->until_ns);
    if (!r && item->version && item->part_count)
        r = mongo_strip(&(struct mongo_link){ mongo, client, task->until_ns }, item, &task->request->arena);
    task->request->result = r > 0 ? TS_EUNAVAILABLE : r;
}
