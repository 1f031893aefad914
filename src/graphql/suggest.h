/* "Did you mean": which of many names a wrong one was probably meant to be. */
#ifndef GRAPHQL_SUGGEST_H
#define GRAPHQL_SUGGEST_H

#include <stddef.h>

#include "tessera/arena.h"

enum {
    SUGGESTIONS_MAX = 5,
    SUGGEST_WORK_MAX = 200000, /* letters compared for one document: hostile ones ask for many names */
};

/*
 * ` Did you mean <what>"a" or "b"?` for the names closest to `name`, at most SUGGESTIONS_MAX; "" when none is close.
 * Names of more
 * than 256 bytes are close to nothing. *work counts letters compared; at SUGGEST_WORK_MAX nothing more is suggested.
 */
const char *suggest_names(struct ts_arena *arena, const char *what, const char *name, const char *const *names,
                          size_t count, size_t *work);

/* The same words for names that are known to fit. */
const char *suggest_these(struct ts_arena *arena, const char *what, const char *const *names, size_t count);

/* As people sort: numbers inside names by their value. Return: below, at or above 0. */
int suggest_compare(const char *left, const char *right);

#endif
