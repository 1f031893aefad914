/* The inside of tessera/arena.h: making and ending arenas. */
#ifndef BASE_ARENA_H
#define BASE_ARENA_H

#include "tessera/arena.h"

enum {
    ARENA_BLOCK_SIZE = 16 << 10, /* first block: holds a usual request whole */
};

struct arena_block;
struct arena_pin;

struct ts_arena {
    struct arena_block *blocks; /* newest first */
    char *at, *end;             /* free part of the newest block */
    size_t used;                /* bytes handed out since init or reset */
    struct arena_pin *pins;     /* what is to be let go of when the pieces go */
    ProtobufCAllocator allocator;
};

void arena_init(struct ts_arena *arena);

/* Something that pieces of the arena point to: it is let go of, by `release`, when they go. */
void arena_pin(struct ts_arena *arena, void (*release)(void *data), void *data);

/* Free everything but the first block: ready for the next request. */
void arena_reset(struct ts_arena *arena);

/* Free everything. */
void arena_done(struct ts_arena *arena);

#endif
