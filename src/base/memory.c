/*
 * The reserve is an array of pieces; what is taken is a run of them, found by looking at each from the start: it is
 * used when the machine is in trouble, and then small. A run's length stands at its first piece.
 */
#include "base/memory.h"

#include <assert.h>
#include <malloc.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { PIECES = RESERVE_SIZE / RESERVE_PIECE_SIZE, INSIDE = UINT16_MAX, SMALL_MAX = 1024 };
_Static_assert(PIECES < INSIDE, "a run's length fits beside the mark");

static _Alignas(16) char pieces[PIECES][RESERVE_PIECE_SIZE];
static uint16_t runs[PIECES]; /* of each piece: length of the run that begins here; INSIDE one; 0: free */
static size_t used;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;

void memory_end(size_t size)
{
    fprintf(stderr, "tessera: out of memory (%zu bytes)\n", size);
    abort();
}

/* The first of `count` free pieces side by side; PIECES when there are none. */
static size_t find_run(size_t count)
{
    size_t length = 0;

    for (size_t i = 0; i < PIECES; i++) {
        length = runs[i] ? 0 : length + 1;
        if (length == count)
            return i + 1 - count;
    }
    return PIECES;
}

void *reserve_take(size_t size)
{
    size_t count = size / RESERVE_PIECE_SIZE + 1, first;

    pthread_mutex_lock(&lock);
    first = count <= PIECES ? find_run(count) : PIECES;
    if (first < PIECES) {
        runs[first] = (uint16_t)count;
        for (size_t i = 1; i < count; i++)
            runs[first + i] = INSIDE;
        used += count;
    }
    pthread_mutex_unlock(&lock);
    return first < PIECES ? pieces[first] : NULL;
}

bool reserve_has(const void *memory)
{
    return (uintptr_t)memory - (uintptr_t)pieces < sizeof(pieces);
}

/* The piece that a run begins with. */
static size_t run_of(const void *memory)
{
    size_t first = (size_t)((const char *)memory - pieces[0]) / RESERVE_PIECE_SIZE;

    assert(runs[first] && runs[first] != INSIDE);
    return first;
}

void reserve_give(void *memory)
{
    size_t first = run_of(memory), count = runs[first];

    pthread_mutex_lock(&lock);
    memset(&runs[first], 0, count * sizeof(*runs));
    used -= count;
    pthread_mutex_unlock(&lock);
}

size_t reserve_used(void)
{
    return used;
}

bool reserve_is_low(void)
{
    return used > PIECES / 2;
}

/* What is small is not asked of calloc(), which passes by the thread's own free pieces (glibc before 2.41). */
static void *take_zeros(size_t size)
{
    void *memory;

    if (size > SMALL_MAX)
        return calloc(1, size);
    memory = malloc(size);
    return memory ? memset(memory, 0, size) : NULL;
}

void *ts_memory_new(size_t count, size_t size)
{
    void *memory;
    size_t total;

    if (__builtin_mul_overflow(count, size, &total))
        memory_end(size);
    memory = take_zeros(total);
    if (memory)
        return memory;
    memory = reserve_take(total);
    if (!memory)
        memory_end(size);
    return memset(memory, 0, total);
}

/* How much of `memory` can be read. */
static size_t size_of(void *memory)
{
    return reserve_has(memory) ? (size_t)runs[run_of(memory)] * RESERVE_PIECE_SIZE : malloc_usable_size(memory);
}

void *memory_try_resize(void *memory, size_t size)
{
    bool moves = reserve_has(memory);
    void *resized = moves ? malloc(size) : realloc(memory, size);

    if (resized && !moves)
        return resized;
    if (!resized && !(resized = reserve_take(size)))
        return NULL;
    if (memory) {
        size_t kept = size_of(memory);

        memcpy(resized, memory, kept < size ? kept : size);
        ts_memory_free(memory);
    }
    return resized;
}

void *ts_memory_resize(void *memory, size_t size)
{
    void *resized = memory_try_resize(memory, size);

    if (!resized)
        memory_end(size);
    return resized;
}

char *ts_memory_string(const char *string)
{
    size_t size = strlen(string) + 1;

    return memcpy(ts_memory_new(1, size), string, size);
}

void ts_memory_free(void *memory)
{
    if (reserve_has(memory))
        reserve_give(memory);
    else
        free(memory);
}
