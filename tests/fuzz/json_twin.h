/* jansson's half of json_twin.c, apart from it: both libraries call their types JSON_OBJECT, JSON_ARRAY and so on. */
#ifndef FUZZ_JSON_TWIN_H
#define FUZZ_JSON_TWIN_H

#include <stdbool.h>
#include <stddef.h>

/*
 * What jansson reads of the bytes, written again for the caller to free; NULL when it refuses them, with *ret_overflow
 * true if only because a number is too large.
 */
char *twin_read(const char *bytes, size_t size, bool *ret_overflow);

#endif
