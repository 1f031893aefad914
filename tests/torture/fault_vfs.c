/*
 * A disk that fails, under the real program: a SQLite VFS over SQLite's own, to be preloaded. What is written goes
 * straight to the file, as into a page cache; what was there before is kept, sector by sector, until the file is
 * synced. At the cut each unsynced sector becomes what it was, what it is, something it was in between, or torn, by a
 * seed; so does the length of the file. Then the process ends at once.
 *
 * FAULT_VFS names a file of FAULT_WORDS numbers that both sides have mapped: the test says when what strikes, the disk
 * says what it saw. Deletions are taken as durable, and names as soon as their file was synced.
 */
#include "fault_disk.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sqlite3.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

struct file {
    sqlite3_file base;
    struct disk *disk; /* NULL: a file whose loss is none */
    sqlite3_file *real;
};

static sqlite3_file *real_of(sqlite3_file *file)
{
    return ((struct file *)file)->real;
}

static int file_close(sqlite3_file *file)
{
    return real_of(file)->pMethods->xClose(real_of(file));
}

static int file_read(sqlite3_file *file, void *to, int size, sqlite3_int64 from)
{
    bool fails;

    if (!((struct file *)file)->disk)
        return real_of(file)->pMethods->xRead(real_of(file), to, size, from);
    pthread_mutex_lock(&fault_lock);
    control->reads++;
    fails = fault_strikes(FAULT_READ);
    pthread_mutex_unlock(&fault_lock);
    if (fails && control->lies)
        memset(to, 0, (size_t)size);
    if (fails)
        return control->lies ? SQLITE_OK : SQLITE_IOERR_READ;
    return real_of(file)->pMethods->xRead(real_of(file), to, size, from);
}

/* What a write that fails has written all the same: some of it. */
static int write_partly(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 from, int rc)
{
    int part = (int)roll((uint64_t)size);

    if (control->lies)
        return SQLITE_OK;
    if (part)
        (void)real_of(file)->pMethods->xWrite(real_of(file), bytes, part, from);
    return rc;
}

static int write_now(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 from)
{
    fault_maybe_cut();
    control->writes++;
    disk_keep(((struct file *)file)->disk, (uint64_t)from, (uint64_t)size);
    if (fault_strikes(FAULT_FULL))
        return write_partly(file, bytes, size, from, SQLITE_FULL);
    if (fault_strikes(FAULT_WRITE))
        return write_partly(file, bytes, size, from, SQLITE_IOERR_WRITE);
    return real_of(file)->pMethods->xWrite(real_of(file), bytes, size, from);
}

static int file_write(sqlite3_file *file, const void *bytes, int size, sqlite3_int64 from)
{
    int rc;

    if (!((struct file *)file)->disk)
        return real_of(file)->pMethods->xWrite(real_of(file), bytes, size, from);
    pthread_mutex_lock(&fault_lock);
    rc = write_now(file, bytes, size, from);
    pthread_mutex_unlock(&fault_lock);
    return rc;
}

static int file_truncate(sqlite3_file *file, sqlite3_int64 size)
{
    struct disk *disk = ((struct file *)file)->disk;
    int rc;

    pthread_mutex_lock(&fault_lock);
    if (disk) {
        fault_maybe_cut();
        disk_keep_tail(disk, (uint64_t)size);
    }
    rc = real_of(file)->pMethods->xTruncate(real_of(file), size);
    pthread_mutex_unlock(&fault_lock);
    return rc;
}

static int sync_now(sqlite3_file *file)
{
    struct disk *disk = ((struct file *)file)->disk;

    fault_maybe_cut();
    control->syncs++;
    if (fault_strikes(FAULT_SYNC)) {
        disk_synced(disk, false);
        return control->lies ? SQLITE_OK : SQLITE_IOERR_FSYNC;
    }
    if (!control->lies || control->fault > FAULT_CUT)
        disk_synced(disk, true);
    return SQLITE_OK; /* nothing reads the disk below: the power that goes is ours */
}

static int file_sync(sqlite3_file *file, int flags)
{
    int rc;

    if (!((struct file *)file)->disk)
        return real_of(file)->pMethods->xSync(real_of(file), flags);
    pthread_mutex_lock(&fault_lock);
    rc = sync_now(file);
    pthread_mutex_unlock(&fault_lock);
    return rc;
}

static int file_get_size(sqlite3_file *file, sqlite3_int64 *ret_size)
{
    return real_of(file)->pMethods->xFileSize(real_of(file), ret_size);
}

static int file_lock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xLock(real_of(file), level);
}

static int file_unlock(sqlite3_file *file, int level)
{
    return real_of(file)->pMethods->xUnlock(real_of(file), level);
}

static int file_check_lock(sqlite3_file *file, int *ret_locked)
{
    return real_of(file)->pMethods->xCheckReservedLock(real_of(file), ret_locked);
}

static int file_control(sqlite3_file *file, int operation, void *argument)
{
    return real_of(file)->pMethods->xFileControl(real_of(file), operation, argument);
}

static int file_sector_size(sqlite3_file *file)
{
    return real_of(file)->pMethods->xSectorSize(real_of(file));
}

static int file_traits(sqlite3_file *file)
{
    return real_of(file)->pMethods->xDeviceCharacteristics(real_of(file));
}

static int file_shm_map(sqlite3_file *file, int page, int size, int extend, void volatile **ret_map)
{
    return real_of(file)->pMethods->xShmMap(real_of(file), page, size, extend, ret_map);
}

static int file_shm_lock(sqlite3_file *file, int offset, int count, int flags)
{
    return real_of(file)->pMethods->xShmLock(real_of(file), offset, count, flags);
}

static void file_shm_barrier(sqlite3_file *file)
{
    real_of(file)->pMethods->xShmBarrier(real_of(file));
}

static int file_shm_unmap(sqlite3_file *file, int delete)
{
    return real_of(file)->pMethods->xShmUnmap(real_of(file), delete);
}

/* Version 2: no mapping of the file itself, which would go past us. */
static const sqlite3_io_methods methods = {
    .iVersion = 2,
    .xClose = file_close,
    .xRead = file_read,
    .xWrite = file_write,
    .xTruncate = file_truncate,
    .xSync = file_sync,
    .xFileSize = file_get_size,
    .xLock = file_lock,
    .xUnlock = file_unlock,
    .xCheckReservedLock = file_check_lock,
    .xFileControl = file_control,
    .xSectorSize = file_sector_size,
    .xDeviceCharacteristics = file_traits,
    .xShmMap = file_shm_map,
    .xShmLock = file_shm_lock,
    .xShmBarrier = file_shm_barrier,
    .xShmUnmap = file_shm_unmap,
};

static sqlite3_vfs *vfs_real;
static sqlite3_vfs vfs;

static int vfs_open(sqlite3_vfs *self, const char *path, sqlite3_file *file, int flags, int *ret_flags)
{
    static const int kept = SQLITE_OPEN_MAIN_DB | SQLITE_OPEN_WAL | SQLITE_OPEN_MAIN_JOURNAL;
    struct file *ours = (struct file *)file;
    bool is_new = path && (flags & SQLITE_OPEN_CREATE) && access(path, F_OK) != 0;
    int rc;

    (void)self;
    *ours = (struct file){ .real = (sqlite3_file *)(ours + 1) };
    rc = vfs_real->xOpen(vfs_real, path, ours->real, flags, ret_flags);
    if (rc != SQLITE_OK)
        return rc;
    if (path && (flags & kept) && !(flags & SQLITE_OPEN_DELETEONCLOSE)) {
        pthread_mutex_lock(&fault_lock);
        ours->disk = disk_get(path, is_new);
        pthread_mutex_unlock(&fault_lock);
    }
    ours->base.pMethods = &methods;
    return rc;
}

static int vfs_delete(sqlite3_vfs *self, const char *path, int sync_folder)
{
    int rc;

    (void)self;
    pthread_mutex_lock(&fault_lock);
    fault_maybe_cut();
    rc = vfs_real->xDelete(vfs_real, path, sync_folder);
    disk_forget(path);
    pthread_mutex_unlock(&fault_lock);
    return rc;
}

static sqlite3_vfs *find_real(const char *name)
{
    sqlite3_vfs *(*real)(const char *name);

    *(void **)&real = dlsym(RTLD_NEXT, "sqlite3_vfs_find");
    return real(name);
}

static void install(void)
{
    const char *path = getenv("FAULT_VFS");
    int fd = path ? open(path, O_RDWR | O_CLOEXEC) : -1;

    if (fd < 0)
        return;
    control = mmap(NULL, FAULT_WORDS * sizeof(uint64_t), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    close(fd);
    vfs_real = find_real(NULL);
    vfs = *vfs_real;
    vfs.pNext = NULL;
    vfs.zName = "fault";
    vfs.szOsFile = (int)sizeof(struct file) + vfs_real->szOsFile;
    vfs.xOpen = vfs_open;
    vfs.xDelete = vfs_delete;
    (void)sqlite3_vfs_register(&vfs, /* default= */ 1); /* without it no fault would strike, and the test says so */
}

/* The program's own way to SQLite's files, first from one thread: it has been configured by now, and not used. */
__attribute__((visibility("default"))) sqlite3_vfs *sqlite3_vfs_find(const char *name)
{
    static bool installed;

    if (!installed) {
        installed = true; /* SQLite asks again on the way */
        install();
    }
    return name || !vfs_real ? find_real(name) : &vfs;
}
