/*
 * A file descriptor that somebody else reads and writes: told when it is ready. For libraries with sockets of their
 * own.
 */
#ifndef LOOP_WATCH_H
#define LOOP_WATCH_H

#include <stdbool.h>

#include "loop/loop.h"

struct loop_watch {
    void (*run)(struct loop_watch *watch, bool readable, bool writable);
    struct uv_poll_s *poll; /* private; NULL: it does not watch */
};

/* Watch `fd`, which stays the caller's and open until loop_watch_stop(). Started again: for what from now on. */
void loop_watch_start(struct loop *loop, struct loop_watch *watch, int fd, bool readable, bool writable);

/* `run` is not called again. Idempotent. */
void loop_watch_stop(struct loop_watch *watch);

#endif
