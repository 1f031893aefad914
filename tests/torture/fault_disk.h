/*
 * A disk that fails, as one process sees it: the control block shared with disk.py, what is not synced yet, the cut.
 * All of it is called with fault_lock held.
 */
#ifndef FAULT_DISK_H
#define FAULT_DISK_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

enum { FAULT_WORDS = 16 };
enum fault { FAULT_NONE, FAULT_CUT, FAULT_FULL, FAULT_WRITE, FAULT_READ, FAULT_SYNC };

/* As disk.py has them. `after`: operations that still go well. `times`: how many then fail, of those that can. */
struct control {
    uint64_t fault, after, times, seed, sector_size;
    uint64_t lies;         /* a plant: syncs are promised and not done, faults are not told */
    uint64_t cut_on_abort; /* the power goes when the process gives up */
    uint64_t writes, syncs, reads, struck, pending, lost, torn;
};

/* A file by its name, shared by all who have it open. */
struct disk;

extern struct control *control;
extern pthread_mutex_t fault_lock;

/* A number below `sides`, by the seed. */
uint64_t roll(uint64_t sides);

/* Never NULL. `is_new`: the file was just made, its name is not durable. */
struct disk *disk_get(const char *path, bool is_new);

/* The file is gone: whoever makes it anew begins with nothing. */
void disk_forget(const char *path);

/* These bytes are about to be written over: keep what is there. */
void disk_keep(struct disk *disk, uint64_t from, uint64_t size);

/* About to become `size` bytes long. */
void disk_keep_tail(struct disk *disk, uint64_t size);

/* Synced; or not `well`, and the next sync will not try again what this one failed on. */
void disk_synced(struct disk *disk, bool well);

/* Does this operation fail? */
bool fault_strikes(enum fault fault);

/* The power may go before this operation; then nothing returns. */
void fault_maybe_cut(void);

#endif
