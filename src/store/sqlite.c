/*
 * The embedded store. One process owns the file, by a lock beside it. In the process one thread owns the one connection
 * that writes (sqlite_write.c, sqlite_thread.c); a second connection answers point gets on the loop, a third, on a
 * thread, scans. The log (WAL) is synced at each commit, before anything is answered; only the writer moves it into the
 * file, never from two connections, and it is never cut short: SQLite 3.40 can lose a page there otherwise.
 *
 * No `open` mark on versions: a document's index rows move in its own transaction, so a crash leaves nothing to finish.
 */
#include "store/sqlite_inside.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "telemetry/metrics.h"
#include "tessera/cleanup.h"

enum {
    GET_ON_LOOP_MAX = 32,     /* ids: a seek is some 5 µs, the loop may be held for 10 ms; more go to the reader */
    BUSY_MS = 5000,           /* for somebody's sqlite3 shell to end its transaction */
    COLLECT_NS_MAX = 2000000, /* two ticks of sales */
};

#define READER_PRAGMAS "PRAGMA query_only = 1; PRAGMA cache_size = -2000; PRAGMA wal_autocheckpoint = 0;"

void sqlite_fatal(sqlite3 *db, const char *what)
{
    fprintf(stderr, "tessera: store: %s failed: %s (%d, errno %d); stopping, since no answer could be trusted\n", what,
            sqlite3_errmsg(db), sqlite3_extended_errcode(db), sqlite3_system_errno(db));
    abort();
}

static const char *log_vfs; /* NULL: there is no memory for it, and the usual one does as well */

static void configure(void)
{
    /* Before SQLite's first use: each connection is one thread's at a time, and nobody reads its memory statistics. */
    (void)sqlite3_config(SQLITE_CONFIG_MULTITHREAD); /* refused once in use by somebody else: only slower */
    (void)sqlite3_config(SQLITE_CONFIG_MEMSTATUS, 0);
    log_vfs = sqlite_log_vfs();
}

/* Return: 0 and *ret_db; TS_EUNAVAILABLE; TS_EDATALOSS for what is no SQLite file. */
int sqlite_connect(const char *path, int flags, sqlite3 **ret_db, struct store_message *message)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    sqlite3 *db = NULL;
    int rc;

    pthread_once(&once, configure);
    rc = sqlite3_open_v2(path, &db, flags | SQLITE_OPEN_NOMUTEX, flags & SQLITE_OPEN_READONLY ? NULL : log_vfs);
    if (rc != SQLITE_OK) {
        store_fail(message, TS_EUNAVAILABLE, "%s cannot be opened: %s", path, db ? sqlite3_errmsg(db) : "no memory");
        sqlite3_close(db);
        return TS_EUNAVAILABLE;
    }
    sqlite3_busy_timeout(db, BUSY_MS);
    sqlite3_extended_result_codes(db, 0);
    *ret_db = db;
    return 0;
}

/* Return: SQLite's code and *ret_value. */
static int read_int(sqlite3 *db, const char *sql, int64_t *ret_value)
{
    sqlite3_stmt *statement = NULL;
    int rc = sqlite3_prepare_v2(db, sql, -1, &statement, NULL);

    if (rc == SQLITE_OK)
        rc = sqlite3_step(statement);
    if (rc == SQLITE_ROW)
        *ret_value = sqlite3_column_int64(statement, 0);
    sqlite3_finalize(statement);
    return rc == SQLITE_ROW ? SQLITE_OK : rc == SQLITE_DONE ? SQLITE_EMPTY : rc;
}

/*
 * Is this a store of ours that we can read? An empty file is a store not yet made.
 * Return: 0 and *ret_fresh; TS_EPRECONDITION: foreign or newer; TS_EDATALOSS: damaged.
 */
int sqlite_format_check(sqlite3 *db, bool *ret_fresh, struct store_message *message)
{
    const char *path = sqlite3_db_filename(db, "main");
    int64_t application = 0, format = 0, tables = 0, sequence = 0;
    int rc = read_int(db, "PRAGMA application_id", &application);

    if (rc == SQLITE_OK)
        rc = read_int(db, "PRAGMA user_version", &format);
    if (rc == SQLITE_OK)
        rc = read_int(db, "SELECT count(*) FROM sqlite_schema", &tables);
    if (rc == SQLITE_BUSY)
        return store_fail(message, TS_EUNAVAILABLE, "%s is locked by another program", path);
    if (rc != SQLITE_OK)
        return store_fail(message, TS_EDATALOSS, "%s is damaged or no store: %s", path, sqlite3_errmsg(db));
    *ret_fresh = application == 0 && format == 0 && tables == 0;
    if (*ret_fresh)
        return 0;
    if (application != STORE_FILE_APPLICATION)
        return store_fail(message, TS_EPRECONDITION, "%s is a SQLite file of another program, not a Tessera store",
                          path);
    if (format > STORE_FILE_FORMAT)
        return store_fail(message, TS_EPRECONDITION,
                          "%s was written by a newer Tessera: its format is %lld, this program knows %d", path,
                          (long long)format, STORE_FILE_FORMAT);
    if (read_int(db, "SELECT value FROM tessera_meta WHERE name = 'sequence'", &sequence) != SQLITE_OK)
        return store_fail(message, TS_EDATALOSS, "%s is damaged: %s", path, sqlite3_errmsg(db));
    return 0;
}

int sqlite_link_open(struct sqlite_link *link, const char *path, int flags, const char *pragmas,
                     struct store_message *message)
{
    int r = sqlite_connect(path, flags, &link->db, message);

    if (r)
        return r;
    /* Only the writer, the last to close, may move the log into the file. */
    if (flags & SQLITE_OPEN_READONLY)
        (void)sqlite3_db_config(link->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
    if (sqlite3_exec(link->db, pragmas, NULL, NULL, NULL) != SQLITE_OK)
        return store_fail(message, TS_EUNAVAILABLE, "%s: %s", path, sqlite3_errmsg(link->db));
    return 0;
}

void sqlite_link_close(struct sqlite_link *link)
{
    for (unsigned i = 0; i < SQLITE_TABLES_MAX; i++) {
        for (unsigned j = 0; link->tables[i] && j < TABLE_STATEMENTS; j++)
            sqlite3_finalize(link->tables[i][j]);
        free(link->tables[i]);
    }
    sqlite3_close(link->db);
    *link = (struct sqlite_link){ 0 };
}

/* Who holds the lock, as it wrote itself; 0 if it did not. */
static int lock_owner(int fd)
{
    char text[32] = "";

    return pread(fd, text, sizeof(text) - 1, 0) > 0 ? (int)strtol(text, NULL, 10) : 0;
}

/* Take the lock of the folder that `path` lies in. Return: 0 and *ret_fd; TS_EPRECONDITION; TS_EUNAVAILABLE. */
int sqlite_lock_take(const char *path, int *ret_fd, struct store_message *message)
{
    const char *slash = strrchr(path, '/');
    int fd, length = slash ? (int)(slash - path) : 1, owner;
    char name[4096];

    if (snprintf(name, sizeof(name), "%.*s/lock", length, slash ? path : ".") >= (int)sizeof(name))
        return store_fail(message, TS_EINVALID, "the path of the store is too long");
    fd = open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        return store_fail(message, TS_EUNAVAILABLE, "%s cannot be opened: %s", name, strerror(errno));
    if (flock(fd, LOCK_EX | LOCK_NB) < 0) {
        owner = lock_owner(fd);
        close(fd);
        return store_fail(message, TS_EPRECONDITION,
                          "%s is taken: another tessera process (%d) owns this data directory", name, owner);
    }
    if (ftruncate(fd, 0) < 0 || dprintf(fd, "%d\n", (int)getpid()) < 0) {
        close(fd);
        return store_fail(message, TS_EUNAVAILABLE, "%s cannot be written: %s", name, strerror(errno));
    }
    *ret_fd = fd;
    return 0;
}

static int on_commit(void *data, sqlite3 *db, const char *name, int pages)
{
    struct sqlite *sqlite = data;

    (void)db;
    (void)name;
    sqlite->wal_pages = pages;
    if (pages > sqlite->wal_pages_max)
        sqlite->wal_pages_max = pages;
    return SQLITE_OK;
}

static int make_fresh(struct sqlite *sqlite, struct store_message *message)
{
    static const char sql[] =
        "BEGIN IMMEDIATE;"
        "PRAGMA application_id = 0x54535241; PRAGMA user_version = 1;"
        "CREATE TABLE tessera_meta (name TEXT PRIMARY KEY, value INTEGER NOT NULL) WITHOUT ROWID;"
        "CREATE TABLE tessera_index (collection TEXT NOT NULL, name TEXT NOT NULL, fields TEXT NOT NULL,"
        " PRIMARY KEY (collection, name)) WITHOUT ROWID;"
        "CREATE TABLE tessera_erasure (collection TEXT NOT NULL, id TEXT NOT NULL, erased_at_ms INTEGER NOT NULL,"
        " PRIMARY KEY (collection, id)) WITHOUT ROWID;"
        "INSERT INTO tessera_meta VALUES ('sequence', 0);"
        "COMMIT";

    _Static_assert(STORE_FILE_APPLICATION == 0x54535241 && STORE_FILE_FORMAT == 1, "as the SQL says");
    if (sqlite3_exec(sqlite->write_link.db, sql, NULL, NULL, NULL) != SQLITE_OK)
        return store_fail(message, TS_EUNAVAILABLE, "%s cannot be made: %s", sqlite->path,
                          sqlite3_errmsg(sqlite->write_link.db));
    return 0;
}

/* A table that stores of before have not; programs of before do not look for it. */
static int make_parts(struct sqlite *sqlite, struct store_message *message)
{
    if (sqlite_run(sqlite->write_link.db, "%s", ERASURE_PARTS_SQL) == SQLITE_OK)
        return 0;
    return store_fail(message, TS_EUNAVAILABLE, "%s: %s", sqlite->path, sqlite3_errmsg(sqlite->write_link.db));
}

/* Names of files are durable once their folder is synced. */
int sqlite_sync_folder(const char *path, struct store_message *message)
{
    const char *slash = strrchr(path, '/');
    char *folder = slash ? strndup(path, (size_t)(slash - path) + 1) : strdup(".");
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC), r = 0;

    if (fd < 0 || fsync(fd) < 0)
        r = store_fail(message, TS_EUNAVAILABLE, "%s cannot be synced: %s", folder, strerror(errno));
    if (fd >= 0)
        close(fd);
    free(folder);
    return r;
}

/* A log that is there was left by a process that was killed: maybe just after it had erased something. */
static bool has_log(const char *path)
{
    char log[PATH_MAX];
    struct stat stat_of;

    return snprintf(log, sizeof(log), "%s-wal", path) < (int)sizeof(log) && stat(log, &stat_of) == 0 &&
           stat_of.st_size > 0;
}

static int open_writer(struct sqlite *sqlite, struct store_message *message)
{
    static const char pragmas[] = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;"
                                  "PRAGMA journal_size_limit = -1; PRAGMA secure_delete = ON;"
                                  "PRAGMA cache_size = -6000; PRAGMA temp_store = MEMORY; PRAGMA trusted_schema = OFF";
    bool fresh = false;
    sqlite3 *db;
    int fd, r;

    fd = open(sqlite->path, O_RDWR | O_CREAT | O_CLOEXEC, 0600); /* SQLite would make it readable to everybody */
    if (fd < 0)
        return store_fail(message, TS_EUNAVAILABLE, "%s cannot be opened: %s", sqlite->path, strerror(errno));
    close(fd);
    sqlite->erased = has_log(sqlite->path);
    sqlite->wal_pages_max = INT_MAX;
    r = sqlite_connect(sqlite->path, SQLITE_OPEN_READWRITE, &db, message);
    if (r)
        return r;
    sqlite->write_link.db = db;
    r = sqlite_format_check(db, &fresh, message); /* before anything is changed */
    if (r)
        return r;
    if (sqlite3_exec(db, pragmas, NULL, NULL, NULL) != SQLITE_OK)
        return store_fail(message, TS_EUNAVAILABLE, "%s: %s", sqlite->path, sqlite3_errmsg(db));
    sqlite3_wal_hook(db, on_commit, sqlite);
    r = fresh ? make_fresh(sqlite, message) : 0;
    r = r ? r : make_parts(sqlite, message);
    return r ? r : sqlite_sync_folder(sqlite->path, message);
}

static int prepare(struct sqlite *sqlite, struct store_message *message)
{
    sqlite3 *db = sqlite->write_link.db;

    if (read_int(db, "SELECT value FROM tessera_meta WHERE name = 'sequence'", &sqlite->sequence) != SQLITE_OK)
        return store_fail(message, TS_EDATALOSS, "%s is damaged: %s", sqlite->path, sqlite3_errmsg(db));
    sqlite->begin = sqlite_prepare(db, "BEGIN IMMEDIATE");
    sqlite->commit = sqlite_prepare(db, "COMMIT");
    sqlite->rollback = sqlite_prepare(db, "ROLLBACK");
    sqlite->save_sequence = sqlite_prepare(db, "UPDATE tessera_meta SET value = ?1 WHERE name = 'sequence'");
    sqlite->note_erasure = sqlite_prepare(db, "INSERT OR REPLACE INTO tessera_erasure VALUES (?1, ?2, ?3)");
    sqlite->forget_erasure = sqlite_prepare(db, "DELETE FROM tessera_erasure WHERE collection = ?1 AND id = ?2");
    sqlite->note_part = sqlite_prepare(db, "INSERT OR IGNORE INTO tessera_erasure_part VALUES (?1, ?2, ?3, ?4)");
    return 0;
}

static int sqlite_add(void *backend, const struct store_collection *collection)
{
    struct sqlite *sqlite = backend;
    int r;

    pthread_mutex_lock(&sqlite->write_lock);
    r = sqlite_schema_add(sqlite, collection);
    pthread_mutex_unlock(&sqlite->write_lock);
    return r;
}

/*
 * A commit costs the same for one request and for fifty, but for their pages. So it waits for what clients have sent
 * already, which the loop takes by small turns; not for long, and not at all when nothing has come.
 */
static bool may_grow(struct sqlite *sqlite)
{
    return !sqlite->on_loop && loop_hrtime_ns() - sqlite->collecting_ns < COLLECT_NS_MAX &&
           loop_has_input(sqlite->loop);
}

static void hand_over(struct loop_job *job)
{
    struct sqlite *sqlite = (struct sqlite *)((char *)job - offsetof(struct sqlite, hand_over));
    struct store_request *first = sqlite->collected, **end = sqlite->collected_end;

    if (may_grow(sqlite)) {
        loop_defer_next_tick(sqlite->loop, &sqlite->hand_over);
        return;
    }
    sqlite->collected = NULL;
    sqlite->collected_end = &sqlite->collected;
    if (sqlite->on_loop)
        sqlite_write_here(sqlite, first);
    else
        sqlite_worker_queue(&sqlite->writer, first, end);
}

static void note_last(struct sqlite *sqlite, const struct store_item *item)
{
    struct sqlite_last *last = &sqlite->lasts[item->collection->number];

    if (strcmp(item->id, last->id) > 0)
        memcpy(last->id, item->id, strlen(item->id) + 1); /* the front has checked its length */
}

/*
 * Ids grow with time, and of what was made just now much is asked whether it is there: nothing behind the last id is.
 * Looking takes a transaction of its own, some 6 thousand instructions and two locks. Return: true, and empty rows.
 */
static bool is_behind(const struct sqlite *sqlite, struct store_request *request)
{
    const char *last = sqlite->lasts[request->collection->number].id;

    for (size_t i = 0; i < request->count; i++) {
        if (strcmp(request->ids[i], last) <= 0)
            return false;
    }
    request->rows = TS_NEW_ARRAY(&request->arena, struct store_row, request->count);
    request->row_count = request->count;
    for (size_t i = 0; i < request->count; i++)
        request->rows[i].collection = request->collection;
    return true;
}

/* What one tick writes, or some, goes to the writer together, so that its first request is not synced alone. */
static bool submit_write(struct sqlite *sqlite, struct store_request *request)
{
    if (sqlite->stopping) {
        request->result = TS_EUNAVAILABLE;
        return true;
    }
    for (size_t i = 0; i < request->count; i++)
        note_last(sqlite, &request->items[i]);
    if (!sqlite->collected)
        sqlite->collecting_ns = loop_hrtime_ns();
    request->next = NULL;
    *sqlite->collected_end = request;
    sqlite->collected_end = &request->next;
    loop_defer(sqlite->loop, &sqlite->hand_over);
    return false;
}

static bool sqlite_submit(void *backend, struct store_request *request)
{
    struct sqlite *sqlite = backend;

    if (request->type == STORE_WRITE || request->type == STORE_ERASE || request->type == STORE_DROP)
        return submit_write(sqlite, request);
    if (request->type == STORE_GET && is_behind(sqlite, request))
        return true;
    if (sqlite->on_loop || (request->type == STORE_GET && request->count <= GET_ON_LOOP_MAX)) {
        sqlite_read(&sqlite->loop_link, request);
        return true;
    }
    request->next = NULL;
    sqlite_worker_queue(&sqlite->reader, request, &request->next);
    return false;
}

static void add_stats(void *backend, struct store_stats *stats)
{
    const struct sqlite *sqlite = backend;

    stats->commits += sqlite->stats.commits;
    stats->commit_ns += sqlite->stats.commit_ns;
    stats->documents += sqlite->stats.documents;
    stats->batch_max = sqlite->stats.batch_max;
}

static void measure(void *backend, struct metrics *metrics)
{
    struct sqlite *sqlite = backend;

    sqlite->commit_seconds = metrics_get_histogram(metrics, "tessera_store_commit_seconds", NULL,
                                                   "From taking a batch to its being durable.");
    sqlite->checkpoint_seconds =
        metrics_get_histogram(metrics, "tessera_store_checkpoint_seconds", NULL,
                              "Moving the log's rest into the file, while commits wait; told with the commit after.");
    sqlite->batch_max = metrics_get(metrics, TS_METRIC_GAUGE, "tessera_store_batch_documents_max", NULL,
                                    "Documents in the largest batch so far.");
}

static void sqlite_free(struct sqlite *sqlite)
{
    sqlite3_stmt *const statements[] = { sqlite->begin,         sqlite->commit,       sqlite->rollback,
                                         sqlite->save_sequence, sqlite->note_erasure, sqlite->forget_erasure,
                                         sqlite->note_part };

    for (size_t i = 0; i < TS_ARRAY_SIZE(statements); i++)
        sqlite3_finalize(statements[i]);
    sqlite_link_close(&sqlite->read_link);
    sqlite_link_close(&sqlite->loop_link);
    sqlite_mover_close(&sqlite->mover);
    sqlite_link_close(&sqlite->write_link); /* the last: it moves the log into the file */
    if (sqlite->lock_fd >= 0)
        close(sqlite->lock_fd);
    pthread_mutex_destroy(&sqlite->write_lock);
    arena_done(&sqlite->arena);
    free(sqlite->path);
    free(sqlite);
}

static void sqlite_close(void *backend)
{
    struct sqlite *sqlite = backend;

    loop_timer_stop(sqlite->loop, &sqlite->stop_timer);
    if (!sqlite->on_loop) {
        sqlite_mover_stop(&sqlite->mover);
        sqlite_worker_stop(&sqlite->writer);
        sqlite_worker_stop(&sqlite->reader);
    }
    sqlite_free(sqlite);
}

static const struct store_ops sqlite_ops = {
    .name = "sqlite",
    .add = sqlite_add,
    .submit = sqlite_submit,
    .stats = add_stats,
    .measure = measure,
    .close = sqlite_close,
    .exact = true,
};

static int open_all(struct sqlite *sqlite, const struct sqlite_options *options, struct store_message *message)
{
    char pragma[64];
    int r = sqlite_lock_take(sqlite->path, &sqlite->lock_fd, message);

    if (!r)
        r = open_writer(sqlite, message);
    if (!r)
        r = prepare(sqlite, message);
    if (!r)
        r = sqlite_link_open(&sqlite->loop_link, sqlite->path, SQLITE_OPEN_READONLY, READER_PRAGMAS, message);
    if (!r)
        r = sqlite_link_open(&sqlite->read_link, sqlite->path, SQLITE_OPEN_READONLY, READER_PRAGMAS, message);
    if (!r)
        r = sqlite_mover_open(&sqlite->mover, sqlite->path, message);
    if (!r && options && options->page_count_max) {
        snprintf(pragma, sizeof(pragma), "PRAGMA max_page_count = %u", options->page_count_max);
        (void)sqlite3_exec(sqlite->write_link.db, pragma, NULL, NULL, NULL); /* a test sees if it did not work */
    }
    return r;
}

int sqlite_store_open(struct loop *loop, const char *path, const struct sqlite_options *options,
                      struct store **ret_store, struct store_message *ret_message)
{
    struct sqlite *sqlite = calloc(1, sizeof(*sqlite));
    int r;

    if (!sqlite)
        abort();
    sqlite->loop = loop;
    sqlite->lock_fd = -1;
    sqlite->path = strdup(path);
    sqlite->hand_over.run = hand_over;
    sqlite->collected_end = &sqlite->collected;
    arena_init(&sqlite->arena);
    pthread_mutex_init(&sqlite->write_lock, NULL);
    sqlite_mover_init(&sqlite->mover);
    r = open_all(sqlite, options, ret_message);
    if (r) {
        sqlite_free(sqlite);
        return r;
    }
    sqlite->on_loop = options && options->on_loop;
    if (!sqlite->on_loop) {
        sqlite_mover_start(&sqlite->mover);
        sqlite_writer_start(sqlite);
        sqlite_reader_start(sqlite);
    }
    *ret_store = store_new(loop, &sqlite_ops, sqlite);
    return 0;
}

const char *sqlite_store_path(const struct store *store)
{
    return store_ops(store) == &sqlite_ops ? ((const struct sqlite *)store_backend(store))->path : NULL;
}
