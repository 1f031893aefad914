/*
 * The log's writes, gathered: a VFS over the usual one, for the connection that writes. SQLite hands a page to its log
 * in two pieces, of 24 and 4,096 bytes, which lie across the file system's pages; a commit of 30 pages made 60 calls
 * into the kernel, most of them for two pages. Here pieces that follow each other are one write, made before anybody
 * can look: before a sync, a read, a change of size, and when there is no room for more.
 *
 * What is told as written may so fail later, by the sync that the commit waits for. Nobody else reads these bytes
 * before: a reader learns of frames by the log's index, which moves after the sync.
 */
#include <stdlib.h>
#include <string.h>

#include "store/sqlite_inside.h"

#define MAX(a, b) ((a) > (b) ? (a) : (b))

enum { GATHERED_MAX = 124 << 10 }; /* SQLite writes the remainder of a size by 128 KB, and takes 0 for a full disk */

/* The log of one connection; followed by the file below. */
struct log_file {
    sqlite3_file base;
    sqlite3_file *real;
    char *gathered; /* `size` bytes for `from` */
    int size;
    sqlite3_int64 from;
};

static struct log_file *log_of(sqlite3_file *file)
{
    return (struct log_file *)file;
}

static int flush(struct log_file *log)
{
    int size = log->size;

    log->size = 0;
    return size ? log->real->pMethods->xWrite(log->real, log->gathered, size, log->from) : SQLITE_OK;
}

static int log_close(sqlite3_file *file)
{
    struct log_file *log = log_of(file);
    int rc = flush(log), closed = log->real->pMethods->xClose(log->real);

    free(log->gathered);
    return rc == SQLITE_OK ? closed : rc;
}

static int log_read(sqlite3_file *file, void *to, int size, sqlite3_int64 from)
{
    struct log_file *log = log_of(file);
    int rc = flush(log);

    return rc == SQLITE_OK ? log->real->pMethods->xRead(log->real, to, size, from) : rc;
}

static int log_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 from)
{
    struct log_file *log = log_of(file);
    int rc = SQLITE_OK;

    if (log->from + log->size != from || log->size + size > GATHERED_MAX)
        rc = flush(log);
    if (rc != SQLITE_OK || size > GATHERED_MAX)
        return rc == SQLITE_OK ? log->real->pMethods->xWrite(log->real, bytes, size, from) : rc;
    if (!log->size)
        log->from = from;
    memcpy(log->gathered + log->size, bytes, (size_t)size);
    log->size += size;
    return SQLITE_OK;
}

static int log_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct log_file *log = log_of(file);
    int rc = flush(log);

    return rc == SQLITE_OK ? log->real->pMethods->xTruncate(log->real, size) : rc;
}

static int log_sync(sqlite3_file *file, int flags)
{
    struct log_file *log = log_of(file);
    int rc = flush(log);

    return rc == SQLITE_OK ? log->real->pMethods->xSync(log->real, flags) : rc;
}

static int log_size(sqlite3_file *file, sqlite3_int64 *ret_size)
{
    struct log_file *log = log_of(file);
    int rc = flush(log);

    return rc == SQLITE_OK ? log->real->pMethods->xFileSize(log->real, ret_size) : rc;
}

static int log_control(sqlite3_file *file, int operation, void *argument)
{
    return log_of(file)->real->pMethods->xFileControl(log_of(file)->real, operation, argument);
}

static int log_sector_size(sqlite3_file *file)
{
    return log_of(file)->real->pMethods->xSectorSize(log_of(file)->real);
}

static int log_traits(sqlite3_file *file)
{
    return log_of(file)->real->pMethods->xDeviceCharacteristics(log_of(file)->real);
}

/* A log is never locked, and never mapped: that is done to the file that it belongs to. */
static const sqlite3_io_methods log_methods = {
    .iVersion = 1,
    .xClose = log_close,
    .xRead = log_read,
    .xWrite = log_write,
    .xTruncate = log_truncate,
    .xSync = log_sync,
    .xFileSize = log_size,
    .xFileControl = log_control,
    .xSectorSize = log_sector_size,
    .xDeviceCharacteristics = log_traits,
};

static sqlite3_vfs *usual;
static sqlite3_vfs vfs;

static int open_log(const char *path, struct log_file *log, int flags, int *ret_flags)
{
    int rc;

    *log = (struct log_file){ .real = (sqlite3_file *)(log + 1), .gathered = malloc(GATHERED_MAX) };
    if (!log->gathered)
        return SQLITE_NOMEM;
    rc = usual->xOpen(usual, path, log->real, flags, ret_flags);
    if (rc == SQLITE_OK)
        log->base.pMethods = &log_methods;
    else
        free(log->gathered);
    return rc;
}

static int vfs_open(sqlite3_vfs *self, const char *path, sqlite3_file *file, int flags, int *ret_flags)
{
    int rc;

    (void)self;
    if (flags & SQLITE_OPEN_WAL)
        return open_log(path, log_of(file), flags, ret_flags);
    rc = usual->xOpen(usual, path, file, flags, ret_flags);
    if (rc == SQLITE_OK && flags & SQLITE_OPEN_MAIN_DB)
        sqlite_page_watch(file, usual->szOsFile);
    return rc;
}

const char *sqlite_log_vfs(void)
{
    if (usual)
        return vfs.zName;
    usual = sqlite3_vfs_find(NULL);
    vfs = *usual;
    vfs.pNext = NULL;
    vfs.zName = "tessera-log";
    vfs.szOsFile = usual->szOsFile + (int)MAX(sizeof(struct log_file), sqlite_page_file_size());
    vfs.xOpen = vfs_open;
    return sqlite3_vfs_register(&vfs, /* default= */ 0) == SQLITE_OK ? vfs.zName : NULL;
}
