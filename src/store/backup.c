/*
 * Copying, checking and restoring store files. A copy is made by SQLite's backup interface from a connection of its own
 * that holds one snapshot, so that writes neither wait nor make it start again; it becomes one plain file without a
 * log, gets its checks, and only then its name.
 */
#include "store/backup.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "store/blocking.h"
#include "store/erasure.h"
#include "store/sqlite_inside.h"
#include "tessera/cleanup.h"

enum { STEP_PAGES = 1024 };

struct job {
    const char *source, *target;
    struct store_message *message;
    int result;
};

static int run_job(struct loop *loop, void (*run)(void *data), struct job *job)
{
    blocking_run(loop, run, job);
    return job->result;
}

/* Checking */

static int quick_check(sqlite3 *db, const char *path, struct store_message *message)
{
    sqlite3_stmt *statement = NULL;
    const char *verdict;
    int r = 0;

    if (sqlite3_prepare_v2(db, "PRAGMA quick_check(1)", -1, &statement, NULL) != SQLITE_OK ||
        sqlite3_step(statement) != SQLITE_ROW) {
        r = store_fail(message, TS_EDATALOSS, "%s is damaged: %s", path, sqlite3_errmsg(db));
    } else {
        verdict = (const char *)sqlite3_column_text(statement, 0);
        if (strcmp(verdict, "ok") != 0)
            r = store_fail(message, TS_EDATALOSS, "%s is damaged: %s", path, verdict);
    }
    sqlite3_finalize(statement);
    return r;
}

static int verify(const char *path, struct store_message *message)
{
    bool fresh = false;
    sqlite3 *db = NULL;
    int r;

    if (access(path, R_OK) < 0)
        return store_fail(message, TS_EUNAVAILABLE, "%s cannot be read: %s", path, strerror(errno));
    r = sqlite_connect(path, SQLITE_OPEN_READONLY, &db, message);
    if (r)
        return r;
    r = sqlite_format_check(db, &fresh, message);
    if (!r && fresh)
        r = store_fail(message, TS_EPRECONDITION, "%s is empty", path);
    if (!r)
        r = quick_check(db, path, message);
    sqlite3_close(db);
    return r;
}

static void run_verify(void *data)
{
    struct job *job = data;

    job->result = verify(job->source, job->message);
}

int backup_verify(struct loop *loop, const char *path, struct store_message *ret_message)
{
    return run_job(loop, run_verify, &(struct job){ .source = path, .message = ret_message });
}

/* Copying */

static int copy_pages(sqlite3 *from, sqlite3 *to)
{
    sqlite3_backup *backup;
    int rc = sqlite3_exec(from, "BEGIN; SELECT 1 FROM sqlite_schema LIMIT 1", NULL, NULL, NULL);

    if (rc != SQLITE_OK)
        return rc;
    backup = sqlite3_backup_init(to, "main", from, "main");
    if (!backup)
        return sqlite3_errcode(to);
    do
        rc = sqlite3_backup_step(backup, STEP_PAGES);
    while (rc == SQLITE_OK);
    rc = sqlite3_backup_finish(backup);
    (void)sqlite3_exec(from, "COMMIT", NULL, NULL, NULL); /* it only read */
    /* One file that needs no log beside it. */
    return rc == SQLITE_OK ? sqlite3_exec(to, "PRAGMA journal_mode = DELETE", NULL, NULL, NULL) : rc;
}

static int copy_between(sqlite3 *from, sqlite3 *to, const char *target, struct store_message *message)
{
    bool fresh = false;
    int rc, r = sqlite_format_check(from, &fresh, message);

    if (r)
        return r;
    if (fresh)
        return store_fail(message, TS_EPRECONDITION, "%s is empty", sqlite3_db_filename(from, "main"));
    rc = copy_pages(from, to);
    if (rc == SQLITE_OK)
        return 0;
    /* Both ends can fail here; a full disk is the target's. */
    return store_fail(message, (rc & 0xff) == SQLITE_CORRUPT ? TS_EDATALOSS : TS_EUNAVAILABLE,
                      "%s cannot be written: %s", target, sqlite3_errstr(rc));
}

/* Copy the store at `source` to the file `target`, which is empty. */
static int copy_file(const char *source, const char *target, struct store_message *message)
{
    sqlite3 *from = NULL, *to = NULL;
    int r;

    if (access(source, R_OK) < 0)
        return store_fail(message, TS_EUNAVAILABLE, "%s cannot be read: %s", source, strerror(errno));
    r = sqlite_connect(source, SQLITE_OPEN_READONLY, &from, message);
    if (!r)
        r = sqlite_connect(target, SQLITE_OPEN_READWRITE, &to, message);
    if (!r)
        r = copy_between(from, to, target, message);
    sqlite3_close(to);
    sqlite3_close(from);
    return r;
}

/* Make an empty file that nobody else may read. Return: 0; TS_EUNAVAILABLE. */
static int make_empty(const char *path, struct store_message *message)
{
    int fd;

    (void)unlink(path); /* what a copy that was cut short left */
    fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (fd < 0)
        return store_fail(message, TS_EUNAVAILABLE, "%s cannot be made: %s", path, strerror(errno));
    close(fd);
    return 0;
}

/* Give a finished file its name, durably. */
static int give_name(const char *from, const char *to, struct store_message *message)
{
    int fd = open(from, O_RDONLY | O_CLOEXEC);
    bool synced = fd >= 0 && fsync(fd) == 0;

    if (fd >= 0)
        close(fd);
    if (!synced || rename(from, to) < 0)
        return store_fail(message, TS_EUNAVAILABLE, "%s cannot be named: %s", to, strerror(errno));
    return sqlite_sync_folder(to, message);
}

static int backup(const char *source, const char *target, struct store_message *message)
{
    char partial[PATH_MAX];
    int r;

    if (access(target, F_OK) == 0)
        return store_fail(message, TS_EEXISTS, "%s is there already", target);
    if (snprintf(partial, sizeof(partial), "%s.partial", target) >= (int)sizeof(partial))
        return store_fail(message, TS_EINVALID, "the path of the backup is too long");
    r = make_empty(partial, message);
    if (r)
        return r;
    r = copy_file(source, partial, message);
    if (!r)
        r = verify(partial, message);
    if (!r)
        r = give_name(partial, target, message);
    if (r)
        (void)unlink(partial); /* the first failure is what is told */
    return r;
}

static void run_backup(void *data)
{
    struct job *job = data;

    job->result = backup(job->source, job->target, job->message);
}

int backup_file(struct loop *loop, const char *source, const char *target, struct store_message *ret_message)
{
    return run_job(loop, run_backup, &(struct job){ source, target, ret_message, 0 });
}

int backup_store(struct store *store, const char *target, struct store_message *ret_message)
{
    const char *path = sqlite_store_path(store);

    if (!path)
        return store_fail(ret_message, TS_EUNIMPLEMENTED, "this store is no file and has no backups");
    return backup_file(store_loop(store), path, target, ret_message);
}

/* Restoring */

/* Move the log of the old store into its file, so that the file alone can be put aside. */
static void fold_log(const char *path)
{
    struct store_message message;
    sqlite3 *db = NULL;

    if (sqlite_connect(path, SQLITE_OPEN_READWRITE, &db, &message))
        return;
    (void)sqlite3_exec(db, "PRAGMA wal_checkpoint", NULL, NULL, NULL); /* if it is damaged, its log is put aside too */
    sqlite3_close(db);
}

static int put_aside_one(const char *path, const char *aside, const char *suffix, struct store_message *message)
{
    char from[PATH_MAX], to[PATH_MAX];

    if (snprintf(from, sizeof(from), "%s%s", path, suffix) >= (int)sizeof(from) ||
        snprintf(to, sizeof(to), "%s%s", aside, suffix) >= (int)sizeof(to))
        return store_fail(message, TS_EINVALID, "the path of the store is too long");
    if (rename(from, to) < 0 && errno != ENOENT)
        return store_fail(message, TS_EUNAVAILABLE, "%s cannot be put aside: %s", from, strerror(errno));
    return 0;
}

/* The log first: a log without its file is nothing, but the restored file must never meet the old one's log. */
static int put_aside(const char *path, const char *aside, struct store_message *message)
{
    static const char *const suffixes[] = { "-shm", "-wal", "" };
    int r = 0;

    fold_log(path);
    for (unsigned i = 0; !r && i < TS_ARRAY_SIZE(suffixes); i++)
        r = put_aside_one(path, aside, suffixes[i], message);
    return r;
}

static int replace(const char *path, const char *restored, int erasures, struct store_message *message)
{
    char aside[PATH_MAX] = "";
    int r = 0;

    if (access(path, F_OK) == 0) {
        if (snprintf(aside, sizeof(aside), "%s.before-%lld", path, (long long)time(NULL)) >= (int)sizeof(aside))
            return store_fail(message, TS_EINVALID, "the path of the store is too long");
        r = put_aside(path, aside, message);
    }
    if (!r)
        r = give_name(restored, path, message);
    if (r)
        return r;
    if (!*aside)
        return store_fail(message, 0, "There was no store before.");
    if (erasures < 0)
        return store_fail(message, 0,
                          "The store before is kept as %s; it could not be read, so persons erased in it "
                          "since the backup must be erased again.",
                          aside);
    return store_fail(message, 0, "The store before is kept as %s; %d erasures of it were repeated.", aside, erasures);
}

static int restore_locked(const char *backup_path, const char *path, struct store_message *message)
{
    char restored[PATH_MAX];
    int erasures = 0, r;

    if (snprintf(restored, sizeof(restored), "%s.restoring", path) >= (int)sizeof(restored))
        return store_fail(message, TS_EINVALID, "the path of the store is too long");
    r = make_empty(restored, message);
    if (r)
        return r;
    r = copy_file(backup_path, restored, message);
    if (!r)
        r = erasure_replay(restored, path, &erasures, message);
    if (!r)
        r = verify(restored, message);
    if (!r)
        r = replace(path, restored, erasures, message);
    if (r)
        (void)unlink(restored); /* the first failure is what is told */
    return r;
}

static int restore(const char *backup_path, const char *path, struct store_message *message)
{
    int lock = -1, r = sqlite_lock_take(path, &lock, message);

    if (r)
        return r;
    r = verify(backup_path, message);
    if (!r)
        r = restore_locked(backup_path, path, message);
    close(lock);
    return r;
}

static void run_restore(void *data)
{
    struct job *job = data;

    job->result = restore(job->source, job->target, job->message);
}

int backup_restore(struct loop *loop, const char *backup_path, const char *path, struct store_message *ret_message)
{
    return run_job(loop, run_restore, &(struct job){ backup_path, path, ret_message, 0 });
}
