/*
 * Writing: apply() turns a list of requests into one transaction. A conflict is found by looking, never by an error, so
 * one request's conflict does not undo another's write. The newest version of a document is the last of its key, and
 * its index rows move in the same transaction: there is no head, and no `open` mark as backends with heads need.
 *
 * Failing closed: after an I/O error nobody knows what the disk holds (a failed fsync may drop the pages it failed on,
 * and a second one then succeeds), so the process stops before anything of it is answered. A full disk is known to have
 * undone the transaction: its requests fail, and then the process stops too, because a store that answers reads and
 * loses every payment callback is worse than one that is seen to be down.
 */
#include "store/sqlite_inside.h"

#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "store/index.h"

enum { WAL_HEADER = 32, WAL_FRAME_HEADER = 24 };

/* The version before, as far as a write needs it. */
struct prior {
    int64_t version;
    bool erased;
    const struct store_entry *entries;
    size_t entry_count;
};

static void bind_text(sqlite3_stmt *statement, int at, const char *text)
{
    sqlite3_bind_text(statement, at, text, -1, SQLITE_STATIC);
}

/* Run a statement that gives no rows. Return: SQLITE_OK or the error. */
static int run(sqlite3_stmt *statement)
{
    int rc = sqlite3_step(statement);

    sqlite3_reset(statement);
    return rc == SQLITE_DONE || rc == SQLITE_ROW ? SQLITE_OK : rc;
}

static int insert_row(struct sqlite *sqlite, const struct store_stamp *stamp, const struct store_item *item)
{
    sqlite3_stmt *statement = sqlite_row_statement(&sqlite->write_link, item->collection, ROW_INSERT);

    bind_text(statement, 1, item->id);
    sqlite3_bind_int64(statement, 2, item->version);
    sqlite3_bind_int64(statement, 3, sqlite->sequence + 1);
    sqlite3_bind_int64(statement, 4, stamp->written_at_ms);
    bind_text(statement, 5, stamp->actor);
    bind_text(statement, 6, stamp->operation);
    bind_text(statement, 7, stamp->request_id);
    sqlite3_bind_int(statement, 8, item->erased);
    sqlite3_bind_blob(statement, 9, item->body_size ? (const void *)item->body : "", (int)item->body_size,
                      SQLITE_STATIC);
    sqlite3_bind_int64(statement, 10, item->attempt);
    return run(statement);
}

/* Is the row that stands in the item's place the item's own, from a try before? */
static int look_at_attempt(struct sqlite *sqlite, struct store_item *item)
{
    sqlite3_stmt *statement = sqlite_row_statement(&sqlite->write_link, item->collection, ROW_ATTEMPT);
    int rc;

    bind_text(statement, 1, item->id);
    sqlite3_bind_int64(statement, 2, item->version);
    rc = sqlite3_step(statement);
    item->result = TS_WRITE_CONFLICT;
    if (rc == SQLITE_ROW && sqlite3_column_int64(statement, 0) == item->attempt)
        item->result = TS_WRITE_OK;
    sqlite3_reset(statement);
    return rc == SQLITE_DONE || rc == SQLITE_ROW ? SQLITE_OK : rc;
}

static void take_entries(struct sqlite *sqlite, const struct store_collection *collection, sqlite3_stmt *statement,
                         struct prior *prior)
{
    const void *body = sqlite3_column_blob(statement, 8);
    size_t size = (size_t)sqlite3_column_bytes(statement, 8);
    struct store_entry *entries;

    if (!collection->index_count || prior->erased)
        return;
    if (index_extract_bytes(collection, body, size, &sqlite->arena, &entries, &prior->entry_count))
        sqlite_fatal(sqlite->write_link.db, "a stored document is damaged");
    prior->entries = entries;
}

static int find_prior(struct sqlite *sqlite, const struct store_item *item, struct prior *ret_prior)
{
    sqlite3_stmt *statement = sqlite_row_statement(&sqlite->write_link, item->collection, ROW_NEWEST);
    int rc;

    *ret_prior = (struct prior){ 0 };
    bind_text(statement, 1, item->id);
    rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW) {
        ret_prior->version = sqlite3_column_int64(statement, 1);
        ret_prior->erased = sqlite3_column_int(statement, 7) != 0;
        take_entries(sqlite, item->collection, statement, ret_prior);
    }
    sqlite3_reset(statement);
    return rc == SQLITE_DONE || rc == SQLITE_ROW ? SQLITE_OK : rc;
}

int sqlite_entry_bind(struct sqlite_link *link, enum sqlite_entry_statement kind,
                      const struct store_collection *collection, const struct store_entry *entry, const char *id)
{
    sqlite3_stmt *statement = sqlite_entry_statement(link, collection, entry->index, kind);

    sqlite3_bind_blob(statement, 1, entry->value, (int)entry->value_size, SQLITE_STATIC);
    bind_text(statement, 2, id);
    return run(statement);
}

/* Both lists are sorted: entries on one side only come or go, the others stay untouched. */
static int move_entries(struct sqlite *sqlite, const struct store_item *item, const struct prior *prior)
{
    size_t gone = 0, come = 0;
    int rc = SQLITE_OK;

    while (rc == SQLITE_OK && (gone < prior->entry_count || come < item->entry_count)) {
        int order = gone == prior->entry_count  ? 1
                    : come == item->entry_count ? -1
                                                : entry_compare(&prior->entries[gone], &item->entries[come]);

        if (order < 0)
            rc =
                sqlite_entry_bind(&sqlite->write_link, ENTRY_DELETE, item->collection, &prior->entries[gone], item->id);
        else if (order > 0)
            rc = sqlite_entry_bind(&sqlite->write_link, ENTRY_INSERT, item->collection, &item->entries[come], item->id);
        gone += order <= 0;
        come += order >= 0;
    }
    return rc;
}

/* On the list that a restore repeats; the last version's time stays. What is moved elsewhere is to come back by one. */
static int note_erasure(struct sqlite *sqlite, const struct store_stamp *stamp, const struct store_item *item)
{
    if (item->collection->declared->abandoned)
        return SQLITE_OK;
    bind_text(sqlite->note_erasure, 1, item->collection->declared->name);
    bind_text(sqlite->note_erasure, 2, item->id);
    sqlite3_bind_int64(sqlite->note_erasure, 3, stamp->written_at_ms);
    return run(sqlite->note_erasure);
}

/* What is dropped may come back by a restore, and is dropped again: of what nobody keeps the list need not know. */
static int forget_erasure(struct sqlite *sqlite, const struct store_collection *collection, const char *id)
{
    bind_text(sqlite->forget_erasure, 1, collection->declared->name);
    bind_text(sqlite->forget_erasure, 2, id);
    return run(sqlite->forget_erasure);
}

static int write_item(struct sqlite *sqlite, const struct store_stamp *stamp, struct store_item *item)
{
    struct prior prior = { 0 };
    int rc = SQLITE_OK;

    if (item->follows)
        prior = (struct prior){ item->version - 1, false, item->prior, item->prior_count };
    else if (item->version > 1)
        rc = find_prior(sqlite, item, &prior);
    if (rc != SQLITE_OK)
        return rc;
    if (prior.version != item->version - 1)
        return look_at_attempt(sqlite, item);
    rc = insert_row(sqlite, stamp, item);
    if (rc != SQLITE_OK)
        return rc;
    if (!sqlite3_changes(sqlite->write_link.db))
        return look_at_attempt(sqlite, item);
    sqlite->sequence++;
    item->result = TS_WRITE_OK;
    if (item->erased) /* in the store that it is moved from */
        rc = note_erasure(sqlite, stamp, item);
    return rc == SQLITE_OK ? move_entries(sqlite, item, &prior) : rc;
}

static int apply_write(struct sqlite *sqlite, struct store_request *request)
{
    bool stopped = false;

    for (size_t i = 0; i < request->count; i++) {
        struct store_item *item = &request->items[i];
        int rc;

        if (stopped) {
            item->result = TS_WRITE_SKIPPED;
            continue;
        }
        rc = write_item(sqlite, &request->stamp, item);
        if (rc != SQLITE_OK)
            return rc;
        stopped = request->mode == TS_WRITE_ORDERED && item->result == TS_WRITE_CONFLICT;
    }
    return SQLITE_OK;
}

/* The rest goes, the document's own row with it; keys stay. */
static int erase_all(struct sqlite *sqlite, const struct store_request *request, struct store_item *item,
                     const struct prior *prior)
{
    sqlite3_stmt *blank = sqlite_row_statement(&sqlite->write_link, item->collection, ROW_BLANK);
    int rc;

    item->version = prior->version + 1;
    rc = insert_row(sqlite, &request->stamp, item);
    if (rc == SQLITE_OK)
        rc = move_entries(sqlite, item, prior);
    if (rc == SQLITE_OK)
        rc = note_erasure(sqlite, &request->stamp, item);
    if (rc != SQLITE_OK)
        return rc;
    sqlite->sequence++;
    bind_text(blank, 1, item->id);
    return run(blank);
}

/* A version that has something of what is to go. */
struct stripped {
    struct stripped *next; /* an older one */
    int64_t version;
    uint8_t *body; /* without it */
    size_t size;
};

/* All such versions of a document, newest first. */
static int find_stripped(struct sqlite *sqlite, const struct store_item *item, struct stripped **ret_first)
{
    sqlite3_stmt *statement = sqlite_row_statement(&sqlite->write_link, item->collection, ROW_HISTORY);
    struct stripped **end = ret_first;
    int rc;

    bind_text(statement, 1, item->id);
    sqlite3_bind_int64(statement, 2, INT64_MAX);
    sqlite3_bind_int64(statement, 3, -1);
    while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
        size_t size = (size_t)sqlite3_column_bytes(statement, 8);
        struct stripped found = { .version = sqlite3_column_int64(statement, 1) };

        found.body = size ? ts_memdup(&sqlite->arena, sqlite3_column_blob(statement, 8), size) : NULL;
        found.size = size ? part_strip(item->parts, item->part_count, found.body, size) : 0;
        if (found.size == size)
            continue;
        *end = ts_memdup(&sqlite->arena, &found, sizeof(found));
        end = &(*end)->next;
    }
    *end = NULL;
    sqlite3_reset(statement);
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

/* Put a version without the parts, when the newest has them. */
static int put_stripped(struct sqlite *sqlite, const struct store_request *request, struct store_item *item,
                        const struct prior *prior, const struct stripped *newest)
{
    struct store_entry *entries;
    int rc;

    if (!newest || newest->version != prior->version)
        return SQLITE_OK;
    item->version = prior->version + 1;
    item->body = newest->body;
    item->body_size = newest->size;
    if (index_extract_bytes(item->collection, item->body, item->body_size, &sqlite->arena, &entries,
                            &item->entry_count))
        sqlite_fatal(sqlite->write_link.db, "a stored document is damaged");
    item->entries = entries;
    rc = insert_row(sqlite, &request->stamp, item);
    sqlite->sequence++;
    return rc == SQLITE_OK ? move_entries(sqlite, item, prior) : rc;
}

static int note_parts(struct sqlite *sqlite, const struct store_request *request, const struct store_item *item)
{
    char text[STORE_PART_TEXT_SIZE];
    int rc = SQLITE_OK;

    for (size_t i = 0; i < item->part_count && rc == SQLITE_OK; i++) {
        part_print(&item->parts[i], text);
        bind_text(sqlite->note_part, 1, item->collection->declared->name);
        bind_text(sqlite->note_part, 2, item->id);
        bind_text(sqlite->note_part, 3, text);
        sqlite3_bind_int64(sqlite->note_part, 4, request->stamp.written_at_ms);
        rc = run(sqlite->note_part);
    }
    return rc;
}

static int erase_parts(struct sqlite *sqlite, const struct store_request *request, struct store_item *item,
                       const struct prior *prior)
{
    sqlite3_stmt *strip = sqlite_row_statement(&sqlite->write_link, item->collection, ROW_STRIP);
    struct stripped *found = NULL;
    int rc = find_stripped(sqlite, item, &found);

    if (rc == SQLITE_OK)
        rc = put_stripped(sqlite, request, item, prior, found);
    for (; found && rc == SQLITE_OK; found = found->next) {
        bind_text(strip, 1, item->id);
        sqlite3_bind_int64(strip, 2, found->version);
        sqlite3_bind_blob(strip, 3, found->size ? (const void *)found->body : "", (int)found->size, SQLITE_STATIC);
        rc = run(strip);
    }
    return rc == SQLITE_OK ? note_parts(sqlite, request, item) : rc;
}

static int apply_erase(struct sqlite *sqlite, struct store_request *request)
{
    struct store_item *item = &request->items[0];
    struct prior prior;
    int rc;

    if (item->listed_only)
        return note_parts(sqlite, request, item);
    rc = find_prior(sqlite, item, &prior);
    item->version = prior.version;
    if (rc != SQLITE_OK || !prior.version || prior.erased)
        return rc;
    sqlite->erased = true;
    return item->part_count ? erase_parts(sqlite, request, item, &prior) : erase_all(sqlite, request, item, &prior);
}

/* What is old of the next `limit` documents: rows[] of the request. */
static int find_old(struct sqlite *sqlite, struct store_request *request)
{
    sqlite3_stmt *statement = sqlite_row_statement(&sqlite->write_link, request->collection, ROW_TIMES);
    unsigned looked = 0;
    int rc;

    bind_text(statement, 1, request->range.lower.id);
    sqlite3_bind_int64(statement, 2, request->limit);
    while ((rc = sqlite3_step(statement)) == SQLITE_ROW) {
        const char *id = ts_strdup(&request->arena, (const char *)sqlite3_column_text(statement, 0));

        looked++;
        request->range.lower.id = id;
        if (sqlite3_column_int64(statement, 2) < request->before)
            store_request_row(request)->id = id;
    }
    sqlite3_reset(statement);
    request->more = looked == request->limit;
    return rc == SQLITE_DONE ? SQLITE_OK : rc;
}

static int drop_document(struct sqlite *sqlite, const struct store_collection *collection, const char *id)
{
    sqlite3_stmt *statement = sqlite_row_statement(&sqlite->write_link, collection, ROW_DELETE);
    struct store_item item = { .collection = collection, .id = id };
    struct prior prior;
    int rc = find_prior(sqlite, &item, &prior);

    if (rc == SQLITE_OK)
        rc = move_entries(sqlite, &item, &prior);
    if (rc == SQLITE_OK && collection->declared->abandoned)
        rc = forget_erasure(sqlite, collection, id);
    bind_text(statement, 1, id);
    return rc == SQLITE_OK ? run(statement) : rc;
}

static int apply_drop(struct sqlite *sqlite, struct store_request *request)
{
    int rc = find_old(sqlite, request);

    for (size_t i = 0; i < request->row_count && rc == SQLITE_OK; i++)
        rc = drop_document(sqlite, request->collection, request->rows[i].id);
    sqlite->erased |= request->row_count > 0;
    return rc;
}

static int apply(struct sqlite *sqlite, struct store_request *request)
{
    switch (request->type) {
    case STORE_ERASE:
        return apply_erase(sqlite, request);
    case STORE_DROP:
        return apply_drop(sqlite, request);
    default:
        return apply_write(sqlite, request);
    }
}

static int apply_all(struct sqlite *sqlite, struct store_request *first)
{
    int rc = run(sqlite->begin);

    for (struct store_request *request = first; request && rc == SQLITE_OK; request = request->next) {
        request->result = 0;
        rc = apply(sqlite, request);
    }
    if (rc != SQLITE_OK)
        return rc;
    sqlite3_bind_int64(sqlite->save_sequence, 1, sqlite->sequence);
    rc = run(sqlite->save_sequence);
    return rc == SQLITE_OK ? run(sqlite->commit) : rc;
}

void sqlite_apply(struct sqlite *sqlite, struct store_request *first)
{
    int64_t sequence = sqlite->sequence;
    int rc = apply_all(sqlite, first);

    arena_reset(&sqlite->arena);
    if (rc == SQLITE_OK)
        return;
    if (rc != SQLITE_FULL && rc != SQLITE_BUSY)
        sqlite_fatal(sqlite->write_link.db, "write");
    /* Nothing was done: the disk is full, or another program holds the write lock for longer than we wait. */
    (void)run(sqlite->rollback);     /* SQLite may have rolled back already */
    sqlite->wal_pages_max = INT_MAX; /* pages for which memory had no room stand behind its end */
    sqlite->sequence = sequence;
    sqlite->disk_full |= rc == SQLITE_FULL;
    for (struct store_request *request = first; request; request = request->next)
        request->result = TS_EUNAVAILABLE;
}

static sqlite3_file *log_file(struct sqlite *sqlite)
{
    sqlite3_file *log = NULL;

    return sqlite3_file_control(sqlite->write_link.db, "main", SQLITE_FCNTL_JOURNAL_POINTER, &log) == SQLITE_OK ? log
                                                                                                                : NULL;
}

/* The log's header, which is another one each time that the log begins anew; zeros while there is none. */
static void log_header(sqlite3_file *log, uint8_t header[WAL_HEADER])
{
    memset(header, 0, WAL_HEADER);
    (void)log->pMethods->xRead(log, header, WAL_HEADER, 0); /* what is short is filled with zeros */
}

static sqlite3_int64 end_of(int pages)
{
    return WAL_HEADER + (sqlite3_int64)pages * (WAL_FRAME_HEADER + SQLITE_PAGE_SIZE);
}

/* Zero the log behind its frames, as far as it was written since. Return: SQLite's code. */
static int zero_log(sqlite3_file *log, const struct sqlite *sqlite)
{
    static const uint8_t zeros[64 << 10];
    sqlite3_int64 at = end_of(sqlite->wal_pages), size = 0;
    int rc = log->pMethods->xFileSize(log, &size);

    if (size > end_of(sqlite->wal_pages_max))
        size = end_of(sqlite->wal_pages_max);

    for (int step; rc == SQLITE_OK && at < size; at += step) {
        step = (int)(size - at < (sqlite3_int64)sizeof(zeros) ? size - at : (sqlite3_int64)sizeof(zeros));
        rc = log->pMethods->xWrite(log, zeros, step, at);
    }
    return rc == SQLITE_OK ? log->pMethods->xSync(log, SQLITE_SYNC_NORMAL) : rc;
}

/*
 * All of the log is in the file: begin it anew by a commit that says nothing, and zero what is behind, which no reader
 * can ask for any more. While somebody reads in it, it cannot begin anew; then the next checkpoint tries.
 */
static void log_forget(struct sqlite *sqlite)
{
    static const char sql[] = "INSERT INTO tessera_meta VALUES ('log', 1) ON CONFLICT (name) DO UPDATE SET value = "
                              "value + 1"; /* a commit that changes nothing would write nothing */
    uint8_t before[WAL_HEADER], after[WAL_HEADER];
    sqlite3_file *log = log_file(sqlite);
    sqlite3 *db = sqlite->write_link.db;

    if (!log || !log->pMethods)
        return;
    log_header(log, before);
    if (!sqlite_log_check(db, sqlite3_exec(db, sql, NULL, NULL, NULL), "beginning the log anew"))
        return;
    log_header(log, after);
    if (memcmp(before, after, WAL_HEADER) == 0 || !sqlite_log_check(db, zero_log(log, sqlite), "zeroing the log"))
        return;
    sqlite->wal_pages_max = sqlite->wal_pages;
    (void)sqlite3_db_release_memory(db); /* pages as they were before sqlite_page_clean() */
    sqlite->erased = false;
}

void sqlite_checkpoint(struct sqlite *sqlite)
{
    uint64_t start_ns = loop_hrtime_ns();
    int pages = 0, moved = 0;
    bool ok;

    pthread_mutex_lock(&sqlite->mover.moving);
    ok = sqlite_log_move(sqlite->write_link.db, &pages, &moved);
    if (ok && pages == moved) {
        sqlite->wal_pages = 0; /* the next commit begins it anew, unless somebody reads in it */
        if (sqlite->erased)
            log_forget(sqlite);
    }
    pthread_mutex_unlock(&sqlite->mover.moving);
    sqlite->checkpoint_ns = loop_hrtime_ns() - start_ns;
}
