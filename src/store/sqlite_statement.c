/*
 * The SQL, all of it in two tables: '@' stands for the collection's table, '#' for the index's. Statements are prepared
 * when first needed and kept with their connection.
 */
#include "store/sqlite_inside.h"

#include <assert.h>
#include <string.h>

#include "tessera/memory.h"

#define ROW_COLUMNS "id, version, sequence, written_at_ms, actor, operation, request_id, erased, body"

static const char *const row_sql[ROW_STATEMENTS] = {
    [ROW_INSERT] = "INSERT OR IGNORE INTO \"@\" (" ROW_COLUMNS ", attempt) VALUES (?1,?2,?3,?4,?5,?6,?7,?8,?9,?10)",
    [ROW_NEWEST] = "SELECT " ROW_COLUMNS " FROM \"@\" WHERE id = ?1 ORDER BY version DESC LIMIT 1",
    [ROW_ATTEMPT] = "SELECT attempt FROM \"@\" WHERE id = ?1 AND version = ?2",
    [ROW_BLANK] = "UPDATE \"@\" SET body = x'', erased = 1 WHERE id = ?1",
    [ROW_STRIP] = "UPDATE \"@\" SET body = ?3 WHERE id = ?1 AND version = ?2",
    [ROW_DELETE] = "DELETE FROM \"@\" WHERE id = ?1",
    [ROW_TIMES] = "SELECT id, max(version), written_at_ms FROM \"@\" WHERE id > ?1 GROUP BY id ORDER BY id LIMIT ?2",
    [ROW_HISTORY] = "SELECT " ROW_COLUMNS " FROM \"@\" WHERE id = ?1 AND version < ?2 ORDER BY version DESC LIMIT ?3",
    [ROW_NEXT_ID] = "SELECT id FROM \"@\" WHERE id >= ?1 AND id < ?2 ORDER BY id LIMIT 1",
    [ROW_PREVIOUS_ID] = "SELECT id FROM \"@\" WHERE id >= ?1 AND id < ?2 ORDER BY id DESC LIMIT 1",
};

#define BETWEEN "WHERE (value, id) > (?1, ?2) AND (value, id) < (?3, ?4)"

static const char *const entry_sql[ENTRY_STATEMENTS] = {
    [ENTRY_INSERT] = "INSERT OR IGNORE INTO \"#\" (value, id) VALUES (?1, ?2)",
    [ENTRY_DELETE] = "DELETE FROM \"#\" WHERE value = ?1 AND id = ?2",
    [ENTRY_SCAN] = "SELECT id, value FROM \"#\" " BETWEEN " ORDER BY value, id LIMIT ?5",
    [ENTRY_SCAN_DESCENDING] = "SELECT id, value FROM \"#\" " BETWEEN " ORDER BY value DESC, id DESC LIMIT ?5",
    [ENTRY_COUNT] = "SELECT count(*) FROM (SELECT 1 FROM \"#\" " BETWEEN " LIMIT ?5)",
};

int sqlite_run(sqlite3 *db, const char *format, ...)
{
    va_list args;
    char *sql;
    int rc;

    va_start(args, format);
    sql = sqlite3_vmprintf(format, args);
    va_end(args);
    if (!sql)
        return SQLITE_NOMEM;
    rc = sqlite3_exec(db, sql, NULL, NULL, NULL);
    sqlite3_free(sql);
    return rc;
}

sqlite3_stmt *sqlite_prepare(sqlite3 *db, const char *sql)
{
    sqlite3_stmt *statement = NULL;

    if (sqlite3_prepare_v3(db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement, NULL) != SQLITE_OK)
        sqlite_fatal(db, "prepare");
    return statement;
}

static sqlite3_stmt *prepare_for(sqlite3 *db, const char *sql, const struct store_collection *collection, int index)
{
    const char *name = collection->declared->name;
    char text[512];
    size_t size = 0;

    for (; *sql; sql++) {
        const char *part[] = { name, "__", index < 0 ? "" : collection->declared->indexes[index].name };

        if (*sql != '@' && *sql != '#') {
            text[size++] = *sql;
            continue;
        }
        for (unsigned i = 0; i < (*sql == '#' ? 3 : 1); i++) {
            memcpy(text + size, part[i], strlen(part[i]));
            size += strlen(part[i]);
        }
    }
    assert(size < sizeof(text));
    text[size] = '\0';
    return sqlite_prepare(db, text);
}

static sqlite3_stmt **slot(struct sqlite_link *link, const struct store_collection *collection, unsigned number)
{
    sqlite3_stmt ***table = &link->tables[collection->number];

    if (!*table)
        *table = ts_memory_new(TABLE_STATEMENTS, sizeof(**table));
    return &(*table)[number];
}

sqlite3_stmt *sqlite_row_statement(struct sqlite_link *link, const struct store_collection *collection,
                                   enum sqlite_row_statement kind)
{
    sqlite3_stmt **statement = slot(link, collection, kind);

    if (!*statement)
        *statement = prepare_for(link->db, row_sql[kind], collection, /* index= */ -1);
    return *statement;
}

sqlite3_stmt *sqlite_entry_statement(struct sqlite_link *link, const struct store_collection *collection,
                                     unsigned index, enum sqlite_entry_statement kind)
{
    sqlite3_stmt **statement = slot(link, collection, ROW_STATEMENTS + index * ENTRY_STATEMENTS + kind);

    if (!*statement)
        *statement = prepare_for(link->db, entry_sql[kind], collection, (int)index);
    return *statement;
}
