/*
 * Reading: by the loop's own connection for a few ids, else on the reader's thread. A scan's entries and their rows are
 * read in one transaction, so each entry has its row.
 */
#include "store/sqlite_inside.h"

#include <string.h>

enum { /* columns of a row, as sqlite_statement.c selects them */
       COLUMN_ID,
       COLUMN_VERSION,
       COLUMN_SEQUENCE,
       COLUMN_WRITTEN_AT,
       COLUMN_ACTOR,
       COLUMN_OPERATION,
       COLUMN_REQUEST,
       COLUMN_ERASED,
       COLUMN_BODY,
};

static const char *take_text(sqlite3_stmt *statement, int column, struct ts_arena *arena)
{
    const char *text = (const char *)sqlite3_column_text(statement, column);

    return ts_strndup(arena, text ? text : "", (size_t)sqlite3_column_bytes(statement, column));
}

static const uint8_t *take_blob(sqlite3_stmt *statement, int column, struct ts_arena *arena, size_t *ret_size)
{
    const void *blob = sqlite3_column_blob(statement, column);

    *ret_size = (size_t)sqlite3_column_bytes(statement, column);
    return ts_memdup(arena, blob ? blob : "", *ret_size);
}

void sqlite_row_take(sqlite3_stmt *statement, struct ts_arena *arena, struct store_row *row)
{
    row->id = take_text(statement, COLUMN_ID, arena);
    row->version = sqlite3_column_int64(statement, COLUMN_VERSION);
    row->sequence = sqlite3_column_int64(statement, COLUMN_SEQUENCE);
    row->stamp.written_at_ms = sqlite3_column_int64(statement, COLUMN_WRITTEN_AT);
    row->stamp.actor = take_text(statement, COLUMN_ACTOR, arena);
    row->stamp.operation = take_text(statement, COLUMN_OPERATION, arena);
    row->stamp.request_id = take_text(statement, COLUMN_REQUEST, arena);
    row->erased = sqlite3_column_int(statement, COLUMN_ERASED) != 0;
    row->body = take_blob(statement, COLUMN_BODY, arena, &row->body_size);
}

/* Fill `row` with the newest version of `id`; version 0 when there is none. Return: SQLite's code. */
static int read_newest(struct sqlite_link *link, struct store_request *request, const char *id, struct store_row *row)
{
    sqlite3_stmt *statement = sqlite_row_statement(link, request->collection, ROW_NEWEST);
    int rc;

    sqlite3_bind_text(statement, 1, id, -1, SQLITE_STATIC);
    rc = sqlite3_step(statement);
    row->collection = request->collection;
    if (rc == SQLITE_ROW && request->keys_only) {
        row->id = ts_strdup(&request->arena, id);
        row->version = sqlite3_column_int64(statement, COLUMN_VERSION);
        row->erased = sqlite3_column_int(statement, COLUMN_ERASED) != 0;
    } else if (rc == SQLITE_ROW) {
        sqlite_row_take(statement, &request->arena, row);
    }
    sqlite3_reset(statement);
    return rc == SQLITE_ROW || rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int read_get(struct sqlite_link *link, struct store_request *request)
{
    int rc = SQLITE_OK;

    request->rows = TS_NEW_ARRAY(&request->arena, struct store_row, request->count);
    request->row_count = request->count;
    for (size_t i = 0; i < request->count && rc == SQLITE_OK; i++)
        rc = read_newest(link, request, request->ids[i], &request->rows[i]);
    return rc;
}

static void bind_range(sqlite3_stmt *statement, const struct store_range *range, int64_t limit)
{
    sqlite3_bind_blob(statement, 1, range->lower.value, (int)range->lower.value_size, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, range->lower.id, -1, SQLITE_STATIC);
    sqlite3_bind_blob(statement, 3, range->upper.value, (int)range->upper.value_size, SQLITE_STATIC);
    sqlite3_bind_text(statement, 4, range->upper.id, -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 5, limit);
}

static int scan_entry(struct sqlite_link *link, struct store_request *request, sqlite3_stmt *entries)
{
    struct store_row row = { 0 };
    int rc = read_newest(link, request, (const char *)sqlite3_column_text(entries, 0), &row);

    row.value = take_blob(entries, 1, &request->arena, &row.value_size);
    *store_request_row(request) = row;
    return rc;
}

static int read_index(struct sqlite_link *link, struct store_request *request)
{
    bool descending = request->range.descending;
    sqlite3_stmt *entries = sqlite_entry_statement(link, request->collection, (unsigned)request->range.index,
                                                   descending ? ENTRY_SCAN_DESCENDING : ENTRY_SCAN);
    int rc;

    bind_range(entries, &request->range, (int64_t)request->limit + 1);
    while ((rc = sqlite3_step(entries)) == SQLITE_ROW) {
        if (request->row_count == request->limit) {
            request->more = true;
            rc = SQLITE_DONE;
            break;
        }
        rc = scan_entry(link, request, entries);
        if (rc != SQLITE_OK)
            break;
    }
    sqlite3_reset(entries);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/*
 * Step over ids, one seek each, since a document has as many rows as versions. `at` is the end that moves.
 * Return: SQLITE_ROW and *ret_id in the arena; SQLITE_DONE; an error.
 */
static int next_id(struct sqlite_link *link, struct store_request *request, const char **ret_id)
{
    struct store_range *range = &request->range;
    sqlite3_stmt *statement =
        sqlite_row_statement(link, request->collection, range->descending ? ROW_PREVIOUS_ID : ROW_NEXT_ID);
    int rc;

    sqlite3_bind_text(statement, 1, range->lower.id, -1, SQLITE_STATIC);
    sqlite3_bind_text(statement, 2, range->upper.id, -1, SQLITE_STATIC);
    rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW)
        *ret_id = take_text(statement, 0, &request->arena);
    sqlite3_reset(statement);
    if (rc == SQLITE_ROW && range->descending)
        range->upper.id = *ret_id;
    else if (rc == SQLITE_ROW)
        range->lower.id = ts_printf(&request->arena, "%s\x01", *ret_id);
    return rc;
}

static int read_ids(struct sqlite_link *link, struct store_request *request)
{
    const char *id = NULL;
    int rc;

    while ((rc = next_id(link, request, &id)) == SQLITE_ROW) {
        struct store_row row = { 0 };

        rc = read_newest(link, request, id, &row);
        if (rc != SQLITE_OK)
            return rc;
        if (row.erased)
            continue;
        if (request->row_count == request->limit) {
            request->more = true;
            return SQLITE_OK;
        }
        *store_request_row(request) = row;
    }
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int count_index(struct sqlite_link *link, struct store_request *request)
{
    sqlite3_stmt *statement =
        sqlite_entry_statement(link, request->collection, (unsigned)request->range.index, ENTRY_COUNT);
    int rc;

    bind_range(statement, &request->range, request->count_max);
    rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW)
        request->number = sqlite3_column_int64(statement, 0);
    sqlite3_reset(statement);
    return rc == SQLITE_ROW ? SQLITE_OK : rc;
}

static int count_ids(struct sqlite_link *link, struct store_request *request)
{
    const char *id = NULL;
    int rc = SQLITE_DONE;

    request->keys_only = true;
    while (request->number < request->count_max && (rc = next_id(link, request, &id)) == SQLITE_ROW) {
        struct store_row row = { 0 };

        rc = read_newest(link, request, id, &row);
        if (rc != SQLITE_OK)
            return rc;
        request->number += !row.erased;
    }
    return rc == SQLITE_DONE || rc == SQLITE_OK ? SQLITE_OK : rc;
}

static int read_history(struct sqlite_link *link, struct store_request *request)
{
    sqlite3_stmt *statement = sqlite_row_statement(link, request->collection, ROW_HISTORY);
    int rc;

    sqlite3_bind_text(statement, 1, request->ids[0], -1, SQLITE_STATIC);
    sqlite3_bind_int64(statement, 2, request->before ? request->before : INT64_MAX);
    sqlite3_bind_int64(statement, 3, (int64_t)request->limit + 1);
    while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
        struct store_row row = { .collection = request->collection };

        if (request->row_count == request->limit) {
            request->more = true;
            rc = SQLITE_DONE;
            break;
        }
        sqlite_row_take(statement, &request->arena, &row);
        *store_request_row(request) = row;
    }
    sqlite3_reset(statement);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int read_by_type(struct sqlite_link *link, struct store_request *request)
{
    bool by_id = request->range.index < 0;

    switch (request->type) {
    case STORE_GET:
        return read_get(link, request);
    case STORE_SCAN:
        return by_id ? read_ids(link, request) : read_index(link, request);
    case STORE_COUNT:
        return by_id ? count_ids(link, request) : count_index(link, request);
    default:
        return read_history(link, request);
    }
}

void sqlite_read(struct sqlite_link *link, struct store_request *request)
{
    bool many = request->type == STORE_SCAN || request->type == STORE_COUNT;
    int rc = many ? sqlite3_exec(link->db, "BEGIN", NULL, NULL, NULL) : SQLITE_OK;

    if (rc == SQLITE_OK)
        rc = read_by_type(link, request);
    if (many)
        (void)sqlite3_exec(link->db, "COMMIT", NULL, NULL, NULL); /* it only read */
    if (rc != SQLITE_OK)
        request->result = (rc & 0xff) == SQLITE_CORRUPT ? TS_EDATALOSS : TS_EUNAVAILABLE;
}
