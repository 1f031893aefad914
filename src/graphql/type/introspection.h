/* Introspection (specification section 4): the schema itself as values, for the fields of __Schema and its kin. */
#ifndef GRAPHQL_TYPE_INTROSPECTION_H
#define GRAPHQL_TYPE_INTROSPECTION_H

#include "graphql/resolver.h"

/* Resolves __schema, __type and every field of the meta types. */
void introspection_resolve(const struct question *question, struct resolved *ret_value);

#endif
