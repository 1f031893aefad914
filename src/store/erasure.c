/*
 * Repeating erasures on a file, without the program's collections: an erased document gets its ERASED version, the
 * bodies before it are blanked, its rows leave every index of its collection; of one that lost parts, all versions lose
 * them. All is one transaction.
 */
#include "store/erasure.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "store/sqlite_inside.h"

enum { STORE_NAME_SIZE = 128 };

/* Take a document's rows out of every index of its collection; NULL: everybody's. */
static int leave_indexes(sqlite3 *db, const char *collection, const char *id)
{
    const char *sql = id ? "DELETE FROM main.\"%w__%w\" WHERE id = %Q" : "DELETE FROM main.\"%w__%w\"";
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, "SELECT name FROM main.tessera_index WHERE collection = ?1", -1, &statement, NULL);

    if (rc != SQLITE_OK)
        return rc;
    sqlite3_bind_text(statement, 1, collection, -1, SQLITE_STATIC);
    while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
        rc = sqlite_run(db, sql, collection, sqlite3_column_text(statement, 0), id);
        if (rc != SQLITE_OK)
            break;
    }
    sqlite3_finalize(statement);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int erase(sqlite3 *db, const char *collection, const char *id, int64_t erased_at_ms)
{
    int rc = sqlite_run(
        db,
        "UPDATE main.tessera_meta SET value = value + 1 WHERE name = 'sequence';"
        "INSERT INTO main.\"%w\" (id, version, sequence, written_at_ms, actor, operation, request_id, attempt,"
        " erased, body) SELECT id, max(version) + 1, (SELECT value FROM main.tessera_meta WHERE name ="
        " 'sequence'), %lld, 'system', 'restore', '', 0, 1, x'' FROM main.\"%w\" WHERE id = %Q"
        " GROUP BY id HAVING id IS NOT NULL;"
        "UPDATE main.\"%w\" SET body = x'', erased = 1 WHERE id = %Q",
        collection, (long long)erased_at_ms, collection, id, collection, id);

    return rc == SQLITE_OK ? leave_indexes(db, collection, id) : rc;
}

static int replay_list(sqlite3 *db, int *ret_count)
{
    /*
     * A collection without a table had no documents yet when the backup was taken. What was erased may have been made
     * anew, and erased again: a passkey's id is its credential's.
     */
    static const char sql[] = "SELECT collection, id, erased_at_ms FROM before.tessera_erasure AS b WHERE NOT EXISTS "
                              "(SELECT 1 FROM main.tessera_erasure AS m WHERE m.collection = b.collection AND m.id = "
                              "b.id AND m.erased_at_ms >= b.erased_at_ms) AND collection IN (SELECT name FROM "
                              "main.sqlite_schema)";
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &statement, NULL), count = 0;

    if (rc != SQLITE_OK)
        return rc;
    while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
        rc = erase(db, (const char *)sqlite3_column_text(statement, 0), (const char *)sqlite3_column_text(statement, 1),
                   sqlite3_column_int64(statement, 2));
        if (rc != SQLITE_OK)
            break;
        count++;
    }
    sqlite3_finalize(statement);
    if (rc == SQLITE_DONE)
        rc = sqlite_run(db, "INSERT OR REPLACE INTO main.tessera_erasure SELECT * FROM before.tessera_erasure AS b "
                            "WHERE NOT EXISTS (SELECT 1 FROM main.tessera_erasure AS m WHERE m.collection = "
                            "b.collection AND m.id = b.id AND m.erased_at_ms > b.erased_at_ms)");
    if (rc == SQLITE_OK)
        *ret_count = count;
    return rc;
}

/* SQL's tessera_strip(body, part). */
static void strip(sqlite3_context *context, int count, sqlite3_value **values)
{
    size_t size = (size_t)sqlite3_value_bytes(values[0]);
    struct store_part part;
    uint8_t *body;

    (void)count;
    if (!part_parse((const char *)sqlite3_value_text(values[1]), &part)) {
        sqlite3_result_error(context, "this is no part of a document", -1);
        return;
    }
    body = sqlite3_malloc64(size + 1);
    if (!body) {
        sqlite3_result_error_nomem(context);
        return;
    }
    if (size)
        memcpy(body, sqlite3_value_blob(values[0]), size);
    sqlite3_result_blob64(context, body, part_strip(&part, 1, body, size), sqlite3_free);
}

/* What was told of the parts is in the indexes, too: the next start makes them anew. */
static int drop_indexes(sqlite3 *db, const char *collection)
{
    int rc = leave_indexes(db, collection, /* id= */ NULL);

    return rc == SQLITE_OK ? sqlite_run(db, "DELETE FROM main.tessera_index WHERE collection = %Q", collection) : rc;
}

/* Repeat the list of parts. Return: SQLite's code. */
static int replay_parts(sqlite3 *db, int *ret_count)
{
    static const char sql[] = "SELECT collection, id, part FROM before.tessera_erasure_part AS b WHERE NOT EXISTS "
                              "(SELECT 1 FROM main.tessera_erasure_part AS m WHERE m.collection = b.collection AND "
                              "m.id = b.id AND m.part = b.part) AND collection IN (SELECT name FROM main.sqlite_schema)"
                              " ORDER BY collection, id";
    char before[STORE_NAME_SIZE] = "", id[TS_KEY_SIZE_MAX + 1] = "";
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

    while (rc == SQLITE_OK && (rc = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *collection = (const char *)sqlite3_column_text(statement, 0);
        const char *whose = (const char *)sqlite3_column_text(statement, 1);

        rc = sqlite_run(db, "UPDATE main.\"%w\" SET body = tessera_strip(body, %Q) WHERE id = %Q AND NOT erased",
                        collection, sqlite3_column_text(statement, 2), whose);
        if (rc == SQLITE_OK && strcmp(collection, before) != 0)
            rc = drop_indexes(db, collection);
        *ret_count += strcmp(whose, id) != 0;
        (void)snprintf(before, sizeof(before), "%s", collection);
        (void)snprintf(id, sizeof(id), "%s", whose);
    }
    sqlite3_finalize(statement);
    if (rc == SQLITE_DONE)
        rc =
            sqlite_run(db, "INSERT OR IGNORE INTO main.tessera_erasure_part SELECT * FROM before.tessera_erasure_part");
    return rc;
}

/* A store of before it had such a list has nothing in it. */
static int replay_parts_if_any(sqlite3 *db, int *ret_count)
{
    if (sqlite_run(db, "SELECT count(*) FROM before.tessera_erasure_part") != SQLITE_OK)
        return SQLITE_OK;
    return replay_parts(db, ret_count);
}

static int replay(sqlite3 *db, const char *before, int *ret_count, struct store_message *message)
{
    int rc;

    if (sqlite_run(db, "ATTACH %Q AS before", before) != SQLITE_OK ||
        sqlite_run(db, "SELECT count(*) FROM before.tessera_erasure") != SQLITE_OK) {
        *ret_count = -1; /* damaged: the reason, most often, for restoring */
        return 0;
    }
    rc = sqlite3_create_function(db, "tessera_strip", 2, SQLITE_UTF8 | SQLITE_DETERMINISTIC, NULL, strip, NULL, NULL);
    if (rc == SQLITE_OK)
        rc = sqlite_run(db, "PRAGMA main.secure_delete = ON; BEGIN IMMEDIATE; %s", ERASURE_PARTS_SQL);
    if (rc == SQLITE_OK)
        rc = replay_list(db, ret_count);
    if (rc == SQLITE_OK)
        rc = replay_parts_if_any(db, ret_count);
    if (rc == SQLITE_OK)
        rc = sqlite_run(db, "COMMIT");
    if (rc == SQLITE_OK)
        return 0;
    return store_fail(message, TS_EUNAVAILABLE, "the erasures of %s cannot be repeated: %s", before,
                      sqlite3_errmsg(db));
}

int erasure_replay(const char *restored, const char *before, int *ret_count, struct store_message *message)
{
    sqlite3 *db = NULL;
    int r;

    if (access(before, F_OK) < 0)
        return 0;
    r = sqlite_connect(restored, SQLITE_OPEN_READWRITE, &db, message);
    if (r)
        return r;
    r = replay(db, before, ret_count, message);
    sqlite3_close(db);
    return r;
}
