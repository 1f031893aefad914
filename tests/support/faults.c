#include "support/faults.h"

#include <sys/mman.h>

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__real_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset);

static __thread struct {
    bool on;
    uint64_t before, left, failed, asked;
} faults;

void faults_begin(uint64_t nth, uint64_t count)
{
    faults.on = true;
    faults.before = nth - 1;
    faults.left = count;
    faults.failed = 0;
    faults.asked = 0;
}

uint64_t faults_end(void)
{
    faults.on = false;
    return faults.failed;
}

uint64_t faults_asked(void)
{
    return faults.asked;
}

static bool strikes(void)
{
    faults.asked += faults.on;
    if (!faults.on || (faults.before && faults.before--) || !faults.left)
        return false;
    faults.left--;
    faults.failed++;
    return true;
}

void *__wrap_malloc(size_t size)
{
    return strikes() ? NULL : __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    return strikes() ? NULL : __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    return strikes() ? NULL : __real_realloc(memory, size);
}

void *__wrap_mmap(void *at, size_t size, int protection, int flags, int fd, off_t offset)
{
    return strikes() ? MAP_FAILED : __real_mmap(at, size, protection, flags, fd, offset);
}
