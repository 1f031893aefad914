/*
 * The C library's `stderr` is a variable, and glibc makes streams out of functions: this one counts. What does not fit
 * is dropped, as nobody here could wait for a reader; a message of assert() still comes through.
 */
#include "telemetry/stray.h"

#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

enum { WRITES_PER_SECOND_MAX = 20 };

static bool takes_bytes(int fd)
{
    struct pollfd ready = { .fd = fd, .events = POLLOUT };

    return poll(&ready, 1, 0) == 1 && (ready.revents & POLLOUT);
}

static ssize_t write_few(void *cookie, const char *bytes, size_t size)
{
    static time_t second;
    static unsigned writes;
    struct timespec now = { 0 };
    ssize_t written = 0;

    (void)cookie;
    clock_gettime(CLOCK_MONOTONIC, &now);
    if (now.tv_sec != second) {
        second = now.tv_sec;
        writes = 0;
    }
    if (++writes <= WRITES_PER_SECOND_MAX && takes_bytes(STDERR_FILENO))
        written = write(STDERR_FILENO, bytes, size);
    (void)written; /* there is nowhere else to say that it failed */
    return (ssize_t)size;
}

void stray_limit(void)
{
    FILE *stream = fopencookie(NULL, "w", (cookie_io_functions_t){ .write = write_few });

    if (!stream)
        return; /* as it was, then */
    setvbuf(stream, NULL, _IOLBF, BUFSIZ);
    stderr = stream;
}
