/* The inside of tessera/arena.h: making and ending arenas. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include <stdbool.h>

#include "tessera/arena.h"

enum {
    ARENA_BLOCK_SIZE = 16 << 10, /* first block: holds a usual request whole */
    ARENA_KEEP_MAX = 64 << 10,   /* the largest that a reset keeps: a page of a list fits */
};

struct arena_block;
struct arena_pin;

struct ts_arena {
    struct arena_block *blocks; /* newest first */
    char *at, *end;             /* free part of the newest block */
    size_t used;                /* bytes handed out since init or reset */
    struct arena_pin *pins;     /* what is to be let go of when the pieces go */
    bool is_short;          /* some of it is the reserve's: who owns the arena is to end soon, see arena_is_spent() */
    bool is_finishing;      /* its request has changed something, and is to end with its answer */
    struct ts_arena *whole; /* of a part: the arena of the request that it works for */
    ProtobufCAllocator allocator;
};

static inline struct ts_arena *arena_whole(struct ts_arena *arena)
{
    while (arena->whole)
        arena = arena->whole;
    return arena;
}

void arena_init(struct ts_arena *arena);

/* Something that pieces of the arena point to: it is let go of, by `release`, when they go. */
void arena_pin(struct ts_arena *arena, void (*release)(void *data), void *data);

/*
 * Must what lives in this arena be given up? Memory has run out, and nothing was changed yet: a refusal is true, and
 * gives the reserve back. Whoever serves a request asks between its steps; what has changed something goes on, out of
 * the reserve, so that it can say so.
 */
static inline bool arena_is_spent(struct ts_arena *arena)
{
    const struct ts_arena *whole = arena_whole(arena);

    return whole->is_short && !whole->is_finishing;
}

/* From here on the request is not given up any more. */
static inline void arena_finish(struct ts_arena *arena)
{
    arena_whole(arena)->is_finishing = true;
}

/*
 * Free everything but the newest block of at most ARENA_KEEP_MAX: ready for the next request, which allocates nothing
 * once a few like it were served.
 */
void arena_reset(struct ts_arena *arena);

/* Free everything. */
void arena_done(struct ts_arena *arena);

#endif
