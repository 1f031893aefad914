/* Block strings: the semantics of indentation (specification section 2.9.4, BlockStringValue). */
#ifndef GRAPHQL_LANGUAGE_BLOCK_STRING_H
#define GRAPHQL_LANGUAGE_BLOCK_STRING_H

#include "tessera/arena.h"

/* The value of a block string's raw bytes, quotes taken off and escapes undone. In the arena. */
const char *block_string_value(struct ts_arena *arena, const char *raw, size_t size);

#endif
