/*
 * The walk of an export: a connection of its own holds one snapshot; keys are sorted by sequence, bodies fetched one by
 * one, so the sorter holds no documents.
 */
#include <stdio.h>
#include <string.h>

#include "base/buf.h"
#include "store/backup.h"
#include "store/blocking.h"
#include "store/sqlite_inside.h"
#include "tessera/memory.h"

enum { SQL_SIZE_MAX = 256 << 10, ROWS_MAX = 100 };

struct export
{
    struct store *store;
    struct sqlite_link link;
    sqlite3_stmt *keys; /* collection, id, version */
    bool ended;
    /* what was read last */
    struct ts_arena arena;
    struct store_row rows[ROWS_MAX];
    size_t count;
    int result;
};

static void add_collection(struct buf *sql, const struct store_collection *collection, bool history)
{
    const char *name = collection->declared->name;

    buf_printf(sql, "%sSELECT %u, id, version, sequence FROM \"%s\" AS r", collection->number ? " UNION ALL " : "",
               collection->number, name);
    if (!history)
        buf_printf(sql, " WHERE NOT EXISTS (SELECT 1 FROM \"%s\" AS n WHERE n.id = r.id AND n.version = r.version + 1)",
                   name);
}

static int prepare_keys(struct export *export, bool history, struct store_message *message)
{
    const struct store_collection *collection;
    struct buf sql;
    int rc;

    buf_init(&sql, SQL_SIZE_MAX);
    for (unsigned i = 0; (collection = store_at(export->store, i)); i++)
        add_collection(&sql, collection, history);
    buf_add_string(&sql, " ORDER BY sequence");
    buf_add_char(&sql, '\0');
    rc = sqlite3_prepare_v2(export->link.db, sql.data, -1, &export->keys, NULL);
    buf_done(&sql);
    return rc == SQLITE_OK ? 0 : store_fail(message, TS_EUNAVAILABLE, "export: %s", sqlite3_errmsg(export->link.db));
}

/* Read the version that the walk stands at. Return: SQLITE_OK or an error. */
static int read_version(struct export *export)
{
    const struct store_collection *collection = store_at(export->store, (unsigned)sqlite3_column_int(export->keys, 0));
    sqlite3_stmt *statement = sqlite_row_statement(&export->link, collection, ROW_HISTORY);
    struct store_row row = { .collection = collection };
    int rc;

    sqlite3_bind_text(statement, 1, (const char *)sqlite3_column_text(export->keys, 1), -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, sqlite3_column_int64(export->keys, 2) + 1);
    sqlite3_bind_int(statement, 3, 1);
    rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW) {
        sqlite_row_take(statement, &export->arena, &row);
        export->rows[export->count++] = row;
    }
    sqlite3_reset(statement);
    return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

static void read_some(void *data)
{
    struct export *export = data;
    int rc = SQLITE_OK;

    while (!export->ended && export->count < ROWS_MAX && rc == SQLITE_OK) {
        rc = sqlite3_step(export->keys);
        export->ended = rc == SQLITE_DONE; /* a step after it would start anew */
        if (rc == SQLITE_ROW)
            rc = read_version(export);
    }
    if (rc != SQLITE_OK && rc != SQLITE_DONE)
        export->result = (rc & 0xff) == SQLITE_CORRUPT ? TS_EDATALOSS : TS_EUNAVAILABLE;
}

static int walk(struct export *export, store_take *take, void *data)
{
    int r = 0;

    while (r == 0 && !export->ended) {
        arena_reset(&export->arena);
        export->count = 0;
        blocking_run(store_loop(export->store), read_some, export);
        r = export->result;
        for (size_t i = 0; i < export->count && r == 0; i++)
            r = take(data, &export->rows[i]);
    }
    return r;
}

/* Of collections that this program knows: others' documents are not exported either. */
static int walk_parts(sqlite3_stmt *parts, const struct store *store, store_take_part *take, void *data)
{
    int rc, r = 0;

    while (r == 0 && (rc = sqlite3_step(parts)) != SQLITE_DONE) {
        struct store_erased_part erased = {
            .collection = rc == SQLITE_ROW ? store_find(store, (const char *)sqlite3_column_text(parts, 0)) : NULL,
            .id = (const char *)sqlite3_column_text(parts, 1),
            .part = (const char *)sqlite3_column_text(parts, 2),
            .erased_at_ms = sqlite3_column_int64(parts, 3),
        };

        if (rc != SQLITE_ROW)
            r = (rc & 0xff) == SQLITE_CORRUPT ? TS_EDATALOSS : TS_EUNAVAILABLE;
        else if (erased.collection)
            r = take(data, &erased);
    }
    return r;
}

int store_export_parts(struct store *store, store_take_part *take, void *data, struct store_message *ret_message)
{
    static const char sql[] = "SELECT collection, id, part, erased_at_ms FROM tessera_erasure_part";
    const char *path = sqlite_store_path(store);
    struct sqlite_link link = { NULL };
    sqlite3_stmt *parts = NULL;
    int r;

    if (!path)
        return store_fail(ret_message, TS_EUNIMPLEMENTED, "there is no file to export");
    r = sqlite_link_open(&link, path, SQLITE_OPEN_READONLY, "PRAGMA query_only = 1", ret_message);
    if (!r && sqlite3_prepare_v2(link.db, sql, -1, &parts, NULL) != SQLITE_OK)
        r = store_fail(ret_message, TS_EUNAVAILABLE, "export: %s", sqlite3_errmsg(link.db));
    r = r ? r : walk_parts(parts, store, take, data);
    if (r && !ret_message->text[0])
        store_fail(ret_message, r, "what was erased could not be read whole: %s", ts_error_name(r));
    sqlite3_finalize(parts);
    sqlite_link_close(&link);
    return r;
}

int store_export_all(struct store *store, bool history, store_take *take, void *data, struct store_message *ret_message)
{
    const char *path = sqlite_store_path(store);
    struct export *export;
    int r;

    if (!path || !store_at(store, 0))
        return store_fail(ret_message, TS_EUNIMPLEMENTED, "there is no file, or nothing in it, to export");
    export = ts_memory_new(1, sizeof(*export));
    export->store = store;
    arena_init(&export->arena);
    r = sqlite_link_open(&export->link, path, SQLITE_OPEN_READONLY, "PRAGMA query_only = 1; BEGIN", ret_message);
    r = r ? r : prepare_keys(export, history, ret_message);
    r = r ? r : walk(export, take, data);
    if (r && !ret_message->text[0])
        store_fail(ret_message, r, "the store could not be read whole: %s", ts_error_name(r));
    sqlite3_finalize(export->keys);
    sqlite_link_close(&export->link);
    arena_done(&export->arena);
    ts_memory_free(export);
    return r;
}
