/* Whole stores, version by version; see move.h. */
#include "store/move.h"

#include <string.h>

#include "store/front.h"
#include "store/index.h"
#include "store/mongo.h"
#include "store/part.h"
#include "store/sqlite.h"

/* ---- out */

int store_walk_versions(struct store *store, store_take *take, void *data, struct store_message *ret_message)
{
    int r = mongo_store_walk(store, take, data);

    if (r == TS_EUNIMPLEMENTED)
        return store_export_all(store, /* history= */ true, take, data, ret_message);
    if (r && !ret_message->text[0])
        store_fail(ret_message, r, "the store could not be read whole: %s", ts_error_name(r));
    return r;
}

int store_walk_parts(struct store *store, store_take_part *take, void *data, struct store_message *ret_message)
{
    return sqlite_store_path(store) ? store_export_parts(store, take, data, ret_message) : 0;
}

/* ---- in */

static bool is_same(const struct store_row *left, const struct store_row *right)
{
    return left->version == right->version && left->erased == right->erased && left->body_size == right->body_size &&
           (!left->body_size || !memcmp(left->body, right->body, left->body_size));
}

/* Does the very version stand there? Return: 0; TS_WRITE_CONFLICT; a ts_error. */
static int compare(struct ts_call *call, const struct store_row *row)
{
    struct store_request request;
    int r;

    request_init(&request, STORE_HISTORY, row->collection);
    request.ids = &row->id;
    request.count = 1;
    request.limit = 1;
    request.before = row->version + 1;
    r = request_run(call, &request);
    if (!r)
        r = request.row_count && is_same(row, &request.rows[0]) ? 0 : TS_WRITE_CONFLICT;
    arena_done(&request.arena);
    return r;
}

int store_put_version(struct ts_call *call, const struct store_row *row)
{
    struct store_item item = { .collection = row->collection,
                               .id = row->id,
                               .version = row->version,
                               .erased = row->erased,
                               .body = row->body,
                               .body_size = row->body_size };
    struct store_request request;
    struct store_entry *entries = NULL;
    int r = runtime_wait_check(call);

    if (!r && !row->erased)
        r = index_extract_bytes(row->collection, row->body, row->body_size, call->arena, &entries, &item.entry_count);
    if (r)
        return r;
    item.entries = entries;
    call->runtime->random(call->runtime, &item.attempt, sizeof(item.attempt));
    request_init(&request, STORE_WRITE, /* collection= */ NULL);
    request.stamp = row->stamp;
    request.items = &item;
    request.count = 1;
    r = request_run(call, &request);
    arena_done(&request.arena);
    return r || item.result == TS_WRITE_OK ? r : compare(call, row);
}

int store_put_part(struct ts_call *call, const struct store_erased_part *erased)
{
    struct store_part part;
    struct store_item item = {
        .collection = erased->collection, .id = erased->id, .parts = &part, .part_count = 1, .listed_only = true
    };
    struct store_request request;
    int r = runtime_wait_check(call);

    if (!r && !part_parse(erased->part, &part))
        r = TS_EINVALID;
    if (r || !sqlite_store_path(call->runtime->store))
        return r;
    request_init(&request, STORE_ERASE, erased->collection);
    request.stamp = (struct store_stamp){ erased->erased_at_ms, "", "", "" };
    request.items = &item;
    request.count = 1;
    r = request_run(call, &request);
    arena_done(&request.arena);
    return r;
}
