/* What a power cut may take: sectors by what they were since the last sync. See fault_vfs.c, fault_disk.h. */
#include "fault_disk.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum {
    VERSIONS_MAX = 4, /* contents of a sector since the last sync that a cut may bring back */
    SECTOR_SIZE_MAX = 4096,
    BUCKETS = 1024,
    DISK_BROKEN = 99, /* exit status: the real disk failed */
};

struct sector {
    struct sector *next;
    uint64_t number;
    unsigned version_count;
    uint8_t *versions[VERSIONS_MAX]; /* versions[0] is on the disk */
    bool given_up;                   /* a sync failed on it: the next one believes it clean */
};

struct disk {
    struct disk *next;
    char *path;
    int fd;
    bool durable; /* its name is */
    uint64_t size;
    struct sector *sectors[BUCKETS];
};

pthread_mutex_t fault_lock = PTHREAD_MUTEX_INITIALIZER;
struct control *control;
static struct disk *disks;
static uint64_t dice;

uint64_t roll(uint64_t sides)
{
    dice = dice * 6364136223846793005u + 1442695040888963407u;
    return (dice >> 33) % sides;
}

/* ---- what is not synced */

/* As the process first saw it: what is kept is numbered by it. */
static uint64_t sector_size(void)
{
    static uint64_t size;

    if (!size)
        size = control->sector_size ? control->sector_size : 512;
    return size;
}

static struct sector *sector_find(const struct disk *disk, uint64_t number)
{
    struct sector *sector = disk->sectors[number % BUCKETS];

    while (sector && sector->number != number)
        sector = sector->next;
    return sector;
}

/* Keep what the sector is now, before it is written over. */
static void sector_keep(struct disk *disk, uint64_t number)
{
    struct sector *sector = sector_find(disk, number);

    if (!sector) {
        sector = calloc(1, sizeof(*sector));
        sector->number = number;
        sector->next = disk->sectors[number % BUCKETS];
        disk->sectors[number % BUCKETS] = sector;
        control->pending++;
    }
    sector->given_up = false;
    if (sector->version_count == VERSIONS_MAX)
        return;
    sector->versions[sector->version_count] = calloc(1, SECTOR_SIZE_MAX);
    if (pread(disk->fd, sector->versions[sector->version_count], sector_size(), (off_t)(number * sector_size())) < 0)
        _exit(DISK_BROKEN);
    sector->version_count++;
}

static void sector_free(struct sector *sector)
{
    for (unsigned i = 0; i < sector->version_count; i++)
        free(sector->versions[i]);
    free(sector);
    control->pending--;
}

static uint64_t file_size(const struct disk *disk)
{
    off_t size = lseek(disk->fd, 0, SEEK_END);

    return size < 0 ? 0 : (uint64_t)size;
}

void disk_keep(struct disk *disk, uint64_t from, uint64_t size)
{
    for (uint64_t number = from / sector_size(); number * sector_size() < from + size; number++)
        sector_keep(disk, number);
}

void disk_keep_tail(struct disk *disk, uint64_t size)
{
    if (file_size(disk) > size)
        disk_keep(disk, size, file_size(disk) - size);
}

void disk_synced(struct disk *disk, bool well)
{
    for (unsigned i = 0; i < BUCKETS; i++) {
        struct sector **at = &disk->sectors[i];

        while (*at) {
            struct sector *sector = *at;

            if (well && !sector->given_up) {
                *at = sector->next;
                sector_free(sector);
                continue;
            }
            sector->given_up = true;
            at = &sector->next;
        }
    }
    if (well) {
        disk->size = file_size(disk);
        disk->durable = true;
    }
}

struct disk *disk_get(const char *path, bool is_new)
{
    struct disk *disk = disks;

    while (disk && strcmp(disk->path, path) != 0)
        disk = disk->next;
    if (disk)
        return disk;
    disk = calloc(1, sizeof(*disk));
    disk->path = strdup(path);
    disk->fd = open(path, O_RDWR | O_CLOEXEC);
    if (disk->fd < 0)
        _exit(DISK_BROKEN);
    disk->durable = !is_new;
    disk->size = file_size(disk);
    disk->next = disks;
    disks = disk;
    return disk;
}

void disk_forget(const char *path)
{
    for (struct disk **at = &disks; *at; at = &(*at)->next) {
        struct disk *disk = *at;

        if (strcmp(disk->path, path) != 0)
            continue;
        disk_synced(disk, true);
        *at = disk->next;
        close(disk->fd);
        free(disk->path);
        free(disk);
        return;
    }
}

/* ---- the cut */

static void overwrite(const struct disk *disk, const uint8_t *bytes, uint64_t from, uint64_t size)
{
    if (pwrite(disk->fd, bytes, size, (off_t)from) != (ssize_t)size)
        _exit(DISK_BROKEN);
}

/* One sector as the disk has it after the cut: `keeps` of 8 get their newest content. */
static void sector_cut(const struct disk *disk, const struct sector *sector, unsigned keeps, uint64_t size)
{
    uint64_t from = sector->number * sector_size(), length = sector_size(), half;

    if (from >= size)
        return;
    if (from + length > size)
        length = size - from;
    if (roll(8) < keeps)
        return;
    half = length / 2;
    if (half && roll(4) == 0) { /* torn: one half of it got there */
        control->torn++;
        overwrite(disk, sector->versions[0] + half, from + half, length - half);
        return;
    }
    control->lost++;
    overwrite(disk, sector->versions[roll(sector->version_count)], from, length);
}

/* Longer or shorter than it was when last synced: either length, or one between. */
static uint64_t size_cut(const struct disk *disk)
{
    uint64_t now = file_size(disk), low = now < disk->size ? now : disk->size, high = now + disk->size - low;
    uint64_t size;

    switch (roll(3)) {
    case 0:
        return now;
    case 1:
        return disk->size;
    default:
        size = low + roll(high - low + 1);
        return size == high ? high : size - size % sector_size() < low ? low : size - size % sector_size();
    }
}

static void disk_cut(const struct disk *disk)
{
    static const unsigned keeps[] = { 0, 1, 4, 7, 8 };
    unsigned keep = keeps[roll(5)];
    uint64_t size;

    if (!disk->durable && roll(4) == 0) {
        unlink(disk->path);
        return;
    }
    size = size_cut(disk);
    if (ftruncate(disk->fd, (off_t)size) < 0)
        _exit(DISK_BROKEN);
    for (unsigned i = 0; i < BUCKETS; i++) {
        for (const struct sector *sector = disk->sectors[i]; sector; sector = sector->next)
            sector_cut(disk, sector, keep, size);
    }
}

/* With the lock held, which nobody gets any more. */
static void cut(void)
{
    dice = control->seed * 2654435761u + 1;
    for (const struct disk *disk = disks; disk; disk = disk->next)
        disk_cut(disk);
    control->struck++;
    kill(getpid(), SIGKILL);
    pause();
}

__attribute__((visibility("default"))) void abort(void)
{
    void (*real)(void);

    if (control && control->cut_on_abort) {
        pthread_mutex_lock(&fault_lock);
        cut();
    }
    *(void **)&real = dlsym(RTLD_NEXT, "abort");
    real();
    _exit(DISK_BROKEN);
}

/* ---- when it strikes */

bool fault_strikes(enum fault fault)
{
    if (control->fault != (uint64_t)fault || !control->times)
        return false;
    if (control->after) {
        control->after--;
        return false;
    }
    control->times--;
    control->struck++;
    return true;
}

void fault_maybe_cut(void)
{
    if (control->fault != FAULT_CUT)
        return;
    if (control->after)
        control->after--;
    else
        cut();
}
