/*
 * A process that slept, to be preloaded: all its clocks are ahead by as many milliseconds as the file named by
 * SLEPT_CLOCK holds (one int64 that the test writes while the process is stopped). A stop of a moment is then, for who
 * wakes up, a stop of hours.
 */
#include <dlfcn.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

enum { NS_PER_MS = 1000000, MS_PER_S = 1000 };

static const volatile int64_t *slept_ms;

__attribute__((constructor)) static void attach(void)
{
    const char *path = getenv("SLEPT_CLOCK");
    int fd = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
    void *map;

    if (fd < 0)
        return;
    map = mmap(NULL, sizeof(*slept_ms), PROT_READ, MAP_SHARED, fd, 0);
    close(fd);
    slept_ms = map == MAP_FAILED ? NULL : map;
}

static void shift(struct timespec *time, int64_t by_ms)
{
    int64_t ns = time->tv_nsec + by_ms % MS_PER_S * NS_PER_MS;

    time->tv_sec += by_ms / MS_PER_S + (ns < 0 ? -1 : ns / (MS_PER_S * NS_PER_MS));
    time->tv_nsec = (ns + MS_PER_S * NS_PER_MS) % (MS_PER_S * NS_PER_MS);
}

__attribute__((visibility("default"))) int clock_gettime(clockid_t clock, struct timespec *ret_time)
{
    static int (*real)(clockid_t clock, struct timespec * ret_time);
    int r;

    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "clock_gettime");
    r = real(clock, ret_time);
    if (r == 0 && slept_ms && clock != CLOCK_PROCESS_CPUTIME_ID && clock != CLOCK_THREAD_CPUTIME_ID)
        shift(ret_time, *slept_ms);
    return r;
}

__attribute__((visibility("default"))) int gettimeofday(struct timeval *restrict ret_time, void *restrict zone)
{
    struct timespec now;
    int r = clock_gettime(CLOCK_REALTIME, &now);

    (void)zone;
    *ret_time = (struct timeval){ now.tv_sec, now.tv_nsec / 1000 };
    return r;
}

__attribute__((visibility("default"))) time_t time(time_t *ret_time)
{
    struct timespec now;

    (void)clock_gettime(CLOCK_REALTIME, &now); /* it has no way to fail */
    if (ret_time)
        *ret_time = now.tv_sec;
    return now.tv_sec;
}

/* The kernel waits by its own clock. */
__attribute__((visibility("default"))) int pthread_cond_timedwait(pthread_cond_t *restrict condition,
                                                                  pthread_mutex_t *restrict mutex,
                                                                  const struct timespec *restrict until)
{
    static int (*real)(pthread_cond_t * condition, pthread_mutex_t * mutex, const struct timespec *until);
    struct timespec theirs = *until;

    if (!real)
        *(void **)&real = dlsym(RTLD_NEXT, "pthread_cond_timedwait");
    if (slept_ms)
        shift(&theirs, -*slept_ms);
    return real(condition, mutex, &theirs);
}
