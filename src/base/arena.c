/*
 * Memory that dies together: blocks in a list, a pointer that moves up. Blocks double up to a megabyte, so that a large
 * request costs few mallocs; a piece over half a block gets one of its own. Under ASan the free part of a block is
 * poisoned, so that reading past a piece or into a reset arena is reported. When malloc() has none, a block comes from
 * the reserve, just as large as the piece that was asked for.
 */
#include "base/arena.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/memory.h"

#if defined(__SANITIZE_ADDRESS__)
#include <sanitizer/asan_interface.h>
#define POISON(at, size) ASAN_POISON_MEMORY_REGION((at), (size))
#define UNPOISON(at, size) ASAN_UNPOISON_MEMORY_REGION((at), (size))
#define GAP 16 /* poisoned bytes between pieces */
#else
#define POISON(at, size) ((void)(at), (void)(size))
#define UNPOISON(at, size) ((void)(at), (void)(size))
#define GAP 0
#endif

enum { ALIGN = 16, BLOCK_SIZE_MAX = 1 << 20 };

struct arena_block {
    struct arena_block *next;
    size_t size;
    _Alignas(ALIGN) char data[];
};

/* `size`, or just `needed` when only the reserve has that much: it is small. */
static struct arena_block *block_new(struct ts_arena *arena, size_t size, size_t needed)
{
    struct arena_block *block = malloc(sizeof(*block) + size);

    if (!block) {
        size = needed;
        block = reserve_take(sizeof(*block) + size);
        arena->is_short = arena_whole(arena)->is_short = true;
    }
    if (!block)
        memory_end(size);
    block->size = size;
    block->next = NULL;
    POISON(block->data, size);
    return block;
}

static void block_free(struct arena_block *block)
{
    UNPOISON(block->data, block->size);
    ts_memory_free(block);
}

static void *allocator_alloc(void *data, size_t size)
{
    return ts_alloc(data, size);
}

static void allocator_free(void *data, void *pointer)
{
    (void)data;
    (void)pointer;
}

void arena_init(struct ts_arena *arena)
{
    *arena = (struct ts_arena){ .allocator = { allocator_alloc, allocator_free, arena } };
}

struct arena_pin {
    struct arena_pin *next;
    void (*release)(void *data);
    void *data;
};

void arena_pin(struct ts_arena *arena, void (*release)(void *data), void *data)
{
    struct arena_pin *pin = TS_NEW(arena, struct arena_pin);

    *pin = (struct arena_pin){ arena->pins, release, data };
    arena->pins = pin;
}

static void unpin(struct ts_arena *arena)
{
    for (const struct arena_pin *pin = arena->pins; pin; pin = pin->next)
        pin->release(pin->data);
    arena->pins = NULL;
}

static void free_newest(struct arena_block **blocks)
{
    struct arena_block *block = *blocks;

    *blocks = block->next;
    block_free(block);
}

void arena_reset(struct ts_arena *arena)
{
    unpin(arena);
    if (arena->is_short) {
        arena_done(arena); /* what is the reserve's goes back */
        return;
    }
    while (arena->blocks && arena->blocks->size > ARENA_KEEP_MAX)
        free_newest(&arena->blocks);
    while (arena->blocks && arena->blocks->next)
        free_newest(&arena->blocks->next);
    if (arena->blocks) {
        arena->at = arena->blocks->data;
        arena->end = arena->at + arena->blocks->size;
        POISON(arena->at, arena->blocks->size);
    }
    arena->used = 0;
    arena->is_finishing = false;
}

void arena_done(struct ts_arena *arena)
{
    unpin(arena);
    while (arena->blocks)
        free_newest(&arena->blocks);
    arena->at = arena->end = NULL;
    arena->used = 0;
    arena->is_short = arena->is_finishing = false;
}

struct ts_arena *ts_arena_new(void)
{
    struct ts_arena *arena = ts_memory_new(1, sizeof(*arena));

    arena_init(arena);
    return arena;
}

struct ts_arena *ts_arena_part(struct ts_arena *whole)
{
    struct ts_arena *part = ts_arena_new();

    part->whole = whole;
    return part;
}

void ts_arena_use(struct ts_arena *arena, const struct ts_arena *other)
{
    arena->is_short |= other->is_short;
}

void ts_arena_reset(struct ts_arena *arena)
{
    arena_reset(arena);
}

void ts_arena_free(struct ts_arena *arena)
{
    if (arena)
        arena_done(arena);
    ts_memory_free(arena);
}

/* A block in front of the list, able to hold `size`. */
static void arena_grow(struct ts_arena *arena, size_t size)
{
    size_t block_size = arena->blocks ? arena->blocks->size * 2 : ARENA_BLOCK_SIZE;
    struct arena_block *block;

    if (block_size > BLOCK_SIZE_MAX)
        block_size = BLOCK_SIZE_MAX;
    if (block_size < size)
        block_size = size;
    block = block_new(arena, block_size, size);
    block->next = arena->blocks;
    arena->blocks = block;
    arena->at = block->data;
    arena->end = block->data + block->size;
}

/* A piece as it is. */
static void *take(struct ts_arena *arena, size_t size)
{
    size_t step;
    void *piece;

    if (size > SIZE_MAX / 2)
        memory_end(size);
    step = (size + GAP + ALIGN - 1) & ~(size_t)(ALIGN - 1);
    if (!step)
        step = ALIGN;
    if ((size_t)(arena->end - arena->at) < step)
        arena_grow(arena, step);
    piece = arena->at;
    arena->at += step;
    arena->used += step;
    UNPOISON(piece, size);
    return piece;
}

void *ts_alloc(struct ts_arena *arena, size_t size)
{
    return memset(take(arena, size), 0, size);
}

void *ts_alloc_array(struct ts_arena *arena, size_t count, size_t size)
{
    size_t total;

    if (__builtin_mul_overflow(count, size, &total))
        memory_end(SIZE_MAX);
    return ts_alloc(arena, total);
}

void *ts_memdup(struct ts_arena *arena, const void *bytes, size_t size)
{
    void *copy = take(arena, size);

    return size ? memcpy(copy, bytes, size) : copy;
}

char *ts_strndup(struct ts_arena *arena, const char *bytes, size_t size)
{
    char *copy = take(arena, size + 1);

    if (size)
        memcpy(copy, bytes, size);
    copy[size] = '\0';
    return copy;
}

char *ts_strdup(struct ts_arena *arena, const char *string)
{
    return string ? ts_strndup(arena, string, strlen(string)) : NULL;
}

/* Nothing but %s and plain text? Most formats are so. */
static bool is_of_strings(const char *format)
{
    for (const char *at = strchr(format, '%'); at; at = strchr(at + 2, '%')) {
        if (at[1] != 's')
            return false;
    }
    return true;
}

/* Write such a text to `to`, without its end (NULL: count). Return: its length. */
static size_t join(char *to, const char *format, va_list args)
{
    size_t length = 0;

    while (*format) {
        bool is_string = *format == '%';
        const char *string = is_string ? va_arg(args, const char *) : NULL;
        const char *piece = !is_string ? format : string ? string : "(null)";
        size_t size = is_string ? strlen(piece) : (size_t)(strchrnul(piece, '%') - piece);

        if (to)
            memcpy(to + length, piece, size);
        length += size;
        format += is_string ? 2 : size;
    }
    return length;
}

/* In a third of the time that vsnprintf() takes. */
static char *print_strings(struct ts_arena *arena, const char *format, va_list args)
{
    va_list again;
    size_t length;
    char *text;

    va_copy(again, args);
    length = join(NULL, format, again);
    va_end(again);
    text = take(arena, length + 1);
    text[join(text, format, args)] = '\0';
    return text;
}

char *ts_vprintf(struct ts_arena *arena, const char *format, va_list args)
{
    char *text, first[256]; /* long enough for most, which are so printed once */
    va_list again;
    int size;

    if (is_of_strings(format))
        return print_strings(arena, format, args);
    va_copy(again, args);
    size = vsnprintf(first, sizeof(first), format, again);
    va_end(again);
    if (size < (int)sizeof(first))
        return ts_strndup(arena, first, size < 0 ? 0 : (size_t)size);
    text = ts_alloc(arena, (size_t)size + 1);
    (void)vsnprintf(text, (size_t)size + 1, format, args); /* measured above */
    return text;
}

char *ts_printf(struct ts_arena *arena, const char *format, ...)
{
    va_list args;
    char *text;

    va_start(args, format);
    text = ts_vprintf(arena, format, args);
    va_end(args);
    return text;
}

ProtobufCAllocator *ts_arena_allocator(struct ts_arena *arena)
{
    return &arena->allocator;
}
