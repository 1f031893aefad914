/* Introspection (specification section 4): the schema itself as values. */
#ifndef GRAPHQL_TYPE_INTROSPECTION_H
#define GRAPHQL_TYPE_INTROSPECTION_H

#include "graphql/type/schema.h"

enum meta_kind { META_NULL, META_TEXT, META_BOOLEAN, META_OBJECT, META_LIST };

/* The value of one meta field. */
struct meta_value {
    enum meta_kind kind;
    const void *at; /* TEXT: the string; OBJECT: what the type's fields are read from; LIST: array of those */
    size_t count;   /* LIST */
    bool truth;
    bool words; /* LIST: of strings, for enums */
};

/* Who reads: lists are made in `arena`; include_deprecated is the argument of that name. */
struct meta_reader {
    const struct gql_schema *schema;
    struct ts_arena *arena;
    bool include_deprecated;
};

/* Read `field` of `object`, an object of the meta type `type` ("__Type", …). */
void introspection_read(const struct meta_reader *reader, const struct type *type, const void *object,
                        const char *field, struct meta_value *ret_value);

/* What __type(name:) answers: the object, or NULL. */
const void *introspection_type(const struct gql_schema *schema, const char *name);

#endif
