/*
 * The log's way into the file. Commits would wait tens of milliseconds for all of it; so a thread of its own moves most
 * of it beside them, and once more what came in the meantime, until little is left. The writer moves that between two
 * batches: only while nobody writes can the log end, and begin anew at its start.
 *
 * A commit that lets the log begin anew while another connection moves it may lose pages (SQLite before 3.51.3,
 * https://sqlite.org/wal.html#walresetbug). It cannot while somebody reads in the log; so one connection more reads in
 * it for as long as the mover moves. It begins to right after a commit: then there is something in the log that is not
 * in the file, or it would read in that.
 */
#include "base/thread.h"
#include "store/sqlite_inside.h"
#include "tessera/cleanup.h"

enum {
    MUCH_PAGES = (8 << 20) / SQLITE_PAGE_SIZE, /* more takes longer at once, beside commits that want the disk, too */
    LITTLE_PAGES = 250,
};

bool sqlite_log_check(sqlite3 *db, int rc, const char *what)
{
    if (rc != SQLITE_OK && rc != SQLITE_BUSY && rc != SQLITE_FULL && rc != SQLITE_NOMEM)
        sqlite_fatal(db, what);
    return rc == SQLITE_OK;
}

bool sqlite_log_move(sqlite3 *db, int *ret_pages, int *ret_moved)
{
    int rc = sqlite3_wal_checkpoint_v2(db, NULL, SQLITE_CHECKPOINT_PASSIVE, ret_pages, ret_moved);

    return sqlite_log_check(db, rc, "checkpoint");
}

/*
 * SQLite syncs the file only at the end of a log, to which new commits were added meanwhile: it would be left to the
 * writer's move to sync all that was moved here, while commits wait for it.
 */
static void sync_file(sqlite3 *db)
{
    sqlite3_file *file = NULL;

    (void)sqlite3_file_control(db, "main", SQLITE_FCNTL_FILE_POINTER, &file);
    (void)sqlite_log_check(db, file->pMethods->xSync(file, SQLITE_SYNC_NORMAL | SQLITE_SYNC_DATAONLY),
                           "syncing the file");
}

static bool pin(struct sqlite_mover *mover)
{
    return sqlite3_exec(mover->pin, "BEGIN; SELECT value FROM tessera_meta", NULL, NULL, NULL) == SQLITE_OK;
}

static void unpin(struct sqlite_mover *mover)
{
    (void)sqlite3_exec(mover->pin, "ROLLBACK", NULL, NULL, NULL); /* fails only where there is nothing to end */
}

static bool wait_for_work(struct sqlite_mover *mover)
{
    bool stopping;

    pthread_mutex_lock(&mover->lock);
    while (mover->state != SQLITE_MOVER_ASKED && !mover->stopping)
        pthread_cond_wait(&mover->wake, &mover->lock);
    stopping = mover->stopping;
    pthread_mutex_unlock(&mover->lock);
    return !stopping;
}

static void set_state(struct sqlite_mover *mover, enum sqlite_mover_state state)
{
    pthread_mutex_lock(&mover->lock);
    mover->state = state;
    pthread_mutex_unlock(&mover->lock);
}

static void *mover_run(void *data)
{
    struct sqlite_mover *mover = data;
    int pages, moved;

    while (wait_for_work(mover)) {
        pthread_mutex_lock(&mover->moving);
        if (sqlite_log_move(mover->db, &pages, &moved))
            sync_file(mover->db);
        unpin(mover);
        pthread_mutex_unlock(&mover->moving);
        set_state(mover, SQLITE_MOVER_DONE);
    }
    return NULL;
}

bool sqlite_mover_ask(struct sqlite_mover *mover, int pages)
{
    enum sqlite_mover_state state;

    pthread_mutex_lock(&mover->lock);
    state = mover->state;
    pthread_mutex_unlock(&mover->lock);
    if (state == SQLITE_MOVER_ASKED || (state == SQLITE_MOVER_IDLE && pages < MUCH_PAGES))
        return false;
    if (state == SQLITE_MOVER_DONE && pages - mover->asked_pages <= LITTLE_PAGES) {
        set_state(mover, SQLITE_MOVER_IDLE);
        return true;
    }
    if (!pin(mover)) {
        unpin(mover);
        return false;
    }
    mover->asked_pages = pages;
    set_state(mover, SQLITE_MOVER_ASKED);
    pthread_cond_signal(&mover->wake);
    return false;
}

void sqlite_mover_init(struct sqlite_mover *mover)
{
    pthread_mutex_init(&mover->moving, NULL);
    pthread_mutex_init(&mover->lock, NULL);
    pthread_cond_init(&mover->wake, NULL);
}

/* A connection moves a log only once it has read in it. */
int sqlite_mover_open(struct sqlite_mover *mover, const char *path, struct store_message *message)
{
    static const char pragmas[] =
        "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0; PRAGMA cache_size = -100; PRAGMA schema_version";
    sqlite3 **const connections[] = { &mover->db, &mover->pin };

    for (size_t i = 0; i < TS_ARRAY_SIZE(connections); i++) {
        int r = sqlite_connect(path, SQLITE_OPEN_READWRITE, connections[i], message);

        if (r)
            return r;
        if (sqlite3_exec(*connections[i], pragmas, NULL, NULL, NULL) != SQLITE_OK)
            return store_fail(message, TS_EUNAVAILABLE, "%s: %s", path, sqlite3_errmsg(*connections[i]));
    }
    return 0;
}

void sqlite_mover_close(struct sqlite_mover *mover)
{
    sqlite3_close(mover->pin);
    sqlite3_close(mover->db);
    pthread_cond_destroy(&mover->wake);
    pthread_mutex_destroy(&mover->lock);
    pthread_mutex_destroy(&mover->moving);
}

void sqlite_mover_start(struct sqlite_mover *mover)
{
    mover->thread = thread_new(mover_run, mover);
}

void sqlite_mover_stop(struct sqlite_mover *mover)
{
    pthread_mutex_lock(&mover->lock);
    mover->stopping = true;
    pthread_mutex_unlock(&mover->lock);
    pthread_cond_signal(&mover->wake);
    pthread_join(mover->thread, NULL);
}
