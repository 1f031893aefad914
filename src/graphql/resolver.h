/*
 * Values of fields that no rule binds: a resolver says them one by one while the answer is written, from memory and
 * without waiting. Introspection is one such source; a schema that has no modules behind it brings its own
 * (gql_config.resolve).
 */
#ifndef GRAPHQL_RESOLVER_H
#define GRAPHQL_RESOLVER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tessera/arena.h"

struct field;
struct gql_schema;
struct node;
struct type;

enum resolved_kind {
    RESOLVED_NULL,
    RESOLVED_TEXT,
    RESOLVED_INT,
    RESOLVED_FLOAT,
    RESOLVED_BOOLEAN,
    RESOLVED_OBJECT,
    RESOLVED_LIST,
};

/* The value of one field. It must fit the field's type but for nulls, which are dealt with where they may not stand. */
struct resolved {
    enum resolved_kind kind;
    bool truth;              /* BOOLEAN */
    int32_t integer;         /* INT */
    double number;           /* FLOAT */
    const struct type *type; /* OBJECT: the object type that it has */
    const void *at;          /* TEXT: the string; OBJECT: what its fields are resolved from */
    struct resolved *items;  /* LIST */
    size_t count;
};

/* What is asked. Whatever the answer points to lives in `arena` or as long as the schema. */
struct question {
    const struct gql_schema *schema;
    struct ts_arena *arena;
    const struct field *field;
    const void *object;                  /* whose field; NULL at the root */
    const struct node *const *arguments; /* coerced, by index of the field's; NULL: not given */
};

typedef void gql_resolve(const struct question *question, struct resolved *ret_value);

#endif
