/*
 * The SQLite backend's own words, for sqlite*.c and backup.c. A link is one connection with its prepared statements and
 * is used by one thread at a time: the writer's, the reader's, and the loop's for point gets.
 */
#ifndef STORE_SQLITE_INSIDE_H
#define STORE_SQLITE_INSIDE_H

#include <pthread.h>
#include <sqlite3.h>

#include "store/sqlite.h"

enum {
    STORE_FILE_APPLICATION = 0x54535241, /* "TSRA" */
    STORE_FILE_FORMAT = 1,               /* raised when an older program could not read what this one writes */
    SQLITE_TABLES_MAX = 256,
    SQLITE_WAL_SIZE_MAX = 64 << 20, /* then commits wait until all of it is in the file */
    SQLITE_PAGE_SIZE = 4096,
};

/* The list of parts that were erased of documents which are still there. */
#define ERASURE_PARTS_SQL                                                                                              \
    "CREATE TABLE IF NOT EXISTS tessera_erasure_part (collection TEXT NOT NULL, id TEXT NOT NULL, part TEXT NOT NULL," \
    " erased_at_ms INTEGER NOT NULL, PRIMARY KEY (collection, id, part)) WITHOUT ROWID"

/* Statements over a collection's rows. */
enum sqlite_row_statement {
    ROW_INSERT,
    ROW_NEWEST,
    ROW_ATTEMPT,
    ROW_BLANK,
    ROW_STRIP,
    ROW_DELETE,
    ROW_TIMES,
    ROW_HISTORY,
    ROW_NEXT_ID,
    ROW_PREVIOUS_ID,
    ROW_STATEMENTS
};

/* Statements over the entries of one index. */
enum sqlite_entry_statement {
    ENTRY_INSERT,
    ENTRY_DELETE,
    ENTRY_SCAN,
    ENTRY_SCAN_DESCENDING,
    ENTRY_COUNT,
    ENTRY_STATEMENTS
};

enum { TABLE_STATEMENTS = ROW_STATEMENTS + TS_INDEXES_MAX * ENTRY_STATEMENTS };

struct sqlite_link {
    sqlite3 *db;
    sqlite3_stmt **tables[SQLITE_TABLES_MAX]; /* TABLE_STATEMENTS each, made at first use */
};

/* A thread with a queue of requests. */
struct sqlite_worker {
    struct sqlite *sqlite;
    pthread_t thread;
    pthread_mutex_t lock;
    pthread_cond_t wake;
    struct store_request *first, **end;
    bool stopping;
};

enum sqlite_mover_state { SQLITE_MOVER_IDLE, SQLITE_MOVER_ASKED, SQLITE_MOVER_DONE };

/* Moves the log into the file while commits go on. */
struct sqlite_mover {
    sqlite3 *db, *pin; /* the mover's from being asked until it is done, else the writer's */
    int asked_pages;   /* of the log, when it was asked; the writer's */
    pthread_t thread;
    pthread_mutex_t moving; /* held by who moves: there may be only one */
    pthread_mutex_t lock;   /* of what follows */
    pthread_cond_t wake;
    enum sqlite_mover_state state;
    bool stopping;
};

/* No document of a collection has an id behind this one; "": it has none. An upper bound: writes may fail. */
struct sqlite_last {
    char id[TS_KEY_SIZE_MAX + 1];
};

struct sqlite {
    struct loop *loop;
    char *path;
    int lock_fd;
    struct sqlite_link write_link, read_link, loop_link;
    struct sqlite_worker writer, reader;
    struct sqlite_mover mover;
    pthread_mutex_t write_lock; /* held over each use of write_link: the writer's batches, and add() */
    struct ts_arena arena;      /* of one apply() */
    int64_t sequence;
    int wal_pages;
    int wal_pages_max;      /* how many stood in the log since its end was zeroed; INT_MAX: nobody knows */
    uint64_t checkpoint_ns; /* how long the last one took, until a commit has told it */
    bool disk_full;         /* the writer saw it */
    bool erased;            /* what was erased still stands in the log */
    sqlite3_stmt *begin, *commit, *rollback, *save_sequence, *note_erasure, *forget_erasure, *note_part;

    /* the loop's */
    bool on_loop;              /* there are no threads */
    struct loop_job hand_over; /* at the end of a tick: what was collected goes to the writer */
    struct store_request *collected, **collected_end;
    uint64_t collecting_ns; /* since when */
    struct sqlite_last lasts[SQLITE_TABLES_MAX];
    struct store_stats stats;
    struct ts_metric *commit_seconds, *checkpoint_seconds, *batch_max; /* NULL: nobody measures */
    bool stopping;                                                     /* because the disk is full: no more writes */
    struct loop_timer stop_timer;
};

/* sqlite.c */
int sqlite_format_check(sqlite3 *db, bool *ret_fresh, struct store_message *message);
int sqlite_connect(const char *path, int flags, sqlite3 **ret_db, struct store_message *message);
int sqlite_link_open(struct sqlite_link *link, const char *path, int flags, const char *pragmas,
                     struct store_message *message);
void sqlite_link_close(struct sqlite_link *link);
int sqlite_lock_take(const char *path, int *ret_fd, struct store_message *message);
/* Make the names of a folder's files durable: of the folder that `path` lies in. */
int sqlite_sync_folder(const char *path, struct store_message *message);
/* Stop the process: an answer after this could be a lie. */
_Noreturn void sqlite_fatal(sqlite3 *db, const char *what);

/* sqlite_statement.c: prepared at first use, kept; stops the process if it cannot be. */
sqlite3_stmt *sqlite_row_statement(struct sqlite_link *link, const struct store_collection *collection,
                                   enum sqlite_row_statement kind);
sqlite3_stmt *sqlite_entry_statement(struct sqlite_link *link, const struct store_collection *collection,
                                     unsigned index, enum sqlite_entry_statement kind);
sqlite3_stmt *sqlite_prepare(sqlite3 *db, const char *sql);
/* Run SQL made by sqlite3's printf (%w: a quoted name, %Q: a quoted string). Return: SQLite's code. */
int sqlite_run(sqlite3 *db, const char *format, ...);

/* sqlite_schema.c; it fills `lasts`, too. */
int sqlite_schema_add(struct sqlite *sqlite, const struct store_collection *collection);

/* sqlite_write.c: do all that the list of requests asks for, in one transaction; their results say how it went. */
void sqlite_apply(struct sqlite *sqlite, struct store_request *first);
int sqlite_entry_bind(struct sqlite_link *link, enum sqlite_entry_statement kind,
                      const struct store_collection *collection, const struct store_entry *entry, const char *id);
void sqlite_checkpoint(struct sqlite *sqlite);

/*
 * sqlite_log.c: the name of the VFS that gathers writes to the log, registered at the first call; NULL: it cannot be.
 * Only for connections with synchronous = FULL (SQLite's default), whose commits sync the log.
 */
const char *sqlite_log_vfs(void);

/* sqlite_page.c: zero what a page holds and nobody owns; do so with each that is written into a file. */
void sqlite_page_clean(uint8_t *page, bool first);
/* `size`: of the file as SQLite made it; behind it lie sqlite_page_file_size() bytes that are ours. */
void sqlite_page_watch(sqlite3_file *file, int size);
size_t sqlite_page_file_size(void);

/* sqlite_read.c */
void sqlite_read(struct sqlite_link *link, struct store_request *request);
void sqlite_row_take(sqlite3_stmt *statement, struct ts_arena *arena, struct store_row *row);

/*
 * sqlite_move.c. How did it go with the log? Return: true; false when there was no room on disk or in memory, or
 * somebody was in the way: later. (Without room this fails before writes do; the next write says so.) Anything else
 * stops the process.
 */
bool sqlite_log_check(sqlite3 *db, int rc, const char *what);
/*
 * Move what can be moved of the log into the file. Return: true, and how many pages the log has and how
 * many of them are in the file; false: not now.
 */
bool sqlite_log_move(sqlite3 *db, int *ret_pages, int *ret_moved);
void sqlite_mover_init(struct sqlite_mover *mover);
int sqlite_mover_open(struct sqlite_mover *mover, const char *path, struct store_message *message);
void sqlite_mover_close(struct sqlite_mover *mover);
void sqlite_mover_start(struct sqlite_mover *mover);
void sqlite_mover_stop(struct sqlite_mover *mover);
/* The writer's, right after a commit: the log has so many pages. Return: true when it is time to move the rest. */
bool sqlite_mover_ask(struct sqlite_mover *mover, int pages);

/* sqlite_thread.c */
void sqlite_writer_start(struct sqlite *sqlite);
void sqlite_reader_start(struct sqlite *sqlite);
void sqlite_worker_stop(struct sqlite_worker *worker);
/* Apply the requests here and now, and end them. */
void sqlite_write_here(struct sqlite *sqlite, struct store_request *first);
void sqlite_worker_queue(struct sqlite_worker *worker, struct store_request *first, struct store_request **end);

#endif
