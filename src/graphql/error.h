/*
 * Errors as a response shows them: message, locations, path, extensions.code. They gather in a list with a cap; lines
 * and columns are computed only when the list is written.
 */
#ifndef GRAPHQL_ERROR_H
#define GRAPHQL_ERROR_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/buf.h"
#include "tessera/arena.h"

/* extensions.code of request errors; execution has those of ts_error beside them (error_code). */
#define ERROR_PARSE "GRAPHQL_PARSE_FAILED"
#define ERROR_VALIDATION "GRAPHQL_VALIDATION_FAILED"
#define ERROR_INPUT "BAD_USER_INPUT"
#define ERROR_OPERATION "OPERATION_RESOLUTION_FAILURE"
#define ERROR_INTERNAL "INTERNAL"

/* Those of gql_limits, one each. */
#define ERROR_TOKENS "TOO_MANY_TOKENS"
#define ERROR_DEPTH "TOO_DEEP"
#define ERROR_ALIASES "TOO_MANY_ALIASES"
#define ERROR_OPERATIONS "TOO_MANY_OPERATIONS"
#define ERROR_DIRECTIVES "TOO_MANY_DIRECTIVES"
#define ERROR_CIRCLES "INTROSPECTION_TOO_DEEP"
#define ERROR_COMPLEXITY "TOO_COMPLEX" /* steps, reach and fields: work for the server before anything is answered */
#define ERROR_LIST "LIST_TOO_LONG"
#define ERROR_COST "TOO_COSTLY"
#define ERROR_OBJECTS "TOO_MANY_OBJECTS"
#define ERROR_ERRORS "TOO_MANY_ERRORS"

enum {
    ERROR_LOCATION_COUNT = 40, /* places that one error names at most */
};

struct error_item {
    struct error_item *next;
    const char *message;
    const char *code;
    const char *path;       /* rendered JSON array, or NULL */
    const char *request_id; /* shown with internal errors, or NULL */
    unsigned retry_after_s; /* shown when it is not 0 */
    uint32_t offsets[ERROR_LOCATION_COUNT];
    unsigned offset_count;
};

struct error_list {
    struct ts_arena *arena;
    struct error_item *first, *last;
    unsigned count, count_max;
    bool full; /* the cap is reached: whoever looks for errors may stop */
};

void error_list_init(struct error_list *list, struct ts_arena *arena, unsigned count_max);

/* Add one; past the cap a last one says so and nothing more is added. Return: the item, never NULL. */
struct error_item *error_add(struct error_list *list, const char *code, const char *format, ...)
    __attribute__((format(printf, 3, 4), returns_nonnull));
struct error_item *error_vadd(struct error_list *list, const char *code, const char *format, va_list args)
    __attribute__((format(printf, 3, 0), returns_nonnull));

/* Name one more place in the document. */
void error_locate(struct error_item *item, uint32_t offset);

/* Append `"errors":[…]`; `text` is the document that the offsets point into. */
void error_list_write(const struct error_list *list, const char *text, size_t size, struct buf *ret_body);

/* The extensions.code of a ts_error. */
const char *error_code(int error);

/* A client's words as a message shows them: cut when long, between characters. */
const char *text_shown(struct ts_arena *arena, const char *text);
/* The same of `size` bytes with a bound of one's own; always a copy. */
const char *text_cut(struct ts_arena *arena, const char *text, size_t size, size_t size_max);

/* Line and column, from 1, of an offset; columns count units of UTF-16. */
void error_position(const char *text, size_t size, size_t offset, unsigned *ret_line, unsigned *ret_column);

#endif
