/*
 * A collection's tables: its versions, and one table per index. Versions stand in the order in which they were written,
 * under their sequence, beside keys (id, version) that find them: a commit's rows of many documents fill one page after
 * the other, where rows in the order of their keys would each change the page of the version before. An index whose
 * declaration is new or was changed is built from the newest versions; one that is no longer declared is dropped, since
 * nobody would keep it right any more. Names in the SQL are those of declarations, checked to be [a-z0-9_]: they need
 * no quoting.
 */
#include "store/sqlite_inside.h"

#include <stdio.h>
#include <string.h>

#include "store/index.h"

/* "organizer_id:string,due_ms:int": an index is rebuilt when this changes. */
static void spell_index(const struct store_collection *collection, int index, char *text, size_t size)
{
    size_t used = 0;

    for (unsigned i = 0; i < index_field_count(collection, index); i++) {
        const ProtobufCFieldDescriptor *field = index_field(collection, index, i);

        used += (size_t)snprintf(text + used, size - used, "%s%s:%s", i ? "," : "", field->name,
                                 field->type == PROTOBUF_C_TYPE_STRING ? "string" : "int");
    }
}

/* Is the index in the file as it is declared? */
static bool index_stands(sqlite3 *db, const char *collection, const char *index, const char *fields)
{
    sqlite3_stmt *statement =
        sqlite_prepare(db, "SELECT 1 FROM tessera_index WHERE collection = ?1 AND name = ?2 AND fields = ?3");
    bool stands;

    sqlite3_bind_text(statement, 1, collection, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, index, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 3, fields, -1, SQLITE_STATIC);
    stands = sqlite3_step(statement) == SQLITE_ROW;
    sqlite3_finalize(statement);
    return stands;
}

static int add_document(struct sqlite *sqlite, const struct store_collection *collection, int index,
                        const struct store_row *row)
{
    struct store_entry *entries;
    size_t count = 0;

    if (index_extract_bytes(collection, row->body, row->body_size, &sqlite->arena, &entries, &count))
        return SQLITE_CORRUPT;
    for (size_t i = 0; i < count; i++) {
        int rc = (int)entries[i].index == index
                     ? sqlite_entry_bind(&sqlite->write_link, ENTRY_INSERT, collection, &entries[i], row->id)
                     : SQLITE_OK;

        if (rc != SQLITE_OK)
            return rc;
    }
    return SQLITE_OK;
}

/* Walk the newest version of each document. */
static int fill_index(struct sqlite *sqlite, const struct store_collection *collection, int index)
{
    sqlite3_stmt *statement;
    char sql[400];
    int rc;

    snprintf(sql, sizeof(sql),
             "SELECT id, version, sequence, written_at_ms, actor, operation, request_id, erased, body FROM \"%s\" AS r "
             "WHERE version = (SELECT max(version) FROM \"%s\" WHERE id = r.id) AND NOT erased",
             collection->declared->name, collection->declared->name);
    statement = sqlite_prepare(sqlite->write_link.db, sql);
    while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
        struct store_row row = { .collection = collection };

        arena_reset(&sqlite->arena);
        sqlite_row_take(statement, &sqlite->arena, &row);
        rc = add_document(sqlite, collection, index, &row);
        if (rc != SQLITE_OK)
            break;
    }
    sqlite3_finalize(statement);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int build_index(struct sqlite *sqlite, const struct store_collection *collection, int index)
{
    const char *name = collection->declared->name, *index_name = collection->declared->indexes[index].name;
    sqlite3 *db = sqlite->write_link.db;
    char fields[256];
    int rc;

    spell_index(collection, index, fields, sizeof(fields));
    if (index_stands(db, name, index_name, fields))
        return SQLITE_OK;
    rc = sqlite_run(
        db,
        "DROP TABLE IF EXISTS \"%s__%s\";"
        "CREATE TABLE \"%s__%s\" (value BLOB NOT NULL, id TEXT NOT NULL, PRIMARY KEY (value, id)) WITHOUT ROWID;"
        "INSERT OR REPLACE INTO tessera_index VALUES ('%s', '%s', '%s')",
        name, index_name, name, index_name, name, index_name, fields);
    return rc == SQLITE_OK ? fill_index(sqlite, collection, index) : rc;
}

/* The first index in the file that is not declared. Return: true and *ret_name. */
static bool find_undeclared(sqlite3 *db, const struct store_collection *collection, char *ret_name, size_t size)
{
    sqlite3_stmt *statement = sqlite_prepare(db, "SELECT name FROM tessera_index WHERE collection = ?1");
    bool found = false;

    sqlite3_bind_text(statement, 1, collection->declared->name, -1, SQLITE_STATIC);
    while (!found && sqlite3_step(statement) == SQLITE_ROW) {
        const char *name = (const char *)sqlite3_column_text(statement, 0);

        found = index_find(collection, name) < 0;
        if (found)
            snprintf(ret_name, size, "%s", name);
    }
    sqlite3_finalize(statement);
    return found;
}

static int drop_undeclared(sqlite3 *db, const struct store_collection *collection)
{
    const char *name = collection->declared->name;
    char index[64];

    while (find_undeclared(db, collection, index, sizeof(index))) {
        int rc = sqlite_run(
            db, "DROP TABLE IF EXISTS \"%s__%s\"; DELETE FROM tessera_index WHERE collection = '%s' AND name = '%s'",
            name, index, name, index);

        if (rc != SQLITE_OK)
            return rc;
    }
    return SQLITE_OK;
}

static int find_last(struct sqlite *sqlite, const struct store_collection *collection)
{
    struct sqlite_last *last = &sqlite->lasts[collection->number];
    sqlite3_stmt *statement;
    char sql[200];
    int rc;

    snprintf(sql, sizeof(sql), "SELECT ifnull(max(id), '') FROM \"%s\"", collection->declared->name);
    statement = sqlite_prepare(sqlite->write_link.db, sql);
    rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW)
        snprintf(last->id, sizeof(last->id), "%s", (const char *)sqlite3_column_text(statement, 0));
    sqlite3_finalize(statement);
    return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

#define VERSION_COLUMNS "sequence, id, version, written_at_ms, actor, operation, request_id, attempt, erased, body"

/* Do the versions stand in the order of their keys? They did in stores of before. */
static bool is_in_key_order(sqlite3 *db, const char *name)
{
    sqlite3_stmt *statement = sqlite_prepare(db, "SELECT 1 FROM pragma_table_list(?1) WHERE wr");
    bool found;

    sqlite3_bind_text(statement, 1, name, -1, SQLITE_STATIC);
    found = sqlite3_step(statement) == SQLITE_ROW;
    sqlite3_finalize(statement);
    return found;
}

static int make_versions(sqlite3 *db, const char *name)
{
    bool before = is_in_key_order(db, name);
    int rc = before ? sqlite_run(db, "ALTER TABLE \"%s\" RENAME TO tessera_before", name) : SQLITE_OK;

    if (rc == SQLITE_OK)
        rc = sqlite_run(db,
                        "CREATE TABLE IF NOT EXISTS \"%s\" (sequence INTEGER PRIMARY KEY, id TEXT NOT NULL, version "
                        "INTEGER NOT NULL, written_at_ms INTEGER NOT NULL, actor TEXT NOT NULL, operation TEXT NOT "
                        "NULL, request_id TEXT NOT NULL, attempt INTEGER NOT NULL, erased INTEGER NOT NULL, body BLOB "
                        "NOT NULL, UNIQUE (id, version))",
                        name);
    if (rc == SQLITE_OK && before)
        rc = sqlite_run(db,
                        "INSERT INTO \"%s\" (" VERSION_COLUMNS ") SELECT " VERSION_COLUMNS " FROM tessera_before;"
                        "DROP TABLE tessera_before",
                        name);
    return rc;
}

static int add(struct sqlite *sqlite, const struct store_collection *collection)
{
    sqlite3 *db = sqlite->write_link.db;
    int rc = make_versions(db, collection->declared->name);

    if (rc == SQLITE_OK)
        rc = drop_undeclared(db, collection);
    for (unsigned i = 0; rc == SQLITE_OK && i < collection->index_count; i++)
        rc = build_index(sqlite, collection, (int)i);
    return rc == SQLITE_OK ? find_last(sqlite, collection) : rc;
}

int sqlite_schema_add(struct sqlite *sqlite, const struct store_collection *collection)
{
    const char *name = collection->declared->name;
    int rc;

    if (!strncmp(name, "sqlite_", 7) || !strncmp(name, "tessera_", 8))
        return TS_EINVALID;
    rc = sqlite_run(sqlite->write_link.db, "BEGIN IMMEDIATE");
    if (rc == SQLITE_OK)
        rc = add(sqlite, collection);
    if (rc == SQLITE_OK)
        rc = sqlite_run(sqlite->write_link.db, "COMMIT");
    if (rc != SQLITE_OK)
        (void)sqlite_run(sqlite->write_link.db, "ROLLBACK"); /* the first error is what is told */
    arena_reset(&sqlite->arena);
    return rc == SQLITE_OK ? 0 : (rc & 0xff) == SQLITE_CORRUPT ? TS_EDATALOSS : TS_EUNAVAILABLE;
}
