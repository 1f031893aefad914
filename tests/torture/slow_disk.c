/*
 * A disk that takes its time, to be preloaded: each fsync() and fdatasync() sleeps as many microseconds as the file
 * named by SLOW_DISK says, read anew each time; none while there is no such file.
 */
#include <dlfcn.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void dawdle(void)
{
    const char *path = getenv("SLOW_DISK");
    FILE *file = path ? fopen(path, "re") : NULL;
    unsigned delay_us = 0;

    if (!file)
        return;
    if (fscanf(file, "%u", &delay_us) == 1)
        usleep(delay_us);
    fclose(file);
}

static int sync_by(const char *name, int fd)
{
    int (*real)(int fd);

    *(void **)&real = dlsym(RTLD_NEXT, name);
    dawdle();
    return real(fd);
}

__attribute__((visibility("default"))) int fsync(int fd)
{
    return sync_by("fsync", fd);
}

__attribute__((visibility("default"))) int fdatasync(int fd)
{
    return sync_by("fdatasync", fd);
}
