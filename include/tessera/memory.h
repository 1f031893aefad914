/*
 * Memory that outlives a request: a module's tables and maps. A request's own comes from its arena (tessera/arena.h).
 *
 * None of these returns NULL. When the heap has nothing left, a reserve that the program sets aside at its start steps
 * in; only when that is used up, too, does the process end. An acknowledged outcome survives even that.
 */
#ifndef TESSERA_MEMORY_H
#define TESSERA_MEMORY_H

#include <stddef.h>

/* `count` times `size` zeroed bytes, aligned to 16. Ended with ts_memory_free() and nothing else. */
void *ts_memory_new(size_t count, size_t size) __attribute__((malloc, returns_nonnull));

/* As realloc(): the bytes move, those past the old size are undefined. `memory` is of ts_memory_new(), or NULL. */
void *ts_memory_resize(void *memory, size_t size) __attribute__((returns_nonnull));

/* A copy of the string. */
char *ts_memory_string(const char *string) __attribute__((malloc, returns_nonnull));

/* NULL is fine. */
void ts_memory_free(void *memory);

#endif
