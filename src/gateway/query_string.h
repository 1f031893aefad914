/* Parameters as forms send them: those of GET /graphql, and of the modules' own paths. */
#ifndef GATEWAY_QUERY_STRING_H
#define GATEWAY_QUERY_STRING_H

#include "tessera/arena.h"

struct query_string {
    const char *query, *variables, *operation_name, *extensions, *document_id; /* decoded; NULL when absent */
};

/*
 * Decode what follows '?' (may be NULL); names that are not ours are skipped.
 * Return: 0 and *ret_query, in the arena; TS_EINVALID for a malformed escape, a name that repeats, a NUL, or bytes that
 * are not UTF-8.
 */
int query_string_parse(struct ts_arena *arena, const char *text, struct query_string *ret_query);

/*
 * The next of the parameters at *text, which then is behind it. Return: 1 with its decoded name and value, in the
 * arena; 0: there is none; TS_EINVALID for a malformed escape, a NUL, or bytes that are not UTF-8.
 */
int query_string_next(struct ts_arena *arena, const char **text, const char **ret_name, const char **ret_value);

#endif
