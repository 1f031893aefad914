/*
 * The reserve behind tessera/memory.h and all arenas: memory for the moments when malloc() has none, so that what is
 * being served ends with an answer. It is taken in small pieces and comes back when a request ends. Any thread may take
 * from it.
 */
#ifndef BASE_MEMORY_H
#define BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>

#include "tessera/memory.h"

enum {
    RESERVE_SIZE = 4 << 20, /* untouched it costs no memory; some hundred requests can end in it */
    RESERVE_PIECE_SIZE = 1 << 10,
};

/* `size` bytes of the reserve; NULL when it has no room for them side by side. */
void *reserve_take(size_t size);

/* True for memory that came from the reserve. */
bool reserve_has(const void *memory);

void reserve_give(void *memory);

/* As ts_memory_resize(), but NULL, and `memory` as it was, when there is no memory at all. */
void *memory_try_resize(void *memory, size_t size);

/* Pieces taken at this moment. */
size_t reserve_used(void);

/* True when half of it is taken: nothing new should be begun. */
bool reserve_is_low(void);

/* Say so on standard error, and end the process. */
void memory_end(size_t size) __attribute__((noreturn));

#endif
